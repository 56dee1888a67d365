/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc-stop: end or reboot a container. */
#include "tools/tool.h"

#include <limits.h>

#define NOT_GIVEN LONG_MIN

static struct stop_options {
	bool reboot, kill, nowait, nokill, nolock;
	long timeout;
} opt = { .timeout = NOT_GIVEN };

#define AT(member) offsetof(struct stop_options, member)
static const struct tool_option options[] = {
	{ 'r', "reboot", NULL, TOOL_FLAG, AT(reboot), "reboot instead of stopping" },
	{ 'k', "kill", NULL, TOOL_FLAG, AT(kill), "kill at once" },
	{ 'W', "nowait", NULL, TOOL_FLAG, AT(nowait), "do not wait for the end" },
	{ 't', "timeout", "SECONDS", TOOL_LONG, AT(timeout), "wait so long (default 60; -1: for ever), then kill" },
	{ 0, "nokill", NULL, TOOL_FLAG, AT(nokill), "do not kill after the timeout" },
	{ 0, "nolock", NULL, TOOL_FLAG, AT(nolock), "take no locks (with --kill)" },
	TOOL_END,
};
static const struct tool_spec spec = {
	.program = "lxc-stop",
	.synopsis = "[-n] NAME [-r] [-k] [-W] [-t SECONDS] [--nokill] [--nolock]",
	.about = "Asks the container NAME to shut down, and kills it when it does not.",
	.options = options,
};

static int check(const struct tool *tool)
{
	if (!opt.kill && opt.timeout < -1 && opt.timeout != NOT_GIVEN)
		return tool_misused(tool, "invalid timeout %ld", opt.timeout);
	if (opt.kill && opt.nokill)
		return tool_misused(tool, "--kill and --nokill contradict each other");
	if (opt.kill && opt.reboot)
		return tool_misused(tool, "--kill and --reboot contradict each other");
	if (opt.kill && opt.timeout != NOT_GIVEN && opt.timeout != 0)
		return tool_misused(tool, "--kill and --timeout contradict each other");
	if (opt.nolock && !opt.kill)
		return tool_misused(tool, "--nolock is for --kill only");
	return -1;
}

static int shut_down(struct lxc_container *c, int timeout)
{
	if (c->shutdown(c, timeout))
		return 0;
	if (opt.nokill)
		return 1;
	return c->stop(c) ? 0 : 1;
}

int main(int argc, char **argv)
{
	_cleanup_container_ struct lxc_container *c = NULL;
	struct tool tool;
	int timeout, ret = tool_parse(&tool, &spec, argc, argv, &opt);

	if (ret >= 0)
		return ret;
	ret = check(&tool);
	if (ret >= 0)
		return ret;
	timeout = opt.nowait ? 0 : opt.timeout == NOT_GIVEN ? 60 : (int)opt.timeout;
	c = tool_container(&tool);
	if (!c)
		return 1;
	if (!c->is_running(c)) {
		(void)tool_fail(&tool, "container is not running");
		return 2;
	}
	if (opt.kill)
		return c->stop(c) ? 0 : 1;
	if (opt.reboot)
		return c->reboot2(c, timeout) ? 0 : 1;
	return shut_down(c, timeout);
}
