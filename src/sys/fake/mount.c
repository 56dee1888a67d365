/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/mount: mounts, their trees and namespaces.
 *
 * Sources: mount_namespaces(7), kernel Documentation/filesystems/sharedsubtree.rst.
 */
#include "sys/fake/task.h"
#include "sys/fake/vfs.h"

#include <assert.h>

struct mount *mount_new(struct fake *fake, struct super *sb, struct inode *root, const char *source,
			unsigned long flags)
{
	struct mount *mnt = must_alloc(sizeof(*mnt));

	mnt->refs = 1;
	mnt->id = ++fake->vfs->next_mount;
	mnt->sb = sb;
	sb->refs++;
	mnt->root = root;
	inode_get(root);
	mnt->flags = flags;
	mnt->children = VEC_OF(struct mount *);
	mnt->source = must_dup(source ? source : "none");
	return mnt;
}

void mount_get(struct mount *mnt)
{
	mnt->refs++;
}

void mount_put(struct mount *mnt)
{
	assert(mnt->refs > 0);
	if (--mnt->refs > 0)
		return;
	assert(!mnt->parent && mnt->children.count == 0);
	inode_put(mnt->root);
	super_put(mnt->sb);
	vec_finish(&mnt->children);
	free(mnt->source);
	free(mnt);
}

void mount_link(struct mount *mnt, struct mount *parent, struct inode *point)
{
	assert(!mnt->parent);
	mnt->parent = parent;
	mnt->point = point;
	inode_get(point);
	point->mounted_on = true;
	if (!vec_add(&parent->children, &mnt))
		abort();
}

static bool is_point_of_any(struct vfs *vfs, struct inode *inode)
{
	for (size_t i = 0; i < vfs->mounts.count; i++)
		if (mount_nth(vfs, i)->point == inode)
			return true;
	return false;
}

void mount_unlink(struct mount *mnt)
{
	struct inode *point = steal_ptr(&mnt->point);
	struct mount *parent = steal_ptr(&mnt->parent);

	if (!parent)
		return;
	for (size_t i = 0; i < parent->children.count; i++) {
		if (*vec_at(&parent->children, struct mount *, i) == mnt) {
			vec_remove(&parent->children, i);
			break;
		}
	}
	point->mounted_on = is_point_of_any(mnt->sb->fake->vfs, point);
	inode_put(point);
}

struct mount *mount_at(struct mount *parent, struct inode *point)
{
	if (!point->mounted_on)
		return NULL;
	for (size_t i = parent->children.count; i-- > 0;) {
		struct mount *child = *vec_at(&parent->children, struct mount *, i);

		if (child->point == point)
			return child;
	}
	return NULL;
}

bool mount_is_below(struct mount *mnt, struct mount *top)
{
	for (; mnt; mnt = mnt->parent)
		if (mnt == top)
			return true;
	return false;
}

static void list_remove(struct vfs *vfs, struct mount *mnt)
{
	for (size_t i = 0; i < vfs->mounts.count; i++) {
		if (mount_nth(vfs, i) == mnt) {
			vec_remove(&vfs->mounts, i);
			return;
		}
	}
}

/* Whoever is in a namespace is in the list, and the other way round. */
void mount_set_ns(struct mount *top, struct mount_ns *ns)
{
	struct vfs *vfs = top->sb->fake->vfs;

	if (ns && !top->ns && !vec_add(&vfs->mounts, &top))
		abort();
	if (!ns && top->ns)
		list_remove(vfs, top);
	top->ns = ns;
	for (size_t i = 0; i < top->children.count; i++)
		mount_set_ns(*vec_at(&top->children, struct mount *, i), ns);
}

void mount_lock_tree(struct mount *top)
{
	top->locked = true;
	top->locked_flags = top->flags & 15;
	for (size_t i = 0; i < top->children.count; i++)
		mount_lock_tree(*vec_at(&top->children, struct mount *, i));
}

bool mount_tree_has_unbindable(struct mount *top)
{
	if (top->unbindable)
		return true;
	for (size_t i = 0; i < top->children.count; i++)
		if (mount_tree_has_unbindable(*vec_at(&top->children, struct mount *, i)))
			return true;
	return false;
}

/* --- copies --- */

static struct mount *copy_one(struct mount *old, struct inode *root, unsigned how,
			      struct vec *pairs)
{
	struct mount *copy = mount_new(old->sb->fake, old->sb, root, old->source, old->flags);

	copy->locked_flags = old->locked_flags;
	copy->locked = old->locked;
	copy->unbindable = (how & COPY_UNBINDABLE) && old->unbindable;
	if (how & COPY_SLAVE) {
		copy->master = old->group ? old->group : old->master;
	} else if (!(how & COPY_PRIVATE)) {
		copy->group = old->group;
		copy->master = old->master;
	}
	if (how & COPY_LOCK) {
		copy->locked_flags = old->flags & 15;
		copy->locked = true;
	}
	if (pairs && !vec_add(pairs, &(struct mount_pair){ old, copy }))
		abort();
	return copy;
}

static void copy_children(struct mount *old, struct mount *copy, unsigned how, struct vec *pairs)
{
	for (size_t i = 0; i < old->children.count; i++) {
		struct mount *child = *vec_at(&old->children, struct mount *, i), *fresh;

		if (!inode_is_below(child->point, copy->root) ||
		    (child->unbindable && !(how & COPY_UNBINDABLE)))
			continue;
		fresh = copy_one(child, child->root, how, pairs);
		mount_link(fresh, copy, child->point);
		copy_children(child, fresh, how, pairs);
	}
}

struct mount *mount_copy(struct mount *top, struct inode *root, unsigned how, struct vec *pairs)
{
	struct mount *copy = copy_one(top, root, how, pairs);

	copy->locked = false; /* the top of a copy can always be taken off again */
	if (!(how & COPY_FLAT))
		copy_children(top, copy, how, pairs);
	return copy;
}

/* --- taking out --- */

static void collect(struct mount *top, struct vec *out)
{
	for (size_t i = 0; i < top->children.count; i++)
		collect(*vec_at(&top->children, struct mount *, i), out);
	if (!vec_add(out, &top))
		abort();
}

static bool has(struct vec *mounts, struct mount *mnt)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (*vec_at(mounts, struct mount *, i) == mnt)
			return true;
	return false;
}

/* What covers the whole of a mount slips down to its place; anything else keeps it. */
static bool can_go(struct mount *mnt, struct vec *going)
{
	for (size_t i = 0; i < mnt->children.count; i++) {
		struct mount *child = *vec_at(&mnt->children, struct mount *, i);

		if (!has(going, child) && child->point != mnt->root)
			return false;
	}
	return true;
}

static void slip_down(struct mount *mnt)
{
	while (mnt->children.count > 0) {
		struct mount *child = *vec_at(&mnt->children, struct mount *, 0);

		mount_unlink(child);
		mount_link(child, mnt->parent, mnt->point);
	}
}

/* What hangs at the same point of the peers and slaves of a parent goes with it, unless it carries
 * something else. */
static void collect_propagated(struct vfs *vfs, struct vec *going)
{
	size_t count = going->count;

	for (size_t i = 0; i < count; i++) {
		struct mount *mnt = *vec_at(going, struct mount *, i);
		_cleanup_vec_ struct vec targets = VEC_OF(struct mount *);

		if (mnt->parent)
			propagation_targets(vfs, mnt->parent, &targets);
		for (size_t j = 0; j < targets.count; j++) {
			struct mount *child =
				mount_at(*vec_at(&targets, struct mount *, j), mnt->point);

			if (child && child->root == mnt->root && !has(going, child) &&
			    can_go(child, going) && !vec_add(going, &child))
				abort();
		}
	}
}

void mount_dissolve(struct fake *fake, struct mount *top, bool propagate)
{
	_cleanup_vec_ struct vec going = VEC_OF(struct mount *);

	collect(top, &going);
	if (propagate)
		collect_propagated(fake->vfs, &going);
	for (size_t i = 0; i < going.count; i++) {
		struct mount *mnt = *vec_at(&going, struct mount *, i);

		if (mnt->ns && mnt->ns->root == mnt)
			mnt->ns->root = NULL;
		if (mnt->ns)
			list_remove(fake->vfs, mnt);
		mnt->ns = NULL;
		mount_leave_groups(fake, mnt);
		if (mnt->parent)
			slip_down(mnt);
		mount_unlink(mnt);
	}
	/* Only now: a propagated child may sit on a mount that goes, too. */
	for (size_t i = 0; i < going.count; i++)
		mount_put(*vec_at(&going, struct mount *, i));
}

/* --- namespaces --- */

struct mount_ns *mount_ns_new(struct fake *fake, struct user_ns *owner, bool anonymous)
{
	struct mount_ns *ns = must_alloc(sizeof(*ns));

	ns->refs = 1;
	ns->id = ++fake->vfs->next_ns;
	ns->fake = fake;
	ns->owner = owner;
	if (owner)
		owner->refs++;
	ns->anonymous = anonymous;
	return ns;
}

void mount_ns_get(struct mount_ns *ns)
{
	ns->refs++;
}

void mount_ns_put(struct fake *fake, struct mount_ns *ns)
{
	if (!ns || --ns->refs > 0)
		return;
	if (ns->root)
		mount_dissolve(fake, ns->root, false);
	if (ns->owner)
		user_ns_put(fake, ns->owner);
	free(ns);
}

uint64_t mount_ns_id(struct mount_ns *ns)
{
	return ns->id;
}

struct mount_ns *vfs_mount_ns(struct fake *fake)
{
	mount_ns_get(fake->vfs->host);
	return fake->vfs->host;
}

static void move_path(struct path *path, struct vec *pairs)
{
	for (size_t i = 0; path && i < pairs->count; i++) {
		struct mount_pair *pair = vec_at(pairs, struct mount_pair, i);

		if (pair->old != path->mnt)
			continue;
		mount_get(pair->copy);
		mount_put(path->mnt);
		path->mnt = pair->copy;
		return;
	}
}

/* Into a less privileged user namespace mounts come as slaves, and locked together. */
struct mount_ns *vfs_mount_ns_copy(struct fake *fake, struct mount_ns *from, struct path *root,
				   struct path *cwd)
{
	_cleanup_vec_ struct vec pairs = VEC_OF(struct mount_pair);
	struct user_ns *owner = fake->current->user_ns;
	unsigned how = COPY_UNBINDABLE | (owner != from->owner ? COPY_SLAVE | COPY_LOCK : 0);
	struct mount_ns *ns = mount_ns_new(fake, owner, false);

	ns->root = mount_copy(from->root, from->root->root, how, &pairs);
	ns->root->locked = how & COPY_LOCK;
	mount_set_ns(ns->root, ns);
	move_path(root, &pairs);
	move_path(cwd, &pairs);
	return ns;
}

static struct path ns_top(struct mount_ns *ns)
{
	struct path path = { ns->root, ns->root->root };

	path_get(&path);
	path_top(&path);
	return path;
}

struct path vfs_root(struct fake *fake)
{
	return ns_top(fake->vfs->host);
}

void vfs_mount_ns_enter(struct fake *fake, struct task *task, struct mount_ns *ns)
{
	path_put(&task->root);
	path_put(&task->cwd);
	task->root = ns_top(ns);
	task->cwd = task->root;
	path_get(&task->cwd);
}
