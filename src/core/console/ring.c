/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/console/ring.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

int ring_init(struct ring *ring, struct sys *sys, uint64_t size, struct err *err)
{
	void *bytes = NULL;
	int ret;

	*ring = (struct ring){ 0 };
	if (size == 0 || size % RING_PAGE_SIZE != 0)
		return err_set(err, -EINVAL, "a ring buffer of %llu bytes: not a multiple of %d",
			       (unsigned long long)size, RING_PAGE_SIZE);
	/* The configuration may say 2^63, which no address space has; a smaller one may not even
	 * hold the number. */
	ret = size > SIZE_MAX / 2 ? -ENOMEM
				  : sys_mmap(sys, &bytes, (size_t)size, PROT_READ | PROT_WRITE,
					     MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (ret < 0)
		return err_sys(err, ret, "map a ring buffer of %llu bytes",
			       (unsigned long long)size);
	*ring = (struct ring){ .sys = sys, .bytes = bytes, .size = (size_t)size };
	return 0;
}

void ring_finish(struct ring *ring)
{
	if (ring && ring->sys)
		(void)sys_munmap(ring->sys, ring->bytes, ring->size);
	if (ring)
		*ring = (struct ring){ 0 };
}

int ring_write(struct ring *ring, const void *bytes, size_t len)
{
	size_t at, before_end;

	if (len > ring->size)
		return -EFBIG;
	if (len == 0)
		return 0;
	if (len > ring->size - ring->used)
		ring_drop(ring, len - (ring->size - ring->used));
	at = (ring->first + ring->used) % ring->size;
	before_end = smaller(len, ring->size - at);
	memcpy(ring->bytes + at, bytes, before_end);
	memcpy(ring->bytes, (const char *)bytes + before_end, len - before_end);
	ring->used += len;
	assert(ring->used <= ring->size);
	return 0;
}

unsigned ring_parts(const struct ring *ring, struct iovec parts[2])
{
	size_t before_end = smaller(ring->used, ring->size - ring->first);

	parts[0] = (struct iovec){ ring->bytes + ring->first, before_end };
	parts[1] = (struct iovec){ ring->bytes, ring->used - before_end };
	return (unsigned)(parts[0].iov_len > 0) + (parts[1].iov_len > 0);
}

int ring_read(const struct ring *ring, void *out, size_t *len)
{
	struct iovec parts[2];
	unsigned count = ring_parts(ring, parts);
	size_t done = 0;

	if (count == 0)
		return -ENODATA;
	for (unsigned i = 0; i < count; i++) {
		size_t n = smaller(parts[i].iov_len, *len - done);

		memcpy((char *)out + done, parts[i].iov_base, n);
		done += n;
	}
	*len = done;
	return 0;
}

size_t ring_drop(struct ring *ring, size_t len)
{
	len = smaller(len, ring->used);
	ring->used -= len;
	/* An empty ring begins at its start: what comes next is then in one part. */
	ring->first = ring->used > 0 ? (ring->first + len) % ring->size : 0;
	return len;
}

void ring_clear(struct ring *ring)
{
	ring_drop(ring, ring->used);
}
