/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The caller's side of an attach: its terminal, the process that enters, the one that stays. */
#include "core/run/steps.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>

/* Of both, after which they end: a pid, a terminal, an error, a barrier. */
#define MESSAGES_MAX 8

/* --- the terminal: a pty between the caller's and the attached process (CVE-2016-10124) --- */

int host_terminal(struct run *run, const struct step *step, struct err *err)
{
	int ret = io_open(run->sys, AT_FDCWD, "/dev/tty", O_RDWR | O_NOCTTY, 0, 0);

	if (ret < 0)
		ret = sys_fcntl(run->sys, (int)step->num[0], F_DUPFD_CLOEXEC, 3);
	if (ret < 0)
		return plan_err(err, run->plan, step, ret, "the caller's own");
	run->relay.peer_fd = ret;
	ret = pty_open(run->sys, "/dev/ptmx", 0, &run->console_master, &run->console_slave);
	if (ret < 0)
		host_terminal_undo(run, step);
	else
		pty_copy_size(run->sys, run->relay.peer_fd, run->console_slave);
	return ret;
}

void host_terminal_undo(struct run *run, const struct step *step)
{
	host_console_undo(run, step);
	close_number(run->sys, &run->relay.peer_fd);
}

/* --- the process that enters --- */

static struct child transient_of(const struct run *run, int socket)
{
	struct child child = {
		.sys = run->sys,
		.plan = run->plan,
		.more_ops = run->more_ops,
		.log = run->log,
		.envp = run->envp,
		.handshake_fd = socket,
		.supervisor_pidfd = -1,
		.init_exe_fd = -1,
		.console_master = -1,
		.console_slave = run->console_slave,
		.host_root_fd = -1,
		.host_dev_fd = -1,
		.root_fd = -1,
		.proc_fd = -1,
		.devpts_fd = -1,
		.enter = run->enter,
		.host_fds = { run->handshake_fd, run->relay.peer_fd, run->console_master },
	};

	memcpy(child.ns_fds, run->enter->ns_fds, sizeof(child.ns_fds));
	return child;
}

/* A fork and no more: the caller may have threads. */
int host_transient(struct run *run, const struct step *step, struct err *err)
{
	const struct sys_clone args = { .exit_signal = SIGCHLD };
	_cleanup_fd_ struct fd child_end = { 0 };
	struct child child;
	int pair[2];
	int ret = sys_socketpair(run->sys, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);

	if (ret < 0)
		return ret;
	run->handshake_fd = pair[0];
	child_end = fd_of(run->sys, pair[1]);
	child = transient_of(run, child_end.n);
	ret = sys_clone3(run->sys, &args, transient_main, &child, sizeof(child));
	if (ret < 0) {
		close_number(run->sys, &run->handshake_fd);
		return ret;
	}
	run->init_pid = ret;
	return 0;
}

static void reap(struct sys *sys, pid_t pid)
{
	siginfo_t info = { 0 };

	(void)SYS_RETRY(sys_waitid(sys, P_PID, pid, &info, WEXITED));
}

/* Both wait for nothing but our words, and end without them. Not killed: between clone and message
 * the one knows of the other, and we do not. */
void host_transient_undo(struct run *run, const struct step *step)
{
	struct handshake msg;

	(void)sys_shutdown(run->sys, run->handshake_fd, SHUT_WR);
	if (run->init_pid > 0)
		reap(run->sys, run->init_pid);
	run->init_pid = 0;
	/* Its message is in the socket, if it ever sent one; perhaps behind some of the other's. */
	for (int i = 0; i < MESSAGES_MAX && run->attached_pid == 0; i++) {
		int ret = handshake_has_message(run) ? handshake_next(run, step, &msg, NULL) : 0;

		if (ret == 0 || ret == -ECONNRESET)
			break;
	}
	if (run->attached_pid > 0) {
		(void)sys_kill(run->sys, run->attached_pid, SIGKILL);
		reap(run->sys, run->attached_pid);
	}
	run->attached_pid = 0;
	close_number(run->sys, &run->handshake_fd);
}

/* Who was killed between clone and message says nothing any more, while the other waits for us. */
int host_receive_pid(struct run *run, const struct step *step, struct err *err)
{
	_cleanup_fd_ struct fd pidfd = { 0 };
	struct handshake msg;
	int ret = sys_pidfd_open(run->sys, run->init_pid, 0);

	if (ret < 0 && ret != -ENOSYS)
		return ret;
	pidfd = fd_of(run->sys, ret);
	while (run->attached_pid == 0) {
		run_wait_readable(run, run->handshake_fd, fd_n(&pidfd));
		ret = handshake_has_message(run) ? handshake_next(run, step, &msg, err) : 0;
		if (ret == 0 || ret == -ECONNRESET)
			return handshake_gone(run, step, err);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* The caller may have given SIGCHLD away: then there is nobody to wait for. */
int host_reap(struct run *run, const struct step *step, struct err *err)
{
	reap(run->sys, run->init_pid);
	run->init_pid = 0;
	close_number(run->sys, &run->handshake_fd);
	return 0;
}

int enter_run(struct sys *sys, const struct enter_args *args, struct enter_result *result,
	      struct err *err)
{
	_cleanup_free_ struct run *run = run_create(sys, args->plan, args->envp);
	int ret;

	if (!run)
		return err_sys(err, -ENOMEM, "run the plan");
	run->enter = args;
	ret = run_chapter(run, CHAPTER_BEFORE, err);
	if (ret == 0)
		ret = run_chapter(run, CHAPTER_AFTER, err);
	if (ret < 0) {
		run_undo(run);
		return ret;
	}
	close_number(sys, &run->console_slave);
	*result = (struct enter_result){
		.attached = run->attached_pid,
		.terminal = fd_of(sys, run->relay.peer_fd),
		.master = fd_of(sys, run->console_master),
	};
	return 0;
}
