/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/limits/limits.h"

#include "core/base/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void names_and_numbers_are_found(void **state)
{
	(void)state;
	assert_int_equal(limits_number("nofile"), RLIMIT_NOFILE);
	assert_int_equal(limits_number("stack"), RLIMIT_STACK);
	assert_int_equal(limits_number("7"), 7);
	assert_int_equal(limits_number("16"), -EINVAL);
	assert_int_equal(limits_number("foo"), -EINVAL);
	assert_int_equal(limits_number(""), -EINVAL);
}

static void values_are_soft_and_hard(void **state)
{
	static const struct {
		const char *text;
		int ret;
		rlim_t soft, hard;
	} cases[] = {
		{ "100", 0, 100, 100 },
		{ "100:200", 0, 100, 200 },
		{ "100 : 200", 0, 100, 200 },
		{ "100:", 0, 100, 100 },
		{ "unlimited", 0, RLIM_INFINITY, RLIM_INFINITY },
		{ "0:unlimited", 0, 0, RLIM_INFINITY },
		{ "18446744073709551615", 0, RLIM_INFINITY, RLIM_INFINITY },
		{ "18446744073709551616", -ERANGE, 0, 0 },
		{ "", -EINVAL, 0, 0 },
		{ "-1", -EINVAL, 0, 0 },
		{ "1:x", -EINVAL, 0, 0 },
		{ "0x10", -EINVAL, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rlimit limit;
		int ret = limits_parse(cases[i].text, &limit);

		if (ret != cases[i].ret ||
		    (ret == 0 && (limit.rlim_cur != cases[i].soft || limit.rlim_max != cases[i].hard)))
			fail_msg("\"%s\": %d", cases[i].text, ret);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_numbers_are_found),
		cmocka_unit_test(values_are_soft_and_hard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
