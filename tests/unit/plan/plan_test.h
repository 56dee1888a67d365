/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the tests of the plan room share: a host made by hand, images of configuration files, golden
 * texts.
 */
#ifndef PLAN_TEST_H
#define PLAN_TEST_H

#include "core/plan/planner.h"

/* A word of an argv, which is not const. */
#define WORD(text) ((char[]){ text })

/* A hybrid host with some v1 hierarchies and capabilities up to 40. */
struct host_facts host_hybrid(void);
struct host_facts host_unified(void);

/* Plans golden/NAME.config. The image is the caller's to free. Fails the test on an error. */
struct plan *plan_of(const char *name, struct plan_request request, const struct host_facts *facts);

/* Compares with golden/FILE; UPDATE_GOLDEN=1 rewrites it instead. */
void assert_golden(const char *file, const char *text);

#endif
