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

static struct lxc_container *frozen(struct host *host)
{
	struct lxc_container *c = host_running(host, "web");

	assert_true(c->freeze(c));
	return c;
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

static enum outcome run_freeze(struct host *host, struct lxc_container *c)
{
	(void)host;
	return c->freeze(c) ? DONE : FAILED;
}

static enum outcome run_unfreeze(struct host *host, struct lxc_container *c)
{
	(void)host;
	return c->unfreeze(c) ? DONE : FAILED;
}

#define HYBRID(...) { .cgroups = FAKE_CGROUP_HYBRID, __VA_ARGS__ }
#define UNIFIED(...) { .cgroups = FAKE_CGROUP_UNIFIED, __VA_ARGS__ }
/* On a host with both versions, and on one with version 2 only. */
#define BOTH(word, ...) HYBRID(.name = word, __VA_ARGS__), UNIFIED(.name = word "-unified", __VA_ARGS__)

const struct scenario scenarios[] = {
	BOTH("create", .set_up = undefined, .run = run_create, .again = true),
	BOTH("start", .set_up = defined, .run = run_start, .state = "RUNNING"),
	HYBRID(.name = "start-old", .set_up = defined, .run = run_start, .state = "RUNNING", .kernel = "5.10"),
	HYBRID(.name = "start-oldest", .set_up = defined, .run = run_start, .state = "RUNNING", .kernel = "4.18"),
	BOTH("foreground", .set_up = defined, .run = run_foreground, .ends = true, .state = "STOPPED"),
	BOTH("execute", .set_up = defined, .run = run_execute, .ends = true, .state = "STOPPED"),
	BOTH("attach", .set_up = running, .run = run_attach, .ends = true, .state = "RUNNING"),
	BOTH("freeze", .set_up = running, .run = run_freeze, .state = "FROZEN"),
	BOTH("unfreeze", .set_up = frozen, .run = run_unfreeze, .ends = true, .state = "RUNNING"),
	BOTH("stop", .set_up = running, .run = run_stop, .ends = true, .state = "STOPPED"),
	BOTH("stop-frozen", .set_up = frozen, .run = run_stop, .ends = true, .state = "STOPPED"),
	BOTH("shutdown", .set_up = running, .run = run_shutdown, .ends = true, .state = "STOPPED"),
	BOTH("reboot", .set_up = running, .run = run_reboot, .ends = true, .stops = true, .state = "RUNNING"),
	BOTH("destroy", .set_up = defined, .run = run_destroy, .ends = true, .again = true),
	{ .name = NULL },
};
