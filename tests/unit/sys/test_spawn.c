/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The spawned program is this one: with an argument it looks at its own state and prints it on
 * descriptor 0.
 */
#include "sys/sys.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static char self_path[4096];

/* Names what stands on a descriptor: the text of a memfd, "-" when closed, "+" when something else.
 */
static const char *fd_text(int fd, char *buf, size_t size)
{
	ssize_t len = pread(fd, buf, size - 1, 0);

	if (len < 0)
		return errno == EBADF ? "-" : "+";
	buf[len] = '\0';
	return buf;
}

/* "fds=A,B,- more=0 mask=0 ignored=0 leader=1 cwd=/" */
static int report(void)
{
	char text[64], cwd[256];
	int more = 0, ignored = 0, blocked = 0;
	sigset_t mask;

	(void)dprintf(0, "fds=");
	for (int fd = 1; fd < 5; fd++)
		(void)dprintf(0, "%s%s", fd > 1 ? "," : "", fd_text(fd, text, sizeof(text)));
	for (int fd = 5; fd < 1024; fd++)
		more += fcntl(fd, F_GETFD) >= 0;
	(void)sigprocmask(SIG_SETMASK, NULL, &mask);
	for (int signo = 1; signo < NSIG; signo++) {
		struct sigaction act;

		blocked += sigismember(&mask, signo) == 1;
		ignored += sigaction(signo, NULL, &act) == 0 && act.sa_handler == SIG_IGN;
	}
	(void)dprintf(0, " more=%d mask=%d ignored=%d leader=%d cwd=%s", more, blocked, ignored,
		      getsid(0) == getpid(), getcwd(cwd, sizeof(cwd)));
	return 7;
}

static int text_fd(const char *text)
{
	int fd = memfd_create("text", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

/* Spawns this program as the report and gives what it wrote and its status. */
static int spawn_report(struct sys_spawn *spawn, int *fds, char *out, size_t size)
{
	char *argv[] = { self_path, (char *)(uintptr_t) "report", NULL };
	char *envp[] = { NULL };
	struct sys *sys = sys_linux();
	int out_fd = text_fd("");
	siginfo_t info = { 0 };
	pid_t pid;
	ssize_t len;

	spawn->argv = argv;
	spawn->envp = envp;
	if (spawn->exe_fd < 0 && !spawn->path)
		spawn->path = self_path;
	fds[0] = out_fd;
	spawn->fds = fds;
	pid = sys_spawn(sys, spawn);
	if (pid < 0) {
		(void)close(out_fd);
		return pid;
	}
	assert_int_equal(SYS_RETRY(sys_waitid(sys, P_PID, pid, &info, WEXITED)), 0);
	len = pread(out_fd, out, size - 1, 0);
	assert_true(len >= 0);
	out[len] = '\0';
	(void)close(out_fd);
	assert_int_equal(info.si_code, CLD_EXITED);
	return info.si_status;
}

static void descriptors_are_placed_in_spite_of_overlaps(void **state)
{
	/* 3 and 4 change places, 2 closes, 1 comes from above; 5 to 7 are free in the table. */
	int kept[5], sources[3], fds[8] = { 0, 0, 0, 0, 0, -1, -1, -1 };
	char out[256];
	struct sys_spawn spawn = { .exe_fd = -1, .fd_count = 8 };

	for (int fd = 3; fd < 5; fd++)
		kept[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 50);
	for (int i = 0; i < 3; i++) {
		int fd = text_fd((const char *[]){ "A", "B", "C" }[i]);

		sources[i] = fcntl(fd, F_DUPFD_CLOEXEC, 50);
		assert_int_equal(close(fd), 0);
	}
	assert_int_equal(dup3(sources[0], 3, O_CLOEXEC), 3);
	assert_int_equal(dup3(sources[1], 4, O_CLOEXEC), 4);
	assert_int_equal(dup2(sources[2], 60), 60); /* without CLOEXEC: must not leak either */
	fds[1] = 60;
	fds[2] = -1;
	fds[3] = 4;
	fds[4] = 3;
	assert_int_equal(spawn_report(&spawn, fds, out, sizeof(out)), 7);
	assert_string_equal(strtok(out, " "), "fds=C,-,B,A");
	assert_string_equal(strtok(NULL, " "), "more=0");
	(void)close(60);
	for (int i = 0; i < 3; i++)
		(void)close(sources[i]);
	for (int fd = 3; fd < 5; fd++)
		if (kept[fd] >= 0)
			(void)dup3(kept[fd], fd, O_CLOEXEC), (void)close(kept[fd]);
}

static void the_program_starts_with_a_clean_signal_state(void **state)
{
	struct sys_spawn spawn = { .exe_fd = -1, .fd_count = 1 };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, usr1, pipe_before;
	sigset_t all, before, after;
	int fds[1];
	char out[256];

	(void)sigaction(SIGUSR1, &ignore, &usr1);
	(void)sigaction(SIGPIPE, &ignore, &pipe_before);
	(void)sigemptyset(&all);
	(void)sigaddset(&all, SIGTERM);
	(void)sigaddset(&all, SIGUSR2);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	assert_int_equal(spawn_report(&spawn, fds, out, sizeof(out)), 7);
	assert_non_null(strstr(out, " mask=0 ignored=0 leader=0 "));
	spawn.mask = &all;
	assert_int_equal(spawn_report(&spawn, fds, out, sizeof(out)), 7);
	assert_non_null(strstr(out, " mask=2 ignored=0 "));
	(void)sigprocmask(SIG_SETMASK, &before, &after);
	assert_int_equal(sigismember(&after, SIGTERM), 1); /* the caller's mask is as it was */
	assert_int_equal(sigismember(&after, SIGINT), 0);
	(void)sigaction(SIGUSR1, &usr1, NULL);
	(void)sigaction(SIGPIPE, &pipe_before, NULL);
}

static void session_and_directory_are_new_on_request(void **state)
{
	struct sys_spawn spawn = {
		.exe_fd = -1, .fd_count = 1, .new_session = true, .chdir_root = true
	};
	int fds[1];
	char out[256];

	assert_int_equal(spawn_report(&spawn, fds, out, sizeof(out)), 7);
	assert_non_null(strstr(out, " leader=1 cwd=/"));
}

static void a_descriptor_is_executed_also_from_below_the_table(void **state)
{
	int exe_fd = open(self_path, O_RDONLY | O_CLOEXEC);
	int low = exe_fd;
	struct sys_spawn spawn = { .exe_fd = low, .fd_count = 8 };
	int fds[8] = { -1, -1, -1, -1, -1, -1, -1, -1 };
	char out[256];

	assert_true(low >= 0 && low < 8);
	assert_int_equal(spawn_report(&spawn, fds, out, sizeof(out)), 7);
	assert_non_null(strstr(out, "fds=-,-,-,- more=0"));
	(void)close(exe_fd);
}

static void failures_come_back_as_errno_and_leave_nothing(void **state)
{
	static const struct {
		const char *path;
		int bad_fd, ret;
	} cases[] = {
		{ "/no/such/program", -1, -ENOENT },
		{ "/proc/self/status", -1, -EACCES },
		{ NULL, 999, -EBADF },
	};
	char out[256];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int pidfd = -5, fds[2] = { 0, cases[i].bad_fd };
		struct sys_spawn spawn = {
			.exe_fd = -1, .path = cases[i].path, .fd_count = 2, .pidfd_out = &pidfd
		};

		errno = EXDEV;
		assert_int_equal(spawn_report(&spawn, fds, out, sizeof(out)), cases[i].ret);
		assert_int_equal(pidfd, -5);
		assert_int_equal(
			sys_waitid(sys_linux(), P_ALL, 0, &(siginfo_t){ 0 }, WEXITED | WNOHANG),
			-ECHILD);
	}
}

static void a_pidfd_is_given(void **state)
{
	int pidfd = -1, fds[1];
	struct sys_spawn spawn = { .exe_fd = -1, .fd_count = 1, .pidfd_out = &pidfd };
	char out[256];

	assert_int_equal(spawn_report(&spawn, fds, out, sizeof(out)), 7);
	assert_int_equal(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(close(pidfd), 0);
}

static void *allocate_for_ever(void *stop)
{
	while (!__atomic_load_n((bool *)stop, __ATOMIC_ACQUIRE))
		free(malloc(128));
	return NULL;
}

static void a_threaded_caller_spawns_safely(void **state)
{
	bool stop = false;
	pthread_t threads[4];
	int fds[1];
	char out[256];

	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, allocate_for_ever, &stop), 0);
	for (int i = 0; i < 50; i++) {
		struct sys_spawn spawn = { .exe_fd = -1, .fd_count = 1 };

		assert_int_equal(spawn_report(&spawn, fds, out, sizeof(out)), 7);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	for (int i = 0; i < 4; i++)
		(void)pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors_are_placed_in_spite_of_overlaps),
		cmocka_unit_test(the_program_starts_with_a_clean_signal_state),
		cmocka_unit_test(session_and_directory_are_new_on_request),
		cmocka_unit_test(a_descriptor_is_executed_also_from_below_the_table),
		cmocka_unit_test(failures_come_back_as_errno_and_leave_nothing),
		cmocka_unit_test(a_pidfd_is_given),
		cmocka_unit_test(a_threaded_caller_spawns_safely),
	};
	ssize_t len;

	if (argc > 1 && strcmp(argv[1], "report") == 0)
		return report();
	len = readlink("/proc/self/exe", self_path, sizeof(self_path) - 1);
	return len < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
