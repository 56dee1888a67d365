/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thawing, so that what is to die can: in a frozen cgroup of version 1 even SIGKILL waits. */
#include "core/cgroup/cgroup.h"
#include "core/run/steps.h"

#include <errno.h>
#include <stdio.h>

#define ROUNDS_MAX 100
#define ROUND_NS 10000000L

static bool has_freezer(const struct run_hierarchy *h)
{
	return cgroup_list_has(h->controllers, strlen(h->controllers), "freezer");
}

/* Tried twice: who waits for the end of a frozen container would wait for ever. */
static int thaw(struct sys *sys, const struct run_hierarchy *h)
{
	const char *file = h->v2 ? "cgroup.freeze" : "freezer.state";
	const char *word = h->v2 ? "0" : "THAWED";
	int ret = io_write_at(sys, h->dir_fd, file, word);

	return ret < 0 ? io_write_at(sys, h->dir_fd, file, word) : 0;
}

int run_thaw(struct run *run)
{
	int failed = 0;

	for (unsigned i = 0; i < run->hierarchy_count; i++) {
		const struct run_hierarchy *h = &run->hierarchies[i];
		int ret = h->dir_fd >= 0 && (h->v2 || has_freezer(h)) ? thaw(run->sys, h) : 0;

		/* Version 2 freezes since Linux 5.2. */
		if (ret < 0 && !(h->v2 && ret == -ENOENT))
			failed = ret;
	}
	return failed;
}

/* --- what a killed supervisor left frozen --- */

static bool is_dying(struct sys *sys, uint64_t pid)
{
	char path[48], text[4096];
	const char *line;
	uint64_t pending = 0;

	(void)snprintf(path, sizeof(path), "/proc/%llu/status", (unsigned long long)pid);
	if (io_read_at(sys, AT_FDCWD, path, text, sizeof(text)) < 0)
		return false;
	line = strstr(text, "\nShdPnd:");
	return line && str_to_mask(line + 8, &pending) == 0 && pending >> (SIGKILL - 1) & 1U;
}

/* Whether one of the members was killed, with whom those of its pid namespace go. */
static bool has_dying_member(struct sys *sys, int dirfd)
{
	char text[4096];
	char *at = text;

	if (io_read_at(sys, dirfd, "cgroup.procs", text, sizeof(text)) < 0)
		return false;
	for (char *line; (line = str_next_word(&at, "\n"));) {
		uint64_t pid;

		if (str_to_decimal(line, &pid) == 0 && is_dying(sys, pid))
			return true;
	}
	return false;
}

static bool thaw_dying(struct sys *sys, const struct run_hierarchy *h, const char *name)
{
	const struct timespec pause = { .tv_nsec = ROUND_NS };
	_cleanup_fd_ struct fd parent = { 0 }, dir = { 0 };
	char left[16];
	int ret = io_open(sys, AT_FDCWD, h->parent, O_PATH | O_DIRECTORY, 0, 0);

	if (ret < 0)
		return false;
	parent = fd_of(sys, ret);
	ret = cgroup_lock(sys, parent.n, name);
	if (ret < 0)
		return false;
	dir = fd_of(sys, ret);
	if (!has_dying_member(sys, dir.n) || io_write_at(sys, dir.n, "freezer.state", "THAWED") < 0)
		return false;
	for (unsigned i = 0; i < ROUNDS_MAX; i++) {
		if (io_read_at(sys, dir.n, "cgroup.procs", left, sizeof(left)) == 0)
			return true;
		(void)sys_clock_nanosleep(sys, CLOCK_MONOTONIC, 0, &pause, NULL);
	}
	return false;
}

bool cgroup_thaw_left(struct run *run, const char *name)
{
	for (unsigned i = 0; i < run->hierarchy_count; i++) {
		const struct run_hierarchy *h = &run->hierarchies[i];

		if (!h->v2 && has_freezer(h))
			return thaw_dying(run->sys, h, name);
	}
	return false;
}
