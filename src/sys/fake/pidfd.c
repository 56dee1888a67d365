/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/pidfd: descriptors that stand for a process, and signalfd.
 *
 * Sources: pidfd_open(2), signalfd(2).
 */
#include "sys/fake/task.h"

#include <sys/signalfd.h>

/* --- pidfd --- */

static uint32_t pidfd_poll(struct fake *fake, struct file *file)
{
	struct task *task = file->priv;

	if (task->state == TASK_DEAD)
		return EPOLLIN | EPOLLHUP;
	return task->state == TASK_ZOMBIE ? EPOLLIN : 0;
}

static void pidfd_release(struct fake *fake, struct file *file)
{
	task_put(file->priv);
}

static void pidfd_describe(struct fake *fake, struct file *file, struct str *out)
{
	struct task *task = file->priv;

	str_addf(out, "of %s%s", task->comm, pidfd_poll(fake, file) ? " (ended)" : "");
}

static const struct file_ops pidfd_ops = {
	.kind = "pidfd", .poll = pidfd_poll, .release = pidfd_release, .describe = pidfd_describe
};

struct file *pidfd_create(struct fake *fake, struct task *task)
{
	struct file *file = file_create(fake, &pidfd_ops, O_RDWR, task);

	if (file)
		task_get(task);
	return file;
}

struct task *pidfd_task(struct file *file)
{
	return file->ops == &pidfd_ops ? file->priv : NULL;
}

int fake_op_pidfd_open(struct sys *sys, pid_t pid, unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	struct task *task;
	struct file *file;

	if (kernel_is_older(fake, 503))
		return -ENOSYS;
	if ((flags & ~(unsigned long)O_NONBLOCK) || pid <= 0)
		return -EINVAL;
	task = task_by_pid(fake, fake->current, pid);
	if (!task)
		return -ESRCH;
	file = pidfd_create(fake, task);
	return file ? task_install(fake->current, file, true, 0) : -ENOMEM;
}

/* --- signalfd: always of the task that reads --- */

struct sigfd {
	sigset_t mask;
};

static int sigfd_next(struct task *task, const struct sigfd *sigfd)
{
	for (int signo = 1; signo < SIGNALS; signo++)
		if (sigismember(&sigfd->mask, signo) && sigismember(&ktask(task)->pending, signo))
			return signo;
	return 0;
}

struct sigfd_wait {
	struct task *task;
	const struct sigfd *sigfd;
};

static bool sigfd_ready(void *arg)
{
	struct sigfd_wait *wait = arg;

	return sigfd_next(wait->task, wait->sigfd) != 0;
}

static ssize_t sigfd_read(struct fake *fake, struct file *file, void *buf, size_t len, off_t *pos)
{
	struct task *task = fake->current;
	struct sigfd_wait wait = { task, file->priv };
	size_t done = 0;
	int signo, ret;

	if (len < sizeof(struct signalfd_siginfo))
		return -EINVAL;
	if (!sigfd_ready(&wait)) {
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		ret = fake_block(fake, sigfd_ready, &wait, NEVER, "a signal");
		if (ret < 0)
			return ret;
	}
	while (len - done >= sizeof(struct signalfd_siginfo) &&
	       (signo = sigfd_next(task, file->priv))) {
		const siginfo_t *info = &ktask(task)->infos[signo];
		struct signalfd_siginfo out = { 0 };

		sigdelset(&ktask(task)->pending, signo);
		out.ssi_signo = (uint32_t)signo;
		out.ssi_code = info->si_code;
		out.ssi_pid = (uint32_t)info->si_pid;
		out.ssi_uid = info->si_uid;
		if (signo == SIGCHLD)
			out.ssi_status = info->si_status;
		memcpy((char *)buf + done, &out, sizeof(out));
		done += sizeof(out);
	}
	return (ssize_t)done;
}

static uint32_t sigfd_poll(struct fake *fake, struct file *file)
{
	return sigfd_next(fake->current, file->priv) ? EPOLLIN : 0;
}

static void sigfd_release(struct fake *fake, struct file *file)
{
	free(file->priv);
}

static const struct file_ops sigfd_ops = {
	.kind = "signalfd", .read = sigfd_read, .poll = sigfd_poll, .release = sigfd_release
};

int fake_op_signalfd(struct sys *sys, int fd, const sigset_t *mask, unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	struct sigfd *sigfd;
	struct file *file;

	if (flags & ~(unsigned long)(SFD_CLOEXEC | SFD_NONBLOCK))
		return -EINVAL;
	if (fd >= 0) {
		if (fd_file(sys, fd, &file) < 0)
			return -EBADF;
		if (file->ops != &sigfd_ops)
			return -EINVAL;
		((struct sigfd *)file->priv)->mask = *mask;
		return fd;
	}
	sigfd = calloc(1, sizeof(*sigfd));
	file = sigfd ? file_create(fake, &sigfd_ops, O_RDWR | (int)(flags & SFD_NONBLOCK), sigfd)
		     : NULL;
	if (!file) {
		free(sigfd);
		return -ENOMEM;
	}
	sigfd->mask = *mask;
	return task_install(fake->current, file, flags & SFD_CLOEXEC, 0);
}
