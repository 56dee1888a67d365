/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The supervisor's program on the real kernel, without privilege: a container without namespaces is
 * just a process. */
#include "life_plan.h"

#include "core/run/run.h"

#include <errno.h>
#include <pty.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#define NAME "web"
#define WAIT_MS 20000

static const char *program;

struct place {
	struct sys *sys;
	char lxcpath[64], pidfile[96];
	struct life_plan life;
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	place->sys = sys_linux();
	(void)snprintf(place->lxcpath, sizeof(place->lxcpath), "/tmp/test-supervisor-XXXXXX");
	assert_non_null(mkdtemp(place->lxcpath));
	(void)snprintf(place->pidfile, sizeof(place->pidfile), "%s/pid", place->lxcpath);
	place->life = (struct life_plan){ .name = NAME,
					  .lxcpath = place->lxcpath,
					  .argv = { "/bin/sleep", "1000" },
					  .flags = PLAN_DAEMON };
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;

	(void)ipc_stop(place->sys, place->lxcpath, NAME, WAIT_MS);
	(void)unlink(place->pidfile);
	(void)rmdir(place->lxcpath);
	free(place);
	return 0;
}

#define SUPERVISOR_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

static int start_place(struct place *place, struct start_result *result, struct err *err)
{
	static char *const envp[] = { NULL };
	int command = ipc_bind(place->sys, place->lxcpath, NAME, err);
	struct plan *image;
	struct start_args args;
	int ret;

	if (command < 0)
		return command;
	image = life_plan_build(&place->life);
	args = (struct start_args){ .image = image,
				    .command_fd = command,
				    .supervisor_exe_fd = open(program, O_RDONLY | O_CLOEXEC),
				    .planner_exe_fd = -1,
				    .init_exe_fd = -1,
				    .log_fd = -1,
				    .trace_fd = -1,
				    .pidfile = place->pidfile,
				    .envp = envp,
				    .daemon = (place->life.flags & PLAN_DAEMON) != 0 };
	ret = start_supervisor(place->sys, &args, result, err);
	(void)close(args.supervisor_exe_fd);
	(void)close(command);
	free(image);
	return ret;
}

static void start_running(struct place *place)
{
	struct start_result result = { 0 };
	struct err err = { 0 };

	if (start_place(place, &result, &err) < 0 || !result.running)
		fail_msg("start: %s", err.what);
}

static pid_t supervisor_pid(const struct place *place)
{
	char text[32] = "";
	FILE *file = fopen(place->pidfile, "r");

	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	(void)fclose(file);
	return (pid_t)atoi(text);
}

static unsigned count_fds(pid_t pid)
{
	_cleanup_str_ struct str names = { 0 };
	char path[64];
	size_t count = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	assert_int_equal(io_list_dir(sys_linux(), AT_FDCWD, path, &names, &count), 0);
	return (unsigned)count;
}

static void assert_link(pid_t pid, const char *name, const char *want)
{
	char path[64], target[256] = "";

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	assert_true(readlink(path, target, sizeof(target) - 1) > 0);
	assert_string_equal(target, want);
}

static void a_container_starts_and_stops(void **state)
{
	struct place *place = *state;

	start_running(place);
	assert_int_equal(ipc_get_state(place->sys, place->lxcpath, NAME), IPC_RUNNING);
	assert_int_equal(ipc_stop(place->sys, place->lxcpath, NAME, WAIT_MS), 0);
	assert_int_equal(ipc_get_state(place->sys, place->lxcpath, NAME), IPC_STOPPED);
}

static void the_daemon_stands_alone(void **state)
{
	struct place *place = *state;
	char path[64], text[1024] = "", want[256];
	unsigned stray = (unsigned)dup2(1, 251);
	pid_t pid;

	assert_int_equal(stray, 251);
	start_running(place);
	(void)close(251);
	pid = supervisor_pid(place);
	assert_int_equal(getsid(pid), pid);
	assert_link(pid, "cwd", "/");
	assert_link(pid, "fd/0", "/dev/null");
	assert_link(pid, "fd/2", "/dev/null");
	(void)snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	assert_true(io_read_at(place->sys, AT_FDCWD, path, text, sizeof(text)) > 0);
	(void)snprintf(want, sizeof(want), "[lxc monitor] %s %s", place->lxcpath, NAME);
	assert_string_equal(text, want);
	(void)snprintf(path, sizeof(path), "/proc/%d/fd/251", pid);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void a_missing_program_is_told_in_words(void **state)
{
	struct place *place = *state;
	struct start_result result = { 0 };
	struct err err = { 0 };

	place->life.argv[0] = "/nosuch";
	assert_int_equal(start_place(place, &result, &err), -ENOENT);
	assert_string_equal(err.what, "execute /nosuch failed: No such file or directory (ENOENT)");
	assert_int_equal(access(place->pidfile, F_OK), -1);
}

static void a_killed_supervisor_takes_its_container_along(void **state)
{
	struct place *place = *state;
	pid_t init;

	start_running(place);
	init = ipc_get_init_pid(place->sys, place->lxcpath, NAME);
	assert_true(init > 1);
	assert_int_equal(kill(supervisor_pid(place), SIGKILL), 0);
	assert_int_equal(ipc_wait(place->sys, place->lxcpath, NAME, 1U << IPC_STOPPED, false,
				  WAIT_MS, NULL, NULL),
			 IPC_STOPPED);
	for (int i = 0; i < 1000 && kill(init, 0) == 0; i++)
		(void)usleep(10000);
	assert_int_equal(kill(init, 0), -1);
	start_running(place);
}

static int connect_silent(const struct place *place)
{
	struct sockaddr_un addr;
	size_t len = ipc_address(place->lxcpath, NAME, &addr);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&addr, (socklen_t)len), 0);
	return fd;
}

static void silent_connections_delay_nobody_and_leave_nothing(void **state)
{
	struct place *place = *state;
	int fds[200];
	unsigned before;
	pid_t pid;

	start_running(place);
	pid = supervisor_pid(place);
	assert_int_equal(ipc_get_state(place->sys, place->lxcpath, NAME), IPC_RUNNING);
	/* It answers first and closes then. */
	(void)usleep(100000);
	before = count_fds(pid);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		fds[i] = connect_silent(place);
	assert_int_equal(ipc_get_state(place->sys, place->lxcpath, NAME), IPC_RUNNING);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		(void)close(fds[i]);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(ipc_get_state(place->sys, place->lxcpath, NAME), IPC_RUNNING);
	for (int i = 0; i < 100 && count_fds(pid) != before; i++)
		(void)usleep(10000);
	assert_int_equal(count_fds(pid), before);
}

/* --- consoles --- */

/* Reads until the text has come. */
static void expect(int fd, const char *text)
{
	char seen[4096] = "";
	size_t len = 0;

	while (!strstr(seen, text)) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (poll(&poll_fd, 1, WAIT_MS) <= 0)
			fail_msg("waited for '%s', saw '%s'", text, seen);
		n = read(fd, seen + len, sizeof(seen) - 1 - len);
		if (n <= 0)
			fail_msg("waited for '%s', saw '%s' and the end", text, seen);
		len += (size_t)n;
		seen[len] = '\0';
	}
}

static void set_dialogue(struct place *place)
{
	place->life.with_console = true;
	place->life.argv[0] = "/bin/sh";
	place->life.argv[1] = "-c";
	place->life.argv[2] =
		"echo hello; while read x; do echo \"got $x\"; test \"$x\" = end && exit 7; done";
}

static void a_client_gets_the_console_and_gives_it_back(void **state)
{
	struct place *place = *state;

	set_dialogue(place);
	start_running(place);
	for (int round = 0; round < 2; round++) {
		struct ipc_reply reply, second;
		_cleanup_fd_ struct fd sock = { 0 }, other = { 0 };
		int ret = -1;

		for (int i = 0; i < 100; i++) {
			ret = ipc_call(place->sys, place->lxcpath, NAME, IPC_CONSOLE, 0, NULL, 0,
				       WAIT_MS, &reply, &sock);
			if (ret == 0 && reply.ret == 0)
				break;
			fd_finish(&sock);
			(void)usleep(10000);
		}
		assert_int_equal(ret, 0);
		assert_int_equal(reply.fds.fd_count, 1);
		assert_int_equal(ipc_call(place->sys, place->lxcpath, NAME, IPC_CONSOLE, 0, NULL, 0,
					  WAIT_MS, &second, &other),
				 0);
		assert_int_equal(second.ret, -EBADF);
		assert_int_equal(write(reply.fds.fds[0], "one\n", 4), 4);
		expect(reply.fds.fds[0], "got one");
		ipc_reply_finish(place->sys, &reply);
	}
}

/* Nobody reads it, and nobody has to wait for that. */
static void much_output_goes_by_fast(void **state)
{
	struct place *place = *state;
	struct timespec begin, end;

	place->life.with_console = true;
	place->life.argv[0] = "/bin/sh";
	place->life.argv[1] = "-c";
	place->life.argv[2] = "exec head -c 3000000 /dev/zero";
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	start_running(place);
	assert_int_equal(ipc_wait(place->sys, place->lxcpath, NAME, 1U << IPC_STOPPED, false,
				  WAIT_MS, NULL, NULL),
			 IPC_STOPPED);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	print_message("%ld ms\n",
		      (end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000);
	assert_true(end.tv_sec - begin.tv_sec < 10);
}

/* In a session of its own, with the other end of a pty as its terminal. */
_noreturn_ static void run_foreground(struct place *place)
{
	struct start_result result = { 0 };
	struct err err = { 0 };
	int ret;

	place->life.flags = 0;
	ret = start_place(place, &result, &err);
	if (ret < 0 || !result.has_status || !WIFEXITED(result.wait_status))
		_exit(99);
	_exit(WEXITSTATUS(result.wait_status));
}

static void the_foreground_has_the_terminal_and_restores_it(void **state)
{
	struct place *place = *state;
	struct termios before, during, after;
	int master, slave, status = 0;
	pid_t pid;

	set_dialogue(place);
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	assert_int_equal(tcgetattr(slave, &before), 0);
	pid = fork();
	if (pid == 0) {
		(void)login_tty(slave);
		run_foreground(place);
	}
	expect(master, "hello");
	assert_int_equal(tcgetattr(slave, &during), 0);
	assert_int_equal(during.c_lflag & ICANON, 0);
	assert_int_equal(write(master, "one\r", 4), 4);
	expect(master, "got one");
	assert_int_equal(write(master, "end\r", 4), 4);
	expect(master, "got end");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_int_equal(tcgetattr(slave, &after), 0);
	assert_int_equal(after.c_lflag, before.c_lflag);
	assert_int_equal(after.c_iflag, before.c_iflag);
	(void)close(master);
	(void)close(slave);
}

static void a_signal_to_the_caller_reaches_the_container(void **state)
{
	struct place *place = *state;
	int status = 0;
	pid_t pid;

	place->life.argv[0] = "/bin/sh";
	place->life.argv[1] = "-c";
	place->life.argv[2] = "trap 'exit 9' TERM; while :; do sleep 0.05; done";
	pid = fork();
	if (pid == 0)
		run_foreground(place);
	assert_int_equal(ipc_wait(place->sys, place->lxcpath, NAME, 1U << IPC_RUNNING, false,
				  WAIT_MS, NULL, NULL),
			 IPC_RUNNING);
	/* Until the shell has come to its trap, the signal would end it otherwise. */
	(void)usleep(300000);
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 9);
}

/* Started by hand, with a file behind every number of its table. */
static void without_a_plan_it_touches_nothing(void **state)
{
	struct place *place = *state;
	int output[2], status = 0;
	char said[256] = "", text[16] = "";
	int file = open(place->pidfile, O_RDWR | O_CREAT, 0600);
	pid_t pid;

	assert_int_equal(write(file, "precious", 8), 8);
	file = fcntl(file, F_DUPFD, 20);
	assert_int_equal(pipe(output), 0);
	output[1] = fcntl(output[1], F_DUPFD, 20);
	pid = fork();
	if (pid == 0) {
		(void)dup2(output[1], STDERR_FILENO);
		for (int fd = SUPERVISOR_FD_PLAN; fd < SUPERVISOR_FD_COUNT; fd++)
			(void)dup2(file, fd);
		(void)execl(program, program, (char *)NULL);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_true(read(output[0], said, sizeof(said) - 1) > 0);
	assert_string_equal(
		said, "lxc-supervisor: not started by liblxc: descriptor 3 holds no plan\n");
	assert_int_equal(io_read_at(place->sys, AT_FDCWD, place->pidfile, text, sizeof(text)), 8);
	assert_string_equal(text, "precious");
	assert_int_equal(fcntl(file, F_GETFL) & O_NONBLOCK, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		SUPERVISOR_TEST(a_container_starts_and_stops),
		SUPERVISOR_TEST(the_daemon_stands_alone),
		SUPERVISOR_TEST(a_missing_program_is_told_in_words),
		SUPERVISOR_TEST(a_killed_supervisor_takes_its_container_along),
		SUPERVISOR_TEST(silent_connections_delay_nobody_and_leave_nothing),
		SUPERVISOR_TEST(a_client_gets_the_console_and_gives_it_back),
		SUPERVISOR_TEST(the_foreground_has_the_terminal_and_restores_it),
		SUPERVISOR_TEST(a_signal_to_the_caller_reaches_the_container),
		SUPERVISOR_TEST(much_output_goes_by_fast),
		SUPERVISOR_TEST(without_a_plan_it_touches_nothing),
	};

	if (argc < 2) {
		(void)fprintf(stderr, "usage: %s LXC-SUPERVISOR\n", argv[0]);
		return 2;
	}
	program = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
