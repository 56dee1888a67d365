/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions to the supervisor, where "there is none" is an answer, and silence is not. */
#include "core/attach/context.h"
#include "core/ipc/ipc.h"

#include <errno.h>

/* What supervisors of all releases say when they have nothing to tell. */
static int nothing_is_fine(int ret)
{
	switch (ret) {
	case -ENOENT:
	case -EINVAL:
	case -ENOSYS:  /* an old one that does not know the key, or the command */
	case -EBADMSG: /* an empty answer */
	case -EPERM:   /* -1 */
		return 0;
	default:
		return ret < 0 ? ret : 0;
	}
}

int attach_ask_item(const struct attach_context *c, const char *key, struct str *out)
{
	return nothing_is_fine(
		ipc_get_config_item(c->sys, c->args->lxcpath, c->args->name, key, out));
}

int attach_ask_cgroup(const struct attach_context *c, const char *controller, struct str *out)
{
	return nothing_is_fine(
		ipc_get_cgroup(c->sys, c->args->lxcpath, c->args->name, controller, out));
}
