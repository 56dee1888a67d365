/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which containers there are. Names and objects stay in step: what cannot be loaded is in neither list. */
#include "api/api.h"

#include "core/base/vec.h"
#include "core/ipc/ipc.h"

#include <errno.h>

static void free_names(struct vec *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(*vec_at(names, char *, i));
	vec_finish(names);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Directories that have a config file. */
static int defined_names(struct sys *sys, const char *lxcpath, struct vec *names)
{
	_cleanup_str_ struct str list = { 0 };
	const char *name;
	size_t count = 0;
	int ret = io_list_dir(sys, AT_FDCWD, lxcpath, &list, &count);

	if (ret < 0)
		return ret;
	name = str_text(&list);
	for (size_t i = 0; i < count; i++, name += strlen(name) + 1) {
		char *path _cleanup_free_ = str_printf("%s/%s/config", lxcpath, name);
		struct stat st;
		char *copy;

		if (name[0] == '.' || !path || sys_fstatat(sys, AT_FDCWD, path, &st, 0) < 0)
			continue;
		copy = str_dup(name);
		if (!copy || !vec_add(names, &copy)) {
			free(copy);
			return -ENOMEM;
		}
	}
	return 0;
}

/* Hands names and objects out. Takes *names. The count, or -1. */
static int give(struct sys *sys, char *const *envp, const char *lxcpath, struct vec *names, char ***names_out,
		struct lxc_container ***cret)
{
	_cleanup_vec_ struct vec objects = VEC_OF(struct lxc_container *);

	for (size_t i = 0; cret && i < names->count;) {
		char *name = *vec_at(names, char *, i);
		struct lxc_container *c = api_container_new_on(sys, envp, name, lxcpath);

		if (c && vec_add(&objects, &c)) {
			i++;
			continue;
		}
		(void)api_container_put(c);
		free(name);
		vec_remove(names, i);
	}
	if (cret) {
		*cret = objects.count ? objects.items : NULL;
		if (objects.count)
			objects.items = NULL;
	}
	if (names_out) {
		int count = (int)names->count;

		*names_out = count ? names->items : NULL;
		if (count)
			names->items = NULL;
		else
			vec_finish(names);
		return count;
	}
	{
		int count = (int)names->count;

		free_names(names);
		return count;
	}
}

static void sort_unique(struct vec *names)
{
	if (names->count > 1)
		qsort(names->items, names->count, sizeof(char *), compare);
	for (size_t i = 1; i < names->count;) {
		if (!str_eq(*vec_at(names, char *, i - 1), *vec_at(names, char *, i))) {
			i++;
			continue;
		}
		free(*vec_at(names, char *, i));
		vec_remove(names, i);
	}
}

static int list(struct sys *sys, char *const *envp, const char *lxcpath, bool defined, bool active,
		char ***names_out, struct lxc_container ***cret)
{
	struct vec names = VEC_OF(char *);
	char *path _cleanup_free_ = NULL;
	size_t len;
	int ret = 0;

	if (!lxcpath)
		lxcpath = api_global_item(sys, envp, "lxc.lxcpath");
	if (!lxcpath)
		return -1;
	for (len = strlen(lxcpath); len > 1 && lxcpath[len - 1] == '/';)
		len--;
	path = str_dup_n(lxcpath, len);
	if (!path)
		return -1;
	if (defined)
		ret = defined_names(sys, path, &names);
	if (ret == 0 && active)
		ret = ipc_list_active(sys, path, &names);
	if (ret < 0) {
		free_names(&names);
		return -1;
	}
	sort_unique(&names);
	return give(sys, envp, path, &names, names_out, cret);
}

int api_list_defined(struct sys *sys, char *const *envp, const char *lxcpath, char ***names, struct lxc_container ***cret)
{
	return list(sys, envp, lxcpath, true, false, names, cret);
}

int api_list_active(struct sys *sys, char *const *envp, const char *lxcpath, char ***names, struct lxc_container ***cret)
{
	return list(sys, envp, lxcpath, false, true, names, cret);
}

int api_list_all(struct sys *sys, char *const *envp, const char *lxcpath, char ***names, struct lxc_container ***cret)
{
	return list(sys, envp, lxcpath, true, true, names, cret);
}
