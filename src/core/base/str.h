/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * base/str: text: a growing buffer, prefixes, strict numbers.
 *
 * A buffer owns its memory (malloc). Out of memory is sticky: adding goes on doing nothing, str_ok() tells at the end.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "core/base/cleanup.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct str {
	char *s;      /* NULL or terminated; not counted in len */
	size_t len;
	size_t cap;
	bool failed;  /* an allocation failed: the text is incomplete */
};

#define _cleanup_str_ _cleanup_(str_finish)

void str_finish(struct str *str); /* NULL and zeroed are fine */
void str_clear(struct str *str);  /* empties, keeps the memory */
void str_add(struct str *str, const char *text);
void str_add_n(struct str *str, const void *bytes, size_t n);
void str_addf(struct str *str, const char *fmt, ...) _printf_(2, 3);
static inline bool str_ok(const struct str *str)
{
	return !str->failed;
}
/* The text, "" when empty; valid until the next change. */
static inline const char *str_text(const struct str *str)
{
	return str->s ? str->s : "";
}
/* Hands the text over (free() it); never NULL unless str_ok() is false. The buffer is empty afterwards. */
char *str_steal(struct str *str);

static inline bool str_eq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}
/* The rest of text after prefix, NULL when text does not begin with it. */
const char *str_after(const char *text, const char *prefix);
static inline bool str_starts(const char *text, const char *prefix)
{
	return str_after(text, prefix) != NULL;
}
bool str_ends(const char *text, const char *suffix);

/* malloc'ed text, NULL when out of memory. */
char *str_dup(const char *text);
char *str_dup_n(const char *text, size_t n);
char *str_printf(const char *fmt, ...) _printf_(1, 2);

/*
 * A whole text as a number: optional blanks and '+' before, decimal, 0x hex or 0 octal, nothing behind.
 * 0; -EINVAL: not a number; -ERANGE: does not fit.
 */
int str_to_u32(const char *text, uint32_t *out);
int str_to_i32(const char *text, int32_t *out);
int str_to_u64(const char *text, uint64_t *out);
/* Decimal digits only, as the kernel writes pids and ids. */
int str_to_decimal(const char *text, uint64_t *out);
/* The hexadecimal digits (no 0x) that text begins with, after blanks, as procfs writes masks. -EINVAL: none; -ERANGE. */
int str_to_mask(const char *text, uint64_t *out);

/* The next piece of *rest that has none of the bytes in separators; *rest moves on; NULL at the end. Changes the text. */
char *str_next_word(char **rest, const char *separators);

/* Names longer than that have no neighbours worth a search. */
#define STR_DISTANCE_MAX 64
/* How many bytes must be put in, taken out or changed to make one name the other. At most STR_DISTANCE_MAX bytes each. */
unsigned str_distance(const char *a, const char *b);

#endif
