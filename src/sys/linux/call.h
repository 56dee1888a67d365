/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/linux/call: what the files of this folder share: one function for each row of the list, and
 * one way to call down.
 *
 * Private to sys/linux. The functions keep the caller's errno as it was and return >= 0 or -errno.
 */
#ifndef SYS_LINUX_CALL_H
#define SYS_LINUX_CALL_H

#include "sys/sys.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The result of a libc call that sets errno, as long. */
#define LINUX_LONG(call)               \
	({                             \
		int saved_ = errno;    \
		long ret_ = (call);    \
                                       \
		if (ret_ < 0)          \
			ret_ = -errno; \
		errno = saved_;        \
		ret_;                  \
	})
#define LINUX_INT(call) ((int)LINUX_LONG(call))

#define SYS_OP0(ret, name, ...) ret linux_##name(struct sys *sys);
#define SYS_OP1(ret, name, k1, a1, ...) ret linux_##name(struct sys *sys, SYS_TYPE_##k1 a1);
#define SYS_OP2(ret, name, k1, a1, k2, a2, ...) \
	ret linux_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2);
#define SYS_OP3(ret, name, k1, a1, k2, a2, k3, a3, ...) \
	ret linux_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2, SYS_TYPE_##k3 a3);
#define SYS_OP4(ret, name, k1, a1, k2, a2, k3, a3, k4, a4, ...)                                 \
	ret linux_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2, SYS_TYPE_##k3 a3, \
			 SYS_TYPE_##k4 a4);
#define SYS_OP5(ret, name, k1, a1, k2, a2, k3, a3, k4, a4, k5, a5, ...)                         \
	ret linux_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2, SYS_TYPE_##k3 a3, \
			 SYS_TYPE_##k4 a4, SYS_TYPE_##k5 a5);
#include "sys/sys_ops.def"

#endif
