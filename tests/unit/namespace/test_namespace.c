/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/namespace/namespace.h"

#include "core/base/cleanup.h"

#include <errno.h>
#include <linux/sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define USER ((uint64_t)CLONE_NEWUSER)
#define MNT ((uint64_t)CLONE_NEWNS)
#define PID ((uint64_t)CLONE_NEWPID)
#define UTS ((uint64_t)CLONE_NEWUTS)
#define IPC ((uint64_t)CLONE_NEWIPC)
#define NET ((uint64_t)CLONE_NEWNET)
#define CGROUP ((uint64_t)CLONE_NEWCGROUP)
#define TIME ((uint64_t)CLONE_NEWTIME)
#define PLAIN (MNT | PID | UTS | IPC)

static void kinds_stand_in_the_order_of_joining(void **state)
{
	static const struct {
		const char *name, *variable;
		uint64_t flag;
	} expected[] = {
		{ "user", "LXC_USER_NS", 0x10000000 },	   { "mnt", "LXC_MNT_NS", 0x00020000 },
		{ "pid", "LXC_PID_NS", 0x20000000 },	   { "uts", "LXC_UTS_NS", 0x04000000 },
		{ "ipc", "LXC_IPC_NS", 0x08000000 },	   { "net", "LXC_NET_NS", 0x40000000 },
		{ "cgroup", "LXC_CGROUP_NS", 0x02000000 }, { "time", "LXC_TIME_NS", 0x00000080 },
	};

	assert_int_equal(ARRAY_LEN(expected), NAMESPACE_COUNT);
	for (size_t i = 0; i < NAMESPACE_COUNT; i++) {
		assert_string_equal(namespace_kinds[i].name, expected[i].name);
		assert_string_equal(namespace_kinds[i].variable, expected[i].variable);
		assert_true(namespace_kinds[i].flag == expected[i].flag);
	}
}

static void names_are_found(void **state)
{
	static const struct {
		const char *name;
		int exact, any_case;
	} cases[] = {
		{ "user", 0, 0 },
		{ "mnt", 1, 1 },
		{ "time", 7, 7 },
		{ "NET", -EINVAL, 5 },
		{ "mount", -EINVAL, 1 },
		{ "Mount", -EINVAL, 1 },
		{ "network", -EINVAL, -EINVAL },
		{ "", -EINVAL, -EINVAL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(namespace_find(cases[i].name, false), cases[i].exact);
		assert_int_equal(namespace_find(cases[i].name, true), cases[i].any_case);
	}
}

static void a_container_gets_what_it_needs(void **state)
{
	static const struct {
		const char *name;
		struct namespace_wish wish;
		uint64_t flags;
	} cases[] = {
		{ "nothing said", { .has_cgroup_ns = true }, PLAIN | NET | CGROUP },
		{ "old kernel", { 0 }, PLAIN | NET },
		{ "id map",
		  { .has_idmap = true, .has_cgroup_ns = true },
		  USER | PLAIN | NET | CGROUP },
		{ "network of the host",
		  { .net_is_none = true, .has_cgroup_ns = true },
		  PLAIN | CGROUP },
		{ "time offset", { .has_time_offset = true }, PLAIN | NET | TIME },
		{ "clone names them",
		  { .clone = MNT | PID, .has_idmap = true, .has_cgroup_ns = true },
		  MNT | PID },
		{ "clone names user without a map", { .clone = USER }, USER },
		{ "keep leaves the rest", { .keep = NET, .has_cgroup_ns = true }, PLAIN | CGROUP },
		{ "keep makes no user without a map", { .keep = PID }, MNT | UTS | IPC | NET },
		{ "keep makes user with a map",
		  { .keep = PID, .has_idmap = true },
		  USER | MNT | UTS | IPC | NET },
		{ "keep ignores type none",
		  { .keep = PID, .net_is_none = true },
		  MNT | UTS | IPC | NET },
		{ "share takes away", { .share = NET | IPC }, MNT | PID | UTS },
		{ "share wins over clone", { .clone = NET | MNT, .share = NET }, MNT },
		{ "keep all", { .keep = UINT64_MAX }, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t flags = namespace_choose(&cases[i].wish);

		if (flags != cases[i].flags)
			fail_msg("%s: %#llx instead of %#llx", cases[i].name,
				 (unsigned long long)flags, (unsigned long long)cases[i].flags);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_stand_in_the_order_of_joining),
		cmocka_unit_test(names_are_found),
		cmocka_unit_test(a_container_gets_what_it_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
