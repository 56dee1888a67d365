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
#include <sys/mman.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define BUSYBOX "/bin/busybox"
#define NEW_NS (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET)

struct place {
	char dir[64], rootfs[96], mount[96];
	struct plan *plan;
	struct run run;
	pid_t server;
	struct cgroup *cgroup; /* shared with the server */
};

/* The one cgroup of the container, and how the server tells of it. */
struct cgroup {
	enum { UNTOLD, BY_PATH, BY_FD, CLOSES } told;
	char dir[96];
};
#define PIDS "/sys/fs/cgroup/pids"

/* The struct of 96 bytes that goes with the descriptors. */
static void answer_cgroups(struct ipc_server *server, int slot, const struct cgroup *cgroup)
{
	uint32_t ctx[24] = { 0, 0, 1 };
	int fd = -1;

	if (cgroup->told == CLOSES || cgroup->told == BY_PATH) {
		ipc_server_drop(server, slot);
		return;
	}
	if (cgroup->told == BY_FD)
		fd = open(cgroup->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)ipc_server_reply(server, slot, fd < 0 ? -ENOSYS : 0, 0, ctx, fd < 0 ? 0 : sizeof(ctx), &fd, fd >= 0);
	if (fd >= 0)
		(void)close(fd);
}

static void shell_in(const char *dir, const char *line)
{
	char command[1024];

	(void)snprintf(command, sizeof(command), "cd %s && %s", dir, line);
	assert_int_equal(system(command), 0);
}

/* What the supervisor would answer. */
static void answer(struct ipc_server *server, int slot, pid_t init, const struct cgroup *cgroup)
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
	if (request.cmd == IPC_GET_CGROUP && cgroup->told == BY_PATH && strcmp(request.payload, "pids") == 0)
		text = cgroup->dir + strlen(PIDS);
	if (request.cmd == IPC_GET_CGROUP_CTX)
		answer_cgroups(server, slot, cgroup);
	else if (request.cmd == IPC_GET_INIT_PID)
		(void)ipc_server_reply(server, slot, 0, (uint64_t)init, NULL, 0, NULL, 0);
	else
		(void)ipc_server_reply(server, slot, *text ? 0 : -ENOENT, 0, text, strlen(text) + (*text != 0),
				       NULL, 0);
}

static void serve(struct ipc_server *server, pid_t init, const struct cgroup *cgroup)
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
				answer(server, i, init, cgroup);
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
	place->cgroup = mmap(NULL, sizeof(*place->cgroup), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(place->cgroup != MAP_FAILED);
	place->server = fork();
	if (place->server == 0)
		serve(&place->run.server, place->run.init_pid, place->cgroup);
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
	(void)munmap(place->cgroup, sizeof(*place->cgroup));
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

/* Of any kind that this host has; -1: none. */
static int open_cgroup_file(void)
{
	static const char *const files[] = { "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/unified/cgroup.procs",
					     "/sys/fs/cgroup/pids/cgroup.procs" };
	int fd = -1;

	for (size_t i = 0; i < ARRAY_LEN(files) && fd < 0; i++)
		fd = open(files[i], O_RDONLY);
	return fd;
}

static void descriptors_go_along_but_no_way_out(void **state)
{
	struct place *place = *state;
	struct attach_args args = args_of(place, NULL);
	const struct {
		int fd;
		bool along;
	} cases[] = {
		{ open("/", O_RDONLY | O_DIRECTORY), false },
		{ open("/etc/passwd", O_PATH), false },
		{ open("/proc/self/status", O_RDONLY), false },
		{ open("/proc/self/ns/mnt", O_RDONLY), false },
		{ open_cgroup_file(), false },
		{ open("/dev/null", O_WRONLY), false }, /* the log */
		{ open("/etc/passwd", O_RDONLY), true },
		{ open("/dev/null", O_RDONLY), true },
	};
	char line[512] = "cd /proc/self/fd; ok=0; for f in *; do case $f in [0-9]) ;; ";
	size_t len = strlen(line);

	/* Without close-on-exec, as a shell's 20</ makes them. */
	for (int i = 0; i < (int)ARRAY_LEN(cases); i++) {
		if (cases[i].fd < 0 || dup2(cases[i].fd, 20 + i) < 0)
			continue;
		(void)close(cases[i].fd);
		if (cases[i].along)
			len += (size_t)snprintf(line + len, sizeof(line) - len, "%d) ok=$((ok + 1)) ;; ", 20 + i);
	}
	/* And nothing of our own: what the shell itself holds are single digits. */
	(void)snprintf(line + len, sizeof(line) - len, "*) busybox ls -l /proc/$$/fd; exit 1 ;; esac; done; [ $ok = 2 ]");
	args.log_fd = 25;
	assert_int_equal(line_with(place, args, line), 0);
	for (int fd = 20; fd < 20 + (int)ARRAY_LEN(cases); fd++)
		(void)close(fd);
}

/* As cron and careless daemons start their programs. */
static void closed_streams_are_the_null_device_of_the_container(void **state)
{
	static const struct {
		const char *close, *left;
	} cases[] = {
		{ "0", "" }, { "1", "" }, { "2", "" }, { "012", "" }, { "02", "" }, { "0", "0" }, { "12", "2" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct attach_args args = args_of(*state, NULL);
		char line[512] = "";
		size_t len = 0;
		int status = -1;
		pid_t pid;

		/* At last: none of ours either. */
		for (const char *c = cases[i].close; *c; c++) {
			const char *rule = strchr(cases[i].left, *c) ? "! -e" : "/dev/null -ef";

			len += (size_t)snprintf(line + len, sizeof(line) - len, "[ %s /proc/$$/fd/%c ] && ", rule, *c);
		}
		(void)snprintf(line + len, sizeof(line) - len, "for f in 3 4 5 6 7 8 9; do "
							       "[ ! -e /proc/$$/fd/$f ] || exit 9; done");
		args.stdin_fd = strchr(cases[i].left, '0') ? -1 : 0;
		args.stderr_fd = strchr(cases[i].left, '2') ? -1 : 2;
		pid = fork();
		if (pid == 0) {
			int code;

			for (const char *c = cases[i].close; *c; c++)
				(void)close(*c - '0');
			code = line_with(*state, args, line);
			for (const char *c = cases[i].close; *c; c++)
				if (fcntl(*c - '0', F_GETFD) >= 0)
					_exit(100);
			_exit(code);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (status != 0)
			fail_msg("closed %s, left %s: %d: %s", cases[i].close, cases[i].left, status >> 8, line);
	}
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

/* Supervisors since 4.0.7 send descriptors, older ones paths; some have no cgroup at all. */
static void the_attached_process_is_in_the_cgroup_of_the_container(void **state)
{
	static const struct {
		int told;
		bool there;
	} cases[] = { { UNTOLD, false }, { CLOSES, false }, { BY_PATH, true }, { BY_FD, true } };
	struct place *place = *state;
	struct cgroup *cgroup = place->cgroup;
	char line[256];

	(void)snprintf(cgroup->dir, sizeof(cgroup->dir), PIDS "/test-attach-%d", getpid());
	if (mkdir(cgroup->dir, 0755) < 0)
		skip();
	(void)snprintf(line, sizeof(line), "busybox grep -q :pids:%s$ /proc/self/cgroup", cgroup->dir + strlen(PIDS));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cgroup->told = cases[i].told;
		if (line_with(place, args_of(place, NULL), line) != !cases[i].there)
			fail_msg("case %zu: %s", i, line);
	}
	cgroup->told = UNTOLD;
	assert_int_equal(rmdir(cgroup->dir), 0);
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
		cmocka_unit_test(closed_streams_are_the_null_device_of_the_container),
		cmocka_unit_test(exit_codes_are_those_of_a_shell),
		cmocka_unit_test(ids_and_environment_are_as_asked),
		cmocka_unit_test(a_terminal_is_replaced_by_one_of_the_container),
		cmocka_unit_test(a_signal_leaves_the_terminal_as_it_was),
		cmocka_unit_test(the_attached_process_is_in_the_cgroup_of_the_container),
		cmocka_unit_test(a_function_of_the_caller_runs_inside),
		cmocka_unit_test(who_does_not_run_is_told),
	};

	if (geteuid() != 0 || access(BUSYBOX, X_OK) < 0 || unshare(CLONE_NEWNS | CLONE_NEWNET) < 0 ||
	    mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0)
		return 77;
	/* What whoever runs the test has left open is none of its business. */
	(void)close_range(3, ~0U, 0);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
