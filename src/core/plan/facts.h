/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan/facts: what a plan depends on besides the configuration: the host, read once, as a value.
 *
 * Tests make one by hand; the planner proper never looks at the host itself.
 */
#ifndef PLAN_FACTS_H
#define PLAN_FACTS_H

#include "core/base/str.h"
#include "core/cgroup/cgroup.h"
#include "core/config/config.h"

struct host_facts {
	struct cgroup_layout cgroups;
	char cgroup_pattern[256]; /* lxc.cgroup.pattern of lxc.conf: "lxc/%n" */
	uint64_t namespaces;	  /* CLONE_NEW* that the kernel has */
	unsigned last_cap;	  /* highest capability of the kernel */
	struct str fstab;	  /* text of the file that lxc.mount.fstab names */
};

#define _cleanup_facts_ _cleanup_(facts_finish)
void facts_finish(struct host_facts *facts); /* zeroed is fine */

/* Looks at the host; changes nothing. envp: for HOME, may be NULL. 0 or -errno. */
int facts_read(struct sys *sys, const struct config *config, char *const *envp,
	       struct host_facts *out, struct err *err);

#endif
