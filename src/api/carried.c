/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names for what the build puts between the labels (carried.S). */
#include "api/carry.h"

extern const char carried_supervisor_begin[], carried_supervisor_end[];
extern const char carried_planner_begin[], carried_planner_end[];
extern const char carried_init_begin[], carried_init_end[];

const char *carried_bytes(enum carried which, size_t *len)
{
	static const char *const ranges[][2] = {
		[CARRIED_SUPERVISOR] = { carried_supervisor_begin, carried_supervisor_end },
		[CARRIED_PLANNER] = { carried_planner_begin, carried_planner_end },
		[CARRIED_INIT] = { carried_init_begin, carried_init_end },
	};

	*len = (size_t)(ranges[which][1] - ranges[which][0]);
	return ranges[which][0];
}
