/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * conformance: one script of operations, run on the real kernel and on the model; every result must
 * be the same.
 *
 * A script works below /mnt, which is a fresh private tmpfs, as root, in a mount namespace of its
 * own. What it says is compared as text: "expression = result", a descriptor is just "fd".
 */
#ifndef TESTS_CONFORMANCE_FILES_H
#define TESTS_CONFORMANCE_FILES_H

#include "core/base/err.h"
#include "core/base/str.h"
#include "sys/sys.h"

#include <errno.h>
#include <stdio.h>

/* All scripts, or the one of this name; how many lines differed. -EPERM: we may not mount. */
int files_compare(const char *only);

struct script {
	struct sys *sys;
	struct str said;
};

/* TRY: a result of 0 or an errno. OPEN: a descriptor; gives it. */
void say(struct script *script, const char *what, long ret);
int say_fd(struct script *script, const char *what, int ret);
#define TRY(call) say(s, #call, (long)(call))
#define OPEN(call) say_fd(s, #call, (int)(call))
void say_mounts(struct script *script);			/* what is mounted at and below /mnt */
void say_text(struct script *script, const char *path); /* contents of a small file */
void say_stat(struct script *script, int dirfd, const char *path, int flags);
int open_at(struct script *script, int dirfd, const char *path, uint64_t flags, uint64_t resolve);
int put_text(struct script *script, const char *path, const char *text);
/* Runs a part of the script in a child with these clone flags. */
void say_child(struct script *script, uint64_t flags, void (*part)(struct script *script));

#define S (s->sys)

void script_names(struct script *s);
void script_walks(struct script *s);
void script_users(struct script *s);
void script_mounts(struct script *s);
void script_propagation(struct script *s);
void script_descriptors(struct script *s);
void script_pivot(struct script *s);
void script_terminals(struct script *s);
void script_user_ns(struct script *s);
void script_cgroups(struct script *s);
void script_xattrs(struct script *s);
void script_bpf(struct script *s);

#endif
