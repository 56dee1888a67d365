/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chapter: the root file system. */
#include "core/plan/planner.h"

#include <errno.h>
#include <sys/mount.h>

void plan_pin(struct planner *p)
{
	if (!p->rootfs)
		return;
	plan_set_rule(&p->b, "the rootfs stays writable at shutdown");
	plan_add_step(&p->b, STEP_pin)->str[0] = plan_add_str(&p->b, p->rootfs);
}

static int mount_rootfs(struct planner *p)
{
	const struct config_item *item = planner_item(p, "lxc.rootfs.options");
	_cleanup_str_ struct str data = { 0 };
	struct mount_options options = { 0 };
	struct step *step;
	int ret = mount_options_parse(item ? item->value : "", &options);

	data = options.data;
	if (ret < 0)
		return planner_refuse(p, item, ret, "the options cannot be read");
	if (options.create || options.optional || options.relative || options.move)
		return planner_refuse(
			p, item, -EINVAL,
			"create=, optional, relative and move make no sense for the rootfs");
	/* Noted before the step's own: a bad mount point is blamed on this line. */
	if (planner_item(p, "lxc.rootfs.mount"))
		planner_origin(p, planner_item(p, "lxc.rootfs.mount"), "");
	planner_origin(p, planner_item(p, "lxc.rootfs.path"), "rootfs");
	step = plan_add_step(&p->b, STEP_rootfs);
	step->str[0] = plan_add_str(&p->b, p->rootfs);
	step->str[1] = plan_add_str(&p->b, p->rootfs_mount);
	step->str[2] = plan_add_str(&p->b, str_text(&data));
	step->num[0] = options.attr;
	step->num[1] = options.propagation;
	step->num[2] = true;
	return 0;
}

int plan_rootfs(struct planner *p)
{
	struct step *step;
	int ret;

	if (!(p->namespaces & CLONE_NEWNS) && p->rootfs)
		return planner_refuse(
			p, planner_item(p, "lxc.rootfs.path"), -EINVAL,
			"a container with a root file system needs a mount namespace of its own");
	if (p->namespaces & CLONE_NEWNS) {
		plan_set_rule(&p->b, "mounts do not reach the host");
		step = plan_add_step(&p->b, STEP_propagation);
		step->str[0] = plan_add_str(&p->b, "/");
		step->num[0] = MS_SLAVE | MS_REC;
	}
	ret = plan_hooks(p, "pre-mount", RANK_NONE);
	return ret < 0 || !p->rootfs ? ret : mount_rootfs(p);
}

void plan_pivot(struct planner *p)
{
	if (!p->rootfs)
		return;
	planner_origin(p, planner_item(p, "lxc.rootfs.path"), "rootfs");
	(void)plan_add_step(&p->b, STEP_pivot);
}
