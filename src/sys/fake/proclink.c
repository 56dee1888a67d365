/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/proclink: the magic links of a process in procfs: exe, cwd, root, ns/NAME, fd/N.
 *
 * Source: proc_pid_*(5).
 */
#include "sys/fake/proc.h"

#include <ctype.h>

static int place_link(struct fake *fake, struct inode *inode, struct path **place)
{
	struct task *task = proc_task(fake, inode);
	char kind = *inode->name;

	if (!task)
		return -ESRCH;
	if (!proc_may_inspect(fake->current, task))
		return -EACCES;
	*place = kind == 'e' ? &task->exe : kind == 'c' ? &task->cwd : &task->root;
	return (*place)->inode ? 0 : -ENOENT;
}

static int place_readlink(struct fake *fake, struct inode *inode, struct str *out)
{
	struct path *place;
	int ret = place_link(fake, inode, &place);

	if (ret < 0)
		return ret;
	/* Outside of the reader's root the name counts from the top of its namespace. */
	path_text(place, &fake->current->root, out);
	return 0;
}

static int place_jump(struct fake *fake, struct inode *inode, struct path *out)
{
	struct path *place;
	int ret = place_link(fake, inode, &place);

	if (ret < 0)
		return ret;
	*out = *place;
	path_get(out);
	return 0;
}

static int ns_readlink(struct fake *fake, struct inode *inode, struct str *out)
{
	struct task *task = proc_task(fake, inode);
	const char *kind = str_starts(inode->name, "pid") ? "pid" : inode->name;

	if (!task || task->state == TASK_ZOMBIE)
		return -ENOENT;
	if (!proc_may_inspect(fake->current, task))
		return -EACCES;
	str_addf(out, "%s:[%llu]", kind, (unsigned long long)ns_identity(task, inode->name));
	return 0;
}

static int ns_jump(struct fake *fake, struct inode *inode, struct path *out)
{
	struct task *task = proc_task(fake, inode);
	struct file *file;

	if (!task || task->state == TASK_ZOMBIE)
		return -ENOENT;
	if (!proc_may_inspect(fake->current, task))
		return -EACCES;
	file = ns_file(fake, task, inode->name);
	if (!file)
		return -ENOENT;
	path_of_file(fake, file, out);
	file_put(fake, file);
	return 0;
}

static struct file *fd_of(struct fake *fake, struct inode *inode)
{
	struct task *task = proc_task(fake, inode);

	return task && task->state != TASK_ZOMBIE ? task_file(task, atoi(inode->name)) : NULL;
}

static int fd_readlink(struct fake *fake, struct inode *inode, struct str *out)
{
	struct file *file = fd_of(fake, inode);
	struct stat st;

	if (!file)
		return -ENOENT;
	if (file->path.inode && file->path.inode->is_memfd) {
		str_addf(out, "/%s (deleted)", file->path.inode->name);
	} else if (file->path.inode && file->path.inode->ops && file->path.inode->ops->readlink &&
		   str_eq(file->path.inode->sb->type->name, "anon")) {
		return file->path.inode->ops->readlink(fake, file->path.inode, out);
	} else if (file->path.inode) {
		path_text(&file->path, &fake->current->root, out);
	} else if (str_eq(file->ops->kind, "pipe") || str_eq(file->ops->kind, "socket")) {
		kernel_file_stat(fake, file, &st);
		str_addf(out, "%s:[%llu]", file->ops->kind, (unsigned long long)st.st_ino);
	} else {
		str_addf(out, "anon_inode:[%s]", file->ops->kind);
	}
	return 0;
}

static int fd_jump(struct fake *fake, struct inode *inode, struct path *out)
{
	struct file *file = fd_of(fake, inode);

	if (!file)
		return -ENOENT;
	path_of_file(fake, file, out);
	return 0;
}

const struct inode_ops proc_place_ops = { .readlink = place_readlink,
					  .jump = place_jump,
					  .getattr = proc_owner_getattr };
const struct inode_ops proc_ns_link_ops = { .readlink = ns_readlink,
					    .jump = ns_jump,
					    .getattr = proc_owner_getattr };
static const struct inode_ops fd_link_ops = { .readlink = fd_readlink,
					      .jump = fd_jump,
					      .getattr = proc_owner_getattr };

static int fdinfo_text(struct fake *fake, struct inode *inode, struct str *out)
{
	struct file *file = fd_of(fake, inode);

	if (!file)
		return -ENOENT;
	str_addf(out, "pos:\t0\nflags:\t0%o\nmnt_id:\t%d\n", (unsigned)file->flags,
		 file->path.mnt ? file->path.mnt->id : 0);
	return 0;
}

static const struct inode_ops fdinfo_ops = { .text = fdinfo_text, .getattr = proc_owner_getattr };

/* Of fd and of fdinfo: links, or files. */
static int fd_lookup(struct fake *fake, struct inode *dir, const char *name, struct inode **out)
{
	bool is_link = str_eq(dir->name, "fd");
	struct task *task = proc_task(fake, dir);
	struct inode *inode;

	if (!task || !isdigit((unsigned char)*name))
		return -ENOENT;
	if (!proc_may_inspect(fake->current, task))
		return -EACCES;
	if (task->state == TASK_ZOMBIE || !task_file(task, atoi(name)))
		return -ENOENT;
	inode = is_link ? inode_passing(dir, name, &fd_link_ops, S_IFLNK | 0700)
			: inode_passing(dir, name, &fdinfo_ops, S_IFREG | 0400);
	inode->number = dir->number;
	*out = inode;
	return 0;
}

static void fd_list(struct fake *fake, struct inode *dir, struct vec *names)
{
	struct task *task = proc_task(fake, dir);

	for (size_t i = 0; task && i < task->fds.count; i++) {
		char text[24], *name;

		if (!vec_at(&task->fds, struct fd_slot, i)->file)
			continue;
		snprintf(text, sizeof(text), "%zu", i);
		name = must_dup(text);
		if (!vec_add(names, &name))
			abort();
	}
}

const struct inode_ops proc_fd_dir_ops = { .lookup = fd_lookup,
					   .list = fd_list,
					   .getattr = proc_owner_getattr };
