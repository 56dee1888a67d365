/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/fake/bpfvm.h"

#include <stdint.h>
#include <string.h>

static uint64_t swap(uint64_t value, const struct bpf_insn *insn)
{
	if (BPF_SRC(insn->code) == BPF_TO_LE)
		return insn->imm == 16	 ? (uint16_t)value
		       : insn->imm == 32 ? (uint32_t)value
					 : value;
	return insn->imm == 16	 ? __builtin_bswap16((uint16_t)value)
	       : insn->imm == 32 ? __builtin_bswap32((uint32_t)value)
				 : __builtin_bswap64(value);
}

static uint64_t shifted(uint64_t a, uint64_t by, const struct bpf_insn *insn)
{
	unsigned n = (unsigned)by & (is_64(insn) ? 63 : 31);

	if (BPF_OP(insn->code) == BPF_LSH)
		return a << n;
	if (BPF_OP(insn->code) == BPF_RSH)
		return a >> n;
	return is_64(insn) ? (uint64_t)((int64_t)a >> n) : (uint64_t)((int32_t)a >> n);
}

static uint64_t computed(uint64_t a, uint64_t by, const struct bpf_insn *insn)
{
	switch (BPF_OP(insn->code)) {
	case BPF_ADD:
		return a + by;
	case BPF_SUB:
		return a - by;
	case BPF_MUL:
		return a * by;
	case BPF_DIV:
		return by ? a / by : 0;
	case BPF_MOD:
		return by ? a % by : a;
	case BPF_OR:
		return a | by;
	case BPF_AND:
		return a & by;
	case BPF_XOR:
		return a ^ by;
	case BPF_MOV:
		return by;
	case BPF_NEG:
		return -a;
	default: /* BPF_LSH, BPF_RSH, BPF_ARSH */
		return shifted(a, by, insn);
	}
}

static void alu(uint64_t *regs, const struct bpf_insn *insn)
{
	uint64_t a = regs[insn->dst_reg],
		 by = is_by_register(insn) ? regs[insn->src_reg] : (uint64_t)(int64_t)insn->imm;

	if (BPF_OP(insn->code) == BPF_END)
		regs[insn->dst_reg] = swap(a, insn);
	else if (is_64(insn))
		regs[insn->dst_reg] = computed(a, by, insn);
	else
		regs[insn->dst_reg] = (uint32_t)computed((uint32_t)a, (uint32_t)by, insn);
}

static bool jumps(const uint64_t *regs, const struct bpf_insn *insn)
{
	uint64_t a = regs[insn->dst_reg],
		 b = is_by_register(insn) ? regs[insn->src_reg] : (uint64_t)(int64_t)insn->imm;
	int64_t sa, sb;

	if (!is_64(insn)) {
		a = (uint32_t)a;
		b = (uint32_t)b;
	}
	sa = is_64(insn) ? (int64_t)a : (int32_t)a;
	sb = is_64(insn) ? (int64_t)b : (int32_t)b;
	switch (BPF_OP(insn->code)) {
	case BPF_JA:
		return true;
	case BPF_JEQ:
		return a == b;
	case BPF_JNE:
		return a != b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	case BPF_JLT:
		return a < b;
	case BPF_JLE:
		return a <= b;
	case BPF_JSET:
		return a & b;
	case BPF_JSGT:
		return sa > sb;
	case BPF_JSGE:
		return sa >= sb;
	case BPF_JSLT:
		return sa < sb;
	default: /* BPF_JSLE */
		return sa <= sb;
	}
}

static uint64_t loaded(const struct bpf_insn *insn, const struct bpf_cgroup_dev_ctx *context)
{
	const char *from = (const char *)context + insn->off;
	uint32_t word = 0;

	memcpy(&word, from,
	       BPF_SIZE(insn->code) == BPF_W   ? 4
	       : BPF_SIZE(insn->code) == BPF_H ? 2
					       : 1);
	return word;
}

int bpfvm_run(const struct bpf_insn *insns, const struct bpf_cgroup_dev_ctx *context)
{
	uint64_t regs[MAX_BPF_REG] = { 0 };

	for (const struct bpf_insn *insn = insns;; insn++) {
		if (is_exit(insn))
			return (int)regs[BPF_REG_0];
		if (is_jump(insn)) {
			insn += jumps(regs, insn) ? insn->off : 0;
		} else if (is_wide(insn)) {
			regs[insn->dst_reg] =
				(uint64_t)(uint32_t)insn[1].imm << 32 | (uint32_t)insn->imm;
			insn++;
		} else if (BPF_CLASS(insn->code) == BPF_LDX) {
			regs[insn->dst_reg] = loaded(insn, context);
		} else {
			alu(regs, insn);
		}
	}
}
