/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc-start: run a container's init. */
#include "tools/tool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct start_options {
	bool foreground, close_all_fds;
	const char *pidfile, *console, *console_log;
	struct tool_list defines;
	struct tool_optional dry_run;
	const char *share_net, *share_ipc, *share_uts, *share_pid;
} opt;

#define AT(member) offsetof(struct start_options, member)
static const struct tool_option options[] = {
	{ 'd', "daemon", NULL, TOOL_CLEAR, AT(foreground), "run in the background (the default)" },
	{ 'F', "foreground", NULL, TOOL_FLAG, AT(foreground), "run on the current terminal" },
	{ 'p', "pidfile", "FILE", TOOL_STRING, AT(pidfile), "write the supervisor's pid to FILE" },
	{ 'c', "console", "FILE", TOOL_STRING, AT(console), "connect the container's console to FILE" },
	{ 'L', "console-log", "FILE", TOOL_STRING, AT(console_log), "append the console's output to FILE" },
	{ 'C', "close-all-fds", NULL, TOOL_FLAG, AT(close_all_fds), "hand no open descriptor to the container" },
	{ 's', "define", "KEY=VALUE", TOOL_LIST, AT(defines), "set a configuration item" },
	{ 0, "dry-run", "FORMAT", TOOL_OPTIONAL, AT(dry_run), "print the plan (text, json) and change nothing" },
	{ 0, "share-net", "NAME|PID", TOOL_STRING, AT(share_net), "share the network namespace with another container" },
	{ 0, "share-ipc", "NAME|PID", TOOL_STRING, AT(share_ipc), "share the IPC namespace" },
	{ 0, "share-uts", "NAME|PID", TOOL_STRING, AT(share_uts), "share the host name" },
	{ 0, "share-pid", "NAME|PID", TOOL_STRING, AT(share_pid), "share the processes" },
	TOOL_END,
};
static const struct tool_spec spec = {
	.program = "lxc-start",
	.synopsis = "[-n] NAME [options] [-- COMMAND [ARG...]]",
	.about = "Starts the container NAME; COMMAND replaces its init for this run.",
	.options = options,
	.rcfile_has_letter = true,
	.takes_operands = true,
};

/* An absolute path of the pid file, checked now, so that a bad one fails before anything starts. Nothing is made yet. */
static char *pidfile_path(const struct tool *tool)
{
	char *dir _cleanup_free_ = strdup(opt.pidfile), *resolved _cleanup_free_ = NULL, *path = NULL;
	char *slash = dir ? strrchr(dir, '/') : NULL;
	const char *base = slash ? strrchr(opt.pidfile, '/') + 1 : opt.pidfile;
	struct stat st;

	if (slash)
		*slash = '\0';
	resolved = realpath(!slash ? "." : *dir ? dir : "/", NULL);
	if (!resolved || access(resolved, W_OK | X_OK) < 0) {
		(void)tool_fail(tool, "cannot create pid file %s: %s", opt.pidfile, strerror(errno));
		return NULL;
	}
	if (asprintf(&path, "%s/%s", resolved, base) < 0)
		return NULL;
	if (lstat(path, &st) < 0 || S_ISREG(st.st_mode))
		return path;
	(void)tool_fail(tool, "cannot create pid file %s: it is there and not a regular file", opt.pidfile);
	free(path);
	return NULL;
}

static int configure(const struct tool *tool, struct lxc_container *c)
{
	const struct {
		const char *value, *key;
	} items[] = {
		{ opt.console, "lxc.console.path" },	     { opt.console_log, "lxc.console.logfile" },
		{ opt.share_net, "lxc.namespace.share.net" }, { opt.share_ipc, "lxc.namespace.share.ipc" },
		{ opt.share_uts, "lxc.namespace.share.uts" }, { opt.share_pid, "lxc.namespace.share.pid" },
	};

	for (size_t i = 0; i < opt.defines.count; i++) {
		if (tool_define(tool, c, opt.defines.items[i]) != 0)
			return 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(items); i++) {
		if (items[i].value && !c->set_config_item(c, items[i].key, items[i].value))
			return 1;
	}
	if (opt.pidfile) {
		c->pidfile = pidfile_path(tool);
		if (!c->pidfile)
			return 1;
	}
	return 0;
}

/* Another starter was faster: the container runs, as it was asked for. The library has said so. */
static bool lost_race(const struct lxc_container *c)
{
	return c->error_string && strstr(c->error_string, "already running");
}

int main(int argc, char **argv)
{
	_cleanup_container_ struct lxc_container *c = NULL;
	struct tool tool;
	int ret;

	ret = tool_parse(&tool, &spec, argc, argv, &opt);
	if (ret >= 0)
		return ret;
	if (opt.dry_run.given)
		return tool_dry_run(&tool, &opt.dry_run, &opt.defines, false);
	if (access(tool.lxcpath, R_OK) < 0)
		return tool_fail(&tool, "You lack access to %s", tool.lxcpath);
	c = tool_container(&tool);
	if (!c)
		return 1;
	if (c->is_running(c)) {
		(void)tool_fail(&tool, "Container is already running");
		return 0;
	}
	if (!c->lxc_conf)
		return tool_fail(&tool, "No container config specified: there is no %s", c->configfile);
	if (configure(&tool, c) != 0)
		return 1;
	c->want_daemonize(c, !opt.foreground);
	if (opt.close_all_fds || !opt.foreground)
		c->want_close_all_fds(c, true);
	if (c->start(c, 0, tool.operand_count ? tool.operands : NULL) || lost_race(c))
		return 0;
	return c->error_num ? c->error_num & 0xff : 1;
}
