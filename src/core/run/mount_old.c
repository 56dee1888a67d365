/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mounting on kernels without descriptors for mounts: mount(2) through /proc/self/fd, which names
 * what was opened, whatever has become of the path. The host's procfs is trusted.
 */
#include "core/run/steps.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

struct fd_path {
	char s[32];
};

static struct fd_path path_of(int fd)
{
	struct fd_path path;

	(void)snprintf(path.s, sizeof(path.s), "/proc/self/fd/%d", fd);
	return path;
}

static const struct {
	int64_t attr;
	unsigned long flag;
	long kept; /* statfs: what a remount must repeat */
} flags[] = {
	{ MOUNT_ATTR_RDONLY, MS_RDONLY, ST_RDONLY },
	{ MOUNT_ATTR_NOSUID, MS_NOSUID, ST_NOSUID },
	{ MOUNT_ATTR_NODEV, MS_NODEV, ST_NODEV },
	{ MOUNT_ATTR_NOEXEC, MS_NOEXEC, ST_NOEXEC },
	{ MOUNT_ATTR_NODIRATIME, MS_NODIRATIME, ST_NODIRATIME },
	{ MOUNT_ATTR_NOATIME, MS_NOATIME, ST_NOATIME },
	{ MOUNT_ATTR_STRICTATIME, MS_STRICTATIME, 0 },
};

static unsigned long flags_of(int64_t attr)
{
	unsigned long result = 0;

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (attr & flags[i].attr)
			result |= flags[i].flag;
	return result;
}

int mount_old_new(struct sys *sys, const char *fstype, const char *source, const char *data,
		  int64_t attr, int target_fd)
{
	return sys_mount(sys, source, path_of(target_fd).s, fstype, flags_of(attr),
			 *data ? data : NULL);
}

int mount_old_bind(struct sys *sys, int source_fd, int target_fd, bool recursive)
{
	struct fd_path source = path_of(source_fd), target = path_of(target_fd);

	return sys_mount(sys, source.s, target.s, NULL, MS_BIND | (recursive ? MS_REC : 0), NULL);
}

int mount_old_move(struct sys *sys, int source_fd, int target_fd)
{
	struct fd_path source = path_of(source_fd), target = path_of(target_fd);

	return sys_mount(sys, source.s, target.s, NULL, MS_MOVE, NULL);
}

int mount_old_change(struct sys *sys, int mount_fd, int64_t set, int64_t clear, int64_t propagation)
{
	struct fd_path target = path_of(mount_fd);
	unsigned long wanted = flags_of(set);
	struct statfs st;
	int ret = 0;

	if (set & STEP_ATTR_DEV)
		clear |= MOUNT_ATTR_NODEV;
	if (wanted || flags_of(clear)) {
		ret = sys_fstatfs(sys, mount_fd, &st);
		for (size_t i = 0; ret == 0 && i < ARRAY_LEN(flags); i++)
			if (((long)st.f_flags & flags[i].kept) && !(clear & flags[i].attr))
				wanted |= flags[i].flag;
		if (ret == 0)
			ret = sys_mount(sys, NULL, target.s, NULL, MS_REMOUNT | MS_BIND | wanted,
					NULL);
	}
	if (ret == 0 && propagation)
		ret = sys_mount(sys, NULL, target.s, NULL, (unsigned long)propagation, NULL);
	return ret;
}
