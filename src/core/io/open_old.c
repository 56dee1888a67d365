/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Resolve rules on kernels without openat2 (before 5.6): a walk over the components, each opened by
 * itself and looked at. It knows no symbolic link at all, except with RESOLVE_NO_XDEV alone.
 * Allocates nothing.
 */
#include "core/io/open.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#define RULES_BENEATH (RESOLVE_BENEATH | RESOLVE_IN_ROOT)
#define RULES_NO_LINKS (RULES_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)

/* The mount that an open file is on (proc_pid_fdinfo(5), since Linux 3.15), or -errno. */
static int64_t mount_of(struct sys *sys, int fd)
{
	char path[48], text[256];
	const char *id;
	uint64_t number;
	_cleanup_fd_ struct fd info = { 0 };
	ssize_t len;
	int ret;

	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	ret = SYS_RETRY(sys_openat(sys, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0));
	if (ret < 0)
		return ret;
	info = fd_of(sys, ret);
	len = SYS_RETRY(sys_read(sys, info.n, text, sizeof(text) - 1));
	if (len < 0)
		return len;
	text[len] = '\0';
	id = strstr(text, "mnt_id:\t");
	if (!id)
		return -ENOTSUP;
	id += strlen("mnt_id:\t");
	text[(size_t)(id - text) + strcspn(id, "\n")] = '\0';
	ret = str_to_decimal(id, &number);
	return ret < 0 ? ret : (int64_t)(number & INT64_MAX);
}

/* One component of a walk, held by itself. last: opened as asked for. */
static int step(struct sys *sys, int dirfd, const char *name, uint64_t flags, mode_t mode,
		bool last, uint64_t resolve)
{
	bool links = !(resolve & RULES_NO_LINKS);
	uint64_t how = last ? flags : O_PATH;
	_cleanup_fd_ struct fd fd = { 0 };
	struct stat st;
	int ret;

	if (str_eq(name, "..") && (resolve & RULES_BENEATH))
		return -EXDEV;
	how |= O_CLOEXEC | (links ? 0 : O_NOFOLLOW);
	ret = SYS_RETRY(sys_openat(sys, dirfd, name, how, mode));
	/* A link is no directory, either; which of the two it was. */
	if (ret == -ENOTDIR && !links &&
	    sys_fstatat(sys, dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
		return -ELOOP;
	/* O_NOFOLLOW alone refuses a link; with O_PATH it opens the link itself. */
	if (ret < 0 || links || !(how & O_PATH))
		return ret;
	fd = fd_of(sys, ret);
	ret = sys_fstatat(sys, fd.n, "", &st, AT_EMPTY_PATH);
	if (ret < 0)
		return ret;
	if (S_ISLNK(st.st_mode) && !(last && (flags & O_NOFOLLOW)))
		return -ELOOP;
	if (!last && !S_ISDIR(st.st_mode))
		return -ENOTDIR;
	return steal_fd(&fd).n;
}

static int same_mount(struct sys *sys, int dirfd, int fd)
{
	int64_t here = mount_of(sys, dirfd), there = here < 0 ? here : mount_of(sys, fd);

	if (there < 0)
		return (int)there;
	return here == there ? 0 : -EXDEV;
}

static int walk(struct sys *sys, int dirfd, const char *path, uint64_t flags, mode_t mode,
		uint64_t resolve)
{
	_cleanup_fd_ struct fd dir = { 0 };
	char name[NAME_MAX + 1];

	for (;;) {
		size_t len = strcspn(path, "/");
		const char *next = path + len + strspn(path + len, "/");
		/* A slash behind the last one asks for a directory. */
		uint64_t more = *next == '\0' && path[len] == '/' ? O_DIRECTORY : 0;
		int from = fd_is_open(&dir) ? dir.n : dirfd, ret;

		if (len > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, path, len);
		name[len] = '\0';
		ret = step(sys, from, name, flags | more, mode, *next == '\0', resolve);
		if (ret >= 0 && (resolve & RESOLVE_NO_XDEV)) {
			int crossed = same_mount(sys, from, ret);

			if (crossed < 0) {
				(void)sys_close(sys, ret);
				return crossed;
			}
		}
		if (ret < 0 || *next == '\0')
			return ret;
		fd_finish(&dir);
		dir = fd_of(sys, ret);
		path = next;
	}
}

int open_old(struct sys *sys, int dirfd, const char *path, uint64_t flags, mode_t mode,
	     uint64_t resolve)
{
	_cleanup_fd_ struct fd root = { 0 };
	int ret;

	if (!resolve)
		return SYS_RETRY(sys_openat(sys, dirfd, path, flags | O_CLOEXEC, mode));
	if (path[0] == '\0')
		return -ENOENT;
	if (path[0] != '/')
		return walk(sys, dirfd, path, flags, mode, resolve);
	if (resolve & RESOLVE_BENEATH)
		return -EXDEV;
	path += strspn(path, "/");
	if (!(resolve & RESOLVE_IN_ROOT)) {
		ret = SYS_RETRY(
			sys_openat(sys, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0));
		if (ret < 0)
			return ret;
		root = fd_of(sys, ret);
		dirfd = root.n;
	}
	return walk(sys, dirfd, *path ? path : ".", flags, mode, resolve);
}
