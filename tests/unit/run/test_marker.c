/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Creations that come to nothing: what their marker tells, and what is taken back of them. */
#include "creation.h"

/* A template that leaves its traces everywhere: "--path=DIR", and what /c/web and /srv/mine may
 * hold. */
static int scribble_main(struct sys *sys, int argc, char **argv, char **env, void *data)
{
	static const char *const files[] = { "/c/web/config", "/c/web/rootfs/file",
					     "/srv/mine/file" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		int fd = io_open(sys, AT_FDCWD, files[i], O_WRONLY | O_CREAT | O_APPEND, 0600, 0);

		(void)io_write_full(sys, fd, "scribble\n", 9);
		(void)sys_close(sys, fd);
	}
	return 0;
}

static struct fake *scribbling_host(void)
{
	struct fake *fake = host();

	fake_program(fake, "/bin/scribble", scribble_main, NULL);
	return fake;
}

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
		_cleanup_fake_ struct fake *fake = scribbling_host();
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

/* Killed before it, a creation is taken back by whoever comes next: that creation, and nothing
 * else. */
static void a_creation_that_is_killed_at_any_step_is_taken_back(void **state)
{
	for (size_t place = 0; place < ARRAY_LEN(places); place++) {
		_cleanup_fake_ struct fake *fake = scribbling_host();
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
				(void)sys_unlinkat(fake_sys(fake), AT_FDCWD, "/c/web",
						   AT_REMOVEDIR);
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
	{ "another directory has the name", "kept 0 0 0\n\ndirectory 1 2 9\n/srv/mine\n", 0600, 0,
	  0, false, true, false },
	{ "about to be made, and full", "kept 0 0 0\n\ndirectory 0 0 9\n/srv/mine\n", 0600, 0, 0,
	  false, true, false },
	{ "about to be made", "kept 0 0 0\n\ndirectory 0 0 10\n/srv/empty\n", 0600, 0, 0, false,
	  true, true },
	{ "half a record", "kept 0 0 0\n\ndirectory 0 0 10\n/srv/emp", 0600, 0, 0, false, true,
	  false },
	{ "a length beyond the end",
	  "kept 0 0 0\n\ndirectory 0 0 18446744073709551615\n/srv/empty\n", 0600, 0, 0, false, true,
	  false },
	{ "no such record", "kept 0 0 0\n\nremove 0 0 10\n/srv/empty\n", 0600, 0, 0, false, true,
	  false },
	{ "not the numbers", "kept 0 0 0\n\ndirectory 0 10\n/srv/empty\n", 0600, 0, 0, false, true,
	  false },
};

static void a_marker_is_read_with_care(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(markers); i++) {
		_cleanup_fake_ struct fake *fake = host();
		struct err err = { 0 };

		fake_tree(
			fake,
			"d 0755 /srv/empty\nf 0600 /srv/mine/old x\nf 0640 /c/web/config a = b\n");
		fake_file(fake, "/c/web/partial", markers[i].text, markers[i].mode);
		assert_int_equal(sys_fchownat(fake_sys(fake), AT_FDCWD, "/c/web/partial",
					      markers[i].owner, 0, 0),
				 0);
		if (recover(fake, &err) != markers[i].ret ||
		    fake_exists(fake, "/c/web/partial") != markers[i].marker_stays ||
		    fake_exists(fake, "/c/web/config") != markers[i].dir_stays ||
		    fake_exists(fake, "/srv/empty") == markers[i].empty_goes)
			fail_msg("%s: %s", markers[i].name, err.what);
		assert_true(fake_exists(fake, "/srv/mine/old"));
	}
}

/* The directory is moved away, and another creation begins under its name. */
static int put_another_there(void *data, struct err *err)
{
	struct fake *fake = data;

	assert_int_equal(sys_renameat2(fake_sys(fake), AT_FDCWD, "/c/web", AT_FDCWD, "/c/old", 0),
			 0);
	fake_tree(fake, "f 0640 /c/web/config b = 1\nf 0600 /c/web/rootfs/file x\nf 0600 "
			"/c/web/partial x\n");
	return 0;
}

static void what_another_has_made_since_is_left_to_him(void **state)
{
	_cleanup_fake_ struct fake *fake = host();
	_cleanup_free_ struct plan *plan = creation_of(web());
	struct request_args args = { .envp = envp, .check = put_another_there, .data = fake };
	struct err err = { 0 };

	assert_int_equal(run_request(fake_sys(fake), plan, &args, &err), -ESTALE);
	assert_string_equal(err.what, "container web was removed while it was being created");
	assert_file(fake, "/c/web/config", "b = 1\n");
	assert_file(fake, "/c/web/rootfs/file", "x\n");
	assert_file(fake, "/c/web/partial", "x\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_creation_that_fails_at_any_step_leaves_what_was_before),
		cmocka_unit_test(a_creation_that_is_killed_at_any_step_is_taken_back),
		cmocka_unit_test(a_marker_is_read_with_care),
		cmocka_unit_test(what_another_has_made_since_is_left_to_him),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
