/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts for the plan of a removal, and its run. */
#include "core/plan/plan.h"
#include "core/run/run.h"
#include "core/storage/storage.h"

#include <errno.h>

bool storage_remove_empty(struct sys *sys, const char *lxcpath, const char *name)
{
	char *dir _cleanup_free_ = str_printf("%s/%s", lxcpath, name);

	return dir && sys_unlinkat(sys, AT_FDCWD, dir, AT_REMOVEDIR) == 0;
}

bool storage_has_dir(struct sys *sys, const char *lxcpath, const char *name)
{
	char *dir _cleanup_free_ = str_printf("%s/%s", lxcpath, name);
	struct stat st;

	return dir && sys_fstatat(sys, AT_FDCWD, dir, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int check_defined(struct sys *sys, const char *lxcpath, const char *name, struct err *err)
{
	char *dir _cleanup_free_ = str_printf("%s/%s", lxcpath, name);
	struct stat st;
	int ret;

	if (!dir)
		return err_sys(err, -ENOMEM, "destroy %s", name);
	ret = sys_fstatat(sys, AT_FDCWD, dir, &st, AT_SYMLINK_NOFOLLOW);
	if (ret == -ENOENT || ret == -ENOTDIR)
		return err_set(err, -ENOENT, "container %s is not defined", name);
	return ret < 0 ? err_sys(err, ret, "look at %s", dir) : 0;
}

int storage_destroy(struct sys *sys, const struct config *config, const char *lxcpath,
		    const char *name, struct err *err)
{
	struct plan_destroy_request request = { .name = name,
						.lxcpath = lxcpath,
						.config = config };
	struct plan *image _cleanup_free_ = NULL;
	int ret = storage_check_name(name, err);

	if (ret == 0)
		ret = check_defined(sys, lxcpath, name, err);
	if (ret == 0)
		ret = plan_destroy(&request, &image, err);
	return ret < 0 ? ret : run_request(sys, image, &(struct request_args){ .envp = NULL }, err);
}
