/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/io/io.h"

#include <errno.h>
#include <linux/memfd.h>

/* Linux 6.3; headers of Debian 12 do not have them. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#define MFD_EXEC 0x0010U
#endif

int io_memfd_sealed(struct sys *sys, const char *name, const void *bytes, size_t len, bool exec)
{
	_cleanup_fd_ struct fd mem = { 0 };
	unsigned long flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int ret = sys_memfd_create(sys, name, flags | (exec ? MFD_EXEC : MFD_NOEXEC_SEAL));

	if (ret == -EINVAL) /* before Linux 6.3 */
		ret = sys_memfd_create(sys, name, flags);
	if (ret < 0)
		return ret;
	mem = fd_of(sys, ret);
	ret = io_write_full(sys, mem.n, bytes, len);
	if (ret < 0)
		return ret;
	ret = sys_fcntl(sys, mem.n, F_ADD_SEALS,
			F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	if (ret < 0)
		return ret;
	if (sys_lseek(sys, mem.n, 0, SEEK_SET) < 0)
		return -EIO;
	return steal_fd(&mem).n;
}

bool io_is_sealed(struct sys *sys, int fd)
{
	const int wanted = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	int seals = sys_fcntl(sys, fd, F_GET_SEALS, 0);

	return seals >= 0 && (seals & wanted) == wanted;
}
