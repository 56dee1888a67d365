/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Freezing and thawing a running container, on the model kernel, with the freezers of both
 * versions. */
#include "life/host.h"

#include "core/io/io.h"
#include "core/ipc/ipc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* --- worlds --- */

static int set_up_with(void **state, enum fake_cgroups cgroups)
{
	static struct host host;

	host_init(&host, cgroups);
	*state = &host;
	return 0;
}

static int set_up(void **state)
{
	return set_up_with(state, FAKE_CGROUP_HYBRID);
}

static int set_up_unified(void **state)
{
	return set_up_with(state, FAKE_CGROUP_UNIFIED);
}

static int tear_down(void **state)
{
	host_finish(*state);
	return 0;
}

static bool is_unified(struct host *host)
{
	return fake_exists(host->fake, "/sys/fs/cgroup/cgroup.controllers");
}

/* Behind the supervisor's back: into the file of the container's cgroup, or of the one above. */
static void write_freezer(struct host *host, const char *cgroup, bool frozen)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/sys/fs/cgroup/%s%s/%s",
		       is_unified(host) ? "" : "freezer/", cgroup,
		       is_unified(host) ? "cgroup.freeze" : "freezer.state");
	assert_int_equal(io_write_at(host->sys, AT_FDCWD, path,
				     is_unified(host) ? (frozen ? "1" : "0")
				     : frozen	      ? "FROZEN"
						      : "THAWED"),
			 0);
}

static bool stands_still(struct host *host)
{
	char *world _cleanup_free_ = host_world(host);

	return strstr(world, "frozen") != NULL;
}

static void end(struct lxc_container *c)
{
	assert_true(c->stop(c));
	api_container_put(c);
}

/* --- tests --- */

static void a_container_is_frozen_and_thawed_and_both_twice(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_running(host, "web");
	char *running _cleanup_free_ = host_world(host);

	for (int i = 0; i < 2; i++) {
		if (!c->freeze(c))
			fail_msg("freeze: %s", c->error_string);
		assert_string_equal(c->state(c), "FROZEN");
		assert_true(c->is_running(c));
		assert_true(stands_still(host));
	}
	for (int i = 0; i < 2; i++) {
		if (!c->unfreeze(c))
			fail_msg("unfreeze: %s", c->error_string);
		assert_string_equal(c->state(c), "RUNNING");
	}
	host_assert_world(host, running, "after the thaw");
	end(c);
}

struct waiting {
	struct lxc_container *c;
	bool (*method)(struct lxc_container *c);
};

static int act(void *data)
{
	const struct waiting *waiting = data;

	assert_true(waiting->method(waiting->c));
	return 0;
}

static void each_state_of_freezing_is_announced(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_running(host, "web");
	const struct {
		bool (*method)(struct lxc_container *c);
		enum ipc_state state;
	} cases[] = {
		{ c->freeze, IPC_FREEZING },
		{ c->unfreeze, IPC_THAWED },
		{ c->freeze, IPC_FROZEN },
		{ c->unfreeze, IPC_RUNNING },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct waiting waiting = { c, cases[i].method };

		assert_int_equal(ipc_wait(host->sys, HOST_LXCPATH, "web", 1U << cases[i].state,
					  false, 5000, act, &waiting),
				 cases[i].state);
	}
	assert_true(c->freeze(c));
	assert_true(c->wait(c, "FROZEN", 0));
	assert_false(c->wait(c, "RUNNING", 0));
	end(c);
}

static void what_does_not_run_is_neither_frozen_nor_thawed(void **state)
{
	struct lxc_container *c = host_created(*state, "web");

	assert_false(c->freeze(c));
	assert_non_null(strstr(c->error_string, "Failed to freeze " HOST_LXCPATH ":web"));
	assert_non_null(strstr(c->error_string, "not running"));
	assert_false(c->unfreeze(c));
	assert_non_null(strstr(c->error_string, "Failed to unfreeze " HOST_LXCPATH ":web"));
	assert_non_null(strstr(c->error_string, "not running"));
	api_container_put(c);
}

static void a_frozen_container_is_stopped_and_destroyed(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_created(host, "web");
	char *created _cleanup_free_ = host_world(host);

	assert_true(c->start(c, 0, NULL) && c->freeze(c));
	assert_false(c->shutdown(c, 2));
	assert_string_equal(c->state(c), "FROZEN");
	assert_false(c->destroy(c));
	assert_true(c->stop(c));
	assert_string_equal(c->state(c), "STOPPED");
	host_assert_world(host, created, "after the stop of a frozen container");
	assert_true(c->start(c, 0, NULL) && c->stop(c));
	assert_true(c->destroy(c));
	api_container_put(c);
}

static void what_another_did_to_the_cgroup_is_seen_at_the_next_call(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_running(host, "web");

	assert_true(c->freeze(c));
	write_freezer(host, "lxc/web", false);
	assert_false(stands_still(host));
	assert_true(c->freeze(c));
	assert_true(stands_still(host));
	assert_true(c->unfreeze(c));
	write_freezer(host, "lxc/web", true);
	assert_string_equal(c->state(c), "RUNNING");
	assert_true(c->unfreeze(c));
	assert_false(stands_still(host));
	end(c);
}

static void a_frozen_cgroup_above_is_given_as_the_reason(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_running(host, "web");

	assert_true(c->freeze(c));
	write_freezer(host, "lxc", true);
	assert_false(c->unfreeze(c));
	assert_non_null(strstr(c->error_string, "stays frozen: a cgroup above"));
	assert_string_equal(c->state(c), "FROZEN");
	write_freezer(host, "lxc", false);
	assert_true(c->unfreeze(c));
	end(c);
}

static void what_a_killed_supervisor_left_frozen_dies_at_the_next_start(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_created(host, "web");
	char *created _cleanup_free_ = host_world(host);

	assert_true(c->start(c, 0, NULL) && c->freeze(c));
	assert_int_equal(fake_kill_by_name(host->fake, "lxc-supervisor"), 1);
	assert_string_equal(c->state(c), "STOPPED");
	assert_true(c->start(c, 0, NULL));
	assert_true(c->stop(c));
	host_assert_world(host, created, "after the second life");
	api_container_put(c);
}

static void enter_cgroup(struct host *host, const char *dir, pid_t pid)
{
	char procs[96], text[16];

	(void)snprintf(procs, sizeof(procs), "%s/cgroup.procs", dir);
	(void)snprintf(text, sizeof(text), "%d", pid);
	assert_int_equal(io_write_at(host->sys, AT_FDCWD, procs, text), 0);
}

/* Nobody holds that cgroup either, but nothing in it was killed. */
static void what_is_frozen_and_not_ours_stays_so(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_created(host, "web");
	const char *dir =
		is_unified(host) ? "/sys/fs/cgroup/lxc/web" : "/sys/fs/cgroup/freezer/lxc/web";
	char *const argv[] = { (char *)"other", NULL };
	pid_t pid = sys_spawn(host->sys, &(struct sys_spawn){ .exe_fd = -1,
							      .path = "/usr/lib/test/init",
							      .argv = argv,
							      .envp = argv + 1 });

	assert_true(pid > 0);
	assert_int_equal(sys_mkdirat(host->sys, AT_FDCWD, dir, 0755), 0);
	enter_cgroup(host, dir, pid);
	write_freezer(host, "lxc/web", true);
	fake_settle(host->fake);
	assert_true(c->start(c, 0, NULL));
	assert_true(c->stop(c));
	assert_true(stands_still(host));
	api_container_put(c);
}

static void a_container_without_a_freezer_says_so(void **state)
{
	static struct host host;
	struct lxc_container *c;

	(void)state;
	host_init(&host, FAKE_CGROUP_NONE);
	c = host_running(&host, "web");
	assert_false(c->freeze(c));
	assert_non_null(strstr(c->error_string, "no cgroup with a freezer"));
	assert_string_equal(c->state(c), "RUNNING");
	assert_false(c->unfreeze(c));
	end(c);
	host_finish(&host);
}

#define BOTH(test)                                                \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down), \
		cmocka_unit_test_setup_teardown(test, set_up_unified, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(a_container_is_frozen_and_thawed_and_both_twice),
		BOTH(each_state_of_freezing_is_announced),
		BOTH(what_does_not_run_is_neither_frozen_nor_thawed),
		BOTH(a_frozen_container_is_stopped_and_destroyed),
		BOTH(what_another_did_to_the_cgroup_is_seen_at_the_next_call),
		BOTH(a_frozen_cgroup_above_is_given_as_the_reason),
		BOTH(what_a_killed_supervisor_left_frozen_dies_at_the_next_start),
		BOTH(what_is_frozen_and_not_ours_stays_so),
		cmocka_unit_test(a_container_without_a_freezer_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
