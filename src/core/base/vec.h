/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * base/vec: a growing array of equal items.
 *
 * Owns the array, not what its items point to. Adding may move the items: keep indices, not pointers.
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "core/base/cleanup.h"

struct vec {
	void *items;
	size_t count;
	size_t cap;
	size_t item_size;
};

#define VEC_OF(type) ((struct vec){ .item_size = sizeof(type) })
#define vec_at(vec, type, i) (&((type *)(vec)->items)[i])

void vec_finish(struct vec *vec); /* NULL and zeroed are fine */
#define _cleanup_vec_ _cleanup_(vec_finish)

/* Adds a copy of *item (zeroes for NULL) at the end; its address, NULL when out of memory. */
void *vec_add(struct vec *vec, const void *item);
/* Takes item i out, keeping the order. */
void vec_remove(struct vec *vec, size_t i);

#endif
