/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The supervisor's end: requests good and bad, replies byte by byte, states and who waits for them.
 */
#include "server_world.h"
#include "sys/trace.h"

static void a_request_is_read_with_its_payload_terminated(void **state)
{
	struct world *world = *state;
	struct ipc_request request;
	int slot, fd = client_in_slot(world, IPC_GET_CGROUP, 4, &slot);

	client_send(world, fd, "abcd", 4, false);
	assert_int_equal(ipc_server_read(&world->server, slot, &request), 1);
	assert_int_equal(request.cmd, IPC_GET_CGROUP);
	assert_int_equal(request.len, 4);
	assert_string_equal(request.payload, "abcd");
	assert_int_equal(request.peer.uid, 0);
	assert_int_equal(request.peer.pid, sys_getpid(world->sys));
}

static void bad_requests_are_dropped_and_nothing_else_is(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *name;
		int32_t datalen;
		size_t len;
	} cases[] = {
		{ "too long", 9000, 16 },  { "one too long", IPC_PAYLOAD_MAX + 1, 16 },
		{ "negative", -1, 16 },	   { "most negative", INT32_MIN, 16 },
		{ "three bytes", 0, 3 },   { "fifteen bytes", 0, 15 },
		{ "huge", INT32_MAX, 16 },
	};
	int bystander = client_connect(world);

	assert_int_equal(ipc_server_accept(&world->server), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ipc_wire_request wire = { .cmd = IPC_GET_STATE,
						 .datalen = cases[i].datalen };
		struct ipc_request request;
		int slot, fd = client_connect(world);

		client_send(world, fd, &wire, cases[i].len, true);
		slot = ipc_server_accept(&world->server);
		assert_int_equal(slot, 1);
		assert_int_equal(ipc_server_read(&world->server, slot, &request), 0);
		if (!client_is_dropped(world, fd))
			fail_msg("%s: not dropped", cases[i].name);
		(void)sys_close(world->sys, fd);
	}
	assert_int_equal(slots_in_use(world), 1);
	assert_false(client_is_dropped(world, bystander));
}

static void a_payload_that_never_comes_is_not_waited_for_long(void **state)
{
	struct world *world = *state;
	struct timespec before, after;
	struct ipc_request request;
	int slot, fd = client_in_slot(world, IPC_GET_CGROUP, 10, &slot);

	client_send(world, fd, "abc", 3, false);
	(void)sys_clock_gettime(world->sys, CLOCK_MONOTONIC, &before);
	assert_int_equal(ipc_server_read(&world->server, slot, &request), 0);
	(void)sys_clock_gettime(world->sys, CLOCK_MONOTONIC, &after);
	assert_in_range(after.tv_sec - before.tv_sec, 4, 6);
	assert_true(client_is_dropped(world, fd));
}

static void a_silent_connection_costs_nothing(void **state)
{
	struct world *world = *state;
	struct ipc_request request;
	int fd = client_connect(world), slot = ipc_server_accept(&world->server);

	assert_int_equal(ipc_server_read(&world->server, slot, &request), 0);
	assert_false(client_is_dropped(world, fd));
	assert_int_equal(ipc_server_accept(&world->server), -EAGAIN);
}

static void replies_are_as_the_wire_has_them(void **state)
{
	struct world *world = *state;
	/* console-ipc.md 3, captured: GET_INIT_PID of pid 0x1da8. */
	static const unsigned char pid[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0xa8, 0x1d };
	static const unsigned char name[20] = { 0, 0, 0, 0, 4, 0, 0,   0,   0,	0,
						0, 0, 0, 0, 0, 0, 'w', 'e', 'b' };
	static const unsigned char unknown[16] = { 0xda, 0xff, 0xff, 0xff };
	unsigned char bytes[32];
	int slot, fd;

	fd = client_in_slot(world, IPC_GET_INIT_PID, 0, &slot);
	assert_int_equal(ipc_server_reply(&world->server, slot, 0, 0x1da8, NULL, 0, NULL, 0), 0);
	assert_int_equal(client_read(world, fd, bytes, sizeof(bytes)), sizeof(pid));
	assert_memory_equal(bytes, pid, sizeof(pid));
	assert_true(client_is_dropped(world, fd));

	fd = client_in_slot(world, IPC_GET_NAME, 0, &slot);
	assert_int_equal(ipc_server_reply(&world->server, slot, 0, 0, "web", 4, NULL, 0), 0);
	assert_int_equal(io_read_full(world->sys, fd, bytes, sizeof(name)), 0);
	assert_memory_equal(bytes, name, sizeof(name));

	fd = client_in_slot(world, 40, 0, &slot);
	assert_int_equal(ipc_server_reply(&world->server, slot, -ENOSYS, 0, NULL, 0, NULL, 0), 0);
	assert_int_equal(client_read(world, fd, bytes, sizeof(bytes)), sizeof(unknown));
	assert_memory_equal(bytes, unknown, sizeof(unknown));
}

/* What a client of another user sees. */
struct stranger {
	struct world *world;
	uid_t uid;
	gid_t gid;
};

static int ask_as_stranger(void *data)
{
	const struct stranger *stranger = data;
	struct sys *sys = stranger->world->sys;

	if (sys_setresgid(sys, stranger->gid, stranger->gid, stranger->gid) < 0 ||
	    sys_setresuid(sys, stranger->uid, stranger->uid, stranger->uid) < 0)
		return 100;
	return -ipc_get_state(sys, LXCPATH, NAME);
}

static void another_user_is_refused(void **state)
{
	struct world *world = *state;
	struct stranger stranger = { .world = world, .uid = 1000, .gid = 1000 };
	struct sys_clone args = { .exit_signal = SIGCHLD };
	struct ipc_request request;
	siginfo_t info = { 0 };
	struct pollfd poll_fd = { .fd = world->server.listen_fd, .events = POLLIN };
	int slot;

	assert_true(sys_clone3(world->sys, &args, ask_as_stranger, &stranger, sizeof(stranger)) >
		    0);
	assert_int_equal(sys_poll(world->sys, &poll_fd, 1, 1000), 1);
	slot = ipc_server_accept(&world->server);
	fake_settle(world->fake);
	assert_int_equal(ipc_server_read(&world->server, slot, &request), 0);
	assert_int_equal(slots_in_use(world), 0);
	assert_int_equal(sys_waitid(world->sys, P_ALL, 0, &info, WEXITED), 0);
	assert_int_equal(info.si_status, EACCES);
}

static void two_hundred_connections_are_held_at_once(void **state)
{
	struct world *world = *state;
	struct ipc_request request;
	int fds[200];

	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		fds[i] = client_connect(world);
		client_ask(world, fds[i], IPC_GET_STATE, 0, 0);
		assert_true(ipc_server_accept(&world->server) >= 0);
	}
	assert_int_equal(slots_in_use(world), 200);
	for (int slot = 0; slot < 200; slot++) {
		assert_int_equal(ipc_server_read(&world->server, slot, &request), 1);
		assert_int_equal(
			ipc_server_reply(&world->server, slot, 0, IPC_RUNNING, NULL, 0, NULL, 0),
			0);
	}
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		struct ipc_wire_reply reply;

		assert_int_equal(client_read(world, fds[i], &reply, sizeof(reply)), sizeof(reply));
		assert_int_equal(reply.data, IPC_RUNNING);
		assert_true(client_is_dropped(world, fds[i]));
	}
	assert_int_equal(slots_in_use(world), 0);
}

static void a_full_table_drops_the_newcomer(void **state)
{
	struct world *world = *state;
	int fd = -1;

	for (int i = 0; i < IPC_CLIENTS_MAX; i++) {
		(void)client_connect(world);
		assert_true(ipc_server_accept(&world->server) >= 0);
	}
	fd = client_connect(world);
	assert_int_equal(ipc_server_accept(&world->server), -EMFILE);
	assert_true(client_is_dropped(world, fd));
	ipc_server_drop(&world->server, 17);
	(void)client_connect(world);
	assert_int_equal(ipc_server_accept(&world->server), 17);
}

/* --- states --- */

/* A client that wishes for one state; 2: the next time. */
static int add_waiter(struct world *world, enum ipc_state state, int8_t wish)
{
	int fd = client_connect(world), slot = ipc_server_accept(&world->server);

	assert_true(slot >= 0);
	world->server.clients[slot].waits = true;
	world->server.clients[slot].wish[state] = wish;
	return fd;
}

/* The state that came; -1: nothing; -2: end of file. */
static int heard(struct world *world, int fd)
{
	struct ipc_wire_state wire;
	ssize_t n = client_read(world, fd, &wire, sizeof(wire));

	if (n == 0)
		return -2;
	if (n < 0)
		return -1;
	assert_int_equal(n, 264);
	assert_int_equal(wire.type, 0);
	assert_string_equal(wire.name, NAME);
	return wire.value;
}

static void each_change_of_state_is_told_once_to_who_wished_for_it(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *name;
		enum ipc_state wish;
		int8_t how;
		enum ipc_state change;
		bool rebooting;
		int heard, after; /* after: what follows the message, or its absence */
		enum ipc_state stored, from;
	} cases[] = {
		{ "wished for", IPC_FROZEN, 1, IPC_FROZEN, false, IPC_FROZEN, -2, IPC_FROZEN },
		{ "another", IPC_FROZEN, 1, IPC_FREEZING, false, -1, -1, IPC_FREEZING },
		{ "thawed is told as such and kept as running", IPC_THAWED, 1, IPC_THAWED, false,
		  IPC_THAWED, -2, IPC_RUNNING },
		{ "who waits for running is not told of thawed", IPC_RUNNING, 1, IPC_THAWED, false,
		  -1, -1, IPC_RUNNING },
		{ "stopping", IPC_STOPPING, 1, IPC_STOPPING, false, IPC_STOPPING, -2,
		  IPC_STOPPING },
		{ "aborting", IPC_ABORTING, 1, IPC_ABORTING, false, IPC_ABORTING, -2,
		  IPC_ABORTING },
		{ "the next running", IPC_RUNNING, 2, IPC_RUNNING, false, IPC_RUNNING, -2,
		  IPC_RUNNING, IPC_STARTING },
		{ "not the next running, but this one again", IPC_RUNNING, 2, IPC_RUNNING, false,
		  -1, -1, IPC_RUNNING, IPC_FROZEN },
		{ "stopped for a reboot", IPC_STOPPED, 1, IPC_STOPPED, true, IPC_STOPPED, -2,
		  IPC_STOPPED },
		{ "a reboot keeps who waits for the next", IPC_RUNNING, 2, IPC_STOPPED, true, -1,
		  -1, IPC_STOPPED },
		{ "a reboot drops other waiters", IPC_RUNNING, 1, IPC_STOPPED, true, -2, -2,
		  IPC_STOPPED },
		{ "the end drops all", IPC_RUNNING, 2, IPC_STOPPED, false, -2, -2, IPC_STOPPED },
		{ "the end is an end of file", IPC_STOPPED, 1, IPC_STOPPED, false, -2, -2,
		  IPC_STOPPED },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int fd = add_waiter(world, cases[i].wish, cases[i].how);
		int first, second;

		world->server.state = cases[i].from;
		ipc_server_state(&world->server, cases[i].change, cases[i].rebooting);
		first = heard(world, fd);
		second = heard(world, fd);
		if (first != cases[i].heard || second != cases[i].after)
			fail_msg("%s: heard %d, %d", cases[i].name, first, second);
		assert_int_equal(world->server.state, cases[i].stored);
		(void)sys_close(world->sys, fd);
		for (int slot = 0; slot < IPC_CLIENTS_MAX; slot++)
			ipc_server_drop(&world->server, slot);
		if (world->server.listen_fd < 0)
			server_up(world, LXCPATH, NAME);
	}
}

static void keep_first_close(void *data, const char *line, size_t len)
{
	const char *call = strstr(line, "close(");
	int *closed = data;

	(void)len;
	if (call && *closed < 0)
		(void)sscanf(call, "close(%d)", closed);
}

static void at_the_end_the_name_is_free_before_anybody_hears_of_it(void **state)
{
	struct world *world = *state;
	int fd = add_waiter(world, IPC_STOPPED, 1), listen_fd = world->server.listen_fd, closed = -1, again;
	struct sys_trace trace;

	sys_trace_init(&trace, world->sys, -1);
	trace.line = keep_first_close;
	trace.data = &closed;
	world->server.sys = &trace.sys;
	ipc_server_state(&world->server, IPC_STOPPED, false);
	world->server.sys = world->sys;
	assert_int_equal(closed, listen_fd);
	assert_int_equal(world->server.listen_fd, -1);
	again = ipc_bind(world->sys, LXCPATH, NAME, NULL);
	assert_true(again >= 0);
	assert_int_equal(heard(world, fd), -2);
	assert_int_equal(ipc_server_accept(&world->server), -EAGAIN);
}

static void a_second_bind_is_refused(void **state)
{
	struct world *world = *state;
	struct err err = { 0 };

	assert_int_equal(ipc_bind(world->sys, LXCPATH, NAME, &err), -EADDRINUSE);
	assert_string_equal(err.what, "container web is already running");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVER_TEST(a_request_is_read_with_its_payload_terminated),
		SERVER_TEST(bad_requests_are_dropped_and_nothing_else_is),
		SERVER_TEST(a_payload_that_never_comes_is_not_waited_for_long),
		SERVER_TEST(a_silent_connection_costs_nothing),
		SERVER_TEST(replies_are_as_the_wire_has_them),
		SERVER_TEST(another_user_is_refused),
		SERVER_TEST(two_hundred_connections_are_held_at_once),
		SERVER_TEST(a_full_table_drops_the_newcomer),
		SERVER_TEST(each_change_of_state_is_told_once_to_who_wished_for_it),
		SERVER_TEST(at_the_end_the_name_is_free_before_anybody_hears_of_it),
		SERVER_TEST(a_second_bind_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
