/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of the model kernel share: a fresh world a test, its end checked.
 */
#ifndef TESTS_UNIT_SYS_FAKE_TEST_H
#define TESTS_UNIT_SYS_FAKE_TEST_H

#include "sys/fake/fake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static inline int world_up(void **state)
{
	*state = fake_create(&(struct fake_options){ .mem_check = 1 });
	return *state ? 0 : -1;
}

static inline int world_down(void **state)
{
	struct fake *fake = *state;
	bool clean = str_eq(fake_breaches(fake), "");

	if (!clean)
		print_error("breaches: %s", fake_breaches(fake));
	fake_destroy(fake);
	return clean ? 0 : -1;
}

#define WORLD_TEST(fn) cmocka_unit_test_setup_teardown(fn, world_up, world_down)

/* What a child of a test gets. */
struct child {
	struct sys *sys;
	int fd, fd2;
	int number;
};

static inline pid_t start(struct sys *sys, sys_child_fn fn, struct child child)
{
	struct sys_clone args = { .exit_signal = SIGCHLD };

	child.sys = sys;
	return sys_clone3(sys, &args, fn, &child, sizeof(child));
}

/* The exit status; 1000 + signal when one ended it; -errno. */
static inline int wait_for(struct sys *sys, pid_t pid)
{
	siginfo_t info = { 0 };
	int ret = sys_waitid(sys, P_PID, pid, &info, WEXITED);

	if (ret < 0)
		return ret;
	assert_int_equal(info.si_pid, pid);
	return info.si_code == CLD_EXITED ? info.si_status : 1000 + info.si_status;
}

static inline int nap(struct sys *sys, int ms)
{
	return sys_poll(sys, NULL, 0, ms);
}

#endif
