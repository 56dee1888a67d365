/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/mountfd: mounts by descriptor: open_tree, move_mount, fsopen, fsconfig, fsmount,
 * mount_setattr.
 *
 * Sources: the manual pages; kernel Documentation/filesystems/mount_api.rst.
 */
#include "sys/fake/vfs.h"

/* --- descriptors that own a tree --- */

static ssize_t tree_read(struct fake *fake, struct file *file, void *buf, size_t len, off_t *pos)
{
	return -EBADF;
}

static ssize_t tree_write(struct fake *fake, struct file *file, const void *buf, size_t len,
			  off_t *pos)
{
	return -EBADF;
}

static int tree_ioctl(struct fake *fake, struct file *file, unsigned long request, void *arg)
{
	return -EBADF;
}

/* A tree that was attached meanwhile has left the namespace of this descriptor. */
static void tree_release(struct fake *fake, struct file *file)
{
	mount_ns_put(fake, file->priv);
}

static void tree_describe(struct fake *fake, struct file *file, struct str *out)
{
	str_add(out, "detached tree of ");
	str_add(out, file->path.mnt->sb->type->name);
}

static const struct file_ops tree_ops = { .kind = "path",
					  .read = tree_read,
					  .write = tree_write,
					  .ioctl = tree_ioctl,
					  .release = tree_release,
					  .describe = tree_describe };

static int tree_install(struct fake *fake, struct mount *top, bool cloexec)
{
	struct mount_ns *ns = mount_ns_new(fake, fake->current->mnt_ns->owner, true);
	struct path path = { top, top->root };

	ns->root = top;
	mount_set_ns(top, ns);
	return task_install(fake->current, file_at(fake, &tree_ops, O_PATH, ns, &path), cloexec, 0);
}

int fake_op_open_tree(struct sys *sys, int dirfd, const char *name, unsigned long flags)
{
	const unsigned long known = AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_RECURSIVE |
				    AT_SYMLINK_NOFOLLOW | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
	unsigned how = (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
		       (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0);
	struct fake *fake = fake_of(sys);
	_cleanup_path_ struct path path = { 0 };
	struct mount *copy;
	int ret;

	if (kernel_is_older(fake, 502))
		return -ENOSYS;
	if ((flags & ~known) || ((flags & AT_RECURSIVE) && !(flags & OPEN_TREE_CLONE)))
		return -EINVAL;
	if ((flags & OPEN_TREE_CLONE) && !may_mount(fake->current))
		return -EPERM;
	ret = path_find(fake, dirfd, name, how, &path);
	if (ret < 0)
		return ret;
	if (!(flags & OPEN_TREE_CLONE))
		return task_install(fake->current, file_at(fake, &path_ops, O_PATH, NULL, &path),
				    flags & OPEN_TREE_CLOEXEC, 0);
	ret = mount_bind_copy(fake, &path, flags & AT_RECURSIVE, &copy);
	return ret < 0 ? ret : tree_install(fake, copy, flags & OPEN_TREE_CLOEXEC);
}

int fake_op_move_mount(struct sys *sys, int from_fd, const char *from, int to_fd, const char *to,
		       unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	_cleanup_path_ struct path source = { 0 }, target = { 0 };
	int ret;

	if (kernel_is_older(fake, 502))
		return -ENOSYS;
	if (!may_mount(fake->current))
		return -EPERM;
	if (flags & ~0x77ul)
		return -EINVAL;
	ret = path_find(fake, from_fd, from,
			(flags & MOVE_MOUNT_F_SYMLINKS ? WALK_FOLLOW : 0) |
				(flags & MOVE_MOUNT_F_EMPTY_PATH ? WALK_EMPTY : 0),
			&source);
	if (ret == 0)
		ret = path_find(fake, to_fd, to,
				(flags & MOVE_MOUNT_T_SYMLINKS ? WALK_FOLLOW : 0) |
					(flags & MOVE_MOUNT_T_EMPTY_PATH ? WALK_EMPTY : 0),
				&target);
	return ret < 0 ? ret : mount_move(fake, &source, &target);
}

/* --- file system contexts --- */

struct context {
	const struct fs_type *type;
	char *source;
	struct str data;
	bool read_only, created, used;
	struct super *sb;
	struct inode *root;
};

static void context_release(struct fake *fake, struct file *file)
{
	struct context *context = file->priv;

	inode_put(context->root);
	super_put(context->sb);
	free(context->source);
	str_finish(&context->data);
	free(context);
}

static ssize_t context_read(struct fake *fake, struct file *file, void *buf, size_t len, off_t *pos)
{
	return -ENODATA;
}

static void context_describe(struct fake *fake, struct file *file, struct str *out)
{
	str_add(out, ((struct context *)file->priv)->type->name);
}

static const struct file_ops context_ops = { .kind = "fscontext",
					     .read = context_read,
					     .release = context_release,
					     .describe = context_describe };

int fake_op_fsopen(struct sys *sys, const char *fstype, unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	const struct fs_type *type = fs_type_find(fstype);
	struct context *context;

	if (kernel_is_older(fake, 502))
		return -ENOSYS;
	if (!may_mount(fake->current))
		return -EPERM;
	if (flags & ~(unsigned long)FSOPEN_CLOEXEC)
		return -EINVAL;
	if (!type)
		return -ENODEV;
	context = must_alloc(sizeof(*context));
	context->type = type;
	return task_install(fake->current, file_at(fake, &context_ops, O_RDWR, context, NULL),
			    flags & FSOPEN_CLOEXEC, 0);
}

static int context_create(struct fake *fake, struct context *context)
{
	struct fs_args args = { context->source, str_text(&context->data), context->read_only };
	int ret;

	if (context->created)
		return -EBUSY;
	if (!context->type->in_user_ns && !task_capable(fake->current, CAP_SYS_ADMIN, NULL))
		return -EPERM;
	ret = context->type->get(fake, &args, &context->sb, &context->root);
	context->created = ret == 0;
	return ret;
}

static int context_set(struct context *context, const char *key, const char *value)
{
	if (context->created)
		return -EBUSY;
	if (value && str_eq(key, "source")) {
		if (context->source)
			return -EINVAL;
		context->source = must_dup(value);
		return 0;
	}
	if (!value && (str_eq(key, "ro") || str_eq(key, "rw"))) {
		context->read_only = str_eq(key, "ro");
		return 0;
	}
	str_addf(&context->data, "%s%s%s%s", context->data.len ? "," : "", key, value ? "=" : "",
		 value ? value : "");
	return 0;
}

int fake_op_fsconfig(struct sys *sys, int fd, unsigned int cmd, const char *key, const char *value,
		     int aux)
{
	struct fake *fake = fake_of(sys);
	struct file *file = task_file(fake->current, fd);

	if (kernel_is_older(fake, 502))
		return -ENOSYS;
	if (!file)
		return -EBADF;
	if (file->ops != &context_ops)
		return -EINVAL;
	switch (cmd) {
	case FSCONFIG_SET_FLAG:
		return key && !value ? context_set(file->priv, key, NULL) : -EINVAL;
	case FSCONFIG_SET_STRING:
		return key && value ? context_set(file->priv, key, value) : -EINVAL;
	case FSCONFIG_CMD_CREATE:
		return !key && !value ? context_create(fake, file->priv) : -EINVAL;
	default:
		return -EOPNOTSUPP;
	}
}

int fake_op_fsmount(struct sys *sys, int fd, unsigned long flags, unsigned long attr)
{
	struct fake *fake = fake_of(sys);
	struct file *file = task_file(fake->current, fd);
	struct context *context;
	struct mount *mnt;

	if (kernel_is_older(fake, 502))
		return -ENOSYS;
	if (!may_mount(fake->current))
		return -EPERM;
	if (flags & ~(unsigned long)FSMOUNT_CLOEXEC)
		return -EINVAL;
	if (attr & ~0x2000fful)
		return -EINVAL;
	if (!file)
		return -EBADF;
	if (file->ops != &context_ops)
		return -EINVAL;
	context = file->priv;
	if (context->used)
		return -EBUSY;
	if (!context->created)
		return -EINVAL;
	context->used = true;
	mnt = mount_new(fake, context->sb, context->root, context->source, attr);
	return tree_install(fake, mnt, flags & FSMOUNT_CLOEXEC);
}

/* --- mount_setattr --- */

static int check_tree(struct mount *mnt, unsigned long set, unsigned long clear, bool recursive)
{
	unsigned long flags = (mnt->flags & ~clear) | set;
	int ret = mount_check_flags(mnt, flags);

	if (ret < 0)
		return ret;
	if ((flags & MOUNT_ATTR_RDONLY) && !(mnt->flags & MOUNT_ATTR_RDONLY) && mnt->writers > 0)
		return -EBUSY;
	for (size_t i = 0; recursive && i < mnt->children.count; i++) {
		ret = check_tree(*vec_at(&mnt->children, struct mount *, i), set, clear, true);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static void change_tree(struct mount *mnt, unsigned long set, unsigned long clear, bool recursive)
{
	mnt->flags = (mnt->flags & ~clear) | set;
	for (size_t i = 0; recursive && i < mnt->children.count; i++)
		change_tree(*vec_at(&mnt->children, struct mount *, i), set, clear, true);
}

static int check_attr(const struct mount_attr *attr)
{
	const uint64_t known = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			       MOUNT_ATTR_NOEXEC | MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME |
			       0x200000;
	uint64_t type = attr->propagation;

	if ((attr->attr_set | attr->attr_clr) & ~known)
		return -EINVAL;
	if (type & ~(uint64_t)(MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE))
		return -EINVAL;
	if (type & (type - 1))
		return -EINVAL;
	/* The access time is a number, not bits: it changes as a whole. */
	if ((attr->attr_clr & MOUNT_ATTR__ATIME) &&
	    (attr->attr_clr & MOUNT_ATTR__ATIME) != MOUNT_ATTR__ATIME)
		return -EINVAL;
	if ((attr->attr_set & MOUNT_ATTR__ATIME) && !(attr->attr_clr & MOUNT_ATTR__ATIME))
		return -EINVAL;
	return 0;
}

int fake_op_mount_setattr(struct sys *sys, int dirfd, const char *name, unsigned long flags,
			  const struct mount_attr *attr)
{
	unsigned how = (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
		       (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0);
	struct fake *fake = fake_of(sys);
	_cleanup_path_ struct path path = { 0 };
	bool recursive = flags & AT_RECURSIVE;
	int ret;

	if (kernel_is_older(fake, 512))
		return -ENOSYS;
	if (flags &
	    ~(unsigned long)(AT_EMPTY_PATH | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT))
		return -EINVAL;
	if (!may_mount(fake->current))
		return -EPERM;
	ret = check_attr(attr);
	if (ret == 0)
		ret = path_find(fake, dirfd, name, how, &path);
	if (ret < 0)
		return ret;
	if (path.inode != path.mnt->root)
		return -EINVAL;
	if (!path.mnt->ns || (path.mnt->ns != fake->current->mnt_ns && !path.mnt->ns->anonymous))
		return -EINVAL;
	ret = check_tree(path.mnt, attr->attr_set, attr->attr_clr, recursive);
	if (ret < 0)
		return ret;
	change_tree(path.mnt, attr->attr_set, attr->attr_clr, recursive);
	if (attr->propagation)
		mount_change_tree(fake, path.mnt, attr->propagation, recursive);
	return 0;
}
