/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/tty: what tty.c (data, sessions) and devpts.c (names, ioctls) know of each other.
 * Private to them.
 */
#ifndef SYS_FAKE_TTY_H
#define SYS_FAKE_TTY_H

#include "sys/fake/task.h"
#include "sys/fake/vfs.h"

#include <sys/ioctl.h>

/* The kernel's struct termios, which is the beginning of libc's. */
struct tty_modes {
	unsigned iflag, oflag, cflag, lflag;
	unsigned char line, cc[19];
};

struct pts {
	unsigned max, count;
	unsigned mode, ptmxmode;
	gid_t gid;
	bool has_gid;
	uid_t uid;
	bool has_uid;
};

struct tty {
	unsigned refs;	   /* the master, open slaves, cttys */
	struct super *sb;  /* a reference while the master lives; NULL then */
	struct mount *mnt; /* where the master was opened: for TIOCGPTPEER; a reference */
	int number;
	bool locked; /* TIOCSPTLCK: slaves cannot be opened */
	bool master_open, slave_seen;
	unsigned slaves;     /* open and not hung up */
	unsigned generation; /* counts hang-ups */
	struct winsize size;
	struct tty_modes modes;
	pid_t sid, pgid; /* 0: of no session */
	struct str to_master, to_slave;
};

struct tty_end {
	struct tty *tty;
	bool is_master;
	unsigned generation;
};

extern const struct file_ops tty_ops, ctty_ops;
void tty_put(struct tty *tty);
struct tty *tty_of(struct file *file); /* either end, or a controlling terminal; NULL */
struct file *tty_open_end(struct fake *fake, struct tty *tty, bool master, int flags,
			  struct path *path);
void tty_take_session(struct fake *fake,
		      struct tty *tty); /* becomes the controlling terminal of the current task */
void tty_hang_up(struct fake *fake, struct tty *tty);
void tty_leave(struct fake *fake, pid_t sid); /* all tasks of a session lose it */
int tty_ioctl(struct fake *fake, struct file *file, unsigned long request, void *arg);
void pts_remove(struct tty *tty); /* the master is closed: the name goes */

#endif
