/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What every chapter needs. */
#include "core/plan/planner.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* Built-in configuration lines are long only by accident: an origin shows their beginning. */
#define ORIGIN_TEXT_MAX 256

static void item_text(const struct config_item *item, char *buf, size_t size)
{
	(void)snprintf(buf, size, "%s = %s", item->name, item->value);
}

void planner_origin(struct planner *p, const struct config_item *item, const char *rule)
{
	char text[ORIGIN_TEXT_MAX];

	if (!item) {
		plan_set_rule(&p->b, rule);
		return;
	}
	item_text(item, text, sizeof(text));
	plan_set_origin(&p->b, item->origin.file, item->origin.line, text);
}

int planner_refuse(struct planner *p, const struct config_item *item, int ret, const char *fmt, ...)
{
	char what[512];
	char text[ORIGIN_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	(void)err_set(p->err, ret, "%s", what);
	if (item) {
		item_text(item, text, sizeof(text));
		err_origin(p->err, item->origin.file, item->origin.line, text);
	}
	return ret;
}

const struct config_item *planner_item(const struct planner *p, const char *name)
{
	return config_item(p->config, name);
}

uint32_t planner_u32(const struct planner *p, const char *name, uint32_t def)
{
	int64_t value = config_int(p->config, name, def);

	return value < 0 || value > UINT32_MAX ? def : (uint32_t)value;
}

enum log_level planner_log_level(const struct planner *p)
{
	const char *text = config_str(p->config, "lxc.log.level");
	enum log_level level;

	if (p->request->log_level)
		return *p->request->log_level;
	return text && log_level_parse(text, &level) == 0 && level < LOG_NOTSET_ ? level
										  : LOG_ERROR_;
}

const char *planner_rootfs(const struct config_item *item, const char **path_out)
{
	static const char *const types[] = { "dir",	"btrfs",     "loop", "lvm", "nbd",
					     "overlay", "overlayfs", "rbd",  "zfs" };

	*path_out = item ? item->value : NULL;
	for (size_t i = 0; item && i < ARRAY_LEN(types); i++) {
		const char *rest = str_after(item->value, types[i]);

		if (rest && rest[0] == ':') {
			*path_out = rest + 1;
			return types[i];
		}
	}
	return types[0];
}

int path_beneath(const char *path, char *buf, size_t size)
{
	size_t len = 0;

	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.')
			return -EINVAL;
		if (n > 0 && !(n == 1 && path[0] == '.')) {
			if (len + n + 2 > size)
				return -ENAMETOOLONG;
			if (len)
				buf[len++] = '/';
			memcpy(buf + len, path, n);
			len += n;
		}
		path += n + (path[n] == '/');
	}
	if (!len)
		buf[len++] = '.';
	buf[len] = '\0';
	return 0;
}
