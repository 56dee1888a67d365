/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entering a running container on the real kernel: as root, in namespaces of the test's own. Skipped elsewhere. */
#include "../run/tiny.h"
#include "core/attach/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define BUSYBOX "/bin/busybox"
#define NEW_NS (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET)

struct place {
	char dir[64], rootfs[96], mount[96];
	struct plan *plan;
	struct run run;
	pid_t server;
};

static void shell_in(const char *dir, const char *line)
{
	char command[1024];

	(void)snprintf(command, sizeof(command), "cd %s && %s", dir, line);
	assert_int_equal(system(command), 0);
}

/* What the supervisor would answer. */
static void answer(struct ipc_server *server, int slot, pid_t init)
{
	struct ipc_request request;
	const char *text = "";

	if (ipc_server_read(server, slot, &request) != 1)
		return;
	if (request.cmd == IPC_GET_CONFIG_ITEM && strcmp(request.payload, "lxc.environment") == 0)
		text = "CFG=config\n";
	if (request.cmd == IPC_GET_CONFIG_ITEM && strcmp(request.payload, "lxc.prlimit") == 0)
		text = "lxc.prlimit.nofile = 64:128\n";
	if (request.cmd == IPC_GET_CONFIG_ITEM && strcmp(request.payload, "lxc.proc") == 0)
		text = "lxc.proc.oom_score_adj = 10\n";
	if (request.cmd == IPC_GET_INIT_PID)
		(void)ipc_server_reply(server, slot, 0, (uint64_t)init, NULL, 0, NULL, 0);
	else
		(void)ipc_server_reply(server, slot, *text ? 0 : -ENOENT, 0, text, strlen(text) + (*text != 0),
				       NULL, 0);
}

static void serve(struct ipc_server *server, pid_t init)
{
	for (;;) {
		struct pollfd fds[IPC_CLIENTS_MAX + 1] = { { .fd = server->listen_fd, .events = POLLIN } };

		for (int i = 0; i < IPC_CLIENTS_MAX; i++)
			fds[i + 1] = (struct pollfd){ .fd = server->clients[i].fd, .events = POLLIN };
		(void)poll(fds, IPC_CLIENTS_MAX + 1, -1);
		if (fds[0].revents)
			(void)ipc_server_accept(server);
		for (int i = 0; i < IPC_CLIENTS_MAX; i++)
			if (fds[i + 1].revents)
				answer(server, i, init);
	}
}

static int set_up(void **state)
{
	static const char *const argv[] = { "/bin/sh", "-c", "while :; do /bin/busybox sleep 1; done" };
	struct place *place = calloc(1, sizeof(*place));
	struct tiny tiny;
	struct err err = { 0 };

	assert_non_null(place);
	(void)snprintf(place->dir, sizeof(place->dir), "/tmp/test-attach-XXXXXX");
	assert_non_null(mkdtemp(place->dir));
	(void)snprintf(place->rootfs, sizeof(place->rootfs), "%s/rootfs", place->dir);
	(void)snprintf(place->mount, sizeof(place->mount), "%s/mount", place->dir);
	shell_in(place->dir, "mkdir rootfs mount && cd rootfs && mkdir bin proc sys mnt tmp && "
			     "cp " BUSYBOX " bin/busybox && ln -s busybox bin/sh");
	tiny = (struct tiny){ .rootfs = place->rootfs, .mount = place->mount, .argv = argv, .argc = 3,
			      .clone_flags = NEW_NS };
	place->plan = tiny_plan(&tiny);
	tiny_run_init(&place->run, sys_linux(), place->plan);
	place->run.server.listen_fd = ipc_bind(sys_linux(), place->dir, "tiny", &err);
	if (place->run.server.listen_fd < 0 || tiny_start(&place->run, &err) < 0)
		fail_msg("%s", err.what);
	place->server = fork();
	if (place->server == 0)
		serve(&place->run.server, place->run.init_pid);
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	int status;

	(void)kill(place->server, SIGKILL);
	(void)waitpid(place->server, &status, 0);
	(void)close(place->run.server.listen_fd);
	run_afterlife(&place->run);
	shell_in(place->dir, "rm -rf --one-file-system \"$PWD\"");
	free(place->plan);
	free(place);
	return 0;
}

static struct attach_args args_of(const struct place *place, char *const *argv)
{
	static char home[] = "HOME=/root", kept[] = "KEEP=kept";
	static char *const envp[] = { home, kept, NULL };

	return (struct attach_args){ .lxcpath = place->dir, .name = "tiny", .flags = ATTACH_DEFAULT,
				     .namespaces = -1, .personality = -1, .uid = (uid_t)-1, .gid = (gid_t)-1,
				     .envp = envp, .stdin_fd = 0, .stdout_fd = 1, .stderr_fd = 2,
				     .log_fd = -1, .argv = argv };
}

static int finish(const struct attach_args *args)
{
	struct err err = { 0 };
	pid_t pid;
	int status = -1, ret = attach_run(sys_linux(), args, &pid, &err);

	if (ret < 0) {
		print_message("%s\n", err.what);
		return ret;
	}
	assert_int_equal(attach_wait(sys_linux(), pid, &status), 0);
	return attach_exit_code(status);
}

static int line_with(const struct place *place, struct attach_args args, const char *line)
{
	char text[512];
	char *const argv[] = { (char[]){ "/bin/sh" }, (char[]){ "-c" }, text, NULL };

	(void)place;
	(void)snprintf(text, sizeof(text), "alias busybox=/bin/busybox\n%s", line);
	args.argv = argv;
	return finish(&args);
}

static void the_attached_process_is_inside(void **state)
{
	static const char *const lines[] = {
		"[ $(busybox hostname) = tiny ]",
		"[ $$ != 1 ] && [ -d /proc/1 ] && [ ! -e /etc/passwd ]",
		"[ $(busybox readlink /proc/self/ns/pid) = $(busybox readlink /proc/1/ns/pid) ]",
		"[ $(busybox readlink /proc/self/ns/net) = $(busybox readlink /proc/1/ns/net) ]",
		"busybox grep -q 'CapBnd:.*0000000000400021' /proc/self/status",
		"busybox grep -q 'NoNewPrivs:.*1' /proc/self/status",
		"busybox grep -q 'PPid:.*\\b0$' /proc/$$/status",
		"[ \"$container\" = lxc ] && [ \"$CFG\" = config ] && [ $HOME = /root ]",
		"[ $(ulimit -Sn) = 64 ] && [ $(ulimit -Hn) = 128 ] && [ $(busybox cat /proc/self/oom_score_adj) = 10 ]",
		"[ $PWD = / ] || [ $(pwd) = / ]",
	};
	struct place *place = *state;

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		if (line_with(place, args_of(place, NULL), lines[i]) != 0)
			fail_msg("not true inside: %s", lines[i]);
}

static void descriptors_go_along_but_no_way_out(void **state)
{
	struct place *place = *state;

	/* Without close-on-exec, as a shell's 20</ makes them. */
	assert_int_equal(dup2(open("/", O_RDONLY | O_DIRECTORY), 20), 20);
	assert_int_equal(dup2(open("/etc/passwd", O_PATH), 21), 21);
	assert_int_equal(dup2(open("/proc/self/status", O_RDONLY), 22), 22);
	assert_int_equal(dup2(open("/dev/null", O_RDONLY), 23), 23);
	assert_int_equal(line_with(place, args_of(place, NULL),
				   "for f in 20 21 22; do [ ! -L /proc/self/fd/$f ] || exit 1; done; "
				   "[ -L /proc/self/fd/23 ]"), 0);
	for (int fd = 20; fd <= 23; fd++)
		(void)close(fd);
}

static void exit_codes_are_those_of_a_shell(void **state)
{
	struct place *place = *state;
	char *const missing[] = { (char[]){ "no-such-program" }, NULL };
	char *const directory[] = { (char[]){ "/bin" }, NULL };
	struct attach_args args = args_of(place, missing);

	assert_int_equal(line_with(place, args_of(place, NULL), "exit 9"), 9);
	assert_int_equal(line_with(place, args_of(place, NULL), "kill -9 $$"), 137);
	assert_int_equal(finish(&args), 127);
	args.argv = directory;
	assert_int_equal(finish(&args), 126);
}

static void ids_and_environment_are_as_asked(void **state)
{
	struct place *place = *state;
	struct attach_args args = args_of(place, NULL);
	char *const keep[] = { (char[]){ "KEEP" }, NULL }, *const extra[] = { (char[]){ "A=b" }, NULL };

	args.uid = 1000;
	args.gid = 1001;
	assert_int_equal(line_with(place, args, "[ $(busybox id -u) = 1000 ] && [ $(busybox id -g) = 1001 ] && "
						"[ $(busybox id -G) = 1001 ]"), 0);
	args = args_of(place, NULL);
	args.clear_env = true;
	args.keep_env = keep;
	args.extra_env = extra;
	assert_int_equal(line_with(place, args, "[ $KEEP = kept ] && [ $A = b ] && [ -z \"$HOME\" ] && "
						"[ $PATH = /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ]"), 0);
}

/* A login of its own: the terminal of this process is the slave of a pty whose other side the test reads. */
static int attach_on_terminal(const struct place *place, const char *slave_path)
{
	struct attach_args args = args_of(place, NULL);
	int fd;

	(void)setsid();
	fd = open(slave_path, O_RDWR);
	for (int i = 0; i < 3; i++)
		(void)dup2(fd, i);
	args.flags |= ATTACH_TERMINAL;
	return line_with(place, args, "busybox tty; busybox ps -o tty= -p $$ > /dev/null; exit 4");
}

static void a_terminal_is_replaced_by_one_of_the_container(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), status = -1;
	char text[4096] = "";
	size_t used = 0;
	ssize_t n;
	pid_t pid;

	assert_true(master >= 0 && unlockpt(master) == 0);
	pid = fork();
	if (pid == 0)
		_exit(attach_on_terminal(*state, ptsname(master)));
	while (used < sizeof(text) - 1 && (waitpid(pid, &status, WNOHANG) == 0)) {
		struct pollfd fds = { .fd = master, .events = POLLIN };

		if (poll(&fds, 1, 100) > 0 && (n = read(master, text + used, sizeof(text) - 1 - used)) > 0)
			used += (size_t)n;
	}
	(void)close(master);
	assert_int_equal(WEXITSTATUS(status), 4);
	if (!strstr(text, "/dev/pts/2"))
		fail_msg("%s", text);
}

static void on_signal(int signo)
{
	(void)signo;
}

/* A process with the terminal of its own, attached to a command that lasts. handled: it survives the signal. */
static pid_t lasting_attach(const struct place *place, int master, int slave, bool handled)
{
	struct attach_args args = args_of(place, NULL);
	char text[256] = "";
	size_t used = 0;
	pid_t pid = fork();

	if (pid == 0) {
		char *const argv[] = { (char[]){ "/bin/sh" }, (char[]){ "-c" },
				       (char[]){ "echo in side; exec /bin/busybox sleep 100" }, NULL };
		struct err err = { 0 };
		pid_t attached = 0;

		(void)setsid();
		for (int i = 0; i < 3; i++)
			(void)dup2(slave, i);
		(void)ioctl(0, TIOCSCTTY, 0);
		if (handled)
			(void)signal(SIGTERM, on_signal);
		args.flags |= ATTACH_TERMINAL;
		args.argv = argv;
		if (attach_run(sys_linux(), &args, &attached, &err) == -EINTR && attached > 0)
			_exit(kill(attached, SIGKILL) == 0 ? 3 : 4);
		_exit(5);
	}
	while (!strstr(text, "in side") && used < sizeof(text) - 1) {
		ssize_t n = read(master, text + used, sizeof(text) - 1 - used);

		assert_true(n > 0);
		used += (size_t)n;
	}
	return pid;
}

static void a_signal_leaves_the_terminal_as_it_was(void **state)
{
	static const struct {
		int signo;
		bool handled;
	} cases[] = {
		{ SIGTERM, false }, { SIGHUP, false }, { SIGINT, false },
		{ SIGQUIT, false }, { SIGTERM, true },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct termios before = { 0 }, during = { 0 }, after = { 0 };
		int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave, status = -1;
		pid_t pid;

		assert_true(master >= 0 && unlockpt(master) == 0);
		slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
		assert_int_equal(tcgetattr(slave, &before), 0);
		pid = lasting_attach(*state, master, slave, cases[i].handled);
		for (int tries = 0; tries < 100; tries++) {
			assert_int_equal(tcgetattr(slave, &during), 0);
			if (!(during.c_lflag & ICANON))
				break;
			(void)usleep(10000);
		}
		assert_false(during.c_lflag & ICANON);
		assert_int_equal(kill(pid, cases[i].signo), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (cases[i].handled)
			assert_int_equal(status, 3 << 8);
		else
			assert_int_equal(status & 0x7f, cases[i].signo);
		assert_int_equal(tcgetattr(slave, &after), 0);
		assert_true(before.c_iflag == after.c_iflag && before.c_oflag == after.c_oflag &&
			    before.c_cflag == after.c_cflag && before.c_lflag == after.c_lflag);
		(void)close(slave);
		(void)close(master);
	}
}

static int say_five(void *payload, char *const *envp)
{
	return envp && payload ? 5 : 6;
}

static void a_function_of_the_caller_runs_inside(void **state)
{
	struct attach_args args = args_of(*state, NULL);

	args.callback = say_five;
	args.payload = &args;
	assert_int_equal(finish(&args), 5);
}

static void who_does_not_run_is_told(void **state)
{
	struct attach_args args = args_of(*state, NULL);

	args.name = "nobody";
	assert_int_equal(finish(&args), -ECONNREFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_attached_process_is_inside),
		cmocka_unit_test(descriptors_go_along_but_no_way_out),
		cmocka_unit_test(exit_codes_are_those_of_a_shell),
		cmocka_unit_test(ids_and_environment_are_as_asked),
		cmocka_unit_test(a_terminal_is_replaced_by_one_of_the_container),
		cmocka_unit_test(a_signal_leaves_the_terminal_as_it_was),
		cmocka_unit_test(a_function_of_the_caller_runs_inside),
		cmocka_unit_test(who_does_not_run_is_told),
	};

	if (geteuid() != 0 || access(BUSYBOX, X_OK) < 0 || unshare(CLONE_NEWNS | CLONE_NEWNET) < 0 ||
	    mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0)
		return 77;
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
