/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Joining the container's cgroups: paths from the supervisor, mount points from our own look at the
 * host (cgroups.md 8). */
#include "core/attach/context.h"
#include "core/cgroup/cgroup.h"

#include <errno.h>
#include <limits.h>
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
	return h->v2 ? enter_v2(c->sys, dir.n, pid)
		     : io_write_at(c->sys, dir.n, "cgroup.procs", pid);
}

int attach_cgroups(const struct attach_context *c, pid_t pid, struct err *err)
{
	struct cgroup_layout *layout = calloc(1, sizeof(*layout));
	char text[16], path[PATH_MAX] = "";
	int ret;

	if (!layout)
		return err_sys(err, -ENOMEM, "read the cgroups of the host");
	(void)snprintf(text, sizeof(text), "%d", pid);
	ret = cgroup_layout_read(c->sys, false, NULL, layout, err);
	for (unsigned i = 0; ret == 0 && i < layout->count; i++) {
		ret = enter(c, &layout->hierarchies[i], text, path, sizeof(path));
		if (ret < 0)
			(void)err_sys(err, ret, "enter the container's cgroup %s", path);
	}
	free(layout);
	return ret;
}
