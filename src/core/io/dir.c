/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/base/vec.h"
#include "core/io/io.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK)

/* Each level of a removal holds a descriptor and a frame: what lies deeper first moves to the top.
 */
#define REMOVE_DEPTH_MAX 16

/* As the kernel writes it: getdents(2). */
struct dirent_raw {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

static bool is_dot(const char *name)
{
	return str_eq(name, ".") || str_eq(name, "..");
}

static int mkdir_one(struct sys *sys, int dirfd, const char *path, mode_t mode)
{
	struct stat st;
	int ret = sys_mkdirat(sys, dirfd, path, mode);

	if (ret != -EEXIST)
		return ret;
	ret = sys_fstatat(sys, dirfd, path, &st, 0);
	if (ret < 0)
		return ret;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int io_mkdir_all(struct sys *sys, int dirfd, const char *path, mode_t mode)
{
	char part[PATH_MAX];
	size_t len = strlen(path);
	int ret;

	if (len >= sizeof(part))
		return -ENAMETOOLONG;
	/* Usually only the last one is missing. */
	ret = mkdir_one(sys, dirfd, path, mode);
	if (ret != -ENOENT)
		return ret;
	memcpy(part, path, len + 1);
	for (char *c = part + 1; len > 0 && *c; c++) {
		if (*c != '/' || c[-1] == '/')
			continue;
		*c = '\0';
		ret = mkdir_one(sys, dirfd, part, mode);
		if (ret < 0)
			return ret;
		*c = '/';
	}
	return mkdir_one(sys, dirfd, path, mode);
}

struct removal {
	struct sys *sys;
	int top_fd;
	dev_t dev;
	unsigned moved; /* directories moved to the top so far: makes their names */
	int error;	/* first failure */
};

static void removal_note(struct removal *r, int ret)
{
	if (ret < 0 && ret != -ENOENT && r->error == 0)
		r->error = ret;
}

static void remove_inside(struct removal *r, int dir_fd, unsigned depth);

/* A directory that is too deep becomes a child of the top, whose next round finds it. */
static int move_up(struct removal *r, int dir_fd, const char *name)
{
	char target[32];
	int ret = -EEXIST;

	while (ret == -EEXIST) {
		(void)snprintf(target, sizeof(target), ".removed.%u", r->moved++);
		ret = sys_renameat2(r->sys, dir_fd, name, r->top_fd, target, RENAME_NOREPLACE);
	}
	return ret;
}

static int remove_dir(struct removal *r, int dir_fd, const char *name, unsigned depth)
{
	_cleanup_fd_ struct fd dir = { 0 };
	struct stat st;
	int ret;

	if (depth >= REMOVE_DEPTH_MAX)
		return move_up(r, dir_fd, name);
	/* st_dev does not show a bind mount of the same file system; NO_XDEV does. */
	ret = io_open(r->sys, dir_fd, name, DIR_FLAGS, 0, RESOLVE_NO_XDEV);
	if (ret < 0)
		return ret;
	dir = fd_of(r->sys, ret);
	ret = sys_fstatat(r->sys, dir.n, "", &st, AT_EMPTY_PATH);
	if (ret < 0)
		return ret;
	if (st.st_dev != r->dev)
		return -EXDEV;
	remove_inside(r, dir.n, depth + 1);
	return sys_unlinkat(r->sys, dir_fd, name, AT_REMOVEDIR);
}

/* 0: gone (or moved on); or -errno. */
static int remove_entry(struct removal *r, int dir_fd, const struct dirent_raw *entry,
			unsigned depth)
{
	int ret = -EISDIR;

	if (entry->type != DT_DIR)
		ret = sys_unlinkat(r->sys, dir_fd, entry->name, 0);
	if (ret == -EISDIR || (ret == -EPERM && entry->type == DT_UNKNOWN))
		ret = remove_dir(r, dir_fd, entry->name, depth);
	return ret;
}

/* One reading of the directory. How many entries went away. */
static unsigned remove_round(struct removal *r, int dir_fd, unsigned depth)
{
	_Alignas(uint64_t) char buf[2048];
	unsigned removed = 0;
	ssize_t len;

	removal_note(r, (int)sys_lseek(r->sys, dir_fd, 0, SEEK_SET));
	while ((len = sys_getdents64(r->sys, dir_fd, buf, sizeof(buf))) > 0) {
		for (ssize_t at = 0; at < len;) {
			const struct dirent_raw *entry = (const void *)(buf + at);
			int ret;

			at += entry->reclen;
			if (is_dot(entry->name))
				continue;
			ret = remove_entry(r, dir_fd, entry, depth);
			removal_note(r, ret);
			removed += ret == 0;
		}
	}
	removal_note(r, (int)len);
	return removed;
}

/* Some file systems skip entries while others go away: until a round finds nothing to do. */
static void remove_inside(struct removal *r, int dir_fd, unsigned depth)
{
	while (remove_round(r, dir_fd, depth) > 0)
		;
}

int io_empty_dir(struct sys *sys, int dir_fd)
{
	struct removal r = { .sys = sys, .top_fd = dir_fd };
	struct stat st;
	int ret = sys_fstatat(sys, dir_fd, "", &st, AT_EMPTY_PATH);

	if (ret < 0)
		return ret;
	r.dev = st.st_dev;
	remove_inside(&r, dir_fd, 0);
	return r.error;
}

int io_remove_tree(struct sys *sys, int dirfd, const char *path)
{
	_cleanup_fd_ struct fd top = { 0 };
	int ret = io_open(sys, dirfd, path, DIR_FLAGS, 0, 0);
	int inside;

	if (ret == -ENOTDIR || ret == -ELOOP)
		return sys_unlinkat(sys, dirfd, path, 0);
	if (ret < 0)
		return ret;
	top = fd_of(sys, ret);
	inside = io_empty_dir(sys, top.n);
	ret = sys_unlinkat(sys, dirfd, path, AT_REMOVEDIR);
	return inside < 0 ? inside : ret;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Reads the names, each with its terminator, in the order of the directory. */
static int read_names(struct sys *sys, int dirfd, const char *path, struct str *raw, size_t *count)
{
	_Alignas(uint64_t) char buf[4096];
	_cleanup_fd_ struct fd dir = { 0 };
	ssize_t len = io_open(sys, dirfd, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK, 0, 0);

	if (len < 0)
		return (int)len;
	dir = fd_of(sys, (int)len);
	while ((len = sys_getdents64(sys, dir.n, buf, sizeof(buf))) > 0) {
		for (ssize_t at = 0; at < len;) {
			const struct dirent_raw *entry = (const void *)(buf + at);

			at += entry->reclen;
			if (is_dot(entry->name))
				continue;
			str_add_n(raw, entry->name, strlen(entry->name) + 1);
			(*count)++;
		}
	}
	if (len < 0)
		return (int)len;
	return str_ok(raw) ? 0 : -ENOMEM;
}

int io_list_dir(struct sys *sys, int dirfd, const char *path, struct str *names, size_t *count)
{
	_cleanup_str_ struct str raw = { 0 };
	_cleanup_vec_ struct vec sorted = VEC_OF(const char *);
	size_t found = 0;
	const char *at;
	int ret = read_names(sys, dirfd, path, &raw, &found);

	if (ret < 0)
		return ret;
	at = str_text(&raw);
	for (size_t i = 0; i < found; i++, at += strlen(at) + 1)
		if (!vec_add(&sorted, &at))
			return -ENOMEM;
	if (found > 0)
		qsort(sorted.items, found, sizeof(const char *), compare_names);
	for (size_t i = 0; i < found; i++) {
		const char *name = *vec_at(&sorted, const char *, i);

		str_add_n(names, name, strlen(name) + 1);
	}
	if (!str_ok(names))
		return -ENOMEM;
	*count = found;
	return 0;
}
