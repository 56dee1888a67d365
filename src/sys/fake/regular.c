/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/regular: contents of files: stored ones, generated ones, memfds and their seals,
 * mappings.
 *
 * Sources: read(2), write(2), lseek(2), fcntl(2) "File Sealing", memfd_create(2), mmap(2), proc(5).
 */
#include "sys/fake/vfs.h"

#include <sys/mman.h>

struct map {
	void *start;
	size_t len;
	struct inode *inode; /* NULL: anonymous; else a reference */
	bool writable;	     /* shared and writable: written back at the end */
	unsigned refs;	     /* processes that have it: all see the same, none writes to a private one (guards) */
};

struct text {
	struct str str;
	uint64_t version;
};

/* Generated text stays the same while one reader goes through it. */
static ssize_t read_text(struct fake *fake, struct file *file, void *buf, size_t len, off_t *pos)
{
	struct inode *inode = file->path.inode;
	struct text *seen = file->priv;
	struct str *text;
	int ret;

	if (!seen)
		seen = file->priv = must_alloc(sizeof(*seen));
	text = &seen->str;
	if (*pos == 0 || !text->s) {
		str_clear(text);
		seen->version = inode->ops->version ? inode->ops->version(fake, inode) : 0;
		ret = inode->ops->text(fake, inode, text);
		if (ret < 0)
			return ret;
	}
	if (*pos < 0)
		return -EINVAL;
	if ((size_t)*pos >= text->len)
		return 0;
	if (len > text->len - (size_t)*pos)
		len = text->len - (size_t)*pos;
	memcpy(buf, text->s + *pos, len);
	*pos += (off_t)len;
	return (ssize_t)len;
}

static void map_sync(struct vfs *vfs, struct inode *inode)
{
	for (size_t i = 0; i < vfs->maps.count; i++) {
		struct map *map = vec_at(&vfs->maps, struct map, i);

		if (map->inode == inode && map->writable && inode->size > 0)
			memcpy(inode->data, map->start,
			       map->len < inode->size ? map->len : inode->size);
	}
}

static ssize_t regular_read(struct fake *fake, struct file *file, void *buf, size_t len, off_t *pos)
{
	struct inode *inode = file->path.inode;

	if ((file->flags & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	if (inode->ops && inode->ops->text)
		return read_text(fake, file, buf, len, pos);
	if (inode->ops && inode->ops->store)
		return -EINVAL;
	if (*pos < 0)
		return -EINVAL;
	if ((size_t)*pos >= inode->size)
		return 0;
	map_sync(fake->vfs, inode);
	if (len > inode->size - (size_t)*pos)
		len = inode->size - (size_t)*pos;
	if (len > 0)
		memcpy(buf, inode->data + *pos, len);
	*pos += (off_t)len;
	return (ssize_t)len;
}

static ssize_t store_text(struct fake *fake, struct inode *inode, const void *buf, size_t len,
			  off_t *pos)
{
	char *text = str_dup_n(buf, len);
	ssize_t ret;

	if (!text)
		abort();
	ret = inode->ops->store(fake, inode, text, len);
	free(text);
	if (ret > 0)
		*pos += ret;
	return ret;
}

static ssize_t regular_write(struct fake *fake, struct file *file, const void *buf, size_t len,
			     off_t *pos)
{
	struct inode *inode = file->path.inode;
	size_t end;

	if ((file->flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	if (len == 0)
		return 0;
	if (inode->ops && inode->ops->store)
		return store_text(fake, inode, buf, len, pos);
	if (inode->ops && inode->ops->text)
		return -EINVAL;
	if (file->flags & O_APPEND)
		*pos = (off_t)inode->size;
	if (*pos < 0)
		return -EINVAL;
	if (inode->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
		return -EPERM;
	end = (size_t)*pos + len;
	if (end > inode->size && (inode->seals & F_SEAL_GROW))
		return -EPERM;
	if (inode->sb->read_only)
		return -EROFS;
	if (end > inode->size && inode->sb->full) {
		if ((size_t)*pos >= inode->size)
			return -ENOSPC;
		end = inode->size;
		len = end - (size_t)*pos;
	}
	if (end > inode->size)
		inode_resize(inode, end);
	memcpy(inode->data + *pos, buf, len);
	xattr_lose_privileges(inode);
	inode->mode &= (mode_t) ~(
		fake->current && task_capable(fake->current, CAP_FSETID, NULL) ? 0 : S_ISUID);
	inode->mtime_ns = fake->now_ns;
	*pos = (off_t)end;
	return (ssize_t)len;
}

static int regular_ioctl(struct fake *fake, struct file *file, unsigned long request, void *arg)
{
	return -ENOTTY;
}

static uint32_t regular_poll(struct fake *fake, struct file *file)
{
	struct inode *inode = file->path.inode;
	struct text *seen = file->priv;

	if (inode->ops && inode->ops->version &&
	    (!seen || seen->version != inode->ops->version(fake, inode)))
		return EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLERR;
	return EPOLLIN | EPOLLOUT;
}

static void regular_release(struct fake *fake, struct file *file)
{
	locks_release(file);
	if ((file->flags & O_ACCMODE) != O_RDONLY && file->path.mnt)
		file->path.mnt->writers--;
	if (file->priv)
		str_finish(&((struct text *)file->priv)->str);
	free(file->priv);
}

static void regular_describe(struct fake *fake, struct file *file, struct str *out)
{
	if (file->path.inode->is_memfd)
		str_addf(out, "memfd:%s", file->path.inode->name);
	else
		path_text(&file->path, NULL, out);
}

const struct file_ops regular_ops = { .kind = "regular",
				      .read = regular_read,
				      .write = regular_write,
				      .poll = regular_poll,
				      .ioctl = regular_ioctl,
				      .release = regular_release,
				      .describe = regular_describe };

void vfs_file_describe(struct fake *fake, struct file *file, struct str *out)
{
	if (file->path.inode)
		path_text(&file->path, NULL, out);
}

/* --- place and size --- */

off_t fake_op_lseek(struct sys *sys, int fd, off_t offset, int whence)
{
	struct fake *fake = fake_of(sys);
	struct file *file = task_file(fake->current, fd);
	off_t base = 0;

	if (!file || (file->flags & O_PATH))
		return -EBADF;
	if (!file->path.inode || S_ISCHR(file->path.inode->mode))
		return file->path.inode && file->ops->kind && str_eq(file->ops->kind, "device")
			       ? 0
			       : -ESPIPE;
	if (whence == SEEK_CUR)
		base = file->pos;
	else if (whence == SEEK_END)
		base = (off_t)file->path.inode->size;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (base + offset < 0)
		return -EINVAL;
	return file->pos = base + offset;
}

int fake_op_ftruncate(struct sys *sys, int fd, off_t length)
{
	struct file *file = task_file(fake_of(sys)->current, fd);
	struct inode *inode;

	if (!file || (file->flags & O_PATH))
		return -EBADF;
	if (file->ops != &regular_ops || (file->flags & O_ACCMODE) == O_RDONLY || length < 0)
		return -EINVAL;
	inode = file->path.inode;
	if (inode->ops && inode->ops->text)
		return 0;
	if (((size_t)length < inode->size && (inode->seals & F_SEAL_SHRINK)) ||
	    ((size_t)length > inode->size && (inode->seals & F_SEAL_GROW)))
		return -EPERM;
	if (inode->sb->read_only)
		return -EROFS;
	if (length > (1 << 30))
		return -EFBIG;
	inode_resize(inode, (size_t)length);
	return 0;
}

int fake_op_fsync(struct sys *sys, int fd)
{
	struct file *file = task_file(fake_of(sys)->current, fd);

	if (!file || (file->flags & O_PATH))
		return -EBADF;
	return file->ops == &regular_ops || file->ops == &directory_ops ? 0 : -EINVAL;
}

/* --- memfds --- */

struct file *vfs_anon_file(struct fake *fake, const char *name, int flags)
{
	struct super *sb = fake->vfs->nowhere->sb;
	struct inode *inode = inode_new(sb, NULL, S_IFREG | 0777, fake->current->cred.fsuid,
					fake->current->cred.fsgid);
	struct path path = { fake->vfs->nowhere, inode };
	struct file *file;

	inode->is_memfd = true;
	inode->nlink = 0;
	inode->name = str_printf("memfd:%s", name);
	inode->seals = flags & 2 /* MFD_ALLOW_SEALING */ ? 0 : F_SEAL_SEAL;
	file = file_at(fake, &regular_ops, O_RDWR, NULL, &path);
	path.mnt->writers++;
	inode_put(inode);
	return file;
}

int vfs_file_seals(struct file *file, bool add, unsigned seals)
{
	struct inode *inode = file->path.inode;

	if (file->ops != &regular_ops || !inode->is_memfd)
		return -EINVAL;
	if (!add)
		return (int)inode->seals;
	if ((file->flags & O_ACCMODE) == O_RDONLY || (inode->seals & F_SEAL_SEAL))
		return -EPERM;
	if (seals & ~(unsigned)(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE |
				F_SEAL_FUTURE_WRITE | 0x20))
		return -EINVAL;
	if ((seals & F_SEAL_WRITE) && map_has(inode->sb->fake->vfs, inode, true))
		return -EBUSY;
	inode->seals |= seals;
	return 0;
}

/* --- mappings: copies; a shared writable one is written back when it is looked at or goes --- */

bool map_has(struct vfs *vfs, struct inode *inode, bool writable)
{
	for (size_t i = 0; i < vfs->maps.count; i++) {
		struct map *map = vec_at(&vfs->maps, struct map, i);

		if (map->inode == inode && (!writable || map->writable))
			return true;
	}
	return false;
}

int vfs_file_map(struct fake *fake, struct file *file, size_t len, int prot, unsigned long flags,
		 void **out)
{
	struct map map = { .len = len, .refs = 1 };
	struct inode *inode = file ? file->path.inode : NULL;
	size_t whole = (len + 4095) & ~(size_t)4095;

	if (len == 0)
		return -EINVAL;
	if (file) {
		if (file->ops != &regular_ops || (inode->ops && inode->ops->text))
			return -ENODEV;
		if ((file->flags & O_ACCMODE) == O_WRONLY)
			return -EACCES;
		map.writable = (flags & MAP_SHARED) && (prot & PROT_WRITE);
		if (map.writable && (file->flags & O_ACCMODE) != O_RDWR)
			return -EACCES;
		if (map.writable && (inode->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)))
			return -EPERM;
		map_sync(fake->vfs, inode);
	}
	map.start = aligned_alloc(4096, whole);
	if (!map.start)
		return -ENOMEM;
	memset(map.start, 0, whole);
	if (inode) {
		if (inode->size > 0)
			memcpy(map.start, inode->data, len < inode->size ? len : inode->size);
		map.inode = inode;
		inode_get(inode);
	}
	if (!vec_add(&fake->vfs->maps, &map))
		abort();
	*out = map.start;
	return 0;
}

int vfs_file_unmap(struct fake *fake, void *start, size_t len)
{
	struct vfs *vfs = fake->vfs;

	for (size_t i = 0; i < vfs->maps.count; i++) {
		struct map map = *vec_at(&vfs->maps, struct map, i);

		if (map.start != start)
			continue;
		if (--vec_at(&vfs->maps, struct map, i)->refs > 0)
			return 0;
		if (map.inode) {
			if (map.writable)
				map_sync(vfs, map.inode);
			inode_put(map.inode);
		}
		vec_remove(&vfs->maps, i);
		free(map.start);
		return 0;
	}
	return -EINVAL;
}

void vfs_map_get(struct fake *fake, const void *start)
{
	struct vec *maps = &fake->vfs->maps;

	for (size_t i = 0; i < maps->count; i++)
		if (vec_at(maps, struct map, i)->start == start)
			vec_at(maps, struct map, i)->refs++;
}

void vfs_maps_init(struct vfs *vfs)
{
	vfs->maps = VEC_OF(struct map);
}

void vfs_maps_finish(struct vfs *vfs)
{
	while (vfs->maps.count > 0)
		vfs_file_unmap(vfs->nowhere->sb->fake, vec_at(&vfs->maps, struct map, 0)->start, 0);
	vec_finish(&vfs->maps);
}
