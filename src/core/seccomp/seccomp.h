/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seccomp: the text of a profile -> rules -> a program that answers system calls.
 *
 *	const struct seccomp_host *host = seccomp_host_find("x86_64");
 *	ret = seccomp_parse(&profile, host, "web.seccomp", text, len, &remarks, err);
 *	ret = seccomp_compile(&profile, &program, err);
 *
 * Pure: reads no file, asks no kernel, loads nothing. The same text and host give the same program,
 * on whatever machine, with the same libseccomp: names and numbers of calls are the library's,
 * programs our own. What a program answers says seccomp/eval.h. A profile is read-only after
 * parsing: share it between threads.
 *
 * Sources: lxc.container.conf(5); the announcement of LXC 3.0.0; profiles offered to LXC 5.0.2.
 */
#ifndef SECCOMP_SECCOMP_H
#define SECCOMP_SECCOMP_H

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/vec.h"

#include <stdbool.h>
#include <stdint.h>

/* --- hosts --- */

#define SECCOMP_ARCHS_MAX 3

/* A kind of kernel: the architectures whose programs it runs. */
struct seccomp_host {
	const char *name; /* of the native architecture, as sections write it */
	/* AUDIT_ARCH_*, the native one first; x32 is x86_64 without the 64-bit flag. */
	uint32_t archs[SECCOMP_ARCHS_MAX];
	size_t arch_count;
};

/* The host that calls its machine so (uname -m: "x86_64", "aarch64"); NULL: none that libseccomp
 * knows. Static. */
const struct seccomp_host *seccomp_host_find(const char *machine);

/* Host i of all that are known, NULL behind the last. */
const struct seccomp_host *seccomp_host_at(size_t i);

/* The name of an architecture as sections write it ("x32"); "?" for others. Static. */
const char *seccomp_arch_name(uint32_t arch);

/* The architecture of a section's name, all lower or all upper case. 0: none, or libseccomp does
 * not know it. */
uint32_t seccomp_arch_find(const char *name);

/* --- remarks --- */

enum seccomp_severity { SECCOMP_WARNING, SECCOMP_ERROR };

/* What there is to say about a place of a profile. */
struct seccomp_remark {
	enum seccomp_severity severity;
	const char *file;      /* as given to seccomp_parse() */
	uint32_t line, column; /* from 1; the column counts bytes */
	const char *words;     /* one line, lower case, no full stop */
};

/* Many of them. Owns all texts. Starts zeroed; may collect from several profiles. */
struct seccomp_remarks {
	struct vec list; /* of struct seccomp_remark; those of one profile by line and column */
	struct arena texts;
	size_t errors; /* how many of them are errors */
};

void seccomp_remarks_finish(struct seccomp_remarks *remarks); /* NULL and zeroed are fine */
#define _cleanup_seccomp_remarks_ _cleanup_(seccomp_remarks_finish)

static inline const struct seccomp_remark *seccomp_remark_at(const struct seccomp_remarks *remarks,
							     size_t i)
{
	return vec_at(&remarks->list, const struct seccomp_remark, i);
}

/* --- profiles --- */

#define SECCOMP_RULES_MAX 4096 /* more rules than a kernel takes instructions */

#define SECCOMP_ARGS 6 /* of a system call */

/* Comparisons of unsigned numbers. */
enum seccomp_op {
	SECCOMP_NE = 1,
	SECCOMP_LT,
	SECCOMP_LE,
	SECCOMP_EQ,
	SECCOMP_GE,
	SECCOMP_GT,
	SECCOMP_MASKED_EQ, /* (argument & mask) == value */
};

struct seccomp_test {
	uint32_t arg; /* 0 .. 5 */
	enum seccomp_op op;
	uint64_t value;
	uint64_t mask; /* 0 for other comparisons */
};

/* One answer to one call. */
struct seccomp_rule {
	uint32_t arch;	  /* 0: all of the host */
	const char *call; /* its name; NULL: a number of format 1 */
	int32_t number;	  /* as in seccomp_data; 0 as long as there is only a name */
	uint32_t action;  /* SECCOMP_RET_* with an errno */
	uint32_t test_count;
	struct seccomp_test tests[SECCOMP_ARGS]; /* all must be true */
	uint32_t line, column;			 /* where it is written */
	uint32_t index;				 /* among the rules of its profile */
};

/* Owns all texts. */
struct seccomp_profile {
	const struct seccomp_host *host;
	const char *file;
	uint32_t version;  /* of the format: 1 or 2 */
	uint32_t fallback; /* the answer when no rule matches: SECCOMP_RET_* with an errno */
	struct vec rules;  /* of struct seccomp_rule, as written; unknown calls are left out */
	/*
	 * What the program is made of: struct seccomp_rule, each for one architecture and number;
	 * sorted by these, then by line. Calls that an architecture does not have are left out; a
	 * call that goes through socketcall or ipc is a rule for these; values have 32 bits where
	 * arguments do.
	 */
	struct vec flat;
	struct arena texts;
};

void seccomp_profile_finish(struct seccomp_profile *profile); /* NULL and zeroed are fine */
#define _cleanup_seccomp_profile_ _cleanup_(seccomp_profile_finish)

/*
 * Reads a profile for a host; file names it in remarks, text needs no end. Sections of
 * architectures that the host does not have are passed over unread. Adds all there is to say to
 * *remarks, not only the first error:
 *
 * - errors: what is no profile; numbers out of range; an action that is the policy's already; rules
 *   that contradict each other; tests that the architecture of the section cannot make;
 * - warnings: calls that are unknown, or absent on one architecture; rules that never count, or not
 *   for all calls that they name; tests that are always or never true; values above 32 bits where
 *   arguments have 32; words that do not count.
 *
 * 0; -EINVAL: there are errors, *err is the first of them (its origin is file, line and the text of
 * that line); -ENOMEM. *profile is zeroed then.
 */
int seccomp_parse(struct seccomp_profile *profile, const struct seccomp_host *host,
		  const char *file, const char *text, size_t len, struct seccomp_remarks *remarks,
		  struct err *err);

/* Whether a rule asks for a supervisor (action notify), so that loading gives a listener. */
bool seccomp_wants_listener(const struct seccomp_profile *profile);

/*
 * Makes the program: struct sock_filter items in the empty *program, which the caller finishes. It
 * passes seccomp_check(), in the byte order of this machine. Calls of architectures that the host
 * does not have kill the thread. Of the rules for one call the first without tests counts; if there
 * is none, the first whose tests are true; else the policy's action.
 *
 * 0; -E2BIG: more instructions than a kernel takes; -ENOMEM. *program is untouched then.
 */
int seccomp_compile(const struct seccomp_profile *profile, struct vec *program, struct err *err);

#endif
