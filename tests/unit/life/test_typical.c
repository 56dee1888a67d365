/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The typical configurations, whose plans are beside them in plan/golden, each lived twice:
 * started, running, stopped. */
#include "core/base/vec.h"
#include "life/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* In which way it is started, and whether it then goes on until it is stopped. */
enum mode { BACKGROUND, FOREGROUND, EXECUTED, EXECUTED_BACKGROUND };

struct typical {
	const char *name;
	enum mode mode;
	const char *rootfs;   /* NULL: the host's own */
	const char *tree;     /* what the configuration takes for granted, for fake_tree() */
	const char *programs; /* paths that can be executed, blanks between; all do nothing and
				 succeed */
	const char *init;     /* waits until it is stopped; NULL: none does */
	const char *stays;    /* words of what a life leaves, documented as such; "|" between */
};

/* The directory of all containers' cgroups, which the first start makes. */
#define SHARED "/lxc/:"

static const struct typical typicals[] = {
	{ "busybox", BACKGROUND, "/var/lib/lxc/bb/rootfs",
	  "d 0755 /var/lib/lxc/bb/rootfs/lib\n"
	  "d 0755 /var/lib/lxc/bb/rootfs/usr/lib\n",
	  NULL, "/var/lib/lxc/bb/rootfs/sbin/init", SHARED },
	{ "minimal", BACKGROUND, "/srv/tiny", NULL, NULL, "/srv/tiny/sbin/init", SHARED },
	{ "minimal", FOREGROUND, "/srv/tiny", NULL, "/srv/tiny/sbin/init", NULL, SHARED },
	{ "execute", EXECUTED, "/srv/app", "d 0755 /srv/app/srv\n", "/srv/app/bin/sh", NULL,
	  SHARED },
	{ "hooks", BACKGROUND, "/srv/hooked", NULL,
	  "/bin/sh /bin/true /srv/hooked/bin/sh /srv/hooked/bin/true /srv/hooked/etc/rc "
	  "/usr/share/lxc/hooks/prepare /usr/share/lxc/hooks/started /usr/share/lxc/hooks/first "
	  "/usr/share/lxc/hooks/second /usr/share/lxc/hooks/cleanup",
	  "/srv/hooked/sbin/init", SHARED },
	{ "limits", BACKGROUND, "/srv/limited", "d 0755 /srv/limited/sys/fs/cgroup\n", NULL,
	  "/srv/limited/sbin/init", "/pool/:|setting ipv4 " }, /* it keeps the host's network */
	{ "files", BACKGROUND, "/var/lib/lxc/www/rootfs",
	  "d 0755 /var/lib/lxc/www/rootfs/run\n"
	  "d 0755 /var/lib/lxc/www/rootfs/mnt\n"
	  "d 0755 /var/lib/lxc/www/rootfs/usr/share/site\n"
	  "d 0755 /var/lib/lxc/www/rootfs/var/log\n"
	  "d 0755 /var/log/www\n"
	  "d 0755 /srv/www\n"
	  "d 0755 /srv/our own\n",
	  NULL, "/var/lib/lxc/www/rootfs/sbin/init",
	  SHARED "|rootfs/opt|rootfs/srv|rootfs/var/cache" },
	{ "hardened", BACKGROUND, "/srv/mail",
	  "d 0755 /srv/mail/var/spool/mail\n"
	  "d 0755 /srv/spool/mail\n",
	  NULL, "/srv/mail/usr/sbin/maild", SHARED },
	{ "terminals", BACKGROUND, "/srv/lab", "d 0755 /var/log/lxc\n", NULL, "/srv/lab/sbin/init",
	  SHARED "|/var/log/lxc/lab.console" },
	{ "database", BACKGROUND, "/srv/db",
	  "d 0755 /srv/db/var/lib/db\n"
	  "d 0755 /srv/data/db\n",
	  NULL, "/srv/db/sbin/init", "/databases/:" },
	{ "agent", BACKGROUND, "/srv/agent", NULL, NULL, "/srv/agent/usr/bin/agent",
	  SHARED "|/srv/agent/dev/|/srv/agent/host" },
	{ "nested", BACKGROUND, "/srv/outer", NULL, NULL, "/srv/outer/sbin/init", SHARED },
	{ "job", EXECUTED_BACKGROUND, NULL, "d 0755 /srv/reports\n", NULL, "/usr/bin/report",
	  SHARED },
};

static const struct {
	const char *name;
	enum fake_cgroups cgroups;
} layouts[] = { { "hybrid", FAKE_CGROUP_HYBRID }, { "unified", FAKE_CGROUP_UNIFIED } };

/* One of them on one of the hosts. */
struct stage {
	const struct typical *typical;
	enum fake_cgroups cgroups;
	struct host host;
};

/* --- setting up --- */

static void add_root(struct host *host, const char *rootfs)
{
	static const char *const dirs[] = { "bin", "sbin", "dev", "proc", "sys",
					    "tmp", "etc",  "usr", "var" };

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		char *path _cleanup_free_ = str_printf("%s/%s", rootfs, dirs[i]);

		fake_dir(host->fake, path, 0755);
	}
}

static void add_programs(struct host *host, const char *paths, fake_main main)
{
	char *copy _cleanup_free_ = str_dup(paths), *rest = copy, *path;

	while ((path = str_next_word(&rest, " ")))
		fake_program(host->fake, path, main, NULL);
}

/* golden/NAME.config or .fstab to where the host has it. */
static void install(struct host *host, const char *name, const char *suffix, const char *path)
{
	_cleanup_str_ struct str text = { 0 };
	char *from _cleanup_free_ = str_printf("../plan/golden/%s.%s", name, suffix);

	if (io_read_all(sys_linux(), AT_FDCWD, from, &text) < 0) {
		assert_string_equal(suffix, "fstab");
		return;
	}
	fake_file(host->fake, path, str_text(&text), 0640);
}

static int set_up(void **state)
{
	struct stage *stage = *state;
	const struct typical *typical = stage->typical;
	struct host *host = &stage->host;
	char *config _cleanup_free_ = str_printf(HOST_LXCPATH "/%s/config", typical->name);

	host_init(host, stage->cgroups);
	fake_dir(host->fake, "/run/lxc/root", 0755);
	if (typical->rootfs)
		add_root(host, typical->rootfs);
	if (typical->tree)
		fake_tree(host->fake, typical->tree);
	if (typical->programs)
		add_programs(host, typical->programs, fake_exit_main);
	if (typical->init)
		add_programs(host, typical->init, fake_init_main);
	install(host, typical->name, "config", config);
	install(host, typical->name, "fstab", "/etc/lxc/servers.fstab");
	return 0;
}

static int tear_down(void **state)
{
	host_finish(&((struct stage *)*state)->host);
	return 0;
}

/* --- what stays --- */

static bool may_stay(const char *line, const char *words)
{
	char *copy _cleanup_free_ = str_dup(words), *rest = copy, *word;

	while ((word = str_next_word(&rest, "|")))
		if (strstr(line, word))
			return true;
	return false;
}

static void assert_all_stay(const char *world, const char *words)
{
	char *copy _cleanup_free_ = str_dup(words), *rest = copy, *word;

	while ((word = str_next_word(&rest, "|")))
		if (!strstr(world, word))
			fail_msg("%s does not stay", word);
}

/* Nothing of before is missing, and only what may stay is new. */
static void assert_only_stays(char *before, char *now, const char *words)
{
	char *old_line = str_next_word(&before, "\n");

	for (char *line; (line = str_next_word(&now, "\n"));) {
		if (old_line && str_eq(line, old_line))
			old_line = str_next_word(&before, "\n");
		else if (!may_stay(line, words))
			fail_msg("new, or changed: %s", line);
	}
	if (old_line)
		fail_msg("missing: %s", old_line);
}

/* --- the lives --- */

static void live(struct stage *stage, struct lxc_container *c)
{
	char *const words[] = { (char *)"sh", (char *)"-c", (char *)"exit 7", NULL };
	enum mode mode = stage->typical->mode;
	bool use_init = mode == EXECUTED || mode == EXECUTED_BACKGROUND;

	assert_true(c->want_daemonize(c, mode == BACKGROUND || mode == EXECUTED_BACKGROUND));
	if (!c->start(c, use_init, mode == EXECUTED ? words : NULL))
		fail_msg("start: %s %s", c->error_string ? c->error_string : "?",
			 fake_stuck(stage->host.fake));
	if (!stage->typical->init)
		return;
	fake_settle(stage->host.fake);
	assert_string_equal(c->state(c), "RUNNING");
	assert_true(c->stop(c));
	assert_string_equal(c->state(c), "STOPPED");
}

static void it_lives_and_leaves_what_it_may(void **state)
{
	struct stage *stage = *state;
	struct host *host = &stage->host;
	struct lxc_container *c = host_container(host, stage->typical->name);
	char *before _cleanup_free_ = NULL, *first _cleanup_free_ = NULL,
		     *copy _cleanup_free_ = NULL;

	/* Lock files stay by contract: made here. */
	assert_true(c->load_config(c, NULL));
	before = host_world(host);
	live(stage, c);
	first = host_world(host);
	copy = str_dup(first);
	assert_only_stays(before, copy, stage->typical->stays);
	assert_all_stay(first, stage->typical->stays);
	live(stage, c);
	host_assert_world(host, first, "after the second life");
	api_container_put(c);
}

#define COUNT (ARRAY_LEN(typicals) * ARRAY_LEN(layouts))

int main(void)
{
	static struct stage stages[COUNT];
	static char names[COUNT][96];
	struct CMUnitTest tests[COUNT];

	for (size_t i = 0; i < COUNT; i++) {
		size_t layout = i % ARRAY_LEN(layouts);

		stages[i].typical = &typicals[i / ARRAY_LEN(layouts)];
		stages[i].cgroups = layouts[layout].cgroups;
		(void)snprintf(
			names[i], sizeof(names[i]), "it_lives_and_leaves_what_it_may: %s %d, %s",
			stages[i].typical->name, stages[i].typical->mode, layouts[layout].name);
		tests[i] = (struct CMUnitTest){ names[i], it_lives_and_leaves_what_it_may, set_up,
						tear_down, &stages[i] };
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
