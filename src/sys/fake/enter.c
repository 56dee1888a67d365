/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/enter: what a task passes on its way into any operation. The table of operations.
 */
#include "sys/fake/task.h"

static void enter(struct sys *sys)
{
	sched_enter(fake_of(sys));
}

#define ENTER_BODY(name, ...)                       \
	{                                           \
		enter(sys);                         \
		return fake_op_##name(__VA_ARGS__); \
	}
#define SYS_OP0(ret, name, ...) static ret enter_##name(struct sys *sys) ENTER_BODY(name, sys)
#define SYS_OP1(ret, name, k1, a1, ...) \
	static ret enter_##name(struct sys *sys, SYS_TYPE_##k1 a1) ENTER_BODY(name, sys, a1)
#define SYS_OP2(ret, name, k1, a1, k2, a2, ...)                                      \
	static ret enter_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2) \
		ENTER_BODY(name, sys, a1, a2)
#define SYS_OP3(ret, name, k1, a1, k2, a2, k3, a3, ...)                              \
	static ret enter_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2, \
				SYS_TYPE_##k3 a3) ENTER_BODY(name, sys, a1, a2, a3)
#define SYS_OP4(ret, name, k1, a1, k2, a2, k3, a3, k4, a4, ...)                      \
	static ret enter_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2, \
				SYS_TYPE_##k3 a3, SYS_TYPE_##k4 a4)                  \
		ENTER_BODY(name, sys, a1, a2, a3, a4)
#define SYS_OP5(ret, name, k1, a1, k2, a2, k3, a3, k4, a4, k5, a5, ...)               \
	static ret enter_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2,  \
				SYS_TYPE_##k3 a3, SYS_TYPE_##k4 a4, SYS_TYPE_##k5 a5) \
		ENTER_BODY(name, sys, a1, a2, a3, a4, a5)
#include "sys/sys_ops.def"

const struct sys_ops fake_ops = {
#define SYS_OP0(ret, name, ...) .name = enter_##name,
#define SYS_OP1(ret, name, ...) .name = enter_##name,
#define SYS_OP2(ret, name, ...) .name = enter_##name,
#define SYS_OP3(ret, name, ...) .name = enter_##name,
#define SYS_OP4(ret, name, ...) .name = enter_##name,
#define SYS_OP5(ret, name, ...) .name = enter_##name,
#include "sys/sys_ops.def"
};
