/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * base/err: one error, as a value: what failed, on which object, why, who asked for it, what to do.
 *
 * Filled once, where the failure happens; passed up by out-parameter; printed once by the last layer.
 * Fixed size and free of pointers, so that it can be sent over a socket as it is. No allocation, safe after fork.
 * Every function takes err == NULL and then only hands the return value on.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "core/base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

struct err {
	int32_t code;        /* -errno of the root cause; 0: no error */
	uint32_t line;       /* of the configuration file; 0: unknown */
	char what[640];      /* the message without origin and hint, errno text included */
	char context[256];   /* "container web": outermost first */
	char file[256];      /* configuration file that asked for the failing thing; "" if none */
	char text[256];      /* that line of configuration, "key = value"; or the built-in rule's name */
	char hint[192];      /* one sentence: what to do; "" if none */
	char where[64];      /* source location, for the log file only */
};

/* The words are complete: no errno text is added. Returns ret (which must be negative). */
int err_set_at(struct err *err, const char *where, int ret, const char *fmt, ...) _printf_(4, 5);

/* A system call failed: "FMT failed: No such file or directory (ENOENT)". Returns ret, a negative errno. */
int err_sys_at(struct err *err, const char *where, int ret, const char *fmt, ...) _printf_(4, 5);

#define ERR_STR_(x) #x
#define ERR_STR(x) ERR_STR_(x)
#define ERR_HERE (__FILE__ ":" ERR_STR(__LINE__))
#define err_set(err, ret, ...) err_set_at(err, ERR_HERE, ret, __VA_ARGS__)
#define err_sys(err, ret, ...) err_sys_at(err, ERR_HERE, ret, __VA_ARGS__)

/* Puts context before what is there: "container web: CONTEXT". For a layer that knows more than the one below. */
void err_context(struct err *err, const char *fmt, ...) _printf_(2, 3);

/* Says which line of configuration asked for it. file may be NULL (built-in rule, named by text). Keeps an earlier origin. */
void err_origin(struct err *err, const char *file, unsigned line, const char *text);

/* One sentence: what the person can do. Keeps an earlier hint. hint NULL: nothing. */
void err_hint(struct err *err, const char *hint);

static inline bool err_is(const struct err *err)
{
	return err && err->code != 0;
}

/*
 * The text for people, up to three lines without a final newline:
 *   CONTEXT: WHAT
 *     from FILE:LINE: TEXT
 *     hint: HINT
 * Always terminated. Returns the length (cut to size - 1).
 */
size_t err_render(const struct err *err, char *buf, size_t size);

/* "ENOENT" for 2 or -2; "E?" for an unknown number. Static text. */
const char *err_name(int number);

#endif
