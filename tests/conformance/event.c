/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "conformance.h"

#include <errno.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

static sigset_t one_signal(int signo)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signo);
	return set;
}

static void signals(struct sys *sys, struct str *out)
{
	sigset_t usr1 = one_signal(SIGUSR1), chld = one_signal(SIGCHLD), old;
	int fd = sys_signalfd(sys, -1, &usr1, SFD_CLOEXEC | SFD_NONBLOCK);
	struct signalfd_siginfo info[4];
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	char c;

	note(out, "block", sys_sigprocmask(sys, SIG_BLOCK, &usr1, NULL));
	note(out, "strange how", sys_sigprocmask(sys, 77, &usr1, NULL));
	note(out, "nothing", sys_read(sys, fd, info, sizeof(info)));
	note(out, "too small", sys_read(sys, fd, &c, 1));
	sys_kill(sys, sys_getpid(sys), SIGUSR1);
	sys_kill(sys, sys_getpid(sys), SIGUSR1);
	note_n(out, "once", sys_read(sys, fd, info, sizeof(info)));
	note_n(out, "code", info[0].ssi_code == SI_USER);
	note_n(out, "from me", (pid_t)info[0].ssi_pid == sys_getpid(sys));
	note(out, "change", sys_signalfd(sys, fd, &chld, 0));
	sys_sigprocmask(sys, SIG_BLOCK, &chld, &old);
	note_n(out, "was blocked", sigismember(&old, SIGUSR1));
	sys_kill(sys, sys_getpid(sys), SIGCHLD);
	note_n(out, "ignored by default but blocked", sys_read(sys, fd, info, sizeof(info)));
	note(out, "ignore", sys_sigaction(sys, SIGUSR1, &ignore, NULL));
	sys_kill(sys, sys_getpid(sys), SIGUSR1);
	note(out, "catch kill", sys_sigaction(sys, SIGKILL, &ignore, NULL));
	note(out, "signal 0", sys_sigaction(sys, 0, NULL, NULL));
	sys_sigprocmask(sys, SIG_UNBLOCK, &usr1, NULL);
	sys_close(sys, fd);
}

static int end_after(void *arg)
{
	struct child *child = arg;

	nap(child->sys, 20);
	return child->number;
}

static void children(struct sys *sys, struct str *out)
{
	sigset_t chld = one_signal(SIGCHLD);
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct signalfd_siginfo info = { 0 };
	siginfo_t end;
	int fd;
	pid_t pid;

	sys_sigprocmask(sys, SIG_BLOCK, &chld, NULL);
	fd = sys_signalfd(sys, -1, &chld, SFD_CLOEXEC);
	pid = start(sys, 0, end_after, (struct child){ .number = 9 });
	note_n(out, "a child ends", sys_read(sys, fd, &info, sizeof(info)));
	note_n(out, "code", info.ssi_code);
	note_n(out, "status", info.ssi_status);
	note_n(out, "who", (pid_t)info.ssi_pid == pid);
	note_end(out, "end", sys, pid);
	sys_sigaction(sys, SIGCHLD, &ignore, NULL);
	start(sys, 0, end_after, (struct child){ 0 });
	note(out, "ignored children leave nothing", sys_waitid(sys, P_ALL, 0, &end, WEXITED));
	sys_close(sys, fd);
}

static void note_signal(int signo)
{
}

static int interrupt_parent(void *arg)
{
	struct child *child = arg;

	nap(child->sys, 20);
	sys_kill(child->sys, child->number, SIGUSR1);
	nap(child->sys, 50);
	return 0;
}

static void interruption(struct sys *sys, struct str *out)
{
	struct sigaction action = { .sa_handler = note_signal };
	struct timespec hour = { .tv_sec = 3600 }, left = { 0 };
	int fds[2], epfd = sys_epoll_create1(sys, EPOLL_CLOEXEC);
	struct epoll_event event;
	siginfo_t info;
	char c;
	pid_t pid;

	sys_pipe2(sys, fds, O_CLOEXEC);
	sys_sigaction(sys, SIGUSR1, &action, NULL);
	for (int i = 0; i < 5; i++) {
		pid = start(sys, 0, interrupt_parent, (struct child){ .number = sys_getpid(sys) });
		if (i == 0)
			note(out, "read", sys_read(sys, fds[0], &c, 1));
		else if (i == 1)
			note(out, "poll", nap(sys, -1));
		else if (i == 2)
			note(out, "epoll", sys_epoll_wait(sys, epfd, &event, 1, -1));
		else if (i == 3)
			note(out, "wait", sys_waitid(sys, P_PID, pid, &info, WEXITED));
		else
			note(out, "sleep",
			     sys_clock_nanosleep(sys, CLOCK_MONOTONIC, 0, &hour, &left));
		note_end(out, "end", sys, pid);
	}
	note_n(out, "left", left.tv_sec);
	sys_close_range(sys, 0, 40, 0);
}

static void epolls(struct sys *sys, struct str *out)
{
	int epfd = sys_epoll_create1(sys, EPOLL_CLOEXEC), fds[2], copy;
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = 7 }, got[4] = { 0 };

	sys_pipe2(sys, fds, O_CLOEXEC);
	note(out, "strange flags", sys_epoll_create1(sys, 1));
	note(out, "no epoll", sys_epoll_ctl(sys, fds[0], EPOLL_CTL_ADD, fds[1], &event));
	note(out, "itself", sys_epoll_ctl(sys, epfd, EPOLL_CTL_ADD, epfd, &event));
	note(out, "not open", sys_epoll_ctl(sys, epfd, EPOLL_CTL_ADD, 30, &event));
	note(out, "change what is not there",
	     sys_epoll_ctl(sys, epfd, EPOLL_CTL_MOD, fds[0], &event));
	note(out, "remove what is not there",
	     sys_epoll_ctl(sys, epfd, EPOLL_CTL_DEL, fds[0], &event));
	note(out, "add", sys_epoll_ctl(sys, epfd, EPOLL_CTL_ADD, fds[0], &event));
	note(out, "add again", sys_epoll_ctl(sys, epfd, EPOLL_CTL_ADD, fds[0], &event));
	copy = sys_fcntl(sys, fds[0], F_DUPFD_CLOEXEC, 20);
	note(out, "add a copy", sys_epoll_ctl(sys, epfd, EPOLL_CTL_ADD, copy, &event));
	note(out, "no room", sys_epoll_wait(sys, epfd, got, 0, 0));
	note_n(out, "nothing", sys_epoll_wait(sys, epfd, got, 4, 10));
	sys_write(sys, fds[1], "x", 1);
	note_n(out, "both", sys_epoll_wait(sys, epfd, got, 4, -1));
	note_n(out, "data", (long)got[0].data.u64);
	note_n(out, "remove the copy", sys_epoll_ctl(sys, epfd, EPOLL_CTL_DEL, copy, NULL));
	note_n(out, "level", sys_epoll_wait(sys, epfd, got, 4, -1));
	event.events = 0;
	sys_epoll_ctl(sys, epfd, EPOLL_CTL_MOD, fds[0], &event);
	note_n(out, "no events asked", sys_epoll_wait(sys, epfd, got, 4, 0));
	sys_close(sys, fds[1]);
	note_n(out, "hang-up", sys_epoll_wait(sys, epfd, got, 4, 0));
	note_n(out, "only that", got[0].events);
	sys_close(sys, fds[0]);
	note_n(out, "a copy still holds it", sys_epoll_wait(sys, epfd, got, 4, 0));
	sys_close(sys, copy);
	note_n(out, "gone", sys_epoll_wait(sys, epfd, got, 4, 0));
	sys_close_range(sys, 0, 40, 0);
}

static void timers(struct sys *sys, struct str *out)
{
	struct itimerspec once = { .it_value.tv_nsec = 20000000 }, off = { 0 }, old = { 0 };
	struct itimerspec wrong = { .it_value.tv_nsec = 2000000000 };
	int fd = sys_timerfd_create(sys, CLOCK_MONOTONIC, TFD_CLOEXEC);
	struct pollfd poll = { .fd = fd, .events = POLLIN };
	uint64_t count = 0;

	note(out, "strange clock", sys_timerfd_create(sys, 77, 0));
	note(out, "strange flags", sys_timerfd_create(sys, CLOCK_MONOTONIC, 1));
	note(out, "wrong time", sys_timerfd_settime(sys, fd, 0, &wrong, NULL));
	note(out, "set", sys_timerfd_settime(sys, fd, 0, &once, &old));
	note_n(out, "was", old.it_value.tv_nsec);
	note_n(out, "not yet", sys_poll(sys, &poll, 1, 0));
	note_n(out, "wait", sys_poll(sys, &poll, 1, 5000));
	note(out, "small", sys_read(sys, fd, &count, 4));
	note_n(out, "read", sys_read(sys, fd, &count, sizeof(count)));
	note_n(out, "once", (long)count);
	note_n(out, "not again", sys_poll(sys, &poll, 1, 30));
	note(out, "off", sys_timerfd_settime(sys, fd, 0, &off, NULL));
	note_n(out, "nothing", sys_poll(sys, &poll, 1, 30));
	poll.fd = 33;
	note_n(out, "not open", sys_poll(sys, &poll, 1, 0));
	note_n(out, "invalid", poll.revents == POLLNVAL);
	sys_close(sys, fd);
}

const struct script event_scripts[] = {
	{ "signals", signals }, { "children", children }, { "interruption", interruption },
	{ "epolls", epolls },	{ "timers", timers },	  { NULL, NULL },
};
