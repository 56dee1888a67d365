/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ring against a model that anybody can read: an array whose front is cut off. Random
 * operations, and every place where the ring can wrap around.
 * LXC_SEED=NUMBER repeats a run; LXC_STEPS=NUMBER says how long it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/config/config.h"
#include "core/console/ring.h"
#include "sys/fake/fake.h"
#include "sys/fault.h"

#include <errno.h>

enum { S = RING_PAGE_SIZE, STEPS = 30000, SIZES = 3 };

static unsigned long number_of(const char *variable, unsigned long otherwise)
{
	const char *text = getenv(variable);

	return text ? strtoul(text, NULL, 10) : otherwise;
}

/* --- the model --- */

struct model {
	char bytes[SIZES * S];
	size_t size, used;
};

static size_t model_drop(struct model *model, size_t len)
{
	len = len < model->used ? len : model->used;
	model->used -= len;
	memmove(model->bytes, model->bytes + len, model->used);
	return len;
}

static int model_write(struct model *model, const char *bytes, size_t len)
{
	if (len > model->size)
		return -EFBIG;
	if (model->used + len > model->size)
		model_drop(model, model->used + len - model->size);
	memcpy(model->bytes + model->used, bytes, len);
	model->used += len;
	return 0;
}

static void assert_alike(const struct ring *ring, const struct model *model)
{
	struct iovec parts[2];
	unsigned count = ring_parts(ring, parts);
	size_t done = 0;

	assert_int_equal(ring->used, model->used);
	for (unsigned i = 0; i < count; i++) {
		assert_true(parts[i].iov_len > 0);
		assert_true(done + parts[i].iov_len <= model->used);
		assert_memory_equal(parts[i].iov_base, model->bytes + done, parts[i].iov_len);
		done += parts[i].iov_len;
	}
	assert_int_equal(done, model->used);
}

/* --- random histories --- */

struct dice {
	uint64_t state;
};

static size_t roll(struct dice *dice, size_t sides)
{
	dice->state = dice->state * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(dice->state >> 33) % sides;
}

/* Small lengths as often as large ones, and those around the size most of all. */
static size_t random_length(struct dice *dice, size_t size)
{
	switch (roll(dice, 4)) {
	case 0:
		return roll(dice, 4);
	case 1:
		return roll(dice, size / 8);
	case 2:
		return roll(dice, size + 3);
	default:
		return size - roll(dice, 3);
	}
}

static void random_write(struct dice *dice, struct ring *ring, struct model *model)
{
	char bytes[SIZES * S + 3];
	size_t len = random_length(dice, ring->size);
	char next = (char)roll(dice, 256);

	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)(next + (char)(i * 7));
	assert_int_equal(ring_write(ring, bytes, len), model_write(model, bytes, len));
}

static void random_read(struct dice *dice, struct ring *ring, struct model *model)
{
	char bytes[SIZES * S + 3];
	size_t len = random_length(dice, ring->size), given = len, there = model->used;

	memset(bytes, 'x', sizeof(bytes));
	if (there == 0) {
		assert_int_equal(ring_read(ring, bytes, &len), -ENODATA);
		assert_int_equal(len, given);
		return;
	}
	assert_int_equal(ring_read(ring, bytes, &len), 0);
	assert_int_equal(len, given < there ? given : there);
	assert_memory_equal(bytes, model->bytes, len);
	assert_int_equal(bytes[len], 'x');
}

static void random_step(struct dice *dice, struct ring *ring, struct model *model)
{
	size_t kind = roll(dice, 64), len;

	if (kind == 0) {
		ring_clear(ring);
		model->used = 0;
	} else if (kind < 32) {
		random_write(dice, ring, model);
	} else if (kind < 48) {
		random_read(dice, ring, model);
	} else {
		len = random_length(dice, ring->size);
		assert_int_equal(ring_drop(ring, len), model_drop(model, len));
	}
	assert_alike(ring, model);
}

static void random_histories_are_those_of_a_queue(void **state)
{
	unsigned long seed = number_of("LXC_SEED", 20180327), steps = number_of("LXC_STEPS", STEPS);
	struct dice dice = { seed };

	print_message("LXC_SEED=%lu LXC_STEPS=%lu\n", seed, steps);
	for (size_t pages = 1; pages <= SIZES; pages++) {
		_cleanup_ring_ struct ring ring = { 0 };
		struct model model = { .size = pages * S };

		assert_int_equal(ring_init(&ring, sys_linux(), pages * S, NULL), 0);
		for (unsigned long i = 0; i < steps / SIZES; i++)
			random_step(&dice, &ring, &model);
	}
}

static void every_place_may_be_the_one_where_it_wraps(void **state)
{
	static const size_t lengths[] = { 1, 2, S / 2, S - 1, S };
	_cleanup_ring_ struct ring ring = { 0 };
	struct model model = { .size = S };
	char bytes[S + 1], text[S];

	for (size_t i = 0; i < S + 1; i++)
		bytes[i] = (char)(i * 11 + i / 256);
	assert_int_equal(ring_init(&ring, sys_linux(), S, NULL), 0);
	for (size_t l = 0; l < ARRAY_LEN(lengths); l++) {
		for (size_t i = 0; i < S; i++) {
			size_t len = S;

			/* Full, and i bytes later: it begins there. */
			ring_clear(&ring);
			model.used = 0;
			assert_int_equal(ring_write(&ring, bytes, S), 0);
			assert_int_equal(ring_write(&ring, bytes + 1, i), 0);
			assert_int_equal(ring.first, i);
			assert_int_equal(ring_write(&ring, bytes, lengths[l]), 0);
			model_write(&model, bytes, S);
			model_write(&model, bytes + 1, i);
			model_write(&model, bytes, lengths[l]);
			assert_alike(&ring, &model);
			assert_int_equal(ring_read(&ring, text, &len), 0);
			assert_int_equal(len, S);
			assert_memory_equal(text, model.bytes, S);
		}
	}
}

/* --- single promises --- */

static void only_multiples_of_a_page_are_sizes(void **state)
{
	static const uint64_t wrong[] = { 0, 1, 4095, 4097, 5000, UINT64_MAX };
	struct ring ring;
	struct err err;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		err = (struct err){ 0 };
		assert_int_equal(ring_init(&ring, sys_linux(), wrong[i], &err), -EINVAL);
		assert_null(ring.sys);
		assert_int_equal(err.code, -EINVAL);
	}
}

/* The words of lxc.console.buffer.size and the rings that come of them. */
static void what_the_configuration_takes_for_a_size_is_one(void **state)
{
	static const struct {
		const char *words;
		size_t size;
	} cases[] = { { "auto", 131072 }, { "0", 4096 },    { "1", 4096 },
		      { "5000", 8192 },	  { "8 kB", 8192 }, { "1MB", 1 << 20 } };
	_cleanup_config_ struct config *config = config_create();
	struct str text _cleanup_str_ = { 0 };

	assert_non_null(config);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_ring_ struct ring ring = { 0 };
		uint64_t size = 0;

		str_clear(&text);
		assert_int_equal(
			config_set(config, NULL, "lxc.console.buffer.size", cases[i].words, NULL),
			0);
		assert_int_equal(config_get(config, "lxc.console.buffer.size", &text), 0);
		assert_int_equal(str_to_u64(str_text(&text), &size), 0);
		assert_int_equal(ring_init(&ring, sys_linux(), size, NULL), 0);
		assert_int_equal(ring.size, cases[i].size);
	}
}

static void too_large_a_size_is_no_memory(void **state)
{
	struct ring ring;
	struct err err = { 0 };

	assert_int_equal(ring_init(&ring, sys_linux(), 1ull << 63, &err), -ENOMEM);
	assert_int_equal(ring_init(&ring, sys_linux(), 1ull << 62, NULL), -ENOMEM);
	assert_null(ring.sys);
	assert_string_equal(err.what, "map a ring buffer of 9223372036854775808 bytes failed: "
				      "Cannot allocate memory (ENOMEM)");
}

static void its_only_call_may_fail(void **state)
{
	_cleanup_fake_ struct fake *host = fake_host_debian12_unified();
	struct sys_fault fault;
	struct ring ring;

	assert_non_null(host);
	sys_fault_init(&fault, fake_sys(host));
	fault.fail_at = 1;
	assert_int_equal(ring_init(&ring, &fault.sys, S, NULL), -ENOMEM);
	assert_string_equal(fault.op, "mmap");
	assert_null(ring.sys);
	assert_int_equal(ring_init(&ring, &fault.sys, S, NULL), 0);
	assert_int_equal(fault.calls, 2);
	assert_int_equal(ring_write(&ring, "model", 5), 0);
	ring_finish(&ring);
	ring_finish(&ring);
	assert_string_equal(fake_breaches(host), "");
}

static void the_mapping_goes_with_the_ring(void **state)
{
	_cleanup_fake_ struct fake *host = fake_host_debian12_unified();
	struct ring ring;
	void *bytes;

	assert_int_equal(ring_init(&ring, fake_sys(host), 2 * S, NULL), 0);
	bytes = ring.bytes;
	ring_finish(&ring);
	/* The model takes it amiss when somebody unmaps what is not there. */
	assert_string_equal(fake_breaches(host), "");
	assert_int_equal(sys_munmap(fake_sys(host), bytes, 2 * S), -EINVAL);
}

static void one_byte_too_many_pushes_the_oldest_out(void **state)
{
	_cleanup_ring_ struct ring ring = { 0 };
	char bytes[S];
	size_t len = S;

	memset(bytes, 'a', S);
	assert_int_equal(ring_init(&ring, sys_linux(), S, NULL), 0);
	assert_int_equal(ring_write(&ring, bytes, S), 0);
	assert_int_equal(ring_write(&ring, "b", 1), 0);
	assert_int_equal(ring_read(&ring, bytes, &len), 0);
	assert_int_equal(len, S);
	assert_int_equal(bytes[0], 'a');
	assert_int_equal(bytes[S - 1], 'b');
}

/* Where fewer bytes are there than have to go in all, none may be counted twice. */
static void as_much_as_it_holds_leaves_exactly_that(void **state)
{
	_cleanup_ring_ struct ring ring = { 0 };
	char bytes[S], text[S];
	size_t len = S;

	memset(bytes, 'n', S);
	assert_int_equal(ring_init(&ring, sys_linux(), S, NULL), 0);
	assert_int_equal(ring_write(&ring, "ol", 2), 0);
	assert_int_equal(ring_write(&ring, bytes, S), 0);
	assert_int_equal(ring_read(&ring, text, &len), 0);
	assert_int_equal(len, S);
	assert_memory_equal(text, bytes, S);
}

static void more_than_it_holds_changes_nothing(void **state)
{
	_cleanup_ring_ struct ring ring = { 0 };
	char bytes[S + 1] = "", text[8];
	size_t len = sizeof(text);

	assert_int_equal(ring_init(&ring, sys_linux(), S, NULL), 0);
	assert_int_equal(ring_write(&ring, "kept", 4), 0);
	assert_int_equal(ring_write(&ring, bytes, S + 1), -EFBIG);
	assert_int_equal(ring_read(&ring, text, &len), 0);
	assert_int_equal(len, 4);
	assert_memory_equal(text, "kept", 4);
}

static void what_was_cleared_is_gone(void **state)
{
	_cleanup_ring_ struct ring ring = { 0 };
	char text[8];
	size_t len = sizeof(text);

	assert_int_equal(ring_init(&ring, sys_linux(), S, NULL), 0);
	assert_int_equal(ring_write(&ring, "text", 4), 0);
	ring_clear(&ring);
	assert_int_equal(ring_read(&ring, text, &len), -ENODATA);
	assert_int_equal(ring_drop(&ring, 1), 0);
}

static void no_ring_is_an_empty_one_without_room(void **state)
{
	struct ring ring = { 0 };
	struct iovec parts[2];
	size_t len = 1;
	char byte;

	assert_int_equal(ring_write(&ring, "x", 1), -EFBIG);
	assert_int_equal(ring_write(&ring, "", 0), 0);
	assert_int_equal(ring_read(&ring, &byte, &len), -ENODATA);
	assert_int_equal(ring_parts(&ring, parts), 0);
	assert_int_equal(ring_drop(&ring, 9), 0);
	ring_clear(&ring);
	ring_finish(&ring);
	ring_finish(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_multiples_of_a_page_are_sizes),
		cmocka_unit_test(what_the_configuration_takes_for_a_size_is_one),
		cmocka_unit_test(too_large_a_size_is_no_memory),
		cmocka_unit_test(its_only_call_may_fail),
		cmocka_unit_test(the_mapping_goes_with_the_ring),
		cmocka_unit_test(one_byte_too_many_pushes_the_oldest_out),
		cmocka_unit_test(as_much_as_it_holds_leaves_exactly_that),
		cmocka_unit_test(more_than_it_holds_changes_nothing),
		cmocka_unit_test(what_was_cleared_is_gone),
		cmocka_unit_test(no_ring_is_an_empty_one_without_room),
		cmocka_unit_test(every_place_may_be_the_one_where_it_wraps),
		cmocka_unit_test(random_histories_are_those_of_a_queue),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
