/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* create, createl, destroy. */
#include "api/api.h"

#include "core/base/vec.h"
#include "core/ipc/ipc.h"
#include "core/storage/storage.h"
#include "paths.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static bool is_executable(struct sys *sys, const char *path)
{
	struct stat st;

	return sys_fstatat(sys, AT_FDCWD, path, &st, 0) == 0 && S_ISREG(st.st_mode) &&
	       sys_faccessat(sys, AT_FDCWD, path, X_OK, AT_EACCESS) == 0;
}

/* An absolute path, or a name below the template directory. NULL with err when there is no such program. */
static char *find_template(struct sys *sys, const char *t, struct err *err)
{
	char *path;

	if (t[0] != '/' && strchr(t, '/')) {
		err_set(err, -EINVAL, "template %s: give a name or an absolute path", t);
		return NULL;
	}
	path = t[0] == '/' ? str_dup(t) : str_printf("%s/lxc-%s", PATH_TEMPLATES, t);
	if (path && is_executable(sys, path))
		return path;
	err_set(err, -ENOENT, "template %s: %s is not an executable file", t, path ? path : t);
	err_hint(err, "give -t none for a container without a template");
	free(path);
	return NULL;
}

static bool rootfs_exists(struct container *it)
{
	const char *path = it->config ? config_str(it->config, "lxc.rootfs.path") : NULL;
	struct stat st;

	if (path && str_starts(path, "dir:"))
		path += 4;
	return path && sys_fstatat(it->sys, AT_FDCWD, path, &st, 0) == 0;
}

static int load_default(struct container *it, struct err *err)
{
	const char *path = api_global_item(it->sys, it->envp, "lxc.default_config");
	struct config *config = api_config_create(it);
	int ret = config && path ? config_load(config, it->sys, path, err) : -ENOMEM;

	if (ret < 0) {
		err_context(err, "Error loading default configuration file %s", path ? path : "");
		config_destroy(config);
		return ret;
	}
	api_set_config(it, config);
	return 0;
}

/* What the object has when the creation is complete, and not before. */
struct created {
	struct container *it;
	struct config *config;
};

/* The step check: reads back what the template wrote. */
static int read_back(void *data, struct err *err)
{
	struct created *created = data;
	struct container *it = created->it;

	created->config = api_config_create(it);
	return created->config ? config_load(created->config, it->sys, it->c.configfile, err) : -ENOMEM;
}

static int make(struct container *it, struct storage_create_args *args, struct err *err)
{
	struct created created = { .it = it };
	int ret;

	args->check = read_back;
	args->data = &created;
	ret = storage_create(it->sys, it->config, args, err);
	if (ret == 0 && created.config)
		api_set_config(it, created.config);
	else
		config_destroy(created.config);
	return ret;
}

static int check_storage_type(const char *bdevtype, struct err *err)
{
	if (!bdevtype || str_eq(bdevtype, "dir") || str_eq(bdevtype, "none") || str_eq(bdevtype, "best"))
		return 0;
	return err_set(err, -EOPNOTSUPP, "storage of type %s is not supported yet", bdevtype);
}

static int create(struct container *it, const char *t, const char *bdevtype, const struct bdev_specs *specs, int flags,
		  char *const argv[], struct err *err)
{
	struct storage_create_args args = { .lxcpath = it->c.config_path,
					    .name = it->c.name,
					    .run_dir = it->run_dir,
					    .template_args = argv,
					    .envp = it->envp,
					    .quiet = (flags & LXC_CREATE_QUIET) != 0,
					    .rootfs_dir = specs ? specs->dir : NULL };
	char *template _cleanup_free_ = NULL;
	int ret = storage_check_name(it->c.name, err);

	if (ret == 0)
		ret = check_storage_type(bdevtype, err);
	if (ret < 0)
		return ret;
	if (storage_clean(it->sys, it->run_dir, it->c.config_path, it->c.name, NULL) ==
	    STORAGE_BEING_CREATED)
		return err_set(err, -EBUSY, "container %s is being created", it->c.name);
	if (t) {
		template = find_template(it->sys, t, err);
		if (!template)
			return err->code;
		args.template_path = template;
	}
	if (t && api_is_defined(&it->c) && rootfs_exists(it))
		return err_set(err, -EEXIST, "container %s already exists", it->c.name);
	if (!it->config) {
		ret = load_default(it, err);
		if (ret < 0)
			return ret;
	}
	if (!t && config_str(it->config, "lxc.rootfs.path") && !rootfs_exists(it))
		return err_set(err, -ENOENT, "the root file system %s does not exist",
			       config_str(it->config, "lxc.rootfs.path"));
	return make(it, &args, err);
}

bool api_create(struct lxc_container *c, const char *t, const char *bdevtype, struct bdev_specs *specs, int flags,
		char *const argv[])
{
	struct err err = { 0 };
	int ret;

	if (!c)
		return false;
	ret = create(container_of(c), t, bdevtype, specs, flags, argv, &err);
	if (ret < 0)
		api_fail(container_of(c), &err);
	return ret == 0;
}

bool api_createl(struct lxc_container *c, const char *t, const char *bdevtype, struct bdev_specs *specs, int flags, ...)
{
	_cleanup_vec_ struct vec argv = VEC_OF(char *);
	va_list args;
	bool ok;

	va_start(args, flags);
	ok = api_collect(&argv, args);
	va_end(args);
	return ok && api_create(c, t, bdevtype, specs, flags, argv.items);
}

/* Other containers that are made of this one would lose what they stand on. */
static int check_clones(struct container *it, struct err *err)
{
	char *path _cleanup_free_ = str_printf("%s/%s/lxc_snapshots", it->c.config_path, it->c.name);
	struct stat st;
	int ret = path ? sys_fstatat(it->sys, AT_FDCWD, path, &st, 0) : -ENOMEM;

	if (ret == -ENOENT)
		return 0;
	if (ret < 0)
		return err_sys(err, ret, "look for clones of %s", it->c.name);
	return st.st_size > 0 ? err_set(err, -EBUSY, "%s has clones", it->c.name) : 0;
}

/* With the lock, when it is known that no creation is going on. */
static int destroy_defined(struct container *it, const struct config *config, struct err *err)
{
	int ret = check_clones(it, err);

	if (ret < 0)
		return ret;
	if (ipc_get_state(it->sys, it->c.config_path, it->c.name) != IPC_STOPPED)
		return err_set(err, -EBUSY, "%s is running", it->c.name);
	if (config && config_next(config, NULL, "lxc.hook.destroy"))
		return err_set(err, -EOPNOTSUPP, "lxc.hook.destroy is not supported yet");
	return storage_destroy(it->sys, config, it->c.config_path, it->c.name, err);
}

/* The remains are gone; what this object has read may have been about them. */
static int destroy_recovered(struct container *it, struct err *err)
{
	(void)storage_remove_empty(it->sys, it->c.config_path, it->c.name);
	if (!api_is_defined(&it->c))
		return 0;
	return err_set(err, -EBUSY, "only the remains of a creation that was not finished were removed; %s is as before it",
		       it->c.name);
}

static int destroy_locked(struct container *it, struct err *err)
{
	struct config *config = it->config;

	switch (storage_recover(it->sys, it->c.config_path, it->c.name, NULL)) {
	case STORAGE_BEING_CREATED:
		return err_set(err, -EBUSY, "container %s is being created", it->c.name);
	case STORAGE_RECOVERED:
		return destroy_recovered(it, err);
	case STORAGE_ABANDONED:
		/* Nobody knows whose that is of which a half-made configuration tells. */
		config = NULL;
		break;
	case STORAGE_COMPLETE:
		break;
	}
	if (api_is_defined(&it->c))
		return destroy_defined(it, config, err);
	/* What a destroy left that had to stop behind the configuration: an empty directory. */
	return storage_remove_empty(it->sys, it->c.config_path, it->c.name)
		       ? 0
		       : err_set(err, -ENOENT, "Container is not defined");
}

static int destroy(struct container *it, struct err *err)
{
	_cleanup_fd_ struct fd lock = { 0 };
	int ret = storage_check_name(it->c.name, err);

	if (ret < 0)
		return ret;
	if (!storage_has_dir(it->sys, it->c.config_path, it->c.name))
		return err_set(err, -ENOENT, "Container is not defined");
	ret = storage_lock(it->sys, it->run_dir, it->c.config_path, it->c.name, &lock, err);
	return ret < 0 ? ret : destroy_locked(it, err);
}

bool api_destroy(struct lxc_container *c)
{
	struct err err = { 0 };
	int ret;

	if (!c)
		return false;
	ret = destroy(container_of(c), &err);
	if (ret < 0)
		api_fail(container_of(c), &err);
	return ret == 0;
}
