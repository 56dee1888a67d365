/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program of an application container, under the small init: its signals, its children, its end.
 */
#include "core/base/vec.h"
#include "life/host.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/signalfd.h>

#include <cmocka.h>

#define PROGRAM "/bin/seven"
#define HOST_PROGRAM "/usr/lib/test/seven"
#define INIT "/usr/sbin/init.lxc"

/* How the program behaves, and what came to it. */
struct program {
	bool stubborn;	 /* takes no notice of SIGTERM */
	bool tells_init; /* sends it SIGUSR2 */
	bool has_child;	 /* that stays when it goes */
	unsigned count[32]; /* of those of old */
};
static struct program program;

static int set_up(void **state)
{
	static struct host host;

	host_init(&host, FAKE_CGROUP_HYBRID);
	program = (struct program){ 0 };
	*state = &host;
	return 0;
}

static int tear_down(void **state)
{
	host_finish(*state);
	return 0;
}

/* --- the program --- */

static int outlive(void *arg)
{
	struct sys *sys = *(struct sys **)arg;

	(void)sys_poll(sys, NULL, 0, 50);
	return 9;
}

/* Counts what it gets, until SIGTERM: then its status is 3. */
static int wait_for_signals(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	const struct sys_clone args = { .exit_signal = SIGCHLD };
	struct signalfd_siginfo info;
	sigset_t all;
	int fd;

	sigfillset(&all);
	(void)sys_sigprocmask(sys, SIG_SETMASK, &all, NULL);
	fd = sys_signalfd(sys, -1, &all, SFD_CLOEXEC);
	if (program.tells_init)
		(void)sys_kill(sys, 1, SIGUSR2);
	if (program.has_child)
		return sys_clone3(sys, &args, outlive, &sys, sizeof(sys)) > 0 ? 3 : 1;
	while (sys_read(sys, fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo < ARRAY_LEN(program.count))
			program.count[info.ssi_signo]++;
		if (info.ssi_signo == SIGTERM && !program.stubborn)
			return 3;
	}
	return 1;
}

static struct lxc_container *container(struct host *host)
{
	fake_program(host->fake, HOST_PROGRAM, wait_for_signals, NULL);
	return host_created(host, "web");
}

static void start(struct host *host, struct lxc_container *c)
{
	char *const words[] = { (char *)PROGRAM, NULL };

	if (!c->start(c, 1, words))
		fail_msg("start: %s", c->error_string);
	fake_settle(host->fake);
	assert_string_equal(c->state(c), "RUNNING");
}

/* --- signals --- */

static void signals_from_outside_reach_the_program(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = container(host);

	start(host, c);
	assert_int_equal(sys_kill(host->sys, c->init_pid(c), SIGUSR1), 0);
	assert_int_equal(sys_kill(host->sys, c->init_pid(c), SIGWINCH), 0);
	/* The supervisor makes SIGTERM of a hang-up itself. */
	assert_int_equal(sys_kill(host->sys, c->init_pid(c), SIGHUP), 0);
	fake_settle(host->fake);
	assert_int_equal(program.count[SIGUSR1], 1);
	assert_int_equal(program.count[SIGWINCH], 1);
	assert_int_equal(program.count[SIGHUP], 0);
	assert_true(c->stop(c));
	api_container_put(c);
}

/* Else whoever may not signal another might have process 1 do it. */
static void signals_from_inside_go_no_further(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = container(host);

	program.tells_init = true;
	start(host, c);
	assert_int_equal(program.count[SIGUSR2], 0);
	assert_string_equal(c->state(c), "RUNNING");
	assert_true(c->stop(c));
	api_container_put(c);
}

/* --- the end --- */

static void a_shutdown_asks_everybody_to_end(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = container(host);
	char *created _cleanup_free_ = host_world(host);

	assert_true(c->set_config_item(c, "lxc.signal.halt", "SIGPWR"));
	start(host, c);
	assert_true(c->shutdown(c, 5));
	assert_int_equal(program.count[SIGTERM], 1);
	assert_string_equal(c->state(c), "STOPPED");
	host_assert_world(host, created, "after the shutdown");
	api_container_put(c);
}

static void who_does_not_listen_is_killed_after_a_while(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = container(host);
	char *created _cleanup_free_ = host_world(host);

	program.stubborn = true;
	assert_true(c->set_config_item(c, "lxc.signal.halt", "SIGPWR"));
	start(host, c);
	assert_true(c->shutdown(c, 60));
	assert_int_equal(program.count[SIGTERM], 1);
	host_assert_world(host, created, "after the shutdown");
	api_container_put(c);
}

/* Everybody would be everybody on the host. */
static void with_the_pid_namespace_of_the_host_only_the_program_ends(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = container(host);
	char *created _cleanup_free_ = host_world(host);

	assert_true(c->set_config_item(c, "lxc.namespace.keep", "pid"));
	assert_true(c->set_config_item(c, "lxc.signal.halt", "SIGPWR"));
	start(host, c);
	assert_true(c->shutdown(c, 5));
	assert_int_equal(program.count[SIGTERM], 0);
	host_assert_world(host, created, "after the shutdown");
	api_container_put(c);
}

static void the_container_lasts_as_long_as_the_last_of_its_processes(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = container(host);
	char *const words[] = { (char *)PROGRAM, NULL };
	struct timespec before, after;
	char *created _cleanup_free_ = host_world(host);

	program.has_child = true;
	assert_true(c->want_daemonize(c, false));
	assert_int_equal(sys_clock_gettime(host->sys, CLOCK_MONOTONIC, &before), 0);
	assert_true(c->start(c, 1, words));
	assert_int_equal(sys_clock_gettime(host->sys, CLOCK_MONOTONIC, &after), 0);
	assert_int_equal(c->error_num, 3 << 8);
	assert_true((after.tv_sec - before.tv_sec) * 1000 +
			    (after.tv_nsec - before.tv_nsec) / 1000000 >=
		    50);
	host_assert_world(host, created, "after the end");
	api_container_put(c);
}

static int die(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	(void)sys_kill(sys, sys_getpid(sys), SIGKILL);
	return 0;
}

static void what_becomes_of_the_program_is_the_status(void **state)
{
	static const struct {
		const char *program;
		int status;
	} cases[] = { { "/bin/seven", 128 + SIGKILL }, { "/bin/none", 127 }, { "/tmp", 126 } };
	struct host *host = *state;
	struct lxc_container *c;

	fake_program(host->fake, HOST_PROGRAM, die, NULL);
	c = host_created(host, "web");
	assert_true(c->want_daemonize(c, false));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *const words[] = { (char *)cases[i].program, NULL };

		assert_true(c->start(c, 1, words));
		if (c->error_num != cases[i].status << 8)
			fail_msg("%s: %d", cases[i].program, c->error_num);
	}
	api_container_put(c);
}

/* --- its own command line --- */

/* Runs it on the host; what it said on its standard error is in text. The status. */
static int run_init(struct host *host, const char *line, char *text, size_t size)
{
	char *copy _cleanup_free_ = str_dup(line), *rest = copy, *argv[16] = { (char *)INIT };
	char *const envp[] = { (char *)"PATH=/usr/lib/test", NULL };
	int pair[2], streams[3] = { 0, 1 }, count = 1;
	const struct sys_spawn spawn = { .exe_fd = -1,
					 .path = INIT,
					 .argv = argv,
					 .envp = envp,
					 .fds = streams,
					 .fd_count = 3 };
	siginfo_t info = { 0 };
	ssize_t len;
	pid_t pid;

	while (count < 15 && (argv[count] = str_next_word(&rest, " ")) && *argv[count])
		count++;
	argv[count] = NULL;
	assert_int_equal(sys_pipe2(host->sys, pair, O_CLOEXEC | O_NONBLOCK), 0);
	streams[2] = pair[1];
	pid = sys_spawn(host->sys, &spawn);
	assert_true(pid > 0);
	assert_int_equal(sys_waitid(host->sys, P_PID, pid, &info, WEXITED), 0);
	assert_int_equal(info.si_code, CLD_EXITED);
	len = sys_read(host->sys, pair[0], text, size - 1);
	text[len < 0 ? 0 : len] = '\0';
	assert_int_equal(sys_close(host->sys, pair[0]) + sys_close(host->sys, pair[1]), 0);
	return info.si_status;
}

static void its_command_line_is_read_as_documented(void **state)
{
	static const struct {
		const char *line;
		int status;
		const char *says; /* NULL: nothing */
	} cases[] = {
		{ "", 1, "the option --name is required" },
		{ "-n web", 1, "no program was given" },
		{ "-n web --", 1, "no program was given" },
		{ "-- true", 1, "the option --name is required" },
		{ "-n", 1, "unknown or incomplete option -n" },
		{ "-n web --bogus true", 1, "unknown or incomplete option --bogus" },
		{ "--quiet=yes -n web true", 1, "unknown or incomplete option --quiet=yes" },
		{ "--help", 0, "usage: init.lxc -n NAME" },
		{ "-?", 1, "usage: init.lxc -n NAME" },
		{ "-n web true", 0, NULL },
		{ "--name=web -q -o /log -l INFO -P /lxc -- true", 0, NULL },
		{ "-n web -- none", 127, "no such program: none" },
		{ "-n web -- /tmp", 126, "cannot execute /tmp" },
	};
	struct host *host = *state;
	char text[512];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int status = run_init(host, cases[i].line, text, sizeof(text));

		if (status != cases[i].status ||
		    (cases[i].says ? strstr(text, cases[i].says) == NULL : *text))
			fail_msg("init.lxc %s: %d %s", cases[i].line, status, text);
	}
}

#define EXECUTE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EXECUTE(signals_from_outside_reach_the_program),
		EXECUTE(signals_from_inside_go_no_further),
		EXECUTE(a_shutdown_asks_everybody_to_end),
		EXECUTE(who_does_not_listen_is_killed_after_a_while),
		EXECUTE(with_the_pid_namespace_of_the_host_only_the_program_ends),
		EXECUTE(the_container_lasts_as_long_as_the_last_of_its_processes),
		EXECUTE(what_becomes_of_the_program_is_the_status),
		EXECUTE(its_command_line_is_read_as_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
