/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the texts of the host say about its hierarchies (discovery vectors D1 to D12). */
#include "core/base/str.h"
#include "core/cgroup/cgroup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define MOUNT(where, rest) "35 31 0:32 / " where " rw - " rest "\n"
#define V1(name) MOUNT("/sys/fs/cgroup/" name, "cgroup cgroup rw")
#define V2 MOUNT("/sys/fs/cgroup/unified", "cgroup2 cgroup2 rw")

static void the_vectors_hold(void **state)
{
	static const struct {
		const char *name, *mounts, *self;
		enum cgroup_kind kind;
		const char *found; /* MOUNT:CONTROLLERS:BASE, one after another, each with a blank
				      behind */
	} cases[] = {
		{ "D1 the tmpfs itself", MOUNT("/sys/fs/cgroup", "tmpfs tmpfs rw"), "", CGROUP_NONE,
		  "" },
		{ "D2 one controller", V1("memory"), "4:memory:/\n", CGROUP_LEGACY,
		  "memory:memory:/ " },
		{ "D3 mounted together", V1("cpu,cpuacct"), "2:cpu,cpuacct:/a\n", CGROUP_LEGACY,
		  "cpu,cpuacct:cpu,cpuacct:/a " },
		{ "D3 listed the other way round", V1("cpu,cpuacct"), "2:cpuacct,cpu:/a\n",
		  CGROUP_LEGACY, "cpu,cpuacct:cpu,cpuacct:/a " },
		{ "D4 a named one in init.scope", V1("systemd"), "9:name=systemd:/init.scope\n",
		  CGROUP_LEGACY, "systemd:name=systemd:/ " },
		{ "D5 hybrid", V1("memory") V2, "4:memory:/\n0::/user.slice/x\n", CGROUP_HYBRID,
		  "memory:memory:/ unified::/user.slice/x " },
		{ "D5 hybrid, v2 first", V2 V1("memory"), "4:memory:/\n0::/x\n", CGROUP_HYBRID,
		  "unified::/x memory:memory:/ " },
		{ "D6 elsewhere", MOUNT("/cgroup/memory", "cgroup cgroup rw"), "4:memory:/\n",
		  CGROUP_LEGACY, "" },
		{ "D7 the first of two wins",
		  V1("memory") MOUNT("/sys/fs/cgroup/memory", "cgroup again rw"), "4:memory:/\n",
		  CGROUP_LEGACY, "memory:memory:/ " },
		{ "D7 also by one of several controllers", V1("cpu") V1("cpu,cpuacct"),
		  "4:cpu,cpuacct:/\n", CGROUP_LEGACY, "cpu:cpu:/ " },
		{ "D8 a colon in the path", V2, "0::/a:b/c\n", CGROUP_UNIFIED, "unified::/a:b/c " },
		{ "D9 lxcfs", MOUNT("/sys/fs/cgroup/memory", "fuse.lxcfs lxcfs rw"), "4:memory:/\n",
		  CGROUP_NONE, "" },
		{ "D10 nobody knows it", V1("foo"), "4:memory:/\n", CGROUP_LEGACY, "" },
		{ "D11 init.scope deep down", V1("memory"), "4:memory:/system.slice/x/init.scope\n",
		  CGROUP_LEGACY, "memory:memory:/system.slice/x " },
		{ "a second v2", V2 V2, "0::/\n", CGROUP_UNIFIED, "unified::/ " },
		{ "a broken line", "35 - cgroup cgroup\n35 31 - cgroup2 x\n", "0::/\n",
		  CGROUP_HYBRID, "" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		static struct cgroup_layout layout;
		_cleanup_str_ struct str found = { 0 };

		cgroup_layout_parse(cases[i].self, cases[i].mounts, false, &layout);
		for (unsigned h = 0; h < layout.count; h++)
			str_addf(&found, "%s:%s:%s ", strrchr(layout.hierarchies[h].mount, '/') + 1,
				 layout.hierarchies[h].controllers, layout.hierarchies[h].base);
		if (layout.kind != cases[i].kind || !str_eq(str_text(&found), cases[i].found))
			fail_msg("%s: kind %d, %s", cases[i].name, layout.kind, str_text(&found));
	}
}

static void a_relative_start_keeps_its_scope(void **state)
{
	static struct cgroup_layout layout;

	cgroup_layout_parse("4:memory:/x/init.scope\n", V1("memory"), true, &layout);
	assert_string_equal(layout.hierarchies[0].base, "/x/init.scope");
}

static struct cgroup_layout *three(void)
{
	static struct cgroup_layout layout;

	cgroup_layout_parse("1:cpu,cpuacct:/\n2:memory:/\n3:pids:/\n",
			    V1("cpu,cpuacct") V1("memory") V1("pids"), false, &layout);
	assert_int_equal(layout.count, 3);
	return &layout;
}

static void use_keeps_what_is_listed(void **state)
{
	struct cgroup_layout *layout = three();

	assert_int_equal(cgroup_layout_use(layout, "memory,pids", NULL), 0); /* D12 */
	assert_int_equal(layout->count, 2);
	assert_string_equal(layout->hierarchies[0].controllers, "memory");
	assert_string_equal(layout->hierarchies[1].controllers, "pids");

	layout = three();
	assert_int_equal(cgroup_layout_use(layout, "cpuacct", NULL), 0); /* one of two is enough */
	assert_int_equal(layout->count, 1);

	layout = three();
	assert_int_equal(cgroup_layout_use(layout, "", NULL), 0);
	assert_int_equal(cgroup_layout_use(layout, NULL, NULL), 0);
	assert_int_equal(layout->count, 3);
}

static void use_of_a_missing_controller_fails(void **state)
{
	struct err err = { 0 };

	assert_int_equal(cgroup_layout_use(three(), "memory,blkio", &err), -ENOENT);
	assert_non_null(strstr(err.what, "blkio"));
}

static void hierarchies_are_found_by_controller(void **state)
{
	struct cgroup_layout *layout = three();

	assert_int_equal(cgroup_layout_find(layout, "cpuacct"), 0);
	assert_int_equal(cgroup_layout_find(layout, "pids"), 2);
	assert_int_equal(cgroup_layout_find(layout, "pid"), -ENOENT);
	assert_int_equal(cgroup_layout_find(layout, NULL), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_hold),
		cmocka_unit_test(a_relative_start_keeps_its_scope),
		cmocka_unit_test(use_keeps_what_is_listed),
		cmocka_unit_test(use_of_a_missing_controller_fails),
		cmocka_unit_test(hierarchies_are_found_by_controller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
