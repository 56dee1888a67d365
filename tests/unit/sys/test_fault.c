/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Three counted calls (dup3 twice, mkdirat) between some that are not; the first failure. */
static int script(struct sys *sys)
{
	int ret;

	(void)sys_getpid(sys);
	ret = sys_dup3(sys, -1, 7, 0);
	if (ret != -EBADF)
		return ret;
	(void)sys_close(sys, -1);
	ret = sys_dup3(sys, -1, 7, 0);
	if (ret != -EBADF)
		return ret;
	return sys_mkdirat(sys, AT_FDCWD, "", 0700);
}

static const struct {
	const char *name;
	unsigned long fail_at;
	unsigned errno_index;
	int ret, given;
	const char *op;
	unsigned errno_count;
} cases[] = {
	{ "count only", 0, 0, -ENOENT, 0, NULL, 0 },
	{ "second errno of the first call", 1, 1, -EMFILE, EMFILE, "dup3", 2 },
	{ "third call", 3, 2, -ENOSPC, ENOSPC, "mkdirat", 4 },
	{ "no such errno in the row", 3, 4, -ENOENT, 0, NULL, 4 },
	{ "no such call", 4, 0, -ENOENT, 0, NULL, 0 },
};

static void the_chosen_call_fails_once_with_the_chosen_errno(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sys_fault fault;

		print_message("%s\n", cases[i].name);
		sys_fault_init(&fault, sys_linux());
		fault.fail_at = cases[i].fail_at;
		fault.errno_index = cases[i].errno_index;
		assert_int_equal(script(&fault.sys), cases[i].ret);
		assert_int_equal(fault.given, cases[i].given);
		assert_int_equal(fault.errno_count, cases[i].errno_count);
		if (cases[i].op)
			assert_string_equal(fault.op, cases[i].op);
		else
			assert_null(fault.op);
	}
}

static void rows_without_errnos_are_not_counted(void **state)
{
	struct sys_fault fault;

	sys_fault_init(&fault, sys_linux());
	(void)script(&fault.sys);
	assert_int_equal(fault.calls, 3);
}

static void a_paused_decorator_neither_counts_nor_fails(void **state)
{
	struct sys_fault fault;

	sys_fault_init(&fault, sys_linux());
	fault.fail_at = 1;
	fault.paused = true;
	assert_int_equal(script(&fault.sys), -ENOENT);
	assert_int_equal(fault.calls, 0);
	fault.paused = false;
	assert_int_equal(sys_dup3(&fault.sys, -1, 7, 0), -EBADF);
	assert_int_equal(fault.given, EBADF);
}

static void a_decorator_becomes_the_top_of_its_world(void **state)
{
	struct sys_fault inner, outer;

	sys_fault_init(&inner, sys_linux());
	sys_fault_init(&outer, &inner.sys);
	assert_ptr_equal(sys_linux()->top, &outer.sys);
	assert_ptr_equal(inner.sys.top, &outer.sys);
	assert_ptr_equal(outer.sys.top, &outer.sys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_chosen_call_fails_once_with_the_chosen_errno),
		cmocka_unit_test(rows_without_errnos_are_not_counted),
		cmocka_unit_test(a_paused_decorator_neither_counts_nor_fails),
		cmocka_unit_test(a_decorator_becomes_the_top_of_its_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
