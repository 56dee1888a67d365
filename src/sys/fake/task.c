/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/task: birth, death and burial of tasks; how one is found.
 */
#include "sys/fake/task.h"

#include <assert.h>
#include <sys/prctl.h>

/* --- birth --- */

static void path_copy(struct path *to, const struct path *from)
{
	*to = *from;
	if (to->mnt || to->inode)
		path_get(to);
}

struct task *task_create(struct fake *fake, struct task *like)
{
	struct task *task = calloc(1, sizeof(*task));
	struct ktask *k = calloc(1, sizeof(*k));

	if (!task || !k) {
		free(task);
		free(k);
		return NULL;
	}
	if (like) {
		*task = *like;
		path_copy(&task->root, &like->root);
		path_copy(&task->cwd, &like->cwd);
		path_copy(&task->exe, &like->exe);
		k->blocked = ktask(like)->blocked;
		memcpy(k->actions, ktask(like)->actions, sizeof(k->actions));
		ns_get_all(task);
		if (task->ctty)
			file_get(task->ctty);
	}
	task->fake = fake;
	task->kernel = k;
	if (like)
		seccomp_inherit(task, like);
	task->state = TASK_RUNNABLE;
	task->fds = VEC_OF(struct fd_slot);
	task->pdeathsig = 0;
	task->exit_status = 0;
	task->pid = 0;
	task->freezing = 0;
	task->frozen = false;
	memset(task->cgroups, 0, sizeof(task->cgroups));
	k->maps = VEC_OF(struct mapping);
	k->refs = 1;
	k->wait.deadline_ns = NEVER;
	k->rank = sched_rank(fake);
	return task;
}

int task_enlist(struct fake *fake, struct task *task, struct pid_ns *pid_ns)
{
	struct pid_ns *old = task->pid_ns;

	if (pid_ns->dead)
		return -ENOMEM;
	if (!vec_add(&fake->tasks, &task))
		return -ENOMEM;
	pid_ns_get(pid_ns);
	task->pid_ns = pid_ns;
	if (old)
		pid_ns_put(fake, old);
	memset(task->pids, 0, sizeof(task->pids));
	for (struct pid_ns *ns = pid_ns; ns; ns = ns->parent)
		task->pids[ns->level] = ns->next++;
	task->pid = task->pids[0];
	if (task->pids[pid_ns->level] == 1)
		pid_ns->init = task;
	return 0;
}

/* --- references --- */

void task_get(struct task *task)
{
	ktask(task)->refs++;
}

void task_put(struct task *task)
{
	struct ktask *k = ktask(task);

	if (--k->refs > 0)
		return;
	sched_fiber_finish(task);
	image_destroy(k->image);
	free(k->arg);
	seccomp_drop(task);
	free(k);
	free(task);
}

/* --- death --- */

void task_unmap_all(struct fake *fake, struct task *task)
{
	struct vec *maps = &ktask(task)->maps;

	for (size_t i = 0; i < maps->count; i++) {
		struct mapping *mapping = vec_at(maps, struct mapping, i);

		vfs_file_unmap(fake, mapping->map, mapping->len);
	}
	vec_finish(maps);
}

void task_strip(struct fake *fake, struct task *task)
{
	struct ktask *k = ktask(task);

	fd_table_close(fake, task, false);
	vec_finish(&task->fds);
	task_unmap_all(fake, task);
	if (task->ctty)
		file_put(fake, steal_ptr(&task->ctty));
	path_put(&task->root);
	path_put(&task->cwd);
	path_put(&task->exe);
	ns_put_all(fake, task);
	/* The frames on its stack may still read them: freed with the stack, unless it is another's
	 * already. */
	if (task != fake->current) {
		image_destroy(steal_ptr(&k->image));
		free(steal_ptr(&k->arg));
	}
}

/* Everybody in a pid namespace whose init dies. */
static void kill_namespace(struct fake *fake, struct task *init)
{
	for (size_t i = fake->tasks.count; i-- > 0;) {
		struct task *task;

		if (i >= fake->tasks.count)
			continue; /* one death took several out */
		task = task_nth(fake, i);
		if (task == init || !pid_ns_is_within(task->pid_ns, init->pid_ns))
			continue;
		if (task == fake->current)
			sigaddset(&ktask(task)->pending, SIGKILL); /* when its operation ends */
		else if (task->state != TASK_ZOMBIE)
			task_exit(fake, task, SIGKILL);
	}
	for (size_t i = fake->tasks.count; i-- > 0;) {
		struct task *task = task_nth(fake, i);

		if (task != init && task->state == TASK_ZOMBIE && task->parent == init)
			task_reap(fake, task);
	}
}

static struct task *new_parent(struct fake *fake, struct task *dying)
{
	for (struct pid_ns *ns = dying->pid_ns; ns; ns = ns->parent)
		if (ns->init && ns->init != dying && ns->init->state != TASK_ZOMBIE)
			return ns->init;
	return kernel_of(fake)->init;
}

static void orphan_children(struct fake *fake, struct task *dying)
{
	struct task *heir = new_parent(fake, dying);

	for (size_t i = fake->tasks.count; i-- > 0;) {
		struct task *child = i < fake->tasks.count ? task_nth(fake, i) : NULL;

		if (!child || child->parent != dying)
			continue;
		child->parent = heir;
		if (child->state == TASK_ZOMBIE) {
			if (heir == kernel_of(fake)->init)
				task_reap(fake, child);
			else
				task_signal(fake, heir, SIGCHLD, child);
		} else if (child->pdeathsig) {
			task_signal(fake, child, child->pdeathsig, dying);
		}
	}
}

static void tell_parent(struct fake *fake, struct task *dead)
{
	struct task *parent = dead->parent;
	const struct sigaction *chld = &ktask(parent)->actions[SIGCHLD];
	bool ignored = chld->sa_handler == SIG_IGN || (chld->sa_flags & SA_NOCLDWAIT);
	siginfo_t info = { .si_code = WIFSIGNALED(dead->exit_status) ? CLD_KILLED : CLD_EXITED };

	if (parent == kernel_of(fake)->init || parent->state == TASK_ZOMBIE) {
		task_reap(fake, dead);
		return;
	}
	info.si_status = WIFSIGNALED(dead->exit_status) ? WTERMSIG(dead->exit_status)
							: WEXITSTATUS(dead->exit_status);
	if (dead->exit_signal > 0)
		signal_info(fake, parent, dead->exit_signal, dead, info.si_code, &info);
	if (ignored && dead->exit_signal == SIGCHLD)
		task_reap(fake, dead);
}

void task_exit(struct fake *fake, struct task *task, int wait_status)
{
	bool is_init = task->pid_ns->init == task;

	if (task->state == TASK_ZOMBIE || task->state == TASK_DEAD)
		return;
	if (task == kernel_of(fake)->test) {
		fake_breach(fake, "the test task itself was to end (status %d)\n", wait_status);
		return;
	}
	task_get(task);
	kernel_of(fake)->deaths++;
	task->exit_status = wait_status;
	task->state = TASK_ZOMBIE;
	if (task->sid == task->pid)
		vfs_session_end(fake, task);
	if (is_init) {
		task->pid_ns->dead = true;
		kill_namespace(fake, task);
	}
	orphan_children(fake, task);
	if (is_init)
		task->pid_ns->init = NULL;
	vfs_cgroup_exit(fake, task);
	sched_guards_drop(fake, task);
	task_strip(fake, task);
	if (task != fake->current)
		sched_fiber_finish(task);
	tell_parent(fake, task);
	kernel_of(fake)->deaths--;
	task_put(task);
}

_noreturn_ void task_exit_self(struct fake *fake, int wait_status)
{
	struct task *task = fake->current;

	task_get(task); /* for sched_switch(), which frees the stack from elsewhere */
	task_exit(fake, task, wait_status);
	assert(task->state != TASK_RUNNABLE); /* else: the test called exit_group() or exec */
	sched_switch(fake);
	abort();
}

void task_reap(struct fake *fake, struct task *zombie)
{
	assert(zombie->state == TASK_ZOMBIE);
	zombie->state = TASK_DEAD;
	for (size_t i = 0; i < fake->tasks.count; i++) {
		if (task_nth(fake, i) != zombie)
			continue;
		vec_remove(&fake->tasks, i);
		break;
	}
	for (size_t i = 0; i < fake->tasks.count; i++)
		if (task_nth(fake, i)->parent == zombie)
			task_nth(fake, i)->parent = kernel_of(fake)->init;
	pid_ns_put(fake, steal_ptr(&zombie->pid_ns));
	user_ns_put(fake, steal_ptr(&zombie->user_ns));
	task_put(zombie);
}

/* --- finding --- */

pid_t task_pid_in(struct task *task, struct pid_ns *ns)
{
	if (!task->pid_ns || !pid_ns_is_within(task->pid_ns, ns))
		return 0;
	return task->pids[ns->level];
}

pid_t task_number_in(struct fake *fake, pid_t number, struct pid_ns *ns)
{
	for (size_t i = 0; i < fake->tasks.count; i++)
		if (task_nth(fake, i)->pid == number)
			return task_pid_in(task_nth(fake, i), ns);
	return 0;
}

struct task *task_by_pid(struct fake *fake, struct task *viewer, pid_t pid)
{
	if (pid <= 0)
		return NULL;
	for (size_t i = 0; i < fake->tasks.count; i++) {
		struct task *task = task_nth(fake, i);

		if (task_pid_in(task, viewer->pid_ns) == pid)
			return task;
	}
	return NULL;
}

void fake_die(struct fake *fake)
{
	if (fake->current != kernel_of(fake)->test)
		task_exit_self(fake, SIGKILL);
}

const char *fake_running(struct fake *fake)
{
	return fake->current->comm;
}

unsigned fake_kill_by_name(struct fake *fake, const char *name)
{
	unsigned killed = 0;

	for (size_t i = fake->tasks.count; i-- > 0;) {
		struct task *task;

		if (i >= fake->tasks.count)
			continue;
		task = task_nth(fake, i);
		if (!str_eq(task->comm, name) || task->state == TASK_ZOMBIE ||
		    task == fake->current || task == kernel_of(fake)->init)
			continue;
		task_exit(fake, task, SIGKILL);
		killed++;
	}
	return killed;
}
