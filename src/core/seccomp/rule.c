/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/seccomp/parser.h"

#include <ctype.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#define FORCE_UMOUNT "reject_force_umount"
#define UMOUNT_FLAG_FORCE 1 /* MNT_FORCE, the same everywhere */

/* --- what an architecture can filter --- */

bool arch_is_32_bits(uint32_t arch)
{
	return !(arch & __AUDIT_ARCH_64BIT) || (arch & __AUDIT_ARCH_CONVENTION_MIPS64_N32);
}

int rule_reach(const struct filter_rule *filter, uint32_t arch)
{
	int number;

	if (!filter->call)
		return filter->number;
	number = filter_call(arch, filter->call);
	/* The arguments are not those of socketcall. */
	return number == FILTER_MULTIPLEXED && filter->test_count == 0 ? 0 : number;
}

/* Where a rule counts and where not, as lists for people. */
struct reach {
	struct str absent, multiplexed, cut;
	bool is_known, is_filtered, is_refused;
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

static bool has_large_value(const struct filter_rule *filter)
{
	for (uint32_t i = 0; i < filter->test_count; i++)
		if (filter->tests[i].value >> 32)
			return true;
	return false;
}

static void reach_init(struct reach *reach, const struct seccomp_host *host,
		       const struct filter_rule *filter)
{
	for (size_t i = 0; i < host->arch_count; i++) {
		uint32_t arch = host->archs[i];
		int number;

		if (filter->arch && filter->arch != arch)
			continue;
		number = rule_reach(filter, arch);
		reach->is_known = reach->is_known || number != FILTER_UNKNOWN;
		reach->is_filtered = reach->is_filtered || number >= 0;
		if (number == FILTER_MULTIPLEXED)
			reach->is_refused = reach->is_refused || i == 0 || filter->arch;
		if (number < 0)
			name_add(number == FILTER_MULTIPLEXED ? &reach->multiplexed
							      : &reach->absent,
				 arch);
		else if (arch_is_32_bits(arch) && has_large_value(filter))
			name_add(&reach->cut, arch);
	}
}

/* --- rules --- */

/* The places of a rule that remarks are about. */
struct places {
	const char *name, *action, *tests;
};

static bool look_at_reach(struct parser *parser, const struct places *places,
			  const struct filter_rule *filter)
{
	__attribute__((cleanup(reach_finish))) struct reach reach = { 0 };
	char words[32];

	reach_init(&reach, parser->profile->host, filter);
	if (!str_ok(&reach.absent) || !str_ok(&reach.multiplexed) || !str_ok(&reach.cut))
		parser->failed = true;
	if (reach.is_refused)
		return parser_error(
			parser, places->tests,
			"arguments of %s cannot be tested on %s: it goes through a multiplexer",
			filter->call, str_text(&reach.multiplexed));
	if (reach.multiplexed.len)
		parser_warn(parser, places->tests,
			    "arguments of %s cannot be tested on %s, where it goes through a "
			    "multiplexer: not filtered there",
			    filter->call, str_text(&reach.multiplexed));
	if (reach.absent.len)
		parser_warn(parser, places->name, "%s does not exist on %s%s", filter->call,
			    str_text(&reach.absent),
			    reach.is_filtered ? ": not filtered there"
					      : ": the line has no effect");
	if (reach.cut.len)
		parser_warn(parser, places->tests,
			    "a value is above 32 bits: on %s its lower half counts alone",
			    str_text(&reach.cut));
	if (reach.is_filtered && filter->action == parser->profile->fallback)
		return parser_error(parser, places->action, "%s is the policy's action already",
				    action_words(filter->action, words));
	return true;
}

static void rule_add(struct parser *parser, const struct places *places,
		     const struct filter_rule *filter)
{
	struct seccomp_rule rule = { .filter = *filter,
				     .line = parser->line,
				     .column = (uint32_t)(places->name - parser->line_start) + 1 };

	if (!vec_add(&parser->profile->rules, &rule))
		parser->failed = true;
}

static void unknown_call(struct parser *parser, const char *at, const char *name)
{
	_cleanup_str_ struct str nearest = { 0 };

	if (name[strspn(name, "0123456789")] == '\0')
		str_add(&nearest, "; numbers are for format 1");
	else
		names_suggest(parser, name, &nearest);
	parser_warn(parser, at, "unknown call \"%s\": the line has no effect%s", name,
		    str_text(&nearest));
}

/* Of the line behind the name. */
static bool rest_parse(struct parser *parser, struct piece rest, struct places *places,
		       struct filter_rule *filter)
{
	piece_skip_blanks(&rest);
	places->action = piece_len(rest) > 0 ? rest.at : places->name;
	places->tests = places->action;
	filter->action = parser->rule_action;
	if (piece_len(rest) == 0)
		return true;
	if (*rest.at == '[')
		return parser_error(parser, rest.at, "an action is expected before the arguments");
	if (!action_parse(parser, &rest, &filter->action))
		return false;
	piece_skip_blanks(&rest);
	places->tests = rest.at;
	return tests_parse(parser, &rest, filter);
}

/* umount2 with MNT_FORCE; what else the line says is read and does not count. */
static void become_force_umount(struct parser *parser, const struct places *places,
				struct filter_rule *filter)
{
	if (places->action != places->name)
		parser_warn(parser, places->action,
			    "what stands behind " FORCE_UMOUNT " has no effect");
	*filter = (struct filter_rule){
		.arch = filter->arch,
		.call = "umount2",
		.action = SECCOMP_RET_ERRNO | EACCES,
		.test_count = 1,
		.tests = { { .arg = 1,
			     .op = FILTER_MASKED_EQ,
			     .value = UMOUNT_FLAG_FORCE,
			     .mask = UMOUNT_FLAG_FORCE } },
	};
}

void rule_parse(struct parser *parser, struct piece line)
{
	struct piece rest = line, name = piece_take_word(&rest, "[");
	struct filter_rule filter = { .arch = parser->section };
	struct places places = { .name = name.at };

	filter.call = arena_dup_n(&parser->profile->texts, name.at, piece_len(name));
	if (!filter.call || !rest_parse(parser, rest, &places, &filter))
		return;
	if (str_eq(filter.call, FORCE_UMOUNT))
		become_force_umount(parser, &places, &filter);
	if (filter_call(parser->profile->host->archs[0], filter.call) == FILTER_UNKNOWN)
		unknown_call(parser, places.name, filter.call);
	else if (look_at_reach(parser, &places, &filter))
		rule_add(parser, &places, &filter);
}

void rule_parse_number(struct parser *parser, struct piece line)
{
	struct filter_rule filter = { .arch = parser->profile->host->archs[0],
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
	filter.number = (int32_t)number;
	name = filter_call_name(filter.arch, filter.number);
	if (!name)
		parser_warn(parser, line.at, "%s has no call %d that is known",
			    seccomp_arch_name(filter.arch), filter.number);
	rule_add(parser, &places, &filter);
}
