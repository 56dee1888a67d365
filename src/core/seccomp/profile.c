/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/seccomp/parser.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <linux/seccomp.h>

#define PROFILE_BYTES_MAX (16u << 20)

/* --- pieces --- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool piece_is(struct piece piece, const char *text)
{
	return strlen(text) == piece_len(piece) && memcmp(piece.at, text, piece_len(piece)) == 0;
}

void piece_skip_blanks(struct piece *rest)
{
	while (rest->at < rest->end && is_blank(*rest->at))
		rest->at++;
}

struct piece piece_take_word(struct piece *rest, const char *stops)
{
	struct piece word = { rest->at, rest->at };

	while (word.end < rest->end && !is_blank(*word.end) && !strchr(stops, *word.end))
		word.end++;
	rest->at = word.end;
	return word;
}

static bool piece_has(struct piece piece, const char *word)
{
	return memmem(piece.at, piece_len(piece), word, strlen(word)) != NULL;
}

/* Without the blanks around it and the '\r' of a foreign system's line ends. */
static struct piece trim(struct piece line)
{
	while (line.end > line.at && (is_blank(line.end[-1]) || line.end[-1] == '\r'))
		line.end--;
	piece_skip_blanks(&line);
	return line;
}

static struct piece without_comment(struct piece line)
{
	const char *hash = memchr(line.at, '#', piece_len(line));

	if (hash)
		line.end = hash;
	return trim(line);
}

/* The rest of the line that is read; what comes next is another one. */
static struct piece take_line(struct parser *parser)
{
	struct piece line = { parser->at, parser->end };
	const char *newline = memchr(line.at, '\n', piece_len(line));

	if (newline)
		line.end = newline;
	parser->at = newline ? newline + 1 : parser->end;
	return line;
}

/* --- the head: version and policy --- */

static const struct {
	const char *word;
	uint32_t fallback, rule_action;
} policies[] = {
	{ "denylist", SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_THREAD },
	{ "blacklist", SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_THREAD },
	{ "allowlist", SECCOMP_RET_KILL_THREAD, SECCOMP_RET_ALLOW },
	{ "whitelist", SECCOMP_RET_KILL_THREAD, SECCOMP_RET_ALLOW },
};

/* White space of any kind, lines too. */
static void skip_space(struct parser *parser)
{
	for (; parser->at < parser->end && isspace((unsigned char)*parser->at); parser->at++) {
		if (*parser->at != '\n')
			continue;
		parser->line++;
		parser->line_start = parser->at + 1;
	}
}

/* As sscanf() reads numbers: what follows need not be separated. */
static bool version_parse(struct parser *parser)
{
	const char *at;
	uint32_t version = 0;

	skip_space(parser);
	at = parser->at;
	if (at < parser->end && *at == '+')
		at++;
	for (; at < parser->end && isdigit((unsigned char)*at) && version <= 2; at++)
		version = version * 10 + (uint32_t)(*at - '0');
	if (version < 1 || version > 2)
		return parser_error(parser, parser->at,
				    "a profile begins with the version of its format, 1 or 2");
	parser->profile->version = version;
	parser->at = at;
	skip_space(parser);
	return true;
}

/* Format 1 looks for the word anywhere, and has no denylist. */
static bool policy_1_parse(struct parser *parser, struct piece line)
{
	parser->profile->fallback = SECCOMP_RET_KILL_THREAD;
	parser->rule_action = SECCOMP_RET_ALLOW;
	if (piece_has(line, "allowlist") || piece_has(line, "whitelist"))
		return true;
	return parser_error(parser, line.at, "the policy of format 1 is allowlist");
}

static bool policy_action_parse(struct parser *parser, struct piece rest)
{
	const char *at = rest.at;

	if (!action_parse(parser, &rest, &parser->profile->fallback))
		return false;
	if (parser->profile->fallback == SECCOMP_RET_USER_NOTIF)
		return parser_error(
			parser, at,
			"notify cannot be the policy's action: each process would wait for ever");
	piece_skip_blanks(&rest);
	if (piece_len(rest) > 0)
		parser_warn(parser, rest.at,
			    "what stands behind the policy's action does not count");
	return true;
}

static bool policy_2_parse(struct parser *parser, struct piece line)
{
	struct piece rest = without_comment(line);
	struct piece word = piece_take_word(&rest, "");

	for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
		if (!piece_is(word, policies[i].word))
			continue;
		parser->profile->fallback = policies[i].fallback;
		parser->rule_action = policies[i].rule_action;
		piece_skip_blanks(&rest);
		/* With a wrong action there is still something to say about the rules. */
		if (piece_len(rest) > 0)
			(void)policy_action_parse(parser, rest);
		return true;
	}
	return parser_error(parser, word.at, "the policy is allowlist or denylist, not \"%.*s\"",
			    (int)piece_len(word), word.at);
}

static bool head_parse(struct parser *parser)
{
	struct piece line;

	if (!version_parse(parser))
		return false;
	line = take_line(parser);
	if (piece_len(line) == 0)
		return parser_error(parser, line.at,
				    "the policy is missing: allowlist or denylist");
	if (piece_has(line, "debug"))
		return parser_error(parser, line.at, "debug: there is no such policy");
	return parser->profile->version == 1 ? policy_1_parse(parser, line)
					     : policy_2_parse(parser, line);
}

/* --- the body --- */

static bool is_of_host(const struct seccomp_host *host, uint32_t arch)
{
	for (size_t i = 0; i < host->arch_count; i++)
		if (host->archs[i] == arch)
			return true;
	return false;
}

static void section_parse(struct parser *parser, struct piece line)
{
	char name[16] = "";
	bool is_closed = line.end[-1] == ']';
	size_t len = piece_len(line) - 1 - is_closed;

	if (is_closed && len < sizeof(name))
		memcpy(name, line.at + 1, len);
	parser->section = seccomp_arch_find(name);
	parser->is_section_foreign = !is_of_host(parser->profile->host, parser->section);
	if (str_eq(name, "all") || str_eq(name, "ALL"))
		parser->is_section_foreign = false;
	else if (parser->section == 0)
		(void)parser_error(parser, line.at, "unsupported architecture %.*s",
				   (int)piece_len(line), line.at);
}

static void line_2_parse(struct parser *parser, struct piece line)
{
	line = without_comment(line);
	if (piece_len(line) == 0)
		return;
	if (*line.at == '[')
		section_parse(parser, line);
	else if (!parser->is_section_foreign)
		rule_parse(parser, line);
}

static void body_parse(struct parser *parser)
{
	while (parser->at < parser->end && !parser->failed) {
		struct piece line;

		parser->line++;
		parser->line_start = parser->at;
		line = take_line(parser);
		if (parser->profile->rules.count == SECCOMP_RULES_MAX) {
			(void)parser_error(parser, line.at, "a profile has at most %d rules",
					   SECCOMP_RULES_MAX);
			return;
		}
		if (parser->profile->version == 1)
			rule_parse_number(parser, trim(line));
		else
			line_2_parse(parser, line);
	}
}

/* --- the whole --- */

static int by_number(const void *a, const void *b)
{
	const struct seccomp_rule *one = a, *other = b;

	if (one->arch != other->arch)
		return one->arch < other->arch ? -1 : 1;
	if (one->number != other->number)
		return one->number < other->number ? -1 : 1;
	return one->index < other->index ? -1 : one->index > other->index;
}

static int by_place(const void *a, const void *b)
{
	const struct seccomp_remark *one = a, *other = b;

	if (one->line != other->line)
		return one->line < other->line ? -1 : 1;
	if (one->column != other->column)
		return one->column < other->column ? -1 : 1;
	return strcmp(one->words, other->words);
}

/* Says the first error of those from first on, with the line as it stands in the text. */
static int first_error(const struct parser *parser, size_t first, const char *text, struct err *err)
{
	const struct seccomp_remark *remark;
	struct piece line;
	char *words _cleanup_free_ = NULL;
	const char *newline;
	int ret;

	while (seccomp_remark_at(parser->remarks, first)->severity != SECCOMP_ERROR)
		first++;
	remark = seccomp_remark_at(parser->remarks, first);
	line = (struct piece){ text, parser->end };
	for (uint32_t i = 1; i < remark->line; i++)
		line.at = (const char *)memchr(line.at, '\n', piece_len(line)) + 1;
	newline = memchr(line.at, '\n', piece_len(line));
	if (newline)
		line.end = newline;
	line = trim(line);
	words = str_dup_n(line.at, piece_len(line));
	ret = err_set(err, -EINVAL, "%s", remark->words);
	err_origin(err, remark->file, remark->line, words ? words : "");
	return ret;
}

static void parse(struct parser *parser, size_t len)
{
	const char *nul = memchr(parser->at, '\0', len);

	if (len > PROFILE_BYTES_MAX) {
		(void)parser_error(parser, parser->at, "a profile has at most %u bytes",
				   PROFILE_BYTES_MAX);
	} else if (nul) {
		for (; parser->at < nul; parser->at++)
			if (*parser->at == '\n') {
				parser->line++;
				parser->line_start = parser->at + 1;
			}
		(void)parser_error(parser, nul, "a NUL byte: this is no text");
	} else if (head_parse(parser)) {
		body_parse(parser);
		if (parser->profile->flat.count > 0)
			qsort(parser->profile->flat.items, parser->profile->flat.count,
			      sizeof(struct seccomp_rule), by_number);
		if (!rules_compare(parser->profile, parser->remarks, parser->file))
			parser->failed = true;
	}
}

int seccomp_parse(struct seccomp_profile *profile, const struct seccomp_host *host,
		  const char *file, const char *text, size_t len, struct seccomp_remarks *remarks,
		  struct err *err)
{
	_cleanup_seccomp_profile_ struct seccomp_profile made = {
		.host = host,
		.rules = VEC_OF(struct seccomp_rule),
		.flat = VEC_OF(struct seccomp_rule)
	};
	size_t first = remarks->list.count, errors = remarks->errors;
	struct parser parser = { .profile = &made,
				 .remarks = remarks,
				 .file = arena_dup(&remarks->texts, file),
				 .at = text,
				 .end = text + len,
				 .line_start = text,
				 .line = 1 };

	for (size_t i = 0; i < SECCOMP_ARCHS_MAX; i++)
		parser.calls[i] = VEC_OF(struct call);
	*profile = (struct seccomp_profile){ 0 };
	made.file = arena_dup(&made.texts, file);
	if (parser.file && made.file)
		parse(&parser, len);
	for (size_t i = 0; i < SECCOMP_ARCHS_MAX; i++)
		calls_finish(&parser.calls[i]);
	if (parser.failed || made.texts.failed || remarks->texts.failed)
		return err_sys(err, -ENOMEM, "read %s", file);
	if (remarks->list.count > first)
		qsort((void *)seccomp_remark_at(remarks, first), remarks->list.count - first,
		      sizeof(struct seccomp_remark), by_place);
	if (remarks->errors > errors)
		return first_error(&parser, first, text, err);
	*profile = made;
	made = (struct seccomp_profile){ 0 };
	return 0;
}

void seccomp_profile_finish(struct seccomp_profile *profile)
{
	if (!profile)
		return;
	vec_finish(&profile->rules);
	vec_finish(&profile->flat);
	arena_finish(&profile->texts);
	*profile = (struct seccomp_profile){ 0 };
}

bool seccomp_wants_listener(const struct seccomp_profile *profile)
{
	for (size_t i = 0; i < profile->rules.count; i++)
		if (vec_at(&profile->rules, struct seccomp_rule, i)->action ==
		    SECCOMP_RET_USER_NOTIF)
			return true;
	return false;
}
