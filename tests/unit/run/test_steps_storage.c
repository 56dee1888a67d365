/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Creation and end of a container by its plan: each step on the model kernel, and its undo. */
#include "core/plan/build.h"
#include "core/run/life.h"
#include "sys/fake/fake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char *const envp[] = { NULL };

static int killed_main(struct sys *sys, int argc, char **argv, char **env, void *data)
{
	(void)sys_kill(sys, sys_getpid(sys), SIGKILL);
	return 0;
}

/* A template that leaves its traces everywhere: "--path=DIR", and what /c/web and /srv/mine may hold. */
static int scribble_main(struct sys *sys, int argc, char **argv, char **env, void *data)
{
	static const char *const files[] = { "/c/web/config", "/c/web/rootfs/file", "/srv/mine/file" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		int fd = io_open(sys, AT_FDCWD, files[i], O_WRONLY | O_CREAT | O_APPEND, 0600, 0);

		(void)io_write_full(sys, fd, "scribble\n", 9);
		(void)sys_close(sys, fd);
	}
	return 0;
}

static struct fake *host(void)
{
	struct fake *fake = fake_create(&(struct fake_options){ .kernel = NULL });

	assert_non_null(fake);
	fake_dir(fake, "/c", 0755);
	/* Locks stay. */
	fake_file(fake, "/tmp/.web", "", 0600);
	fake_program(fake, "/bin/fill", fake_exit_main, NULL);
	fake_program(fake, "/bin/scribble", scribble_main, NULL);
	fake_program(fake, "/bin/three", fake_exit_main, (void *)(intptr_t)3);
	fake_program(fake, "/bin/killed", killed_main, NULL);
	for (int fd = 0; fd < 3; fd++)
		assert_true(io_open(fake_sys(fake), AT_FDCWD, "/dev/null", O_RDWR, 0, 0) >= 0);
	return fake;
}

static struct plan_create_request web(void)
{
	return (struct plan_create_request){ .name = "web",
					     .lxcpath = "/c",
					     .lock_path = "/tmp/.web",
					     .config_text = "a = b\n",
					     .template_path = "/bin/fill",
					     .rootfs = "/c/web/rootfs",
					     .header = "# header\n",
					     .quiet = true,
					     .check = true };
}

static struct plan *creation_of(struct plan_create_request request)
{
	struct plan *image = NULL;
	struct err err = { 0 };

	if (plan_create(&request, &image, &err) < 0)
		fail_msg("%s", err.what);
	return image;
}

/* The answer of the step check. */
static int answer(void *data, struct err *err)
{
	int ret = (int)(intptr_t)data;

	return ret < 0 ? err_set(err, ret, "refused") : 0;
}

static int run_plan(struct fake *fake, const struct plan *plan, int ret, struct err *err)
{
	struct request_args args = { .envp = envp, .check = answer, .data = (void *)(intptr_t)ret };

	return run_request(fake_sys(fake), plan, &args, err);
}

static int create(struct fake *fake, struct plan_create_request request, int ret, struct err *err)
{
	_cleanup_free_ struct plan *plan = creation_of(request);

	return run_plan(fake, plan, ret, err);
}

static void assert_file(struct fake *fake, const char *path, const char *expected)
{
	_cleanup_free_ char *text = fake_text(fake, path);

	assert_non_null(text);
	assert_string_equal(text, expected);
}

static mode_t mode_of(struct fake *fake, const char *path)
{
	struct stat st = { 0 };

	assert_int_equal(sys_fstatat(fake_sys(fake), AT_FDCWD, path, &st, 0), 0);
	return st.st_mode & 07777;
}

static char *world_of(struct fake *fake)
{
	struct str world = { 0 };

	fake_world(fake, &world);
	assert_true(str_ok(&world));
	return str_steal(&world);
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
	assert_file(fake, "/new/path/web/config", "# header\na = b\n");
	assert_false(fake_exists(fake, "/new/path/web/partial"));
	assert_string_equal(fake_breaches(fake), "");
}

/* --- creations that come to nothing --- */

/* What was there before. */
static const struct {
	const char *tree, *rootfs;
} places[] = {
	{ "", "/c/web/rootfs" },
	{ "d 0755 /srv/mine\nf 0600 /srv/mine/old mine\n", "/srv/mine" },
	{ "d 0755 /srv\n", "/srv/mine" },
	{ "d 0700 /c/web\n", "/c/web/rootfs" },
	{ "d 0750 /c/web\nf 0604 /c/web/config old = 1\n", "/c/web/rootfs" },
	{ "d 0750 /c/web\nf 0604 /c/web/config old = 1\nd 0755 /srv\n", "/srv/mine" },
	{ "d 0750 /c/web\nd 0701 /c/web/rootfs\nf 0600 /c/web/rootfs/mine x\n", "/c/web/rootfs" },
};

struct attempt {
	struct fake *fake;
	struct plan *plan;
};

/* The plan of a scribbling creation whose i-th step is the caller's last word. */
static struct plan *cut_off(size_t place, uint32_t i)
{
	struct plan_create_request request = web();
	struct plan *plan;

	request.template_path = "/bin/scribble";
	request.rootfs = places[place].rootfs;
	plan = creation_of(request);
	/* The image is ours. */
	((struct step *)(uintptr_t)plan_step(plan, CHAPTER_BEFORE, i))->kind = STEP_check;
	return plan;
}

static uint32_t steps_of_a_creation(void)
{
	_cleanup_free_ struct plan *whole = creation_of(web());

	return plan_step_count(whole, CHAPTER_BEFORE);
}

/* A root file system that is the user's own is written to, but nothing in it is taken away. */
static void forget_scribbles(struct fake *fake)
{
	if (fake_exists(fake, "/srv/mine/old"))
		(void)sys_unlinkat(fake_sys(fake), AT_FDCWD, "/srv/mine/file", 0);
	if (fake_exists(fake, "/c/web/rootfs/mine"))
		(void)sys_unlinkat(fake_sys(fake), AT_FDCWD, "/c/web/rootfs/file", 0);
}

/* Cut off behind any of its steps, a creation leaves what was there before. */
static void a_creation_that_fails_at_any_step_leaves_what_was_before(void **state)
{
	for (size_t place = 0; place < ARRAY_LEN(places); place++) {
		_cleanup_fake_ struct fake *fake = host();
		_cleanup_free_ char *before = NULL;

		fake_tree(fake, places[place].tree);
		before = world_of(fake);
		for (uint32_t i = 0; i < steps_of_a_creation(); i++) {
			_cleanup_free_ struct plan *plan = cut_off(place, i);
			_cleanup_free_ char *after = NULL;
			struct err err = { 0 };

			(void)run_plan(fake, plan, -EPERM, &err);
			forget_scribbles(fake);
			after = world_of(fake);
			if (!str_eq(err.what, "refused") || !str_eq(before, after))
				fail_msg("place %zu, step %u: %s", place, i, err.what);
		}
	}
}

static int die(void *data, struct err *err)
{
	fake_die(data);
	return 0;
}

static int doomed_main(void *arg)
{
	struct attempt *attempt = arg;
	struct request_args args = { .envp = envp, .check = die, .data = attempt->fake };

	return run_request(fake_sys(attempt->fake), attempt->plan, &args, NULL);
}

static void run_doomed(struct fake *fake, struct plan *plan)
{
	struct attempt attempt = { fake, plan };
	const struct sys_clone args = { .exit_signal = SIGCHLD };
	siginfo_t info = { 0 };
	pid_t pid = sys_clone3(fake_sys(fake), &args, doomed_main, &attempt, sizeof(attempt));

	assert_true(pid > 0);
	assert_int_equal(sys_waitid(fake_sys(fake), P_PID, (id_t)pid, &info, WEXITED), 0);
	assert_int_equal(info.si_status, SIGKILL);
}

static int recover(struct fake *fake, struct err *err)
{
	_cleanup_free_ struct plan *plan = NULL;

	assert_int_equal(plan_recover("/c", "web", &plan, err), 0);
	return run_plan(fake, plan, 0, err);
}

/* Killed before it, a creation is taken back by whoever comes next: that creation, and nothing else. */
static void a_creation_that_is_killed_at_any_step_is_taken_back(void **state)
{
	for (size_t place = 0; place < ARRAY_LEN(places); place++) {
		_cleanup_fake_ struct fake *fake = host();
		_cleanup_free_ char *before = NULL;

		fake_tree(fake, places[place].tree);
		before = world_of(fake);
		for (uint32_t i = 0; i < steps_of_a_creation(); i++) {
			_cleanup_free_ struct plan *plan = cut_off(place, i);
			_cleanup_free_ char *after = NULL;
			struct err err = { 0 };

			run_doomed(fake, plan);
			if (fake_exists(fake, "/c/web/partial") && recover(fake, &err) < 0)
				fail_msg("%s", err.what);
			/* Without a marker there is nothing but, maybe, an empty directory. */
			if (!strstr(places[place].tree, "/c/web"))
				(void)sys_unlinkat(fake_sys(fake), AT_FDCWD, "/c/web", AT_REMOVEDIR);
			forget_scribbles(fake);
			after = world_of(fake);
			if (!str_eq(before, after))
				fail_msg("place %zu, step %u:\n%s", place, i, after);
		}
	}
}

/* The text of a marker in /c/web, beside a directory /srv/mine with a file in it. */
static const struct {
	const char *name, *text;
	mode_t mode;
	uid_t owner;
	int ret;
	bool marker_stays, dir_stays, empty_goes;
} markers[] = {
	{ "LXC's own: what is below", "", 0755, 0, 0, false, false, false },
	{ "LXC's own of another user", "", 0755, 1000, -EPERM, true, true, false },
	{ "another user's", "kept 0 0 0\n\n", 0600, 1000, -EPERM, true, true, false },
	{ "written by a group", "kept 0 0 0\n\n", 0660, 0, -EPERM, true, true, false },
	{ "killed before its first word", "", 0600, 0, 0, false, true, false },
	{ "kept", "kept 0 0 0\n\n", 0600, 0, 0, false, true, false },
	{ "another directory has the name", "kept 0 0 0\n\ndirectory 1 2 9\n/srv/mine\n", 0600, 0, 0, false, true, false },
	{ "about to be made, and full", "kept 0 0 0\n\ndirectory 0 0 9\n/srv/mine\n", 0600, 0, 0, false, true, false },
	{ "about to be made", "kept 0 0 0\n\ndirectory 0 0 10\n/srv/empty\n", 0600, 0, 0, false, true, true },
	{ "half a record", "kept 0 0 0\n\ndirectory 0 0 10\n/srv/emp", 0600, 0, 0, false, true, false },
	{ "a length beyond the end", "kept 0 0 0\n\ndirectory 0 0 18446744073709551615\n/srv/empty\n", 0600, 0, 0, false, true, false },
	{ "no such record", "kept 0 0 0\n\nremove 0 0 10\n/srv/empty\n", 0600, 0, 0, false, true, false },
	{ "not the numbers", "kept 0 0 0\n\ndirectory 0 10\n/srv/empty\n", 0600, 0, 0, false, true, false },
};

static void a_marker_is_read_with_care(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(markers); i++) {
		_cleanup_fake_ struct fake *fake = host();
		struct err err = { 0 };

		fake_tree(fake, "d 0755 /srv/empty\nf 0600 /srv/mine/old x\nf 0640 /c/web/config a = b\n");
		fake_file(fake, "/c/web/partial", markers[i].text, markers[i].mode);
		assert_int_equal(sys_fchownat(fake_sys(fake), AT_FDCWD, "/c/web/partial", markers[i].owner, 0, 0), 0);
		if (recover(fake, &err) != markers[i].ret ||
		    fake_exists(fake, "/c/web/partial") != markers[i].marker_stays ||
		    fake_exists(fake, "/c/web/config") != markers[i].dir_stays ||
		    fake_exists(fake, "/srv/empty") == markers[i].empty_goes)
			fail_msg("%s: %s", markers[i].name, err.what);
		assert_true(fake_exists(fake, "/srv/mine/old"));
	}
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

static void a_failed_template_is_told_in_words(void **state)
{
	static const struct {
		const char *path;
		int ret;
		const char *what, *hint;
	} cases[] = {
		{ "/bin/three", -EINVAL, "template /bin/three failed with status 3", "" },
		{ "/bin/killed", -EINVAL, "template /bin/killed was killed by signal 9", "" },
		{ "/bin/missing", -ENOENT,
		  "run template /bin/missing failed: No such file or directory (ENOENT)",
		  "check that the template exists, and the interpreter in its first line" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_fake_ struct fake *fake = host();
		struct plan_create_request request = web();
		struct err err = { 0 };

		request.template_path = cases[i].path;
		assert_int_equal(create(fake, request, 0, &err), cases[i].ret);
		assert_string_equal(err.what, cases[i].what);
		assert_string_equal(err.hint, cases[i].hint);
		assert_false(fake_exists(fake, "/c/web"));
	}
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

static void a_root_file_system_that_is_gone_is_no_reason_to_stay(void **state)
{
	static const struct {
		const char *path;
		bool optional;
		int ret;
	} cases[] = {
		{ "/c/missing", true, 0 },
		{ "/bin/fill/below", true, 0 },
		{ "/c/missing", false, -ENOENT },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_fake_ struct fake *fake = host();
		_cleanup_plan_builder_ struct plan_builder b;
		_cleanup_free_ struct plan *plan = NULL;
		struct step *step;
		struct err err = { 0 };
		uint32_t path;

		plan_builder_init(&b);
		plan_begin(&b, CHAPTER_BEFORE);
		path = plan_add_str(&b, cases[i].path);
		step = plan_add_step(&b, STEP_remove_tree);
		step->str[0] = path;
		step->num[0] = cases[i].optional;
		assert_int_equal(plan_build(&b, &plan), 0);
		assert_int_equal(run_plan(fake, plan, 0, &err), cases[i].ret);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_creation_makes_what_its_plan_says),
		cmocka_unit_test(a_creation_that_fails_at_any_step_leaves_what_was_before),
		cmocka_unit_test(a_creation_that_is_killed_at_any_step_is_taken_back),
		cmocka_unit_test(a_marker_is_read_with_care),
		cmocka_unit_test(what_was_there_before_a_failed_creation_stays),
		cmocka_unit_test(a_container_that_is_there_already_stays_whole),
		cmocka_unit_test(one_container_is_created_by_one_process),
		cmocka_unit_test(a_failed_template_is_told_in_words),
		cmocka_unit_test(a_destroy_removes_all_or_nothing),
		cmocka_unit_test(a_root_file_system_that_is_gone_is_no_reason_to_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
