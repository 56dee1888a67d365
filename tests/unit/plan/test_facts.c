/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the planner learns from model hosts; and that looking leaves no trace. */
#include "core/plan/facts.h"
#include "sys/fake/fake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void each_kind_of_host_is_recognised(void **state)
{
	static const struct {
		enum fake_cgroups host;
		enum cgroup_kind kind;
		bool v1, v2;
	} cases[] = {
		{ FAKE_CGROUP_HYBRID, CGROUP_HYBRID, true, true },
		{ FAKE_CGROUP_UNIFIED, CGROUP_UNIFIED, false, true },
		{ FAKE_CGROUP_LEGACY, CGROUP_LEGACY, true, false },
		{ FAKE_CGROUP_NONE, CGROUP_NONE, false, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_fake_ struct fake *host =
			fake_create(&(struct fake_options){ .cgroups = cases[i].host });
		_cleanup_config_ struct config *config = config_create();
		_cleanup_facts_ struct host_facts facts = { 0 };
		struct err err = { 0 };

		if (facts_read(fake_sys(host), config, NULL, &facts, &err) < 0)
			fail_msg("host %zu: %s", i, err.what);
		assert_int_equal(facts.cgroups.kind, cases[i].kind);
		assert_int_equal(cgroup_layout_find(&facts.cgroups, "memory") >= 0, cases[i].v1);
		assert_int_equal(cgroup_layout_find(&facts.cgroups, NULL) >= 0, cases[i].v2);
		assert_in_range(facts.last_cap, 37, 63);
		assert_true(facts.namespaces & CLONE_NEWNS);
		assert_string_equal(facts.cgroup_pattern, "lxc/%n");
	}
}

static void the_controllers_of_a_unified_host_are_read(void **state)
{
	_cleanup_fake_ struct fake *host =
		fake_create(&(struct fake_options){ .cgroups = FAKE_CGROUP_UNIFIED });
	struct cgroup_layout layout;
	struct err err = { 0 };
	const char *list = layout.hierarchies[0].controllers;

	assert_int_equal(cgroup_layout_read(fake_sys(host), false, NULL, &layout, &err), 0);
	assert_int_equal(layout.count, 1);
	assert_true(cgroup_list_has(list, strlen(list), "memory"));
	assert_true(cgroup_list_has(list, strlen(list), "pids"));
	assert_null(strpbrk(list, " \n"));
	assert_string_equal(layout.hierarchies[0].mount, "/sys/fs/cgroup");
}

static void looking_leaves_no_trace(void **state)
{
	_cleanup_fake_ struct fake *host = fake_create(&(struct fake_options){ 0 });
	_cleanup_config_ struct config *config = config_create();
	_cleanup_facts_ struct host_facts facts = { 0 };
	_cleanup_str_ struct str before = { 0 }, after = { 0 };
	struct err err = { 0 };

	fake_world(host, &before);
	assert_int_equal(facts_read(fake_sys(host), config, NULL, &facts, &err), 0);
	fake_world(host, &after);
	assert_string_equal(str_text(&before), str_text(&after));
	assert_string_equal(fake_breaches(host), "");
}

static void the_fstab_file_is_read_or_missed_with_its_line(void **state)
{
	_cleanup_fake_ struct fake *host = fake_create(&(struct fake_options){ 0 });
	_cleanup_config_ struct config *config = config_create();
	_cleanup_facts_ struct host_facts facts = { 0 }, none = { 0 };
	struct err err = { 0 };

	assert_int_equal(
		config_set_line(config, fake_sys(host), "lxc.mount.fstab = /tmp/fstab", &err), 0);
	assert_int_equal(facts_read(fake_sys(host), config, NULL, &none, &err), -ENOENT);
	assert_string_equal(err.text, "lxc.mount.fstab = /tmp/fstab");
	fake_file(host, "/tmp/fstab", "a b c d\n", 0644);
	assert_int_equal(facts_read(fake_sys(host), config, NULL, &facts, NULL), 0);
	assert_string_equal(str_text(&facts.fstab), "a b c d\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_host_is_recognised),
		cmocka_unit_test(the_controllers_of_a_unified_host_are_read),
		cmocka_unit_test(looking_leaves_no_trace),
		cmocka_unit_test(the_fstab_file_is_read_or_missed_with_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
