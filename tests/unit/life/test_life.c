/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole life of a container on the model kernel, through the public API's functions, as a plain user. */
#include "life/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/signalfd.h>

#include <cmocka.h>

static int set_up(void **state)
{
	static struct host host;

	host_init(&host, FAKE_CGROUP_HYBRID);
	*state = &host;
	return 0;
}

static int set_up_unified(void **state)
{
	static struct host host;

	host_init(&host, FAKE_CGROUP_UNIFIED);
	*state = &host;
	return 0;
}

static int tear_down(void **state)
{
	host_finish(*state);
	return 0;
}

static void a_container_is_created_started_stopped_and_destroyed_without_a_trace(void **state)
{
	struct host *host = *state;
	char *before _cleanup_free_ = NULL, *created _cleanup_free_ = NULL;
	struct lxc_container *c;

	/* Lock files stay by contract: made here, so that both worlds have them. */
	api_container_put(host_container(host, "web"));
	before = host_world(host);
	c = host_created(host, "web");
	assert_true(c->is_defined(c));
	created = host_world(host);
	assert_true(c->start(c, 0, NULL));
	assert_string_equal(c->state(c), "RUNNING");
	assert_true(c->init_pid(c) > 0);
	assert_true(c->stop(c));
	assert_string_equal(c->state(c), "STOPPED");
	host_assert_world(host, created, "after stop");
	assert_true(c->destroy(c));
	assert_false(c->is_defined(c));
	api_container_put(c);
	host_assert_world(host, before, "after destroy");
}

static void a_second_start_is_refused_and_the_first_goes_on(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_running(host, "web");
	struct lxc_container *other = host_container(host, "web");

	assert_false(other->start(other, 0, NULL));
	assert_int_equal(other->error_num, 1);
	assert_non_null(strstr(other->error_string, "already running"));
	assert_string_equal(c->state(c), "RUNNING");
	assert_true(c->stop(c));
	api_container_put(other);
	api_container_put(c);
}

static void a_clean_shutdown_ends_the_container(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_running(host, "web");

	assert_true(c->shutdown(c, 5));
	assert_string_equal(c->state(c), "STOPPED");
	api_container_put(c);
}

#define HALT_OF_SYSTEMD 37 /* SIGRTMIN + 3 */

/* As systemd: blocks that signal, and halts when it comes. data: what came. */
static int systemd(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	struct signalfd_siginfo info;
	sigset_t mask;
	int fd;

	sigemptyset(&mask);
	sigaddset(&mask, HALT_OF_SYSTEMD);
	sigaddset(&mask, SIGPWR);
	(void)sys_sigprocmask(sys, SIG_BLOCK, &mask, NULL);
	fd = sys_signalfd(sys, -1, &mask, SFD_CLOEXEC);
	if (sys_read(sys, fd, &info, sizeof(info)) == sizeof(info))
		*(int *)data = (int)info.ssi_signo;
	return 0;
}

static void an_init_that_waits_for_systemds_halt_gets_it(void **state)
{
	struct host *host = *state;
	struct lxc_container *c;
	int came = 0;

	fake_program(host->fake, "/usr/lib/test/init", systemd, &came);
	c = host_created(host, "web");
	assert_true(c->set_config_item(c, "lxc.signal.halt", ""));
	assert_true(c->start(c, 0, NULL));
	fake_settle(host->fake);
	assert_true(c->shutdown(c, 5));
	assert_int_equal(came, HALT_OF_SYSTEMD);
	api_container_put(c);
}

static void a_reboot_gives_a_new_init(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_running(host, "web");
	pid_t first = c->init_pid(c);

	assert_true(c->reboot2(c, 5));
	assert_string_equal(c->state(c), "RUNNING");
	assert_true(c->init_pid(c) > 0);
	assert_int_not_equal(c->init_pid(c), first);
	assert_true(c->stop(c));
	api_container_put(c);
}

static void a_reboot_that_fails_says_which_step_and_who_asked_for_it(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_created(host, "web");

	fake_dir(host->fake, "/srv", 0755);
	assert_true(c->set_config_item(c, "lxc.mount.entry", "/srv tmp none bind 0 0"));
	assert_true(c->start(c, 0, NULL));
	assert_int_equal(sys_unlinkat(host->sys, AT_FDCWD, "/srv", AT_REMOVEDIR), 0);
	assert_false(c->reboot2(c, 5));
	assert_non_null(strstr(c->error_string, "stopped instead of rebooting"));
	assert_non_null(strstr(c->error_string, "/srv does not exist"));
	assert_non_null(strstr(c->error_string, "lxc.mount.entry = /srv tmp"));
	assert_string_equal(c->state(c), "STOPPED");
	api_container_put(c);
}

static void a_missing_init_is_named_to_the_caller_of_a_daemonized_start(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_created(host, "web");
	char *created _cleanup_free_ = host_world(host);

	assert_true(c->set_config_item(c, "lxc.init.cmd", "/sbin/nothing"));
	assert_false(c->start(c, 0, NULL));
	assert_int_equal(c->error_num, 1);
	assert_non_null(strstr(c->error_string, "/sbin/nothing"));
	assert_non_null(strstr(c->error_string, "ENOENT"));
	host_assert_world(host, created, "after the failed start");
	api_container_put(c);
}

static void a_foreground_start_returns_inits_status(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_created(host, "web");
	char *const argv[] = { (char *)"/bin/seven", NULL };

	assert_true(c->want_daemonize(c, false));
	assert_true(c->start(c, 0, argv));
	assert_int_equal(c->error_num, 7 << 8);
	assert_string_equal(c->state(c), "STOPPED");
	api_container_put(c);
}

static void a_program_runs_under_the_small_init_and_its_status_comes_back(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_created(host, "web");
	char *const argv[] = { (char *)"/bin/seven", NULL };

	assert_true(c->want_daemonize(c, false));
	assert_true(c->start(c, 1, argv));
	assert_int_equal(c->error_num, 7 << 8);
	api_container_put(c);
}

static void a_program_is_attached_and_its_status_comes_back(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_running(host, "web");
	const char *const seven[] = { "/bin/seven", NULL };
	const char *const none[] = { "/bin/none", NULL };

	assert_int_equal(c->attach_run_wait(c, NULL, "/bin/seven", seven), 7 << 8);
	assert_int_equal(c->attach_run_wait(c, NULL, "/bin/none", none), 127 << 8);
	assert_true(c->stop(c));
	assert_true(c->attach_run_wait(c, NULL, "/bin/seven", seven) < 0);
	api_container_put(c);
}

static void a_killed_supervisor_takes_the_container_with_it_and_the_next_start_works(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_created(host, "web");
	char *created _cleanup_free_ = host_world(host);

	assert_true(c->start(c, 0, NULL));
	assert_int_equal(fake_kill_by_name(host->fake, "lxc-supervisor"), 1);
	fake_settle(host->fake);
	assert_string_equal(c->state(c), "STOPPED");
	assert_true(c->start(c, 0, NULL));
	assert_string_equal(c->state(c), "RUNNING");
	assert_true(c->stop(c));
	/* The cgroups that the dead supervisor left are gone, too. */
	host_assert_world(host, created, "after the second stop");
	api_container_put(c);
}

/* Asks the supervisor, which waits for its hook, for the container's end, and ends before that comes. */
static int stopper(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	struct lxc_container *c = api_container_new_on(sys, envp, "web", HOST_LXCPATH);
	bool *stopped = data;

	(void)argc;
	(void)argv;
	*stopped = c && c->stop(c);
	api_container_put(c);
	return 0;
}

static int stopping_hook(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	char *const words[] = { (char *)"stopper", NULL };
	const int streams[] = { 0, 1, 2 };
	const struct sys_spawn spawn = { .exe_fd = -1, .path = "/usr/lib/test/stopper", .argv = words, .envp = envp,
					 .fds = streams, .fd_count = 3 };

	(void)argc;
	(void)argv;
	(void)data;
	if (sys_spawn(sys, &spawn) < 0)
		return 1;
	return sys_poll(sys, NULL, 0, 100) < 0;
}

static void a_stop_before_there_is_an_init_lets_none_begin(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_created(host, "web");
	bool stopped = false;
	char *created _cleanup_free_ = NULL;

	fake_program(host->fake, "/usr/lib/test/stopper", stopper, &stopped);
	fake_program(host->fake, "/bin/sh", stopping_hook, NULL);
	created = host_world(host);
	assert_true(c->set_config_item(c, "lxc.hook.pre-start", "any script"));
	assert_false(c->start(c, 0, NULL));
	assert_non_null(strstr(c->error_string, "was stopped before"));
	fake_settle(host->fake);
	assert_true(stopped);
	assert_string_equal(c->state(c), "STOPPED");
	host_assert_world(host, created, "after the stop");
	api_container_put(c);
}

static void a_pin_that_a_killed_supervisor_left_is_taken_over_and_no_other_file(void **state)
{
	static const struct {
		mode_t mode;
		const char *text;
		bool stays;
	} files[] = { { 0600, "", false }, { 0644, "", true }, { 0600, "x", true } };
	struct host *host = *state;
	struct lxc_container *c = host_created(host, "web");

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		fake_file(host->fake, HOST_LXCPATH "/web/rootfs/lxc.hold", files[i].text, files[i].mode);
		assert_true(c->start(c, 0, NULL));
		assert_true(c->stop(c));
		assert_int_equal(fake_exists(host->fake, HOST_LXCPATH "/web/rootfs/lxc.hold"), files[i].stays);
	}
	api_container_put(c);
}

#define LIFE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define LIFE_UNIFIED(test) cmocka_unit_test_setup_teardown(test, set_up_unified, tear_down)

static void a_pid_file_that_somebody_else_wrote_since_is_not_removed(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_created(host, "web");
	char *text _cleanup_free_ = NULL, *path _cleanup_free_ = str_dup("/tmp/web.pid");

	/* The string stays ours. */
	c->pidfile = path;
	assert_true(c->start(c, 0, NULL));
	fake_file(host->fake, "/tmp/web.pid", "1\n", 0600);
	assert_true(c->stop(c));
	fake_settle(host->fake);
	text = fake_text(host->fake, "/tmp/web.pid");
	assert_non_null(text);
	assert_string_equal(text, "1\n");
	api_container_put(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIFE(a_container_is_created_started_stopped_and_destroyed_without_a_trace),
		LIFE_UNIFIED(a_container_is_created_started_stopped_and_destroyed_without_a_trace),
		LIFE(a_second_start_is_refused_and_the_first_goes_on),
		LIFE(a_clean_shutdown_ends_the_container),
		LIFE(an_init_that_waits_for_systemds_halt_gets_it),
		LIFE(a_reboot_gives_a_new_init),
		LIFE(a_reboot_that_fails_says_which_step_and_who_asked_for_it),
		LIFE(a_missing_init_is_named_to_the_caller_of_a_daemonized_start),
		LIFE(a_foreground_start_returns_inits_status),
		LIFE(a_pid_file_that_somebody_else_wrote_since_is_not_removed),
		LIFE(a_program_runs_under_the_small_init_and_its_status_comes_back),
		LIFE(a_program_is_attached_and_its_status_comes_back),
		LIFE(a_stop_before_there_is_an_init_lets_none_begin),
		LIFE(a_pin_that_a_killed_supervisor_left_is_taken_over_and_no_other_file),
		LIFE(a_killed_supervisor_takes_the_container_with_it_and_the_next_start_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
