/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fault: decorator that counts every call of a world and disturbs one of them.
 *
 * Calls are counted from 1 over all processes of the (fake) world, in the order in which they are made; operations without
 * errnos in their row are not counted. Single-threaded.
 */
#ifndef SYS_FAULT_H
#define SYS_FAULT_H

#include "sys/sys.h"

enum sys_fault_kind {
	SYS_FAULT_ERRNO,   /* the call returns an errno of its row, and is not made */
	SYS_FAULT_FOREVER, /* so does each later call of the same operation, by the same process, on the same path if it
			      takes one: an object that is broken stays so */
	SYS_FAULT_SHORT,   /* a read or write moves short_len bytes of more; never where the kernel moves all or nothing */
	SYS_FAULT_DEATH,   /* the process is killed before it makes the call */
};

/* What is known of a call that was made. */
struct sys_fault_call {
	const char *op;
	unsigned errno_count; /* of its row */
	const int *errnos;
	pid_t pid;            /* who made it, as it sees itself */
	long result;          /* 0 until it returns */
};

struct sys_fault {
	struct sys sys;
	struct sys_ops ops;
	enum sys_fault_kind kind;
	unsigned long fail_at;   /* 0: count only */
	unsigned errno_index;    /* which of the row's errnos */
	size_t short_len;
	void (*strike)(void *data); /* may be NULL: told when a call is disturbed; DEATH: kills the calling process, or
				       returns when that one cannot be spared */
	void *strike_data;
	bool paused;             /* true: neither counts nor disturbs (set up and checks of a test) */
	struct sys_fault_call *log; /* NULL, or room for log_size calls */
	unsigned long log_size;

	unsigned long calls;     /* counted so far */
	int given;               /* the errno that was given (positive); 0: none yet, or another kind of fault */
	const char *op;          /* name of the operation that was disturbed; NULL: none yet */
	unsigned errno_count;    /* how many errnos the chosen call's row has; valid once fail_at was reached, also if
				    errno_index was too large (then nothing is failed) */
	uint64_t path;           /* FOREVER: the path of the chosen call, as a number, and who made it */
	pid_t pid;
};

void sys_fault_init(struct sys_fault *fault, struct sys *next);

#endif
