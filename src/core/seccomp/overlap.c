/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether two lists of tests can be true of the same call. */
#include "core/seccomp/parser.h"

/* The numbers that pass some tests: from low to high, with these bits under the mask, without
 * holes. */
struct span {
	bool is_empty;
	uint64_t low, high;
	uint64_t mask, bits;
	uint64_t holes[2]; /* two rules, one test each */
	unsigned hole_count;
};

static void at_least(struct span *span, uint64_t value)
{
	if (value > span->low)
		span->low = value;
}

static void at_most(struct span *span, uint64_t value)
{
	if (value < span->high)
		span->high = value;
}

static void span_cut(struct span *span, const struct seccomp_test *test)
{
	switch (test->op) {
	case SECCOMP_NE:
		span->holes[span->hole_count++] = test->value;
		break;
	case SECCOMP_LT:
		span->is_empty = span->is_empty || test->value == 0;
		at_most(span, test->value - 1);
		break;
	case SECCOMP_LE:
		at_most(span, test->value);
		break;
	case SECCOMP_EQ:
		at_least(span, test->value);
		at_most(span, test->value);
		break;
	case SECCOMP_GE:
		at_least(span, test->value);
		break;
	case SECCOMP_GT:
		span->is_empty = span->is_empty || test->value == UINT64_MAX;
		at_least(span, test->value + 1);
		break;
	case SECCOMP_MASKED_EQ:
		span->is_empty =
			span->is_empty || ((span->bits ^ test->value) & span->mask & test->mask);
		span->mask |= test->mask;
		span->bits |= test->value & test->mask;
		break;
	}
}

/* The least number from *number on that has these bits under the mask. False: there is none. */
static bool next_with_bits(uint64_t *number, uint64_t mask, uint64_t bits)
{
	uint64_t wrong = (*number & mask) ^ bits, top;
	uint64_t zeros;

	if (wrong == 0)
		return true;
	top = 1ull << (63 - __builtin_clzll(wrong));
	if (!(bits & top)) {
		/* Too large there: a free bit above must become 1. */
		zeros = ~*number & ~mask & ~(top | (top - 1));
		if (zeros == 0)
			return false;
		top = zeros & -zeros;
	}
	*number = ((*number | top) & ~(top - 1)) | (bits & (top - 1));
	return true;
}

static bool span_has_number(const struct span *span)
{
	uint64_t number = span->low;

	if (span->is_empty)
		return false;
	/* One more look than there are holes. */
	for (unsigned i = 0; i <= span->hole_count; i++, number++) {
		bool is_hole = false;

		if (!next_with_bits(&number, span->mask, span->bits) || number > span->high)
			return false;
		for (unsigned h = 0; h < span->hole_count; h++)
			is_hole = is_hole || span->holes[h] == number;
		if (!is_hole)
			return true;
		if (number == UINT64_MAX)
			return false;
	}
	return false;
}

bool tests_overlap(const struct seccomp_rule *one, const struct seccomp_rule *other)
{
	uint64_t high = seccomp_arch_is_32_bits(one->arch) ? UINT32_MAX : UINT64_MAX;

	for (uint32_t arg = 0; arg < SECCOMP_ARGS; arg++) {
		struct span span = { .high = high };

		for (uint32_t i = 0; i < one->test_count; i++)
			if (one->tests[i].arg == arg)
				span_cut(&span, &one->tests[i]);
		for (uint32_t i = 0; i < other->test_count; i++)
			if (other->tests[i].arg == arg)
				span_cut(&span, &other->tests[i]);
		if (!span_has_number(&span))
			return false;
	}
	return true;
}
