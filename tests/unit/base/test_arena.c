/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/base/arena.h"
#include "core/base/vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool is_zero(const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i])
			return false;
	return true;
}

/* Small and large ones, each with a pattern of its own: none lies in another. */
static void pieces_are_zeroed_aligned_and_apart(void **state)
{
	static const size_t sizes[] = { 1, 24, 7, 5000, 100000, 3, 4096, 64 };
	_cleanup_arena_ struct arena arena = { 0 };
	unsigned char *pieces[ARRAY_LEN(sizes) * 8];

	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		size_t size = sizes[i % ARRAY_LEN(sizes)];

		pieces[i] = arena_alloc(&arena, size);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
		assert_true(is_zero(pieces[i], size));
		memset(pieces[i], (int)i + 1, size);
	}
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
		for (size_t at = 0; at < sizes[i % ARRAY_LEN(sizes)]; at++)
			assert_int_equal(pieces[i][at], i + 1);
}

static void a_copy_is_a_text_of_its_own(void **state)
{
	_cleanup_arena_ struct arena arena = { 0 };
	char text[] = "text", *copy = arena_dup(&arena, text);

	text[0] = 'n';
	assert_string_equal(copy, "text");
}

static void what_is_too_large_fails_and_is_remembered(void **state)
{
	_cleanup_arena_ struct arena arena = { 0 };

	assert_non_null(arena_alloc(&arena, 1));
	assert_false(arena.failed);
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_true(arena.failed);
}

static void an_array_keeps_its_order(void **state)
{
	_cleanup_vec_ struct vec vec = VEC_OF(int);

	for (int i = 0; i < 100; i++)
		assert_non_null(vec_add(&vec, &i));
	for (size_t i = 0; i < 50; i++)
		vec_remove(&vec, i);
	assert_int_equal(vec.count, 50);
	for (size_t i = 0; i < 50; i++)
		assert_int_equal(*vec_at(&vec, int, i), 2 * i + 1);
	assert_int_equal(*(int *)vec_add(&vec, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
		cmocka_unit_test(a_copy_is_a_text_of_its_own),
		cmocka_unit_test(what_is_too_large_fails_and_is_remembered),
		cmocka_unit_test(an_array_keeps_its_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
