/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The change of root, by descriptors (start.md 2.3.3): no directory for the old root, no path
 * lookup in the image. */
#include "core/run/steps.h"

#include <errno.h>
#include <sys/mount.h>

/* A hook may have mounted over the root file system: then the container would get what lies below.
 */
static int check_root(struct child *child, struct note *note)
{
	const struct step *rootfs = step_find(child->plan, CHAPTER_CHILD, STEP_rootfs);
	struct stat mounted, ours;
	int ret;

	if (!rootfs)
		return 0;
	ret = sys_fstatat(child->sys, AT_FDCWD, step_str(child->plan, rootfs, 1), &mounted, 0);
	if (ret == 0)
		ret = sys_fstatat(child->sys, child->root_fd, "", &ours, AT_EMPTY_PATH);
	if (ret < 0)
		return ret;
	if (mounted.st_dev != ours.st_dev || mounted.st_ino != ours.st_ino)
		return note_set(note, -EBUSY, "something was mounted over the root file system");
	return 0;
}

static int swap_roots(struct sys *sys, int old_fd, int root_fd)
{
	int ret = sys_fchdir(sys, root_fd);

	if (ret == 0)
		ret = sys_pivot_root(sys, ".", ".");
	/* The old root now lies on the new one; make it dependent, so that its end stays here. */
	if (ret == 0)
		ret = sys_fchdir(sys, old_fd);
	if (ret == 0)
		ret = sys_mount(sys, NULL, ".", NULL, MS_SLAVE | MS_REC, NULL);
	if (ret == 0)
		ret = sys_umount2(sys, ".", MNT_DETACH);
	if (ret == 0)
		ret = sys_fchdir(sys, root_fd);
	return ret;
}

int child_pivot(struct child *child, const struct step *step, struct note *note)
{
	const struct step *devpts = step_find(child->plan, CHAPTER_CHILD, STEP_devpts);
	_cleanup_fd_ struct fd old = { 0 };
	int ret = beneath_root(child);

	if (ret < 0)
		return ret;
	ret = check_root(child, note);
	if (ret < 0)
		return ret;
	ret = io_open(child->sys, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY, 0, 0);
	if (ret < 0)
		return ret;
	old = fd_of(child->sys, ret);
	ret = swap_roots(child->sys, old.n, child->root_fd);
	close_number(child->sys, &child->host_root_fd);
	close_number(child->sys, &child->host_dev_fd);
	/* lxc.pty.max = 0: the instance served to allocate terminals; their binds keep it alive. */
	if (ret == 0 && devpts && child->devpts_fd >= 0 && !devpts->num[0])
		(void)sys_umount2(child->sys, "/dev/pts", MNT_DETACH | UMOUNT_NOFOLLOW);
	return ret;
}
