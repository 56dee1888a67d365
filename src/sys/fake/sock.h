/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/sock: sockets: AF_UNIX (stream, seqpacket, datagram) and a little of AF_NETLINK. Private to sock*.c and netlink.c.
 */
#ifndef SYS_FAKE_SOCK_H
#define SYS_FAKE_SOCK_H

#include "sys/fake/task.h"

enum { SOCK_BUFFER = 212992 };

/* Who was at the other end, as every pid namespace has it. */
struct who {
	pid_t pids[PID_LEVELS];
	struct pid_ns *levels[PID_LEVELS]; /* compared only */
	uid_t uid;
	gid_t gid;
};

struct packet {
	char *bytes;
	size_t len, taken;
	struct file **files;
	size_t file_count;
	struct who who;
	bool has_who;
};

enum sock_state { SOCK_NEW, SOCK_LISTENING, SOCK_CONNECTED, SOCK_ENDED };

struct sock {
	int domain, type, protocol;
	enum sock_state state;
	struct simple_ns *net;
	struct sockaddr_un name; /* len 0: not bound */
	size_t name_len;
	dev_t dev;               /* of a path's node */
	ino_t ino;
	struct sock *peer;       /* not a reference: each end clears it */
	struct vec queue;        /* struct packet * */
	size_t queued;
	struct vec backlog;      /* struct sock *: made by connect, not accepted yet */
	int backlog_max;
	struct who own, other;   /* own: when it listened or was made */
	bool pass_creds, no_more_in, no_more_out, reset;
	uint64_t receive_ns, send_ns; /* time limits; NEVER */
	uint32_t port;           /* netlink */
};

extern const struct file_ops sock_ops;

struct sock *sock_create(struct fake *fake, int domain, int type, int protocol);
void sock_destroy(struct fake *fake, struct sock *sock);
int sock_fd(struct sys *sys, int fd, struct sock **sock_out, struct file **file_out); /* -EBADF, -ENOTSOCK */
struct who who_of(struct task *task);
struct ucred who_seen(const struct who *who, struct task *viewer);
bool sock_is_abstract(const struct sock *sock);
struct sock *sock_find(struct fake *fake, int type, const struct sockaddr_un *addr, size_t len, int *error);
uint64_t sock_deadline(struct fake *fake, const struct file *file, unsigned long flags, uint64_t limit_ns);
int sock_push(struct sock *to, const void *bytes, size_t len, struct packet **packet_out);
void packet_destroy(struct fake *fake, struct packet *packet);

/* sockmsg.c: also behind read(2) and write(2) */
ssize_t sock_read(struct fake *fake, struct file *file, void *buf, size_t len);
ssize_t sock_write(struct fake *fake, struct file *file, const void *buf, size_t len);

/* netlink.c */
ssize_t netlink_request(struct fake *fake, struct sock *sock, const char *bytes, size_t len);
int netlink_ioctl(struct fake *fake, struct sock *sock, unsigned long request, void *arg);

#endif
