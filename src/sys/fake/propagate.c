/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/propagate: peer groups, and what a new mount becomes at peers and slaves.
 *
 * Source: kernel Documentation/filesystems/sharedsubtree.rst.
 */
#include "sys/fake/vfs.h"

static unsigned new_group(struct vfs *vfs)
{
	return ++vfs->next_group;
}

static bool has_peer(struct vfs *vfs, struct mount *mnt)
{
	for (size_t i = 0; i < vfs->mounts.count; i++)
		if (mount_nth(vfs, i) != mnt && mount_nth(vfs, i)->group == mnt->group)
			return true;
	return false;
}

/* The last peer to leave hands its slaves to its own master. */
static void leave_group(struct vfs *vfs, struct mount *mnt)
{
	unsigned group = mnt->group;

	if (!group)
		return;
	if (!has_peer(vfs, mnt))
		for (size_t i = 0; i < vfs->mounts.count; i++)
			if (mount_nth(vfs, i)->master == group)
				mount_nth(vfs, i)->master = mnt->master;
	mnt->group = 0;
}

void mount_leave_groups(struct fake *fake, struct mount *mnt)
{
	leave_group(fake->vfs, mnt);
	mnt->master = 0;
}

void mount_change_type(struct fake *fake, struct mount *mnt, unsigned long type)
{
	struct vfs *vfs = fake->vfs;
	unsigned group = mnt->group;

	if (type == MS_SHARED) {
		mnt->unbindable = false;
		if (!group)
			mnt->group = new_group(vfs);
		return;
	}
	if (type == MS_SLAVE) {
		bool peers = group && has_peer(vfs, mnt);

		leave_group(vfs, mnt);
		if (peers)
			mnt->master = group;
		return;
	}
	mount_leave_groups(fake, mnt);
	mnt->unbindable = type == MS_UNBINDABLE;
}

void mount_change_tree(struct fake *fake, struct mount *mnt, unsigned long type, bool recursive)
{
	mount_change_type(fake, mnt, type);
	for (size_t i = 0; recursive && i < mnt->children.count; i++)
		mount_change_tree(fake, *vec_at(&mnt->children, struct mount *, i), type, true);
}

static bool known(struct vec *mounts, struct mount *mnt)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (*vec_at(mounts, struct mount *, i) == mnt)
			return true;
	return false;
}

void propagation_targets(struct vfs *vfs, struct mount *mnt, struct vec *out)
{
	struct vec groups = VEC_OF(unsigned);

	vec_add(&groups, &mnt->group);
	for (size_t g = 0; mnt->group && g < groups.count; g++) {
		unsigned group = *vec_at(&groups, unsigned, g);

		for (size_t i = 0; i < vfs->mounts.count; i++) {
			struct mount *other = mount_nth(vfs, i);

			if (other == mnt || known(out, other) ||
			    (other->group != group && other->master != group))
				continue;
			vec_add(out, &other);
			if (other->group && other->group != group)
				vec_add(&groups, &other->group);
		}
	}
	vec_finish(&groups);
}

static void tree_make_shared(struct vfs *vfs, struct mount *top)
{
	if (!top->group)
		top->group = new_group(vfs);
	top->unbindable = false;
	for (size_t i = 0; i < top->children.count; i++)
		tree_make_shared(vfs, *vec_at(&top->children, struct mount *, i));
}

/* One copy of src, shown at the same point of target; what hung there comes to lie on it. */
static struct mount *show_at(struct mount *target, struct inode *point, struct mount *src,
			     unsigned how, struct mount_ns *origin)
{
	struct mount *hidden = mount_at(target, point);
	struct mount *copy = mount_copy(src, src->root, how, NULL);

	if (target->ns->owner != origin->owner) {
		mount_lock_tree(copy);
		copy->locked = false;
	}
	mount_link(copy, target, point);
	mount_set_ns(copy, target->ns);
	if (hidden) {
		mount_unlink(hidden);
		mount_link(hidden, copy, copy->root);
	}
	return copy;
}

struct spread {
	struct vfs *vfs;
	struct mount *skip; /* has the original */
	struct inode *point;
	struct mount_ns *origin;
	size_t count; /* mounts from here on are new copies */
};

static bool takes_part(struct spread *spread, struct mount *mnt)
{
	return mnt != spread->skip && mnt->ns && !mnt->ns->anonymous &&
	       inode_is_below(spread->point, mnt->root);
}

static void spread_group(struct spread *spread, unsigned group, struct mount *src);

/* Slaves that are a group of their own: the first gets a slave copy that is shared, the others its
 * peers. */
static void spread_slaves(struct spread *spread, unsigned group, struct mount *src)
{
	struct vec done = VEC_OF(unsigned);

	for (size_t i = 0; i < spread->count; i++) {
		struct mount *mnt = mount_nth(spread->vfs, i), *copy;
		bool seen = false;

		if (mnt->master != group || !takes_part(spread, mnt))
			continue;
		for (size_t j = 0; mnt->group && j < done.count; j++)
			seen = seen || *vec_at(&done, unsigned, j) == mnt->group;
		if (seen)
			continue;
		copy = show_at(mnt, spread->point, src, COPY_SLAVE, spread->origin);
		if (mnt->group) {
			struct mount *skip = spread->skip;

			vec_add(&done, &mnt->group);
			tree_make_shared(spread->vfs, copy);
			spread->skip = mnt;
			spread_group(spread, mnt->group, copy);
			spread->skip = skip;
		}
	}
	vec_finish(&done);
}

static void spread_group(struct spread *spread, unsigned group, struct mount *src)
{
	for (size_t i = 0; i < spread->count; i++) {
		struct mount *mnt = mount_nth(spread->vfs, i);

		if (mnt->group == group && takes_part(spread, mnt))
			show_at(mnt, spread->point, src, 0, spread->origin);
	}
	spread_slaves(spread, group, src);
}

void mount_graft(struct fake *fake, struct mount *top, struct mount *parent, struct inode *point)
{
	struct spread spread = { .vfs = fake->vfs,
				 .skip = parent,
				 .point = point,
				 .origin = parent->ns,
				 .count = fake->vfs->mounts.count };

	if (parent->group) {
		tree_make_shared(fake->vfs, top);
		spread_group(&spread, parent->group, top);
	}
	mount_link(top, parent, point);
	mount_set_ns(top, parent->ns);
}
