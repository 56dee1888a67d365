/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Creation and end of a container by its plan: each step on the model kernel, and its undo. */
#include "core/plan/build.h"
#include "creation.h"

#include <stdio.h>
#include <sys/mount.h>

static mode_t mode_of(struct fake *fake, const char *path)
{
	struct stat st = { 0 };

	assert_int_equal(sys_fstatat(fake_sys(fake), AT_FDCWD, path, &st, 0), 0);
	return st.st_mode & 07777;
}

static void a_creation_makes_what_its_plan_says(void **state)
{
	_cleanup_fake_ struct fake *fake = host();
	struct plan_create_request request = web();
	struct err err = { 0 };

	request.lxcpath = "/new/path";
	request.rootfs = "/new/path/web/rootfs";
	(void)sys_umask(fake_sys(fake), 077);
	if (create(fake, request, 0, &err) < 0)
		fail_msg("%s", err.what);
	assert_int_equal(mode_of(fake, "/new/path/web"), 0770);
	assert_int_equal(mode_of(fake, "/new/path/web/rootfs"), 0755);
	assert_int_equal(mode_of(fake, "/new/path/web/config"), 0640);
	assert_file(fake, "/new/path/web/config", "# header\na = b\n");
	assert_false(fake_exists(fake, "/new/path/web/partial"));
	assert_string_equal(fake_breaches(fake), "");
}

static void what_was_there_before_a_failed_creation_stays(void **state)
{
	_cleanup_fake_ struct fake *fake = host();
	struct err err = { 0 };

	fake_dir(fake, "/c/web", 0750);
	fake_dir(fake, "/c/web/rootfs", 0700);
	fake_file(fake, "/c/web/rootfs/mine", "mine", 0600);
	assert_int_equal(create(fake, web(), -EPERM, &err), -EPERM);
	assert_int_equal(mode_of(fake, "/c/web"), 0750);
	assert_int_equal(mode_of(fake, "/c/web/rootfs"), 0700);
	assert_file(fake, "/c/web/rootfs/mine", "mine");
	assert_false(fake_exists(fake, "/c/web/config"));
	assert_false(fake_exists(fake, "/c/web/partial"));
}

/* Somebody was faster, after the caller had looked. */
static void a_container_that_is_there_already_stays_whole(void **state)
{
	_cleanup_fake_ struct fake *fake = host();
	_cleanup_free_ char *before = NULL, *after = NULL;
	struct err err = { 0 };

	fake_dir(fake, "/c/web", 0750);
	fake_dir(fake, "/c/web/rootfs", 0700);
	fake_file(fake, "/c/web/config", "old = 1\n", 0600);
	before = world_of(fake);
	assert_int_equal(create(fake, web(), 0, &err), -EEXIST);
	assert_string_equal(err.what, "container web already exists");
	after = world_of(fake);
	assert_string_equal(before, after);
}

/* A second creation while the first one's last word is not spoken. */
static int create_again(void *data, struct err *err)
{
	struct fake *fake = data;
	struct err second = { 0 };

	assert_true(fake_exists(fake, "/c/web/partial"));
	assert_int_equal(create(fake, web(), 0, &second), -EEXIST);
	assert_string_equal(second.what, "container web is being created by another process");
	assert_true(fake_exists(fake, "/c/web/partial"));
	assert_true(fake_exists(fake, "/c/web/config"));
	return 0;
}

static void one_container_is_created_by_one_process(void **state)
{
	_cleanup_fake_ struct fake *fake = host();
	_cleanup_free_ struct plan *plan = creation_of(web());
	struct request_args args = { .envp = envp, .check = create_again, .data = fake };
	struct err err = { 0 };

	assert_int_equal(run_request(fake_sys(fake), plan, &args, &err), 0);
	assert_false(fake_exists(fake, "/c/web/partial"));
	assert_true(fake_exists(fake, "/c/web/config"));
}

static int destroy(struct fake *fake, const char *snapshot, struct err *err)
{
	struct plan_destroy_request request = { .name = "web", .lxcpath = "/c" };
	_cleanup_free_ struct plan *plan = NULL;

	if (snapshot)
		fake_dir(fake, snapshot, 0755);
	assert_int_equal(plan_destroy(&request, &plan, err), 0);
	return run_plan(fake, plan, 0, err);
}

static void a_destroy_removes_all_or_nothing(void **state)
{
	_cleanup_fake_ struct fake *fake = host();
	_cleanup_free_ char *before = world_of(fake), *after = NULL;
	struct err err = { 0 };

	assert_int_equal(create(fake, web(), 0, &err), 0);
	fake_dir(fake, "/c/web/snaps", 0755);
	assert_int_equal(destroy(fake, "/c/web/snaps/snap0", &err), -EBUSY);
	assert_string_equal(err.what, "the container has snapshots");
	assert_true(fake_exists(fake, "/c/web/rootfs"));
	assert_int_equal(sys_unlinkat(fake_sys(fake), AT_FDCWD, "/c/web/snaps/snap0", AT_REMOVEDIR),
			 0);
	err = (struct err){ 0 };
	assert_int_equal(destroy(fake, NULL, &err), 0);
	after = world_of(fake);
	assert_string_equal(before, after);
	assert_int_equal(destroy(fake, NULL, &err), -ENOENT);
	assert_non_null(strstr(err.what, "remove /c/web failed: "));
	assert_string_equal(err.text, "destroy");
}

/* The lxcpath is /c. */
static const struct {
	const char *path;
	int ret;
	const char *gone; /* NULL: nothing */
} root_ends[] = {
	{ "/srv/web", 0, "/srv/web" },
	{ "/c/web/rootfs", 0, "/c/web/rootfs" },
	{ "/c/missing", 0, NULL },
	{ "/bin/fill/below", 0, NULL },
	/* The host's own. */
	{ "/", 0, NULL },
	{ "/srv/..", 0, NULL },
	{ "/mnt/host", 0, NULL },
	/* Where the containers are. */
	{ "/c", -EPERM, NULL },
	{ "/srv/../c/web/..", -EPERM, NULL },
	{ "/mnt/c", -EPERM, NULL },
	/* No directories. */
	{ "/srv/link", -ENOTDIR, NULL },
	{ "/srv/node", -ENOTDIR, NULL },
	{ "/bin/fill", -ENOTDIR, NULL },
};

static int end_root(struct fake *fake, const char *path, struct err *err)
{
	_cleanup_plan_builder_ struct plan_builder b;
	_cleanup_free_ struct plan *plan = NULL;
	uint32_t at;

	plan_builder_init(&b);
	b.head.lxcpath = plan_add_str(&b, "/c");
	plan_begin(&b, CHAPTER_BEFORE);
	at = plan_add_str(&b, path);
	plan_add_step(&b, STEP_remove_rootfs)->str[0] = at;
	assert_int_equal(plan_build(&b, &plan), 0);
	return run_plan(fake, plan, 0, err);
}

static void only_a_directory_of_its_own_is_removed(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(root_ends); i++) {
		_cleanup_fake_ struct fake *fake = host();
		struct sys *sys = fake_sys(fake);
		_cleanup_free_ char *before = NULL, *after = NULL;
		struct err err = { 0 };

		fake_tree(fake, "f 0644 /srv/web/etc/file x\nf 0644 /c/web/rootfs/file x\nd 0755 "
				"/mnt/host\n"
				"d 0755 /mnt/c\nl /srv/link /srv/web\n");
		assert_int_equal(sys_mknodat(sys, AT_FDCWD, "/srv/node", S_IFBLK | 0600, 0x801), 0);
		assert_int_equal(sys_mount(sys, "/", "/mnt/host", NULL, MS_BIND, NULL), 0);
		assert_int_equal(sys_mount(sys, "/c", "/mnt/c", NULL, MS_BIND, NULL), 0);
		before = world_of(fake);
		if (end_root(fake, root_ends[i].path, &err) != root_ends[i].ret)
			fail_msg("%s: %s", root_ends[i].path, err.what);
		after = world_of(fake);
		if (root_ends[i].gone ? fake_exists(fake, root_ends[i].gone)
				      : !str_eq(before, after))
			fail_msg("%s: not as it should be", root_ends[i].path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_creation_makes_what_its_plan_says),
		cmocka_unit_test(what_was_there_before_a_failed_creation_stays),
		cmocka_unit_test(a_container_that_is_there_already_stays_whole),
		cmocka_unit_test(one_container_is_created_by_one_process),
		cmocka_unit_test(a_destroy_removes_all_or_nothing),
		cmocka_unit_test(only_a_directory_of_its_own_is_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
