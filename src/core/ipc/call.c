/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client's end: one connection, one request, one reply. */
#include "core/ipc/wire.h"

#include <errno.h>

/* The console log is the one answer without the common limit; this one is ours. */
#define CONSOLE_LOG_MAX (256 << 20)

/* A supervisor that dies is the same as one that was not there. */
static int as_refused(int ret)
{
	return ret == -EPIPE || ret == -ECONNRESET || ret == -ENOENT ? -ECONNREFUSED : ret;
}

static int open_connection(struct sys *sys, const struct sockaddr_un *addr, size_t addr_len,
			   int timeout_ms, struct fd *out)
{
	_cleanup_fd_ struct fd sock = { 0 };
	struct timeval limit = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000 };
	int ret = sys_socket(sys, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (ret < 0)
		return ret;
	sock = fd_of(sys, ret);
	/* connect waits while the queue is full. */
	if (timeout_ms > 0)
		ret = sys_setsockopt(sys, sock.n, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (ret < 0)
		return ret;
	ret = SYS_RETRY(sys_connect(sys, sock.n, addr, addr_len));
	if (ret < 0)
		return ret == -EAGAIN ? -ETIMEDOUT : as_refused(ret);
	*out = steal_fd(&sock);
	return 0;
}

/* All of it; our credentials come with the first byte. */
static int send_all(struct sys *sys, int sock, const void *bytes, size_t len, bool creds)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t n = io_send(sys, sock, at, len, NULL, 0, creds);

		if (n < 0)
			return as_refused((int)n);
		at += n;
		len -= (size_t)n;
		creds = false;
	}
	return 0;
}

static int send_request(struct sys *sys, int sock, const struct ipc_wire_request *request,
			const void *payload)
{
	int ret = send_all(sys, sock, request, sizeof(*request), true);

	if (ret < 0)
		return ret;
	return send_all(sys, sock, payload, (size_t)request->datalen, false);
}

static int read_payload(struct sys *sys, int sock, size_t len, int64_t deadline, struct str *out)
{
	char bytes[IPC_PAYLOAD_MAX];

	while (len > 0) {
		size_t n = len < sizeof(bytes) ? len : sizeof(bytes);
		int ret = ipc_read_before(sys, sock, bytes, n, deadline);

		if (ret < 0)
			return as_refused(ret);
		str_add_n(out, bytes, n);
		len -= n;
	}
	return str_ok(out) ? 0 : -ENOMEM;
}

static int read_reply(struct sys *sys, int sock, uint32_t cmd, int64_t deadline,
		      struct ipc_reply *reply)
{
	int32_t max = cmd == IPC_CONSOLE_LOG ? CONSOLE_LOG_MAX : IPC_PAYLOAD_MAX;
	struct ipc_wire_reply wire = { 0 };
	ssize_t len;
	int ret = ipc_wait_readable(sys, sock, deadline);

	if (ret < 0)
		return ret;
	len = io_receive(sys, sock, &wire, sizeof(wire), &reply->fds, 0);
	if (len < 0)
		return as_refused((int)len);
	if (len == 0) /* Old supervisors close on what they do not know. */
		return -ENOSYS;
	if (len < (ssize_t)sizeof(wire))
		ret = ipc_read_before(sys, sock, (char *)&wire + len, sizeof(wire) - (size_t)len,
				      deadline);
	if (ret < 0)
		return as_refused(ret);
	if (wire.datalen < 0 || wire.datalen > max)
		return -EFBIG;
	reply->ret = wire.ret;
	reply->data = wire.data;
	if (wire.ret == -ENOSYS || wire.ret == -EACCES)
		return wire.ret;
	return read_payload(sys, sock, (size_t)wire.datalen, deadline, &reply->payload);
}

int ipc_call_addr(struct sys *sys, const struct sockaddr_un *addr, size_t addr_len,
		  const struct ipc_wire_request *request, const void *payload, int timeout_ms,
		  struct ipc_reply *reply, struct fd *keep_out)
{
	_cleanup_fd_ struct fd sock = { 0 };
	int64_t deadline = ipc_deadline(sys, timeout_ms);
	int ret = open_connection(sys, addr, addr_len, timeout_ms, &sock);

	*reply = (struct ipc_reply){ 0 };
	if (ret == 0)
		ret = send_request(sys, sock.n, request, payload);
	if (ret == 0)
		ret = read_reply(sys, sock.n, request->cmd, deadline, reply);
	if (ret < 0) {
		ipc_reply_finish(sys, reply);
		return ret;
	}
	if (keep_out)
		*keep_out = steal_fd(&sock);
	return 0;
}

int ipc_call(struct sys *sys, const char *lxcpath, const char *name, uint32_t cmd, uint64_t data,
	     const void *payload, size_t len, int timeout_ms, struct ipc_reply *reply,
	     struct fd *keep_out)
{
	struct ipc_wire_request request = { .cmd = cmd, .datalen = (int32_t)len, .data = data };
	struct sockaddr_un addr;
	size_t addr_len = ipc_address(lxcpath, name, &addr);

	*reply = (struct ipc_reply){ 0 };
	if (len > IPC_PAYLOAD_MAX)
		return -EFBIG;
	return ipc_call_addr(sys, &addr, addr_len, &request, payload, timeout_ms, reply, keep_out);
}

void ipc_reply_finish(struct sys *sys, struct ipc_reply *reply)
{
	io_message_close(sys, &reply->fds);
	str_finish(&reply->payload);
}
