/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The socket between the supervisor and the container's first process: barriers, errors, terminals.
 */
#include "core/run/loop.h"
#include "core/run/steps.h"

#include <errno.h>
#include <stdio.h>

/* Unix 98 slaves: the majors that the kernel reserves for them
 * (Documentation/admin-guide/devices.txt). */
#define PTS_MAJOR_FIRST 136
#define PTS_MAJOR_LAST 143
#define FDS_END (-1)

int handshake_send(struct sys *sys, int fd, const struct handshake *msg, const int *fds,
		   size_t fd_count)
{
	ssize_t len = io_send(sys, fd, msg, sizeof(*msg), fds, fd_count, false);

	return len < 0 ? (int)len : 0;
}

static void serve_ready(struct run *run, const struct pollfd *listen, const struct pollfd *clients)
{
	for (int slot = 0; slot < IPC_CLIENTS_MAX; slot++)
		if (clients[slot].revents && run->server.clients[slot].fd == clients[slot].fd)
			commands_serve(run, slot);
	if (listen->revents)
		(void)ipc_server_accept(&run->server);
}

void run_wait_readable(struct run *run, int fd, int fd2)
{
	struct pollfd fds[3 + IPC_CLIENTS_MAX];
	bool serves = run->server.listen_fd >= 0;
	int ret;

	for (;;) {
		fds[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = fd2, .events = POLLIN };
		fds[2] = (struct pollfd){ .fd = run->server.listen_fd, .events = POLLIN };
		for (int slot = 0; slot < IPC_CLIENTS_MAX; slot++)
			fds[3 + slot] = (struct pollfd){ .fd = run->server.clients[slot].fd,
							 .events = POLLIN };
		ret = SYS_RETRY(sys_poll(run->sys, fds, serves ? ARRAY_LEN(fds) : 2, -1));
		/* Without poll nobody is answered, but the start goes on: the read blocks. */
		if (ret < 0 || fds[0].revents || fds[1].revents)
			return;
		serve_ready(run, &fds[2], &fds[3]);
	}
}

static bool is_pty(struct sys *sys, int fd, bool is_master)
{
	struct stat st;
	unsigned major_number;

	if (sys_fstatat(sys, fd, "", &st, AT_EMPTY_PATH) < 0 || !S_ISCHR(st.st_mode))
		return false;
	if (is_master)
		return st.st_rdev == PTMX_DEV;
	major_number = major(st.st_rdev);
	return major_number >= PTS_MAJOR_FIRST && major_number <= PTS_MAJOR_LAST;
}

/* The child is ours until it executes, but it has looked at the container's files: what it sends is
 * checked. */
static int store_fds(struct run *run, const struct handshake *msg, struct io_message *in)
{
	if (msg->number == FDS_END) {
		run->terminals_received = true;
		return 0;
	}
	if (in->fd_count != 2 || msg->number < 0 || msg->number > RUN_TTYS_MAX)
		return -EPROTO;
	if (!is_pty(run->sys, in->fds[0], true) || !is_pty(run->sys, in->fds[1], false))
		return -ENOTTY;
	if (msg->number == 0) {
		close_number(run->sys, &run->console_master);
		close_number(run->sys, &run->console_slave);
		run->console_master = in->fds[0];
		run->console_slave = in->fds[1];
	} else {
		if ((unsigned)msg->number != run->tty_count + 1)
			return -EPROTO;
		run->ttys[run->tty_count++] = (struct run_tty){
			.master = in->fds[0],
			.slave = in->fds[1],
			.busy_slot = -1,
		};
	}
	in->fd_count = 0;
	return 0;
}

/* Its maker tells it, and it tells itself, by the kernel's word: one of them may be killed before. */
static int store_pid(struct run *run, const struct handshake *msg, const struct io_message *in)
{
	pid_t pid = msg->number > 0 ? msg->number : in->has_creds ? in->creds.pid : 0;

	if (pid <= 0)
		return -EPROTO;
	run->init_pid = pid;
	return 0;
}

static int child_failed(struct run *run, const struct handshake *msg, struct err *err)
{
	char detail[sizeof(msg->detail)];

	if (msg->number < 0 || (uint32_t)msg->number >= run->plan->step_count || msg->code >= 0 ||
	    msg->code < -4095)
		return err_set(err, -EPROTO, "the new process sent nonsense");
	memcpy(detail, msg->detail, sizeof(detail));
	detail[sizeof(detail) - 1] = '\0';
	return plan_err(err, run->plan, step_at(run->plan, (uint32_t)msg->number), msg->code,
			detail[0] ? detail : NULL);
}

/* Why the stream ended: looked at without reaping. */
int handshake_gone(struct run *run, const struct step *step, struct err *err)
{
	pid_t pid = run->init_pid > 0 ? run->init_pid : run->transient_pid;
	siginfo_t info = { 0 };
	char detail[128] = "the new process ended before it was set up";
	int ret;

	/* It closed its end and may yet take its time to die; one that ends already keeps its
	 * status. */
	if (run->init_pid > 0)
		(void)run_signal_init(run, SIGKILL);
	ret = SYS_RETRY(sys_waitid(run->sys, P_PID, pid, &info, WEXITED | WNOWAIT));
	if (ret == 0 && info.si_code == CLD_EXITED)
		(void)snprintf(detail, sizeof(detail), "the new process exited with status %d",
			       info.si_status);
	else if (ret == 0)
		(void)snprintf(detail, sizeof(detail), "the new process was ended by signal %d",
			       info.si_status);
	return plan_err(err, run->plan, step, -ECHILD, detail);
}

bool handshake_has_message(struct run *run)
{
	struct pollfd poll_fd = { .fd = run->handshake_fd, .events = POLLIN };

	return SYS_RETRY(sys_poll(run->sys, &poll_fd, 1, 0)) > 0;
}

int handshake_next(struct run *run, const struct step *step, struct handshake *msg, struct err *err)
{
	struct io_message in;
	ssize_t len;
	int ret = 0;

	run_wait_readable(run, run->handshake_fd, run->init_pidfd);
	/* Who is dead says nothing more, even when somebody else holds its end. */
	if (run->init_pidfd >= 0 && !handshake_has_message(run))
		return -ECONNRESET;
	len = io_receive(run->sys, run->handshake_fd, msg, sizeof(*msg), &in, 0);
	if (len == 0 || len == -ECONNRESET)
		return (int)len;
	if (len < 0)
		return plan_err(err, run->plan, step, (int)len, NULL);
	if (len != sizeof(*msg))
		ret = -EPROTO;
	else if (msg->type == HANDSHAKE_FDS)
		ret = store_fds(run, msg, &in);
	else if (msg->type == HANDSHAKE_PID)
		ret = store_pid(run, msg, &in);
	io_message_close(run->sys, &in);
	if (ret < 0)
		return plan_err(err, run->plan, step, ret, "a message of the new process");
	return msg->type == HANDSHAKE_ERROR ? child_failed(run, msg, err) : 1;
}

int host_sync_post(struct run *run, const struct step *step, struct err *err)
{
	struct handshake msg = { .type = HANDSHAKE_BARRIER, .number = (int32_t)step->num[0] };
	int ret = handshake_send(run->sys, run->handshake_fd, &msg, NULL, 0);

	/* The child is gone: what it said last tells more than EPIPE. It is there already; nobody
	 * is waited for. */
	while ((ret == -EPIPE || ret == -ECONNRESET) && handshake_has_message(run)) {
		int next = handshake_next(run, step, &msg, err);

		if (next == 0 || next == -ECONNRESET)
			return handshake_gone(run, step, err);
		if (next < 0)
			return next;
	}
	return ret;
}

int host_sync_wait(struct run *run, const struct step *step, struct err *err)
{
	struct handshake msg;

	for (;;) {
		int ret = handshake_next(run, step, &msg, err);

		if (ret == 0 || ret == -ECONNRESET)
			return handshake_gone(run, step, err);
		if (ret < 0)
			return ret;
		if (msg.type == HANDSHAKE_FDS || msg.type == HANDSHAKE_PID)
			continue;
		if (msg.type == HANDSHAKE_BARRIER && msg.number == step->num[0])
			return 0;
		return plan_err(err, run->plan, step, -EPROTO, "an unexpected message");
	}
}

int host_receive_fds(struct run *run, const struct step *step, struct err *err)
{
	struct handshake msg;

	while (!run->terminals_received) {
		int ret = handshake_next(run, step, &msg, err);

		if (ret == 0 || ret == -ECONNRESET)
			return handshake_gone(run, step, err);
		if (ret < 0)
			return ret;
		if (msg.type != HANDSHAKE_FDS)
			return plan_err(err, run->plan, step, -EPROTO, "an unexpected message");
	}
	if (run->tty_count != (uint64_t)step->num[0] || (step->num[1] && run->console_master < 0))
		return plan_err(err, run->plan, step, -EPROTO, "some terminals are missing");
	relay_prepare(run);
	return host_open_console_log(run, step, err);
}

void host_receive_fds_undo(struct run *run, const struct step *step)
{
	for (unsigned i = 0; i < run->tty_count; i++) {
		close_number(run->sys, &run->ttys[i].master);
		close_number(run->sys, &run->ttys[i].slave);
	}
	run->tty_count = 0;
	run->terminals_received = false;
	close_number(run->sys, &run->console_master);
	close_number(run->sys, &run->console_slave);
}

/* exec closes the child's end: the end of the stream is the good news here. */
int host_exec_wait(struct run *run, const struct step *step, struct err *err)
{
	struct handshake msg;
	int ret;

	do
		ret = handshake_next(run, step, &msg, err);
	while (ret > 0 && msg.type == HANDSHAKE_FDS);
	if (ret > 0)
		return plan_err(err, run->plan, step, -EPROTO, "an unexpected message");
	/* It died with something unread: before it executed. */
	if (ret == -ECONNRESET)
		return handshake_gone(run, step, err);
	if (ret == 0)
		close_number(run->sys, &run->handshake_fd);
	return ret;
}

int child_sync_post(struct child *child, const struct step *step, struct note *note)
{
	struct handshake msg = { .type = HANDSHAKE_BARRIER, .number = (int32_t)step->num[0] };

	return handshake_send(child->sys, child->handshake_fd, &msg, NULL, 0);
}

int child_sync_wait(struct child *child, const struct step *step, struct note *note)
{
	struct io_message in;
	struct handshake msg;
	ssize_t len = io_receive(child->sys, child->handshake_fd, &msg, sizeof(msg), &in, 0);

	io_message_close(child->sys, &in);
	if (len < 0)
		return (int)len;
	if (len == 0)
		return note_set(note, -EPIPE, "the supervisor is gone");
	if (len != sizeof(msg) || msg.type != HANDSHAKE_BARRIER || msg.number != step->num[0])
		return note_set(note, -EPROTO, "an unexpected message");
	return 0;
}
