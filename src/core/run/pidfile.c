/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pid file: opened by the caller, written by us, gone when we go. */
#include "core/run/loop.h"
#include "core/run/steps.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

int pidfile_write(struct run *run, struct err *err)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d\n", run->self);
	int ret;

	if (run->fds[SUPERVISOR_FD_PIDFILE] < 0)
		return 0;
	ret = io_write_full(run->sys, run->fds[SUPERVISOR_FD_PIDFILE], text, (size_t)len);
	return ret < 0 ? err_sys(err, ret, "write the pid file") : 0;
}

void pidfile_remove(struct run *run)
{
	int fd = run->fds[SUPERVISOR_FD_PIDFILE];
	char link[32], path[PATH_MAX];
	struct stat ours, named;
	ssize_t len;

	if (fd < 0)
		return;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = sys_readlinkat(run->sys, AT_FDCWD, link, path, sizeof(path) - 1);
	if (len <= 0)
		return;
	path[len] = '\0';
	if (sys_fstatat(run->sys, fd, "", &ours, AT_EMPTY_PATH) < 0 ||
	    sys_fstatat(run->sys, AT_FDCWD, path, &named, AT_SYMLINK_NOFOLLOW) < 0 ||
	    ours.st_dev != named.st_dev || ours.st_ino != named.st_ino)
		return;
	(void)sys_unlinkat(run->sys, AT_FDCWD, path, 0);
}
