/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * console/ring: the last bytes that a console printed.
 *
 * A bounded buffer in memory: whoever writes is never refused for want of room, the oldest bytes
 * make it. The ring owns one mapping, taken from sys when it begins and given back when it ends; in
 * between nothing can fail. Not for several threads.
 *
 * The bytes lie in one or two parts: what crosses the end of the mapping goes on at its start.
 * Mapping the memory twice, the one view behind the other, would make it a single part always. It
 * costs five more system calls, a descriptor and twice the addresses a container to save one
 * memcpy(3) in every (size / length) writes, and tests on the model kernel would run other code
 * than a container does.
 *
 * Source: lxc.container.conf(5), lxc.console.buffer.size, whose values are sizes of rings: "auto",
 * at least a page, rounded.
 */
#ifndef CONSOLE_RING_H
#define CONSOLE_RING_H

#include "core/base/err.h"
#include "sys/sys.h"

#include <sys/uio.h>

#define RING_PAGE_SIZE 4096

/* Zeroed: none; everything below may then be asked of it, and it has no room. */
struct ring {
	struct sys *sys;
	char *bytes;
	size_t size;
	size_t first; /* index of the oldest byte, below size */
	size_t used;
};

/*
 * An empty ring of that size, a multiple of RING_PAGE_SIZE. On failure *ring is zeroed.
 * 0; -EINVAL: no such multiple; -ENOMEM.
 */
int ring_init(struct ring *ring, struct sys *sys, uint64_t size, struct err *err);
void ring_finish(struct ring *ring); /* NULL and zeroed are fine */
#define _cleanup_ring_ _cleanup_(ring_finish)

/* All len bytes become the newest ones; as many of the oldest go as have to. 0; -EFBIG: more than
 * the size, nothing changed. */
int ring_write(struct ring *ring, const void *bytes, size_t len);

/*
 * Copies the oldest bytes and keeps them. *len: room in out, afterwards what was copied; nothing is
 * added to it. 0; -ENODATA: the ring is empty, *len is kept.
 */
int ring_read(const struct ring *ring, void *out, size_t *len);

/* Where all bytes are, the oldest first, until the next change. The number of parts that hold some:
 * 0 to 2. */
unsigned ring_parts(const struct ring *ring, struct iovec parts[2]);

/* Forgets the len oldest bytes, or all when there are fewer. How many went. */
size_t ring_drop(struct ring *ring, size_t len);
void ring_clear(struct ring *ring); /* all of them */

#endif
