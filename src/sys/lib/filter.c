/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/lib/filter.h"

#include <assert.h>
#include <errno.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

static_assert((int)FILTER_NE == SCMP_CMP_NE && (int)FILTER_MASKED_EQ == SCMP_CMP_MASKED_EQ,
	      "the comparisons are libseccomp's");

/* The level of notifications; with a level set, the library does not ask the kernel for it. */
#define API_LEVEL 5

/* Pseudo numbers of calls that go through socketcall and ipc (seccomp-syscalls.h). */
#define IS_SOCKETCALL(number) ((number) <= -101 && (number) > -200)
#define IS_IPC(number) ((number) <= -201 && (number) > -300)

/* --- names and numbers --- */

bool filter_has_arch(uint32_t arch)
{
	return seccomp_syscall_resolve_name_arch(arch, "read") != __NR_SCMP_ERROR;
}

int filter_call(uint32_t arch, const char *name)
{
	int number = seccomp_syscall_resolve_name_arch(arch, name);

	if (number >= 0)
		return number;
	if (number == __NR_SCMP_ERROR)
		return FILTER_UNKNOWN;
	/* The pseudo number does not tell whether this architecture has the multiplexer. */
	if ((IS_SOCKETCALL(number) && seccomp_syscall_resolve_name_arch(arch, "socketcall") >= 0) ||
	    (IS_IPC(number) && seccomp_syscall_resolve_name_arch(arch, "ipc") >= 0))
		return FILTER_MULTIPLEXED;
	return FILTER_ABSENT;
}

char *filter_call_name(uint32_t arch, int number)
{
	return number < 0 ? NULL : seccomp_syscall_resolve_num_arch(arch, number);
}

/* --- contexts --- */

struct contexts {
	scmp_filter_ctx of[FILTER_ARCHS_MAX]; /* one an architecture; NULL: none, or merged */
};

static void contexts_finish(struct contexts *contexts)
{
	for (size_t i = 0; i < FILTER_ARCHS_MAX; i++)
		if (contexts->of[i])
			seccomp_release(contexts->of[i]);
}

/* A context of this architecture alone. Only contexts with equal attributes can be merged. */
static int context_init(scmp_filter_ctx *ctx, uint32_t arch, uint32_t fallback)
{
	int ret;

	*ctx = seccomp_init(fallback);
	if (!*ctx)
		return -ENOMEM;
	if (arch != seccomp_arch_native()) {
		ret = seccomp_arch_add(*ctx, arch);
		if (ret == 0)
			ret = seccomp_arch_remove(*ctx, seccomp_arch_native());
		if (ret < 0)
			return ret;
	}
	/* Loading is not the library's business, and so is no_new_privs. */
	ret = seccomp_attr_set(*ctx, SCMP_FLTATR_CTL_NNP, 0);
	/* A binary tree instead of a list. */
	return ret < 0 ? ret : seccomp_attr_set(*ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
}

/* Rules are added in numbers of the running architecture, whatever they are for. */
static int native_number(const struct filter_rule *rule)
{
	char *name _cleanup_free_ = NULL;

	if (rule->call)
		return seccomp_syscall_resolve_name(rule->call);
	if (rule->arch == seccomp_arch_native())
		return rule->number;
	name = filter_call_name(rule->arch, rule->number);
	return name ? seccomp_syscall_resolve_name(name) : __NR_SCMP_ERROR;
}

static int rule_add(scmp_filter_ctx ctx, const struct filter_rule *rule)
{
	struct scmp_arg_cmp tests[FILTER_ARGS];
	int number = native_number(rule);

	assert(rule->test_count <= FILTER_ARGS);
	if (number == __NR_SCMP_ERROR)
		return -EDOM;
	for (uint32_t i = 0; i < rule->test_count; i++) {
		const struct filter_test *test = &rule->tests[i];
		bool masked = test->op == FILTER_MASKED_EQ;

		tests[i] = (struct scmp_arg_cmp){
			.arg = test->arg,
			.op = (enum scmp_compare)test->op,
			.datum_a = masked ? test->mask : test->value,
			.datum_b = masked ? test->value : 0,
		};
	}
	return seccomp_rule_add_exact_array(ctx, rule->action, number, rule->test_count, tests);
}

static int rules_add(struct contexts *contexts, const uint32_t *archs, size_t arch_count,
		     const struct filter_rule *rules, size_t rule_count, size_t *refused)
{
	for (size_t i = 0; i < rule_count; i++) {
		size_t at = 0;
		int ret;

		while (at < arch_count && archs[at] != rules[i].arch)
			at++;
		assert(at < arch_count); /* a rule is for an architecture of the filter */
		ret = rule_add(contexts->of[at], &rules[i]);
		if (ret == -ENOMEM)
			return ret;
		if (ret < 0) {
			*refused = i;
			return ret;
		}
	}
	return 0;
}

/* --- the program --- */

static int read_program(int fd, struct vec *program)
{
	struct sock_filter insn;
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	/* A memfd gives all that was asked for; at most 4096 instructions: no need to be quick. */
	while ((n = read(fd, &insn, sizeof(insn))) == sizeof(insn))
		if (!vec_add(program, &insn))
			return -ENOMEM;
	return n < 0 ? -errno : n > 0 ? -EIO : program->count > BPF_MAXINSNS ? -E2BIG : 0;
}

static int export(scmp_filter_ctx ctx, struct vec *program)
{
	int fd = memfd_create("filter", MFD_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = seccomp_export_bpf(ctx, fd);
	if (ret == 0)
		ret = read_program(fd, program);
	(void)close(fd);
	return ret;
}

int filter_build(const uint32_t *archs, size_t arch_count, uint32_t fallback,
		 const struct filter_rule *rules, size_t rule_count, struct vec *program,
		 size_t *refused)
{
	__attribute__((cleanup(contexts_finish))) struct contexts contexts = { 0 };
	struct vec made _cleanup_vec_ = VEC_OF(struct sock_filter);
	int ret;

	assert(arch_count > 0 && arch_count <= FILTER_ARCHS_MAX);
	*refused = SIZE_MAX;
	(void)seccomp_api_set(API_LEVEL);
	for (size_t i = 0; i < arch_count; i++) {
		ret = context_init(&contexts.of[i], archs[i], fallback);
		if (ret < 0)
			return ret;
	}
	ret = rules_add(&contexts, archs, arch_count, rules, rule_count, refused);
	for (size_t i = 1; ret == 0 && i < arch_count; i++) {
		ret = seccomp_merge(contexts.of[0], contexts.of[i]);
		if (ret == 0)
			contexts.of[i] = NULL;
	}
	if (ret == 0)
		ret = export(contexts.of[0], &made);
	if (ret < 0)
		return ret;
	*program = made;
	made = VEC_OF(struct sock_filter);
	return 0;
}
