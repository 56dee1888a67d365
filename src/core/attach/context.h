/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* attach/context: what the caller finds out about the container, as the planner wants it. Private to attach. */
#ifndef ATTACH_CONTEXT_H
#define ATTACH_CONTEXT_H

#include "core/attach/attach.h"
#include "core/base/arena.h"
#include "core/base/vec.h"
#include "core/io/io.h"
#include "core/namespace/namespace.h"
#include "core/plan/plan.h"

#include <limits.h>

struct attach_context {
	struct sys *sys;
	const struct attach_args *args;
	pid_t init_pid;
	struct fd proc;                  /* /proc/INIT of the host; closed when all is read */
	struct fd ns[NAMESPACE_COUNT];   /* to be joined, by row of the table */
	struct fd filled[3];             /* what stands in for a closed stdin, stdout, stderr meanwhile */
	struct plan_attach plan;         /* its texts are those below, or of args */
	struct str prlimits, procs, arch;
	char cwd[PATH_MAX];
	struct arena arena;              /* of the environment */
	struct vec env;                  /* char *, NULL-terminated */
};

/* Reads all of it. 0 or -errno; finish it in any case. */
int attach_context_read(struct attach_context *context, struct sys *sys, const struct attach_args *args, struct err *err);
void attach_context_finish(struct attach_context *context);
#define _cleanup_attach_context_ _cleanup_(attach_context_finish)

/* environment.c: fills context->env. */
int attach_environment(struct attach_context *context, struct err *err);
/* personality.c: "i686" as personality(2) has it; -EINVAL. */
long attach_personality_of(const char *arch);

/* terminal.c. Which of the caller's streams are terminals: bits. */
unsigned attach_terminal_bits(struct sys *sys, const int streams[3]);
/*
 * Between the caller's terminal and the master of the pty that took its place, while the process runs; log_fd: copy of the
 * output, -1: none. 0; -EINTR: a signal came that ends the caller. It has been sent again, after the terminal was put right.
 */
int attach_terminal_relay(struct sys *sys, int terminal_fd, int master_fd, int log_fd, struct err *err);

#endif
