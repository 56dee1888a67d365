/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls on signals, events and time. */
#include "sys/linux/call.h"

#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

int linux_sigprocmask(struct sys *sys, int how, const sigset_t *set, sigset_t *old)
{
	return LINUX_INT(sigprocmask(how, set, old));
}

int linux_sigaction(struct sys *sys, int signo, const struct sigaction *act, struct sigaction *old)
{
	return LINUX_INT(sigaction(signo, act, old));
}

int linux_signalfd(struct sys *sys, int fd, const sigset_t *mask, unsigned long flags)
{
	return LINUX_INT(signalfd(fd, mask, (int)flags));
}

int linux_epoll_create1(struct sys *sys, unsigned long flags)
{
	return LINUX_INT(epoll_create1((int)flags));
}

int linux_epoll_ctl(struct sys *sys, int epfd, int op, int fd, struct epoll_event *event)
{
	return LINUX_INT(epoll_ctl(epfd, op, fd, event));
}

int linux_epoll_wait(struct sys *sys, int epfd, struct epoll_event *events, int maxevents,
		     int timeout_ms)
{
	return LINUX_INT(epoll_wait(epfd, events, maxevents, timeout_ms));
}

int linux_poll(struct sys *sys, struct pollfd *fds, size_t nfds, int timeout_ms)
{
	return LINUX_INT(poll(fds, nfds, timeout_ms));
}

int linux_timerfd_create(struct sys *sys, int clockid, unsigned long flags)
{
	return LINUX_INT(timerfd_create(clockid, (int)flags));
}

int linux_timerfd_settime(struct sys *sys, int fd, unsigned long flags,
			  const struct itimerspec *set, struct itimerspec *old)
{
	return LINUX_INT(timerfd_settime(fd, (int)flags, set, old));
}

int linux_clock_gettime(struct sys *sys, int clockid, struct timespec *ts)
{
	return LINUX_INT(clock_gettime(clockid, ts));
}

int linux_clock_nanosleep(struct sys *sys, int clockid, unsigned long flags,
			  const struct timespec *ts, struct timespec *left)
{
	return -clock_nanosleep(clockid, (int)flags, ts, left); /* returns its error, keeps errno */
}

ssize_t linux_getrandom(struct sys *sys, void *buf, size_t len, unsigned long flags)
{
	return LINUX_LONG(getrandom(buf, len, (unsigned int)flags));
}
