/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc-wait: wait for a state. */
#include "tools/tool.h"

#include <string.h>

static struct wait_options {
	const char *states;
	int timeout;
} opt = { .timeout = -1 };

#define AT(member) offsetof(struct wait_options, member)
static const struct tool_option options[] = {
	{ 's', "state", "STATES", TOOL_STRING, AT(states), "states to wait for, joined by |" },
	{ 't', "timeout", "SECONDS", TOOL_INT, AT(timeout), "wait so long (default -1: for ever; 0: only look)" },
	TOOL_END,
};
static const struct tool_spec spec = {
	.program = "lxc-wait",
	.synopsis = "[-n] NAME -s STATES [-t SECONDS]",
	.about = "Waits until the container NAME is in one of the given states.",
	.options = options,
};

/* The first word that is no state; NULL: all are. */
static const char *bad_state(char *text)
{
	const char *names[16];
	int count = lxc_get_wait_states(names);

	for (char *word = strsep(&text, "|"); word; word = strsep(&text, "|")) {
		int i = 0;

		while (i < count && strcmp(word, names[i]) != 0)
			i++;
		if (i == count)
			return word;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	_cleanup_container_ struct lxc_container *c = NULL;
	char *copy _cleanup_free_ = NULL;
	struct tool tool;
	const char *bad;
	int ret = tool_parse(&tool, &spec, argc, argv, &opt);

	if (ret >= 0)
		return ret;
	if (!opt.states)
		return tool_misused(&tool, "missing --state");
	copy = strdup(opt.states);
	bad = copy ? bad_state(copy) : "";
	if (bad)
		return tool_misused(&tool, "invalid state '%s'", bad);
	c = tool_container(&tool);
	if (!c)
		return 1;
	return c->wait(c, opt.states, opt.timeout) ? 0 : 1;
}
