/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names below the container's root. The image is hostile: no symlink in any component, no step out,
 * and creation goes the same way as lookup (start.md 2.7: a symlink must not make us create
 * anything on the host).
 */
#include "core/run/steps.h"

#include <errno.h>
#include <limits.h>

int beneath_root(struct child *child)
{
	if (child->root_fd < 0)
		child->root_fd = io_open(child->sys, AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0, 0);
	return child->root_fd;
}

static int explain(struct note *note, int ret, const char *target)
{
	if (ret == -ELOOP)
		return note_set(note, ret, "%s leads through a symbolic link of the container",
				target);
	return ret;
}

static bool has_dot_dot(const char *path)
{
	for (const char *at = path; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
		if (strncmp(at, "..", 2) == 0 && (at[2] == '/' || at[2] == '\0'))
			return true;
	return false;
}

/* Opens one component, created first if it is missing. RESOLVE_BENEATH refuses what is more than
 * one. */
static int enter_component(struct sys *sys, int dirfd, const char *name, bool create, mode_t mode)
{
	int ret = io_open(sys, dirfd, name, O_PATH | O_DIRECTORY, 0, IO_BENEATH);

	if (ret != -ENOENT || !create)
		return ret;
	ret = sys_mkdirat(sys, dirfd, name, mode);
	if (ret < 0 && ret != -EEXIST)
		return ret;
	return io_open(sys, dirfd, name, O_PATH | O_DIRECTORY, 0, IO_BENEATH);
}

/* The directory of the first len bytes of target: walked, since every component may be missing. */
static int walk(struct child *child, const char *target, size_t len, bool create, mode_t mode,
		struct note *note)
{
	_cleanup_fd_ struct fd dir = { 0 };
	char path[PATH_MAX];
	char *rest = path, *name;
	int root_fd = beneath_root(child);
	int ret;

	if (root_fd < 0)
		return root_fd;
	if (len >= sizeof(path))
		return -ENAMETOOLONG;
	memcpy(path, target, len);
	path[len] = '\0';
	if (has_dot_dot(path))
		return note_set(note, -EINVAL, "a path with \"..\" in it is refused");
	ret = io_open(child->sys, root_fd, ".", O_PATH | O_DIRECTORY, 0, IO_BENEATH);
	while (ret >= 0) {
		fd_finish(&dir);
		dir = fd_of(child->sys, ret);
		name = str_next_word(&rest, "/");
		if (!name)
			return steal_fd(&dir).n;
		if (!str_eq(name, "."))
			ret = enter_component(child->sys, dir.n, name, create,
					      rest && *rest ? 0755 : mode);
		else
			ret = io_open(child->sys, dir.n, ".", O_PATH | O_DIRECTORY, 0, IO_BENEATH);
	}
	return explain(note, ret, target);
}

int beneath_mkdir(struct child *child, const char *target, mode_t mode, struct note *note)
{
	int ret = walk(child, target, strlen(target), true, mode, note);

	if (ret < 0)
		return ret;
	(void)sys_close(child->sys, ret);
	return 0;
}

int beneath_parent(struct child *child, const char *target, bool create_parents,
		   const char **name_out, struct note *note)
{
	const char *slash = strrchr(target, '/');
	const char *name = slash ? slash + 1 : target;

	if (!*name || str_eq(name, ".") || str_eq(name, ".."))
		return note_set(note, -EINVAL, "%s has no last name", target);
	*name_out = name;
	return walk(child, target, slash ? (size_t)(slash - target) : 0, create_parents, 0755,
		    note);
}

static int create_file(struct child *child, const char *target, struct note *note)
{
	_cleanup_fd_ struct fd dir = { 0 };
	const char *name;
	int ret = beneath_parent(child, target, true, &name, note);

	if (ret < 0)
		return ret;
	dir = fd_of(child->sys, ret);
	ret = sys_mknodat(child->sys, dir.n, name, S_IFREG | 0644, 0);
	return ret == -EEXIST ? 0 : ret;
}

int beneath_open(struct child *child, const char *target, enum step_create create,
		 struct note *note)
{
	int root_fd = beneath_root(child);
	const char *path = *target ? target : ".";
	int ret;

	if (root_fd < 0)
		return root_fd;
	if (has_dot_dot(path))
		return note_set(note, -EINVAL, "a path with \"..\" in it is refused");
	ret = io_open(child->sys, root_fd, path, O_PATH, 0, IO_BENEATH);
	if (ret != -ENOENT || create == STEP_CREATE_NONE)
		return explain(note, ret, target);
	ret = create == STEP_CREATE_DIR ? beneath_mkdir(child, target, 0755, note)
					: create_file(child, target, note);
	if (ret < 0)
		return ret;
	return explain(note, io_open(child->sys, root_fd, path, O_PATH, 0, IO_BENEATH), target);
}
