/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seccomp: the text of a profile -> rules -> a program that answers system calls.
 *
 *	const struct seccomp_host *host = seccomp_host_find("x86_64");
 *	ret = seccomp_parse(&profile, host, "web.seccomp", text, len, &remarks, err);
 *	ret = seccomp_compile(&profile, &program, &remarks, err);
 *
 * Pure: reads no file, asks no kernel, loads nothing. The same text and host give the same program,
 * on whatever machine. Names and programs are libseccomp's (sys/lib/filter.h); what a program
 *answers says seccomp/eval.h. A profile is read-only after parsing: share it between threads.
 * Sources: lxc.container.conf(5); the announcement of LXC 3.0.0; profiles offered to LXC 5.0.2.
 */
#ifndef SECCOMP_SECCOMP_H
#define SECCOMP_SECCOMP_H

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/vec.h"
#include "sys/lib/filter.h"

#include <stdbool.h>
#include <stdint.h>

/* --- hosts --- */

/* A kind of kernel: the architectures whose programs it runs. */
struct seccomp_host {
	const char *name;		  /* of the native architecture, as sections write it */
	uint32_t archs[FILTER_ARCHS_MAX]; /* AUDIT_ARCH_*, the native one first */
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

/* One line of a profile. */
struct seccomp_rule {
	struct filter_rule filter; /* arch 0: all of the host */
	uint32_t line, column;
};

/* Owns all texts. */
struct seccomp_profile {
	const struct seccomp_host *host;
	const char *file;
	uint32_t version;  /* of the format: 1 or 2 */
	uint32_t fallback; /* the answer when no rule matches: SECCOMP_RET_* with an errno */
	struct vec rules;  /* of struct seccomp_rule, as written; unknown calls are left out */
	struct arena texts;
};

void seccomp_profile_finish(struct seccomp_profile *profile); /* NULL and zeroed are fine */
#define _cleanup_seccomp_profile_ _cleanup_(seccomp_profile_finish)

/*
 * Reads a profile for a host; file names it in remarks. Sections of architectures that the host
 * does not have are passed over unread. Adds all there is to say to *remarks, errors and warnings,
 * not only the first; among them errors: what is no profile; numbers out of range; an action that
 * is the policy's default; rules that contradict each other; tests that the architecture of the
 * section cannot make; warnings: calls that are unknown, or absent on one architecture; rules that
 * never count; tests that are always or never true; values that an architecture of 32 bits cuts. 0;
 * -EINVAL: there are errors, *err is the first of them (its origin is file, line and the text of
 * that line) and *profile is zeroed; -ENOMEM.
 */
int seccomp_parse(struct seccomp_profile *profile, const struct seccomp_host *host,
		  const char *file, const char *text, size_t len, struct seccomp_remarks *remarks,
		  struct err *err);

/* Whether a rule asks for a supervisor (action notify), so that loading gives a listener. */
bool seccomp_wants_listener(const struct seccomp_profile *profile);

/*
 * Adds the rules of each architecture, normalised, to *rules (struct filter_rule): what the program
 * is made of. Calls that an architecture does not have, and tests that it cannot make, are left
 * out; on 32 bits values are cut; tests are ordered by argument. The names stay the profile's. 0 or
 * -ENOMEM.
 */
int seccomp_flatten(const struct seccomp_profile *profile, struct vec *rules);

/*
 * Makes the program: struct sock_filter items in the empty *program, which the caller finishes. It
 * passes seccomp_check(). 0; -EINVAL: libseccomp refuses a rule (also a remark); -E2BIG: too large
 * for a kernel; -ENOMEM; errors of a memfd. *program is untouched then.
 */
int seccomp_compile(const struct seccomp_profile *profile, struct vec *program,
		    struct seccomp_remarks *remarks, struct err *err);

#endif
