/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * caps: capability names <-> numbers, lists <-> masks. Pure tables; no privilege.
 *
 * Names are lower case without "cap_", as lxc.cap.* has them. Source: capabilities(7).
 */
#ifndef CAPS_CAPS_H
#define CAPS_CAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "chown" -> 0; "21" -> 21 (at most 63). -EINVAL: neither. */
int caps_number(const char *name);
/* "chown"; NULL: a number without a name. */
const char *caps_name(unsigned number);

static inline uint64_t caps_bit(unsigned number)
{
	return UINT64_C(1) << number;
}
/* All capabilities up to and including last. */
static inline uint64_t caps_all(unsigned last)
{
	return last >= 63 ? UINT64_MAX : caps_bit(last + 1) - 1;
}

#endif
