/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/access: who may do what to an inode; mode and owner, and their change.
 *
 * Sources: path_resolution(7), capabilities(7), chmod(2), chown(2), access(2).
 */
#include "sys/fake/vfs.h"

/* A capability counts for an inode only if its owner and group are mapped in the task's user
 * namespace. */
bool inode_capable(struct task *task, struct inode *inode, int cap)
{
	if (uid_seen(task, inode->uid) == 65534 && inode->uid != 65534)
		return false;
	if (gid_seen(task, inode->gid) == 65534 && inode->gid != 65534)
		return false;
	return task_capable(task, cap, task->user_ns);
}

bool inode_is_owner(struct task *task, struct inode *inode)
{
	return task->cred.fsuid == inode->uid || inode_capable(task, inode, CAP_FOWNER);
}

static bool mode_allows(struct task *task, struct inode *inode, unsigned want)
{
	unsigned mode = inode->mode;

	if (task->cred.fsuid == inode->uid)
		mode >>= 6;
	else if (task->cred.fsgid == inode->gid || task_in_group(task, inode->gid))
		mode >>= 3;
	return (want & ~mode & 7) == 0;
}

/* Files of processes follow the owner of the process. */
static void refresh_owner(struct inode *inode)
{
	struct stat st = { .st_uid = inode->uid, .st_gid = inode->gid };

	if (!inode->ops || !inode->ops->getattr)
		return;
	inode->ops->getattr(inode->sb->fake, inode, &st);
	inode->uid = st.st_uid;
	inode->gid = st.st_gid;
}

int inode_permission(struct task *task, struct inode *inode, unsigned want)
{
	refresh_owner(inode);
	/* The model itself (no task yet) may do all. */
	if (!task || mode_allows(task, inode, want))
		return 0;
	if (S_ISDIR(inode->mode)) {
		if (!(want & 2) && inode_capable(task, inode, CAP_DAC_READ_SEARCH))
			return 0;
		return inode_capable(task, inode, CAP_DAC_OVERRIDE) ? 0 : -EACCES;
	}
	if (want == 4 && inode_capable(task, inode, CAP_DAC_READ_SEARCH))
		return 0;
	if (!(want & 1) || (inode->mode & 0111))
		return inode_capable(task, inode, CAP_DAC_OVERRIDE) ? 0 : -EACCES;
	return -EACCES;
}

/* Whose ids the owner of the file system does not have cannot own a file there. */
static bool ids_fit(struct task *task, struct user_ns *owner)
{
	struct task as_owner = { .user_ns = owner };
	const struct cred *cred = &task->cred;

	return (cred->fsuid == 65534 || uid_seen(&as_owner, cred->fsuid) != 65534) &&
	       (cred->fsgid == 65534 || gid_seen(&as_owner, cred->fsgid) != 65534);
}

int may_create(struct task *task, struct path *dir)
{
	if (!path_is_writable(dir))
		return -EROFS;
	if (!ids_fit(task, dir->mnt->sb->owner))
		return -EOVERFLOW;
	return inode_permission(task, dir->inode, 3);
}

int may_remove(struct task *task, struct inode *dir, struct inode *victim)
{
	int ret = inode_permission(task, dir, 3);

	if (ret < 0 || !task)
		return ret;
	if ((dir->mode & S_ISVTX) && task->cred.fsuid != victim->uid &&
	    task->cred.fsuid != dir->uid && !inode_capable(task, victim, CAP_FOWNER))
		return -EPERM;
	return 0;
}

static int change_mode(struct fake *fake, struct path *path, mode_t mode)
{
	struct task *task = fake->current;
	struct inode *inode = path->inode;

	if (!path_is_writable(path))
		return -EROFS;
	if (!inode_is_owner(task, inode))
		return -EPERM;
	if (S_ISLNK(inode->mode))
		return -EOPNOTSUPP;
	if (str_eq(inode->sb->type->name, "proc"))
		return -EPERM;
	mode &= 07777;
	if ((mode & S_ISGID) && task->cred.fsgid != inode->gid &&
	    !task_in_group(task, inode->gid) && !inode_capable(task, inode, CAP_FSETID))
		mode &= (mode_t)~S_ISGID;
	inode->mode = (inode->mode & S_IFMT) | mode;
	return 0;
}

int fake_op_fchmod(struct sys *sys, int fd, mode_t mode)
{
	struct fake *fake = fake_of(sys);
	struct file *file = task_file(fake->current, fd);

	if (!file || (file->flags & O_PATH))
		return -EBADF;
	return file->path.inode ? change_mode(fake, &file->path, mode) : -EINVAL;
}

int fake_op_fchmodat(struct sys *sys, int dirfd, const char *name, mode_t mode)
{
	_cleanup_path_ struct path path = { 0 };
	int ret = path_find(fake_of(sys), dirfd, name, WALK_FOLLOW, &path);

	return ret < 0 ? ret : change_mode(fake_of(sys), &path, mode);
}

static int may_chown(struct task *task, struct inode *inode, uid_t uid, gid_t gid)
{
	if (uid != (uid_t)-1 && !(task->cred.fsuid == inode->uid && uid == inode->uid) &&
	    !inode_capable(task, inode, CAP_CHOWN))
		return -EPERM;
	if (gid != (gid_t)-1 &&
	    !(task->cred.fsuid == inode->uid &&
	      (gid == inode->gid || task->cred.fsgid == gid || task_in_group(task, gid))) &&
	    !inode_capable(task, inode, CAP_CHOWN))
		return -EPERM;
	return 0;
}

int fake_op_fchownat(struct sys *sys, int dirfd, const char *name, uid_t uid, gid_t gid,
		     unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	_cleanup_path_ struct path path = { 0 };
	unsigned how = (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
		       (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0);
	struct inode *inode;
	int ret;

	if (flags & ~(unsigned long)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	ret = path_find(fake, dirfd, name, how, &path);
	if (ret < 0)
		return ret;
	inode = path.inode;
	if ((uid != (uid_t)-1 && !uid_from(fake->current, uid, &uid)) ||
	    (gid != (gid_t)-1 && !gid_from(fake->current, gid, &gid)))
		return -EINVAL;
	if (!path_is_writable(&path))
		return -EROFS;
	ret = may_chown(fake->current, inode, uid, gid);
	if (ret < 0)
		return ret;
	if (uid != (uid_t)-1)
		inode->uid = uid;
	if (gid != (gid_t)-1)
		inode->gid = gid;
	xattr_lose_privileges(inode);
	if (!S_ISDIR(inode->mode)) {
		inode->mode &= (mode_t)~S_ISUID;
		if (inode->mode & S_IXGRP)
			inode->mode &= (mode_t)~S_ISGID;
	}
	return 0;
}

/* access(2) asks with the real ids: and with no capabilities unless the real user is root. */
static int access_as(struct fake *fake, int dirfd, const char *name, int mode, unsigned how)
{
	_cleanup_path_ struct path path = { 0 };
	int ret = path_find(fake, dirfd, name, how, &path);

	if (ret < 0)
		return ret;
	if ((mode & W_OK) && !path_is_writable(&path) &&
	    (S_ISREG(path.inode->mode) || S_ISDIR(path.inode->mode) || S_ISLNK(path.inode->mode)))
		return -EROFS;
	if ((mode & X_OK) && S_ISREG(path.inode->mode) && (path.mnt->flags & MOUNT_ATTR_NOEXEC))
		return -EACCES;
	return inode_permission(fake->current, path.inode, (unsigned)mode & 7);
}

int fake_op_faccessat(struct sys *sys, int dirfd, const char *name, int mode, unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	struct task *task = fake->current;
	struct cred saved = task->cred;
	unsigned how = (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
		       (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0);
	int ret;

	if ((mode & ~7) ||
	    (flags & ~(unsigned long)(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)))
		return -EINVAL;
	if (!(flags & AT_EACCESS)) {
		task->cred.fsuid = task->cred.ruid;
		task->cred.fsgid = task->cred.rgid;
		task->cred.effective =
			uid_seen(task, task->cred.ruid) == 0 ? task->cred.permitted : 0;
	}
	ret = access_as(fake, dirfd, name, mode, how);
	task->cred = saved;
	return ret;
}
