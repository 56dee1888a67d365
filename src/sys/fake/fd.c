/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/fd: open file descriptions, descriptor tables, and the operations that hand on to the
 * file's own.
 *
 * Sources: open(2), dup(2), fcntl(2), close_range(2), read(2), write(2).
 */
#include "sys/fake/task.h"

#include <linux/close_range.h>

/* --- descriptions --- */

struct file *file_create(struct fake *fake, const struct file_ops *ops, int flags, void *priv)
{
	struct file *file = calloc(1, sizeof(*file));

	if (file)
		*file = (struct file){ .ops = ops,
				       .refs = 1,
				       .flags = flags,
				       .priv = priv,
				       .number = ++kernel_of(fake)->files };
	return file;
}

void file_get(struct file *file)
{
	file->refs++;
}

void file_put(struct fake *fake, struct file *file)
{
	if (--file->refs > 0)
		return;
	epoll_forget(file);
	if (file->ops->release)
		file->ops->release(fake, file);
	path_put(&file->path);
	free(file);
}

void file_describe(struct fake *fake, struct file *file, struct str *out)
{
	str_add(out, file->ops->kind);
	if (!file->ops->describe)
		return;
	str_add(out, " ");
	file->ops->describe(fake, file, out);
}

/* --- tables --- */

struct file *task_file(struct task *task, int fd)
{
	if (fd < 0 || (size_t)fd >= task->fds.count)
		return NULL;
	return vec_at(&task->fds, struct fd_slot, fd)->file;
}

int fd_file(struct sys *sys, int fd, struct file **file_out)
{
	*file_out = task_file(fake_of(sys)->current, fd);
	return *file_out ? 0 : -EBADF;
}

int fd_file_io(struct sys *sys, int fd, struct file **file_out)
{
	int ret = fd_file(sys, fd, file_out);

	return ret == 0 && ((*file_out)->flags & O_PATH) ? -EBADF : ret;
}

static int put_at(struct task *task, struct file *file, bool cloexec, size_t fd)
{
	struct fd_slot slot = { file, cloexec };

	while (task->fds.count <= fd)
		if (!vec_add(&task->fds, NULL))
			return -ENOMEM;
	*vec_at(&task->fds, struct fd_slot, fd) = slot;
	return (int)fd;
}

int task_install(struct task *task, struct file *file, bool cloexec, int lowest)
{
	size_t fd = (size_t)lowest;
	int ret;

	while (task_file(task, (int)fd))
		fd++;
	ret = fd < task->rlimits[RLIMIT_NOFILE].rlim_cur ? put_at(task, file, cloexec, fd)
							 : -EMFILE;
	if (ret < 0)
		file_put(task->fake, file);
	return ret;
}

int fd_table_copy(struct task *to, struct task *from)
{
	for (size_t i = 0; i < from->fds.count; i++) {
		struct fd_slot *slot = vec_at(&from->fds, struct fd_slot, i);

		if (!vec_add(&to->fds, slot))
			return -ENOMEM;
		if (slot->file)
			file_get(slot->file);
	}
	return 0;
}

void fd_table_close(struct fake *fake, struct task *task, bool cloexec_only)
{
	for (size_t i = 0; i < task->fds.count; i++) {
		struct fd_slot *slot = vec_at(&task->fds, struct fd_slot, i);
		struct file *file = slot->file;

		if (!file || (cloexec_only && !slot->cloexec))
			continue;
		*slot = (struct fd_slot){ 0 };
		file_put(fake, file);
	}
}

int fake_op_close(struct sys *sys, int fd)
{
	struct fake *fake = fake_of(sys);
	struct fd_slot *slot;
	struct file *file = task_file(fake->current, fd);

	if (!file) {
		fake_breach(fake, "%s closed a descriptor that is not open\n", fake->current->comm);
		return -EBADF;
	}
	slot = vec_at(&fake->current->fds, struct fd_slot, fd);
	*slot = (struct fd_slot){ 0 };
	file_put(fake, file);
	return 0;
}

int fake_op_close_range(struct sys *sys, unsigned first, unsigned last, unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	struct vec *fds = &fake->current->fds;

	if (kernel_is_older(fake, 509))
		return -ENOSYS;
	if (first > last || (flags & ~(CLOSE_RANGE_CLOEXEC | CLOSE_RANGE_UNSHARE)))
		return -EINVAL;
	for (size_t fd = first; fd <= last && fd < fds->count; fd++) {
		struct fd_slot *slot = vec_at(fds, struct fd_slot, fd);
		struct file *file = slot->file;

		if (!file)
			continue;
		if (flags & CLOSE_RANGE_CLOEXEC) {
			slot->cloexec = true;
			continue;
		}
		*slot = (struct fd_slot){ 0 };
		file_put(fake, file);
	}
	return 0;
}

int fake_op_dup3(struct sys *sys, int oldfd, int newfd, unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	struct task *task = fake->current;
	struct file *file = task_file(task, oldfd), *old;

	if (oldfd == newfd || (flags & ~(unsigned long)O_CLOEXEC))
		return -EINVAL;
	if (!file || newfd < 0 || (rlim_t)newfd >= task->rlimits[RLIMIT_NOFILE].rlim_cur)
		return -EBADF;
	old = task_file(task, newfd);
	file_get(file);
	if (old)
		file_put(fake, old);
	return put_at(task, file, flags & O_CLOEXEC, (size_t)newfd);
}

int fake_op_fcntl(struct sys *sys, int fd, int cmd, long arg)
{
	struct task *task = fake_of(sys)->current;
	struct fd_slot *slot;
	struct file *file;
	int ret = fd_file(sys, fd, &file);

	if (ret < 0)
		return ret;
	slot = vec_at(&task->fds, struct fd_slot, fd);
	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		if (arg < 0 || (rlim_t)arg >= task->rlimits[RLIMIT_NOFILE].rlim_cur)
			return -EINVAL;
		file_get(file);
		return task_install(task, file, cmd == F_DUPFD_CLOEXEC, (int)arg);
	case F_GETFD:
		return slot->cloexec ? FD_CLOEXEC : 0;
	case F_SETFD:
		slot->cloexec = arg & FD_CLOEXEC;
		return 0;
	case F_GETFL:
		return file->flags;
	case F_SETFL:
		if (file->flags & O_PATH)
			return -EBADF;
		file->flags = (file->flags & ~(O_APPEND | O_NONBLOCK)) |
			      ((int)arg & (O_APPEND | O_NONBLOCK));
		return 0;
	case F_ADD_SEALS:
		return vfs_file_seals(file, true, (unsigned)arg);
	case F_GET_SEALS:
		return vfs_file_seals(file, false, 0);
	case F_SETPIPE_SZ:
	case F_GETPIPE_SZ:
		return str_eq(file->ops->kind, "pipe") ? 65536 : -EBADF;
	default:
		return -EINVAL;
	}
}

int fake_op_fcntl_lock(struct sys *sys, int fd, int cmd, struct flock *lock)
{
	struct file *file;
	int ret = fd_file_io(sys, fd, &file);

	return ret < 0 ? ret : vfs_lock(fake_of(sys), file, cmd, lock, 0);
}

int fake_op_flock(struct sys *sys, int fd, int operation)
{
	struct file *file;
	int ret = fd_file_io(sys, fd, &file);

	return ret < 0 ? ret : vfs_lock(fake_of(sys), file, 0, NULL, operation);
}

/* --- handed on to the file --- */

static int fd_file_for(struct sys *sys, int fd, int wrong_mode, struct file **file_out)
{
	int ret = fd_file_io(sys, fd, file_out);

	return ret == 0 && ((*file_out)->flags & O_ACCMODE) == wrong_mode ? -EBADF : ret;
}

ssize_t fake_op_read(struct sys *sys, int fd, void *buf, size_t len)
{
	struct file *file;
	int ret = fd_file_for(sys, fd, O_WRONLY, &file);

	if (ret < 0)
		return ret;
	return file->ops->read ? file->ops->read(fake_of(sys), file, buf, len, &file->pos)
			       : -EINVAL;
}

static bool is_thawed(void *task)
{
	return !((struct task *)task)->freezing;
}

ssize_t fake_op_write(struct sys *sys, int fd, const void *buf, size_t len)
{
	struct file *file;
	ssize_t written;
	int ret = fd_file_for(sys, fd, O_RDONLY, &file);

	if (ret < 0)
		return ret;
	if (!file->ops->write)
		return -EINVAL;
	written = file->ops->write(fake_of(sys), file, buf, len, &file->pos);
	/* Who freezes itself does not come back from the write. */
	if (sched_must_freeze(fake_of(sys)))
		fake_block(fake_of(sys), is_thawed, fake_of(sys)->current, NEVER, "a thaw");
	return written;
}

static bool is_seekable(const struct file *file)
{
	return !str_eq(file->ops->kind, "pipe") && !str_eq(file->ops->kind, "socket");
}

ssize_t fake_op_pread(struct sys *sys, int fd, void *buf, size_t len, off_t offset)
{
	struct file *file;
	int ret = fd_file_for(sys, fd, O_WRONLY, &file);

	if (ret < 0)
		return ret;
	if (!is_seekable(file))
		return -ESPIPE;
	return file->ops->read ? file->ops->read(fake_of(sys), file, buf, len, &offset) : -EINVAL;
}

ssize_t fake_op_pwrite(struct sys *sys, int fd, const void *buf, size_t len, off_t offset)
{
	struct file *file;
	int ret = fd_file_for(sys, fd, O_RDONLY, &file);

	if (ret < 0)
		return ret;
	if (!is_seekable(file))
		return -ESPIPE;
	return file->ops->write ? file->ops->write(fake_of(sys), file, buf, len, &offset) : -EINVAL;
}

int fake_op_ioctl(struct sys *sys, int fd, unsigned long request, void *arg)
{
	struct file *file;
	int ret = fd_file_io(sys, fd, &file);

	if (ret < 0)
		return ret;
	return file->ops->ioctl ? file->ops->ioctl(fake_of(sys), file, request, arg) : -ENOTTY;
}
