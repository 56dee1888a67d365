/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/sys.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cmocka.h>

struct child {
	struct sys *sys;
	int number;
	int fd;
};

static int child_changes_its_copy(void *arg)
{
	struct child *child = arg;

	child->number++;
	return child->number;
}

static int child_waits_for_end(void *arg)
{
	struct child *child = arg;
	char byte;

	return (int)sys_read(child->sys, child->fd, &byte, 1);
}

static int wait_for(struct sys *sys, pid_t pid, siginfo_t *info)
{
	memset(info, 0, sizeof(*info));
	return SYS_RETRY(sys_waitid(sys, P_PID, pid, info, WEXITED));
}

static void clone3_runs_on_a_copy_and_gives_the_status(void **state)
{
	struct sys *sys = sys_linux();
	struct child child = { .sys = sys, .number = 41 };
	struct sys_clone args = { .exit_signal = SIGCHLD };
	siginfo_t info;
	pid_t pid = sys_clone3(sys, &args, child_changes_its_copy, &child, sizeof(child));

	assert_true(pid > 0);
	assert_int_equal(wait_for(sys, pid, &info), 0);
	assert_int_equal(info.si_code, CLD_EXITED);
	assert_int_equal(info.si_status, 42);
	assert_int_equal(child.number, 41);
}

static void clone3_gives_a_pidfd_that_signals_and_closes_on_exec(void **state)
{
	struct sys *sys = sys_linux();
	int fds[2], pidfd = -1;
	struct sys_clone args = { .exit_signal = SIGCHLD, .pidfd_out = &pidfd };
	struct child child = { .sys = sys };
	siginfo_t info = { 0 };

	assert_int_equal(sys_pipe2(sys, fds, O_CLOEXEC), 0);
	child.fd = fds[0];
	assert_true(sys_clone3(sys, &args, child_waits_for_end, &child, sizeof(child)) > 0);
	assert_true(pidfd >= 0);
	assert_int_equal(sys_fcntl(sys, pidfd, F_GETFD, 0), FD_CLOEXEC);
	assert_int_equal(sys_pidfd_send_signal(sys, pidfd, SIGKILL, 0), 0);
	assert_int_equal(SYS_RETRY(sys_waitid(sys, P_PIDFD, pidfd, &info, WEXITED)), 0);
	assert_int_equal(info.si_code, CLD_KILLED);
	assert_int_equal(info.si_status, SIGKILL);
	assert_int_equal(sys_close(sys, pidfd), 0);
	assert_int_equal(sys_close(sys, fds[0]), 0);
	assert_int_equal(sys_close(sys, fds[1]), 0);
}

/* Makes this process believe in an old kernel: the call answers ENOSYS from now on. */
static int refuse_call(unsigned number)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = 4, .filter = code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

static int child_on_an_old_kernel(void *arg)
{
	struct child *outer = arg;
	struct sys *sys = outer->sys;
	int pidfd = -1;
	struct child child = { .sys = sys, .number = 41 };
	struct sys_clone args = { .exit_signal = SIGCHLD, .pidfd_out = &pidfd };
	char *argv[] = { (char *)(uintptr_t) "true", NULL };
	int high =
		sys_fcntl(sys, 2, F_DUPFD, 20); /* without CLOEXEC: to be found in /proc/self/fd */
	int fds[] = { 0, 1, 2 };
	struct sys_spawn spawn = {
		.exe_fd = -1, .path = "/bin/sh", .envp = argv + 1, .fds = fds, .fd_count = 3
	};
	char *shell[] = {
		(char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",
		(char *)(uintptr_t) "test -e /proc/self/fd/0 && ! test -e /proc/self/fd/$0",
		(char *)(uintptr_t) "20", NULL
	};
	siginfo_t info;

	spawn.argv = shell;
	if (high != 20 || refuse_call(SYS_clone3) < 0 || refuse_call(SYS_close_range) < 0)
		return 1;
	if (wait_for(sys, sys_clone3(sys, &args, child_changes_its_copy, &child, sizeof(child)),
		     &info) < 0)
		return 2;
	if (info.si_status != 42 || pidfd < 0)
		return 3;
	args.flags = CLONE_INTO_CGROUP;
	if (sys_clone3(sys, &args, child_changes_its_copy, &child, sizeof(child)) != -ENOSYS)
		return 4;
	if (wait_for(sys, sys_spawn(sys, &spawn), &info) < 0)
		return 5;
	return info.si_status ? 6 : 0;
}

static void old_kernels_are_served_by_older_calls(void **state)
{
	struct child child = { .sys = sys_linux() };
	struct sys_clone args = { .exit_signal = SIGCHLD };
	siginfo_t info;
	pid_t pid = sys_clone3(child.sys, &args, child_on_an_old_kernel, &child, sizeof(child));

	assert_int_equal(wait_for(child.sys, pid, &info), 0);
	assert_int_equal(info.si_status, 0);
}

static void a_failure_comes_back_as_value_and_errno_stays(void **state)
{
	struct sys *sys = sys_linux();

	errno = EXDEV;
	assert_int_equal(sys_close(sys, -1), -EBADF);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, "/", 0700), -EEXIST);
	assert_int_equal(sys_clock_nanosleep(sys, 9999, 0, &(struct timespec){ 0 }, NULL), -EINVAL);
	assert_int_equal(sys_kill(sys, sys_getpid(sys), 999), -EINVAL);
	assert_int_equal(errno, EXDEV);
}

static void mmap_fills_the_address_on_success_only(void **state)
{
	struct sys *sys = sys_linux();
	void *map = NULL;

	assert_int_equal(sys_mmap(sys, &map, 4096, PROT_READ, MAP_PRIVATE, -1), -EBADF);
	assert_null(map);
	assert_int_equal(
		sys_mmap(sys, &map, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1),
		0);
	memset(map, 7, 4096);
	assert_int_equal(sys_munmap(sys, map, 4096), 0);
}

static void getcwd_counts_its_terminator(void **state)
{
	char buf[4096];
	ssize_t len = sys_getcwd(sys_linux(), buf, sizeof(buf));

	assert_true(len > 1);
	assert_int_equal(strlen(buf) + 1, len);
}

static void capget_joins_both_halves(void **state)
{
	struct sys_caps caps = { 0 };

	assert_int_equal(sys_capget(sys_linux(), &caps), 0);
	assert_int_equal(caps.effective & ~caps.permitted, 0);
	assert_int_equal(sys_capset(sys_linux(), &caps), 0);
}

static void getsockopt_tells_the_length(void **state)
{
	struct sys *sys = sys_linux();
	struct ucred creds;
	size_t len = sizeof(creds);
	int fds[2];

	assert_int_equal(sys_socketpair(sys, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(sys_getsockopt(sys, fds[0], SOL_SOCKET, SO_PEERCRED, &creds, &len), 0);
	assert_int_equal(len, sizeof(creds));
	assert_int_equal(creds.pid, sys_getpid(sys));
	(void)sys_close(sys, fds[0]);
	(void)sys_close(sys, fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clone3_runs_on_a_copy_and_gives_the_status),
		cmocka_unit_test(clone3_gives_a_pidfd_that_signals_and_closes_on_exec),
		cmocka_unit_test(old_kernels_are_served_by_older_calls),
		cmocka_unit_test(a_failure_comes_back_as_value_and_errno_stays),
		cmocka_unit_test(mmap_fills_the_address_on_success_only),
		cmocka_unit_test(getcwd_counts_its_terminator),
		cmocka_unit_test(capget_joins_both_halves),
		cmocka_unit_test(getsockopt_tells_the_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
