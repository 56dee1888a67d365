/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc-unfreeze: let a frozen container go on. */
#include "tools/tool.h"

static const struct tool_option options[] = { TOOL_END };
static const struct tool_spec spec = {
	.program = "lxc-unfreeze",
	.synopsis = "[-n] NAME",
	.about = "Lets the processes of the frozen container NAME go on.",
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
	return c->unfreeze(c) ? 0 : 1;
}
