/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/ns: namespaces as counted identities; unshare.
 *
 * Sources: namespaces(7), user_namespaces(7), pid_namespaces(7), unshare(2).
 */
#include "sys/fake/net.h"

#include <linux/capability.h>

/* --- life --- */

struct pid_ns *pid_ns_create(struct fake *fake, struct pid_ns *parent, struct user_ns *owner)
{
	struct pid_ns *ns = calloc(1, sizeof(*ns));

	if (!ns)
		return NULL;
	*ns = (struct pid_ns){
		.refs = 1, .id = kernel_of(fake)->next_id++, .next = 1, .parent = parent
	};
	ns->owner = owner;
	owner->refs++;
	if (parent) {
		pid_ns_get(parent);
		ns->level = parent->level + 1;
	}
	kernel_of(fake)->ns_counts[NS_PID]++;
	return ns;
}

void pid_ns_get(struct pid_ns *ns)
{
	ns->refs++;
}

void pid_ns_put(struct fake *fake, struct pid_ns *ns)
{
	if (--ns->refs > 0)
		return;
	kernel_of(fake)->ns_counts[NS_PID]--;
	if (ns->parent)
		pid_ns_put(fake, ns->parent);
	user_ns_put(fake, ns->owner);
	free(ns);
}

bool pid_ns_is_within(struct pid_ns *ns, struct pid_ns *ancestor)
{
	for (; ns; ns = ns->parent)
		if (ns == ancestor)
			return true;
	return false;
}

struct simple_ns *simple_ns_create(struct fake *fake, enum ns_kind kind, struct user_ns *owner)
{
	struct simple_ns *ns = calloc(1, sizeof(*ns));

	if (!ns)
		return NULL;
	ns->refs = 1;
	ns->id = kernel_of(fake)->next_id++;
	ns->kind = kind;
	ns->owner = owner;
	owner->refs++;
	if (kind == NS_NET)
		net_create(fake, ns);
	kernel_of(fake)->ns_counts[kind]++;
	return ns;
}

void simple_ns_get(struct simple_ns *ns)
{
	ns->refs++;
}

void simple_ns_put(struct fake *fake, struct simple_ns *ns)
{
	if (!ns || --ns->refs > 0)
		return;
	kernel_of(fake)->ns_counts[ns->kind]--;
	if (ns->net)
		net_destroy(fake, ns);
	path_put(&ns->root);
	user_ns_put(fake, ns->owner);
	free(ns->priv);
	free(ns);
}

void ns_get_all(struct task *task)
{
	if (task->pid_ns)
		pid_ns_get(task->pid_ns);
	pid_ns_get(task->pid_ns_children);
	mount_ns_get(task->mnt_ns);
	task->user_ns->refs++;
	simple_ns_get(task->uts_ns);
	simple_ns_get(task->ipc_ns);
	simple_ns_get(task->net_ns);
	if (task->cgroup_ns)
		simple_ns_get(task->cgroup_ns);
}

/* All but the pid namespace, which goes with the number. */
void ns_put_all(struct fake *fake, struct task *task)
{
	if (task->pid_ns_children)
		pid_ns_put(fake, steal_ptr(&task->pid_ns_children));
	if (task->mnt_ns)
		mount_ns_put(fake, steal_ptr(&task->mnt_ns));
	simple_ns_put(fake, steal_ptr(&task->uts_ns));
	simple_ns_put(fake, steal_ptr(&task->ipc_ns));
	simple_ns_put(fake, steal_ptr(&task->net_ns));
	simple_ns_put(fake, steal_ptr(&task->cgroup_ns));
}

int ns_host_init(struct fake *fake, struct task *init)
{
	init->user_ns = user_ns_create(fake, NULL, 0);
	init->pid_ns_children = init->user_ns ? pid_ns_create(fake, NULL, init->user_ns) : NULL;
	init->uts_ns = init->user_ns ? simple_ns_create(fake, NS_UTS, init->user_ns) : NULL;
	init->ipc_ns = init->user_ns ? simple_ns_create(fake, NS_IPC, init->user_ns) : NULL;
	init->net_ns = init->user_ns ? simple_ns_create(fake, NS_NET, init->user_ns) : NULL;
	if (!init->pid_ns_children || !init->uts_ns || !init->ipc_ns || !init->net_ns)
		return -ENOMEM;
	strcpy(init->uts_ns->hostname, "host");
	kernel_of(fake)->host_net = init->net_ns;
	link_set_flags(fake, link_by_index(fake, init->net_ns, 1), IFF_UP, IFF_UP);
	return 0;
}

/* --- new ones --- */

static int unshare_simple(struct fake *fake, struct task *task, enum ns_kind kind,
			  struct simple_ns **slot)
{
	struct simple_ns *fresh = kind == NS_CGROUP ? vfs_cgroup_ns_create(fake, task)
						    : simple_ns_create(fake, kind, task->user_ns);

	if (!fresh)
		return -ENOMEM;
	if (kind == NS_UTS)
		strcpy(fresh->hostname, (*slot)->hostname);
	simple_ns_put(fake, *slot);
	*slot = fresh;
	return 0;
}

static int unshare_user(struct fake *fake, struct task *task)
{
	struct user_ns *fresh = user_ns_create(fake, task->user_ns, task->cred.euid);

	if (!fresh)
		return -ENOSPC; /* too deep */
	user_ns_put(fake, task->user_ns);
	task->user_ns = fresh;
	task->cred.effective = task->cred.permitted = task->cred.bounding = ALL_CAPS;
	task->cred.inheritable = task->cred.ambient = 0;
	return 0;
}

static int unshare_pid(struct fake *fake, struct task *task)
{
	struct pid_ns *fresh;

	if (task->pid_ns_children->level + 1 >= PID_LEVELS)
		return -ENOSPC;
	fresh = pid_ns_create(fake, task->pid_ns_children, task->user_ns);
	if (!fresh)
		return -ENOMEM;
	pid_ns_put(fake, task->pid_ns_children);
	task->pid_ns_children = fresh;
	return 0;
}

static int unshare_mnt(struct fake *fake, struct task *task)
{
	struct task *current = fake->current;
	struct mount_ns *fresh;

	fake->current = task;
	fresh = vfs_mount_ns_copy(fake, task->mnt_ns, &task->root, &task->cwd);
	fake->current = current;
	if (!fresh)
		return -ENOMEM;
	mount_ns_put(fake, task->mnt_ns);
	task->mnt_ns = fresh;
	return 0;
}

int ns_unshare(struct fake *fake, struct task *task, uint64_t flags)
{
	int ret = 0;

	if (flags & CLONE_NEWUSER)
		ret = unshare_user(fake, task);
	if (ret == 0 && (flags & (CLONE_NEW_ALL & ~CLONE_NEWUSER)) &&
	    !task_capable(task, CAP_SYS_ADMIN, task->user_ns))
		return -EPERM;
	if (ret == 0 && (flags & CLONE_NEWNS))
		ret = unshare_mnt(fake, task);
	if (ret == 0 && (flags & CLONE_NEWUTS))
		ret = unshare_simple(fake, task, NS_UTS, &task->uts_ns);
	if (ret == 0 && (flags & CLONE_NEWIPC))
		ret = unshare_simple(fake, task, NS_IPC, &task->ipc_ns);
	if (ret == 0 && (flags & CLONE_NEWNET))
		ret = unshare_simple(fake, task, NS_NET, &task->net_ns);
	if (ret == 0 && (flags & CLONE_NEWCGROUP))
		ret = unshare_simple(fake, task, NS_CGROUP, &task->cgroup_ns);
	if (ret == 0 && (flags & CLONE_NEWPID))
		ret = unshare_pid(fake, task);
	return ret;
}

int fake_op_unshare(struct sys *sys, unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	struct task *task = fake->current;

	if (flags & ~(CLONE_NEW_ALL | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | CLONE_THREAD |
		      CLONE_SIGHAND | CLONE_VM))
		return -EINVAL;
	/* A second one before the first child: the kernel refuses. */
	if ((flags & CLONE_NEWPID) && task->pid_ns_children != task->pid_ns)
		return -EINVAL;
	return ns_unshare(fake, task, flags);
}
