/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/base/vec.h"

#include <assert.h>
#include <string.h>

void vec_finish(struct vec *vec)
{
	if (!vec)
		return;
	free(vec->items);
	vec->items = NULL;
	vec->count = 0;
	vec->cap = 0;
}

void *vec_add(struct vec *vec, const void *item)
{
	char *slot;

	assert(vec->item_size > 0);
	if (vec->count == vec->cap) {
		size_t cap = vec->cap ? vec->cap * 2 : 8;
		void *items = reallocarray(vec->items, cap, vec->item_size);

		if (!items)
			return NULL;
		vec->items = items;
		vec->cap = cap;
	}
	slot = (char *)vec->items + vec->count * vec->item_size;
	if (item)
		memcpy(slot, item, vec->item_size);
	else
		memset(slot, 0, vec->item_size);
	vec->count++;
	return slot;
}

void vec_remove(struct vec *vec, size_t i)
{
	char *slot = (char *)vec->items + i * vec->item_size;

	assert(i < vec->count);
	memmove(slot, slot + vec->item_size, (vec->count - i - 1) * vec->item_size);
	vec->count--;
}
