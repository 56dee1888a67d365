/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/seccomp/eval.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define ALL_WORDS ((1u << BPF_MEMWORDS) - 1)

/* --- the check --- */

/* What must be true of the constant of an instruction. */
enum constant { NOT_TAKEN, ANY, NOT_ZERO, BELOW_32, A_WORD, IN_DATA };

/* One row, one instruction that a filter may have. */
static const struct {
	uint16_t code;
	uint8_t constant;
} instructions[] = {
	{ BPF_LD | BPF_W | BPF_ABS, IN_DATA },
	{ BPF_LD | BPF_W | BPF_LEN, ANY },
	{ BPF_LDX | BPF_W | BPF_LEN, ANY },
	{ BPF_LD | BPF_IMM, ANY },
	{ BPF_LDX | BPF_IMM, ANY },
	{ BPF_LD | BPF_MEM, A_WORD },
	{ BPF_LDX | BPF_MEM, A_WORD },
	{ BPF_ST, A_WORD },
	{ BPF_STX, A_WORD },
	{ BPF_MISC | BPF_TAX, ANY },
	{ BPF_MISC | BPF_TXA, ANY },
	{ BPF_ALU | BPF_ADD | BPF_K, ANY },
	{ BPF_ALU | BPF_ADD | BPF_X, ANY },
	{ BPF_ALU | BPF_SUB | BPF_K, ANY },
	{ BPF_ALU | BPF_SUB | BPF_X, ANY },
	{ BPF_ALU | BPF_MUL | BPF_K, ANY },
	{ BPF_ALU | BPF_MUL | BPF_X, ANY },
	{ BPF_ALU | BPF_DIV | BPF_K, NOT_ZERO },
	{ BPF_ALU | BPF_DIV | BPF_X, ANY },
	{ BPF_ALU | BPF_AND | BPF_K, ANY },
	{ BPF_ALU | BPF_AND | BPF_X, ANY },
	{ BPF_ALU | BPF_OR | BPF_K, ANY },
	{ BPF_ALU | BPF_OR | BPF_X, ANY },
	{ BPF_ALU | BPF_XOR | BPF_K, ANY },
	{ BPF_ALU | BPF_XOR | BPF_X, ANY },
	{ BPF_ALU | BPF_LSH | BPF_K, BELOW_32 },
	{ BPF_ALU | BPF_LSH | BPF_X, ANY },
	{ BPF_ALU | BPF_RSH | BPF_K, BELOW_32 },
	{ BPF_ALU | BPF_RSH | BPF_X, ANY },
	{ BPF_ALU | BPF_NEG, ANY },
	{ BPF_JMP | BPF_JA, ANY },
	{ BPF_JMP | BPF_JEQ | BPF_K, ANY },
	{ BPF_JMP | BPF_JEQ | BPF_X, ANY },
	{ BPF_JMP | BPF_JGT | BPF_K, ANY },
	{ BPF_JMP | BPF_JGT | BPF_X, ANY },
	{ BPF_JMP | BPF_JGE | BPF_K, ANY },
	{ BPF_JMP | BPF_JGE | BPF_X, ANY },
	{ BPF_JMP | BPF_JSET | BPF_K, ANY },
	{ BPF_JMP | BPF_JSET | BPF_X, ANY },
	{ BPF_RET | BPF_K, ANY },
	{ BPF_RET | BPF_A, ANY },
};

static bool is_taken(const struct sock_filter *insn)
{
	enum constant constant = NOT_TAKEN;

	for (size_t i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++)
		if (instructions[i].code == insn->code)
			constant = instructions[i].constant;
	switch (constant) {
	case NOT_TAKEN:
		return false;
	case ANY:
		return true;
	case NOT_ZERO:
		return insn->k != 0;
	case BELOW_32:
		return insn->k < 32;
	case A_WORD:
		return insn->k < BPF_MEMWORDS;
	case IN_DATA:
		return insn->k % 4 == 0 && insn->k < sizeof(struct seccomp_data);
	}
	return false;
}

static bool is_jump(const struct sock_filter *insn)
{
	return BPF_CLASS(insn->code) == BPF_JMP;
}

static bool is_always(const struct sock_filter *insn)
{
	return BPF_OP(insn->code) == BPF_JA;
}

/* Jumps lead forward only: a program ends because its length does. */
static bool jumps_within(const struct sock_filter *insn, size_t left)
{
	if (!is_jump(insn))
		return true;
	if (is_always(insn))
		return insn->k < left;
	return insn->jt < left && insn->jf < left;
}

/* words: those that are written on every way to here. *ahead: what the ways that jump have written,
 * by target. */
static uint32_t words_after(const struct sock_filter *insn, uint32_t words, uint16_t *ahead)
{
	if (insn->code == BPF_ST || insn->code == BPF_STX)
		return words | 1u << insn->k;
	if (!is_jump(insn))
		return words;
	if (is_always(insn)) {
		ahead[insn->k] &= (uint16_t)words;
	} else {
		ahead[insn->jt] &= (uint16_t)words;
		ahead[insn->jf] &= (uint16_t)words;
	}
	/* Nobody goes on from here to the next instruction but by a jump. */
	return ALL_WORDS;
}

static bool reads_written_words(const struct sock_filter *filter, size_t count)
{
	uint16_t ways[BPF_MAXINSNS];
	uint32_t words = 0;

	memset(ways, 0xff, count * sizeof(*ways));
	for (size_t i = 0; i < count; i++) {
		words &= ways[i];
		if ((filter[i].code == (BPF_LD | BPF_MEM) ||
		     filter[i].code == (BPF_LDX | BPF_MEM)) &&
		    !(words & 1u << filter[i].k))
			return false;
		words = words_after(&filter[i], words, &ways[i] + 1);
	}
	return true;
}

int seccomp_check(const struct sock_filter *filter, size_t count)
{
	if (count == 0 || count > BPF_MAXINSNS)
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (!is_taken(&filter[i]) || !jumps_within(&filter[i], count - i - 1))
			return -EINVAL;
	if (BPF_CLASS(filter[count - 1].code) != BPF_RET || !reads_written_words(filter, count))
		return -EINVAL;
	return 0;
}

/* --- the run --- */

struct machine {
	uint32_t a, x;
	uint32_t words[BPF_MEMWORDS];
};

/* False: a division by zero. */
static bool compute(uint32_t *a, uint16_t op, uint32_t by)
{
	switch (op) {
	case BPF_ADD:
		*a += by;
		break;
	case BPF_SUB:
		*a -= by;
		break;
	case BPF_MUL:
		*a *= by;
		break;
	case BPF_DIV:
		if (by == 0)
			return false;
		*a /= by;
		break;
	case BPF_AND:
		*a &= by;
		break;
	case BPF_OR:
		*a |= by;
		break;
	case BPF_XOR:
		*a ^= by;
		break;
	case BPF_LSH:
		*a <<= by & 31;
		break;
	case BPF_RSH:
		*a >>= by & 31;
		break;
	default: /* BPF_NEG */
		*a = -*a;
		break;
	}
	return true;
}

static uint32_t load(const struct machine *m, const struct sock_filter *insn,
		     const struct seccomp_data *data)
{
	uint32_t word;

	switch (BPF_MODE(insn->code)) {
	case BPF_IMM:
		return insn->k;
	case BPF_MEM:
		return m->words[insn->k];
	case BPF_LEN:
		return sizeof(*data);
	default: /* BPF_ABS */
		memcpy(&word, (const char *)data + insn->k, sizeof(word));
		return word;
	}
}

/* How many instructions to leave out. */
static uint32_t jump(const struct machine *m, const struct sock_filter *insn)
{
	uint32_t with = BPF_SRC(insn->code) == BPF_X ? m->x : insn->k;
	bool is_true;

	switch (BPF_OP(insn->code)) {
	case BPF_JA:
		return insn->k;
	case BPF_JEQ:
		is_true = m->a == with;
		break;
	case BPF_JGT:
		is_true = m->a > with;
		break;
	case BPF_JGE:
		is_true = m->a >= with;
		break;
	default: /* BPF_JSET */
		is_true = m->a & with;
		break;
	}
	return is_true ? insn->jt : insn->jf;
}

uint32_t seccomp_eval(const struct sock_filter *filter, const struct seccomp_data *data)
{
	struct machine m = { 0 };

	for (const struct sock_filter *insn = filter;; insn++) {
		switch (BPF_CLASS(insn->code)) {
		case BPF_LD:
			m.a = load(&m, insn, data);
			break;
		case BPF_LDX:
			m.x = load(&m, insn, data);
			break;
		case BPF_ST:
			m.words[insn->k] = m.a;
			break;
		case BPF_STX:
			m.words[insn->k] = m.x;
			break;
		case BPF_ALU:
			if (!compute(&m.a, BPF_OP(insn->code),
				     BPF_SRC(insn->code) == BPF_X ? m.x : insn->k))
				return SECCOMP_RET_KILL_THREAD;
			break;
		case BPF_JMP:
			insn += jump(&m, insn);
			break;
		case BPF_RET:
			return BPF_RVAL(insn->code) == BPF_A ? m.a : insn->k;
		default: /* BPF_MISC */
			if (BPF_MISCOP(insn->code) == BPF_TAX)
				m.x = m.a;
			else
				m.a = m.x;
			break;
		}
	}
}

/* The actions are numbers whose order, with a sign, is that of their strictness: KILL_PROCESS is
 * the least. */
uint32_t seccomp_stricter(uint32_t first, uint32_t second)
{
	return (int32_t)(second & SECCOMP_RET_ACTION_FULL) <
			       (int32_t)(first & SECCOMP_RET_ACTION_FULL)
		       ? second
		       : first;
}
