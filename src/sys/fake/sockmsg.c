/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/sockmsg: what goes through a socket: bytes, messages, descriptors, credentials.
 *
 * Sources: unix(7), sendmsg(2), recvmsg(2), cmsg(3).
 */
#include "sys/fake/sock.h"

#include <linux/capability.h>

#define FDS_MAX 253 /* SCM_MAX_FD */
#define NO_ID 65534u

void packet_destroy(struct fake *fake, struct packet *packet)
{
	for (size_t i = 0; i < packet->file_count; i++)
		if (packet->files[i])
			file_put(fake, packet->files[i]);
	free(packet->files);
	free(packet->bytes);
	free(packet);
}

int sock_push(struct sock *to, const void *bytes, size_t len, struct packet **packet_out)
{
	struct packet *packet = calloc(1, sizeof(*packet));

	if (packet)
		packet->bytes = malloc(len ? len : 1);
	if (!packet || !packet->bytes || !vec_add(&to->queue, &packet)) {
		free(packet ? packet->bytes : NULL);
		free(packet);
		return -ENOMEM;
	}
	memcpy(packet->bytes, bytes, len);
	packet->len = len;
	to->queued += len;
	if (packet_out)
		*packet_out = packet;
	return 0;
}

/* --- ancillary data in --- */

struct ancillary {
	struct file *files[FDS_MAX]; /* not references yet */
	size_t file_count;
	struct ucred cred;
	bool has_cred;
};

static int take_rights(struct task *task, const struct cmsghdr *c, struct ancillary *out)
{
	size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	for (size_t i = 0; i < count; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
		if (out->file_count == FDS_MAX)
			return -EINVAL;
		out->files[out->file_count] = task_file(task, fd);
		if (!out->files[out->file_count++])
			return -EBADF;
	}
	return 0;
}

static int take_credentials(struct task *task, const struct cmsghdr *c, struct ancillary *out)
{
	const struct cred *cred = &task->cred;
	uid_t uid;
	gid_t gid;

	if (c->cmsg_len != CMSG_LEN(sizeof(struct ucred)))
		return -EINVAL;
	memcpy(&out->cred, CMSG_DATA(c), sizeof(out->cred));
	out->has_cred = true;
	if (!uid_from(task, out->cred.uid, &uid) || !gid_from(task, out->cred.gid, &gid))
		return -EINVAL;
	if (out->cred.pid != task_pid_in(task, task->pid_ns) &&
	    !task_capable(task, CAP_SYS_ADMIN, task->pid_ns->owner))
		return -EPERM;
	if (uid != cred->ruid && uid != cred->euid && uid != cred->suid &&
	    !task_capable(task, CAP_SETUID, task->user_ns))
		return -EPERM;
	if (gid != cred->rgid && gid != cred->egid && gid != cred->sgid &&
	    !task_capable(task, CAP_SETGID, task->user_ns))
		return -EPERM;
	return 0;
}

static int take_ancillary(struct task *task, const struct msghdr *msg, struct ancillary *out)
{
	struct msghdr *m = (struct msghdr *)msg; /* CMSG_NXTHDR does not take a const one */

	if (!msg->msg_control || !msg->msg_controllen)
		return 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		int ret = -EINVAL;

		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_RIGHTS)
			ret = take_rights(task, c, out);
		else if (c->cmsg_type == SCM_CREDENTIALS)
			ret = take_credentials(task, c, out);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* --- sending --- */

struct sending {
	struct sock *sock;
	struct sock **to;
	size_t need;
};

static bool can_send(void *arg)
{
	struct sending *s = arg;
	struct sock *to = *s->to;

	return !to || s->sock->no_more_out || to->queued == 0 ||
	       to->queued + s->need <= SOCK_BUFFER;
}

static void set_who(struct fake *fake, struct packet *packet, const struct ancillary *extra,
		    bool wanted)
{
	struct task *task = fake->current, *meant = task;

	packet->has_who = wanted || extra->has_cred;
	packet->who = (struct who){ .uid = NO_ID, .gid = NO_ID };
	if (!packet->has_who)
		return;
	if (extra->has_cred)
		meant = task_by_pid(fake, task, extra->cred.pid);
	if (meant)
		packet->who = who_of(meant);
	if (extra->has_cred) {
		uid_from(task, extra->cred.uid, &packet->who.uid);
		gid_from(task, extra->cred.gid, &packet->who.gid);
	}
}

static int deliver(struct fake *fake, struct sock *from, struct sock *to, const char *bytes,
		   size_t len, struct ancillary *extra)
{
	struct packet *packet;
	int ret = sock_push(to, bytes, len, &packet);

	if (ret < 0)
		return ret;
	set_who(fake, packet, extra, from->pass_creds || to->pass_creds);
	if (extra->file_count == 0)
		return 0;
	packet->files = calloc(extra->file_count, sizeof(struct file *));
	if (!packet->files)
		return -ENOMEM;
	for (size_t i = 0; i < extra->file_count; i++) {
		packet->files[i] = extra->files[i];
		file_get(extra->files[i]);
	}
	packet->file_count = extra->file_count;
	extra->file_count = 0; /* with the first piece only */
	return 0;
}

static ssize_t broken_pipe(struct fake *fake, const struct sock *sock, unsigned long flags)
{
	if (!(flags & MSG_NOSIGNAL) && sock->type == SOCK_STREAM)
		task_signal(fake, fake->current, SIGPIPE, fake->current);
	return -EPIPE;
}

static ssize_t send_unix(struct fake *fake, struct file *file, const struct msghdr *msg,
			 const char *bytes, size_t len, unsigned long flags)
{
	struct sock *sock = file->priv, *to = sock->peer;
	struct sending sending = { sock, &to, sock->type == SOCK_STREAM ? 1 : len };
	uint64_t deadline = sock_deadline(fake, file, flags, sock->send_ns);
	struct ancillary extra = { 0 };
	size_t done = 0;
	int ret = take_ancillary(fake->current, msg, &extra);

	if (ret < 0)
		return ret;
	if (sock->type == SOCK_DGRAM && msg->msg_name) {
		to = sock_find(fake, sock->type, msg->msg_name, msg->msg_namelen, &ret);
		if (!to)
			return ret;
	} else {
		sending.to = &sock->peer;
	}
	if (sock->type == SOCK_DGRAM && !*sending.to)
		return sock->state == SOCK_CONNECTED ? -ECONNREFUSED : -ENOTCONN;
	if (sock->type != SOCK_STREAM && len > SOCK_BUFFER)
		return -EMSGSIZE;
	if (sock->type != SOCK_DGRAM && sock->state != SOCK_CONNECTED)
		return -ENOTCONN;
	do {
		size_t n = sock->type == SOCK_STREAM && len - done > 65536 ? 65536 : len - done;

		ret = can_send(&sending) ? 0
					 : fake_block(fake, can_send, &sending, deadline,
						      "a socket to be read");
		if (ret < 0)
			return done ? (ssize_t)done : ret == -ETIMEDOUT ? -EAGAIN : ret;
		if (!*sending.to || sock->no_more_out)
			return done ? (ssize_t)done : broken_pipe(fake, sock, flags);
		ret = deliver(fake, sock, *sending.to, bytes + done, n, &extra);
		if (ret < 0)
			return ret;
		done += n;
	} while (done < len);
	return (ssize_t)done;
}

static ssize_t send_any(struct fake *fake, struct file *file, const struct msghdr *msg,
			unsigned long flags)
{
	struct sock *sock = file->priv;
	char *bytes _cleanup_free_ = NULL;
	size_t len = 0;

	for (size_t i = 0; i < msg->msg_iovlen; i++)
		len += msg->msg_iov[i].iov_len;
	bytes = malloc(len ? len : 1);
	if (!bytes)
		return -ENOMEM;
	len = 0;
	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		memcpy(bytes + len, msg->msg_iov[i].iov_base, msg->msg_iov[i].iov_len);
		len += msg->msg_iov[i].iov_len;
	}
	if (sock->domain == AF_NETLINK)
		return netlink_request(fake, sock, bytes, len);
	return sock->domain == AF_UNIX ? send_unix(fake, file, msg, bytes, len, flags) : -ENOTCONN;
}

ssize_t fake_op_sendmsg(struct sys *sys, int fd, const struct msghdr *msg, unsigned long flags)
{
	struct sock *sock;
	struct file *file;
	int ret = sock_fd(sys, fd, &sock, &file);

	return ret < 0 ? ret : send_any(fake_of(sys), file, msg, flags);
}

/* --- ancillary data out --- */

/* Room for len more bytes of control data; NULL: cut. */
static void *control_add(struct msghdr *msg, size_t *used, int type, size_t len)
{
	struct cmsghdr *c;

	if (!msg->msg_control || *used + CMSG_LEN(len) > msg->msg_controllen) {
		msg->msg_flags |= MSG_CTRUNC;
		return NULL;
	}
	c = (struct cmsghdr *)((char *)msg->msg_control + *used);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	*used += CMSG_SPACE(len);
	if (*used > msg->msg_controllen)
		*used = msg->msg_controllen;
	return CMSG_DATA(c);
}

static void give_files(struct fake *fake, struct packet *packet, struct msghdr *msg, size_t *used,
		       bool cloexec, bool peek)
{
	size_t room = msg->msg_control && msg->msg_controllen > *used + CMSG_LEN(0)
			      ? (msg->msg_controllen - *used - CMSG_LEN(0)) / sizeof(int)
			      : 0;
	size_t count = packet->file_count < room ? packet->file_count : room, given = 0;
	int fds[FDS_MAX];
	void *data;

	while (given < count) {
		file_get(packet->files[given]);
		fds[given] = task_install(fake->current, packet->files[given], cloexec, 0);
		if (fds[given] < 0)
			break;
		given++;
	}
	if (given < packet->file_count)
		msg->msg_flags |= MSG_CTRUNC;
	data = given ? control_add(msg, used, SCM_RIGHTS, given * sizeof(int)) : NULL;
	if (data)
		memcpy(data, fds, given * sizeof(int));
	if (peek)
		return;
	for (size_t i = 0; i < packet->file_count; i++)
		file_put(fake, packet->files[i]);
	packet->file_count = 0;
}

static void give_ancillary(struct fake *fake, struct sock *sock, struct packet *packet,
			   struct msghdr *msg, unsigned long flags)
{
	size_t used = 0;

	if (sock->pass_creds) {
		struct ucred cred = who_seen(&packet->who, fake->current);
		void *data = control_add(msg, &used, SCM_CREDENTIALS, sizeof(cred));

		if (!packet->has_who)
			cred = (struct ucred){ 0, NO_ID, NO_ID };
		if (data)
			memcpy(data, &cred, sizeof(cred));
	}
	if (packet->file_count > 0)
		give_files(fake, packet, msg, &used, flags & MSG_CMSG_CLOEXEC, flags & MSG_PEEK);
	msg->msg_controllen = used;
}

/* --- receiving --- */

static bool can_receive(void *arg)
{
	struct sock *sock = arg;

	return sock->queue.count > 0 || sock->no_more_in || sock->reset;
}

static size_t scatter(const struct msghdr *msg, size_t at, const char *bytes, size_t len)
{
	size_t done = 0, start = 0;

	for (size_t i = 0; i < msg->msg_iovlen && done < len; i++) {
		const struct iovec *iov = &msg->msg_iov[i];
		size_t skip = at + done > start ? at + done - start : 0;
		size_t n = skip < iov->iov_len ? iov->iov_len - skip : 0;

		start += iov->iov_len;
		if (n > len - done)
			n = len - done;
		if (n)
			memcpy((char *)iov->iov_base + skip, bytes + done, n);
		done += n;
	}
	return done;
}

static void drop_first(struct fake *fake, struct sock *sock)
{
	struct packet *packet = *vec_at(&sock->queue, struct packet *, 0);

	sock->queued -= packet->len - packet->taken;
	vec_remove(&sock->queue, 0);
	packet_destroy(fake, packet);
}

static ssize_t receive_message(struct fake *fake, struct sock *sock, struct msghdr *msg,
			       unsigned long flags)
{
	struct packet *packet = *vec_at(&sock->queue, struct packet *, 0);
	size_t n = scatter(msg, 0, packet->bytes, packet->len), len = packet->len;

	give_ancillary(fake, sock, packet, msg, flags);
	if (n < len)
		msg->msg_flags |= MSG_TRUNC;
	if (!(flags & MSG_PEEK))
		drop_first(fake, sock);
	return (ssize_t)(flags & MSG_TRUNC ? len : n);
}

static bool same_sender(const struct packet *a, const struct packet *b)
{
	return a->has_who == b->has_who &&
	       memcmp(a->who.pids, b->who.pids, sizeof(a->who.pids)) == 0 &&
	       a->who.uid == b->who.uid && a->who.gid == b->who.gid;
}

/* Bytes of one sender; what carries descriptors starts a new piece. */
static ssize_t receive_stream(struct fake *fake, struct sock *sock, struct msghdr *msg,
			      unsigned long flags)
{
	struct packet *first = *vec_at(&sock->queue, struct packet *, 0);
	struct who who = first->who;
	bool has_who = first->has_who, had_files = first->file_count > 0;
	struct packet sender = { .who = who, .has_who = has_who };
	size_t done = 0, i = 0;

	give_ancillary(fake, sock, first, msg, flags);
	while (i < sock->queue.count) {
		struct packet *packet = *vec_at(&sock->queue, struct packet *, i);
		size_t n;

		if (done > 0 && (packet->file_count > 0 || had_files ||
				 (sock->pass_creds && !same_sender(packet, &sender))))
			break;
		n = scatter(msg, done, packet->bytes + packet->taken, packet->len - packet->taken);
		done += n;
		if (flags & MSG_PEEK) {
			i++;
			if (n == 0)
				break;
			continue;
		}
		packet->taken += n;
		sock->queued -= n;
		if (packet->taken < packet->len)
			break;
		drop_first(fake, sock);
	}
	return (ssize_t)done;
}

static ssize_t receive_any(struct fake *fake, struct file *file, struct msghdr *msg,
			   unsigned long flags)
{
	struct sock *sock = file->priv;
	bool is_stream = sock->type == SOCK_STREAM && sock->domain == AF_UNIX;
	int ret;

	msg->msg_flags = flags & MSG_CMSG_CLOEXEC ? (int)MSG_CMSG_CLOEXEC : 0;
	if (sock->domain == AF_INET ||
	    (sock->domain == AF_UNIX && sock->type != SOCK_DGRAM && sock->state != SOCK_CONNECTED))
		return sock->type == SOCK_STREAM ? -EINVAL : -ENOTCONN;
	ret = fake_block(fake, can_receive, sock,
			 sock_deadline(fake, file, flags, sock->receive_ns), "a message");
	if (ret < 0)
		return ret == -ETIMEDOUT ? -EAGAIN : ret;
	if (sock->queue.count > 0)
		return is_stream ? receive_stream(fake, sock, msg, flags)
				 : receive_message(fake, sock, msg, flags);
	msg->msg_controllen = 0;
	msg->msg_namelen = 0;
	if (sock->reset) {
		sock->reset = false;
		return -ECONNRESET;
	}
	return 0;
}

ssize_t fake_op_recvmsg(struct sys *sys, int fd, struct msghdr *msg, unsigned long flags)
{
	struct sock *sock;
	struct file *file;
	int ret = sock_fd(sys, fd, &sock, &file);

	return ret < 0 ? ret : receive_any(fake_of(sys), file, msg, flags);
}

ssize_t sock_read(struct fake *fake, struct file *file, void *buf, size_t len)
{
	struct iovec iov = { buf, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	return len ? receive_any(fake, file, &msg, 0) : 0;
}

ssize_t sock_write(struct fake *fake, struct file *file, const void *buf, size_t len)
{
	struct iovec iov = { (void *)buf, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	return send_any(fake, file, &msg, 0);
}
