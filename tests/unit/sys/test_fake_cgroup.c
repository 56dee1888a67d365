/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Control groups of the model kernel: both versions, their rules, namespaces, freezing.
 */
#include "fs_test.h"

#include <sched.h>
#include <sys/mount.h>

#define V1 "/sys/fs/cgroup"
#define V2 "/sys/fs/cgroup/unified"

static int unified_up(void **state)
{
	*state = fake_create(&(struct fake_options){ .cgroups = FAKE_CGROUP_UNIFIED });
	return *state ? 0 : -1;
}

static void a_cgroup_is_made_entered_and_removed(void **state)
{
	struct sys *sys = fake_sys(*state);
	char buf[256];

	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, V1 "/memory/web", 0755), 0);
	assert_int_equal(put(sys, V1 "/memory/web/memory.limit_in_bytes", "10M"), 3);
	assert_string_equal(get(sys, V1 "/memory/web/memory.limit_in_bytes", buf, sizeof(buf)),
			    "10485760\n");
	assert_int_equal(put(sys, V1 "/memory/web/cgroup.procs", "0"), 1);
	assert_string_equal(get(sys, V1 "/memory/web/tasks", buf, sizeof(buf)), "100\n");
	assert_non_null(strstr(get(sys, "/proc/self/cgroup", buf, sizeof(buf)), ":memory:/web\n"));
	assert_int_equal(sys_unlinkat(sys, AT_FDCWD, V1 "/memory/web", AT_REMOVEDIR), -EBUSY);
	assert_int_equal(put(sys, V1 "/memory/cgroup.procs", "100\n"), 4);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, V1 "/memory/web/sub", 0755), 0);
	assert_int_equal(sys_unlinkat(sys, AT_FDCWD, V1 "/memory/web", AT_REMOVEDIR), -EBUSY);
	assert_int_equal(sys_unlinkat(sys, AT_FDCWD, V1 "/memory/web/sub", AT_REMOVEDIR), 0);
	assert_int_equal(sys_unlinkat(sys, AT_FDCWD, V1 "/memory/web/tasks", 0), -EPERM);
	assert_int_equal(sys_unlinkat(sys, AT_FDCWD, V1 "/memory/web", AT_REMOVEDIR), 0);
	assert_int_equal(put(sys, V1 "/memory/cgroup.procs", "4711"), -ESRCH);
	assert_int_equal(put(sys, V1 "/memory/nofile", "1"), -EACCES);
}

static void an_empty_cpuset_takes_nobody(void **state)
{
	struct sys *sys = fake_sys(*state);
	char buf[64];

	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, V1 "/cpuset/a", 0755), 0);
	assert_string_equal(get(sys, V1 "/cpuset/a/cpuset.cpus", buf, sizeof(buf)), "\n");
	assert_int_equal(put(sys, V1 "/cpuset/a/cgroup.procs", "0"), -ENOSPC);
	assert_int_equal(put(sys, V1 "/cpuset/a/cpuset.cpus", "7"), -EINVAL);
	assert_int_equal(put(sys, V1 "/cpuset/a/cpuset.cpus", "0-1"), 3);
	assert_int_equal(put(sys, V1 "/cpuset/a/cpuset.mems", "0"), 1);
	assert_int_equal(put(sys, V1 "/cpuset/a/cgroup.clone_children", "1"), 1);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, V1 "/cpuset/a/b", 0755), 0);
	assert_string_equal(get(sys, V1 "/cpuset/a/b/cpuset.cpus", buf, sizeof(buf)), "0-1\n");
	assert_int_equal(put(sys, V1 "/cpuset/a/b/cgroup.procs", "0"), 1);
	assert_int_equal(put(sys, V1 "/cpuset/a/cpuset.cpus", "0"), -EBUSY);
}

static void device_rules_forbid_mknod_and_open(void **state)
{
	struct sys *sys = fake_sys(*state);
	char buf[256];

	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, V1 "/devices/a", 0755), 0);
	assert_string_equal(get(sys, V1 "/devices/a/devices.list", buf, sizeof(buf)),
			    "a *:* rwm\n");
	assert_int_equal(put(sys, V1 "/devices/a/devices.deny", "a"), 1);
	assert_int_equal(put(sys, V1 "/devices/a/devices.allow", "c 1:3 rw"), 8);
	assert_int_equal(put(sys, V1 "/devices/a/devices.allow", "c 5:* rwm\n"), 10);
	assert_int_equal(put(sys, V1 "/devices/a/devices.allow", "what"), -EINVAL);
	assert_string_equal(get(sys, V1 "/devices/a/devices.list", buf, sizeof(buf)),
			    "c 1:3 rw\nc 5:* rwm\n");
	assert_int_equal(put(sys, V1 "/devices/a/cgroup.procs", "0"), 1);
	assert_true(open_rw(sys, "/dev/null") >= 0);
	assert_int_equal(open_rw(sys, "/dev/zero"), -EPERM);
	assert_int_equal(sys_mknodat(sys, AT_FDCWD, "/tmp/null", S_IFCHR | 0666, 0x103), -EPERM);
}

static void unified_has_no_members_in_the_middle(void **state)
{
	struct sys *sys = fake_sys(*state);
	char buf[128];

	assert_string_equal(get(sys, V1 "/cgroup.controllers", buf, sizeof(buf)),
			    "cpuset cpu io memory pids\n");
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, V1 "/a", 0755), 0);
	assert_int_equal(open_ro(sys, V1 "/a/pids.max"), -ENOENT);
	assert_int_equal(put(sys, V1 "/cgroup.subtree_control", "+pids +memory"), 13);
	assert_string_equal(get(sys, V1 "/a/pids.max", buf, sizeof(buf)), "max\n");
	assert_string_equal(get(sys, V1 "/a/cgroup.controllers", buf, sizeof(buf)),
			    "memory pids\n");
	assert_int_equal(put(sys, V1 "/a/cgroup.subtree_control", "+cpu"), -ENOENT);
	assert_int_equal(put(sys, V1 "/a/cgroup.procs", "0"), 1);
	assert_int_equal(put(sys, V1 "/a/cgroup.subtree_control", "+pids"), -EBUSY);
	assert_string_equal(get(sys, V1 "/a/cgroup.events", buf, sizeof(buf)),
			    "populated 1\nfrozen 0\n");
	assert_int_equal(put(sys, V1 "/cgroup.procs", "0"), 1);
	assert_int_equal(put(sys, V1 "/a/cgroup.subtree_control", "+pids"), 5);
	assert_int_equal(put(sys, V1 "/a/cgroup.procs", "0"), -EBUSY);
	assert_int_equal(put(sys, V1 "/cgroup.subtree_control", "-pids"), -EBUSY);
	assert_string_equal(get(sys, "/proc/self/cgroup", buf, sizeof(buf)), "0::/\n");
}

static int sleeper(void *arg)
{
	struct child *child = arg;

	nap(child->sys, 100);
	put(child->sys, "/tmp/woke", "x");
	nap(child->sys, 1000000);
	return 0;
}

static void a_frozen_task_does_not_run_until_thawed(void **state)
{
	struct sys *sys = fake_sys(*state);
	pid_t pid = start(sys, sleeper, (struct child){ 0 });
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	fake_settle(*state);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, V1 "/freezer/a", 0755), 0);
	assert_true(put(sys, V1 "/freezer/a/cgroup.procs", text) > 0);
	assert_int_equal(put(sys, V1 "/freezer/a/freezer.state", "FROZEN"), 6);
	fake_advance(*state, 500);
	fake_settle(*state);
	assert_false(fake_exists(*state, "/tmp/woke"));
	assert_int_equal(put(sys, V1 "/freezer/a/freezer.state", "THAWED"), 6);
	fake_settle(*state);
	assert_true(fake_exists(*state, "/tmp/woke"));
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, V2 "/a", 0755), 0);
	assert_true(put(sys, V2 "/a/cgroup.procs", text) > 0);
	assert_int_equal(put(sys, V2 "/a/cgroup.kill", "1"), 1);
	assert_int_equal(wait_for(sys, pid), 1000 + SIGKILL);
}

/* Freezes itself, and goes on once another thaws it. */
static int self_freezer(void *arg)
{
	struct sys *sys = ((struct child *)arg)->sys;

	if (put(sys, V1 "/freezer/a/cgroup.procs", "0") != 1)
		return 1;
	put(sys, V1 "/freezer/a/freezer.state", "FROZEN");
	put(sys, "/tmp/after", "x");
	return 7;
}

static void a_task_stands_still_from_its_next_turn_on(void **state)
{
	struct sys *sys = fake_sys(*state);
	pid_t pid;
	char buf[64];

	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, V1 "/freezer/a", 0755), 0);
	pid = start(sys, self_freezer, (struct child){ 0 });
	fake_settle(*state);
	assert_false(fake_exists(*state, "/tmp/after"));
	assert_string_equal(get(sys, V1 "/freezer/a/freezer.state", buf, sizeof(buf)), "FROZEN\n");
	assert_int_equal(put(sys, V1 "/freezer/a/freezer.state", "THAWED"), 6);
	assert_int_equal(put(sys, V1 "/freezer/a/freezer.state", "FROZEN"), 6);
	assert_string_equal(get(sys, V1 "/freezer/a/freezer.state", buf, sizeof(buf)), "FREEZING\n");
	fake_settle(*state);
	assert_string_equal(get(sys, V1 "/freezer/a/freezer.state", buf, sizeof(buf)), "FROZEN\n");
	assert_int_equal(put(sys, V1 "/freezer/a/freezer.state", "THAWED"), 6);
	assert_int_equal(wait_for(sys, pid), 7);
	assert_true(fake_exists(*state, "/tmp/after"));
}

static void a_signal_waits_for_the_thaw_and_sigkill_in_v1_only(void **state)
{
	struct sys *sys = fake_sys(*state);
	pid_t pid = start(sys, sleeper, (struct child){ 0 });
	siginfo_t info = { 0 };
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, V1 "/freezer/a", 0755), 0);
	assert_true(put(sys, V1 "/freezer/a/cgroup.procs", text) > 0);
	assert_int_equal(put(sys, V1 "/freezer/a/freezer.state", "FROZEN"), 6);
	fake_settle(*state);
	assert_int_equal(sys_kill(sys, pid, SIGKILL), 0);
	fake_settle(*state);
	assert_int_equal(sys_waitid(sys, P_PID, pid, &info, WEXITED | WNOHANG), 0);
	assert_int_equal(info.si_pid, 0);
	assert_int_equal(put(sys, V1 "/freezer/a/freezer.state", "THAWED"), 6);
	assert_int_equal(wait_for(sys, pid), 1000 + SIGKILL);
	pid = start(sys, sleeper, (struct child){ 0 });
	snprintf(text, sizeof(text), "%d", pid);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, V2 "/a", 0755), 0);
	assert_true(put(sys, V2 "/a/cgroup.procs", text) > 0);
	assert_int_equal(put(sys, V2 "/a/cgroup.freeze", "1"), 1);
	fake_settle(*state);
	assert_int_equal(sys_kill(sys, pid, SIGTERM), 0);
	fake_settle(*state);
	assert_int_equal(sys_waitid(sys, P_PID, pid, &info, WEXITED | WNOHANG), 0);
	assert_int_equal(info.si_pid, 0);
	assert_int_equal(sys_kill(sys, pid, SIGKILL), 0);
	assert_int_equal(wait_for(sys, pid), 1000 + SIGKILL);
}

static int in_cgroup_ns(void *arg)
{
	struct sys *sys = ((struct child *)arg)->sys;
	char buf[512];

	if (put(sys, V1 "/systemd/a/b/cgroup.procs", "0") != 1)
		return 1;
	if (sys_unshare(sys, CLONE_NEWCGROUP | CLONE_NEWNS) < 0)
		return 2;
	if (!strstr(get(sys, "/proc/self/cgroup", buf, sizeof(buf)), "name=systemd:/\n"))
		return 3;
	if (!strstr(get(sys, "/proc/1/cgroup", buf, sizeof(buf)), "name=systemd:/../..\n"))
		return 4;
	if (sys_mount(sys, "cgroup", "/mnt", "cgroup", 0, "none,name=systemd") < 0)
		return 5;
	return open_ro(sys, "/mnt/inner/cgroup.procs") >= 0 ? 0 : 6;
}

static void a_cgroup_namespace_hides_what_is_above(void **state)
{
	struct sys *sys = fake_sys(*state);

	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, V1 "/systemd/a", 0755), 0);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, V1 "/systemd/a/b", 0755), 0);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, V1 "/systemd/a/b/inner", 0755), 0);
	assert_int_equal(wait_for(sys, start(sys, in_cgroup_ns, (struct child){ 0 })), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_cgroup_is_made_entered_and_removed),
		WORLD_TEST(an_empty_cpuset_takes_nobody),
		WORLD_TEST(device_rules_forbid_mknod_and_open),
		cmocka_unit_test_setup_teardown(unified_has_no_members_in_the_middle, unified_up,
						world_down),
		WORLD_TEST(a_frozen_task_does_not_run_until_thawed),
		WORLD_TEST(a_task_stands_still_from_its_next_turn_on),
		WORLD_TEST(a_signal_waits_for_the_thaw_and_sigkill_in_v1_only),
		WORLD_TEST(a_cgroup_namespace_hides_what_is_above),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
