/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "coverage.h"

#include "core/base/err.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { ERRNO_MAX = 160, ERRNOS_WANTED = 2 };

enum op {
#define SYS_OP0(ret, name, ...) OP_##name,
#define SYS_OP1(ret, name, ...) OP_##name,
#define SYS_OP2(ret, name, ...) OP_##name,
#define SYS_OP3(ret, name, ...) OP_##name,
#define SYS_OP4(ret, name, ...) OP_##name,
#define SYS_OP5(ret, name, ...) OP_##name,
#include "sys/sys_ops.def"
	OP_COUNT
};

static const char *const op_names[] = {
#define SYS_OP0(ret, name, ...) #name,
#define SYS_OP1(ret, name, ...) #name,
#define SYS_OP2(ret, name, ...) #name,
#define SYS_OP3(ret, name, ...) #name,
#define SYS_OP4(ret, name, ...) #name,
#define SYS_OP5(ret, name, ...) #name,
#include "sys/sys_ops.def"
};

/* Operations that cannot fail in two ways, or not in both worlds: how many are wanted, and why. */
static const struct excuse {
	enum op op;
	unsigned errnos;
	const char *reason;
} excuses[] = {
	{ OP_exit_group, 0, "does not return" },
	{ OP_close, 1, "EBADF; what else there is comes from file systems that write late" },
	{ OP_close_range, 1, "EINVAL: it asks for nothing" },
	{ OP_fstatfs, 1, "EBADF: a file that is open has a file system" },
	{ OP_getpid, 0, "a question that has an answer" },
	{ OP_getppid, 0, "a question that has an answer" },
	{ OP_getuid, 0, "a question that has an answer" },
	{ OP_geteuid, 0, "a question that has an answer" },
	{ OP_getgid, 0, "a question that has an answer" },
	{ OP_getegid, 0, "a question that has an answer" },
	{ OP_uname, 0, "a question that has an answer" },
	{ OP_capget, 0, "a question that has an answer" },
	{ OP_umask, 0, "takes any mask" },
	{ OP_personality, 0, "takes any number" },
	{ OP_setsid, 1, "EPERM alone" },
	{ OP_capset, 1, "EPERM alone" },
	{ OP_sigprocmask, 1, "EINVAL alone" },
	{ OP_sigaction, 1, "EINVAL alone" },
	{ OP_clock_gettime, 1, "EINVAL alone" },
	{ OP_getrandom, 1, "EINVAL; it would wait before the first seed" },
	{ OP_munmap, 0, "a wrong address is a breach in the model" },
};

/* By errno; 0: success. */
static unsigned (*counts)[OP_COUNT][ERRNO_MAX];

static struct sys covers[WORLD_COUNT];

static void cover(const struct sys *sys, enum op op, long number, int by)
{
	if (number >= 0 && number < ERRNO_MAX)
		(void)__atomic_fetch_add(&counts[sys - covers][op][number], (unsigned)by,
					 __ATOMIC_RELAXED);
}

/* A success is counted before the call, for what does not return then; a failure takes that back.
 */
static void cover_failure(const struct sys *sys, enum op op, long ret)
{
	if (ret >= 0 || ret <= -ERRNO_MAX)
		return;
	cover(sys, op, 0, -1);
	cover(sys, op, -ret, 1);
}

#define COVER_BODY(ret, name, ...)                                        \
	{                                                                 \
		ret result_;                                              \
                                                                          \
		cover(sys, OP_##name, 0, 1);                              \
		result_ = sys->next->ops->name(sys->next, ##__VA_ARGS__); \
		cover_failure(sys, OP_##name, (long)result_);             \
		return result_;                                           \
	}
#define SYS_OP0(ret, name, ...) static ret cover_##name(struct sys *sys) COVER_BODY(ret, name)
#define SYS_OP1(ret, name, k1, a1, ...) \
	static ret cover_##name(struct sys *sys, SYS_TYPE_##k1 a1) COVER_BODY(ret, name, a1)
#define SYS_OP2(ret, name, k1, a1, k2, a2, ...)                                      \
	static ret cover_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2) \
		COVER_BODY(ret, name, a1, a2)
#define SYS_OP3(ret, name, k1, a1, k2, a2, k3, a3, ...)                              \
	static ret cover_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2, \
				SYS_TYPE_##k3 a3) COVER_BODY(ret, name, a1, a2, a3)
#define SYS_OP4(ret, name, k1, a1, k2, a2, k3, a3, k4, a4, ...)                      \
	static ret cover_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2, \
				SYS_TYPE_##k3 a3, SYS_TYPE_##k4 a4)                  \
		COVER_BODY(ret, name, a1, a2, a3, a4)
#define SYS_OP5(ret, name, k1, a1, k2, a2, k3, a3, k4, a4, k5, a5, ...)               \
	static ret cover_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2,  \
				SYS_TYPE_##k3 a3, SYS_TYPE_##k4 a4, SYS_TYPE_##k5 a5) \
		COVER_BODY(ret, name, a1, a2, a3, a4, a5)
#include "sys/sys_ops.def"

static const struct sys_ops cover_ops = {
#define SYS_OP0(ret, name, ...) .name = cover_##name,
#define SYS_OP1(ret, name, ...) .name = cover_##name,
#define SYS_OP2(ret, name, ...) .name = cover_##name,
#define SYS_OP3(ret, name, ...) .name = cover_##name,
#define SYS_OP4(ret, name, ...) .name = cover_##name,
#define SYS_OP5(ret, name, ...) .name = cover_##name,
#include "sys/sys_ops.def"
};

void coverage_begin(void)
{
	counts = mmap(NULL, WORLD_COUNT * sizeof(*counts), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		abort();
}

struct sys *coverage_of(struct sys *sys, enum world world)
{
	sys_link(&covers[world], &cover_ops, sys);
	return &covers[world];
}

static unsigned errnos_wanted(enum op op)
{
	for (size_t i = 0; i < ARRAY_LEN(excuses); i++)
		if (excuses[i].op == op)
			return excuses[i].errnos;
	return ERRNOS_WANTED;
}

static void complain(enum op op, enum world world, struct str *out)
{
	static const char *const names[] = { "on Linux", "on the model" };
	unsigned wanted = errnos_wanted(op), errnos = 0;

	for (int number = 1; number < ERRNO_MAX; number++)
		errnos += counts[world][op][number] > 0;
	if (errnos > wanted && wanted < ERRNOS_WANTED)
		str_addf(out, "%s %s fails in %u ways: its excuse is not needed\n", op_names[op],
			 names[world], errnos);
	if (errnos >= wanted && counts[world][op][0] > 0)
		return;
	str_addf(out, "%s %s: %u successes, %u ways to fail of %u:", op_names[op], names[world],
		 counts[world][op][0], errnos, wanted);
	for (int number = 1; number < ERRNO_MAX; number++)
		if (counts[world][op][number] > 0)
			str_addf(out, " %s", err_name(number));
	str_add(out, "\n");
}

void coverage_complain(struct str *out)
{
	for (enum op op = 0; op < OP_COUNT; op++)
		for (enum world world = 0; world < WORLD_COUNT; world++)
			complain(op, world, out);
}
