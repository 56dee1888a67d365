/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/mountinfo: the text of /proc/PID/mountinfo and /proc/PID/mounts.
 *
 * Source: proc_pid_mountinfo(5).
 */
#include "sys/fake/vfs.h"

static void add_escaped(struct str *out, const char *text, const char *also)
{
	for (; *text; text++) {
		if (strchr(" \t\n\\", *text) || strchr(also, *text))
			str_addf(out, "\\%03o", (unsigned)(unsigned char)*text);
		else
			str_add_n(out, text, 1);
	}
}

static void add_flags(struct str *out, unsigned long flags)
{
	static const struct {
		unsigned long flag;
		const char *word;
	} words[] = {
		{ MOUNT_ATTR_NOSUID, ",nosuid" },	  { MOUNT_ATTR_NODEV, ",nodev" },
		{ MOUNT_ATTR_NOEXEC, ",noexec" },	  { MOUNT_ATTR_NOATIME, ",noatime" },
		{ MOUNT_ATTR_NODIRATIME, ",nodiratime" },
	};

	str_add(out, flags & MOUNT_ATTR_RDONLY ? "ro" : "rw");
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (flags & words[i].flag)
			str_add(out, words[i].word);
	if (!(flags & MOUNT_ATTR__ATIME))
		str_add(out, ",relatime");
	if (flags & 0x200000)
		str_add(out, ",nosymfollow");
}

/* The peer group nearest above that the reader's namespace can reach. */
static unsigned dominating_group(struct vfs *vfs, struct mount *mnt, struct mount_ns *ns)
{
	unsigned group = mnt->master;

	for (unsigned depth = 0; group && depth < 64; depth++) {
		unsigned next = 0;

		for (size_t i = 0; i < vfs->mounts.count; i++) {
			if (mount_nth(vfs, i)->group != group)
				continue;
			if (mount_nth(vfs, i)->ns == ns)
				return group;
			next = mount_nth(vfs, i)->master;
		}
		group = next;
	}
	return 0;
}

static void add_root(struct mount *mnt, struct task *viewer, struct str *out)
{
	_cleanup_str_ struct str text = { 0 };

	if (super_is_cgroup(mnt->sb)) {
		cgroup_root_text(mnt->root, viewer, &text);
	} else if (str_eq(mnt->sb->type->name, "anon")) {
		if (mnt->root->ops && mnt->root->ops->readlink)
			mnt->root->ops->readlink(mnt->sb->fake, mnt->root, &text);
	} else {
		_cleanup_vec_ struct vec names = VEC_OF(const char *);
		struct inode *inode = mnt->root;

		for (; inode->parent; inode = inode->parent)
			vec_add(&names, &inode->name);
		for (size_t i = names.count; i-- > 0;)
			str_addf(&text, "/%s", *vec_at(&names, const char *, i));
		if (names.count == 0)
			str_add(&text, "/");
		if (inode != inode->sb->root)
			str_add(&text, "//deleted");
	}
	add_escaped(out, str_text(&text), "");
}

static void add_tail(struct mount *mnt, struct str *out)
{
	add_escaped(out, mnt->source, "#");
	str_add(out, mnt->sb->read_only ? " ro" : " rw");
	if (*mnt->sb->options)
		str_addf(out, ",%s", mnt->sb->options);
}

static const char *type_shown(struct mount *mnt)
{
	return str_eq(mnt->sb->type->name, "anon") ? "nsfs" : mnt->sb->type->name;
}

static void show_info(struct mount *mnt, struct task *task, struct task *viewer, const char *point,
		      struct str *out)
{
	unsigned from;

	str_addf(out, "%d %d %u:%u ", mnt->id, mnt->parent ? mnt->parent->id : 1,
		 major(mnt->sb->dev), minor(mnt->sb->dev));
	add_root(mnt, viewer, out);
	str_add(out, " ");
	add_escaped(out, point, "#");
	str_add(out, " ");
	add_flags(out, mnt->flags);
	if (mnt->group)
		str_addf(out, " shared:%u", mnt->group);
	if (mnt->master) {
		str_addf(out, " master:%u", mnt->master);
		from = dominating_group(mnt->sb->fake->vfs, mnt, task->mnt_ns);
		if (from && from != mnt->master)
			str_addf(out, " propagate_from:%u", from);
	}
	if (mnt->unbindable)
		str_add(out, " unbindable");
	str_addf(out, " - %s ", type_shown(mnt));
	add_tail(mnt, out);
	str_add(out, "\n");
}

static void show_mounts(struct mount *mnt, const char *point, struct str *out)
{
	bool super_ro = mnt->sb->read_only;

	add_escaped(out, mnt->source, "#");
	str_add(out, " ");
	add_escaped(out, point, "#");
	str_addf(out, " %s ", type_shown(mnt));
	add_flags(out, mnt->flags | (super_ro ? MOUNT_ATTR_RDONLY : 0));
	if (*mnt->sb->options)
		str_addf(out, ",%s", mnt->sb->options);
	str_add(out, " 0 0\n");
}

void mount_show(struct fake *fake, struct task *task, bool info, struct str *out)
{
	struct task *viewer = fake->current ? fake->current : task;
	struct vfs *vfs = fake->vfs;

	if (!task->mnt_ns || !task->root.mnt)
		return;
	for (size_t i = 0; i < vfs->mounts.count; i++) {
		_cleanup_str_ struct str point = { 0 };
		struct mount *mnt = mount_nth(vfs, i);
		struct path top = { mnt, mnt->root };

		if (mnt->ns != task->mnt_ns || !path_text(&top, &task->root, &point))
			continue;
		if (info)
			show_info(mnt, task, viewer, str_text(&point), out);
		else
			show_mounts(mnt, str_text(&point), out);
	}
}
