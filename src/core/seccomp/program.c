/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the flat list of rules to instructions. They are written from the last to the first: jumps
 *of BPF lead forward only, so all targets are known when a jump is written.
 *
 *	load arch; for each architecture: if it is that one, go to its part; else kill
 *	part: load nr; search it in a tree; then its tests, then its action
 */
#include "core/seccomp/parser.h"

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

/* Conditional jumps reach 255 instructions far. Less, since two may have to be helped on. */
#define REACH 250

struct assembler {
	struct vec insns;   /* of struct sock_filter, the last one first */
	struct vec returns; /* of struct answer: where a return stands, the latest one of each
			       action */
	bool failed;	    /* no memory */
};

/* Where an instruction stands in insns. */
typedef size_t label;

struct answer {
	uint32_t action;
	label at;
};

static void assembler_finish(struct assembler *as)
{
	vec_finish(&as->insns);
	vec_finish(&as->returns);
}

static label emit(struct assembler *as, struct sock_filter insn)
{
	/* The rest is not worth its memory. */
	if (as->insns.count <= BPF_MAXINSNS && !vec_add(&as->insns, &insn))
		as->failed = true;
	return as->insns.count - 1;
}

/* From the instruction that comes next. */
static size_t distance(const struct assembler *as, label target)
{
	return as->insns.count - 1 - target;
}

/* The target, or a place near by that leads there. */
static label near(struct assembler *as, label target)
{
	if (distance(as, target) <= REACH)
		return target;
	return emit(as,
		    (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)distance(as, target)));
}

static label emit_return(struct assembler *as, uint32_t action)
{
	struct answer *answer = NULL;

	for (size_t i = 0; i < as->returns.count; i++)
		if (vec_at(&as->returns, struct answer, i)->action == action)
			answer = vec_at(&as->returns, struct answer, i);
	if (!answer)
		answer =
			vec_add(&as->returns, &(struct answer){ .action = action, .at = SIZE_MAX });
	if (!answer) {
		as->failed = true;
		return 0;
	}
	/* A second one is not longer than a jump to the first. */
	if (answer->at == SIZE_MAX || distance(as, answer->at) > REACH)
		answer->at = emit(as, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
	return answer->at;
}

static label emit_jump(struct assembler *as, uint16_t op, uint32_t value, label if_true,
		       label if_false)
{
	if_true = near(as, if_true);
	if_false = near(as, if_false);
	return emit(as, (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | op | BPF_K), value,
						     (uint8_t)distance(as, if_true),
						     (uint8_t)distance(as, if_false)));
}

static label emit_load(struct assembler *as, size_t offset)
{
	return emit(as, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

/* --- tests --- */

/* Half of an argument. */
static size_t half_offset(uint32_t arg, bool is_high)
{
	bool is_second = is_high == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

	return offsetof(struct seccomp_data, args) + arg * sizeof(uint64_t) +
	       (is_second ? sizeof(uint32_t) : 0);
}

/* Whether that half has these bits under the mask. */
static label emit_bits(struct assembler *as, size_t offset, uint32_t mask, uint32_t bits,
		       label if_true, label if_false)
{
	if (mask == 0)
		return if_true;
	(void)emit_jump(as, BPF_JEQ, bits, if_true, if_false);
	if (mask != UINT32_MAX)
		(void)emit(as, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask));
	return emit_load(as, offset);
}

/* Whether the argument is greater; or, with BPF_JGE, not less. */
static label emit_greater(struct assembler *as, const struct seccomp_test *test, uint16_t op,
			  bool is_narrow, label if_true, label if_false)
{
	uint32_t high = (uint32_t)(test->value >> 32);
	label low;

	(void)emit_jump(as, op, (uint32_t)test->value, if_true, if_false);
	low = emit_load(as, half_offset(test->arg, false));
	if (is_narrow)
		return low;
	low = emit_jump(as, BPF_JEQ, high, low, if_false);
	(void)emit_jump(as, BPF_JGT, high, if_true, low);
	return emit_load(as, half_offset(test->arg, true));
}

/* How each comparison is made of those that BPF has. */
static const struct {
	uint16_t op;
	bool is_negated;
} comparisons[] = {
	[SECCOMP_NE] = { BPF_JEQ, true },	  [SECCOMP_LT] = { BPF_JGE, true },
	[SECCOMP_LE] = { BPF_JGT, true },	  [SECCOMP_EQ] = { BPF_JEQ, false },
	[SECCOMP_GE] = { BPF_JGE, false },	  [SECCOMP_GT] = { BPF_JGT, false },
	[SECCOMP_MASKED_EQ] = { BPF_JEQ, false },
};

static label emit_test(struct assembler *as, const struct seccomp_test *test, bool is_narrow,
		       label if_true, label if_false)
{
	uint64_t mask = test->op == SECCOMP_MASKED_EQ ? test->mask : UINT64_MAX;
	uint16_t op = comparisons[test->op].op;

	if (comparisons[test->op].is_negated) {
		label swapped = if_true;

		if_true = if_false;
		if_false = swapped;
	}
	if (op != BPF_JEQ)
		return emit_greater(as, test, op, is_narrow, if_true, if_false);
	if_true = emit_bits(as, half_offset(test->arg, false), (uint32_t)mask,
			    (uint32_t)test->value, if_true, if_false);
	if (is_narrow)
		return if_true;
	return emit_bits(as, half_offset(test->arg, true), (uint32_t)(mask >> 32),
			 (uint32_t)(test->value >> 32), if_true, if_false);
}

/* --- numbers --- */

/* Numbers from first up to the next span's that get the same answer. */
struct span {
	uint32_t first;
	bool is_tested;
	uint32_t action; /* unless it is tested */
	label tests;
};

static bool span_is_same(const struct span *one, const struct span *other)
{
	return !one->is_tested && !other->is_tested && one->action == other->action;
}

static void span_add(struct assembler *as, struct vec *spans, struct span span)
{
	struct span *last = spans->count ? vec_at(spans, struct span, spans->count - 1) : NULL;

	if (last && last->first == span.first)
		spans->count--; /* what was to come behind another number */
	last = spans->count ? vec_at(spans, struct span, spans->count - 1) : NULL;
	if (last && span_is_same(last, &span))
		return;
	if (!vec_add(spans, &span))
		as->failed = true;
}

/* The rules of one call, in the order of their lines. */
static struct span emit_rules(struct assembler *as, uint32_t fallback,
			      const struct seccomp_rule *rules, size_t count)
{
	struct span span = { .first = (uint32_t)rules->number, .is_tested = true };
	bool is_narrow = seccomp_arch_is_32_bits(rules->arch);

	for (size_t i = 0; i < count; i++)
		if (rules[i].test_count == 0)
			return (struct span){ .first = span.first, .action = rules[i].action };
	span.tests = emit_return(as, fallback);
	for (size_t i = count; i-- > 0;) {
		label next = span.tests;

		span.tests = emit_return(as, rules[i].action);
		for (uint32_t t = rules[i].test_count; t-- > 0;)
			span.tests = emit_test(as, &rules[i].tests[t], is_narrow, span.tests, next);
	}
	return span;
}

static label emit_search(struct assembler *as, const struct span *spans, size_t count)
{
	size_t middle = count / 2;
	label upper, lower;

	if (count == 1)
		return spans->is_tested ? spans->tests : emit_return(as, spans->action);
	upper = emit_search(as, spans + middle, count - middle);
	lower = emit_search(as, spans, middle);
	return emit_jump(as, BPF_JGE, spans[middle].first, upper, lower);
}

/* --- architectures --- */

/* What seccomp_data says of a call there. x32 differs by its numbers only. */
static uint32_t arch_word(uint32_t arch)
{
	return arch == ARCH_X32 ? AUDIT_ARCH_X86_64 : arch;
}

/* Adds the spans of one architecture; all its numbers lie behind those that are there. */
static void spans_add(struct assembler *as, struct vec *spans,
		      const struct seccomp_profile *profile, uint32_t arch)
{
	const struct vec *flat = &profile->flat;
	size_t end;

	for (size_t first = 0; first < flat->count; first = end) {
		const struct seccomp_rule *rules = vec_at(flat, const struct seccomp_rule, first);

		for (end = first + 1; end < flat->count; end++)
			if (rules[end - first].arch != rules->arch ||
			    rules[end - first].number != rules->number)
				break;
		if (rules->arch != arch)
			continue;
		span_add(as, spans, emit_rules(as, profile->fallback, rules, end - first));
		span_add(as, spans,
			 (struct span){ .first = (uint32_t)rules->number + 1,
					.action = profile->fallback });
	}
}

/* Part of one word: the search and all that it leads to. */
static label emit_arch(struct assembler *as, const struct seccomp_profile *profile, uint32_t word)
{
	struct vec spans _cleanup_vec_ = VEC_OF(struct span);

	span_add(as, &spans, (struct span){ .first = 0, .action = profile->fallback });
	for (size_t i = 0; i < profile->host->arch_count; i++)
		if (arch_word(profile->host->archs[i]) == word)
			spans_add(as, &spans, profile, profile->host->archs[i]);
	if (as->failed)
		return 0;
	if (spans.count == 1)
		return emit_search(as, spans.items, 1);
	(void)emit_search(as, spans.items, spans.count);
	return emit_load(as, offsetof(struct seccomp_data, nr));
}

static void emit_program(struct assembler *as, const struct seccomp_profile *profile)
{
	const struct seccomp_host *host = profile->host;
	label next = emit_return(as, SECCOMP_RET_KILL_THREAD);

	for (size_t i = host->arch_count; i-- > 0;) {
		uint32_t word = arch_word(host->archs[i]);

		if (word == host->archs[i])
			next = emit_jump(as, BPF_JEQ, word, emit_arch(as, profile, word), next);
	}
	(void)emit_load(as, offsetof(struct seccomp_data, arch));
}

int seccomp_compile(const struct seccomp_profile *profile, struct vec *program, struct err *err)
{
	__attribute__((cleanup(assembler_finish))) struct assembler as = {
		.insns = VEC_OF(struct sock_filter), .returns = VEC_OF(struct answer)
	};
	struct vec made _cleanup_vec_ = VEC_OF(struct sock_filter);

	emit_program(&as, profile);
	if (!as.failed && as.insns.count > BPF_MAXINSNS)
		return err_set(err, -E2BIG,
			       "%s makes more than the %d instructions that a kernel takes",
			       profile->file, BPF_MAXINSNS);
	for (size_t i = as.insns.count; i-- > 0 && !as.failed;)
		if (!vec_add(&made, vec_at(&as.insns, struct sock_filter, i)))
			as.failed = true;
	if (as.failed)
		return err_sys(err, -ENOMEM, "compile %s", profile->file);
	*program = made;
	made = (struct vec){ 0 };
	return 0;
}
