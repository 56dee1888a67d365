/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words of a command line. */
#include "core/plan/planner.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void quotes_keep_words_whole_and_nothing_is_expanded(void **state)
{
	static const struct {
		const char *text;
		int ret;
		const char *words; /* joined by | */
	} cases[] = {
		{ "/sbin/init", 0, "/sbin/init" },
		{ "  a  b\tc ", 0, "a|b|c" },
		{ "/bin/sh -c \"a b\"", 0, "/bin/sh|-c|a b" },
		{ "x 'a \"b\" c' y", 0, "x|a \"b\" c|y" },
		{ "a\"b c\"d", 0, "ab cd" },
		{ "a '' b", 0, "a||b" },
		{ "a \\n $HOME *", 0, "a|\\n|$HOME|*" },
		{ "", 0, "" },
		{ " ", 0, "" },
		{ "a 'b", -EINVAL, "" },
		{ "\"", -EINVAL, "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_str_ struct str words = { 0 };
		uint32_t count = 99;
		int ret = argv_split(cases[i].text, &words, &count);
		uint32_t wanted = cases[i].words[0] != '\0';

		for (const char *c = cases[i].words; *c; c++)
			wanted += *c == '|';
		assert_int_equal(ret, cases[i].ret);
		if (ret < 0)
			continue;
		assert_int_equal(count, wanted);
		for (size_t k = 0; words.len && k < words.len - 1; k++)
			assert_int_equal(words.s[k] ? words.s[k] : '|', cases[i].words[k]);
	}
}

static void too_many_words_are_refused(void **state)
{
	_cleanup_str_ struct str text = { 0 }, words = { 0 };
	uint32_t count;

	for (int i = 0; i < PLAN_VEC_MAX; i++)
		str_add(&text, "w ");
	assert_int_equal(argv_split(text.s, &words, &count), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes_keep_words_whole_and_nothing_is_expanded),
		cmocka_unit_test(too_many_words_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
