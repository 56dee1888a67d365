/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a seccomp profile, for a host with three architectures most often. Reading ends,
 * with remarks that have a place; what has errors is no profile; what has none compiles to a
 * program that a kernel takes and that gives only answers that the profile names.
 */
#include "core/seccomp/eval.h"
#include "core/seccomp/seccomp.h"

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_remarks(const struct seccomp_remarks *remarks)
{
	size_t errors = 0;

	for (size_t i = 0; i < remarks->list.count; i++) {
		const struct seccomp_remark *remark = seccomp_remark_at(remarks, i);

		assert(remark->line > 0 && remark->column > 0 && remark->words[0] != '\0');
		assert(i == 0 || remark->line >= seccomp_remark_at(remarks, i - 1)->line);
		errors += remark->severity == SECCOMP_ERROR;
	}
	assert(errors == remarks->errors);
}

static bool is_answer(const struct seccomp_profile *profile, uint32_t answer)
{
	for (size_t i = 0; i < profile->rules.count; i++)
		if (vec_at(&profile->rules, const struct seccomp_rule, i)->action == answer)
			return true;
	return answer == profile->fallback;
}

/* One call a rule: with the values of its tests, on a good day. */
static void ask(const struct seccomp_profile *profile, const struct vec *program)
{
	for (size_t i = 0; i < profile->flat.count; i++) {
		const struct seccomp_rule *rule =
			vec_at(&profile->flat, const struct seccomp_rule, i);
		struct seccomp_data data = { .nr = rule->number, .arch = rule->arch };
		uint32_t answer;

		if (rule->arch == (AUDIT_ARCH_X86_64 & ~(uint32_t)__AUDIT_ARCH_64BIT))
			data.arch = AUDIT_ARCH_X86_64;
		for (uint32_t t = 0; t < rule->test_count; t++)
			data.args[rule->tests[t].arg] = rule->tests[t].value;
		answer = seccomp_eval(program->items, &data);
		assert(is_answer(profile, answer));
		data.arch ^= 1;
		assert(seccomp_eval(program->items, &data) == SECCOMP_RET_KILL_THREAD);
	}
}

static void compile(const struct seccomp_profile *profile)
{
	struct vec program _cleanup_vec_ = { 0 };
	struct err err = { 0 };
	int ret = seccomp_compile(profile, &program, &err);

	assert((ret < 0) == err_is(&err));
	if (ret < 0) {
		assert(ret == -E2BIG);
		return;
	}
	assert(seccomp_check(program.items, program.count) == 0);
	ask(profile, &program);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* The length picks one. */
	static const char *const machines[] = { "x86_64", "x86_64", "aarch64", "x86_64",
						"i686",	  "x86_64", "s390x" };
	_cleanup_seccomp_profile_ struct seccomp_profile profile = { 0 };
	_cleanup_seccomp_remarks_ struct seccomp_remarks remarks = { 0 };
	const struct seccomp_host *host = seccomp_host_find(machines[size % ARRAY_LEN(machines)]);
	struct err err = { 0 };
	int ret = seccomp_parse(&profile, host, "fuzz", (const char *)data, size, &remarks, &err);

	assert(ret == 0 || ret == -EINVAL);
	assert((ret < 0) == err_is(&err) && (ret < 0) == (remarks.errors > 0));
	check_remarks(&remarks);
	if (ret == 0)
		compile(&profile);
	else
		assert(profile.host == NULL && profile.rules.items == NULL);
	return 0;
}
