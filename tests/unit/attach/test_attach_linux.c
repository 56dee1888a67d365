/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entering a running container on the real kernel: as root, in namespaces of the test's own. Skipped elsewhere. */
#include "place.h"

#include <pthread.h>
#include <sys/prctl.h>

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

/* Nobody tells such a caller how a child ended; only that it has. */
static void a_caller_that_ignores_its_children_attaches_all_the_same(void **state)
{
	struct attach_args args = args_of(*state, NULL);

	args.callback = say_five;
	args.payload = &args;
	(void)signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < 100; i++) {
		struct err err = { 0 };
		int status;
		pid_t pid;

		if (attach_run(sys_linux(), &args, &pid, &err) < 0)
			fail_msg("%d: %s", i, err.what);
		assert_int_equal(attach_wait(sys_linux(), pid, &status), -ECHILD);
	}
	(void)signal(SIGCHLD, SIG_DFL);
}

/* The limit is the program's: what we open on the way to it has room. */
static void a_low_limit_of_descriptors_does_not_get_in_the_way(void **state)
{
	struct attach_args args = args_of(*state, NULL);
	int fds[200];

	args.initial_cwd = "/tmp";
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < 10; i++)
		assert_int_equal(line_with(*state, args, "[ $(busybox pwd) = /tmp ] && [ $(ulimit -n) = 64 ]"), 0);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		(void)close(fds[i]);
}

static int wait_for_ever(void *payload, char *const *envp)
{
	/* No more on the way. */
	(void)prctl(PR_SET_NAME, "attached-inside", 0, 0, 0);
	while (payload)
		(void)pause();
	return 0;
}

static void *attach_all_day(void *data)
{
	struct attach_args args = args_of(data, NULL);

	args.callback = wait_for_ever;
	args.payload = data;
	for (;;) {
		struct err err = { 0 };
		pid_t pid = 0;

		if (attach_run(sys_linux(), &args, &pid, &err) == 0 && kill(pid, SIGKILL) < 0)
			return NULL;
	}
}

/* Processes of this name that are no zombies. */
static int count_processes(const char *name)
{
	char command[128];
	FILE *out;
	int count = -1;

	(void)snprintf(command, sizeof(command),
		       "grep -ls '^State:.[RSDT]' $(grep -ls '^Name:.%s$' /proc/[0-9]*/status) </dev/null | wc -l", name);
	out = popen(command, "r");
	assert_non_null(out);
	assert_int_equal(fscanf(out, "%d", &count), 1);
	(void)pclose(out);
	return count;
}

/* The forks of one thread hold what another thread's forks wait at. */
static void a_dead_caller_leaves_no_process_on_its_way_in(void **state)
{
	int status;

	for (int round = 0; round < 5; round++) {
		pid_t pid = fork();

		if (pid == 0) {
			pthread_t threads[8];

			(void)prctl(PR_SET_NAME, "attach-all-day", 0, 0, 0);
			for (size_t i = 0; i < ARRAY_LEN(threads); i++)
				(void)pthread_create(&threads[i], NULL, attach_all_day, *state);
			(void)pause();
		}
		(void)usleep(30000U + 20000U * (unsigned)round);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
	}
	(void)usleep(300000);
	assert_int_equal(count_processes("attach-all-day"), 0);
	/* Some had got to their function, which waits. */
	(void)!system("kill -9 $(grep -ls '^Name:.attached-inside$' /proc/[0-9]*/status | cut -d/ -f3) 2>/dev/null");
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
		cmocka_unit_test(the_attached_process_is_in_the_cgroup_of_the_container),
		cmocka_unit_test(a_function_of_the_caller_runs_inside),
		cmocka_unit_test(a_caller_that_ignores_its_children_attaches_all_the_same),
		cmocka_unit_test(a_low_limit_of_descriptors_does_not_get_in_the_way),
		cmocka_unit_test(a_dead_caller_leaves_no_process_on_its_way_in),
		cmocka_unit_test(who_does_not_run_is_told),
	};

	if (!is_possible())
		return 77;
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
