/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/seccomp/parser.h"

#include <stdarg.h>
#include <stdio.h>

#define WORDS_SHOWN_MAX 400 /* a name may be as long as a file */

void seccomp_remarks_finish(struct seccomp_remarks *remarks)
{
	if (!remarks)
		return;
	vec_finish(&remarks->list);
	arena_finish(&remarks->texts);
	remarks->errors = 0;
}

static _printf_(3, 0) void add(struct seccomp_remarks *remarks, const struct seccomp_remark *remark,
			       const char *fmt, va_list args)
{
	struct seccomp_remark added = *remark;
	char words[WORDS_SHOWN_MAX];
	char *kept;

	(void)vsnprintf(words, sizeof(words), fmt, args);
	/* What is quoted may be anything, and goes to a terminal. */
	for (char *c = words; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	kept = arena_dup(&remarks->texts, words);
	added.words = kept;
	if (remarks->list.item_size == 0)
		remarks->list = VEC_OF(struct seccomp_remark);
	if (!kept || !vec_add(&remarks->list, &added))
		remarks->texts.failed = true;
	else
		remarks->errors += added.severity == SECCOMP_ERROR;
}

void remark_add(struct seccomp_remarks *remarks, const struct seccomp_remark *remark,
		const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(remarks, remark, fmt, args);
	va_end(args);
}

static struct seccomp_remark remark_at(const struct parser *parser, enum seccomp_severity severity,
				       const char *at)
{
	return (struct seccomp_remark){ .severity = severity,
					.file = parser->file,
					.line = parser->line,
					.column = (uint32_t)(at - parser->line_start) + 1 };
}

bool parser_error(struct parser *parser, const char *at, const char *fmt, ...)
{
	struct seccomp_remark remark = remark_at(parser, SECCOMP_ERROR, at);
	va_list args;

	va_start(args, fmt);
	add(parser->remarks, &remark, fmt, args);
	va_end(args);
	return false;
}

void parser_warn(struct parser *parser, const char *at, const char *fmt, ...)
{
	struct seccomp_remark remark = remark_at(parser, SECCOMP_WARNING, at);
	va_list args;

	va_start(args, fmt);
	add(parser->remarks, &remark, fmt, args);
	va_end(args);
}
