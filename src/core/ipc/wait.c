/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for a state: registered with the supervisor, or trying again while there is none. */
#include "core/ipc/wire.h"

#include <errno.h>

#define RETRY_MS 1000
#define REPLY_TIMEOUT_MS 10000

struct waiting {
	struct sys *sys;
	const char *lxcpath, *name;
	unsigned mask;
	bool next_running;
	int64_t deadline;
	int (*ready)(void *data);
	void *data;
};

/* The supervisor is gone: an answer, when that was waited for. */
static int gone(const struct waiting *w)
{
	if (w->mask & 1U << IPC_STOPPED)
		return IPC_STOPPED;
	return -ECONNREFUSED;
}

/* A connection that ended before an answer does not tell that the container has ended. */
static int unanswered(const struct waiting *w)
{
	int state = ipc_get_state(w->sys, w->lxcpath, w->name);

	return state == IPC_STOPPED ? gone(w) : -EAGAIN;
}

static int registered(struct waiting *w, int sock)
{
	struct ipc_wire_state state = { 0 };
	int ret = 0;

	if (w->ready)
		ret = w->ready(w->data);
	/* It did not reach anybody: then once more, as long as there is time. */
	if (ret == -ECONNREFUSED || ret == -ETIMEDOUT)
		return unanswered(w);
	if (ret == 0)
		w->ready = NULL;
	if (ret == 0)
		ret = ipc_read_before(w->sys, sock, &state, sizeof(state), w->deadline);
	if (ret == -EPIPE || ret == -ECONNRESET)
		return w->next_running ? -ECONNRESET : gone(w);
	if (ret < 0)
		return ret;
	if (state.type != 0 || state.value < 0 || state.value >= IPC_STATE_COUNT)
		return -EBADMSG;
	return state.value;
}

/* A state; -ECONNREFUSED: nobody there; -EAGAIN: somebody, who did not answer; or -errno. */
static int try_once(struct waiting *w, int timeout_ms)
{
	_cleanup_fd_ struct fd sock = { 0 };
	int32_t wish[IPC_STATE_COUNT] = { 0 };
	struct ipc_reply reply;
	int ret;

	for (int i = 0; i < IPC_STATE_COUNT; i++)
		wish[i] = w->mask & 1U << i ? 1 : 0;
	if (w->next_running)
		wish[IPC_RUNNING] = 2;
	ret = ipc_call(w->sys, w->lxcpath, w->name, IPC_ADD_STATE_CLIENT, 0, wish, sizeof(wish),
		       timeout_ms, &reply, &sock);
	if (ret == -ECONNREFUSED || ret == -ENOSYS || ret == -ETIMEDOUT)
		return unanswered(w);
	if (ret < 0)
		return ret;
	ret = reply.ret;
	ipc_reply_finish(w->sys, &reply);
	return ret == IPC_STATE_COUNT ? registered(w, sock.n) : ret;
}

/* false: the time is over. */
static bool pause_retry(const struct waiting *w)
{
	struct timespec ts = { .tv_sec = RETRY_MS / 1000 };

	if (w->deadline >= 0) {
		int64_t left = w->deadline - ipc_deadline(w->sys, 0);

		if (left <= 0)
			return false;
		if (left < RETRY_MS)
			ts = (struct timespec){ .tv_nsec = (long)left * 1000000 };
	}
	(void)sys_clock_nanosleep(w->sys, CLOCK_MONOTONIC, 0, &ts, NULL);
	return true;
}

int ipc_wait(struct sys *sys, const char *lxcpath, const char *name, unsigned mask,
	     bool next_running, int timeout_ms, int (*ready)(void *data), void *data)
{
	struct waiting w = {
		.sys = sys,
		.lxcpath = lxcpath,
		.name = name,
		.mask = mask,
		.next_running = next_running,
		.deadline = ipc_deadline(sys, timeout_ms),
		.ready = ready,
		.data = data,
	};
	/* Also who only looks gives the supervisor time to answer. */
	int reply_ms =
		timeout_ms >= 0 && timeout_ms < REPLY_TIMEOUT_MS ? REPLY_TIMEOUT_MS : timeout_ms;

	for (;;) {
		int ret = try_once(&w, reply_ms);

		/* Who waits for the next life of a container that ended waits for nothing. */
		if (ret != -EAGAIN && (ret != -ECONNREFUSED || next_running))
			return ret;
		if (!pause_retry(&w))
			return -ETIMEDOUT;
	}
}
