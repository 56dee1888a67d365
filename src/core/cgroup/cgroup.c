/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names, lines and lists of cgroups. */
#include "core/cgroup/cgroup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool cgroup_line_next(const char **rest, struct cgroup_line *out)
{
	while (**rest) {
		const char *line = *rest;
		const char *end = line + strcspn(line, "\n");
		const char *first = memchr(line, ':', (size_t)(end - line));
		const char *second =
			first ? memchr(first + 1, ':', (size_t)(end - first - 1)) : NULL;

		*rest = *end ? end + 1 : end;
		if (!second)
			continue;
		out->controllers = first + 1;
		out->controllers_len = (size_t)(second - first - 1);
		out->path = second + 1;
		out->path_len = (size_t)(end - second - 1);
		out->v2 = out->controllers_len == 0 && first - line == 1 && line[0] == '0';
		return true;
	}
	return false;
}

bool cgroup_list_has(const char *list, size_t len, const char *word)
{
	size_t word_len = strlen(word);

	for (size_t at = 0; at < len;) {
		const char *comma = memchr(list + at, ',', len - at);
		size_t n = comma ? (size_t)(comma - list) - at : len - at;

		if (n == word_len && memcmp(list + at, word, n) == 0)
			return true;
		at += n + 1;
	}
	return false;
}

static int copy(char *buf, size_t size, const char *text, size_t len)
{
	if (len >= size)
		return -ENAMETOOLONG;
	memcpy(buf, text, len);
	buf[len] = '\0';
	return 0;
}

int cgroup_path_of(const char *text, const char *controller, char *buf, size_t size)
{
	struct cgroup_line line;

	while (cgroup_line_next(&text, &line)) {
		if (controller ? cgroup_list_has(line.controllers, line.controllers_len, controller)
			       : line.v2)
			return copy(buf, size, line.path, line.path_len);
	}
	return -ENOENT;
}

int cgroup_name(const char *pattern, const char *dir, const char *name, char *buf, size_t size)
{
	size_t len = 0;

	if (dir && dir[0])
		return cgroup_join("", dir, name, buf, size);
	while (*pattern) {
		const char *piece = pattern[0] == '%' && pattern[1] == 'n' ? name : pattern;
		size_t n = piece == name ? strlen(name) : 1;

		if (len + n >= size)
			return -ENAMETOOLONG;
		memcpy(buf + len, piece, n);
		len += n;
		pattern += piece == name ? 2 : 1;
	}
	if (size == 0)
		return -ENAMETOOLONG;
	buf[len] = '\0';
	return 0;
}

int cgroup_name_try(const char *name, unsigned n, char *buf, size_t size)
{
	int len;

	if (n > CGROUP_SUFFIX_MAX)
		return -EUSERS;
	len = n ? snprintf(buf, size, "%s-%u", name, n) : snprintf(buf, size, "%s", name);
	return len < 0 || (size_t)len >= size ? -ENAMETOOLONG : 0;
}

int cgroup_join(const char *mount, const char *base, const char *name, char *buf, size_t size)
{
	const char *parts[] = { mount, base, name };
	size_t len = 0;

	if (size == 0)
		return -ENAMETOOLONG;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *part = parts[i];
		size_t n;

		if (len > 0)
			part += strspn(part, "/");
		n = strlen(part);
		while (n > 0 && part[n - 1] == '/')
			n--;
		if (n == 0)
			continue;
		if (len + n + 1 >= size)
			return -ENAMETOOLONG;
		if (len > 0)
			buf[len++] = '/';
		memcpy(buf + len, part, n);
		len += n;
	}
	buf[len] = '\0';
	return 0;
}
