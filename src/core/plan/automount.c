/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chapter: lxc.mount.auto (start.md 2.6, cgroups.md 10). */
#include "core/caps/caps.h"
#include "core/plan/planner.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>

#define STRICT (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* One mount of a group. Rows are made in order; what does not exist on this kernel is left out. */
static const struct auto_mount {
	const char *word;
	enum step_kind kind;
	const char *source, *target, *fstype;
	int64_t attr;
} auto_mounts[] = {
	{ "proc:rw", STEP_mount_fs, "proc", "proc", "proc", STRICT },
	{ "proc:mixed", STEP_mount_fs, "proc", "proc", "proc", STRICT },
	{ "proc:mixed", STEP_mount_bind, "proc/sys/net", "proc/tty", NULL, 0 },
	{ "proc:mixed", STEP_mount_bind, "proc/sys", "proc/sys", NULL, 0 },
	{ "proc:mixed", STEP_mount_attr, NULL, "proc/sys", NULL, MOUNT_ATTR_RDONLY },
	{ "proc:mixed", STEP_mount_move, "proc/tty", "proc/sys/net", NULL, 0 },
	{ "proc:mixed", STEP_mount_bind, "proc/sysrq-trigger", "proc/sysrq-trigger", NULL, 0 },
	{ "proc:mixed", STEP_mount_attr, NULL, "proc/sysrq-trigger", NULL, MOUNT_ATTR_RDONLY },
	{ "sys:rw", STEP_mount_fs, "sysfs", "sys", "sysfs", 0 },
	{ "sys:ro", STEP_mount_fs, "sysfs", "sys", "sysfs", MOUNT_ATTR_RDONLY },
	{ "sys:mixed", STEP_mount_fs, "sysfs", "sys", "sysfs", STRICT },
	{ "sys:mixed", STEP_mount_bind, "sys", "sys", NULL, 0 },
	{ "sys:mixed", STEP_mount_attr, NULL, "sys", NULL, MOUNT_ATTR_RDONLY },
	{ "sys:mixed", STEP_mount_fs, "sysfs", "sys/devices/virtual/net", "sysfs", 0 },
	{ "sys:mixed", STEP_mount_bind, "sys/devices/virtual/net/devices/virtual/net",
	  "sys/devices/virtual/net", NULL, 0 },
	{ "sys:mixed", STEP_mount_attr, NULL, "sys/devices/virtual/net", NULL, STRICT },
};

/* The word of a group that is in effect: the last one. NULL: none. */
struct choice {
	char word[64];
	const struct config_item *item;
};

static void find_choice(const struct planner *p, const char *group, struct choice *out)
{
	const struct config_item *item = NULL;
	size_t group_len = strlen(group);

	out->item = NULL;
	out->word[0] = '\0';
	while ((item = config_next(p->config, item, "lxc.mount.auto")) != NULL) {
		for (const char *at = item->value; *at;) {
			size_t n = strcspn(at, " \t\n");

			if (n >= group_len && n < sizeof(out->word) &&
			    memcmp(at, group, group_len) == 0) {
				memcpy(out->word, at, n);
				out->word[n] = '\0';
				out->item = item;
			}
			at += n + strspn(at + n, " \t\n");
		}
	}
	if (out->item && str_eq(out->word, group) && !str_starts(group, "cgroup"))
		(void)snprintf(out->word, sizeof(out->word), "%s:mixed", group);
}

static void add_mount(struct planner *p, const struct auto_mount *row)
{
	uint32_t source = plan_add_str(&p->b, row->source),
		 target = plan_add_str(&p->b, row->target);
	uint32_t fstype = plan_add_str(&p->b, row->fstype);
	struct step *step = plan_add_step(&p->b, row->kind);

	step->num[3] = STEP_OPTIONAL_ABSENT;
	if (row->kind == STEP_mount_attr) {
		step->str[0] = target;
		step->num[0] = row->attr;
		return;
	}
	step->str[0] = source;
	step->str[1] = target;
	step->str[2] = fstype;
	step->num[0] = row->attr;
	if (row->kind == STEP_mount_fs && !strchr(row->target, '/'))
		step->num[2] = STEP_CREATE_DIR;
}

/* Without a root file system /proc is the host's: of another pid namespace (start.md 2.6.3). */
static void add_own_proc(struct planner *p)
{
	const struct auto_mount *row = &auto_mounts[0];

	if (p->rootfs || (~p->namespaces & (CLONE_NEWPID | CLONE_NEWNS)))
		return;
	plan_set_rule(&p->b, "/proc of the container's processes");
	add_mount(p, row);
}

int plan_auto_mounts(struct planner *p)
{
	static const char *const groups[] = { "proc", "sys" };

	for (size_t g = 0; g < ARRAY_LEN(groups); g++) {
		struct choice choice;

		find_choice(p, groups[g], &choice);
		if (!choice.item && g == 0)
			add_own_proc(p);
		if (!choice.item)
			continue;
		planner_origin(p, choice.item, "");
		for (size_t i = 0; i < ARRAY_LEN(auto_mounts); i++) {
			if (str_eq(auto_mounts[i].word, choice.word))
				add_mount(p, &auto_mounts[i]);
		}
	}
	return 0;
}

/* --- cgroups --- */

static void add_cgroup_fs(struct planner *p, const char *fstype, const char *target,
			  const char *data, int64_t attr, int create)
{
	uint32_t source = plan_add_str(&p->b, fstype), at = plan_add_str(&p->b, target);
	uint32_t data_at = plan_add_str(&p->b, data);
	struct step *step = plan_add_step(&p->b, STEP_mount_fs);

	step->str[0] = source;
	step->str[1] = at;
	step->str[2] = source;
	step->str[3] = data_at;
	step->num[0] = attr;
	step->num[2] = create;
}

/* Inside the container's own cgroup namespace a fresh mount shows only what is the container's. */
static int mount_hierarchies(struct planner *p, int64_t attr)
{
	for (unsigned i = 0; i < p->facts->cgroups.count; i++) {
		const struct cgroup_hierarchy *h = &p->facts->cgroups.hierarchies[i];
		const char *last = strrchr(h->mount, '/');
		char target[256];

		if (cgroup_join("sys/fs/cgroup", last ? last + 1 : h->mount, "", target,
				sizeof(target)) < 0)
			return -ENAMETOOLONG;
		add_cgroup_fs(p, h->v2 ? "cgroup2" : "cgroup", target, h->v2 ? "" : h->controllers,
			      attr, STEP_CREATE_DIR);
	}
	return 0;
}

int plan_cgroup_mounts(struct planner *p)
{
	const bool has_admin = p->capabilities & caps_bit(CAP_SYS_ADMIN);
	const bool in_ns = p->namespaces & CLONE_NEWCGROUP;
	const enum cgroup_kind kind = p->facts->cgroups.kind;
	struct choice choice;
	bool forced;
	int64_t attr = STRICT;

	find_choice(p, "cgroup", &choice);
	if (!choice.item || p->facts->cgroups.count == 0)
		return 0;
	forced = str_ends(choice.word, ":force");
	if (str_starts(choice.word, "cgroup2") && kind != CGROUP_UNIFIED)
		return planner_refuse(p, choice.item, -EINVAL,
				      "the host has no unified cgroup hierarchy");
	if (in_ns && has_admin && !forced && kind != CGROUP_UNIFIED)
		return 0; /* init mounts what it wants */
	if (!in_ns)
		return planner_refuse(
			p, choice.item, -EOPNOTSUPP,
			"mounting cgroups without a cgroup namespace is not supported yet");
	if (strstr(choice.word, ":ro"))
		attr |= MOUNT_ATTR_RDONLY;
	planner_origin(p, choice.item, "");
	if (kind == CGROUP_UNIFIED) {
		add_cgroup_fs(p, "cgroup2", "sys/fs/cgroup", "", attr, STEP_CREATE_NONE);
		return 0;
	}
	add_cgroup_fs(p, "tmpfs", "sys/fs/cgroup", "size=10240k,mode=755", STRICT,
		      STEP_CREATE_NONE);
	return mount_hierarchies(p, attr);
}
