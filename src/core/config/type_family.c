/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Families of keys, and keys that only act. */
#include "core/config/object.h"

#include <errno.h>
#include <sys/resource.h>

#define LIMIT_UNLIMITED "unlimited"

/* All members, as lines that could be loaded. */
static void print_family(const struct config *config, const struct key_ref *ref, struct str *out)
{
	for (size_t i = 0; i < config->items.count; i++) {
		const struct config_item *item = object_item(config, i);

		if (item->key == ref->key)
			str_addf(out, "%s = %s\n", item->name, item->value);
	}
}

static void print_cgroup_file(const struct config *config, const struct key_ref *ref,
			      struct str *out)
{
	if (ref->bare)
		print_family(config, ref, out);
	else
		key_print_lines(config, ref, out);
}

static void print_map(const struct config *config, const struct key_ref *ref, struct str *out)
{
	if (ref->bare)
		print_family(config, ref, out);
	else
		key_print_value(config, ref, out);
}

/* One number of a limit at *text; blanks around it go; *text moves behind. */
static int read_limit(const char **text, uint64_t *out)
{
	const char *at = *text + strspn(*text, " \t");
	size_t n = strcspn(at, " \t:");
	char number[32];

	*text = at + n + strspn(at + n, " \t");
	if (n == 0 || n >= sizeof(number))
		return -EINVAL;
	memcpy(number, at, n);
	number[n] = '\0';
	/* -1 is how limits(5) and many configurations write it. */
	if (str_eq(number, LIMIT_UNLIMITED) || str_eq(number, "-1")) {
		*out = RLIM_INFINITY;
		return 0;
	}
	return str_to_decimal(number, out);
}

static void add_limit(struct str *out, uint64_t limit)
{
	if (limit == RLIM_INFINITY)
		str_add(out, LIMIT_UNLIMITED);
	else
		str_addf(out, "%llu", (unsigned long long)limit);
}

static int check_prlimit(const struct key_check *check, const char *value, struct str *out)
{
	const char *at = value;
	uint64_t soft, hard;
	int ret = read_limit(&at, &soft);

	hard = soft;
	if (ret == 0 && *at == ':') {
		at++;
		if (at[strspn(at, " \t")] == '\0')
			at += strspn(at, " \t");
		else
			ret = read_limit(&at, &hard);
	}
	if (ret < 0 || *at != '\0')
		return key_refuse(check, value, "write SOFT or SOFT:HARD, decimal or unlimited");
	add_limit(out, soft);
	if (hard != soft) {
		str_add(out, ":");
		add_limit(out, hard);
	}
	return 0;
}

static int check_group(const struct key_check *check, const char *value, struct str *out)
{
	return key_refuse(check, value, "must not have a value");
}

/* clang-format off */
const struct key_type key_cgroup_file = { .name = "list of cgroup values", .keep = KEEP_MANY, .print = print_cgroup_file };
const struct key_type key_map = { .name = "map of texts", .print = print_map };
const struct key_type key_prlimit = { .name = "map of limits", .check = check_prlimit, .print = print_map };
const struct key_type key_share = { .name = "pid, name or path", .print = key_print_value };
const struct key_type key_hook_group = { .name = "clears its members", .keep = KEEP_NOTHING, .check = check_group };
const struct key_type key_include = { .name = "path", .keep = KEEP_NOTHING };
/* clang-format on */
