/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/storage/storage.h"

#include "core/base/str.h"
#include "paths.h"

#include <errno.h>

static const char *env_value(char *const *envp, const char *name)
{
	size_t len = strlen(name);

	for (; envp && *envp; envp++) {
		if (strncmp(*envp, name, len) == 0 && (*envp)[len] == '=')
			return *envp + len + 1;
	}
	return NULL;
}

char *storage_run_dir(struct sys *sys, char *const *envp)
{
	const char *value;
	struct stat st;

	if (sys_fstatat(sys, AT_FDCWD, PATH_RUNTIME, &st, 0) == 0 &&
	    (st.st_uid == sys_geteuid(sys) || st.st_gid == sys_getegid(sys)))
		return str_dup(PATH_RUNTIME);
	value = env_value(envp, "XDG_RUNTIME_DIR");
	if (value && *value)
		return str_dup(value);
	value = env_value(envp, "HOME");
	return value && *value ? str_printf("%s/.cache/lxc/run", value) : NULL;
}

static char *lock_dir(const char *run_dir, const char *lxcpath)
{
	return str_printf("%s/lxc/lock/%s", run_dir, lxcpath);
}

int storage_lock_prepare(struct sys *sys, const char *run_dir, const char *lxcpath, struct err *err)
{
	char *dir _cleanup_free_ = lock_dir(run_dir, lxcpath);
	int ret;

	if (!dir)
		return err_sys(err, -ENOMEM, "make the lock directory");
	ret = io_mkdir_all(sys, AT_FDCWD, dir, 0755);
	return ret < 0 ? err_sys(err, ret, "make directory %s", dir) : 0;
}

int storage_lock(struct sys *sys, const char *run_dir, const char *lxcpath, const char *name, struct fd *lock,
		 struct err *err)
{
	char *dir _cleanup_free_ = lock_dir(run_dir, lxcpath);
	char *path _cleanup_free_ = dir ? str_printf("%s/.%s", dir, name) : NULL;
	_cleanup_fd_ struct fd file = { 0 };
	int ret;

	if (!path)
		return err_sys(err, -ENOMEM, "lock container %s", name);
	ret = io_open(sys, AT_FDCWD, path, O_CREAT | O_RDWR | O_NOFOLLOW | O_NOCTTY, 0600, 0);
	if (ret < 0)
		return err_sys(err, ret, "open lock file %s", path);
	file = fd_of(sys, ret);
	ret = io_lock(sys, file.n, true);
	if (ret < 0)
		return err_sys(err, ret, "lock %s", path);
	*lock = steal_fd(&file);
	return 0;
}

enum storage_partial storage_partial_state(struct sys *sys, const char *lxcpath, const char *name)
{
	char *path _cleanup_free_ = str_printf("%s/%s/partial", lxcpath, name);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	_cleanup_fd_ struct fd file = { 0 };
	int ret;

	if (!path)
		return STORAGE_COMPLETE;
	ret = io_open(sys, AT_FDCWD, path, O_RDWR | O_NOFOLLOW, 0, 0);
	if (ret == -ENOENT || ret == -ENOTDIR)
		return STORAGE_COMPLETE;
	if (ret < 0)
		return STORAGE_BEING_CREATED; /* Cannot tell: the careful answer. */
	file = fd_of(sys, ret);
	ret = sys_fcntl_lock(sys, file.n, F_OFD_GETLK, &lock);
	if (ret == 0)
		return lock.l_type == F_UNLCK ? STORAGE_ABANDONED : STORAGE_BEING_CREATED;
	return io_lock(sys, file.n, false) == 0 ? STORAGE_ABANDONED : STORAGE_BEING_CREATED;
}
