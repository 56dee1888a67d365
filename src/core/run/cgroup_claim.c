/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who owns a container's cgroup directory: the supervisor that holds a lock on it. A directory that nobody holds and nobody
 * lives in was left by a supervisor that was killed; its name is free again.
 */
#include "core/run/steps.h"

#include <errno.h>
#include <sys/file.h>

int cgroup_lock(struct sys *sys, int parent_fd, const char *name)
{
	_cleanup_fd_ struct fd dir = { 0 };
	int ret = io_open(sys, parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, 0);

	if (ret < 0)
		return ret;
	dir = fd_of(sys, ret);
	ret = SYS_RETRY(sys_flock(sys, dir.n, LOCK_EX | LOCK_NB));
	if (ret == -EWOULDBLOCK)
		return -EEXIST;
	if (ret < 0)
		return ret;
	/* Between mkdir and lock another starter may have taken it for abandoned. */
	ret = io_is_same(sys, parent_fd, name, dir.n);
	if (ret < 0)
		return ret;
	return ret ? steal_fd(&dir).n : -EEXIST;
}

/* 0: the name is free now. */
static int reclaim(struct sys *sys, int parent_fd, const char *name)
{
	_cleanup_fd_ struct fd dir = { 0 };
	int ret = cgroup_lock(sys, parent_fd, name);

	if (ret < 0)
		return ret;
	dir = fd_of(sys, ret);
	/* Processes inside keep it from being removed: then it is somebody's, whoever that is. */
	return cgroup_remove_tree(sys, parent_fd, name, false) < 0 ? -EEXIST : 0;
}

int cgroup_claim(struct sys *sys, int parent_fd, const char *name)
{
	int ret = sys_mkdirat(sys, parent_fd, name, 0755);

	if (ret == -EEXIST) {
		ret = reclaim(sys, parent_fd, name);
		if (ret == 0)
			ret = sys_mkdirat(sys, parent_fd, name, 0755);
	}
	if (ret < 0)
		return ret;
	ret = cgroup_lock(sys, parent_fd, name);
	if (ret < 0 && ret != -EEXIST)
		(void)sys_unlinkat(sys, parent_fd, name, AT_REMOVEDIR);
	return ret;
}
