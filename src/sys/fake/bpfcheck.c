/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sys/fake/bpfcheck: which device programs are let in. */
#include "sys/fake/bpfvm.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FRAME BPF_REG_10

static bool is_always(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_JA);
}

/* --- form --- */

/* Operations of the two classes of arithmetic, and of the two of jumps: what an instruction may not
 * leave set. */
static bool alu_is_formed(const struct bpf_insn *insn)
{
	uint8_t op = BPF_OP(insn->code);
	bool shifts = op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH;

	if (op > BPF_END || insn->off)
		return false;
	if (op == BPF_END)
		return !is_64(insn) && !insn->src_reg &&
		       (insn->imm == 16 || insn->imm == 32 || insn->imm == 64);
	if (op == BPF_NEG)
		return !is_by_register(insn) && !insn->src_reg && !insn->imm;
	if (is_by_register(insn))
		return !insn->imm;
	if (insn->src_reg || ((op == BPF_DIV || op == BPF_MOD) && insn->imm == 0))
		return false;
	return !shifts || (insn->imm >= 0 && insn->imm < (is_64(insn) ? 64 : 32));
}

static bool jump_is_formed(const struct bpf_insn *insn)
{
	uint8_t op = BPF_OP(insn->code);

	if (is_exit(insn))
		return !insn->src_reg && !insn->dst_reg && !insn->off && !insn->imm;
	if (is_always(insn))
		return !insn->src_reg && !insn->dst_reg && !insn->imm;
	if (op == BPF_JA || op == BPF_EXIT || op == BPF_CALL || op > BPF_JSLE)
		return false;
	return is_by_register(insn) ? !insn->imm : !insn->src_reg;
}

static bool load_is_formed(const struct bpf_insn *insn)
{
	return BPF_MODE(insn->code) == BPF_MEM && !insn->imm;
}

static bool wide_is_formed(const struct bpf_insn *insn, size_t left)
{
	return left > 0 && !insn->off && !insn->src_reg && !insn[1].code && !insn[1].dst_reg &&
	       !insn[1].src_reg && !insn[1].off;
}

/* 0; -EINVAL; -ENOSYS: a thing that kernels have and we do not. */
static int check_form(const struct bpf_insn *insn, size_t left, const char **why)
{
	bool formed = false;

	if (insn->dst_reg >= MAX_BPF_REG || insn->src_reg >= MAX_BPF_REG)
		return -EINVAL;
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		formed = alu_is_formed(insn);
		break;
	case BPF_JMP:
	case BPF_JMP32:
		if (insn->code == (BPF_JMP | BPF_CALL)) {
			*why = "a call";
			return -ENOSYS;
		}
		formed = jump_is_formed(insn);
		break;
	case BPF_LDX:
		formed = load_is_formed(insn);
		break;
	case BPF_LD:
		formed = is_wide(insn) && wide_is_formed(insn, left);
		break;
	default:
		*why = "a write to memory";
		return insn->dst_reg == BPF_REG_1 ? -EACCES : -ENOSYS;
	}
	return formed ? 0 : -EINVAL;
}

/* --- ways and values --- */

enum value { UNKNOWN, NUMBER, BIT, CONTEXT, POINTER };

struct values {
	bool reached;
	uint8_t of[MAX_BPF_REG];
};

static enum value meet(enum value a, enum value b)
{
	if (a == b)
		return a;
	return (a == BIT && b == NUMBER) || (a == NUMBER && b == BIT) ? NUMBER : UNKNOWN;
}

static void flow(const struct values *from, struct values *to)
{
	for (int i = 0; i < MAX_BPF_REG; i++)
		to->of[i] = (uint8_t)(to->reached ? meet(from->of[i], to->of[i]) : from->of[i]);
	to->reached = true;
}

static enum value of_constant(int64_t constant)
{
	return constant == 0 || constant == 1 ? BIT : NUMBER;
}

static enum value after_move(const struct bpf_insn *insn, const struct values *values)
{
	enum value src = values->of[insn->src_reg];

	if (!is_by_register(insn))
		return of_constant(insn->imm);
	return is_64(insn) || src == BIT ? src : NUMBER;
}

/* What the register has afterwards; -EACCES. */
static int after_alu(const struct bpf_insn *insn, const struct values *values)
{
	uint8_t op = BPF_OP(insn->code);
	enum value dst = values->of[insn->dst_reg],
		   src = is_by_register(insn) ? values->of[insn->src_reg] : NUMBER;

	if (src == UNKNOWN)
		return -EACCES;
	if (op == BPF_MOV)
		return after_move(insn, values);
	if (dst == UNKNOWN)
		return -EACCES;
	/* A pointer may be moved by what is known; it is then of no more use. */
	if (dst == CONTEXT || dst == POINTER)
		return is_64(insn) && (op == BPF_ADD || op == BPF_SUB) && !is_by_register(insn)
			       ? POINTER
			       : -EACCES;
	if (src == CONTEXT || src == POINTER)
		return -EACCES;
	if (op == BPF_AND && !is_by_register(insn) && of_constant(insn->imm) == BIT)
		return BIT;
	return NUMBER;
}

/* The context has three words; the first may be read in parts. */
static bool reads_context(const struct bpf_insn *insn)
{
	int off = insn->off;

	switch (BPF_SIZE(insn->code)) {
	case BPF_W:
		return off == 0 || off == 4 || off == 8;
	case BPF_H:
		return off == 0 || off == 2;
	case BPF_B:
		return off >= 0 && off < 4;
	default:
		return false;
	}
}

static int after_load(const struct bpf_insn *insn, const struct values *values, const char **why)
{
	if (is_wide(insn))
		return of_constant(
			(int64_t)((uint64_t)(uint32_t)insn[1].imm << 32 | (uint32_t)insn->imm));
	if (insn->src_reg == FRAME) {
		*why = "the stack";
		return -ENOSYS;
	}
	return values->of[insn->src_reg] == CONTEXT && reads_context(insn) ? NUMBER : -EACCES;
}

static int check_exit(const struct values *values)
{
	if (values->of[BPF_REG_0] == UNKNOWN)
		return -EACCES;
	return values->of[BPF_REG_0] == BIT ? 0 : -EINVAL;
}

static int check_jump(const struct bpf_insn *insn, const struct values *values)
{
	if (is_exit(insn))
		return check_exit(values);
	if (is_always(insn))
		return 0;
	if (values->of[insn->dst_reg] == UNKNOWN)
		return -EACCES;
	return is_by_register(insn) && values->of[insn->src_reg] == UNKNOWN ? -EACCES : 0;
}

/* Executes it on what is known. */
static int step(const struct bpf_insn *insn, struct values *values, const char **why)
{
	bool loads = BPF_CLASS(insn->code) == BPF_LDX || is_wide(insn);
	int after;

	if (is_jump(insn))
		return check_jump(insn, values);
	after = loads ? after_load(insn, values, why) : after_alu(insn, values);
	if (after < 0)
		return after;
	if (insn->dst_reg == FRAME)
		return -EACCES;
	values->of[insn->dst_reg] = (uint8_t)after;
	return 0;
}

/* Where ways lead from the instruction at i: at most two. How many; -EINVAL. */
static int ways_from(const struct bpf_insn *insns, size_t count, size_t i, size_t to[2],
		     const char **why)
{
	const struct bpf_insn *insn = &insns[i];
	size_t next = i + (is_wide(insn) ? 2 : 1);
	long target = (long)i + 1 + insn->off;
	int n = 0;

	if (is_jump(insn) && !is_exit(insn)) {
		if (target < 0 || target >= (long)count || target == (long)i)
			return -EINVAL;
		if (target < (long)i) {
			*why = "a jump back";
			return -ENOSYS;
		}
		if (target > 0 && is_wide(&insns[target - 1]))
			return -EINVAL;
		to[n++] = (size_t)target;
	}
	if (is_exit(insn) || is_always(insn))
		return n;
	if (next >= count)
		return -EINVAL;
	to[n++] = next;
	return n;
}

static int check_all_forms(const struct bpf_insn *insns, size_t count, const char **why)
{
	for (size_t i = 0; i < count; i += is_wide(&insns[i]) ? 2 : 1) {
		int ret = check_form(&insns[i], count - i - 1, why);

		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Every instruction is on some way. */
static int check_ways(const struct bpf_insn *insns, size_t count, struct values *at,
		      const char **why)
{
	size_t to[2];

	at[0].reached = true;
	for (size_t i = 0; i < count; i += is_wide(&insns[i]) ? 2 : 1) {
		int n = ways_from(insns, count, i, to, why);

		if (n < 0 || !at[i].reached)
			return n < 0 ? n : -EINVAL;
		while (n-- > 0)
			at[to[n]].reached = true;
	}
	return 0;
}

static int check_values(const struct bpf_insn *insns, size_t count, struct values *at,
			const char **why)
{
	size_t to[2];
	int ret = 0;

	memset(at, 0, count * sizeof(*at));
	at[0] = (struct values){ .reached = true,
				 .of = { [BPF_REG_1] = CONTEXT, [FRAME] = POINTER } };
	for (size_t i = 0; ret == 0 && i < count; i += is_wide(&insns[i]) ? 2 : 1) {
		struct values values = at[i];
		int n = ways_from(insns, count, i, to, why);

		ret = step(&insns[i], &values, why);
		while (ret == 0 && n-- > 0)
			flow(&values, &at[to[n]]);
	}
	return ret;
}

int bpfvm_check(const struct bpf_insn *insns, size_t count, const char **why_out)
{
	struct values *at = calloc(count, sizeof(*at));
	int ret;

	*why_out = NULL;
	if (!at)
		return -ENOMEM;
	ret = check_all_forms(insns, count, why_out);
	if (ret == 0)
		ret = check_ways(insns, count, at, why_out);
	if (ret == 0)
		ret = check_values(insns, count, at, why_out);
	free(at);
	return ret;
}
