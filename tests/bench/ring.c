/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a write to a console's ring costs, side by side with what it cannot be cheaper than: memcpy
 * to one place. A ratio for people to read; no test.
 */
#include "core/console/ring.h"

#include <stdio.h>
#include <string.h>

enum { BLOCK = 4096, SIZE = 131072, WRITES = 200000, ROUNDS = 5 };

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static double ring_ns(struct ring *ring, const char *block, size_t len)
{
	uint64_t begin = now_ns();

	for (unsigned i = 0; i < WRITES; i++)
		(void)ring_write(ring, block, len);
	return (double)(now_ns() - begin) / WRITES;
}

/* Over the same memory, so that both miss the same caches. */
static double copy_ns(const struct ring *ring, const char *block, size_t len)
{
	uint64_t begin = now_ns();

	for (unsigned i = 0; i < WRITES; i++) {
		memcpy(ring->bytes + i % (SIZE / BLOCK) * BLOCK, block, len);
		__asm__ volatile("" ::: "memory"); /* each of them counts */
	}
	return (double)(now_ns() - begin) / WRITES;
}

int main(void)
{
	static const size_t lengths[] = { BLOCK, BLOCK - 1, 80 };
	static char block[BLOCK];
	struct ring ring;

	memset(block, 'x', sizeof(block));
	if (ring_init(&ring, sys_linux(), SIZE, NULL) < 0)
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		double best_ring = 1e9, best_copy = 1e9;

		for (unsigned round = 0; round < ROUNDS; round++) {
			double r = ring_ns(&ring, block, lengths[i]),
			       c = copy_ns(&ring, block, lengths[i]);

			best_ring = r < best_ring ? r : best_ring;
			best_copy = c < best_copy ? c : best_copy;
		}
		printf("%4zu bytes: ring %.1f ns, memcpy %.1f ns, ratio %.2f\n", lengths[i],
		       best_ring, best_copy, best_ring / best_copy);
	}
	ring_finish(&ring);
	return 0;
}
