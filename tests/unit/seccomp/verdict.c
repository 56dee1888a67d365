/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verdict.h"

#include "core/base/str.h"

#include <linux/audit.h>
#include <stdio.h>

#define X32 0x4000003eu
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

static bool is_true(const struct filter_test *test, uint32_t arch, const uint64_t *args)
{
	uint64_t arg = cut(arch, args[test->arg]), value = cut(arch, test->value);

	switch (test->op) {
	case FILTER_NE:
		return arg != value;
	case FILTER_LT:
		return arg < value;
	case FILTER_LE:
		return arg <= value;
	case FILTER_EQ:
		return arg == value;
	case FILTER_GE:
		return arg >= value;
	case FILTER_GT:
		return arg > value;
	case FILTER_MASKED_EQ:
		return (arg & cut(arch, test->mask)) == (value & cut(arch, test->mask));
	}
	return false;
}

/* Whether the call is made through this multiplexer. */
static bool is_sub_call(const char *multiplexer, const char *call, uint64_t sub)
{
	for (size_t i = 0; i < ARRAY_LEN(subs); i++)
		if (str_eq(subs[i].multiplexer, multiplexer) && str_eq(subs[i].call, call))
			return subs[i].sub == sub;
	return false;
}

enum match { NO, PERHAPS, ALWAYS };

static enum match matches(const struct filter_rule *rule, const struct seccomp_data *data,
			  const char *called)
{
	if (rule->call ? called && str_eq(rule->call, called) : rule->number == data->nr) {
		for (uint32_t i = 0; i < rule->test_count; i++)
			if (!is_true(&rule->tests[i], rule->arch, (const uint64_t *)data->args))
				return NO;
		return rule->test_count ? PERHAPS : ALWAYS;
	}
	/* A rule for a sub-call is one with a test at its multiplexer. */
	return rule->call && called && rule->test_count == 0 &&
			       is_sub_call(called, rule->call, cut(rule->arch, data->args[0]))
		       ? PERHAPS
		       : NO;
}

/* The architecture whose rules count, 0: none of this host. */
static uint32_t arch_of(const struct seccomp_host *host, const struct seccomp_data *data)
{
	uint32_t arch = data->arch;

	if (arch == AUDIT_ARCH_X86_64 && (uint32_t)data->nr >= X32_BIT)
		arch = X32;
	for (size_t i = 0; i < host->arch_count; i++)
		if (host->archs[i] == arch)
			return arch;
	return 0;
}

struct verdict verdict_of(const struct seccomp_profile *profile, const struct vec *rules,
			  const struct seccomp_data *data)
{
	struct verdict verdict = { .answer = profile->fallback };
	uint32_t arch = arch_of(profile->host, data);
	char *called _cleanup_free_ = NULL;
	bool is_found = false;

	if (arch == 0)
		return (struct verdict){ .answer = SECCOMP_RET_KILL_THREAD };
	called = filter_call_name(arch, data->nr);
	for (size_t i = 0; i < rules->count; i++) {
		const struct filter_rule *rule = vec_at(rules, const struct filter_rule, i);
		enum match match = rule->arch == arch ? matches(rule, data, called) : NO;

		if (match == ALWAYS)
			return (struct verdict){ .answer = rule->action };
		if (match == PERHAPS && !is_found)
			verdict.answer = rule->action;
		else if (match == PERHAPS && !verdict_has(&verdict, rule->action) &&
			 verdict.other_count < ARRAY_LEN(verdict.others))
			verdict.others[verdict.other_count++] = rule->action;
		is_found = is_found || match == PERHAPS;
	}
	return verdict;
}

bool verdict_has(const struct verdict *verdict, uint32_t answer)
{
	for (unsigned i = 0; i < verdict->other_count; i++)
		if (verdict->others[i] == answer)
			return true;
	return verdict->answer == answer;
}

int verdict_number(uint32_t arch, const char *call, uint64_t args[FILTER_ARGS])
{
	int number = filter_call(arch, call);

	for (size_t i = 0; number == FILTER_MULTIPLEXED && i < ARRAY_LEN(subs); i++) {
		if (!str_eq(subs[i].call, call))
			continue;
		args[0] = subs[i].sub;
		return filter_call(arch, subs[i].multiplexer);
	}
	return number >= 0 ? number : -1;
}

uint32_t verdict_arch_word(uint32_t arch)
{
	return arch == X32 ? AUDIT_ARCH_X86_64 : arch;
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
