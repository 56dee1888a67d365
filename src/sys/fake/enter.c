/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/enter: what a task passes on its way into any operation: others who come first, and its
 * own filters. The table of operations.
 */
#include "sys/fake/task.h"

#include <sys/syscall.h>

/* Operations that have another name than the call behind them. */
#define SYS_fcntl_lock SYS_fcntl
#define SYS_pread SYS_pread64
#define SYS_pwrite SYS_pwrite64
#define SYS_fstatat SYS_newfstatat
#define SYS_spawn SYS_clone
#define SYS_seccomp_load SYS_seccomp
#define SYS_prlimit SYS_prlimit64
#define SYS_sigprocmask SYS_rt_sigprocmask
#define SYS_sigaction SYS_rt_sigaction
#undef SYS_signalfd
#define SYS_signalfd SYS_signalfd4

/* False: the call is not made, and returns *ret. */
static bool enter(struct sys *sys, int number, const uint64_t args[6], int *ret)
{
	struct fake *fake = fake_of(sys);
	const struct sys_clone *clone = (const struct sys_clone *)(uintptr_t)args[0];

	sched_enter(fake);
	if (!ktask(fake->current)->filters)
		return true;
	/* What is nothing but a copy comes from libc's fork. */
	if (number == SYS_clone3 && clone->flags == 0)
		number = SYS_clone;
	return seccomp_enter(fake, number, args, ret);
}

/* As in a register: what has 32 bits is not continued by its sign. */
#define BITS(arg) (sizeof(arg) == 4 ? (uint32_t)(uintptr_t)(arg) : (uint64_t)(uintptr_t)(arg))
#define LIST(...)           \
	{                   \
		__VA_ARGS__ \
	}
#define ENTER_BODY(ret, name, list, ...)                            \
	{                                                           \
		const uint64_t args_[6] = list;                     \
		int instead_ = 0;                                   \
                                                                    \
		return enter(sys, SYS_##name, args_, &instead_)     \
			       ? fake_op_##name(sys, ##__VA_ARGS__) \
			       : (ret)instead_;                     \
	}
#define SYS_OP0(ret, name, ...) \
	static ret enter_##name(struct sys *sys) ENTER_BODY(ret, name, LIST(0))
#define SYS_OP1(ret, name, k1, a1, ...)                            \
	static ret enter_##name(struct sys *sys, SYS_TYPE_##k1 a1) \
		ENTER_BODY(ret, name, LIST(BITS(a1)), a1)
#define SYS_OP2(ret, name, k1, a1, k2, a2, ...)                                      \
	static ret enter_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2) \
		ENTER_BODY(ret, name, LIST(BITS(a1), BITS(a2)), a1, a2)
#define SYS_OP3(ret, name, k1, a1, k2, a2, k3, a3, ...)                              \
	static ret enter_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2, \
				SYS_TYPE_##k3 a3)                                    \
		ENTER_BODY(ret, name, LIST(BITS(a1), BITS(a2), BITS(a3)), a1, a2, a3)
#define SYS_OP4(ret, name, k1, a1, k2, a2, k3, a3, k4, a4, ...)                                 \
	static ret enter_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2,            \
				SYS_TYPE_##k3 a3, SYS_TYPE_##k4 a4)                             \
		ENTER_BODY(ret, name, LIST(BITS(a1), BITS(a2), BITS(a3), BITS(a4)), a1, a2, a3, \
			   a4)
#define SYS_OP5(ret, name, k1, a1, k2, a2, k3, a3, k4, a4, k5, a5, ...)                           \
	static ret enter_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2,              \
				SYS_TYPE_##k3 a3, SYS_TYPE_##k4 a4, SYS_TYPE_##k5 a5)             \
		ENTER_BODY(ret, name, LIST(BITS(a1), BITS(a2), BITS(a3), BITS(a4), BITS(a5)), a1, \
			   a2, a3, a4, a5)
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
