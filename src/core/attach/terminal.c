/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pty between the caller's terminal and the attached process: a container must never hold the
 * caller's own terminal (CVE-2016-10124). From the container's devpts, so that its name means
 * something inside; else from the host's.
 */
#include "core/attach/context.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <termios.h>

#define PTMX_DEV makedev(5, 2)
#define TTY_MODE 0620

static bool is_tty(struct sys *sys, int fd)
{
	struct termios t = { 0 };

	return fd >= 0 && sys_ioctl(sys, fd, TCGETS, &t) >= 0;
}

/* Slave of an open master. */
static int open_peer(struct sys *sys, int master)
{
	int unlocked = 0;
	int ret = sys_ioctl(sys, master, TIOCSPTLCK, &unlocked);

	return ret < 0 ? ret
		       : sys_ioctl(sys, master, TIOCGPTPEER,
				   (void *)(uintptr_t)(O_RDWR | O_NOCTTY | O_CLOEXEC));
}

static int open_pair(struct sys *sys, const char *ptmx, uint64_t resolve, int *master_out,
		     int *slave_out)
{
	_cleanup_fd_ struct fd master = { 0 };
	struct stat st;
	int ret = io_open(sys, AT_FDCWD, ptmx, O_RDWR | O_NOCTTY, 0, resolve);

	if (ret < 0)
		return ret;
	master = fd_of(sys, ret);
	ret = sys_fstatat(sys, master.n, "", &st, AT_EMPTY_PATH);
	if (ret == 0 && (!S_ISCHR(st.st_mode) || st.st_rdev != PTMX_DEV))
		ret = -ENODEV;
	if (ret == 0)
		ret = open_peer(sys, master.n);
	if (ret < 0)
		return ret;
	*slave_out = ret;
	*master_out = steal_fd(&master).n;
	return 0;
}

int attach_terminal_open(struct attach_context *c, struct err *err)
{
	const int given[3] = { c->args->stdin_fd, c->args->stdout_fd, c->args->stderr_fd };
	int master, slave, ret;

	if (!(c->args->flags & ATTACH_TERMINAL))
		return 0;
	for (int i = 0; i < 3; i++)
		if (is_tty(c->sys, given[i]))
			c->tty_bits |= 1U << i;
	if (!c->tty_bits)
		return 0;
	ret = io_open(c->sys, AT_FDCWD, "/dev/tty", O_RDWR | O_NOCTTY, 0, 0);
	for (int i = 0; i < 3 && ret < 0; i++)
		if (c->tty_bits & 1U << i)
			ret = sys_fcntl(c->sys, given[i], F_DUPFD_CLOEXEC, 3);
	if (ret < 0)
		return err_sys(err, ret, "open the caller's terminal");
	c->peer = fd_of(c->sys, ret);
	ret = open_pair(c->sys, "/dev/ptmx", 0, &master, &slave);
	if (ret < 0)
		return err_sys(err, ret, "allocate a terminal");
	c->master = fd_of(c->sys, master);
	c->slave = fd_of(c->sys, slave);
	return 0;
}

/* --- A --- */

/* The container's devpts is checked to be one; what comes back is a pty whatever the image holds.
 */
static int open_inside(struct sys *sys, int *master_out, int *slave_out)
{
	struct statfs fs;
	int ret = open_pair(sys, "/dev/pts/ptmx", RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
			    master_out, slave_out);

	if (ret < 0)
		return ret;
	if (sys_fstatfs(sys, *master_out, &fs) == 0 && fs.f_type == DEVPTS_SUPER_MAGIC)
		return 0;
	close_slot(sys, master_out);
	close_slot(sys, slave_out);
	return -ENODEV;
}

int attach_terminal_take(struct attach_child *child)
{
	struct sys *sys = child->sys;
	struct attach_message msg = { .type = ATTACH_MASTER };
	int master = -1, slave = -1, ret = 0;

	if (child->slave < 0)
		return 0;
	if ((child->joined & CLONE_NEWNS) && open_inside(sys, &master, &slave) == 0) {
		ret = (int)io_send(sys, child->socket, &msg, sizeof(msg), &master, 1, false);
		close_slot(sys, &master);
		close_slot(sys, &child->slave);
		child->slave = slave;
	}
	if (ret < 0)
		return ret;
	(void)sys_fchmod(sys, child->slave, TTY_MODE);
	(void)sys_fchownat(sys, child->slave, "", child->context->uid, (gid_t)-1, AT_EMPTY_PATH);
	ret = sys_setsid(sys);
	return ret < 0 ? ret : sys_ioctl(sys, child->slave, TIOCSCTTY, NULL);
}

/* --- P --- */

void attach_terminal_replace(struct attach_context *c, struct io_message *in)
{
	struct stat st;

	if (in->fd_count != 1 || sys_fstatat(c->sys, in->fds[0], "", &st, AT_EMPTY_PATH) < 0 ||
	    !S_ISCHR(st.st_mode) || st.st_rdev != PTMX_DEV)
		return;
	fd_finish(&c->master);
	c->master = fd_of(c->sys, in->fds[0]);
	in->fd_count = 0;
}

static void copy_size(struct attach_context *c)
{
	struct winsize size;

	if (sys_ioctl(c->sys, c->peer.n, TIOCGWINSZ, &size) >= 0)
		(void)sys_ioctl(c->sys, c->master.n, TIOCSWINSZ, &size);
}

/* As ssh does: output processing stays on (console-ipc.md 1.5). */
static struct termios raw_of(struct termios t)
{
	t.c_iflag |= IGNPAR;
	t.c_iflag &= ~(tcflag_t)(ISTRIP | INLCR | IGNCR | ICRNL | IXON | IXANY | IXOFF | IUCLC);
	t.c_lflag &= ~(tcflag_t)(TOSTOP | ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHONL | IEXTEN);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	return t;
}

/* Some bytes from one to the other; false: the source has ended. */
static bool shuffle(struct attach_context *c, int from, int to, int log_fd)
{
	char bytes[4096];
	ssize_t len = SYS_RETRY(sys_read(c->sys, from, bytes, sizeof(bytes)));

	if (len == -EAGAIN)
		return true;
	if (len <= 0)
		return false;
	if (log_fd >= 0)
		(void)io_write_full(c->sys, log_fd, bytes, (size_t)len);
	return io_write_full(c->sys, to, bytes, (size_t)len) == 0;
}

/* struct signalfd_siginfo: what is needed of it. */
struct arrived {
	uint32_t signo;
	char rest[124];
};

/* Until the terminal inside has ended: 0; or the number of the signal that ends us. */
static int relay(struct attach_context *c, int signal_fd)
{
	struct pollfd fds[3] = { { .fd = c->master.n, .events = POLLIN },
				 { .fd = c->peer.n, .events = POLLIN },
				 { .fd = signal_fd, .events = POLLIN } };

	for (;;) {
		struct arrived info;

		if (SYS_RETRY(sys_poll(c->sys, fds, ARRAY_LEN(fds), -1)) < 0)
			return 0;
		if (fds[2].revents &&
		    SYS_RETRY(sys_read(c->sys, signal_fd, &info, sizeof(info))) > 0) {
			if (info.signo != SIGWINCH)
				return (int)info.signo;
			copy_size(c);
		}
		/* Its end is the end of the last process that holds the other side. */
		if (fds[0].revents && !shuffle(c, c->master.n, c->peer.n, c->args->log_fd))
			return 0;
		/* The caller's terminal is gone: what runs inside still may speak. */
		if (fds[1].revents && !shuffle(c, c->peer.n, c->master.n, -1))
			fds[1].fd = -1;
	}
}

/*
 * Blocks, and hands to a descriptor, what would end the caller and leave its terminal raw. What it
 * ignores or has blocked itself stays with it.
 */
static int catch_signals(struct sys *sys, sigset_t *old)
{
	static const int ending[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT };
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGWINCH);
	(void)sys_sigprocmask(sys, SIG_BLOCK, &mask, old);
	for (size_t i = 0; i < ARRAY_LEN(ending); i++) {
		struct sigaction action = { .sa_handler = SIG_DFL };

		if (sys_sigaction(sys, ending[i], NULL, &action) == 0 &&
		    action.sa_handler != SIG_IGN && !sigismember(old, ending[i]))
			sigaddset(&mask, ending[i]);
	}
	(void)sys_sigprocmask(sys, SIG_BLOCK, &mask, NULL);
	return sys_signalfd(sys, -1, &mask, O_CLOEXEC);
}

int attach_terminal_relay(struct attach_context *c, struct err *err)
{
	struct termios saved = { 0 }, raw;
	bool has_termios;
	int signal_fd, signo;
	sigset_t old;

	if (!fd_is_open(&c->peer))
		return 0;
	fd_finish(&c->slave);
	signal_fd = catch_signals(c->sys, &old);
	/* Nobody would hear them. */
	if (signal_fd < 0)
		(void)sys_sigprocmask(c->sys, SIG_SETMASK, &old, NULL);
	has_termios = sys_ioctl(c->sys, c->peer.n, TCGETS, &saved) >= 0;
	raw = raw_of(saved);
	if (has_termios)
		(void)sys_ioctl(c->sys, c->peer.n, TCSETS, &raw);
	copy_size(c);
	signo = relay(c, signal_fd);
	if (has_termios)
		(void)sys_ioctl(c->sys, c->peer.n, TCSETS, &saved);
	close_slot(c->sys, &signal_fd);
	(void)sys_sigprocmask(c->sys, SIG_SETMASK, &old, NULL);
	if (signo == 0)
		return 0;
	/* The caller dies of it, or its handler runs. */
	(void)sys_kill(c->sys, sys_getpid(c->sys), signo);
	return err_set(err, -EINTR, "signal %d ended the terminal of the attached process", signo);
}
