/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading from a peer that may never send: with a deadline. */
#include "core/ipc/wire.h"

#include <errno.h>

static int64_t now_ms(struct sys *sys)
{
	struct timespec ts = { 0 };

	(void)sys_clock_gettime(sys, CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t ipc_deadline(struct sys *sys, int timeout_ms)
{
	return timeout_ms < 0 ? -1 : now_ms(sys) + timeout_ms;
}

/* poll's timeout; 0 when the deadline has passed. */
static int left_ms(struct sys *sys, int64_t deadline_ms)
{
	int64_t left;

	if (deadline_ms < 0)
		return -1;
	left = deadline_ms - now_ms(sys);
	if (left < 0)
		return 0;
	return left > INT32_MAX ? INT32_MAX : (int)left;
}

int ipc_wait_readable(struct sys *sys, int fd, int64_t deadline_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int ret;

	do
		ret = sys_poll(sys, &poll_fd, 1, left_ms(sys, deadline_ms));
	while (ret == -EINTR);
	if (ret < 0)
		return ret;
	return ret == 0 ? -ETIMEDOUT : 0;
}

int ipc_read_before(struct sys *sys, int fd, void *bytes, size_t len, int64_t deadline_ms)
{
	char *at = bytes;

	while (len > 0) {
		ssize_t n;
		int ret = ipc_wait_readable(sys, fd, deadline_ms);

		if (ret < 0)
			return ret;
		n = SYS_RETRY(sys_read(sys, fd, at, len));
		if (n == 0)
			return -EPIPE;
		if (n == -EAGAIN)
			continue;
		if (n < 0)
			return (int)n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}
