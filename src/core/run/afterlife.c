/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The afterlife: one order for failed starts and for ends of running containers, by rank. */
#include "core/run/steps.h"

static const enum chapter undone_chapters[] = { CHAPTER_AFTER, CHAPTER_BEFORE, CHAPTER_PROLOGUE };

/* Within a rank the youngest goes first. */
static void undo_rank(struct run *run, enum rank rank)
{
	for (size_t c = 0; c < ARRAY_LEN(undone_chapters); c++) {
		enum chapter chapter = undone_chapters[c];

		for (uint32_t i = plan_step_count(run->plan, chapter); i-- > 0;) {
			const struct step *step = plan_step(run->plan, chapter, i);

			if (step_undo_rank[step->kind] == rank)
				step_undo_host(run, step);
		}
	}
}

/* A failing post-stop hook turns a reboot into a stop (start.md 4.3). */
static void cancel_reboot(struct run *run)
{
	log_write(run->sys, &run->log, LOG_ERROR_, "start",
		  "Container will be stopped instead of rebooted");
	run->reboot = false;
	ipc_server_state(&run->server, IPC_STOPPED, false);
}

static void act_rank(struct run *run, enum rank rank)
{
	for (uint32_t i = 0; i < plan_step_count(run->plan, CHAPTER_AFTERLIFE); i++) {
		const struct step *step = plan_step(run->plan, CHAPTER_AFTERLIFE, i);
		struct err err = { 0 };

		if (step->rank != rank)
			continue;
		if (step_run_host(run, step, &err) < 0) {
			log_err(run->sys, &run->log, "start", &err);
			if (rank == RANK_POST_STOP_HOOK && run->reboot)
				cancel_reboot(run);
		}
	}
}

void run_undo(struct run *run)
{
	for (unsigned rank = RANK_NONE + 1; rank < RANK_COUNT; rank++)
		undo_rank(run, (enum rank)rank);
}

void run_afterlife(struct run *run)
{
	for (unsigned rank = RANK_NONE + 1; rank < RANK_COUNT; rank++) {
		undo_rank(run, (enum rank)rank);
		/* Nobody heard of a life that never announced STARTING. */
		if (run->started)
			act_rank(run, (enum rank)rank);
	}
	/* A start that failed half-way may hold terminals without having done receive_fds. */
	host_receive_fds_undo(run, NULL);
	host_console_undo(run, NULL);
}
