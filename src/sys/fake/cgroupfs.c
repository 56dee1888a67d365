/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/cgroupfs: directories and files of cgroup file systems.
 *
 * Sources: cgroups(7), cpuset(7), kernel Documentation/admin-guide/cgroup-v1/, cgroup-v2.rst.
 */
#include "sys/fake/cgroup.h"

enum { V1 = 1, V2 = 2, ROOT_TOO = 4 };

static const struct {
	const char *controller; /* "": every hierarchy */
	const char *name;
	unsigned where;
	mode_t mode;
	enum cg_kind kind;
	const char *initial;
} files[] = {
	{ "", "cgroup.procs", V1 | V2 | ROOT_TOO, 0644, CG_PROCS, "" },
	{ "", "tasks", V1 | ROOT_TOO, 0644, CG_PROCS, "" },
	{ "", "cgroup.clone_children", V1 | ROOT_TOO, 0644, CG_CLONE_CHILDREN, "" },
	{ "", "notify_on_release", V1 | ROOT_TOO, 0644, CG_VALUE, "0\n" },
	{ "", "cgroup.threads", V2 | ROOT_TOO, 0644, CG_PROCS, "" },
	{ "", "cgroup.controllers", V2 | ROOT_TOO, 0444, CG_CONTROLLERS, "" },
	{ "", "cgroup.subtree_control", V2 | ROOT_TOO, 0644, CG_SUBTREE, "" },
	{ "", "cgroup.max.depth", V2 | ROOT_TOO, 0644, CG_VALUE, "max\n" },
	{ "", "cgroup.max.descendants", V2 | ROOT_TOO, 0644, CG_VALUE, "max\n" },
	{ "", "cgroup.type", V2, 0644, CG_TYPE, "" },
	{ "", "cgroup.events", V2, 0444, CG_EVENTS, "" },
	{ "", "cgroup.freeze", V2, 0644, CG_FREEZE, "" },
	{ "", "cgroup.kill", V2, 0200, CG_KILL, "" },
	{ "cpuset", "cpuset.cpus", V1 | V2 | ROOT_TOO, 0644, CG_CPUS, "" },
	{ "cpuset", "cpuset.mems", V1 | V2 | ROOT_TOO, 0644, CG_MEMS, "" },
	{ "cpuset", "cpuset.cpu_exclusive", V1 | ROOT_TOO, 0644, CG_VALUE, "0\n" },
	{ "cpuset", "cpuset.memory_migrate", V1 | ROOT_TOO, 0644, CG_VALUE, "0\n" },
	{ "cpu", "cpu.shares", V1 | ROOT_TOO, 0644, CG_VALUE, "1024\n" },
	{ "cpu", "cpu.cfs_quota_us", V1, 0644, CG_VALUE, "-1\n" },
	{ "cpu", "cpu.cfs_period_us", V1, 0644, CG_VALUE, "100000\n" },
	{ "cpu", "cpu.stat", V1 | V2 | ROOT_TOO, 0444, CG_VALUE,
	  "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n" },
	{ "cpu", "cpu.weight", V2, 0644, CG_VALUE, "100\n" },
	{ "cpu", "cpu.max", V2, 0644, CG_VALUE, "max 100000\n" },
	{ "memory", "memory.limit_in_bytes", V1 | ROOT_TOO, 0644, CG_BYTES,
	  "9223372036854771712\n" },
	{ "memory", "memory.soft_limit_in_bytes", V1 | ROOT_TOO, 0644, CG_BYTES,
	  "9223372036854771712\n" },
	{ "memory", "memory.memsw.limit_in_bytes", V1 | ROOT_TOO, 0644, CG_BYTES,
	  "9223372036854771712\n" },
	{ "memory", "memory.usage_in_bytes", V1 | ROOT_TOO, 0444, CG_VALUE, "0\n" },
	{ "memory", "memory.memsw.usage_in_bytes", V1 | ROOT_TOO, 0444, CG_VALUE, "0\n" },
	{ "memory", "memory.kmem.usage_in_bytes", V1 | ROOT_TOO, 0444, CG_VALUE, "0\n" },
	{ "memory", "memory.stat", V1 | V2 | ROOT_TOO, 0444, CG_VALUE, "" },
	{ "memory", "memory.use_hierarchy", V1 | ROOT_TOO, 0644, CG_VALUE, "1\n" },
	{ "memory", "memory.max", V2, 0644, CG_BYTES, "max\n" },
	{ "memory", "memory.high", V2, 0644, CG_BYTES, "max\n" },
	{ "memory", "memory.low", V2, 0644, CG_BYTES, "0\n" },
	{ "memory", "memory.swap.max", V2, 0644, CG_BYTES, "max\n" },
	{ "memory", "memory.current", V2, 0444, CG_VALUE, "0\n" },
	{ "io", "io.weight", V2, 0644, CG_VALUE, "default 100\n" },
	{ "io", "io.max", V2, 0644, CG_VALUE, "" },
	{ "io", "io.stat", V2 | ROOT_TOO, 0444, CG_VALUE, "" },
	{ "pids", "pids.max", V1 | V2, 0644, CG_VALUE, "max\n" },
	{ "pids", "pids.current", V1 | V2, 0444, CG_COUNT, "" },
	{ "freezer", "freezer.state", V1, 0644, CG_STATE, "" },
	{ "freezer", "freezer.self_freezing", V1, 0444, CG_SELF_FREEZING, "" },
	{ "freezer", "freezer.parent_freezing", V1, 0444, CG_PARENT_FREEZING, "" },
	{ "devices", "devices.allow", V1 | ROOT_TOO, 0200, CG_DEV_ALLOW, "" },
	{ "devices", "devices.deny", V1 | ROOT_TOO, 0200, CG_DEV_DENY, "" },
	{ "devices", "devices.list", V1 | ROOT_TOO, 0444, CG_DEV_LIST, "" },
};

static int file_text(struct fake *fake, struct inode *inode, struct str *out);
static ssize_t file_store(struct fake *fake, struct inode *inode, const char *text, size_t len);
static int no_text(struct fake *fake, struct inode *inode, struct str *out)
{
	return -EINVAL;
}

static uint64_t file_version(struct fake *fake, struct inode *inode)
{
	struct cgroup *cg = inode->parent ? inode->parent->priv : NULL;

	return cg ? cg->events : 0;
}

static const struct inode_ops read_ops = { .text = file_text, .version = file_version };
static const struct inode_ops both_ops = { .text = file_text, .store = file_store };
static const struct inode_ops write_ops = { .text = no_text, .store = file_store };

/* --- which files a directory has --- */

unsigned cgroup_controllers(struct fake *fake, struct cgroup *cg)
{
	unsigned bits = 0;

	if (cg->parent)
		return cg->parent->subtree_control;
	/* The root has what no v1 hierarchy took. */
	for (unsigned i = 0; fake->vfs->hierarchies.count == 1 && controllers_v2[i]; i++)
		bits |= 1u << i;
	return fake->options.cgroups == FAKE_CGROUP_UNIFIED ? bits : 0;
}

static bool has_controller(struct fake *fake, struct cgroup *cg, const char *controller)
{
	unsigned bits;

	if (!*controller)
		return true;
	if (!cg->hierarchy->v2)
		return hierarchy_has(cg->hierarchy, controller);
	bits = cgroup_controllers(fake, cg);
	for (unsigned i = 0; controllers_v2[i]; i++)
		if (str_eq(controllers_v2[i], controller))
			return bits & 1u << i;
	return false;
}

void cgroup_fill(struct fake *fake, struct cgroup *cg)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		mode_t mode = files[i].mode;
		struct inode *file;

		if (!(files[i].where & (cg->hierarchy->v2 ? V2 : V1)) ||
		    (!cg->parent && !(files[i].where & ROOT_TOO)))
			continue;
		if (!has_controller(fake, cg, files[i].controller) ||
		    dir_find(cg->dir, files[i].name))
			continue;
		if (!cg->parent && cg->hierarchy->v2 && str_eq(files[i].controller, "cpuset"))
			continue;
		file = text_file(cg->dir, files[i].name,
				 mode == 0444	? &read_ops
				 : mode == 0200 ? &write_ops
						: &both_ops,
				 mode, (long)i);
		inode_set_data(file, files[i].initial, strlen(files[i].initial));
	}
}

void cgroup_drop_files(struct cgroup *cg, const char *controller)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (str_eq(files[i].controller, controller) && dir_find(cg->dir, files[i].name))
			dir_take(cg->dir, files[i].name);
}

/* --- directories --- */

static int dir_create(struct fake *fake, struct inode *dir, const char *name, mode_t mode,
		      dev_t rdev, struct inode **out)
{
	struct cgroup *parent = cgroup_of(dir);
	struct task *task = fake->current;
	struct inode *inode;

	if (!S_ISDIR(mode))
		return S_ISREG(mode) ? -EACCES : -EPERM;
	if (!parent)
		return -ENODEV;
	if (strchr(name, '\n'))
		return -EINVAL;
	inode = inode_new(dir->sb, &cgroup_dir_ops, mode, task ? task->cred.fsuid : 0,
			  task ? task->cred.fsgid : 0);
	dir_add(dir, name, inode);
	cgroup_fill(fake, cgroup_new(parent->hierarchy, parent, inode));
	if (out) {
		inode_get(inode);
		*out = inode;
	}
	return 0;
}

static int dir_remove(struct fake *fake, struct inode *dir, struct inode *victim)
{
	struct cgroup *cg = victim->priv;

	if (!S_ISDIR(victim->mode))
		return -EPERM;
	if (cgroup_child_count(cg) > 0 || cgroup_has_members(fake, cg, false))
		return -EBUSY;
	cg->dead = true;
	return 0;
}

static bool dir_can_rename(struct inode *inode)
{
	struct cgroup *cg = inode->priv;

	return cg && !cg->hierarchy->v2;
}

static void dir_drop(struct inode *inode)
{
	struct cgroup *cg = inode->priv;

	if (cg) {
		vec_finish(&cg->device_rules);
		bpf_detach_all(cg);
	}
	free(cg);
}

const struct inode_ops cgroup_dir_ops = {
	.create = dir_create, .remove = dir_remove, .can_rename = dir_can_rename, .drop = dir_drop
};

/* --- texts --- */

static void mask_text(uint64_t mask, struct str *out)
{
	bool any = false;

	for (int i = 0; i < 64; i++) {
		int last = i;

		if (!(mask & 1ull << i))
			continue;
		while (last < 63 && (mask & 1ull << (last + 1)))
			last++;
		str_addf(out, "%s%d", any ? "," : "", i);
		if (last > i)
			str_addf(out, "-%d", last);
		any = true;
		i = last;
	}
	str_add(out, "\n");
}

static void bits_text(unsigned bits, struct str *out)
{
	bool any = false;

	for (unsigned i = 0; controllers_v2[i]; i++) {
		if (!(bits & 1u << i))
			continue;
		str_addf(out, "%s%s", any ? " " : "", controllers_v2[i]);
		any = true;
	}
	str_add(out, "\n");
}

static void procs_text(struct fake *fake, struct cgroup *cg, struct str *out)
{
	for (size_t i = 0; i < fake->tasks.count; i++) {
		struct task *task = task_nth(fake, i);

		if (task->cgroups[cg->hierarchy->index] == cg)
			str_addf(out, "%d\n", task_pid_in(task, fake->current->pid_ns));
	}
}

static unsigned member_count(struct fake *fake, struct cgroup *cg)
{
	unsigned count = 0;

	for (size_t i = 0; i < fake->tasks.count; i++) {
		struct cgroup *its = task_nth(fake, i)->cgroups[cg->hierarchy->index];

		count += its && cgroup_is_below(its, cg);
	}
	return count;
}

static int file_text(struct fake *fake, struct inode *inode, struct str *out)
{
	struct cgroup *cg = cgroup_of(inode->parent);

	if (!cg)
		return -ENODEV;
	switch (files[inode->number].kind) {
	case CG_PROCS:
		procs_text(fake, cg, out);
		break;
	case CG_CONTROLLERS:
		bits_text(cgroup_controllers(fake, cg), out);
		break;
	case CG_SUBTREE:
		bits_text(cg->subtree_control, out);
		break;
	case CG_CLONE_CHILDREN:
		str_addf(out, "%d\n", cg->clone_children);
		break;
	case CG_CPUS:
		mask_text(cg->cpus, out);
		break;
	case CG_MEMS:
		mask_text(cg->mems, out);
		break;
	case CG_STATE:
		str_add(out, cgroup_is_frozen(fake, cg) ? "FROZEN\n"
			     : cgroup_is_freezing(cg)   ? "FREEZING\n"
							: "THAWED\n");
		break;
	case CG_SELF_FREEZING:
		str_addf(out, "%d\n", cg->freeze);
		break;
	case CG_PARENT_FREEZING:
		str_addf(out, "%d\n", cgroup_is_freezing(cg->parent));
		break;
	case CG_FREEZE:
		str_addf(out, "%d\n", cg->freeze);
		break;
	case CG_EVENTS:
		str_addf(out, "populated %d\nfrozen %d\n", cgroup_has_members(fake, cg, true),
			 cgroup_is_frozen(fake, cg));
		break;
	case CG_DEV_LIST:
		device_rules_text(cg, out);
		break;
	case CG_COUNT:
		str_addf(out, "%u\n", member_count(fake, cg));
		break;
	case CG_TYPE:
		str_add(out, "domain\n");
		break;
	default:
		str_add_n(out, inode->data, inode->size);
		break;
	}
	return 0;
}

/* --- writes: cgwrite.c --- */

static ssize_t file_store(struct fake *fake, struct inode *inode, const char *text, size_t len)
{
	struct cgroup *cg = cgroup_of(inode->parent);
	int ret = cg ? cgroup_store(fake, cg, inode, files[inode->number].kind, text) : -ENODEV;

	return ret < 0 ? ret : (ssize_t)len;
}
