/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the command socket answers: one row a command; a command without a row is -ENOSYS. */
#include "core/run/loop.h"
#include "core/run/steps.h"

#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>

static int answer(struct run *run, int slot, int ret, uint64_t data)
{
	return ipc_server_reply(&run->server, slot, ret, data, NULL, 0, NULL, 0);
}

static int answer_text(struct run *run, int slot, const char *text)
{
	size_t len = strlen(text) + 1;

	if (len > IPC_PAYLOAD_MAX)
		return answer(run, slot, -EFBIG, 0);
	return ipc_server_reply(&run->server, slot, 0, 0, text, len, NULL, 0);
}

static int answer_fd(struct run *run, int slot, int fd, uint64_t data)
{
	if (fd < 0)
		return answer(run, slot, -EBADF, 0);
	return ipc_server_reply(&run->server, slot, 0, data, NULL, 0, &fd, 1);
}

/* The text of a request; NULL: not terminated within its length. */
static const char *request_text(const struct ipc_request *request)
{
	return memchr(request->payload, '\0', request->len) ? request->payload : NULL;
}

/* --- terminals --- */

/* A terminal belongs to a connection: when that is gone, it is free. */
static bool tty_is_free(const struct run *run, unsigned number)
{
	int slot = run->ttys[number - 1].busy_slot;

	return slot < 0 || run->server.clients[slot].tty != (int)number;
}

/* 1..count, or -errno. wanted -1: the lowest that is free. */
static int choose_tty(const struct run *run, int64_t wanted)
{
	for (unsigned number = 1; wanted == -1 && number <= run->tty_count; number++)
		if (tty_is_free(run, number))
			return (int)number;
	if (wanted < 1 || wanted > (int64_t)run->tty_count)
		return -EBADF;
	return tty_is_free(run, (unsigned)wanted) ? (int)wanted : -EBADF;
}

static int give_console(struct run *run, int slot)
{
	struct ipc_client *client = &run->server.clients[slot];
	int master = relay_proxy(run, slot), ret;

	if (master < 0)
		return answer(run, slot, -EBADF, 0);
	client->waits = true;
	client->tty = LOOP_TTY_CONSOLE;
	ret = answer_fd(run, slot, master, 0);
	(void)sys_close(run->sys, master);
	return ret;
}

static int cmd_console(struct run *run, int slot, const struct ipc_request *request)
{
	struct ipc_client *client = &run->server.clients[slot];
	int64_t wanted = (int32_t)request->data;
	int number;

	/* One connection, one terminal. */
	if (client->tty != 0)
		return answer(run, slot, -EBADF, 0);
	if (wanted == 0)
		return give_console(run, slot);
	number = choose_tty(run, wanted);
	if (number < 0)
		return answer(run, slot, -EBADF, 0);
	client->waits = true;
	client->tty = number;
	run->ttys[number - 1].busy_slot = slot;
	return answer_fd(run, slot, run->ttys[number - 1].master, (uint64_t)number);
}

static int cmd_winch(struct run *run, int slot, const struct ipc_request *request)
{
	relay_resize(run);
	return answer(run, slot, 0, 0);
}

/* There is no ring buffer yet. */
static int cmd_console_log(struct run *run, int slot, const struct ipc_request *request)
{
	return answer(run, slot, -EFAULT, 0);
}

/* --- what it is --- */

static int cmd_state(struct run *run, int slot, const struct ipc_request *request)
{
	return answer(run, slot, 0, (uint64_t)run->server.state);
}

static int cmd_init_pid(struct run *run, int slot, const struct ipc_request *request)
{
	return answer(run, slot, 0, (uint64_t)run->init_pid);
}

static int cmd_init_pidfd(struct run *run, int slot, const struct ipc_request *request)
{
	return answer_fd(run, slot, run->init_pidfd, 0);
}

static int cmd_clone_flags(struct run *run, int slot, const struct ipc_request *request)
{
	return answer(run, slot, 0, run->plan->ns_flags);
}

static int cmd_config_item(struct run *run, int slot, const struct ipc_request *request)
{
	const char *key = request_text(request);
	const char *value = key ? plan_item(run->plan, key) : NULL;

	if (!key)
		return answer(run, slot, -EINVAL, 0);
	if (!value || !*value)
		return answer(run, slot, -1, 0);
	return answer_text(run, slot, value);
}

static int cmd_name(struct run *run, int slot, const struct ipc_request *request)
{
	return answer_text(run, slot, plan_str(run->plan, run->plan->name));
}

static int cmd_lxcpath(struct run *run, int slot, const struct ipc_request *request)
{
	return answer_text(run, slot, plan_str(run->plan, run->plan->lxcpath));
}

/* --- end, states --- */

/*
 * First the signal, then the thaw: a frozen task sees the signal before it runs on. The end of the
 * connection is the answer. Init may be about to reboot, or dead of it, or not be born yet: then it
 * is not the signal that ends the container, but that no other life begins.
 */
static int cmd_stop(struct run *run, int slot, const struct ipc_request *request)
{
	int signo = run->plan->signal_stop ? run->plan->signal_stop : SIGKILL;
	bool is_there = run->init_pid > 0 && !run->reaped;
	int ret = is_there ? run_signal_init(run, signo) : 0;

	if (ret < 0)
		return answer(run, slot, ret, 0);
	if (!is_there || signo == SIGKILL)
		run->stop_asked = true;
	ret = run_thaw(run);
	/* What is not frozen needs no thaw. */
	if (ret < 0 && (run->server.state == IPC_FROZEN || run->server.state == IPC_FREEZING))
		return answer(run, slot, ret, 0);
	run->server.clients[slot].waits = true;
	return 0;
}

static int cmd_add_state_client(struct run *run, int slot, const struct ipc_request *request)
{
	struct ipc_client *client = &run->server.clients[slot];
	enum ipc_state state = run->server.state;
	int32_t flags[IPC_STATE_COUNT];

	if (request->len != sizeof(flags))
		return answer(run, slot, -EINVAL, 0);
	memcpy(flags, request->payload, sizeof(flags));
	if (flags[state] == 1)
		return answer(run, slot, (int)state, (uint64_t)state);
	for (int i = 0; i < IPC_STATE_COUNT; i++)
		client->wish[i] = (int8_t)(flags[i] == 1 || flags[i] == 2 ? flags[i] : 0);
	client->waits = true;
	return answer(run, slot, IPC_STATE_COUNT, IPC_STATE_COUNT);
}

/* Who freezes and thaws tells us; no other state is anybody else's to announce. */
static int cmd_serve_state(struct run *run, int slot, const struct ipc_request *request)
{
	enum ipc_state state = (enum ipc_state)request->data;

	if (request->data != IPC_RUNNING && request->data != IPC_FREEZING &&
	    request->data != IPC_FROZEN && request->data != IPC_THAWED)
		return answer(run, slot, -EINVAL, 0);
	/* Once each: some tools tell us twice. */
	if (state != run->server.state && (run->server.state == IPC_RUNNING || run->server.state == IPC_FREEZING ||
					   run->server.state == IPC_FROZEN))
		ipc_server_state(&run->server, state, false);
	if (state == IPC_THAWED && run->server.state == IPC_RUNNING)
		ipc_server_state(&run->server, IPC_RUNNING, false);
	return answer(run, slot, 0, 0);
}

/* A private one: only who was built like us knows what an error looks like. */
static int cmd_watch_failure(struct run *run, int slot, const struct ipc_request *request)
{
	if (request->data != sizeof(struct err))
		return answer(run, slot, -ENOSYS, 0);
	run->server.clients[slot].waits = true;
	run->server.clients[slot].watches = true;
	return answer(run, slot, 0, 0);
}

/* --- the table --- */

typedef int (*command_fn)(struct run *run, int slot, const struct ipc_request *request);

static const command_fn commands[IPC_COMMAND_COUNT] = {
	[IPC_CONSOLE] = cmd_console,
	[IPC_TERMINAL_WINCH] = cmd_winch,
	[IPC_STOP] = cmd_stop,
	[IPC_GET_STATE] = cmd_state,
	[IPC_GET_INIT_PID] = cmd_init_pid,
	[IPC_GET_CLONE_FLAGS] = cmd_clone_flags,
	[IPC_GET_CGROUP] = cmd_cgroup,
	[IPC_GET_CONFIG_ITEM] = cmd_config_item,
	[IPC_GET_NAME] = cmd_name,
	[IPC_GET_LXCPATH] = cmd_lxcpath,
	[IPC_ADD_STATE_CLIENT] = cmd_add_state_client,
	[IPC_CONSOLE_LOG] = cmd_console_log,
	[IPC_SERVE_STATE_CLIENTS] = cmd_serve_state,
	[IPC_GET_CGROUP2_FD] = cmd_cgroup2_fd,
	[IPC_GET_INIT_PIDFD] = cmd_init_pidfd,
	[IPC_GET_LIMIT_CGROUP] = cmd_cgroup,
	[IPC_GET_LIMIT_CGROUP2_FD] = cmd_cgroup2_fd,
	[IPC_GET_CGROUP_CTX] = cmd_cgroup_ctx,
	[IPC_GET_CGROUP_FD] = cmd_cgroup_fd,
	[IPC_GET_LIMIT_CGROUP_FD] = cmd_cgroup_fd,
};

static int ns_of(struct run *run, pid_t pid, struct stat *st)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	return sys_fstatat(run->sys, AT_FDCWD, path, st, 0);
}

/* A process that is gone already is counted as inside; its number may be another's soon. */
static bool is_in_init_ns(struct run *run, pid_t pid)
{
	struct stat peer;
	int ret = pid > 0 ? ns_of(run, pid, &peer) : -EACCES;

	if (ret < 0)
		return ret == -ENOENT || ret == -ESRCH;
	return peer.st_dev == run->init_ns_dev && peer.st_ino == run->init_ns_ino;
}

/* It stays what it is for a whole life. */
static int look_at_init_ns(struct run *run)
{
	struct stat ours, init;
	int ret = run->init_inside ? 0 : ns_of(run, run->self, &ours);

	if (ret < 0 || run->init_inside)
		return ret;
	ret = ns_of(run, run->init_pid, &init);
	if (ret < 0)
		return ret;
	run->init_inside = ours.st_dev == init.st_dev && ours.st_ino == init.st_ino ? 2 : 1;
	run->init_ns_dev = init.st_dev;
	run->init_ns_ino = init.st_ino;
	return 0;
}

/*
 * Root inside a container that shares our network namespace has uid 0 too, and sees the socket. It
 * is told by its pid namespace: the container's, when that is not ours. A peer that we cannot see
 * lives outside of ours, not below.
 */
static bool is_from_inside(struct run *run, int slot, const struct ipc_request *request)
{
	struct ucred connected = { 0 };
	size_t len = sizeof(connected);

	if (run->init_pid <= 0 || !(run->plan->ns_flags & CLONE_NEWPID))
		return false;
	if (look_at_init_ns(run) < 0)
		return true;
	if (run->init_inside == 2)
		return false;
	/* Who sent, and who connected: a descriptor may have been handed on. */
	if (is_in_init_ns(run, request->peer.pid))
		return true;
	if (sys_getsockopt(run->sys, run->server.clients[slot].fd, SOL_SOCKET, SO_PEERCRED,
			   &connected, &len) < 0)
		return true;
	return connected.pid != request->peer.pid && is_in_init_ns(run, connected.pid);
}

void commands_serve(struct run *run, int slot)
{
	struct ipc_request request;
	command_fn fn = NULL;

	if (run->server.clients[slot].fd < 0 || ipc_server_read(&run->server, slot, &request) == 0)
		return;
	if (is_from_inside(run, slot, &request)) {
		run->server.clients[slot].waits = false;
		(void)answer(run, slot, -EACCES, 0);
		return;
	}
	if (request.cmd < IPC_COMMAND_COUNT)
		fn = commands[request.cmd];
	else if (request.cmd == IPC_WATCH_FAILURE)
		fn = cmd_watch_failure;
	if (!fn) {
		(void)answer(run, slot, -ENOSYS, 0);
		return;
	}
	(void)fn(run, slot, &request);
}
