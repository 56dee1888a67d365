/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/open: openat2, directories and O_PATH descriptors, stat, exec's look at a file.
 *
 * Sources: open(2), openat2(2), getdents(2), stat(2), execve(2).
 */
#include "sys/fake/vfs.h"

#include <dirent.h>
#include <stdalign.h>

#define OPEN_KNOWN                                                                             \
	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_DSYNC | \
	 O_SYNC | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | O_TMPFILE |      \
	 O_LARGEFILE | O_DIRECT)
#define OPEN_KEPT (O_ACCMODE | O_APPEND | O_NONBLOCK | O_PATH | O_DIRECTORY | O_NOATIME | O_DIRECT)

struct file *file_at(struct fake *fake, const struct file_ops *ops, int flags, void *priv,
		     struct path *path)
{
	struct file *file = file_create(fake, ops, flags & OPEN_KEPT, priv);

	if (!file)
		abort();
	if (path) {
		file->path = *path;
		path_get(&file->path);
	}
	return file;
}

static int directory_ioctl(struct fake *fake, struct file *file, unsigned long request, void *arg)
{
	return -ENOTTY;
}

static void name_describe(struct fake *fake, struct file *file, struct str *out)
{
	path_text(&file->path, NULL, out);
}

static ssize_t directory_read(struct fake *fake, struct file *file, void *buf, size_t len,
			      off_t *pos)
{
	return -EISDIR;
}

static ssize_t no_read(struct fake *fake, struct file *file, void *buf, size_t len, off_t *pos)
{
	return -EBADF;
}

static ssize_t no_write(struct fake *fake, struct file *file, const void *buf, size_t len,
			off_t *pos)
{
	return -EBADF;
}

static int no_ioctl(struct fake *fake, struct file *file, unsigned long request, void *arg)
{
	return -EBADF;
}

static void drop_locks(struct fake *fake, struct file *file)
{
	locks_release(file);
}

const struct file_ops directory_ops = { .kind = "directory",
					.read = directory_read,
					.write = no_write,
					.ioctl = directory_ioctl,
					.release = drop_locks,
					.describe = name_describe };
const struct file_ops path_ops = { .kind = "path",
				   .read = no_read,
				   .write = no_write,
				   .ioctl = no_ioctl,
				   .describe = name_describe };

static unsigned wanted(int flags)
{
	static const unsigned of_mode[] = { 4, 2, 6, 6 };

	return of_mode[flags & O_ACCMODE] | (flags & O_TRUNC ? 2 : 0);
}

static int truncate_now(struct path *path)
{
	if (S_ISREG(path->inode->mode) && !(path->inode->ops && path->inode->ops->text))
		inode_resize(path->inode, 0);
	return 0;
}

/* Whoever may mount in a user namespace could else bring nodes of his own. */
static bool lacks_devices(struct fake *fake, struct super *sb)
{
	return sb->owner != fake->vfs->host->owner && !sb->has_devices;
}

static int check_open(struct fake *fake, struct path *path, int flags)
{
	struct inode *inode = path->inode;
	unsigned want = wanted(flags);
	bool device = S_ISCHR(inode->mode) || S_ISBLK(inode->mode);

	if (S_ISLNK(inode->mode) && !(inode->ops && inode->ops->open))
		return -ELOOP;
	if (S_ISDIR(inode->mode) && ((want & 2) || (flags & O_CREAT)))
		return -EISDIR;
	if (device && ((path->mnt->flags & MOUNT_ATTR_NODEV) || lacks_devices(fake, path->mnt->sb)))
		return -EACCES;
	if ((want & 2) && !path_is_writable(path) && (S_ISREG(inode->mode) || S_ISDIR(inode->mode)))
		return -EROFS;
	if ((want & 2) && (inode->ops && (inode->ops->text || inode->ops->store)) &&
	    !inode->ops->store)
		return inode_permission(fake->current, inode, want) < 0 || !(inode->mode & 0222)
			       ? -EACCES
			       : -EPERM;
	return inode_permission(fake->current, inode, want);
}

/* What is at path, as flags want it; permissions are checked. */
int path_open(struct fake *fake, struct path *path, int flags, struct file **file_out)
{
	struct inode *inode = path->inode;
	int ret;

	if (flags & O_PATH) {
		*file_out = file_at(fake, &path_ops, flags, NULL, path);
		return 0;
	}
	ret = check_open(fake, path, flags);
	if (ret < 0)
		return ret;
	if (inode->ops && inode->ops->open) {
		ret = inode->ops->open(fake, inode, flags, file_out);
		/* Not what the inode itself holds: they would hold each other for ever. */
		if (ret == 0 && !(*file_out)->path.inode && inode->sb->type &&
		    *file_out != inode->priv) {
			(*file_out)->path = *path;
			path_get(path);
		}
		return ret;
	}
	if (S_ISCHR(inode->mode) || S_ISBLK(inode->mode))
		return device_open(fake, path, flags, file_out);
	if (S_ISSOCK(inode->mode) || S_ISFIFO(inode->mode))
		return -ENXIO;
	if (S_ISDIR(inode->mode)) {
		*file_out = file_at(fake, &directory_ops, flags, NULL, path);
		return 0;
	}
	*file_out = file_at(fake, &regular_ops, flags, NULL, path);
	if (wanted(flags) & 2)
		path->mnt->writers++;
	return flags & O_TRUNC ? truncate_now(path) : 0;
}

static int create_here(struct fake *fake, struct walk *walk, const struct open_how *how,
		       struct path *out)
{
	int ret;

	if (walk->must_be_dir)
		return -EISDIR;
	ret = may_create(fake->current, &walk->at);
	if (ret < 0)
		return ret;
	ret = inode_create(fake, walk->at.inode, walk->name,
			   S_IFREG | ((mode_t)how->mode & 07777 & ~fake->current->umask), 0,
			   &out->inode);
	if (ret < 0)
		return ret == -EPERM ? -EACCES : ret;
	out->mnt = walk->at.mnt;
	mount_get(out->mnt);
	return 1;
}

/* 1: made anew, *out may be opened whatever its mode. */
static int find_or_create(struct fake *fake, struct walk *walk, const struct open_how *how,
			  struct path *out)
{
	int ret = walk_go(walk);

	/* A slash behind the name: no file can be meant. */
	if (ret == 0 && walk->must_be_dir && walk->name[0] && walk->name[0] != '.')
		return -EISDIR;
	while (ret == 0) {
		ret = walk_peek(walk, out);
		if (ret == -ENOENT && walk->name[0])
			return create_here(fake, walk, how, out);
		if (ret < 0)
			return ret;
		if (how->flags & O_EXCL)
			return -EEXIST;
		if (!S_ISLNK(out->inode->mode))
			return walk->must_be_dir && !S_ISDIR(out->inode->mode) ? -ENOTDIR : 0;
		if (how->flags & O_NOFOLLOW)
			return -ELOOP;
		ret = walk_into_link(walk, out);
		path_put(out);
		/* A magic link jumped: nothing is left to look up. */
		if (ret == 0 && !walk->name[0]) {
			*out = walk->at;
			path_get(out);
			return 0;
		}
	}
	return ret;
}

static int find_to_open(struct fake *fake, int dirfd, const char *name, const struct open_how *how,
			struct path *out)
{
	_cleanup_walk_ struct walk walk = { 0 };
	unsigned flags = how->flags & O_NOFOLLOW ? 0 : WALK_FOLLOW;
	int ret;

	if (how->flags & O_CREAT)
		flags = WALK_PARENT;
	ret = walk_start(&walk, fake, dirfd, name, flags, how->resolve);
	if (ret < 0)
		return ret;
	if (how->flags & O_CREAT)
		return find_or_create(fake, &walk, how, out);
	ret = walk_go(&walk);
	if (ret < 0)
		return ret;
	*out = walk.at;
	walk.at = (struct path){ 0 };
	return 0;
}

static int check_how(struct fake *fake, const struct open_how *how)
{
	const uint64_t resolve = RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS |
				 RESOLVE_BENEATH | RESOLVE_IN_ROOT;

	if ((how->flags & ~(uint64_t)OPEN_KNOWN) || (how->resolve & ~resolve))
		return -EINVAL;
	if (how->mode && !(how->flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))))
		return -EINVAL;
	if ((how->resolve & RESOLVE_BENEATH) && (how->resolve & RESOLVE_IN_ROOT))
		return -EINVAL;
	if ((how->flags & O_PATH) &&
	    (how->flags & ~(uint64_t)(O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)))
		return -EINVAL;
	if ((how->flags & O_DIRECTORY) && (how->flags & O_CREAT))
		return -EINVAL;
	return (how->flags & O_TMPFILE) == O_TMPFILE ? -EOPNOTSUPP : 0;
}

static int open_as(struct fake *fake, int dirfd, const char *name, const struct open_how *how)
{
	_cleanup_path_ struct path path = { 0 };
	struct file *file = NULL;
	int ret = check_how(fake, how), flags = (int)how->flags;

	if (ret == 0)
		ret = find_to_open(fake, dirfd, name, how, &path);
	if (ret < 0)
		return ret;
	if ((flags & O_DIRECTORY) && !S_ISDIR(path.inode->mode))
		return -ENOTDIR;
	if (ret == 1) {
		/* Fresh: the mode binds only later openers. */
		file = file_at(fake, &regular_ops, flags, NULL, &path);
		if (wanted(flags) & 2)
			path.mnt->writers++;
		ret = 0;
		if (path.inode->ops) {
			file_put(fake, file);
			return -EACCES;
		}
	} else {
		ret = path_open(fake, &path, flags, &file);
	}
	return ret < 0 ? ret : task_install(fake->current, file, flags & O_CLOEXEC, 0);
}

int fake_op_openat2(struct sys *sys, int dirfd, const char *name, const struct open_how *how)
{
	struct fake *fake = fake_of(sys);

	return kernel_is_older(fake, 506) ? -ENOSYS : open_as(fake, dirfd, name, how);
}

/* What the newer sister refuses is of no effect here. */
int fake_op_openat(struct sys *sys, int dirfd, const char *name, unsigned long flags, mode_t mode)
{
	struct open_how how = { .flags = flags & OPEN_KNOWN };

	if (how.flags & O_PATH)
		how.flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	if (how.flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)))
		how.mode = mode & 07777;
	return open_as(fake_of(sys), dirfd, name, &how);
}

/* --- reading directories --- */

static unsigned char type_of(struct inode *inode)
{
	return (unsigned char)((inode->mode & S_IFMT) >> 12);
}

struct dirent_out {
	char *buf;
	size_t size, len;
};

static bool put_dirent(struct dirent_out *out, const char *name, ino_t ino, unsigned char type,
		       off_t next)
{
	size_t len = (offsetof(struct dirent64, d_name) + strlen(name) + 1 + 7) & ~(size_t)7;
	struct dirent64 head = {
		.d_ino = ino, .d_off = next, .d_reclen = (unsigned short)len, .d_type = type
	};

	if (out->len + len > out->size)
		return false;
	memset(out->buf + out->len, 0, len);
	memcpy(out->buf + out->len, &head, offsetof(struct dirent64, d_name));
	strcpy(out->buf + out->len + offsetof(struct dirent64, d_name), name);
	out->len += len;
	return true;
}

static bool put_entry(struct fake *fake, struct file *file, const char *name,
		      struct dirent_out *out)
{
	struct inode *inode = NULL;
	bool fits;

	if (inode_lookup(fake, file->path.inode, name, &inode) < 0)
		return true;
	fits = put_dirent(out, name, inode->ino, type_of(inode), file->pos + 1);
	inode_put(inode);
	return fits;
}

ssize_t fake_op_getdents64(struct sys *sys, int fd, void *buf, size_t len)
{
	struct fake *fake = fake_of(sys);
	struct file *file = task_file(fake->current, fd);
	struct dirent_out out = { .buf = buf, .size = len };
	struct vec names = VEC_OF(char *);
	bool fits = true;

	if (!file || (file->flags & O_PATH))
		return -EBADF;
	if (file->ops != &directory_ops)
		return -ENOTDIR;
	if (!file->path.inode->parent && file->path.inode != file->path.inode->sb->root)
		return -ENOENT;
	dir_names(fake, file->path.inode, &names);
	for (; fits && file->pos < (off_t)names.count + 2; file->pos += fits ? 1 : 0) {
		if (file->pos < 2)
			fits = put_dirent(&out, file->pos ? ".." : ".", file->path.inode->ino,
					  DT_DIR, file->pos + 1);
		else
			fits = put_entry(fake, file, *vec_at(&names, char *, (size_t)file->pos - 2),
					 &out);
	}
	names_finish(&names);
	return !fits && out.len == 0 ? -EINVAL : (ssize_t)out.len;
}

/* --- stat --- */

int fake_op_fstatat(struct sys *sys, int dirfd, const char *name, struct stat *st,
		    unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	_cleanup_path_ struct path path = { 0 };
	unsigned how = (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
		       (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0);
	int ret;

	if (flags & ~(unsigned long)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT))
		return -EINVAL;
	if (!*name && (flags & AT_EMPTY_PATH) && dirfd != AT_FDCWD) {
		struct file *file = task_file(fake->current, dirfd);

		if (!file)
			return -EBADF;
		if (!file->path.inode)
			return kernel_file_stat(fake, file, st);
	}
	ret = path_find(fake, dirfd, name, how, &path);
	if (ret < 0)
		return ret;
	if (file_of_inode_stat(fake, path.inode, st) < 0)
		inode_stat(fake, path.inode, st);
	return 0;
}

int fake_op_fstatfs(struct sys *sys, int fd, struct statfs *st)
{
	struct fake *fake = fake_of(sys);
	struct file *file = task_file(fake->current, fd);

	if (!file)
		return -EBADF;
	memset(st, 0, sizeof(*st));
	st->f_namelen = 255;
	st->f_bsize = 4096;
	if (!file->path.inode) {
		st->f_type = str_eq(file->ops->kind, "nsfs") ? 0x6e736673 : 0x09041934;
		return 0;
	}
	st->f_type = file->path.mnt->sb->type->magic;
	st->f_blocks = 1 << 20;
	st->f_bfree = st->f_bavail = 1 << 19;
	/* ST_RDONLY, ST_NOSUID, ST_NODEV, ST_NOEXEC are the bits of MOUNT_ATTR_*; 0x20: valid. */
	st->f_flags = (long)((file->path.mnt->flags & 15) |
			     (file->path.mnt->sb->read_only ? 1 : 0) | 0x20);
	return 0;
}

/* --- programs --- */

static const struct fake_prog *prog_of(struct fake *fake, struct inode *inode)
{
	/* The youngest of that name: it may have been replaced. */
	for (size_t i = fake->vfs->progs.count; inode->data && i-- > 0;) {
		struct program_file *file = vec_at(&fake->vfs->progs, struct program_file, i);

		if (str_eq(inode->data, file->text))
			return &file->prog;
	}
	return NULL;
}

static int find_interpreter(struct fake *fake, struct inode *script, const struct fake_prog **prog,
			    const char **interpreter)
{
	_cleanup_path_ struct path path = { 0 };
	const char *start = script->data + 2 + strspn(script->data + 2, " \t");
	size_t len = strcspn(start, " \t\n");
	int ret;

	/* Kept in the inode: replaced by the next look. */
	free(script->priv);
	script->priv = str_dup_n(start, len);
	if (!script->priv)
		abort();
	ret = path_find(fake, AT_FDCWD, script->priv, WALK_FOLLOW, &path);
	if (ret < 0)
		return ret;
	if (!S_ISREG(path.inode->mode) || inode_permission(fake->current, path.inode, 1) < 0)
		return -EACCES;
	*interpreter = script->priv;
	*prog = prog_of(fake, path.inode);
	return *prog ? 0 : -ENOEXEC;
}

int vfs_exec(struct fake *fake, int dirfd, const char *name, unsigned long flags,
	     struct path *found, const struct fake_prog **prog, const char **interpreter)
{
	unsigned how = (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
		       (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0);
	_cleanup_path_ struct path path = { 0 };
	int ret;

	*interpreter = NULL;
	*prog = NULL;
	if (flags & ~(unsigned long)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	ret = path_find(fake, dirfd, name, how, &path);
	if (ret < 0)
		return ret;
	if (S_ISLNK(path.inode->mode))
		return -ELOOP;
	if (!S_ISREG(path.inode->mode) || (path.mnt->flags & MOUNT_ATTR_NOEXEC))
		return -EACCES;
	ret = inode_permission(fake->current, path.inode, 1);
	if (ret < 0)
		return ret;
	if (path.inode->data && str_starts(path.inode->data, "#!") && !path.inode->ops)
		ret = find_interpreter(fake, path.inode, prog, interpreter);
	else
		ret = (*prog = prog_of(fake, path.inode)) ? 0 : -ENOEXEC;
	if (ret < 0)
		return ret;
	*found = path;
	path = (struct path){ 0 };
	return 0;
}
