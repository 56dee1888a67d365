/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/lib/filter: what libseccomp does for us: names and numbers of system calls, and BPF programs
 * made from a flat list of rules.
 *
 * libseccomp calls the kernel on its own (it asks what the running kernel can, and writes programs
 * to a descriptor): that is why it stands here and not in core. The questions are cut off: each
 * build tells the library to assume the newest kernel, for the whole process, so that a program
 * depends on its rules alone and may be made on one machine for another. What is left is a memfd,
 * written and read back. Nothing is ever loaded into a kernel here. No state of ours; safe in
 * several threads. Source: seccomp(3) pages of libseccomp 2.5.
 */
#ifndef SYS_LIB_FILTER_H
#define SYS_LIB_FILTER_H

#include "core/base/vec.h"

#include <stdbool.h>
#include <stdint.h>

/* The comparisons, all of unsigned numbers; the numbers are libseccomp's. */
enum filter_op {
	FILTER_NE = 1,
	FILTER_LT,
	FILTER_LE,
	FILTER_EQ,
	FILTER_GE,
	FILTER_GT,
	FILTER_MASKED_EQ
};

#define FILTER_ARGS 6	   /* arguments of a system call */
#define FILTER_ARCHS_MAX 3 /* architectures of one filter */

struct filter_test {
	uint32_t arg; /* 0 .. 5 */
	enum filter_op op;
	uint64_t value;
	uint64_t mask; /* of FILTER_MASKED_EQ: (argument & mask) == (value & mask) */
};

/* Architectures are AUDIT_ARCH_* numbers; x32 is that of x86_64 without the 64-bit flag. */
struct filter_rule {
	uint32_t arch;
	const char *call; /* its name; NULL: by number */
	int32_t number;	  /* if call is NULL */
	uint32_t action;  /* what the filter returns: SECCOMP_RET_* with an errno */
	uint32_t test_count;
	struct filter_test tests[FILTER_ARGS]; /* all must be true */
	uint32_t origin;		       /* the caller's own */
};

/* What filter_call() says of calls without a number. */
enum {
	FILTER_UNKNOWN = -1, /* no architecture has it */
	FILTER_ABSENT = -2,  /* another architecture has it */
	FILTER_MULTIPLEXED =
		-3, /* made through socketcall or ipc; perhaps by a number of its own, too */
};

/* Whether this libseccomp knows the architecture. */
bool filter_has_arch(uint32_t arch);

/* The call's number there (with bit 30 on x32), or one of the above. */
int filter_call(uint32_t arch, const char *name);

/* The name of a call (free() it); NULL: there is none, or no memory. */
char *filter_call_name(uint32_t arch, int number);

/*
 * Makes one program for all architectures of archs, the first of which is the native one: an array
 * of struct sock_filter, put into the empty *program. Calls that no rule matches give fallback;
 * calls of other architectures kill the thread. Of two rules without tests for one call the first
 * counts; it counts before all with tests. Which of several with tests counts is libseccomp's
 * choice.
 *
 * Returns 0; -EACCES: a rule's action is fallback; -EEXIST: an earlier rule has the same tests and
 * another action; -EDOM: the architecture has no such call, or libseccomp no name for this number
 * of an architecture that does not run it; -EINVAL: a test is impossible, or stands at a
 * multiplexed call. These leave the index of that rule in *refused, all others SIZE_MAX: -ENOMEM;
 * -E2BIG: too large for a kernel; errors of memfd_create(2), write(2) and read(2).
 */
int filter_build(const uint32_t *archs, size_t arch_count, uint32_t fallback,
		 const struct filter_rule *rules, size_t rule_count, struct vec *program,
		 size_t *refused);

#endif
