/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The image: what the builder makes is accepted and read back; what anything else makes is refused.
 */
#include "core/plan/build.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* A small image with a vector, an origin and items. */
static struct plan *small_image(void)
{
	static const char *const words[] = { "web", "lxc", "stop" };
	_cleanup_plan_builder_ struct plan_builder b;
	struct plan *image = NULL;
	struct step *step;
	uint32_t source, target, argv;

	plan_builder_init(&b);
	b.head.name = plan_add_str(&b, "web");
	plan_begin(&b, CHAPTER_CHILD);
	plan_set_origin(&b, "/c/config", 14, "lxc.mount.entry = /srv/data srv/data none bind 0 0");
	source = plan_add_str(&b, "/srv/data");
	target = plan_add_str(&b, "srv/data");
	step = plan_add_step(&b, STEP_mount_bind);
	step->str[0] = source;
	step->str[1] = target;
	plan_begin(&b, CHAPTER_AFTERLIFE);
	plan_set_rule(&b, "life");
	argv = plan_add_strv(&b, words, ARRAY_LEN(words));
	step = plan_add_step(&b, STEP_hook);
	step->str[2] = argv;
	step->num[0] = ARRAY_LEN(words);
	plan_add_item(&b, "lxc.uts.name", "web");
	plan_add_item(&b, "lxc.arch", "");
	plan_add_item(&b, "lxc.uts.name", "later");
	str_add(&b.serial, "serial part");
	assert_int_equal(plan_build(&b, &image), 0);
	return image;
}

static void what_was_built_is_accepted_and_read_back(void **state)
{
	_cleanup_free_ struct plan *image = small_image();
	const char *out[8];
	const struct step *step;
	struct err err = { 0 };

	assert_int_equal(plan_check(image, image->size, &err), 0);
	assert_string_equal(plan_str(image, image->name), "web");
	assert_string_equal(plan_str(image, 0), "");
	assert_int_equal(plan_step_count(image, CHAPTER_CHILD), 1);
	assert_int_equal(plan_step_count(image, CHAPTER_BEFORE), 0);
	step = plan_step(image, CHAPTER_AFTERLIFE, 0);
	assert_int_equal(step->kind, STEP_hook);
	assert_int_equal(plan_vec(image, step->str[2], 3, out, ARRAY_LEN(out)), 0);
	assert_string_equal(out[0], "web");
	assert_string_equal(out[2], "stop");
	assert_null(out[3]);
	assert_int_equal(plan_vec(image, step->str[2], 3, out, 3), -E2BIG);
	assert_int_equal(plan_vec(image, 0, 0, out, 1), 0);
	assert_null(out[0]);
	assert_memory_equal((const char *)image + image->serial_at, "serial part", 11);
}

static void items_are_found_by_name_and_the_last_one_wins(void **state)
{
	_cleanup_free_ struct plan *image = small_image();

	assert_string_equal(plan_item(image, "lxc.uts.name"), "later");
	assert_string_equal(plan_item(image, "lxc.arch"), "");
	assert_null(plan_item(image, "lxc.b"));
	assert_null(plan_item(image, ""));
	assert_null(plan_item(image, "lxc.z"));
}

static void equal_texts_are_stored_once(void **state)
{
	_cleanup_plan_builder_ struct plan_builder b;

	plan_builder_init(&b);
	assert_int_equal(plan_add_str(&b, ""), 0);
	assert_int_equal(plan_add_str(&b, NULL), 0);
	assert_int_equal(plan_add_str(&b, "abc"), plan_add_str(&b, "abc"));
	assert_int_not_equal(plan_add_str(&b, "abc"), plan_add_str(&b, "ab"));
	assert_int_equal(plan_add_strf(&b, "%s%d", "a", 1), plan_add_str(&b, "a1"));
	plan_set_origin(&b, "f", 1, "t");
	assert_int_equal(b.origin, 1);
	plan_set_origin(&b, "f", 2, "t");
	plan_set_origin(&b, "f", 1, "t");
	assert_int_equal(b.origin, 1);
}

static void an_empty_builder_makes_an_image(void **state)
{
	_cleanup_plan_builder_ struct plan_builder b;
	_cleanup_free_ struct plan *image = NULL;

	plan_builder_init(&b);
	assert_int_equal(plan_build(&b, &image), 0);
	assert_int_equal(plan_check(image, image->size, NULL), 0);
	assert_null(plan_item(image, "lxc.arch"));
}

static void every_truncation_is_refused(void **state)
{
	_cleanup_free_ struct plan *image = small_image();

	for (size_t len = 0; len < image->size; len++) {
		_cleanup_free_ char *copy =
			malloc(len ? len : 1); /* so that a sanitizer sees a read beyond */

		memcpy(copy, image, len);
		assert_int_equal(plan_check(copy, len, NULL), -EINVAL);
	}
}

/* Everything that a reader of an accepted image may touch. */
static void read_all(const struct plan *image)
{
	_cleanup_str_ struct str out = { 0 };

	assert_int_equal(plan_print(image, &out), 0);
	assert_int_equal(plan_print_json(image, &out), 0);
	(void)plan_item(image, "lxc.uts.name");
	for (int chapter = 0; chapter < CHAPTER_COUNT; chapter++) {
		for (uint32_t i = 0; i < plan_step_count(image, (enum chapter)chapter); i++) {
			struct err err = { 0 };

			(void)plan_err(&err, image, plan_step(image, (enum chapter)chapter, i),
				       -ENOENT, NULL);
		}
	}
}

static void a_corrupt_image_is_refused_or_safe_to_read(void **state)
{
	_cleanup_free_ struct plan *image = small_image();
	uint32_t random = 42;
	unsigned accepted = 0;

	for (unsigned round = 0; round < 20000; round++) {
		_cleanup_free_ char *copy = malloc(image->size);
		unsigned changes;

		memcpy(copy, image, image->size);
		random = random * 1664525U + 1013904223U;
		changes = 1 + (random >> 30);
		for (unsigned i = 0; i < changes; i++) {
			random = random * 1664525U + 1013904223U;
			copy[(random >> 8) % image->size] = (char)(random >> 3);
		}
		if (plan_check(copy, image->size, NULL) == 0) {
			read_all((const struct plan *)(const void *)copy);
			accepted++;
		}
	}
	assert_in_range(accepted, 1, 19999); /* else the test tests nothing */
}

static void each_broken_field_is_refused(void **state)
{
	static const struct {
		const char *name;
		size_t at;
		uint32_t value;
		int ret;
	} cases[] = {
		{ "magic", offsetof(struct plan, magic), 0, -EINVAL },
		{ "version", offsetof(struct plan, version), 99, -EINVAL },
		{ "size", offsetof(struct plan, size), 1, -EINVAL },
		{ "another build", offsetof(struct plan, build_id), 0x41414141, -ESTALE },
		{ "flags", offsetof(struct plan, flags), 0x80000000, -EINVAL },
		{ "name", offsetof(struct plan, name), 0x7fffffff, -EINVAL },
		{ "steps overlap the header", offsetof(struct plan, steps_at), 8, -EINVAL },
		{ "steps not aligned", offsetof(struct plan, steps_at), sizeof(struct plan) + 4,
		  -EINVAL },
		{ "many steps", offsetof(struct plan, step_count), 0xffffffff, -EINVAL },
		{ "no origins", offsetof(struct plan, origin_count), 0, -EINVAL },
		{ "many items", offsetof(struct plan, item_count), 0x10000000, -EINVAL },
		{ "strings beyond", offsetof(struct plan, strings_at), 0xfffffff0, -EINVAL },
		{ "strings not ended", offsetof(struct plan, strings_size), 3, -EINVAL },
		{ "serial beyond", offsetof(struct plan, serial_size), 0xffff, -EINVAL },
		{ "chapter beyond", offsetof(struct plan, chapters[CHAPTER_CHILD].count), 9,
		  -EINVAL },
		{ "chapter wraps", offsetof(struct plan, chapters[CHAPTER_CHILD].first), 0xffffffff,
		  -EINVAL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_free_ struct plan *image = small_image();
		int ret;

		memcpy((char *)image + cases[i].at, &cases[i].value, sizeof(uint32_t));
		ret = plan_check(image,
				 ((const struct plan *)image)->size > 100000 ? 100 : image->size,
				 NULL);
		if (cases[i].at != offsetof(struct plan, size) && ret != cases[i].ret)
			fail_msg("%s: %d", cases[i].name, ret);
	}
}

static void an_error_tells_words_origin_and_hint(void **state)
{
	_cleanup_free_ struct plan *image = small_image();
	struct err err = { 0 };
	char text[2048];

	assert_int_equal(plan_err(&err, image, plan_step(image, CHAPTER_CHILD, 0), -ENOENT, NULL),
			 -ENOENT);
	(void)err_render(&err, text, sizeof(text));
	assert_string_equal(
		text, "mount /srv/data on srv/data failed: No such file or directory (ENOENT)\n"
		      "  from /c/config:14: lxc.mount.entry = /srv/data srv/data none bind 0 0\n"
		      "  hint: source or target does not exist; add create=dir or create=file for "
		      "the target");
}

static void a_detail_stands_behind_the_errno(void **state)
{
	_cleanup_free_ struct plan *image = small_image();
	const struct step *step = plan_step(image, CHAPTER_CHILD, 0);
	struct err err = { 0 };

	(void)plan_err(&err, image, step, -EACCES, "the source");
	assert_string_equal(err.what, "mount /srv/data on srv/data failed: Permission denied "
				      "(EACCES): the source");
	assert_string_equal(err.hint, "");
	assert_int_equal(plan_err(NULL, image, step, -EACCES, "the source"), -EACCES);
}

static void a_missing_source_is_not_to_be_made_in_the_container(void **state)
{
	_cleanup_free_ struct plan *image = small_image();
	const struct step *step = plan_step(image, CHAPTER_CHILD, 0);
	struct err err = { 0 };

	(void)plan_err(&err, image, step, -ENOENT, "the source /srv/data does not exist");
	assert_string_equal(err.hint, "make the source, or add optional");
	assert_non_null(strstr(err.where, "test_image.c:"));
}

static void a_bad_mount_point_is_blamed_on_its_own_line(void **state)
{
	_cleanup_plan_builder_ struct plan_builder b;
	_cleanup_free_ struct plan *image = NULL;
	struct err mount = { 0 }, root = { 0 };

	plan_builder_init(&b);
	plan_begin(&b, CHAPTER_CHILD);
	plan_set_origin(&b, "/c/config", 3, "lxc.rootfs.mount = /nosuch");
	plan_set_origin(&b, "/c/config", 2, "lxc.rootfs.path = /r");
	(void)plan_add_step(&b, STEP_rootfs);
	assert_int_equal(plan_build(&b, &image), 0);
	(void)plan_err(&mount, image, plan_step(image, CHAPTER_CHILD, 0), -ENOENT,
		       "the mount point /nosuch");
	assert_int_equal(mount.line, 3);
	(void)plan_err(&root, image, plan_step(image, CHAPTER_CHILD, 0), -ENOENT, NULL);
	assert_int_equal(root.line, 2);
}

static void a_script_speaks_for_itself(void **state)
{
	_cleanup_free_ struct plan *image = small_image();
	struct err err = { 0 };

	(void)plan_err(&err, image, plan_step(image, CHAPTER_CHILD, 0), -ECANCELED,
		       "Script exited with status 1");
	assert_string_equal(err.what, "mount /srv/data on srv/data: Script exited with status 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_built_is_accepted_and_read_back),
		cmocka_unit_test(items_are_found_by_name_and_the_last_one_wins),
		cmocka_unit_test(equal_texts_are_stored_once),
		cmocka_unit_test(an_empty_builder_makes_an_image),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(a_corrupt_image_is_refused_or_safe_to_read),
		cmocka_unit_test(each_broken_field_is_refused),
		cmocka_unit_test(an_error_tells_words_origin_and_hint),
		cmocka_unit_test(a_detail_stands_behind_the_errno),
		cmocka_unit_test(a_missing_source_is_not_to_be_made_in_the_container),
		cmocka_unit_test(a_bad_mount_point_is_blamed_on_its_own_line),
		cmocka_unit_test(a_script_speaks_for_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
