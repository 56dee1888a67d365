/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/procpid: the directories of processes in procfs. Each keeps the process's first number
 * as inode->number, which is never used twice; a directory goes when it is looked up and its
 * process is gone.
 *
 * Source: proc_pid_*(5).
 */
#include "sys/fake/proc.h"

#include <ctype.h>

static struct task *task_of_number(struct fake *fake, long number)
{
	for (size_t i = 0; i < fake->tasks.count; i++)
		if (task_nth(fake, i)->pid == number && task_nth(fake, i)->state != TASK_DEAD)
			return task_nth(fake, i);
	return NULL;
}

struct task *proc_task(struct fake *fake, struct inode *inode)
{
	return task_of_number(fake, inode->number);
}

void proc_owner_getattr(struct fake *fake, struct inode *inode, struct stat *st)
{
	struct task *task = proc_task(fake, inode);

	if (!task)
		return;
	st->st_uid = task->dumpable ? task->cred.euid : 0;
	st->st_gid = task->dumpable ? task->cred.egid : 0;
}

/* ptrace_may_access(), simplified: the same ids, or CAP_SYS_PTRACE over the target's user
 * namespace. */
bool proc_may_inspect(struct task *viewer, struct task *task)
{
	const struct cred *a = &viewer->cred, *b = &task->cred;

	if (viewer == task || task_capable(viewer, CAP_SYS_PTRACE, task->user_ns))
		return true;
	return task->dumpable && a->fsuid == b->euid && a->fsuid == b->ruid &&
	       a->fsuid == b->suid && a->fsgid == b->egid && a->fsgid == b->rgid &&
	       a->fsgid == b->sgid && (b->permitted & ~a->permitted) == 0;
}

/* --- files --- */

enum pid_file {
	PID_STATUS,
	PID_STAT,
	PID_CMDLINE,
	PID_ENVIRON,
	PID_CGROUP,
	PID_MOUNTINFO,
	PID_MOUNTS,
	PID_UID_MAP,
	PID_GID_MAP,
	PID_SETGROUPS,
	PID_COMM,
	PID_OOM_SCORE_ADJ,
	PID_LOGINUID,
	PID_PERSONALITY,
	PID_FILE_COUNT,
};

static const struct {
	const char *name;
	mode_t mode;
} files[PID_FILE_COUNT] = {
	[PID_STATUS] = { "status", 0444 },     [PID_STAT] = { "stat", 0444 },
	[PID_CMDLINE] = { "cmdline", 0444 },   [PID_ENVIRON] = { "environ", 0400 },
	[PID_CGROUP] = { "cgroup", 0444 },     [PID_MOUNTINFO] = { "mountinfo", 0444 },
	[PID_MOUNTS] = { "mounts", 0444 },     [PID_UID_MAP] = { "uid_map", 0644 },
	[PID_GID_MAP] = { "gid_map", 0644 },   [PID_SETGROUPS] = { "setgroups", 0644 },
	[PID_COMM] = { "comm", 0644 },	       [PID_OOM_SCORE_ADJ] = { "oom_score_adj", 0644 },
	[PID_LOGINUID] = { "loginuid", 0644 }, [PID_PERSONALITY] = { "personality", 0400 },
};

struct pid_state {
	enum pid_file file;
};

static char state_letter(struct task *task)
{
	return task->state == TASK_ZOMBIE ? 'Z' : task->state == TASK_BLOCKED ? 'S' : 'R';
}

static void stat_text(struct task *task, struct pid_ns *ns, struct str *out)
{
	str_addf(out, "%d (%s) %c %d", task_pid_in(task, ns), task->comm, state_letter(task),
		 task->parent ? task_pid_in(task->parent, ns) : 0);
	str_addf(out, " %d %d 0 -1 4194560", task_number_in(task->fake, task->pgid, ns),
		 task_number_in(task->fake, task->sid, ns));
	for (int i = 10; i <= 21; i++)
		str_add(out, i == 18 ? " 20" : i == 20 ? " 1" : " 0");
	/* 22: start time. The number of birth: different for each, the same in each run. */
	str_addf(out, " %d", task->pid);
	for (int i = 23; i <= 52; i++)
		str_add(out, " 0");
	str_add(out, "\n");
}

static int pid_text(struct fake *fake, struct inode *inode, struct str *out)
{
	struct task *task = proc_task(fake, inode), *viewer = fake->current;
	struct pid_state *state = inode->priv;
	bool zombie = task && task->state == TASK_ZOMBIE;

	if (!task)
		return -ESRCH;
	if (zombie && state->file != PID_STATUS && state->file != PID_STAT &&
	    state->file != PID_COMM && state->file != PID_CGROUP)
		return state->file == PID_MOUNTINFO || state->file == PID_MOUNTS ? -EINVAL : 0;
	switch (state->file) {
	case PID_STATUS:
		task_status_text(fake, task, viewer, out);
		return 0;
	case PID_STAT:
		stat_text(task, inode->sb->priv, out);
		return 0;
	case PID_CMDLINE:
		str_add_n(out, task->cmdline, task->cmdline_len);
		return 0;
	case PID_ENVIRON:
		str_add_n(out, task->environ_text, task->environ_len);
		return proc_may_inspect(viewer, task) ? 0 : -EACCES;
	case PID_CGROUP:
		cgroup_task_text(fake, task, viewer, out);
		return 0;
	case PID_MOUNTINFO:
	case PID_MOUNTS:
		mount_show(fake, task, state->file == PID_MOUNTINFO, out);
		return 0;
	case PID_UID_MAP:
	case PID_GID_MAP:
		user_ns_map_text(task, state->file == PID_GID_MAP, out);
		return 0;
	case PID_SETGROUPS:
		str_add(out, task->user_ns->setgroups_denied ? "deny\n" : "allow\n");
		return 0;
	case PID_COMM:
		str_addf(out, "%s\n", task->comm);
		return 0;
	case PID_LOGINUID:
		str_add(out, "4294967295");
		return 0;
	case PID_PERSONALITY:
		str_addf(out, "%08lx\n", task->personality);
		return 0;
	default:
		str_addf(out, "%d\n", task->oom_score_adj);
		return 0;
	}
}

static ssize_t store_oom_score(struct task *task, const char *text, size_t len)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || (*end && *end != '\n') || value < -1000 || value > 1000)
		return -EINVAL;
	task->oom_score_adj = (int)value;
	return (ssize_t)len;
}

/* No way back to "allow", and no "deny" once groups are mapped. */
static int store_setgroups(struct task *writer, struct user_ns *ns, const char *text)
{
	bool deny = str_starts(text, "deny");
	size_t len = deny ? 4 : 5;

	if (!task_capable(writer, CAP_SYS_ADMIN, ns))
		return -EPERM;
	if ((!deny && !str_starts(text, "allow")) || text[len + strspn(text + len, " \n")])
		return -EINVAL;
	if (deny ? ns->gid_count > 0 && !ns->setgroups_denied : ns->setgroups_denied)
		return -EPERM;
	ns->setgroups_denied = deny;
	return 0;
}

static ssize_t pid_store(struct fake *fake, struct inode *inode, const char *text, size_t len)
{
	struct task *task = proc_task(fake, inode), *viewer = fake->current;
	struct pid_state *state = inode->priv;
	int ret;

	if (!task)
		return -ESRCH;
	switch (state->file) {
	case PID_UID_MAP:
	case PID_GID_MAP:
		ret = user_ns_map_write(fake, task, state->file == PID_GID_MAP, text, len);
		return ret < 0 ? ret : (ssize_t)len;
	case PID_SETGROUPS:
		ret = store_setgroups(viewer, task->user_ns, text);
		return ret < 0 ? ret : (ssize_t)len;
	case PID_COMM:
		snprintf(task->comm, sizeof(task->comm), "%.*s", (int)strcspn(text, "\n"), text);
		return (ssize_t)len;
	case PID_LOGINUID:
		return (ssize_t)len;
	case PID_OOM_SCORE_ADJ:
		/* Lower than before only with CAP_SYS_RESOURCE. */
		if (strtol(text, NULL, 10) < task->oom_score_adj &&
		    !task_capable(viewer, CAP_SYS_RESOURCE, NULL))
			return -EACCES;
		return store_oom_score(task, text, len);
	default:
		return -EIO;
	}
}

static void free_priv(struct inode *inode)
{
	free(inode->priv);
}

static const struct inode_ops pid_file_ops = { .text = pid_text,
					       .getattr = proc_owner_getattr,
					       .drop = free_priv };
static const struct inode_ops pid_setting_ops = {
	.text = pid_text, .store = pid_store, .getattr = proc_owner_getattr, .drop = free_priv
};

/* --- directories --- */

/* A directory of the dead may still be open; nothing is found there. */
static int pid_dir_lookup(struct fake *fake, struct inode *dir, const char *name,
			  struct inode **out)
{
	struct inode *inode = proc_task(fake, dir) ? dir_find(dir, name) : NULL;

	if (!inode)
		return -ENOENT;
	inode_get(inode);
	*out = inode;
	return 0;
}

static const struct inode_ops pid_dir_ops = { .lookup = pid_dir_lookup,
					      .getattr = proc_owner_getattr };

static struct inode *add(struct inode *dir, const char *name, const struct inode_ops *ops,
			 mode_t mode)
{
	struct inode *inode = inode_new(dir->sb, ops, mode, 0, 0);

	inode->number = dir->number;
	dir_add(dir, name, inode);
	return inode;
}

static void fill_pid(struct inode *dir, struct task *task, bool with_task)
{
	static const char *const ns_names[] = { "cgroup",	    "ipc",  "mnt", "net", "pid",
						"pid_for_children", "user", "uts" };
	struct inode *sub;

	for (int i = 0; i < PID_FILE_COUNT; i++) {
		struct pid_state *state = must_alloc(sizeof(*state));

		state->file = (enum pid_file)i;
		sub = add(dir, files[i].name,
			  files[i].mode & 0222 ? &pid_setting_ops : &pid_file_ops,
			  S_IFREG | files[i].mode);
		sub->priv = state;
	}
	add(dir, "exe", &proc_place_ops, S_IFLNK | 0777);
	add(dir, "cwd", &proc_place_ops, S_IFLNK | 0777);
	add(dir, "root", &proc_place_ops, S_IFLNK | 0777);
	sub = add(dir, "ns", &pid_dir_ops, S_IFDIR | 0511);
	for (size_t i = 0; i < ARRAY_LEN(ns_names); i++)
		if (ns_identity(task, ns_names[i]) || str_eq(ns_names[i], "pid_for_children"))
			add(sub, ns_names[i], &proc_ns_link_ops, S_IFLNK | 0777);
	add(dir, "fd", &proc_fd_dir_ops, S_IFDIR | 0500);
	add(dir, "fdinfo", &proc_fd_dir_ops, S_IFDIR | 0500);
	add(dir, "attr", &pid_dir_ops, S_IFDIR | 0555);
	sub = add(dir, "net", &proc_dir_ops, S_IFDIR | 0555);
	proc_fill_net(sub);
	if (!with_task)
		return;
	sub = add(dir, "task", &pid_dir_ops, S_IFDIR | 0555);
	sub = add(sub, dir->name, &pid_dir_ops, S_IFDIR | 0555);
	fill_pid(sub, task, false);
}

/* --- the root directory --- */

static void forget_dead(struct fake *fake, struct inode *root)
{
	for (size_t i = root->entries.count; i-- > 0;) {
		struct entry *entry = vec_at(&root->entries, struct entry, i);

		if (!isdigit((unsigned char)*entry->name) || proc_task(fake, entry->inode))
			continue;
		dir_orphan(entry->inode);
		dir_take(root, entry->name);
	}
}

static struct task *visible_task(struct fake *fake, struct pid_ns *ns, const char *name)
{
	char *end;
	long pid = strtol(name, &end, 10);

	for (size_t i = 0; !*end && pid > 0 && *name != '0' && i < fake->tasks.count; i++)
		if (task_pid_in(task_nth(fake, i), ns) == pid &&
		    task_nth(fake, i)->state != TASK_DEAD)
			return task_nth(fake, i);
	return NULL;
}

static int root_lookup(struct fake *fake, struct inode *root, const char *name, struct inode **out)
{
	struct inode *inode;
	struct task *task;

	forget_dead(fake, root);
	inode = dir_find(root, name);
	if (!inode && isdigit((unsigned char)*name)) {
		task = visible_task(fake, root->sb->priv, name);
		if (!task)
			return -ENOENT;
		inode = inode_new(root->sb, &pid_dir_ops, S_IFDIR | 0555, 0, 0);
		inode->number = task->pid;
		dir_add(root, name, inode);
		fill_pid(inode, task, true);
	}
	if (!inode)
		return -ENOENT;
	inode_get(inode);
	*out = inode;
	return 0;
}

static void root_list(struct fake *fake, struct inode *root, struct vec *names)
{
	struct pid_ns *ns = root->sb->priv;

	forget_dead(fake, root);
	for (size_t i = 0; i < root->entries.count; i++) {
		char *name = must_dup(vec_at(&root->entries, struct entry, i)->name);

		if (isdigit((unsigned char)*name))
			free(name);
		else
			vec_add(names, &name);
	}
	for (size_t i = 0; i < fake->tasks.count; i++) {
		pid_t pid = task_nth(fake, i)->state == TASK_DEAD
				    ? 0
				    : task_pid_in(task_nth(fake, i), ns);
		char text[16], *name;

		if (pid <= 0)
			continue;
		snprintf(text, sizeof(text), "%d", pid);
		name = must_dup(text);
		vec_add(names, &name);
	}
}

const struct inode_ops proc_root_ops = { .lookup = root_lookup, .list = root_list };

static int self_readlink(struct fake *fake, struct inode *inode, struct str *out)
{
	pid_t pid = task_pid_in(fake->current, inode->sb->priv);

	if (pid <= 0)
		return -ENOENT;
	if (str_eq(inode->name, "self"))
		str_addf(out, "%d", pid);
	else
		str_addf(out, "%d/task/%d", pid, pid);
	return 0;
}

const struct inode_ops proc_self_ops = { .readlink = self_readlink };
