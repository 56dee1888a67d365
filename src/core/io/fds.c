/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The open descriptors of this process, as procfs lists them. Allocates nothing. */
#include "core/io/io.h"

#include <errno.h>

/* As the kernel writes it: getdents(2). */
struct dirent_raw {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

int io_each_fd(struct sys *sys, int (*visit)(struct sys *sys, int fd, void *data), void *data)
{
	_Alignas(uint64_t) char buf[2048];
	_cleanup_fd_ struct fd dir = { 0 };
	ssize_t len;
	int ret = io_open(sys, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY, 0, 0);

	if (ret < 0)
		return ret;
	dir = fd_of(sys, ret);
	while ((len = sys_getdents64(sys, dir.n, buf, sizeof(buf))) > 0) {
		const struct dirent_raw *entry;

		for (ssize_t at = 0; at < len; at += entry->reclen) {
			uint64_t fd;

			entry = (const void *)(buf + at);
			if (str_to_decimal(entry->name, &fd) < 0 || fd > INT32_MAX ||
			    (int)fd == dir.n)
				continue;
			ret = visit(sys, (int)fd, data);
			if (ret < 0)
				return ret;
		}
	}
	return (int)len;
}
