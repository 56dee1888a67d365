/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of the model kernel: walks, links, scopes, permissions, what makes and removes names.
 */
#include "fs_test.h"

static void names_are_made_read_and_removed(void **state)
{
	struct sys *sys = fake_sys(*state);
	struct stat st;
	char buf[64];

	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, "/tmp/d", 0777), 0);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, "/tmp/d", 0777), -EEXIST);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, "/tmp/no/d", 0777), -ENOENT);
	assert_int_equal(sys_fstatat(sys, AT_FDCWD, "/tmp/d", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
	assert_int_equal(put(sys, "/tmp/d/f", "one"), 3);
	assert_string_equal(get(sys, "/tmp/d/f", buf, sizeof(buf)), "one");
	assert_int_equal(sys_unlinkat(sys, AT_FDCWD, "/tmp/d", AT_REMOVEDIR), -ENOTEMPTY);
	assert_int_equal(sys_unlinkat(sys, AT_FDCWD, "/tmp/d", 0), -EISDIR);
	assert_int_equal(sys_unlinkat(sys, AT_FDCWD, "/tmp/d/f", AT_REMOVEDIR), -ENOTDIR);
	assert_int_equal(sys_renameat2(sys, AT_FDCWD, "/tmp/d/f", AT_FDCWD, "/tmp/g", 0), 0);
	assert_int_equal(put(sys, "/tmp/h", "two"), 3);
	assert_int_equal(
		sys_renameat2(sys, AT_FDCWD, "/tmp/g", AT_FDCWD, "/tmp/h", RENAME_NOREPLACE),
		-EEXIST);
	assert_int_equal(sys_renameat2(sys, AT_FDCWD, "/tmp/g", AT_FDCWD, "/tmp/h", 0), 0);
	assert_string_equal(get(sys, "/tmp/h", buf, sizeof(buf)), "one");
	assert_int_equal(sys_renameat2(sys, AT_FDCWD, "/tmp/h", AT_FDCWD, "/run/h", 0), -EXDEV);
	assert_int_equal(sys_unlinkat(sys, AT_FDCWD, "/tmp/d", AT_REMOVEDIR), 0);
	assert_int_equal(sys_unlinkat(sys, AT_FDCWD, "/tmp/h", 0), 0);
}

static void walks_end_as_the_kernels_do(void **state)
{
	static const struct {
		const char *name, *path;
		uint64_t flags, resolve;
		int ret; /* 0: opens */
	} cases[] = {
		{ "plain", "a/b/f", 0, 0, 0 },
		{ "missing", "a/x", 0, 0, -ENOENT },
		{ "through a file", "a/b/f/x", 0, 0, -ENOTDIR },
		{ "slash behind a file", "a/b/f/", 0, 0, -ENOTDIR },
		{ "empty", "", 0, 0, -ENOENT },
		{ "link", "link", 0, 0, 0 },
		{ "link not followed", "link", O_NOFOLLOW, 0, -ELOOP },
		{ "link itself", "link", O_NOFOLLOW | O_PATH, 0, 0 },
		{ "loop", "loop", 0, 0, -ELOOP },
		{ "dangling", "dangling", 0, 0, -ENOENT },
		{ "directory wanted", "a/b/f", O_DIRECTORY, 0, -ENOTDIR },
		{ "directory for writing", "a", O_WRONLY, 0, -EISDIR },
		{ "exclusive", "a/b/f", O_CREAT | O_EXCL, 0, -EEXIST },
		{ "exclusive dangling", "dangling", O_CREAT | O_EXCL, 0, -EEXIST },
		{ "no links", "link", 0, RESOLVE_NO_SYMLINKS, -ELOOP },
		{ "beneath", "a/../a/b/f", 0, RESOLVE_BENEATH, 0 },
		{ "beneath, up", "a/../../tree/a", 0, RESOLVE_BENEATH, -EXDEV },
		{ "beneath, absolute", "/etc", 0, RESOLVE_BENEATH, -EXDEV },
		{ "beneath, absolute link", "abs", 0, RESOLVE_BENEATH, -EXDEV },
		{ "in root, absolute", "/a/b/f", 0, RESOLVE_IN_ROOT, 0 },
		{ "in root, up", "../../a/b/f", 0, RESOLVE_IN_ROOT, 0 },
		{ "in root, absolute link", "abs", 0, RESOLVE_IN_ROOT, -ENOENT },
		{ "magic", "/proc/self/fd/0", 0, RESOLVE_NO_MAGICLINKS, -ELOOP },
		{ "other mount", "/proc", 0, RESOLVE_NO_XDEV, -EXDEV },
		{ "both scopes", "a", 0, RESOLVE_BENEATH | RESOLVE_IN_ROOT, -EINVAL },
		{ "unknown flag", "a", 1ull << 40, 0, -EINVAL },
	};
	struct sys *sys = fake_sys(*state);
	int dir;

	fake_dir(*state, "/tmp/tree/a/b", 0755);
	fake_file(*state, "/tmp/tree/a/b/f", "text", 0644);
	fake_symlink(*state, "/tmp/tree/link", "a/b/f");
	fake_symlink(*state, "/tmp/tree/loop", "loop");
	fake_symlink(*state, "/tmp/tree/dangling", "nowhere");
	fake_symlink(*state, "/tmp/tree/abs", "/etc/passwd");
	assert_int_equal(open_dir(sys, "/tmp"), 0);
	dir = open_dir(sys, "/tmp/tree");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct open_how how = { .flags = cases[i].flags, .resolve = cases[i].resolve };
		int ret = sys_openat2(sys, dir, cases[i].path, &how);

		if ((ret < 0 ? ret : 0) != cases[i].ret)
			fail_msg("%s: %d, not %d", cases[i].name, ret, cases[i].ret);
		if (ret >= 0)
			sys_close(sys, ret);
	}
}

static int as_user(void *arg)
{
	struct child *child = arg;
	struct sys *sys = child->sys;
	struct open_how how = { .flags = O_RDONLY };

	if (sys_setresgid(sys, 1000, 1000, 1000) < 0 || sys_setresuid(sys, 1000, 1000, 1000) < 0)
		return 1;
	if (sys_openat2(sys, AT_FDCWD, "/tmp/secret", &how) != -EACCES)
		return 2;
	if (sys_openat2(sys, AT_FDCWD, "/root/x", &how) != -EACCES)
		return 3;
	if (sys_mkdirat(sys, AT_FDCWD, "/etc/d", 0755) != -EACCES)
		return 4;
	if (sys_unlinkat(sys, AT_FDCWD, "/tmp/secret", 0) != -EPERM)
		return 5; /* sticky */
	if (sys_mknodat(sys, AT_FDCWD, "/tmp/null", S_IFCHR | 0666, 0x103) != -EPERM)
		return 6;
	if (sys_fchownat(sys, AT_FDCWD, "/tmp", 1000, 1000, 0) != -EPERM)
		return 7;
	if (sys_mount(sys, "x", "/tmp", "tmpfs", 0, NULL) != -EPERM)
		return 8;
	if (sys_mkdirat(sys, AT_FDCWD, "/tmp/mine", 0755) != 0)
		return 9;
	return sys_unlinkat(sys, AT_FDCWD, "/tmp/mine", AT_REMOVEDIR) == 0 ? 0 : 10;
}

static void a_plain_user_is_held_off(void **state)
{
	struct sys *sys = fake_sys(*state);

	fake_file(*state, "/tmp/secret", "x", 0600);
	assert_int_equal(wait_for(sys, start(sys, as_user, (struct child){ 0 })), 0);
}

static void getcwd_and_removed_directories(void **state)
{
	struct sys *sys = fake_sys(*state);
	char buf[64];

	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, "/tmp/d", 0755), 0);
	assert_int_equal(sys_chdir(sys, "/tmp/d"), 0);
	assert_int_equal(sys_getcwd(sys, buf, sizeof(buf)), 7);
	assert_string_equal(buf, "/tmp/d");
	assert_int_equal(sys_getcwd(sys, buf, 3), -ERANGE);
	assert_int_equal(sys_unlinkat(sys, AT_FDCWD, "/tmp/d", AT_REMOVEDIR), 0);
	assert_int_equal(sys_getcwd(sys, buf, sizeof(buf)), -ENOENT);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, "x", 0755), -ENOENT);
	assert_int_equal(sys_chdir(sys, "/"), 0);
}

static void devices_do_what_their_names_say(void **state)
{
	struct sys *sys = fake_sys(*state);
	int null = open_rw(sys, "/dev/null"), zero = open_rw(sys, "/dev/zero"),
	    full = open_rw(sys, "/dev/full");
	char buf[4] = "abc";

	assert_int_equal(sys_read(sys, null, buf, 4), 0);
	assert_int_equal(sys_write(sys, null, buf, 4), 4);
	assert_int_equal(sys_read(sys, zero, buf, 4), 4);
	assert_int_equal(buf[0], 0);
	assert_int_equal(sys_write(sys, full, buf, 4), -ENOSPC);
	assert_int_equal(open_rw(sys, "/dev/tty"), -ENXIO);
}

static void seals_hold(void **state)
{
	struct sys *sys = fake_sys(*state);
	int fd = sys_memfd_create(sys, "plan", 3 /* MFD_CLOEXEC | MFD_ALLOW_SEALING */);
	char buf[64];
	void *map;

	assert_int_equal(sys_write(sys, fd, "hello", 5), 5);
	assert_int_equal(
		sys_fcntl(sys, fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE), 0);
	assert_int_equal(sys_fcntl(sys, fd, F_GET_SEALS, 0),
			 F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	assert_int_equal(sys_write(sys, fd, "x", 1), -EPERM);
	assert_int_equal(sys_ftruncate(sys, fd, 1), -EPERM);
	assert_int_equal(sys_pread(sys, fd, buf, 5, 0), 5);
	assert_int_equal(sys_mmap(sys, &map, 5, 1 /* PROT_READ */, 2 /* MAP_PRIVATE */, fd), 0);
	assert_memory_equal(map, "hello", 5);
	assert_int_equal(sys_munmap(sys, map, 5), 0);
	snprintf(buf, sizeof(buf), "/proc/self/fd/%d", fd);
	assert_true(open_ro(sys, buf) >= 0);
}

static void locks_of_two_openers_conflict(void **state)
{
	struct sys *sys = fake_sys(*state);
	int a, b;
	struct flock lock = { .l_type = F_WRLCK };

	fake_file(*state, "/tmp/lock", "", 0644);
	a = open_rw(sys, "/tmp/lock");
	b = open_rw(sys, "/tmp/lock");
	assert_int_equal(sys_fcntl_lock(sys, a, F_OFD_SETLK, &lock), 0);
	assert_int_equal(sys_fcntl_lock(sys, b, F_OFD_SETLK, &lock), -EAGAIN);
	assert_int_equal(sys_flock(sys, b, 2 /* LOCK_EX */), 0);
	assert_int_equal(sys_flock(sys, a, 2 | 4 /* LOCK_NB */), -EAGAIN);
	assert_int_equal(sys_close(sys, a), 0);
	assert_int_equal(sys_fcntl_lock(sys, b, F_OFD_SETLK, &lock), 0);
}

static void a_copied_program_runs(void **state)
{
	struct sys *sys = fake_sys(*state);
	char *argv[] = { (char *)"x", NULL }, *envp[] = { NULL };
	struct sys_spawn spawn = { .exe_fd = -1, .path = "/tmp/copy", .argv = argv, .envp = envp };
	char bytes[64];
	int fd;

	fake_program(*state, "/bin/seven", fake_exit_main, (void *)7);
	assert_string_equal(get(sys, "/bin/seven", bytes, sizeof(bytes)),
			    FAKE_PROGRAM_TEXT("/bin/seven"));
	assert_true(put(sys, "/tmp/copy", bytes) > 4);
	assert_int_equal(sys_spawn(sys, &spawn), -EACCES);
	assert_int_equal(sys_fchmodat(sys, AT_FDCWD, "/tmp/copy", 0755), 0);
	assert_int_equal(wait_for(sys, sys_spawn(sys, &spawn)), 7);
	fd = open_ro(sys, "/tmp/copy");
	spawn.exe_fd = fd;
	spawn.path = NULL;
	assert_int_equal(wait_for(sys, sys_spawn(sys, &spawn)), 7);
	fake_file(*state, "/tmp/script", "#!/bin/seven -x\n", 0755);
	spawn.exe_fd = -1;
	spawn.path = "/tmp/script";
	assert_int_equal(wait_for(sys, sys_spawn(sys, &spawn)), 7);
	fake_program(*state, "/bin/seven", fake_exit_main, (void *)8);
	assert_int_equal(wait_for(sys, sys_spawn(sys, &spawn)), 8);
}

static void listing_is_sorted_and_whole(void **state)
{
	struct sys *sys = fake_sys(*state);
	char text[512];

	fake_file(*state, "/tmp/l/b", "", 0644);
	fake_dir(*state, "/tmp/l/a", 0755);
	assert_string_equal(list(sys, "/tmp/l", text, sizeof(text)), ". .. a b ");
	assert_string_equal(list(sys, "/proc/self/fd", text, sizeof(text)), ". .. 0 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(names_are_made_read_and_removed),
		WORLD_TEST(walks_end_as_the_kernels_do),
		WORLD_TEST(a_plain_user_is_held_off),
		WORLD_TEST(getcwd_and_removed_directories),
		WORLD_TEST(devices_do_what_their_names_say),
		WORLD_TEST(seals_hold),
		WORLD_TEST(locks_of_two_openers_conflict),
		WORLD_TEST(a_copied_program_runs),
		WORLD_TEST(listing_is_sorted_and_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
