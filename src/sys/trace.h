/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/trace: decorator that writes every operation with its result and time.
 *
 * One line per finished call, one write each: "PID +MICROSECONDS NAME(ARGUMENT, ...) = RESULT <MICROSECONDS>". Pointers are
 * printed by what they point to or as "_", never as addresses, so that a trace of the fake is the same in each run.
 * The line is written through the world below, which is not traced. Safe between clone and exec.
 *
 * A failure is printed by name ("= -ENOENT"). What a call gives back is printed after it, "_" when it failed. A call that may
 * not return (exit_group, execveat) has a line before it, with "= ?"; if it comes back it has a second one. Lines are cut
 * at 1024 bytes, texts at 64, lists at 8 items.
 */
#ifndef SYS_TRACE_H
#define SYS_TRACE_H

#include "sys/sys.h"

struct sys_trace {
	struct sys sys;
	int fd;               /* where lines go (not owned), or -1 */
	bool with_time;       /* false: no pid and no times, for golden texts */
	/* When not NULL called instead of writing to fd. */
	void (*line)(void *data, const char *line, size_t len);
	void *data;
	struct timespec start;
};

/* Puts *trace over next; use &trace->sys from then on. Lives as long as its users. */
void sys_trace_init(struct sys_trace *trace, struct sys *next, int fd);

#endif
