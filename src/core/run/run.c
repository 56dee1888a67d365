/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What runs the host side of a plan, before its first step. */
#include "core/run/life.h"

#include <string.h>

void run_begin(struct run *run)
{
	run->init_pid = 0;
	run->init_pidfd = -1;
	run->init_inside = 0;
	run->init_status = 0;
	run->reaped = false;
	run->handshake_fd = -1;
	run->hierarchy_count = 0;
	for (int i = 0; i < RUN_HIERARCHIES_MAX; i++)
		run->hierarchies[i] = (struct run_hierarchy){ .dir_fd = -1 };
	run->cgroup_name[0] = '\0';
	for (int i = 0; i < RUN_NS_COUNT; i++)
		run->ns_fds[i] = -1;
	run->pin_fd = -1;
	run->console_master = -1;
	run->console_slave = -1;
	run->console_log_fd = -1;
	run->relay = (struct run_relay){ .peer_fd = -1, .proxy_slot = -1 };
	run->tty_count = 0;
	run->terminals_received = false;
	run->kill_at_ms = 0;
	run->transient_pid = 0;
	run->transient_pidfd = -1;
	run->lock_fd = -1;
	run->mark_fd = -1;
	run->started = false;
	run->reboot = false;
	memset(run->done, 0, sizeof(run->done));
}
