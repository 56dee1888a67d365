/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * procfs of the model kernel.
 */
#include "fs_test.h"

#include <sched.h>
#include <sys/mount.h>

static void a_process_shows_itself(void **state)
{
	struct sys *sys = fake_sys(*state);
	char buf[4096], fd_path[64];
	int fd;

	assert_int_equal(sys_readlinkat(sys, AT_FDCWD, "/proc/self", buf, sizeof(buf)), 3);
	assert_memory_equal(buf, "100", 3);
	assert_string_equal(get(sys, "/proc/self/comm", buf, sizeof(buf)), "test\n");
	assert_non_null(strstr(get(sys, "/proc/self/status", buf, sizeof(buf)), "\nPid:\t100\n"));
	assert_true(str_starts(get(sys, "/proc/100/stat", buf, sizeof(buf)), "100 (test) R 1 "));
	assert_string_equal(get(sys, "/proc/self/uid_map", buf, sizeof(buf)),
			    "         0          0 4294967295\n");
	assert_int_equal(open_ro(sys, "/proc/4711"), -ENOENT);
	assert_int_equal(open_ro(sys, "/proc/self/attr/current"), -ENOENT);
	assert_int_equal(put(sys, "/proc/new", "x"), -ENOENT);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, "/proc/new", 0755), -ENOENT);
	assert_int_equal(put(sys, "/proc/self/oom_score_adj", "500"), 3);
	assert_string_equal(get(sys, "/proc/self/oom_score_adj", buf, sizeof(buf)), "500\n");
	fd = open_ro(sys, "/etc/passwd");
	snprintf(fd_path, sizeof(fd_path), "/proc/self/fd/%d", fd);
	buf[sys_readlinkat(sys, AT_FDCWD, fd_path, buf, sizeof(buf))] = '\0';
	assert_string_equal(buf, "/etc/passwd");
	assert_true(open_ro(sys, fd_path) >= 0);
}

static void mountinfo_reads_like_the_kernels(void **state)
{
	struct sys *sys = fake_sys(*state);
	char buf[8192];

	get(sys, "/proc/self/mountinfo", buf, sizeof(buf));
	assert_true(str_starts(buf, "2 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"));
	assert_non_null(
		strstr(buf, " / /proc rw,nosuid,nodev,noexec,relatime shared:2 - proc proc rw\n"));
	assert_non_null(strstr(buf, " - devpts devpts rw,gid=5,mode=620,ptmxmode=000\n"));
	fake_dir(*state, "/tmp/a b", 0755);
	assert_int_equal(sys_mount(sys, "/tmp/a b", "/mnt", NULL, MS_BIND, NULL), 0);
	assert_non_null(
		strstr(get(sys, "/proc/self/mountinfo", buf, sizeof(buf)),
		       " 8:1 /tmp/a\\040b /mnt rw,relatime shared:1 - ext4 /dev/sda1 rw\n"));
}

static void namespaces_are_opened_and_bound(void **state)
{
	struct sys *sys = fake_sys(*state);
	struct stat a, b;
	char buf[64];
	int fd;

	assert_true(sys_readlinkat(sys, AT_FDCWD, "/proc/self/ns/uts", buf, sizeof(buf)) > 5);
	assert_memory_equal(buf, "uts:[", 5);
	fd = open_ro(sys, "/proc/self/ns/uts");
	assert_true(fd >= 0);
	assert_int_equal(sys_fstatat(sys, fd, "", &a, AT_EMPTY_PATH), 0);
	assert_int_equal(sys_fstatat(sys, AT_FDCWD, "/proc/1/ns/uts", &b, 0), 0);
	assert_true(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
	assert_int_equal(put(sys, "/run/kept", ""), 0);
	assert_int_equal(sys_mount(sys, "/proc/self/ns/uts", "/run/kept", NULL, MS_BIND, NULL), 0);
	assert_int_equal(sys_unshare(sys, CLONE_NEWUTS), 0);
	assert_int_equal(sys_fstatat(sys, AT_FDCWD, "/proc/self/ns/uts", &b, 0), 0);
	assert_true(a.st_ino != b.st_ino);
	fd = open_ro(sys, "/run/kept");
	assert_int_equal(sys_setns(sys, fd, CLONE_NEWUTS), 0);
	assert_int_equal(sys_fstatat(sys, AT_FDCWD, "/proc/self/ns/uts", &b, 0), 0);
	assert_true(a.st_ino == b.st_ino);
}

static int in_pid_ns(void *arg)
{
	struct sys *sys = ((struct child *)arg)->sys;
	char buf[1024];

	if (sys_mount(sys, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 1;
	if (sys_mount(sys, "proc", "/proc", "proc", 0, NULL) < 0)
		return 2;
	if (!strstr(get(sys, "/proc/self/status", buf, sizeof(buf)), "\nPid:\t1\n"))
		return 3;
	list(sys, "/proc", buf, sizeof(buf));
	if (!str_starts(buf, ". .. 1 acpi"))
		return 4;
	if (strcmp(get(sys, "/proc/1/oom_score_adj", buf, sizeof(buf)), "300\n") != 0)
		return 7; /* inherited, and the same in every instance */
	if (put(sys, "/proc/sys/kernel/hostname", "inner\n") != 6)
		return 5;
	return strcmp(get(sys, "/proc/sys/kernel/hostname", buf, sizeof(buf)), "inner\n") == 0 ? 0
											       : 6;
}

static void a_pid_namespace_has_its_own_numbers(void **state)
{
	struct sys *sys = fake_sys(*state);
	struct child child = { .sys = sys };
	struct sys_clone args = { .exit_signal = SIGCHLD,
				  .flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS };
	char buf[64];

	assert_int_equal(put(sys, "/proc/self/oom_score_adj", "300"), 3);
	assert_int_equal(wait_for(sys, sys_clone3(sys, &args, in_pid_ns, &child, sizeof(child))),
			 0);
	assert_string_equal(get(sys, "/proc/sys/kernel/hostname", buf, sizeof(buf)), "host\n");
}

static int idle(void *arg)
{
	struct child *child = arg;

	if (child->number && sys_setresuid(child->sys, 1000, 1000, 1000) < 0)
		return 1;
	if (child->number)
		return open_ro(child->sys, "/proc/1/environ") == -EACCES &&
				       open_ro(child->sys, "/proc/1/cwd/etc") == -EACCES
			       ? 0
			       : 2;
	nap(child->sys, 100);
	return 0;
}

static void a_dead_process_leaves_no_directory(void **state)
{
	struct sys *sys = fake_sys(*state);
	pid_t pid = start(sys, idle, (struct child){ 0 });
	char path[32], buf[64];
	int dir;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	dir = open_dir(sys, path);
	assert_true(dir >= 0);
	assert_int_equal(wait_for(sys, pid), 0);
	assert_int_equal(open_dir(sys, path), -ENOENT);
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	assert_string_equal(get(sys, path, buf, sizeof(buf)), "E2");
	assert_int_equal(sys_openat2(sys, dir, "status", &(struct open_how){ 0 }), -ENOENT);
	assert_int_equal(wait_for(sys, start(sys, idle, (struct child){ .number = 1 })), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_process_shows_itself),
		WORLD_TEST(mountinfo_reads_like_the_kernels),
		WORLD_TEST(namespaces_are_opened_and_bound),
		WORLD_TEST(a_pid_namespace_has_its_own_numbers),
		WORLD_TEST(a_dead_process_leaves_no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
