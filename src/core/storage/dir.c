/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The dir backend, and the removal of a container from the disk. */
#include "core/config/config.h"
#include "core/storage/storage.h"

#include "core/base/str.h"

#include <errno.h>

int storage_check_name(const char *name, struct err *err)
{
	if (!name || !*name)
		return err_set(err, -EINVAL, "the container name is empty");
	if (str_eq(name, ".") || str_eq(name, ".."))
		return err_set(err, -EINVAL, "\"%s\" is not a container name", name);
	if (strchr(name, '/'))
		return err_set(err, -EINVAL, "\"%.100s\" is not a container name: it contains a slash", name);
	if (strlen(name) > 255)
		return err_set(err, -EINVAL, "the container name \"%.20s...\" is longer than 255 bytes", name);
	for (const char *at = name; *at; at++) {
		/* A newline would begin a line of configuration. */
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return err_set(err, -EINVAL, "a container name has no control characters");
	}
	return 0;
}

/* 1, 0, or -errno. */
static int exists(struct sys *sys, const char *path)
{
	struct stat st;
	int ret = sys_fstatat(sys, AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW);

	if (ret == -ENOENT || ret == -ENOTDIR)
		return 0;
	return ret < 0 ? ret : 1;
}

/* Keeps a snaps directory that holds something: it is not ours to remove. */
static int remove_container_dir(struct sys *sys, const char *dir, struct err *err)
{
	char *snaps _cleanup_free_ = str_printf("%s/snaps", dir);
	_cleanup_str_ struct str names = { 0 };
	size_t count = 0;
	int ret;

	if (!snaps)
		return err_sys(err, -ENOMEM, "remove %s", dir);
	ret = io_list_dir(sys, AT_FDCWD, snaps, &names, &count);
	if (ret < 0 && ret != -ENOENT && ret != -ENOTDIR)
		return err_sys(err, ret, "look for snapshots in %s", snaps);
	if (ret == 0 && count > 0)
		return err_set(err, -EBUSY, "the container has snapshots");
	ret = io_remove_tree(sys, AT_FDCWD, dir);
	return ret < 0 ? err_sys(err, ret, "remove %s", dir) : 0;
}

bool storage_remove_empty(struct sys *sys, const char *lxcpath, const char *name)
{
	char *dir _cleanup_free_ = str_printf("%s/%s", lxcpath, name);

	return dir && sys_unlinkat(sys, AT_FDCWD, dir, AT_REMOVEDIR) == 0;
}

int storage_destroy(struct sys *sys, const struct config *config, const char *lxcpath, const char *name,
		    struct err *err)
{
	const char *rootfs = config ? config_str(config, "lxc.rootfs.path") : NULL;
	char *dir _cleanup_free_ = str_printf("%s/%s", lxcpath, name);
	int ret = storage_check_name(name, err);

	if (ret < 0)
		return ret;
	if (!dir)
		return err_sys(err, -ENOMEM, "destroy %s", name);
	ret = exists(sys, dir);
	if (ret <= 0)
		return ret < 0 ? err_sys(err, ret, "look at %s", dir)
			       : err_set(err, -ENOENT, "container %s is not defined", name);
	if (rootfs && str_starts(rootfs, "dir:"))
		rootfs += 4;
	/* "/" as a root file system is the host's own: no name for a thing to remove. */
	if (rootfs && rootfs[0] == '/' && rootfs[strspn(rootfs, "/.")] != '\0') {
		ret = exists(sys, rootfs);
		if (ret > 0)
			ret = io_remove_tree(sys, AT_FDCWD, rootfs);
		if (ret < 0)
			return err_sys(err, ret, "remove the root file system %s", rootfs);
	}
	return remove_container_dir(sys, dir, err);
}
