/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chapter: rlimits, files of /proc/PID, sysctls. */
#include "core/limits/limits.h"
#include "core/plan/planner.h"

#include <errno.h>

/* RLIM_INFINITY is -1 in a step; above the sign bit a limit is as good as none. */
static int64_t step_limit(rlim_t limit)
{
	return limit > INT64_MAX ? -1 : (int64_t)limit;
}

int plan_add_prlimit(struct plan_builder *b, const char *name, const char *value)
{
	int number = limits_number(name);
	struct rlimit limit;
	uint32_t name_at;
	struct step *step;

	if (number < 0)
		return -ENOENT;
	if (limits_parse(value, &limit) < 0)
		return -EINVAL;
	name_at = plan_add_str(b, name);
	step = plan_add_step(b, STEP_prlimit);
	step->str[0] = name_at;
	step->num[0] = number;
	step->num[1] = step_limit(limit.rlim_cur);
	step->num[2] = step_limit(limit.rlim_max);
	return 0;
}

int plan_prlimits(struct planner *p)
{
	const struct config_item *item = NULL;

	while ((item = config_next(p->config, item, "lxc.prlimit.")) != NULL) {
		const char *name = item->name + strlen("lxc.prlimit.");
		int ret;

		planner_origin(p, item, "");
		ret = plan_add_prlimit(&p->b, name, item->value);
		if (ret == -ENOENT)
			return planner_refuse(p, item, -EINVAL, "Unknown resource %s", name);
		if (ret < 0)
			return planner_refuse(p, item, -EINVAL,
					      "not a limit: SOFT[:HARD], each a number or unlimited");
	}
	return 0;
}

/* "net.ipv4.ip_forward" -> "net/ipv4/ip_forward"; two dots never become a step up: they become two
 * slashes. */
void plan_add_file_write(struct plan_builder *b, enum step_kind kind, const char *name,
			 const char *value)
{
	char file[256];
	size_t len = 0;
	uint32_t file_at, value_at;
	struct step *step;

	for (const char *c = name; *c && len + 1 < sizeof(file); c++) {
		if (*c != '.')
			file[len++] = *c;
		else if (len && file[len - 1] != '/')
			file[len++] = '/';
	}
	file[len] = '\0';
	file_at = plan_add_str(b, file);
	value_at = plan_add_str(b, value);
	step = plan_add_step(b, kind);
	step->str[0] = file_at;
	step->str[1] = value_at;
}

static void add_file_writes(struct planner *p, const char *family, enum step_kind kind)
{
	const struct config_item *item = NULL;

	while ((item = config_next(p->config, item, family)) != NULL) {
		planner_origin(p, item, "");
		plan_add_file_write(&p->b, kind, item->name + strlen(family), item->value);
	}
}

void plan_proc(struct planner *p)
{
	add_file_writes(p, "lxc.proc.", STEP_proc_write);
}

void plan_sysctls(struct planner *p)
{
	add_file_writes(p, "lxc.sysctl.", STEP_sysctl);
}
