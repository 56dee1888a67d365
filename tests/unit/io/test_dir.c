/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scratch.h"

#include "sys/fault.h"

#include <stdio.h>

static void missing_parents_are_made(void **state)
{
	static const struct {
		const char *path;
		int ret;
	} cases[] = {
		{ "a", 0 },
		{ "a/b/c", 0 },
		{ "a/b/c", 0 },
		{ "x//y/", 0 },
		{ "plain", -ENOTDIR },
		{ "plain/z", -ENOTDIR },
		{ "/", 0 },
		{ ".", 0 },
		{ "", -ENOENT },
	};
	struct scratch *s = *state;

	scratch_write(s, "plain", "");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("%s\n", cases[i].path);
		assert_int_equal(io_mkdir_all(s->sys, s->dir.n, cases[i].path, 0755), cases[i].ret);
	}
	assert_int_equal(sys_faccessat(s->sys, s->dir.n, "x/y", 0, 0), 0);
}

static void names_are_listed_in_order_of_bytes(void **state)
{
	struct scratch *s = *state;
	char *names;

	assert_int_equal(io_mkdir_all(s->sys, s->dir.n, "list/sub", 0755), 0);
	names = scratch_names(s, "list/sub");
	assert_string_equal(names, "");
	free(names);
	scratch_write(s, "list/b", "");
	scratch_write(s, "list/B", "");
	scratch_write(s, "list/.a", "");
	names = scratch_names(s, "list");
	assert_string_equal(names, ".a B b sub");
	free(names);
}

static void many_names_are_all_found(void **state)
{
	struct scratch *s = *state;
	_cleanup_str_ struct str names = { 0 };
	size_t count = 0;
	char path[32];

	assert_int_equal(io_mkdir_all(s->sys, s->dir.n, "many", 0755), 0);
	for (int i = 0; i < 500; i++) {
		(void)snprintf(path, sizeof(path), "many/name-%03d", i);
		scratch_write(s, path, "");
	}
	assert_int_equal(io_list_dir(s->sys, s->dir.n, "many", &names, &count), 0);
	assert_int_equal(count, 500);
	assert_string_equal(names.s + 499 * sizeof("name-000"), "name-499");
	assert_int_equal(io_remove_tree(s->sys, s->dir.n, "many"), 0);
	assert_int_equal(sys_faccessat(s->sys, s->dir.n, "many", 0, 0), -ENOENT);
}

static void removal_does_not_follow_symlinks(void **state)
{
	struct scratch *s = *state;

	assert_int_equal(io_mkdir_all(s->sys, s->dir.n, "kept", 0755), 0);
	assert_int_equal(io_mkdir_all(s->sys, s->dir.n, "gone/sub", 0755), 0);
	scratch_write(s, "kept/file", "");
	assert_int_equal(sys_symlinkat(s->sys, "../kept", s->dir.n, "gone/link"), 0);
	assert_int_equal(sys_symlinkat(s->sys, "kept", s->dir.n, "link"), 0);
	assert_int_equal(io_remove_tree(s->sys, s->dir.n, "gone"), 0);
	assert_int_equal(io_remove_tree(s->sys, s->dir.n, "link"), 0);
	assert_int_equal(sys_faccessat(s->sys, s->dir.n, "kept/file", 0, 0), 0);
	assert_int_equal(sys_faccessat(s->sys, s->dir.n, "link", 0, AT_SYMLINK_NOFOLLOW), -ENOENT);
	assert_int_equal(io_remove_tree(s->sys, s->dir.n, "gone"), -ENOENT);
}

struct mount_child {
	struct scratch *scratch;
};

#define CANNOT_MOUNT 99

/* By names from here on: the descriptor of the scratch directory belongs to the mounts before. */
static int remove_around_a_mount(void *arg)
{
	struct scratch *s = ((struct mount_child *)arg)->scratch;

	if (sys_chdir(s->sys, s->path) < 0 ||
	    sys_mount(s->sys, NULL, "/", NULL, 0x44000 /* MS_REC | MS_PRIVATE */, NULL) < 0 ||
	    sys_mount(s->sys, "outside", "gone/mnt", NULL, 0x1000 /* MS_BIND */, NULL) < 0)
		return CANNOT_MOUNT;
	if (io_remove_tree(s->sys, AT_FDCWD, "gone") != -EXDEV)
		return 1;
	if (sys_faccessat(s->sys, AT_FDCWD, "outside/file", 0, 0) < 0)
		return 2;
	return sys_faccessat(s->sys, AT_FDCWD, "gone/x", 0, 0) == -ENOENT ? 0 : 3;
}

static void removal_stops_at_a_bind_mount_of_the_same_file_system(void **state)
{
	struct scratch *s = *state;
	struct mount_child child = { .scratch = s };
	struct sys_clone args = { .flags = CLONE_NEWUSER | CLONE_NEWNS, .exit_signal = SIGCHLD };
	siginfo_t info = { 0 };
	pid_t pid;

	assert_int_equal(io_mkdir_all(s->sys, s->dir.n, "outside", 0755), 0);
	assert_int_equal(io_mkdir_all(s->sys, s->dir.n, "gone/mnt", 0755), 0);
	scratch_write(s, "outside/file", "");
	scratch_write(s, "gone/x", "");
	pid = sys_clone3(s->sys, &args, remove_around_a_mount, &child, sizeof(child));
	if (pid < 0)
		skip(); /* no user namespaces here */
	assert_int_equal(SYS_RETRY(sys_waitid(s->sys, P_PID, pid, &info, WEXITED)), 0);
	if (info.si_status == CANNOT_MOUNT)
		skip();
	assert_int_equal(info.si_status, 0);
	assert_int_equal(io_remove_tree(s->sys, s->dir.n, "gone"), 0);
}

static void a_tree_deeper_than_the_descriptor_limit_is_removed(void **state)
{
	struct scratch *s = *state;
	_cleanup_fd_ struct fd at = { 0 };
	int ret = io_mkdir_all(s->sys, s->dir.n, "deep", 0755);

	assert_int_equal(ret, 0);
	at = fd_of(s->sys, io_open(s->sys, s->dir.n, "deep", O_PATH | O_DIRECTORY, 0, 0));
	for (int i = 0; i < 3000; i++) {
		struct fd next;

		assert_int_equal(sys_mkdirat(s->sys, at.n, "d", 0755), 0);
		next = fd_of(s->sys, io_open(s->sys, at.n, "d", O_PATH | O_DIRECTORY, 0, 0));
		assert_true(fd_is_open(&next));
		fd_finish(&at);
		at = steal_fd(&next);
	}
	assert_int_equal(io_remove_tree(s->sys, s->dir.n, "deep"), 0);
	assert_int_equal(sys_faccessat(s->sys, s->dir.n, "deep", 0, 0), -ENOENT);
}

static void removal_goes_on_after_a_failure_and_reports_the_first(void **state)
{
	struct scratch *s = *state;
	struct sys_fault fault;

	for (unsigned long n = 1;; n++) {
		int ret;

		assert_int_equal(io_mkdir_all(s->sys, s->dir.n, "f/a/b", 0755), 0);
		scratch_write(s, "f/a/x", "");
		scratch_write(s, "f/y", "");
		sys_fault_init(&fault, s->sys);
		fault.fail_at = n;
		ret = io_remove_tree(&fault.sys, s->dir.n, "f");
		if (!fault.given) {
			assert_int_equal(ret, 0);
			break;
		}
		/* What failed once works in the next round over the directory, or is reported. */
		assert_true(ret == -fault.given || ret == 0);
		ret = io_remove_tree(s->sys, s->dir.n, "f");
		assert_true(ret == 0 || ret == -ENOENT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(missing_parents_are_made),
		cmocka_unit_test(names_are_listed_in_order_of_bytes),
		cmocka_unit_test(many_names_are_all_found),
		cmocka_unit_test(removal_does_not_follow_symlinks),
		cmocka_unit_test(removal_stops_at_a_bind_mount_of_the_same_file_system),
		cmocka_unit_test(a_tree_deeper_than_the_descriptor_limit_is_removed),
		cmocka_unit_test(removal_goes_on_after_a_failure_and_reports_the_first),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
