/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Hooks in whole lives: their order, where they run and what they are told; what happens when one
 * fails, and that nothing is left of it.
 */
#include "life/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* As they run. */
static const char *const types[] = { "pre-start", "pre-mount",	"mount", "autodev",
				     "start",	  "start-host", "stop",	 "post-stop" };
#define LAST_OF_START 5

/* What stands for /bin/sh: notes who was run, and fails where it is told to. */
struct shell {
	char names[1024];      /* "pre-start pre-mount ...", each run */
	char last_env[4096];   /* of the last run, a variable a line */
	char last_words[1024]; /* its arguments */
	const char *fails;     /* type, NULL: none */
	bool is_killed;	       /* instead of a status */
	char in_host[1024];    /* those that ran in the host's mount namespace */
	char host_mnt[64];
};
static struct shell shell;

static void add(char *text, size_t size, const char *word, char end)
{
	size_t len = strlen(text);

	(void)snprintf(text + len, size - len, "%s%c", word, end);
}

static void read_namespace(struct sys *sys, char *out, size_t size)
{
	ssize_t len = sys_readlinkat(sys, AT_FDCWD, "/proc/self/ns/mnt", out, size - 1);

	out[len < 0 ? 0 : len] = '\0';
}

/* The script is "hook TYPE", run as: sh -c 'exec hook TYPE "$@"' sh WORDS... */
static int run_shell(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	char type[32] = "", ns[64];

	if (argc < 4 || sscanf(argv[2], "exec hook %31s \"$@\"", type) != 1)
		return 99;
	add(shell.names, sizeof(shell.names), type, ' ');
	shell.last_env[0] = shell.last_words[0] = '\0';
	for (; *envp; envp++)
		add(shell.last_env, sizeof(shell.last_env), *envp, '\n');
	for (int i = 4; i < argc; i++)
		add(shell.last_words, sizeof(shell.last_words), argv[i], ' ');
	read_namespace(sys, ns, sizeof(ns));
	/* Before the container has a /proc of its own, that of the host knows no such process. */
	if (str_eq(ns, shell.host_mnt))
		add(shell.in_host, sizeof(shell.in_host), type, ' ');
	(void)io_write_full(sys, 1, "first word\n\nlast word\n", 22);
	if (!shell.fails || !str_eq(type, shell.fails))
		return 0;
	if (shell.is_killed)
		(void)sys_kill(sys, sys_getpid(sys), SIGKILL);
	return 3;
}

static int set_up(void **state)
{
	static struct host host;

	host_init(&host, FAKE_CGROUP_HYBRID);
	shell = (struct shell){ 0 };
	read_namespace(host.sys, shell.host_mnt, sizeof(shell.host_mnt));
	fake_program(host.fake, "/bin/sh", run_shell, NULL);
	*state = &host;
	return 0;
}

static int tear_down(void **state)
{
	host_finish(*state);
	return 0;
}

/* With a hook of each type. */
static struct lxc_container *container(struct host *host)
{
	struct lxc_container *c = host_created(host, "web");

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		char *key _cleanup_free_ = str_printf("lxc.hook.%s", types[i]);
		char *script _cleanup_free_ = str_printf("hook %s", types[i]);

		assert_true(c->set_config_item(c, key, script));
	}
	fake_program(host->fake, HOST_LXCPATH "/web/rootfs/bin/sh", run_shell, NULL);
	assert_true(c->save_config(c, NULL));
	return c;
}

static void hooks_run_in_their_order_and_place(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = container(host);

	assert_true(c->start(c, 0, NULL));
	assert_string_equal(shell.names, "pre-start pre-mount mount autodev start start-host ");
	assert_true(c->stop(c));
	fake_settle(host->fake);
	assert_string_equal(shell.names, "pre-start pre-mount mount autodev start start-host "
					 "stop post-stop ");
	assert_string_equal(shell.in_host, "pre-start start-host stop post-stop ");
	api_container_put(c);
}

static void each_life_runs_them_again(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = container(host);

	assert_true(c->start(c, 0, NULL));
	shell.names[0] = '\0';
	assert_true(c->reboot2(c, 5));
	assert_string_equal(shell.names, "stop post-stop pre-start pre-mount mount autodev start "
					 "start-host ");
	assert_true(c->stop(c));
	api_container_put(c);
}

static void assert_env(const char *line, bool is_there)
{
	char *with_ends _cleanup_free_ = str_printf("\n%s", line);
	char *all _cleanup_free_ = str_printf("\n%s", shell.last_env);

	if ((strstr(all, with_ends) != NULL) != is_there)
		fail_msg("%s %s:\n%s", line, is_there ? "is missing" : "is there", shell.last_env);
}

/* The last that ran is post-stop: common variables, and none of what it gets no more. */
static void they_are_told_what_the_manual_says(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = container(host);

	assert_true(c->start(c, 0, NULL));
	assert_string_equal(shell.last_words, "web lxc start-host ");
	assert_env("LXC_PID=", true);
	assert_env("LXC_TARGET=", false);
	assert_env("LXC_HOOK_TYPE=", false);
	assert_true(c->stop(c));
	fake_settle(host->fake);
	assert_string_equal(shell.last_words, "web lxc post-stop ");
	assert_env("LXC_NAME=web\n", true);
	assert_env("LXC_CONFIG_FILE=" HOST_LXCPATH "/web/config\n", true);
	assert_env("LXC_ROOTFS_PATH=" HOST_LXCPATH "/web/rootfs\n", true);
	assert_env("LXC_TARGET=stop\n", true);
	assert_env("LXC_HOOK_VERSION=0\n", true);
	assert_env("LXC_NET_NS=", false);
	assert_env("HOME=/root\n", true);
	assert_true(c->set_config_item(c, "lxc.hook.version", "1"));
	assert_true(c->start(c, 0, NULL));
	assert_string_equal(shell.last_words, "");
	assert_env("LXC_HOOK_TYPE=start-host\n", true);
	assert_env("LXC_HOOK_SECTION=lxc\n", true);
	assert_true(c->stop(c));
	api_container_put(c);
}

/* --- failures --- */

/* Those of the end run all the same, and none behind the one that failed. */
static void assert_run_up_to(size_t failed)
{
	char expected[sizeof(shell.names)] = "";

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (i <= failed || i > LAST_OF_START)
			add(expected, sizeof(expected), types[i], ' ');
	assert_string_equal(shell.names, expected);
}

static void a_hook_that_fails_fails_the_start_and_its_words_come_through(void **state)
{
	static const char *const words[] = { "Script exited with status 3: last word",
					     "Script terminated by signal 9: last word" };
	struct host *host = *state;
	struct lxc_container *c = container(host);
	char *created _cleanup_free_ = host_world(host);

	for (size_t i = 0; i < 2 * (LAST_OF_START + 1); i++) {
		shell.fails = types[i / 2];
		shell.is_killed = i % 2;
		shell.names[0] = '\0';
		if (c->start(c, 0, NULL))
			fail_msg("%s: started", shell.fails);
		if (!strstr(c->error_string, words[i % 2]) || !strstr(c->error_string, shell.fails))
			fail_msg("%s: %s", shell.fails, c->error_string);
		fake_settle(host->fake);
		assert_run_up_to(i / 2);
		assert_string_equal(c->state(c), "STOPPED");
		host_assert_world(host, created, shell.fails);
	}
	api_container_put(c);
}

static void a_hook_of_the_end_that_fails_is_only_logged(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = container(host);
	char *created _cleanup_free_ = host_world(host);

	for (size_t i = LAST_OF_START + 1; i < ARRAY_LEN(types); i++) {
		shell.fails = types[i];
		assert_true(c->start(c, 0, NULL));
		assert_true(c->stop(c));
		host_assert_world(host, created, types[i]);
	}
	api_container_put(c);
}

/* Nobody knows what state the host is in. */
static void a_failing_post_stop_makes_a_stop_of_a_reboot(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = container(host);
	char *created _cleanup_free_ = host_world(host);

	assert_true(c->start(c, 0, NULL));
	shell.fails = "post-stop";
	assert_false(c->reboot2(c, 5));
	assert_non_null(strstr(c->error_string, "stopped instead of rebooting"));
	assert_string_equal(c->state(c), "STOPPED");
	host_assert_world(host, created, "after the reboot that was a stop");
	api_container_put(c);
}

#define HOOKS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOOKS(hooks_run_in_their_order_and_place),
		HOOKS(each_life_runs_them_again),
		HOOKS(they_are_told_what_the_manual_says),
		HOOKS(a_hook_that_fails_fails_the_start_and_its_words_come_through),
		HOOKS(a_hook_of_the_end_that_fails_is_only_logged),
		HOOKS(a_failing_post_stop_makes_a_stop_of_a_reboot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
