/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scratch.h"

#include "sys/fault.h"

static void every_descriptor_is_close_on_exec(void **state)
{
	struct scratch *s = *state;
	_cleanup_fd_ struct fd fd =
		fd_of(s->sys, io_open(s->sys, s->dir.n, "f", O_RDWR | O_CREAT, 0600, IO_BENEATH));

	assert_true(fd_is_open(&fd));
	assert_int_equal(sys_fcntl(s->sys, fd.n, F_GETFD, 0), FD_CLOEXEC);
}

static void a_stolen_descriptor_is_closed_by_its_new_owner_alone(void **state)
{
	struct scratch *s = *state;
	struct fd first =
		fd_of(s->sys, io_open(s->sys, s->dir.n, ".", O_RDONLY | O_DIRECTORY, 0, 0));
	struct fd second = steal_fd(&first);
	int n = second.n;

	assert_int_equal(fd_n(&first), -1);
	fd_finish(&first);
	assert_true(sys_fcntl(s->sys, n, F_GETFD, 0) >= 0);
	fd_finish(&second);
	fd_finish(&second);
	assert_int_equal(sys_fcntl(s->sys, n, F_GETFD, 0), -EBADF);
	assert_false(fd_is_open(&second));
}

static void names_resolve_beneath_the_directory_only(void **state)
{
	static const struct {
		const char *path;
		int ret;
	} cases[] = {
		{ "../x", -EXDEV }, { "/etc/passwd", -EXDEV }, { "out/passwd", -ELOOP },
		{ "in", -ELOOP },   { "missing", -ENOENT },
	};
	struct scratch *s = *state;

	scratch_write(s, "file", "x");
	assert_int_equal(sys_symlinkat(s->sys, "/etc", s->dir.n, "out"), 0);
	assert_int_equal(sys_symlinkat(s->sys, "file", s->dir.n, "in"), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(io_open(s->sys, s->dir.n, cases[i].path, O_RDONLY, 0, IO_BENEATH),
				 cases[i].ret);
}

static void an_interrupted_call_is_made_again(void **state)
{
	struct scratch *s = *state;
	struct sys_fault fault;
	int fds[2];
	char buf[2];

	assert_int_equal(sys_pipe2(s->sys, fds, O_CLOEXEC), 0);
	sys_fault_init(&fault, s->sys);
	fault.fail_at = 1;
	fault.errno_index = 2; /* EINTR in the row of write */
	assert_int_equal(io_write_full(&fault.sys, fds[1], "ab", 2), 0);
	assert_int_equal(fault.given, EINTR);
	sys_fault_init(&fault, s->sys);
	fault.fail_at = 1;
	fault.errno_index = 1; /* and of read */
	assert_int_equal(io_read_full(&fault.sys, fds[0], buf, 2), 0);
	assert_int_equal(fault.given, EINTR);
	(void)sys_close(s->sys, fds[0]);
	(void)sys_close(s->sys, fds[1]);
}

static void a_peer_that_closes_early_is_a_broken_pipe(void **state)
{
	struct scratch *s = *state;
	int fds[2];
	char buf[8];

	assert_int_equal(sys_pipe2(s->sys, fds, O_CLOEXEC), 0);
	assert_int_equal(io_write_full(s->sys, fds[1], "abc", 3), 0);
	(void)sys_close(s->sys, fds[1]);
	assert_int_equal(io_read_full(s->sys, fds[0], buf, sizeof(buf)), -EPIPE);
	(void)sys_close(s->sys, fds[0]);
}

/* Two openings of one file exclude each other, with the locks of old kernels as with those of new ones. */
static void a_file_is_locked_once(void **state)
{
	struct scratch *s = *state;

	for (int old = 0; old < 2; old++) {
		struct sys_fault fault;
		_cleanup_fd_ struct fd first = { 0 }, second = { 0 };

		first = fd_of(s->sys, io_open(s->sys, s->dir.n, "lock", O_RDWR | O_CREAT, 0600, 0));
		second = fd_of(s->sys, io_open(s->sys, s->dir.n, "lock", O_RDWR, 0, 0));
		for (int i = 0; i < 2; i++) {
			sys_fault_init(&fault, s->sys);
			fault.fail_at = old ? 1 : 0;
			fault.errno_index = 1;
			assert_int_equal(io_lock(&fault.sys, i ? second.n : first.n, false), i ? -EAGAIN : 0);
			assert_int_equal(fault.given, old ? EINVAL : 0);
		}
		fd_finish(&first);
		assert_int_equal(io_lock(s->sys, second.n, true), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_descriptor_is_close_on_exec),
		cmocka_unit_test(a_stolen_descriptor_is_closed_by_its_new_owner_alone),
		cmocka_unit_test(names_resolve_beneath_the_directory_only),
		cmocka_unit_test(an_interrupted_call_is_made_again),
		cmocka_unit_test(a_peer_that_closes_early_is_a_broken_pipe),
		cmocka_unit_test(a_file_is_locked_once),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
