/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Device programs of cgroup v2 on the model kernel: its interpreter instruction by instruction, and
 * what attached programs do. What the kernel says to the same programs is in tests/conformance.
 */
#include "fs_test.h"
#include "sys/fake/bpfvm.h"

#include <linux/bpf.h>

#define I(c, d, s, o, i)                                                            \
	{                                                                           \
		.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) \
	}
#define MOV(d, i) I(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define EXIT I(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define K64(op) BPF_ALU64 | BPF_##op | BPF_K
#define X64(op) BPF_ALU64 | BPF_##op | BPF_X
#define K32(op) BPF_ALU | BPF_##op | BPF_K
#define X32(op) BPF_ALU | BPF_##op | BPF_X

static const struct bpf_insn allow[] = { MOV(0, 1), EXIT }, deny[] = { MOV(0, 0), EXIT };

/* --- the interpreter --- */

/* r2 and r3 as given, the instruction on r2 (by r3), and r2 compared with what is expected. */
static const struct {
	const char *what;
	uint64_t a, by;
	uint8_t code;
	int32_t imm;
	uint64_t expected;
} computed[] = {
	{ "add k", 7, 0, K64(ADD), -9, (uint64_t)-2 },
	{ "add x", ~0ull, 2, X64(ADD), 0, 1 },
	{ "add k, short", 0xffffffff, 0, K32(ADD), 2, 1 },
	{ "sub x", 5, 7, X64(SUB), 0, (uint64_t)-2 },
	{ "sub x, short", 5, 7, X32(SUB), 0, 0xfffffffe },
	{ "mul k", 1ull << 40, 0, K64(MUL), 4, 1ull << 42 },
	{ "mul k, short", 1ull << 40 | 3, 0, K32(MUL), 4, 12 },
	{ "div x", 1ull << 40, 1ull << 38, X64(DIV), 0, 4 },
	{ "div x, by zero", 5, 0, X64(DIV), 0, 0 },
	{ "div k, short", 1ull << 40 | 12, 0, K32(DIV), 4, 3 },
	{ "mod k", 14, 0, K64(MOD), 5, 4 },
	{ "mod x, by zero", 5, 0, X64(MOD), 0, 5 },
	{ "or k, sign", 1, 0, K64(OR), -2, ~0ull },
	{ "or k, short", 1, 0, K32(OR), -2, 0xffffffff },
	{ "and x", 0xf0f0, 0xff00, X64(AND), 0, 0xf000 },
	{ "xor x", 0xf0f0, 0xff00, X64(XOR), 0, 0x0ff0 },
	{ "lsh k", 1, 0, K64(LSH), 63, 1ull << 63 },
	{ "lsh x, too far", 1, 65, X64(LSH), 0, 2 },
	{ "lsh x, short, too far", 1, 33, X32(LSH), 0, 2 },
	{ "rsh k", 1ull << 63, 0, K64(RSH), 63, 1 },
	{ "rsh k, short", 1ull << 63 | 4, 0, K32(RSH), 1, 2 },
	{ "arsh k", 1ull << 63, 0, K64(ARSH), 63, ~0ull },
	{ "arsh k, short", 0x80000000, 0, K32(ARSH), 31, 0xffffffff },
	{ "neg", 1, 0, K64(NEG), 0, ~0ull },
	{ "neg, short", 1, 0, K32(NEG), 0, 0xffffffff },
	{ "mov k, sign", 1, 0, K64(MOV), -1, ~0ull },
	{ "mov x, short", 1, ~0ull, X32(MOV), 0, 0xffffffff },
	{ "to little, 16", 0x1122334455667788, 0, BPF_ALU | BPF_END | BPF_TO_LE, 16, 0x7788 },
	{ "to big, 16", 0x1122334455667788, 0, BPF_ALU | BPF_END | BPF_TO_BE, 16, 0x8877 },
	{ "to big, 32", 0x1122334455667788, 0, BPF_ALU | BPF_END | BPF_TO_BE, 32, 0x88776655 },
	{ "to big, 64", 0x1122334455667788, 0, BPF_ALU | BPF_END | BPF_TO_BE, 64,
	  0x8877665544332211 },
};

#define WIDE(d, v) \
	I(BPF_LD | BPF_IMM | BPF_DW, d, 0, 0, (int32_t)(v)), I(0, 0, 0, 0, (int32_t)((v) >> 32))

static int run(const struct bpf_insn *insns, size_t count)
{
	const struct bpf_cgroup_dev_ctx context = { BPF_DEVCG_DEV_CHAR | BPF_DEVCG_ACC_READ << 16,
						    11, 12 };
	const char *why;

	if (bpfvm_check(insns, count, &why) < 0)
		return -1;
	return bpfvm_run(insns, &context);
}

static void instructions_compute(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(computed); i++) {
		bool by_register =
			BPF_SRC(computed[i].code) == BPF_X && BPF_OP(computed[i].code) != BPF_END;
		const struct bpf_insn insns[] = {
			WIDE(2, computed[i].a),
			WIDE(3, computed[i].by),
			WIDE(4, computed[i].expected),
			I(computed[i].code, 2, by_register ? 3 : 0, 0, computed[i].imm),
			MOV(0, 1),
			I(BPF_JMP | BPF_JEQ | BPF_X, 2, 4, 1, 0),
			MOV(0, 0),
			EXIT,
		};

		if (run(insns, ARRAY_LEN(insns)) != 1)
			fail_msg("%s", computed[i].what);
	}
}

static const struct {
	const char *what;
	uint8_t op;
	uint64_t a, b;
	bool wide, narrow; /* whether each class jumps */
} jumps[] = {
	{ "jeq", BPF_JEQ, 5, 5, true, true },
	{ "jeq, the upper half differs", BPF_JEQ, 1ull << 32 | 5, 5, false, true },
	{ "jne", BPF_JNE, 5, 6, true, true },
	{ "jgt", BPF_JGT, ~0ull, 5, true, true },
	{ "jgt, equal", BPF_JGT, 5, 5, false, false },
	{ "jge, equal", BPF_JGE, 5, 5, true, true },
	{ "jlt", BPF_JLT, 5, 6, true, true },
	{ "jle, equal", BPF_JLE, 5, 5, true, true },
	{ "jle", BPF_JLE, 1ull << 32, 5, false, true },
	{ "jset", BPF_JSET, 6, 2, true, true },
	{ "jset, upper half", BPF_JSET, 1ull << 40, 1ull << 40, true, false },
	{ "jsgt", BPF_JSGT, 5, ~0ull, true, true },
	{ "jsgt, of 32", BPF_JSGT, 5, 0xffffffff, false, true },
	{ "jsge", BPF_JSGE, ~0ull, ~0ull, true, true },
	{ "jslt", BPF_JSLT, ~0ull, 0, true, true },
	{ "jsle", BPF_JSLE, 0, ~0ull, false, false },
};

static void jumps_are_taken_when_true(void **state)
{
	for (size_t i = 0; i < 2 * ARRAY_LEN(jumps); i++) {
		size_t row = i / 2;
		uint8_t class = i % 2 ? BPF_JMP32 : BPF_JMP;
		const struct bpf_insn insns[] = {
			WIDE(2, jumps[row].a),
			WIDE(3, jumps[row].b),
			MOV(0, 1),
			I(class | jumps[row].op | BPF_X, 2, 3, 1, 0),
			MOV(0, 0),
			EXIT,
		};

		if (run(insns, ARRAY_LEN(insns)) != (i % 2 ? jumps[row].narrow : jumps[row].wide))
			fail_msg("%s, %s", jumps[row].what, i % 2 ? "narrow" : "wide");
	}
}

static void the_context_is_read_in_words_and_parts(void **state)
{
	static const struct {
		uint8_t size;
		int16_t off;
		int32_t expected;
	} rows[] = {
		{ BPF_W, 0, BPF_DEVCG_DEV_CHAR | BPF_DEVCG_ACC_READ << 16 },
		{ BPF_W, 4, 11 },
		{ BPF_W, 8, 12 },
		{ BPF_H, 0, BPF_DEVCG_DEV_CHAR },
		{ BPF_H, 2, BPF_DEVCG_ACC_READ },
		{ BPF_B, 2, BPF_DEVCG_ACC_READ },
		{ BPF_B, 3, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct bpf_insn insns[] = {
			I(BPF_LDX | BPF_MEM | rows[i].size, 2, 1, rows[i].off, 0),
			MOV(0, 1),
			I(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 1, rows[i].expected),
			MOV(0, 0),
			EXIT,
		};

		assert_int_equal(run(insns, ARRAY_LEN(insns)), 1);
	}
}

/* --- attached --- */

static int load(struct sys *sys, const struct bpf_insn *insns, size_t count)
{
	union bpf_attr attr = { 0 };

	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = (uint32_t)count;
	attr.license = (uintptr_t) "GPL";
	return sys_bpf(sys, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int attach(struct sys *sys, int cgroup, int program, unsigned flags)
{
	union bpf_attr attr = { 0 };

	attr.target_fd = (uint32_t)cgroup;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = flags;
	return sys_bpf(sys, BPF_PROG_ATTACH, &attr, sizeof(attr));
}

static int use_null(void *arg)
{
	struct child *child = arg;
	struct open_how how = { .flags = O_RDWR };

	if (put(child->sys, "/sys/fs/cgroup/box/cgroup.procs", "0") < 0)
		return 100;
	return -sys_openat2(child->sys, AT_FDCWD, "/dev/null", &how) > 0;
}

/* 0: allowed; 1: not. */
static int null_in_box(struct sys *sys)
{
	return wait_for(sys, start(sys, use_null, (struct child){ 0 }));
}

static void what_is_attached_is_asked_until_the_cgroup_is_gone(void **state)
{
	_cleanup_fake_ struct fake *fake = fake_host_debian12_unified();
	struct sys *sys = fake_sys(fake);
	_cleanup_str_ struct str world = { 0 };
	int box, program = load(sys, deny, ARRAY_LEN(deny));

	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, "/sys/fs/cgroup/box", 0755), 0);
	box = open_flags(sys, "/sys/fs/cgroup/box", O_RDONLY | O_DIRECTORY);
	assert_int_equal(null_in_box(sys), 0);
	assert_int_equal(attach(sys, box, program, BPF_F_ALLOW_MULTI), 0);
	/* The place holds it, not the descriptor. */
	assert_int_equal(sys_close(sys, program), 0);
	assert_int_equal(null_in_box(sys), 1);
	fake_world(fake, &world);
	assert_non_null(strstr(str_text(&world), "/box/: programs 1\n"));
	assert_int_equal(sys_unlinkat(sys, AT_FDCWD, "/sys/fs/cgroup/box", AT_REMOVEDIR), 0);
	assert_int_equal(attach(sys, box, load(sys, allow, ARRAY_LEN(allow)), 0), -ENODEV);
	assert_int_equal(sys_mkdirat(sys, AT_FDCWD, "/sys/fs/cgroup/box", 0755), 0);
	assert_int_equal(null_in_box(sys), 0);
	assert_string_equal(fake_breaches(fake), "");
}

static void beside_v1_both_must_allow(void **state)
{
	_cleanup_fake_ struct fake *fake = fake_host_debian12_hybrid();
	struct open_how how = { .flags = O_RDWR };
	struct sys *sys = fake_sys(fake);
	int top = open_flags(sys, "/sys/fs/cgroup/unified", O_RDONLY | O_DIRECTORY), program;

	program = load(sys, deny, ARRAY_LEN(deny));
	assert_int_equal(attach(sys, top, program, BPF_F_ALLOW_MULTI), 0);
	assert_int_equal(sys_openat2(sys, AT_FDCWD, "/dev/null", &how), -EPERM);
}

static void what_the_model_cannot_check_it_refuses_loudly(void **state)
{
	static const struct bpf_insn call[] = { I(BPF_JMP | BPF_CALL, 0, 0, 0, 5), EXIT };
	static const struct bpf_insn stack[] = { I(BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, 0),
						 MOV(0, 1), EXIT };
	static const struct bpf_insn back[] = { MOV(0, 1),
						I(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, -2, 9), EXIT };
	static const struct {
		const struct bpf_insn *insns;
		size_t count;
		const char *words;
	} rows[] = { { call, 2, "a call" },
		     { stack, 3, "a write to memory" },
		     { back, 3, "a jump back" } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_fake_ struct fake *fake = fake_create(NULL);

		assert_int_equal(load(fake_sys(fake), rows[i].insns, rows[i].count), -EINVAL);
		assert_non_null(strstr(fake_breaches(fake), rows[i].words));
	}
}

static void old_kernels_have_less(void **state)
{
	_cleanup_fake_ struct fake *none = fake_host_old("4.14"), *five = fake_host_old("5.5");
	struct sys *sys = fake_sys(five);
	int top = open_flags(sys, "/sys/fs/cgroup/unified", O_RDONLY | O_DIRECTORY);
	int program = load(sys, allow, ARRAY_LEN(allow));

	assert_int_equal(load(fake_sys(none), allow, ARRAY_LEN(allow)), -EINVAL);
	assert_int_equal(attach(sys, top, program, BPF_F_ALLOW_MULTI), 0);
	assert_int_equal(attach(sys, top, program, BPF_F_ALLOW_MULTI | BPF_F_REPLACE), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instructions_compute),
		cmocka_unit_test(jumps_are_taken_when_true),
		cmocka_unit_test(the_context_is_read_in_words_and_parts),
		cmocka_unit_test(what_is_attached_is_asked_until_the_cgroup_is_gone),
		cmocka_unit_test(beside_v1_both_must_allow),
		cmocka_unit_test(what_the_model_cannot_check_it_refuses_loudly),
		cmocka_unit_test(old_kernels_have_less),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
