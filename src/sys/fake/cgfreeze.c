/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/cgfreeze: the freezers of both versions: who is asked to stand still, who does, and who
 * is told.
 *
 * A task stands still from its next turn on, so a cgroup with tasks is FREEZING first. In a frozen
 * v1 cgroup every signal waits, SIGKILL too; in a v2 one all others do. (Linux ends a task that v2
 * froze for SIGTERM at times, and at times not.)
 * Not modelled: the init of a pid namespace that ends takes its frozen v1 members with it at once.
 * Sources: kernel Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst, cgroup-v2.rst
 * ("cgroup.freeze"); observed on 6.18.
 */
#include "sys/fake/cgroup.h"

bool cgroup_is_freezing(struct cgroup *cg)
{
	for (; cg; cg = cg->parent)
		if (cg->freeze)
			return true;
	return false;
}

bool cgroup_is_frozen(struct fake *fake, struct cgroup *cg)
{
	if (!cgroup_is_freezing(cg))
		return false;
	for (size_t i = 0; i < fake->tasks.count; i++) {
		struct task *task = task_nth(fake, i);

		if (!task->frozen && cgroup_is_below(task->cgroups[cg->hierarchy->index], cg))
			return false;
	}
	return true;
}

/* cgroup.events changes when all stand still, and when they go on. */
static void tell_events(struct fake *fake, struct cgroup *cg)
{
	bool frozen = cgroup_is_frozen(fake, cg);

	if (cg->told_frozen != frozen)
		cg->events++;
	cg->told_frozen = frozen;
	for (size_t i = 0; i < cgroup_child_count(cg); i++)
		tell_events(fake, cgroup_child(cg, i));
}

void cgroup_freeze_events(struct fake *fake)
{
	tell_events(fake, hierarchy_nth(fake, 0)->root);
}

unsigned cgroup_freezers_of(struct fake *fake, struct task *task)
{
	unsigned freezers = 0;

	for (size_t i = 0; i < fake->vfs->hierarchies.count; i++)
		if (cgroup_is_freezing(task->cgroups[i]))
			freezers |= hierarchy_nth(fake, i)->v2 ? FREEZER_V2 : FREEZER_V1;
	return freezers;
}

void cgroup_update_frozen(struct fake *fake)
{
	_cleanup_vec_ struct vec thawed = VEC_OF(struct task *);

	for (size_t i = 0; i < fake->tasks.count; i++) {
		struct task *task = task_nth(fake, i);

		task->freezing = cgroup_freezers_of(fake, task);
		if (!task->frozen || task->freezing)
			continue;
		task->frozen = false;
		task_get(task);
		if (!vec_add(&thawed, &task))
			abort();
	}
	cgroup_freeze_events(fake);
	/* What waited for them may end them. */
	for (size_t i = 0; i < thawed.count; i++) {
		struct task *task = *vec_at(&thawed, struct task *, i);

		signal_thawed(fake, task);
		task_put(task);
	}
}

void vfs_freeze_tasks(struct fake *fake)
{
	bool any = false;

	for (size_t i = 0; i < fake->tasks.count; i++) {
		struct task *task = task_nth(fake, i);

		if (!task->freezing || task->frozen || task == kernel_of(fake)->test)
			continue;
		task->frozen = any = true;
	}
	if (any)
		cgroup_freeze_events(fake);
}
