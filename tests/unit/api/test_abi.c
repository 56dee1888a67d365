/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every offset, size and constant of tests/vectors/abi.tsv, as static assertions: that this file compiles is the test. */
#include <errno.h>
#include <lxc/lxccontainer.h>
#include <lxc/version.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "abi_checks.h"

static void every_row_of_the_table_was_checked(void **state)
{
	(void)state;
	assert_true(ABI_CHECKS > 250);
	assert_string_equal(LXC_VERSION, "3.0.0");
	assert_string_equal(LXC_VERSION_ABI, "1.4.0");
}

static void the_default_options_are_those_of_every_release(void **state)
{
	lxc_attach_options_t options = LXC_ATTACH_OPTIONS_DEFAULT;

	(void)state;
	assert_int_equal(options.attach_flags, 0xFFFF);
	assert_int_equal(options.namespaces, -1);
	assert_true(options.personality == -1);
	assert_true(options.uid == (uid_t)-1 && options.gid == (gid_t)-1);
	assert_int_equal(options.stdin_fd, 0);
	assert_int_equal(options.stdout_fd, 1);
	assert_int_equal(options.stderr_fd, 2);
	assert_int_equal(options.log_fd, -EBADF);
	assert_null(options.lsm_label);
	assert_null(options.groups.list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_of_the_table_was_checked),
		cmocka_unit_test(the_default_options_are_those_of_every_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
