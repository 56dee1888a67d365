/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans for people and programs. */
#include "core/plan/build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mount.h>

#include <jansson.h>

#include <cmocka.h>

static struct plan *image_with_hard_texts(void)
{
	_cleanup_plan_builder_ struct plan_builder b;
	struct plan *image = NULL;
	struct step *step;
	uint32_t at;

	plan_builder_init(&b);
	b.head.name = plan_add_str(&b, "a \"b\"\\\n\x01\xff\xc3\xa4");
	plan_begin(&b, CHAPTER_CHILD);
	plan_set_origin(&b, "/c/config", 3, "lxc.uts.name = x");
	at = plan_add_str(&b, "two words");
	plan_add_step(&b, STEP_hostname)->str[0] = at;
	plan_set_rule(&b, "rule of the house");
	step = plan_add_step(&b, STEP_propagation);
	step->num[0] = MS_SLAVE | MS_REC;
	step = plan_add_step(&b, STEP_cap_bounding);
	step->num[0] = 0x21;
	plan_begin(&b, CHAPTER_AFTER);
	step = plan_add_step(&b, STEP_prlimit);
	step->num[1] = -1;
	assert_int_equal(plan_build(&b, &image), 0);
	return image;
}

static void numbers_are_printed_by_name(void **state)
{
	_cleanup_free_ struct plan *image = image_with_hard_texts();
	_cleanup_str_ struct str out = { 0 };

	assert_int_equal(plan_print(image, &out), 0);
	assert_non_null(strstr(out.s, "\nchild:\n  hostname name=\"two words\""));
	assert_non_null(strstr(out.s, " # /c/config:3 lxc.uts.name = x\n"));
	assert_non_null(strstr(out.s, "  propagation flags=MS_SLAVE|MS_REC"));
	assert_non_null(strstr(out.s, " # rule rule of the house\n"));
	assert_non_null(strstr(out.s, "  cap_bounding keep=chown,kill"));
	assert_non_null(strstr(out.s, "soft=unlimited hard=0"));
	assert_null(strstr(out.s, "before:"));
}

static void json_is_valid_whatever_the_texts_are(void **state)
{
	_cleanup_free_ struct plan *image = image_with_hard_texts();
	_cleanup_str_ struct str out = { 0 };
	json_error_t error;
	json_t *root, *step;

	assert_int_equal(plan_print_json(image, &out), 0);
	root = json_loadb(out.s, out.len, 0, &error);
	if (!root)
		fail_msg("%s at %d", error.text, error.position);
	assert_string_equal(json_string_value(json_object_get(root, "name")),
			    "a \"b\"\\\n\x01\xef\xbf\xbd\xc3\xa4");
	step = json_array_get(json_object_get(json_object_get(root, "chapters"), "child"), 0);
	assert_string_equal(json_string_value(json_object_get(step, "kind")), "hostname");
	assert_string_equal(json_string_value(json_object_get(step, "words")),
			    "set the host name two words");
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(step, "origin"), "line")), 3);
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_printed_by_name),
		cmocka_unit_test(json_is_valid_whatever_the_texts_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
