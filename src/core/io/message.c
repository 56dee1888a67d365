/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/io/io.h"

#include <assert.h>
#include <errno.h>

/* Room for everything that we send or take in one message. */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * IO_FDS_MAX) + CMSG_SPACE(sizeof(struct ucred))];
};

static size_t put_control(struct cmsghdr *c, int type, const void *value, size_t size)
{
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(c), value, size);
	return CMSG_SPACE(size);
}

ssize_t io_send(struct sys *sys, int sock, const void *bytes, size_t len, const int *fds,
		size_t fd_count, bool creds)
{
	union control control = { 0 };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	size_t used = 0;
	ssize_t ret;

	assert(fd_count <= IO_FDS_MAX);
	if (creds) {
		struct ucred self = {
			.pid = sys_getpid(sys),
			.uid = sys_getuid(sys),
			.gid = sys_getgid(sys),
		};

		used += put_control(&control.align, SCM_CREDENTIALS, &self, sizeof(self));
	}
	if (fd_count > 0)
		used += put_control((struct cmsghdr *)(void *)(control.bytes + used), SCM_RIGHTS,
				    fds, fd_count * sizeof(int));
	if (used > 0) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = used;
	}
	ret = SYS_RETRY(sys_sendmsg(sys, sock, &msg, MSG_NOSIGNAL));
	/* Nothing was sent, and nothing says that the next try fails too. */
	return ret == -ENOBUFS ? SYS_RETRY(sys_sendmsg(sys, sock, &msg, MSG_NOSIGNAL)) : ret;
}

/* Descriptors beyond what the receiver has room for would stay open without an owner. */
static void take_fds(struct sys *sys, struct io_message *msg, const struct cmsghdr *c)
{
	size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	for (size_t i = 0; i < count; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
		if (msg->fd_count < IO_FDS_MAX)
			msg->fds[msg->fd_count++] = fd;
		else
			(void)sys_close(sys, fd);
	}
}

ssize_t io_receive(struct sys *sys, int sock, void *bytes, size_t size, struct io_message *msg,
		   int flags)
{
	union control control = { 0 };
	struct iovec iov = { .iov_base = bytes, .iov_len = size };
	struct msghdr hdr = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t len;

	*msg = (struct io_message){ 0 };
	len = SYS_RETRY(sys_recvmsg(sys, sock, &hdr, (unsigned)flags | MSG_CMSG_CLOEXEC));
	if (len < 0)
		return len;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&hdr); c; c = CMSG_NXTHDR(&hdr, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_RIGHTS)
			take_fds(sys, msg, c);
		if (c->cmsg_type == SCM_CREDENTIALS &&
		    c->cmsg_len >= CMSG_LEN(sizeof(msg->creds))) {
			memcpy(&msg->creds, CMSG_DATA(c), sizeof(msg->creds));
			msg->has_creds = true;
		}
	}
	msg->len = len;
	return len;
}

void io_message_close(struct sys *sys, struct io_message *msg)
{
	for (size_t i = 0; i < msg->fd_count; i++)
		if (msg->fds[i] >= 0)
			(void)sys_close(sys, msg->fds[i]);
	msg->fd_count = 0;
}
