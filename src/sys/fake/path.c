/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/path: from names to places, and back.
 *
 * Sources: path_resolution(7), openat2(2), symlink(7), kernel
 * Documentation/filesystems/path-lookup.rst.
 */
#include "sys/fake/vfs.h"

#include <assert.h>

#define LINKS_MAX 40
#define RESOLVE_SCOPED (RESOLVE_BENEATH | RESOLVE_IN_ROOT)

void path_get(struct path *path)
{
	if (path->mnt)
		mount_get(path->mnt);
	if (path->inode)
		inode_get(path->inode);
}

void path_put(struct path *path)
{
	struct mount *mnt = steal_ptr(&path->mnt);

	/* The inode first: the mount keeps its file system alive. */
	inode_put(steal_ptr(&path->inode));
	if (mnt)
		mount_put(mnt);
}

static void path_set(struct path *path, struct mount *mnt, struct inode *inode)
{
	struct path fresh = { mnt, inode };

	path_get(&fresh);
	path_put(path);
	*path = fresh;
}

void path_top(struct path *path)
{
	struct mount *mnt;

	while ((mnt = mount_at(path->mnt, path->inode)))
		path_set(path, mnt, mnt->root);
}

void walk_finish(struct walk *walk)
{
	path_put(&walk->root);
	path_put(&walk->at);
	free(walk->rest);
	walk->rest = NULL;
}

static int start_dir(struct walk *walk, int dirfd, bool need_dir)
{
	struct file *file;

	if (dirfd == AT_FDCWD) {
		path_set(&walk->at, walk->task->cwd.mnt, walk->task->cwd.inode);
		return 0;
	}
	file = task_file(walk->task, dirfd);
	if (!file)
		return -EBADF;
	if (!file->path.inode) {
		if (need_dir)
			return -ENOTDIR;
		path_of_file(walk->fake, file, &walk->at);
		return 0;
	}
	if (need_dir && !S_ISDIR(file->path.inode->mode))
		return -ENOTDIR;
	path_set(&walk->at, file->path.mnt, file->path.inode);
	return 0;
}

int walk_start(struct walk *walk, struct fake *fake, int dirfd, const char *path, unsigned flags,
	       uint64_t resolve)
{
	int ret;

	*walk = (struct walk){
		.fake = fake, .task = fake->current, .flags = flags, .resolve = resolve
	};
	if (!path)
		return -EFAULT;
	if (strlen(path) >= 4096)
		return -ENAMETOOLONG;
	if (!*path && !(flags & WALK_EMPTY))
		return -ENOENT;
	if (*path == '/' && !(resolve & RESOLVE_SCOPED)) {
		path_set(&walk->at, walk->task->root.mnt, walk->task->root.inode);
		path_set(&walk->root, walk->task->root.mnt, walk->task->root.inode);
	} else {
		ret = start_dir(walk, dirfd, *path != '\0');
		if (ret < 0)
			return ret;
		if (*path == '/' && (resolve & RESOLVE_BENEATH))
			return -EXDEV;
		if (resolve & RESOLVE_SCOPED)
			path_set(&walk->root, walk->at.mnt, walk->at.inode);
		else
			path_set(&walk->root, walk->task->root.mnt, walk->task->root.inode);
	}
	walk->rest = must_dup(path);
	return 0;
}

/* ".." stops at the root of the walk, crosses mounts, and stays where nothing is above. */
static int go_up(struct walk *walk)
{
	struct mount *start = walk->at.mnt;
	struct path at = walk->at;

	if (path_eq(&at, &walk->root))
		return walk->resolve & RESOLVE_BENEATH ? -EXDEV : 0;
	while (at.inode == at.mnt->root) {
		if (!at.mnt->parent || path_eq(&at, &walk->root))
			return 0;
		at.inode = at.mnt->point;
		at.mnt = at.mnt->parent;
		if (path_eq(&at, &walk->root))
			break;
	}
	if (!path_eq(&at, &walk->root) && at.inode->parent)
		at.inode = at.inode->parent;
	path_set(&walk->at, at.mnt, at.inode);
	path_top(&walk->at);
	return walk->at.mnt != start && (walk->resolve & RESOLVE_NO_XDEV) ? -EXDEV : 0;
}

static int child_of(struct walk *walk, const char *name, struct path *out)
{
	struct inode *inode;
	int ret = inode_permission(walk->task, walk->at.inode, 1);

	if (!S_ISDIR(walk->at.inode->mode))
		return -ENOTDIR;
	if (ret < 0)
		return ret;
	ret = inode_lookup(walk->fake, walk->at.inode, name, &inode);
	if (ret < 0)
		return ret;
	*out = (struct path){ walk->at.mnt, inode };
	mount_get(out->mnt);
	path_top(out);
	if (out->mnt != walk->at.mnt && (walk->resolve & RESOLVE_NO_XDEV)) {
		path_put(out);
		return -EXDEV;
	}
	return 0;
}

static void prepend(struct walk *walk, const char *target)
{
	char *rest = str_printf("%s%s%s", target, *walk->rest ? "/" : "", walk->rest);

	if (!rest)
		abort();
	free(walk->rest);
	walk->rest = rest;
}

static int jump(struct walk *walk, struct inode *link)
{
	struct path to = { 0 };
	int ret;

	if (walk->resolve & RESOLVE_NO_MAGICLINKS)
		return -ELOOP;
	if (walk->resolve & RESOLVE_SCOPED)
		return -EXDEV;
	ret = link->ops->jump(walk->fake, link, &to);
	if (ret < 0)
		return ret;
	if (to.mnt != walk->at.mnt && (walk->resolve & RESOLVE_NO_XDEV))
		ret = -EXDEV;
	path_put(&walk->at);
	walk->at = to;
	return ret;
}

static int enter_link(struct walk *walk, struct inode *link)
{
	_cleanup_str_ struct str target = { 0 };
	int ret;

	if (++walk->links > LINKS_MAX || (walk->resolve & RESOLVE_NO_SYMLINKS))
		return -ELOOP;
	if (link->ops && link->ops->jump)
		return jump(walk, link);
	if (link->ops && link->ops->readlink) {
		ret = link->ops->readlink(walk->fake, link, &target);
		if (ret < 0)
			return ret;
	} else {
		str_add(&target, link->data ? link->data : "");
	}
	if (target.len == 0)
		return -ENOENT;
	if (*target.s == '/') {
		if (walk->resolve & RESOLVE_BENEATH)
			return -EXDEV;
		if (walk->root.mnt != walk->at.mnt && (walk->resolve & RESOLVE_NO_XDEV))
			return -EXDEV;
		path_set(&walk->at, walk->root.mnt, walk->root.inode);
	}
	prepend(walk, str_text(&target));
	return 0;
}

int walk_into_link(struct walk *walk, struct path *link)
{
	int ret = enter_link(walk, link->inode);

	return ret < 0 ? ret : walk_go(walk);
}

/* Cuts the first component off rest into name. last: nothing but slashes follows. */
static int next_name(struct walk *walk, char name[256], bool *last)
{
	char *start = walk->rest + strspn(walk->rest, "/");
	size_t len = strcspn(start, "/");
	char *end = start + len;

	if (len > 255)
		return -ENAMETOOLONG;
	memcpy(name, start, len);
	name[len] = '\0';
	*last = end[strspn(end, "/")] == '\0';
	if (*last && *end == '/')
		walk->must_be_dir = true;
	memmove(walk->rest, end, strlen(end) + 1);
	return 0;
}

static int step(struct walk *walk, const char *name, bool last)
{
	_cleanup_path_ struct path child = { 0 };
	int ret;

	if (!S_ISDIR(walk->at.inode->mode))
		return -ENOTDIR;
	if (str_eq(name, ".") || str_eq(name, "..")) {
		ret = inode_permission(walk->task, walk->at.inode, 1);
		return ret < 0 || name[1] == '\0' ? ret : go_up(walk);
	}
	ret = child_of(walk, name, &child);
	if (ret < 0)
		return ret;
	if (S_ISLNK(child.inode->mode) &&
	    (!last || (walk->flags & WALK_FOLLOW) || walk->must_be_dir))
		return enter_link(walk, child.inode);
	path_set(&walk->at, child.mnt, child.inode);
	return 0;
}

int walk_go(struct walk *walk)
{
	char name[256];
	bool last;
	int ret;

	walk->name[0] = '\0';
	while (walk->rest[strspn(walk->rest, "/")] != '\0') {
		ret = next_name(walk, name, &last);
		if (ret < 0)
			return ret;
		if (last && (walk->flags & WALK_PARENT)) {
			*walk->rest = '\0';
			memcpy(walk->name, name, sizeof(name));
			return S_ISDIR(walk->at.inode->mode)
				       ? inode_permission(walk->task, walk->at.inode, 1)
				       : -ENOTDIR;
		}
		ret = step(walk, name, last);
		if (ret < 0)
			return ret;
	}
	if (walk->flags & WALK_DOWN)
		path_top(&walk->at);
	return walk->must_be_dir && !S_ISDIR(walk->at.inode->mode) ? -ENOTDIR : 0;
}

int walk_peek(struct walk *walk, struct path *out)
{
	assert(walk->flags & WALK_PARENT);
	if (!walk->name[0] || str_eq(walk->name, ".") || str_eq(walk->name, "..")) {
		if (str_eq(walk->name, "..")) {
			int ret = go_up(walk);

			if (ret < 0)
				return ret;
		}
		*out = walk->at;
		path_get(out);
		return 0;
	}
	return child_of(walk, walk->name, out);
}

int path_find(struct fake *fake, int dirfd, const char *path, unsigned flags, struct path *out)
{
	_cleanup_walk_ struct walk walk;
	int ret = walk_start(&walk, fake, dirfd, path, flags, 0);

	if (ret == 0)
		ret = walk_go(&walk);
	if (ret < 0)
		return ret;
	*out = walk.at;
	walk.at = (struct path){ 0 };
	return 0;
}

static void add_reversed(struct vec *names, struct str *out)
{
	if (names->count == 0)
		str_add(out, "/");
	for (size_t i = names->count; i-- > 0;) {
		str_add(out, "/");
		str_add(out, *vec_at(names, const char *, i));
	}
}

bool path_text(struct path *path, struct path *root, struct str *out)
{
	_cleanup_vec_ struct vec names = VEC_OF(const char *);
	struct path at = *path;
	bool deleted = false, reached = !root;

	while (!root || !(reached = path_eq(&at, root))) {
		if (at.inode == at.mnt->root) {
			if (!at.mnt->parent)
				break;
			at.inode = at.mnt->point;
			at.mnt = at.mnt->parent;
			continue;
		}
		if (!at.inode->name)
			break;
		if (!vec_add(&names, &at.inode->name))
			abort();
		if (!at.inode->parent) {
			deleted = true;
			break;
		}
		at.inode = at.inode->parent;
	}
	add_reversed(&names, out);
	if (deleted)
		str_add(out, " (deleted)");
	return reached;
}

bool path_is_writable(struct path *path)
{
	return !(path->mnt->flags & MOUNT_ATTR_RDONLY) && !path->mnt->sb->read_only;
}
