/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/fault.h"

#include <errno.h>

/* Counts a call; the -errno that it shall return, or 0: let it pass. */
static int fault_here(struct sys *sys, const char *op, const int *errnos, unsigned count)
{
	struct sys_fault *fault = (struct sys_fault *)sys;

	if (fault->paused || errnos[0] == 0)
		return 0;
	if (++fault->calls != fault->fail_at)
		return 0;
	fault->errno_count = count;
	if (fault->errno_index >= count)
		return 0;
	fault->op = op;
	fault->given = errnos[fault->errno_index];
	return -fault->given;
}

#define FAULT_BODY(ret, name, errnos, ...)                                                        \
	{                                                                                         \
		static const int errnos_[] = errnos;                                              \
		int given_ =                                                                      \
			fault_here(sys, #name, errnos_, sizeof(errnos_) / sizeof(errnos_[0]));    \
                                                                                                  \
		return given_ < 0 ? (ret)given_ : sys->next->ops->name(sys->next, ##__VA_ARGS__); \
	}
#define LIST(...)           \
	{                   \
		__VA_ARGS__ \
	}

#define SYS_OP0(ret, name, ...) \
	static ret fault_##name(struct sys *sys) FAULT_BODY(ret, name, LIST(__VA_ARGS__))
#define SYS_OP1(ret, name, k1, a1, ...)                            \
	static ret fault_##name(struct sys *sys, SYS_TYPE_##k1 a1) \
		FAULT_BODY(ret, name, LIST(__VA_ARGS__), a1)
#define SYS_OP2(ret, name, k1, a1, k2, a2, ...)                                      \
	static ret fault_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2) \
		FAULT_BODY(ret, name, LIST(__VA_ARGS__), a1, a2)
#define SYS_OP3(ret, name, k1, a1, k2, a2, k3, a3, ...)                              \
	static ret fault_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2, \
				SYS_TYPE_##k3 a3)                                    \
		FAULT_BODY(ret, name, LIST(__VA_ARGS__), a1, a2, a3)
#define SYS_OP4(ret, name, k1, a1, k2, a2, k3, a3, k4, a4, ...)                      \
	static ret fault_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2, \
				SYS_TYPE_##k3 a3, SYS_TYPE_##k4 a4)                  \
		FAULT_BODY(ret, name, LIST(__VA_ARGS__), a1, a2, a3, a4)
#define SYS_OP5(ret, name, k1, a1, k2, a2, k3, a3, k4, a4, k5, a5, ...)               \
	static ret fault_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2,  \
				SYS_TYPE_##k3 a3, SYS_TYPE_##k4 a4, SYS_TYPE_##k5 a5) \
		FAULT_BODY(ret, name, LIST(__VA_ARGS__), a1, a2, a3, a4, a5)
#include "sys/sys_ops.def"

static const struct sys_ops fault_ops = {
#define SYS_OP0(ret, name, ...) .name = fault_##name,
#define SYS_OP1(ret, name, ...) .name = fault_##name,
#define SYS_OP2(ret, name, ...) .name = fault_##name,
#define SYS_OP3(ret, name, ...) .name = fault_##name,
#define SYS_OP4(ret, name, ...) .name = fault_##name,
#define SYS_OP5(ret, name, ...) .name = fault_##name,
#include "sys/sys_ops.def"
};

void sys_fault_init(struct sys_fault *fault, struct sys *next)
{
	*fault = (struct sys_fault){ 0 };
	sys_link(&fault->sys, &fault_ops, next);
}
