/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life/scenarios.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct lxc_container *defined(struct host *host)
{
	return host_created(host, "web");
}

static struct lxc_container *running(struct host *host)
{
	return host_running(host, "web");
}

static struct lxc_container *undefined(struct host *host)
{
	struct lxc_container *c = host_container(host, "web");

	assert_true(c->load_config(c, "/etc/lxc/default.conf"));
	return c;
}

static enum outcome run_create(struct host *host, struct lxc_container *c)
{
	(void)host;
	return c->create(c, HOST_TEMPLATE, NULL, NULL, 0, NULL) ? DONE : FAILED;
}

static enum outcome run_start(struct host *host, struct lxc_container *c)
{
	(void)host;
	return c->start(c, 0, NULL) ? DONE : FAILED;
}

static enum outcome run_foreground(struct host *host, struct lxc_container *c)
{
	char *const argv[] = { (char *)"/bin/seven", NULL };

	(void)host;
	if (!c->want_daemonize(c, false) || !c->start(c, 0, argv))
		return FAILED;
	return c->error_num == 7 << 8 ? DONE : OTHERWISE;
}

static enum outcome run_execute(struct host *host, struct lxc_container *c)
{
	char *const argv[] = { (char *)"/bin/seven", NULL };

	(void)host;
	if (!c->want_daemonize(c, false) || !c->start(c, 1, argv))
		return FAILED;
	return c->error_num == 7 << 8 ? DONE : OTHERWISE;
}

static enum outcome run_attach(struct host *host, struct lxc_container *c)
{
	const char *const argv[] = { (char *)"/bin/seven", NULL };
	int status = c->attach_run_wait(c, NULL, "/bin/seven", argv);

	(void)host;
	if (status < 0)
		return FAILED;
	return status == 7 << 8 ? DONE : OTHERWISE;
}

static enum outcome run_stop(struct host *host, struct lxc_container *c)
{
	(void)host;
	return c->stop(c) ? DONE : FAILED;
}

static enum outcome run_shutdown(struct host *host, struct lxc_container *c)
{
	(void)host;
	return c->shutdown(c, 5) ? DONE : FAILED;
}

static enum outcome run_reboot(struct host *host, struct lxc_container *c)
{
	(void)host;
	return c->reboot2(c, 5) ? DONE : FAILED;
}

static enum outcome run_destroy(struct host *host, struct lxc_container *c)
{
	(void)host;
	return c->destroy(c) ? DONE : FAILED;
}

const struct scenario scenarios[] = {
	{ "create", FAKE_CGROUP_HYBRID, undefined, run_create, false, false, false, NULL },
	{ "start", FAKE_CGROUP_HYBRID, defined, run_start, false, false, false, NULL },
	{ "start-unified", FAKE_CGROUP_UNIFIED, defined, run_start, false, false, false, NULL },
	{ "start-old", FAKE_CGROUP_HYBRID, defined, run_start, false, false, false, "5.10" },
	{ "start-oldest", FAKE_CGROUP_HYBRID, defined, run_start, false, false, false, "4.18" },
	{ "foreground", FAKE_CGROUP_HYBRID, defined, run_foreground, true, false, false, NULL },
	{ "execute", FAKE_CGROUP_HYBRID, defined, run_execute, true, false, false, NULL },
	{ "attach", FAKE_CGROUP_HYBRID, running, run_attach, true, false, false, NULL },
	{ "stop", FAKE_CGROUP_HYBRID, running, run_stop, true, false, false, NULL },
	{ "shutdown", FAKE_CGROUP_HYBRID, running, run_shutdown, true, false, false, NULL },
	{ "reboot", FAKE_CGROUP_HYBRID, running, run_reboot, true, true, false, NULL },
	{ "destroy", FAKE_CGROUP_HYBRID, defined, run_destroy, true, false, true, NULL },
	{ .name = NULL },
};
