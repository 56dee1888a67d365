/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * conformance: scripts of operations that must have the same results on the model kernel and on
 * Linux.
 *
 * A script notes what it sees, as lines of text without numbers that differ between kernels
 * (descriptors, pids, inodes). It starts with the descriptors 0 to 2 closed, as root of the machine
 * it runs on, in a process of its own, and leaves nothing.
 */
#ifndef TESTS_CONFORMANCE_H
#define TESTS_CONFORMANCE_H

#include "core/base/str.h"
#include "sys/sys.h"

struct script {
	const char *name;
	void (*run)(struct sys *sys, struct str *out);
	const char *const *lines; /* instead of run: for a network, see net_words.h; the last is NULL */
	bool filtered; /* by seccomp: its failures say nothing about the operations, and are not counted */
};

extern const struct script process_scripts[], socket_scripts[], event_scripts[],
	namespace_scripts[], proc_scripts[], link_scripts[], address_scripts[],
	network_scripts[], row_scripts[],
	seccomp_scripts[]; /* each ends with a NULL name */

/* "WHAT: ok" or "WHAT: ENOENT". Returns ret. */
long note(struct str *out, const char *what, long ret);
/* "WHAT: 3" or "WHAT: ENOENT", for results that are equal on both. */
long note_n(struct str *out, const char *what, long ret);

/* What a child of a script gets; a flat copy. */
struct child {
	struct sys *sys;
	int fd, number;
};
pid_t start(struct sys *sys, uint64_t flags, sys_child_fn fn, struct child child);
/* Waits for a child and notes how it ended. */
void note_end(struct str *out, const char *what, struct sys *sys, pid_t pid);
int nap(struct sys *sys, int ms);

/* network.c: notes each line and what came of it. */
struct net_words;
void note_lines(struct str *out, struct net_words *net, const char *const *lines);
/* Runs lines in a new network namespace. */
void run_lines(struct sys *sys, struct str *out, const char *const *lines);
/* Kinds of links that this machine's kernel does not have, as fake_options want them. Changes nothing outside a process of its
   own. -errno: no network namespace can be made. */
int lacking_link_kinds(struct str *out);
/* files.c has scripts of its own, on names, mounts and what hangs on them: all, or the one of this name. How many lines differed;
 * -EPERM: we may not mount. */
int files_compare(const char *only);

#endif
