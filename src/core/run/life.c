/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One life of a container: prologue, body, loop, afterlife. Every way out leads through the
 * afterlife.
 */
#include "core/run/loop.h"
#include "core/run/steps.h"

#include <errno.h>

/*
 * Pre-start hooks may change what planning reads, and so does the life before: both plan the body
 * after the prologue.
 */
static int plan_body(struct run *run, struct err *err)
{
	int ret;

	if (run->life == 0 && !(run->plan->flags & PLAN_NO_BODY))
		return 0;
	ret = run_replan(run, err);
	/* Steps of the prologue have no undo, and their numbers were those of the image before. */
	if (ret == 0)
		memset(run->done, 0, sizeof(run->done));
	return ret;
}

static int start(struct run *run, struct err *err)
{
	int ret = run_chapter(run, CHAPTER_PROLOGUE, err);

	if (ret == 0)
		ret = plan_body(run, err);
	if (ret == 0)
		ret = run_chapter(run, CHAPTER_BEFORE, err);
	if (ret == 0)
		ret = run_chapter(run, CHAPTER_AFTER, err);
	return ret;
}

/* Said as soon as it is known: the caller of a start reads the cause before it reads the end. */
static void failed(struct run *run, const struct err *err)
{
	log_err(run->sys, &run->log, "start", err);
	report_error(run, err);
	ipc_server_failure(&run->server, err);
	if (!run->started)
		return;
	ipc_server_state(&run->server, IPC_ABORTING, false);
	report_state(run, IPC_ABORTING);
}

/* reboot(2) in a pid namespace of its own ends its first process as if by SIGHUP (since Linux 3.4).
 */
static bool asks_for_reboot(const struct run *run)
{
	return !run->caller_is_gone && !run->stop_asked && WIFSIGNALED(run->init_status) &&
	       WTERMSIG(run->init_status) == SIGHUP && (run->plan->ns_flags & CLONE_NEWPID) &&
	       run->fds[SUPERVISOR_FD_PLANNER] >= 0;
}

static void classify(struct run *run)
{
	int status = run->init_status;

	run->reboot = asks_for_reboot(run);
	if (run->reboot)
		log_write(run->sys, &run->log, LOG_INFO_, "start", "The container reboots");
	else if (WIFSIGNALED(status))
		log_write(run->sys, &run->log, LOG_INFO_, "start", "Init was ended by signal %d",
			  WTERMSIG(status));
	else
		log_write(run->sys, &run->log, LOG_INFO_, "start", "Init exited with status %d",
			  WEXITSTATUS(status));
}

int life_run(struct run *run)
{
	struct err err = { 0 };
	int ret;

	run_begin(run);
	ret = start(run, &err);
	if (ret == 0)
		ret = loop_run(run, &err);
	if (ret < 0)
		failed(run, &err);
	else
		classify(run);
	run_afterlife(run);
	if (ret < 0)
		return ret;
	return run->reboot ? 1 : 0;
}
