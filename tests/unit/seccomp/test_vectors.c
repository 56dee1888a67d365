/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs every row of tests/vectors/seccomp.tsv for the host x86_64: profiles that must be refused,
 * and calls with the answer that a profile gives; by the rules, and by the program made of them.
 * Columns: id, profile, architecture, name, number, arguments, answer, note.
 */
#include "verdict.h"

#include "core/base/str.h"

#include <linux/audit.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COLUMNS 8

enum { ID, PROFILE, ARCH, NAME, NUMBER, ARGS, EXPECTED, NOTE };

static const char *vectors;

static void unescape(const char *text, struct str *out)
{
	for (; *text; text++) {
		char c = *text;

		if (c == '\\') {
			text++;
			c = (char)(*text == 'n'	  ? '\n'
				   : *text == 't' ? '\t'
				   : *text == 'r' ? '\r'
						  : '\\');
		}
		str_add_n(out, &c, 1);
	}
}

static struct seccomp_data call_of(char *const *column)
{
	static const struct {
		const char *name;
		uint32_t arch;
	} archs[] = {
		{ "x86_64", AUDIT_ARCH_X86_64 }, { "x32", AUDIT_ARCH_X86_64 },
		{ "i386", AUDIT_ARCH_I386 },	 { "arm", AUDIT_ARCH_ARM },
		{ "arm64", AUDIT_ARCH_AARCH64 },
	};
	struct seccomp_data data = { .nr = atoi(column[NUMBER]) };
	char *rest = column[ARGS], *arg;

	for (size_t i = 0; i < ARRAY_LEN(archs); i++)
		if (str_eq(archs[i].name, column[ARCH]))
			data.arch = archs[i].arch;
	assert_true(data.arch != 0);
	for (size_t i = 0; *column[ARGS] != '-' && (arg = strsep(&rest, ",")) != NULL; i++)
		data.args[i] = strtoull(arg, NULL, 16);
	return data;
}

static bool complain(char *const *column, const char *by, const char *got)
{
	print_message("%s (%s): %s %s(%s): expected %s, %s %s\n  profile %s\n", column[ID],
		      column[NOTE], column[ARCH], column[NAME], column[ARGS], column[EXPECTED], by,
		      got, column[PROFILE]);
	return false;
}

static bool check_answer(char *const *column, const struct seccomp_profile *profile)
{
	const struct seccomp_data data = call_of(column);
	struct vec program _cleanup_vec_ = { 0 };
	char buf[32];
	const char *words = verdict_words(verdict_of(profile, &data), buf);

	if (!str_eq(words, column[EXPECTED]))
		return complain(column, "the rules say", words);
	if (seccomp_compile(profile, &program, NULL) < 0)
		return complain(column, "it does not", "compile");
	words = verdict_words(verdict_of_program(&program, &data), buf);
	return str_eq(words, column[EXPECTED]) || complain(column, "the program says", words);
}

static bool run_row(char *const *column)
{
	_cleanup_seccomp_profile_ struct seccomp_profile profile;
	_cleanup_seccomp_remarks_ struct seccomp_remarks remarks = { 0 };
	_cleanup_str_ struct str text = { 0 };
	struct err err = { 0 };
	int ret;

	unescape(column[PROFILE], &text);
	ret = seccomp_parse(&profile, seccomp_host_find("x86_64"), "vector", str_text(&text),
			    text.len, &remarks, &err);
	assert_true((ret < 0) == err_is(&err) && (ret < 0) == (remarks.errors > 0));
	if (str_eq(column[EXPECTED], "LOADERR"))
		return ret < 0 || complain(column, "it is", "accepted");
	return ret == 0 ? check_answer(column, &profile) : complain(column, "refused:", err.what);
}

static void every_vector_holds(void **state)
{
	unsigned run = 0, failed = 0;
	char *text, *line, *next;
	FILE *file = fopen(vectors, "r");

	(void)state;
	assert_non_null(file);
	text = calloc(1, 1u << 20);
	assert_true(fread(text, 1, (1u << 20) - 1, file) > 0);
	(void)fclose(file);
	next = strchr(text, '\n') + 1; /* the titles */
	while ((line = strsep(&next, "\n")) != NULL && *line) {
		char *column[COLUMNS];

		for (size_t i = 0; i < COLUMNS; i++) {
			column[i] = strsep(&line, "\t");
			assert_non_null(column[i]);
		}
		run++;
		failed += !run_row(column);
	}
	free(text);
	print_message("%u vectors, %u failed\n", run, failed);
	assert_true(run >= 275);
	assert_int_equal(failed, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_vector_holds) };

	if (argc != 2)
		return 2;
	vectors = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
