/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The caller's side of an attach: its terminal, the process that enters, the one that stays. */
#include "core/run/steps.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

/* Of both, after which they end: a pid, a terminal, an error, a barrier. */
#define MESSAGES_MAX 8
/* For the first words of a process whose maker has ended: it has nothing else to do. */
#define FIRST_WORDS_MS 10000

/* --- the terminal: a pty between the caller's and the attached process (CVE-2016-10124) --- */

/* An open file of our own: not blocking for us alone. */
static int open_terminal(struct sys *sys, int from)
{
	const uint64_t flags = O_RDWR | O_NOCTTY | O_NONBLOCK;
	char path[32];
	int ret = io_open(sys, AT_FDCWD, "/dev/tty", flags, 0, 0);

	if (ret >= 0)
		return ret;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", from);
	ret = io_open(sys, AT_FDCWD, path, flags, 0, 0);
	return ret < 0 ? sys_fcntl(sys, from, F_DUPFD_CLOEXEC, 3) : ret;
}

int host_terminal(struct run *run, const struct step *step, struct err *err)
{
	int ret = open_terminal(run->sys, (int)step->num[0]);

	if (ret < 0)
		return plan_err(err, run->plan, step, ret, "the caller's own");
	run->relay.peer_fd = ret;
	ret = pty_open(run->sys, "/dev/ptmx", 0, &run->console_master, &run->console_slave);
	if (ret < 0) {
		host_terminal_undo(run, step);
		return ret;
	}
	/* Before the program can ask. */
	pty_copy_size(run->sys, run->relay.peer_fd, run->console_slave);
	return 0;
}

void host_terminal_undo(struct run *run, const struct step *step)
{
	host_console_undo(run, step);
	close_number(run->sys, &run->relay.peer_fd);
}

/* --- the process that enters --- */

static struct child transient_of(const struct run *run, int socket, int self_pidfd)
{
	struct child child = child_of(run, socket, self_pidfd);

	/* The caller's own ends come along to be closed first. */
	child.console_master = -1;
	child.enter = run->enter;
	child.host_fds[0] = run->handshake_fd;
	child.host_fds[1] = run->relay.peer_fd;
	child.host_fds[2] = run->console_master;
	memcpy(child.ns_fds, run->enter->ns_fds, sizeof(child.ns_fds));
	return child;
}

/* Our end tells whose a message is: the attached process knows its number by its own count only. */
static int open_handshake(struct run *run, struct fd *child_end)
{
	int pair[2], on = 1;
	int ret = sys_socketpair(run->sys, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);

	if (ret < 0)
		return ret;
	run->handshake_fd = pair[0];
	*child_end = fd_of(run->sys, pair[1]);
	return sys_setsockopt(run->sys, pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
}

/* A descriptor for a process; -1: a kernel without them, or it is gone. */
static int open_process(struct sys *sys, pid_t pid, int *pidfd)
{
	int ret = sys_pidfd_open(sys, pid, 0);

	*pidfd = ret < 0 ? -1 : ret;
	return ret < 0 && ret != -ENOSYS && ret != -ESRCH ? ret : 0;
}

/* A fork and no more: the caller may have threads. */
static int make_transient(struct run *run)
{
	const struct sys_clone args = { .exit_signal = SIGCHLD };
	_cleanup_fd_ struct fd child_end = { 0 }, self = { 0 };
	struct child child;
	int ret = sys_pidfd_open(run->sys, sys_getpid(run->sys), 0);

	self = fd_of(run->sys, ret);
	if (ret >= 0 || ret == -ENOSYS)
		ret = open_handshake(run, &child_end);
	if (ret < 0)
		return ret;
	child = transient_of(run, child_end.n, fd_n(&self));
	ret = sys_clone3(run->sys, &args, transient_main, &child, sizeof(child));
	if (ret < 0)
		return ret;
	run->transient_pid = ret;
	/* It waits for our word: it is still there, and the number its own. */
	return open_process(run->sys, run->transient_pid, &run->transient_pidfd);
}

int host_transient(struct run *run, const struct step *step, struct err *err)
{
	int ret = make_transient(run);

	if (ret < 0)
		host_transient_undo(run, step);
	return ret;
}

static void reap(struct sys *sys, pid_t *pid)
{
	siginfo_t info = { 0 };

	if (*pid > 0)
		(void)SYS_RETRY(sys_waitid(sys, P_PID, *pid, &info, WEXITED));
	*pid = 0;
}

/* Something to read, or the end; false: who enters has ended, and nobody speaks. */
static bool wait_for_words(struct run *run)
{
	struct pollfd fd = { .fd = run->handshake_fd, .events = POLLIN };

	run_wait_readable(run, run->handshake_fd, run->transient_pidfd);
	return SYS_RETRY(sys_poll(run->sys, &fd, 1, FIRST_WORDS_MS)) > 0;
}

/* 0: its number is known; -errno: what somebody said, or that both are gone. */
int host_receive_pid(struct run *run, const struct step *step, struct err *err)
{
	while (run->init_pid == 0) {
		struct handshake msg;
		int ret = wait_for_words(run) ? handshake_next(run, step, &msg, err) : 0;

		if (ret == 0 || ret == -ECONNRESET)
			return handshake_gone(run, step, err);
		if (ret < 0)
			return ret;
	}
	/* It waits for our word, too. */
	return open_process(run->sys, run->init_pid, &run->init_pidfd);
}

/* Both wait for nothing but our words, and end without them. */
void host_transient_undo(struct run *run, const struct step *step)
{
	struct handshake msg;

	if (run->handshake_fd >= 0)
		(void)sys_shutdown(run->sys, run->handshake_fd, SHUT_WR);
	/* Perhaps behind some words of the other. */
	for (int i = 0; run->transient_pid > 0 && i < MESSAGES_MAX && run->init_pid == 0; i++) {
		int ret = wait_for_words(run) ? handshake_next(run, step, &msg, NULL) : 0;

		if (ret == 0 || ret == -ECONNRESET)
			break;
	}
	reap(run->sys, &run->transient_pid);
	(void)run_signal_init(run, SIGKILL);
	reap(run->sys, &run->init_pid);
	close_number(run->sys, &run->transient_pidfd);
	close_number(run->sys, &run->init_pidfd);
	close_number(run->sys, &run->handshake_fd);
}

/* The caller may have given SIGCHLD away: then there is nobody to wait for. */
int host_reap(struct run *run, const struct step *step, struct err *err)
{
	reap(run->sys, &run->transient_pid);
	close_number(run->sys, &run->transient_pidfd);
	close_number(run->sys, &run->init_pidfd);
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
		.attached = run->init_pid,
		.terminal = fd_of(sys, run->relay.peer_fd),
		.master = fd_of(sys, run->console_master),
	};
	return 0;
}
