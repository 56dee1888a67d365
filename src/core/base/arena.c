/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/base/arena.h"

#include <string.h>

#define BLOCK_SIZE 4096U
#define ALIGN 16U

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t size;
	_Alignas(ALIGN) char bytes[];
};

void arena_finish(struct arena *arena)
{
	struct arena_block *next;

	if (!arena)
		return;
	for (struct arena_block *b = arena->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	*arena = (struct arena){0};
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t need = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	struct arena_block *b = arena->blocks;
	void *p;

	if (need < size)
		goto failed;
	if (!b || b->size - b->used < need) {
		size_t room = need > BLOCK_SIZE ? need : BLOCK_SIZE;

		b = calloc(1, sizeof(*b) + room);
		if (!b)
			goto failed;
		b->size = room;
		b->next = arena->blocks;
		arena->blocks = b;
	}
	p = b->bytes + b->used;
	b->used += need;
	return p;
failed:
	arena->failed = true;
	return NULL;
}

char *arena_dup_n(struct arena *arena, const char *text, size_t n)
{
	char *s = arena_alloc(arena, n + 1);

	if (s)
		memcpy(s, text, n);
	return s;
}

char *arena_dup(struct arena *arena, const char *text)
{
	return arena_dup_n(arena, text, strlen(text));
}
