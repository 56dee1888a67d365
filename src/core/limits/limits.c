/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/limits/limits.h"

#include "core/base/cleanup.h"
#include "core/base/str.h"

#include <errno.h>

static const struct {
	const char *name;
	int number;
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

int limits_number(const char *name)
{
	uint64_t number;

	for (size_t i = 0; i < ARRAY_LEN(resources); i++) {
		if (str_eq(resources[i].name, name))
			return resources[i].number;
	}
	return str_to_decimal(name, &number) == 0 && number < RLIM_NLIMITS ? (int)number : -EINVAL;
}

static int parse_one(const char *text, size_t len, rlim_t *out)
{
	char word[32];
	uint64_t value;
	int ret;

	for (; len > 0 && (*text == ' ' || *text == '\t'); text++)
		len--;
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	if (len >= sizeof(word))
		return -ERANGE;
	memcpy(word, text, len);
	word[len] = '\0';
	*out = RLIM_INFINITY;
	if (str_eq(word, "unlimited"))
		return 0;
	ret = str_to_decimal(word, &value);
	if (ret == 0)
		*out = (rlim_t)value;
	return ret;
}

int limits_parse(const char *text, struct rlimit *out)
{
	size_t len = strcspn(text, ":");
	const char *hard = text[len] ? text + len + 1 : "";
	int ret = parse_one(text, len, &out->rlim_cur);

	if (ret < 0)
		return ret;
	if (!*hard) {
		out->rlim_max = out->rlim_cur;
		return 0;
	}
	return parse_one(hard, strlen(hard), &out->rlim_max);
}
