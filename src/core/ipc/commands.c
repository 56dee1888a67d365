/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands as functions with types. */
#include "core/ipc/wire.h"

#include <errno.h>
#include <stdio.h>

/* Whoever runs a container answers at once. */
#define REPLY_TIMEOUT_MS 10000

struct target {
	struct sys *sys;
	const char *lxcpath, *name;
};

/* The errno of an answer that is none; such a reply ends here. */
static int refused(struct sys *sys, struct ipc_reply *reply)
{
	int ret = reply->ret;

	if (ret >= 0)
		return 0;
	ipc_reply_finish(sys, reply);
	return ret;
}

static int call(const struct target *target, uint32_t cmd, uint64_t data, const char *text,
		struct ipc_reply *reply)
{
	int ret = ipc_call(target->sys, target->lxcpath, target->name, cmd, data, text,
			   text ? strlen(text) + 1 : 0, REPLY_TIMEOUT_MS, reply, NULL);

	return ret < 0 ? ret : refused(target->sys, reply);
}

/* The one descriptor of a reply, which ends here. */
static int take_fd(struct sys *sys, struct ipc_reply *reply, struct fd *out)
{
	int ret = reply->fds.fd_count == 1 ? 0 : -EBADF;

	if (ret == 0) {
		*out = fd_of(sys, reply->fds.fds[0]);
		reply->fds.fd_count = 0;
	}
	ipc_reply_finish(sys, reply);
	return ret;
}

static int call_number(struct sys *sys, const char *lxcpath, const char *name, uint32_t cmd,
		       uint64_t data, uint64_t *out)
{
	struct target target = { sys, lxcpath, name };
	struct ipc_reply reply;
	int ret = call(&target, cmd, data, NULL, &reply);

	if (ret < 0)
		return ret;
	*out = reply.data;
	ipc_reply_finish(sys, &reply);
	return 0;
}

static int call_text(struct sys *sys, const char *lxcpath, const char *name, uint32_t cmd,
		     const char *text, struct str *out)
{
	struct target target = { sys, lxcpath, name };
	struct ipc_reply reply;
	int ret = call(&target, cmd, 0, text, &reply);

	if (ret < 0)
		return ret;
	if (reply.payload.len == 0 || reply.payload.s[reply.payload.len - 1] != '\0')
		ret = -EBADMSG;
	else
		str_add(out, reply.payload.s);
	ipc_reply_finish(sys, &reply);
	return ret == 0 && !str_ok(out) ? -ENOMEM : ret;
}

int ipc_get_state(struct sys *sys, const char *lxcpath, const char *name)
{
	uint64_t state = 0;
	int ret = call_number(sys, lxcpath, name, IPC_GET_STATE, 0, &state);

	if (ret == -ECONNREFUSED)
		return IPC_STOPPED;
	if (ret < 0)
		return ret;
	return state < IPC_STATE_COUNT ? (int)state : -EBADMSG;
}

int ipc_get_init_pid(struct sys *sys, const char *lxcpath, const char *name)
{
	uint64_t pid = 0;
	int ret = call_number(sys, lxcpath, name, IPC_GET_INIT_PID, 0, &pid);

	if (ret < 0)
		return ret;
	/* Not there yet, or no longer. */
	if ((int32_t)pid <= 0)
		return -ESRCH;
	return (int32_t)pid;
}

int ipc_get_init_pidfd(struct sys *sys, const char *lxcpath, const char *name, struct fd *out)
{
	struct target target = { sys, lxcpath, name };
	struct ipc_reply reply;
	int ret = call(&target, IPC_GET_INIT_PIDFD, 0, NULL, &reply);

	return ret < 0 ? ret : take_fd(sys, &reply, out);
}

int ipc_get_cgroup_fd(struct sys *sys, const char *lxcpath, const char *name,
		      const char *controller, struct fd *out)
{
	struct ipc_wire_cgroup_fd wire = { 0 };
	struct ipc_reply reply;
	int ret;

	(void)snprintf(wire.controller, sizeof(wire.controller), "%s", controller);
	ret = ipc_call(sys, lxcpath, name, IPC_GET_LIMIT_CGROUP_FD, 0, &wire, sizeof(wire),
		       REPLY_TIMEOUT_MS, &reply, NULL);
	if (ret == 0)
		ret = refused(sys, &reply);
	return ret < 0 ? ret : take_fd(sys, &reply, out);
}

int ipc_get_config_item(struct sys *sys, const char *lxcpath, const char *name, const char *key,
			struct str *out)
{
	return call_text(sys, lxcpath, name, IPC_GET_CONFIG_ITEM, key, out);
}

int ipc_get_cgroup(struct sys *sys, const char *lxcpath, const char *name, const char *controller,
		   struct str *out)
{
	return call_text(sys, lxcpath, name, IPC_GET_CGROUP, controller, out);
}

int ipc_serve_state(struct sys *sys, const char *lxcpath, const char *name, enum ipc_state state)
{
	uint64_t ignored;

	return call_number(sys, lxcpath, name, IPC_SERVE_STATE_CLIENTS, (uint64_t)state, &ignored);
}

int ipc_watch_failure(struct sys *sys, const char *lxcpath, const char *name, struct fd *out)
{
	_cleanup_fd_ struct fd sock = { 0 };
	struct ipc_reply reply;
	int ret = ipc_call(sys, lxcpath, name, IPC_WATCH_FAILURE, sizeof(struct err), NULL, 0,
			   REPLY_TIMEOUT_MS, &reply, &sock);

	if (ret == 0)
		ret = refused(sys, &reply);
	if (ret < 0)
		return ret;
	ipc_reply_finish(sys, &reply);
	*out = steal_fd(&sock);
	return 0;
}

int ipc_read_failure(struct sys *sys, int fd, struct err *err)
{
	struct err told;
	int ret = ipc_read_before(sys, fd, &told, sizeof(told),
				  ipc_deadline(sys, REPLY_TIMEOUT_MS));

	if (ret < 0)
		return ret;
	if (told.code >= 0)
		return -EBADMSG;
	told.what[sizeof(told.what) - 1] = told.context[sizeof(told.context) - 1] = '\0';
	told.file[sizeof(told.file) - 1] = told.text[sizeof(told.text) - 1] = '\0';
	told.hint[sizeof(told.hint) - 1] = told.where[sizeof(told.where) - 1] = '\0';
	*err = told;
	return 0;
}

/* Sends STOP. 0: the connection has ended; -errno: the answer, or no time left. */
static int stop_once(struct sys *sys, const char *lxcpath, const char *name, int timeout_ms)
{
	_cleanup_fd_ struct fd sock = { 0 };
	struct ipc_reply reply;
	int64_t deadline = ipc_deadline(sys, timeout_ms);
	int ret = ipc_call(sys, lxcpath, name, IPC_STOP, 0, NULL, 0, timeout_ms, &reply, &sock);
	char byte;

	/* No answer but the end of the connection is what was asked for. */
	if (ret == -ENOSYS || ret == -ECONNREFUSED)
		return 0;
	if (ret < 0)
		return ret;
	ret = reply.ret;
	ipc_reply_finish(sys, &reply);
	if (ret < 0)
		return ret;
	do
		ret = ipc_read_before(sys, sock.n, &byte, 1, deadline);
	while (ret == 0);
	return ret == -ETIMEDOUT ? ret : 0;
}

/* Asked twice before a lost connection counts as an answer. */
static int init_pid_for_sure(struct sys *sys, const char *lxcpath, const char *name)
{
	int pid = ipc_get_init_pid(sys, lxcpath, name);

	return pid < 0 ? ipc_get_init_pid(sys, lxcpath, name) : pid;
}

int ipc_stop(struct sys *sys, const char *lxcpath, const char *name, int timeout_ms)
{
	int before = init_pid_for_sure(sys, lxcpath, name), ret;

	if (before == -ECONNREFUSED)
		return 0;
	ret = stop_once(sys, lxcpath, name, timeout_ms);
	/* It may end for other reasons. Another process means another start, not ours to end. */
	if (ret == 0 && before > 0 && init_pid_for_sure(sys, lxcpath, name) == before)
		ret = -ECONNRESET;
	return ret;
}
