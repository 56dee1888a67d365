/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A pty from a given multiplexer. */
#include "core/run/steps.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <sys/ioctl.h>

/* Slave of an open master. */
static int open_peer(struct sys *sys, int master)
{
	int unlocked = 0;
	int ret = sys_ioctl(sys, master, TIOCSPTLCK, &unlocked);

	return ret < 0 ? ret
		       : sys_ioctl(sys, master, TIOCGPTPEER,
				   (void *)(uintptr_t)(O_RDWR | O_NOCTTY | O_CLOEXEC));
}

void pty_copy_size(struct sys *sys, int from, int to)
{
	struct winsize size;

	if (sys_ioctl(sys, from, TIOCGWINSZ, &size) >= 0 && size.ws_row > 0)
		(void)sys_ioctl(sys, to, TIOCSWINSZ, &size);
}

int pty_open(struct sys *sys, const char *ptmx, uint64_t resolve, int *master_out, int *slave_out)
{
	_cleanup_fd_ struct fd master = { 0 };
	struct stat st;
	int ret = io_open(sys, AT_FDCWD, ptmx, O_RDWR | O_NOCTTY, 0, resolve);

	if (ret < 0)
		return ret;
	master = fd_of(sys, ret);
	ret = sys_fstatat(sys, master.n, "", &st, AT_EMPTY_PATH);
	if (ret == 0 && (!S_ISCHR(st.st_mode) || st.st_rdev != PTMX_DEV))
		ret = -ENODEV;
	if (ret == 0)
		ret = open_peer(sys, master.n);
	if (ret < 0)
		return ret;
	*slave_out = ret;
	*master_out = steal_fd(&master).n;
	return 0;
}
