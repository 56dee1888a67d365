/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls on descriptors. */
#include "sys/linux/call.h"

#include <sys/file.h>
#include <sys/ioctl.h>

int linux_openat2(struct sys *sys, int dirfd, const char *path, const struct open_how *how)
{
	return LINUX_INT(syscall(SYS_openat2, dirfd, path, how, sizeof(*how)));
}

int linux_openat(struct sys *sys, int dirfd, const char *path, unsigned long flags, mode_t mode)
{
	return LINUX_INT(syscall(SYS_openat, dirfd, path, (int)flags, mode));
}

int linux_close(struct sys *sys, int fd)
{
	return LINUX_INT(syscall(SYS_close, fd)); /* raw: libc's is a cancellation point */
}

int linux_close_range(struct sys *sys, unsigned int first, unsigned int last, unsigned long flags)
{
	return LINUX_INT(syscall(SYS_close_range, first, last, flags));
}

int linux_dup3(struct sys *sys, int oldfd, int newfd, unsigned long flags)
{
	return LINUX_INT(dup3(oldfd, newfd, (int)flags));
}

int linux_fcntl(struct sys *sys, int fd, int cmd, long arg)
{
	return LINUX_INT(fcntl(fd, cmd, arg));
}

int linux_fcntl_lock(struct sys *sys, int fd, int cmd, struct flock *lock)
{
	return LINUX_INT(fcntl(fd, cmd, lock));
}

int linux_flock(struct sys *sys, int fd, int operation)
{
	return LINUX_INT(flock(fd, operation));
}

int linux_ioctl(struct sys *sys, int fd, unsigned long request, void *arg)
{
	return LINUX_INT(ioctl(fd, request, arg));
}

int linux_pipe2(struct sys *sys, int *fds, unsigned long flags)
{
	return LINUX_INT(pipe2(fds, (int)flags));
}

ssize_t linux_read(struct sys *sys, int fd, void *buf, size_t len)
{
	return LINUX_LONG(read(fd, buf, len));
}

ssize_t linux_write(struct sys *sys, int fd, const void *buf, size_t len)
{
	return LINUX_LONG(write(fd, buf, len));
}

ssize_t linux_pread(struct sys *sys, int fd, void *buf, size_t len, off_t offset)
{
	return LINUX_LONG(pread(fd, buf, len, offset));
}

ssize_t linux_pwrite(struct sys *sys, int fd, const void *buf, size_t len, off_t offset)
{
	return LINUX_LONG(pwrite(fd, buf, len, offset));
}

off_t linux_lseek(struct sys *sys, int fd, off_t offset, int whence)
{
	return LINUX_LONG(lseek(fd, offset, whence));
}

int linux_ftruncate(struct sys *sys, int fd, off_t length)
{
	return LINUX_INT(ftruncate(fd, length));
}

int linux_fsync(struct sys *sys, int fd)
{
	return LINUX_INT(fsync(fd));
}

ssize_t linux_getdents64(struct sys *sys, int fd, void *buf, size_t len)
{
	return LINUX_LONG(syscall(SYS_getdents64, fd, buf, len));
}
