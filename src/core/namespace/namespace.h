/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * namespace: the kinds of namespaces, their names, and which of them a container gets. Pure; no privilege.
 *
 * Sources: namespaces(7); lxc.container.conf(5), "NAMESPACE CLONE/INHERITANCE".
 */
#ifndef NAMESPACE_NAMESPACE_H
#define NAMESPACE_NAMESPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One kind; the order of the table is the order of joining, and of the stop hook's arguments. */
struct namespace_kind {
	const char *name;     /* below /proc/PID/ns, and in the configuration */
	const char *variable; /* in the environment of stop hooks */
	uint64_t flag;        /* CLONE_NEW* */
};
#define NAMESPACE_COUNT 8
extern const struct namespace_kind namespace_kinds[NAMESPACE_COUNT]; /* user mnt pid uts ipc net cgroup time */

/* The index of a name; any_case: letters of any case, and "mount" for "mnt" (clone, keep). -EINVAL: none. */
int namespace_find(const char *name, bool any_case);

/* What a configuration says, for the choice. */
struct namespace_wish {
	uint64_t keep, clone, share;  /* bit sets; keep and clone 0: not given */
	bool has_idmap;
	bool net_is_none;             /* all network devices are of type none */
	bool has_cgroup_ns;           /* the kernel has them */
	bool has_time_offset;
};
/* The namespaces of the container's own: CLONE_NEW*. */
uint64_t namespace_choose(const struct namespace_wish *wish);

#endif
