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

#define ARCH_X32 0x4000003eu /* AUDIT_ARCH_X86_64 without the 64-bit flag */
#define X32_BIT 0x40000000   /* of its calls' numbers */

bool seccomp_arch_is_32_bits(uint32_t arch);

/* --- calls --- */

/* What call_number() says of calls without a number. */
enum {
	CALL_UNKNOWN = -1, /* no architecture has it */
	CALL_ABSENT = -2,  /* another architecture has it */
	CALL_MULTIPLEXED =
		-3, /* made through socketcall or ipc; perhaps by a number of its own, too */
};

/* Whether this libseccomp knows the architecture. */
bool call_arch_is_known(uint32_t arch);
/* The call's number there (with X32_BIT on x32), or one of the above. */
int call_number(uint32_t arch, const char *name);
/* The number of the call through which this one is made, as its sub-call *sub; or CALL_ABSENT. */
int call_multiplexer(uint32_t arch, const char *name, uint32_t *sub);
/* The name of a call (free() it); NULL: there is none, or no memory. */
char *call_name(uint32_t arch, int number);

struct call {
	int number;
	char *name; /* owned */
};

/* All calls that have a number there, added to *calls (struct call). False: no memory. Takes about
 * a millisecond. */
bool calls_list(uint32_t arch, struct vec *calls);
void calls_finish(struct vec *calls);
/* The number of a call in the list, or CALL_ABSENT. */
int calls_find(const struct vec *calls, const char *name);
/* Adds "; did you mean NAME?" with the names nearest to an unknown one, or nothing. */
void calls_suggest(const struct vec *calls, const char *name, struct str *out);

/* --- reading --- */

struct parser {
	struct seccomp_profile *profile;
	struct seccomp_remarks *remarks;
	const char *file;		     /* in the texts of remarks */
	const char *at, *end;		     /* what is not read yet */
	const char *line_start;		     /* of the line that is read */
	uint32_t line;			     /* its number, from 1 */
	uint32_t rule_action;		     /* of a rule that names none */
	uint32_t section;		     /* its architecture; 0: all of the host */
	bool is_section_foreign;	     /* its rules are passed over */
	struct vec calls[SECCOMP_ARCHS_MAX]; /* of the host's architectures; empty until wanted */
	bool failed;			     /* no memory: all is void */
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
/* Adds a copy of *remark with these words. */
void remark_add(struct seccomp_remarks *remarks, const struct seccomp_remark *remark,
		const char *fmt, ...) _printf_(3, 4);

/* "kill", "errno 1", ... from the front of *rest. */
bool action_parse(struct parser *parser, struct piece *rest, uint32_t *action);
/* An action as a profile writes it, perhaps in buf. */
const char *action_words(uint32_t action, char buf[32]);

/* One rule: a line of format 2, or of format 1, without blanks and comment around it. */
void rule_parse(struct parser *parser, struct piece line);
void rule_parse_number(struct parser *parser, struct piece line);

/* "[index,value,op,mask]" ... up to the end of *rest, into rule->tests. */
bool tests_parse(struct parser *parser, struct piece *rest, struct seccomp_rule *rule);

/* --- rules of the flat list --- */

/* Remarks about rules that repeat, hide or contradict each other. False: no memory. */
bool rules_compare(const struct seccomp_profile *profile, struct seccomp_remarks *remarks,
		   const char *file);

/* Whether some call passes the tests of both, rules of one architecture. */
bool tests_overlap(const struct seccomp_rule *one, const struct seccomp_rule *other);

#endif
