/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions to the supervisor, where "there is none" is an answer, and silence is not. */
#include "core/ipc/ipc.h"

#include <errno.h>
#include <string.h>

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

int ipc_ask_item(struct sys *sys, const char *lxcpath, const char *name, const char *key, struct str *out)
{
	return nothing_is_fine(ipc_get_config_item(sys, lxcpath, name, key, out));
}

int ipc_ask_cgroup(struct sys *sys, const char *lxcpath, const char *name, const char *controller, struct str *out)
{
	return nothing_is_fine(ipc_get_cgroup(sys, lxcpath, name, controller, out));
}

/* As later releases have it on the wire. */
struct wire_cgroup_ctx {
	int32_t layout;
	uint32_t utilities;
	uint32_t fd_len;
	int32_t fd[20]; /* the supervisor's numbers: of no use here */
	uint32_t pad;
};
_Static_assert(sizeof(struct wire_cgroup_ctx) == 96, "as the wire has it");
#define REPLY_TIMEOUT_MS 10000

int ipc_ask_cgroups(struct sys *sys, const char *lxcpath, const char *name, struct io_message *out)
{
	struct wire_cgroup_ctx ctx = { 0 };
	struct ipc_reply reply;
	int ret = ipc_call(sys, lxcpath, name, IPC_GET_CGROUP_CTX, 0, &ctx, sizeof(ctx), REPLY_TIMEOUT_MS, &reply,
			   NULL);

	*out = (struct io_message){ 0 };
	if (ret < 0)
		return nothing_is_fine(ret);
	if (reply.ret == 0 && reply.payload.len == sizeof(ctx)) {
		memcpy(&ctx, reply.payload.s, sizeof(ctx));
		/* Some of them are as good as none. */
		if (ctx.fd_len == reply.fds.fd_count) {
			*out = reply.fds;
			reply.fds.fd_count = 0;
		}
	}
	ipc_reply_finish(sys, &reply);
	return 0;
}
