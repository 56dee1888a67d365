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

char *storage_lock_path(const char *run_dir, const char *lxcpath, const char *name)
{
	char *dir _cleanup_free_ = lock_dir(run_dir, lxcpath);

	return dir ? str_printf("%s/.%s", dir, name) : NULL;
}

int storage_lock(struct sys *sys, const char *run_dir, const char *lxcpath, const char *name, struct fd *lock,
		 struct err *err)
{
	char *path _cleanup_free_ = storage_lock_path(run_dir, lxcpath, name);
	int ret;

	if (!path)
		return err_sys(err, -ENOMEM, "lock container %s", name);
	ret = io_lock_path(sys, path);
	if (ret < 0)
		return err_sys(err, ret, "lock %s", path);
	*lock = fd_of(sys, ret);
	return 0;
}

static bool is_free(struct sys *sys, int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int ret = sys_fcntl_lock(sys, fd, F_OFD_GETLK, &lock);

	return ret == 0 ? lock.l_type == F_UNLCK : io_lock(sys, fd, false) == 0;
}

/* Whoever finishes a creation removes the marker before he lets go of it: a free lock says nothing when the name is gone. */
static enum storage_partial state_of_free(struct sys *sys, const char *path, int fd)
{
	struct stat st;
	int same = io_is_same(sys, AT_FDCWD, path, fd);

	if (same == 1)
		return STORAGE_ABANDONED;
	return same == 0 && sys_fstatat(sys, AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) == -ENOENT ? STORAGE_COMPLETE
												  : STORAGE_BEING_CREATED;
}

enum storage_partial storage_partial_state(struct sys *sys, const char *lxcpath, const char *name)
{
	char *path _cleanup_free_ = str_printf("%s/%s/partial", lxcpath, name);
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
	return is_free(sys, file.n) ? state_of_free(sys, path, file.n) : STORAGE_BEING_CREATED;
}

