/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/io/io.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#define READ_CHUNK 8192
#define TEMPORARY_TRIES 100

ssize_t io_read_at(struct sys *sys, int dirfd, const char *path, char *buf, size_t size)
{
	_cleanup_fd_ struct fd file = { 0 };
	size_t len = 0;
	ssize_t n;
	char beyond;

	assert(size > 0);
	n = io_open(sys, dirfd, path, O_RDONLY | O_NOCTTY, 0, 0);
	if (n < 0)
		return n;
	file = fd_of(sys, (int)n);
	for (;;) {
		if (len < size - 1)
			n = SYS_RETRY(sys_read(sys, file.n, buf + len, size - 1 - len));
		else
			n = SYS_RETRY(sys_read(sys, file.n, &beyond, 1));
		if (n < 0)
			return n;
		if (n == 0)
			break;
		if (len == size - 1)
			return -EFBIG;
		len += (size_t)n;
	}
	buf[len] = '\0';
	return (ssize_t)len;
}

int io_read_fd(struct sys *sys, int fd, struct str *out)
{
	char chunk[READ_CHUNK];
	ssize_t n;

	while ((n = SYS_RETRY(sys_read(sys, fd, chunk, sizeof(chunk)))) > 0)
		str_add_n(out, chunk, (size_t)n);
	if (n < 0)
		return (int)n;
	return str_ok(out) ? 0 : -ENOMEM;
}

int io_read_all(struct sys *sys, int dirfd, const char *path, struct str *out)
{
	_cleanup_fd_ struct fd file = { 0 };
	int ret = io_open(sys, dirfd, path, O_RDONLY | O_NOCTTY, 0, 0);

	if (ret < 0)
		return ret;
	file = fd_of(sys, ret);
	return io_read_fd(sys, file.n, out);
}

int io_write_at(struct sys *sys, int dirfd, const char *path, const char *text)
{
	_cleanup_fd_ struct fd file = { 0 };
	size_t len = strlen(text);
	ssize_t n;
	int ret = io_open(sys, dirfd, path, O_WRONLY | O_NOCTTY, 0, 0);

	if (ret < 0)
		return ret;
	file = fd_of(sys, ret);
	n = SYS_RETRY(sys_write(sys, file.n, text, len));
	if (n < 0)
		return (int)n;
	return (size_t)n == len ? 0 : -EIO;
}

/* "DIR/.NAME.PID.N": beside the file, so that rename stays within one file system. */
static int temporary_name(char *buf, size_t size, const char *path, int pid, unsigned n)
{
	const char *slash = strrchr(path, '/');
	int dir_len = slash ? (int)(slash - path) + 1 : 0;
	int len = snprintf(buf, size, "%.*s.%s.%d.%u", dir_len, path, path + dir_len, pid, n);

	return len < 0 || (size_t)len >= size ? -ENAMETOOLONG : 0;
}

static int temporary_create(struct sys *sys, int dirfd, const char *path, mode_t mode, char *name,
			    size_t size)
{
	int pid = sys_getpid(sys);
	int ret = -EEXIST;

	for (unsigned n = 0; ret == -EEXIST && n < TEMPORARY_TRIES; n++) {
		ret = temporary_name(name, size, path, pid, n);
		if (ret < 0)
			return ret;
		ret = io_open(sys, dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode, 0);
	}
	return ret;
}

/* Owner first: a change of owner clears the set-id bits. */
static int copy_owner(struct sys *sys, int fd, const struct stat *old)
{
	struct stat now;
	int ret = sys_fstatat(sys, fd, "", &now, AT_EMPTY_PATH);

	if (ret < 0)
		return ret;
	if (now.st_uid != old->st_uid || now.st_gid != old->st_gid)
		ret = sys_fchownat(sys, fd, "", old->st_uid, old->st_gid, AT_EMPTY_PATH);
	return ret < 0 ? ret : sys_fchmod(sys, fd, old->st_mode & 07777);
}

int io_replace_file(struct sys *sys, int dirfd, const char *path, const void *bytes, size_t len,
		    mode_t mode)
{
	_cleanup_fd_ struct fd file = { 0 };
	char name[PATH_MAX];
	struct stat old;
	int exists = sys_fstatat(sys, dirfd, path, &old, 0);
	int ret;

	if (exists < 0 && exists != -ENOENT)
		return exists;
	ret = temporary_create(sys, dirfd, path, exists == 0 ? 0600 : mode, name, sizeof(name));
	if (ret < 0)
		return ret;
	file = fd_of(sys, ret);
	ret = exists == 0 ? copy_owner(sys, file.n, &old) : 0;
	if (ret == 0)
		ret = io_write_full(sys, file.n, bytes, len);
	if (ret == 0)
		ret = SYS_RETRY(sys_fsync(sys, file.n));
	if (ret == 0)
		ret = sys_renameat2(sys, dirfd, name, dirfd, path, 0);
	if (ret < 0)
		(void)sys_unlinkat(sys, dirfd, name, 0);
	return ret;
}
