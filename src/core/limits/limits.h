/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * limits: names and values of resource limits <-> numbers. Pure; no privilege.
 *
 * Source: getrlimit(2); lxc.container.conf(5), lxc.prlimit.
 */
#ifndef LIMITS_LIMITS_H
#define LIMITS_LIMITS_H

#include <sys/resource.h>

/* "nofile" -> RLIMIT_NOFILE; a decimal number below RLIM_NLIMITS is itself. -EINVAL: neither. */
int limits_number(const char *name);

/*
 * "SOFT[:HARD]", each a decimal number or "unlimited"; without HARD it is SOFT. As lxc.prlimit.* holds it.
 * 0; -EINVAL; -ERANGE.
 */
int limits_parse(const char *text, struct rlimit *out);

#endif
