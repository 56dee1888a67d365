/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts for the plan of a creation, and its run. */
#include "core/config/config.h"
#include "core/plan/plan.h"
#include "core/run/run.h"
#include "core/storage/template.h"

#include <errno.h>
#include <stdio.h>

/* The configuration says where the root file system is, before the template reads it. */
static int set_rootfs(struct sys *sys, struct config *config, const char *rootfs, struct err *err)
{
	char *value _cleanup_free_ = str_printf("dir:%s", rootfs);

	if (!value)
		return err_sys(err, -ENOMEM, "make directory %s", rootfs);
	return config_set(config, sys, "lxc.rootfs.path", value, err);
}

/* A template that runs without the map would leave files of other users than the container's. */
static int check_ids(const struct config *config, struct err *err)
{
	const struct config_item *item = config_next(config, NULL, "lxc.idmap");
	char text[256];

	if (!item)
		return 0;
	(void)err_set(err, -EOPNOTSUPP, "%s is not supported yet", item->name);
	(void)snprintf(text, sizeof(text), "%s = %s", item->name, item->value);
	err_origin(err, item->origin.file, item->origin.line, text);
	return -EOPNOTSUPP;
}

/* NULL: it had none. */
static void restore_rootfs(struct sys *sys, struct config *config, const char *value)
{
	if (value)
		(void)config_set(config, sys, "lxc.rootfs.path", value, NULL);
	else
		(void)config_clear_item(config, "lxc.rootfs.path", NULL);
}

static int plan(struct sys *sys, struct config *config, const struct storage_create_args *args,
		struct plan **image_out, struct err *err)
{
	char *rootfs _cleanup_free_ =
		args->rootfs_dir ? str_dup(args->rootfs_dir)
				 : str_printf("%s/%s/rootfs", args->lxcpath, args->name);
	char *lock _cleanup_free_ = storage_lock_path(args->run_dir, args->lxcpath, args->name);
	_cleanup_str_ struct str header = { 0 };
	int ret = 0;

	if (!rootfs || !lock)
		return err_sys(err, -ENOMEM, "create container %s", args->name);
	if (args->template_path)
		ret = template_header(sys, args, &header, err);
	if (ret == 0 && args->template_path)
		ret = set_rootfs(sys, config, rootfs, err);
	if (ret < 0)
		return ret;
	return plan_create(&(struct plan_create_request){ .name = args->name,
							  .lxcpath = args->lxcpath,
							  .lock_path = lock,
							  .config_text = config_text(config),
							  .template_path = args->template_path,
							  .template_args = args->template_args,
							  .rootfs = rootfs,
							  .header = str_text(&header),
							  .quiet = args->quiet,
							  .check = args->check != NULL },
			   image_out, err);
}

int storage_create(struct sys *sys, struct config *config, const struct storage_create_args *args,
		   struct err *err)
{
	struct request_args request = { .envp = args->envp,
					.check = args->check,
					.data = args->data };
	const char *before = config_str(config, "lxc.rootfs.path");
	char *rootfs _cleanup_free_ = before ? str_dup(before) : NULL;
	struct plan *image _cleanup_free_ = NULL;
	int ret = before && !rootfs ? err_sys(err, -ENOMEM, "create container %s", args->name)
				    : storage_check_name(args->name, err);

	if (ret == 0 && args->template_path)
		ret = check_ids(config, err);
	if (ret == 0)
		ret = plan(sys, config, args, &image, err);
	if (ret == 0)
		ret = run_request(sys, image, &request, err);
	if (ret < 0)
		restore_rootfs(sys, config, rootfs);
	return ret;
}
