/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Members whose room is not built yet: each fails with "not supported yet", as its contract fails. This file may only get
 * shorter.
 */
#include "api/api.h"

#include <errno.h>
#include <sys/types.h>

static void refuse(struct lxc_container *c, const char *what)
{
	struct err err = { 0 };

	if (!c)
		return;
	err_set(&err, -EOPNOTSUPP, "%s is not supported yet", what);
	api_fail(container_of(c), &err);
}

#define ABSENT(type, name, failure, ...)                     \
	type api_##name(struct lxc_container *c, ##__VA_ARGS__) \
	{                                                    \
		refuse(c, #name);                            \
		return failure;                              \
	}

/* clang-format off */
ABSENT(bool, rename, false, const char *newname)
ABSENT(char **, get_interfaces, NULL)
ABSENT(char **, get_ips, NULL, const char *interface, const char *family, int scope)
ABSENT(int, get_cgroup_item, -1, const char *subsys, char *retv, int inlen)
ABSENT(bool, set_cgroup_item, false, const char *subsys, const char *value)
ABSENT(struct lxc_container *, clone, NULL, const char *newname, const char *lxcpath, int flags, const char *bdevtype,
       const char *bdevdata, uint64_t newsize, char **hookargs)
ABSENT(int, console_getfd, -1, int *ttynum, int *ptxfd)
ABSENT(int, console, -1, int ttynum, int stdinfd, int stdoutfd, int stderrfd, int escape)
ABSENT(int, snapshot, -1, const char *commentfile)
ABSENT(bool, snapshot_restore, false, const char *snapname, const char *newname)
ABSENT(bool, snapshot_destroy, false, const char *snapname)
ABSENT(bool, add_device_node, false, const char *src_path, const char *dest_path)
ABSENT(bool, remove_device_node, false, const char *src_path, const char *dest_path)
ABSENT(bool, attach_interface, false, const char *dev, const char *dst_dev)
ABSENT(bool, detach_interface, false, const char *dev, const char *dst_dev)
ABSENT(bool, checkpoint, false, char *directory, bool stop, bool verbose)
ABSENT(bool, restore, false, char *directory, bool verbose)
ABSENT(bool, snapshot_destroy_all, false)
ABSENT(int, migrate, -EOPNOTSUPP, unsigned int cmd, struct migrate_opts *opts, unsigned int size)
ABSENT(int, console_log, c ? -EOPNOTSUPP : -EINVAL, struct lxc_console_log *log)
ABSENT(int, mount, -EOPNOTSUPP, const char *source, const char *target, const char *filesystemtype,
       unsigned long mountflags, const void *data, struct lxc_mount *mnt)
ABSENT(int, umount, -EOPNOTSUPP, const char *target, unsigned long mountflags, struct lxc_mount *mnt)
ABSENT(int, seccomp_notify_fd, c ? -EBADF : -1)
ABSENT(int, seccomp_notify_fd_active, c ? -EBADF : -1)
ABSENT(int, devpts_fd, -EBADF)
ABSENT(bool, set_timeout, false, int timeout)
/* clang-format on */

/* Snapshots cannot be made yet, so there is none: an answer, not a refusal. */
int api_snapshot_list(struct lxc_container *c, struct lxc_snapshot **snapshots)
{
	if (!c || !snapshots || !api_is_defined(c))
		return -1;
	*snapshots = NULL;
	return 0;
}

bool api_destroy_with_snapshots(struct lxc_container *c)
{
	return api_destroy(c);
}
