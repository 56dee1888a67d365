/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/base/str.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define U64_MAX "18446744073709551615"

enum reader { U32, I32, U64, DECIMAL, MASK };

static const struct {
	enum reader reader;
	const char *text;
	int ret;
	int64_t value; /* of the bits; when ret is 0 */
} numbers[] = {
	{ U32, "0", 0, 0 },
	{ U32, "4294967295", 0, 4294967295 },
	{ U32, "4294967296", -ERANGE, 0 },
	{ U32, "0x1f", 0, 31 },
	{ U32, "017", 0, 15 },
	{ U32, "", -EINVAL, 0 },
	{ U32, "-1", -EINVAL, 0 },
	{ U32, "5m", -EINVAL, 0 },
	{ U32, "5 ", -EINVAL, 0 },
	{ I32, "-2147483648", 0, INT32_MIN },
	{ I32, "-2147483649", -ERANGE, 0 },
	{ I32, "2147483647", 0, INT32_MAX },
	{ I32, "2147483648", -ERANGE, 0 },
	{ I32, "- 1", -EINVAL, 0 },
	{ I32, "--1", -EINVAL, 0 },
	{ U64, U64_MAX, 0, -1 },
	{ U64, "18446744073709551616", -ERANGE, 0 },
	{ DECIMAL, "010", 0, 10 },
	{ DECIMAL, U64_MAX, 0, -1 },
	{ DECIMAL, "18446744073709551616", -ERANGE, 0 },
	{ DECIMAL, "99999999999999999999", -ERANGE, 0 },
	{ DECIMAL, "+1", -EINVAL, 0 },
	{ DECIMAL, "0x1", -EINVAL, 0 },
	{ DECIMAL, "", -EINVAL, 0 },
	{ MASK, "\t000000000000abCD\n", 0, 0xabcd },
	{ MASK, "ffffffffffffffff", 0, -1 },
	{ MASK, "10000000000000000", -ERANGE, 0 },
	{ MASK, "", -EINVAL, 0 },
	{ MASK, "xyz", -EINVAL, 0 },
};

static int read_number(enum reader reader, const char *text, int64_t *out)
{
	uint64_t u64 = 0;
	uint32_t u32 = 0;
	int32_t i32 = 0;
	int ret;

	switch (reader) {
	case U32:
		ret = str_to_u32(text, &u32);
		*out = u32;
		return ret;
	case I32:
		ret = str_to_i32(text, &i32);
		*out = i32;
		return ret;
	case U64:
		ret = str_to_u64(text, &u64);
		break;
	case DECIMAL:
		ret = str_to_decimal(text, &u64);
		break;
	default:
		ret = str_to_mask(text, &u64);
	}
	*out = (int64_t)u64;
	return ret;
}

static void numbers_are_whole_and_fit_or_are_none(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		int64_t value;
		int ret = read_number(numbers[i].reader, numbers[i].text, &value);

		if (ret != numbers[i].ret || (ret == 0 && value != numbers[i].value))
			fail_msg("\"%s\" as %d: %d, %lld", numbers[i].text, numbers[i].reader, ret,
				 (long long)value);
	}
}

static void a_buffer_grows_and_is_handed_over(void **state)
{
	_cleanup_str_ struct str str = { 0 };
	char *text;

	assert_string_equal(str_text(&str), "");
	for (int i = 0; i < 1000; i++)
		str_addf(&str, "%d,", i);
	str_add_n(&str, "a\0b", 3);
	assert_true(str_ok(&str));
	assert_int_equal(str.len, 10 * 2 + 90 * 3 + 900 * 4 + 3);
	assert_memory_equal(str.s + str.len - 7, "999,a\0b", 7);
	assert_int_equal(str.s[str.len], '\0');
	text = str_steal(&str);
	assert_true(str_starts(text, "0,1,2,"));
	free(text);
	assert_int_equal(str.len, 0);
	text = str_steal(&str);
	assert_string_equal(text, "");
	free(text);
}

static void a_text_longer_than_all_memory_fails_and_goes_on_failing(void **state)
{
	_cleanup_str_ struct str str = { 0 };

	str_add(&str, "kept");
	str_add_n(&str, "", SIZE_MAX);
	assert_false(str_ok(&str));
	str_add(&str, "more");
	str_addf(&str, "%d", 1);
	assert_false(str_ok(&str));
	assert_string_equal(str_text(&str), "kept");
	assert_null(str_steal(&str));
}

static void ends_and_words_are_found(void **state)
{
	char text[] = "  one,two ,, three", *rest = text;

	assert_true(str_ends("lxc.cgroup.*", ".*") && str_ends("x", "x") && str_ends("x", ""));
	assert_false(str_ends("x", "yx") || str_ends("", "x"));
	assert_string_equal(str_after("lxc.net", "lxc."), "net");
	assert_null(str_after("lxc", "lxc."));
	assert_string_equal(str_next_word(&rest, " ,"), "one");
	assert_string_equal(str_next_word(&rest, " ,"), "two");
	assert_string_equal(str_next_word(&rest, " ,"), "three");
	assert_null(str_next_word(&rest, " ,"));
	assert_null(str_next_word(&rest, " ,"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_whole_and_fit_or_are_none),
		cmocka_unit_test(a_buffer_grows_and_is_handed_over),
		cmocka_unit_test(a_text_longer_than_all_memory_fails_and_goes_on_failing),
		cmocka_unit_test(ends_and_words_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
