/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/config/object.h"

#include <errno.h>

void text_add_line(struct str *text, const char *line, size_t len)
{
	str_add_n(text, line, len);
	str_add(text, "\n");
}

/* Old names of the network keys fall together with "lxc.net": nothing else can remove them. */
static bool is_old_network(const struct key_ref *target, const char *name)
{
	return target->key->type == &key_net && str_starts(name, "lxc.network");
}

static bool is_covered(const struct key_ref *target, const struct line *line)
{
	char *name _cleanup_free_ = NULL;
	struct key_ref ref;

	if (line->kind != LINE_SETTING && line->kind != LINE_BAD)
		return false;
	name = str_dup_n(line->key, line->key_len);
	if (!name)
		return false;
	if (key_find(name, &ref) < 0)
		return is_old_network(target, name);
	return key_covers(target, &ref);
}

int text_drop(struct str *text, const struct key_ref *target)
{
	_cleanup_str_ struct str kept = { 0 };
	const char *at = str_text(text);
	size_t left = text->len, next;

	for (; left > 0; at += next, left -= next) {
		size_t n = line_end(at, left, &next);
		struct line line = line_parse(at, n);

		if (!is_covered(target, &line))
			text_add_line(&kept, at, n);
	}
	if (!str_ok(&kept))
		return -ENOMEM;
	str_finish(text);
	*text = kept;
	kept = (struct str){ 0 };
	return 0;
}
