/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The end of a root file system: whatever a configuration calls so, it is removed only if it is a
 * directory, and neither the host's own root nor one that the containers themselves are in. Names
 * do not tell: "/usr/..", a bind mount.
 */
#include "core/run/steps.h"

#include <errno.h>
#include <limits.h>

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK)

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int look(struct sys *sys, int dirfd, const char *path, struct fd *dir, struct stat *st)
{
	int ret = io_open(sys, dirfd, path, O_PATH | O_DIRECTORY, 0, 0);

	if (ret < 0)
		return ret;
	fd_finish(dir);
	*dir = fd_of(sys, ret);
	return sys_fstatat(sys, dir->n, "", st, AT_EMPTY_PATH);
}

/* Is it the directory path, or one above? 1, 0 or -errno. */
static int holds(struct sys *sys, const struct stat *root, const struct stat *st, const char *path)
{
	_cleanup_fd_ struct fd dir = { 0 };
	struct stat here, above;
	int ret = look(sys, AT_FDCWD, path, &dir, &above);

	for (unsigned i = 0; ret == 0 && i < PATH_MAX / 2; i++) {
		here = above;
		if (is_same(&here, st))
			return 1;
		ret = look(sys, dir.n, "..", &dir, &above);
		/* Above the root there is the root; but not only there, with bind mounts. */
		if (ret == 0 && is_same(&here, &above) && is_same(&here, root))
			return 0;
	}
	return ret < 0 ? ret : -ELOOP;
}

/* 0: nothing has that name, or what has it is no directory: -ENOTDIR with err. */
static int not_a_directory(struct run *run, const struct step *step, const char *path,
			   struct err *err)
{
	struct stat st;
	int ret = sys_fstatat(run->sys, AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW);

	if (ret == 0)
		return plan_err(err, run->plan, step, -ENOTDIR, NULL);
	return ret == -ENOENT || ret == -ENOTDIR ? 0 : ret;
}

static int remove_opened(struct run *run, const struct step *step, const char *path, int fd,
			 struct err *err)
{
	const char *lxcpath = plan_str(run->plan, run->plan->lxcpath);
	struct stat st, root;
	int ret = sys_fstatat(run->sys, fd, "", &st, AT_EMPTY_PATH);

	if (ret == 0)
		ret = sys_fstatat(run->sys, AT_FDCWD, "/", &root, 0);
	if (ret < 0 || is_same(&st, &root))
		return ret;
	ret = holds(run->sys, &root, &st, lxcpath);
	if (ret < 0)
		return plan_err(err, run->plan, step, ret, "whether the containers are in it");
	if (ret > 0)
		return plan_err(err, run->plan, step, -EPERM, "the containers are in it");
	ret = io_empty_dir(run->sys, fd);
	return ret < 0 ? ret : sys_unlinkat(run->sys, AT_FDCWD, path, AT_REMOVEDIR);
}

/* The host's own stays, and the container ends without it; so does one whose root file system is
 * gone. */
int host_remove_rootfs(struct run *run, const struct step *step, struct err *err)
{
	const char *path = step_str(run->plan, step, 0);
	_cleanup_fd_ struct fd dir = { 0 };
	int ret = io_open(run->sys, AT_FDCWD, path, DIR_FLAGS, 0, 0);

	if (ret == -ENOENT)
		return 0;
	if (ret == -ENOTDIR || ret == -ELOOP)
		return not_a_directory(run, step, path, err);
	if (ret < 0)
		return ret;
	dir = fd_of(run->sys, ret);
	return remove_opened(run, step, path, dir.n, err);
}
