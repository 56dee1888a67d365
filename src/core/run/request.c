/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan that its caller runs itself, in its own process. */
#include "core/run/steps.h"

#include <errno.h>
#include <stdlib.h>

struct run *run_create(struct sys *sys, const struct plan *plan, char *const *envp)
{
	struct run *run = calloc(1, sizeof(*run));

	if (!run)
		return NULL;
	run->sys = sys;
	run->more_ops = caller_ops;
	run->plan = plan;
	run->envp = envp;
	run->log.fd = -1;
	run->signal_fd = -1;
	run->server.listen_fd = -1;
	for (int i = 0; i < IPC_CLIENTS_MAX; i++)
		run->server.clients[i].fd = -1;
	for (int i = 0; i < SUPERVISOR_FD_COUNT; i++)
		run->fds[i] = -1;
	run_begin(run);
	return run;
}

int run_request(struct sys *sys, const struct plan *plan, const struct request_args *args,
		struct err *err)
{
	struct run *run _cleanup_free_ = run_create(sys, plan, args->envp);
	int ret;

	if (!run)
		return err_sys(err, -ENOMEM, "run the plan");
	run->request = args;
	ret = run_chapter(run, CHAPTER_BEFORE, err);
	if (ret < 0)
		run_undo(run);
	close_number(sys, &run->mark_fd);
	close_number(sys, &run->lock_fd);
	return ret;
}
