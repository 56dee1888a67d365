/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/mountop: mount(2), umount2(2), pivot_root(2).
 *
 * Sources: the manual pages, mount_namespaces(7).
 */
#include "sys/fake/task.h"
#include "sys/fake/vfs.h"

bool may_mount(struct task *task)
{
	return task_capable(task, CAP_SYS_ADMIN, task->mnt_ns->owner);
}

static bool is_ours(struct fake *fake, struct mount *mnt)
{
	return mnt->ns && mnt->ns == fake->current->mnt_ns;
}

int mount_create(struct fake *fake, const char *fstype, const struct fs_args *args,
		 unsigned long flags, struct mount **out)
{
	const struct fs_type *type = fs_type_find(fstype);
	struct inode *root;
	struct super *sb;
	int ret;

	if (!type)
		return -ENODEV;
	if (!type->in_user_ns && !task_capable(fake->current, CAP_SYS_ADMIN, NULL))
		return -EPERM;
	ret = type->get(fake, args, &sb, &root);
	if (ret < 0)
		return ret;
	*out = mount_new(fake, sb, root, args->source && *args->source ? args->source : "none",
			 flags);
	inode_put(root);
	super_put(sb);
	return 0;
}

int mount_add(struct fake *fake, struct mount *mnt, struct path *at)
{
	path_top(at);
	if (!is_ours(fake, at->mnt))
		return -EINVAL;
	if (S_ISLNK(mnt->root->mode))
		return -EINVAL;
	if (S_ISDIR(mnt->root->mode) != S_ISDIR(at->inode->mode))
		return -ENOTDIR;
	if (!at->inode->parent && at->inode != at->inode->sb->root && !at->inode->holds_parent)
		return -ENOENT;
	mount_graft(fake, mnt, at->mnt, at->inode);
	return 0;
}

static bool has_locked_below(struct mount *mnt, struct inode *dir)
{
	for (size_t i = 0; i < mnt->children.count; i++) {
		struct mount *child = *vec_at(&mnt->children, struct mount *, i);

		if (child->locked && inode_is_below(child->point, dir))
			return true;
	}
	return false;
}

int mount_bind_copy(struct fake *fake, struct path *from, bool recursive, struct mount **out)
{
	bool nsfs = str_eq(from->mnt->sb->type->name, "anon");
	struct mount *copy;

	if (from->mnt->unbindable)
		return -EINVAL;
	if (!is_ours(fake, from->mnt) && !nsfs && !(from->mnt->ns && from->mnt->ns->anonymous))
		return -EINVAL;
	if (!recursive && has_locked_below(from->mnt, from->inode))
		return -EINVAL;
	copy = mount_copy(from->mnt, from->inode, recursive ? 0 : COPY_FLAT, NULL);
	if (nsfs) {
		free(copy->source);
		copy->source = must_dup("nsfs");
		copy->group = copy->master = 0;
	}
	*out = copy;
	return 0;
}

static int bind_at(struct fake *fake, const char *source, struct path *at, bool recursive)
{
	_cleanup_path_ struct path from = { 0 };
	struct mount *copy;
	int ret;

	if (!source || !*source)
		return -EINVAL;
	ret = path_find(fake, AT_FDCWD, source, WALK_FOLLOW, &from);
	if (ret < 0)
		return ret;
	path_top(at);
	if (!is_ours(fake, at->mnt))
		return -EINVAL;
	ret = mount_bind_copy(fake, &from, recursive, &copy);
	if (ret < 0)
		return ret;
	ret = mount_add(fake, copy, at);
	if (ret < 0)
		mount_dissolve(fake, copy, false);
	return ret;
}

int mount_check_flags(struct mount *mnt, unsigned long flags)
{
	return mnt->locked_flags & ~flags & 15 ? -EPERM : 0;
}

static unsigned long attr_of(unsigned long flags)
{
	unsigned long attr = flags & 15; /* MS_RDONLY .. MS_NOEXEC are the bits of MOUNT_ATTR_* */

	if (flags & MS_NOATIME)
		attr |= MOUNT_ATTR_NOATIME;
	if (flags & MS_STRICTATIME)
		attr = (attr & ~(unsigned long)MOUNT_ATTR__ATIME) | MOUNT_ATTR_STRICTATIME;
	if (flags & MS_NODIRATIME)
		attr |= MOUNT_ATTR_NODIRATIME;
	if (flags & 256)
		attr |= 0x200000; /* NOSYMFOLLOW */
	return attr;
}

#define ATIME_FLAGS (MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME)
#define ATIME_ATTR (MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME)

static unsigned writers_of(struct vfs *vfs, struct super *sb)
{
	unsigned writers = 0;

	for (size_t i = 0; i < vfs->mounts.count; i++)
		if (mount_nth(vfs, i)->sb == sb)
			writers += mount_nth(vfs, i)->writers;
	return writers;
}

static int remount(struct fake *fake, struct path *at, unsigned long flags)
{
	struct mount *mnt = at->mnt;
	unsigned long attr = attr_of(flags);
	bool super_too = !(flags & MS_BIND);

	if (!is_ours(fake, mnt) || at->inode != mnt->root)
		return -EINVAL;
	if (!(flags & ATIME_FLAGS))
		attr = (attr & ~(unsigned long)ATIME_ATTR) | (mnt->flags & ATIME_ATTR);
	if (mount_check_flags(mnt, attr) < 0)
		return -EPERM;
	if (super_too && !task_capable(fake->current, CAP_SYS_ADMIN, NULL) &&
	    !(mnt->sb->type->in_user_ns && may_mount(fake->current)))
		return -EPERM;
	if ((flags & MS_RDONLY) && !super_too && mnt->writers > 0)
		return -EBUSY;
	if (super_too) {
		if ((flags & MS_RDONLY) && !mnt->sb->read_only &&
		    writers_of(fake->vfs, mnt->sb) > 0)
			return -EBUSY;
		mnt->sb->read_only = flags & MS_RDONLY;
	}
	mnt->flags = attr;
	return 0;
}

int mount_move(struct fake *fake, struct path *from, struct path *to)
{
	struct mount *mnt = from->mnt;
	bool anonymous = mnt->ns && mnt->ns->anonymous;
	struct mount_ns *old = mnt->ns;

	path_top(to);
	if (!is_ours(fake, to->mnt) || from->inode != mnt->root)
		return -EINVAL;
	if (anonymous ? mnt->parent != NULL : !is_ours(fake, mnt) || !mnt->parent || mnt->locked)
		return -EINVAL;
	if (S_ISDIR(mnt->root->mode) != S_ISDIR(to->inode->mode))
		return -ENOTDIR;
	if (mnt->parent && mnt->parent->group)
		return -EINVAL;
	if (to->mnt->group && mount_tree_has_unbindable(mnt))
		return -EINVAL;
	if (mount_is_below(to->mnt, mnt))
		return -ELOOP;
	mount_unlink(mnt);
	mount_graft(fake, mnt, to->mnt, to->inode);
	if (anonymous)
		old->root = NULL;
	return 0;
}

static int move(struct fake *fake, const char *source, struct path *to)
{
	_cleanup_path_ struct path from = { 0 };
	int ret;

	if (!source || !*source)
		return -EINVAL;
	ret = path_find(fake, AT_FDCWD, source, WALK_FOLLOW, &from);
	return ret < 0 ? ret : mount_move(fake, &from, to);
}

static int change_type(struct fake *fake, struct path *at, unsigned long flags)
{
	unsigned long type = flags & (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE);

	if ((flags & ~(type | MS_REC | MS_SILENT)) || (type & (type - 1)))
		return -EINVAL;
	if (at->inode != at->mnt->root || !is_ours(fake, at->mnt))
		return -EINVAL;
	mount_change_tree(fake, at->mnt, type, flags & MS_REC);
	return 0;
}

static int new_mount(struct fake *fake, const char *source, struct path *at, const char *fstype,
		     unsigned long flags, const char *data)
{
	struct fs_args args = { source, data, flags & MS_RDONLY };
	struct mount *mnt, *below;
	int ret;

	if (!fstype)
		return -EINVAL;
	ret = mount_create(fake, fstype, &args, attr_of(flags), &mnt);
	if (ret < 0)
		return ret;
	path_top(at);
	below = at->mnt;
	/* The same file system twice at one place. */
	if (below->sb == mnt->sb && below->root == at->inode && below->root == mnt->root)
		ret = -EBUSY;
	if (ret == 0)
		ret = mount_add(fake, mnt, at);
	if (ret < 0)
		mount_put(mnt);
	return ret;
}

int fake_op_mount(struct sys *sys, const char *source, const char *target, const char *fstype,
		  unsigned long flags, const char *data)
{
	struct fake *fake = fake_of(sys);
	_cleanup_path_ struct path at = { 0 };
	int ret;

	if ((flags & 0xffff0000) == 0xc0ed0000)
		flags &= 0xffff;
	ret = path_find(fake, AT_FDCWD, target, WALK_FOLLOW, &at);
	if (ret < 0)
		return ret;
	if (!may_mount(fake->current))
		return -EPERM;
	if (flags & MS_REMOUNT)
		return remount(fake, &at, flags);
	if (flags & MS_BIND)
		return bind_at(fake, source, &at, flags & MS_REC);
	if (flags & (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE))
		return change_type(fake, &at, flags);
	if (flags & MS_MOVE)
		return move(fake, source, &at);
	return new_mount(fake, source, &at, fstype, flags, data);
}

int fake_op_umount2(struct sys *sys, const char *target, unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	_cleanup_path_ struct path at = { 0 };
	unsigned how = WALK_DOWN | (flags & UMOUNT_NOFOLLOW ? 0 : WALK_FOLLOW);
	struct mount *mnt;
	int ret;

	if (flags & ~(unsigned long)(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
		return -EINVAL;
	ret = path_find(fake, AT_FDCWD, target, how, &at);
	if (ret < 0)
		return ret;
	mnt = at.mnt;
	if (!may_mount(fake->current))
		return -EPERM;
	if (at.inode != mnt->root || !is_ours(fake, mnt) || mnt->locked)
		return -EINVAL;
	if ((flags & MNT_FORCE) && !task_capable(fake->current, CAP_SYS_ADMIN, NULL))
		return -EPERM;
	/* The root of the namespace stays; the kernel makes it read-only instead. */
	if (!mnt->parent)
		return flags & MNT_DETACH ? -EINVAL : -EBUSY;
	/* One reference is the tree's, one is ours. */
	if (!(flags & MNT_DETACH) && (mnt->refs > 2 || mnt->children.count > 0))
		return -EBUSY;
	mount_dissolve(fake, mnt, true);
	return 0;
}

static int check_pivot(struct fake *fake, struct path *fresh, struct path *old)
{
	struct task *task = fake->current;
	struct mount *root = task->root.mnt;
	struct path at = *old;

	if (!S_ISDIR(fresh->inode->mode) || !S_ISDIR(old->inode->mode))
		return -ENOTDIR;
	if (!is_ours(fake, fresh->mnt) || !is_ours(fake, old->mnt) || !is_ours(fake, root))
		return -EINVAL;
	if (old->mnt->group || (fresh->mnt->parent && fresh->mnt->parent->group) ||
	    (root->parent && root->parent->group))
		return -EINVAL;
	if (fresh->mnt->locked)
		return -EINVAL;
	if (fresh->mnt == root || old->mnt == root)
		return -EBUSY;
	if (task->root.inode != root->root || fresh->inode != fresh->mnt->root ||
	    !fresh->mnt->parent)
		return -EINVAL;
	/* put_old is beneath new_root, new_root beneath the root. */
	while (at.mnt != fresh->mnt && at.mnt->parent)
		at = (struct path){ at.mnt->parent, at.mnt->point };
	if (at.mnt != fresh->mnt || !inode_is_below(at.inode, fresh->inode))
		return -EINVAL;
	return mount_is_below(fresh->mnt, root) ? 0 : -EINVAL;
}

static void replace_path(struct path *path, struct path *old, struct path *fresh)
{
	if (!path_eq(path, old))
		return;
	path_get(fresh);
	path_put(path);
	*path = *fresh;
}

int fake_op_pivot_root(struct sys *sys, const char *new_root, const char *put_old)
{
	struct fake *fake = fake_of(sys);
	_cleanup_path_ struct path fresh = { 0 }, old = { 0 }, root = { 0 };
	struct mount *parent;
	struct inode *point;
	int ret;

	if (!may_mount(fake->current))
		return -EPERM;
	ret = path_find(fake, AT_FDCWD, new_root, WALK_FOLLOW, &fresh);
	if (ret == 0)
		ret = path_find(fake, AT_FDCWD, put_old, WALK_FOLLOW, &old);
	if (ret < 0)
		return ret;
	path_top(&old);
	ret = check_pivot(fake, &fresh, &old);
	if (ret < 0)
		return ret;
	root = fake->current->root;
	path_get(&root);
	parent = root.mnt->parent;
	point = root.mnt->point;
	if (point)
		inode_get(point);
	mount_unlink(fresh.mnt);
	mount_unlink(root.mnt);
	if (root.mnt->locked) {
		fresh.mnt->locked = true;
		root.mnt->locked = false;
	}
	mount_link(root.mnt, old.mnt, old.inode);
	if (parent)
		mount_link(fresh.mnt, parent, point);
	else
		fake->current->mnt_ns->root = fresh.mnt;
	inode_put(point);
	for (size_t i = 0; i < fake->tasks.count; i++) {
		struct task *task = *vec_at(&fake->tasks, struct task *, i);

		replace_path(&task->root, &root, &fresh);
		replace_path(&task->cwd, &root, &fresh);
	}
	return 0;
}
