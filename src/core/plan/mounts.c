/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chapter: mounts that the configuration lists, lxc.mount.fstab and lxc.mount.entry (config.md 5).
 */
#include "core/plan/planner.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

struct entry {
	char *source, *target, *type, *options;
};

/* Cuts a line of fstab into its first four fields. Comments and blank lines: false. */
static bool entry_split(char *line, struct entry *out)
{
	static const char blanks[] = " \t\r\n";
	char *rest = line + strspn(line, blanks);

	if (rest[0] == '#' || rest[0] == '\0')
		return false;
	out->source = str_next_word(&rest, blanks);
	out->target = str_next_word(&rest, blanks);
	out->type = str_next_word(&rest, blanks);
	out->options = str_next_word(&rest, blanks);
	return true;
}

/* The rest of path when dir is one of its ancestors, or path itself. */
static const char *below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	if (len == 0 || strncmp(path, dir, len) != 0 || (path[len] && path[len] != '/' && len > 1))
		return NULL;
	return path + len;
}

/* Where in the container's root an entry goes. NULL: nowhere, it is not the container's. */
static const char *place_of(const struct planner *p, const char *target)
{
	char own[PATH_MAX];
	const char *rest;

	if (target[0] != '/' || !p->rootfs)
		return target;
	rest = below(target, p->rootfs);
	if (rest)
		return rest;
	(void)snprintf(own, sizeof(own), "%s/%s/rootfs", p->request->lxcpath, p->request->name);
	return below(target, own);
}

static int add_bind(struct planner *p, const struct config_item *item, const char *source,
		    const char *target, const struct mount_options *options)
{
	enum step_kind kind = options->move ? STEP_mount_move : STEP_mount_bind;
	char beneath[PATH_MAX];
	uint32_t source_at, target_at = plan_add_str(&p->b, target);
	struct step *step;

	if (options->relative) {
		if (path_beneath(source, beneath, sizeof(beneath)) < 0)
			return planner_refuse(p, item, -EINVAL,
					      "the source %s leads out of the container", source);
		source_at = plan_add_str(&p->b, beneath);
	} else {
		source_at = source[0] == '/' ? plan_add_str(&p->b, source)
					     : plan_add_strf(&p->b, "/%s", source);
	}
	step = plan_add_step(&p->b, kind);
	step->str[0] = source_at;
	step->str[1] = target_at;
	step->num[3] = options->optional;
	if (options->move)
		return 0;
	step->num[0] = options->attr | (options->recursive ? STEP_ATTR_RECURSIVE : 0) |
		       (options->dev ? STEP_ATTR_DEV : 0);
	step->num[1] = options->propagation;
	step->num[2] = options->create;
	return 0;
}

static void add_fs(struct planner *p, const struct entry *entry, const char *target,
		   const struct mount_options *options)
{
	uint32_t source = plan_add_str(&p->b, entry->source), at = plan_add_str(&p->b, target);
	uint32_t type = plan_add_str(&p->b, entry->type);
	uint32_t data = plan_add_str(&p->b, str_text(&options->data));
	struct step *step = plan_add_step(&p->b, STEP_mount_fs);

	step->str[0] = source;
	step->str[1] = at;
	step->str[2] = type;
	step->str[3] = data;
	step->num[0] = options->attr;
	step->num[1] = options->propagation;
	step->num[2] = options->create;
	step->num[3] = options->optional;
}

static int add_entry(struct planner *p, const struct config_item *item, char *line)
{
	struct entry entry;
	_cleanup_str_ struct str data = { 0 };
	struct mount_options options = { 0 };
	char target[PATH_MAX];
	const char *place;
	int ret;

	if (!entry_split(line, &entry))
		return 0;
	if (!entry.options)
		return planner_refuse(p, item, -EINVAL,
				      "a mount entry has SOURCE TARGET TYPE OPTIONS");
	mount_unescape(entry.source);
	mount_unescape(entry.target);
	mount_unescape(entry.options);
	ret = mount_options_parse(entry.options, &options);
	data = options.data;
	if (ret < 0)
		return planner_refuse(p, item, ret, "the mount options %s cannot be read",
				      entry.options);
	place = place_of(p, entry.target);
	if (!place)
		return 0; /* Ignoring mount point: not below the container's root. */
	ret = path_beneath(place, target, sizeof(target));
	if (ret < 0)
		return planner_refuse(p, item, ret, "the target %s leads out of the container",
				      entry.target);
	if (options.bind || options.move)
		return add_bind(p, item, entry.source, target, &options);
	add_fs(p, &entry, target, &options);
	return 0;
}

static int add_fstab(struct planner *p, const struct config_item *item)
{
	_cleanup_free_ char *text = str_dup(str_text(&p->facts->fstab));
	uint32_t number = 0;

	if (!text)
		return -ENOMEM;
	for (char *line = text, *next; line; line = next) {
		char shown[256];
		int ret;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		number++;
		(void)snprintf(shown, sizeof(shown), "%s", line);
		plan_set_origin(&p->b, item->value, number, shown);
		ret = add_entry(p, NULL, line);
		if (ret < 0) {
			err_origin(p->err, item->value, number, shown);
			return ret;
		}
	}
	return 0;
}

int plan_mount_entries(struct planner *p)
{
	const struct config_item *item = planner_item(p, "lxc.mount.fstab");
	int ret = item ? add_fstab(p, item) : 0;

	for (item = config_next(p->config, NULL, "lxc.mount.entry"); item && ret == 0;
	     item = config_next(p->config, item, "lxc.mount.entry")) {
		_cleanup_free_ char *line = str_dup(item->value);

		if (!line)
			return -ENOMEM;
		planner_origin(p, item, "");
		ret = add_entry(p, item, line);
	}
	return ret;
}
