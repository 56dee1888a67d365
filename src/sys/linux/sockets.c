/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls on sockets. */
#include "sys/linux/call.h"

int linux_socket(struct sys *sys, int domain, int type, int protocol)
{
	return LINUX_INT(socket(domain, type, protocol));
}

int linux_socketpair(struct sys *sys, int domain, int type, int protocol, int *fds)
{
	return LINUX_INT(socketpair(domain, type, protocol, fds));
}

int linux_bind(struct sys *sys, int fd, const void *addr, size_t len)
{
	return LINUX_INT(bind(fd, addr, (socklen_t)len));
}

int linux_listen(struct sys *sys, int fd, int backlog)
{
	return LINUX_INT(listen(fd, backlog));
}

int linux_accept4(struct sys *sys, int fd, unsigned long flags)
{
	return LINUX_INT(accept4(fd, NULL, NULL, (int)flags));
}

int linux_connect(struct sys *sys, int fd, const void *addr, size_t len)
{
	return LINUX_INT(connect(fd, addr, (socklen_t)len));
}

ssize_t linux_sendmsg(struct sys *sys, int fd, const struct msghdr *msg, unsigned long flags)
{
	return LINUX_LONG(sendmsg(fd, msg, (int)flags));
}

ssize_t linux_recvmsg(struct sys *sys, int fd, struct msghdr *msg, unsigned long flags)
{
	return LINUX_LONG(recvmsg(fd, msg, (int)flags));
}

int linux_getsockopt(struct sys *sys, int fd, int level, int name, void *value, size_t *len)
{
	socklen_t size = (socklen_t)*len;
	int ret = LINUX_INT(getsockopt(fd, level, name, value, &size));

	if (ret >= 0)
		*len = size;
	return ret;
}

int linux_setsockopt(struct sys *sys, int fd, int level, int name, const void *value, size_t len)
{
	return LINUX_INT(setsockopt(fd, level, name, value, (socklen_t)len));
}

int linux_shutdown(struct sys *sys, int fd, int how)
{
	return LINUX_INT(shutdown(fd, how));
}
