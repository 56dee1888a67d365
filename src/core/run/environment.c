/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Environments: literals, holes and everything, as the entries of the plan say. */
#include "core/run/steps.h"

#include <errno.h>
#include <stdio.h>

/* "NAME" of an entry "=NAME=VALUE" or "?NAME", or of "NAME=VALUE": up to the equals sign. */
static size_t name_length(const char *text)
{
	return strcspn(text, "=");
}

static bool same_name(const char *a, const char *b)
{
	size_t len = name_length(a);

	return len == name_length(b) && memcmp(a, b, len) == 0;
}

/* Later ones win, in the place of the earlier one. */
static int put(struct env_vec *env, size_t *count, const char *assignment)
{
	for (size_t i = 0; i < *count; i++) {
		if (same_name(env->vec[i], assignment)) {
			env->vec[i] = assignment;
			return 0;
		}
	}
	if (*count + 1 >= ARRAY_LEN(env->vec))
		return -E2BIG;
	env->vec[(*count)++] = assignment;
	return 0;
}

/* A variable that some entry names is that entry's, also when its hole stays empty. */
static bool is_named(const char *const *entries, uint32_t count, const char *assignment)
{
	for (uint32_t i = 0; i < count; i++)
		if (entries[i][0] != '*' && same_name(entries[i] + 1, assignment))
			return true;
	return false;
}

/* name "": all. */
static int put_base(struct env_vec *env, size_t *used, char *const *base, const char *name,
		    const char *const *entries, uint32_t count)
{
	int ret = 0;

	for (; base && *base && ret == 0; base++)
		if (name[0] ? same_name(name, *base) : !is_named(entries, count, *base))
			ret = put(env, used, *base);
	return ret;
}

static int put_hole(struct env_vec *env, size_t *used, const char *name,
		    const struct env_args *args)
{
	char *at = env->text + env->used;
	size_t room = sizeof(env->text) - env->used;
	int len = snprintf(at, room, "%s=", name);

	if (len < 0 || (size_t)len + 1 >= room)
		return -E2BIG;
	if (!args->fill || !args->fill(args->data, name, at + len, room - (size_t)len))
		return 0;
	env->used += strlen(at) + 1;
	return put(env, used, at);
}

int env_build(struct env_vec *env, const struct plan *plan, uint32_t at, uint32_t count,
	      const struct env_args *args)
{
	const char *entries[PLAN_VEC_MAX];
	size_t used = 0;
	int ret = plan_vec(plan, at, count, entries, ARRAY_LEN(entries));

	env->used = 0;
	for (uint32_t i = 0; i < count && ret == 0; i++) {
		const char *entry = entries[i];

		if (entry[0] == '*')
			ret = put_base(env, &used, args->base, entry + 1, entries, count);
		else if (entry[0] == '?')
			ret = put_hole(env, &used, entry + 1, args);
		else
			ret = put(env, &used, entry + 1);
	}
	env->vec[used] = NULL;
	return ret;
}

bool env_fill_child(void *data, const char *name, char *buf, size_t size)
{
	const struct child *child = data;

	if (!str_eq(name, "container_ttys") || !child->tty_names[0])
		return false;
	(void)snprintf(buf, size, "%s", child->tty_names);
	return true;
}
