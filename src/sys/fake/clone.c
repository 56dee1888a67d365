/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/clone: new tasks: clone3, spawn; and their own end, exit_group.
 *
 * Source: clone(2). The parent runs on; the child runs when the parent waits.
 */
#include "sys/fake/task.h"

#include <linux/capability.h>
#include <linux/sched.h>

/* Takes back a child that nobody has seen. */
static void abandon(struct fake *fake, struct task *child)
{
	task_strip(fake, child);
	if (child->pid_ns)
		pid_ns_put(fake, steal_ptr(&child->pid_ns));
	user_ns_put(fake, steal_ptr(&child->user_ns));
	task_put(child);
}

static void abandon_listed(struct fake *fake, struct task *child)
{
	if (child->pid_ns->init == child)
		child->pid_ns->init = NULL;
	vfs_cgroup_exit(fake, child);
	task_strip(fake, child);
	sched_fiber_finish(child);
	child->state = TASK_ZOMBIE;
	task_reap(fake, child);
}

static int join_cgroup(struct fake *fake, struct task *child, uint64_t flags, int cgroup_fd)
{
	struct file *dir;

	if (!(flags & CLONE_INTO_CGROUP))
		return 0;
	dir = task_file(fake->current, cgroup_fd);
	return dir ? vfs_cgroup_attach_fd(fake, child, dir) : -EBADF;
}

static int give_pidfd(struct fake *fake, struct task *child, int *pidfd_out)
{
	struct file *file = kernel_is_older(fake, 502) ? NULL : pidfd_create(fake, child);
	int fd = file ? task_install(fake->current, file, true, 0) : -ENOMEM;

	*pidfd_out = fd < 0 ? -1 : fd;
	return fd < 0 && !kernel_is_older(fake, 502) ? fd : 0;
}

static void map_copy(struct fake *fake, struct task *child, struct task *parent)
{
	const struct vec *maps = &ktask(parent)->maps;

	for (size_t i = 0; i < maps->count; i++) {
		struct mapping *mapping = vec_at(maps, struct mapping, i);

		vfs_map_get(fake, mapping->map);
		if (!vec_add(&ktask(child)->maps, mapping))
			abort();
	}
}

/* A listed child with copies of everything and a fiber that has not started. */
static int fork_task(struct fake *fake, uint64_t flags, int exit_signal, struct task **child_out)
{
	struct task *parent = fake->current;
	struct task *child = task_create(fake, parent);
	int ret;

	if (!child)
		return -ENOMEM;
	/* A sibling ends with the signal that our own parent chose. */
	child->exit_signal = flags & CLONE_PARENT ? parent->exit_signal : exit_signal;
	child->parent = flags & CLONE_PARENT ? parent->parent : parent;
	ktask(child)->borrows = flags & CLONE_PARENT;
	ret = ns_unshare(fake, child, flags & CLONE_NEW_ALL);
	if (ret == 0)
		ret = fd_table_copy(child, parent);
	if (ret == 0)
		ret = sched_fiber_init(fake, child);
	if (ret == 0)
		ret = task_enlist(fake, child, child->pid_ns_children);
	if (ret < 0) {
		abandon(fake, child);
		return ret;
	}
	map_copy(fake, child, parent);
	vfs_cgroup_fork(fake, parent, child);
	*child_out = child;
	return 0;
}

static int clone_check(struct fake *fake, const struct sys_clone *args)
{
	struct task *task = fake->current;
	const uint64_t known = CLONE_NEW_ALL | CLONE_INTO_CGROUP | CLONE_PARENT | CLONE_PIDFD |
			       CLONE_CLEAR_SIGHAND;

	if ((args->flags & ~known) || args->exit_signal < 0 || args->exit_signal >= SIGNALS)
		return -EINVAL;
	if ((args->flags & CLONE_INTO_CGROUP) && kernel_is_older(fake, 507))
		return -ENOSYS; /* for the rest the operation has an older sister */
	if ((args->flags & CLONE_PARENT) && task->pid_ns->init == task)
		return -EINVAL;
	if ((args->flags & (CLONE_NEWPID | CLONE_NEWUSER)) && task->pid_ns_children != task->pid_ns)
		return -EINVAL;
	if (task->pid_ns_children->dead)
		return -ENOMEM;
	return 0;
}

pid_t fake_op_clone3(struct sys *sys, const struct sys_clone *args, sys_child_fn fn, void *arg,
		     size_t arg_size)
{
	struct fake *fake = fake_of(sys);
	struct task *child;
	struct ktask *k;
	int ret = clone_check(fake, args);

	if (ret < 0)
		return ret;
	ret = fork_task(fake, args->flags, args->exit_signal, &child);
	if (ret < 0)
		return ret;
	k = ktask(child);
	k->fn = fn;
	k->arg = malloc(arg_size ? arg_size : 1);
	if (!k->arg)
		ret = -ENOMEM;
	if (ret == 0 && arg_size)
		memcpy(k->arg, arg, arg_size);
	if (ret == 0)
		ret = join_cgroup(fake, child, args->flags, args->cgroup_fd);
	if (ret == 0 && args->pidfd_out)
		ret = give_pidfd(fake, child, args->pidfd_out);
	if (ret < 0) {
		abandon_listed(fake, child);
		return ret;
	}
	if (args->flags & CLONE_CLEAR_SIGHAND)
		signal_exec(k);
	return task_pid_in(child, fake->current->pid_ns);
}

/* --- spawn --- */

/* Exactly fds[0..count) as 0..count-1. */
static int spawn_fds(struct fake *fake, struct task *child, const struct sys_spawn *spawn)
{
	struct vec old = child->fds;
	int ret = 0;

	child->fds = VEC_OF(struct fd_slot);
	for (unsigned i = 0; i < spawn->fd_count; i++) {
		int fd = spawn->fds[i];
		struct fd_slot slot = { 0 };

		if (fd >= 0 && (size_t)fd < old.count)
			slot.file = vec_at(&old, struct fd_slot, fd)->file;
		if (fd >= 0 && !slot.file)
			ret = -EBADF;
		if (slot.file)
			file_get(slot.file);
		vec_add(&child->fds, &slot);
	}
	for (size_t i = 0; i < old.count; i++)
		if (vec_at(&old, struct fd_slot, i)->file)
			file_put(fake, vec_at(&old, struct fd_slot, i)->file);
	vec_finish(&old);
	return ret;
}

static void spawn_signals(struct ktask *k, const sigset_t *mask)
{
	memset(k->actions, 0, sizeof(k->actions));
	sigemptyset(&k->blocked);
	if (mask)
		k->blocked = *mask;
}

/* Between vfork and exec, as the child. */
static int spawn_load(struct fake *fake, struct task *child, const struct sys_spawn *spawn)
{
	const struct fake_prog *prog = NULL;
	const char *interpreter = NULL;
	struct path found = { 0 };
	struct image *image;
	int ret = 0;

	if (spawn->chdir_root)
		ret = fake_op_chdir(&fake->sys, "/");
	if (ret == 0 && spawn->new_session)
		ret = fake_op_setsid(&fake->sys) < 0 ? -EPERM : 0;
	if (ret == 0 && spawn->exe_fd >= 0)
		ret = vfs_exec(fake, spawn->exe_fd, "", AT_EMPTY_PATH, &found, &prog, &interpreter);
	else if (ret == 0)
		ret = vfs_exec(fake, AT_FDCWD, spawn->path, 0, &found, &prog, &interpreter);
	if (ret < 0)
		return ret;
	ret = spawn_fds(fake, child, spawn);
	image = ret == 0 ? image_create(prog, interpreter, spawn->path, spawn->argv, spawn->envp)
			 : NULL;
	if (!image) {
		path_put(&found);
		return ret < 0 ? ret : -ENOMEM;
	}
	exec_become(fake, child, image, &found, spawn->exe_fd >= 0 ? NULL : spawn->path);
	return 0;
}

pid_t fake_op_spawn(struct sys *sys, const struct sys_spawn *spawn)
{
	struct fake *fake = fake_of(sys);
	struct task *parent = fake->current, *child;
	int ret = fork_task(fake, 0, SIGCHLD, &child);

	if (ret < 0)
		return ret;
	spawn_signals(ktask(child), spawn->mask);
	fake->current = child;
	ret = spawn_load(fake, child, spawn);
	fake->current = parent;
	if (ret == 0 && spawn->pidfd_out)
		ret = give_pidfd(fake, child, spawn->pidfd_out);
	if (ret < 0) {
		abandon_listed(fake, child);
		return ret;
	}
	return task_pid_in(child, parent->pid_ns);
}

int fake_op_exit_group(struct sys *sys, int status)
{
	task_exit_self(fake_of(sys), (status & 0xff) << 8);
}

void fake_reboot(struct sys *sys)
{
	while (sys->next)
		sys = sys->next;
	task_exit_self(fake_of(sys), SIGHUP);
}
