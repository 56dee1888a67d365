/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/inode: inodes and directories; file system instances.
 */
#include "sys/fake/task.h"
#include "sys/fake/vfs.h"

#include <assert.h>

void *must_alloc(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		abort();
	return p;
}

char *must_dup(const char *text)
{
	char *copy = str_dup(text);

	if (!copy)
		abort();
	return copy;
}

struct inode *inode_new(struct super *sb, const struct inode_ops *ops, mode_t mode, uid_t uid,
			gid_t gid)
{
	struct inode *inode = must_alloc(sizeof(*inode));

	inode->refs = 1;
	inode->ino = sb->next_ino++;
	inode->sb = sb;
	inode->ops = ops;
	inode->mode = mode;
	inode->uid = uid;
	inode->gid = gid;
	inode->nlink = S_ISDIR(mode) ? 2 : 1;
	inode->mtime_ns = sb->fake->now_ns;
	inode->entries = VEC_OF(struct entry);
	return inode;
}

struct inode *inode_passing(struct inode *dir, const char *name, const struct inode_ops *ops,
			    mode_t mode)
{
	struct inode *inode = inode_new(dir->sb, ops, mode, 0, 0);

	inode->name = must_dup(name);
	inode->parent = dir;
	inode_get(dir);
	inode->holds_parent = true;
	return inode;
}

void inode_get(struct inode *inode)
{
	inode->refs++;
}

void dir_orphan(struct inode *dir)
{
	for (size_t i = 0; i < dir->entries.count; i++) {
		dir_orphan(dir_nth(dir, i));
		dir_nth(dir, i)->parent = NULL;
	}
}

void inode_put(struct inode *inode)
{
	if (!inode)
		return;
	assert(inode->refs > 0);
	if (--inode->refs > 0)
		return;
	if (inode->ops && inode->ops->drop)
		inode->ops->drop(inode);
	for (size_t i = 0; i < inode->entries.count; i++) {
		struct entry *entry = vec_at(&inode->entries, struct entry, i);

		if (entry->inode->parent == inode)
			entry->inode->parent = NULL;
		free(entry->name);
		inode_put(entry->inode);
	}
	vec_finish(&inode->entries);
	vec_finish(&inode->locks);
	xattrs_finish(inode);
	if (inode->holds_parent)
		inode_put(inode->parent);
	if (!inode->ops)
		free(inode->priv); /* the interpreter of a script */
	free(inode->name);
	free(inode->data);
	free(inode);
}

/* Where name is, or would be. */
static size_t dir_index(struct inode *dir, const char *name, bool *found)
{
	size_t low = 0, high = dir->entries.count;

	*found = false;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(vec_at(&dir->entries, struct entry, middle)->name, name);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct inode *dir_find(struct inode *dir, const char *name)
{
	bool found;
	size_t i = dir_index(dir, name, &found);

	return found ? dir_nth(dir, i) : NULL;
}

void dir_add(struct inode *dir, const char *name, struct inode *inode)
{
	struct entry entry = { must_dup(name), inode }, *entries;
	bool found;
	size_t i = dir_index(dir, name, &found);

	assert(!found);
	if (!vec_add(&dir->entries, NULL))
		abort();
	entries = dir->entries.items;
	memmove(&entries[i + 1], &entries[i], (dir->entries.count - 1 - i) * sizeof(entry));
	entries[i] = entry;
	if (!inode->parent) {
		inode->parent = dir;
		free(inode->name);
		inode->name = must_dup(name);
	}
	if (S_ISDIR(inode->mode))
		dir->nlink++;
	dir->mtime_ns = dir->sb->fake->now_ns;
}

void dir_take(struct inode *dir, const char *name)
{
	bool found;
	size_t i = dir_index(dir, name, &found);
	struct entry entry;

	assert(found);
	entry = *vec_at(&dir->entries, struct entry, i);
	vec_remove(&dir->entries, i);
	if (entry.inode->parent == dir && str_eq(entry.inode->name, name))
		entry.inode->parent = NULL;
	if (S_ISDIR(entry.inode->mode))
		dir->nlink--;
	dir->mtime_ns = dir->sb->fake->now_ns;
	free(entry.name);
	inode_put(entry.inode);
}

int inode_lookup(struct fake *fake, struct inode *dir, const char *name, struct inode **out)
{
	struct inode *inode;

	if (strlen(name) > 255)
		return -ENAMETOOLONG;
	if (dir->ops && dir->ops->lookup)
		return dir->ops->lookup(fake, dir, name, out);
	inode = dir_find(dir, name);
	if (!inode)
		return -ENOENT;
	inode_get(inode);
	*out = inode;
	return 0;
}

/* A set-group-id directory hands its group down. */
int inode_create(struct fake *fake, struct inode *dir, const char *name, mode_t mode, dev_t rdev,
		 struct inode **out)
{
	struct task *task = fake->current;
	struct inode *inode;

	if (!dir->parent && dir != dir->sb->root)
		return -ENOENT;
	if (strlen(name) > 255)
		return -ENAMETOOLONG;
	if (dir->ops) {
		if (!dir->ops->create)
			return str_eq(dir->sb->type->name, "proc") ? -ENOENT
			       : S_ISREG(mode)			   ? -EACCES
								   : -EPERM;
		return dir->ops->create(fake, dir, name, mode, rdev, out);
	}
	if (dir->sb->full)
		return -ENOSPC;
	inode = inode_new(dir->sb, NULL, mode, task ? task->cred.fsuid : 0,
			  task ? task->cred.fsgid : 0);
	if (dir->mode & S_ISGID) {
		inode->gid = dir->gid;
		if (S_ISDIR(mode))
			inode->mode |= S_ISGID;
	}
	inode->rdev = rdev;
	dir_add(dir, name, inode);
	if (out) {
		inode_get(inode);
		*out = inode;
	}
	return 0;
}

int inode_remove(struct fake *fake, struct inode *dir, struct inode *victim)
{
	if (dir->ops) {
		if (!dir->ops->remove)
			return -EPERM;
		return dir->ops->remove(fake, dir, victim);
	}
	if (S_ISDIR(victim->mode) && victim->entries.count > 0)
		return -ENOTEMPTY;
	return 0;
}

void inode_stat(struct fake *fake, struct inode *inode, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	st->st_dev = inode->sb->dev;
	st->st_ino = inode->ino;
	st->st_mode = inode->mode;
	st->st_nlink = inode->nlink;
	st->st_uid = inode->uid;
	st->st_gid = inode->gid;
	st->st_rdev = inode->rdev;
	st->st_size = (off_t)inode->size;
	st->st_blksize = 4096;
	st->st_blocks = (blkcnt_t)((inode->size + 511) / 512);
	st->st_mtim.tv_sec = (time_t)(inode->mtime_ns / 1000000000);
	st->st_mtim.tv_nsec = (long)(inode->mtime_ns % 1000000000);
	st->st_atim = st->st_ctim = st->st_mtim;
	if (inode->ops && inode->ops->getattr)
		inode->ops->getattr(fake, inode, st);
	if (fake->current) {
		st->st_uid = uid_seen(fake->current, st->st_uid);
		st->st_gid = gid_seen(fake->current, st->st_gid);
	}
}

void inode_resize(struct inode *inode, size_t len)
{
	char *data = realloc(inode->data, len + 1);

	if (!data)
		abort();
	if (len > inode->size)
		memset(data + inode->size, 0, len - inode->size);
	data[len] = '\0';
	inode->data = data;
	inode->size = len;
	inode->mtime_ns = inode->sb->fake->now_ns;
}

void inode_set_data(struct inode *inode, const void *data, size_t len)
{
	inode_resize(inode, len);
	if (len > 0)
		memcpy(inode->data, data, len);
}

bool inode_is_below(struct inode *inode, struct inode *top)
{
	for (; inode; inode = inode->parent)
		if (inode == top)
			return true;
	return false;
}

static int name_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void dir_names(struct fake *fake, struct inode *dir, struct vec *names)
{
	if (dir->ops && dir->ops->list) {
		dir->ops->list(fake, dir, names);
		if (names->count > 0)
			qsort(names->items, names->count, sizeof(char *), name_order);
		return;
	}
	for (size_t i = 0; i < dir->entries.count; i++)
		names_add(names, vec_at(&dir->entries, struct entry, i)->name);
}

void names_add(struct vec *names, const char *name)
{
	char *copy = must_dup(name);

	if (!vec_add(names, &copy))
		abort();
}

void names_finish(struct vec *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(*vec_at(names, char *, i));
	vec_finish(names);
}

/* --- instances --- */

struct super *super_new(struct fake *fake, const struct fs_type *type, mode_t root_mode)
{
	struct super *sb = must_alloc(sizeof(*sb));

	sb->refs = 1;
	sb->fake = fake;
	sb->type = type;
	sb->dev = makedev(0, ++fake->vfs->next_dev);
	sb->next_ino = 1;
	sb->options = must_dup("");
	sb->owner = fake->current->user_ns;
	sb->owner->refs++;
	sb->root = inode_new(sb, NULL, S_IFDIR | root_mode, 0, 0);
	return sb;
}

void super_put(struct super *sb)
{
	if (!sb || --sb->refs > 0)
		return;
	inode_put(sb->root);
	if (sb->finish)
		sb->finish(sb);
	user_ns_put(sb->fake, sb->owner);
	free(sb->options);
	free(sb);
}
