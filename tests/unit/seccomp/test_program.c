/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs made of profiles: which are equal, what they answer where libseccomp's own went wrong or
 * chose, how large they are. All else: test_vectors.c and test_agree.c. */
#include "verdict.h"

#include "core/base/str.h"

#include <errno.h>
#include <linux/audit.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define DENY "2\ndenylist\n"

/* Profiles that must give the same program. */
static const struct {
	const char *name, *one, *other;
} pairs[] = {
	{ "line ends", DENY "mknod errno 1\nmkdir\n",
	  "2\r\ndenylist\r\nmknod errno 1\r\nmkdir\r\n" },
	{ "blanks", DENY "mknod errno 1 [0,1,==]\n", DENY "\t mknod\terrno \t1[0,1,==] \t\n" },
	{ "order", DENY "mknod errno 1\nmkdir trap\n[x86]\nread\n",
	  DENY "[x86]\nread\n[all]\nmkdir trap\nmknod errno 1\n" },
	{ "order of tests", DENY "mknod errno 1 [0,1,==] [2,3,>]\n",
	  DENY "mknod errno 1 [2,3,>] [0,1,==]\n" },
	{ "words", DENY "mknod errno 1 [0,1,<]\n",
	  "2\nblacklist allow\nmknod errno 1 [0,01,SCMP_CMP_LT,5]\n" },
	{ "the last line", DENY "mknod errno 1\n", DENY "mknod errno 1" },
	{ "what never counts", DENY "mknod errno 1\n",
	  DENY "mknod errno 1\nmknod errno 2\nmknod trap [0,1,==]\n" },
};

static void compile(const char *text, struct vec *program)
{
	_cleanup_seccomp_profile_ struct seccomp_profile profile;
	_cleanup_seccomp_remarks_ struct seccomp_remarks remarks = { 0 };

	assert_int_equal(seccomp_parse(&profile, seccomp_host_find("x86_64"), "p", text,
				       strlen(text), &remarks, NULL),
			 0);
	assert_int_equal(seccomp_compile(&profile, program, NULL), 0);
}

static void equal_profiles_give_equal_programs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct vec one _cleanup_vec_ = { 0 }, other _cleanup_vec_ = { 0 };

		compile(pairs[i].one, &one);
		compile(pairs[i].other, &other);
		if (one.count != other.count ||
		    memcmp(one.items, other.items, one.count * one.item_size) != 0)
			fail_msg("%s: %zu and %zu instructions", pairs[i].name, one.count,
				 other.count);
	}
}

static void too_large_is_said(void **state)
{
	_cleanup_str_ struct str text = { 0 };
	struct err err = { 0 };

	(void)state;
	str_add(&text, DENY);
	for (int i = 0; i < SECCOMP_RULES_MAX; i++)
		str_addf(&text, "mknod errno 1 [0,%d,==]\n", i);
	for (int round = 0; round < 2; round++) {
		_cleanup_seccomp_profile_ struct seccomp_profile profile;
		_cleanup_seccomp_remarks_ struct seccomp_remarks remarks = { 0 };
		struct vec program _cleanup_vec_ = { 0 };
		int ret = seccomp_parse(&profile, seccomp_host_find("armv7l"), "p", text.s,
					text.len, &remarks, &err);

		if (round == 0) {
			assert_int_equal(ret, 0);
			assert_int_equal(seccomp_compile(&profile, &program, &err), -E2BIG);
			assert_null(program.items);
			str_add(&text, "mknod errno 1 [0,99999,==]\n");
		} else {
			assert_int_equal(ret, -EINVAL);
			assert_string_equal(err.what, "a profile has at most 4096 rules");
		}
		assert_true(err_is(&err));
		err = (struct err){ 0 };
	}
}

/* read() with these arguments on x86_64 under these lines of a denylist. */
static const struct {
	const char *name, *lines;
	uint64_t args[SECCOMP_ARGS];
	uint32_t answer;
} reads[] = {
	/* libseccomp 2.5.4 compares argument 2 with 4: errno 2. */
	{ "a chain fails at its second test",
	  "read errno 1 [0,8,<] [2,7,==]\nread errno 2 [0,4,>]\n",
	  { 3, 0, 5 },
	  SECCOMP_RET_ALLOW },
	{ "the chain holds",
	  "read errno 1 [0,8,<] [2,7,==]\nread errno 2 [0,4,>]\n",
	  { 3, 0, 7 },
	  SECCOMP_RET_ERRNO | 1 },
	{ "the first line counts",
	  "read errno 1 [0,8,<] [2,7,==]\nread errno 2 [0,4,>]\n",
	  { 5, 0, 7 },
	  SECCOMP_RET_ERRNO | 1 },
	{ "the second line, by its own test",
	  "read errno 1 [0,8,<] [2,7,==]\nread errno 2 [0,4,>]\n",
	  { 5, 0, 6 },
	  SECCOMP_RET_ERRNO | 2 },
	{ "a range before an equality",
	  "read errno 1 [0,8,<]\nread errno 2 [0,4,==]\n",
	  { 4 },
	  SECCOMP_RET_ERRNO | 1 },
	{ "an equality before a range",
	  "read errno 2 [0,4,==]\nread errno 1 [0,8,<]\n",
	  { 4 },
	  SECCOMP_RET_ERRNO | 2 },
	{ "upper halves differ",
	  "read errno 1 [0,0x100000005,>=]\n",
	  { 0x200000000 },
	  SECCOMP_RET_ERRNO | 1 },
	{ "upper halves are equal",
	  "read errno 1 [0,0x100000005,>=]\n",
	  { 0x100000004 },
	  SECCOMP_RET_ALLOW },
	{ "a mask in the upper half",
	  "read errno 1 [0,0x100000000,&=,0x300000000]\n",
	  { 0x5ffffffff },
	  SECCOMP_RET_ERRNO | 1 },
};

static void programs_answer_line_by_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(reads); i++) {
		struct seccomp_data data = { .arch = AUDIT_ARCH_X86_64 };
		_cleanup_str_ struct str text = { 0 };
		struct vec program _cleanup_vec_ = { 0 };
		char words[32];

		str_addf(&text, DENY "%s", reads[i].lines);
		compile(str_text(&text), &program);
		for (size_t arg = 0; arg < SECCOMP_ARGS; arg++)
			data.args[arg] = reads[i].args[arg];
		if (verdict_of_program(&program, &data) != reads[i].answer)
			fail_msg("%s: %s", reads[i].name,
				 verdict_words(verdict_of_program(&program, &data), words));
	}
}

/* The way of one call through a program: a list would take as many steps as there are rules. */
static void large_profiles_become_trees(void **state)
{
	_cleanup_str_ struct str text = { 0 };
	struct vec program _cleanup_vec_ = { 0 };
	size_t at = 0, steps = 0;

	(void)state;
	/* Each second number has a rule: nothing can be joined. */
	str_add(&text, "1\nallowlist\n");
	for (int number = 0; number < 400; number += 2)
		str_addf(&text, "%d\n", number);
	compile(str_text(&text), &program);
	for (; at < program.count; steps++) {
		const struct sock_filter *insn = vec_at(&program, const struct sock_filter, at);

		if (BPF_CLASS(insn->code) == BPF_RET)
			break;
		/* Of x86_64; number 0: always below. */
		at += 1;
		if (insn->code == (BPF_JMP | BPF_JA))
			at += insn->k;
		else if (BPF_CLASS(insn->code) == BPF_JMP)
			at += BPF_OP(insn->code) == BPF_JEQ ? insn->jt : insn->jf;
	}
	assert_true(at < program.count);
	assert_in_range(steps, 9, 20);
	assert_in_range(program.count, 400, 500);
}

/* Numbers beside each other with the same answer are one. */
static void neighbours_are_joined(void **state)
{
	_cleanup_str_ struct str text = { 0 };
	struct vec program _cleanup_vec_ = { 0 };

	(void)state;
	str_add(&text, "1\nallowlist\n");
	for (int number = 0; number < 300; number++)
		str_addf(&text, "%d\n", number);
	compile(str_text(&text), &program);
	assert_true(program.count < 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_profiles_give_equal_programs),
		cmocka_unit_test(too_large_is_said),
		cmocka_unit_test(programs_answer_line_by_line),
		cmocka_unit_test(large_profiles_become_trees),
		cmocka_unit_test(neighbours_are_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
