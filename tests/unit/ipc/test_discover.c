/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Active containers, found by their sockets (console-ipc.md 5, K53). */
#include "server_world.h"

#include <sys/mount.h>

#define LONG_PATH                                                                                  \
	"/srv/"                                                                                    \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaaaaaaaa"

static void bind_name(struct world *world, const char *lxcpath, const char *name)
{
	assert_true(ipc_bind(world->sys, lxcpath, name, NULL) >= 0);
}

static void assert_active(struct world *world, const char *lxcpath, const char *want)
{
	struct vec names = VEC_OF(char *);
	struct str joined = { 0 };

	assert_int_equal(ipc_list_active(world->sys, lxcpath, &names), 0);
	for (size_t i = 0; i < names.count; i++) {
		str_addf(&joined, "%s ", *vec_at(&names, char *, i));
		free(*vec_at(&names, char *, i));
	}
	assert_string_equal(str_text(&joined), want);
	str_finish(&joined);
	vec_finish(&names);
}

static void names_are_sorted_and_each_stands_once(void **state)
{
	struct world *world = *state;

	bind_name(world, LXCPATH, "zoo");
	bind_name(world, LXCPATH, "db");
	/* A connected socket repeats the name. */
	(void)client_connect(world);
	(void)ipc_server_accept(&world->server);
	assert_active(world, LXCPATH, "db web zoo ");
}

static void a_path_is_more_than_a_prefix(void **state)
{
	struct world *world = *state;

	bind_name(world, "/a/b", "one");
	bind_name(world, "/a/bc", "two");
	bind_name(world, "/a", "b");
	assert_active(world, "/a/b", "one ");
	assert_active(world, "/a/bc", "two ");
	assert_active(world, "/a", "b ");
	assert_active(world, "/nowhere", "");
}

static void other_sockets_are_no_containers(void **state)
{
	struct world *world = *state;
	static const char *const names[] = { "/a/one/commands", "/a/one/command/x", "/a/command",
					     "lxc/command", "/a/one/command " };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct sockaddr_un addr = { .sun_family = AF_UNIX };
		int fd = sys_socket(world->sys, AF_UNIX, SOCK_STREAM, 0);

		memcpy(addr.sun_path + 1, names[i], strlen(names[i]));
		assert_int_equal(sys_bind(world->sys, fd, &addr, 3 + strlen(names[i])), 0);
	}
	assert_active(world, "/a", "");
}

/* A supervisor that tells its path and name, twice two answers. */
static int serve_names(void *data)
{
	struct world *world = *(struct world **)data;
	struct ipc_request request;

	for (int asked = 0; asked < 4;) {
		struct pollfd poll_fd = { .fd = world->server.listen_fd, .events = POLLIN };
		const char *text;
		int slot;

		(void)sys_poll(world->sys, &poll_fd, 1, -1);
		slot = ipc_server_accept(&world->server);
		if (slot < 0)
			return 1;
		poll_fd.fd = world->server.clients[slot].fd;
		(void)sys_poll(world->sys, &poll_fd, 1, -1);
		if (ipc_server_read(&world->server, slot, &request) != 1)
			return 2;
		text = request.cmd == IPC_GET_LXCPATH ? LONG_PATH : "web";
		(void)ipc_server_reply(&world->server, slot, 0, 0, text, strlen(text) + 1, NULL, 0);
		asked += request.cmd == IPC_GET_NAME ? 2 : 1;
	}
	return 0;
}

static void a_hashed_name_is_asked_for(void **state)
{
	struct world *world = *state;
	struct sys_clone args = { .exit_signal = SIGCHLD };
	siginfo_t info = { 0 };

	(void)sys_close(world->sys, world->server.listen_fd);
	server_up(world, LONG_PATH, "web");
	assert_true(sys_clone3(world->sys, &args, serve_names, &world, sizeof(world)) > 0);
	assert_active(world, LXCPATH, "");
	assert_active(world, LONG_PATH, "web ");
	assert_int_equal(sys_waitid(world->sys, P_ALL, 0, &info, WEXITED), 0);
	assert_int_equal(info.si_status, 0);
}

static void without_procfs_there_is_an_error(void **state)
{
	struct world *world = *state;
	struct vec names = VEC_OF(char *);

	assert_int_equal(sys_unshare(world->sys, CLONE_NEWNS), 0);
	assert_int_equal(sys_umount2(world->sys, "/proc", MNT_DETACH), 0);
	assert_int_equal(ipc_list_active(world->sys, LXCPATH, &names), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVER_TEST(names_are_sorted_and_each_stands_once),
		SERVER_TEST(a_path_is_more_than_a_prefix),
		SERVER_TEST(other_sockets_are_no_containers),
		SERVER_TEST(a_hashed_name_is_asked_for),
		SERVER_TEST(without_procfs_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
