/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/cgroupfs: directories and files of cgroup file systems.
 *
 * Sources: cgroups(7), cpuset(7), kernel Documentation/admin-guide/cgroup-v1/, cgroup-v2.rst.
 */
#include "sys/fake/cgroup.h"

#include <ctype.h>

enum cg_kind {
	CG_PROCS,
	CG_CONTROLLERS,
	CG_SUBTREE,
	CG_CLONE_CHILDREN,
	CG_CPUS,
	CG_MEMS,
	CG_STATE,
	CG_FREEZE,
	CG_EVENTS,
	CG_KILL,
	CG_DEV_ALLOW,
	CG_DEV_DENY,
	CG_DEV_LIST,
	CG_COUNT,
	CG_VALUE,
	CG_BYTES,
	CG_TYPE,
};

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

	if (cg)
		vec_finish(&cg->device_rules);
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
		str_add(out, cgroup_is_frozen(cg) ? "FROZEN\n" : "THAWED\n");
		break;
	case CG_FREEZE:
		str_addf(out, "%d\n", cg->frozen);
		break;
	case CG_EVENTS:
		str_addf(out, "populated %d\nfrozen %d\n", cgroup_has_members(fake, cg, true),
			 cgroup_is_frozen(cg));
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

/* --- writes --- */

static int may_move(struct fake *fake, struct task *task, struct cgroup *cg)
{
	const struct cred *a = &fake->current->cred, *b = &task->cred;
	struct cgroup *common = task->cgroups[cg->hierarchy->index];
	struct inode *procs;

	if (!cg->hierarchy->v2)
		return a->euid == 0 || a->euid == b->ruid || a->euid == b->suid ? 0 : -EACCES;
	while (common && !cgroup_is_below(cg, common))
		common = common->parent;
	procs = common ? dir_find(common->dir, "cgroup.procs") : NULL;
	return procs && inode_permission(fake->current, procs, 2) < 0 ? -EACCES : 0;
}

static int store_proc(struct fake *fake, struct cgroup *cg, const char *text)
{
	char *end;
	long pid = strtol(text, &end, 10);
	struct task *task;
	int ret;

	if (end == text || pid < 0 || (*end && !isspace((unsigned char)*end)))
		return -EINVAL;
	task = pid == 0 ? fake->current : task_by_pid(fake, fake->current, (pid_t)pid);
	if (!task || task->state == TASK_ZOMBIE || task->state == TASK_DEAD)
		return -ESRCH;
	ret = may_move(fake, task, cg);
	return ret < 0 ? ret : cgroup_enter(fake, task, cg);
}

static int parse_mask(const char *text, uint64_t *mask)
{
	*mask = 0;
	while (*text && *text != '\n') {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last;

		if (end == text || first > 63)
			return -EINVAL;
		last = first;
		if (*end == '-') {
			text = end + 1;
			last = strtoul(text, &end, 10);
			if (end == text || last < first || last > 63)
				return -EINVAL;
		}
		for (; first <= last; first++)
			*mask |= 1ull << first;
		text = end + (*end == ',');
		if (*end && *end != ',' && *end != '\n')
			return -EINVAL;
	}
	return 0;
}

static int store_mask(struct fake *fake, struct cgroup *cg, const char *text, bool mems)
{
	uint64_t mask, host = mems ? 1 : 3, *slot = mems ? &cg->mems : &cg->cpus;
	int ret = parse_mask(text, &mask);

	if (ret < 0)
		return ret;
	if (!cg->parent)
		return -EACCES;
	if (cg->hierarchy->v2) {
		*slot = mask;
		return 0;
	}
	if (mask & ~host)
		return -EINVAL;
	for (size_t i = 0; i < cgroup_child_count(cg); i++) {
		struct cgroup *child = cgroup_child(cg, i);

		if ((mems ? child->mems : child->cpus) & ~mask)
			return -EBUSY;
	}
	if (mask & ~(mems ? cg->parent->mems : cg->parent->cpus))
		return -EACCES;
	if (!mask && *slot && cgroup_has_members(fake, cg, false))
		return -ENOSPC;
	*slot = mask;
	return 0;
}

static int store_subtree_word(struct fake *fake, struct cgroup *cg, const char *word)
{
	bool on = *word == '+';
	unsigned i = 0, bit;

	while (controllers_v2[i] && !str_eq(controllers_v2[i], word + 1))
		i++;
	if ((*word != '+' && *word != '-') || !controllers_v2[i])
		return -EINVAL;
	bit = 1u << i;
	if (on && !(cgroup_controllers(fake, cg) & bit))
		return -ENOENT;
	if (on == !!(cg->subtree_control & bit))
		return 0;
	if (on && cg->parent && cgroup_has_members(fake, cg, false))
		return -EBUSY;
	for (size_t c = 0; !on && c < cgroup_child_count(cg); c++)
		if (cgroup_child(cg, c)->subtree_control & bit)
			return -EBUSY;
	cg->subtree_control ^= bit;
	for (size_t c = 0; c < cgroup_child_count(cg); c++) {
		if (on)
			cgroup_fill(fake, cgroup_child(cg, c));
		else
			cgroup_drop_files(cgroup_child(cg, c), controllers_v2[i]);
	}
	return 0;
}

static int store_subtree(struct fake *fake, struct cgroup *cg, const char *text)
{
	char *copy = must_dup(text), *rest = copy, *word;
	int ret = 0;

	while (ret == 0 && (word = str_next_word(&rest, " \n\t")))
		if (*word)
			ret = store_subtree_word(fake, cg, word);
	free(copy);
	return ret;
}

static int store_frozen(struct fake *fake, struct cgroup *cg, bool frozen)
{
	if (cg->frozen != frozen)
		cg->events++;
	cg->frozen = frozen;
	cgroup_update_frozen(fake);
	return 0;
}

static int store_kill(struct fake *fake, struct cgroup *cg, const char *text)
{
	_cleanup_vec_ struct vec victims = VEC_OF(struct task *);

	if (*text != '1')
		return -ERANGE;
	for (size_t i = 0; i < fake->tasks.count; i++) {
		struct task *task = task_nth(fake, i);
		struct cgroup *its = task->cgroups[cg->hierarchy->index];

		if (its && cgroup_is_below(its, cg) && !vec_add(&victims, &task))
			abort();
	}
	for (size_t i = 0; i < victims.count; i++)
		task_signal(fake, *vec_at(&victims, struct task *, i), SIGKILL, NULL);
	return 0;
}

static int store_value(struct inode *inode, const char *text)
{
	size_t len = strcspn(text, "\n");
	char line[256];

	snprintf(line, sizeof(line), "%.*s\n", (int)len, text);
	inode_set_data(inode, line, strlen(line));
	return 0;
}

/* "10M"; whole pages; "-1" and "max" as the file starts out. */
static int store_bytes(struct inode *inode, const char *text)
{
	unsigned long long number;
	char *end, line[32];

	if (str_starts(text, "-1") || str_starts(text, "max"))
		return store_value(inode,
				   str_starts(inode->name, "memory.max") || str_starts(text, "max")
					   ? "max"
					   : "9223372036854771712");
	number = strtoull(text, &end, 10);
	if (end == text)
		return -EINVAL;
	switch (tolower((unsigned char)*end)) {
	case 'g':
		number <<= 10;
		/* fall through */
	case 'm':
		number <<= 10;
		/* fall through */
	case 'k':
		number <<= 10;
		end++;
	}
	if (*end && *end != '\n')
		return -EINVAL;
	snprintf(line, sizeof(line), "%llu", number & ~4095ull);
	return store_value(inode, line);
}

static int store(struct fake *fake, struct cgroup *cg, struct inode *inode, const char *text)
{
	switch (files[inode->number].kind) {
	case CG_PROCS:
		return store_proc(fake, cg, text);
	case CG_SUBTREE:
		return store_subtree(fake, cg, text);
	case CG_CLONE_CHILDREN:
		cg->clone_children = *text == '1';
		return 0;
	case CG_CPUS:
	case CG_MEMS:
		return store_mask(fake, cg, text, files[inode->number].kind == CG_MEMS);
	case CG_STATE:
		if (!str_starts(text, "FROZEN") && !str_starts(text, "THAWED"))
			return -EINVAL;
		return store_frozen(fake, cg, *text == 'F');
	case CG_FREEZE:
		if (!isdigit((unsigned char)*text))
			return -EINVAL;
		return *text <= '1' ? store_frozen(fake, cg, *text == '1') : -ERANGE;
	case CG_KILL:
		return store_kill(fake, cg, text);
	case CG_DEV_ALLOW:
	case CG_DEV_DENY:
		return device_rule_write(cg, text, files[inode->number].kind == CG_DEV_ALLOW);
	case CG_BYTES:
		return store_bytes(inode, text);
	case CG_TYPE:
		return str_starts(text, "threaded") ? -EOPNOTSUPP : -EINVAL;
	default:
		return store_value(inode, text);
	}
}

static ssize_t file_store(struct fake *fake, struct inode *inode, const char *text, size_t len)
{
	struct cgroup *cg = cgroup_of(inode->parent);
	int ret = cg ? store(fake, cg, inode, text) : -ENODEV;

	return ret < 0 ? ret : (ssize_t)len;
}
