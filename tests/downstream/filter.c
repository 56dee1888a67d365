/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "downstream.h"

#include "core/seccomp/eval.h"
#include "core/seccomp/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <sys/syscall.h>

void filter_system_calls(void)
{
	static const struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mount, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct seccomp_data call = { .nr = SYS_mount };

	assert(seccomp_check(filter, sizeof(filter) / sizeof(filter[0])) == 0);
	assert(seccomp_eval(filter, &call) == (SECCOMP_RET_ERRNO | EPERM));
	call.nr = SYS_read;
	assert(seccomp_eval(filter, &call) == SECCOMP_RET_ALLOW);
}

void compile_a_profile(void)
{
	static const char text[] = "2\ndenylist\nmount errno 1\nkexec_load kill\n";
	_cleanup_seccomp_profile_ struct seccomp_profile profile = { 0 };
	_cleanup_seccomp_remarks_ struct seccomp_remarks remarks = { 0 };
	_cleanup_vec_ struct vec program = VEC_OF(struct sock_filter);
	const struct seccomp_host *host = seccomp_host_find("x86_64");
	struct seccomp_data call = { .nr = 165, .arch = AUDIT_ARCH_X86_64 }; /* mount */
	struct err err = { 0 };

	assert(host);
	assert(seccomp_parse(&profile, host, "web.seccomp", text, strlen(text), &remarks, &err) == 0);
	assert(remarks.errors == 0);
	assert(seccomp_compile(&profile, &program, &err) == 0);
	assert(seccomp_check(program.items, program.count) == 0);
	assert(seccomp_eval(program.items, &call) == (SECCOMP_RET_ERRNO | EPERM));
	call.nr = 0; /* read */
	assert(seccomp_eval(program.items, &call) == SECCOMP_RET_ALLOW);
}
