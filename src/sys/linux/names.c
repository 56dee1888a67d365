/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls on names of files. */
#include "sys/linux/call.h"

#include <stdio.h>
#include <sys/xattr.h>

int linux_fstatat(struct sys *sys, int dirfd, const char *path, struct stat *st,
		  unsigned long flags)
{
	return LINUX_INT(fstatat(dirfd, path, st, (int)flags));
}

int linux_fstatfs(struct sys *sys, int fd, struct statfs *st)
{
	return LINUX_INT(fstatfs(fd, st));
}

int linux_faccessat(struct sys *sys, int dirfd, const char *path, int mode, unsigned long flags)
{
	return LINUX_INT(faccessat(dirfd, path, mode, (int)flags));
}

int linux_mkdirat(struct sys *sys, int dirfd, const char *path, mode_t mode)
{
	return LINUX_INT(mkdirat(dirfd, path, mode));
}

int linux_mknodat(struct sys *sys, int dirfd, const char *path, mode_t mode, dev_t dev)
{
	return LINUX_INT(mknodat(dirfd, path, mode, dev));
}

int linux_symlinkat(struct sys *sys, const char *target, int dirfd, const char *path)
{
	return LINUX_INT(symlinkat(target, dirfd, path));
}

int linux_linkat(struct sys *sys, int olddirfd, const char *oldpath, int newdirfd,
		 const char *newpath, unsigned long flags)
{
	return LINUX_INT(linkat(olddirfd, oldpath, newdirfd, newpath, (int)flags));
}

int linux_unlinkat(struct sys *sys, int dirfd, const char *path, unsigned long flags)
{
	return LINUX_INT(unlinkat(dirfd, path, (int)flags));
}

int linux_renameat2(struct sys *sys, int olddirfd, const char *oldpath, int newdirfd,
		    const char *newpath, unsigned long flags)
{
	return LINUX_INT(renameat2(olddirfd, oldpath, newdirfd, newpath, (unsigned int)flags));
}

ssize_t linux_readlinkat(struct sys *sys, int dirfd, const char *path, void *buf, size_t len)
{
	return LINUX_LONG(readlinkat(dirfd, path, buf, len));
}

int linux_fchmod(struct sys *sys, int fd, mode_t mode)
{
	return LINUX_INT(fchmod(fd, mode));
}

int linux_fchmodat(struct sys *sys, int dirfd, const char *path, mode_t mode)
{
	return LINUX_INT(fchmodat(dirfd, path, mode, 0));
}

int linux_fchownat(struct sys *sys, int dirfd, const char *path, uid_t uid, gid_t gid,
		   unsigned long flags)
{
	return LINUX_INT(fchownat(dirfd, path, uid, gid, (int)flags));
}

int linux_fchdir(struct sys *sys, int fd)
{
	return LINUX_INT(fchdir(fd));
}

int linux_chdir(struct sys *sys, const char *path)
{
	return LINUX_INT(chdir(path));
}

/* The length with its terminator, as the system call has it. Out of our root there is no path. */
ssize_t linux_getcwd(struct sys *sys, void *buf, size_t size)
{
	ssize_t len = LINUX_LONG(syscall(SYS_getcwd, buf, size));

	if (len > 0 && *(const char *)buf != '/')
		return -ENOENT;
	return len;
}

ssize_t linux_fgetxattr(struct sys *sys, int fd, const char *name, void *value, size_t len)
{
	return LINUX_LONG(fgetxattr(fd, name, value, len));
}

int linux_fsetxattr(struct sys *sys, int fd, const char *name, const void *value, size_t len,
		    int flags)
{
	return LINUX_INT(fsetxattr(fd, name, value, len, flags));
}

ssize_t linux_flistxattr(struct sys *sys, int fd, void *list, size_t len)
{
	return LINUX_LONG(flistxattr(fd, list, len));
}

int linux_fremovexattr(struct sys *sys, int fd, const char *name)
{
	return LINUX_INT(fremovexattr(fd, name));
}
