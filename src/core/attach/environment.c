/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The attached environment: the caller's or an empty one, then the container's, then what was asked
 * for; later ones win. */
#include "core/attach/context.h"
#include "core/ipc/ipc.h"

#include <errno.h>

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static bool same_name(const char *a, const char *b)
{
	size_t len = strcspn(a, "=");

	return strncmp(a, b, len) == 0 && (b[len] == '=' || b[len] == '\0');
}

static int put(struct attach_context *c, const char *assignment)
{
	char *copy = arena_dup(&c->arena, assignment);

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < c->env.count; i++) {
		if (same_name(assignment, *vec_at(&c->env, char *, i))) {
			*vec_at(&c->env, char *, i) = copy;
			return 0;
		}
	}
	return vec_add(&c->env, &copy) ? 0 : -ENOMEM;
}

static bool is_kept(const struct attach_args *args, const char *assignment)
{
	if (!args->clear_env)
		return true;
	for (char *const *name = args->keep_env; name && *name; name++)
		if (!strchr(*name, '=') && same_name(assignment, *name))
			return true;
	return false;
}

static bool has(const struct attach_context *c, const char *name)
{
	for (size_t i = 0; i < c->env.count; i++)
		if (same_name(*vec_at(&c->env, char *, i), name))
			return true;
	return false;
}

/* One "NAME=value" a line. */
static int put_config(struct attach_context *c)
{
	_cleanup_str_ struct str text = { 0 };
	char *rest, *line;
	int ret = ipc_ask_item(c->sys, c->args->lxcpath, c->args->name, "lxc.environment", &text);

	if (ret < 0 || !text.s)
		return ret;
	rest = text.s;
	while (ret == 0 && (line = str_next_word(&rest, "\n")))
		if (strchr(line, '='))
			ret = put(c, line);
	return ret;
}

int attach_environment(struct attach_context *c, struct err *err)
{
	const struct attach_args *args = c->args;
	int ret = 0;

	for (char *const *entry = args->envp; entry && *entry && ret == 0; entry++)
		if (is_kept(args, *entry))
			ret = put(c, *entry);
	if (ret == 0 && args->clear_env && !has(c, "PATH"))
		ret = put(c, DEFAULT_PATH);
	if (ret == 0)
		ret = put(c, "container=lxc");
	if (ret == 0)
		ret = put_config(c);
	for (char *const *entry = args->extra_env; entry && *entry && ret == 0; entry++)
		ret = put(c, *entry);
	if (ret == 0 && !vec_add(&c->env, &(char *){ NULL }))
		ret = -ENOMEM;
	return ret < 0 ? err_sys(err, ret, "prepare the environment") : 0;
}
