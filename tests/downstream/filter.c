/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "downstream.h"

#include "core/seccomp/eval.h"
#include "core/seccomp/seccomp.h"

#include <errno.h>
#include <linux/audit.h>

static uint32_t answer(const struct vec *program, int number)
{
	struct seccomp_data call = { .nr = number, .arch = AUDIT_ARCH_X86_64 };

	return seccomp_eval(program->items, &call);
}

/* For a host of a known kind, whatever machine this is. */
void filter_system_calls(void)
{
	enum { READ = 0, MOUNT = 165 };
	static const char text[] = "2\n"
				   "denylist allow\n"
				   "[all]\n"
				   "mount errno 1\n";
	_cleanup_(seccomp_profile_finish) struct seccomp_profile profile = { 0 };
	_cleanup_seccomp_remarks_ struct seccomp_remarks remarks = { 0 };
	_cleanup_vec_ struct vec program = VEC_OF(struct sock_filter);
	struct err err = { 0 };

	assert(seccomp_parse(&profile, seccomp_host_find("x86_64"), "web.seccomp", text,
			     strlen(text), &remarks, &err) == 0);
	assert(seccomp_compile(&profile, &program, &err) == 0);
	printf("# %zu instructions\n", program.count);
	assert(seccomp_check(program.items, program.count) == 0);
	assert(answer(&program, MOUNT) == (SECCOMP_RET_ERRNO | EPERM));
	assert(answer(&program, READ) == SECCOMP_RET_ALLOW);
}
