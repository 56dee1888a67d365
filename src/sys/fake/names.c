/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/names: making, removing, renaming and reading names.
 */
#include "sys/fake/vfs.h"

#include <assert.h>

static bool is_dots(const char *name)
{
	return !*name || str_eq(name, ".") || str_eq(name, "..");
}

/* The parent of a name that is to be made; checks in the kernel's order. */
static int find_free(struct fake *fake, int dirfd, const char *name, bool is_dir, struct walk *walk)
{
	_cleanup_path_ struct path there = { 0 };
	int ret = walk_start(walk, fake, dirfd, name, WALK_PARENT, 0);

	if (ret == 0)
		ret = walk_go(walk);
	if (ret < 0)
		return ret;
	if (is_dots(walk->name))
		return -EEXIST;
	ret = walk_peek(walk, &there);
	if (ret == 0)
		return -EEXIST;
	if (ret != -ENOENT)
		return ret;
	if (!is_dir && walk->must_be_dir)
		return -ENOENT;
	return may_create(fake->current, &walk->at);
}

static int make(struct fake *fake, int dirfd, const char *name, mode_t mode, dev_t dev,
		struct inode **out)
{
	_cleanup_walk_ struct walk walk = { 0 };
	int ret = find_free(fake, dirfd, name, S_ISDIR(mode), &walk);

	if (ret < 0)
		return ret;
	if (!S_ISLNK(mode))
		mode &= ~fake->current->umask;
	return inode_create(fake, walk.at.inode, walk.name, mode, dev, out);
}

int fake_op_mkdirat(struct sys *sys, int dirfd, const char *name, mode_t mode)
{
	return make(fake_of(sys), dirfd, name, S_IFDIR | (mode & 01777), 0, NULL);
}

int fake_op_mknodat(struct sys *sys, int dirfd, const char *name, mode_t mode, dev_t dev)
{
	struct fake *fake = fake_of(sys);
	struct task *task = fake->current;
	mode_t type = mode & S_IFMT;

	if (type == 0)
		type = S_IFREG;
	if (type == S_IFDIR)
		return -EPERM;
	if (type != S_IFREG && type != S_IFCHR && type != S_IFBLK && type != S_IFIFO &&
	    type != S_IFSOCK)
		return -EINVAL;
	if (type == S_IFCHR || type == S_IFBLK) {
		_cleanup_walk_ struct walk walk = { 0 };
		int ret = find_free(fake, dirfd, name, false, &walk);

		if (ret < 0)
			return ret;
		/* Overlayfs whiteouts are free. The capability is that of the initial user
		 * namespace. */
		if (!(type == S_IFCHR && dev == 0) && !task_capable(task, CAP_MKNOD, NULL))
			return -EPERM;
		if (!cgroup_allows_device(task, type, dev, 1))
			return -EPERM;
	} else {
		dev = 0;
	}
	return make(fake, dirfd, name, type | (mode & 07777), dev, NULL);
}

int fake_op_symlinkat(struct sys *sys, const char *target, int dirfd, const char *name)
{
	struct inode *inode = NULL;
	int ret;

	if (!*target)
		return -ENOENT;
	if (strlen(target) >= 4096)
		return -ENAMETOOLONG;
	ret = make(fake_of(sys), dirfd, name, S_IFLNK | 0777, 0, &inode);
	if (ret < 0)
		return ret;
	inode_set_data(inode, target, strlen(target));
	inode_put(inode);
	return 0;
}

int fake_op_linkat(struct sys *sys, int olddirfd, const char *oldpath, int newdirfd,
		   const char *newpath, unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	_cleanup_path_ struct path old = { 0 };
	_cleanup_walk_ struct walk walk = { 0 };
	unsigned how = (flags & AT_SYMLINK_FOLLOW ? WALK_FOLLOW : 0) |
		       (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0);
	int ret;

	if (flags & ~(unsigned long)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	ret = path_find(fake, olddirfd, oldpath, how, &old);
	if (ret == 0)
		ret = find_free(fake, newdirfd, newpath, false, &walk);
	if (ret < 0)
		return ret;
	if (old.mnt != walk.at.mnt)
		return -EXDEV;
	if (S_ISDIR(old.inode->mode) || walk.at.inode->ops)
		return -EPERM;
	if (old.inode->nlink == 0)
		return -ENOENT;
	if (walk.at.inode->sb->full)
		return -ENOSPC;
	inode_get(old.inode);
	old.inode->nlink++;
	dir_add(walk.at.inode, walk.name, old.inode);
	return 0;
}

/* A name on which something is mounted in this namespace is busy; mounts elsewhere go. */
static bool is_mountpoint(struct fake *fake, struct inode *inode)
{
	struct vfs *vfs = fake->vfs;

	if (!inode->mounted_on)
		return false;
	for (size_t i = 0; i < vfs->mounts.count; i++)
		if (mount_nth(vfs, i)->point == inode &&
		    mount_nth(vfs, i)->ns == fake->current->mnt_ns)
			return true;
	return false;
}

static void detach_mounts(struct fake *fake, struct inode *inode)
{
	struct vfs *vfs = fake->vfs;

	if (!inode->mounted_on)
		return;
	for (size_t i = 0; i < vfs->mounts.count;) {
		if (mount_nth(vfs, i)->point == inode) {
			mount_dissolve(fake, mount_nth(vfs, i), false);
			i = 0;
		} else {
			i++;
		}
	}
}

static int remove_at(struct fake *fake, struct walk *walk, bool is_dir)
{
	_cleanup_path_ struct path there = { 0 };
	struct inode *dir = walk->at.inode, *inode = NULL;
	int ret = inode_lookup(fake, dir, walk->name, &inode);

	if (ret < 0)
		return ret;
	there.inode = inode;
	if (!path_is_writable(&walk->at))
		return -EROFS;
	ret = may_remove(fake->current, dir, inode);
	if (ret < 0)
		return ret;
	if (is_dir && !S_ISDIR(inode->mode))
		return -ENOTDIR;
	if (!is_dir && S_ISDIR(inode->mode))
		return -EISDIR;
	if (is_mountpoint(fake, inode) || inode == fake->current->root.inode)
		return -EBUSY;
	ret = inode_remove(fake, dir, inode);
	if (ret < 0)
		return ret;
	detach_mounts(fake, inode);
	inode->nlink = is_dir ? 0 : inode->nlink - 1;
	if (dir_find(dir, walk->name) == inode)
		dir_take(dir, walk->name);
	return 0;
}

int fake_op_unlinkat(struct sys *sys, int dirfd, const char *name, unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	_cleanup_walk_ struct walk walk = { 0 };
	bool is_dir = flags & AT_REMOVEDIR;
	int ret;

	if (flags & ~(unsigned long)AT_REMOVEDIR)
		return -EINVAL;
	ret = walk_start(&walk, fake, dirfd, name, WALK_PARENT, 0);
	if (ret == 0)
		ret = walk_go(&walk);
	if (ret < 0)
		return ret;
	if (!walk.name[0])
		return is_dir ? -EBUSY : -EISDIR;
	if (str_eq(walk.name, "."))
		return is_dir ? -EINVAL : -EISDIR;
	if (str_eq(walk.name, ".."))
		return is_dir ? -ENOTEMPTY : -EISDIR;
	if (!is_dir && walk.must_be_dir)
		return -ENOTDIR;
	return remove_at(fake, &walk, is_dir);
}

static int may_replace(struct fake *fake, struct inode *moved, struct inode *old, struct walk *to)
{
	int ret = may_remove(fake->current, to->at.inode, old);

	if (ret < 0)
		return ret;
	if (S_ISDIR(moved->mode) && !S_ISDIR(old->mode))
		return -ENOTDIR;
	if (!S_ISDIR(moved->mode) && S_ISDIR(old->mode))
		return -EISDIR;
	if (is_mountpoint(fake, old))
		return -EBUSY;
	return S_ISDIR(old->mode) && old->entries.count > 0 ? -ENOTEMPTY : 0;
}

static int may_rename(struct fake *fake, struct walk *from, struct walk *to, struct inode *moved)
{
	int ret = may_remove(fake->current, from->at.inode, moved);

	if (ret == 0)
		ret = inode_permission(fake->current, to->at.inode, 3);
	if (ret < 0)
		return ret;
	if (from->at.inode->ops || to->at.inode->ops) {
		/* cgroup v1 directories keep their parent; terminals and proc keep their names. */
		if (!moved->ops || !moved->ops->can_rename || !moved->ops->can_rename(moved))
			return -EPERM;
		return from->at.inode == to->at.inode ? 0 : -EIO;
	}
	if (inode_is_below(to->at.inode, moved))
		return -EINVAL;
	if (!S_ISDIR(moved->mode) && (from->must_be_dir || to->must_be_dir))
		return -ENOTDIR;
	return is_mountpoint(fake, moved) ? -EBUSY : 0;
}

static void rename_now(struct walk *from, struct walk *to, struct inode *moved, struct inode *old)
{
	if (old) {
		old->nlink = S_ISDIR(old->mode) ? 0 : old->nlink - 1;
		dir_take(to->at.inode, to->name);
	}
	inode_get(moved);
	dir_take(from->at.inode, from->name);
	moved->parent = NULL;
	dir_add(to->at.inode, to->name, moved);
}

static int exchange(struct fake *fake, struct walk *from, struct walk *to, struct inode *moved,
		    struct inode *old)
{
	if (inode_is_below(from->at.inode, old))
		return -EINVAL;
	if (is_mountpoint(fake, old))
		return -EBUSY;
	inode_get(moved);
	inode_get(old);
	dir_take(from->at.inode, from->name);
	dir_take(to->at.inode, to->name);
	moved->parent = old->parent = NULL;
	dir_add(from->at.inode, from->name, old);
	dir_add(to->at.inode, to->name, moved);
	return 0;
}

static int rename_found(struct fake *fake, struct walk *from, struct walk *to, unsigned long flags)
{
	_cleanup_path_ struct path moved = { 0 }, old = { 0 };
	int ret = inode_lookup(fake, from->at.inode, from->name, &moved.inode);

	if (ret < 0)
		return ret;
	ret = inode_lookup(fake, to->at.inode, to->name, &old.inode);
	if (ret < 0 && ret != -ENOENT)
		return ret;
	if (old.inode && (flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (!old.inode && (flags & RENAME_EXCHANGE))
		return -ENOENT;
	if (!path_is_writable(&from->at))
		return -EROFS;
	if (old.inode == moved.inode)
		return 0;
	ret = may_rename(fake, from, to, moved.inode);
	if (ret < 0)
		return ret;
	if (flags & RENAME_EXCHANGE)
		return exchange(fake, from, to, moved.inode, old.inode);
	if (old.inode && inode_is_below(from->at.inode, old.inode))
		return -ENOTEMPTY;
	ret = old.inode ? may_replace(fake, moved.inode, old.inode, to) : 0;
	if (ret == 0)
		rename_now(from, to, moved.inode, old.inode);
	return ret;
}

int fake_op_renameat2(struct sys *sys, int olddirfd, const char *oldpath, int newdirfd,
		      const char *newpath, unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	_cleanup_walk_ struct walk from = { 0 }, to = { 0 };
	int ret;

	if ((flags & ~(unsigned long)(RENAME_NOREPLACE | RENAME_EXCHANGE)) ||
	    flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	ret = walk_start(&from, fake, olddirfd, oldpath, WALK_PARENT, 0);
	if (ret == 0)
		ret = walk_go(&from);
	if (ret == 0)
		ret = walk_start(&to, fake, newdirfd, newpath, WALK_PARENT, 0);
	if (ret == 0)
		ret = walk_go(&to);
	if (ret < 0)
		return ret;
	if (from.at.mnt != to.at.mnt)
		return -EXDEV;
	if (is_dots(from.name))
		return -EBUSY;
	if (is_dots(to.name))
		return flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	return rename_found(fake, &from, &to, flags);
}

ssize_t fake_op_readlinkat(struct sys *sys, int dirfd, const char *name, void *buf, size_t len)
{
	struct fake *fake = fake_of(sys);
	_cleanup_path_ struct path path = { 0 };
	_cleanup_str_ struct str text = { 0 };
	struct inode *inode;
	int ret;

	if (len == 0)
		return -EINVAL;
	ret = path_find(fake, dirfd, name, WALK_EMPTY, &path);
	if (ret < 0)
		return ret;
	inode = path.inode;
	if (!S_ISLNK(inode->mode))
		return *name ? -EINVAL : -ENOENT;
	if (inode->ops && inode->ops->readlink) {
		ret = inode->ops->readlink(fake, inode, &text);
		if (ret < 0)
			return ret;
	} else {
		str_add(&text, inode->data);
	}
	if (len > text.len)
		len = text.len;
	if (len > 0)
		memcpy(buf, text.s, len);
	return (ssize_t)len;
}

static int enter_dir(struct fake *fake, struct path *path)
{
	struct task *task = fake->current;
	int ret;

	if (!S_ISDIR(path->inode->mode))
		return -ENOTDIR;
	ret = inode_permission(task, path->inode, 1);
	if (ret < 0)
		return ret;
	path_get(path);
	path_put(&task->cwd);
	task->cwd = *path;
	return 0;
}

int fake_op_chdir(struct sys *sys, const char *name)
{
	_cleanup_path_ struct path path = { 0 };
	int ret = path_find(fake_of(sys), AT_FDCWD, name, WALK_FOLLOW, &path);

	return ret < 0 ? ret : enter_dir(fake_of(sys), &path);
}

int fake_op_fchdir(struct sys *sys, int fd)
{
	struct fake *fake = fake_of(sys);
	struct file *file = task_file(fake->current, fd);

	if (!file)
		return -EBADF;
	return file->path.inode ? enter_dir(fake, &file->path) : -ENOTDIR;
}

/* Out of the root there is no path: the real backend says the same, as libc does. */
ssize_t fake_op_getcwd(struct sys *sys, void *buf, size_t size)
{
	struct task *task = fake_of(sys)->current;
	_cleanup_str_ struct str text = { 0 };

	if (!task->cwd.inode->parent && task->cwd.inode != task->cwd.inode->sb->root)
		return -ENOENT;
	if (!path_text(&task->cwd, &task->root, &text))
		return -ENOENT;
	if (text.len + 1 > size)
		return -ERANGE;
	memcpy(buf, str_text(&text), text.len + 1);
	return (ssize_t)text.len + 1;
}
