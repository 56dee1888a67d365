/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "downstream.h"

#include "core/seccomp/eval.h"

#include <errno.h>
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
