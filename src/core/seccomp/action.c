/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/seccomp/parser.h"

#include <ctype.h>
#include <linux/seccomp.h>
#include <stdio.h>

#define ERRNO_MAX 4094 /* libseccomp takes no more */

static const struct {
	const char *word;
	uint32_t action;
} actions[] = {
	{ "kill", SECCOMP_RET_KILL_THREAD },  { "allow", SECCOMP_RET_ALLOW },
	{ "trap", SECCOMP_RET_TRAP },	      { "errno", SECCOMP_RET_ERRNO },
	{ "notify", SECCOMP_RET_USER_NOTIF },
};

/* Decimal digits only: no names, no signs, no 0x. */
static bool errno_parse(struct parser *parser, struct piece digits, uint32_t *action)
{
	uint32_t number = 0;

	if (piece_len(digits) == 0)
		return parser_error(parser, digits.at, "errno wants a number");
	for (const char *c = digits.at; c < digits.end; c++) {
		if (!isdigit((unsigned char)*c))
			return parser_error(parser, digits.at,
					    "errno \"%.*s\": not a decimal number",
					    (int)piece_len(digits), digits.at);
		number = number * 10 + (uint32_t)(*c - '0');
		if (number > ERRNO_MAX)
			return parser_error(parser, digits.at, "errno %.*s: %d is the largest",
					    (int)piece_len(digits), digits.at, ERRNO_MAX);
	}
	*action |= number;
	return true;
}

bool action_parse(struct parser *parser, struct piece *rest, uint32_t *action)
{
	struct piece word = piece_take_word(rest, "["), name = word;

	/* "errno5" is written, too. */
	while (name.end > name.at && isdigit((unsigned char)name.end[-1]))
		name.end--;
	if (!piece_is(name, "errno"))
		name = word;
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		if (!piece_is(name, actions[i].word))
			continue;
		*action = actions[i].action;
		if (*action != SECCOMP_RET_ERRNO)
			return true;
		word.at = name.end;
		if (piece_len(word) == 0) {
			piece_skip_blanks(rest);
			word = piece_take_word(rest, "[");
		}
		return errno_parse(parser, word, action);
	}
	return parser_error(
		parser, word.at,
		"unknown action \"%.*s\"; there are kill, allow, trap, errno N and notify",
		(int)piece_len(word), word.at);
}

const char *action_words(uint32_t action, char buf[32])
{
	if ((action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO) {
		(void)snprintf(buf, 32, "errno %u", action & SECCOMP_RET_DATA);
		return buf;
	}
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		if (actions[i].action == action)
			return actions[i].word;
	return "?";
}
