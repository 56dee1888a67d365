/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container's cgroups: created in every hierarchy under one name, written to, entered. Their
 * end is in cgroup_remove.c. */
#include "core/cgroup/cgroup.h"
#include "core/run/steps.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/sysmacros.h>

#define CONTROLLERS_TEXT_MAX 512
#define CPUS_MAX 4096

static bool has_controller(const struct run_hierarchy *h, const char *word)
{
	return cgroup_list_has(h->controllers, strlen(h->controllers), word);
}

/* "cpu,memory" as "+cpu +memory". */
static int enable_controllers(struct sys *sys, int dirfd, const char *controllers)
{
	char text[CONTROLLERS_TEXT_MAX];
	size_t used = 0;

	for (const char *at = controllers; *at;) {
		size_t len = strcspn(at, ", ");
		int n = snprintf(text + used, sizeof(text) - used, "%s+%.*s", used ? " " : "",
				 (int)len, at);

		if (n < 0 || (size_t)n >= sizeof(text) - used)
			return -E2BIG;
		used += (size_t)n;
		at += len;
		at += strspn(at, ", ");
	}
	return used ? io_write_at(sys, dirfd, "cgroup.subtree_control", text) : 0;
}

static ssize_t read_line(struct sys *sys, int dirfd, const char *path, char *buf, size_t size)
{
	ssize_t len = io_read_at(sys, dirfd, path, buf, size);

	while (len > 0 && buf[len - 1] == '\n')
		buf[--len] = '\0';
	return len;
}

/* A fresh v1 cpuset has no CPUs and no memory: nobody could enter (cgroups.md 3.4). */
static int cpuset_init(struct sys *sys, int parent_fd, int dirfd)
{
	char text[CPUS_MAX], isolated[CPUS_MAX], offline[CPUS_MAX], cpus[CPUS_MAX];
	ssize_t len = read_line(sys, dirfd, "cgroup.clone_children", text, sizeof(text));
	int ret;

	if (len == -ENOENT || (len > 0 && text[0] == '1'))
		return 0;
	if (len < 0)
		return (int)len;
	len = read_line(sys, parent_fd, "cpuset.cpus", text, sizeof(text));
	if (len < 0)
		return (int)len;
	if (read_line(sys, AT_FDCWD, "/sys/devices/system/cpu/isolated", isolated,
		      sizeof(isolated)) < 0)
		isolated[0] = '\0';
	if (read_line(sys, AT_FDCWD, "/sys/devices/system/cpu/offline", offline, sizeof(offline)) <
	    0)
		offline[0] = '\0';
	ret = cgroup_cpus_without(text, isolated, offline, cpus, sizeof(cpus));
	if (ret == 0)
		ret = io_write_at(sys, dirfd, "cpuset.cpus", cpus);
	if (ret < 0)
		return ret;
	len = read_line(sys, parent_fd, "cpuset.mems", text, sizeof(text));
	ret = len < 0 ? (int)len : io_write_at(sys, dirfd, "cpuset.mems", text);
	return ret < 0 ? ret : io_write_at(sys, dirfd, "cgroup.clone_children", "1");
}

/* One component of the name below base. leaf: it must be new. */
static int enter_new(struct sys *sys, const struct run_hierarchy *h, int dirfd, const char *name,
		     bool first, bool leaf)
{
	int ret = leaf ? cgroup_claim(sys, dirfd, name) : sys_mkdirat(sys, dirfd, name, 0755);
	int fd = ret;

	if (ret < 0 && (ret != -EEXIST || leaf))
		return ret;
	if (!leaf)
		fd = io_open(sys, dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, 0);
	ret = fd;
	if (fd >= 0 && first && !h->v2 && has_controller(h, "cpuset"))
		ret = cpuset_init(sys, dirfd, fd);
	if (fd >= 0 && !leaf && ret >= 0 && h->v2)
		ret = enable_controllers(sys, fd, h->controllers);
	if (ret < 0 && fd >= 0)
		(void)sys_close(sys, fd);
	if (ret < 0 && leaf)
		(void)sys_unlinkat(sys, dirfd, name, AT_REMOVEDIR);
	return ret < 0 ? ret : fd;
}

static int create_in(struct run *run, struct run_hierarchy *h, const char *name)
{
	struct sys *sys = run->sys;
	_cleanup_fd_ struct fd dir = { 0 };
	char path[sizeof(run->cgroup_name)], *rest = path;
	bool first = true;
	int ret = io_open(sys, AT_FDCWD, h->parent, O_PATH | O_DIRECTORY, 0, 0);

	(void)snprintf(path, sizeof(path), "%s", name);
	if (ret >= 0 && h->v2) {
		dir = fd_of(sys, ret);
		ret = enable_controllers(sys, dir.n, h->controllers);
		if (ret == 0)
			ret = steal_fd(&dir).n;
	}
	while (ret >= 0) {
		char *part;

		fd_finish(&dir);
		dir = fd_of(sys, ret);
		part = str_next_word(&rest, "/");
		if (!part)
			break;
		ret = enter_new(sys, h, dir.n, part, first, !rest || !*rest);
		first = false;
	}
	if (ret < 0)
		return ret;
	h->dir_fd = steal_fd(&dir).n;
	return 0;
}

/* One name for all hierarchies: takes back what was created when one of them has it already. */
static int create_all(struct run *run, const char *name, unsigned *failed_out)
{
	for (unsigned i = 0; i < run->hierarchy_count; i++) {
		int ret = create_in(run, &run->hierarchies[i], name);

		*failed_out = i;
		if (ret == 0)
			continue;
		(void)snprintf(run->cgroup_name, sizeof(run->cgroup_name), "%s", name);
		host_cgroup_remove(run, NULL);
		return ret;
	}
	return 0;
}

/* "MNT//BASE" (plan/args.h). */
static int read_hierarchy(struct run_hierarchy *h, const char *dir, const char *kind,
			  const char *controllers)
{
	h->dir_fd = -1;
	h->v2 = strchr(kind, '2') != NULL;
	if (strlen(dir) >= sizeof(h->parent) || strlen(controllers) >= sizeof(h->controllers))
		return -ENAMETOOLONG;
	(void)snprintf(h->parent, sizeof(h->parent), "%s", dir);
	(void)snprintf(h->controllers, sizeof(h->controllers), "%s", controllers);
	return 0;
}

static int read_step(struct run *run, const struct step *step)
{
	const char *dirs[RUN_HIERARCHIES_MAX + 1], *kinds[RUN_HIERARCHIES_MAX + 1];
	const char *controllers[RUN_HIERARCHIES_MAX + 1];
	uint32_t count = (uint32_t)step->num[0];
	int ret = plan_vec(run->plan, step->str[1], count, dirs, ARRAY_LEN(dirs));

	if (ret == 0)
		ret = plan_vec(run->plan, step->str[2], count, kinds, ARRAY_LEN(kinds));
	if (ret == 0)
		ret = plan_vec(run->plan, step->str[3], count, controllers, ARRAY_LEN(controllers));
	for (uint32_t i = 0; ret == 0 && i < count; i++)
		ret = read_hierarchy(&run->hierarchies[i], dirs[i], kinds[i], controllers[i]);
	run->hierarchy_count = ret == 0 ? count : 0;
	return ret;
}

/* BASE/NAME, as GET_CGROUP answers. */
static int name_paths(struct run *run)
{
	int ret = 0;

	for (unsigned i = 0; i < run->hierarchy_count && ret == 0; i++) {
		struct run_hierarchy *h = &run->hierarchies[i];
		const char *base = strstr(h->parent, "//");

		h->path[0] = '/';
		ret = cgroup_join(base ? base + 2 : "", run->cgroup_name, "", h->path + 1,
				  sizeof(h->path) - 1);
	}
	return ret;
}

int host_cgroup_create(struct run *run, const struct step *step, struct err *err)
{
	const char *name = step_str(run->plan, step, 0);
	char tried[sizeof(run->cgroup_name)];
	unsigned failed = 0;
	int ret = read_step(run, step);

	if (ret < 0)
		return ret;
	ret = -EEXIST;
	for (unsigned n = 0; ret == -EEXIST; n++) {
		ret = cgroup_name_try(name, n, tried, sizeof(tried));
		if (ret == -EUSERS)
			return plan_err(err, run->plan, step, -EEXIST,
					"Too many conflicting cgroup names");
		if (ret == 0)
			ret = create_all(run, tried, &failed);
		if (ret == -EEXIST && cgroup_thaw_left(run, tried))
			ret = create_all(run, tried, &failed);
	}
	if (ret < 0)
		return plan_err(err, run->plan, step, ret, run->hierarchies[failed].parent);
	(void)snprintf(run->cgroup_name, sizeof(run->cgroup_name), "%s", tried);
	return name_paths(run);
}

/* "/dev/fuse rwm" as "c 10:229 rwm". */
static int device_rule(struct sys *sys, const char *value, char *buf, size_t size)
{
	size_t len = strcspn(value, " \t");
	const char *mode = value + len + strspn(value + len, " \t");
	char path[PATH_MAX];
	struct stat st;
	int ret;

	if (len >= sizeof(path) || !*mode)
		return -EINVAL;
	memcpy(path, value, len);
	path[len] = '\0';
	ret = sys_fstatat(sys, AT_FDCWD, path, &st, 0);
	if (ret < 0)
		return ret;
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return -EINVAL;
	ret = snprintf(buf, size, "%c %u:%u %.*s", S_ISBLK(st.st_mode) ? 'b' : 'c',
		       major(st.st_rdev), minor(st.st_rdev), (int)strcspn(mode, " \t"), mode);
	return ret < 0 || (size_t)ret >= size ? -ENAMETOOLONG : 0;
}

int host_cgroup_write(struct run *run, const struct step *step, struct err *err)
{
	const char *file = step_str(run->plan, step, 0), *value = step_str(run->plan, step, 1);
	bool device = str_starts(file, "devices");
	char rule[50];
	int64_t i = step->num[0];
	int ret = 0;

	if (i < 0 || i >= (int64_t)run->hierarchy_count || run->hierarchies[i].dir_fd < 0)
		ret = -ENOENT;
	if (ret == 0 && str_eq(file, "devices.allow") && value[0] == '/') {
		ret = device_rule(run->sys, value, rule, sizeof(rule));
		value = rule;
	}
	if (ret == 0)
		ret = io_write_at(run->sys, run->hierarchies[i].dir_fd, file, value);
	if (ret == 0 || !step->num[1] || (device && ret != -EACCES && ret != -EPERM))
		return ret;
	log_write(run->sys, &run->log, LOG_WARN_, "cgroup", "Ignored %s = %s: %s", file,
		  step_str(run->plan, step, 1), err_name(ret));
	return 0;
}

int host_cgroup_enter(struct run *run, const struct step *step, struct err *err)
{
	char pid[16];

	(void)snprintf(pid, sizeof(pid), "%d", run->init_pid);
	for (unsigned i = 0; i < run->hierarchy_count; i++) {
		const struct run_hierarchy *h = &run->hierarchies[i];
		int ret = h->dir_fd < 0 ? 0 : io_write_at(run->sys, h->dir_fd, "cgroup.procs", pid);

		if (ret < 0)
			return plan_err(err, run->plan, step, ret, h->parent);
	}
	return 0;
}
