/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Joining the container's cgroups (cgroups.md 8): by the supervisor's descriptors; else its paths,
 * with the mount points from our own look at the host. */
#include "core/attach/context.h"
#include "core/cgroup/cgroup.h"

#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>

#define LEAF_TRIES 1000U

/* v2 lets no process into an inner node: then into a leaf of our own beside the container's. */
static int enter_v2(struct sys *sys, int dirfd, const char *pid)
{
	char name[32] = ".lxc", file[64];
	int ret = io_write_at(sys, dirfd, ".lxc/cgroup.procs", pid);

	if (ret == 0)
		return 0;
	ret = io_write_at(sys, dirfd, "cgroup.procs", pid);
	for (unsigned i = 0; ret == -EBUSY && i < LEAF_TRIES; i++) {
		int made;

		if (i > 0)
			(void)snprintf(name, sizeof(name), ".lxc-%u", i);
		made = sys_mkdirat(sys, dirfd, name, 0755);
		if (made < 0 && made != -EEXIST)
			return made;
		(void)snprintf(file, sizeof(file), "%s/cgroup.procs", name);
		ret = io_write_at(sys, dirfd, file, pid);
	}
	return ret;
}

static int enter_dir(struct sys *sys, int dirfd, bool v2, const char *pid)
{
	return v2 ? enter_v2(sys, dirfd, pid) : io_write_at(sys, dirfd, "cgroup.procs", pid);
}

static int enter(const struct attach_context *c, const struct cgroup_hierarchy *h, const char *pid,
		 char *path, size_t size)
{
	_cleanup_str_ struct str rel = { 0 };
	_cleanup_fd_ struct fd dir = { 0 };
	char controller[sizeof(h->controllers)];
	int ret;

	(void)snprintf(controller, sizeof(controller), "%.*s", (int)strcspn(h->controllers, ","),
		       h->controllers);
	ret = attach_ask_cgroup(c, h->v2 ? "" : controller, &rel);
	/* No path: a controller that appeared after the start, or a container without cgroups. */
	if (ret < 0 || rel.len == 0)
		return ret;
	ret = cgroup_join(h->mount, str_text(&rel), "", path, size);
	if (ret == 0)
		ret = io_open(c->sys, AT_FDCWD, path, O_PATH | O_DIRECTORY, 0, 0);
	if (ret < 0)
		return ret;
	dir = fd_of(c->sys, ret);
	return enter_dir(c->sys, dir.n, h->v2, pid);
}

/* One path after the other. */
static int enter_by_path(const struct attach_context *c, const char *text, struct err *err)
{
	struct cgroup_layout *layout = calloc(1, sizeof(*layout));
	char path[PATH_MAX] = "";
	int ret;

	if (!layout)
		return err_sys(err, -ENOMEM, "read the cgroups of the host");
	ret = cgroup_layout_read(c->sys, false, NULL, layout, err);
	for (unsigned i = 0; ret == 0 && i < layout->count; i++) {
		ret = enter(c, &layout->hierarchies[i], text, path, sizeof(path));
		if (ret < 0)
			(void)err_sys(err, ret, "enter the container's cgroup %s", path);
	}
	free(layout);
	return ret;
}

/* The supervisor's own descriptors, checked to be what they should be. */
static int enter_by_fd(struct sys *sys, int dirfd, const char *pid)
{
	struct statfs fs;
	int ret = sys_fstatfs(sys, dirfd, &fs);

	if (ret == 0 && fs.f_type != CGROUP_SUPER_MAGIC && fs.f_type != CGROUP2_SUPER_MAGIC)
		ret = -EINVAL;
	return ret < 0 ? ret : enter_dir(sys, dirfd, fs.f_type == CGROUP2_SUPER_MAGIC, pid);
}

int attach_cgroups(const struct attach_context *c, pid_t pid, struct err *err)
{
	struct io_message dirs;
	char text[16];
	int ret = attach_ask_cgroups(c, &dirs);

	if (ret < 0)
		return err_sys(err, ret, "ask %s for its cgroups", c->args->name);
	(void)snprintf(text, sizeof(text), "%d", pid);
	if (dirs.fd_count == 0)
		return enter_by_path(c, text, err);
	for (size_t i = 0; ret == 0 && i < dirs.fd_count; i++) {
		ret = enter_by_fd(c->sys, dirs.fds[i], text);
		if (ret < 0)
			(void)err_sys(err, ret, "enter cgroup %zu of %zu of %s", i + 1,
				      dirs.fd_count, c->args->name);
	}
	io_message_close(c->sys, &dirs);
	return ret;
}
