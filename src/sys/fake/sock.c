/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/sock: making, naming and connecting sockets.
 *
 * Sources: unix(7), socket(7), listen(2), accept(2), connect(2).
 */
#include "sys/fake/sock.h"

#include <assert.h>

/* --- life --- */

struct who who_of(struct task *task)
{
	struct who who = { .uid = task->cred.euid, .gid = task->cred.egid };

	for (struct pid_ns *ns = task->pid_ns; ns; ns = ns->parent) {
		who.pids[ns->level] = task->pids[ns->level];
		who.levels[ns->level] = ns;
	}
	return who;
}

struct ucred who_seen(const struct who *who, struct task *viewer)
{
	unsigned level = viewer->pid_ns->level;
	struct ucred seen = { 0, uid_seen(viewer, who->uid), gid_seen(viewer, who->gid) };

	if (who->levels[level] == viewer->pid_ns)
		seen.pid = who->pids[level];
	return seen;
}

struct sock *sock_create(struct fake *fake, int domain, int type, int protocol)
{
	struct sock *sock = calloc(1, sizeof(*sock));

	if (!sock)
		return NULL;
	sock->domain = domain;
	sock->type = type;
	sock->protocol = protocol;
	sock->net = fake->current->net_ns;
	simple_ns_get(sock->net);
	sock->queue = VEC_OF(struct packet *);
	sock->backlog = VEC_OF(struct sock *);
	sock->receive_ns = sock->send_ns = NEVER;
	sock->own = who_of(fake->current);
	return sock;
}

static void unbind(struct fake *fake, struct sock *sock)
{
	struct vec *binds = &kernel_of(fake)->binds;

	for (size_t i = 0; i < binds->count; i++)
		if (*vec_at(binds, struct sock *, i) == sock) {
			vec_remove(binds, i);
			return;
		}
}

/* The other ends of datagram sockets point here too, without being pointed back at. */
static void forget_peer(struct fake *fake, struct sock *sock)
{
	if (sock->peer && sock->peer->peer == sock && sock->type != SOCK_DGRAM) {
		sock->peer->reset |= sock->queue.count > 0;
		sock->peer->no_more_in = true;
		sock->peer->no_more_out = true;
		sock->peer->peer = NULL;
	}
	for (size_t i = 0; i < kernel_of(fake)->socks.count; i++) {
		struct sock *other = *vec_at(&kernel_of(fake)->socks, struct sock *, i);

		if (other->peer == sock)
			other->peer = NULL;
	}
}

void sock_destroy(struct fake *fake, struct sock *sock)
{
	struct vec *socks = &kernel_of(fake)->socks;

	unbind(fake, sock);
	for (size_t i = 0; i < socks->count; i++)
		if (*vec_at(socks, struct sock *, i) == sock) {
			vec_remove(socks, i);
			break;
		}
	forget_peer(fake, sock);
	while (sock->backlog.count > 0) {
		struct sock *waiting = *vec_at(&sock->backlog, struct sock *, 0);

		vec_remove(&sock->backlog, 0);
		if (waiting->peer)
			waiting->peer->reset = true;
		sock_destroy(fake, waiting);
	}
	for (size_t i = 0; i < sock->queue.count; i++)
		packet_destroy(fake, *vec_at(&sock->queue, struct packet *, i));
	vec_finish(&sock->queue);
	vec_finish(&sock->backlog);
	simple_ns_put(fake, sock->net);
	free(sock);
}

int sock_fd(struct sys *sys, int fd, struct sock **sock_out, struct file **file_out)
{
	struct file *file;
	int ret = fd_file(sys, fd, &file);

	if (ret < 0)
		return ret;
	if (file->ops != &sock_ops)
		return file->flags & O_PATH ? -EBADF : -ENOTSOCK;
	*sock_out = file->priv;
	if (file_out)
		*file_out = file;
	return 0;
}

static int sock_install(struct fake *fake, struct sock *sock, unsigned long flags)
{
	struct file *file =
		file_create(fake, &sock_ops, O_RDWR | (int)(flags & SOCK_NONBLOCK), sock);

	if (!file || !vec_add(&kernel_of(fake)->socks, &sock)) {
		free(file);
		sock_destroy(fake, sock);
		return -ENOMEM;
	}
	return task_install(fake->current, file, flags & SOCK_CLOEXEC, 0);
}

static int sock_check(struct task *task, int domain, int type, int protocol)
{
	if (domain == AF_UNIX)
		return type == SOCK_STREAM || type == SOCK_SEQPACKET || type == SOCK_DGRAM
			       ? 0
			       : -ESOCKTNOSUPPORT;
	if (domain == AF_NETLINK)
		return protocol == 0 ? 0 : -EPROTONOSUPPORT; /* NETLINK_ROUTE */
	return domain == AF_INET ? 0 : -EAFNOSUPPORT; /* AF_INET: for interface ioctls only */
}

/* The bits of the type that are no flags. */
#define SOCK_KINDS 0xf

int fake_op_socket(struct sys *sys, int domain, int type, int protocol)
{
	struct fake *fake = fake_of(sys);
	unsigned long flags = (unsigned long)type & (SOCK_CLOEXEC | SOCK_NONBLOCK);
	int kind = type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
	int ret = kind & ~SOCK_KINDS ? -EINVAL : sock_check(fake->current, domain, kind, protocol);
	struct sock *sock = ret == 0 ? sock_create(fake, domain, kind, protocol) : NULL;

	if (ret < 0)
		return ret;
	return sock ? sock_install(fake, sock, flags) : -ENOMEM;
}

int fake_op_socketpair(struct sys *sys, int domain, int type, int protocol, int *fds)
{
	int kind = type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK), pair[2];
	struct sock *socks[2];

	if (domain != AF_UNIX) {
		pair[0] = fake_op_socket(sys, domain, type, protocol);
		return pair[0] < 0 ? pair[0] : fake_op_close(sys, pair[0]) < 0 ? -EBADF : -EOPNOTSUPP;
	}
	for (int i = 0; i < 2; i++) {
		pair[i] = fake_op_socket(sys, domain, type, protocol);
		if (pair[i] < 0 && i == 1)
			fake_op_close(sys, pair[0]);
		if (pair[i] < 0)
			return pair[i];
		sock_fd(sys, pair[i], &socks[i], NULL);
		assert(socks[i]->type == kind);
		socks[i]->state = SOCK_CONNECTED;
	}
	socks[0]->peer = socks[1];
	socks[1]->peer = socks[0];
	socks[0]->other = socks[1]->own;
	socks[1]->other = socks[0]->own;
	fds[0] = pair[0];
	fds[1] = pair[1];
	return 0;
}

/* --- names --- */

bool sock_is_abstract(const struct sock *sock)
{
	return sock->name_len > sizeof(sa_family_t) && sock->name.sun_path[0] == '\0';
}

static int addr_check(const struct sockaddr_un *addr, size_t len)
{
	return len < sizeof(sa_family_t) || len > sizeof(*addr) || addr->sun_family != AF_UNIX
		       ? -EINVAL
		       : 0;
}

/* The name of a path socket as text. */
static void addr_path(const struct sockaddr_un *addr, size_t len, char *path)
{
	size_t n = len - offsetof(struct sockaddr_un, sun_path);

	memcpy(path, addr->sun_path, n);
	path[n] = '\0';
}

static struct sock *find_abstract(struct fake *fake, int type, const struct sockaddr_un *addr,
				  size_t len)
{
	struct vec *binds = &kernel_of(fake)->binds;

	for (size_t i = 0; i < binds->count; i++) {
		struct sock *sock = *vec_at(binds, struct sock *, i);

		if (sock->net == fake->current->net_ns && sock->type == type &&
		    sock_is_abstract(sock) && sock->name_len == len &&
		    memcmp(&sock->name, addr, len) == 0)
			return sock;
	}
	return NULL;
}

struct sock *sock_find(struct fake *fake, int type, const struct sockaddr_un *addr, size_t len,
		       int *error)
{
	struct vec *binds = &kernel_of(fake)->binds;
	char path[sizeof(addr->sun_path) + 1];
	struct sock *sock = NULL;
	struct stat st;

	*error = addr_check(addr, len);
	if (*error < 0 || len == sizeof(sa_family_t)) {
		*error = -EINVAL;
		return NULL;
	}
	if (addr->sun_path[0] == '\0') {
		sock = find_abstract(fake, type, addr, len);
		*error = sock ? 0 : -ECONNREFUSED;
		return sock;
	}
	addr_path(addr, len, path);
	*error = fake_op_fstatat(&fake->sys, AT_FDCWD, path, &st, 0);
	if (*error < 0)
		return NULL;
	for (size_t i = 0; i < binds->count; i++) {
		sock = *vec_at(binds, struct sock *, i);
		if (!sock_is_abstract(sock) && sock->ino && sock->dev == st.st_dev &&
		    sock->ino == st.st_ino)
			return sock;
	}
	*error = -ECONNREFUSED;
	return NULL;
}

static int bind_path(struct fake *fake, struct sock *sock, const struct sockaddr_un *addr,
		     size_t len)
{
	char path[sizeof(addr->sun_path) + 1];
	struct stat st;
	int ret;

	addr_path(addr, len, path);
	ret = fake_op_mknodat(&fake->sys, AT_FDCWD, path, S_IFSOCK | (0777 & ~fake->current->umask),
			      0);
	if (ret < 0)
		return ret == -EEXIST ? -EADDRINUSE : ret;
	ret = fake_op_fstatat(&fake->sys, AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW);
	if (ret < 0)
		return ret;
	sock->dev = st.st_dev;
	sock->ino = st.st_ino;
	return 0;
}

int fake_op_bind(struct sys *sys, int fd, const void *addr, size_t len)
{
	struct fake *fake = fake_of(sys);
	struct sockaddr_un name = { 0 };
	struct sock *sock;
	int ret = sock_fd(sys, fd, &sock, NULL);

	if (ret < 0)
		return ret;
	if (sock->domain == AF_NETLINK) {
		sock->port = 1;
		return 0;
	}
	if (sock->domain != AF_UNIX || addr_check(addr, len) < 0 || sock->name_len)
		return -EINVAL;
	memcpy(&name, addr, len);
	if (len == sizeof(sa_family_t)) /* autobind */
		len += (size_t)snprintf(name.sun_path + 1, 6, "%05x",
					(unsigned)kernel_of(fake)->next_autobind++) +
		       1;
	if (name.sun_path[0] != '\0')
		ret = bind_path(fake, sock, &name, len);
	else if (find_abstract(fake, sock->type, &name, len))
		ret = -EADDRINUSE;
	if (ret < 0)
		return ret;
	if (!vec_add(&kernel_of(fake)->binds, &sock))
		return -ENOMEM;
	sock->name = name;
	sock->name_len = len;
	return 0;
}

/* --- connecting --- */

int fake_op_listen(struct sys *sys, int fd, int backlog)
{
	struct sock *sock;
	int ret = sock_fd(sys, fd, &sock, NULL);

	if (ret < 0)
		return ret;
	if (sock->domain != AF_UNIX || sock->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	if (!sock->name_len || (sock->state != SOCK_NEW && sock->state != SOCK_LISTENING))
		return -EINVAL;
	sock->state = SOCK_LISTENING;
	sock->backlog_max = backlog < 0 || backlog > 4096 ? 4096 : backlog;
	sock->own = who_of(fake_of(sys)->current);
	return 0;
}

uint64_t sock_deadline(struct fake *fake, const struct file *file, unsigned long flags,
		       uint64_t limit_ns)
{
	if ((file->flags & O_NONBLOCK) || (flags & MSG_DONTWAIT))
		return 0;
	return limit_ns == NEVER ? NEVER : fake->now_ns + limit_ns;
}

struct connecting {
	struct fake *fake;
	int type;
	const struct sockaddr_un *addr;
	size_t len;
};

/* Also when the listener has gone: connect finds that out. */
static bool has_room(void *arg)
{
	struct connecting *c = arg;
	int error;
	struct sock *listener = sock_find(c->fake, c->type, c->addr, c->len, &error);

	return !listener || listener->state != SOCK_LISTENING ||
	       listener->backlog.count <= (size_t)listener->backlog_max;
}

static int connect_stream(struct fake *fake, struct sock *sock, struct sock *listener)
{
	struct sock *served;

	if (listener->state != SOCK_LISTENING)
		return -ECONNREFUSED;
	if (listener->type != sock->type)
		return -EPROTOTYPE;
	served = sock_create(fake, AF_UNIX, sock->type, 0);
	if (!served || !vec_add(&listener->backlog, &served))
		return -ENOMEM;
	served->state = sock->state = SOCK_CONNECTED;
	served->name = listener->name;
	served->name_len = listener->name_len;
	served->pass_creds = listener->pass_creds;
	served->peer = sock;
	sock->peer = served;
	served->other = who_of(fake->current);
	served->own = sock->other = listener->own;
	return 0;
}

int fake_op_connect(struct sys *sys, int fd, const void *addr, size_t len)
{
	struct fake *fake = fake_of(sys);
	struct connecting c = { fake, 0, addr, len };
	struct sock *sock, *listener;
	struct file *file;
	int ret = sock_fd(sys, fd, &sock, &file);

	if (ret < 0)
		return ret;
	if (sock->domain != AF_UNIX)
		return sock->domain == AF_NETLINK ? 0 : -ENETUNREACH;
	c.type = sock->type;
	if (sock->type != SOCK_DGRAM) {
		ret = has_room(&c) ? 0
				   : fake_block(fake, has_room, &c,
						sock_deadline(fake, file, 0, sock->send_ns),
						"room in a listener's queue");
		if (ret < 0)
			return ret == -ETIMEDOUT ? -EAGAIN : ret;
	}
	listener = sock_find(fake, sock->type, addr, len, &ret);
	if (!listener)
		return ret;
	if (sock->type != SOCK_DGRAM && sock->state != SOCK_NEW)
		return sock->state == SOCK_CONNECTED ? -EISCONN : -EINVAL;
	if (sock->type != SOCK_DGRAM)
		return connect_stream(fake, sock, listener);
	if (listener->type != SOCK_DGRAM)
		return -EPROTOTYPE;
	sock->peer = listener;
	sock->state = SOCK_CONNECTED;
	return 0;
}

static bool has_waiting(void *arg)
{
	struct sock *sock = arg;

	return sock->backlog.count > 0 || sock->no_more_in;
}

int fake_op_accept4(struct sys *sys, int fd, unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	struct sock *sock, *served;
	struct file *file;
	int ret = sock_fd(sys, fd, &sock, &file);

	if (ret < 0)
		return ret;
	if (sock->state != SOCK_LISTENING)
		return -EINVAL;
	ret = fake_block(fake, has_waiting, sock, sock_deadline(fake, file, 0, sock->receive_ns),
			 "a connection");
	if (ret < 0)
		return ret == -ETIMEDOUT ? -EAGAIN : ret;
	if (sock->backlog.count == 0) /* shut down */
		return file->flags & O_NONBLOCK ? -EAGAIN : -EINVAL;
	served = *vec_at(&sock->backlog, struct sock *, 0);
	vec_remove(&sock->backlog, 0);
	return sock_install(fake, served, flags);
}

int fake_op_shutdown(struct sys *sys, int fd, int how)
{
	struct sock *sock;
	int ret = sock_fd(sys, fd, &sock, NULL);

	if (ret < 0)
		return ret;
	if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR)
		return -EINVAL;
	if (how != SHUT_RD) {
		sock->no_more_out = true;
		if (sock->peer)
			sock->peer->no_more_in = true;
	}
	if (how != SHUT_WR) {
		sock->no_more_in = true;
		if (sock->peer)
			sock->peer->no_more_out = true;
	}
	return 0;
}
