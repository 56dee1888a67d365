/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps on the model kernel: what runs, what fails, and that nothing stays behind. */
#include "core/run/steps.h"
#include "sys/fake/fake.h"
#include "sys/fault.h"
#include "sys/trace.h"
#include "tiny.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/file.h>

#define NEW_NS (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET)

static struct fake *host_with(const char *kernel)
{
	struct fake *fake = fake_create(&(struct fake_options){ .kernel = kernel });

	assert_non_null(fake);
	fake_dir(fake, "/r", 0755);
	fake_dir(fake, "/r/bin", 0755);
	fake_dir(fake, "/r/mnt", 0755);
	fake_dir(fake, "/mnt", 0755);
	fake_dir(fake, "/mnt/root", 0755);
	fake_program(fake, "/r/bin/seven", fake_exit_main, (void *)(intptr_t)7);
	fake_symlink(fake, "/r/evil", "/etc");
	/* As every program has them; what is opened later stands above. */
	for (int fd = 0; fd < 3; fd++)
		assert_true(io_open(fake_sys(fake), AT_FDCWD, "/dev/null", O_RDWR, 0, 0) >= 0);
	return fake;
}

static struct tiny tiny_of(const char *const *argv)
{
	return (struct tiny){ .rootfs = "/r", .mount = "/mnt/root", .argv = argv, .argc = 1,
			      .clone_flags = NEW_NS };
}

static const char *const seven[] = { "/bin/seven" };
static const char *const missing[] = { "/bin/missing" };

static bool is_row(const struct step_ops *ops)
{
	return ops->run_host || ops->run_child;
}

static void every_kind_has_one_row(void **state)
{
	for (unsigned kind = 0; kind < STEP_KIND_COUNT; kind++) {
		const struct step_ops *ops = step_ops_of(caller_ops, kind);

		if (is_row(&step_ops[kind]) == is_row(&caller_ops[kind]))
			fail_msg("%s has a row in both tables or in none", step_kind_name((enum step_kind)kind));
		if ((ops->undo_host != NULL) != (step_undo_rank[kind] != RANK_NONE))
			fail_msg("%s: an undo wants a rank, and a rank an undo", step_kind_name((enum step_kind)kind));
	}
}

static struct plan *plan_of_dirs(const char *const *dirs, size_t count)
{
	_cleanup_plan_builder_ struct plan_builder b;
	struct plan *plan = NULL;

	plan_builder_init(&b);
	plan_begin(&b, CHAPTER_BEFORE);
	for (size_t i = 0; i < count; i++)
		TINY(&b, make_dir, dirs[i], NULL, NULL, NULL, 0755, 0, 0, 0);
	/* This one fails. */
	TINY(&b, remove_file, "/missing", NULL, NULL, NULL, 0, 0, 0, 0);
	assert_int_equal(plan_build(&b, &plan), 0);
	return plan;
}

static void keep_removals(void *data, const char *line, size_t len)
{
	const char *call = strstr(line, "unlinkat(AT_FDCWD, \"/made");

	(void)len;
	if (call)
		str_addf(data, "%.1s", call + strlen("unlinkat(AT_FDCWD, \"/made"));
}

static void within_a_rank_the_youngest_is_undone_first(void **state)
{
	static const char *const dirs[] = { "/made1", "/made2", "/made3" };
	_cleanup_fake_ struct fake *fake = host_with(NULL);
	_cleanup_free_ struct plan *plan = plan_of_dirs(dirs, ARRAY_LEN(dirs));
	const struct request_args args = { .envp = NULL };
	_cleanup_str_ struct str removed = { 0 };
	struct sys_trace trace;
	struct err err = { 0 };

	sys_trace_init(&trace, fake_sys(fake), -1);
	trace.line = keep_removals;
	trace.data = &removed;
	assert_int_equal(run_request(&trace.sys, plan, &args, &err), -ENOENT);
	assert_string_equal(str_text(&removed), "321");
}

/* Starts, waits if it runs, ends; the wait status or -errno. */
static int live_on(struct sys *sys, const struct tiny *tiny, struct err *err)
{
	struct plan *plan = tiny_plan(tiny);
	struct run *run = calloc(1, sizeof(*run));
	int ret;

	assert_non_null(run);
	tiny_run_init(run, sys, plan);
	ret = tiny_start(run, err);
	if (ret == 0)
		ret = tiny_wait(run);
	run_afterlife(run);
	free(run);
	free(plan);
	return ret;
}

static int live(struct fake *fake, const struct tiny *tiny, struct err *err)
{
	return live_on(fake_sys(fake), tiny, err);
}

static void nothing_stays(struct fake *fake, const struct tiny *tiny, int expected)
{
	_cleanup_str_ struct str before = { 0 }, after = { 0 };
	struct err err = { 0 };
	int ret;

	/* Directories that a first life makes in the image stay by right. */
	(void)live(fake, tiny, &err);
	err = (struct err){ 0 };
	fake_world(fake, &before);
	ret = live(fake, tiny, &err);
	if (ret != expected)
		fail_msg("%d: %s", ret, err.what);
	fake_settle(fake);
	fake_world(fake, &after);
	assert_string_equal(str_text(&before), str_text(&after));
	assert_string_equal(fake_breaches(fake), "");
}

static void a_life_leaves_nothing_behind(void **state)
{
	_cleanup_fake_ struct fake *fake = host_with(NULL);
	struct tiny tiny = tiny_of(seven);

	(void)state;
	nothing_stays(fake, &tiny, 7 << 8);
}

static void a_failed_exec_leaves_nothing_behind(void **state)
{
	_cleanup_fake_ struct fake *fake = host_with(NULL);
	struct tiny tiny = tiny_of(missing);

	(void)state;
	nothing_stays(fake, &tiny, -ENOENT);
}

/* What is not there would be made, what is there would be mounted on. */
static void a_link_of_the_image_stops_the_start(void **state)
{
	static const char *const targets[] = { "evil/made", "evil" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		_cleanup_fake_ struct fake *fake = host_with(NULL);
		struct tiny tiny = tiny_of(seven);
		struct err err = { 0 };

		tiny.bad_target = targets[i];
		assert_int_equal(live(fake, &tiny, &err), -ELOOP);
		assert_non_null(strstr(err.what, "symbolic link"));
		assert_false(fake_exists(fake, "/etc/made"));
	}
}

static void an_old_kernel_starts_a_container_too(void **state)
{
	_cleanup_fake_ struct fake *fake = host_with("5.6");
	struct tiny tiny = tiny_of(seven);
	struct err err = { 0 };
	int ret = live(fake, &tiny, &err);

	(void)state;
	if (ret != 7 << 8)
		fail_msg("%d: %s", ret, err.what);
}

static void a_busy_cgroup_name_gets_a_suffix(void **state)
{
	_cleanup_fake_ struct fake *fake = host_with(NULL);
	struct tiny tiny = tiny_of(seven);
	struct plan *plan;
	struct run *run = calloc(1, sizeof(*run));
	struct err err = { 0 };
	int held;

	(void)state;
	assert_non_null(run);
	assert_int_equal(sys_mkdirat(fake_sys(fake), AT_FDCWD, "/sys/fs/cgroup/pids/lxc.tiny", 0755), 0);
	assert_int_equal(sys_mkdirat(fake_sys(fake), AT_FDCWD, "/sys/fs/cgroup/pids/lxc.tiny/tiny", 0755), 0);
	/* Somebody holds it: else it would count as left behind by a killed supervisor, and be taken. */
	held = io_open(fake_sys(fake), AT_FDCWD, "/sys/fs/cgroup/pids/lxc.tiny/tiny",
		       O_RDONLY | O_DIRECTORY, 0, 0);
	assert_int_equal(sys_flock(fake_sys(fake), held, LOCK_EX), 0);
	tiny.cgroups = "/sys/fs/cgroup/pids//";
	plan = tiny_plan(&tiny);
	tiny_run_init(run, fake_sys(fake), plan);
	if (tiny_start(run, &err) < 0)
		fail_msg("%s", err.what);
	assert_string_equal(run->cgroup_name, "lxc.tiny/tiny-1");
	assert_true(fake_exists(fake, "/sys/fs/cgroup/pids/lxc.tiny/tiny-1"));
	assert_int_equal(tiny_wait(run), 7 << 8);
	run_afterlife(run);
	assert_false(fake_exists(fake, "/sys/fs/cgroup/pids/lxc.tiny/tiny-1"));
	assert_true(fake_exists(fake, "/sys/fs/cgroup/pids/lxc.tiny/tiny"));
	free(run);
	free(plan);
}

/* One fault: the life ends well in spite of it, or fails with words; either way the world is as before. */
static bool survives(unsigned long call, unsigned index, bool *reached)
{
	_cleanup_fake_ struct fake *fake = host_with(NULL);
	_cleanup_str_ struct str before = { 0 }, after = { 0 };
	struct tiny tiny = tiny_of(seven);
	struct sys_fault fault;
	struct err err = { 0 };
	int ret;

	tiny.cgroups = "/sys/fs/cgroup/pids//";
	(void)live(fake, &tiny, &err);
	err = (struct err){ 0 };
	fake_world(fake, &before);
	sys_fault_init(&fault, fake_sys(fake));
	fault.fail_at = call;
	fault.errno_index = index;
	ret = live_on(&fault.sys, &tiny, &err);
	fault.paused = true;
	*reached = fault.errno_count > 0;
	fake_settle(fake);
	fake_world(fake, &after);
	/* A cgroup that another starter seemed to hold was not ours to remove; the next life takes it. */
	if (strcmp(str_text(&before), str_text(&after)) != 0) {
		struct err ignored = { 0 };

		(void)live(fake, &tiny, &ignored);
		str_clear(&after);
		fake_world(fake, &after);
	}
	if (strcmp(str_text(&before), str_text(&after)) != 0)
		print_message("%lu/%u %s: the world changed; %d %s\n%s\n--- after\n%s\n", call, index,
			      fault.op ? fault.op : "-", ret, err.what, str_text(&before),
			      str_text(&after));
	assert_string_equal(str_text(&before), str_text(&after));
	if (ret != 7 << 8 && !(ret < 0 && err_is(&err)))
		fail_msg("%lu/%u %s: %d %s", call, index, fault.op ? fault.op : "-", ret, err.what);
	assert_string_equal(fake_breaches(fake), "");
	return fault.errno_count > index + 1;
}

static void a_life_survives_any_single_fault(void **state)
{
	bool reached = true;

	(void)state;
	for (unsigned long call = 1; reached; call++) {
		unsigned index = 0;

		while (survives(call, index, &reached))
			index++;
	}
}

static void an_environment_inherits_all_or_what_is_named(void **state)
{
	static char *const base[] = { (char *)"SECRET=x", (char *)"PATH=/bin", (char *)"PATHS=y",
				      NULL };
	static const struct {
		const char *entries[3];
		const char *want[4];
	} cases[] = {
		{ { "*", "=A=1", "=B=2" }, { "SECRET=x", "PATH=/bin", "PATHS=y", "A=1" } },
		{ { "*PATH", "*HOME", "=A=1" }, { "PATH=/bin", "A=1" } },
		{ { "*PATH", "=PATH=/mine", "=A=1" }, { "PATH=/mine", "A=1" } },
	};
	static const size_t counts[] = { 5, 2, 2 };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_plan_builder_ struct plan_builder b;
		const struct env_args args = { .base = base };
		struct plan *plan = NULL;
		struct env_vec *env = calloc(1, sizeof(*env));
		uint32_t at;

		plan_builder_init(&b);
		at = plan_add_strv(&b, cases[i].entries, 3);
		assert_int_equal(plan_build(&b, &plan), 0);
		assert_int_equal(env_build(env, plan, at, 3, &args), 0);
		for (size_t j = 0; j < 4 && cases[i].want[j]; j++)
			assert_string_equal(env->vec[j], cases[i].want[j]);
		assert_null(env->vec[counts[i]]);
		free(env);
		free(plan);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_has_one_row),
		cmocka_unit_test(within_a_rank_the_youngest_is_undone_first),
		cmocka_unit_test(a_life_leaves_nothing_behind),
		cmocka_unit_test(a_failed_exec_leaves_nothing_behind),
		cmocka_unit_test(a_link_of_the_image_stops_the_start),
		cmocka_unit_test(an_old_kernel_starts_a_container_too),
		cmocka_unit_test(a_busy_cgroup_name_gets_a_suffix),
		cmocka_unit_test(a_life_survives_any_single_fault),
		cmocka_unit_test(an_environment_inherits_all_or_what_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
