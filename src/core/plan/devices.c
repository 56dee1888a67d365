/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chapter: /dev: tmpfs, nodes, devpts, console, ttys, links (start.md 2.5). */
#include "core/plan/planner.h"

#define PTS_DATA "newinstance,ptmxmode=0666,mode=0620"

static const struct {
	const char *target, *host_source;
	int64_t major, minor;
} nodes[] = {
	{ "dev/full", "/dev/full", 1, 7 },	 { "dev/null", "/dev/null", 1, 3 },
	{ "dev/random", "/dev/random", 1, 8 },	 { "dev/tty", "/dev/tty", 5, 0 },
	{ "dev/urandom", "/dev/urandom", 1, 9 }, { "dev/zero", "/dev/zero", 1, 5 },
};

static const struct {
	const char *target, *content;
} links[] = {
	{ "dev/fd", "/proc/self/fd" },
	{ "dev/stdin", "/proc/self/fd/0" },
	{ "dev/stdout", "/proc/self/fd/1" },
	{ "dev/stderr", "/proc/self/fd/2" },
};

static void add_dir(struct planner *p, const char *target)
{
	uint32_t at = plan_add_str(&p->b, target);
	struct step *step = plan_add_step(&p->b, STEP_mkdir);

	step->str[0] = at;
	step->num[0] = 0755;
}

void plan_dev(struct planner *p)
{
	struct step *step;
	uint32_t source, target, fstype, data;

	if (!p->autodev)
		return;
	planner_origin(p, planner_item(p, "lxc.autodev"), "autodev");
	add_dir(p, "dev");
	source = plan_add_str(&p->b, "none");
	target = plan_add_str(&p->b, "dev");
	fstype = plan_add_str(&p->b, "tmpfs");
	data = plan_add_str(&p->b, "size=500000,mode=755");
	step = plan_add_step(&p->b, STEP_mount_fs);
	step->str[0] = source;
	step->str[1] = target;
	step->str[2] = fstype;
	step->str[3] = data;
	add_dir(p, "dev/pts");
}

void plan_nodes(struct planner *p)
{
	if (!p->autodev)
		return;
	planner_origin(p, planner_item(p, "lxc.autodev"), "autodev");
	for (size_t i = 0; i < ARRAY_LEN(nodes); i++) {
		uint32_t target = plan_add_str(&p->b, nodes[i].target);
		uint32_t source = plan_add_str(&p->b, nodes[i].host_source);
		struct step *step = plan_add_step(&p->b, STEP_mknod);

		step->str[0] = target;
		step->str[1] = source;
		step->num[0] = S_IFCHR | 0666;
		step->num[1] = nodes[i].major;
		step->num[2] = nodes[i].minor;
	}
}

static void add_devpts(struct planner *p)
{
	/* lxc.pty.max is what programs inside may have: our own come on top. */
	uint32_t max = p->pty_max + p->tty_max + (p->console ? 1 : 0), data, plain;
	struct step *step;

	planner_origin(p, planner_item(p, p->pty_max ? "lxc.pty.max" : "lxc.tty.max"), "devpts");
	data = plan_add_strf(&p->b, PTS_DATA ",gid=5,max=%u", max);
	plain = plan_add_strf(&p->b, PTS_DATA ",max=%u", max);
	step = plan_add_step(&p->b, STEP_devpts);
	step->str[0] = data;
	step->str[1] = plain;
	step->num[0] = p->pty_max > 0;
}

static void add_console(struct planner *p, uint32_t dir)
{
	struct step *step;

	planner_origin(p, planner_item(p, "lxc.console.path"), "console");
	step = plan_add_step(&p->b, STEP_console);
	step->str[0] = dir;
	step->num[0] = !p->devpts;
	step->num[1] = planner_u32(p, "lxc.init.uid", 0);
}

void plan_terminals(struct planner *p)
{
	const char *tty_dir = config_str(p->config, "lxc.tty.dir");
	uint32_t dir = plan_add_str(&p->b, tty_dir ? tty_dir + strspn(tty_dir, "/") : "");

	if (!p->rootfs)
		return;
	if (p->devpts)
		add_devpts(p);
	if (p->console)
		add_console(p, dir);
	planner_origin(p, planner_item(p, "lxc.tty.max"), "ttys");
	for (uint32_t i = 1; i <= p->tty_max; i++) {
		struct step *step = plan_add_step(&p->b, STEP_tty);

		step->str[0] = dir;
		step->num[0] = i;
		step->num[1] = !p->request->use_init;
	}
	plan_set_rule(&p->b, "links of /dev");
	for (size_t i = 0; i < ARRAY_LEN(links); i++) {
		uint32_t target = plan_add_str(&p->b, links[i].target);
		uint32_t content = plan_add_str(&p->b, links[i].content);
		struct step *step = plan_add_step(&p->b, STEP_symlink);

		step->str[0] = target;
		step->str[1] = content;
		step->num[0] = !p->autodev;
	}
}
