/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fault: decorator that counts every call of a world and makes one of them fail.
 *
 * Calls are counted from 1 over all processes of the (fake) world, in the order in which they are made; operations without
 * errnos in their row are not counted. The chosen call is not handed down: it returns -errno at once. Single-threaded.
 */
#ifndef SYS_FAULT_H
#define SYS_FAULT_H

#include "sys/sys.h"

struct sys_fault {
	struct sys sys;
	unsigned long fail_at;   /* 0: count only */
	unsigned errno_index;    /* which of the row's errnos */
	unsigned long calls;     /* counted so far */
	int given;               /* the errno that was given (positive); 0: none yet */
	const char *op;          /* name of the operation that was failed; NULL: none yet */
	unsigned errno_count;    /* how many errnos the failed call's row has; valid once fail_at was reached, also if
				    errno_index was too large (then nothing is failed) */
	bool paused;             /* true: neither counts nor fails (set up and checks of a test) */
};

void sys_fault_init(struct sys_fault *fault, struct sys *next);

#endif
