/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chapter: rlimits, files of /proc/PID, sysctls. */
#include "core/plan/planner.h"

#include <errno.h>

static const struct {
	const char *name;
	int64_t number;
} resources[] = {
	{ "as", RLIMIT_AS },
	{ "core", RLIMIT_CORE },
	{ "cpu", RLIMIT_CPU },
	{ "data", RLIMIT_DATA },
	{ "fsize", RLIMIT_FSIZE },
	{ "locks", RLIMIT_LOCKS },
	{ "memlock", RLIMIT_MEMLOCK },
	{ "msgqueue", RLIMIT_MSGQUEUE },
	{ "nice", RLIMIT_NICE },
	{ "nofile", RLIMIT_NOFILE },
	{ "nproc", RLIMIT_NPROC },
	{ "rss", RLIMIT_RSS },
	{ "rtprio", RLIMIT_RTPRIO },
	{ "rttime", RLIMIT_RTTIME },
	{ "sigpending", RLIMIT_SIGPENDING },
	{ "stack", RLIMIT_STACK },
};

static int resource_number(const char *name)
{
	uint64_t number;

	for (size_t i = 0; i < ARRAY_LEN(resources); i++) {
		if (str_eq(resources[i].name, name))
			return (int)resources[i].number;
	}
	return str_to_decimal(name, &number) == 0 && number < RLIM_NLIMITS ? (int)number : -EINVAL;
}

/* "100", "unlimited"; blanks around are fine. */
static int limit_value(const char *text, size_t len, int64_t *out)
{
	char word[32];
	uint64_t value;
	int ret;

	while (len > 0 && (*text == ' ' || *text == '\t')) {
		text++;
		len--;
	}
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	if (len == 0 || len >= sizeof(word))
		return -EINVAL;
	memcpy(word, text, len);
	word[len] = '\0';
	if (str_eq(word, "unlimited")) {
		*out = -1;
		return 0;
	}
	ret = str_to_decimal(word, &value);
	*out = (int64_t)value; /* above the sign bit it is as good as unlimited */
	if (ret == 0 && *out < 0)
		*out = -1;
	return ret;
}

int plan_prlimits(struct planner *p)
{
	const struct config_item *item = NULL;

	while ((item = config_next(p->config, item, "lxc.prlimit.")) != NULL) {
		const char *name = item->name + strlen("lxc.prlimit.");
		size_t soft_len = strcspn(item->value, ":");
		const char *rest = item->value + soft_len + (item->value[soft_len] == ':');
		int number = resource_number(name);
		int64_t soft, hard;
		uint32_t name_at;
		struct step *step;

		if (number < 0)
			return planner_refuse(p, item, -EINVAL, "Unknown resource %s", name);
		if (limit_value(item->value, soft_len, &soft) < 0)
			return planner_refuse(p, item, -EINVAL,
					      "the limit is not a number or unlimited");
		hard = soft;
		if (rest[0] && limit_value(rest, strlen(rest), &hard) < 0)
			return planner_refuse(p, item, -EINVAL,
					      "the hard limit is not a number or unlimited");
		planner_origin(p, item, "");
		name_at = plan_add_str(&p->b, name);
		step = plan_add_step(&p->b, STEP_prlimit);
		step->str[0] = name_at;
		step->num[0] = number;
		step->num[1] = soft;
		step->num[2] = hard;
	}
	return 0;
}

/* "net.ipv4.ip_forward" -> "net/ipv4/ip_forward"; two dots never become a step up: they become two
 * slashes. */
static void add_file_writes(struct planner *p, const char *family, enum step_kind kind)
{
	const struct config_item *item = NULL;

	while ((item = config_next(p->config, item, family)) != NULL) {
		char file[256];
		size_t len = 0;
		uint32_t file_at, value_at;
		struct step *step;

		for (const char *c = item->name + strlen(family); *c && len + 1 < sizeof(file);
		     c++) {
			if (*c != '.')
				file[len++] = *c;
			else if (len && file[len - 1] != '/')
				file[len++] = '/';
		}
		file[len] = '\0';
		planner_origin(p, item, "");
		file_at = plan_add_str(&p->b, file);
		value_at = plan_add_str(&p->b, item->value);
		step = plan_add_step(&p->b, kind);
		step->str[0] = file_at;
		step->str[1] = value_at;
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
