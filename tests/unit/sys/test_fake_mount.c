/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mounts of the model kernel: old and new calls, propagation, pivot_root, namespaces.
 */
#include "fs_test.h"

#include <sched.h>
#include <sys/mount.h>

#define CHECK(n, condition)       \
	do {                      \
		if (!(condition)) \
			return n; \
	} while (0)

static void a_tmpfs_hides_and_gives_back(void **state)
{
	struct sys *sys = fake_sys(*state);
	char buf[64];

	fake_file(*state, "/mnt/under", "x", 0644);
	assert_int_equal(sys_mount(sys, "t", "/mnt", "tmpfs", MS_NODEV, "mode=700"), 0);
	assert_int_equal(open_ro(sys, "/mnt/under"), -ENOENT);
	assert_int_equal(put(sys, "/mnt/over", "y"), 1);
	assert_int_equal(sys_mknodat(sys, AT_FDCWD, "/mnt/null", S_IFCHR | 0666, 0x103), 0);
	assert_int_equal(open_rw(sys, "/mnt/null"), -EACCES); /* nodev */
	assert_int_equal(sys_unlinkat(sys, AT_FDCWD, "/mnt", AT_REMOVEDIR), -EBUSY);
	assert_int_equal(sys_mount(sys, "t", "/mnt", "nofs", 0, NULL), -ENODEV);
	assert_int_equal(sys_mount(sys, "t", "/mnt", "tmpfs", 0, "what=1"), -EINVAL);
	assert_int_equal(sys_umount2(sys, "/mnt", 0), 0);
	assert_int_equal(sys_umount2(sys, "/mnt", 0), -EINVAL);
	assert_string_equal(get(sys, "/mnt/under", buf, sizeof(buf)), "x");
}

static void a_busy_mount_stays_unless_detached(void **state)
{
	struct sys *sys = fake_sys(*state);
	int fd;

	assert_int_equal(sys_mount(sys, "t", "/mnt", "tmpfs", 0, NULL), 0);
	fd = open_flags(sys, "/mnt/f", O_CREAT | O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(sys_umount2(sys, "/mnt", 0), -EBUSY);
	assert_int_equal(sys_mount(sys, NULL, "/mnt", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL),
			 -EBUSY);
	assert_int_equal(sys_umount2(sys, "/mnt", MNT_DETACH), 0);
	assert_int_equal(sys_write(sys, fd, "x", 1), 1);
	sys_close(sys, fd);
}

static void a_bind_can_be_read_only(void **state)
{
	struct sys *sys = fake_sys(*state);
	char buf[64];

	fake_file(*state, "/tmp/src/f", "x", 0644);
	fake_file(*state, "/tmp/file", "", 0644);
	assert_int_equal(sys_mount(sys, "/tmp/src", "/mnt", NULL, MS_BIND | MS_RDONLY, NULL), 0);
	assert_int_equal(put(sys, "/mnt/f", "y"), 1); /* a bind takes no flags */
	assert_int_equal(sys_mount(sys, NULL, "/mnt", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL),
			 0);
	assert_int_equal(put(sys, "/mnt/f", "z"), -EROFS);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, "/mnt/d", 0755), -EROFS);
	assert_int_equal(put(sys, "/tmp/src/f", "z"), 1);
	assert_int_equal(sys_mount(sys, "/tmp/src", "/tmp/file", NULL, MS_BIND, NULL), -ENOTDIR);
	assert_int_equal(sys_mount(sys, "/tmp/src/f", "/tmp/file", NULL, MS_BIND, NULL), 0);
	assert_string_equal(get(sys, "/tmp/file", buf, sizeof(buf)), "z");
}

static int propagation(void *arg)
{
	struct sys *sys = ((struct child *)arg)->sys;

	CHECK(1, sys_unshare(sys, CLONE_NEWNS) == 0);
	CHECK(2, sys_mount(sys, NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0);
	CHECK(3, sys_mount(sys, "t", "/home", "tmpfs", 0, NULL) == 0);
	CHECK(4, put(sys, "/home/inside", "x") == 1);
	nap(sys, 100);
	/* The host mounted on /mnt meanwhile, and took it off again later. */
	CHECK(5, open_ro(sys, "/mnt/f") >= 0);
	nap(sys, 100);
	CHECK(6, open_ro(sys, "/mnt/f") == -ENOENT);
	return 0;
}

static void slaves_get_what_the_host_mounts(void **state)
{
	struct sys *sys = fake_sys(*state);
	pid_t pid = start(sys, propagation, (struct child){ 0 });

	nap(sys, 50);
	assert_int_equal(open_ro(sys, "/home/inside"), -ENOENT);
	assert_int_equal(sys_mount(sys, "t", "/mnt", "tmpfs", 0, NULL), 0);
	assert_int_equal(put(sys, "/mnt/f", "x"), 1);
	nap(sys, 100);
	assert_int_equal(sys_umount2(sys, "/mnt", MNT_DETACH), 0);
	assert_int_equal(wait_for(sys, pid), 0);
}

static int pivot(void *arg)
{
	struct sys *sys = ((struct child *)arg)->sys;
	char buf[4096];
	int fd;

	CHECK(1, sys_unshare(sys, CLONE_NEWNS) == 0);
	CHECK(2, sys_mount(sys, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	CHECK(3, sys_pivot_root(sys, "/tmp/root", "/tmp/root") == -EBUSY);
	CHECK(4, sys_mount(sys, "/tmp/root", "/tmp/root", NULL, MS_BIND | MS_REC, NULL) == 0);
	CHECK(5, sys_mkdirat(sys, AT_FDCWD, "/tmp/root/proc", 0755) == 0);
	CHECK(6, sys_mount(sys, "proc", "/tmp/root/proc", "proc", 0, NULL) == 0);
	fd = open_dir(sys, "/");
	CHECK(7, sys_chdir(sys, "/tmp/root") == 0);
	CHECK(8, sys_pivot_root(sys, ".", ".") == 0);
	CHECK(9, sys_umount2(sys, ".", MNT_DETACH) == 0);
	CHECK(10, sys_chdir(sys, "/") == 0);
	CHECK(11, open_ro(sys, "/inside") >= 0);
	CHECK(12, open_ro(sys, "/etc/passwd") == -ENOENT);
	CHECK(13,
	      strcmp(get(sys, "/proc/self/mounts", buf, sizeof(buf)),
		     "/dev/sda1 / ext4 rw,relatime 0 0\nproc /proc proc rw,relatime 0 0\n") == 0);
	CHECK(14, sys_fchdir(sys, fd) == 0);
	CHECK(15, sys_getcwd(sys, buf, sizeof(buf)) == -ENOENT); /* unreachable */
	return 0;
}

static void pivot_root_leaves_the_host_behind(void **state)
{
	struct sys *sys = fake_sys(*state);
	struct str before = { 0 }, after = { 0 };

	fake_file(*state, "/tmp/root/inside", "x", 0644);
	fake_dir(*state, "/tmp/root/proc", 0755);
	assert_int_equal(sys_unlinkat(sys, AT_FDCWD, "/tmp/root/proc", AT_REMOVEDIR), 0);
	assert_int_equal(sys_pivot_root(sys, "/tmp/root", "/tmp/root"), -EINVAL);
	fake_world(*state, &before);
	assert_int_equal(wait_for(sys, start(sys, pivot, (struct child){ 0 })), 0);
	assert_int_equal(sys_unlinkat(sys, AT_FDCWD, "/tmp/root/proc", AT_REMOVEDIR), 0);
	fake_world(*state, &after);
	assert_string_equal(str_text(&before), str_text(&after));
	str_finish(&before);
	str_finish(&after);
}

static void mounts_are_made_by_descriptor(void **state)
{
	struct sys *sys = fake_sys(*state);
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	int fs, mnt, tree;
	char buf[64];

	fs = sys_fsopen(sys, "tmpfs", FSOPEN_CLOEXEC);
	assert_true(fs >= 0);
	assert_int_equal(sys_fsmount(sys, fs, 0, 0), -EINVAL);
	assert_int_equal(sys_fsconfig(sys, fs, FSCONFIG_SET_STRING, "mode", "0711", 0), 0);
	assert_int_equal(sys_fsconfig(sys, fs, FSCONFIG_SET_STRING, "source", "thing", 0), 0);
	assert_int_equal(sys_fsconfig(sys, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0), 0);
	mnt = sys_fsmount(sys, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID);
	assert_true(mnt >= 0);
	assert_int_equal(sys_move_mount(sys, mnt, "", AT_FDCWD, "/mnt", MOVE_MOUNT_F_EMPTY_PATH),
			 0);
	assert_int_equal(sys_move_mount(sys, mnt, "", AT_FDCWD, "/home", MOVE_MOUNT_F_EMPTY_PATH),
			 -EINVAL);
	assert_int_equal(put(sys, "/mnt/f", "text"), 4);
	tree = sys_open_tree(sys, AT_FDCWD, "/mnt",
			     OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	assert_true(tree >= 0);
	assert_int_equal(sys_mount_setattr(sys, tree, "", AT_EMPTY_PATH, &attr), 0);
	assert_int_equal(sys_move_mount(sys, tree, "", open_dir(sys, "/home"), "",
					MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH),
			 0);
	assert_string_equal(get(sys, "/home/f", buf, sizeof(buf)), "text");
	assert_int_equal(put(sys, "/home/f", "x"), -EROFS);
	assert_int_equal(put(sys, "/mnt/f", "x"), 1);
	attr = (struct mount_attr){ .propagation = MS_PRIVATE | MS_SHARED };
	assert_int_equal(sys_mount_setattr(sys, AT_FDCWD, "/mnt", 0, &attr), -EINVAL);
	attr = (struct mount_attr){ .propagation = MS_PRIVATE };
	assert_int_equal(sys_mount_setattr(sys, AT_FDCWD, "/mnt", 0, &attr), 0);
	assert_int_equal(sys_mount_setattr(sys, AT_FDCWD, "/mnt/f", 0, &attr), -EINVAL);
}

static void an_unattached_tree_dies_with_its_descriptor(void **state)
{
	struct sys *sys = fake_sys(*state);
	struct str before = { 0 }, after = { 0 };
	int tree;

	fake_world(*state, &before);
	tree = sys_open_tree(sys, AT_FDCWD, "/", OPEN_TREE_CLONE | AT_RECURSIVE);
	assert_true(tree >= 0);
	fake_world(*state, &after);
	assert_string_not_equal(str_text(&before), str_text(&after));
	str_clear(&after);
	sys_close(sys, tree);
	fake_world(*state, &after);
	assert_string_equal(str_text(&before), str_text(&after));
	str_finish(&before);
	str_finish(&after);
}

static int in_user_ns(void *arg)
{
	struct sys *sys = ((struct child *)arg)->sys;

	CHECK(1, sys_unshare(sys, CLONE_NEWUSER | CLONE_NEWNS) == 0);
	CHECK(2, sys_umount2(sys, "/mnt", MNT_DETACH) == -EINVAL); /* locked */
	CHECK(3, sys_mount(sys, NULL, "/mnt", NULL, MS_REMOUNT | MS_BIND, NULL) == -EPERM);
	CHECK(4, sys_mount(sys, NULL, "/mnt", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID,
			   NULL) == 0);
	CHECK(5, sys_mount(sys, "d", "/home", "devtmpfs", 0, NULL) == -EPERM);
	CHECK(6, sys_mount(sys, "t", "/home", "tmpfs", 0, NULL) == 0);
	CHECK(7, sys_mount(sys, "/", "/home", NULL, MS_BIND, NULL) == -EINVAL); /* would uncover */
	CHECK(8, sys_mount(sys, "/", "/home", NULL, MS_BIND | MS_REC, NULL) == 0);
	return 0;
}

static void a_user_namespace_keeps_mounts_locked(void **state)
{
	struct sys *sys = fake_sys(*state);

	assert_int_equal(sys_mount(sys, "t", "/mnt", "tmpfs", 0, NULL), 0);
	assert_int_equal(sys_mount(sys, NULL, "/mnt", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL),
			 0);
	assert_int_equal(wait_for(sys, start(sys, in_user_ns, (struct child){ 0 })), 0);
}

static void moves_need_private_parents(void **state)
{
	struct sys *sys = fake_sys(*state);

	assert_int_equal(sys_mount(sys, "t", "/mnt", "tmpfs", 0, NULL), 0);
	assert_int_equal(sys_mount(sys, "/mnt", "/home", NULL, MS_MOVE, NULL), -EINVAL);
	assert_int_equal(sys_mount(sys, NULL, "/", NULL, MS_PRIVATE, NULL), 0);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, "/mnt/d", 0755), 0);
	assert_int_equal(sys_mount(sys, "/mnt", "/mnt/d", NULL, MS_MOVE, NULL), -ELOOP);
	assert_int_equal(sys_mount(sys, "/mnt", "/home", NULL, MS_MOVE, NULL), 0);
	assert_true(fake_exists(*state, "/home/d"));
	assert_int_equal(sys_mount(sys, NULL, "/home", NULL, MS_UNBINDABLE, NULL), 0);
	assert_int_equal(sys_mount(sys, "/home", "/mnt", NULL, MS_BIND, NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_tmpfs_hides_and_gives_back),
		WORLD_TEST(a_busy_mount_stays_unless_detached),
		WORLD_TEST(a_bind_can_be_read_only),
		WORLD_TEST(slaves_get_what_the_host_mounts),
		WORLD_TEST(pivot_root_leaves_the_host_behind),
		WORLD_TEST(mounts_are_made_by_descriptor),
		WORLD_TEST(an_unattached_tree_dies_with_its_descriptor),
		WORLD_TEST(a_user_namespace_keeps_mounts_locked),
		WORLD_TEST(moves_need_private_parents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
