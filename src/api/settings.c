/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The methods that read and change the configuration. */
#include "api/api.h"

#include "core/base/str.h"
#include "core/ipc/ipc.h"
#include "core/storage/storage.h"

#include <errno.h>
#include <stdio.h>

/* The configuration in memory; an empty one is made when there is none. */
static struct config *own_config(struct container *it)
{
	if (!it->config)
		api_set_config(it, api_config_create(it));
	return it->config;
}

static bool finish(struct container *it, int ret, const struct err *err)
{
	api_unlock(&it->c);
	if (ret < 0 && err_is(err))
		api_fail(it, err);
	return ret >= 0;
}

bool api_load_config(struct lxc_container *c, const char *alt_file)
{
	struct container *it = container_of(c);
	_cleanup_fd_ struct fd lock = { 0 };
	struct err err = { 0 };
	int ret = 0;

	if (!c)
		return false;
	api_lock(c);
	if (!alt_file)
		ret = storage_lock(it->sys, it->run_dir, c->config_path, c->name, &lock, &err);
	if (ret == 0)
		ret = own_config(it) ? config_load(it->config, it->sys, alt_file ? alt_file : c->configfile, &err)
				     : -ENOMEM;
	if (ret == 0)
		ret = api_log_from_config(it, &err);
	return finish(it, ret, &err);
}

/* Nothing in memory: what a new container would get. */
static int load_default(struct container *it, struct err *err)
{
	const char *path = api_global_item(it->sys, it->envp, "lxc.default_config");
	int ret;

	if (it->config)
		return 0;
	if (!own_config(it) || !path)
		return err_sys(err, -ENOMEM, "load the default configuration");
	ret = config_load(it->config, it->sys, path, err);
	if (ret < 0)
		err_context(err, "Error loading default configuration file %s", path);
	return ret;
}

/* LXCPATH/NAME, 0770 whatever the umask is. */
static int make_dir(struct container *it, const char *dir, struct err *err)
{
	int ret = io_mkdir_all(it->sys, AT_FDCWD, it->c.config_path, 0755);

	if (ret == 0)
		ret = sys_mkdirat(it->sys, AT_FDCWD, dir, 0770);
	if (ret == -EEXIST)
		return 0;
	if (ret == 0)
		ret = sys_fchmodat(it->sys, AT_FDCWD, dir, 0770);
	return ret < 0 ? err_sys(err, ret, "make directory %s", dir) : 0;
}

bool api_save_config(struct lxc_container *c, const char *alt_file)
{
	struct container *it = container_of(c);
	char *dir _cleanup_free_ = NULL;
	_cleanup_fd_ struct fd lock = { 0 };
	struct err err = { 0 };
	int ret;

	if (!c)
		return false;
	dir = str_printf("%s/%s", c->config_path, c->name);
	if (!dir)
		return false;
	api_lock(c);
	ret = storage_check_name(c->name, &err);
	if (ret == 0)
		ret = load_default(it, &err);
	if (ret == 0)
		ret = make_dir(it, dir, &err);
	if (ret == 0 && !alt_file)
		ret = storage_lock(it->sys, it->run_dir, c->config_path, c->name, &lock, &err);
	if (ret == 0)
		ret = config_save(it->config, it->sys, alt_file ? alt_file : c->configfile, &err);
	return finish(it, ret, &err);
}

void api_clear_config(struct lxc_container *c)
{
	if (!c)
		return;
	api_lock(c);
	api_set_config(container_of(c), NULL);
	api_unlock(c);
}

bool api_set_config_item(struct lxc_container *c, const char *key, const char *value)
{
	struct container *it = container_of(c);
	struct err err = { 0 };
	int ret;

	if (!c || !key)
		return false;
	api_lock(c);
	ret = own_config(it) ? config_set(it->config, it->sys, key, value, &err) : -ENOMEM;
	if (ret == 0)
		ret = api_log_from_config(it, &err);
	return finish(it, ret, &err);
}

bool api_clear_config_item(struct lxc_container *c, const char *key)
{
	struct container *it = container_of(c);
	struct err err = { 0 };
	int ret;

	if (!c || !key)
		return false;
	api_lock(c);
	ret = it->config ? config_clear_item(it->config, key, &err) : -ENOENT;
	return finish(it, ret, &err);
}

/* A text into the caller's buffer. A list is cut, a scalar is written only as a whole. */
static int give(const struct str *text, char *retv, int inlen, bool list)
{
	size_t len = text->len;

	if (!retv || inlen <= 0)
		return (int)len;
	if (len < (size_t)inlen) {
		memcpy(retv, str_text(text), len + 1);
	} else if (list) {
		memcpy(retv, str_text(text), (size_t)inlen - 1);
		retv[inlen - 1] = '\0';
	}
	return (int)len;
}

int api_get_config_item(struct lxc_container *c, const char *key, char *retv, int inlen)
{
	struct container *it = container_of(c);
	_cleanup_str_ struct str text = { 0 };
	int ret;

	if (!c || !key)
		return -1;
	api_lock(c);
	ret = it->config ? config_get(it->config, key, &text) : -1;
	api_unlock(c);
	if (ret < 0 || !str_ok(&text))
		return ret < 0 ? ret : -ENOMEM;
	return give(&text, retv, inlen, text.len > 0 && memchr(text.s, '\n', text.len) != NULL);
}

int api_get_keys(struct lxc_container *c, const char *key, char *retv, int inlen)
{
	struct container *it = container_of(c);
	_cleanup_str_ struct str text = { 0 };
	int ret;

	if (!key) {
		ret = config_keys(NULL, NULL, &text);
	} else {
		if (!c)
			return -1;
		api_lock(c);
		ret = it->config ? config_keys(it->config, key, &text) : -1;
		api_unlock(c);
	}
	if (ret < 0 || !str_ok(&text))
		return ret < 0 ? ret : -ENOMEM;
	return give(&text, retv, inlen, true);
}

char *api_get_running_config_item(struct lxc_container *c, const char *key)
{
	struct container *it = container_of(c);
	_cleanup_str_ struct str text = { 0 };

	if (!c || !key || !it->config)
		return NULL;
	if (ipc_get_config_item(it->sys, c->config_path, c->name, key, &text) < 0 || text.len == 0)
		return NULL;
	return str_steal(&text);
}

char *api_config_file_name(struct lxc_container *c)
{
	return c && c->configfile ? str_dup(c->configfile) : NULL;
}

const char *api_get_config_path(struct lxc_container *c)
{
	return c ? c->config_path : NULL;
}

bool api_set_config_path(struct lxc_container *c, const char *path)
{
	char *copy, *file;
	size_t len;

	if (!c || !path)
		return false;
	for (len = strlen(path); len > 1 && path[len - 1] == '/';)
		len--;
	copy = str_dup_n(path, len);
	file = copy ? str_printf("%s/%s/config", copy, c->name) : NULL;
	if (!file || storage_lock_prepare(container_of(c)->sys, container_of(c)->run_dir, copy, NULL) < 0) {
		free(copy);
		free(file);
		return false;
	}
	api_lock(c);
	free(c->config_path);
	free(c->configfile);
	c->config_path = copy;
	c->configfile = file;
	api_unlock(c);
	return true;
}

bool api_want_daemonize(struct lxc_container *c, bool state)
{
	if (!c || !c->lxc_conf)
		return false;
	api_lock(c);
	c->daemonize = state;
	api_unlock(c);
	return true;
}

/* Nothing of the caller above the standard streams reaches a container, whether it was wanted or not. */
bool api_want_close_all_fds(struct lxc_container *c, bool state)
{
	(void)state;
	return c && c->lxc_conf;
}
