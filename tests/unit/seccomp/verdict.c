/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verdict.h"

#include "core/base/str.h"
#include "core/seccomp/eval.h"

#include <linux/audit.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define X32_BIT 0x40000000u

/* ipc(2), socketcall(2): the sub-calls; uapi linux/ipc.h, linux/net.h. */
static const struct {
	const char *multiplexer, *call;
	uint32_t sub;
} subs[] = {
	{ "socketcall", "socket", 1 },
	{ "socketcall", "bind", 2 },
	{ "socketcall", "connect", 3 },
	{ "socketcall", "listen", 4 },
	{ "socketcall", "accept", 5 },
	{ "socketcall", "getsockname", 6 },
	{ "socketcall", "getpeername", 7 },
	{ "socketcall", "socketpair", 8 },
	{ "socketcall", "send", 9 },
	{ "socketcall", "recv", 10 },
	{ "socketcall", "sendto", 11 },
	{ "socketcall", "recvfrom", 12 },
	{ "socketcall", "shutdown", 13 },
	{ "socketcall", "setsockopt", 14 },
	{ "socketcall", "getsockopt", 15 },
	{ "socketcall", "sendmsg", 16 },
	{ "socketcall", "recvmsg", 17 },
	{ "socketcall", "accept4", 18 },
	{ "socketcall", "recvmmsg", 19 },
	{ "socketcall", "sendmmsg", 20 },
	{ "ipc", "semop", 1 },
	{ "ipc", "semget", 2 },
	{ "ipc", "semctl", 3 },
	{ "ipc", "semtimedop", 4 },
	{ "ipc", "msgsnd", 11 },
	{ "ipc", "msgrcv", 12 },
	{ "ipc", "msgget", 13 },
	{ "ipc", "msgctl", 14 },
	{ "ipc", "shmat", 21 },
	{ "ipc", "shmdt", 22 },
	{ "ipc", "shmget", 23 },
	{ "ipc", "shmctl", 24 },
};

static bool is_narrow(uint32_t arch)
{
	return !(arch & __AUDIT_ARCH_64BIT) || arch == AUDIT_ARCH_MIPS64N32 ||
	       arch == AUDIT_ARCH_MIPSEL64N32;
}

static uint64_t cut(uint32_t arch, uint64_t value)
{
	return is_narrow(arch) ? (uint32_t)value : value;
}

static bool is_true(const struct seccomp_test *test, uint32_t arch, const uint64_t *args)
{
	uint64_t arg = cut(arch, args[test->arg]), value = cut(arch, test->value);

	switch (test->op) {
	case SECCOMP_NE:
		return arg != value;
	case SECCOMP_LT:
		return arg < value;
	case SECCOMP_LE:
		return arg <= value;
	case SECCOMP_EQ:
		return arg == value;
	case SECCOMP_GE:
		return arg >= value;
	case SECCOMP_GT:
		return arg > value;
	case SECCOMP_MASKED_EQ:
		return (arg & cut(arch, test->mask)) == (value & cut(arch, test->mask));
	}
	return false;
}

/* The multiplexer through which the architecture makes the call, and the number of the sub-call;
 * NULL: none. */
static const char *multiplexer_of(uint32_t arch, const char *call, uint32_t *sub)
{
	for (size_t i = 0; i < ARRAY_LEN(subs); i++) {
		if (!str_eq(subs[i].call, call) ||
		    seccomp_syscall_resolve_name_arch(arch, subs[i].multiplexer) < 0)
			continue;
		*sub = subs[i].sub;
		return subs[i].multiplexer;
	}
	return NULL;
}

/* The name of what is called; numbers without the offset of their architecture are none. */
static char *name_of(uint32_t arch, int number)
{
	int read = seccomp_syscall_resolve_name_arch(arch, "read");

	return number < read - 63 ? NULL : seccomp_syscall_resolve_num_arch(arch, number);
}

enum match { NO, TRUE, ALWAYS };

static enum match tests_match(const struct seccomp_rule *rule, uint32_t arch,
			      const struct seccomp_data *data)
{
	enum match match = ALWAYS;

	for (uint32_t i = 0; i < rule->test_count; i++) {
		if (!is_true(&rule->tests[i], arch, (const uint64_t *)data->args))
			return NO;
		/* Without a mask it is no test. */
		if (rule->tests[i].op != SECCOMP_MASKED_EQ || cut(arch, rule->tests[i].mask))
			match = TRUE;
	}
	return match;
}

static bool has_tests(const struct seccomp_rule *rule, uint32_t arch)
{
	for (uint32_t i = 0; i < rule->test_count; i++)
		if (rule->tests[i].op != SECCOMP_MASKED_EQ || cut(arch, rule->tests[i].mask))
			return true;
	return false;
}

static enum match matches(const struct seccomp_rule *rule, uint32_t arch,
			  const struct seccomp_data *data, const char *called)
{
	const char *multiplexer;
	uint32_t sub = 0;

	if (rule->arch && rule->arch != arch)
		return NO;
	if (!rule->call)
		return rule->number == data->nr ? ALWAYS : NO;
	multiplexer = multiplexer_of(arch, rule->call, &sub);
	if (!called || (multiplexer && has_tests(rule, arch)))
		return NO;
	if (str_eq(rule->call, called))
		return tests_match(rule, arch, data);
	return multiplexer && str_eq(multiplexer, called) && cut(arch, data->args[0]) == sub ? TRUE
											     : NO;
}

/* The architecture whose rules count, 0: none of this host. */
static uint32_t arch_of(const struct seccomp_host *host, const struct seccomp_data *data)
{
	uint32_t arch = data->arch;

	if (arch == AUDIT_ARCH_X86_64 && (uint32_t)data->nr >= X32_BIT)
		arch = SCMP_ARCH_X32;
	for (size_t i = 0; i < host->arch_count; i++)
		if (host->archs[i] == arch)
			return arch;
	return 0;
}

uint32_t verdict_of(const struct seccomp_profile *profile, const struct seccomp_data *data)
{
	uint32_t arch = arch_of(profile->host, data), answer = profile->fallback;
	char *called _cleanup_free_ = NULL;
	bool is_found = false;

	if (arch == 0)
		return SECCOMP_RET_KILL_THREAD;
	called = name_of(arch, data->nr);
	for (size_t i = 0; i < profile->rules.count; i++) {
		const struct seccomp_rule *rule =
			vec_at(&profile->rules, const struct seccomp_rule, i);
		enum match match = matches(rule, arch, data, called);

		if (match == ALWAYS)
			return rule->action;
		if (match == TRUE && !is_found) {
			answer = rule->action;
			is_found = true;
		}
	}
	return answer;
}

uint32_t verdict_of_program(const struct vec *program, const struct seccomp_data *data)
{
	assert_int_equal(seccomp_check(program->items, program->count), 0);
	return seccomp_eval(program->items, data);
}

int verdict_number(uint32_t arch, const char *call, uint64_t args[SECCOMP_ARGS])
{
	uint32_t sub = 0;
	const char *multiplexer = multiplexer_of(arch, call, &sub);
	int number = seccomp_syscall_resolve_name_arch(arch, multiplexer ? multiplexer : call);

	if (multiplexer)
		args[0] = sub;
	return number >= 0 ? number : -1;
}

uint32_t verdict_arch_word(uint32_t arch)
{
	return arch == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : arch;
}

const char *verdict_words(uint32_t answer, char buf[32])
{
	static const struct {
		uint32_t answer;
		const char *words;
	} plain[] = {
		{ SECCOMP_RET_ALLOW, "ALLOW" },
		{ SECCOMP_RET_KILL_THREAD, "KILL" },
		{ SECCOMP_RET_TRAP, "TRAP" },
		{ SECCOMP_RET_USER_NOTIF, "NOTIFY" },
	};

	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		if (plain[i].answer == answer)
			return plain[i].words;
	(void)snprintf(
		buf, 32,
		(answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO ? "ERRNO(%u)" : "0x%08x",
		(answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO ? answer & SECCOMP_RET_DATA
									: answer);
	return buf;
}
