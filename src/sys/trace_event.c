/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kinds of signals, events, time, sockets and memory. */
#include "sys/trace_value.h"

#include <string.h>

static void add_sigset(struct trace_line *line, const sigset_t *set)
{
	unsigned long long bits = 0;

	for (int signo = 1; signo <= 64; signo++)
		bits |= sigismember(set, signo) == 1 ? 1ULL << (signo - 1) : 0;
	trace_add(line, "0x%llx", bits);
}

static void add_time(struct trace_line *line, const struct timespec *ts)
{
	trace_add(line, "%lld.%09ld", (long long)ts->tv_sec, (long)ts->tv_nsec);
}

static void add_sigaction(struct trace_line *line, const struct sigaction *act)
{
	if (act->sa_handler == SIG_DFL)
		trace_add(line, "{SIG_DFL}");
	else if (act->sa_handler == SIG_IGN)
		trace_add(line, "{SIG_IGN}");
	else
		trace_add(line, "{handler}");
}

static void add_itimerspec(struct trace_line *line, const struct itimerspec *spec)
{
	trace_add(line, "{");
	add_time(line, &spec->it_value);
	trace_add(line, ", every ");
	add_time(line, &spec->it_interval);
	trace_add(line, "}");
}

/* How many descriptors a message carries. */
static size_t message_fds(const struct msghdr *msg)
{
	size_t count = 0;

	for (struct cmsghdr *c = msg->msg_control ? CMSG_FIRSTHDR(msg) : NULL; c;
	     c = CMSG_NXTHDR((struct msghdr *)msg, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			count += (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	return count;
}

static void add_message(struct trace_line *line, const struct msghdr *msg, uint64_t len)
{
	uint64_t first = msg->msg_iovlen > 0 ? msg->msg_iov[0].iov_len : 0;
	size_t fds = message_fds(msg);

	trace_add(line, "{");
	if (msg->msg_iovlen > 0)
		trace_add_bytes(line, msg->msg_iov[0].iov_base, len < first ? len : first);
	trace_add(line, fds ? ", %zu fds}" : "}", fds);
}

PUT(in_sigset)
{
	NEEDS_IN();
	add_sigset(line, IN(sigset_t));
}

PUT(out_sigset)
{
	NEEDS_OUT();
	add_sigset(line, IN(sigset_t));
}

PUT(in_sigaction)
{
	NEEDS_IN();
	add_sigaction(line, IN(struct sigaction));
}

PUT(out_sigaction)
{
	NEEDS_OUT();
	add_sigaction(line, IN(struct sigaction));
}

PUT(epoll_event)
{
	NEEDS_IN();
	trace_add(line, "{events=0x%x}", IN(struct epoll_event)->events);
}

PUT(out_epoll_events)
{
	NEEDS_OUT();
	trace_add(line, "[");
	for (int64_t i = 0; i < line->ret && i < TRACE_LIST_MAX; i++)
		trace_add(line, i ? ", 0x%x" : "0x%x", IN(struct epoll_event)[i].events);
	trace_add(line, line->ret > TRACE_LIST_MAX ? ", ...]" : "]");
}

PUT(pollfds)
{
	NEEDS_IN();
	trace_add(line, "[");
	for (uint64_t i = 0; i < line->size && i < TRACE_LIST_MAX; i++)
		trace_add(line, "%s{%d, 0x%x -> 0x%x}", i ? ", " : "", IN(struct pollfd)[i].fd,
			  (unsigned)IN(struct pollfd)[i].events,
			  line->ret > 0 ? (unsigned)IN(struct pollfd)[i].revents : 0);
	trace_add(line, line->size > TRACE_LIST_MAX ? ", ...]" : "]");
}

PUT(in_itimerspec)
{
	NEEDS_IN();
	add_itimerspec(line, IN(struct itimerspec));
}

PUT(out_itimerspec)
{
	NEEDS_OUT();
	add_itimerspec(line, IN(struct itimerspec));
}

PUT(in_timespec)
{
	NEEDS_IN();
	add_time(line, IN(struct timespec));
}

PUT(out_timespec)
{
	NEEDS_OUT();
	add_time(line, IN(struct timespec));
}

PUT(sockaddr)
{
	const struct sockaddr_un *addr = IN(struct sockaddr_un);
	size_t head = offsetof(struct sockaddr_un, sun_path);

	NEEDS_IN();
	if (line->size < sizeof(addr->sun_family))
		trace_add(line, "{}");
	else if (addr->sun_family != AF_UNIX)
		trace_add(line, "{family=%u}", addr->sun_family);
	else if (line->size <= head)
		trace_add(line, "{unix}");
	else if (addr->sun_path[0] == '\0')
		trace_add_bytes(line, addr->sun_path, line->size - head); /* abstract: "\\x00..." */
	else
		trace_add_bytes(line, addr->sun_path, strnlen(addr->sun_path, line->size - head));
}

/* When it failed, the whole first part is shown; else what was sent of it. */
PUT(in_msg)
{
	NEEDS_IN();
	add_message(line, IN(struct msghdr), line->ret >= 0 ? (uint64_t)line->ret : UINT64_MAX);
}

PUT(out_msg)
{
	NEEDS_OUT();
	add_message(line, IN(struct msghdr), (uint64_t)line->ret);
}

PUT(out_map)
{
	trace_add(line, "_");
}

PUT(map)
{
	trace_add(line, "_");
}
