/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The supervisor's end: a fixed table of connections, one request for each readiness. A peer can
 * cost time, never memory.
 */
#include "core/ipc/wire.h"

#include <assert.h>
#include <errno.h>

/* A payload that was announced must come soon: nobody else is answered meanwhile. */
#define PAYLOAD_TIMEOUT_MS 5000

static int free_slot(const struct ipc_server *server)
{
	for (int i = 0; i < IPC_CLIENTS_MAX; i++)
		if (server->clients[i].fd < 0)
			return i;
	return -EMFILE;
}

int ipc_server_accept(struct ipc_server *server)
{
	int fd, slot;

	if (server->listen_fd < 0)
		return -EAGAIN;
	/* Not blocking: a peer that does not read its replies is dropped, nobody waits for it. */
	fd = SYS_RETRY(sys_accept4(server->sys, server->listen_fd, SOCK_CLOEXEC | SOCK_NONBLOCK));
	if (fd < 0)
		return fd == -ECONNABORTED ? -EAGAIN : fd;
	slot = free_slot(server);
	if (slot < 0) {
		(void)sys_close(server->sys, fd);
		return slot;
	}
	/* SO_PASSCRED comes from the listening socket; a request without credentials is refused. */
	server->clients[slot] = (struct ipc_client){ .fd = fd };
	return slot;
}

void ipc_server_drop(struct ipc_server *server, int slot)
{
	struct ipc_client *client = &server->clients[slot];

	if (client->fd >= 0)
		(void)sys_close(server->sys, client->fd);
	*client = (struct ipc_client){ .fd = -1 };
}

static bool is_allowed(struct ipc_server *server, const struct io_message *msg)
{
	if (!msg->has_creds)
		return false;
	if (msg->creds.uid == 0)
		return true;
	return msg->creds.uid == sys_getuid(server->sys) &&
	       msg->creds.gid == sys_getgid(server->sys);
}

/* 1: header and peer are fine; 0: not yet; -errno: drop the connection. */
static int read_header(struct ipc_server *server, int slot, struct ipc_wire_request *wire,
		       struct ucred *peer)
{
	struct io_message msg;
	int fd = server->clients[slot].fd;
	ssize_t len = io_receive(server->sys, fd, wire, sizeof(*wire), &msg, MSG_DONTWAIT);

	/* No request brings descriptors. */
	io_message_close(server->sys, &msg);
	if (len == -EAGAIN)
		return 0;
	if (len < 0)
		return (int)len;
	if (len != sizeof(*wire))
		return -EBADMSG;
	if (!is_allowed(server, &msg)) {
		(void)ipc_server_reply(server, slot, -EACCES, 0, NULL, 0, NULL, 0);
		return -EACCES;
	}
	*peer = msg.creds;
	return 1;
}

int ipc_server_read(struct ipc_server *server, int slot, struct ipc_request *request)
{
	struct ipc_wire_request wire = { 0 };
	int ret = read_header(server, slot, &wire, &request->peer);

	if (ret == 0)
		return 0;
	if (ret > 0 && (wire.datalen < 0 || wire.datalen > IPC_PAYLOAD_MAX))
		ret = -EFBIG;
	if (ret > 0 && wire.datalen > 0) {
		ret = ipc_read_before(server->sys, server->clients[slot].fd, request->payload,
				      (size_t)wire.datalen,
				      ipc_deadline(server->sys, PAYLOAD_TIMEOUT_MS));
		ret = ret == 0 ? 1 : ret;
	}
	if (ret < 0) {
		ipc_server_drop(server, slot);
		return 0;
	}
	request->cmd = wire.cmd;
	request->data = wire.data;
	request->len = (uint32_t)wire.datalen;
	request->payload[request->len] = '\0';
	return 1;
}

int ipc_server_reply(struct ipc_server *server, int slot, int32_t ret, uint64_t data,
		     const void *payload, size_t len, const int *fds, size_t fd_count)
{
	struct ipc_wire_reply wire = { .ret = ret, .datalen = (int32_t)len, .data = data };
	struct ipc_client *client = &server->clients[slot];
	ssize_t sent = -EPIPE;

	assert(len <= IPC_PAYLOAD_MAX);
	if (client->fd < 0)
		return -EPIPE;
	sent = io_send(server->sys, client->fd, &wire, sizeof(wire), fds, fd_count, false);
	if (sent == sizeof(wire) && len > 0) {
		sent = io_send(server->sys, client->fd, payload, len, NULL, 0, false);
		sent = sent == (ssize_t)len ? (ssize_t)sizeof(wire) : sent < 0 ? sent : -EAGAIN;
	}
	if (sent >= 0 && sent != sizeof(wire))
		sent = -EAGAIN;
	if (sent < 0 || !client->waits)
		ipc_server_drop(server, slot);
	return sent < 0 ? (int)sent : 0;
}

static void tell(struct ipc_server *server, int slot, enum ipc_state state)
{
	struct ipc_wire_state wire = { .type = 0, .value = (int32_t)state };

	static_assert(sizeof(wire) == 264, "as the wire has it");
	static_assert(sizeof(wire.name) == sizeof(server->name), "one field, two places");
	memcpy(wire.name, server->name, sizeof(wire.name));
	wire.name[sizeof(wire.name) - 1] = '\0';
	(void)io_send(server->sys, server->clients[slot].fd, &wire, sizeof(wire), NULL, 0, false);
	ipc_server_drop(server, slot);
}

/* Those who wait for the life that comes. */
static bool survives_reboot(const struct ipc_client *client)
{
	return !client->waits || client->watches || client->wish[IPC_RUNNING] == 2;
}

static void stopped(struct ipc_server *server)
{
	/* First the name: who reads end of file may start the container at once. */
	if (server->listen_fd >= 0)
		(void)sys_close(server->sys, server->listen_fd);
	server->listen_fd = -1;
	for (int slot = 0; slot < IPC_CLIENTS_MAX; slot++)
		ipc_server_drop(server, slot);
}

/* The next life runs when it was starting; a thaw, say, makes this one run. */
static bool wishes(const struct ipc_client *client, enum ipc_state state, enum ipc_state before)
{
	return client->wish[state] == 1 || (client->wish[state] == 2 && before == IPC_STARTING);
}

void ipc_server_state(struct ipc_server *server, enum ipc_state state, bool rebooting)
{
	enum ipc_state before = server->state;

	assert((unsigned)state < IPC_STATE_COUNT);
	server->state = state == IPC_THAWED ? IPC_RUNNING : state;
	if (state == IPC_STOPPED && !rebooting) {
		stopped(server);
		return;
	}
	for (int slot = 0; slot < IPC_CLIENTS_MAX; slot++) {
		const struct ipc_client *client = &server->clients[slot];

		if (client->fd < 0)
			continue;
		if (wishes(client, state, before))
			tell(server, slot, state);
		else if (state == IPC_STOPPED && !survives_reboot(client))
			ipc_server_drop(server, slot);
	}
}

void ipc_server_failure(struct ipc_server *server, const struct err *err)
{
	for (int slot = 0; slot < IPC_CLIENTS_MAX; slot++) {
		const struct ipc_client *client = &server->clients[slot];

		if (client->fd < 0 || !client->watches)
			continue;
		(void)io_send(server->sys, client->fd, err, sizeof(*err), NULL, 0, false);
		ipc_server_drop(server, slot);
	}
}
