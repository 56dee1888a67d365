/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/xattr: extended attributes, as far as a runtime needs them: user., trusted., security.
 * with the capabilities of a file.
 *
 * Sources: xattr(7), fsetxattr(2), fgetxattr(2), flistxattr(2), capabilities(7) "File
 * capabilities".
 */
#include "sys/fake/vfs.h"

#include <linux/limits.h>
#include <sys/xattr.h>

#define CAPABILITY "security.capability"

struct xattr {
	char *name, *value;
	size_t len;
};

static struct xattr *find(struct inode *inode, const char *name, size_t *index)
{
	for (size_t i = 0; i < inode->xattrs.count; i++) {
		struct xattr *xattr = vec_at(&inode->xattrs, struct xattr, i);

		if (str_eq(xattr->name, name)) {
			*index = i;
			return xattr;
		}
	}
	return NULL;
}

static void drop(struct inode *inode, size_t index)
{
	struct xattr *xattr = vec_at(&inode->xattrs, struct xattr, index);

	free(xattr->name);
	free(xattr->value);
	vec_remove(&inode->xattrs, index);
}

void xattrs_finish(struct inode *inode)
{
	while (inode->xattrs.count > 0)
		drop(inode, inode->xattrs.count - 1);
	vec_finish(&inode->xattrs);
}

void xattrs_describe(struct inode *inode, struct str *out)
{
	for (size_t i = 0; i < inode->xattrs.count; i++) {
		struct xattr *xattr = vec_at(&inode->xattrs, struct xattr, i);

		str_addf(out, " %s=", xattr->name);
		for (size_t at = 0; at < xattr->len; at++)
			str_addf(out, "%02x", (unsigned char)xattr->value[at]);
	}
}

void xattr_lose_privileges(struct inode *inode)
{
	size_t index;

	if (find(inode, CAPABILITY, &index))
		drop(inode, index);
}

/* --- who may --- */

static bool is_user(const char *name)
{
	return str_starts(name, "user.");
}

/* The namespaces that a file system has; what it does not know it does not have. */
static bool is_supported(struct fake *fake, struct inode *inode, const char *name)
{
	const char *type = inode->sb->type->name;

	if (!str_starts(name, "trusted.") && !str_starts(name, "security.") && !is_user(name))
		return false;
	if (str_eq(type, "ext4"))
		return true;
	if (str_eq(type, "tmpfs") || str_eq(type, "devtmpfs"))
		return !is_user(name) || !kernel_is_older(fake, 606);
	return super_is_cgroup(inode->sb) && !is_user(name);
}

/* User attributes would let anybody fill a disk through devices and links, which all may write. */
static bool may_have_user(struct inode *inode)
{
	return S_ISREG(inode->mode) || S_ISDIR(inode->mode);
}

static int may_read(struct task *task, struct inode *inode, const char *name)
{
	if (str_starts(name, "trusted."))
		return task_capable(task, CAP_SYS_ADMIN, NULL) ? 0 : -ENODATA;
	if (!is_user(name))
		return 0;
	return may_have_user(inode) ? inode_permission(task, inode, 4) : -ENODATA;
}

static int may_write(struct task *task, struct inode *inode, const char *name)
{
	if (str_eq(name, CAPABILITY))
		return inode_capable(task, inode, CAP_SETFCAP) ? 0 : -EPERM;
	if (!is_user(name))
		return task_capable(task, CAP_SYS_ADMIN, NULL) ? 0 : -EPERM;
	if (!may_have_user(inode) ||
	    (S_ISDIR(inode->mode) && (inode->mode & S_ISVTX) && !inode_is_owner(task, inode)))
		return -EPERM;
	return inode_permission(task, inode, 2);
}

/*
 * The file, if it is one that can have attributes; checks the name in the order of the kernel. What
 * has no name itself (a pipe) has none, and the rule about who may have user attributes comes
 * before that.
 */
static int file_of(struct fake *fake, int fd, const char *name, bool write, struct file **file_out)
{
	struct file *file = task_file(fake->current, fd);
	size_t len = name ? strlen(name) : 1;

	if (!file || (file->flags & O_PATH))
		return -EBADF;
	if (len == 0 || len > XATTR_NAME_MAX)
		return -ERANGE;
	if (!file->path.inode)
		return !name || !is_user(name) ? -EOPNOTSUPP : write ? -EPERM : -ENODATA;
	*file_out = file;
	return 0;
}

/* --- operations --- */

static ssize_t give(const void *from, size_t from_len, void *to, size_t len)
{
	if (len == 0)
		return (ssize_t)from_len;
	if (from_len > len)
		return -ERANGE;
	if (from_len > 0)
		memcpy(to, from, from_len);
	return (ssize_t)from_len;
}

ssize_t fake_op_fgetxattr(struct sys *sys, int fd, const char *name, void *value, size_t len)
{
	struct fake *fake = fake_of(sys);
	struct file *file;
	struct xattr *xattr;
	size_t index;
	int ret = file_of(fake, fd, name, false, &file);

	if (ret == 0)
		ret = may_read(fake->current, file->path.inode, name);
	if (ret == 0 && !is_supported(fake, file->path.inode, name))
		ret = -EOPNOTSUPP;
	if (ret < 0)
		return ret;
	xattr = find(file->path.inode, name, &index);
	return xattr ? give(xattr->value, xattr->len, value, len) : -ENODATA;
}

/* struct vfs_cap_data, or vfs_ns_cap_data with the id of a root. */
static bool is_capability(const void *value, size_t len)
{
	uint32_t magic;

	if (len < sizeof(magic))
		return false;
	memcpy(&magic, value, sizeof(magic));
	magic &= VFS_CAP_REVISION_MASK;
	return (magic == VFS_CAP_REVISION_2 && len == XATTR_CAPS_SZ_2) ||
	       (magic == VFS_CAP_REVISION_3 && len == XATTR_CAPS_SZ_3);
}

/* In which order they were set does not make two worlds differ. */
static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct xattr *)a)->name, ((const struct xattr *)b)->name);
}

static int set(struct inode *inode, const char *name, const void *value, size_t len, int flags)
{
	struct xattr fresh = { 0 };
	size_t index;
	bool exists = find(inode, name, &index);

	if (exists && (flags & XATTR_CREATE))
		return -EEXIST;
	if (!exists && (flags & XATTR_REPLACE))
		return -ENODATA;
	if (inode->sb->full)
		return -ENOSPC;
	if (exists)
		drop(inode, index);
	fresh = (struct xattr){ must_dup(name), must_alloc(len + 1), len };
	if (len > 0)
		memcpy(fresh.value, value, len);
	if (!inode->xattrs.item_size)
		inode->xattrs = VEC_OF(struct xattr);
	if (!vec_add(&inode->xattrs, &fresh))
		abort();
	qsort(inode->xattrs.items, inode->xattrs.count, sizeof(fresh), by_name);
	return 0;
}

int fake_op_fsetxattr(struct sys *sys, int fd, const char *name, const void *value, size_t len,
		      int flags)
{
	struct fake *fake = fake_of(sys);
	struct file *file;
	int ret = file_of(fake, fd, NULL, false, &file);

	if (ret < 0 && ret != -EOPNOTSUPP)
		return ret;
	if (flags & ~(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	if (len > XATTR_SIZE_MAX)
		return -E2BIG;
	ret = file_of(fake, fd, name, true, &file);
	if (ret < 0)
		return ret;
	if (!path_is_writable(&file->path))
		return -EROFS;
	ret = may_write(fake->current, file->path.inode, name);
	if (ret == 0 && !is_supported(fake, file->path.inode, name))
		ret = -EOPNOTSUPP;
	if (ret == 0 && str_eq(name, CAPABILITY) && !is_capability(value, len))
		ret = -EINVAL;
	return ret < 0 ? ret : set(file->path.inode, name, value, len, flags);
}

ssize_t fake_op_flistxattr(struct sys *sys, int fd, void *list, size_t len)
{
	struct fake *fake = fake_of(sys);
	_cleanup_str_ struct str names = { 0 };
	struct file *file;
	int ret = file_of(fake, fd, NULL, false, &file);

	if (ret < 0)
		return ret;
	for (size_t i = 0; i < file->path.inode->xattrs.count; i++) {
		const char *name = vec_at(&file->path.inode->xattrs, struct xattr, i)->name;

		if (!str_starts(name, "trusted.") ||
		    task_capable(fake->current, CAP_SYS_ADMIN, NULL))
			str_add_n(&names, name, strlen(name) + 1);
	}
	return give(names.s, names.len, list, len);
}

int fake_op_fremovexattr(struct sys *sys, int fd, const char *name)
{
	struct fake *fake = fake_of(sys);
	struct file *file;
	size_t index;
	int ret = file_of(fake, fd, name, true, &file);

	if (ret < 0)
		return ret;
	if (!path_is_writable(&file->path))
		return -EROFS;
	ret = may_write(fake->current, file->path.inode, name);
	if (ret == 0 && !is_supported(fake, file->path.inode, name))
		ret = -EOPNOTSUPP;
	if (ret < 0)
		return ret;
	if (!find(file->path.inode, name, &index))
		return -ENODATA;
	drop(file->path.inode, index);
	return 0;
}
