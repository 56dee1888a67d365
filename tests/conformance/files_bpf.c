/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Device programs of cgroup v2: which are let in, where they may be attached, what they forbid. */
#include "files.h"

#include <linux/bpf.h>
#include <linux/capability.h>
#include <sys/mount.h>

#define TOP "/mnt/a/model-conformance-bpf"
#define SUB TOP "/sub"

#define I(c, d, s, o, i)                                                            \
	{                                                                           \
		.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) \
	}
#define MOV(d, i) I(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ALU(op, d, i) I(BPF_ALU64 | BPF_##op | BPF_K, d, 0, 0, i)
#define ALU32(op, d, i) I(BPF_ALU | BPF_##op | BPF_K, d, 0, 0, i)
#define JUMP(op, d, i, o) I(BPF_JMP | BPF_##op | BPF_K, d, 0, o, i)
#define LDX(size, d, s, o) I(BPF_LDX | BPF_MEM | BPF_##size, d, s, o, 0)
#define EXIT I(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define WIDE(d, low, high) I(BPF_LD | BPF_IMM | BPF_DW, d, 0, 0, low), I(0, 0, 0, 0, high)

static int load_as(struct script *s, unsigned type, const struct bpf_insn *insns, size_t count)
{
	union bpf_attr attr = { 0 };

	attr.prog_type = type;
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = (uint32_t)count;
	attr.license = (uintptr_t) "GPL";
	return sys_bpf(S, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int load(struct script *s, const struct bpf_insn *insns, size_t count)
{
	return load_as(s, BPF_PROG_TYPE_CGROUP_DEVICE, insns, count);
}

static int attach(struct script *s, int cgroup, int program, unsigned flags, int replaced)
{
	union bpf_attr attr = { 0 };

	attr.target_fd = (uint32_t)cgroup;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = flags;
	attr.replace_bpf_fd = (uint32_t)replaced;
	return sys_bpf(S, BPF_PROG_ATTACH, &attr, sizeof(attr));
}

static int detach(struct script *s, int cgroup, int program)
{
	union bpf_attr attr = { 0 };

	attr.target_fd = (uint32_t)cgroup;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	return sys_bpf(S, BPF_PROG_DETACH, &attr, sizeof(attr));
}

/* --- the check --- */

#define PROGRAM(...)                                                                               \
	{                                                                                          \
		(const struct bpf_insn[]){ __VA_ARGS__ },                                          \
			sizeof((const struct bpf_insn[]){ __VA_ARGS__ }) / sizeof(struct bpf_insn) \
	}

static const struct {
	const char *what;
	struct {
		const struct bpf_insn *insns;
		size_t count;
	} program;
} programs[] = {
	{ "allow", PROGRAM(MOV(0, 1), EXIT) },
	{ "deny", PROGRAM(MOV(0, 0), EXIT) },
	{ "neither", PROGRAM(MOV(0, 2), EXIT) },
	{ "negative", PROGRAM(MOV(0, -1), EXIT) },
	{ "no result", PROGRAM(EXIT) },
	{ "no end", PROGRAM(MOV(0, 1)) },
	{ "any number", PROGRAM(LDX(W, 0, 1, 0), EXIT) },
	{ "a bit of it", PROGRAM(LDX(W, 0, 1, 0), ALU(AND, 0, 1), EXIT) },
	{ "major", PROGRAM(LDX(W, 2, 1, 4), MOV(0, 1), EXIT) },
	{ "minor", PROGRAM(LDX(W, 2, 1, 8), MOV(0, 1), EXIT) },
	{ "behind the context", PROGRAM(LDX(W, 2, 1, 12), MOV(0, 1), EXIT) },
	{ "before the context", PROGRAM(LDX(W, 2, 1, -4), MOV(0, 1), EXIT) },
	{ "across words", PROGRAM(LDX(W, 2, 1, 2), MOV(0, 1), EXIT) },
	{ "half of the type", PROGRAM(LDX(H, 2, 1, 2), MOV(0, 1), EXIT) },
	{ "half, not aligned", PROGRAM(LDX(H, 2, 1, 1), MOV(0, 1), EXIT) },
	{ "half of the major", PROGRAM(LDX(H, 2, 1, 4), MOV(0, 1), EXIT) },
	{ "byte of the type", PROGRAM(LDX(B, 2, 1, 3), MOV(0, 1), EXIT) },
	{ "double word", PROGRAM(LDX(DW, 2, 1, 0), MOV(0, 1), EXIT) },
	{ "through a number", PROGRAM(MOV(2, 0), LDX(W, 2, 2, 0), MOV(0, 1), EXIT) },
	{ "through nothing", PROGRAM(LDX(W, 2, 3, 0), MOV(0, 1), EXIT) },
	{ "context moved", PROGRAM(ALU(ADD, 1, 4), MOV(0, 1), EXIT) },
	{ "context moved and used", PROGRAM(ALU(ADD, 1, 4), LDX(W, 2, 1, 0), MOV(0, 1), EXIT) },
	{ "context masked", PROGRAM(ALU(AND, 1, 4), MOV(0, 1), EXIT) },
	{ "context as a result", PROGRAM(I(BPF_ALU64 | BPF_MOV | BPF_X, 0, 1, 0, 0), EXIT) },
	{ "context copied",
	  PROGRAM(I(BPF_ALU64 | BPF_MOV | BPF_X, 6, 1, 0, 0), LDX(W, 2, 6, 4), MOV(0, 1), EXIT) },
	{ "context cut", PROGRAM(I(BPF_ALU | BPF_MOV | BPF_X, 2, 1, 0, 0), MOV(0, 1), EXIT) },
	{ "write to the context",
	  PROGRAM(I(BPF_ST | BPF_MEM | BPF_W, 1, 0, 0, 0), MOV(0, 1), EXIT) },
	{ "more than is run", PROGRAM(MOV(0, 1), EXIT, MOV(0, 1), EXIT) },
	{ "jump behind the end", PROGRAM(MOV(0, 1), JUMP(JEQ, 0, 1, 5), EXIT) },
	{ "jump to itself", PROGRAM(MOV(0, 1), I(BPF_JMP | BPF_JA, 0, 0, -1, 0), EXIT) },
	{ "jump on nothing", PROGRAM(MOV(0, 1), JUMP(JEQ, 5, 0, 0), EXIT) },
	{ "jump by nothing", PROGRAM(MOV(0, 1), I(BPF_JMP | BPF_JEQ | BPF_X, 0, 5, 0, 0), EXIT) },
	{ "jump on the context", PROGRAM(MOV(0, 1), JUMP(JEQ, 1, 0, 0), EXIT) },
	{ "jump into a wide one", PROGRAM(MOV(0, 1), JUMP(JEQ, 0, 7, 1), WIDE(0, 1, 0), EXIT) },
	{ "a wide one", PROGRAM(WIDE(0, 1, 0), EXIT) },
	{ "a wide one that is no bit", PROGRAM(WIDE(0, 1, 1), EXIT) },
	{ "half of a wide one", PROGRAM(MOV(0, 1), I(BPF_LD | BPF_IMM | BPF_DW, 2, 0, 0, 1)) },
	{ "frame written", PROGRAM(MOV(10, 1), MOV(0, 1), EXIT) },
	{ "no such register", PROGRAM(MOV(11, 1), MOV(0, 1), EXIT) },
	{ "no such instruction", PROGRAM(I(0xff, 0, 0, 0, 0), MOV(0, 1), EXIT) },
	{ "division by zero", PROGRAM(MOV(0, 1), ALU(DIV, 0, 0), EXIT) },
	{ "shift too far", PROGRAM(MOV(0, 1), ALU(LSH, 0, 64), EXIT) },
	{ "short shift too far", PROGRAM(MOV(0, 1), ALU32(LSH, 0, 32), EXIT) },
	{ "a register too many", PROGRAM(I(BPF_ALU64 | BPF_MOV | BPF_K, 0, 3, 0, 1), EXIT) },
	{ "a constant too many", PROGRAM(MOV(0, 1), I(BPF_JMP | BPF_EXIT, 0, 0, 0, 1)) },
	{ "result on one way", PROGRAM(LDX(W, 2, 1, 0), JUMP(JEQ, 2, 1, 1), MOV(0, 1), EXIT) },
	{ "result on both ways",
	  PROGRAM(LDX(W, 2, 1, 0), JUMP(JEQ, 2, 1, 2), MOV(0, 1), EXIT, MOV(0, 0), EXIT) },
	{ "short jump", PROGRAM(LDX(W, 2, 1, 0), MOV(0, 1),
				I(BPF_JMP32 | BPF_JEQ | BPF_K, 2, 0, 1, 1), MOV(0, 0), EXIT) },
};

static void checks(struct script *s)
{
	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		int fd = load(s, programs[i].program.insns, programs[i].program.count);

		say_fd(s, programs[i].what, fd);
		if (fd >= 0)
			sys_close(S, fd);
	}
	OPEN(load(s, programs[0].program.insns, 0));
	OPEN(load_as(s, BPF_PROG_TYPE_UNSPEC, programs[0].program.insns, 2));
	TRY(sys_bpf(S, 999, &(union bpf_attr){ 0 }, sizeof(union bpf_attr)));
}

static void without_privilege(struct script *s)
{
	static const struct {
		const char *what;
		uint64_t caps;
	} rows[] = { { "net_admin", 1ull << CAP_NET_ADMIN },
		     { "bpf", 1ull << CAP_BPF },
		     { "both", 1ull << CAP_NET_ADMIN | 1ull << CAP_BPF },
		     { "sys_admin", 1ull << CAP_SYS_ADMIN },
		     { "none", 0 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct sys_caps caps;

		sys_capget(S, &caps);
		caps.effective = rows[i].caps;
		TRY(sys_capset(S, &caps));
		say_fd(s, rows[i].what, load(s, programs[0].program.insns, 2));
	}
}

/* --- where they may be --- */

struct loaded {
	int top, sub, allow, deny, other;
};

static void single(struct script *s, const struct loaded *l)
{
	TRY(detach(s, l->top, l->allow));
	TRY(attach(s, l->top, l->allow, 0, 0));
	TRY(attach(s, l->sub, l->allow, 0, 0));
	TRY(attach(s, l->sub, l->allow, BPF_F_ALLOW_MULTI, 0));
	TRY(attach(s, l->top, l->allow, BPF_F_ALLOW_MULTI, 0));
	TRY(attach(s, l->top, l->other, 0, 0));
	TRY(detach(s, l->top, 0));
	TRY(attach(s, l->top, l->allow, BPF_F_ALLOW_OVERRIDE, 0));
	TRY(attach(s, l->sub, l->other, 0, 0));
	TRY(attach(s, l->top, l->allow, 0, 0));
	TRY(detach(s, l->sub, l->other));
	TRY(detach(s, l->top, l->allow));
	TRY(detach(s, l->top, l->allow));
}

static void many(struct script *s, const struct loaded *l)
{
	TRY(attach(s, l->top, l->allow, BPF_F_ALLOW_MULTI, 0));
	TRY(attach(s, l->top, l->allow, BPF_F_ALLOW_MULTI, 0));
	TRY(attach(s, l->top, l->other, BPF_F_ALLOW_MULTI, 0));
	TRY(attach(s, l->top, l->deny, BPF_F_ALLOW_MULTI | BPF_F_REPLACE, l->other));
	TRY(attach(s, l->top, l->deny, BPF_F_ALLOW_MULTI | BPF_F_REPLACE, l->other));
	TRY(attach(s, l->top, l->other, BPF_F_ALLOW_MULTI | BPF_F_REPLACE, l->deny));
	TRY(attach(s, l->top, l->deny, BPF_F_ALLOW_MULTI | BPF_F_REPLACE, l->sub));
	TRY(attach(s, l->top, l->deny, BPF_F_ALLOW_MULTI | BPF_F_REPLACE, 77));
	TRY(attach(s, l->top, l->deny, BPF_F_REPLACE, l->other));
	TRY(attach(s, l->top, l->deny, BPF_F_ALLOW_MULTI | BPF_F_ALLOW_OVERRIDE, 0));
	TRY(attach(s, l->top, l->deny, 1u << 20, 0));
	TRY(attach(s, l->top, l->deny, 0, 0));
	TRY(detach(s, l->top, l->deny));
	TRY(detach(s, l->top, 0));
	TRY(detach(s, l->top, l->other));
	TRY(detach(s, l->top, l->allow));
}

static void wrong_things(struct script *s, const struct loaded *l)
{
	int file = open_at(s, AT_FDCWD, TOP "/cgroup.procs", O_RDONLY, 0);
	int root = open_at(s, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY, 0);

	TRY(attach(s, 77, l->allow, 0, 0));
	TRY(attach(s, l->top, 77, 0, 0));
	TRY(attach(s, l->top, l->top, 0, 0));
	TRY(attach(s, root, l->allow, 0, 0));
	TRY(attach(s, file, l->allow, 0, 0));
	TRY(detach(s, root, l->allow));
	sys_close(S, root);
	sys_close(S, file);
}

/* --- what they forbid --- */

static void use_devices(struct script *s)
{
	static const int flags[] = { O_RDONLY, O_WRONLY, O_RDWR };

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		int fd = say_fd(s,
				i == 0	 ? "zero: read"
				: i == 1 ? "zero: write"
					 : "zero: both",
				open_at(s, AT_FDCWD, "/dev/zero", (uint64_t)flags[i], 0));

		if (fd >= 0)
			sys_close(S, fd);
		fd = OPEN(open_at(s, AT_FDCWD, "/dev/null", (uint64_t)flags[i], 0));
		if (fd >= 0)
			sys_close(S, fd);
	}
	TRY(sys_mknodat(S, AT_FDCWD, "/mnt/zero", S_IFCHR | 0666, 0x105));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/zero", 0));
	TRY(sys_mknodat(S, AT_FDCWD, "/mnt/null", S_IFCHR | 0666, 0x103));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/null", 0));
	TRY(sys_mknodat(S, AT_FDCWD, "/mnt/block", S_IFBLK | 0666, 0x105));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/block", 0));
}

static void in_sub(struct script *s)
{
	TRY(put_text(s, SUB "/cgroup.procs", "0"));
	use_devices(s);
}

/* Character device 1:5 may be read and not written or made; block devices may not be; the rest may.
 */
static int load_rules(struct script *s)
{
	static const struct bpf_insn rules[] = {
		LDX(W, 2, 1, 0), /* type and access */
		I(BPF_ALU | BPF_MOV | BPF_X, 3, 2, 0, 0),
		ALU32(AND, 2, 0xffff),
		ALU32(RSH, 3, 16),
		LDX(W, 4, 1, 4),
		LDX(W, 5, 1, 8),
		JUMP(JEQ, 2, BPF_DEVCG_DEV_BLOCK, 6),
		JUMP(JNE, 4, 1, 3),
		JUMP(JNE, 5, 5, 2),
		ALU32(AND, 3, BPF_DEVCG_ACC_WRITE | BPF_DEVCG_ACC_MKNOD),
		JUMP(JNE, 3, 0, 2),
		MOV(0, 1),
		EXIT,
		MOV(0, 0),
		EXIT,
	};

	int fd = load(s, rules, ARRAY_LEN(rules));
	/* Out of the way of say_child(). */
	int high = fd < 0 ? fd : sys_fcntl(S, fd, F_DUPFD_CLOEXEC, 20);

	if (fd >= 0)
		sys_close(S, fd);
	return high;
}

static void decisions(struct script *s, const struct loaded *l)
{
	int rules = OPEN(load_rules(s));

	TRY(attach(s, l->top, rules, BPF_F_ALLOW_MULTI, 0));
	say_child(s, 0, in_sub);
	TRY(attach(s, l->sub, l->deny, 0, 0));
	say_child(s, 0, in_sub);
	TRY(attach(s, l->sub, l->allow, 0, 0));
	say_child(s, 0, in_sub);
	TRY(detach(s, l->top, rules));
	TRY(attach(s, l->top, l->deny, BPF_F_ALLOW_OVERRIDE, 0));
	say_child(s, 0, in_sub);
	TRY(detach(s, l->sub, 0));
	say_child(s, 0, in_sub);
	TRY(detach(s, l->top, 0));
	use_devices(s);
	sys_close(S, rules);
}

void script_bpf(struct script *s)
{
	struct loaded l;

	sys_mkdirat(S, AT_FDCWD, "/mnt/a", 0755);
	if (sys_mount(S, "cgroup", "/mnt/a", "cgroup2", 0, NULL) < 0) {
		str_add(&s->said, "no cgroup2\n");
		return;
	}
	TRY(sys_mkdirat(S, AT_FDCWD, TOP, 0755));
	TRY(sys_mkdirat(S, AT_FDCWD, SUB, 0755));
	checks(s);
	say_child(s, 0, without_privilege);
	l.top = OPEN(open_at(s, AT_FDCWD, TOP, O_RDONLY | O_DIRECTORY, 0));
	l.sub = OPEN(open_at(s, AT_FDCWD, SUB, O_RDONLY | O_DIRECTORY, 0));
	l.allow = load(s, programs[0].program.insns, 2);
	l.other = load(s, programs[0].program.insns, 2);
	l.deny = load(s, programs[1].program.insns, 2);
	single(s, &l);
	many(s, &l);
	wrong_things(s, &l);
	decisions(s, &l);
	sys_close(S, l.top);
	sys_close(S, l.sub);
	sys_close(S, l.allow);
	sys_close(S, l.other);
	sys_close(S, l.deny);
	TRY(sys_unlinkat(S, AT_FDCWD, SUB, AT_REMOVEDIR));
	TRY(sys_unlinkat(S, AT_FDCWD, TOP, AT_REMOVEDIR));
	TRY(sys_umount2(S, "/mnt/a", 0));
}
