/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan/image: what the readers of an image share: the form of each kind of step, and its words.
 *
 * Private to the room. No allocation, no state: constant tables over the image that plan_check has
 * accepted.
 */
#ifndef PLAN_IMAGE_H
#define PLAN_IMAGE_H

#include "core/plan/plan.h"

#define STEP_ARGS 4
#define PLAN_FLAGS_ALL (PLAN_HAS_PRE_START | PLAN_DAEMON | PLAN_USE_INIT | PLAN_NO_BODY)

/* How a number is written for people. */
enum number_kind {
	NUMBER_PLAIN,
	NUMBER_OCTAL,
	NUMBER_HEX,
	NUMBER_CLONE,
	NUMBER_MS,
	NUMBER_ATTR,
	NUMBER_CAPS,
	NUMBER_STATE,
	NUMBER_BARRIER,
	NUMBER_LIMIT,
};

/* One row of steps.def. Unused arguments are called "_". */
struct step_form {
	const char *name;
	const char *words;
	const char *str_names[STEP_ARGS];
	const char *num_names[STEP_ARGS];
};

const struct step_form *step_form(unsigned kind); /* kind < STEP_KIND_COUNT */
bool step_arg_used(const char *name);
enum number_kind step_number_kind(unsigned kind, int num);
/* The number that counts the strings of this vector argument; -1: it is a single string. */
int step_vec_count(unsigned kind, int str);

/* A number as people read it: "MS_SLAVE|MS_REC", "0755", "cap_chown,cap_kill". Always terminated;
 * the length (cut). */
size_t step_number(enum number_kind kind, int64_t value, char *buf, size_t size);

#endif
