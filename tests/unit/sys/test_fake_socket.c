/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake_test.h"

#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

/* Abstract: "@text" without a final NUL. */
static size_t address(struct sockaddr_un *addr, const char *text)
{
	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(addr->sun_path + 1, text, strlen(text));
	return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(text);
}

static int listener(struct sys *sys, const char *name)
{
	struct sockaddr_un addr;
	size_t len = address(&addr, name);
	int fd = sys_socket(sys, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int ret = sys_bind(sys, fd, &addr, len);

	if (ret == 0)
		ret = sys_listen(sys, fd, 10);
	if (ret == 0)
		return fd;
	sys_close(sys, fd);
	return ret;
}

static int connection(struct sys *sys, const char *name)
{
	struct sockaddr_un addr;
	size_t len = address(&addr, name);
	int fd = sys_socket(sys, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int ret = sys_connect(sys, fd, &addr, len);

	if (ret == 0)
		return fd;
	sys_close(sys, fd);
	return ret;
}

static void second_bind_of_a_name_is_refused(void **state)
{
	struct sys *sys = fake_sys(*state);
	int fd = listener(sys, "lxc/web");

	assert_int_equal(fd, 0);
	assert_int_equal(listener(sys, "lxc/web"), -EADDRINUSE);
	assert_int_equal(connection(sys, "lxc/we"), -ECONNREFUSED);
	sys_close(sys, fd);
	assert_int_equal(connection(sys, "lxc/web"), -ECONNREFUSED);
	fd = listener(sys, "lxc/web");
	assert_int_equal(fd, 0);
}

static int listen_in_new_net(void *arg)
{
	return listener(((struct child *)arg)->sys, "lxc/web") == 0 ? 0 : 1;
}

static void names_belong_to_a_net_namespace(void **state)
{
	struct child child = { .sys = fake_sys(*state) };
	struct sys_clone args = { .flags = CLONE_NEWNET, .exit_signal = SIGCHLD };
	int fd = listener(child.sys, "lxc/web");
	pid_t pid;

	sys_close(child.sys, fd);
	pid = sys_clone3(child.sys, &args, listen_in_new_net, &child, sizeof(child));
	fd = listener(child.sys, "lxc/web");
	assert_int_equal(wait_for(child.sys, pid), 0);
}

static int serve_once(void *arg)
{
	struct child *child = arg;
	struct sys *sys = child->sys;
	int fd = sys_accept4(sys, child->fd, SOCK_CLOEXEC);
	char c = 0;

	if (fd < 0 || sys_read(sys, fd, &c, 1) != 1)
		return 1;
	c++;
	return sys_write(sys, fd, &c, 1) == 1 ? 0 : 2;
}

static void client_and_server_talk(void **state)
{
	struct sys *sys = fake_sys(*state);
	int fd = listener(sys, "x"), client;
	pid_t pid = start(sys, serve_once, (struct child){ .fd = fd });
	struct ucred cred;
	size_t len = sizeof(cred);
	char c = 'a';

	client = connection(sys, "x");
	assert_int_equal(sys_write(sys, client, &c, 1), 1);
	assert_int_equal(sys_read(sys, client, &c, 1), 1);
	assert_int_equal(c, 'b');
	assert_int_equal(sys_read(sys, client, &c, 1), 0);
	assert_int_equal(sys_getsockopt(sys, client, SOL_SOCKET, SO_PEERCRED, &cred, &len), 0);
	assert_int_equal(cred.pid, 100); /* who called listen, not who accepted */
	assert_int_equal(wait_for(sys, pid), 0);
	assert_int_equal(sys_kill(sys, 100, 0), 0);
}

static ssize_t send_fd(struct sys *sys, int sock, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { (void *)"fd", 2 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };

	control.align = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	return sys_sendmsg(sys, sock, &msg, MSG_NOSIGNAL);
}

/* The descriptor, -1 when the message had none; *cred zeroed when it had no credentials. */
static int receive_fd(struct sys *sys, int sock, struct ucred *cred)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} control = { 0 };
	char buf[8];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	int fd = -1;

	*cred = (struct ucred){ 0 };
	if (sys_recvmsg(sys, sock, &msg, MSG_CMSG_CLOEXEC) != 2 || (msg.msg_flags & MSG_CTRUNC))
		return -2;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_type == SCM_RIGHTS)
			memcpy(&fd, CMSG_DATA(c), sizeof(fd));
		if (c->cmsg_type == SCM_CREDENTIALS)
			memcpy(cred, CMSG_DATA(c), sizeof(*cred));
	}
	return fd;
}

static int send_a_pipe(void *arg)
{
	struct child *child = arg;
	int fds[2];

	sys_pipe2(child->sys, fds, O_CLOEXEC);
	if (send_fd(child->sys, child->fd, fds[0]) != 2)
		return 1;
	return sys_write(child->sys, fds[1], "hello", 5) == 5 ? 0 : 2;
}

static void descriptors_and_credentials_travel(void **state)
{
	struct sys *sys = fake_sys(*state);
	struct ucred cred;
	char buf[16];
	int pair[2], on = 1, fd;
	pid_t pid;

	assert_int_equal(sys_socketpair(sys, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(sys_setsockopt(sys, pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
	pid = start(sys, send_a_pipe, (struct child){ .fd = pair[1] });
	assert_int_equal(wait_for(sys, pid), 0);
	fd = receive_fd(sys, pair[0], &cred);
	assert_int_equal(cred.pid, pid);
	assert_int_equal(sys_fcntl(sys, fd, F_GETFD, 0), FD_CLOEXEC);
	assert_int_equal(sys_read(sys, fd, buf, sizeof(buf)), 5);
	assert_int_equal(sys_read(sys, fd, buf, sizeof(buf)), 0);
}

static void descriptors_in_flight_die_with_the_socket(void **state)
{
	struct sys *sys = fake_sys(*state);
	int pair[2], fds[2];
	char c;

	sys_socketpair(sys, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
	sys_pipe2(sys, fds, O_CLOEXEC);
	assert_int_equal(send_fd(sys, pair[0], fds[1]), 2);
	sys_close(sys, fds[1]);
	sys_close(sys, pair[0]);
	sys_close(sys, pair[1]);
	assert_int_equal(sys_read(sys, fds[0], &c, 1), 0);
}

static void ends_and_timeouts_are_reported(void **state)
{
	struct sys *sys = fake_sys(*state);
	struct timeval limit = { .tv_usec = 500000 };
	struct iovec iov = { (void *)"x", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct timespec before, after;
	int pair[2];
	char c;

	sys_socketpair(sys, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
	assert_int_equal(
		sys_setsockopt(sys, pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	sys_clock_gettime(sys, CLOCK_MONOTONIC, &before);
	assert_int_equal(sys_read(sys, pair[0], &c, 1), -EAGAIN);
	sys_clock_gettime(sys, CLOCK_MONOTONIC, &after);
	assert_int_equal(after.tv_sec * 1000 + after.tv_nsec / 1000000 - before.tv_sec * 1000 -
				 before.tv_nsec / 1000000,
			 500);
	assert_int_equal(sys_shutdown(sys, pair[1], SHUT_WR), 0);
	assert_int_equal(sys_read(sys, pair[0], &c, 1), 0);
	sys_close(sys, pair[1]);
	assert_int_equal(sys_sendmsg(sys, pair[0], &msg, MSG_NOSIGNAL), -EPIPE);
}

static void sequenced_messages_are_cut_not_joined(void **state)
{
	struct sys *sys = fake_sys(*state);
	int pair[2];
	char buf[8];

	sys_socketpair(sys, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
	sys_write(sys, pair[0], "one", 3);
	sys_write(sys, pair[0], "two", 3);
	assert_int_equal(sys_read(sys, pair[1], buf, 2), 2);
	assert_int_equal(sys_read(sys, pair[1], buf, 8), 3);
	assert_memory_equal(buf, "two", 3);
}

static void loopback_comes_up_by_netlink(void **state)
{
	struct sys *sys = fake_sys(*state);
	struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
	} request = { .header = { sizeof(request), RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 7, 0 },
		      .info = { .ifi_index = 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP } };
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
	} reply;
	int fd = sys_socket(sys, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);

	assert_int_equal(sys_unshare(sys, CLONE_NEWNET), 0);
	sys_close(sys, fd);
	fd = sys_socket(sys, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
	assert_int_equal(sys_write(sys, fd, &request, sizeof(request)), sizeof(request));
	assert_int_equal(sys_read(sys, fd, &reply, sizeof(reply)), sizeof(reply));
	assert_int_equal(reply.header.nlmsg_seq, 7);
	assert_int_equal(reply.error.error, 0);
	request.info.ifi_index = 9;
	sys_write(sys, fd, &request, sizeof(request));
	sys_read(sys, fd, &reply, sizeof(reply));
	assert_int_equal(reply.error.error, -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(second_bind_of_a_name_is_refused),
		WORLD_TEST(names_belong_to_a_net_namespace),
		WORLD_TEST(client_and_server_talk),
		WORLD_TEST(descriptors_and_credentials_travel),
		WORLD_TEST(descriptors_in_flight_die_with_the_socket),
		WORLD_TEST(ends_and_timeouts_are_reported),
		WORLD_TEST(sequenced_messages_are_cut_not_joined),
		WORLD_TEST(loopback_comes_up_by_netlink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
