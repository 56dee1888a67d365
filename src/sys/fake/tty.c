/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/tty: pairs of terminals: what goes through them, sessions, hang-up.
 *
 * Sources: pty(7), termios(3), ioctl_tty(2), credentials(7).
 */
#include "sys/fake/tty.h"

#include <assert.h>
#include <termios.h>

void tty_put(struct tty *tty)
{

	if (--tty->refs > 0)
		return;
	str_finish(&tty->to_master);
	str_finish(&tty->to_slave);
	free(tty);
}

struct tty *tty_of(struct file *file)
{
	if (!file)
		return NULL;
	if (file->ops == &ctty_ops)
		return file->priv;
	return file->ops == &tty_ops ? ((struct tty_end *)file->priv)->tty : NULL;
}

int tty_number(struct file *file)
{
	struct tty *tty = tty_of(file);

	return tty ? tty->number : -1;
}

static bool is_hung(const struct tty_end *end)
{
	return !end->is_master &&
	       (end->generation != end->tty->generation || !end->tty->master_open);
}

/* --- reading --- */

static bool master_ready(struct tty *tty)
{
	return tty->to_master.len > 0 || (tty->slave_seen && tty->slaves == 0);
}

/* How much a slave's reader gets now: a line in canonical mode. */
static size_t slave_amount(struct tty *tty)
{
	const char *text = str_text(&tty->to_slave);

	if (!(tty->modes.lflag & ICANON))
		return tty->to_slave.len;
	for (size_t i = 0; i < tty->to_slave.len; i++)
		if (text[i] == '\n' || text[i] == (char)tty->modes.cc[VEOF])
			return i + 1;
	return 0;
}

static bool end_ready(void *arg)
{
	struct file *file = arg;
	struct tty_end *end = file->priv;

	if (end->is_master)
		return master_ready(end->tty);
	return is_hung(end) || slave_amount(end->tty) > 0;
}

static void consume(struct str *from, size_t len)
{
	memmove(from->s, from->s + len, from->len - len);
	from->len -= len;
	from->s[from->len] = '\0';
}

static ssize_t take_line(struct tty *tty, void *buf, size_t len)
{
	size_t have = slave_amount(tty);
	bool eof = (tty->modes.lflag & ICANON) &&
		   tty->to_slave.s[have - 1] == (char)tty->modes.cc[VEOF];
	size_t give = eof ? have - 1 : have;

	if (give > len) {
		memcpy(buf, tty->to_slave.s, len);
		consume(&tty->to_slave, len);
		return (ssize_t)len;
	}
	memcpy(buf, tty->to_slave.s, give);
	consume(&tty->to_slave, have);
	return (ssize_t)give;
}

static ssize_t tty_read(struct fake *fake, struct file *file, void *buf, size_t len, off_t *pos)
{
	struct tty_end *end = file->priv;
	struct tty *tty = end->tty;
	int ret;

	if ((file->flags & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	if (!end_ready(file)) {
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		ret = fake_block(fake, end_ready, file, UINT64_MAX,
				 end->is_master ? "read of a pty master" : "read of a terminal");
		if (ret < 0)
			return ret;
	}
	if (!end->is_master)
		return is_hung(end) && slave_amount(tty) == 0 ? 0 : take_line(tty, buf, len);
	if (tty->to_master.len == 0)
		return -EIO;
	if (len > tty->to_master.len)
		len = tty->to_master.len;
	memcpy(buf, tty->to_master.s, len);
	consume(&tty->to_master, len);
	return (ssize_t)len;
}

/* --- writing --- */

static int signal_of(const struct tty_modes *modes, char c)
{
	if (!(modes->lflag & ISIG) || c == 0)
		return 0;
	if (c == (char)modes->cc[VINTR])
		return SIGINT;
	if (c == (char)modes->cc[VQUIT])
		return SIGQUIT;
	return c == (char)modes->cc[VSUSP] ? SIGTSTP : 0;
}

static void type_in(struct fake *fake, struct tty *tty, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		int signo = signal_of(&tty->modes, c);

		if (signo) {
			if (tty->pgid > 0)
				pgrp_signal(fake, tty->pgid, signo);
			continue;
		}
		if (c == '\r' && (tty->modes.iflag & ICRNL))
			c = '\n';
		str_add_n(&tty->to_slave, &c, 1);
	}
}

static ssize_t tty_write(struct fake *fake, struct file *file, const void *buf, size_t len,
			 off_t *pos)
{
	struct tty_end *end = file->priv;

	if ((file->flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	if (end->is_master)
		type_in(fake, end->tty, buf, len);
	else if (is_hung(end))
		return -EIO;
	else
		str_add_n(&end->tty->to_master, buf, len);
	return (ssize_t)len;
}

static uint32_t tty_poll(struct fake *fake, struct file *file)
{
	struct tty_end *end = file->priv;
	uint32_t events = EPOLLOUT;

	if (end->is_master) {
		if (end->tty->to_master.len > 0)
			events |= EPOLLIN;
		if (end->tty->slave_seen && end->tty->slaves == 0)
			events |= EPOLLHUP;
		return events;
	}
	if (is_hung(end))
		return EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP;
	return slave_amount(end->tty) > 0 ? events | EPOLLIN : events;
}

/* --- life --- */

static void tty_release(struct fake *fake, struct file *file)
{
	struct tty_end *end = file->priv;
	struct tty *tty = end->tty;

	locks_release(file);
	if (end->is_master) {
		tty->master_open = false;
		pts_remove(tty);
		tty_hang_up(fake, tty);
	} else if (!is_hung(end)) {
		tty->slaves--;
	}
	free(end);
	tty_put(tty);
}

static void tty_describe(struct fake *fake, struct file *file, struct str *out)
{
	struct tty_end *end = file->priv;

	str_addf(out, "%s %d%s", end->is_master ? "master" : "slave", end->tty->number,
		 is_hung(end) ? " hung up" : "");
}

const struct file_ops tty_ops = { .kind = "tty",
				  .read = tty_read,
				  .write = tty_write,
				  .poll = tty_poll,
				  .ioctl = tty_ioctl,
				  .release = tty_release,
				  .describe = tty_describe };

static void ctty_release(struct fake *fake, struct file *file)
{
	tty_put(file->priv);
}

/* Not open: only says which terminal a session has. */
const struct file_ops ctty_ops = { .kind = "ctty", .release = ctty_release };

struct file *tty_open_end(struct fake *fake, struct tty *tty, bool master, int flags,
			  struct path *path)
{
	struct tty_end *end = must_alloc(sizeof(*end));

	*end = (struct tty_end){ .tty = tty, .is_master = master, .generation = tty->generation };
	tty->refs++;
	if (!master) {
		tty->slaves++;
		tty->slave_seen = true;
	}
	return file_at(fake, &tty_ops, flags, end, path);
}

/* --- sessions --- */

void tty_leave(struct fake *fake, pid_t sid)
{
	for (size_t i = 0; i < fake->tasks.count; i++) {
		struct task *task = task_nth(fake, i);

		if (task->sid == sid && task->ctty)
			file_put(fake, steal_ptr(&task->ctty));
	}
}

void tty_take_session(struct fake *fake, struct tty *tty)
{
	struct task *task = fake->current;
	struct file *file = file_create(fake, &ctty_ops, 0, tty);

	if (!file)
		abort();
	tty->refs++;
	tty->sid = task->sid;
	tty->pgid = task->pgid;
	if (task->ctty)
		file_put(fake, task->ctty);
	task->ctty = file;
}

void tty_hang_up(struct fake *fake, struct tty *tty)
{
	pid_t sid = tty->sid, pgid = tty->pgid;

	tty->generation++;
	tty->slaves = 0;
	tty->sid = tty->pgid = 0;
	if (sid <= 0)
		return;
	tty->refs++;
	tty_leave(fake, sid);
	for (size_t i = 0; i < fake->tasks.count; i++) {
		struct task *leader = task_nth(fake, i);

		if (leader->pid == sid && leader->state != TASK_ZOMBIE &&
		    leader->state != TASK_DEAD)
			task_signal(fake, leader, SIGHUP, NULL);
	}
	if (pgid > 0 && pgid != sid)
		pgrp_signal(fake, pgid, SIGHUP);
	tty_put(tty);
}

void vfs_session_end(struct fake *fake, struct task *leader)
{
	struct tty *tty = tty_of(leader->ctty);

	if (!tty || tty->sid != leader->sid)
		return;
	tty_hang_up(fake, tty);
}

int tty_open_current(struct fake *fake, struct path *path, int flags, struct file **file_out)
{
	struct tty *tty = tty_of(fake->current->ctty);

	if (!tty)
		return -ENXIO;
	if (!tty->master_open)
		return -EIO;
	*file_out = tty_open_end(fake, tty, false, flags, path);
	return 0;
}

void ttys_world(struct fake *fake, struct str *out)
{
	for (size_t i = 0; i < fake->vfs->ttys.count; i++) {
		struct tty *tty = *vec_at(&fake->vfs->ttys, struct tty *, i);

		str_addf(out, "pty %d%s%s\n", tty->number, tty->slaves ? " with slaves" : "",
			 tty->sid ? " of a session" : "");
	}
}
