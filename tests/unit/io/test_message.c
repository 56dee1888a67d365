/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scratch.h"

static int pair(struct sys *sys, int type, int *socks)
{
	int on = 1;

	assert_int_equal(sys_socketpair(sys, AF_UNIX, type | SOCK_CLOEXEC, 0, socks), 0);
	return sys_setsockopt(sys, socks[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
}

static void close_pair(struct sys *sys, const int *socks)
{
	(void)sys_close(sys, socks[0]);
	(void)sys_close(sys, socks[1]);
}

static void descriptors_and_credentials_arrive(void **state)
{
	struct sys *sys = sys_linux();
	int socks[2], fds[IO_FDS_MAX];
	struct io_message msg;
	char buf[16] = "";

	assert_int_equal(pair(sys, SOCK_STREAM, socks), 0);
	for (size_t i = 0; i < IO_FDS_MAX; i++)
		fds[i] = socks[0];
	assert_int_equal(io_send(sys, socks[0], "hello", 5, fds, IO_FDS_MAX, true), 5);
	assert_int_equal(io_receive(sys, socks[1], buf, sizeof(buf), &msg, 0), 5);
	assert_string_equal(buf, "hello");
	assert_int_equal(msg.fd_count, IO_FDS_MAX);
	assert_true(msg.has_creds);
	assert_int_equal(msg.creds.pid, sys_getpid(sys));
	assert_int_equal(msg.creds.uid, sys_getuid(sys));
	for (size_t i = 0; i < msg.fd_count; i++)
		assert_int_equal(sys_fcntl(sys, msg.fds[i], F_GETFD, 0), FD_CLOEXEC);
	io_message_close(sys, &msg);
	assert_int_equal(msg.fd_count, 0);
	close_pair(sys, socks);
}

static int open_fds(struct sys *sys)
{
	_cleanup_str_ struct str names = { 0 };
	size_t count = 0;

	assert_int_equal(io_list_dir(sys, AT_FDCWD, "/proc/self/fd", &names, &count), 0);
	return (int)count;
}

static void surplus_descriptors_do_not_stay_open(void **state)
{
	struct sys *sys = sys_linux();
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * 100)];
	} control = { .align = { .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } };
	struct iovec iov = { .iov_base = (void *)(uintptr_t) "x", .iov_len = 1 };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control };

	for (size_t count = IO_FDS_MAX; count <= 100; count += 3) {
		struct io_message msg;
		int socks[2], before;
		char buf[4];

		assert_int_equal(sys_socketpair(sys, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks),
				 0);
		control.align.cmsg_len = CMSG_LEN(sizeof(int) * count);
		hdr.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		for (size_t i = 0; i < count; i++)
			memcpy(CMSG_DATA(&control.align) + i * sizeof(int), &socks[0], sizeof(int));
		assert_int_equal(sys_sendmsg(sys, socks[0], &hdr, 0), 1);
		before = open_fds(sys);
		assert_int_equal(io_receive(sys, socks[1], buf, sizeof(buf), &msg, 0), 1);
		assert_int_equal(msg.fd_count, IO_FDS_MAX);
		assert_int_equal(open_fds(sys), before + IO_FDS_MAX);
		io_message_close(sys, &msg);
		close_pair(sys, socks);
	}
}

static void the_end_and_emptiness_are_told_apart(void **state)
{
	struct sys *sys = sys_linux();
	struct io_message msg;
	int socks[2];
	char buf[4];

	assert_int_equal(pair(sys, SOCK_STREAM, socks), 0);
	assert_int_equal(io_receive(sys, socks[1], buf, sizeof(buf), &msg, MSG_DONTWAIT), -EAGAIN);
	(void)sys_shutdown(sys, socks[0], SHUT_WR);
	assert_int_equal(io_receive(sys, socks[1], buf, sizeof(buf), &msg, 0), 0);
	assert_int_equal(msg.fd_count, 0);
	(void)sys_shutdown(sys, socks[1], SHUT_RDWR);
	assert_int_equal(io_send(sys, socks[0], "x", 1, NULL, 0, false),
			 -EPIPE); /* and no SIGPIPE */
	close_pair(sys, socks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors_and_credentials_arrive),
		cmocka_unit_test(surplus_descriptors_do_not_stay_open),
		cmocka_unit_test(the_end_and_emptiness_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
