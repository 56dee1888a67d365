/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seccomp/parser: what the files of this room share while a profile is read.
 *
 * A piece is a part of a line, without owner: it points into the text of the profile.
 */
#ifndef SECCOMP_PARSER_H
#define SECCOMP_PARSER_H

#include "core/base/str.h"
#include "core/seccomp/seccomp.h"

struct parser {
	struct seccomp_profile *profile;
	struct seccomp_remarks *remarks;
	const char *file;	 /* in the texts of remarks */
	const char *at, *end;	 /* what is not read yet */
	const char *line_start;	 /* of the line that is read */
	uint32_t line;		 /* its number, from 1 */
	uint32_t rule_action;	 /* of a rule that names none */
	uint32_t section;	 /* its architecture; 0: all of the host */
	bool is_section_foreign; /* its rules are passed over */
	struct vec names; /* of char *, owned: all calls of the host; empty until one is unknown */
	bool failed;	  /* no memory: all is void */
};

struct piece {
	const char *at, *end;
};

static inline size_t piece_len(struct piece piece)
{
	return (size_t)(piece.end - piece.at);
}

bool piece_is(struct piece piece, const char *text);
/* Takes blanks from the front. */
void piece_skip_blanks(struct piece *rest);
/* Takes the bytes up to a blank or to one of stops; may be empty. */
struct piece piece_take_word(struct piece *rest, const char *stops);

/* Adds a remark about the place of the line at which at stands. False, for callers that give up. */
bool parser_error(struct parser *parser, const char *at, const char *fmt, ...) _printf_(3, 4);
void parser_warn(struct parser *parser, const char *at, const char *fmt, ...) _printf_(3, 4);

/* The same for any place; fmt and args as above. */
void remark_add(struct seccomp_remarks *remarks, const struct seccomp_remark *remark,
		const char *fmt, ...) _printf_(3, 4);

/* "kill", "errno 1", ... from the front of *rest. */
bool action_parse(struct parser *parser, struct piece *rest, uint32_t *action);
/* An action as a profile writes it, in buf. */
const char *action_words(uint32_t action, char buf[32]);

/* One rule: a line of format 2 without blanks and comment around it; a line of format 1 as it is.
 */
void rule_parse(struct parser *parser, struct piece line);
void rule_parse_number(struct parser *parser, struct piece line);

/* "[index,value,op,mask]" ... up to the end of *rest, into filter->tests. */
bool tests_parse(struct parser *parser, struct piece *rest, struct filter_rule *filter);

/* "; did you mean NAME?" with the names nearest to an unknown one, or nothing. */
void names_suggest(struct parser *parser, const char *name, struct str *out);

/* Whether the call is one that the architecture can filter so; else what filter_call() says of it.
 */
int rule_reach(const struct filter_rule *filter, uint32_t arch);
bool arch_is_32_bits(uint32_t arch);

/* Whether some call passes the tests of both, rules of one architecture. */
bool tests_overlap(const struct filter_rule *one, const struct filter_rule *other);

/* Remarks about rules that repeat, hide or contradict each other. 0 or -ENOMEM. */
int rules_compare(const struct seccomp_profile *profile, struct seccomp_remarks *remarks,
		  const char *file);

#endif
