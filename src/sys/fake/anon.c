/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/anon: the file system of things without a name: memfds, and what a magic link to a pipe,
 * socket or namespace jumps to. Such an inode holds the open file; opening it gives that file
 * again.
 */
#include "sys/fake/anon.h"

static int held_open(struct fake *fake, struct inode *inode, int flags, struct file **file)
{
	struct file *held = inode->priv;

	if (str_eq(held->ops->kind, "socket"))
		return -ENXIO;
	if (str_eq(held->ops->kind, "nsfs") && (flags & O_ACCMODE) != O_RDONLY)
		return -EPERM;
	file_get(held);
	*file = held;
	return 0;
}

static int held_readlink(struct fake *fake, struct inode *inode, struct str *out)
{
	struct stat st;

	if (kernel_file_stat(fake, inode->priv, &st) < 0)
		return -ENOENT;
	str_addf(out, "%s:[%llu]", ((struct file *)inode->priv)->ops->kind,
		 (unsigned long long)st.st_ino);
	return 0;
}

static void held_drop(struct inode *inode)
{
	file_put(inode->sb->fake, inode->priv);
}

static const struct inode_ops held_ops = { .open = held_open,
					   .readlink = held_readlink,
					   .drop = held_drop };
static const struct fs_type anon_type = { .name = "anon", .magic = 0x6e736673 };

void path_of_file(struct fake *fake, struct file *file, struct path *out)
{
	struct mount *nowhere = fake->vfs->nowhere;
	struct stat st;

	path_put(out);
	if (file->path.inode) {
		*out = file->path;
		path_get(out);
		return;
	}
	out->inode = inode_new(nowhere->sb, &held_ops, S_IFREG | 0444, 0, 0);
	if (kernel_file_stat(fake, file, &st) == 0)
		out->inode->mode = st.st_mode & S_IFMT ? st.st_mode : S_IFREG | 0600;
	out->inode->mode |= 0600;
	out->inode->name = must_dup(file->ops->kind);
	out->inode->priv = file;
	file_get(file);
	out->mnt = nowhere;
	mount_get(nowhere);
}

int file_of_inode_stat(struct fake *fake, struct inode *inode, struct stat *st)
{
	return inode->ops == &held_ops ? kernel_file_stat(fake, inode->priv, st) : -EBADF;
}

struct mount *anon_create(struct fake *fake)
{
	struct super *sb = super_new(fake, &anon_type, 0700);
	struct mount *mnt = mount_new(fake, sb, sb->root, "anon", 0);

	super_put(sb);
	return mnt;
}
