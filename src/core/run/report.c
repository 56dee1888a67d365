/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the caller hears of a start. The stream is not blocking: a caller that is stopped stops
 * nobody else.
 */
#include "core/run/steps.h"

static void send_report(struct run *run, const struct report *report)
{
	int *fd = &run->fds[SUPERVISOR_FD_REPORT];

	if (*fd < 0)
		return;
	if (io_send(run->sys, *fd, report, sizeof(*report), NULL, 0, false) < 0)
		close_number(run->sys, fd);
}

void report_state(struct run *run, enum ipc_state state)
{
	/* Of the others, clients of the command socket are told. */
	if (state != IPC_RUNNING)
		return;
	send_report(run, &(struct report){ .type = REPORT_STATE, .value = (int32_t)state });
	/* The caller of a daemonized start has what it waits for. */
	if ((run->plan->flags & PLAN_DAEMON))
		close_number(run->sys, &run->fds[SUPERVISOR_FD_REPORT]);
}

void report_error(struct run *run, const struct err *err)
{
	send_report(run, &(struct report){ .type = REPORT_ERROR, .value = err->code, .err = *err });
}

void report_exit(struct run *run)
{
	send_report(run, &(struct report){ .type = REPORT_EXIT, .value = run->init_status });
}
