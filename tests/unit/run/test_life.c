/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lives of a container on the model kernel, from the caller's start to the end of the supervisor.
 */
#include "life_world.h"

#define RUNNING_MASK (1U << IPC_RUNNING)
#define STOPPED_MASK (1U << IPC_STOPPED)

static int state_of(struct world *world)
{
	return ipc_get_state(world->sys, LXCPATH, NAME);
}

static int wait_stopped(struct world *world)
{
	return ipc_wait(world->sys, LXCPATH, NAME, STOPPED_MASK, false, 60000, NULL, NULL);
}

/* A signal to the first process, from outside. */
static int signal_init(struct world *world, int signo)
{
	return sys_kill(world->sys, ipc_get_init_pid(world->sys, LXCPATH, NAME), signo);
}

static void a_daemonized_start_returns_when_the_program_runs(void **state)
{
	struct world *world = *state;

	start_running(world);
	assert_int_equal(state_of(world), IPC_RUNNING);
	assert_true(ipc_get_init_pid(world->sys, LXCPATH, NAME) > 1);
	assert_int_equal(ipc_stop(world->sys, LXCPATH, NAME, 60000), 0);
	assert_int_equal(state_of(world), IPC_STOPPED);
	assert_as_before(world);
}

static void the_daemon_is_nobodys_child(void **state)
{
	struct world *world = *state;
	siginfo_t info = { 0 };

	start_running(world);
	assert_int_equal(sys_waitid(world->sys, P_ALL, 0, &info, WEXITED | WNOHANG), -ECHILD);
	assert_int_equal(ipc_stop(world->sys, LXCPATH, NAME, 60000), 0);
}

static void a_missing_program_is_told_in_words(void **state)
{
	struct world *world = *state;
	struct start_result result = { 0 };
	struct err err = { 0 };

	world->init = "/nosuch";
	assert_int_equal(start_world(world, &result, &err, NULL), -ENOENT);
	assert_false(result.running);
	assert_string_equal(err.what, "execute /nosuch failed: No such file or directory (ENOENT)");
	assert_int_equal(err.line, 7);
	assert_int_equal(state_of(world), IPC_STOPPED);
	assert_as_before(world);
}

static void a_second_start_finds_the_name_taken(void **state)
{
	struct world *world = *state;
	struct start_result result = { 0 };
	struct err err = { 0 };

	start_running(world);
	assert_int_equal(start_world(world, &result, &err, NULL), -EADDRINUSE);
	assert_int_equal(state_of(world), IPC_RUNNING);
	assert_int_equal(ipc_stop(world->sys, LXCPATH, NAME, 60000), 0);
	start_running(world);
	assert_int_equal(ipc_stop(world->sys, LXCPATH, NAME, 60000), 0);
	assert_as_before(world);
}

static void a_program_that_ends_stops_the_container(void **state)
{
	struct world *world = *state;

	start_running(world);
	assert_int_equal(signal_init(world, SIGTERM), 0);
	assert_int_equal(wait_stopped(world), IPC_STOPPED);
	assert_as_before(world);
}

static int send_reboot(void *data)
{
	return signal_init(data, SIGINT);
}

static void a_reboot_is_a_new_life_under_the_same_supervisor(void **state)
{
	struct world *world = *state;
	int first, ret;

	start_running(world);
	first = ipc_get_init_pid(world->sys, LXCPATH, NAME);
	ret = ipc_wait(world->sys, LXCPATH, NAME, RUNNING_MASK, true, 60000, send_reboot, world);
	assert_int_equal(ret, IPC_RUNNING);
	assert_int_equal(state_of(world), IPC_RUNNING);
	assert_int_not_equal(ipc_get_init_pid(world->sys, LXCPATH, NAME), first);
	assert_int_equal(ipc_stop(world->sys, LXCPATH, NAME, 60000), 0);
	assert_as_before(world);
}

static void a_reboot_that_cannot_be_planned_is_a_stop(void **state)
{
	struct world *world = *state;
	int ret;

	start_running(world);
	world->init = "unplannable";
	ret = ipc_wait(world->sys, LXCPATH, NAME, RUNNING_MASK, true, 60000, send_reboot, world);
	assert_int_equal(ret, -ECONNRESET);
	assert_int_equal(state_of(world), IPC_STOPPED);
	assert_as_before(world);
}

static void the_body_is_planned_after_the_prologue(void **state)
{
	struct world *world = *state;

	world->flags = PLAN_DAEMON | PLAN_HAS_PRE_START | PLAN_NO_BODY;
	start_running(world);
	assert_int_equal(ipc_stop(world->sys, LXCPATH, NAME, 60000), 0);
	assert_as_before(world);
}

static void the_planners_error_reaches_the_caller(void **state)
{
	struct world *world = *state;
	struct start_result result = { 0 };
	struct err err = { 0 };

	world->flags = PLAN_DAEMON | PLAN_HAS_PRE_START | PLAN_NO_BODY;
	world->init = "unplannable";
	assert_int_equal(start_world(world, &result, &err, NULL), -EINVAL);
	assert_string_equal(err.what, "the planner does not like it");
	assert_as_before(world);
}

static void a_killed_supervisor_takes_its_container_along(void **state)
{
	struct world *world = *state;

	start_running(world);
	assert_int_equal(fake_kill_by_name(world->fake, "lxc-supervisor"), 1);
	assert_int_equal(wait_stopped(world), IPC_STOPPED);
	assert_as_before(world);
	start_running(world);
	assert_int_equal(ipc_stop(world->sys, LXCPATH, NAME, 60000), 0);
}

static void the_pid_file_lives_as_long_as_the_supervisor(void **state)
{
	struct world *world = *state;
	struct start_result result = { 0 };
	char *text;

	assert_int_equal(start_world(world, &result, NULL, "/run/web.pid"), 0);
	text = fake_text(world->fake, "/run/web.pid");
	assert_non_null(text);
	assert_true(atoi(text) > 1);
	assert_true(str_ends(text, "\n"));
	free(text);
	assert_int_equal(ipc_stop(world->sys, LXCPATH, NAME, 60000), 0);
	fake_settle(world->fake);
	assert_false(fake_exists(world->fake, "/run/web.pid"));
	assert_as_before(world);
}

static void a_pid_file_of_another_start_is_left_alone(void **state)
{
	struct world *world = *state;
	struct start_result result = { 0 };

	assert_int_equal(start_world(world, &result, NULL, "/run/web.pid"), 0);
	assert_int_equal(sys_unlinkat(world->sys, AT_FDCWD, "/run/web.pid", 0), 0);
	fake_file(world->fake, "/run/web.pid", "1\n", 0600);
	assert_int_equal(ipc_stop(world->sys, LXCPATH, NAME, 60000), 0);
	fake_settle(world->fake);
	assert_true(fake_exists(world->fake, "/run/web.pid"));
}

static void a_pid_file_must_be_a_regular_file(void **state)
{
	struct world *world = *state;
	static const char *const paths[] = { "/dev/zero", "/run/link", "/run" };

	fake_file(world->fake, "/run/target", "precious", 0600);
	fake_symlink(world->fake, "/run/link", "target");
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct start_result result = { 0 };
		struct err err = { 0 };
		char *text;

		assert_int_equal(start_world(world, &result, &err, paths[i]), -EINVAL);
		assert_non_null(strstr(err.what, paths[i]));
		assert_non_null(strstr(err.what, "is not a regular file"));
		assert_true(fake_exists(world->fake, paths[i]));
		text = fake_text(world->fake, "/run/target");
		assert_string_equal(text, "precious");
		free(text);
	}
}

static void a_start_that_cannot_begin_leaves_an_old_pid_file_as_it_is(void **state)
{
	struct world *world = *state;
	struct start_result result = { 0 };
	struct fd supervisor = world->supervisor;
	char *text;

	fake_file(world->fake, "/run/old.pid", "12345\n", 0600);
	fake_file(world->fake, "/usr/lib/lxc/nothing", "no program", 0644);
	world->supervisor = open_program(world, "/usr/lib/lxc/nothing");
	assert_true(start_world(world, &result, NULL, "/run/old.pid") < 0);
	assert_true(start_world(world, &result, NULL, "/run/new.pid") < 0);
	fd_finish(&world->supervisor);
	world->supervisor = supervisor;
	text = fake_text(world->fake, "/run/old.pid");
	assert_string_equal(text, "12345\n");
	free(text);
	assert_false(fake_exists(world->fake, "/run/new.pid"));
	assert_int_equal(start_world(world, &result, NULL, "/run/old.pid"), 0);
	text = fake_text(world->fake, "/run/old.pid");
	assert_string_not_equal(text, "12345\n");
	free(text);
	assert_int_equal(ipc_stop(world->sys, LXCPATH, NAME, 60000), 0);
	fake_settle(world->fake);
	assert_false(fake_exists(world->fake, "/run/old.pid"));
}

/* --- foreground: a task of its own calls start --- */

struct caller {
	struct world *world;
	int report_fd;
};
struct outcome {
	int ret;
	struct start_result result;
};

static int foreground_caller(void *data)
{
	const struct caller *caller = data;
	struct outcome outcome = { 0 };

	outcome.ret = start_world(caller->world, &outcome.result, NULL, NULL);
	(void)write_all(caller->world->sys, caller->report_fd, &outcome, sizeof(outcome));
	return 0;
}

/* Returns its pid when the container runs; *out is where the outcome will come. */
static pid_t start_foreground(struct world *world, struct fd *out)
{
	struct caller caller = { .world = world };
	struct sys_clone args = { .exit_signal = SIGCHLD };
	int pipe_fds[2];
	pid_t pid;

	world->flags = 0;
	assert_int_equal(sys_pipe2(world->sys, pipe_fds, O_CLOEXEC), 0);
	caller.report_fd = pipe_fds[1];
	pid = sys_clone3(world->sys, &args, foreground_caller, &caller, sizeof(caller));
	assert_true(pid > 0);
	(void)sys_close(world->sys, pipe_fds[1]);
	*out = fd_of(world->sys, pipe_fds[0]);
	assert_int_equal(
		ipc_wait(world->sys, LXCPATH, NAME, RUNNING_MASK, false, 60000, NULL, NULL),
		IPC_RUNNING);
	return pid;
}

static struct outcome outcome_of(struct world *world, pid_t pid, struct fd *fd)
{
	struct outcome outcome = { .ret = -1 };
	siginfo_t info = { 0 };

	assert_int_equal(io_read_full(world->sys, fd->n, &outcome, sizeof(outcome)), 0);
	assert_int_equal(sys_waitid(world->sys, P_PID, pid, &info, WEXITED), 0);
	fd_finish(fd);
	/* What the task shares with us in the model, a real one would have as a copy. */
	return outcome;
}

static void a_foreground_start_returns_with_inits_status(void **state)
{
	struct world *world = *state;
	struct fd fd;
	pid_t pid = start_foreground(world, &fd);
	struct outcome outcome;

	assert_int_equal(signal_init(world, SIGKILL), 0);
	outcome = outcome_of(world, pid, &fd);
	assert_int_equal(outcome.ret, 0);
	assert_true(outcome.result.running && outcome.result.has_status);
	assert_int_equal(outcome.result.wait_status, SIGKILL);
	assert_as_before(world);
}

static void signals_of_the_caller_reach_init(void **state)
{
	struct world *world = *state;
	static const int signals[] = { SIGTERM, SIGHUP, SIGPWR };

	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		struct fd fd;
		pid_t pid = start_foreground(world, &fd);
		struct outcome outcome;

		assert_int_equal(sys_kill(world->sys, pid, signals[i]), 0);
		outcome = outcome_of(world, pid, &fd);
		assert_int_equal(outcome.ret, 0);
		assert_int_equal(outcome.result.wait_status, 0);
	}
	assert_as_before(world);
}

static void a_caller_that_is_killed_ends_its_foreground_container(void **state)
{
	struct world *world = *state;
	siginfo_t info = { 0 };
	struct fd fd;
	pid_t pid = start_foreground(world, &fd);

	assert_int_equal(sys_kill(world->sys, pid, SIGKILL), 0);
	assert_int_equal(sys_waitid(world->sys, P_PID, pid, &info, WEXITED), 0);
	assert_int_equal(wait_stopped(world), IPC_STOPPED);
	fd_finish(&fd);
	assert_as_before(world);
}

/* Listens to nothing but what cannot be ignored, as a first process without handlers. */
static int deaf_main(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	const struct timespec hour = { .tv_sec = 3600 };
	sigset_t all;

	sigfillset(&all);
	(void)sys_sigprocmask(sys, SIG_SETMASK, &all, NULL);
	for (;;)
		(void)sys_clock_nanosleep(sys, CLOCK_MONOTONIC, 0, &hour, NULL);
	return 0;
}

static void a_deaf_container_is_killed_ten_seconds_after_its_caller(void **state)
{
	struct world *world = *state;
	struct timespec then, now;
	siginfo_t info = { 0 };
	struct fd fd;
	pid_t pid;

	fake_program(world->fake, "/sbin/deaf", deaf_main, NULL);
	world->init = "/sbin/deaf";
	pid = start_foreground(world, &fd);
	assert_int_equal(sys_clock_gettime(world->sys, CLOCK_MONOTONIC, &then), 0);
	assert_int_equal(sys_kill(world->sys, pid, SIGKILL), 0);
	assert_int_equal(sys_waitid(world->sys, P_PID, pid, &info, WEXITED), 0);
	assert_int_equal(wait_stopped(world), IPC_STOPPED);
	assert_int_equal(sys_clock_gettime(world->sys, CLOCK_MONOTONIC, &now), 0);
	assert_int_equal(now.tv_sec - then.tv_sec, 10);
	fd_finish(&fd);
}

static void a_container_without_its_caller_does_not_reboot(void **state)
{
	struct world *world = *state;
	siginfo_t info = { 0 };
	struct fd fd;
	pid_t pid;

	world->signal_halt = SIGINT; /* the model's init reboots on it */
	pid = start_foreground(world, &fd);
	assert_int_equal(sys_kill(world->sys, pid, SIGKILL), 0);
	assert_int_equal(sys_waitid(world->sys, P_PID, pid, &info, WEXITED), 0);
	assert_int_equal(wait_stopped(world), IPC_STOPPED);
	fake_settle(world->fake);
	assert_int_equal(state_of(world), IPC_STOPPED);
	fd_finish(&fd);
	assert_as_before(world);
}

/* As the container's root, over the network namespace that it shares with the host. */
static int ask_from_inside(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	return -ipc_get_state(sys, LXCPATH, NAME);
}

static void root_inside_the_container_is_refused(void **state)
{
	struct world *world = *state;
	struct start_result result = { 0 };
	struct err err = { 0 };

	fake_program(world->fake, "/sbin/asker", ask_from_inside, NULL);
	world->flags = 0;
	world->init = "/sbin/asker";
	assert_int_equal(start_world(world, &result, &err, NULL), 0);
	assert_true(result.has_status);
	assert_int_equal(result.wait_status, EACCES << 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIFE_TEST(a_daemonized_start_returns_when_the_program_runs),
		LIFE_TEST(the_daemon_is_nobodys_child),
		LIFE_TEST(a_missing_program_is_told_in_words),
		LIFE_TEST(a_second_start_finds_the_name_taken),
		LIFE_TEST(a_program_that_ends_stops_the_container),
		LIFE_TEST(a_reboot_is_a_new_life_under_the_same_supervisor),
		LIFE_TEST(a_reboot_that_cannot_be_planned_is_a_stop),
		LIFE_TEST(the_body_is_planned_after_the_prologue),
		LIFE_TEST(the_planners_error_reaches_the_caller),
		LIFE_TEST(a_killed_supervisor_takes_its_container_along),
		LIFE_TEST(the_pid_file_lives_as_long_as_the_supervisor),
		LIFE_TEST(a_pid_file_of_another_start_is_left_alone),
		LIFE_TEST(a_pid_file_must_be_a_regular_file),
		LIFE_TEST(a_start_that_cannot_begin_leaves_an_old_pid_file_as_it_is),
		LIFE_TEST(a_foreground_start_returns_with_inits_status),
		LIFE_TEST(signals_of_the_caller_reach_init),
		LIFE_TEST(root_inside_the_container_is_refused),
		LIFE_TEST(a_caller_that_is_killed_ends_its_foreground_container),
		LIFE_TEST(a_deaf_container_is_killed_ten_seconds_after_its_caller),
		LIFE_TEST(a_container_without_its_caller_does_not_reboot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
