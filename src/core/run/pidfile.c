/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pid file: opened by the caller, written by us, gone when we go. */
#include "core/run/loop.h"
#include "core/run/steps.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#define PID_TEXT_SIZE 16

static size_t pid_text(const struct run *run, char text[PID_TEXT_SIZE])
{
	return (size_t)snprintf(text, PID_TEXT_SIZE, "%d\n", run->self);
}

int pidfile_write(struct run *run, struct err *err)
{
	char text[PID_TEXT_SIZE];
	size_t len = pid_text(run, text);
	int fd = run->fds[SUPERVISOR_FD_PIDFILE];
	struct stat st;
	int ret;

	if (fd < 0)
		return 0;
	ret = sys_fstatat(run->sys, fd, "", &st, AT_EMPTY_PATH);
	if (ret == 0 && !S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "the pid file is not a regular file");
	if (ret == 0)
		ret = sys_ftruncate(run->sys, fd, 0);
	/* From here on it is ours, whatever of our pid comes to stand in it. */
	run->pidfile_is_ours = ret == 0;
	if (ret == 0)
		ret = io_write_full(run->sys, fd, text, len);
	return ret < 0 ? err_sys(err, ret, "write the pid file") : 0;
}

/* Written by nobody after us: with our pid, or cut short in our own writing. */
static bool has_our_pid(struct run *run, int fd)
{
	char text[PID_TEXT_SIZE], found[PID_TEXT_SIZE];
	size_t len = pid_text(run, text);
	ssize_t n = SYS_RETRY(sys_pread(run->sys, fd, found, sizeof(found), 0));

	return n >= 0 && (size_t)n <= len && memcmp(found, text, (size_t)n) == 0;
}

void pidfile_remove(struct run *run)
{
	int fd = run->fds[SUPERVISOR_FD_PIDFILE];
	char link[32], path[PATH_MAX];
	struct stat ours, named;
	ssize_t len;

	if (fd < 0 || !run->pidfile_is_ours)
		return;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = sys_readlinkat(run->sys, AT_FDCWD, link, path, sizeof(path) - 1);
	if (len <= 0)
		return;
	path[len] = '\0';
	if (sys_fstatat(run->sys, fd, "", &ours, AT_EMPTY_PATH) < 0 ||
	    sys_fstatat(run->sys, AT_FDCWD, path, &named, AT_SYMLINK_NOFOLLOW) < 0 ||
	    ours.st_dev != named.st_dev || ours.st_ino != named.st_ino || !has_our_pid(run, fd))
		return;
	(void)sys_unlinkat(run->sys, AT_FDCWD, path, 0);
}
