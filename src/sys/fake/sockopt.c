/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/sockopt: a socket as a file: readiness, options, how it shows in the world's text and in
 * /proc/net/unix.
 *
 * Source: socket(7).
 */
#include "sys/fake/sock.h"

/* --- options --- */

static int put_option(void *value, size_t *len, const void *from, size_t size)
{
	if (*len > size)
		*len = size;
	memcpy(value, from, *len);
	return 0;
}

static int put_int(void *value, size_t *len, int n)
{
	return put_option(value, len, &n, sizeof(n));
}

static int put_time(void *value, size_t *len, uint64_t ns)
{
	struct timeval tv = { 0 };

	if (ns != NEVER) {
		tv.tv_sec = (time_t)(ns / NS_PER_S);
		tv.tv_usec = (suseconds_t)(ns % NS_PER_S / 1000);
	}
	return put_option(value, len, &tv, sizeof(tv));
}

int fake_op_getsockopt(struct sys *sys, int fd, int level, int name, void *value, size_t *len)
{
	struct sock *sock;
	struct ucred cred = { 0, (uid_t)-1, (gid_t)-1 };
	int ret = sock_fd(sys, fd, &sock, NULL);

	if (ret < 0)
		return ret;
	if (level != SOL_SOCKET)
		return -EOPNOTSUPP;
	switch (name) {
	case SO_PEERCRED:
		if (sock->domain == AF_UNIX && sock->state == SOCK_CONNECTED)
			cred = who_seen(&sock->other, fake_of(sys)->current);
		return put_option(value, len, &cred, sizeof(cred));
	case SO_PASSCRED:
		return put_int(value, len, sock->pass_creds);
	case SO_TYPE:
		return put_int(value, len, sock->type);
	case SO_DOMAIN:
		return put_int(value, len, sock->domain);
	case SO_PROTOCOL:
		return put_int(value, len, sock->protocol);
	case SO_ACCEPTCONN:
		return put_int(value, len, sock->state == SOCK_LISTENING);
	case SO_ERROR:
		ret = sock->reset ? ECONNRESET : 0;
		sock->reset = false;
		return put_int(value, len, ret);
	case SO_SNDBUF:
	case SO_RCVBUF:
		return put_int(value, len, SOCK_BUFFER);
	case SO_RCVTIMEO:
		return put_time(value, len, sock->receive_ns);
	case SO_SNDTIMEO:
		return put_time(value, len, sock->send_ns);
	default:
		return -ENOPROTOOPT;
	}
}

static int set_time(uint64_t *ns, const void *value, size_t len)
{
	struct timeval tv;

	if (len < sizeof(tv))
		return -EINVAL;
	memcpy(&tv, value, sizeof(tv));
	if (tv.tv_usec < 0 || tv.tv_usec >= 1000000)
		return -EDOM;
	*ns = (uint64_t)tv.tv_sec * NS_PER_S + (uint64_t)tv.tv_usec * 1000;
	if (*ns == 0)
		*ns = NEVER;
	return 0;
}

int fake_op_setsockopt(struct sys *sys, int fd, int level, int name, const void *value, size_t len)
{
	struct sock *sock;
	int ret = sock_fd(sys, fd, &sock, NULL), n = 0;

	if (ret < 0)
		return ret;
	if (level == SOL_NETLINK && sock->domain == AF_NETLINK)
		return 0;
	if (level != SOL_SOCKET)
		return -EOPNOTSUPP;
	if (name == SO_RCVTIMEO)
		return set_time(&sock->receive_ns, value, len);
	if (name == SO_SNDTIMEO)
		return set_time(&sock->send_ns, value, len);
	if (len < sizeof(n))
		return -EINVAL;
	memcpy(&n, value, sizeof(n));
	if (name == SO_PASSCRED)
		sock->pass_creds = n;
	else if (name != SO_SNDBUF && name != SO_RCVBUF && name != SO_REUSEADDR &&
		 name != SO_SNDBUFFORCE && name != SO_RCVBUFFORCE)
		return -ENOPROTOOPT;
	return 0;
}

/* --- as a file --- */

static ssize_t file_read(struct fake *fake, struct file *file, void *buf, size_t len, off_t *pos)
{
	return sock_read(fake, file, buf, len);
}

static ssize_t file_write(struct fake *fake, struct file *file, const void *buf, size_t len,
			  off_t *pos)
{
	return sock_write(fake, file, buf, len);
}

static uint32_t poll_sock(struct fake *fake, struct file *file)
{
	struct sock *sock = file->priv;
	uint32_t events = 0;

	if (sock->state == SOCK_LISTENING)
		return sock->backlog.count ? EPOLLIN | EPOLLRDNORM : 0;
	if (sock->queue.count || sock->no_more_in)
		events |= EPOLLIN | EPOLLRDNORM;
	if (sock->no_more_in)
		events |= EPOLLRDHUP;
	if (sock->no_more_in && sock->no_more_out)
		events |= EPOLLHUP;
	if (sock->domain == AF_UNIX && sock->type != SOCK_DGRAM && sock->state == SOCK_NEW)
		events |= EPOLLHUP;
	if (sock->reset)
		events |= EPOLLERR;
	if (!sock->peer || sock->peer->queued < SOCK_BUFFER)
		events |= EPOLLOUT | EPOLLWRNORM;
	return events;
}

static void release_sock(struct fake *fake, struct file *file)
{
	sock_destroy(fake, file->priv);
}

static int ioctl_sock(struct fake *fake, struct file *file, unsigned long request, void *arg)
{
	return netlink_ioctl(fake, file->priv, request, arg);
}

static void add_name(const struct sock *sock, struct str *out)
{
	size_t n = sock->name_len - offsetof(struct sockaddr_un, sun_path);

	if (sock->name_len <= sizeof(sa_family_t))
		return;
	for (size_t i = 0; i < n; i++) {
		char c = sock->name.sun_path[i];

		if (!sock_is_abstract(sock) && c == '\0')
			break;
		str_addf(out, "%c", c ? c : '@');
	}
}

static void describe_sock(struct fake *fake, struct file *file, struct str *out)
{
	static const char *const states[] = { "new", "listening", "connected", "ended" };
	struct sock *sock = file->priv;

	str_addf(out, "%s %s",
		 sock->domain == AF_NETLINK	? "netlink"
		 : sock->type == SOCK_STREAM	? "stream"
		 : sock->type == SOCK_SEQPACKET ? "seqpacket"
						: "dgram",
		 states[sock->state]);
	if (sock->name_len) {
		str_add(out, " ");
		add_name(sock, out);
	}
	if (sock->queue.count)
		str_addf(out, " with %zu unread", sock->queue.count);
}

const struct file_ops sock_ops = {
	.kind = "socket",
	.read = file_read,
	.write = file_write,
	.poll = poll_sock,
	.ioctl = ioctl_sock,
	.release = release_sock,
	.describe = describe_sock,
};

/* --- texts --- */

void sock_world(struct fake *fake, struct str *out)
{
	struct vec *binds = &kernel_of(fake)->binds;

	for (size_t i = 0; i < binds->count; i++) {
		str_add(out, "socket ");
		add_name(*vec_at(binds, struct sock *, i), out);
		str_add(out, "\n");
	}
}

const char *net_unix_text(struct fake *fake, struct simple_ns *net, struct str *out)
{
	struct vec *binds = &kernel_of(fake)->binds;

	str_add(out, "Num       RefCount Protocol Flags    Type St Inode Path\n");
	for (size_t i = 0; i < binds->count; i++) {
		struct sock *sock = *vec_at(binds, struct sock *, i);
		bool listening = sock->state == SOCK_LISTENING;

		if (sock->net != net)
			continue;
		str_addf(out, "0000000000000000: 00000002 00000000 %08x %04x %02x %5zu ",
			 listening ? 0x10000 : 0, (unsigned)sock->type, listening ? 1 : 3,
			 1000 + i);
		add_name(sock, out);
		str_add(out, "\n");
	}
	return str_text(out);
}

/* --- at the end of a world --- */

/* Sockets that were sent through each other keep each other; nobody can receive them any more. */
void sock_drain_all(struct fake *fake)
{
	struct vec *socks = &kernel_of(fake)->socks;

	for (size_t i = 0; i < socks->count;) {
		struct sock *sock = *vec_at(socks, struct sock *, i);
		struct packet *packet;

		if (sock->queue.count == 0) {
			i++;
			continue;
		}
		packet = *vec_at(&sock->queue, struct packet *, 0);
		vec_remove(&sock->queue, 0);
		packet_destroy(fake, packet); /* may end sockets, this one too */
		i = 0;
	}
}
