/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Joining the container's cgroups (cgroups.md 8): by the supervisor's descriptors; else its paths,
 * with the mount points from our own look at the host. */
#include "core/cgroup/cgroup.h"
#include "core/run/steps.h"

#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>

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

static int enter(struct run *run, const struct cgroup_hierarchy *h, const char *pid, char *path,
		 size_t size)
{
	_cleanup_str_ struct str rel = { 0 };
	_cleanup_fd_ struct fd dir = { 0 };
	char controller[sizeof(h->controllers)];
	int ret;

	(void)snprintf(controller, sizeof(controller), "%.*s", (int)strcspn(h->controllers, ","),
		       h->controllers);
	ret = ipc_ask_cgroup(run->sys, plan_str(run->plan, run->plan->lxcpath),
			     plan_str(run->plan, run->plan->name), h->v2 ? "" : controller, &rel);
	/* No path: a controller that appeared after the start, or a container without cgroups. */
	if (ret < 0 || rel.len == 0)
		return ret;
	ret = cgroup_join(h->mount, str_text(&rel), "", path, size);
	if (ret == 0)
		ret = io_open(run->sys, AT_FDCWD, path, O_PATH | O_DIRECTORY, 0, 0);
	if (ret < 0)
		return ret;
	dir = fd_of(run->sys, ret);
	return enter_dir(run->sys, dir.n, h->v2, pid);
}

/* One path after the other. */
static int enter_by_path(struct run *run, const struct step *step, const char *pid, struct err *err)
{
	_cleanup_free_ struct cgroup_layout *layout = calloc(1, sizeof(*layout));
	char path[PATH_MAX] = "";
	int ret;

	if (!layout)
		return -ENOMEM;
	ret = cgroup_layout_read(run->sys, false, NULL, layout, err);
	for (unsigned i = 0; ret == 0 && i < layout->count; i++) {
		ret = enter(run, &layout->hierarchies[i], pid, path, sizeof(path));
		if (ret < 0)
			(void)plan_err(err, run->plan, step, ret, path);
	}
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

int host_cgroup_join(struct run *run, const struct step *step, struct err *err)
{
	struct io_message dirs;
	char pid[16];
	int ret = ipc_ask_cgroups(run->sys, plan_str(run->plan, run->plan->lxcpath),
				  plan_str(run->plan, run->plan->name), &dirs);

	if (ret < 0)
		return plan_err(err, run->plan, step, ret, "the container does not tell them");
	(void)snprintf(pid, sizeof(pid), "%d", run->transient_pid);
	if (dirs.fd_count == 0)
		return enter_by_path(run, step, pid, err);
	for (size_t i = 0; ret == 0 && i < dirs.fd_count; i++)
		ret = enter_by_fd(run->sys, dirs.fds[i], pid);
	io_message_close(run->sys, &dirs);
	return ret;
}
