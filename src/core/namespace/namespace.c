/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/namespace/namespace.h"

#include "core/base/cleanup.h"

#include <errno.h>
#include <linux/sched.h>
#include <string.h>
#include <strings.h>

const struct namespace_kind namespace_kinds[NAMESPACE_COUNT] = {
	{ "user", "LXC_USER_NS", CLONE_NEWUSER },
	{ "mnt", "LXC_MNT_NS", CLONE_NEWNS },
	{ "pid", "LXC_PID_NS", CLONE_NEWPID },
	{ "uts", "LXC_UTS_NS", CLONE_NEWUTS },
	{ "ipc", "LXC_IPC_NS", CLONE_NEWIPC },
	{ "net", "LXC_NET_NS", CLONE_NEWNET },
	{ "cgroup", "LXC_CGROUP_NS", CLONE_NEWCGROUP },
	{ "time", "LXC_TIME_NS", CLONE_NEWTIME },
};

int namespace_find(const char *name, bool any_case)
{
	if (any_case && strcasecmp(name, "mount") == 0)
		name = "mnt";
	for (int i = 0; i < NAMESPACE_COUNT; i++) {
		if ((any_case ? strcasecmp : strcmp)(namespace_kinds[i].name, name) == 0)
			return i;
	}
	return -EINVAL;
}

/* Namespaces that make no sense on this host or for this configuration, unless somebody named them. */
static uint64_t useless(const struct namespace_wish *wish, bool named)
{
	uint64_t flags = 0;

	if (!wish->has_idmap)
		flags |= CLONE_NEWUSER;
	if (!wish->has_cgroup_ns)
		flags |= CLONE_NEWCGROUP;
	if (!wish->has_time_offset)
		flags |= CLONE_NEWTIME;
	if (!named && wish->net_is_none)
		flags |= CLONE_NEWNET;
	return flags;
}

uint64_t namespace_choose(const struct namespace_wish *wish)
{
	uint64_t all = 0, want;

	for (int i = 0; i < NAMESPACE_COUNT; i++)
		all |= namespace_kinds[i].flag;
	if (wish->keep)
		want = all & ~wish->keep & ~useless(wish, true);
	else if (wish->clone)
		want = wish->clone;
	else
		want = all & ~useless(wish, false);
	return want & ~wish->share;
}
