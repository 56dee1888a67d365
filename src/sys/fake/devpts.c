/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/devpts: instances of devpts, ptmx, and what ioctl(2) does to terminals.
 *
 * Sources: kernel Documentation/filesystems/devpts.rst, pts(4), ioctl_tty(2).
 */
#include "sys/fake/tty.h"

#include <termios.h>

static void pts_finish(struct super *sb)
{
	free(sb->priv);
}

static int parse(struct fake *fake, const char *data, struct pts *pts)
{
	char text[32];

	for (const char *at = data; at && *at; at += strspn(at, ",")) {
		size_t len = strcspn(at, ",");

		if (!str_starts(at, "newinstance") && !str_starts(at, "max=") &&
		    !str_starts(at, "mode=") && !str_starts(at, "ptmxmode=") &&
		    !str_starts(at, "gid=") && !str_starts(at, "uid="))
			return -EINVAL;
		at += len;
	}
	if (option_value(data, "max", text, sizeof(text)))
		pts->max = (unsigned)strtoul(text, NULL, 10);
	if (option_value(data, "mode", text, sizeof(text)))
		pts->mode = (unsigned)strtoul(text, NULL, 8) & 07777;
	if (option_value(data, "ptmxmode", text, sizeof(text)))
		pts->ptmxmode = (unsigned)strtoul(text, NULL, 8) & 07777;
	if (option_value(data, "gid", text, sizeof(text))) {
		pts->has_gid = true;
		if (!gid_from(fake->current, (gid_t)strtoul(text, NULL, 10), &pts->gid))
			return -EINVAL;
	}
	if (option_value(data, "uid", text, sizeof(text))) {
		pts->has_uid = true;
		if (!uid_from(fake->current, (uid_t)strtoul(text, NULL, 10), &pts->uid))
			return -EINVAL;
	}
	return 0;
}

static const struct inode_ops pts_dir_ops = { 0 };

int devpts_get(struct fake *fake, const struct fs_args *args, struct super **sb_out,
	       struct inode **root)
{
	struct pts *pts = must_alloc(sizeof(*pts));
	struct inode *ptmx;
	struct super *sb;

	*pts = (struct pts){ .max = 1048576, .mode = 0600 };
	if (parse(fake, args->data, pts) < 0) {
		free(pts);
		return -EINVAL;
	}
	sb = super_new(fake, fs_type_find("devpts"), 0755);
	sb->priv = pts;
	sb->finish = pts_finish;
	sb->has_devices = true;
	sb->root->ops = &pts_dir_ops;
	/* ptmx belongs to whoever is root where it is mounted. */
	if (!uid_from(fake->current, 0, &sb->root->uid) ||
	    !gid_from(fake->current, 0, &sb->root->gid))
		sb->root->uid = sb->root->gid = 0;
	free(sb->options);
	sb->options = pts->has_gid
			      ? str_printf("gid=%u,mode=%03o,ptmxmode=%03o", pts->gid, pts->mode,
					   pts->ptmxmode)
			      : str_printf("mode=%03o,ptmxmode=%03o", pts->mode, pts->ptmxmode);
	if (pts->max != 1048576) {
		char *more = str_printf("%s,max=%u", sb->options, pts->max);

		free(sb->options);
		sb->options = more;
	}
	ptmx = text_file(sb->root, "ptmx", NULL, 0, 0);
	ptmx->mode = S_IFCHR | pts->ptmxmode;
	ptmx->rdev = makedev(5, 2);
	inode_get(sb->root);
	*root = sb->root;
	*sb_out = sb;
	return 0;
}

/* /dev/ptmx outside of a devpts stands for the instance mounted on pts beside it. */
static struct mount *instance_of(struct path *path)
{
	struct path pts = { path->mnt, NULL };
	struct mount *mnt;

	if (str_eq(path->mnt->sb->type->name, "devpts"))
		return path->mnt;
	/* A bind mount of ptmx on another name shows its own instance; else look beside. */
	if (path->inode == path->mnt->root && path->mnt->parent) {
		pts.mnt = path->mnt->parent;
		pts.inode =
			path->mnt->point->parent ? dir_find(path->mnt->point->parent, "pts") : NULL;
	} else if (path->inode->parent) {
		pts.inode = dir_find(path->inode->parent, "pts");
	}
	mnt = pts.inode ? mount_at(pts.mnt, pts.inode) : NULL;
	while (mnt && mount_at(mnt, mnt->root))
		mnt = mount_at(mnt, mnt->root);
	return mnt && str_eq(mnt->sb->type->name, "devpts") && mnt->root == mnt->sb->root ? mnt
											  : NULL;
}

static int free_number(struct super *sb)
{
	char name[16];

	for (int number = 0;; number++) {
		snprintf(name, sizeof(name), "%d", number);
		if (!dir_find(sb->root, name))
			return number;
	}
}

static void add_slave(struct fake *fake, struct super *sb, struct tty *tty)
{
	struct pts *pts = sb->priv;
	struct inode *slave = inode_new(sb, NULL, S_IFCHR | pts->mode, fake->current->cred.fsuid,
					fake->current->cred.fsgid);
	char name[16];

	if (pts->has_uid)
		slave->uid = pts->uid;
	if (pts->has_gid)
		slave->gid = pts->gid;
	slave->rdev = makedev(136, (unsigned)tty->number);
	snprintf(name, sizeof(name), "%d", tty->number);
	dir_add(sb->root, name, slave);
	pts->count++;
}

int ptmx_open(struct fake *fake, struct path *path, int flags, struct file **file_out)
{
	struct mount *mnt = instance_of(path);
	struct pts *pts = mnt ? mnt->sb->priv : NULL;
	struct path at;
	struct tty *tty;

	if (!mnt)
		return -ENODEV;
	if (pts->count >= pts->max)
		return -ENOSPC;
	tty = must_alloc(sizeof(*tty));
	tty->sb = mnt->sb;
	tty->sb->refs++;
	tty->mnt = mnt;
	mount_get(mnt);
	tty->number = free_number(mnt->sb);
	tty->locked = tty->master_open = true;
	tty->modes = (struct tty_modes){
		.iflag = ICRNL | IXON,
		.oflag = OPOST | ONLCR,
		.cflag = B38400 | CS8 | CREAD,
		.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
		.cc = { 3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22 }
	};
	add_slave(fake, mnt->sb, tty);
	if (!vec_add(&fake->vfs->ttys, &tty))
		abort();
	at = *path;
	*file_out = tty_open_end(fake, tty, true, flags, &at);
	return 0;
}

void pts_remove(struct tty *tty)
{
	struct vec *all = &tty->sb->fake->vfs->ttys;
	struct pts *pts = tty->sb->priv;
	struct inode *slave;
	char name[16];

	for (size_t i = 0; i < all->count; i++) {
		if (*vec_at(all, struct tty *, i) == tty) {
			vec_remove(all, i);
			break;
		}
	}
	snprintf(name, sizeof(name), "%d", tty->number);
	slave = dir_find(tty->sb->root, name);
	if (slave) {
		slave->nlink = 0;
		dir_take(tty->sb->root, name);
	}
	pts->count--;
	super_put(steal_ptr(&tty->sb));
	mount_put(steal_ptr(&tty->mnt));
}

static struct tty *tty_of_slave(struct fake *fake, struct inode *inode)
{
	for (size_t i = 0; i < fake->vfs->ttys.count; i++) {
		struct tty *tty = *vec_at(&fake->vfs->ttys, struct tty *, i);

		if (tty->sb == inode->sb && tty->number == (int)minor(inode->rdev) &&
		    inode->nlink > 0)
			return tty;
	}
	return NULL;
}

static void maybe_take(struct fake *fake, struct tty *tty, int flags)
{
	struct task *task = fake->current;

	if (!(flags & O_NOCTTY) && task->sid == task->pid && !task->ctty && tty->sid == 0)
		tty_take_session(fake, tty);
}

int tty_open_slave(struct fake *fake, struct inode *inode, struct path *path, int flags,
		   struct file **file_out)
{
	struct tty *tty = tty_of_slave(fake, inode);

	if (!tty)
		return -EIO;
	if (tty->locked)
		return -EIO;
	*file_out = tty_open_end(fake, tty, false, flags, path);
	maybe_take(fake, tty, flags);
	return 0;
}

/* --- ioctl --- */

static int open_peer(struct fake *fake, struct tty *tty, int flags)
{
	_cleanup_path_ struct path path = { tty->mnt, NULL };
	char name[16];

	snprintf(name, sizeof(name), "%d", tty->number);
	path.inode = dir_find(tty->sb->root, name);
	path_get(&path);
	if (tty->locked)
		return -EIO;
	return task_install(fake->current, tty_open_end(fake, tty, false, flags, &path),
			    flags & O_CLOEXEC, 0);
}

static int take_session(struct fake *fake, struct tty *tty, long force)
{
	struct task *task = fake->current;
	struct tty *current = tty_of(task->ctty);

	if (task->sid == task->pid && current == tty && tty->sid == task->sid)
		return 0;
	if (task->sid != task->pid || task->ctty)
		return -EPERM;
	if (tty->sid > 0) {
		if (force != 1 || !task_capable(task, CAP_SYS_ADMIN, NULL))
			return -EPERM;
		tty_leave(fake, tty->sid);
	}
	tty_take_session(fake, tty);
	return 0;
}

static struct task *member_of(struct fake *fake, pid_t number, bool group)
{
	for (size_t i = 0; i < fake->tasks.count; i++)
		if (number > 0 &&
		    (group ? task_nth(fake, i)->pgid : task_nth(fake, i)->sid) == number)
			return task_nth(fake, i);
	return NULL;
}

static int session_ioctl(struct fake *fake, struct tty *tty, struct file *file,
			 unsigned long request, void *arg)
{
	struct task *task = fake->current, *group;
	bool is_master = ((struct tty_end *)file->priv)->is_master;

	if (request == TIOCSCTTY)
		return is_master ? -EIO : take_session(fake, tty, (long)(intptr_t)arg);
	if (request == TIOCNOTTY) {
		if (tty_of(task->ctty) != tty)
			return -ENOTTY;
		if (task->sid == task->pid)
			tty_hang_up(fake, tty);
		else
			file_put(fake, steal_ptr(&task->ctty));
		return 0;
	}
	if (!is_master && tty_of(task->ctty) != tty)
		return -ENOTTY;
	if (request == TIOCSPGRP) {
		struct task *member = task_by_pid(fake, task, *(pid_t *)arg);

		group = member ? member_of(fake, member->pid, true) : NULL;
		if (!group)
			return -ESRCH;
		if (group->sid != tty->sid)
			return -EPERM;
		tty->pgid = member->pid;
		return 0;
	}
	if (request == TIOCGSID && tty->sid <= 0)
		return -ENOTTY;
	*(pid_t *)arg =
		task_number_in(fake, request == TIOCGSID ? tty->sid : tty->pgid, task->pid_ns);
	return 0;
}

static int size_ioctl(struct fake *fake, struct tty *tty, unsigned long request,
		      struct winsize *size)
{
	if (request == TIOCGWINSZ) {
		*size = tty->size;
		return 0;
	}
	if (memcmp(size, &tty->size, sizeof(*size)) == 0)
		return 0;
	tty->size = *size;
	if (tty->pgid > 0)
		pgrp_signal(fake, tty->pgid, SIGWINCH);
	return 0;
}

static int pair_ioctl(struct fake *fake, struct tty *tty, unsigned long request, void *arg)
{
	switch (request) {
	case TIOCGPTN:
		*(unsigned *)arg = (unsigned)tty->number;
		return 0;
	case TIOCSPTLCK:
		tty->locked = *(int *)arg;
		return 0;
	case TIOCGPTLCK:
		*(int *)arg = tty->locked;
		return 0;
	case TIOCGPTPEER:
		return kernel_is_older(fake, 413) ? -EINVAL
						  : open_peer(fake, tty, (int)(intptr_t)arg);
	default:
		return -ENOTTY;
	}
}

int tty_ioctl(struct fake *fake, struct file *file, unsigned long request, void *arg)
{
	struct tty_end *end = file->priv;
	struct tty *tty = end->tty;

	if (!end->is_master && (end->generation != tty->generation || !tty->master_open))
		return request == TIOCSPGRP ? -ENOTTY : -EIO;
	switch (request) {
	case TCGETS:
		memcpy(arg, &tty->modes, sizeof(tty->modes));
		return 0;
	case TCSETSF:
		str_clear(&tty->to_slave);
		__attribute__((fallthrough));
	case TCSETS:
	case TCSETSW:
		memcpy(&tty->modes, arg, sizeof(tty->modes));
		return 0;
	case TCFLSH:
		str_clear(end->is_master ? &tty->to_master : &tty->to_slave);
		return 0;
	case FIONREAD:
		*(int *)arg = (int)(end->is_master ? tty->to_master.len : tty->to_slave.len);
		return 0;
	case TIOCGWINSZ:
	case TIOCSWINSZ:
		return size_ioctl(fake, tty, request, arg);
	case TIOCSCTTY:
	case TIOCNOTTY:
	case TIOCGSID:
	case TIOCGPGRP:
	case TIOCSPGRP:
		return session_ioctl(fake, tty, file, request, arg);
	default:
		return end->is_master ? pair_ioctl(fake, tty, request, arg) : -ENOTTY;
	}
}
