/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroup: where containers go in the host's cgroup hierarchies: what is mounted where, names, list arithmetic.
 *
 * Pure text functions over buffers of the caller, [child]: no allocation, no state. Only cgroup_layout_read looks at the
 * host. Sources: cgroups(7), the kernel's cgroup-v1/ and cgroup-v2.rst, proc(5).
 */
#ifndef CGROUP_CGROUP_H
#define CGROUP_CGROUP_H

#include "core/base/err.h"
#include "sys/sys.h"

/* --- /proc/PID/cgroup --- */

/* One line "ID:CONTROLLERS:PATH". Pointers into the text, not terminated. */
struct cgroup_line {
	const char *controllers;
	size_t controllers_len;
	const char *path;
	size_t path_len;
	bool v2;
};
/* The next well-formed line of *rest, which moves on; false at the end. Paths may contain colons. */
bool cgroup_line_next(const char **rest, struct cgroup_line *out);
/* Is this one of the comma-separated words? */
bool cgroup_list_has(const char *list, size_t len, const char *word);
/*
 * Path of the process in the hierarchy of a v1 controller ("memory", "name=systemd"), or of v2 (controller NULL).
 * 0; -ENOENT: no such line; -ENAMETOOLONG.
 */
int cgroup_path_of(const char *text, const char *controller, char *buf, size_t size);

/* --- names --- */

/* Container's cgroup below each base: DIR/NAME when dir is set, else pattern with each "%n" replaced. 0, -ENAMETOOLONG. */
int cgroup_name(const char *pattern, const char *dir, const char *name, char *buf, size_t size);
/* The n-th try: NAME, NAME-1, ... NAME-999. 0; -ENAMETOOLONG; -EUSERS: n is beyond. */
#define CGROUP_SUFFIX_MAX 999U
int cgroup_name_try(const char *name, unsigned n, char *buf, size_t size);
/* MNT, BASE, NAME joined with exactly one slash between. 0, -ENAMETOOLONG. */
int cgroup_join(const char *mount, const char *base, const char *name, char *buf, size_t size);

/* --- cpusets --- */

/*
 * The CPUs of "0-3,8" without those of two other lists (NULL, empty or not beginning with a digit: nothing to take out), as
 * single numbers "0,1,3"; the list unchanged when nothing was taken out or nothing would be left.
 * 0; -EINVAL: cpus is no list; -ERANGE: a number beyond 8191; -ENAMETOOLONG.
 */
int cgroup_cpus_without(const char *cpus, const char *isolated, const char *offline, char *buf, size_t size);

/* --- layout of the host --- */

#define CGROUP_HIERARCHIES_MAX 24

enum cgroup_kind { CGROUP_NONE, CGROUP_LEGACY, CGROUP_HYBRID, CGROUP_UNIFIED };

struct cgroup_hierarchy {
	bool v2;
	char mount[128];        /* "/sys/fs/cgroup/memory" */
	char base[256];         /* "/", "/user.slice": containers go below */
	char controllers[256];  /* "cpu,cpuacct", "name=systemd"; v2: what may be enabled, perhaps "" */
};

struct cgroup_layout {
	enum cgroup_kind kind;
	unsigned count;
	struct cgroup_hierarchy hierarchies[CGROUP_HIERARCHIES_MAX];
};

/*
 * What these two texts say (a host that is not purely unified). self: /proc/PID/cgroup of the process that defines the base;
 * relative: keep a final /init.scope. Hierarchies without a base are left out.
 */
void cgroup_layout_parse(const char *self, const char *mountinfo, bool relative, struct cgroup_layout *out);
/* Keeps the hierarchies that have one of these controllers (comma list; NULL or "": all). 0; -ENOENT: one has no hierarchy. */
int cgroup_layout_use(struct cgroup_layout *layout, const char *use, struct err *err);
/* Number of the v1 hierarchy of a controller, or of v2 (NULL); -ENOENT. */
int cgroup_layout_find(const struct cgroup_layout *layout, const char *controller);

/*
 * Looks at the host; changes nothing. Root: below init's cgroup; others, and relative: below our own. Only hierarchies in
 * which we may create are kept; none at all is no error (kind CGROUP_NONE or count 0).
 */
int cgroup_layout_read(struct sys *sys, bool relative, const char *use, struct cgroup_layout *out,
		       struct err *err);

#endif
