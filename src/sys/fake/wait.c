/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/wait: a parent learns how a child ended.
 *
 * Source: waitid(2).
 */
#include "sys/fake/task.h"

struct waiting {
	struct fake *fake;
	struct task *parent;
	int idtype, options;
	pid_t id;
	struct task *target; /* P_PIDFD */
	struct task *found;
	bool has_children;
};

static bool is_meant(const struct waiting *w, struct task *child)
{
	if (child->parent != w->parent)
		return false;
	if (!(w->options & __WALL) && (child->exit_signal != SIGCHLD) != !!(w->options & __WCLONE))
		return false;
	switch (w->idtype) {
	case P_PID:
		return task_pid_in(child, w->parent->pid_ns) == w->id;
	case P_PIDFD:
		return child == w->target;
	case P_PGID:
		return child->pgid == (w->id ? w->id : w->parent->pgid);
	default:
		return true;
	}
}

static bool find_child(void *arg)
{
	struct waiting *w = arg;

	w->found = NULL;
	w->has_children = false;
	for (size_t i = 0; i < w->fake->tasks.count; i++) {
		struct task *child = task_nth(w->fake, i);

		if (!is_meant(w, child))
			continue;
		w->has_children = true;
		if (child->state == TASK_ZOMBIE && !w->found)
			w->found = child;
	}
	return w->found || !w->has_children;
}

static void tell(const struct waiting *w, siginfo_t *info)
{
	struct task *child = w->found;
	int status = child->exit_status;

	info->si_signo = SIGCHLD;
	info->si_pid = task_pid_in(child, w->parent->pid_ns);
	info->si_uid = uid_seen(w->parent, child->cred.ruid);
	info->si_code = WIFSIGNALED(status) ? CLD_KILLED : CLD_EXITED;
	info->si_status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static int waiting_check(struct sys *sys, struct waiting *w)
{
	struct file *file;
	int ret;

	if (!(w->options & WEXITED) ||
	    (w->options & ~(WEXITED | WNOHANG | WNOWAIT | __WALL | __WCLONE | __WNOTHREAD)))
		return -EINVAL;
	if (w->idtype == P_PID && w->id <= 0)
		return -EINVAL;
	if (w->idtype != P_PIDFD)
		return w->idtype == P_PID || w->idtype == P_ALL || w->idtype == P_PGID ? 0
										       : -EINVAL;
	if (kernel_is_older(w->fake, 504) || w->id < 0)
		return -EINVAL;
	ret = fd_file(sys, w->id, &file);
	if (ret < 0)
		return ret;
	w->target = pidfd_task(file);
	return w->target ? 0 : -EBADF;
}

int fake_op_waitid(struct sys *sys, int idtype, pid_t id, siginfo_t *info, int options)
{
	struct fake *fake = fake_of(sys);
	struct waiting w = { .fake = fake,
			     .parent = fake->current,
			     .idtype = idtype,
			     .id = id,
			     .options = options };
	int ret = waiting_check(sys, &w);

	if (ret < 0)
		return ret;
	if (options & WNOHANG)
		find_child(&w);
	else
		ret = fake_block(fake, find_child, &w, NEVER, "a child to end");
	if (ret < 0)
		return ret;
	if (!w.has_children)
		return -ECHILD;
	if (info)
		memset(info, 0, sizeof(*info));
	if (!w.found)
		return 0;
	if (info)
		tell(&w, info);
	if (!(options & WNOWAIT))
		task_reap(fake, w.found);
	return 0;
}
