/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A server of the test's own and clients that speak the bare wire, in one process of the model
 * kernel. Included once.
 */
#ifndef TEST_IPC_SERVER_WORLD_H
#define TEST_IPC_SERVER_WORLD_H

#include "core/ipc/ipc.h"
#include "sys/fake/fake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define LXCPATH "/var/lib/lxc"
#define NAME "web"

struct world {
	struct fake *fake;
	struct sys *sys;
	struct ipc_server server;
};

static inline void server_up(struct world *world, const char *lxcpath, const char *name)
{
	struct ipc_server *server = &world->server;
	struct err err = { 0 };

	*server = (struct ipc_server){ .sys = world->sys, .state = IPC_RUNNING };
	(void)snprintf(server->name, sizeof(server->name), "%s", name);
	for (int i = 0; i < IPC_CLIENTS_MAX; i++)
		server->clients[i].fd = -1;
	server->listen_fd = ipc_bind(world->sys, lxcpath, name, &err);
	if (server->listen_fd < 0)
		fail_msg("%s", err.what);
}

static inline int world_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->fake = fake_create(&(struct fake_options){ .mem_check = 0 });
	assert_non_null(world->fake);
	world->sys = fake_sys(world->fake);
	server_up(world, LXCPATH, NAME);
	*state = world;
	return 0;
}

static inline int world_down(void **state)
{
	struct world *world = *state;
	bool clean = str_eq(fake_breaches(world->fake), "");

	if (!clean)
		print_error("%s\n", fake_breaches(world->fake));
	fake_destroy(world->fake);
	free(world);
	return clean ? 0 : -1;
}

#define SERVER_TEST(fn) cmocka_unit_test_setup_teardown(fn, world_up, world_down)

static inline int client_connect(struct world *world)
{
	struct sockaddr_un addr;
	size_t len = ipc_address(LXCPATH, NAME, &addr);
	int fd = sys_socket(world->sys, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	assert_int_equal(sys_connect(world->sys, fd, &addr, len), 0);
	return fd;
}

static inline void client_send(struct world *world, int fd, const void *bytes, size_t len,
			       bool creds)
{
	assert_int_equal(io_send(world->sys, fd, bytes, len, NULL, 0, creds), (ssize_t)len);
}

static inline void client_ask(struct world *world, int fd, uint32_t cmd, int32_t datalen,
			      uint64_t data)
{
	struct ipc_wire_request request = { .cmd = cmd, .datalen = datalen, .data = data };

	client_send(world, fd, &request, sizeof(request), true);
}

/* A connection that the server has taken, with a request on its way. */
static inline int client_in_slot(struct world *world, uint32_t cmd, int32_t datalen, int *slot)
{
	int fd = client_connect(world);

	client_ask(world, fd, cmd, datalen, 0);
	*slot = ipc_server_accept(&world->server);
	assert_true(*slot >= 0);
	return fd;
}

/* What comes: bytes; 0: end of file; -EAGAIN: nothing. */
static inline ssize_t client_read(struct world *world, int fd, void *bytes, size_t len)
{
	ssize_t n = sys_read(world->sys, fd, bytes, len);

	return n == -ECONNRESET ? 0 : n;
}

static inline bool client_is_dropped(struct world *world, int fd)
{
	char byte;

	return client_read(world, fd, &byte, 1) == 0;
}

static inline unsigned slots_in_use(const struct world *world)
{
	unsigned count = 0;

	for (int i = 0; i < IPC_CLIENTS_MAX; i++)
		count += world->server.clients[i].fd >= 0;
	return count;
}

#endif
