/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc-create: make a container. */
#include "tools/tool.h"

#include "paths.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct create_options {
	const char *template, *config, *bdev, *dir;
	const char *lvname, *vgname, *thinpool, *fstype, *fssize, *zfsroot, *rbdname, *rbdpool;
} opt;

#define AT(member) offsetof(struct create_options, member)
static const struct tool_option options[] = {
	{ 't', "template", "TEMPLATE", TOOL_STRING, AT(template), "template: a name, an absolute path, or none" },
	{ 'f', "config", "FILE", TOOL_STRING, AT(config), "initial configuration" },
	{ 'B', "bdev", "TYPE", TOOL_STRING, AT(bdev), "storage (default dir)" },
	{ '6', "dir", "PATH", TOOL_STRING, AT(dir), "place of the root file system" },
	{ '0', "lvname", "NAME", TOOL_STRING, AT(lvname), "lvm: logical volume" },
	{ '1', "vgname", "NAME", TOOL_STRING, AT(vgname), "lvm: volume group" },
	{ '2', "thinpool", "NAME", TOOL_STRING, AT(thinpool), "lvm: thin pool" },
	{ '3', "fstype", "TYPE", TOOL_STRING, AT(fstype), "lvm, loop, rbd: file system" },
	{ '4', "fssize", "SIZE", TOOL_STRING, AT(fssize), "lvm, loop, rbd: size" },
	{ '5', "zfsroot", "PATH", TOOL_STRING, AT(zfsroot), "zfs: parent data set" },
	{ '7', "rbdname", "NAME", TOOL_STRING, AT(rbdname), "rbd: image" },
	{ '8', "rbdpool", "NAME", TOOL_STRING, AT(rbdpool), "rbd: pool" },
	TOOL_END,
};
static const struct tool_spec spec = {
	.program = "lxc-create",
	.synopsis = "[-n] NAME -t TEMPLATE [options] [-- TEMPLATE-ARG...]",
	.about = "Makes the container NAME with the help of a template.",
	.options = options,
	.takes_operands = true,
};

/* -h together with -t: the template's own help follows. */
static void template_help(int argc, char **argv)
{
	const char *template = NULL;
	char path[4096];
	pid_t pid;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-t") == 0 && i + 1 < argc)
			template = argv[i + 1];
		else if (strncmp(argv[i], "--template=", 11) == 0)
			template = argv[i] + 11;
	}
	if (!template)
		return;
	if (template[0] == '/')
		(void)snprintf(path, sizeof(path), "%s", template);
	else
		(void)snprintf(path, sizeof(path), "%s/lxc-%s", PATH_TEMPLATES, template);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		(void)execl(path, path, "-h", NULL);
		_exit(127);
	}
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
}

static int check(const struct tool *tool)
{
	const bool lvm = opt.lvname || opt.vgname || opt.thinpool;
	const bool rbd = opt.rbdname || opt.rbdpool;
	const char *bdev = opt.bdev ? opt.bdev : "dir";

	if (!opt.template)
		return tool_misused(tool, "A template must be specified: use -t none for a container without one");
	if (strcmp(bdev, "best") == 0)
		return -1;
	if ((opt.fstype || opt.fssize) && strcmp(bdev, "lvm") != 0 && strcmp(bdev, "loop") != 0 && strcmp(bdev, "rbd") != 0)
		return tool_misused(tool, "--fstype and --fssize are for lvm, loop and rbd only");
	if (lvm && strcmp(bdev, "lvm") != 0)
		return tool_misused(tool, "--lvname, --vgname and --thinpool are for lvm only");
	if (rbd && strcmp(bdev, "rbd") != 0)
		return tool_misused(tool, "--rbdname and --rbdpool are for rbd only");
	if (opt.zfsroot && strcmp(bdev, "zfs") != 0)
		return tool_misused(tool, "--zfsroot is for zfs only");
	if (opt.dir && opt.dir[0] != '/')
		return tool_misused(tool, "--dir %s: give an absolute path", opt.dir);
	return -1;
}

static int load(const struct tool *tool, struct lxc_container *c)
{
	const char *path = opt.config ? opt.config : lxc_get_global_config_item("lxc.default_config");

	c->clear_config(c);
	if (!opt.config && path && access(path, R_OK) < 0) {
		(void)tool_fail(tool, "cannot read the default configuration %s: %s", path, strerror(errno));
		/* An empty configuration, so that create does not ask for the default one again. */
		return c->set_config_item(c, "lxc.uts.name", NULL) ? 0 : 1;
	}
	return path && c->load_config(c, path) ? 0 : 1;
}

int main(int argc, char **argv)
{
	_cleanup_container_ struct lxc_container *c = NULL;
	struct bdev_specs specs = { 0 };
	struct tool tool;
	bool none;
	int ret = tool_parse(&tool, &spec, argc, argv, &opt);

	if (tool.help)
		template_help(argc, argv);
	if (ret >= 0)
		return ret;
	ret = check(&tool);
	if (ret >= 0)
		return ret;
	if (geteuid() != 0 && mkdir(tool.lxcpath, 0755) < 0 && errno != EEXIST && errno != ENOENT)
		return tool_fail(&tool, "cannot make %s: %s", tool.lxcpath, strerror(errno));
	c = tool_container(&tool);
	if (!c)
		return 1;
	if (c->is_defined(c))
		return tool_fail(&tool, "Container already exists");
	if (load(&tool, c) != 0)
		return 1;
	none = strcmp(opt.template, "none") == 0;
	specs.dir = (char *)opt.dir;
	if (c->create(c, none ? NULL : opt.template, opt.bdev, &specs, tool.quiet ? LXC_CREATE_QUIET : 0,
		      tool.operand_count ? tool.operands : NULL))
		return 0;
	return tool_fail(&tool, "Error creating container %s", tool.name);
}
