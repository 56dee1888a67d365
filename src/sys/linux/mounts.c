/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls on mounts. All raw: <sys/mount.h> and <linux/mount.h> cannot stand in one file. */
#include "sys/linux/call.h"

int linux_mount(struct sys *sys, const char *source, const char *target, const char *fstype,
		unsigned long flags, const char *data)
{
	return LINUX_INT(syscall(SYS_mount, source, target, fstype, flags, data));
}

int linux_umount2(struct sys *sys, const char *target, unsigned long flags)
{
	return LINUX_INT(syscall(SYS_umount2, target, flags));
}

int linux_pivot_root(struct sys *sys, const char *new_root, const char *put_old)
{
	return LINUX_INT(syscall(SYS_pivot_root, new_root, put_old));
}

int linux_open_tree(struct sys *sys, int dirfd, const char *path, unsigned long flags)
{
	return LINUX_INT(syscall(SYS_open_tree, dirfd, path, flags));
}

int linux_move_mount(struct sys *sys, int from_fd, const char *from, int to_fd, const char *to,
		     unsigned long flags)
{
	return LINUX_INT(syscall(SYS_move_mount, from_fd, from, to_fd, to, flags));
}

int linux_fsopen(struct sys *sys, const char *fstype, unsigned long flags)
{
	return LINUX_INT(syscall(SYS_fsopen, fstype, flags));
}

int linux_fsconfig(struct sys *sys, int fd, unsigned int cmd, const char *key, const char *value,
		   int aux)
{
	return LINUX_INT(syscall(SYS_fsconfig, fd, cmd, key, value, aux));
}

int linux_fsmount(struct sys *sys, int fd, unsigned long flags, unsigned long attr)
{
	return LINUX_INT(syscall(SYS_fsmount, fd, flags, attr));
}

int linux_mount_setattr(struct sys *sys, int dirfd, const char *path, unsigned long flags,
			const struct mount_attr *attr)
{
	return LINUX_INT(syscall(SYS_mount_setattr, dirfd, path, flags, attr, sizeof(*attr)));
}
