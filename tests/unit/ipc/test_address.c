/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of command sockets (console-ipc.md 2, K42) and of states. */
#include "core/ipc/ipc.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void hashes_are_fnv_1a(void **state)
{
	static const struct {
		const char *text;
		uint64_t hash;
	} cases[] = {
		{ "", 0xcbf29ce484222325 },
		{ "a", 0xaf63dc4c8601ec8c },
		{ "foobar", 0x85944171f73967e8 },
		{ "lxc//var/lib/lxc/monitor-sock", 0xad055575fe28ddd5 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_true(ipc_fnv1a(cases[i].text, strlen(cases[i].text)) == cases[i].hash);
}

/* "LXCPATH/NAME/command" of this many bytes. */
static void fill_path(char *lxcpath, size_t total)
{
	size_t len = total - strlen("/web/command");

	lxcpath[0] = '/';
	memset(lxcpath + 1, 'a', len - 1);
	lxcpath[len] = '\0';
}

static void a_short_name_stands_as_it_is(void **state)
{
	struct sockaddr_un addr;
	size_t len = ipc_address("/var/lib/lxc", "web", &addr);

	assert_int_equal(addr.sun_family, AF_UNIX);
	assert_int_equal(len, 2 + 1 + strlen("/var/lib/lxc/web/command"));
	assert_memory_equal(addr.sun_path, "\0/var/lib/lxc/web/command", len - 2);
}

static void from_106_bytes_on_a_name_is_hashed(void **state)
{
	char lxcpath[128], whole[160], want[64];
	struct sockaddr_un addr;
	uint64_t hash;

	fill_path(lxcpath, 105);
	assert_int_equal(ipc_address(lxcpath, "web", &addr), 2 + 1 + 105);
	assert_int_equal(addr.sun_path[1], '/');

	fill_path(lxcpath, 106);
	(void)snprintf(whole, sizeof(whole), "%s/web", lxcpath);
	hash = ipc_fnv1a(whole, strlen(whole));
	(void)snprintf(want, sizeof(want), "lxc/%016llx/command", (unsigned long long)hash);
	assert_int_equal(ipc_address(lxcpath, "web", &addr), 2 + 1 + strlen(want));
	assert_memory_equal(addr.sun_path + 1, want, strlen(want));
}

static void lxcpath_is_taken_as_configured(void **state)
{
	struct sockaddr_un a, b;

	assert_int_not_equal(ipc_address("a/b", "web", &a), ipc_address("./a/b", "web", &b));
}

static void states_have_names_and_sets_of_them_parse(void **state)
{
	static const struct {
		const char *text;
		int ret;
		unsigned mask;
	} cases[] = {
		{ "STOPPED", 0, 1U << IPC_STOPPED },
		{ "RUNNING|FROZEN", 0, 1U << IPC_RUNNING | 1U << IPC_FROZEN },
		{ "STOPPED|STARTING|RUNNING|STOPPING|ABORTING|FREEZING|FROZEN|THAWED", 0, 0xff },
		{ "", -EINVAL, 0 },
		{ "running", -EINVAL, 0 },
		{ "RUNNING|", -EINVAL, 0 },
		{ "|RUNNING", -EINVAL, 0 },
		{ "RUNNING FROZEN", -EINVAL, 0 },
		{ "RUNNINGS", -EINVAL, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		unsigned mask = 0;

		assert_int_equal(ipc_states_parse(cases[i].text, &mask), cases[i].ret);
		assert_int_equal(mask, cases[i].mask);
	}
	assert_string_equal(ipc_state_name(IPC_THAWED), "THAWED");
	assert_string_equal(ipc_state_name(IPC_STATE_COUNT), "UNKNOWN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_are_fnv_1a),
		cmocka_unit_test(a_short_name_stands_as_it_is),
		cmocka_unit_test(from_106_bytes_on_a_name_is_hashed),
		cmocka_unit_test(lxcpath_is_taken_as_configured),
		cmocka_unit_test(states_have_names_and_sets_of_them_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
