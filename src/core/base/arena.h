/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * base/arena: memory for things that die together.
 *
 * Owns its blocks; single objects are never freed. Out of memory gives NULL, and is remembered in failed.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "core/base/cleanup.h"

#include <stdbool.h>

struct arena_block;
struct arena {
	struct arena_block *blocks;
	bool failed;
};

void arena_finish(struct arena *arena); /* NULL and zeroed are fine */
#define _cleanup_arena_ _cleanup_(arena_finish)

void *arena_alloc(struct arena *arena, size_t size); /* zeroed, aligned for any type */
char *arena_dup(struct arena *arena, const char *text);
char *arena_dup_n(struct arena *arena, const char *text, size_t n);

#endif
