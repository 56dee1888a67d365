/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/trace.h"

#include <errno.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

struct recorded {
	char text[8192];
	size_t len;
};

static void record(void *data, const char *line, size_t len)
{
	struct recorded *recorded = data;

	assert_true(recorded->len + len < sizeof(recorded->text));
	memcpy(recorded->text + recorded->len, line, len);
	recorded->len += len;
	recorded->text[recorded->len] = '\0';
}

static struct sys *golden(struct sys_trace *trace, struct recorded *recorded)
{
	*recorded = (struct recorded){ 0 };
	sys_trace_init(trace, sys_linux(), -1);
	trace->with_time = false;
	trace->line = record;
	trace->data = recorded;
	return &trace->sys;
}

static void each_kind_is_printed_without_addresses(void **state)
{
	const struct open_how how = { .flags = O_RDONLY | O_CLOEXEC };
	const struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "/nowhere/at/all" };
	struct sys_trace trace;
	struct recorded recorded;
	struct sys *sys = golden(&trace, &recorded);
	struct iovec iov = { .iov_base = (void *)(uintptr_t) "hello", .iov_len = 5 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct stat st;
	char buf[8];

	(void)sys_openat2(sys, AT_FDCWD, "/does not/\"exist\"\n", &how);
	(void)sys_close(sys, -1);
	(void)sys_write(sys, -1, "a\x01z", 3);
	(void)sys_read(sys, -1, buf, sizeof(buf));
	(void)sys_mkdirat(sys, -1, "d", 0755);
	(void)sys_mknodat(sys, -1, "n", 0666, makedev(1, 3));
	(void)sys_fstatat(sys, -1, "f", &st, 0x1000);
	(void)sys_readlinkat(sys, AT_FDCWD, "/proc/self/nothing", buf, sizeof(buf));
	(void)sys_fchownat(sys, -1, "f", (uid_t)-1, 5, 0);
	(void)sys_ioctl(sys, -1, 0x5413, buf);
	(void)sys_ioctl(sys, -1, 0x5413, (void *)1);
	(void)sys_connect(sys, -1, &name, sizeof(name));
	(void)sys_sendmsg(sys, -1, &msg, 0x4000);
	assert_string_equal(recorded.text,
			    "openat2(AT_FDCWD, \"/does not/\\\"exist\\\"\\n\", {flags=0x80000, "
			    "mode=0, resolve=0x0}) = -ENOENT\n"
			    "close(-1) = -EBADF\n"
			    "write(-1, \"a\\x01z\", 3) = -EBADF\n"
			    "read(-1, _, 8) = -EBADF\n"
			    "mkdirat(-1, \"d\", 0755) = -EBADF\n"
			    "mknodat(-1, \"n\", 0666, 1:3) = -EBADF\n"
			    "fstatat(-1, \"f\", _, 0x1000) = -EBADF\n"
			    "readlinkat(AT_FDCWD, \"/proc/self/nothing\", _, 8) = -ENOENT\n"
			    "fchownat(-1, \"f\", -1, 5, 0) = -EBADF\n"
			    "ioctl(-1, 0x5413, _) = -EBADF\n"
			    "ioctl(-1, 0x5413, 1) = -EBADF\n"
			    "connect(-1, \"/nowhere/at/all\", 110) = -EBADF\n"
			    "sendmsg(-1, {\"hello\"}, 0x4000) = -EBADF\n");
}

static void what_a_call_gives_back_is_printed_after_it(void **state)
{
	const struct open_how how = { .flags = O_RDONLY | O_CLOEXEC };
	struct sys_trace trace;
	struct recorded recorded;
	struct sys *sys = golden(&trace, &recorded);
	char buf[4], expected[256];
	int fd = sys_openat2(sys, AT_FDCWD, "/proc/self/comm", &how);

	assert_true(fd >= 0);
	assert_int_equal(sys_read(sys, fd, buf, sizeof(buf)), 4);
	(void)sys_close(sys, fd);
	(void)snprintf(expected, sizeof(expected),
		       "openat2(AT_FDCWD, \"/proc/self/comm\", {flags=0x80000, mode=0, "
		       "resolve=0x0}) = %d\n"
		       "read(%d, \"%.4s\", 4) = 4\n"
		       "close(%d) = 0\n",
		       fd, fd, buf, fd);
	assert_string_equal(recorded.text, expected);
}

/* A world that answers always the same, for calls whose real results differ from run to run. */
static int stub_umount2(struct sys *sys, const char *target, unsigned long flags)
{
	return -EFAULT;
}

static int stub_capset(struct sys *sys, const struct sys_caps *caps)
{
	return -EPERM;
}

static pid_t stub_clone3(struct sys *sys, const struct sys_clone *args, sys_child_fn fn, void *arg,
			 size_t arg_size)
{
	*args->pidfd_out = 9;
	return 101;
}

static pid_t stub_spawn(struct sys *sys, const struct sys_spawn *spawn)
{
	return -ENOENT;
}

static int stub_waitid(struct sys *sys, int idtype, pid_t id, siginfo_t *info, int options)
{
	*info = (siginfo_t){ .si_code = CLD_KILLED };
	info->si_pid = 101;
	info->si_status = SIGKILL;
	return 0;
}

static int stub_poll(struct sys *sys, struct pollfd *fds, size_t nfds, int timeout_ms)
{
	fds[1].revents = POLLHUP;
	return 1;
}

static ssize_t stub_recvmsg(struct sys *sys, int fd, struct msghdr *msg, unsigned long flags)
{
	return -104;
}

static uid_t stub_getuid(struct sys *sys)
{
	return 100000;
}

static int stub_exit_group(struct sys *sys, int status)
{
	return 0;
}

static const struct sys_ops stub_ops = {
	.umount2 = stub_umount2,
	.capset = stub_capset,
	.clone3 = stub_clone3,
	.spawn = stub_spawn,
	.waitid = stub_waitid,
	.poll = stub_poll,
	.recvmsg = stub_recvmsg,
	.getuid = stub_getuid,
	.exit_group = stub_exit_group,
};

static void processes_and_events_have_golden_lines(void **state)
{
	char *argv[] = { (char *)(uintptr_t) "supervisor", NULL };
	const int fds[] = { 4, -1, 5 };
	const struct sys_spawn spawn = { .exe_fd = 6, .argv = argv, .fds = fds, .fd_count = 3 };
	struct pollfd polled[] = { { .fd = 3, .events = POLLIN }, { .fd = 4, .events = POLLIN } };
	struct sys stub = { .ops = &stub_ops };
	struct recorded recorded = { 0 };
	struct sys_trace trace = { .fd = -1, .line = record, .data = &recorded };
	struct sys_trace real;
	struct sys *sys = &trace.sys;
	int pidfd = -1;
	const struct sys_clone args = { .flags = CLONE_NEWPID,
					.exit_signal = SIGCHLD,
					.pidfd_out = &pidfd };
	struct msghdr msg = { 0 };
	siginfo_t info;

	sys_trace_init(&real, sys_linux(), -1);
	sys_link(&trace.sys, real.sys.ops, &stub);
	(void)sys_umount2(sys, NULL, 2);
	(void)sys_capset(sys, &(struct sys_caps){ .effective = 1, .inheritable = ~UINT64_C(0) });
	(void)sys_clone3(sys, &args, NULL, NULL, 0);
	(void)sys_spawn(sys, &spawn);
	(void)sys_waitid(sys, P_PID, 101, &info, WEXITED);
	(void)sys_poll(sys, polled, 2, -1);
	(void)sys_recvmsg(sys, 3, &msg, 0);
	(void)sys_getuid(sys);
	(void)sys_exit_group(sys, 1);
	assert_string_equal(
		recorded.text,
		"umount2(NULL, 0x2) = -EFAULT\n"
		"capset({effective=0x1, permitted=0x0, inheritable=0xffffffffffffffff}) = -EPERM\n"
		"clone3({flags=0x20000000, exit_signal=17, pidfd=[9]}, _, _, 0) = 101\n"
		"spawn({exe_fd=6, [\"supervisor\"], fds=[4, -1, 5]}) = -ENOENT\n"
		"waitid(1, 101, {pid=101, code=2, status=9}, 4) = 0\n"
		"poll([{3, 0x1 -> 0x0}, {4, 0x1 -> 0x10}], 2, -1) = 1\n"
		"recvmsg(3, _, 0) = -ECONNRESET\n"
		"getuid() = 100000\n"
		"exit_group(1) = ?\n"
		"exit_group(1) = 0\n");
}

static void a_call_that_may_not_return_is_written_before(void **state)
{
	char *argv[] = { (char *)(uintptr_t) "init", NULL };
	struct sys_trace trace;
	struct recorded recorded;
	struct sys *sys = golden(&trace, &recorded);

	(void)sys_execveat(sys, AT_FDCWD, "/no/such/program", argv, argv + 1, 0);
	assert_string_equal(
		recorded.text,
		"execveat(AT_FDCWD, \"/no/such/program\", [\"init\"], [], 0) = ?\n"
		"execveat(AT_FDCWD, \"/no/such/program\", [\"init\"], [], 0) = -ENOENT\n");
}

static void a_long_line_is_cut_and_ends_with_dots(void **state)
{
	struct sys_trace trace;
	struct recorded recorded;
	struct sys *sys = golden(&trace, &recorded);
	char text[65];
	char *argv[9];

	memset(text, 1, 64);
	text[64] = '\0';
	for (int i = 0; i < 8; i++)
		argv[i] = text;
	argv[8] = NULL;
	(void)sys_execveat(sys, -1, "", argv, argv, 0);
	assert_int_equal(recorded.len, 2 * 1024 - 2);
	assert_string_equal(recorded.text + recorded.len - 4, "...\n");
}

static void pid_and_times_stand_around_the_call(void **state)
{
	char line[256];
	struct sys_trace trace;
	int fds[2];
	regex_t form;
	ssize_t len;

	assert_int_equal(sys_pipe2(sys_linux(), fds, O_CLOEXEC), 0);
	sys_trace_init(&trace, sys_linux(), fds[1]);
	(void)sys_close(&trace.sys, -1);
	len = sys_read(sys_linux(), fds[0], line, sizeof(line) - 1);
	assert_true(len > 0);
	line[len] = '\0';
	assert_int_equal(regcomp(&form, "^[0-9]+ \\+[0-9]+ close\\(-1\\) = -EBADF <[0-9]+>\n$",
				 REG_EXTENDED | REG_NOSUB),
			 0);
	assert_int_equal(regexec(&form, line, 0, NULL, 0), 0);
	regfree(&form);
	(void)sys_close(sys_linux(), fds[0]);
	(void)sys_close(sys_linux(), fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_printed_without_addresses),
		cmocka_unit_test(what_a_call_gives_back_is_printed_after_it),
		cmocka_unit_test(processes_and_events_have_golden_lines),
		cmocka_unit_test(a_call_that_may_not_return_is_written_before),
		cmocka_unit_test(a_long_line_is_cut_and_ends_with_dots),
		cmocka_unit_test(pid_and_times_stand_around_the_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
