/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calls that a user makes, on each kind of host: what a program inside sees, what one outside
 * sees, what is left. */
#include "life/host.h"
#include "life/inside.h"
#include "life/worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define PATH_INIT "/usr/lib/test/init"
#define PATH_TRUE "/usr/lib/test/true"

struct stage {
	struct host host;
	struct inside init, attached;
	const struct world *world;
};

/* A caller that leaves nothing as a container should have it. */
static void make_a_mess(struct sys *sys)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR2);
	sys_sigprocmask(sys, SIG_BLOCK, &blocked, NULL);
	sys_sigaction(sys, SIGQUIT, &ignore, NULL);
	assert_true(sys_dup3(sys, 0, 20, 0) >= 0);
	assert_int_equal(sys_openat(sys, AT_FDCWD, "/etc", O_RDONLY | O_DIRECTORY, 0), 3);
	assert_int_equal(sys_umask(sys, 027), 022);
}

static void clean_up(struct sys *sys)
{
	assert_int_equal(sys_umask(sys, 022), 027);
	assert_int_equal(sys_close(sys, 20), 0);
	assert_int_equal(sys_close(sys, 3), 0);
}

static int set_up(void **state)
{
	static struct stage stage;
	struct host *host = &stage.host;

	stage.world = *state;
	host_init_options(host, &stage.world->options);
	inside_init(&stage.init, host->sys);
	inside_init(&stage.attached, host->sys);
	stage.init.is_init = true;
	fake_program(host->fake, PATH_INIT, inside_main, &stage.init);
	fake_program(host->fake, PATH_TRUE, inside_main, &stage.attached);
	*state = &stage;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *stage = *state;

	inside_finish(&stage->init);
	inside_finish(&stage->attached);
	host_finish(&stage->host);
	return 0;
}

static void assert_seen(const struct stage *stage, const struct inside *inside, enum viewer viewer)
{
	_cleanup_str_ struct str expected = { 0 };
	char *difference;

	world_expect(stage->world, viewer, &expected);
	difference = host_difference(str_text(&expected), str_text(&inside->report));
	if (difference)
		fail_msg("%s sees: %s", viewer == INIT ? "init" : "what is attached", difference);
}

/* --- what is asked of a running container --- */

static void assert_item(struct lxc_container *c, const char *key, const char *value)
{
	char *now _cleanup_free_ = c->get_running_config_item(c, key);

	if (!now || !str_eq(now, value))
		fail_msg("%s is %s, not %s", key, now ? now : "unset", value);
}

/* Each hierarchy's line in /proc/PID/cgroup, as the host sees it. */
static void assert_cgroups(struct stage *stage, pid_t init)
{
	_cleanup_str_ struct str text = { 0 };
	char path[64], *rest, *line;
	unsigned count = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", init);
	assert_int_equal(io_read_all(stage->host.sys, AT_FDCWD, path, &text), 0);
	rest = text.s;
	while (rest && (line = str_next_word(&rest, "\n"))) {
		count += *line != '\0';
		if (*line && !str_ends(line, ":/lxc/web"))
			fail_msg("init is in %s", line);
	}
	assert_int_equal(count,
			 (stage->world->bit & ON_V1 ? 7 : 0) + (stage->world->bit & ON_V2 ? 1 : 0));
}

/* Descriptor by descriptor: the process behind it is the one that the number names. */
static void assert_pidfd(struct stage *stage, struct lxc_container *c)
{
	int fd = c->init_pidfd(c);
	bool has_pidfds = stage->world->bit != OLD;

	if (!has_pidfds) {
		assert_true(fd < 0);
		return;
	}
	assert_true(fd >= 0);
	assert_int_equal(sys_pidfd_send_signal(stage->host.sys, fd, 0, 0), 0);
	assert_int_equal(sys_close(stage->host.sys, fd), 0);
}

static void assert_listed(struct stage *stage)
{
	char *const envp[] = { NULL };
	char **names = NULL;

	assert_int_equal(api_list_active(stage->host.sys, envp, HOST_LXCPATH, &names, NULL), 1);
	assert_string_equal(names[0], "web");
	free(names[0]);
	free(names);
}

static void assert_refused(struct lxc_container *c, const char *what, bool done)
{
	if (done || !c->error_string || !strstr(c->error_string, "not supported yet"))
		fail_msg("%s: %s, %s", what, done ? "done" : "refused",
			 c->error_string ? c->error_string : "without a word");
}

#define REFUSED(call) assert_refused(c, #call, call)

/* What is not built yet says so, and the container goes on. */
static void assert_refusals(struct lxc_container *c)
{
	char text[16];
	int tty = -1, fd = -1;

	REFUSED(c->get_ips(c, NULL, NULL, 0) != NULL);
	REFUSED(c->get_interfaces(c) != NULL);
	REFUSED(c->get_cgroup_item(c, "memory.max", text, sizeof(text)) >= 0);
	REFUSED(c->set_cgroup_item(c, "memory.max", "1G"));
	REFUSED(c->console_getfd(c, &tty, &fd) >= 0);
	REFUSED(c->snapshot(c, NULL) >= 0);
	REFUSED(c->add_device_node(c, "/dev/null", NULL));
	REFUSED(c->rename(c, "other"));
	assert_string_equal(c->state(c), "RUNNING");
}

/* Where the host has a freezer. */
static void assert_freezing(struct stage *stage, struct lxc_container *c)
{
	if (!(stage->world->bit & (ON_V1 | ON_V2))) {
		assert_false(c->freeze(c));
		assert_non_null(strstr(c->error_string, "no cgroup with a freezer"));
		return;
	}
	assert_true(c->freeze(c));
	assert_string_equal(c->state(c), "FROZEN");
	assert_true(c->unfreeze(c));
	assert_string_equal(c->state(c), "RUNNING");
}

static void assert_running(struct stage *stage, struct lxc_container *c)
{
	struct lxc_container *other = host_container(&stage->host, "web");

	assert_string_equal(c->state(c), "RUNNING");
	assert_true(c->is_running(c) && other->is_running(other));
	assert_true(c->wait(c, "RUNNING", 0));
	assert_true(c->init_pid(c) > 0);
	assert_int_equal(c->init_pid(c), other->init_pid(other));
	assert_item(c, "lxc.uts.name", "web");
	assert_item(c, "lxc.rootfs.path", HOST_LXCPATH "/web/rootfs");
	assert_item(c, "lxc.cap.drop", "sys_module\nmac_admin\nmac_override\nsys_time\n");
	assert_item(c, "lxc.pty.max", "8");
	assert_null(c->get_running_config_item(c, "lxc.init.cwd"));
	assert_cgroups(stage, c->init_pid(c));
	assert_pidfd(stage, c);
	assert_listed(stage);
	assert_refusals(other);
	assert_freezing(stage, other);
	api_container_put(other);
}

/* --- the lives --- */

static void attach(struct stage *stage, struct lxc_container *c)
{
	const char *const words[] = { "/bin/true", "word", NULL };

	assert_int_equal(c->attach_run_wait(c, NULL, "/bin/true", words), 0);
	assert_seen(stage, &stage->attached, ATTACHED);
}

static char *host_mounts(struct stage *stage)
{
	_cleanup_str_ struct str text = { 0 };

	assert_int_equal(io_read_all(stage->host.sys, AT_FDCWD, "/proc/self/mountinfo", &text), 0);
	return str_steal(&text);
}

/* Started in the background, looked at, entered, rebooted, looked at again. */
static void live(struct stage *stage, struct lxc_container *c)
{
	char *mounts _cleanup_free_ = host_mounts(stage), *now _cleanup_free_ = NULL;
	struct utsname uts;
	pid_t first;

	assert_true(c->start(c, 0, NULL));
	fake_settle(stage->host.fake);
	assert_seen(stage, &stage->init, INIT);
	assert_running(stage, c);
	attach(stage, c);
	first = c->init_pid(c);
	if (!c->reboot2(c, 5))
		fail_msg("reboot: %s", c->error_string ? c->error_string : "without a word");
	fake_settle(stage->host.fake);
	assert_int_equal(stage->init.looks, 2);
	assert_int_not_equal(c->init_pid(c), first);
	assert_seen(stage, &stage->init, INIT);
	assert_running(stage, c);
	attach(stage, c);
	now = host_mounts(stage);
	assert_string_equal(now, mounts);
	assert_int_equal(sys_uname(stage->host.sys, &uts), 0);
	assert_string_not_equal(uts.nodename, "web");
}

static void a_container_is_the_same_on_this_host(void **state)
{
	struct stage *stage = *state;
	struct host *host = &stage->host;
	char *before _cleanup_free_ = NULL, *created _cleanup_free_ = NULL;
	struct lxc_container *c;

	/* Lock files stay by contract: made here, so that both worlds have them. */
	api_container_put(host_container(host, "web"));
	before = host_world(host);
	c = host_created(host, "web");
	assert_true(c->set_config_item(c, "lxc.environment", "COLOUR=blue") &&
		    c->save_config(c, NULL));
	make_a_mess(host->sys);
	created = host_world(host);
	live(stage, c);
	assert_true(c->stop(c));
	assert_string_equal(c->state(c), "STOPPED");
	assert_true(c->init_pid(c) < 0);
	host_assert_world(host, created, "after stop");
	assert_true(c->start(c, 0, NULL));
	assert_true(c->shutdown(c, 5));
	host_assert_world(host, created, "after shutdown");
	clean_up(host->sys);
	assert_true(c->destroy(c));
	api_container_put(c);
	host_assert_world(host, before, "after destroy");
}

int main(void)
{
	struct CMUnitTest tests[16] = { 0 };
	char names[16][64];
	size_t count = 0;

	for (; worlds[count].name; count++) {
		(void)snprintf(names[count], sizeof(names[count]), "a_container_is_the_same_on %s",
			       worlds[count].name);
		tests[count] =
			(struct CMUnitTest){ names[count], a_container_is_the_same_on_this_host,
					     set_up, tear_down, (void *)&worlds[count] };
	}
	return _cmocka_run_group_tests("worlds", tests, count, NULL, NULL);
}
