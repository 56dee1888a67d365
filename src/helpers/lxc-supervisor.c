/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc-supervisor: lives with a container. Everything is in core/run; this gives it the real world. */
#include "core/run/run.h"
#include "sys/trace.h"

int main(int argc, char **argv, char **envp)
{
	struct sys *sys = sys_linux();
	struct sys_trace trace;

	/* Started by hand, the number may be anybody's. */
	if (io_is_sealed(sys, SUPERVISOR_FD_PLAN) &&
	    sys_fcntl(sys, SUPERVISOR_FD_TRACE, F_GETFD, 0) >= 0) {
		sys_trace_init(&trace, sys, SUPERVISOR_FD_TRACE);
		sys = &trace.sys;
	}
	return supervisor_main(sys, argc, argv, envp);
}
