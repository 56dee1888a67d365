/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The walk of old kernels against openat2: the same names, the same answers; on the model and, beside it, on Linux. */
#include "scratch.h"

#include "core/io/open.h"
#include "sys/fake/fake.h"

#include <sys/mount.h>

static const struct {
	const char *path;
	uint64_t flags, resolve;
	int old; /* 0: as openat2; else what the walk says instead: it knows no links */
} cases[] = {
	{ "file", O_RDONLY, IO_BENEATH, 0 },
	{ "missing", O_RDONLY, IO_BENEATH, 0 },
	{ "", O_RDONLY, IO_BENEATH, 0 },
	{ ".", O_PATH | O_DIRECTORY, IO_BENEATH, 0 },
	{ "./dir//sub/.", O_PATH | O_DIRECTORY, IO_BENEATH, 0 },
	{ "dir/sub/deep", O_RDONLY, IO_BENEATH, 0 },
	{ "dir/sub/deep/", O_RDONLY, IO_BENEATH, 0 },
	{ "dir/", O_RDONLY, IO_BENEATH, 0 },
	{ "file/x", O_RDONLY, IO_BENEATH, 0 },
	{ "file", O_PATH | O_DIRECTORY, IO_BENEATH, 0 },
	{ "../x", O_RDONLY, IO_BENEATH, 0 },
	{ "/etc", O_PATH, IO_BENEATH, 0 },
	{ "out", O_PATH, IO_BENEATH, 0 },
	{ "out", O_PATH | O_NOFOLLOW, IO_BENEATH, 0 },
	{ "out", O_RDONLY, IO_BENEATH, 0 },
	{ "out/x", O_RDONLY, IO_BENEATH, 0 },
	{ "out", O_PATH | O_DIRECTORY, IO_BENEATH, 0 },
	{ "in/deep", O_RDONLY, IO_BENEATH, 0 },
	{ "in", O_WRONLY | O_CREAT | O_EXCL, IO_BENEATH, 0 },
	{ "dir/new", O_WRONLY | O_CREAT | O_EXCL, IO_BENEATH, 0 },
	{ "dir/new", O_WRONLY | O_CREAT | O_EXCL, IO_BENEATH, -EEXIST }, /* openat2 has made it */
	{ "in/deep", O_RDONLY, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, -ELOOP },
	{ "/dir/sub", O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, 0 },
	{ "/", O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, 0 },
	{ "/dev/null", O_RDWR, RESOLVE_NO_SYMLINKS, 0 },
	{ "/dev/missing", O_RDWR, RESOLVE_NO_SYMLINKS, 0 },
	{ "dir", O_RDONLY | O_DIRECTORY, RESOLVE_NO_XDEV, 0 },
	{ "in/deep", O_RDONLY, RESOLVE_NO_XDEV, 0 },
	{ "file", O_RDONLY, 0, 0 },
	{ "in/deep", O_RDONLY, 0, 0 },
};

static void furnish(struct sys *sys, int dirfd)
{
	int fd;

	assert_int_equal(sys_mkdirat(sys, dirfd, "dir", 0755), 0);
	assert_int_equal(sys_mkdirat(sys, dirfd, "dir/sub", 0755), 0);
	assert_int_equal(sys_symlinkat(sys, "/etc", dirfd, "out"), 0);
	assert_int_equal(sys_symlinkat(sys, "dir/sub", dirfd, "in"), 0);
	for (int i = 0; i < 2; i++) {
		fd = sys_openat(sys, dirfd, i ? "file" : "dir/sub/deep", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		assert_true(fd >= 0);
		assert_int_equal(sys_close(sys, fd), 0);
	}
}

/* Whether both opened the same thing; -errno as it is. */
static int look(struct sys *sys, int fd, struct stat *st)
{
	if (fd < 0)
		return fd;
	assert_int_equal(sys_fstatat(sys, fd, "", st, AT_EMPTY_PATH), 0);
	assert_int_equal(sys_fcntl(sys, fd, F_GETFD, 0), FD_CLOEXEC);
	assert_int_equal(sys_close(sys, fd), 0);
	return 0;
}

static void compare(struct sys *sys, int dirfd)
{
	furnish(sys, dirfd);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct stat modern_st = { 0 }, old_st = { 0 };
		uint64_t flags = cases[i].flags, resolve = cases[i].resolve;
		int modern = look(sys, io_open(sys, dirfd, cases[i].path, flags, 0600, resolve), &modern_st);
		int old;

		if ((flags & O_CREAT) && modern == 0 && !cases[i].old)
			assert_int_equal(sys_unlinkat(sys, dirfd, cases[i].path, 0), 0);
		old = look(sys, open_old(sys, dirfd, cases[i].path, flags, 0600, resolve), &old_st);
		if (cases[i].old ? old != cases[i].old
				 : old != modern || (!(flags & O_CREAT) && old_st.st_ino != modern_st.st_ino) ||
					   old_st.st_mode != modern_st.st_mode)
			fail_msg("case %zu, %s: openat2 says %d, the walk %d", i, cases[i].path, modern, old);
	}
}

static void the_walk_answers_as_openat2_does_on_linux(void **state)
{
	struct scratch *s = *state;

	compare(s->sys, s->dir.n);
}

static void the_walk_answers_as_openat2_does_on_the_model(void **state)
{
	_cleanup_fake_ struct fake *fake = fake_create(&(struct fake_options){ .kernel = "6.1" });
	struct sys *sys = fake_sys(fake);
	int dirfd = sys_openat(sys, AT_FDCWD, "/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);

	(void)state;
	compare(sys, dirfd);
	assert_string_equal(fake_breaches(fake), "");
}

static void a_kernel_without_openat2_is_walked(void **state)
{
	_cleanup_fake_ struct fake *fake = fake_create(&(struct fake_options){ .kernel = "4.18" });
	struct sys *sys = fake_sys(fake);
	int dirfd = sys_openat(sys, AT_FDCWD, "/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC, 0), fd;
	struct open_how how = { .flags = O_RDONLY };

	(void)state;
	furnish(sys, dirfd);
	assert_int_equal(sys_openat2(sys, dirfd, "file", &how), -ENOSYS);
	assert_int_equal(io_open(sys, dirfd, "out/x", O_RDONLY, 0, IO_BENEATH), -ELOOP);
	fd = io_open(sys, dirfd, "dir/sub/deep", O_RDONLY, 0, IO_BENEATH);
	assert_true(fd >= 0);
	assert_int_equal(sys_close(sys, fd), 0);
}

/* A bind of the same file system has the same st_dev. */
static void the_walk_does_not_cross_a_mount(void **state)
{
	_cleanup_fake_ struct fake *fake = fake_create(&(struct fake_options){ .kernel = "4.18" });
	struct sys *sys = fake_sys(fake);
	int dirfd = sys_openat(sys, AT_FDCWD, "/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC, 0), fd;

	(void)state;
	furnish(sys, dirfd);
	assert_int_equal(sys_mkdirat(sys, dirfd, "tree", 0755), 0);
	assert_int_equal(sys_mkdirat(sys, dirfd, "tree/mnt", 0755), 0);
	assert_int_equal(sys_mount(sys, "/tmp/dir", "/tmp/tree/mnt", NULL, MS_BIND, NULL), 0);
	assert_int_equal(io_open(sys, dirfd, "tree/mnt", O_RDONLY | O_DIRECTORY, 0, RESOLVE_NO_XDEV), -EXDEV);
	fd = io_open(sys, dirfd, "tree/mnt", O_RDONLY | O_DIRECTORY, 0, IO_BENEATH);
	assert_true(fd >= 0);
	assert_int_equal(sys_close(sys, fd), 0);
	assert_true(io_remove_tree(sys, AT_FDCWD, "/tmp/tree") < 0);
	assert_true(fake_exists(fake, "/tmp/dir/sub/deep"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_walk_answers_as_openat2_does_on_linux, scratch_setup,
						scratch_teardown),
		cmocka_unit_test(the_walk_answers_as_openat2_does_on_the_model),
		cmocka_unit_test(a_kernel_without_openat2_is_walked),
		cmocka_unit_test(the_walk_does_not_cross_a_mount),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
