/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files.h"

#include "core/config/object.h"

static void lines_come_apart(void **state)
{
	static const struct {
		const char *text;
		enum line_kind kind;
		const char *key, *value;
	} cases[] = {
		{ "", LINE_EMPTY, "", "" },
		{ " \t\f", LINE_EMPTY, "", "" },
		{ "\v", LINE_FOREIGN, "", "" },
		{ "# lxc.a = b", LINE_COMMENT, "", "" },
		{ "  # c", LINE_COMMENT, "", "" },
		{ "foo = bar", LINE_FOREIGN, "", "" },
		{ "lxc", LINE_FOREIGN, "", "" },
		{ "LXC.a = b", LINE_FOREIGN, "", "" },
		{ "lxc.a", LINE_BAD, "lxc.a", "" },
		{ " lxc.a b", LINE_BAD, "lxc.a", "" },
		{ "lxc.a=b", LINE_SETTING, "lxc.a", "b" },
		{ " \tlxc.a \t=\t b \t", LINE_SETTING, "lxc.a", "b" },
		{ "lxc.a b = c = d", LINE_SETTING, "lxc.a b", "c = d" },
		{ "lxc.=", LINE_SETTING, "lxc.", "" },
		{ "lxc.a = # b", LINE_SETTING, "lxc.a", "# b" },
		{ "lxc.a = \"b \"", LINE_SETTING, "lxc.a", "b " },
		{ "lxc.a = 'b\"", LINE_SETTING, "lxc.a", "'b\"" },
		{ "lxc.a = \"", LINE_SETTING, "lxc.a", "\"" },
		{ "lxc.a = \"\"", LINE_SETTING, "lxc.a", "" },
		{ "lxc.a = \"\"b\"\"", LINE_SETTING, "lxc.a", "\"b\"" },
		{ "lxc.a = b\\", LINE_SETTING, "lxc.a", "b\\" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		/* Exactly as long as the text, for a sanitizer to watch the end. */
		size_t len = strlen(cases[i].text);
		char *text _cleanup_free_ = memcpy(malloc(len + 1), cases[i].text, len);
		struct line line = line_parse(text, len);
		char *key _cleanup_free_ = str_dup_n(line.key ? line.key : "", line.key_len);
		char *value _cleanup_free_ =
			str_dup_n(line.value ? line.value : "", line.value_len);

		if (line.kind != cases[i].kind || !str_eq(key, cases[i].key) ||
		    !str_eq(value, cases[i].value))
			fail_msg("\"%s\": kind %d, key \"%s\", value \"%s\"", cases[i].text,
				 line.kind, key, value);
	}
}

static void three_line_ends_are_known(void **state)
{
	static const char text[] = "a\nb\r\nc\r\rd";
	static const struct {
		size_t len, next;
	} expected[] = { { 1, 2 }, { 1, 3 }, { 1, 2 }, { 0, 1 }, { 1, 1 } };
	const char *at = text;

	for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
		size_t next = 0;

		assert_int_equal(line_end(at, strlen(at), &next), expected[i].len);
		assert_int_equal(next, expected[i].next);
		at += next;
	}
	assert_int_equal(*at, '\0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_apart),
		cmocka_unit_test(three_line_ends_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
