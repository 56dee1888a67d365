/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Attaches and their plans, side by side in golden/; and what cannot be planned. */
#include "plan_test.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* As lxc-attach asks for it, of a container with little in its configuration. */
static struct plan_attach usual(void)
{
	return (struct plan_attach){
		.name = "web",
		.lxcpath = "/var/lib/lxc",
		.namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC |
			      CLONE_NEWNET | CLONE_NEWCGROUP,
		.move_to_cgroup = true,
		.prlimits = "",
		.procs = "",
		.log_fd = -1,
		.cwd = "/srv",
		.arch = "",
		.personality = -1,
		.drop_capabilities = true,
		.capabilities = 0x21,
		.streams = { 0, 1, 2 },
		.program = "ps",
	};
}

static void assert_plan(const struct plan_attach *attach, const char *golden)
{
	_cleanup_free_ struct plan *image = NULL;
	_cleanup_str_ struct str out = { 0 };
	struct err err = { 0 };

	if (plan_attach(attach, &image, &err) < 0)
		fail_msg("%s: %s", golden, err.what);
	assert_int_equal(plan_check(image, image->size, &err), 0);
	assert_int_equal(plan_print(image, &out), 0);
	assert_golden(golden, str_text(&out));
}

static void an_attach_has_its_golden_plan(void **state)
{
	struct plan_attach attach = usual();

	assert_plan(&attach, "attach.plan");
}

static void every_wish_is_a_step_of_the_plan(void **state)
{
	static const gid_t groups[] = { 5, 4294967294 };
	struct plan_attach attach = usual();

	attach.prlimits = "lxc.prlimit.nofile = 64:128\nlxc.prlimit.core = unlimited\n";
	attach.procs = "lxc.proc.oom_score_adj = 10\n";
	attach.arch = "i686";
	attach.personality = 8;
	attach.ttys = 5;
	attach.filled = 2;
	attach.streams[1] = -1;
	attach.log_fd = 9;
	attach.groups = groups;
	attach.group_count = 2;
	attach.groups_denied = true;
	attach.uid = 1000;
	attach.gid = 1001;
	attach.no_new_privs = true;
	assert_plan(&attach, "attach-all.plan");
}

static void nothing_is_entered_that_is_not_asked_for(void **state)
{
	struct plan_attach attach = usual();

	attach.namespaces = CLONE_NEWNET;
	attach.move_to_cgroup = false;
	attach.remount_proc_sys = true;
	attach.drop_capabilities = false;
	attach.streams[0] = 7;
	assert_plan(&attach, "attach-net.plan");
}

static void what_is_no_limit_is_refused_with_its_line(void **state)
{
	static const char *const texts[] = {
		"lxc.prlimit.nofile = many\n",
		"lxc.prlimit.nothing = 1\n",
		"lxc.prlimit.core = 1:2:3\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		_cleanup_free_ struct plan *image = NULL;
		struct plan_attach attach = usual();
		struct err err = { 0 };

		attach.prlimits = texts[i];
		assert_int_equal(plan_attach(&attach, &image, &err), -EINVAL);
		assert_non_null(strstr(err.what, "lxc.prlimit."));
		assert_null(image);
	}
}

static void more_groups_than_the_executor_takes_are_refused(void **state)
{
	static gid_t groups[STEP_GROUPS_MAX + 1];
	_cleanup_free_ struct plan *image = NULL;
	struct plan_attach attach = usual();
	struct err err = { 0 };

	attach.groups = groups;
	attach.group_count = STEP_GROUPS_MAX;
	assert_int_equal(plan_attach(&attach, &image, &err), 0);
	attach.group_count++;
	free(image);
	image = NULL;
	assert_int_equal(plan_attach(&attach, &image, &err), -E2BIG);
	assert_true(err_is(&err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_attach_has_its_golden_plan),
		cmocka_unit_test(every_wish_is_a_step_of_the_plan),
		cmocka_unit_test(nothing_is_entered_that_is_not_asked_for),
		cmocka_unit_test(what_is_no_limit_is_refused_with_its_line),
		cmocka_unit_test(more_groups_than_the_executor_takes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
