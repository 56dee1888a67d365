/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/base/str.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

void str_finish(struct str *str)
{
	if (!str)
		return;
	free(str->s);
	*str = (struct str){0};
}

void str_clear(struct str *str)
{
	str->len = 0;
	str->failed = false;
	if (str->s)
		str->s[0] = '\0';
}

/* Makes room for n more bytes and the terminator. */
static bool reserve(struct str *str, size_t n)
{
	size_t need = str->len + n + 1;
	size_t cap = str->cap ? str->cap : 64;
	char *s;

	/* What is half of all memory cannot be doubled, nor be had. */
	if (n >= SIZE_MAX / 2 - str->len)
		str->failed = true;
	if (str->failed)
		return false;
	if (need <= str->cap)
		return true;
	while (cap < need)
		cap *= 2;
	s = realloc(str->s, cap);
	if (!s) {
		str->failed = true;
		return false;
	}
	str->s = s;
	str->cap = cap;
	return true;
}

void str_add_n(struct str *str, const void *bytes, size_t n)
{
	if (!reserve(str, n))
		return;
	if (n > 0)
		memcpy(str->s + str->len, bytes, n);
	str->len += n;
	str->s[str->len] = '\0';
}

void str_add(struct str *str, const char *text)
{
	str_add_n(str, text, strlen(text));
}

void str_addf(struct str *str, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0 || !reserve(str, (size_t)len)) {
		str->failed = true;
		return;
	}
	va_start(args, fmt);
	(void)vsnprintf(str->s + str->len, (size_t)len + 1, fmt, args);
	va_end(args);
	str->len += (size_t)len;
}

char *str_steal(struct str *str)
{
	char *s;

	if (!reserve(str, 0))
		return NULL;
	str->s[str->len] = '\0';
	s = str->s;
	*str = (struct str){0};
	return s;
}

const char *str_after(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

bool str_ends(const char *text, const char *suffix)
{
	size_t a = strlen(text), b = strlen(suffix);

	return a >= b && memcmp(text + a - b, suffix, b) == 0;
}

char *str_dup_n(const char *text, size_t n)
{
	char *s = malloc(n + 1);

	if (!s)
		return NULL;
	memcpy(s, text, n);
	s[n] = '\0';
	return s;
}

char *str_dup(const char *text)
{
	return str_dup_n(text, strlen(text));
}

char *str_printf(const char *fmt, ...)
{
	va_list args;
	char *s = NULL;
	int len;

	va_start(args, fmt);
	len = vasprintf(&s, fmt, args);
	va_end(args);
	return len < 0 ? NULL : s;
}

int str_to_u64(const char *text, uint64_t *out)
{
	unsigned long long value;
	char *end;

	while (isspace((unsigned char)*text))
		text++;
	if (*text == '+')
		text++;
	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 0);
	if (*end != '\0')
		return -EINVAL;
	if (errno == ERANGE)
		return -ERANGE;
	*out = value;
	return 0;
}

int str_to_u32(const char *text, uint32_t *out)
{
	uint64_t value = 0;
	int ret = str_to_u64(text, &value);

	if (ret < 0)
		return ret;
	if (value > UINT32_MAX)
		return -ERANGE;
	*out = (uint32_t)value;
	return 0;
}

int str_to_i32(const char *text, int32_t *out)
{
	uint64_t value = 0;
	bool negative = false;
	int ret;

	while (isspace((unsigned char)*text))
		text++;
	if (*text == '-' && isdigit((unsigned char)text[1])) {
		negative = true;
		text++;
	}
	ret = str_to_u64(text, &value);
	if (ret < 0)
		return ret;
	if (value > (uint64_t)INT32_MAX + (negative ? 1 : 0))
		return -ERANGE;
	*out = (int32_t)(negative ? -(int64_t)value : (int64_t)value);
	return 0;
}

int str_to_decimal(const char *text, uint64_t *out)
{
	uint64_t value = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (!isdigit((unsigned char)*text))
			return -EINVAL;
		if (__builtin_mul_overflow(value, 10U, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
			return -ERANGE;
	}
	*out = value;
	return 0;
}

int str_to_mask(const char *text, uint64_t *out)
{
	uint64_t value = 0;
	size_t digits = 0;

	text += strspn(text, " \t");
	for (; isxdigit((unsigned char)text[digits]); digits++) {
		char c = text[digits];

		if (value >> 60)
			return -ERANGE;
		value = value << 4 | (uint64_t)(isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	if (digits == 0)
		return -EINVAL;
	*out = value;
	return 0;
}

char *str_next_word(char **rest, const char *separators)
{
	char *word = *rest + strspn(*rest, separators);
	size_t len = strcspn(word, separators);

	if (len == 0)
		return NULL;
	*rest = word + len;
	if (**rest) {
		**rest = '\0';
		(*rest)++;
	}
	return word;
}
