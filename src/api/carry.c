/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The helpers that the library carries. An installed file is used when it is the same: its first page (which holds the
 * build id note) and its size are equal to those of our copy. Else our copy runs from a sealed memfd.
 */
#include "api/carry.h"

#include "paths.h"

#include <errno.h>
#include <string.h>

#define FIRST_PAGE 4096U

static const char *const installed[] = {
	[CARRIED_SUPERVISOR] = PATH_LIBEXEC "/lxc-supervisor",
	[CARRIED_PLANNER] = PATH_LIBEXEC "/lxc-plan",
	[CARRIED_INIT] = NULL, /* Containers see it: never a file of the host. */
};
static const char *const memfd_names[] = { "lxc-supervisor", "lxc-plan", "init.lxc" };

static bool is_same(struct sys *sys, int fd, const char *bytes, size_t len)
{
	char page[FIRST_PAGE];
	size_t want = len < sizeof(page) ? len : sizeof(page);
	struct stat st;

	if (sys_fstatat(sys, fd, "", &st, AT_EMPTY_PATH) < 0 || (size_t)st.st_size != len)
		return false;
	return SYS_RETRY(sys_pread(sys, fd, page, want, 0)) == (ssize_t)want && memcmp(page, bytes, want) == 0;
}

int carry_open(struct sys *sys, enum carried which, struct fd *out, struct err *err)
{
	size_t len = 0;
	const char *bytes = carried_bytes(which, &len);
	int ret;

	if (installed[which]) {
		_cleanup_fd_ struct fd file = fd_of(sys, io_open(sys, AT_FDCWD, installed[which], O_RDONLY, 0, 0));

		if (fd_is_open(&file) && is_same(sys, file.n, bytes, len)) {
			*out = steal_fd(&file);
			return 0;
		}
	}
	ret = io_memfd_sealed(sys, memfd_names[which], bytes, len, true);
	if (ret < 0) {
		err_sys(err, ret, "make an executable copy of %s in memory", memfd_names[which]);
		if (ret == -EACCES)
			err_hint(err, "the sysctl vm.memfd_noexec forbids it; set it to 0 or 1");
		return ret;
	}
	*out = fd_of(sys, ret);
	return 0;
}
