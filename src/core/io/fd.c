/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/io/open.h"

#include <assert.h>
#include <errno.h>
#include <sys/file.h>

/* With resolve rules the kernel says EAGAIN when a name moved under it: a busy tree must not fail.
 */
#define RESOLVE_TRIES 32

void fd_finish(struct fd *fd)
{
	if (fd && fd->sys)
		(void)sys_close(fd->sys, fd->n);
	if (fd)
		*fd = (struct fd){ 0 };
}

struct fd fd_of(struct sys *sys, int n)
{
	return n < 0 ? (struct fd){ 0 } : (struct fd){ .sys = sys, .n = n };
}

int io_open(struct sys *sys, int dirfd, const char *path, uint64_t flags, mode_t mode,
	    uint64_t resolve)
{
	/* openat2 refuses a mode that nobody asked for. */
	bool creates = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.mode = creates ? mode & 07777 : 0,
		.resolve = resolve,
	};
	int ret = -EAGAIN;

	for (unsigned i = 0; ret == -EAGAIN && i < RESOLVE_TRIES; i++) {
		ret = SYS_RETRY(sys_openat2(sys, dirfd, path, &how));
		if (!resolve)
			break;
	}
	return ret == -ENOSYS ? open_old(sys, dirfd, path, flags, (mode_t)how.mode, resolve)
			      : ret;
}

int io_is_same(struct sys *sys, int dirfd, const char *path, int fd)
{
	struct stat named, opened;
	int ret = sys_fstatat(sys, dirfd, path, &named, AT_SYMLINK_NOFOLLOW);

	if (ret == -ENOENT || ret == -ENOTDIR)
		return 0;
	if (ret == 0)
		ret = sys_fstatat(sys, fd, "", &opened, AT_EMPTY_PATH);
	return ret < 0 ? ret : named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

int io_write_full(struct sys *sys, int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t n = SYS_RETRY(sys_write(sys, fd, at, len));

		if (n < 0)
			return (int)n;
		if (n == 0)
			return -EIO;
		assert((size_t)n <= len);
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int io_read_full(struct sys *sys, int fd, void *bytes, size_t len)
{
	char *at = bytes;

	while (len > 0) {
		ssize_t n = SYS_RETRY(sys_read(sys, fd, at, len));

		if (n < 0)
			return (int)n;
		if (n == 0)
			return -EPIPE;
		assert((size_t)n <= len);
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int io_lock(struct sys *sys, int fd, bool wait)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int ret = SYS_RETRY(sys_fcntl_lock(sys, fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock));

	if (ret != -EINVAL)
		return ret;
	return SYS_RETRY(sys_flock(sys, fd, LOCK_EX | (wait ? 0 : LOCK_NB)));
}

int io_lock_path(struct sys *sys, const char *path)
{
	_cleanup_fd_ struct fd file = { 0 };
	int ret = io_open(sys, AT_FDCWD, path, O_CREAT | O_RDWR | O_NOFOLLOW | O_NOCTTY, 0600, 0);

	if (ret < 0)
		return ret;
	file = fd_of(sys, ret);
	ret = io_lock(sys, file.n, true);
	return ret < 0 ? ret : steal_fd(&file).n;
}
