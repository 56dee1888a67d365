/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/signal: sending, blocking, handling; what happens by default.
 *
 * Source: signal(7), kill(2). A default that terminates does so at once, also when the target
 * waits. Stops are not modelled.
 */
#include "sys/fake/task.h"

#include <linux/capability.h>

static bool ignored_by_default(int signo)
{
	return signo == SIGCHLD || signo == SIGCONT || signo == SIGURG || signo == SIGWINCH;
}

static bool is_stop(int signo)
{
	return signo == SIGSTOP || signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU;
}

static bool is_ns_init(struct task *task)
{
	return task->pid_ns && task->pid_ns->init == task;
}

/* The sender lives outside of the target's pid namespace: pid 1 may be killed from there. */
static bool is_from_outside(struct task *target, struct task *sender)
{
	return !sender || !sender->pid_ns || !pid_ns_is_within(sender->pid_ns, target->pid_ns);
}

static void pend(struct ktask *k, int signo, const siginfo_t *info)
{
	if (sigismember(&k->pending, signo))
		return;
	sigaddset(&k->pending, signo);
	k->infos[signo] = *info;
}

/* Version 1 holds all back; version 2 lets SIGKILL through, and others by chance. */
static bool waits_for_thaw(struct task *target, int signo)
{
	return (target->freezing & FREEZER_V1) || (target->freezing && signo != SIGKILL);
}

void signal_info(struct fake *fake, struct task *target, int signo, struct task *sender, int code,
		 const siginfo_t *info)
{
	struct ktask *k = ktask(target);
	siginfo_t full = info ? *info : (siginfo_t){ 0 };
	void (*handler)(int) = k->actions[signo].sa_handler;
	bool forced = signo == SIGKILL && is_from_outside(target, sender);

	if (target->state == TASK_ZOMBIE || target->state == TASK_DEAD || signo <= 0 ||
	    signo >= SIGNALS)
		return;
	full.si_signo = signo;
	full.si_code = code;
	full.si_pid = sender ? task_pid_in(sender, target->pid_ns) : 0;
	full.si_uid = sender ? sender->cred.ruid : 0;
	if (target == kernel_of(fake)->init)
		return;
	if (signo != SIGKILL && sigismember(&k->blocked, signo)) {
		pend(k, signo, &full);
		return;
	}
	if (handler == SIG_IGN ||
	    (handler == SIG_DFL && (ignored_by_default(signo) || is_stop(signo))))
		return;
	if (is_ns_init(target) && handler == SIG_DFL && !forced)
		return;
	if (handler != SIG_DFL || waits_for_thaw(target, signo)) {
		pend(k, signo, &full);
		return;
	}
	if (target != fake->current || target == kernel_of(fake)->test)
		task_exit(fake, target, signo);
	else if (kernel_of(fake)->deaths > 0)
		pend(k, signo, &full); /* another's death causes this one: that first */
	else
		task_exit_self(fake, signo);
}

/* A signal that its own deed brings a task cannot be ignored or put off. */
void signal_force(struct fake *fake, int signo, int code)
{
	struct task *task = fake->current;
	struct ktask *k = ktask(task);

	if (sigismember(&k->blocked, signo) || k->actions[signo].sa_handler == SIG_IGN)
		k->actions[signo].sa_handler = SIG_DFL;
	sigdelset(&k->blocked, signo);
	if (k->actions[signo].sa_handler == SIG_DFL) {
		if (task == kernel_of(fake)->test)
			task_exit(fake, task, signo); /* a breach */
		else
			task_exit_self(fake, signo);
	} else {
		signal_info(fake, task, signo, NULL, code, NULL);
		(void)signal_deliver(fake);
	}
}

void task_signal(struct fake *fake, struct task *target, int signo, struct task *sender)
{
	signal_info(fake, target, signo, sender, SI_USER, NULL);
}

void pgrp_signal(struct fake *fake, pid_t pgid, int signo)
{
	bool self = false;

	for (size_t i = fake->tasks.count; i-- > 0;) {
		struct task *task = i < fake->tasks.count ? task_nth(fake, i) : NULL;

		if (!task || task->pgid != pgid)
			continue;
		if (task == fake->current)
			self = true; /* last: it may not return */
		else
			signal_info(fake, task, signo, NULL, SI_KERNEL, NULL);
	}
	if (self)
		signal_info(fake, fake->current, signo, NULL, SI_KERNEL, NULL);
}

/* --- delivery --- */

static int next_signal(struct task *task)
{
	struct ktask *k = ktask(task);

	for (int signo = 1; signo < SIGNALS; signo++)
		if (sigismember(&k->pending, signo) && !sigismember(&k->blocked, signo))
			return signo;
	return 0;
}

bool signal_deliverable(struct task *task)
{
	return next_signal(task) != 0;
}

static void run_handler(struct ktask *k, int signo, struct sigaction action)
{
	sigset_t before = k->blocked;

	for (int i = 1; i < SIGNALS; i++)
		if (sigismember(&action.sa_mask, i))
			sigaddset(&k->blocked, i);
	sigaddset(&k->blocked, signo);
	if (action.sa_flags & (int)SA_RESETHAND)
		k->actions[signo].sa_handler = SIG_DFL;
	if (action.sa_flags & SA_SIGINFO)
		action.sa_sigaction(signo, &k->infos[signo], NULL);
	else
		action.sa_handler(signo);
	k->blocked = before;
}

bool signal_deliver(struct fake *fake)
{
	struct task *task = fake->current;
	struct ktask *k = ktask(task);
	bool handled = false;
	int signo;

	while ((signo = next_signal(task)) != 0) {
		struct sigaction action = k->actions[signo];

		sigdelset(&k->pending, signo);
		if (action.sa_handler == SIG_IGN)
			continue;
		if (action.sa_handler != SIG_DFL) {
			run_handler(k, signo, action);
			handled = true;
			continue;
		}
		if (signo != SIGKILL &&
		    (ignored_by_default(signo) || is_stop(signo) || is_ns_init(task)))
			continue;
		if (task == kernel_of(fake)->test)
			task_exit(fake, task, signo); /* a breach */
		else
			task_exit_self(fake, signo);
	}
	return handled;
}

/* Only what ends the task was held back; the rest is delivered when it runs. */
void signal_thawed(struct fake *fake, struct task *task)
{
	struct ktask *k = ktask(task);

	for (int signo = 1; signo < SIGNALS; signo++) {
		if (!sigismember(&k->pending, signo) || sigismember(&k->blocked, signo))
			continue;
		if (k->actions[signo].sa_handler == SIG_DFL && !ignored_by_default(signo)) {
			task_exit(fake, task, signo);
			return;
		}
	}
}

/* Handlers go; what is ignored stays so. */
void signal_exec(struct ktask *k)
{
	for (int signo = 1; signo < SIGNALS; signo++)
		if (k->actions[signo].sa_handler != SIG_IGN)
			k->actions[signo] = (struct sigaction){ .sa_handler = SIG_DFL };
}

/* --- operations --- */

static bool may_signal(struct task *sender, struct task *target, int signo)
{
	const struct cred *from = &sender->cred, *to = &target->cred;

	if (from->euid == to->suid || from->euid == to->ruid || from->ruid == to->suid ||
	    from->ruid == to->ruid)
		return true;
	if (signo == SIGCONT && sender->sid == target->sid)
		return true;
	return task_capable(sender, CAP_KILL, target->user_ns);
}

/* Everybody else who is meant, then the sender. */
static int kill_many(struct fake *fake, pid_t pgid, int signo)
{
	struct task *sender = fake->current;
	bool found = false, allowed = false, self = false;

	for (size_t i = fake->tasks.count; i-- > 0;) {
		struct task *task = i < fake->tasks.count ? task_nth(fake, i) : NULL;
		pid_t pid = task ? task_pid_in(task, sender->pid_ns) : 0;

		if (pid == 0 || (pgid ? task->pgid != pgid : pid == 1 || task == sender))
			continue;
		found = true;
		if (!may_signal(sender, task, signo))
			continue;
		allowed = true;
		if (task == sender)
			self = true;
		else if (signo)
			task_signal(fake, task, signo, sender);
	}
	if (self && signo)
		task_signal(fake, sender, signo, sender);
	return !found ? -ESRCH : allowed ? 0 : -EPERM;
}

int fake_op_kill(struct sys *sys, pid_t pid, int signo)
{
	struct fake *fake = fake_of(sys);
	struct task *sender = fake->current, *target;
	int ret = 0;

	if (signo < 0 || signo >= SIGNALS)
		return -EINVAL;
	if (pid > 0) {
		target = task_by_pid(fake, sender, pid);
		if (!target)
			return -ESRCH;
		if (!may_signal(sender, target, signo))
			return -EPERM;
		if (signo)
			task_signal(fake, target, signo, sender);
	} else if (pid == -1) {
		ret = kill_many(fake, 0, signo);
	} else {
		target = pid == 0 ? sender : task_by_pid(fake, sender, -pid);
		ret = kill_many(fake, pid == 0 ? sender->pgid : target ? target->pid : -pid, signo);
	}
	signal_deliver(fake);
	return ret;
}

int fake_op_pidfd_send_signal(struct sys *sys, int pidfd, int signo, unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	struct task *target;
	struct file *file;
	int ret = fd_file(sys, pidfd, &file);

	if (ret < 0)
		return ret;
	if (kernel_is_older(fake, 501))
		return -ENOSYS;
	target = pidfd_task(file);
	if (!target)
		return -EBADF;
	if (flags || signo < 0 || signo >= SIGNALS)
		return -EINVAL;
	if (target->state == TASK_DEAD)
		return -ESRCH;
	if (!may_signal(fake->current, target, signo))
		return -EPERM;
	if (signo)
		task_signal(fake, target, signo, fake->current);
	signal_deliver(fake);
	return 0;
}

int fake_op_sigprocmask(struct sys *sys, int how, const sigset_t *set, sigset_t *old)
{
	struct fake *fake = fake_of(sys);
	struct ktask *k = ktask(fake->current);
	sigset_t before = k->blocked;

	for (int signo = 1; set && signo < SIGNALS; signo++) {
		bool in = sigismember(set, signo) == 1 && signo != SIGKILL && signo != SIGSTOP;

		if (how == SIG_BLOCK && in)
			sigaddset(&k->blocked, signo);
		else if (how == SIG_UNBLOCK && in)
			sigdelset(&k->blocked, signo);
		else if (how == SIG_SETMASK && in)
			sigaddset(&k->blocked, signo);
		else if (how == SIG_SETMASK)
			sigdelset(&k->blocked, signo);
	}
	if (old)
		*old = before;
	if (set)
		signal_deliver(fake);
	return how == SIG_BLOCK || how == SIG_UNBLOCK || how == SIG_SETMASK || !set ? 0 : -EINVAL;
}

int fake_op_sigaction(struct sys *sys, int signo, const struct sigaction *act,
		      struct sigaction *old)
{
	struct ktask *k = ktask(fake_of(sys)->current);

	if (signo <= 0 || signo >= SIGNALS || (act && (signo == SIGKILL || signo == SIGSTOP)))
		return -EINVAL;
	if (old)
		*old = k->actions[signo];
	if (!act)
		return 0;
	k->actions[signo] = *act;
	if (act->sa_handler == SIG_IGN || (act->sa_handler == SIG_DFL && ignored_by_default(signo)))
		sigdelset(&k->pending, signo);
	return 0;
}
