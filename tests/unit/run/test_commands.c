/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the command socket answers, asked over the bare wire (console-ipc.md 3, K25, K26, K36, K38,
 * K45, K47, K49). */
#include "../ipc/server_world.h"

#include "core/plan/build.h"
#include "core/run/life.h"

#include <sys/ioctl.h>

struct fixture {
	struct world *world;
	struct run run;
	struct plan *plan;
	char *before;
};

static struct plan *make_plan(void)
{
	struct plan_builder b;
	struct plan *plan = NULL;

	plan_builder_init(&b);
	b.head.name = plan_add_str(&b, NAME);
	b.head.lxcpath = plan_add_str(&b, LXCPATH);
	b.head.ns_flags = 0x6e020000;
	b.head.flags = PLAN_DAEMON;
	plan_add_item(&b, "lxc.empty", "");
	plan_add_item(&b, "lxc.uts.name", "web");
	assert_int_equal(plan_build(&b, &plan), 0);
	plan_builder_finish(&b);
	return plan;
}

static int open_dir(struct sys *sys, const char *path)
{
	int fd = io_open(sys, AT_FDCWD, path, O_PATH | O_DIRECTORY, 0, 0);

	assert_true(fd >= 0);
	return fd;
}

static void add_hierarchy(struct fixture *f, bool v2, const char *controllers, const char *path)
{
	struct run_hierarchy *h = &f->run.hierarchies[f->run.hierarchy_count++];

	h->dir_fd = open_dir(f->world->sys, "/tmp");
	h->v2 = v2;
	(void)snprintf(h->path, sizeof(h->path), "%s", path);
	(void)snprintf(h->controllers, sizeof(h->controllers), "%s", controllers);
}

static void add_tty(struct fixture *f)
{
	f->run.ttys[f->run.tty_count++] = (struct run_tty){
		.master = io_open(f->world->sys, AT_FDCWD, "/dev/null", O_RDWR, 0, 0),
		.slave = -1,
		.busy_slot = -1,
	};
}

static int sleeper(void *data)
{
	struct sys **sys = data;

	return sys_poll(*sys, NULL, 0, -1);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct sys_clone args = { .exit_signal = SIGCHLD, .pidfd_out = &f->run.init_pidfd };
	struct run *run = &f->run;
	void *world = NULL;

	assert_int_equal(world_up(&world), 0);
	f->world = world;
	f->plan = make_plan();
	run->sys = f->world->sys;
	run->plan = f->plan;
	run->log.fd = -1;
	run->self = sys_getpid(run->sys);
	run->server = f->world->server;
	run->handshake_fd = run->pin_fd = run->signal_fd = -1;
	run->console_master = run->console_slave = run->console_log_fd = -1;
	run->relay = (struct run_relay){ .peer_fd = -1, .proxy_slot = -1 };
	run->init_pid = sys_clone3(run->sys, &args, sleeper, &run->sys, sizeof(run->sys));
	add_hierarchy(f, false, "cpu,cpuacct", "/cpu/lxc/web");
	add_hierarchy(f, false, "name=systemd", "/system.slice/lxc/web");
	add_hierarchy(f, true, "", "/unified/lxc/web");
	add_tty(f);
	add_tty(f);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	void *world = f->world;
	int ret = world_down(&world);

	free(f->plan);
	free(f);
	return ret;
}

#define COMMAND_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

/* Asks and lets the supervisor serve; the connection. */
static int ask(struct fixture *f, uint32_t cmd, uint64_t data, const void *payload, size_t len)
{
	int fd = client_connect(f->world), slot;

	client_ask(f->world, fd, cmd, (int32_t)len, data);
	if (len > 0)
		client_send(f->world, fd, payload, len, false);
	slot = ipc_server_accept(&f->run.server);
	assert_true(slot >= 0);
	commands_serve(&f->run, slot);
	return fd;
}

/* The reply's header; its payload and descriptors where wanted. false: closed without one. */
static bool reply_of(struct fixture *f, int fd, struct ipc_wire_reply *reply, char *payload,
		     struct io_message *msg)
{
	struct io_message ignored;
	ssize_t n = io_receive(f->world->sys, fd, reply, sizeof(*reply), msg ? msg : &ignored, 0);

	if (n <= 0)
		return false;
	assert_int_equal(n, sizeof(*reply));
	if (reply->datalen > 0)
		assert_int_equal(io_read_full(f->world->sys, fd, payload, (size_t)reply->datalen),
				 0);
	return true;
}

static void numbers_are_answered_in_the_header(void **state)
{
	struct fixture *f = *state;
	const struct {
		uint32_t cmd;
		int32_t ret;
		uint64_t data;
	} cases[] = {
		{ IPC_GET_STATE, 0, IPC_RUNNING },
		{ IPC_GET_INIT_PID, 0, (uint64_t)f->run.init_pid },
		{ IPC_GET_CLONE_FLAGS, 0, 0x6e020000 },
		{ IPC_TERMINAL_WINCH, 0, 0 },
		{ IPC_CONSOLE_LOG, -EFAULT, 0 },
		{ IPC_SECCOMP_NOTIFY_ADD_LISTENER, -ENOSYS, 0 },
		{ IPC_FREEZE, -ENOSYS, 0 },
		{ IPC_GET_SYSTEMD_SCOPE, -ENOSYS, 0 },
		{ 40, -38, 0 },
		{ IPC_WATCH_FAILURE, -ENOSYS, 0 },
		{ 4097, -ENOSYS, 0 },
		{ 0xffffffff, -ENOSYS, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ipc_wire_reply reply;
		int fd = ask(f, cases[i].cmd, 0, NULL, 0);

		assert_true(reply_of(f, fd, &reply, NULL, NULL));
		if (reply.ret != cases[i].ret || reply.data != cases[i].data || reply.datalen != 0)
			fail_msg("command %u: %d, %llu", cases[i].cmd, reply.ret,
				 (unsigned long long)reply.data);
		assert_true(client_is_dropped(f->world, fd));
	}
}

static void texts_come_with_their_end(void **state)
{
	struct fixture *f = *state;
	static const struct {
		uint32_t cmd;
		const char *question;
		size_t len;
		int32_t ret;
		const char *text;
	} cases[] = {
		{ IPC_GET_NAME, NULL, 0, 0, NAME },
		{ IPC_GET_LXCPATH, NULL, 0, 0, LXCPATH },
		{ IPC_GET_CONFIG_ITEM, "lxc.uts.name", 13, 0, "web" },
		{ IPC_GET_CONFIG_ITEM, "lxc.empty", 10, -1, NULL },
		{ IPC_GET_CONFIG_ITEM, "lxc.nosuch", 11, -1, NULL },
		{ IPC_GET_CONFIG_ITEM, "lxc.uts.name", 12, -EINVAL, NULL },
		{ IPC_GET_CONFIG_ITEM, NULL, 0, -EINVAL, NULL },
		{ IPC_GET_CGROUP, NULL, 0, 0, "/unified/lxc/web" },
		{ IPC_GET_CGROUP, "", 1, 0, "/unified/lxc/web" },
		{ IPC_GET_CGROUP, "cpuacct", 8, 0, "/cpu/lxc/web" },
		{ IPC_GET_CGROUP, "name=systemd", 13, 0, "/system.slice/lxc/web" },
		{ IPC_GET_CGROUP, "systemd", 8, 0, "/system.slice/lxc/web" },
		{ IPC_GET_LIMIT_CGROUP, "cpu", 4, 0, "/cpu/lxc/web" },
		{ IPC_GET_CGROUP, "cpu", 3, -EINVAL, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ipc_wire_reply reply;
		char text[256] = "";
		int fd = ask(f, cases[i].cmd, 0, cases[i].question, cases[i].len);

		assert_true(reply_of(f, fd, &reply, text, NULL));
		if (reply.ret != cases[i].ret || !str_eq(text, cases[i].text ? cases[i].text : ""))
			fail_msg("case %zu: %d %s", i, reply.ret, text);
		assert_int_equal(reply.datalen, cases[i].text ? strlen(cases[i].text) + 1 : 0);
	}
}

static void an_unknown_controller_ends_the_connection(void **state)
{
	struct fixture *f = *state;
	struct ipc_wire_reply reply;

	assert_false(reply_of(f, ask(f, IPC_GET_CGROUP, 0, "memory", 7), &reply, NULL, NULL));
	assert_false(
		reply_of(f, ask(f, IPC_GET_LIMIT_CGROUP, 0, "freezer", 8), &reply, NULL, NULL));
}

/* --- descriptors --- */

struct wire_cgroup_fd {
	int32_t layout;
	uint32_t utilities;
	int32_t type, fd;
	char controller[64];
};
struct wire_cgroup_ctx {
	int32_t layout;
	uint32_t utilities, fd_len;
	int32_t fd[20];
	uint32_t pad;
};

static void descriptors_come_close_on_exec(void **state)
{
	struct fixture *f = *state;
	struct wire_cgroup_fd cpu = { .controller = "cpu" };
	struct ipc_wire_reply reply;
	struct io_message msg;
	char text[128];

	assert_true(reply_of(f, ask(f, IPC_GET_INIT_PIDFD, 0, NULL, 0), &reply, NULL, &msg));
	assert_int_equal(reply.ret, 0);
	assert_int_equal(msg.fd_count, 1);
	assert_int_equal(sys_fcntl(f->world->sys, msg.fds[0], F_GETFD, 0), FD_CLOEXEC);
	io_message_close(f->world->sys, &msg);

	assert_true(reply_of(f, ask(f, IPC_GET_LIMIT_CGROUP_FD, 0, &cpu, sizeof(cpu)), &reply, text,
			     &msg));
	assert_int_equal(msg.fd_count, 1);
	assert_int_equal(reply.datalen, 80);
	memcpy(&cpu, text, sizeof(cpu));
	assert_int_equal(cpu.layout, 1);
	assert_int_equal(cpu.type, 0x27e0eb);
	io_message_close(f->world->sys, &msg);

	assert_true(reply_of(f, ask(f, IPC_GET_CGROUP2_FD, 0, NULL, 0), &reply, NULL, &msg));
	assert_int_equal(reply.ret, -EINVAL);
	assert_int_equal(msg.fd_count, 0);
}

static void a_context_has_a_descriptor_for_each_hierarchy(void **state)
{
	struct fixture *f = *state;
	/* A client of another release: shorter, equal, longer with nothing in the rest, longer with
	 * something. */
	static const struct {
		size_t size;
		char last;
		int32_t ret, datalen;
	} cases[] = { { 12, 0, 0, 12 },
		      { 96, 0, 0, 96 },
		      { 104, 0, 0, 96 },
		      { 104, 1, -EINVAL, 0 },
		      { 0, 0, -EINVAL, 0 } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ipc_wire_reply reply;
		struct io_message msg;
		struct wire_cgroup_ctx ctx = { 0 };
		char question[128] = { 0 }, answer[128] = { 0 };

		if (cases[i].size > 0)
			question[cases[i].size - 1] = cases[i].last;
		assert_true(reply_of(f, ask(f, IPC_GET_CGROUP_CTX, 0, question, cases[i].size),
				     &reply, answer, &msg));
		assert_int_equal(reply.ret, cases[i].ret);
		assert_int_equal(reply.datalen, cases[i].datalen);
		assert_int_equal(msg.fd_count, reply.ret == 0 ? 3 : 0);
		memcpy(&ctx, answer, sizeof(ctx));
		assert_int_equal(ctx.fd_len, reply.ret == 0 ? 3 : 0);
		io_message_close(f->world->sys, &msg);
	}
}

static void a_terminal_belongs_to_a_connection(void **state)
{
	struct fixture *f = *state;
	static const struct {
		int64_t wanted;
		int32_t ret;
		uint64_t number;
	} cases[] = { { -1, 0, 1 },	{ -1, 0, 2 },	   { -1, -EBADF, 0 }, { 1, -EBADF, 0 },
		      { 3, -EBADF, 0 }, { -2, -EBADF, 0 }, { 9, -EBADF, 0 },  { 0, -EBADF, 0 } };
	struct ipc_wire_reply reply;
	struct io_message msg;
	int fds[ARRAY_LEN(cases)];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		fds[i] = ask(f, IPC_CONSOLE, (uint64_t)cases[i].wanted, NULL, 0);
		assert_true(reply_of(f, fds[i], &reply, NULL, &msg));
		assert_int_equal(reply.ret, cases[i].ret);
		assert_int_equal(reply.data, cases[i].number);
		assert_int_equal(msg.fd_count, cases[i].ret == 0 ? 1 : 0);
		io_message_close(f->world->sys, &msg);
		assert_int_equal(client_is_dropped(f->world, fds[i]), cases[i].ret != 0);
	}
	/* The first one goes: the supervisor reads the end of its connection. */
	(void)sys_close(f->world->sys, fds[0]);
	commands_serve(&f->run, 0);
	assert_true(reply_of(f, ask(f, IPC_CONSOLE, (uint64_t)-1, NULL, 0), &reply, NULL, &msg));
	assert_int_equal(reply.data, 1);
	io_message_close(f->world->sys, &msg);
}

/* --- the end, states --- */

static void stop_signals_and_answers_by_the_end_of_the_connection(void **state)
{
	struct fixture *f = *state;
	siginfo_t info = { 0 };
	int fd = ask(f, IPC_STOP, 0, NULL, 0);

	assert_false(client_is_dropped(f->world, fd));
	assert_int_equal(sys_waitid(f->world->sys, P_PID, f->run.init_pid, &info, WEXITED), 0);
	assert_int_equal(info.si_status, SIGKILL);
	f->run.reaped = true;
	ipc_server_state(&f->run.server, IPC_STOPPED, false);
	assert_true(client_is_dropped(f->world, fd));
}

static void stop_without_a_process_is_remembered(void **state)
{
	struct fixture *f = *state;
	int fd;

	f->run.init_pid = 0;
	fd = ask(f, IPC_STOP, 0, NULL, 0);
	assert_false(client_is_dropped(f->world, fd));
	assert_true(f->run.stop_asked);
}

static void a_state_client_is_answered_at_once_or_later(void **state)
{
	struct fixture *f = *state;
	int32_t running[8] = { [IPC_RUNNING] = 1 }, frozen[8] = { [IPC_FROZEN] = 1 },
		next[8] = { [IPC_RUNNING] = 2 };
	struct ipc_wire_reply reply;
	struct ipc_wire_state told;
	int fd;

	fd = ask(f, IPC_ADD_STATE_CLIENT, 0, running, sizeof(running));
	assert_true(reply_of(f, fd, &reply, NULL, NULL));
	assert_int_equal(reply.ret, IPC_RUNNING);
	assert_int_equal(reply.data, IPC_RUNNING);

	fd = ask(f, IPC_ADD_STATE_CLIENT, 0, next, sizeof(next));
	assert_true(reply_of(f, fd, &reply, NULL, NULL));
	assert_int_equal(reply.ret, 8);

	fd = ask(f, IPC_ADD_STATE_CLIENT, 0, frozen, sizeof(frozen));
	assert_true(reply_of(f, fd, &reply, NULL, NULL));
	assert_int_equal(reply.ret, 8);
	assert_int_equal(reply.data, 8);
	assert_true(reply_of(f, ask(f, IPC_SERVE_STATE_CLIENTS, IPC_FROZEN, NULL, 0), &reply, NULL,
			     NULL));
	assert_int_equal(reply.ret, 0);
	assert_int_equal(client_read(f->world, fd, &told, sizeof(told)), 264);
	assert_int_equal(told.value, IPC_FROZEN);
	assert_true(client_is_dropped(f->world, fd));
	assert_int_equal(f->run.server.state, IPC_FROZEN);
}

static void requests_of_a_wrong_form_are_refused(void **state)
{
	struct fixture *f = *state;
	static const char zeros[64];
	const struct {
		uint32_t cmd;
		uint64_t data;
		size_t len;
	} cases[] = {
		{ IPC_ADD_STATE_CLIENT, 0, 28 },
		{ IPC_ADD_STATE_CLIENT, 0, 36 },
		{ IPC_ADD_STATE_CLIENT, 0, 0 },
		/* Nobody but us announces an end. */
		{ IPC_SERVE_STATE_CLIENTS, IPC_STOPPED, 0 },
		{ IPC_SERVE_STATE_CLIENTS, IPC_STOPPING, 0 },
		{ IPC_SERVE_STATE_CLIENTS, 8, 0 },
		{ IPC_SERVE_STATE_CLIENTS, UINT64_MAX, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ipc_wire_reply reply;

		assert_true(reply_of(f, ask(f, cases[i].cmd, cases[i].data, zeros, cases[i].len),
				     &reply, NULL, NULL));
		if (reply.ret != -EINVAL)
			fail_msg("case %zu: %d", i, reply.ret);
	}
	assert_int_equal(f->run.server.state, IPC_RUNNING);
	assert_true(f->run.server.listen_fd >= 0);
}

static void a_thousand_commands_leave_no_descriptor(void **state)
{
	struct fixture *f = *state;
	static const uint32_t commands[] = { IPC_GET_STATE, IPC_GET_INIT_PIDFD, IPC_GET_NAME,
					     IPC_CONSOLE, 40 };
	int fd = -1;

	for (unsigned i = 0; i < 1000; i++) {
		struct ipc_wire_reply reply;
		struct io_message msg;
		char text[64];

		fd = ask(f, commands[i % ARRAY_LEN(commands)], 1, NULL, 0);
		assert_true(reply_of(f, fd, &reply, text, &msg));
		io_message_close(f->world->sys, &msg);
		(void)sys_close(f->world->sys, fd);
		commands_serve(&f->run, 0);
	}
	assert_true(fd < 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		COMMAND_TEST(numbers_are_answered_in_the_header),
		COMMAND_TEST(texts_come_with_their_end),
		COMMAND_TEST(an_unknown_controller_ends_the_connection),
		COMMAND_TEST(descriptors_come_close_on_exec),
		COMMAND_TEST(a_context_has_a_descriptor_for_each_hierarchy),
		COMMAND_TEST(a_terminal_belongs_to_a_connection),
		COMMAND_TEST(stop_signals_and_answers_by_the_end_of_the_connection),
		COMMAND_TEST(stop_without_a_process_is_remembered),
		COMMAND_TEST(a_state_client_is_answered_at_once_or_later),
		COMMAND_TEST(requests_of_a_wrong_form_are_refused),
		COMMAND_TEST(a_thousand_commands_leave_no_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
