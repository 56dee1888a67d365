/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of the model kernel's files share: short words for reading and writing.
 */
#ifndef TESTS_UNIT_SYS_FS_TEST_H
#define TESTS_UNIT_SYS_FS_TEST_H

#include "fake_test.h"

#include <dirent.h>
#include <stdio.h>

static inline int open_flags(struct sys *sys, const char *path, int flags)
{
	return sys_openat(sys, AT_FDCWD, path, (unsigned long)(flags | O_CLOEXEC), 0644);
}

static inline int open_ro(struct sys *sys, const char *path)
{
	return open_flags(sys, path, O_RDONLY);
}

static inline int open_rw(struct sys *sys, const char *path)
{
	return open_flags(sys, path, O_RDWR);
}

static inline int open_dir(struct sys *sys, const char *path)
{
	return open_flags(sys, path, O_PATH | O_DIRECTORY);
}

/* Writes an existing file or makes it; what write returned, or open. */
static inline int put(struct sys *sys, const char *path, const char *text)
{
	int fd = open_flags(sys, path, O_WRONLY | O_CREAT), ret;

	if (fd < 0)
		return fd;
	ret = (int)sys_write(sys, fd, text, strlen(text));
	sys_close(sys, fd);
	return ret;
}

/* The contents, or "E" and a number. */
static inline const char *get(struct sys *sys, const char *path, char *buf, size_t size)
{
	int fd = open_ro(sys, path);
	ssize_t n = fd < 0 ? fd : sys_read(sys, fd, buf, size - 1);

	if (fd >= 0)
		sys_close(sys, fd);
	if (n < 0)
		snprintf(buf, size, "E%zd", -n);
	else
		buf[n] = '\0';
	return buf;
}

static inline const char *list(struct sys *sys, const char *path, char *text, size_t size)
{
	_Alignas(struct dirent64) char buf[2048];
	int fd = open_flags(sys, path, O_RDONLY | O_DIRECTORY);
	ssize_t n;

	*text = '\0';
	while (fd >= 0 && (n = sys_getdents64(sys, fd, buf, sizeof(buf))) > 0) {
		for (ssize_t at = 0; at < n;) {
			struct dirent64 *entry = (void *)(buf + at);
			size_t len = strlen(text);

			snprintf(text + len, size - len, "%s ", entry->d_name);
			at += entry->d_reclen;
		}
	}
	if (fd >= 0)
		sys_close(sys, fd);
	return text;
}

#endif
