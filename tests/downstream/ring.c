/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "downstream.h"

#include "core/console/ring.h"

#include <errno.h>

void keep_the_last_bytes(void)
{
	_cleanup_ring_ struct ring ring = { 0 };
	char line[64], last[8] = "";
	size_t len = 7;

	assert(ring_init(&ring, sys_linux(), 5000, NULL) == -EINVAL);
	assert(ring_init(&ring, sys_linux(), 4096, NULL) == 0);
	for (unsigned i = 0; i < 1000; i++) {
		int n = snprintf(line, sizeof(line), "line %u\n", i);

		assert(ring_write(&ring, line, (size_t)n) == 0);
	}
	assert(ring_drop(&ring, 4096 - 7) == 4096 - 7);
	assert(ring_read(&ring, last, &len) == 0 && len == 7);
	assert(strcmp(last, "ne 999\n") == 0);
	ring_clear(&ring);
	assert(ring_read(&ring, last, &len) == -ENODATA);
}
