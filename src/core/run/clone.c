/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The step that makes the container's first process, and its undo: kill, reap. */
#include "core/run/steps.h"

#include <errno.h>

/* The v2 hierarchy whose cgroup the child can be born into; -1: none. */
static int birth_cgroup(const struct run *run)
{
	for (unsigned i = 0; i < run->hierarchy_count; i++)
		if (run->hierarchies[i].v2 && run->hierarchies[i].dir_fd >= 0)
			return run->hierarchies[i].dir_fd;
	return -1;
}

struct child child_of(const struct run *run, int handshake_fd, int supervisor_pidfd)
{
	struct child child = {
		.sys = run->sys,
		.plan = run->plan,
		.more_ops = run->more_ops,
		.log = run->log,
		.envp = run->envp,
		.handshake_fd = handshake_fd,
		.supervisor_pidfd = supervisor_pidfd,
		.init_exe_fd = run->fds[SUPERVISOR_FD_INIT],
		.console_master = run->console_master,
		.console_slave = run->console_slave,
		.host_root_fd = -1,
		.host_dev_fd = -1,
		.root_fd = -1,
		.proc_fd = -1,
		.devpts_fd = -1,
	};

	/* Nothing is blocked in the container. */
	sigemptyset(&child.mask);
	return child;
}

static pid_t clone_child(struct run *run, uint64_t flags, struct child *child)
{
	struct sys_clone args = {
		.flags = flags & ~(uint64_t)CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup_fd = birth_cgroup(run),
		.pidfd_out = &run->init_pidfd,
	};
	pid_t pid = -ENOSYS;

	/* Born in its cgroup, nothing of it was ever accounted elsewhere. cgroup_enter comes
	 * anyway. */
	if ((flags & CLONE_INTO_CGROUP) && args.cgroup_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		pid = sys_clone3(run->sys, &args, child_main, child, sizeof(*child));
		args.flags &= ~(uint64_t)CLONE_INTO_CGROUP;
	}
	if (pid < 0)
		pid = sys_clone3(run->sys, &args, child_main, child, sizeof(*child));
	/* Linux 5.2 knows clone with pidfd, older ones neither. */
	if (pid == -ENOSYS || pid == -EINVAL) {
		args.pidfd_out = NULL;
		pid = sys_clone3(run->sys, &args, child_main, child, sizeof(*child));
	}
	return pid;
}

int host_clone(struct run *run, const struct step *step, struct err *err)
{
	_cleanup_fd_ struct fd child_end = { 0 }, self = { 0 };
	struct child child;
	int pair[2];
	int ret;

	if (run->stop_asked)
		return err_set(err, -ECANCELED, "the container was stopped before it had a process");
	ret = sys_socketpair(run->sys, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);

	if (ret < 0)
		return ret;
	run->handshake_fd = pair[0];
	child_end = fd_of(run->sys, pair[1]);
	/* In a new pid namespace getppid is 0: only a descriptor tells that we are dead already. */
	ret = sys_pidfd_open(run->sys, sys_getpid(run->sys), 0);
	self = fd_of(run->sys, ret);
	child = child_of(run, child_end.n, fd_n(&self));
	if (ret >= 0 || ret == -ENOSYS)
		ret = (int)clone_child(run, (uint64_t)step->num[0], &child);
	if (ret < 0) {
		close_number(run->sys, &run->handshake_fd);
		return ret;
	}
	run->init_pid = ret;
	run->reaped = false;
	return 0;
}

static void kill_init(struct run *run)
{
	siginfo_t info = { 0 };
	int ret = run->init_pidfd >= 0
			  ? sys_pidfd_send_signal(run->sys, run->init_pidfd, SIGKILL, 0)
			  : sys_kill(run->sys, run->init_pid, SIGKILL);

	if (ret < 0 && ret != -ESRCH)
		log_write(run->sys, &run->log, LOG_ERROR_, "start",
			  "Failed to kill the container's first process: %s", err_name(ret));
	/* In a frozen cgroup of version 1 even this signal waits. */
	(void)run_thaw(run);
	/* This one and no other: the caller's children are not ours (start.md 1.8). */
	ret = SYS_RETRY(sys_waitid(run->sys, P_PID, run->init_pid, &info, WEXITED));
	if (ret == 0)
		run->init_status = wait_status_of(&info);
	run->reaped = true;
}

void host_clone_undo(struct run *run, const struct step *step)
{
	if (run->init_pid > 0 && !run->reaped)
		kill_init(run);
	run->init_pid = 0;
	close_number(run->sys, &run->init_pidfd);
	close_number(run->sys, &run->handshake_fd);
}
