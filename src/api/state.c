/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods that look at a running container, and those that end or freeze it. */
#include "api/api.h"

#include "core/ipc/ipc.h"

#include <errno.h>

bool api_is_defined(struct lxc_container *c)
{
	struct stat st;

	return c && sys_fstatat(container_of(c)->sys, AT_FDCWD, c->configfile, &st, 0) == 0;
}

static int get_state(struct lxc_container *c)
{
	int ret = ipc_get_state(container_of(c)->sys, c->config_path, c->name);

	return ret >= 0 && ret < IPC_STATE_COUNT ? ret : IPC_STOPPED;
}

const char *api_state(struct lxc_container *c)
{
	return c ? ipc_state_name((enum ipc_state)get_state(c)) : NULL;
}

bool api_is_running(struct lxc_container *c)
{
	return c && get_state(c) != IPC_STOPPED;
}

pid_t api_init_pid(struct lxc_container *c)
{
	int ret = c ? ipc_get_init_pid(container_of(c)->sys, c->config_path, c->name) : -1;

	return ret > 0 ? ret : -1;
}

int api_init_pidfd(struct lxc_container *c)
{
	struct fd fd = { 0 };
	int ret;

	if (!c)
		return -EBADF;
	ret = ipc_get_init_pidfd(container_of(c)->sys, c->config_path, c->name, &fd);
	return ret < 0 ? ret : fd.n;
}

bool api_may_control(struct lxc_container *c)
{
	struct control control;

	if (!c)
		return false;
	control = control_of(container_of(c));
	return control_may(&control);
}

bool api_wait(struct lxc_container *c, const char *state, int timeout)
{
	struct control control;
	unsigned mask;

	if (!c || !state || ipc_states_parse(state, &mask) < 0)
		return false;
	control = control_of(container_of(c));
	return control_wait(&control, mask, timeout) == 0;
}

bool api_stop(struct lxc_container *c)
{
	struct container *it = container_of(c);
	struct err err = { 0 };
	int ret;

	if (!c)
		return false;
	ret = ipc_stop(it->sys, c->config_path, c->name, -1);
	if (ret >= 0 || ret == -ECONNREFUSED)
		return true;
	err_sys(&err, ret, "stop the container");
	api_fail(it, &err);
	return false;
}

/* Both are told alike: what was asked for, of whom, and why not. */
static bool frozen(struct lxc_container *c, const char *what, int (*ask)(const struct control *, struct err *))
{
	struct control control;
	struct err err = { 0 };

	if (!c)
		return false;
	control = control_of(container_of(c));
	if (ask(&control, &err) == 0)
		return true;
	err_context(&err, "Failed to %s %s:%s", what, c->config_path, c->name);
	api_fail(container_of(c), &err);
	return false;
}

bool api_freeze(struct lxc_container *c)
{
	return frozen(c, "freeze", control_freeze);
}

bool api_unfreeze(struct lxc_container *c)
{
	return frozen(c, "unfreeze", control_unfreeze);
}

/* The signal that the running container's configuration names; 0: the default. */
static int configured_signal(struct container *it, const char *key)
{
	_cleanup_str_ struct str text = { 0 };
	uint32_t number = 0;

	if (ipc_get_config_item(it->sys, it->c.config_path, it->c.name, key, &text) < 0 ||
	    str_to_u32(str_text(&text), &number) < 0)
		return it->config ? (int)config_int(it->config, key, 0) : 0;
	return (int)number;
}

bool api_shutdown(struct lxc_container *c, int timeout)
{
	struct container *it = container_of(c);
	struct control control;
	struct err err = { 0 };
	int ret;

	if (!c)
		return false;
	control = control_of(it);
	ret = control_shutdown(&control, configured_signal(it, "lxc.signal.halt"), timeout, &err);
	if (ret == -ETIMEDOUT)
		api_keep(it, &err);
	else if (ret < 0)
		api_fail(it, &err);
	return ret == 0;
}

/* next: waits for the life that follows. 0 or -errno; a failure is told, but not that nothing runs. */
static int reboot(struct container *it, bool next, int timeout)
{
	struct control control = control_of(it);
	struct err err = { 0 };
	int ret = control_reboot(&control, configured_signal(it, "lxc.signal.reboot"), next, timeout, &err);

	if (ret < 0 && !(next && ret == -ECONNREFUSED))
		api_fail(it, &err);
	return ret;
}

bool api_reboot(struct lxc_container *c)
{
	return c && reboot(container_of(c), false, 0) == 0;
}

bool api_reboot2(struct lxc_container *c, int timeout)
{
	int ret;

	if (!c)
		return false;
	ret = reboot(container_of(c), true, timeout);
	/* Not running: nothing to do, as every release has it. */
	return ret == 0 || ret == -ECONNREFUSED;
}
