/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls on memory. */
#include "sys/linux/call.h"

#include <sys/mman.h>

int linux_memfd_create(struct sys *sys, const char *name, unsigned long flags)
{
	return LINUX_INT(memfd_create(name, (unsigned int)flags));
}

int linux_mmap(struct sys *sys, void **map, size_t len, int prot, unsigned long flags, int fd)
{
	int saved = errno;
	void *start = mmap(NULL, len, prot, (int)flags, fd, 0);
	int ret = start == MAP_FAILED ? -errno : 0;

	errno = saved;
	if (ret == 0)
		*map = start;
	return ret;
}

int linux_munmap(struct sys *sys, void *map, size_t len)
{
	return LINUX_INT(munmap(map, len));
}
