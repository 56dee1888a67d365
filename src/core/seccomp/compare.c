/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of one call beside each other: which repeat, hide or contradict another one. */
#include "core/seccomp/parser.h"

#include <errno.h>

struct comparison {
	const struct seccomp_profile *profile;
	struct seccomp_remarks *remarks;
	const char *file;
	bool *is_said; /* by rule: one remark, not one for each architecture */
};

static const struct seccomp_rule *rule_of(const struct comparison *comparison,
					  const struct filter_rule *filter)
{
	return vec_at(&comparison->profile->rules, const struct seccomp_rule, filter->origin);
}

static int by_call(const void *a, const void *b)
{
	const struct filter_rule *one = a, *other = b;
	int order = one->call && other->call ? strcmp(one->call, other->call) : 0;

	if (one->arch != other->arch)
		return one->arch < other->arch ? -1 : 1;
	if (order)
		return order;
	if (one->number != other->number)
		return one->number < other->number ? -1 : 1;
	return one->origin < other->origin ? -1 : one->origin > other->origin;
}

static bool is_same_call(const struct filter_rule *one, const struct filter_rule *other)
{
	return one->arch == other->arch && one->number == other->number &&
	       (one->call ? str_eq(one->call, other->call) : true);
}

static bool has_same_tests(const struct filter_rule *one, const struct filter_rule *other)
{
	if (one->test_count != other->test_count)
		return false;
	for (uint32_t i = 0; i < one->test_count; i++) {
		const struct filter_test *a = &one->tests[i], *b = &other->tests[i];

		if (a->arg != b->arg || a->op != b->op || a->value != b->value ||
		    a->mask != b->mask)
			return false;
	}
	return true;
}

static void say(struct comparison *comparison, enum seccomp_severity severity,
		const struct filter_rule *filter, const char *words,
		const struct filter_rule *because)
{
	const struct seccomp_rule *rule = rule_of(comparison, filter),
				  *other = rule_of(comparison, because);
	struct seccomp_remark remark = { severity, comparison->file, rule->line, rule->column,
					 NULL };
	char action[32];

	if (comparison->is_said[filter->origin])
		return;
	comparison->is_said[filter->origin] = true;
	remark_add(comparison->remarks, &remark, "%s line %u (%s)", words, other->line,
		   action_words(because->action, action));
}

/* What is to be said of rule at, one of those of the same call, which stand in the order of their
 * lines. libseccomp decides in this order, too. */
static void compare(struct comparison *comparison, const struct filter_rule *rules, size_t count,
		    size_t at)
{
	const struct filter_rule *rule = &rules[at], *overlapping = NULL;

	for (size_t i = 0; i < at; i++)
		if (rules[i].test_count == 0) {
			say(comparison, SECCOMP_WARNING, rule,
			    "this never counts: each such call is answered by", &rules[i]);
			return;
		}
	if (rule->test_count == 0)
		return;
	for (size_t i = 0; i < at; i++) {
		if (has_same_tests(rule, &rules[i])) {
			if (rule->action == rules[i].action)
				say(comparison, SECCOMP_WARNING, rule, "this repeats", &rules[i]);
			else
				say(comparison, SECCOMP_ERROR, rule,
				    "this contradicts the answer to the same calls in", &rules[i]);
			return;
		}
		if (rule->action != rules[i].action && tests_overlap(rule, &rules[i]))
			overlapping = &rules[i];
	}
	for (size_t i = at + 1; i < count; i++)
		if (rules[i].test_count == 0) {
			say(comparison, SECCOMP_WARNING, rule,
			    "this never counts: each such call is answered by", &rules[i]);
			return;
		}
	if (overlapping)
		say(comparison, SECCOMP_WARNING, rule,
		    "which answer counts is not defined: some calls are also those of",
		    overlapping);
}

int rules_compare(const struct seccomp_profile *profile, struct seccomp_remarks *remarks,
		  const char *file)
{
	struct comparison comparison = { profile, remarks, file, NULL };
	struct vec flat _cleanup_vec_ = VEC_OF(struct filter_rule);
	bool *is_said _cleanup_free_ = calloc(profile->rules.count + 1, sizeof(bool));
	int ret = seccomp_flatten(profile, &flat);

	if (ret < 0 || !is_said)
		return -ENOMEM;
	comparison.is_said = is_said;
	if (flat.count == 0)
		return 0;
	qsort(flat.items, flat.count, sizeof(struct filter_rule), by_call);
	for (size_t first = 0, next; first < flat.count; first = next) {
		const struct filter_rule *rules = vec_at(&flat, struct filter_rule, first);

		for (next = first + 1;
		     next < flat.count && is_same_call(rules, &rules[next - first]);)
			next++;
		for (size_t i = 0; i < next - first; i++)
			compare(&comparison, rules, next - first, i);
	}
	return 0;
}
