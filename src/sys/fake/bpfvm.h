/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/bpfvm: device programs of cgroup v2: an interpreter of extended BPF, and the check that
 * lets a program in.
 *
 * Pure. The check follows the values of registers as far as device programs need it: what is a
 * number, what is 0 or 1, what points to the context. It knows no calls, no memory but the context,
 * and no jumps back: a program ends because its length does. Where two ways meet, it knows only
 * what both have in common; the kernel's goes each way by itself and so takes some more. Sources:
 * kernel Documentation/bpf/standardization/instruction-set.rst, linux/bpf.h, and a kernel that was
 * asked.
 */
#ifndef SYS_FAKE_BPFVM_H
#define SYS_FAKE_BPFVM_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * 0; -EINVAL: wrong in itself; -EACCES: it reads or writes what it must not; -ENOSYS: the model
 * cannot tell. In the last case *why_out has the words.
 */
int bpfvm_check(const struct bpf_insn *insns, size_t count, const char **why_out);

/* The result, 0 or 1, of a program that was checked. */
int bpfvm_run(const struct bpf_insn *insns, const struct bpf_cgroup_dev_ctx *context);

/* --- what an instruction is, for the two files of this --- */

static inline bool is_wide(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

static inline bool is_jump(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_JMP || BPF_CLASS(insn->code) == BPF_JMP32;
}

static inline bool is_exit(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_EXIT);
}

static inline bool is_64(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_ALU64 || BPF_CLASS(insn->code) == BPF_JMP;
}

/* The same bit of a change of byte order says which. */
static inline bool is_by_register(const struct bpf_insn *insn)
{
	return BPF_SRC(insn->code) == BPF_X && insn->code != (BPF_ALU | BPF_END | BPF_TO_BE);
}

#endif
