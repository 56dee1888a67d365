/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/vworld: the vfs part of fake_world(): mounts, files, cgroups, terminals; nothing in it
 * differs between equal worlds.
 */
#include "sys/fake/task.h"
#include "sys/fake/vfs.h"

static uint64_t hash(const char *data, size_t len)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)data[i]) * 0x100000001b3ull;
	return h;
}

static bool is_shown(struct super *sb)
{
	const char *type = sb->type->name;

	return !str_eq(type, "proc") && !str_eq(type, "sysfs") && !super_is_cgroup(sb) &&
	       !str_eq(type, "anon");
}

static void add_inode(struct inode *inode, const char *where, const char *path, struct str *out)
{
	str_addf(out, "file %s:%s %06o %u:%u", where, path, inode->mode, inode->uid, inode->gid);
	if (S_ISCHR(inode->mode) || S_ISBLK(inode->mode))
		str_addf(out, " %u:%u", major(inode->rdev), minor(inode->rdev));
	else if (S_ISLNK(inode->mode))
		str_addf(out, " -> %s", inode->data);
	else if (S_ISREG(inode->mode))
		str_addf(out, " %zu %016llx", inode->size,
			 (unsigned long long)hash(inode->data ? inode->data : "", inode->size));
	if (inode->locks.count > 0)
		str_add(out, " locked");
	xattrs_describe(inode, out);
	str_add(out, "\n");
}

static void add_tree(struct inode *dir, const char *where, const char *path, struct str *out)
{
	for (size_t i = 0; i < dir->entries.count; i++) {
		struct entry *entry = vec_at(&dir->entries, struct entry, i);
		char *name = str_printf("%s/%s", path, entry->name);

		if (!name)
			abort();
		add_inode(entry->inode, where, name, out);
		if (S_ISDIR(entry->inode->mode))
			add_tree(entry->inode, where, name, out);
		free(name);
	}
}

/* Each file system once, named by where its first mount is. */
static void add_files(struct vfs *vfs, struct str *out)
{
	for (size_t i = 0; i < vfs->mounts.count; i++) {
		_cleanup_str_ struct str where = { 0 };
		struct mount *mnt = mount_nth(vfs, i);
		struct path top = { mnt, mnt->root };
		bool seen = false;

		for (size_t j = 0; j < i && !seen; j++)
			seen = mount_nth(vfs, j)->sb == mnt->sb;
		if (seen || !is_shown(mnt->sb))
			continue;
		str_addf(&where, "%s%s", mnt->sb->type->name,
			 mnt->ns == vfs->host ? "" : " elsewhere");
		path_text(&top, NULL, &where);
		add_inode(mnt->sb->root, str_text(&where), "/", out);
		add_tree(mnt->sb->root, str_text(&where), "", out);
	}
}

static void add_root_name(struct inode *inode, struct str *out)
{
	if (!inode->parent) {
		str_add(out, inode == inode->sb->root ? "" : "(deleted)");
		return;
	}
	add_root_name(inode->parent, out);
	str_addf(out, "/%s", inode->name);
}

static void add_mounts(struct vfs *vfs, struct str *out)
{
	for (size_t i = 0; i < vfs->mounts.count; i++) {
		struct mount *mnt = mount_nth(vfs, i);
		struct path top = { mnt, mnt->root };

		str_add(out, mnt->ns == vfs->host ? "mount "
			     : mnt->ns->anonymous ? "mount detached "
						  : "mount elsewhere ");
		path_text(&top, NULL, out);
		str_addf(out, " %s from ", mnt->sb->type->name);
		if (str_eq(mnt->sb->type->name, "anon"))
			str_add(out, "ns");
		else
			add_root_name(mnt->root, out);
		str_addf(out, "/ %s flags %lx%s%s%s%s options %s\n", mnt->source, mnt->flags,
			 mnt->group ? " shared" : "", mnt->master ? " slave" : "",
			 mnt->unbindable ? " unbindable" : "", mnt->sb->read_only ? " ro" : "",
			 mnt->sb->options);
	}
}

static int line_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void vfs_world(struct fake *fake, struct str *out)
{
	_cleanup_vec_ struct vec lines = VEC_OF(char *);
	_cleanup_str_ struct str text = { 0 };
	char *rest, *line;

	add_mounts(fake->vfs, &text);
	add_files(fake->vfs, &text);
	cgroups_world(fake, &text);
	ttys_world(fake, &text);
	rest = text.s;
	while ((line = str_next_word(&rest, "\n")))
		if (*line && !vec_add(&lines, &line))
			abort();
	if (lines.count > 0)
		qsort(lines.items, lines.count, sizeof(char *), line_order);
	for (size_t i = 0; i < lines.count; i++)
		str_addf(out, "%s\n", *vec_at(&lines, char *, i));
}
