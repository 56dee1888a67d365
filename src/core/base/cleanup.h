/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * base/cleanup: ownership made visible: scopes release, steal_ptr hands over.
 *
 * Pure macros; owns nothing.
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stddef.h>
#include <stdlib.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define _printf_(fmt, first) __attribute__((format(printf, fmt, first)))
#define _noreturn_ __attribute__((noreturn))
#define _unused_ __attribute__((unused))
#define _warn_unused_ __attribute__((warn_unused_result))
#define _cleanup_(fn) __attribute__((cleanup(fn)))

/* For pointers from malloc: char *p _cleanup_free_ = NULL; */
static inline void cleanup_free(void *pp)
{
	free(*(void **)pp);
}
#define _cleanup_free_ _cleanup_(cleanup_free)

/* Hands a pointer over: the variable is NULL afterwards, so its cleanup does nothing. */
#define steal_ptr(pp)                        \
	({                                   \
		__typeof__(*(pp)) p_ = *(pp); \
		*(pp) = NULL;                \
		p_;                          \
	})

#endif
