/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/cgwrite: what writes into the files of a cgroup do, and when they are refused.
 *
 * Sources: cgroups(7), cpuset(7), kernel Documentation/admin-guide/cgroup-v1/, cgroup-v2.rst.
 */
#include "sys/fake/cgroup.h"

#include <ctype.h>

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

static int store_freeze(struct fake *fake, struct cgroup *cg, bool freeze)
{
	cg->freeze = freeze;
	cgroup_update_frozen(fake);
	return 0;
}

static bool is_line(const char *text, const char *word)
{
	const char *rest = str_after(text, word);

	return rest && rest[strspn(rest, " \t\n")] == '\0';
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
		__attribute__((fallthrough));
	case 'm':
		number <<= 10;
		__attribute__((fallthrough));
	case 'k':
		number <<= 10;
		end++;
	}
	if (*end && *end != '\n')
		return -EINVAL;
	snprintf(line, sizeof(line), "%llu", number & ~4095ull);
	return store_value(inode, line);
}

int cgroup_store(struct fake *fake, struct cgroup *cg, struct inode *inode, enum cg_kind kind,
		 const char *text)
{
	switch (kind) {
	case CG_PROCS:
		return store_proc(fake, cg, text);
	case CG_SUBTREE:
		return store_subtree(fake, cg, text);
	case CG_CLONE_CHILDREN:
		cg->clone_children = *text == '1';
		return 0;
	case CG_CPUS:
	case CG_MEMS:
		return store_mask(fake, cg, text, kind == CG_MEMS);
	case CG_STATE:
		if (!is_line(text, "FROZEN") && !is_line(text, "THAWED"))
			return -EINVAL;
		return store_freeze(fake, cg, *text == 'F');
	case CG_FREEZE:
		if (!isdigit((unsigned char)*text))
			return -EINVAL;
		return *text <= '1' ? store_freeze(fake, cg, *text == '1') : -ERANGE;
	case CG_KILL:
		return store_kill(fake, cg, text);
	case CG_DEV_ALLOW:
	case CG_DEV_DENY:
		return device_rule_write(cg, text, kind == CG_DEV_ALLOW);
	case CG_BYTES:
		return store_bytes(inode, text);
	case CG_TYPE:
		return str_starts(text, "threaded") ? -EOPNOTSUPP : -EINVAL;
	default:
		return store_value(inode, text);
	}
}
