/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/config/config.h"
#include "core/storage/storage.h"
#include "core/storage/template.h"

#include "core/base/str.h"
#include "paths.h"

#include <errno.h>
#include <sys/file.h>

/* What this creation has made so far: the only things that a failure may remove. */
struct made {
	struct sys *sys;
	const struct storage_create_args *args;
	char *dir, *config_path, *partial_path, *rootfs;
	struct fd partial;
	bool made_dir, made_rootfs, made_config;
};

static void made_finish(struct made *made)
{
	fd_finish(&made->partial);
	free(made->dir);
	free(made->config_path);
	free(made->partial_path);
	free(made->rootfs);
}

/* Under the lock, so that nobody begins between the parts of it; without one, rather than not at all. */
static void undo(struct made *made, struct fd *lock)
{
	if (!fd_is_open(lock))
		(void)storage_lock(made->sys, made->args->run_dir, made->args->lxcpath, made->args->name, lock, NULL);
	if (made->made_rootfs)
		(void)io_remove_tree(made->sys, AT_FDCWD, made->rootfs);
	if (made->made_config)
		(void)sys_unlinkat(made->sys, AT_FDCWD, made->config_path, 0);
	if (fd_is_open(&made->partial))
		(void)sys_unlinkat(made->sys, AT_FDCWD, made->partial_path, 0);
	if (made->made_dir)
		(void)io_remove_tree(made->sys, AT_FDCWD, made->dir);
}

static int make_dir(struct made *made, struct err *err)
{
	int ret = io_mkdir_all(made->sys, AT_FDCWD, made->args->lxcpath, 0755);

	if (ret < 0)
		return err_sys(err, ret, "make directory %s", made->args->lxcpath);
	ret = sys_mkdirat(made->sys, AT_FDCWD, made->dir, 0770);
	if (ret == -EEXIST)
		return 0;
	if (ret < 0)
		return err_sys(err, ret, "make directory %s", made->dir);
	made->made_dir = true;
	ret = sys_fchmodat(made->sys, AT_FDCWD, made->dir, 0770); /* whatever the umask is */
	return ret < 0 ? err_sys(err, ret, "set the mode of %s", made->dir) : 0;
}

/* The marker is locked as long as this process lives: a crash leaves it unlocked, and the next user cleans up. */
static int mark_partial(struct made *made, struct err *err)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int ret = io_open(made->sys, AT_FDCWD, made->partial_path, O_CREAT | O_EXCL | O_RDWR, 0600, 0);

	if (ret == -EEXIST)
		return err_set(err, ret, "container %s is being created by another process", made->args->name);
	if (ret < 0)
		return err_sys(err, ret, "create %s", made->partial_path);
	made->partial = fd_of(made->sys, ret);
	ret = sys_fcntl_lock(made->sys, made->partial.n, F_OFD_SETLK, &lock);
	if (ret == -EINVAL)
		ret = sys_flock(made->sys, made->partial.n, LOCK_EX | LOCK_NB);
	return ret < 0 ? err_sys(err, ret, "lock %s", made->partial_path) : 0;
}

static int make_rootfs(struct made *made, struct config *config, struct err *err)
{
	char *value _cleanup_free_ = str_printf("dir:%s", made->rootfs);
	int ret = sys_mkdirat(made->sys, AT_FDCWD, made->rootfs, 0755);

	if (ret < 0 && ret != -EEXIST)
		return err_sys(err, ret, "make directory %s", made->rootfs);
	made->made_rootfs = ret == 0;
	if (!value)
		return err_sys(err, -ENOMEM, "make directory %s", made->rootfs);
	return config_set(config, made->sys, "lxc.rootfs.path", value, err);
}

static bool exists(struct made *made, const char *path)
{
	struct stat st;

	return sys_fstatat(made->sys, AT_FDCWD, path, &st, 0) == 0;
}

static int save(struct made *made, const struct config *config, struct err *err)
{
	bool existed = exists(made, made->config_path);
	int ret = config_save(config, made->sys, made->config_path, err);

	if (ret == 0 && !existed)
		made->made_config = true;
	return ret;
}

static int prepare(struct made *made, struct sys *sys, const struct storage_create_args *args)
{
	*made = (struct made){ .sys = sys, .args = args };
	made->dir = str_printf("%s/%s", args->lxcpath, args->name);
	made->config_path = str_printf("%s/%s/config", args->lxcpath, args->name);
	made->partial_path = str_printf("%s/%s/partial", args->lxcpath, args->name);
	made->rootfs = args->rootfs_dir ? str_dup(args->rootfs_dir)
					: str_printf("%s/%s/rootfs", args->lxcpath, args->name);
	return made->dir && made->config_path && made->partial_path && made->rootfs ? 0 : -ENOMEM;
}

/* The name is ours: or somebody else's, who may have finished since our caller looked, even while we waited for the marker. */
static int claim(struct made *made, struct fd *lock, struct err *err)
{
	const struct storage_create_args *args = made->args;
	int ret = storage_lock(made->sys, args->run_dir, args->lxcpath, args->name, lock, err);

	if (ret == 0)
		ret = make_dir(made, err);
	if (ret < 0 || !args->template_path)
		return ret;
	ret = mark_partial(made, err);
	if (ret == 0 && exists(made, made->config_path) && exists(made, made->rootfs))
		ret = err_set(err, -EEXIST, "container %s already exists", args->name);
	return ret;
}

static int create(struct made *made, struct config *config, struct fd *lock, struct err *err)
{
	int ret = claim(made, lock, err);

	if (ret < 0)
		return ret;
	if (!made->args->template_path) {
		ret = save(made, config, err);
		return ret == 0 && made->args->check ? made->args->check(made->args->data, err) : ret;
	}
	/* From here on the marker keeps others away. */
	fd_finish(lock);
	ret = make_rootfs(made, config, err);
	if (ret < 0)
		return ret;
	ret = save(made, config, err);
	if (ret < 0)
		return ret;
	ret = template_run(made->sys, made->args, made->rootfs, err);
	if (ret < 0)
		return ret;
	ret = template_header(made->sys, made->args, made->config_path, err);
	if (ret < 0)
		return ret;
	ret = made->args->check ? made->args->check(made->args->data, err) : 0;
	if (ret < 0)
		return ret;
	ret = sys_unlinkat(made->sys, AT_FDCWD, made->partial_path, 0);
	return ret < 0 ? err_sys(err, ret, "remove %s", made->partial_path) : 0;
}

int storage_create(struct sys *sys, struct config *config, const struct storage_create_args *args, struct err *err)
{
	_cleanup_fd_ struct fd lock = { 0 };
	struct made made;
	int ret = storage_check_name(args->name, err);

	if (ret < 0)
		return ret;
	ret = prepare(&made, sys, args);
	if (ret < 0)
		err_sys(err, ret, "create container %s", args->name);
	else
		ret = create(&made, config, &lock, err);
	if (ret < 0)
		undo(&made, &lock);
	made_finish(&made);
	return ret;
}
