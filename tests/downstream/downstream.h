/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One function a product; each asserts what it says. */
#ifndef DOWNSTREAM_H
#define DOWNSTREAM_H

#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <string.h>

void parse_a_configuration(void);
void filter_system_calls(void);
void keep_the_last_bytes(void);
void look_at_cgroups(void);
void print_a_plan(void);
void live_a_life(void);

#endif
