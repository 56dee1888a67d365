/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plain user is told as long as there are no id maps: a clear no, and nothing is left
 * behind. */
#include "life/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define HOME "/home/alice"
#define LXCPATH HOME "/.local/share/lxc"
#define SUBIDS "alice:100000:65536\n"

struct login {
	const char *name;
	enum fake_cgroups cgroups;
	bool delegated;
	const char *subids;
	struct host host;
};

static struct login logins[] = {
	{ "hybrid", FAKE_CGROUP_HYBRID, false, NULL },
	{ "hybrid, delegated", FAKE_CGROUP_HYBRID, true, SUBIDS },
	{ "unified", FAKE_CGROUP_UNIFIED, false, NULL },
	{ "unified, delegated", FAKE_CGROUP_UNIFIED, true, SUBIDS },
	{ "v1, delegated", FAKE_CGROUP_LEGACY, true, SUBIDS },
	{ "no cgroups", FAKE_CGROUP_NONE, false, SUBIDS },
};

static struct lxc_container *container(struct host *host, const char *lxcpath)
{
	static char *const envp[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
				      (char *)"HOME=" HOME,
				      (char *)"XDG_RUNTIME_DIR=/run/user/1000", NULL };
	struct lxc_container *c = api_container_new_on(host->sys, envp, "web", lxcpath);

	assert_non_null(c);
	return c;
}

static struct lxc_container *created(struct host *host)
{
	struct lxc_container *c = container(host, NULL);

	assert_string_equal(c->config_path, LXCPATH);
	assert_true(c->load_config(c, "/etc/lxc/default.conf"));
	if (!c->create(c, HOST_TEMPLATE, NULL, NULL, 0, NULL))
		fail_msg("create: %s", c->error_string);
	return c;
}

static int set_up(void **state)
{
	struct login *login = *state;
	struct lxc_container *c;
	char *world _cleanup_free_ = NULL;

	host_init_user(&login->host, login->cgroups, login->delegated, login->subids);
	/* What her containers share stays, as do lock files: her lxcpath, a directory of locks, one
	 * in each hierarchy. */
	c = created(&login->host);
	assert_false(c->start(c, 0, NULL));
	assert_true(c->destroy(c));
	api_container_put(c);
	c = container(&login->host, HOST_LXCPATH);
	assert_false(c->load_config(c, NULL));
	api_container_put(c);
	world = host_world(&login->host);
	if (strstr(world, "lxc/web/"))
		fail_msg("left behind: %.80s", strstr(world, "lxc/web/"));
	return 0;
}

static int tear_down(void **state)
{
	host_finish(&((struct login *)*state)->host);
	return 0;
}

/* done: what the call said; words: part of what a person must be told. */
static void assert_refused(struct host *host, struct lxc_container *c, bool done, const char *words,
			   const char *world, const char *what)
{
	if (done || !c->error_string || !strstr(c->error_string, words))
		fail_msg("%s: %s: %s", what, done ? "done" : "refused",
			 c->error_string ? c->error_string : "no word");
	assert_string_equal(c->state(c), "STOPPED");
	host_assert_world(host, world, what);
}

static void a_container_starts_in_no_way(void **state)
{
	static const char hint[] = "\n  hint: new namespaces need root, or an id map for your user";
	char *const words[] = { (char *)"/bin/seven", NULL };
	struct host *host = &((struct login *)*state)->host;
	char *before _cleanup_free_ = host_world(host), *defined _cleanup_free_ = NULL;
	struct lxc_container *c = created(host);

	defined = host_world(host);
	assert_refused(host, c, c->start(c, 0, NULL), hint, defined, "in the background");
	assert_int_equal(c->error_num, 1);
	assert_true(c->want_daemonize(c, false));
	assert_refused(host, c, c->start(c, 0, words), hint, defined, "in the foreground");
	assert_refused(host, c, c->start(c, 1, words), hint, defined, "under the small init");
	assert_true(c->attach_run_wait(c, NULL, "/bin/seven", (const char *const *)words) < 0);
	host_assert_world(host, defined, "after attach");
	assert_true(c->destroy(c));
	api_container_put(c);
	host_assert_world(host, before, "after destroy");
}

static void an_id_map_is_refused_by_its_line(void **state)
{
	static const char words[] =
		"lxc.idmap is not supported yet\n  from " LXCPATH "/web/config:";
	struct host *host = &((struct login *)*state)->host;
	struct lxc_container *c = created(host);
	char *defined _cleanup_free_ = NULL;

	assert_true(c->set_config_item(c, "lxc.idmap", "u 0 100000 65536"));
	assert_true(c->set_config_item(c, "lxc.idmap", "g 0 100000 65536"));
	assert_true(c->save_config(c, NULL));
	api_container_put(c);
	c = container(host, NULL);
	defined = host_world(host);
	assert_refused(host, c, c->start(c, 0, NULL), words, defined, "start");
	assert_true(c->destroy(c));
	api_container_put(c);
}

/* The template's files would be hers, and not those of the ids that the line asks for. */
static void nothing_is_created_for_an_id_map(void **state)
{
	struct host *host = &((struct login *)*state)->host;
	struct lxc_container *c = container(host, NULL);
	char *before _cleanup_free_ = host_world(host);

	assert_true(c->set_config_item(c, "lxc.idmap", "u 0 100000 65536"));
	assert_refused(host, c, c->create(c, HOST_TEMPLATE, NULL, NULL, 0, NULL),
		       "lxc.idmap is not supported yet\n  from lxc.idmap = u 0 100000 65536",
		       before, "create");
	assert_false(c->is_defined(c));
	api_container_put(c);
}

static void the_lxcpath_of_root_is_not_hers(void **state)
{
	struct host *host = &((struct login *)*state)->host;
	struct lxc_container *c = container(host, HOST_LXCPATH);
	char *before _cleanup_free_ = host_world(host);

	assert_true(c->load_config(c, "/etc/lxc/default.conf"));
	assert_refused(host, c, c->create(c, HOST_TEMPLATE, NULL, NULL, 0, NULL),
		       "make directory " HOST_LXCPATH "/web failed: Permission denied (EACCES)",
		       before, "create");
	assert_refused(host, c, c->save_config(c, NULL), "Permission denied (EACCES)", before,
		       "save");
	api_container_put(c);
}

#define TEST_OF(test)       \
	{                   \
#test, test \
	}
static const struct {
	const char *name;
	CMUnitTestFunction run;
} tests[] = {
	TEST_OF(a_container_starts_in_no_way),
	TEST_OF(an_id_map_is_refused_by_its_line),
	TEST_OF(nothing_is_created_for_an_id_map),
	TEST_OF(the_lxcpath_of_root_is_not_hers),
};

int main(void)
{
	struct CMUnitTest all[ARRAY_LEN(tests) * ARRAY_LEN(logins)];
	static char names[ARRAY_LEN(all)][96];

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct login *login = &logins[i / ARRAY_LEN(tests)];

		(void)snprintf(names[i], sizeof(names[i]), "%s: %s", login->name,
			       tests[i % ARRAY_LEN(tests)].name);
		all[i] = (struct CMUnitTest){ names[i], tests[i % ARRAY_LEN(tests)].run, set_up,
					      tear_down, login };
	}
	return cmocka_run_group_tests(all, NULL, NULL);
}
