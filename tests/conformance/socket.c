/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "conformance.h"

#include <errno.h>

static size_t address(struct sockaddr_un *addr, const char *text)
{
	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(addr->sun_path + 1, text, strlen(text));
	return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(text);
}

static void names(struct sys *sys, struct str *out)
{
	struct sockaddr_un addr;
	size_t len = address(&addr, "lxc-conformance");
	int fd = sys_socket(sys, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int second = sys_socket(sys, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int packets = sys_socket(sys, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	note(out, "no such type", sys_socket(sys, AF_UNIX, SOCK_RDM, 0));
	note(out, "listen without a name", sys_listen(sys, fd, 1));
	note(out, "accept without listen", sys_accept4(sys, fd, 0));
	note(out, "connect to nobody", sys_connect(sys, second, &addr, len));
	note(out, "bind", sys_bind(sys, fd, &addr, len));
	note(out, "bind again", sys_bind(sys, fd, &addr, len));
	note(out, "bind another", sys_bind(sys, second, &addr, len));
	note(out, "bind longer", sys_bind(sys, second, &addr, len + 1));
	note(out, "connect before listen", sys_connect(sys, second, &addr, len));
	note(out, "listen", sys_listen(sys, fd, 0));
	note(out, "connect by another type", sys_connect(sys, packets, &addr, len));
	note(out, "connect", sys_connect(sys, second, &addr, len));
	sys_fcntl(sys, fd, F_SETFL, O_NONBLOCK);
	note(out, "accept", sys_accept4(sys, fd, SOCK_CLOEXEC));
	note(out, "connect twice", sys_connect(sys, second, &addr, len));
	note(out, "accept nobody", sys_accept4(sys, fd, SOCK_CLOEXEC));
	note(out, "shut the listener", sys_shutdown(sys, fd, SHUT_RD));
	note(out, "accept then", sys_accept4(sys, fd, SOCK_CLOEXEC));
	note(out, "too long", sys_bind(sys, packets, &addr, sizeof(addr) + 1));
	note(out, "too short", sys_bind(sys, packets, &addr, 1));
	note(out, "no socket", sys_listen(sys, 40, 1));
	sys_close_range(sys, 0, 40, 0);
}

static void backlog(struct sys *sys, struct str *out)
{
	struct sockaddr_un addr;
	size_t len = address(&addr, "lxc-conformance");
	int fd = sys_socket(sys, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), clients[4];
	char c;

	sys_bind(sys, fd, &addr, len);
	sys_listen(sys, fd, 1);
	for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
		clients[i] =
			sys_socket(sys, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		note(out, "connect", sys_connect(sys, clients[i], &addr, len));
	}
	note(out, "nothing to read", sys_read(sys, clients[0], &c, 1));
	note_n(out, "write before accept", sys_write(sys, clients[0], "x", 1));
	sys_close(sys, fd);
	note_n(out, "read after the listener closed", sys_read(sys, clients[0], &c, 1));
	note_n(out, "read once more", sys_read(sys, clients[0], &c, 1));
	note(out, "not connected", sys_read(sys, clients[3], &c, 1));
	sys_close_range(sys, 0, 40, 0);
}

struct mail {
	ssize_t len;
	int fd_count, flags;
	struct ucred cred;
	char text[16];
};

static struct mail receive(struct sys *sys, int sock, size_t size, size_t control_size,
			   unsigned long flags)
{
	union {
		char bytes[256];
		struct cmsghdr align;
	} control = { 0 };
	struct mail mail = { 0 };
	struct iovec iov = { mail.text, size };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = control_size };

	mail.len = sys_recvmsg(sys, sock, &msg, flags | MSG_CMSG_CLOEXEC);
	if (mail.len < 0)
		return mail;
	mail.flags = msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC | MSG_EOR);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_type == SCM_CREDENTIALS)
			memcpy(&mail.cred, CMSG_DATA(c), sizeof(mail.cred));
		for (size_t i = 0;
		     c->cmsg_type == SCM_RIGHTS && CMSG_LEN((i + 1) * sizeof(int)) <= c->cmsg_len;
		     i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			sys_close(sys, fd);
			mail.fd_count++;
		}
	}
	return mail;
}

static void note_mail(struct str *out, const char *what, struct sys *sys, struct mail mail)
{
	if (note_n(out, what, mail.len) < 0)
		return;
	str_addf(out, "  fds %d flags %x text %.*s pid %s uid %u\n", mail.fd_count, mail.flags,
		 (int)mail.len, mail.text,
		 mail.cred.pid == sys_getpid(sys) ? "mine"
		 : mail.cred.pid		  ? "another"
						  : "none",
		 mail.cred.uid);
}

static ssize_t send_fds(struct sys *sys, int sock, const char *text, const int *fds, size_t count)
{
	union {
		char bytes[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { (char *)text, strlen(text) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = CMSG_SPACE(count * sizeof(int)) };

	control.align = (struct cmsghdr){ CMSG_LEN(count * sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.align), fds, count * sizeof(int));
	return sys_sendmsg(sys, sock, &msg, MSG_NOSIGNAL);
}

static ssize_t send_cred(struct sys *sys, int sock, struct ucred cred)
{
	union {
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { (char *)"c", 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };

	control.align = (struct cmsghdr){ CMSG_LEN(sizeof(cred)), SOL_SOCKET, SCM_CREDENTIALS };
	memcpy(CMSG_DATA(&control.align), &cred, sizeof(cred));
	return sys_sendmsg(sys, sock, &msg, MSG_NOSIGNAL);
}

static void messages(struct sys *sys, struct str *out, int type)
{
	int pair[2], on = 1, one[] = { 0 }, two[] = { 0, 1 }, bad[] = { 77 };
	struct iovec iov = { (char *)"x", 1 };
	struct msghdr plain = { .msg_iov = &iov, .msg_iovlen = 1 };

	note(out, "pair", sys_socketpair(sys, AF_UNIX, type | SOCK_CLOEXEC, 0, pair));
	note_n(out, "send a descriptor", send_fds(sys, pair[0], "one", one, 1));
	note_n(out, "send two", send_fds(sys, pair[0], "two", two, 2));
	note(out, "send none that is open", send_fds(sys, pair[0], "bad", bad, 1));
	note_mail(out, "peek", sys, receive(sys, pair[1], 16, 256, MSG_PEEK));
	note_mail(out, "read", sys, receive(sys, pair[1], 16, 256, 0));
	note_mail(out, "no room for a second", sys,
		  receive(sys, pair[1], 16, CMSG_LEN(sizeof(int)), 0));
	note_mail(out, "empty", sys, receive(sys, pair[1], 16, 256, MSG_DONTWAIT));
	note_n(out, "send", sys_write(sys, pair[0], "before", 6));
	note(out, "pass credentials",
	     sys_setsockopt(sys, pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	note_n(out, "send", sys_write(sys, pair[0], "after", 5));
	note_mail(out, "sent before", sys, receive(sys, pair[1], 16, 256, 0));
	note_mail(out, "sent after", sys, receive(sys, pair[1], 16, 256, MSG_DONTWAIT));
	note_n(out, "credentials",
	       send_cred(sys, pair[0], (struct ucred){ sys_getpid(sys), 5, 6 }));
	note_mail(out, "with them", sys, receive(sys, pair[1], 16, 256, MSG_DONTWAIT));
	note_n(out, "send", sys_write(sys, pair[0], "abcdef", 6));
	note_mail(out, "cut", sys, receive(sys, pair[1], 3, 256, MSG_DONTWAIT));
	note_mail(out, "rest", sys, receive(sys, pair[1], 16, 256, MSG_DONTWAIT));
	note_n(out, "send", sys_write(sys, pair[1], "lost", 4));
	note(out, "close", sys_close(sys, pair[0]));
	note_mail(out, "closed", sys, receive(sys, pair[1], 16, 256, MSG_DONTWAIT));
	note_mail(out, "closed again", sys, receive(sys, pair[1], 16, 256, MSG_DONTWAIT));
	note(out, "send to nobody", sys_sendmsg(sys, pair[1], &plain, MSG_NOSIGNAL));
	sys_close_range(sys, 0, 40, 0);
}

static void streams(struct sys *sys, struct str *out)
{
	messages(sys, out, SOCK_STREAM);
}

static void packets(struct sys *sys, struct str *out)
{
	messages(sys, out, SOCK_SEQPACKET);
}

static void datagrams(struct sys *sys, struct str *out)
{
	messages(sys, out, SOCK_DGRAM);
}

static void shutting_down(struct sys *sys, struct str *out)
{
	int pair[2], fd = sys_socket(sys, AF_UNIX, SOCK_STREAM, 0), value;
	size_t len = sizeof(value);
	struct iovec iov = { (char *)"x", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct pollfd poll = { .events = POLLIN | POLLOUT | POLLRDHUP };
	char c;

	note(out, "not connected", sys_shutdown(sys, fd, SHUT_RDWR));
	poll.fd = fd;
	note_n(out, "poll", sys_poll(sys, &poll, 1, 0));
	note_n(out, "events", poll.revents);
	sys_socketpair(sys, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
	poll.fd = pair[1];
	note_n(out, "poll", sys_poll(sys, &poll, 1, 0));
	note_n(out, "events", poll.revents);
	note(out, "strange", sys_shutdown(sys, pair[0], 9));
	note(out, "write side", sys_shutdown(sys, pair[0], SHUT_WR));
	note_n(out, "poll", sys_poll(sys, &poll, 1, 0));
	note_n(out, "events", poll.revents);
	note(out, "send", sys_sendmsg(sys, pair[0], &msg, MSG_NOSIGNAL));
	note_n(out, "other way", sys_sendmsg(sys, pair[1], &msg, MSG_NOSIGNAL));
	note_n(out, "read", sys_read(sys, pair[0], &c, 1));
	note_n(out, "end", sys_read(sys, pair[1], &c, 1));
	sys_close(sys, pair[0]);
	note_n(out, "poll", sys_poll(sys, &poll, 1, 0));
	note_n(out, "events", poll.revents);
	note(out, "type", sys_getsockopt(sys, pair[1], SOL_SOCKET, SO_TYPE, &value, &len));
	note_n(out, "type", value);
	note(out, "no such option", sys_getsockopt(sys, pair[1], SOL_SOCKET, 9999, &value, &len));
	note(out, "no such level", sys_getsockopt(sys, pair[1], 9999, 1, &value, &len));
	sys_close_range(sys, 0, 40, 0);
}

const struct script socket_scripts[] = {
	{ "names", names },	{ "backlog", backlog },	    { "streams", streams },
	{ "packets", packets }, { "datagrams", datagrams }, { "shutting down", shutting_down },
	{ NULL, NULL },
};
