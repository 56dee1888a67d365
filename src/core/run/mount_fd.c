/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mounting by descriptor: open_tree, fsopen, move_mount, mount_setattr. No path is looked up twice.
 */
#include "core/run/steps.h"

#include <errno.h>
#include <limits.h>
#include <sys/mount.h>

#define ATTR_MASK INT64_C(0xffffffff)

int mount_clone_fd(struct sys *sys, int dirfd, const char *path, bool recursive)
{
	unsigned long flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
			      (recursive ? (unsigned long)AT_RECURSIVE : 0) |
			      (*path ? 0 : (unsigned long)AT_EMPTY_PATH);

	return sys_open_tree(sys, dirfd, path, flags);
}

int mount_attach(struct sys *sys, int mount_fd, int target_fd)
{
	return sys_move_mount(sys, mount_fd, "", target_fd, "",
			      MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static int set_attr(struct sys *sys, int mount_fd, bool recursive, struct mount_attr *attr)
{
	unsigned long flags = AT_EMPTY_PATH | (recursive ? (unsigned long)AT_RECURSIVE : 0);

	/* The access time rules are one value, not bits: to set one is to clear the others. */
	if (attr->attr_set & MOUNT_ATTR__ATIME)
		attr->attr_clr |= MOUNT_ATTR__ATIME;
	return sys_mount_setattr(sys, mount_fd, "", flags, attr);
}

int mount_set(struct sys *sys, int mount_fd, int64_t set, int64_t clear, int64_t propagation)
{
	struct mount_attr attr = {
		.attr_set = (uint64_t)(set & ATTR_MASK),
		.attr_clr = (uint64_t)(clear & ATTR_MASK),
	};
	struct mount_attr tree = { .propagation = (uint64_t)(propagation & ~(int64_t)MS_REC) };
	int ret = 0;

	if (set & STEP_ATTR_DEV)
		attr.attr_clr |= MOUNT_ATTR_NODEV;
	if (attr.attr_set || attr.attr_clr)
		ret = set_attr(sys, mount_fd, set & STEP_ATTR_RECURSIVE, &attr);
	if (ret == 0 && tree.propagation)
		ret = set_attr(sys, mount_fd, propagation & MS_REC, &tree);
	return ret;
}

int mount_change(struct sys *sys, int mount_fd, int64_t set, int64_t clear, int64_t propagation)
{
	int ret = mount_set(sys, mount_fd, set, clear, propagation);

	return ret == -ENOSYS ? mount_old_change(sys, mount_fd, set, clear, propagation) : ret;
}

/* Each option of the data is one key: "size=10m" or "ro". */
static int configure(struct sys *sys, int fs_fd, const char *data, struct note *note)
{
	char text[PATH_MAX];
	char *rest = text, *option;
	size_t len = strlen(data);
	int ret = 0;

	if (len >= sizeof(text))
		return -E2BIG;
	memcpy(text, data, len + 1);
	while (ret == 0 && (option = str_next_word(&rest, ","))) {
		char *value = strchr(option, '=');

		if (value)
			*value++ = '\0';
		ret = sys_fsconfig(sys, fs_fd, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG,
				   option, value, 0);
		if (ret < 0)
			(void)note_set(note, ret, "option %s", option);
	}
	return ret;
}

/* The kernel explains itself on the descriptor: "e tmpfs: Bad value for 'size'". */
static int explain(struct sys *sys, int fs_fd, int ret, struct note *note)
{
	char text[200];
	ssize_t len = sys_read(sys, fs_fd, text, sizeof(text) - 1);

	if (len <= 2)
		return ret;
	while (len > 0 && text[len - 1] == '\n')
		len--;
	text[len] = '\0';
	return note_set(note, ret, "%s", text + 2);
}

int mount_new_fd(struct sys *sys, const char *fstype, const char *source, const char *data,
		 int64_t attr, struct note *note)
{
	_cleanup_fd_ struct fd fs = { 0 };
	int ret = sys_fsopen(sys, fstype, FSOPEN_CLOEXEC);

	if (ret < 0)
		return ret == -ENODEV ? note_set(note, ret, "file system type %s", fstype) : ret;
	fs = fd_of(sys, ret);
	ret = sys_fsconfig(sys, fs.n, FSCONFIG_SET_STRING, "source", source, 0);
	if (ret == 0)
		ret = configure(sys, fs.n, data, note);
	/* mount(2) makes file system and mount read-only alike. */
	if (ret == 0 && (attr & MOUNT_ATTR_RDONLY))
		ret = sys_fsconfig(sys, fs.n, FSCONFIG_SET_FLAG, "ro", NULL, 0);
	if (ret == 0)
		ret = sys_fsconfig(sys, fs.n, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (ret == 0)
		ret = sys_fsmount(sys, fs.n, FSMOUNT_CLOEXEC, (unsigned long)(attr & ATTR_MASK));
	return ret < 0 ? explain(sys, fs.n, ret, note) : ret;
}
