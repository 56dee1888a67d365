/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The caller's side: forks T, moves it into the cgroups, learns A's pid, reaps T. */
#include "core/attach/context.h"

#include <errno.h>

/* What we hold while the two others work. */
struct attach_talk {
	struct sys *sys;
	struct fd socket; /* our end */
	struct attach_context *context;
	pid_t transient; /* 0: reaped */
	pid_t attached;	 /* 0: not heard of yet */
	bool ready;
};

static int reap(struct sys *sys, pid_t pid)
{
	siginfo_t info = { 0 };

	return SYS_RETRY(sys_waitid(sys, P_PID, pid, &info, WEXITED));
}

static int start_transient(struct attach_talk *talk, const struct attach_context *c,
			   struct err *err)
{
	struct sys_clone args = { .exit_signal = SIGCHLD };
	struct attach_child child = { .sys = c->sys, .context = c, .joined = c->joined };
	int pair[2], ret;

	ret = sys_socketpair(c->sys, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
	if (ret < 0)
		return err_sys(err, ret, "create a socket pair");
	talk->socket = fd_of(c->sys, pair[0]);
	child.socket = pair[1];
	for (unsigned i = 0; i < NAMESPACE_COUNT; i++)
		child.ns[i] = fd_n(&c->ns[i]);
	child.slave = fd_n(&c->slave);
	ret = sys_clone3(c->sys, &args, attach_transient_main, &child, sizeof(child));
	(void)sys_close(c->sys, pair[1]);
	if (ret < 0)
		return err_sys(err, ret, "create the attaching process");
	talk->transient = ret;
	return 0;
}

static int let_go(struct attach_talk *talk, struct err *err)
{
	struct attach_message msg = { .type = ATTACH_GO };
	ssize_t len = io_send(talk->sys, talk->socket.n, &msg, sizeof(msg), NULL, 0, false);

	if (len >= 0)
		return 0;
	if (len != -EPIPE && len != -ECONNRESET)
		return err_sys(err, (int)len, "start the attaching process");
	/* It has failed already: its own words come next. It waits for nothing more of us. */
	(void)sys_shutdown(talk->sys, talk->socket.n, SHUT_WR);
	return 0;
}

static int take(struct attach_talk *talk, const struct attach_message *msg, struct err *err)
{
	if (msg->type == ATTACH_PID) {
		talk->attached = msg->value;
		return 0;
	}
	if (msg->type == ATTACH_MASTER)
		return 0;
	if (msg->type == ATTACH_READY) {
		talk->ready = true;
		return 0;
	}
	if (msg->type == ATTACH_FAILED && msg->value >= 0 && msg->value < ATTACH_STEP_COUNT &&
	    msg->code < 0)
		return err_sys(err, msg->code, "%s", attach_step_words[msg->value]);
	return err_set(err, -EPROTO, "the attaching process sent nonsense");
}

/* Until both have said theirs: T the pid, A that it is ready. In any order. */
static int listen_to(struct attach_talk *talk, struct err *err)
{
	int ret = 0;

	while (ret == 0 && !(talk->attached && talk->ready)) {
		struct attach_message msg;
		struct io_message in;
		ssize_t len = io_receive(talk->sys, talk->socket.n, &msg, sizeof(msg), &in, 0);

		if (len == sizeof(msg) && msg.type == ATTACH_MASTER)
			attach_terminal_replace(talk->context, &in);
		io_message_close(talk->sys, &in);
		if (len < 0)
			return err_sys(err, (int)len, "hear from the attaching process");
		if (len != sizeof(msg))
			return err_set(err, -ECHILD, "the attaching process ended too early");
		ret = take(talk, &msg, err);
	}
	return ret;
}

/* T may have died between clone and message: then A's pid never comes, but A's last message fails,
 * and it ends by itself. */
static void abandon(struct attach_talk *talk)
{
	struct attach_message msg;
	struct io_message in;

	(void)sys_shutdown(talk->sys, talk->socket.n, SHUT_WR);
	/* T first: after its end its message is in the socket, if it ever sent one. */
	if (talk->transient > 0)
		(void)reap(talk->sys, talk->transient);
	while (talk->attached == 0 && io_receive(talk->sys, talk->socket.n, &msg, sizeof(msg), &in,
						 MSG_DONTWAIT) == (ssize_t)sizeof(msg)) {
		io_message_close(talk->sys, &in);
		if (msg.type == ATTACH_PID)
			talk->attached = msg.value;
	}
	if (talk->attached > 0) {
		(void)sys_kill(talk->sys, talk->attached, SIGKILL);
		(void)reap(talk->sys, talk->attached);
	}
	fd_finish(&talk->socket);
}

int attach_run(struct sys *sys, const struct attach_args *args, pid_t *attached_out,
	       struct err *err)
{
	_cleanup_attach_context_ struct attach_context context = { .sys = NULL };
	struct attach_talk talk = { .sys = sys, .context = &context };
	int ret = attach_context_read(&context, sys, args, err);

	if (ret == 0)
		ret = start_transient(&talk, &context, err);
	if (ret < 0) {
		fd_finish(&talk.socket);
		return ret;
	}
	/* Before it enters anything: its number is ours, and A is born in the cgroup. */
	if (args->flags & ATTACH_MOVE_TO_CGROUP)
		ret = attach_cgroups(&context, talk.transient, err);
	if (ret == 0)
		ret = attach_limits(&context, talk.transient, err);
	if (ret == 0)
		ret = let_go(&talk, err);
	if (ret == 0)
		ret = listen_to(&talk, err);
	if (ret < 0) {
		abandon(&talk);
		return ret;
	}
	(void)reap(sys, talk.transient);
	fd_finish(&talk.socket);
	*attached_out = talk.attached;
	return attach_terminal_relay(&context, err);
}

int attach_wait(struct sys *sys, pid_t attached, int *status_out)
{
	siginfo_t info = { 0 };
	int ret = SYS_RETRY(sys_waitid(sys, P_PID, attached, &info, WEXITED));

	if (ret < 0)
		return ret;
	if (info.si_code == CLD_EXITED)
		*status_out = (info.si_status & 0xff) << 8;
	else
		*status_out = info.si_code == CLD_DUMPED ? info.si_status | 0x80 : info.si_status;
	return 0;
}

int attach_exit_code(int wait_status)
{
	int signo = wait_status & 0x7f;

	return signo ? 128 + signo : wait_status >> 8 & 0xff;
}
