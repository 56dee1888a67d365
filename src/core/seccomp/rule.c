/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/seccomp/parser.h"

#include <ctype.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#define FORCE_UMOUNT "reject_force_umount"
#define UMOUNT_FLAG_FORCE 1 /* MNT_FORCE, the same everywhere */

/* --- one rule on one architecture --- */

static int by_arg(const void *a, const void *b)
{
	const struct seccomp_test *one = a, *other = b;

	return one->arg < other->arg ? -1 : one->arg > other->arg;
}

/* In the form in which equal rules are equal. */
static struct seccomp_rule normalised(const struct seccomp_rule *rule, uint32_t arch)
{
	struct seccomp_rule flat = *rule;
	uint64_t bits = seccomp_arch_is_32_bits(arch) ? UINT32_MAX : UINT64_MAX;

	flat.arch = arch;
	flat.test_count = 0;
	for (uint32_t i = 0; i < rule->test_count; i++) {
		struct seccomp_test test = rule->tests[i];

		test.value &= bits;
		test.mask &= bits;
		/* Without a mask it is always true, and no test. */
		if (test.op != SECCOMP_MASKED_EQ || test.mask)
			flat.tests[flat.test_count++] = test;
	}
	qsort(flat.tests, flat.test_count, sizeof(flat.tests[0]), by_arg);
	return flat;
}

static const struct vec *calls_of(struct parser *parser, size_t arch_index)
{
	struct vec *calls = &parser->calls[arch_index];

	if (calls->count == 0 && !calls_list(parser->profile->host->archs[arch_index], calls))
		parser->failed = true;
	return calls;
}

/* What a rule is there, in flat. How many rules, or what call_number() says. */
static int expand(struct parser *parser, const struct seccomp_rule *rule, size_t arch_index,
		  struct seccomp_rule flat[2])
{
	uint32_t arch = parser->profile->host->archs[arch_index], sub = 0;

	flat[0] = normalised(rule, arch);
	if (!rule->call)
		/* A number with that bit is never one of x86_64. */
		return arch == AUDIT_ARCH_X86_64 && rule->number >= X32_BIT ? CALL_ABSENT : 1;
	flat[0].number = call_number(arch, rule->call);
	if (flat[0].number >= 0)
		return 1;
	/* The arguments of a multiplexer are not those of the call. */
	if (flat[0].number != CALL_MULTIPLEXED || flat[0].test_count > 0)
		return flat[0].number;
	flat[1] = flat[0];
	flat[0].number = call_multiplexer(arch, rule->call, &sub);
	flat[0].tests[0] = (struct seccomp_test){ .arg = 0, .op = SECCOMP_EQ, .value = sub };
	flat[0].test_count = 1;
	flat[1].number = calls_find(calls_of(parser, arch_index), rule->call);
	return flat[1].number >= 0 ? 2 : 1;
}

/* --- one rule on all architectures --- */

/* Where a rule counts, and where not, as lists for people. */
struct reach {
	struct seccomp_rule flat[2 * SECCOMP_ARCHS_MAX];
	size_t flat_count;
	struct str absent, multiplexed, cut;
	bool is_known, is_refused;
};

static void reach_finish(struct reach *reach)
{
	str_finish(&reach->absent);
	str_finish(&reach->multiplexed);
	str_finish(&reach->cut);
}

static void name_add(struct str *list, uint32_t arch)
{
	str_addf(list, "%s%s", list->len ? " and " : "", seccomp_arch_name(arch));
}

static bool has_large_value(const struct seccomp_rule *rule)
{
	for (uint32_t i = 0; i < rule->test_count; i++)
		if (rule->tests[i].value >> 32)
			return true;
	return false;
}

static void reach_init(struct reach *reach, struct parser *parser, const struct seccomp_rule *rule)
{
	const struct seccomp_host *host = parser->profile->host;

	for (size_t i = 0; i < host->arch_count; i++) {
		uint32_t arch = host->archs[i];
		int ret;

		if (rule->arch && rule->arch != arch)
			continue;
		ret = expand(parser, rule, i, &reach->flat[reach->flat_count]);
		if (ret > 0)
			reach->flat_count += (size_t)ret;
		reach->is_known = reach->is_known || ret != CALL_UNKNOWN;
		/* On a compat architecture the rule may be left out, unless it was meant for it
		 * alone. */
		if (ret == CALL_MULTIPLEXED && (i == 0 || rule->arch))
			reach->is_refused = true;
		if (ret < 0)
			name_add(ret == CALL_MULTIPLEXED ? &reach->multiplexed : &reach->absent,
				 arch);
		else if (seccomp_arch_is_32_bits(arch) && has_large_value(rule))
			name_add(&reach->cut, arch);
	}
	if (!str_ok(&reach->absent) || !str_ok(&reach->multiplexed) || !str_ok(&reach->cut))
		parser->failed = true;
}

/* --- rules --- */

/* The places of a rule that remarks are about. */
struct places {
	const char *name, *action, *tests;
};

static bool look_at_reach(struct parser *parser, const struct places *places,
			  const struct seccomp_rule *rule, const struct reach *reach)
{
	char words[32];

	if (reach->is_refused)
		return parser_error(
			parser, places->tests,
			"arguments of %s cannot be tested on %s: it goes through a multiplexer",
			rule->call, str_text(&reach->multiplexed));
	if (reach->multiplexed.len)
		parser_warn(parser, places->tests,
			    "arguments of %s cannot be tested on %s, where it goes through a "
			    "multiplexer: not filtered there",
			    rule->call, str_text(&reach->multiplexed));
	if (reach->absent.len && rule->call)
		parser_warn(parser, places->name, "%s does not exist on %s%s", rule->call,
			    str_text(&reach->absent),
			    reach->flat_count ? ": not filtered there"
					      : ": the line has no effect");
	if (reach->cut.len)
		parser_warn(parser, places->tests,
			    "a value is above 32 bits: on %s its lower half counts alone",
			    str_text(&reach->cut));
	if (reach->flat_count && rule->action == parser->profile->fallback)
		return parser_error(parser, places->action, "%s is the policy's action already",
				    action_words(rule->action, words));
	return true;
}

static void unknown_call(struct parser *parser, const char *at, const char *name)
{
	_cleanup_str_ struct str nearest = { 0 };

	if (name[strspn(name, "0123456789")] == '\0')
		str_add(&nearest, "; numbers are for format 1");
	for (size_t i = 0; i < parser->profile->host->arch_count && nearest.len == 0; i++)
		calls_suggest(calls_of(parser, i), name, &nearest);
	parser_warn(parser, at, "unknown call \"%s\": the line has no effect%s", name,
		    str_text(&nearest));
}

static void rule_add(struct parser *parser, const struct places *places, struct seccomp_rule *rule)
{
	__attribute__((cleanup(reach_finish))) struct reach reach = { 0 };

	rule->line = parser->line;
	rule->column = (uint32_t)(places->name - parser->line_start) + 1;
	rule->index = (uint32_t)parser->profile->rules.count;
	reach_init(&reach, parser, rule);
	if (!reach.is_known) {
		unknown_call(parser, places->name, rule->call);
		return;
	}
	if (!look_at_reach(parser, places, rule, &reach))
		return;
	if (!vec_add(&parser->profile->rules, rule))
		parser->failed = true;
	for (size_t i = 0; i < reach.flat_count; i++)
		if (!vec_add(&parser->profile->flat, &reach.flat[i]))
			parser->failed = true;
}

/* Of the line behind the name. */
static bool rest_parse(struct parser *parser, struct piece rest, struct places *places,
		       struct seccomp_rule *rule)
{
	piece_skip_blanks(&rest);
	places->action = piece_len(rest) > 0 ? rest.at : places->name;
	places->tests = places->action;
	rule->action = parser->rule_action;
	if (piece_len(rest) == 0)
		return true;
	if (*rest.at == '[')
		return parser_error(parser, rest.at, "an action is expected before the arguments");
	if (!action_parse(parser, &rest, &rule->action))
		return false;
	piece_skip_blanks(&rest);
	places->tests = rest.at;
	if (piece_len(rest) == 0 || memchr(rest.at, '[', piece_len(rest)))
		return tests_parse(parser, &rest, rule);
	/* LXC 5.0.2 takes it without a word. */
	parser_warn(parser, rest.at, "what stands behind the action does not count");
	return true;
}

/* umount2 with MNT_FORCE; what else the line says is read and does not count. */
static void become_force_umount(struct parser *parser, const struct places *places,
				struct seccomp_rule *rule)
{
	if (places->action != places->name)
		parser_warn(parser, places->action,
			    "what stands behind " FORCE_UMOUNT " has no effect");
	*rule = (struct seccomp_rule){
		.arch = rule->arch,
		.call = "umount2",
		.action = SECCOMP_RET_ERRNO | EACCES,
		.test_count = 1,
		.tests = { { .arg = 1,
			     .op = SECCOMP_MASKED_EQ,
			     .value = UMOUNT_FLAG_FORCE,
			     .mask = UMOUNT_FLAG_FORCE } },
	};
}

void rule_parse(struct parser *parser, struct piece line)
{
	struct piece rest = line, name = piece_take_word(&rest, "[");
	struct seccomp_rule rule = { .arch = parser->section };
	struct places places = { .name = name.at };

	rule.call = arena_dup_n(&parser->profile->texts, name.at, piece_len(name));
	if (!rule.call || !rest_parse(parser, rest, &places, &rule))
		return;
	if (str_eq(rule.call, FORCE_UMOUNT))
		become_force_umount(parser, &places, &rule);
	rule_add(parser, &places, &rule);
}

void rule_parse_number(struct parser *parser, struct piece line)
{
	struct seccomp_rule rule = { .arch = parser->profile->host->archs[0],
				     .action = parser->rule_action };
	struct places places = { .name = line.at };
	const char *at = line.at;
	int64_t number = 0;
	char *name _cleanup_free_ = NULL;

	while (at < line.end && isdigit((unsigned char)*at) && number <= INT32_MAX)
		number = number * 10 + (*at++ - '0');
	if (at == line.at || number > INT32_MAX) {
		(void)parser_error(parser, line.at,
				   "a line of format 1 begins with the number of a system call");
		return;
	}
	if (at < line.end && *at != ' ' && *at != '\t')
		parser_warn(parser, at, "only the number before this counts");
	rule.number = (int32_t)number;
	name = call_name(rule.arch, rule.number);
	if (!name)
		parser_warn(parser, line.at, "%s has no call %d that is known",
			    seccomp_arch_name(rule.arch), rule.number);
	rule_add(parser, &places, &rule);
}
