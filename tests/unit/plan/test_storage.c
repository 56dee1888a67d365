/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Creation and end of containers: golden plans, and what is never removed. */
#include "plan_test.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_golden_plan(const char *file, struct plan *image)
{
	_cleanup_str_ struct str out = { 0 };
	struct err err = { 0 };

	assert_int_equal(plan_check(image, image->size, &err), 0);
	assert_int_equal(plan_print(image, &out), 0);
	assert_golden(file, str_text(&out));
	free(image);
}

static struct plan_create_request busybox(void)
{
	static char option[] = "--busybox-path", path[] = "/bin/busy box";
	static char *args[] = { option, path, NULL };

	return (struct plan_create_request){
		.name = "web",
		.lxcpath = "/var/lib/lxc",
		.lock_path = "/run/lxc/lock//var/lib/lxc/.web",
		.config_text = "lxc.net.0.type = empty\n"
			       "lxc.rootfs.path = dir:/var/lib/lxc/web/rootfs\n",
		.template_path = "/usr/share/lxc/templates/lxc-busybox",
		.template_args = args,
		.rootfs = "/var/lib/lxc/web/rootfs",
		.header = "# Template used\n",
		.check = true,
	};
}

static struct plan *creation_of(struct plan_create_request request)
{
	struct plan *image = NULL;
	struct err err = { 0 };

	if (plan_create(&request, &image, &err) < 0)
		fail_msg("%s", err.what);
	return image;
}

static void creations_have_their_golden_plans(void **state)
{
	struct plan_create_request request = busybox();

	assert_golden_plan("create-busybox.plan", creation_of(request));
	request.template_path = NULL;
	assert_golden_plan("create-none.plan", creation_of(request));
}

static void what_a_creation_does_not_need_is_left_out(void **state)
{
	struct plan_create_request request = busybox();
	_cleanup_str_ struct str text = { 0 };
	_cleanup_free_ struct plan *image = NULL;

	request.quiet = true;
	request.check = false;
	request.config_text = "";
	request.template_args = NULL;
	image = creation_of(request);
	assert_int_equal(plan_print(image, &text), 0);
	assert_non_null(strstr(text.s, "--rootfs=/var/lib/lxc/web/rootfs] quiet=1 "));
	assert_null(strstr(text.s, "  check"));
	assert_null(strstr(text.s, "text=lxc"));
}

/* 1024 words is all that a step holds. */
static void too_many_arguments_of_a_template_are_refused_in_words(void **state)
{
	char word[] = "x", *args[PLAN_VEC_MAX];
	struct plan_create_request request = busybox();
	struct plan *image = NULL;
	struct err err = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(args); i++)
		args[i] = word;
	request.template_args = args;
	args[PLAN_VEC_MAX - 4] = NULL;
	assert_int_equal(plan_create(&request, &image, &err), -E2BIG);
	assert_string_equal(err.what,
			    "template /usr/share/lxc/templates/lxc-busybox: too many arguments");
	assert_null(image);
	args[PLAN_VEC_MAX - 5] = NULL;
	image = creation_of(request);
	assert_int_equal(plan_check(image, image->size, NULL), 0);
	free(image);
}

/* config NULL: none. */
static struct plan *end_of(const struct config *config)
{
	struct plan_destroy_request request = {
		.name = "bb",
		.lxcpath = "/var/lib/lxc",
		.config = config,
	};
	struct plan *image = NULL;
	struct err err = { 0 };

	if (plan_destroy(&request, &image, &err) < 0)
		fail_msg("%s", err.what);
	return image;
}

static void a_destroy_has_its_golden_plan(void **state)
{
	_cleanup_config_ struct config *config = config_create();
	struct err err = { 0 };

	if (config_load(config, sys_linux(), "golden/busybox.config", &err) < 0)
		fail_msg("%s", err.what);
	assert_golden_plan("destroy.plan", end_of(config));
}

/* Whether it may be removed is seen when it is opened. */
static void what_the_configuration_names_goes_first(void **state)
{
	static const struct {
		const char *line, *removed; /* NULL: the container's directory alone */
	} cases[] = {
		{ NULL, NULL },
		{ "lxc.uts.name = x", NULL },
		{ "lxc.rootfs.path = relative", NULL },
		{ "lxc.rootfs.path = /", "/" },
		{ "lxc.rootfs.path = dir:/usr/..", "/usr/.." },
		{ "lxc.rootfs.path = /srv/web", "/srv/web" },
		{ "lxc.rootfs.path = dir:/srv/web//", "/srv/web" },
		{ "lxc.rootfs.path = /.hidden", "/.hidden" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_config_ struct config *config = config_create();
		_cleanup_free_ struct plan *image = NULL;
		const struct step *step;
		struct err err = { 0 };

		if (cases[i].line && config_set_line(config, sys_linux(), cases[i].line, &err) < 0)
			fail_msg("%s: %s", cases[i].line, err.what);
		image = end_of(cases[i].line ? config : NULL);
		assert_int_equal(plan_step_count(image, CHAPTER_BEFORE), cases[i].removed ? 4 : 3);
		step = plan_step(image, CHAPTER_BEFORE, cases[i].removed ? 3 : 2);
		assert_int_equal(step->kind, STEP_remove_tree);
		assert_string_equal(step_str(image, step, 0), "/var/lib/lxc/bb");
		step = plan_step(image, CHAPTER_BEFORE, 2);
		if (cases[i].removed) {
			assert_int_equal(step->kind, STEP_remove_rootfs);
			assert_string_equal(step_str(image, step, 0), cases[i].removed);
			assert_string_equal(plan_str(image, plan_origin(image, step)->text),
					    cases[i].line);
		}
	}
}

static void storage_that_cannot_be_removed_is_not_forgotten(void **state)
{
	static const char *const types[] = { "btrfs",	"loop",	     "lvm", "nbd",
					     "overlay", "overlayfs", "rbd", "zfs" };

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		_cleanup_config_ struct config *config = config_create();
		struct plan_destroy_request request = { .name = "bb",
							.lxcpath = "/c",
							.config = config };
		struct plan *image = NULL;
		char value[64], expected[64];
		struct err err = { 0 };

		(void)snprintf(value, sizeof(value), "%s:/srv/thing", types[i]);
		(void)snprintf(expected, sizeof(expected),
			       "storage of type %s is not supported yet", types[i]);
		assert_int_equal(config_set(config, sys_linux(), "lxc.rootfs.path", value, &err),
				 0);
		assert_int_equal(plan_destroy(&request, &image, &err), -EOPNOTSUPP);
		assert_string_equal(err.what, expected);
		assert_null(image);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(creations_have_their_golden_plans),
		cmocka_unit_test(what_a_creation_does_not_need_is_left_out),
		cmocka_unit_test(too_many_arguments_of_a_template_are_refused_in_words),
		cmocka_unit_test(a_destroy_has_its_golden_plan),
		cmocka_unit_test(what_the_configuration_names_goes_first),
		cmocka_unit_test(storage_that_cannot_be_removed_is_not_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
