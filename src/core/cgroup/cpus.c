/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arithmetic on lists of CPUs. */
#include "core/cgroup/cgroup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CPUS_MAX 8192U

struct cpu_set {
	uint8_t bits[CPUS_MAX / 8];
};

static bool has(const struct cpu_set *set, unsigned cpu)
{
	return set->bits[cpu / 8] & (1U << cpu % 8);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int number(const char **text, unsigned *out)
{
	if (!is_digit(**text))
		return -EINVAL;
	for (*out = 0; is_digit(**text); (*text)++) {
		*out = *out * 10 + (unsigned)(**text - '0');
		if (*out >= CPUS_MAX)
			return -ERANGE;
	}
	return 0;
}

/* "0-3,8\n" */
static int parse(const char *text, struct cpu_set *set)
{
	memset(set, 0, sizeof(*set));
	for (;;) {
		unsigned first, last;
		int ret = number(&text, &first);

		if (ret < 0)
			return ret;
		last = first;
		if (*text == '-') {
			text++;
			ret = number(&text, &last);
			if (ret < 0)
				return ret;
		}
		if (last < first)
			return -EINVAL;
		for (unsigned cpu = first; cpu <= last; cpu++)
			set->bits[cpu / 8] = (uint8_t)(set->bits[cpu / 8] | 1U << cpu % 8);
		if (*text != ',')
			break;
		text++;
	}
	text += strspn(text, " \t\n");
	return *text ? -EINVAL : 0;
}

static int take_out(struct cpu_set *set, const char *list, bool *changed)
{
	struct cpu_set other;
	int ret;

	if (!list || !is_digit(list[0]))
		return 0;
	ret = parse(list, &other);
	if (ret < 0)
		return ret;
	for (size_t i = 0; i < sizeof(set->bits); i++) {
		*changed |= (set->bits[i] & other.bits[i]) != 0;
		set->bits[i] = (uint8_t)(set->bits[i] & ~other.bits[i]);
	}
	return 0;
}

static int unchanged(const char *cpus, char *buf, size_t size)
{
	size_t len = strcspn(cpus, "\n");

	if (len >= size)
		return -ENAMETOOLONG;
	memcpy(buf, cpus, len);
	buf[len] = '\0';
	return 0;
}

int cgroup_cpus_without(const char *cpus, const char *isolated, const char *offline, char *buf,
			size_t size)
{
	struct cpu_set set;
	bool changed = false;
	size_t len = 0;
	int ret = parse(cpus, &set);

	if (ret == 0)
		ret = take_out(&set, isolated, &changed);
	if (ret == 0)
		ret = take_out(&set, offline, &changed);
	if (ret < 0)
		return ret;
	if (!changed)
		return unchanged(cpus, buf, size);
	for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++) {
		int n;

		if (!has(&set, cpu))
			continue;
		n = snprintf(buf + len, size - len, "%s%u", len ? "," : "", cpu);
		if (n < 0 || (size_t)n >= size - len)
			return -ENAMETOOLONG;
		len += (size_t)n;
	}
	return len ? 0 : unchanged(cpus, buf, size);
}
