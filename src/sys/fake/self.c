/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/self: what a task asks and says about itself and its host: numbers, session, limits,
 * names; and its memory.
 */
#include "sys/fake/task.h"

#include <linux/capability.h>
#include <sys/mman.h>

/* --- numbers --- */

pid_t fake_op_getpid(struct sys *sys)
{
	struct task *task = fake_of(sys)->current;

	return task_pid_in(task, task->pid_ns);
}

pid_t fake_op_getppid(struct sys *sys)
{
	struct task *task = fake_of(sys)->current;

	return task->parent ? task_pid_in(task->parent, task->pid_ns) : 0;
}

pid_t fake_op_setsid(struct sys *sys)
{
	struct fake *fake = fake_of(sys);
	struct task *task = fake->current;

	for (size_t i = 0; i < fake->tasks.count; i++)
		if (task_nth(fake, i)->pgid == task->pid)
			return -EPERM; /* a process group leader */
	task->pgid = task->sid = task->pid;
	if (task->ctty)
		file_put(fake, steal_ptr(&task->ctty));
	return task_pid_in(task, task->pid_ns);
}

/* --- limits and names --- */

int fake_op_prlimit(struct sys *sys, pid_t pid, int resource, const struct rlimit *set,
		    struct rlimit *old)
{
	struct fake *fake = fake_of(sys);
	struct task *task = fake->current, *target = pid ? task_by_pid(fake, task, pid) : task;
	struct rlimit *limit;

	if (resource < 0 || resource >= RLIM_NLIMITS)
		return -EINVAL;
	if (!target)
		return -ESRCH;
	if (target != task && target->cred.ruid != task->cred.ruid &&
	    !task_capable(task, CAP_SYS_RESOURCE, target->user_ns))
		return -EPERM;
	limit = &target->rlimits[resource];
	if (set && set->rlim_cur > set->rlim_max)
		return -EINVAL;
	if (set && set->rlim_max > limit->rlim_max && !task_capable(task, CAP_SYS_RESOURCE, NULL))
		return -EPERM;
	if (old)
		*old = *limit;
	if (set)
		*limit = *set;
	return 0;
}

int fake_op_personality(struct sys *sys, unsigned long persona)
{
	struct task *task = fake_of(sys)->current;
	int before = (int)task->personality;

	if (persona != 0xffffffff)
		task->personality = persona;
	return before;
}

int fake_op_umask(struct sys *sys, mode_t mask)
{
	struct task *task = fake_of(sys)->current;
	mode_t before = task->umask;

	task->umask = mask & 0777;
	return (int)before;
}

const char *uts_name(struct task *task)
{
	return task->uts_ns ? task->uts_ns->hostname : "";
}

int fake_op_sethostname(struct sys *sys, const char *name)
{
	struct task *task = fake_of(sys)->current;

	if (!task_capable(task, CAP_SYS_ADMIN, task->uts_ns->owner))
		return -EPERM;
	if (strlen(name) > 64)
		return -EINVAL;
	strcpy(task->uts_ns->hostname, name);
	return 0;
}

int fake_op_uname(struct sys *sys, struct utsname *uts)
{
	struct fake *fake = fake_of(sys);
	bool is_32 = (fake->current->personality & 0xff) == 0x0008; /* PER_LINUX32 */

	memset(uts, 0, sizeof(*uts));
	strcpy(uts->sysname, "Linux");
	strcpy(uts->nodename, uts_name(fake->current));
	snprintf(uts->release, sizeof(uts->release), "%u.%u.0-fake", fake->kernel_version / 100,
		 fake->kernel_version % 100);
	strcpy(uts->version, "#1 SMP Debian");
	strcpy(uts->machine, is_32 ? "i686" : "x86_64");
	return 0;
}

bool kernel_is_older(struct fake *fake, unsigned version)
{
	return fake->kernel_version < version;
}

/* --- memory --- */

int fake_op_memfd_create(struct sys *sys, const char *name, unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	struct file *file;

	if (strlen(name) > 249 ||
	    (flags & ~(unsigned long)(MFD_CLOEXEC | MFD_ALLOW_SEALING | 0x18 /* EXEC, NOEXEC */)))
		return -EINVAL;
	if ((flags & 0x18) && kernel_is_older(fake, 603))
		return -EINVAL;
	file = vfs_anon_file(fake, name, (int)flags);
	return file ? task_install(fake->current, file, flags & MFD_CLOEXEC, 0) : -ENOMEM;
}

int fake_op_mmap(struct sys *sys, void **map, size_t len, int prot, unsigned long flags, int fd)
{
	struct fake *fake = fake_of(sys);
	struct task *task = fake->current;
	struct file *file = NULL;
	struct mapping mapping = { .len = len };
	int ret;

	if (len == 0)
		return -EINVAL;
	if (!(flags & MAP_ANONYMOUS)) {
		ret = fd_file(sys, fd, &file);
		if (ret < 0)
			return ret;
		if ((file->flags & O_PATH))
			return -EBADF;
	}
	ret = vfs_file_map(fake, file, len, prot, flags, &mapping.map);
	if (ret < 0)
		return ret;
	if (!vec_add(&ktask(task)->maps, &mapping)) {
		vfs_file_unmap(fake, mapping.map, len);
		return -ENOMEM;
	}
	*map = mapping.map;
	return 0;
}

int fake_op_munmap(struct sys *sys, void *map, size_t len)
{
	struct fake *fake = fake_of(sys);
	struct vec *maps = &ktask(fake->current)->maps;

	for (size_t i = 0; i < maps->count; i++) {
		struct mapping *mapping = vec_at(maps, struct mapping, i);

		if (mapping->map != map)
			continue;
		if (mapping->len != len)
			fake_breach(fake, "%s unmapped %zu bytes of a map of %zu\n",
				    fake->current->comm, len, mapping->len);
		len = mapping->len;
		vec_remove(maps, i);
		return vfs_file_unmap(fake, map, len);
	}
	fake_breach(fake, "%s unmapped what is not mapped\n", fake->current->comm);
	return -EINVAL;
}
