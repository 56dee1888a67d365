/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc-freeze: make a container stand still. */
#include "tools/tool.h"

static const struct tool_option options[] = { TOOL_END };
static const struct tool_spec spec = {
	.program = "lxc-freeze",
	.synopsis = "[-n] NAME",
	.about = "Freezes all processes of the container NAME; returns when they stand still.",
	.options = options,
};

int main(int argc, char **argv)
{
	_cleanup_container_ struct lxc_container *c = NULL;
	struct tool tool;
	int ret = tool_parse(&tool, &spec, argc, argv, NULL);

	if (ret >= 0)
		return ret;
	c = tool_container(&tool);
	if (!c)
		return 1;
	return c->freeze(c) ? 0 : 1;
}
