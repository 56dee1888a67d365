/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The console: from its master to the peer and the log file, and back. Nothing here blocks; who
 * does not read is waited for.
 */
#include "core/run/loop.h"
#include "core/run/steps.h"

#include <errno.h>
#include <sys/ioctl.h>

/* One container must not keep us from our other duties. */
#define BURST_MAX (1U << 20)

/* At the end: what one process can have left in a pty, and more. */
#define DRAIN_READS_MAX 4096
#define DRAIN_WAIT_MS 1000

static bool has_console(const struct run *run)
{
	return run->console_master >= 0 && !run->relay.master_ended;
}

static void set_nonblocking(struct sys *sys, int fd)
{
	int flags = sys_fcntl(sys, fd, F_GETFL, 0);

	if (flags >= 0)
		(void)sys_fcntl(sys, fd, F_SETFL, flags | O_NONBLOCK);
}

/*
 * As ssh does, but output processing stays: else every line would hang lower than the one before
 * (console-ipc.md 1.5).
 */
static int make_raw(struct sys *sys, int fd, struct termios *old)
{
	struct termios raw;
	int ret = sys_ioctl(sys, fd, TCGETS, &raw);

	if (ret < 0)
		return ret;
	*old = raw;
	raw.c_iflag |= IGNPAR;
	raw.c_iflag &= ~(tcflag_t)(ISTRIP | INLCR | IGNCR | ICRNL | IXON | IXANY | IXOFF | IUCLC);
	raw.c_lflag &= ~(tcflag_t)(TOSTOP | ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHONL | IEXTEN);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	return sys_ioctl(sys, fd, TCSETSF, &raw);
}

static void peer_close(struct run *run)
{
	struct run_relay *relay = &run->relay;

	if (relay->peer_fd >= 0 && relay->has_termios)
		(void)sys_ioctl(run->sys, relay->peer_fd, TCSETSF, &relay->termios);
	relay->has_termios = false;
	relay->proxy_slot = -1;
	relay->to_peer.len = 0;
	relay->to_master.len = 0;
	close_number(run->sys, &relay->peer_fd);
}

void relay_resize(struct run *run)
{
	if (run->relay.peer_fd >= 0 && has_console(run))
		pty_copy_size(run->sys, run->relay.peer_fd, run->console_master);
}

/*
 * The caller's terminal: a description of our own, so that others who have it open do not see what
 * we set. -errno: the console needs none, or there is none.
 */
static int open_terminal(const struct run *run)
{
	if (!has_console(run) || run->relay.peer_fd >= 0 || (run->plan->flags & PLAN_DAEMON))
		return -EBADF;
	return io_open(run->sys, AT_FDCWD, "/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK, 0, 0);
}

void relay_prepare(struct run *run)
{
	int fd = open_terminal(run);

	if (fd < 0)
		return;
	pty_copy_size(run->sys, fd, run->console_master);
	(void)sys_close(run->sys, fd);
}

void relay_begin(struct run *run)
{
	struct run_relay *relay = &run->relay;
	int fd = open_terminal(run);

	if (fd < 0)
		return;
	relay->peer_fd = fd;
	relay->proxy_slot = -1;
	relay_resize(run);
	if (make_raw(run->sys, fd, &relay->termios) < 0) {
		peer_close(run);
		return;
	}
	relay->has_termios = true;
}

/* The pair has no name outside of us, and needs none. */
static int open_pair(struct sys *sys, struct fd *master, struct fd *slave)
{
	int unlocked = 0;
	int ret = io_open(sys, AT_FDCWD, "/dev/ptmx", O_RDWR | O_NOCTTY, 0, 0);

	if (ret < 0)
		return ret;
	*master = fd_of(sys, ret);
	ret = sys_ioctl(sys, master->n, TIOCSPTLCK, &unlocked);
	if (ret >= 0)
		ret = sys_ioctl(sys, master->n, TIOCGPTPEER,
				(void *)(uintptr_t)(O_RDWR | O_NOCTTY | O_CLOEXEC));
	if (ret < 0)
		return ret;
	*slave = fd_of(sys, ret);
	return 0;
}

int relay_proxy(struct run *run, int slot)
{
	_cleanup_fd_ struct fd master = { 0 }, slave = { 0 };
	struct termios old;
	int ret;

	relay_check_proxy(run);
	if (!has_console(run))
		return -EBADF;
	if (run->relay.peer_fd >= 0)
		return -EBUSY;
	ret = open_pair(run->sys, &master, &slave);
	if (ret == 0)
		ret = make_raw(run->sys, slave.n, &old);
	if (ret < 0)
		return ret;
	set_nonblocking(run->sys, slave.n);
	run->relay.peer_fd = steal_fd(&slave).n;
	run->relay.proxy_slot = slot;
	return steal_fd(&master).n;
}

void relay_check_proxy(struct run *run)
{
	int slot = run->relay.proxy_slot;

	if (slot >= 0 && run->server.clients[slot].tty != LOOP_TTY_CONSOLE)
		peer_close(run);
}

void relay_watch(const struct run *run, struct pollfd *master, struct pollfd *peer)
{
	const struct run_relay *relay = &run->relay;

	*master = (struct pollfd){ .fd = has_console(run) ? run->console_master : -1 };
	*peer = (struct pollfd){ .fd = has_console(run) ? relay->peer_fd : -1 };
	master->events =
		(short)((relay->to_peer.len ? 0 : POLLIN) | (relay->to_master.len ? POLLOUT : 0));
	peer->events =
		(short)((relay->to_master.len ? 0 : POLLIN) | (relay->to_peer.len ? POLLOUT : 0));
}

/* Writes what is pending; what is not taken stays. -errno: the other side is lost. */
static int flush_pending(struct sys *sys, int fd, struct run_pending *pending)
{
	ssize_t n;

	if (pending->len == 0)
		return 0;
	n = SYS_RETRY(sys_write(sys, fd, pending->bytes, pending->len));
	if (n == -EAGAIN)
		return 0;
	if (n < 0)
		return (int)n;
	pending->len -= (size_t)n;
	memmove(pending->bytes, pending->bytes + n, pending->len);
	return 0;
}

/* Fills an empty buffer. 0: nothing now; 1: something; -errno or -EPIPE: the end. */
static int fill_pending(struct sys *sys, int fd, struct run_pending *pending)
{
	ssize_t n = SYS_RETRY(sys_read(sys, fd, pending->bytes, sizeof(pending->bytes)));

	if (n == -EAGAIN)
		return 0;
	if (n <= 0)
		return n == 0 ? -EPIPE : (int)n;
	pending->len = (size_t)n;
	return 1;
}

/* Bytes that came and were passed on; 0: nothing now, or the end. */
static size_t from_master_once(struct run *run)
{
	struct run_pending *pending = &run->relay.to_peer;
	int ret = fill_pending(run->sys, run->console_master, pending);
	size_t len = pending->len;

	if (ret < 0)
		run->relay.master_ended = true;
	if (ret <= 0)
		return 0;
	if (run->console_log_fd >= 0)
		(void)io_write_full(run->sys, run->console_log_fd, pending->bytes, pending->len);
	if (run->relay.peer_fd < 0)
		pending->len = 0;
	else if (flush_pending(run->sys, run->relay.peer_fd, pending) < 0)
		peer_close(run);
	return len;
}

/* A pty gives little at a time: all of it at once, so that the container need not wait for us. */
static void from_master(struct run *run)
{
	size_t taken = 0, len = 1;

	while (len > 0 && taken < BURST_MAX && run->relay.to_peer.len == 0) {
		len = from_master_once(run);
		taken += len;
	}
}

static void from_peer(struct run *run)
{
	struct run_pending *pending = &run->relay.to_master;

	/* Losing the peer removes the peer, nothing else. */
	if (fill_pending(run->sys, run->relay.peer_fd, pending) < 0)
		peer_close(run);
	else if (flush_pending(run->sys, run->console_master, pending) < 0)
		run->relay.master_ended = true;
}

void relay_serve(struct run *run, const struct pollfd *master, const struct pollfd *peer)
{
	struct run_relay *relay = &run->relay;
	const short readable = POLLIN | POLLHUP | POLLERR;

	if (peer->fd >= 0 && peer->fd == relay->peer_fd) {
		if ((peer->revents & POLLOUT) &&
		    flush_pending(run->sys, relay->peer_fd, &relay->to_peer) < 0)
			peer_close(run);
		else if ((peer->revents & readable) && relay->to_master.len == 0)
			from_peer(run);
		else if (peer->revents & (POLLHUP | POLLERR))
			peer_close(run);
	}
	if (master->fd >= 0 && has_console(run)) {
		if ((master->revents & POLLOUT) &&
		    flush_pending(run->sys, run->console_master, &relay->to_master) < 0)
			relay->master_ended = true;
		else if ((master->revents & readable) && relay->to_peer.len == 0)
			from_master(run);
	}
}

static bool is_ready(struct sys *sys, int fd, short events, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };

	return SYS_RETRY(sys_poll(sys, &poll_fd, 1, timeout_ms)) > 0 && (poll_fd.revents & events);
}

void relay_end(struct run *run)
{
	struct run_relay *relay = &run->relay;

	for (unsigned i = 0; i < DRAIN_READS_MAX && has_console(run); i++) {
		if (relay->peer_fd >= 0 && relay->to_peer.len > 0 &&
		    (!is_ready(run->sys, relay->peer_fd, POLLOUT, DRAIN_WAIT_MS) ||
		     flush_pending(run->sys, relay->peer_fd, &relay->to_peer) < 0))
			peer_close(run);
		if (relay->to_peer.len > 0)
			continue;
		if (!is_ready(run->sys, run->console_master, POLLIN, 0))
			break;
		from_master(run);
	}
	peer_close(run);
}
