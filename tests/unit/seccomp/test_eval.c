/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interpreter, instruction by instruction; and against the kernel that runs this test. */
#include "core/seccomp/eval.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define LD BPF_LD | BPF_W | BPF_ABS
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define RET_A BPF_STMT(BPF_RET | BPF_A, 0)

static const struct seccomp_data data = {
	.nr = 42,
	.arch = 0xc000003e,
	.instruction_pointer = 0x1122334455667788,
	.args = { 0x8877665544332211, 2, 3, 4, 5, 0xffffffff00000006 },
};

/* --- one instruction after another --- */

/* A, X as given; then the instruction; then A comes back. */
static const struct {
	const char *what;
	uint32_t a, x;
	uint16_t code;
	uint32_t k, expected;
} computed[] = {
	{ "add k", 7, 0, BPF_ALU | BPF_ADD | BPF_K, 5, 12 },
	{ "add k, around", 0xffffffff, 0, BPF_ALU | BPF_ADD | BPF_K, 2, 1 },
	{ "add x", 7, 5, BPF_ALU | BPF_ADD | BPF_X, 99, 12 },
	{ "sub k", 7, 0, BPF_ALU | BPF_SUB | BPF_K, 5, 2 },
	{ "sub x, around", 5, 7, BPF_ALU | BPF_SUB | BPF_X, 0, 0xfffffffe },
	{ "mul k", 7, 0, BPF_ALU | BPF_MUL | BPF_K, 5, 35 },
	{ "mul x, around", 0x80000001, 2, BPF_ALU | BPF_MUL | BPF_X, 0, 2 },
	{ "div k", 0xfffffffe, 0, BPF_ALU | BPF_DIV | BPF_K, 2, 0x7fffffff },
	{ "div x", 35, 5, BPF_ALU | BPF_DIV | BPF_X, 0, 7 },
	{ "and k", 0xf0f0, 0, BPF_ALU | BPF_AND | BPF_K, 0xff00, 0xf000 },
	{ "and x", 0xf0f0, 0xff00, BPF_ALU | BPF_AND | BPF_X, 0, 0xf000 },
	{ "or k", 0xf0f0, 0, BPF_ALU | BPF_OR | BPF_K, 0xff00, 0xfff0 },
	{ "or x", 0xf0f0, 0xff00, BPF_ALU | BPF_OR | BPF_X, 0, 0xfff0 },
	{ "xor k", 0xf0f0, 0, BPF_ALU | BPF_XOR | BPF_K, 0xff00, 0x0ff0 },
	{ "xor x", 0xf0f0, 0xff00, BPF_ALU | BPF_XOR | BPF_X, 0, 0x0ff0 },
	{ "lsh k", 0x80000001, 0, BPF_ALU | BPF_LSH | BPF_K, 4, 0x10 },
	{ "lsh x", 1, 31, BPF_ALU | BPF_LSH | BPF_X, 0, 0x80000000 },
	{ "lsh x, too far", 1, 33, BPF_ALU | BPF_LSH | BPF_X, 0, 2 },
	{ "rsh k", 0x80000001, 0, BPF_ALU | BPF_RSH | BPF_K, 4, 0x08000000 },
	{ "rsh x", 0x80000000, 31, BPF_ALU | BPF_RSH | BPF_X, 0, 1 },
	{ "rsh x, too far", 4, 33, BPF_ALU | BPF_RSH | BPF_X, 0, 2 },
	{ "neg", 1, 0, BPF_ALU | BPF_NEG, 0, 0xffffffff },
	{ "txa", 1, 9, BPF_MISC | BPF_TXA, 0, 9 },
	{ "ld imm", 1, 9, BPF_LD | BPF_IMM, 77, 77 },
	{ "ld len", 1, 9, BPF_LD | BPF_W | BPF_LEN, 0, sizeof(struct seccomp_data) },
	{ "ldx imm", 1, 9, BPF_LDX | BPF_IMM, 77, 1 },
	{ "ld nr", 0, 0, LD, offsetof(struct seccomp_data, nr), 42 },
	{ "ld arch", 0, 0, LD, offsetof(struct seccomp_data, arch), 0xc000003e },
	{ "ld ip, low", 0, 0, LD, offsetof(struct seccomp_data, instruction_pointer), 0x55667788 },
	{ "ld ip, high", 0, 0, LD, offsetof(struct seccomp_data, instruction_pointer) + 4,
	  0x11223344 },
	{ "ld arg 0, low", 0, 0, LD, offsetof(struct seccomp_data, args[0]), 0x44332211 },
	{ "ld arg 0, high", 0, 0, LD, offsetof(struct seccomp_data, args[0]) + 4, 0x88776655 },
	{ "ld arg 5, high", 0, 0, LD, offsetof(struct seccomp_data, args[5]) + 4, 0xffffffff },
};

static void instructions_compute(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(computed); i++) {
		const struct sock_filter filter[] = {
			BPF_STMT(BPF_LDX | BPF_IMM, computed[i].x),
			BPF_STMT(BPF_LD | BPF_IMM, computed[i].a),
			BPF_STMT(computed[i].code, computed[i].k),
			RET_A,
		};
		uint32_t result;

		if (seccomp_check(filter, ARRAY_LEN(filter)) != 0)
			fail_msg("%s: refused", computed[i].what);
		result = seccomp_eval(filter, &data);
		if (result != computed[i].expected)
			fail_msg("%s: 0x%x, expected 0x%x", computed[i].what, result,
				 computed[i].expected);
	}
}

static void a_division_by_zero_kills(void **state)
{
	const struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_IMM, 8),
		BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0),
		ALLOW,
	};

	(void)state;
	assert_int_equal(seccomp_check(filter, 3), 0);
	assert_int_equal(seccomp_eval(filter, &data), SECCOMP_RET_KILL_THREAD);
}

static void registers_and_scratch_memory_hold(void **state)
{
	const struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_IMM, 8),		BPF_STMT(BPF_ST, 0),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),	BPF_STMT(BPF_STX, 15),
		BPF_STMT(BPF_LDX | BPF_W | BPF_LEN, 0), BPF_STMT(BPF_LD | BPF_MEM, 15),
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0), BPF_STMT(BPF_LDX | BPF_MEM, 0),
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_X, 0), RET_A,
	};

	(void)state;
	assert_int_equal(seccomp_check(filter, ARRAY_LEN(filter)), 0);
	assert_int_equal(seccomp_eval(filter, &data), (8 + sizeof(struct seccomp_data)) * 8);
}

static const struct {
	const char *what;
	uint16_t op;
	uint32_t a, with;
	bool jumps;
} jumps[] = {
	{ "jeq", BPF_JEQ, 5, 5, true },		 { "jeq, not", BPF_JEQ, 5, 6, false },
	{ "jgt", BPF_JGT, 0x80000000, 5, true }, { "jgt, equal", BPF_JGT, 5, 5, false },
	{ "jge", BPF_JGE, 5, 5, true },		 { "jge, not", BPF_JGE, 4, 5, false },
	{ "jset", BPF_JSET, 6, 2, true },	 { "jset, not", BPF_JSET, 6, 9, false },
};

static void jumps_are_taken_when_true(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(jumps); i++) {
		const size_t row = i / 2;
		const uint16_t src = i % 2 ? BPF_X : BPF_K;
		const struct sock_filter filter[] = {
			BPF_STMT(BPF_LDX | BPF_IMM, jumps[row].with),
			BPF_STMT(BPF_LD | BPF_IMM, jumps[row].a),
			BPF_JUMP(BPF_JMP | jumps[row].op | src,
				 src == BPF_X ? ~jumps[row].with : jumps[row].with, 2, 1),
			BPF_STMT(BPF_RET | BPF_K, 3),
			BPF_STMT(BPF_RET | BPF_K, 0),
			BPF_STMT(BPF_RET | BPF_K, 1),
		};

		assert_int_equal(seccomp_check(filter, ARRAY_LEN(filter)), 0);
		if (seccomp_eval(filter, &data) != jumps[row].jumps)
			fail_msg("%s", jumps[row].what);
	}
}

static void a_jump_always_leaves_out_what_it_says(void **state)
{
	const struct sock_filter filter[] = {
		BPF_STMT(BPF_JMP | BPF_JA, 2),
		BPF_STMT(BPF_RET | BPF_K, 1),
		BPF_STMT(BPF_RET | BPF_K, 2),
		BPF_STMT(BPF_RET | BPF_K, 3),
	};

	(void)state;
	assert_int_equal(seccomp_check(filter, 4), 0);
	assert_int_equal(seccomp_eval(filter, &data), 3);
}

/* --- the check --- */

#define PROGRAM(...)                                                          \
	{                                                                     \
		(const struct sock_filter[]){ __VA_ARGS__ },                  \
			sizeof((const struct sock_filter[]){ __VA_ARGS__ }) / \
				sizeof(struct sock_filter)                    \
	}

static const struct {
	const char *what;
	struct {
		const struct sock_filter *filter;
		size_t count;
	} program;
	bool taken;
} programs[] = {
	{ "allow", PROGRAM(ALLOW), true },
	{ "no result", PROGRAM(BPF_STMT(BPF_LD | BPF_IMM, 0)), false },
	{ "a result behind which there is more", PROGRAM(ALLOW, BPF_STMT(BPF_LD | BPF_IMM, 0)),
	  false },
	{ "ret x", PROGRAM(BPF_STMT(BPF_RET | BPF_X, 0)), false },
	{ "a byte", PROGRAM(BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), ALLOW), false },
	{ "a half", PROGRAM(BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0), ALLOW), false },
	{ "indirect", PROGRAM(BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0), ALLOW), false },
	{ "not aligned", PROGRAM(BPF_STMT(LD, 2), ALLOW), false },
	{ "last word", PROGRAM(BPF_STMT(LD, 60), ALLOW), true },
	{ "behind the data", PROGRAM(BPF_STMT(LD, 64), ALLOW), false },
	{ "mod", PROGRAM(BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 3), ALLOW), false },
	{ "div by zero", PROGRAM(BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), ALLOW), false },
	{ "shift by 31", PROGRAM(BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 31), ALLOW), true },
	{ "shift by 32", PROGRAM(BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 32), ALLOW), false },
	{ "word 15", PROGRAM(BPF_STMT(BPF_ST, 15), ALLOW), true },
	{ "word 16", PROGRAM(BPF_STMT(BPF_ST, 16), ALLOW), false },
	{ "word not written", PROGRAM(BPF_STMT(BPF_LD | BPF_MEM, 1), ALLOW), false },
	{ "word not written, never read", PROGRAM(ALLOW, BPF_STMT(BPF_LD | BPF_MEM, 1), ALLOW),
	  false },
	{ "word written on one way only",
	  PROGRAM(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), BPF_STMT(BPF_ST, 1),
		  BPF_STMT(BPF_LD | BPF_MEM, 1), ALLOW),
	  false },
	{ "word written on both ways",
	  PROGRAM(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 0), BPF_STMT(BPF_ST, 1),
		  BPF_STMT(BPF_JMP | BPF_JA, 1), BPF_STMT(BPF_STX, 1),
		  BPF_STMT(BPF_LDX | BPF_MEM, 1), ALLOW),
	  true },
	{ "jump to the end", PROGRAM(BPF_STMT(BPF_JMP | BPF_JA, 0), ALLOW), true },
	{ "jump behind the end", PROGRAM(BPF_STMT(BPF_JMP | BPF_JA, 1), ALLOW), false },
	{ "jump back", PROGRAM(BPF_STMT(BPF_JMP | BPF_JA, 0xffffffff), ALLOW), false },
	{ "true behind the end", PROGRAM(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), ALLOW),
	  false },
	{ "false behind the end", PROGRAM(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1), ALLOW),
	  false },
	{ "jumps where none are meant", PROGRAM(BPF_JUMP(BPF_LD | BPF_IMM, 3, 9, 9), ALLOW), true },
};

static void programs_are_taken_or_not(void **state)
{
	(void)state;
	assert_int_equal(seccomp_check(NULL, 0), -EINVAL);
	for (size_t i = 0; i < ARRAY_LEN(programs); i++)
		if ((seccomp_check(programs[i].program.filter, programs[i].program.count) == 0) !=
		    programs[i].taken)
			fail_msg("%s", programs[i].what);
}

static void a_program_has_a_longest_length(void **state)
{
	static struct sock_filter filter[BPF_MAXINSNS + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(filter); i++)
		filter[i] = (struct sock_filter)ALLOW;
	assert_int_equal(seccomp_check(filter, BPF_MAXINSNS), 0);
	assert_int_equal(seccomp_check(filter, BPF_MAXINSNS + 1), -EINVAL);
}

static void the_stricter_answer_wins(void **state)
{
	static const uint32_t by_strictness[] = { SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD,
						  SECCOMP_RET_TRAP,	    SECCOMP_RET_ERRNO,
						  SECCOMP_RET_USER_NOTIF,   SECCOMP_RET_TRACE,
						  SECCOMP_RET_LOG,	    SECCOMP_RET_ALLOW };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(by_strictness); i++)
		for (size_t j = 0; j < ARRAY_LEN(by_strictness); j++)
			assert_int_equal(seccomp_stricter(by_strictness[i], by_strictness[j]),
					 by_strictness[i < j ? i : j]);
	assert_int_equal(seccomp_stricter(SECCOMP_RET_ERRNO | 1, SECCOMP_RET_ERRNO | 2),
			 SECCOMP_RET_ERRNO | 1);
}

/* --- the kernel that runs us --- */

static int kernel_takes(const struct sock_filter *filter, size_t count)
{
	const struct sock_fprog program = { .len = (unsigned short)count,
					    .filter = (struct sock_filter *)filter };

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0 ? -errno : 0;
}

/* A child's exit status, or -signal. */
static int in_child(int (*fn)(const struct sock_filter *filter, size_t count),
		    const struct sock_filter *filter, size_t count)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fn(filter, count));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* An instruction behind a result, so that it is looked at and never run, with four words of scratch
 * memory written. */
static const uint32_t constants[] = { 0, 1, 4, 15, 16, 31, 32, 60, 64 };
enum { CODES = 0x100 };
static int (*taken)[CODES][ARRAY_LEN(constants)]; /* shared with the child */

static int offer_all(const struct sock_filter *head, size_t count)
{
	for (unsigned code = 0; code < CODES; code++) {
		for (size_t i = 0; i < ARRAY_LEN(constants); i++) {
			struct sock_filter filter[8];

			for (size_t at = 0; at < count; at++)
				filter[at] = head[at];
			filter[count] = (struct sock_filter)BPF_STMT((uint16_t)code, constants[i]);
			filter[count + 1] = (struct sock_filter)ALLOW;
			taken[0][code][i] = seccomp_check(filter, count + 2);
			taken[1][code][i] = kernel_takes(filter, count + 2);
		}
	}
	return 0;
}

static void the_kernel_takes_the_same_instructions(void **state)
{
	static const struct sock_filter head[] = { BPF_STMT(BPF_ST, 0), BPF_STMT(BPF_ST, 1),
						   BPF_STMT(BPF_ST, 4), BPF_STMT(BPF_ST, 15),
						   ALLOW };

	(void)state;
	taken = mmap(NULL, 2 * sizeof(*taken), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	assert_true(taken != MAP_FAILED);
	assert_int_equal(in_child(offer_all, head, ARRAY_LEN(head)), 0);
	/* A result: else there is no seccomp here. */
	if (taken[1][BPF_RET | BPF_K][0] != 0)
		skip();
	for (unsigned code = 0; code < CODES; code++)
		for (size_t i = 0; i < ARRAY_LEN(constants); i++)
			if (taken[0][code][i] != taken[1][code][i])
				fail_msg("code 0x%02x, constant %u: %d, the kernel says %d", code,
					 constants[i], taken[0][code][i], taken[1][code][i]);
	(void)munmap(taken, 2 * sizeof(*taken));
}

enum { BODY = 30, PROGRAMS = 150 };
#define ANSWERED SYS_getppid

/* Loads the program and makes the call that it answers. */
static int ask(const struct sock_filter *filter, size_t count)
{
	if (kernel_takes(filter, count) < 0)
		return 255;
	if (syscall(ANSWERED, data.args[0], data.args[1], data.args[2], data.args[3], data.args[4],
		    data.args[5]) >= 0)
		return 254;
	return errno & 0x7f;
}

static uint32_t dice(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*seed >> 33);
}

static struct sock_filter random_instruction(uint64_t *seed)
{
	static const uint16_t codes[] = {
		LD,
		LD,
		BPF_LD | BPF_IMM,
		BPF_LDX | BPF_IMM,
		BPF_LD | BPF_MEM,
		BPF_LDX | BPF_MEM,
		BPF_ST,
		BPF_STX,
		BPF_MISC | BPF_TAX,
		BPF_MISC | BPF_TXA,
		BPF_LD | BPF_W | BPF_LEN,
		BPF_LDX | BPF_W | BPF_LEN,
		BPF_ALU | BPF_ADD | BPF_K,
		BPF_ALU | BPF_ADD | BPF_X,
		BPF_ALU | BPF_SUB | BPF_X,
		BPF_ALU | BPF_MUL | BPF_K,
		BPF_ALU | BPF_MUL | BPF_X,
		BPF_ALU | BPF_DIV | BPF_K,
		BPF_ALU | BPF_DIV | BPF_X,
		BPF_ALU | BPF_AND | BPF_X,
		BPF_ALU | BPF_OR | BPF_K,
		BPF_ALU | BPF_XOR | BPF_X,
		BPF_ALU | BPF_LSH | BPF_K,
		BPF_ALU | BPF_LSH | BPF_X,
		BPF_ALU | BPF_RSH | BPF_K,
		BPF_ALU | BPF_RSH | BPF_X,
		BPF_ALU | BPF_NEG,
		BPF_JMP | BPF_JEQ | BPF_X,
		BPF_JMP | BPF_JGT | BPF_K,
		BPF_JMP | BPF_JGE | BPF_X,
		BPF_JMP | BPF_JSET | BPF_K,
	};
	struct sock_filter insn = { .code = codes[dice(seed) % ARRAY_LEN(codes)], .k = dice(seed) };

	if (insn.code == (LD))
		insn.k = 16 +
			 insn.k % 12 * 4; /* the arguments: the rest differs from call to call */
	else if (BPF_MODE(insn.code) == BPF_MEM || BPF_CLASS(insn.code) == BPF_ST ||
		 BPF_CLASS(insn.code) == BPF_STX)
		insn.k %= 2;
	else if (BPF_CLASS(insn.code) == BPF_ALU)
		insn.k = insn.k % 31 + 1;
	else if (BPF_CLASS(insn.code) == BPF_JMP)
		insn = (struct sock_filter)BPF_JUMP(insn.code, insn.k, (uint8_t)(insn.k % 3),
						    (uint8_t)(insn.k % 2));
	return insn;
}

/* Other calls are allowed; the answer to this one is seven bits of what the body has computed. */
static size_t random_program(uint64_t seed, struct sock_filter *filter)
{
	const struct sock_filter head[] = {
		BPF_STMT(LD, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ANSWERED, 1, 0),
		ALLOW,
		BPF_STMT(BPF_ST, 0),
		BPF_STMT(BPF_ST, 1),
	};
	const struct sock_filter tail[] = {
		BPF_STMT(BPF_LD | BPF_IMM, 3), /* where jumps of the body may lead */
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
		BPF_STMT(BPF_ST, 1),
		BPF_STMT(BPF_LD | BPF_MEM, 0),
		BPF_STMT(BPF_LDX | BPF_MEM, 1),
		BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x7f),
		BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO),
		RET_A,
	};
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(head); i++)
		filter[count++] = head[i];
	for (size_t i = 0; i < BODY; i++)
		filter[count++] = random_instruction(&seed);
	for (size_t i = 0; i < ARRAY_LEN(tail); i++)
		filter[count++] = tail[i];
	return count;
}

static void the_kernel_gives_the_same_answers(void **state)
{
	struct seccomp_data asked = data;
	unsigned different = 0, killed = 0;
	uint32_t before = 0;

	(void)state;
	asked.nr = ANSWERED;
	for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
		struct sock_filter filter[BODY + 20];
		size_t count = random_program(seed, filter);
		uint32_t answer;
		int theirs;

		assert_int_equal(seccomp_check(filter, count), 0);
		answer = seccomp_eval(filter, &asked);
		theirs = in_child(ask, filter, count);
		if (theirs == 255)
			skip();
		/* An errno of 0 is no failure: the call returns 0. */
		if (theirs != (answer == SECCOMP_RET_KILL_THREAD ? -SIGSYS
			       : answer == SECCOMP_RET_ERRNO	 ? 254
								 : (int)(answer & 0x7f)))
			fail_msg("program %llu: 0x%x, the kernel says %d", (unsigned long long)seed,
				 answer, theirs);
		different += answer != before;
		killed += answer == SECCOMP_RET_KILL_THREAD;
		before = answer;
	}
	assert_true(different > PROGRAMS / 2);
	assert_true(killed > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instructions_compute),
		cmocka_unit_test(a_division_by_zero_kills),
		cmocka_unit_test(registers_and_scratch_memory_hold),
		cmocka_unit_test(jumps_are_taken_when_true),
		cmocka_unit_test(a_jump_always_leaves_out_what_it_says),
		cmocka_unit_test(programs_are_taken_or_not),
		cmocka_unit_test(a_program_has_a_longest_length),
		cmocka_unit_test(the_stricter_answer_wins),
		cmocka_unit_test(the_kernel_takes_the_same_instructions),
		cmocka_unit_test(the_kernel_gives_the_same_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
