/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The caller's side of the terminal: it stays with the caller, raw, while a pty stands in for it inside. */
#include "core/attach/context.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <sys/ioctl.h>
#include <termios.h>

static bool is_tty(struct sys *sys, int fd)
{
	struct termios t = { 0 };

	return fd >= 0 && sys_ioctl(sys, fd, TCGETS, &t) >= 0;
}

unsigned attach_terminal_bits(struct sys *sys, const int streams[3])
{
	unsigned bits = 0;

	for (int i = 0; i < 3; i++)
		if (is_tty(sys, streams[i]))
			bits |= 1U << i;
	return bits;
}

/* One direction: read when it is empty, written as far as the other side takes it. */
struct stream {
	int from, to;
	size_t len, done;
	char bytes[4096];
};

/* What the relay holds. */
struct attach_relay {
	struct sys *sys;
	int terminal, master, log_fd, signal_fd;
	struct stream output, input;
};

static void copy_size(const struct attach_relay *r)
{
	struct winsize size;

	if (sys_ioctl(r->sys, r->terminal, TIOCGWINSZ, &size) >= 0)
		(void)sys_ioctl(r->sys, r->master, TIOCSWINSZ, &size);
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

/* What poll shall look for at the two ends of a stream. */
static void watch(const struct stream *stream, struct pollfd *from, struct pollfd *to)
{
	from->events = (short)(from->events | (stream->len ? 0 : POLLIN));
	to->events = (short)(to->events | (stream->len ? POLLOUT : 0));
}

/* As much as goes without waiting. false: the source has ended, or the other side has. */
static bool shuffle(struct sys *sys, struct stream *s, const struct pollfd *from,
		    const struct pollfd *to, int log_fd)
{
	ssize_t n;

	if (s->len == 0 && (from->revents & (POLLIN | POLLHUP | POLLERR))) {
		n = SYS_RETRY(sys_read(sys, s->from, s->bytes, sizeof(s->bytes)));
		if (n <= 0)
			return n == -EAGAIN;
		s->len = (size_t)n;
		s->done = 0;
		if (log_fd >= 0)
			(void)io_write_full(sys, log_fd, s->bytes, s->len);
	}
	if (s->len == 0 || !(to->revents || from->revents))
		return true;
	n = SYS_RETRY(sys_write(sys, s->to, s->bytes + s->done, s->len - s->done));
	if (n < 0)
		return n == -EAGAIN;
	s->done += (size_t)n;
	if (s->done == s->len)
		s->len = 0;
	return true;
}

/* struct signalfd_siginfo: what is needed of it. */
struct arrived {
	uint32_t signo;
	char rest[124];
};

/* The number of the signal that came and ends us; 0: none. */
static int take_signal(const struct attach_relay *r)
{
	struct arrived info;

	if (SYS_RETRY(sys_read(r->sys, r->signal_fd, &info, sizeof(info))) <= 0)
		return 0;
	if (info.signo != SIGWINCH)
		return (int)info.signo;
	copy_size(r);
	return 0;
}

/* Until the terminal inside has ended: 0; or the number of the signal that ends us. */
static int relay(struct attach_relay *r)
{
	bool hears = true;

	for (;;) {
		struct pollfd fds[3] = { { .fd = r->master }, { .fd = r->terminal },
					 { .fd = r->signal_fd, .events = POLLIN } };

		watch(&r->output, &fds[0], &fds[1]);
		if (hears)
			watch(&r->input, &fds[1], &fds[0]);
		if (!fds[1].events)
			fds[1].fd = -1;
		if (SYS_RETRY(sys_poll(r->sys, fds, ARRAY_LEN(fds), -1)) < 0)
			return 0;
		if (fds[2].revents) {
			int signo = take_signal(r);

			if (signo)
				return signo;
		}
		/* Its end is the end of the last process that holds the other side. */
		if (!shuffle(r->sys, &r->output, &fds[0], &fds[1], r->log_fd))
			return 0;
		/* The caller's terminal is gone: what runs inside still may speak. */
		if (hears && !shuffle(r->sys, &r->input, &fds[1], &fds[0], -1))
			hears = false;
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

int attach_terminal_relay(struct sys *sys, int terminal_fd, int master_fd, int log_fd, struct err *err)
{
	struct attach_relay r = {
		.sys = sys,
		.terminal = terminal_fd,
		.master = master_fd,
		.log_fd = log_fd,
		.output = { .from = master_fd, .to = terminal_fd },
		.input = { .from = terminal_fd, .to = master_fd },
	};
	struct termios saved = { 0 }, raw;
	bool has_termios;
	sigset_t old;
	int signo;

	r.signal_fd = catch_signals(sys, &old);
	/* Nobody would hear them. */
	if (r.signal_fd < 0)
		(void)sys_sigprocmask(sys, SIG_SETMASK, &old, NULL);
	has_termios = sys_ioctl(sys, r.terminal, TCGETS, &saved) >= 0;
	raw = raw_of(saved);
	if (has_termios)
		(void)sys_ioctl(sys, r.terminal, TCSETS, &raw);
	copy_size(&r);
	/* Nobody waits in a write: a signal shall always be heard. */
	(void)sys_fcntl(sys, r.master, F_SETFL, O_RDWR | O_NONBLOCK);
	signo = relay(&r);
	if (has_termios)
		(void)sys_ioctl(sys, r.terminal, TCSETS, &saved);
	if (r.signal_fd >= 0)
		(void)sys_close(sys, r.signal_fd);
	(void)sys_sigprocmask(sys, SIG_SETMASK, &old, NULL);
	if (signo == 0)
		return 0;
	/* The caller dies of it, or its handler runs. */
	(void)sys_kill(sys, sys_getpid(sys), signo);
	return err_set(err, -EINTR, "signal %d ended the terminal of the attached process", signo);
}
