/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of an object. */
#include "api/api.h"

#include "core/base/str.h"
#include "core/storage/storage.h"

#include <errno.h>

void api_set_config(struct container *it, struct config *config)
{
	if (it->config != config)
		config_destroy(it->config);
	it->config = config;
	it->c.lxc_conf = (struct lxc_conf *)config;
}

struct config *api_config_create(struct container *it)
{
	struct config *config = config_create();

	if (config)
		config_set_environment(config, (const char *const *)it->envp);
	return config;
}

static void destroy_object(struct container *it)
{
	free(it->c.name);
	free(it->c.configfile);
	free(it->c.config_path);
	free(it->c.error_string);
	free(it->run_dir);
	config_destroy(it->config);
	api_lock_destroy(it->c.privlock);
	api_lock_destroy(it->c.slock);
	free(it);
}

static void set_methods(struct lxc_container *c)
{
#define API_SET(name) c->name = api_##name;
	API_METHODS(API_SET)
#undef API_SET
}

/* A lone "/" stays. */
static char *without_trailing_slashes(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return str_dup_n(path, len);
}

static int prepare_locks(struct container *it, struct err *err)
{
	it->c.privlock = api_lock_create();
	it->c.slock = api_lock_create();
	it->run_dir = storage_run_dir(it->sys, it->envp);
	if (!it->c.privlock || !it->c.slock)
		return err_sys(err, -ENOMEM, "create lock for %s", it->c.name);
	if (!it->run_dir)
		return err_set(err, -ENOENT, "Failed to create lock for %s: no usable directory for run-time files",
			       it->c.name);
	return storage_lock_prepare(it->sys, it->run_dir, it->c.config_path, err);
}

static int load_own(struct container *it, struct err *err)
{
	struct config *config;
	int ret;

	/* What an earlier creation that died left behind is removed; one that is going on is left alone. */
	if (storage_clean(it->sys, it->run_dir, it->c.config_path, it->c.name, NULL) == STORAGE_ABANDONED ||
	    !api_is_defined(&it->c))
		return 0;
	config = api_config_create(it);
	if (!config)
		return err_sys(err, -ENOMEM, "load the configuration of %s", it->c.name);
	ret = config_load(config, it->sys, it->c.configfile, err);
	if (ret < 0) {
		config_destroy(config);
		/* Destroyed since we looked: not defined. */
		return api_is_defined(&it->c) ? ret : 0;
	}
	api_set_config(it, config);
	return api_log_from_config(it, err);
}

struct lxc_container *api_container_new_on(struct sys *sys, char *const *envp, const char *name, const char *lxcpath)
{
	struct container *it;
	struct err err = { 0 };
	int ret;

	if (!name)
		return NULL;
	if (!lxcpath)
		lxcpath = api_global_item(sys, envp, "lxc.lxcpath");
	it = calloc(1, sizeof(*it));
	if (!it || !lxcpath) {
		free(it);
		return NULL;
	}
	it->sys = sys;
	it->envp = envp;
	it->c.name = str_dup(name);
	it->c.config_path = without_trailing_slashes(lxcpath);
	it->c.configfile = str_printf("%s/%s/config", it->c.config_path ? it->c.config_path : "", name);
	it->c.numthreads = 1;
	it->c.daemonize = true;
	it->c.rcv_timeout = -1;
	set_methods(&it->c);
	ret = it->c.name && it->c.config_path && it->c.configfile ? 0 : -ENOMEM;
	if (ret == 0)
		ret = prepare_locks(it, &err);
	if (ret == 0) {
		ret = load_own(it, &err);
		if (ret < 0)
			err_context(&err, "Failed to load config for %s", name);
	}
	if (ret < 0) {
		api_fail_name(sys, NULL, &err);
		destroy_object(it);
		return NULL;
	}
	return &it->c;
}

int api_container_get(struct lxc_container *c)
{
	int ret = 0;

	if (!c)
		return 0;
	api_lock(c);
	if (c->numthreads >= 1) {
		c->numthreads++;
		ret = 1;
	}
	api_unlock(c);
	return ret;
}

int api_container_put(struct lxc_container *c)
{
	bool last;

	if (!c)
		return -1;
	api_lock(c);
	last = --c->numthreads < 1;
	api_unlock(c);
	if (!last)
		return 0;
	destroy_object(container_of(c));
	return 1;
}
