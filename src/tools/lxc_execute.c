/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc-execute: run one program in a container, under a small init. */
#include "tools/tool.h"

#include <stdio.h>

static struct execute_options {
	bool daemon;
	struct tool_list defines;
	struct tool_optional dry_run;
	long uid, gid;
	const char *share_net, *share_ipc, *share_uts, *share_pid;
} opt = { .uid = -1, .gid = -1 };

#define AT(member) offsetof(struct execute_options, member)
static const struct tool_option options[] = {
	{ 'd', "daemon", NULL, TOOL_FLAG, AT(daemon), "run in the background" },
	{ 's', "define", "KEY=VALUE", TOOL_LIST, AT(defines), "set a configuration item" },
	{ 'u', "uid", "UID", TOOL_UINT, AT(uid), "run as this user" },
	{ 'g', "gid", "GID", TOOL_UINT, AT(gid), "run as this group" },
	{ 0, "dry-run", "FORMAT", TOOL_OPTIONAL, AT(dry_run), "print the plan (text, json) and change nothing" },
	{ 0, "share-net", "NAME|PID", TOOL_STRING, AT(share_net), "share the network namespace" },
	{ 0, "share-ipc", "NAME|PID", TOOL_STRING, AT(share_ipc), "share the IPC namespace" },
	{ 0, "share-uts", "NAME|PID", TOOL_STRING, AT(share_uts), "share the host name" },
	{ 0, "share-pid", "NAME|PID", TOOL_STRING, AT(share_pid), "share the processes" },
	TOOL_END,
};
static const struct tool_spec spec = {
	.program = "lxc-execute",
	.synopsis = "[-n] NAME [options] [-- COMMAND [ARG...]]",
	.about = "Runs COMMAND (default: lxc.execute.cmd) in the container NAME and returns its exit status.",
	.options = options,
	.rcfile_has_letter = true,
	.takes_operands = true,
};

static int set_id(struct lxc_container *c, const char *key, long id)
{
	char text[24];

	if (id < 0)
		return 0;
	(void)snprintf(text, sizeof(text), "%ld", id);
	return c->set_config_item(c, key, text) ? 0 : 1;
}

static int configure(const struct tool *tool, struct lxc_container *c)
{
	const struct {
		const char *value, *key;
	} shares[] = {
		{ opt.share_net, "lxc.namespace.share.net" },
		{ opt.share_ipc, "lxc.namespace.share.ipc" },
		{ opt.share_uts, "lxc.namespace.share.uts" },
		{ opt.share_pid, "lxc.namespace.share.pid" },
	};

	for (size_t i = 0; i < opt.defines.count; i++) {
		if (tool_define(tool, c, opt.defines.items[i]) != 0)
			return 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
		if (shares[i].value && !c->set_config_item(c, shares[i].key, shares[i].value))
			return 1;
	}
	if (set_id(c, "lxc.init.uid", opt.uid) != 0 || set_id(c, "lxc.init.gid", opt.gid) != 0)
		return 1;
	return 0;
}

/* Without COMMAND the configuration must name one: lxc.execute.cmd, or lxc.init.cmd in its place. */
static bool has_command(const struct tool *tool, struct lxc_container *c)
{
	char *execute _cleanup_free_ = NULL;
	char *init _cleanup_free_ = NULL;

	if (tool->operand_count > 0)
		return true;
	execute = tool_config_item(c, "lxc.execute.cmd");
	init = tool_config_item(c, "lxc.init.cmd");
	return (execute && *execute) || (init && *init);
}

int main(int argc, char **argv)
{
	_cleanup_container_ struct lxc_container *c = NULL;
	struct tool tool;
	int ret = tool_parse(&tool, &spec, argc, argv, &opt);

	if (ret >= 0)
		return ret;
	if (opt.dry_run.given)
		return tool_dry_run(&tool, &opt.dry_run, &opt.defines, true);
	c = tool_container(&tool);
	if (!c)
		return 1;
	if (c->is_running(c))
		return tool_fail(&tool, "Container is already running");
	if (!c->lxc_conf)
		return tool_fail(&tool, "No container config specified: there is no %s", c->configfile);
	if (configure(&tool, c) != 0)
		return 1;
	if (!has_command(&tool, c))
		return tool_fail(&tool, "missing command to execute");
	c->want_daemonize(c, opt.daemon);
	if (!c->start(c, 1, tool.operand_count ? tool.operands : NULL))
		return 1;
	if (opt.daemon)
		return 0;
	/* error_num: code << 8, or signal << 8 | 0x7f. */
	return (c->error_num & 0x7f) == 0x7f ? 128 + (c->error_num >> 8 & 0xff) : c->error_num >> 8 & 0xff;
}
