/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/config/object.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

size_t line_end(const char *text, size_t len, size_t *next)
{
	size_t n = 0;

	while (n < len && text[n] != '\n' && text[n] != '\r')
		n++;
	*next = n;
	if (n < len)
		*next += n + 1 < len && text[n] == '\r' && text[n + 1] == '\n' ? 2 : 1;
	return n;
}

static bool is_empty(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!is_blank(text[i]) && text[i] != '\f')
			return false;
	}
	return true;
}

/* One outer pair of equal quotes goes; there are no escapes. */
static void unquote(struct line *line)
{
	const char *v = line->value;
	size_t n = line->value_len;

	if (n < 2 || (v[0] != '"' && v[0] != '\'') || v[n - 1] != v[0])
		return;
	line->value++;
	line->value_len -= 2;
}

struct line line_parse(const char *text, size_t len)
{
	struct line line = { .kind = LINE_EMPTY };
	const char *end = text + len, *equals;

	if (is_empty(text, len))
		return line;
	while (text < end && is_blank(*text))
		text++;
	line.kind = *text == '#' ? LINE_COMMENT : LINE_FOREIGN;
	if (end - text < 4 || memcmp(text, "lxc.", 4) != 0)
		return line;
	line.key = text;
	equals = memchr(text, '=', (size_t)(end - text));
	if (!equals) {
		line.kind = LINE_BAD;
		while (text < end && !is_blank(*text))
			text++;
		line.key_len = (size_t)(text - line.key);
		return line;
	}
	line.kind = LINE_SETTING;
	line.value = equals + 1;
	while (equals > line.key && is_blank(equals[-1]))
		equals--;
	line.key_len = (size_t)(equals - line.key);
	while (line.value < end && is_blank(*line.value))
		line.value++;
	while (end > line.value && is_blank(end[-1]))
		end--;
	line.value_len = (size_t)(end - line.value);
	unquote(&line);
	return line;
}
