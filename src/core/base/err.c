/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Copies as much as fits; always terminated. */
static void copy(char *dst, size_t size, const char *src)
{
	size_t len = strnlen(src, size - 1);

	memcpy(dst, src, len);
	dst[len] = '\0';
}

const char *err_name(int number)
{
	const char *name = strerrorname_np(number < 0 ? -number : number);

	return name ? name : "E?";
}

static void _printf_(4, 0)
	fill(struct err *err, const char *where, int ret, const char *fmt, va_list args)
{
	assert(ret < 0);
	memset(err, 0, sizeof(*err));
	err->code = ret;
	copy(err->where, sizeof(err->where), where);
	(void)vsnprintf(err->what, sizeof(err->what), fmt, args);
}

int err_set_at(struct err *err, const char *where, int ret, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return ret;
	va_start(args, fmt);
	fill(err, where, ret, fmt, args);
	va_end(args);
	return ret;
}

int err_sys_at(struct err *err, const char *where, int ret, const char *fmt, ...)
{
	va_list args;
	const char *words;
	size_t len;

	if (!err)
		return ret;
	va_start(args, fmt);
	fill(err, where, ret, fmt, args);
	va_end(args);
	words = strerrordesc_np(-ret);
	len = strlen(err->what);
	(void)snprintf(err->what + len, sizeof(err->what) - len, " failed: %s (%s)",
		       words ? words : "unknown error", err_name(ret));
	return ret;
}

void err_context(struct err *err, const char *fmt, ...)
{
	char inner[sizeof(err->context)];
	va_list args;
	size_t len;

	if (!err)
		return;
	copy(inner, sizeof(inner), err->context);
	va_start(args, fmt);
	(void)vsnprintf(err->context, sizeof(err->context), fmt, args);
	va_end(args);
	if (!inner[0])
		return;
	len = strlen(err->context);
	(void)snprintf(err->context + len, sizeof(err->context) - len, ": %s", inner);
}

void err_origin(struct err *err, const char *file, unsigned line, const char *text)
{
	if (!err || err->text[0])
		return;
	copy(err->file, sizeof(err->file), file ? file : "");
	copy(err->text, sizeof(err->text), text ? text : "");
	err->line = line;
}

void err_hint(struct err *err, const char *hint)
{
	if (!err || !hint || err->hint[0])
		return;
	copy(err->hint, sizeof(err->hint), hint);
}

static size_t _printf_(4, 5) append(char *buf, size_t size, size_t at, const char *fmt, ...)
{
	va_list args;
	int len;

	if (at + 1 >= size)
		return at;
	va_start(args, fmt);
	len = vsnprintf(buf + at, size - at, fmt, args);
	va_end(args);
	if (len < 0)
		return at;
	return (size_t)len >= size - at ? size - 1 : at + (size_t)len;
}

size_t err_render(const struct err *err, char *buf, size_t size)
{
	size_t at = 0;

	assert(size > 0);
	buf[0] = '\0';
	if (err->context[0])
		at = append(buf, size, at, "%s: ", err->context);
	at = append(buf, size, at, "%s", err->what);
	if (err->text[0] && err->file[0])
		at = append(buf, size, at, "\n  from %s:%u: %s", err->file, err->line, err->text);
	else if (err->text[0])
		at = append(buf, size, at, "\n  from %s", err->text);
	if (err->hint[0])
		at = append(buf, size, at, "\n  hint: %s", err->hint);
	return at;
}
