/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/nsfs: namespaces as files, and setns, which enters what such a file or a pidfd stands
 * for.
 *
 * Sources: namespaces(7), setns(2), ioctl_ns(2).
 */
#include "sys/fake/task.h"

#include <linux/capability.h>
#include <linux/nsfs.h>

static const struct {
	const char *name;
	uint64_t flag;
} kinds[NS_KIND_COUNT] = {
	[NS_MNT] = { "mnt", CLONE_NEWNS },	     [NS_UTS] = { "uts", CLONE_NEWUTS },
	[NS_IPC] = { "ipc", CLONE_NEWIPC },	     [NS_NET] = { "net", CLONE_NEWNET },
	[NS_CGROUP] = { "cgroup", CLONE_NEWCGROUP }, [NS_PID] = { "pid", CLONE_NEWPID },
	[NS_USER] = { "user", CLONE_NEWUSER },
};

/* --- files --- */

struct nsfs {
	enum ns_kind kind;
	union {
		void *any;
		struct pid_ns *pid;
		struct user_ns *user;
		struct mount_ns *mnt;
		struct simple_ns *simple;
	};
};

static void nsfs_release(struct fake *fake, struct file *file)
{
	struct nsfs *nsfs = file->priv;

	if (nsfs->kind == NS_PID)
		pid_ns_put(fake, nsfs->pid);
	else if (nsfs->kind == NS_USER)
		user_ns_put(fake, nsfs->user);
	else if (nsfs->kind == NS_MNT)
		mount_ns_put(fake, nsfs->mnt);
	else
		simple_ns_put(fake, nsfs->simple);
	free(nsfs);
}

static void nsfs_describe(struct fake *fake, struct file *file, struct str *out)
{
	str_add(out, kinds[((struct nsfs *)file->priv)->kind].name);
}

static int nsfs_ioctl(struct fake *fake, struct file *file, unsigned long request, void *arg)
{
	struct nsfs *nsfs = file->priv;

	if (request == NS_GET_NSTYPE)
		return (int)kinds[nsfs->kind].flag;
	return -ENOTTY;
}

static const struct file_ops nsfs_ops = {
	.kind = "nsfs", .ioctl = nsfs_ioctl, .release = nsfs_release, .describe = nsfs_describe
};

struct file *ns_file_of(struct fake *fake, enum ns_kind kind, void *ns)
{
	struct nsfs *nsfs = calloc(1, sizeof(*nsfs));
	struct file *file = nsfs ? file_create(fake, &nsfs_ops, O_RDONLY, nsfs) : NULL;

	if (!file) {
		free(nsfs);
		return NULL;
	}
	*nsfs = (struct nsfs){ .kind = kind, .any = ns };
	if (kind == NS_PID)
		pid_ns_get(ns);
	else if (kind == NS_USER)
		((struct user_ns *)ns)->refs++;
	else if (kind == NS_MNT)
		mount_ns_get(ns);
	else
		simple_ns_get(ns);
	return file;
}

static void *ns_by_name(struct task *task, const char *name, enum ns_kind *kind)
{
	if (str_eq(name, "pid_for_children")) {
		*kind = NS_PID;
		return task->pid_ns_children;
	}
	for (*kind = 0; *kind < NS_KIND_COUNT; (*kind)++)
		if (str_eq(name, kinds[*kind].name))
			break;
	switch (*kind) {
	case NS_MNT:
		return task->mnt_ns;
	case NS_UTS:
		return task->uts_ns;
	case NS_IPC:
		return task->ipc_ns;
	case NS_NET:
		return task->net_ns;
	case NS_CGROUP:
		return task->cgroup_ns;
	case NS_PID:
		return task->pid_ns;
	case NS_USER:
		return task->user_ns;
	default:
		return NULL;
	}
}

static uint64_t id_of(enum ns_kind kind, void *ns)
{
	if (kind == NS_PID)
		return 4026530000ull + ((struct pid_ns *)ns)->id;
	if (kind == NS_USER)
		return 4026530000ull + ((struct user_ns *)ns)->id;
	if (kind == NS_MNT)
		return 4026540000ull + mount_ns_id(ns);
	return 4026530000ull + ((struct simple_ns *)ns)->id;
}

uint64_t ns_identity(struct task *task, const char *name)
{
	enum ns_kind kind;
	void *ns = ns_by_name(task, name, &kind);

	return ns ? id_of(kind, ns) : 0;
}

struct file *ns_file(struct fake *fake, struct task *task, const char *name)
{
	enum ns_kind kind;
	void *ns = ns_by_name(task, name, &kind);

	return ns ? ns_file_of(fake, kind, ns) : NULL;
}

int kernel_file_stat(struct fake *fake, struct file *file, struct stat *st)
{
	const char *kind = file->ops->kind;

	if (file->path.inode)
		return -EBADF;
	memset(st, 0, sizeof(*st));
	st->st_nlink = 1;
	st->st_blksize = 4096;
	st->st_dev = 4;
	st->st_ino = file->number;
	if (file->ops == &nsfs_ops) {
		struct nsfs *nsfs = file->priv;

		st->st_ino = id_of(nsfs->kind, nsfs->any);
		st->st_mode = S_IFREG | 0444;
	} else if (str_eq(kind, "pipe")) {
		st->st_mode = S_IFIFO | 0600;
	} else if (str_eq(kind, "socket")) {
		st->st_mode = S_IFSOCK | 0777;
	} else {
		st->st_mode = 0600; /* anon_inode has no type */
	}
	return 0;
}

int net_ns_of_fd(struct task *task, int fd, struct simple_ns **out)
{
	struct file *file = task_file(task, fd);
	struct nsfs *nsfs;

	if (!file)
		return -EBADF;
	nsfs = file->priv;
	if (file->ops != &nsfs_ops || nsfs->kind != NS_NET)
		return -EINVAL;
	*out = nsfs->simple;
	return 0;
}

/* --- setns --- */

static int may_enter(struct task *task, enum ns_kind kind, void *ns)
{
	struct user_ns *owner = kind == NS_PID	  ? ((struct pid_ns *)ns)->owner
				: kind == NS_USER ? ns
				: kind == NS_MNT  ? task->user_ns
						  : ((struct simple_ns *)ns)->owner;

	if (kind == NS_USER && ns == task->user_ns)
		return -EINVAL;
	if (!task_capable(task, CAP_SYS_ADMIN, owner))
		return -EPERM;
	if (kind != NS_USER && !task_capable(task, CAP_SYS_ADMIN, task->user_ns))
		return -EPERM;
	if (kind == NS_MNT && !task_capable(task, CAP_SYS_CHROOT, task->user_ns))
		return -EPERM;
	if (kind == NS_PID && !pid_ns_is_within(ns, task->pid_ns))
		return -EINVAL;
	return 0;
}

static void swap_simple(struct fake *fake, struct simple_ns **slot, struct simple_ns *ns)
{
	simple_ns_get(ns);
	simple_ns_put(fake, *slot);
	*slot = ns;
}

static void enter_user(struct fake *fake, struct task *task, struct user_ns *ns)
{
	ns->refs++;
	user_ns_put(fake, task->user_ns);
	task->user_ns = ns;
	task->cred.effective = task->cred.permitted = task->cred.bounding = ALL_CAPS;
}

static void enter(struct fake *fake, struct task *task, enum ns_kind kind, void *ns)
{
	struct simple_ns **slots[NS_KIND_COUNT] = { [NS_UTS] = &task->uts_ns,
						    [NS_IPC] = &task->ipc_ns,
						    [NS_NET] = &task->net_ns,
						    [NS_CGROUP] = &task->cgroup_ns };

	if (kind == NS_MNT) {
		mount_ns_get(ns);
		vfs_mount_ns_enter(fake, task, ns);
		mount_ns_put(fake, task->mnt_ns);
		task->mnt_ns = ns;
	} else if (kind == NS_PID) {
		pid_ns_get(ns);
		pid_ns_put(fake, task->pid_ns_children);
		task->pid_ns_children = ns;
	} else if (kind == NS_USER) {
		enter_user(fake, task, ns);
	} else {
		swap_simple(fake, slots[kind], ns);
	}
}

static int setns_pidfd(struct fake *fake, struct task *task, struct task *target, uint64_t flags)
{
	/* The user namespace first: it gives the rights for the others. */
	static const enum ns_kind order[] = { NS_USER,	 NS_UTS, NS_IPC, NS_NET,
					      NS_CGROUP, NS_PID, NS_MNT };
	enum ns_kind kind;

	if (!flags || (flags & ~(uint64_t)CLONE_NEW_ALL))
		return -EINVAL;
	if (target->state == TASK_ZOMBIE || target->state == TASK_DEAD)
		return -ESRCH;
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		void *ns = ns_by_name(target, kinds[order[i]].name, &kind);
		int ret = flags & kinds[kind].flag ? may_enter(task, kind, ns) : 0;

		if (ret < 0)
			return ret;
	}
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		void *ns = ns_by_name(target, kinds[order[i]].name, &kind);

		if (flags & kinds[kind].flag)
			enter(fake, task, kind, ns);
	}
	return 0;
}

int fake_op_setns(struct sys *sys, int fd, unsigned long nstype)
{
	struct fake *fake = fake_of(sys);
	struct task *task = fake->current, *target;
	struct nsfs *nsfs;
	struct file *file;
	int ret = fd_file(sys, fd, &file);

	if (ret < 0)
		return ret;
	target = pidfd_task(file);
	if (target)
		return kernel_is_older(fake, 508) ? -EINVAL
						  : setns_pidfd(fake, task, target, nstype);
	if (file->ops != &nsfs_ops)
		return -EINVAL;
	nsfs = file->priv;
	if (nstype && nstype != kinds[nsfs->kind].flag)
		return -EINVAL;
	ret = may_enter(task, nsfs->kind, nsfs->any);
	if (ret == 0)
		enter(fake, task, nsfs->kind, nsfs->any);
	return ret;
}
