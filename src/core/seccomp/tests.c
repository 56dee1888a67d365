/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The groups of a rule: "[index,value,op,mask]". */
#include "core/seccomp/parser.h"

#include <errno.h>

#define FIELDS 4

static const struct {
	const char *name, *sign;
	enum seccomp_op op;
} ops[] = {
	{ "SCMP_CMP_NE", "!=", SECCOMP_NE },
	{ "SCMP_CMP_LT", "<", SECCOMP_LT },
	{ "SCMP_CMP_LE", "<=", SECCOMP_LE },
	{ "SCMP_CMP_EQ", "==", SECCOMP_EQ },
	{ "SCMP_CMP_GE", ">=", SECCOMP_GE },
	{ "SCMP_CMP_GT", ">", SECCOMP_GT },
	{ "SCMP_CMP_MASKED_EQ", "&=", SECCOMP_MASKED_EQ },
};

static bool op_parse(struct parser *parser, struct piece field, enum seccomp_op *op)
{
	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		if (!piece_is(field, ops[i].name) && !piece_is(field, ops[i].sign))
			continue;
		*op = ops[i].op;
		return true;
	}
	return parser_error(parser, field.at,
			    "unknown operator \"%.*s\"; there are ==, !=, <, <=, >=, >, &= and "
			    "SCMP_CMP_EQ, ...",
			    (int)piece_len(field), field.at);
}

/* A number of C, blanks before it. */
static bool number_parse(struct parser *parser, struct piece field, const char *what,
			 uint64_t *number)
{
	char *text _cleanup_free_ = str_dup_n(field.at, piece_len(field));
	int ret = text ? str_to_u64(text, number) : -ENOMEM;

	if (!text)
		parser->failed = true;
	if (ret == -ERANGE)
		return parser_error(parser, field.at, "%s %s: above 64 bits", what, text);
	return ret == 0 || parser_error(parser, field.at, "%s \"%s\": not a number from 0 up", what,
					text ? text : "");
}

static bool index_parse(struct parser *parser, struct piece field, const struct seccomp_rule *rule,
			uint32_t *arg)
{
	uint64_t index = 0;

	if (!number_parse(parser, field, "index", &index))
		return false;
	if (index >= SECCOMP_ARGS)
		return parser_error(parser, field.at,
				    "index %llu: arguments are numbered from 0 to %d",
				    (unsigned long long)index, SECCOMP_ARGS - 1);
	for (uint32_t i = 0; i < rule->test_count; i++)
		if (rule->tests[i].arg == index)
			return parser_error(parser, field.at,
					    "argument %llu is tested twice; a rule tests each once",
					    (unsigned long long)index);
	*arg = (uint32_t)index;
	return true;
}

/* What is not wrong, but perhaps not meant. */
static void look_at_test(struct parser *parser, const char *at, const struct seccomp_test *test,
			 bool has_mask)
{
	if (test->op != SECCOMP_MASKED_EQ) {
		if (has_mask)
			parser_warn(parser, at, "the mask counts with &= only");
	} else if (test->mask == 0) {
		parser_warn(parser, at, "the mask is 0: this is always true");
	} else if (test->value & ~test->mask) {
		parser_warn(parser, at, "bits of the value outside the mask do not count");
	}
	if ((test->op == SECCOMP_GE && test->value == 0) ||
	    (test->op == SECCOMP_LE && test->value == UINT64_MAX))
		parser_warn(parser, at, "this is always true");
	if ((test->op == SECCOMP_LT && test->value == 0) ||
	    (test->op == SECCOMP_GT && test->value == UINT64_MAX))
		parser_warn(parser, at, "this is never true");
}

static size_t split(struct piece inside, struct piece fields[FIELDS + 1])
{
	size_t count = 0;

	while (count <= FIELDS) {
		const char *comma = memchr(inside.at, ',', piece_len(inside));

		fields[count++] = (struct piece){ inside.at, comma ? comma : inside.end };
		if (!comma)
			break;
		inside.at = comma + 1;
	}
	return count;
}

static bool test_parse(struct parser *parser, struct piece inside, struct seccomp_rule *rule)
{
	struct piece fields[FIELDS + 1];
	size_t count = split(inside, fields);
	struct seccomp_test test = { 0 };

	if (count < 3 || count > FIELDS)
		return parser_error(parser, inside.at,
				    "[%.*s]: expected index,value,operator or index,value,&=,mask",
				    (int)piece_len(inside), inside.at);
	if (!index_parse(parser, fields[0], rule, &test.arg) ||
	    !number_parse(parser, fields[1], "value", &test.value) ||
	    !op_parse(parser, fields[2], &test.op) ||
	    (count == FIELDS && !number_parse(parser, fields[3], "mask", &test.mask)))
		return false;
	look_at_test(parser, inside.at, &test, count == FIELDS);
	if (test.op == SECCOMP_MASKED_EQ)
		test.value &= test.mask;
	else
		test.mask = 0;
	rule->tests[rule->test_count++] = test;
	return true;
}

bool tests_parse(struct parser *parser, struct piece *rest, struct seccomp_rule *rule)
{
	for (piece_skip_blanks(rest); rest->at < rest->end; piece_skip_blanks(rest)) {
		struct piece inside = { rest->at + 1, NULL };

		if (*rest->at != '[')
			return parser_error(parser, rest->at,
					    "only [index,value,operator] may stand here");
		inside.end = memchr(rest->at, ']', piece_len(*rest));
		if (!inside.end)
			return parser_error(parser, rest->at, "no ] ends this");
		rest->at = inside.end + 1;
		/* Each argument once: more than six cannot pass. */
		if (!test_parse(parser, inside, rule))
			return false;
	}
	return true;
}
