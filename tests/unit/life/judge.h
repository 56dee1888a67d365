/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/life/judge: what became of a disturbed operation: an answer, a refusal that left nothing, or a mistake.
 */
#ifndef TESTS_LIFE_JUDGE_H
#define TESTS_LIFE_JUDGE_H

#include "life/scenarios.h"

/* One disturbance of one call of one scenario. */
struct point {
	const struct scenario *scenario;
	unsigned long call;
	enum sys_fault_kind kind;
	int number;       /* the errno that is given; 0: none */
	unsigned index;   /* of it in the call's row */
	size_t short_len;
	char line[256];   /* of the trace: the call; or "killed NAME at OPERATION" */
};
/* "EIO", "EIO!" (forever), "short", "death": how a point is asked for. */
const char *point_fault(const struct point *point, char *buf, size_t size);

/* The worlds that a point is measured against. */
struct worlds {
	char *before, *done;
	char *ended; /* after done, and stopped */
};

enum verdict {
	REFUSED,   /* it failed, said why, left nothing; what follows works */
	REPEATED,  /* done all the same */
	FELL_BACK, /* ENOSYS: done in the way of older kernels */
	ANSWERED,  /* done: a row of answered.inc says why */
	TOLERATED, /* done, though something is lost: a row of tolerated.inc says why */
	RESIDUE,   /* something is left, and the next start, or the same operation again, takes it away */
	BAD,       /* a complaint was printed */
	VERDICT_COUNT
};

/* Makes the counters of rows shared with processes that are forked from now on. */
void judge_init(void);
enum verdict judge(const struct point *point, struct host *host, struct lxc_container *c, enum outcome outcome,
		   const struct worlds *worlds);
/* One whose process did not end as it should; wait_status as wait(2) has it. */
enum verdict judge_end(const struct point *point, int wait_status);
void judge_complain(const struct point *point, const char *what, const char *detail);
/* Prints each row with how often it was needed; the number of those that never were. */
unsigned judge_print_rows(void);

#endif
