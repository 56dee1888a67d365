/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disks that fill up or break, when the test says so; extended attributes of a model's file. */
#include "fs_test.h"

#include <sys/xattr.h>

static void nothing_grows_on_a_full_file_system(void **state)
{
	struct fake *fake = *state;
	struct sys *sys = fake_sys(fake);
	char text[64];
	int fd;

	fake_file(fake, "/srv/f", "12345678", 0644);
	fake_fs_full(fake, "/", true);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, "/srv/d", 0755), -ENOSPC);
	assert_int_equal(sys_symlinkat(sys, "f", AT_FDCWD, "/srv/l"), -ENOSPC);
	assert_int_equal(sys_linkat(sys, AT_FDCWD, "/srv/f", AT_FDCWD, "/srv/g", 0), -ENOSPC);
	assert_int_equal(sys_mknodat(sys, AT_FDCWD, "/srv/n", S_IFREG, 0), -ENOSPC);
	assert_int_equal(open_flags(sys, "/srv/new", O_WRONLY | O_CREAT), -ENOSPC);
	fd = open_rw(sys, "/srv/f");
	assert_int_equal(sys_pwrite(sys, fd, "abcd", 4, 6), 2);
	assert_int_equal(sys_pwrite(sys, fd, "cd", 2, 8), -ENOSPC);
	assert_int_equal(sys_fsetxattr(sys, fd, "user.x", "y", 1, 0), -ENOSPC);
	assert_string_equal(get(sys, "/srv/f", text, sizeof(text)), "123456ab");
	/* What makes room works, and what lies on another disk. */
	assert_int_equal(sys_renameat2(sys, AT_FDCWD, "/srv/f", AT_FDCWD, "/srv/g", 0), 0);
	assert_int_equal(sys_unlinkat(sys, AT_FDCWD, "/srv/g", 0), 0);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, "/run/d", 0755), 0);
	fake_fs_full(fake, "/", false);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, "/srv/d", 0755), 0);
	sys_close(sys, fd);
}

static void a_full_run_leaves_the_root_alone(void **state)
{
	struct fake *fake = *state;
	struct sys *sys = fake_sys(fake);

	fake_fs_full(fake, "/run", true);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, "/run/d", 0755), -ENOSPC);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, "/srv", 0755), 0);
}

static void a_file_system_that_broke_takes_no_write_from_anybody(void **state)
{
	struct fake *fake = *state;
	struct sys *sys = fake_sys(fake);
	char text[64];
	int fd;

	fake_file(fake, "/srv/f", "12345678", 0644);
	fd = open_rw(sys, "/srv/f");
	fake_fs_readonly(fake, "/srv", true);
	assert_int_equal(sys_write(sys, fd, "x", 1), -EROFS);
	assert_int_equal(sys_ftruncate(sys, fd, 0), -EROFS);
	assert_int_equal(sys_fsetxattr(sys, fd, "user.x", "y", 1, 0), -EROFS);
	assert_int_equal(sys_unlinkat(sys, AT_FDCWD, "/srv/f", 0), -EROFS);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, "/srv/d", 0755), -EROFS);
	assert_int_equal(open_rw(sys, "/srv/f"), -EROFS);
	assert_string_equal(get(sys, "/srv/f", text, sizeof(text)), "12345678");
	fake_fs_readonly(fake, "/", false);
	assert_int_equal(sys_write(sys, fd, "x", 1), 1);
	sys_close(sys, fd);
}

static void attributes_show_in_the_world(void **state)
{
	struct fake *fake = *state;
	struct sys *sys = fake_sys(fake);
	_cleanup_str_ struct str world = { 0 };
	int fd;

	fake_file(fake, "/srv/f", "x", 0644);
	fd = open_rw(sys, "/srv/f");
	assert_int_equal(sys_fsetxattr(sys, fd, "user.x", "y", 1, 0), 0);
	assert_int_equal(sys_fsetxattr(sys, fd, "user.a", "z", 1, 0), 0);
	sys_close(sys, fd);
	fake_world(fake, &world);
	assert_non_null(strstr(str_text(&world), " user.a=7a user.x=79\n"));
}

static void user_attributes_of_a_tmpfs_came_with_6_6(void **state)
{
	static const struct {
		const char *kernel;
		int expected;
	} rows[] = { { "6.5", -EOPNOTSUPP }, { "6.6", 0 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_fake_ struct fake *fake =
			fake_create(&(struct fake_options){ .kernel = rows[i].kernel });
		struct sys *sys = fake_sys(fake);
		int fd = open_flags(sys, "/run/f", O_RDWR | O_CREAT);

		assert_int_equal(sys_fsetxattr(sys, fd, "user.x", "y", 1, 0), rows[i].expected);
		assert_int_equal(sys_fsetxattr(sys, fd, "trusted.x", "y", 1, 0), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(nothing_grows_on_a_full_file_system),
		WORLD_TEST(a_full_run_leaves_the_root_alone),
		WORLD_TEST(a_file_system_that_broke_takes_no_write_from_anybody),
		WORLD_TEST(attributes_show_in_the_world),
		cmocka_unit_test(user_attributes_of_a_tmpfs_came_with_6_6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
