/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/ipc/ipc.h"

#include <errno.h>

static const char *const names[] = {
	[IPC_STOPPED] = "STOPPED",   [IPC_STARTING] = "STARTING", [IPC_RUNNING] = "RUNNING",
	[IPC_STOPPING] = "STOPPING", [IPC_ABORTING] = "ABORTING", [IPC_FREEZING] = "FREEZING",
	[IPC_FROZEN] = "FROZEN",     [IPC_THAWED] = "THAWED",
};

const char *ipc_state_name(enum ipc_state state)
{
	return (unsigned)state < IPC_STATE_COUNT ? names[state] : "UNKNOWN";
}

static int parse_one(const char *text, size_t len, unsigned *mask)
{
	for (unsigned i = 0; i < IPC_STATE_COUNT; i++) {
		if (strlen(names[i]) == len && memcmp(names[i], text, len) == 0) {
			*mask |= 1U << i;
			return 0;
		}
	}
	return -EINVAL;
}

int ipc_states_parse(const char *text, unsigned *mask)
{
	unsigned found = 0;

	for (;;) {
		size_t len = strcspn(text, "|");

		if (parse_one(text, len, &found) < 0)
			return -EINVAL;
		if (text[len] == '\0')
			break;
		text += len + 1;
	}
	*mask = found;
	return 0;
}
