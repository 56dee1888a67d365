/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc-destroy: remove a container. */
#include "tools/tool.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct destroy_options {
	bool force, snapshots;
} opt;

#define AT(member) offsetof(struct destroy_options, member)
static const struct tool_option options[] = {
	{ 'f', "force", NULL, TOOL_FLAG, AT(force), "stop a running container first" },
	{ 's', "snapshots", NULL, TOOL_FLAG, AT(snapshots), "destroy clones and snapshots, too" },
	TOOL_END,
};
static const struct tool_spec spec = {
	.program = "lxc-destroy",
	.synopsis = "[-n] NAME [-f] [-s]",
	.about = "Removes the container NAME with its root file system.",
	.options = options,
	.takes_operands = true, /* to refuse them, also after -n */
};

static bool has_file(const struct tool *tool, const char *file)
{
	char path[4096];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s/%s", tool->lxcpath, tool->name, file);
	return stat(path, &st) == 0 && st.st_size > 0;
}

/* A snaps directory that is not empty. */
static bool has_snapshots(const struct tool *tool)
{
	char path[4096];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s/snaps", tool->lxcpath, tool->name);
	return stat(path, &st) == 0 && rmdir(path) < 0;
}

int main(int argc, char **argv)
{
	_cleanup_container_ struct lxc_container *c = NULL;
	struct tool tool;
	int ret = tool_parse(&tool, &spec, argc, argv, &opt);

	if (ret >= 0)
		return ret;
	/* Whatever was ignored before with -n: removing is not the moment to guess. */
	if (tool.operand_count > 0)
		return tool_misused(&tool, "surplus operand \"%s\"", tool.operands[0]);
	c = tool_container(&tool);
	if (!c)
		return 1;
	if (!c->is_defined(c))
		return tool_fail(&tool, "Container is not defined");
	if (!opt.snapshots && has_file(&tool, "lxc_snapshots"))
		return tool_fail(&tool, "Destroying %s failed: %s has clones.", tool.name, tool.name);
	if (!opt.snapshots && has_snapshots(&tool))
		return tool_fail(&tool, "Destroying %s failed: %s has snapshots.", tool.name, tool.name);
	if (c->is_running(c)) {
		if (!opt.force)
			return tool_fail(&tool, "%s is running", tool.name);
		if (!c->stop(c))
			return 1;
	}
	/* An ephemeral container is gone once it has stopped. */
	if (c->is_defined(c) && !(opt.snapshots ? c->destroy_with_snapshots(c) : c->destroy(c)))
		return 1;
	if (!tool.quiet)
		printf("Destroyed container %s%s\n", tool.name, opt.snapshots ? " including snapshots" : "");
	return 0;
}
