/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes an image. */
#include "core/plan/build.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A run of bytes in strings: one text or one vector. */
struct stored {
	uint64_t hash;
	uint32_t at;
	uint32_t len;
};

void plan_builder_init(struct plan_builder *b)
{
	*b = (struct plan_builder){
		.steps = VEC_OF(struct step),
		.origins = VEC_OF(struct plan_origin),
		.items = VEC_OF(struct plan_item),
		.texts = VEC_OF(struct stored),
		.chapter = CHAPTER_COUNT,
	};
	memcpy(b->head.magic, PLAN_MAGIC, sizeof(b->head.magic));
	b->head.version = PLAN_VERSION;
	(void)snprintf(b->head.build_id, sizeof(b->head.build_id), "%s", plan_build_id());
	str_add_n(&b->strings, "", 1);
	if (!vec_add(&b->origins, NULL)) /* number 0: nobody */
		b->failed = true;
}

void plan_builder_finish(struct plan_builder *b)
{
	if (!b)
		return;
	vec_finish(&b->steps);
	vec_finish(&b->origins);
	vec_finish(&b->items);
	vec_finish(&b->texts);
	str_finish(&b->strings);
	str_finish(&b->serial);
}

static uint64_t hash_of(const char *bytes, size_t len)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
	return hash;
}

uint32_t plan_add_vec(struct plan_builder *b, const char *strings, size_t len)
{
	struct stored new = { 0 };

	if (len == 0)
		return 0;
	assert(strings[len - 1] == '\0');
	new.hash = hash_of(strings, len);
	for (size_t i = 0; i < b->texts.count; i++) {
		const struct stored *old = vec_at(&b->texts, struct stored, i);

		if (old->hash == new.hash &&
		    old->len == len &&memcmp(b->strings.s + old->at, strings, len) == 0)
			return old->at;
	}
	if (b->strings.len + len > PLAN_SIZE_MAX) {
		b->failed = true;
		return 0;
	}
	new.at = (uint32_t)b->strings.len;
	new.len = (uint32_t)len;
	str_add_n(&b->strings, strings, len);
	if (!str_ok(&b->strings) || !vec_add(&b->texts, &new)) {
		b->failed = true;
		return 0;
	}
	return new.at;
}

uint32_t plan_add_str(struct plan_builder *b, const char *text)
{
	return text && text[0] ? plan_add_vec(b, text, strlen(text) + 1) : 0;
}

uint32_t plan_add_strf(struct plan_builder *b, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0) {
		text = NULL;
		b->failed = true;
		return 0;
	}
	return plan_add_str(b, text);
}

uint32_t plan_add_strv(struct plan_builder *b, const char *const *strv, size_t count)
{
	_cleanup_str_ struct str all = { 0 };

	for (size_t i = 0; i < count; i++)
		str_add_n(&all, strv[i], strlen(strv[i]) + 1);
	if (!str_ok(&all)) {
		b->failed = true;
		return 0;
	}
	return plan_add_vec(b, all.s, all.len);
}

void plan_set_origin(struct plan_builder *b, const char *file, uint32_t line, const char *text)
{
	struct plan_origin origin = {
		.file = plan_add_str(b, file),
		.line = line,
		.text = plan_add_str(b, text),
	};

	for (size_t i = 0; i < b->origins.count; i++) {
		if (memcmp(vec_at(&b->origins, struct plan_origin, i), &origin, sizeof(origin)) ==
		    0) {
			b->origin = (uint32_t)i;
			return;
		}
	}
	b->origin = (uint32_t)b->origins.count;
	if (!vec_add(&b->origins, &origin)) {
		b->failed = true;
		b->origin = 0;
	}
}

void plan_begin(struct plan_builder *b, enum chapter chapter)
{
	assert(chapter < CHAPTER_COUNT);
	assert(b->head.chapters[chapter].count == 0);
	b->chapter = chapter;
	b->head.chapters[chapter].first = (uint32_t)b->steps.count;
}

struct step *plan_add_step(struct plan_builder *b, enum step_kind kind)
{
	const struct step step = { .kind = (uint16_t)kind, .origin = b->origin };
	struct step *added;

	assert(b->chapter < CHAPTER_COUNT); /* a step belongs to a chapter */
	assert(kind < STEP_KIND_COUNT);
	added = vec_add(&b->steps, &step);
	if (!added) {
		b->failed = true;
		b->scratch = step;
		return &b->scratch;
	}
	b->head.chapters[b->chapter].count++;
	return added;
}

void plan_add_item(struct plan_builder *b, const char *name, const char *value)
{
	const struct plan_item item = { plan_add_str(b, name), plan_add_str(b, value) };

	if (!vec_add(&b->items, &item))
		b->failed = true;
}

static int by_name(const void *left, const void *right, void *strings)
{
	const struct plan_item *a = left;
	const struct plan_item *b = right;

	return strcmp((const char *)strings + a->name, (const char *)strings + b->name);
}

/* Sorted, each name once: the last one wins. */
static void order_items(struct plan_builder *b)
{
	struct plan_item *items = b->items.items;
	size_t kept = 0;

	if (b->items.count < 2)
		return;
	for (size_t i = b->items.count; i-- > 0;) { /* equal names are equal offsets */
		bool later = false;

		for (size_t k = i + 1; k < b->items.count && !later; k++)
			later = items[k].name == items[i].name;
		if (later)
			vec_remove(&b->items, i);
	}
	kept = b->items.count;
	qsort_r(b->items.items, kept, sizeof(struct plan_item), by_name, b->strings.s);
}

static uint32_t place(uint32_t *at, size_t count, size_t size)
{
	uint32_t here = (*at + 7U) & ~7U;

	*at = here + (uint32_t)(count * size);
	return here;
}

int plan_build(struct plan_builder *b, struct plan **image_out)
{
	struct plan *head = &b->head;
	uint32_t size = sizeof(struct plan);
	char *image;

	if (b->failed || !str_ok(&b->strings) || !str_ok(&b->serial))
		return b->strings.len >= PLAN_SIZE_MAX / 2 ? -E2BIG : -ENOMEM;
	if (b->strings.len + b->serial.len + b->steps.count * sizeof(struct step) +
		    b->origins.count * sizeof(struct plan_origin) +
		    b->items.count * sizeof(struct plan_item) >
	    PLAN_SIZE_MAX - 4096)
		return -E2BIG;
	if (b->steps.count > PLAN_STEPS_MAX)
		return -E2BIG;
	order_items(b);
	head->step_count = (uint32_t)b->steps.count;
	head->origin_count = (uint32_t)b->origins.count;
	head->item_count = (uint32_t)b->items.count;
	head->strings_size = (uint32_t)b->strings.len;
	head->serial_size = (uint32_t)b->serial.len;
	head->steps_at = place(&size, b->steps.count, sizeof(struct step));
	head->origins_at = place(&size, b->origins.count, sizeof(struct plan_origin));
	head->items_at = place(&size, b->items.count, sizeof(struct plan_item));
	head->strings_at = place(&size, b->strings.len, 1);
	head->serial_at = place(&size, b->serial.len, 1);
	head->size = size;
	image = calloc(1, size);
	if (!image)
		return -ENOMEM;
	memcpy(image, head, sizeof(*head));
	if (b->steps.count)
		memcpy(image + head->steps_at, b->steps.items,
		       b->steps.count * sizeof(struct step));
	memcpy(image + head->origins_at, b->origins.items,
	       b->origins.count * sizeof(struct plan_origin));
	if (b->items.count)
		memcpy(image + head->items_at, b->items.items,
		       b->items.count * sizeof(struct plan_item));
	memcpy(image + head->strings_at, b->strings.s, b->strings.len);
	if (b->serial.len)
		memcpy(image + head->serial_at, b->serial.s, b->serial.len);
	*image_out = (struct plan *)(void *)image;
	return 0;
}
