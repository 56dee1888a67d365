/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * conformance/coverage: which results of which operations the scripts have seen, in both worlds.
 *
 * What no script does, nobody has compared: each row of sys_ops.def must have succeeded once and
 * failed in two ways in each world. The counts are in memory that all processes of the test share.
 */
#ifndef TESTS_CONFORMANCE_COVERAGE_H
#define TESTS_CONFORMANCE_COVERAGE_H

#include "core/base/str.h"
#include "sys/sys.h"

enum world { WORLD_LINUX, WORLD_FAKE, WORLD_COUNT };

/* Before the first script. */
void coverage_begin(void);
/* The same world, with its results counted. Valid until the next call for a world of that kind. */
struct sys *coverage_of(struct sys *sys, enum world world);
/* Adds a line for each operation that has too few rows, and for each excuse that is not needed. */
void coverage_complain(struct str *out);

#endif
