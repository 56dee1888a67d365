/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/signalfd.h>

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

static void what_is_broken_stays_so_for_its_path(void **state)
{
	struct sys_fault fault;

	sys_fault_init(&fault, sys_linux());
	fault.kind = SYS_FAULT_FOREVER;
	fault.fail_at = 2;
	fault.errno_index = 2;
	assert_int_equal(sys_mkdirat(&fault.sys, AT_FDCWD, "/proc/a", 0700), -ENOENT);
	assert_int_equal(sys_mkdirat(&fault.sys, AT_FDCWD, "/proc/b", 0700), -ENOSPC);
	assert_int_equal(sys_mkdirat(&fault.sys, AT_FDCWD, "/proc/a", 0700), -ENOENT);
	assert_int_equal(sys_mkdirat(&fault.sys, AT_FDCWD, "/proc/b", 0700), -ENOSPC);
	assert_int_equal(sys_unlinkat(&fault.sys, AT_FDCWD, "/proc/b", 0), -ENOENT);
	assert_int_equal(fault.calls, 5);
}

/* Gives 6 bytes to a write and to a read, the n-th of these calls moving 2; what arrived. */
static void assert_moves(int type, unsigned long fail_at, ssize_t written, ssize_t read, const char *op)
{
	struct sys_fault fault;
	char buf[8] = "";
	int fds[2];

	sys_fault_init(&fault, sys_linux());
	fault.kind = SYS_FAULT_SHORT;
	fault.short_len = 2;
	assert_int_equal(type ? sys_socketpair(sys_linux(), AF_UNIX, type, 0, fds)
			      : sys_pipe2(sys_linux(), fds, 0),
			 0);
	fault.fail_at = fail_at;
	assert_int_equal(sys_write(&fault.sys, fds[1], "abcdef", 6), written);
	assert_int_equal(sys_read(&fault.sys, fds[0], buf, 6), read);
	assert_int_equal(fault.calls, 2);
	assert_memory_equal(buf, "abcdef", (size_t)read);
	assert_true(op ? fault.op && strcmp(fault.op, op) == 0 : !fault.op);
	(void)sys_close(sys_linux(), fds[0]);
	(void)sys_close(sys_linux(), fds[1]);
}

static void a_short_call_moves_a_part_unless_that_cannot_be(void **state)
{
	struct sys_fault fault;
	struct signalfd_siginfo info = { 0 };
	sigset_t set;
	int fd;

	assert_moves(0, 0, 6, 6, NULL);
	assert_moves(0, 1, 2, 2, "write");
	assert_moves(0, 2, 6, 2, "read");
	assert_moves(SOCK_STREAM, 1, 2, 2, "write");
	assert_moves(SOCK_SEQPACKET, 1, 6, 6, NULL);
	assert_moves(SOCK_SEQPACKET, 2, 6, 6, NULL);
	/* A signal is read as a whole. */
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	assert_int_equal(sys_sigprocmask(sys_linux(), SIG_BLOCK, &set, NULL), 0);
	fd = sys_signalfd(sys_linux(), -1, &set, 0);
	assert_int_equal(sys_kill(sys_linux(), sys_getpid(sys_linux()), SIGUSR1), 0);
	sys_fault_init(&fault, sys_linux());
	fault.kind = SYS_FAULT_SHORT;
	fault.short_len = 64;
	fault.fail_at = 1;
	assert_int_equal(sys_read(&fault.sys, fd, &info, sizeof(info)), sizeof(info));
	assert_int_equal(info.ssi_signo, SIGUSR1);
	assert_null(fault.op);
	(void)sys_close(sys_linux(), fd);
}

static void note_death(void *data)
{
	++*(int *)data;
}

static void who_is_to_die_dies_before_the_call(void **state)
{
	struct sys_fault fault;
	int deaths = 0;

	sys_fault_init(&fault, sys_linux());
	fault.kind = SYS_FAULT_DEATH;
	fault.fail_at = 2;
	fault.strike = note_death;
	fault.strike_data = &deaths;
	assert_int_equal(script(&fault.sys), -ENOENT);
	assert_int_equal(deaths, 1);
	assert_null(fault.op);
}

static void calls_are_noted_with_what_they_gave(void **state)
{
	struct sys_fault fault;
	struct sys_fault_call log[2];

	sys_fault_init(&fault, sys_linux());
	fault.log = log;
	fault.log_size = 2;
	assert_int_equal(script(&fault.sys), -ENOENT);
	assert_string_equal(log[1].op, "dup3");
	assert_int_equal(log[1].errno_count, 2);
	assert_int_equal(log[1].errnos[1], EMFILE);
	assert_int_equal(log[1].result, -EBADF);
	assert_int_equal(log[1].pid, sys_getpid(sys_linux()));
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
		cmocka_unit_test(what_is_broken_stays_so_for_its_path),
		cmocka_unit_test(a_short_call_moves_a_part_unless_that_cannot_be),
		cmocka_unit_test(who_is_to_die_dies_before_the_call),
		cmocka_unit_test(calls_are_noted_with_what_they_gave),
		cmocka_unit_test(a_decorator_becomes_the_top_of_its_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
