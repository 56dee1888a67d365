/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ready-made hosts: each is what its name says, seen through operations only. */
#include "fs_test.h"

#include <linux/sched.h>
#include <sys/mount.h>

static bool is_mounted(struct sys *sys, const char *point, const char *type)
{
	char text[8192], want[128];

	snprintf(want, sizeof(want), " %s ", point);
	for (char *line = (char *)(uintptr_t)get(sys, "/proc/self/mountinfo", text, sizeof(text)),
		  *rest = line;
	     (line = str_next_word(&rest, "\n"));) {
		const char *kind = strstr(line, " - ");

		if (strstr(line, want) && kind && str_starts(kind + 3, type) &&
		    kind[3 + strlen(type)] == ' ')
			return true;
	}
	return false;
}

static void check_common(struct sys *sys)
{
	for (int fd = 0; fd <= 2; fd++)
		assert_int_equal(sys_write(sys, fd, "x", 1), 1);
	assert_int_equal(open_ro(sys, "/etc/passwd"), 3);
	assert_int_equal(sys_close(sys, 3), 0);
}

static void debian_12_hybrid(void **state)
{
	_cleanup_fake_ struct fake *fake = fake_host_debian12_hybrid();
	struct sys *sys = fake_sys(fake);
	struct utsname uts;

	check_common(sys);
	assert_int_equal(sys_uname(sys, &uts), 0);
	assert_true(str_starts(uts.release, "6.1."));
	assert_true(is_mounted(sys, "/sys/fs/cgroup/unified", "cgroup2"));
	assert_true(is_mounted(sys, "/sys/fs/cgroup/devices", "cgroup"));
	assert_int_equal(sys_geteuid(sys), 0);
}

static void debian_12_unified(void **state)
{
	_cleanup_fake_ struct fake *fake = fake_host_debian12_unified();
	struct sys *sys = fake_sys(fake);

	check_common(sys);
	assert_true(is_mounted(sys, "/sys/fs/cgroup", "cgroup2"));
	assert_false(is_mounted(sys, "/sys/fs/cgroup/devices", "cgroup"));
}

static void v1_only(void **state)
{
	_cleanup_fake_ struct fake *fake = fake_host_v1();
	struct sys *sys = fake_sys(fake);

	check_common(sys);
	assert_true(is_mounted(sys, "/sys/fs/cgroup/memory", "cgroup"));
	assert_false(is_mounted(sys, "/sys/fs/cgroup/unified", "cgroup2"));
}

static void an_old_kernel_lacks_what_came_later(void **state)
{
	_cleanup_fake_ struct fake *fake = fake_host_old("5.4");
	struct open_how how = { .flags = O_PATH, .resolve = RESOLVE_BENEATH };
	struct sys *sys = fake_sys(fake);

	check_common(sys);
	assert_int_equal(sys_openat2(sys, AT_FDCWD, "/etc", &how), -ENOSYS);
}

static int nothing(void *arg)
{
	return 0;
}

static void check_plain(struct sys *sys)
{
	struct sys_caps caps;
	struct stat st;
	struct sys_clone args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	char text[256];
	pid_t pid;

	check_common(sys);
	assert_int_equal(sys_getuid(sys), 1000);
	assert_int_equal(sys_getegid(sys), 1000);
	assert_int_equal(sys_capget(sys, &caps), 0);
	assert_int_equal(caps.permitted | caps.effective, 0);
	assert_int_equal(sys_setresuid(sys, 0, 0, 0), -EPERM);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, "/etc/mine", 0755), -EACCES);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, "mine", 0755), 0);
	assert_int_equal(sys_fstatat(sys, AT_FDCWD, "/home/alice/mine", &st, 0), 0);
	assert_int_equal(st.st_uid, 1000);
	assert_int_equal(sys_fstatat(sys, AT_FDCWD, "/run/user/1000", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_non_null(strstr(get(sys, "/etc/passwd", text, sizeof(text)), "alice:x:1000:1000:"));
	/* What is left to such a one. */
	pid = sys_clone3(sys, &args, nothing, &args, sizeof(args));
	assert_true(pid > 0);
	assert_int_equal(wait_for(sys, pid), 0);
}

/* Where it stands in a hierarchy, below its mount point. */
static const char *stands_in(struct sys *sys, const char *controllers, char *path, size_t size)
{
	char text[4096],
		*rest = (char *)(uintptr_t)get(sys, "/proc/self/cgroup", text, sizeof(text));

	for (char *line; (line = str_next_word(&rest, "\n"));) {
		const char *colon = strchr(line, ':');

		if (colon && str_starts(colon + 1, controllers) &&
		    colon[1 + strlen(controllers)] == ':') {
			snprintf(path, size, "%s", colon + 2 + strlen(controllers));
			return path;
		}
	}
	return NULL;
}

static void check_cgroups(struct fake *fake, enum fake_cgroups layout, bool delegated)
{
	static const struct {
		enum fake_cgroups layout;
		const char *controllers, *mount;
	} rows[] = {
		{ FAKE_CGROUP_UNIFIED, "", "/sys/fs/cgroup" },
		{ FAKE_CGROUP_HYBRID, "", "/sys/fs/cgroup/unified" },
		{ FAKE_CGROUP_HYBRID, "name=systemd", "/sys/fs/cgroup/systemd" },
		{ FAKE_CGROUP_HYBRID, "freezer", "/sys/fs/cgroup/freezer" },
		{ FAKE_CGROUP_LEGACY, "name=systemd", "/sys/fs/cgroup/systemd" },
		{ FAKE_CGROUP_LEGACY, "devices", "/sys/fs/cgroup/devices" },
	};
	struct sys *sys = fake_sys(fake);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char at[256], path[512];

		if (rows[i].layout != layout)
			continue;
		assert_non_null(stands_in(sys, rows[i].controllers, at, sizeof(at)));
		snprintf(path, sizeof(path), "%s%s/sub", rows[i].mount, at);
		assert_int_equal(sys_mkdirat(sys, AT_FDCWD, path, 0755), delegated ? 0 : -EACCES);
		if (!delegated)
			continue;
		snprintf(path, sizeof(path), "%s%s/sub/cgroup.procs", rows[i].mount, at);
		assert_int_equal(put(sys, path, "0"), 1);
		snprintf(path, sizeof(path), "%s%s/cgroup.procs", rows[i].mount, at);
		assert_int_equal(put(sys, path, "0"), 1);
	}
}

static void a_plain_user_with_and_without_a_cgroup(void **state)
{
	static const enum fake_cgroups layouts[] = { FAKE_CGROUP_HYBRID, FAKE_CGROUP_UNIFIED,
						     FAKE_CGROUP_LEGACY };

	for (size_t i = 0; i < 2 * ARRAY_LEN(layouts); i++) {
		bool delegated = i % 2;
		_cleanup_fake_ struct fake *fake = fake_host_user(layouts[i / 2], delegated, false);
		char text[64];

		check_plain(fake_sys(fake));
		check_cgroups(fake, layouts[i / 2], delegated);
		assert_string_equal(get(fake_sys(fake), "/etc/subuid", text, sizeof(text)), "E2");
		assert_string_equal(fake_breaches(fake), "");
	}
}

/* Of v2 only the cgroup that is delegated is the user's, with controllers to hand on. */
static void a_delegated_cgroup_has_controllers(void **state)
{
	_cleanup_fake_ struct fake *fake = fake_host_user(FAKE_CGROUP_UNIFIED, true, false);
	struct sys *sys = fake_sys(fake);
	char at[256], path[512], text[128];

	assert_non_null(stands_in(sys, "", at, sizeof(at)));
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/cgroup.controllers", at);
	assert_string_equal(get(sys, path, text, sizeof(text)), "memory pids\n");
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, "/sys/fs/cgroup/mine", 0755), -EACCES);
}

static void a_plain_user_with_subordinate_ids(void **state)
{
	_cleanup_fake_ struct fake *fake = fake_host_user(FAKE_CGROUP_UNIFIED, true, true);
	char text[64];

	assert_string_equal(get(fake_sys(fake), "/etc/subuid", text, sizeof(text)),
			    "alice:100000:65536\n");
	assert_string_equal(get(fake_sys(fake), "/etc/subgid", text, sizeof(text)),
			    "alice:100000:65536\n");
}

static void a_host_is_built_from_a_few_lines(void **state)
{
	_cleanup_fake_ struct fake *fake = fake_host_create(&(struct fake_host){
		.options.kernel = "5.15",
		.tree = "d 0700 /srv/data\n"
			"f 0640 /srv/data/text hello world\n"
			"f 0600 /srv/data/empty\n"
			"l /srv/link data/text\n",
	});
	struct sys *sys = fake_sys(fake);
	struct stat st;
	char text[64];

	assert_int_equal(sys_fstatat(sys, AT_FDCWD, "/srv/data", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	assert_int_equal(sys_fstatat(sys, AT_FDCWD, "/srv/data/empty", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(st.st_size, 0);
	assert_string_equal(get(sys, "/srv/link", text, sizeof(text)), "hello world\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(debian_12_hybrid),
		cmocka_unit_test(debian_12_unified),
		cmocka_unit_test(v1_only),
		cmocka_unit_test(an_old_kernel_lacks_what_came_later),
		cmocka_unit_test(a_plain_user_with_and_without_a_cgroup),
		cmocka_unit_test(a_delegated_cgroup_has_controllers),
		cmocka_unit_test(a_plain_user_with_subordinate_ids),
		cmocka_unit_test(a_host_is_built_from_a_few_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
