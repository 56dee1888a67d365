/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names, lines of /proc/PID/cgroup, lists of CPUs. */
#include "core/base/cleanup.h"
#include "core/cgroup/cgroup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char self[] = "12:memory:/lxc/web\n"
			   "not a line\n"
			   "3:cpu,cpuacct:/a\n"
			   "2:name=systemd:/init.scope\n"
			   "0::/user.slice/a:b/c\n";

static void a_controller_is_found_by_its_whole_name(void **state)
{
	static const struct {
		const char *controller;
		int ret;
		const char *path;
	} cases[] = {
		{ "memory", 0, "/lxc/web" },
		{ "cpuacct", 0, "/a" },
		{ "cpu", 0, "/a" },
		{ "acct", -ENOENT, "" },
		{ "name=systemd", 0, "/init.scope" },
		{ "systemd", -ENOENT, "" },
		{ NULL, 0, "/user.slice/a:b/c" },
		{ "", -ENOENT, "" },
	};
	char path[64];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int ret = cgroup_path_of(self, cases[i].controller, path, sizeof(path));

		assert_int_equal(ret, cases[i].ret);
		if (ret == 0)
			assert_string_equal(path, cases[i].path);
	}
	assert_int_equal(cgroup_path_of(self, "memory", path, 4), -ENAMETOOLONG);
}

static void names_come_from_the_pattern_or_the_directory(void **state)
{
	static const struct {
		const char *pattern, *dir, *want;
	} cases[] = {
		{ "lxc/%n", NULL, "lxc/web" }, { "%n/%n", "", "web/web" },
		{ "a%b", NULL, "a%b" },	       { "lxc/%n", "pool", "pool/web" },
		{ "x", "a/b/", "a/b/web" },    { "%", NULL, "%" },
	};
	char name[32];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(
			cgroup_name(cases[i].pattern, cases[i].dir, "web", name, sizeof(name)), 0);
		assert_string_equal(name, cases[i].want);
	}
	assert_int_equal(cgroup_name("lxc/%n", NULL, "web", name, 7), -ENAMETOOLONG);
}

static void later_tries_have_a_suffix_up_to_999(void **state)
{
	char name[32];

	assert_int_equal(cgroup_name_try("lxc/web", 0, name, sizeof(name)), 0);
	assert_string_equal(name, "lxc/web");
	assert_int_equal(cgroup_name_try("lxc/web", 999, name, sizeof(name)), 0);
	assert_string_equal(name, "lxc/web-999");
	assert_int_equal(cgroup_name_try("lxc/web", 1000, name, sizeof(name)), -EUSERS);
	assert_int_equal(cgroup_name_try("lxc/web", 10, name, 10), -ENAMETOOLONG);
}

static void parts_are_joined_by_exactly_one_slash(void **state)
{
	static const struct {
		const char *mount, *base, *name, *want;
	} cases[] = {
		{ "/sys/fs/cgroup/memory", "/", "lxc/web", "/sys/fs/cgroup/memory/lxc/web" },
		{ "/m/", "/user.slice/", "a", "/m/user.slice/a" },
		{ "/m", "/", "", "/m" },
		{ "", "pool", "web", "pool/web" },
	};
	char path[64];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(cgroup_join(cases[i].mount, cases[i].base, cases[i].name, path,
					     sizeof(path)),
				 0);
		assert_string_equal(path, cases[i].want);
	}
	assert_int_equal(cgroup_join("/m", "/a", "b", path, 5), -ENAMETOOLONG);
}

static void isolated_and_offline_cpus_are_taken_out(void **state)
{
	static const struct {
		const char *cpus, *isolated, *offline;
		int ret;
		const char *want;
	} cases[] = {
		{ "0-3\n", NULL, NULL, 0, "0-3" },
		{ "0-3\n", "2\n", NULL, 0, "0,1,3" },
		{ "0-3,8", "1-2", "8", 0, "0,3" },
		{ "0-3", "5", "\n", 0, "0-3" },	  /* nothing was in it: as it was */
		{ "0-1", "0-7", NULL, 0, "0-1" }, /* nothing would be left: as it was */
		{ "0-3", "none", NULL, 0, "0-3" },
		{ "", NULL, NULL, -EINVAL, "" },
		{ "a", NULL, NULL, -EINVAL, "" },
		{ "3-1", NULL, NULL, -EINVAL, "" },
		{ "1,", NULL, NULL, -EINVAL, "" },
		{ "0-3", "1x", NULL, -EINVAL, "" },
		{ "0-8192", NULL, NULL, -ERANGE, "" },
		{ "99999999999999999999", NULL, NULL, -ERANGE, "" },
	};
	char list[64];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int ret = cgroup_cpus_without(cases[i].cpus, cases[i].isolated, cases[i].offline,
					      list, sizeof(list));

		if (ret != cases[i].ret || (ret == 0 && strcmp(list, cases[i].want) != 0))
			fail_msg("%s: %d %s", cases[i].cpus, ret, list);
	}
	assert_int_equal(cgroup_cpus_without("0-99", "5", NULL, list, sizeof(list)), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_controller_is_found_by_its_whole_name),
		cmocka_unit_test(names_come_from_the_pattern_or_the_directory),
		cmocka_unit_test(later_tries_have_a_suffix_up_to_999),
		cmocka_unit_test(parts_are_joined_by_exactly_one_slash),
		cmocka_unit_test(isolated_and_offline_cpus_are_taken_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
