/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps that build the container's tree of mounts, before the root changes. */
#include "core/run/steps.h"

#include <errno.h>
#include <sys/mount.h>

/* What an optional step may hide. */
static int excuse(struct child *child, const struct step *step, int64_t optional, int ret)
{
	if (ret >= 0 || optional == STEP_REQUIRED)
		return ret;
	if (optional == STEP_OPTIONAL_ABSENT && ret != -ENOENT)
		return ret;
	log_write(child->sys, &child->log, LOG_INFO_, "conf", "Skipped optional %s on %s: %s",
		  step_kind_name((enum step_kind)step->kind), step_str(child->plan, step, 1),
		  err_name(ret));
	return 0;
}

/* Host paths mean the tree that we were born with; others are beneath the container's root. */
static int open_source(struct child *child, const char *source, struct note *note)
{
	int ret;

	if (source[0] != '/')
		return beneath_open(child, source, STEP_CREATE_NONE, note);
	ret = io_open(child->sys, AT_FDCWD, source, O_PATH, 0, 0);
	return ret == -ENOENT ? note_set(note, ret, "the source %s does not exist", source) : ret;
}

int child_propagation(struct child *child, const struct step *step, struct note *note)
{
	/* mount(2), not mount_setattr: this path is the host's, and every kernel has it. */
	return sys_mount(child->sys, NULL, step_str(child->plan, step, 0), NULL,
			 (unsigned long)step->num[0], NULL);
}

int child_mkdir(struct child *child, const struct step *step, struct note *note)
{
	int ret = beneath_mkdir(child, step_str(child->plan, step, 0), (mode_t)step->num[0], note);

	return excuse(child, step, step->num[1], ret);
}

/* A copy of the tree at an O_PATH descriptor, attached to another; *mount_out is then the mounted
 * tree. */
static int bind_fd(struct sys *sys, int source_fd, int target_fd, bool recursive, int64_t attr,
		   int64_t propagation, struct fd *mount_out)
{
	_cleanup_fd_ struct fd mount = { 0 };
	int ret = mount_clone_fd(sys, source_fd, "", recursive);
	int early;

	if (ret >= 0) {
		mount = fd_of(sys, ret);
		/* Before it is attached: nobody ever sees it writable. Propagation needs its place.
		 */
		early = mount_set(sys, mount.n, attr, 0, 0);
		ret = early < 0 && early != -ENOSYS ? early : mount_attach(sys, mount.n, target_fd);
		if (ret == 0)
			ret = mount_change(sys, mount.n, early < 0 ? attr : 0, 0, propagation);
	}
	if (ret == 0)
		*mount_out = steal_fd(&mount);
	return ret;
}

/* Without open_tree: bind, and open what lies on the target now. */
static int bind_old(struct child *child, int source_fd, int target_fd, const char *target,
		    bool recursive, int64_t attr, int64_t propagation, struct note *note)
{
	int ret = mount_old_bind(child->sys, source_fd, target_fd, recursive);
	_cleanup_fd_ struct fd mount = { 0 };

	if (ret < 0)
		return ret;
	ret = beneath_open(child, target, STEP_CREATE_NONE, note);
	if (ret < 0)
		return ret;
	mount = fd_of(child->sys, ret);
	return mount_old_change(child->sys, mount.n, attr, 0, propagation);
}

int child_rootfs(struct child *child, const struct step *step, struct note *note)
{
	struct sys *sys = child->sys;
	const char *host_mount = step_str(child->plan, step, 1);
	_cleanup_fd_ struct fd source = { 0 }, target = { 0 }, root = { 0 };
	int ret =
		io_open(sys, AT_FDCWD, step_str(child->plan, step, 0), O_PATH | O_DIRECTORY, 0, 0);

	if (ret < 0)
		return ret;
	source = fd_of(sys, ret);
	ret = io_open(sys, AT_FDCWD, host_mount, O_PATH | O_DIRECTORY, 0, 0);
	if (ret < 0)
		return note_set(note, ret, "the mount point %s", host_mount);
	target = fd_of(sys, ret);
	ret = bind_fd(sys, source.n, target.n, step->num[2], step->num[0], step->num[1], &root);
	if (ret == -ENOSYS) {
		ret = mount_old_bind(sys, source.n, target.n, step->num[2]);
		if (ret == 0)
			ret = io_open(sys, AT_FDCWD, host_mount, O_PATH | O_DIRECTORY, 0, 0);
		if (ret < 0)
			return ret;
		root = fd_of(sys, ret);
		ret = mount_old_change(sys, root.n, step->num[0], 0, step->num[1]);
	}
	if (ret == 0)
		child->root_fd = steal_fd(&root).n;
	return ret;
}

static int mount_fs(struct child *child, const struct step *step, struct note *note)
{
	struct sys *sys = child->sys;
	const char *source = step_str(child->plan, step, 0),
		   *target = step_str(child->plan, step, 1);
	const char *fstype = step_str(child->plan, step, 2), *data = step_str(child->plan, step, 3);
	_cleanup_fd_ struct fd mount = { 0 }, place = { 0 };
	int ret = beneath_open(child, target, (enum step_create)step->num[2], note);

	if (ret < 0)
		return ret;
	place = fd_of(sys, ret);
	ret = mount_new_fd(sys, fstype, source, data, step->num[0], note);
	if (ret == -ENOSYS) {
		ret = mount_old_new(sys, fstype, source, data, step->num[0], place.n);
		if (ret < 0 || !step->num[1])
			return ret;
		ret = beneath_open(child, target, STEP_CREATE_NONE, note);
	} else if (ret >= 0) {
		mount = fd_of(sys, ret);
		ret = mount_attach(sys, mount.n, place.n);
		return ret < 0 ? ret : mount_change(sys, mount.n, 0, 0, step->num[1]);
	}
	if (ret < 0)
		return ret;
	mount = fd_of(sys, ret);
	return mount_change(sys, mount.n, 0, 0, step->num[1]);
}

int child_mount_fs(struct child *child, const struct step *step, struct note *note)
{
	return excuse(child, step, step->num[3], mount_fs(child, step, note));
}

static int mount_bind(struct child *child, const struct step *step, struct note *note)
{
	const char *target = step_str(child->plan, step, 1);
	_cleanup_fd_ struct fd source = { 0 }, place = { 0 }, mount = { 0 };
	bool recursive = step->num[0] & STEP_ATTR_RECURSIVE;
	int64_t attr = step->num[0] &
		       ~STEP_ATTR_RECURSIVE; /* a read-only tree: its top only, as bind,ro */
	int ret = open_source(child, step_str(child->plan, step, 0), note);

	if (ret < 0)
		return ret;
	source = fd_of(child->sys, ret);
	ret = beneath_open(child, target, (enum step_create)step->num[2], note);
	if (ret < 0)
		return ret;
	place = fd_of(child->sys, ret);
	ret = bind_fd(child->sys, source.n, place.n, recursive, attr, step->num[1], &mount);
	if (ret == -ENOSYS)
		ret = bind_old(child, source.n, place.n, target, recursive, attr, step->num[1],
			       note);
	return ret;
}

int child_mount_bind(struct child *child, const struct step *step, struct note *note)
{
	return excuse(child, step, step->num[3], mount_bind(child, step, note));
}

int child_mount_attr(struct child *child, const struct step *step, struct note *note)
{
	int ret = beneath_open(child, step_str(child->plan, step, 0), STEP_CREATE_NONE, note);
	_cleanup_fd_ struct fd mount = fd_of(child->sys, ret);

	if (ret < 0)
		return excuse(child, step, step->num[3], ret);
	ret = mount_change(child->sys, mount.n, step->num[0], step->num[1], step->num[2]);
	/* It is there: an ENOENT now is the way to it, our own /proc. */
	return ret == -ENOENT ? ret : excuse(child, step, step->num[3], ret);
}

int child_mount_move(struct child *child, const struct step *step, struct note *note)
{
	int ret = open_source(child, step_str(child->plan, step, 0), note);
	_cleanup_fd_ struct fd source = fd_of(child->sys, ret), place = { 0 };

	if (ret >= 0)
		ret = beneath_open(child, step_str(child->plan, step, 1), STEP_CREATE_NONE, note);
	if (ret >= 0) {
		place = fd_of(child->sys, ret);
		ret = mount_attach(child->sys, source.n, place.n);
		if (ret == -ENOSYS)
			ret = mount_old_move(child->sys, source.n, place.n);
	}
	return excuse(child, step, step->num[3], ret);
}
