/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of one call beside each other: which repeat, hide or contradict another one. */
#include "core/seccomp/parser.h"

struct comparison {
	const struct seccomp_profile *profile;
	struct seccomp_remarks *remarks;
	const char *file;
	uint8_t *said; /* by rule: 1, a warning, 2, an error; not one for each architecture */
};

static bool has_same_tests(const struct seccomp_rule *one, const struct seccomp_rule *other)
{
	if (one->test_count != other->test_count)
		return false;
	for (uint32_t i = 0; i < one->test_count; i++) {
		const struct seccomp_test *a = &one->tests[i], *b = &other->tests[i];

		if (a->arg != b->arg || a->op != b->op || a->value != b->value ||
		    a->mask != b->mask)
			return false;
	}
	return true;
}

/* Whether the line names no tests. At a multiplexer the rule has one nevertheless. */
static bool is_for_all_calls(const struct comparison *comparison, const struct seccomp_rule *rule)
{
	return vec_at(&comparison->profile->rules, const struct seccomp_rule, rule->index)
		       ->test_count == 0;
}

static void say(struct comparison *comparison, enum seccomp_severity severity,
		const struct seccomp_rule *rule, const char *words,
		const struct seccomp_rule *other)
{
	const struct seccomp_remark remark = { severity, comparison->file, rule->line, rule->column,
					       NULL };
	uint8_t *said = &comparison->said[rule->index];
	char action[32];

	if (*said > severity)
		return;
	*said = (uint8_t)(severity + 1);
	remark_add(comparison->remarks, &remark, "%s line %u (%s)", words, other->line,
		   action_words(other->action, action));
}

static void say_hidden(struct comparison *comparison, const struct seccomp_rule *rule,
		       const struct seccomp_rule *other)
{
	say(comparison, SECCOMP_WARNING, rule, "this never counts: each such call is answered by",
	    other);
}

static void say_same(struct comparison *comparison, const struct seccomp_rule *rule,
		     const struct seccomp_rule *other)
{
	if (is_for_all_calls(comparison, rule) && is_for_all_calls(comparison, other))
		say_hidden(comparison, rule, other);
	else if (rule->action == other->action)
		say(comparison, SECCOMP_WARNING, rule, "this repeats", other);
	else
		say(comparison, SECCOMP_ERROR, rule,
		    "this contradicts the answer to the same calls in", other);
}

static const struct seccomp_rule *find_without_tests(const struct seccomp_rule *rules, size_t first,
						     size_t end)
{
	for (size_t i = first; i < end; i++)
		if (rules[i].test_count == 0)
			return &rules[i];
	return NULL;
}

/* What is to be said of rule at, one of those of the same number, in the order of their lines. What
 * contradicts is an error unless it is hidden by a line before it: so it is with LXC. */
static void compare(struct comparison *comparison, const struct seccomp_rule *rules, size_t count,
		    size_t at)
{
	const struct seccomp_rule *rule = &rules[at], *overlapping = NULL;
	const struct seccomp_rule *hiding = find_without_tests(rules, 0, at);

	if (hiding)
		say_hidden(comparison, rule, hiding);
	if (hiding || rule->test_count == 0)
		return;
	for (size_t i = 0; i < at; i++) {
		if (has_same_tests(rule, &rules[i])) {
			say_same(comparison, rule, &rules[i]);
			return;
		}
		if (!overlapping && rule->action != rules[i].action &&
		    tests_overlap(rule, &rules[i]))
			overlapping = &rules[i];
	}
	hiding = find_without_tests(rules, at + 1, count);
	if (hiding)
		say_hidden(comparison, rule, hiding);
	else if (overlapping)
		say(comparison, SECCOMP_WARNING, rule, "some of these calls are answered before by",
		    overlapping);
}

bool rules_compare(const struct seccomp_profile *profile, struct seccomp_remarks *remarks,
		   const char *file)
{
	uint8_t *said _cleanup_free_ = calloc(profile->rules.count + 1, 1);
	struct comparison comparison = { profile, remarks, file, said };
	size_t next;

	for (size_t first = 0; said && first < profile->flat.count; first = next) {
		const struct seccomp_rule *rules =
			vec_at(&profile->flat, const struct seccomp_rule, first);

		for (next = first + 1; next < profile->flat.count; next++)
			if (rules[next - first].arch != rules->arch ||
			    rules[next - first].number != rules->number)
				break;
		for (size_t i = 0; i < next - first; i++)
			compare(&comparison, rules, next - first, i);
	}
	return said;
}
