/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc.conf of root and of users, on a model host. */
#include "core/config/config.h"
#include "core/io/io.h"
#include "sys/fake/fake.h"
#include "sys/fault.h"

#include "paths.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const char *const user_env[] = { "PATH=/bin", "HOME=/home/ann", NULL };

static void assert_item(struct fake *host, const char *const *envp, const char *name,
			const char *expected)
{
	char *value _cleanup_free_ = NULL;

	assert_int_equal(config_system_item(fake_sys(host), envp, name, &value), 0);
	if (expected)
		assert_string_equal(value, expected);
	else
		assert_null(value);
}

static void without_a_file_the_defaults_hold(void **state)
{
	static const struct {
		const char *name, *root, *user, *homeless;
	} cases[] = {
		{ "lxc.lxcpath", PATH_LXCPATH, "/home/ann/.local/share/lxc", "/.local/share/lxc" },
		{ "lxc.default_config", PATH_DEFAULT_CONFIG, "/home/ann/.config/lxc/default.conf",
		  "/.config/lxc/default.conf" },
		{ "lxc.bdev.lvm.vg", "lxc", "lxc", "lxc" },
		{ "lxc.bdev.lvm.thin_pool", "lxc", "lxc", "lxc" },
		{ "lxc.bdev.zfs.root", "lxc", "lxc", "lxc" },
		{ "lxc.bdev.rbd.rbdpool", "lxc", "lxc", "lxc" },
		{ "lxc.cgroup.pattern", CGROUP_PATTERN, CGROUP_PATTERN, CGROUP_PATTERN },
		{ "lxc.cgroup.use", NULL, NULL, NULL },
	};
	_cleanup_fake_ struct fake *host = fake_create(NULL);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_item(host, user_env, cases[i].name, cases[i].root);
	assert_int_equal(sys_setresuid(fake_sys(host), 1000, 1000, 1000), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_item(host, user_env, cases[i].name, cases[i].user);
		assert_item(host, NULL, cases[i].name, cases[i].homeless);
	}
}

static void lines_are_read_as_they_stand(void **state)
{
	static const struct {
		const char *text, *value;
	} cases[] = {
		{ "lxc.bdev.lvm.vg = a\nlxc.bdev.lvm.vg = b\n", "a" },
		{ "#lxc.bdev.lvm.vg = a\nlxc.bdev.lvm.vg=b", "b" },
		{ " \tlxc.bdev.lvm.vg\t=\t \"a\" \n", "\"a\" " },
		{ " #lxc.bdev.lvm.vg = a\n", "lxc" },
		{ "lxc.bdev.lvm.vgx = a\n", "lxc" },
		{ "lxc.bdev.lvm.vg a = b\n", "lxc" },
		{ "garbage\n\nlxc.bdev.lvm.vg = c\r\n", "c\r" },
		{ "lxc.bdev.lvm.vg =\nx", "" },
		{ "lxc.bdev.lvm.vg = \n", "" },
		{ "lxc.bdev.lvm.vg =", "lxc" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_fake_ struct fake *host = fake_create(NULL);

		fake_file(host, PATH_GLOBAL_CONF, cases[i].text, 0644);
		assert_item(host, NULL, "lxc.bdev.lvm.vg", cases[i].value);
	}
}

static void a_user_reads_the_file_below_home_only(void **state)
{
	_cleanup_fake_ struct fake *host = fake_create(NULL);

	fake_file(host, PATH_GLOBAL_CONF, "lxc.lxcpath = /srv/lxc///\n", 0644);
	fake_file(host, "/home/ann/.config/lxc/lxc.conf", "lxc.lxcpath = /home/ann/c/\n", 0644);
	assert_item(host, user_env, "lxc.lxcpath", "/srv/lxc");
	assert_int_equal(sys_setresuid(fake_sys(host), 1000, 1000, 1000), 0);
	assert_item(host, user_env, "lxc.lxcpath", "/home/ann/c");
	assert_item(host, NULL, "lxc.lxcpath", "/.local/share/lxc");
}

static void an_unknown_item_is_refused(void **state)
{
	_cleanup_fake_ struct fake *host = fake_create(NULL);
	char *value = (char[]){ "x" };

	assert_int_equal(config_system_item(fake_sys(host), NULL, "lxc.bogus", &value), -EINVAL);
	assert_null(value);
}

static void items_are_named_in_the_order_of_lxc_config(void **state)
{
	static const char *const names[] = { "lxc.default_config", "lxc.lxcpath",
					     "lxc.bdev.lvm.vg",	   "lxc.bdev.lvm.thin_pool",
					     "lxc.bdev.zfs.root",  "lxc.cgroup.use",
					     "lxc.cgroup.pattern" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_string_equal(config_system_name(i), names[i]);
	assert_null(config_system_name(ARRAY_LEN(names)));
}

/* Reads a file that includes a directory, and saves it. */
static int load_and_save(struct sys *sys, struct err *err)
{
	_cleanup_config_ struct config *config = config_create();
	int ret = config_load(config, sys, "/etc/web.conf", err);

	if (ret == 0)
		ret = config_save(config, sys, "/etc/saved.conf", err);
	return ret;
}

/* Fails call n with the errno of that index; whether there are more of them. false: n lies behind
 * the last call. */
static bool fail_call(unsigned n, unsigned index, unsigned *errno_count)
{
	_cleanup_fake_ struct fake *host = fake_create(NULL);
	_cleanup_str_ struct str before = { 0 }, after = { 0 };
	struct sys_fault fault;
	struct err err = { 0 };
	int ret;

	fake_file(host, "/etc/web.conf", "lxc.include = /etc/web.d\nlxc.net.0.hwaddr = xx:xx\n",
		  0644);
	fake_file(host, "/etc/web.d/a.conf", "lxc.uts.name = web\n", 0644);
	fake_world(host, &before);
	sys_fault_init(&fault, fake_sys(host));
	fault.fail_at = n;
	fault.errno_index = index;
	ret = load_and_save(&fault.sys, &err);
	fault.paused = true;
	*errno_count = fault.errno_count;
	if (!fault.given) {
		assert_int_equal(ret, 0);
		return false;
	}
	assert_true((ret < 0) == err_is(&err));
	if (ret < 0) {
		assert_true(strlen(err.what) > 0);
		fake_world(host, &after);
		assert_string_equal(str_text(&after), str_text(&before));
	}
	assert_string_equal(fake_breaches(host), "");
	return true;
}

static void any_single_fault_is_told_and_leaves_nothing(void **state)
{
	unsigned count = 1, points = 0;

	for (unsigned n = 1; count > 0; n++) {
		count = 0;
		for (unsigned index = 0; fail_call(n, index, &count); index++)
			points++;
	}
	print_message("%u faults\n", points);
	assert_true(points > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_file_the_defaults_hold),
		cmocka_unit_test(lines_are_read_as_they_stand),
		cmocka_unit_test(a_user_reads_the_file_below_home_only),
		cmocka_unit_test(an_unknown_item_is_refused),
		cmocka_unit_test(items_are_named_in_the_order_of_lxc_config),
		cmocka_unit_test(any_single_fault_is_told_and_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
