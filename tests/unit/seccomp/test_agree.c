/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random profiles for random hosts, random calls: the program answers as the rules do. Each profile
 * comes from a number of its own. LXC_SEED=NUMBER runs that profile alone; LXC_SECCOMP_CALLS=NUMBER
 * says how many calls to compare (50000).
 */
#include "verdict.h"

#include "core/base/str.h"

#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { CALLS_PER_PROFILE = 100, CALLS = 50000, HOSTS_MAX = 32 };

/* Ordinary ones, ones of one architecture, ones that go through a multiplexer. */
static const char *const calls[] = {
	"read",	      "write",	     "openat",	   "clone",	 "execve",	 "ioctl",
	"umount2",    "personality", "socket",	   "accept",	 "shmat",	 "semtimedop",
	"newfstatat", "umount",	     "_llseek",	   "clone3",	 "send",	 "msgctl",
	"prctl",      "arch_prctl",  "cacheflush", "kexec_load", "rt_sigaction", "epoll_pwait2",
	"socketcall", "ipc",
};

static const uint64_t values[] = {
	0,
	1,
	2,
	3,
	4,
	0x10,
	0x7fffffff,
	0x80000000,
	0xffffffff,
	0x100000000,
	0x100000001,
	0x7fffffffffffffff,
	0x8000000000000000,
	0xffffffff00000000,
	0xfffffffffffffffe,
	0xffffffffffffffff,
};

struct dice {
	uint64_t state;
};

/* splitmix64 */
static uint64_t roll(struct dice *dice)
{
	uint64_t z = dice->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static unsigned below(struct dice *dice, size_t n)
{
	return (unsigned)(roll(dice) % n);
}

static uint64_t random_value(struct dice *dice)
{
	return below(dice, 8) ? values[below(dice, ARRAY_LEN(values))] : roll(dice);
}

/* --- profiles --- */

static void add_action(struct dice *dice, struct str *text)
{
	static const char *const actions[] = { "kill",	  "allow",	"trap",	 "errno 0",
					       "errno 1", "errno 4094", "notify" };

	str_add(text, actions[below(dice, ARRAY_LEN(actions))]);
}

static void add_tests(struct dice *dice, struct str *text)
{
	static const char *const ops[] = { "==", "!=",		"<",  "SCMP_CMP_LE",
					   ">=", "SCMP_CMP_GT", "&=", "&=" };
	unsigned count = below(dice, 3) ? 1 + below(dice, 2) : 1 + below(dice, 6),
		 first = below(dice, 6);

	for (unsigned i = 0; i < count; i++) {
		const char *op = ops[below(dice, ARRAY_LEN(ops))];

		str_addf(text, " [%u,0x%llx,%s", (first + i) % 6,
			 (unsigned long long)random_value(dice), op);
		if (str_eq(op, "&="))
			str_addf(text, ",%llu", (unsigned long long)random_value(dice));
		str_add(text, "]");
	}
}

/* Any call of the host's, for profiles with so many that the program is a tree. */
static void add_some_call(struct dice *dice, const struct seccomp_host *host, struct str *text)
{
	uint32_t arch = host->archs[below(dice, host->arch_count)];
	int base = seccomp_syscall_resolve_name_arch(arch, "read");
	char *name = seccomp_syscall_resolve_num_arch(arch, base + (int)below(dice, 400));

	str_add(text, name ? name : "write");
	free(name);
}

static void add_rule(struct dice *dice, const struct seccomp_host *host, bool is_long,
		     struct str *text)
{
	if (!below(dice, 25)) {
		str_add(text, "reject_force_umount\n");
		return;
	}
	if (is_long && below(dice, 10))
		add_some_call(dice, host, text);
	else
		str_add(text, calls[below(dice, ARRAY_LEN(calls))]);
	if (below(dice, 5)) {
		str_add(text, " ");
		add_action(dice, text);
		if (below(dice, is_long ? 4 : 2) == 0)
			add_tests(dice, text);
	}
	str_add(text, "\n");
}

static void make_profile(struct dice *dice, const struct seccomp_host *host, struct str *text)
{
	static const char *const heads[] = { "allowlist", "denylist", "denylist trap",
					     "allowlist errno 38", "denylist errno 1" };
	bool is_long = !below(dice, 8);
	unsigned rules = is_long ? 30 + below(dice, 300) : below(dice, 16);

	str_addf(text, "2\n%s\n", heads[below(dice, ARRAY_LEN(heads))]);
	for (unsigned i = 0; i < rules; i++) {
		if (!below(dice, 8))
			str_addf(text, "[%s]\n",
				 below(dice, 2)
					 ? "all"
					 : seccomp_arch_name(
						   host->archs[below(dice, host->arch_count)]));
		add_rule(dice, host, is_long, text);
	}
}

/* Takes the lines out that are refused: what contradicts another, say. */
static void drop_errors(struct str *text, const struct seccomp_remarks *remarks)
{
	_cleanup_str_ struct str kept = { 0 };
	char *rest = text->s, *line;
	unsigned number = 1;

	for (; (line = strsep(&rest, "\n")) != NULL; number++) {
		bool is_wrong = false;

		for (size_t i = 0; i < remarks->list.count; i++)
			is_wrong = is_wrong ||
				   (seccomp_remark_at(remarks, i)->severity == SECCOMP_ERROR &&
				    seccomp_remark_at(remarks, i)->line == number);
		if (!is_wrong)
			str_addf(&kept, "%s\n", line);
	}
	str_finish(text);
	text->s = str_steal(&kept);
	text->len = strlen(text->s);
}

/* --- calls --- */

/* One that a rule is about, most often with arguments that lie around those of its tests. */
static struct seccomp_data random_call(struct dice *dice, const struct seccomp_profile *profile)
{
	const struct seccomp_host *host = profile->host;
	uint32_t arch = host->archs[below(dice, host->arch_count)];
	struct seccomp_data data = { .nr = (int)below(dice, 500) };
	uint64_t args[SECCOMP_ARGS];

	for (size_t i = 0; i < SECCOMP_ARGS; i++)
		args[i] = random_value(dice);
	if (!below(dice, 100)) {
		data.nr = -1;
	} else if (!below(dice, 100)) {
		arch ^= 1;
	} else if (profile->rules.count > 0 && below(dice, 10)) {
		const struct seccomp_rule *rule = vec_at(&profile->rules, const struct seccomp_rule,
							 below(dice, profile->rules.count));

		for (uint32_t i = 0; i < rule->test_count; i++)
			if (below(dice, 4))
				args[rule->tests[i].arg] =
					rule->tests[i].value + below(dice, 3) - 1;
		arch = rule->arch ? rule->arch : arch;
		data.nr = verdict_number(arch, rule->call, args) + (below(dice, 20) ? 0 : 1);
	}
	data.arch = verdict_arch_word(arch);
	for (size_t i = 0; i < SECCOMP_ARGS; i++)
		data.args[i] = args[i];
	return data;
}

/* --- the comparison --- */

struct count {
	unsigned long profiles, refused, calls, instructions;
	unsigned long answers[3]; /* allowed, killed, others */
};

static void fail_profile(uint64_t seed, const struct str *text, const struct seccomp_host *host,
			 const char *words)
{
	/* The command that repeats it comes first. fail_msg() would cut the profile. */
	(void)fprintf(stderr, "LXC_SEED=%llu test_seccomp_agree\nhost %s: %s\n%s",
		      (unsigned long long)seed, host->name, words, str_text(text));
	fail();
}

static void count_answer(struct count *count, uint32_t answer)
{
	count->answers[answer == SECCOMP_RET_ALLOW	   ? 0
		       : answer == SECCOMP_RET_KILL_THREAD ? 1
							   : 2]++;
}

static void compare_calls(struct dice *dice, uint64_t seed, const struct str *text,
			  const struct seccomp_profile *profile, const struct vec *program,
			  struct count *count)
{
	for (unsigned i = 0; i < CALLS_PER_PROFILE; i++) {
		struct seccomp_data data = random_call(dice, profile);
		uint32_t wanted = verdict_of(profile, &data),
			 answer = verdict_of_program(program, &data);
		char words[400], one[32], other[32];

		count->calls++;
		count_answer(count, answer);
		if (wanted == answer)
			continue;
		(void)snprintf(words, sizeof(words),
			       "call %d (0x%x) of 0x%x with 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx "
			       "0x%llx: rules %s, program %s",
			       data.nr, data.nr, data.arch, data.args[0], data.args[1],
			       data.args[2], data.args[3], data.args[4], data.args[5],
			       verdict_words(wanted, one), verdict_words(answer, other));
		fail_profile(seed, text, profile->host, words);
	}
}

static void compare_profile(uint64_t seed, struct count *count)
{
	struct dice dice = { seed };
	const struct seccomp_host *hosts[HOSTS_MAX] = { NULL }, *host;
	_cleanup_seccomp_profile_ struct seccomp_profile profile = { 0 };
	_cleanup_seccomp_remarks_ struct seccomp_remarks first = { 0 }, remarks = { 0 };
	struct vec program _cleanup_vec_ = { 0 };
	_cleanup_str_ struct str text = { 0 };
	struct err err = { 0 };
	size_t host_count = 0;

	while (host_count < HOSTS_MAX && (host = seccomp_host_at(host_count)) != NULL)
		hosts[host_count++] = host;
	/* Each second one is for the host that matters most. */
	host = hosts[below(&dice, 2) ? 0 : below(&dice, host_count)];
	make_profile(&dice, host, &text);
	count->profiles++;
	if (seccomp_parse(&profile, host, "random", str_text(&text), text.len, &first, NULL) < 0) {
		count->refused++;
		drop_errors(&text, &first);
		if (seccomp_parse(&profile, host, "random", str_text(&text), text.len, &remarks,
				  &err) < 0)
			fail_profile(seed, &text, host, err.what);
	}
	if (seccomp_compile(&profile, &program, &err) < 0) {
		char words[1024];

		(void)err_render(&err, words, sizeof(words));
		fail_profile(seed, &text, host, words);
	}
	count->instructions += program.count;
	compare_calls(&dice, seed, &text, &profile, &program, count);
}

static void program_and_rules_agree(void **state)
{
	const char *seed = getenv("LXC_SEED"), *wanted = getenv("LXC_SECCOMP_CALLS");
	unsigned long calls_wanted = wanted ? strtoul(wanted, NULL, 10) : CALLS;
	struct count count = { 0 };

	(void)state;
	if (seed) {
		compare_profile(strtoull(seed, NULL, 10), &count);
		return;
	}
	for (uint64_t number = 1; count.calls < calls_wanted; number++)
		compare_profile(number, &count);
	print_message("%lu calls of %lu profiles, %lu of which had errors: %lu allowed, %lu "
		      "killed, %lu others; "
		      "%lu instructions\n",
		      count.calls, count.profiles, count.refused, count.answers[0],
		      count.answers[1], count.answers[2], count.instructions);
	for (size_t i = 0; i < ARRAY_LEN(count.answers); i++)
		assert_true(count.answers[i] > count.calls / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(program_and_rules_agree) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
