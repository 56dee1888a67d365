/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Grammar of the keys that came after release 3.0.0; those before are in the vectors. */
#include "files.h"

#include "core/config/config.h"

#include <errno.h>

#define NIC "lxc.net.0.veth."

static const struct {
	const char *name, *value;
	int ret;
	const char *text; /* of the getter */
} cases[] = {
	{ "lxc.time.offset.boot", NULL, 0, "0 ns\n" },
	{ "lxc.time.offset.boot", "5h", 0, "18000 s\n" },
	{ "lxc.time.offset.boot", "-2m", 0, "-120 s\n" },
	{ "lxc.time.offset.boot", "+1s", 0, "1 s\n" },
	{ "lxc.time.offset.boot", "3ms", 0, "3000000 ns\n" },
	{ "lxc.time.offset.boot", "0s", 0, "0 ns\n" },
	{ "lxc.time.offset.boot", "5", -EINVAL, "0 ns\n" },
	{ "lxc.time.offset.boot", "5 s", -EINVAL, "0 ns\n" },
	{ "lxc.time.offset.boot", "s", -EINVAL, "0 ns\n" },
	{ "lxc.time.offset.boot", "--5s", -EINVAL, "0 ns\n" },
	{ "lxc.time.offset.boot", "9223372036854775807ns", 0, "9223372036854775807 ns\n" },
	{ "lxc.time.offset.boot", "9223372036854775807us", -EINVAL, "0 ns\n" },
	{ "lxc.time.offset.boot", "99999999999999999999s", -EINVAL, "0 ns\n" },
	{ "lxc.time.offset.monotonic", NULL, 0, "0ns" },
	{ "lxc.time.offset.monotonic", "7us", 0, "7000ns" },
	{ "lxc.init.groups", "1,2,3", 0, "1,2,3" },
	{ "lxc.init.groups", " 1 , 2 ,,3", 0, "1,2,3" },
	{ "lxc.init.groups", ",", -EINVAL, "" },
	{ "lxc.init.groups", "1,x", -EINVAL, "" },
	{ "lxc.seccomp.notify.proxy", "unix:/run/x", 0, "/run/x" },
	{ "lxc.seccomp.notify.proxy", "unix:@x", 0, "x" },
	{ "lxc.seccomp.notify.proxy", "unix:", -EINVAL, "" },
	{ "lxc.seccomp.notify.proxy", "/run/x", -EINVAL, "" },
	{ "lxc.autodev.tmpfs.size", NULL, 0, "0" },
	{ "lxc.autodev.tmpfs.size", "1000", 0, "1000" },
	{ "lxc.autodev.tmpfs.size", "x", 0, "500000" },
	{ "lxc.autodev.tmpfs.size", "", 0, "500000" },
	{ "lxc.rootfs.managed", NULL, 0, "1" },
	{ "lxc.rootfs.managed", "0", 0, "0" },
	{ "lxc.monitor.signal.pdeath", NULL, 0, "9" },
	{ "lxc.monitor.signal.pdeath", "SIGTERM", 0, "15" },
	{ "lxc.monitor.signal.pdeath", "0", 0, "0" },
	{ "lxc.cgroup.dir.monitor", "a/b", 0, "a/b" },
	{ "lxc.cgroup.dir.monitor", "/a", -EINVAL, "" },
	{ "lxc.cgroup.dir.container.inner", "a", 0, "a" },
	{ "lxc.cgroup.dir.container.inner", "a/b", -EINVAL, "" },
	{ NIC "mode", NULL, 0, "bridge" },
	{ NIC "mode", "router", 0, "router" },
	{ NIC "mode", "Router", -EINVAL, "bridge" },
	{ NIC "ipv4.route", "10.0.0.0/8", 0, "10.0.0.0/8" },
	{ NIC "ipv4.route", "10.0.0.0", -EINVAL, "" },
	{ NIC "ipv4.route", "10.0.0.0/33", -EINVAL, "" },
	{ NIC "ipv6.route", "2003:0:0::/64", 0, "2003::/64" },
	{ NIC "ipv6.route", "2003::", -EINVAL, "" },
	{ NIC "vlan.id", "none", 0, "-1" },
	{ NIC "vlan.id", "4095", 0, "4095" },
	{ NIC "vlan.id", "4096", -EINVAL, "" },
	{ NIC "vlan.tagged.id", "4095", 0, "4095" },
	{ NIC "vlan.tagged.id", "4096", -EINVAL, "" },
	{ NIC "n_rxqueues", "4", 0, "4" },
	{ NIC "n_rxqueues", "0", -EINVAL, "" },
	{ NIC "n_rxqueues", "2147483648", -EINVAL, "" },
	{ "lxc.net.0.ipvlan.mode", "l2", -EINVAL, "" }, /* of another type */
	{ "lxc.tty.dir", "../etc", -EINVAL, "" },
	{ "lxc.tty.dir", "a/./b", -EINVAL, "" },
	{ "lxc.rootfs.path", "dir:", -EINVAL, "" },
	{ "lxc.sysctl.a=b", "1", -EINVAL, "" },
	{ "lxc.mount.auto", "shmounts:/h:", -EINVAL, "" },
	{ "lxc.cap.keep", "none kill", 0, "kill\n" },
	{ "lxc.cap.keep", "   ", 0, "" },
	{ "lxc.signal.halt", "SIGRTMIN+99999999999999999999", -EINVAL, "0" },
	{ "lxc.net.0.ipv4.address", "10.0.0.1/8 10.0.0.255/8", -EINVAL, "" },
	{ "lxc.net.0.ipv4.address", "224.0.0.1", 0, "224.0.0.1/0" },
	{ "lxc.net.0.ipv6.gateway", "::1/64", -EINVAL, "" },
};

static void values_are_checked_and_normalised(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_config_ struct config *config = config_create();
		_cleanup_str_ struct str text = { 0 };
		struct err err = { 0 };
		int ret = 0;

		assert_int_equal(config_set(config, NULL, "lxc.net.0.type", "veth", NULL), 0);
		if (cases[i].value)
			ret = config_set(config, NULL, cases[i].name, cases[i].value, &err);
		assert_int_equal(config_get(config, cases[i].name, &text), 0);
		assert_true((ret < 0) == err_is(&err));
		if (ret != cases[i].ret || !str_eq(str_text(&text), cases[i].text))
			fail_msg("%s = %s: %d, \"%s\"", cases[i].name,
				 cases[i].value ? cases[i].value : "-", ret, str_text(&text));
	}
}

/* What a line of "none" does to those before and behind it. */
static void none_in_keep_counts_across_lines(void **state)
{
	static const struct {
		const char *first, *second, *text;
	} lines[] = {
		{ "kill", "chown", "kill\nchown\n" },
		{ "kill", "none", "none\n" },
		{ "none", "chown", "chown\n" },
		{ "kill", "none chown", "chown\n" },
	};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		_cleanup_config_ struct config *config = config_create();
		_cleanup_str_ struct str text = { 0 };

		assert_int_equal(config_set(config, NULL, "lxc.cap.keep", lines[i].first, NULL), 0);
		assert_int_equal(config_set(config, NULL, "lxc.cap.keep", lines[i].second, NULL),
				 0);
		assert_int_equal(config_get(config, "lxc.cap.keep", &text), 0);
		assert_string_equal(str_text(&text), lines[i].text);
	}
}

static void a_device_stays_when_its_last_key_goes(void **state)
{
	_cleanup_config_ struct config *config = config_create();
	_cleanup_str_ struct str text = { 0 };

	assert_int_equal(config_set(config, NULL, "lxc.net.4.flags", "up", NULL), 0);
	assert_int_equal(config_set(config, NULL, "lxc.net.4.flags", "", NULL), 0);
	assert_int_equal(config_get(config, "lxc.net", &text), 0);
	assert_string_equal(str_text(&text), "empty\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_checked_and_normalised),
		cmocka_unit_test(none_in_keep_counts_across_lines),
		cmocka_unit_test(a_device_stays_when_its_last_key_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
