/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chapter: the container's cgroups and their limits (cgroups.md 3-5). */
#include "core/plan/planner.h"

#include <errno.h>

static void add_nul_ended(struct str *list, const char *text)
{
	str_add_n(list, text, strlen(text) + 1);
}

/* A hierarchy as the executor reads it: MNT//BASE, version, controllers (of v2: to be delegated).
 */
static void describe(const struct cgroup_layout *layout, unsigned i, struct str *dirs,
		     struct str *kinds, struct str *controllers)
{
	const struct cgroup_hierarchy *h = &layout->hierarchies[i];

	str_add(dirs, h->mount);
	str_add(dirs, "//");
	add_nul_ended(dirs, h->base + strspn(h->base, "/"));
	add_nul_ended(kinds, h->v2 ? "2" : "1");
	add_nul_ended(controllers, h->v2 && layout->kind != CGROUP_UNIFIED ? "" : h->controllers);
}

int plan_cgroup_create(struct planner *p)
{
	const struct cgroup_layout *layout = &p->facts->cgroups;
	const struct config_item *item = planner_item(p, "lxc.cgroup.dir");
	_cleanup_str_ struct str dirs = { 0 }, kinds = { 0 }, controllers = { 0 };
	uint32_t dirs_at, kinds_at, controllers_at, name_at;
	struct step *step;
	char name[256];
	int ret;

	if (layout->count == 0)
		return 0;
	ret = cgroup_name(p->facts->cgroup_pattern, item ? item->value : NULL, p->request->name,
			  name, sizeof(name) - 8);
	if (ret < 0)
		return planner_refuse(p, item, ret,
				      "the name of the container's cgroup is too long");
	for (unsigned i = 0; i < layout->count; i++)
		describe(layout, i, &dirs, &kinds, &controllers);
	if (!str_ok(&dirs) || !str_ok(&kinds) || !str_ok(&controllers))
		return -ENOMEM;
	planner_origin(p, item, "cgroup");
	name_at = plan_add_str(&p->b, name);
	dirs_at = plan_add_vec(&p->b, dirs.s, dirs.len);
	kinds_at = plan_add_vec(&p->b, kinds.s, kinds.len);
	controllers_at = plan_add_vec(&p->b, controllers.s, controllers.len);
	step = plan_add_step(&p->b, STEP_cgroup_create);
	step->str[0] = name_at;
	step->str[1] = dirs_at;
	step->str[2] = kinds_at;
	step->str[3] = controllers_at;
	step->num[0] = layout->count;
	return 0;
}

/* --- limits --- */

static void add_write(struct planner *p, const struct config_item *item, const char *file,
		      int hierarchy, bool optional)
{
	uint32_t file_at, value_at;
	struct step *step;

	planner_origin(p, item, "");
	file_at = plan_add_str(&p->b, file);
	value_at = plan_add_str(&p->b, item->value);
	step = plan_add_step(&p->b, STEP_cgroup_write);
	step->str[0] = file_at;
	step->str[1] = value_at;
	step->num[0] = hierarchy;
	step->num[1] = optional;
}

static int add_v1_limit(struct planner *p, const struct config_item *item, const char *file)
{
	bool device = str_starts(file, "devices");
	char controller[128];
	size_t n = strcspn(file, ".");
	int hierarchy;

	if (n >= sizeof(controller))
		return planner_refuse(p, item, -ENAMETOOLONG,
				      "the name of the controller is too long");
	memcpy(controller, file, n);
	controller[n] = '\0';
	hierarchy = cgroup_layout_find(&p->facts->cgroups, controller);
	if (hierarchy < 0)
		return planner_refuse(p, item, -ENOENT,
				      "the host has no cgroup hierarchy with controller %s",
				      controller);
	if (device && item->value[0] == '/')
		return planner_refuse(
			p, item, -EOPNOTSUPP,
			"device rules by path are not supported yet; write c MAJOR:MINOR MODE");
	add_write(p, item, file, hierarchy, device);
	return 0;
}

/* The kernel wants the memory limit before the limit with swap: the two change places. */
static const struct config_item *in_order(const struct planner *p, const struct config_item *item)
{
	static const char memsw[] = "lxc.cgroup.memory.memsw.limit_in_bytes";
	static const char memory[] = "lxc.cgroup.memory.limit_in_bytes";
	const struct config_item *first_memsw = config_next(p->config, NULL, memsw);
	const struct config_item *first_memory = config_next(p->config, NULL, memory);

	if (!first_memsw || !first_memory || (item != first_memsw && item != first_memory))
		return item;
	for (const struct config_item *at = first_memsw; at;
	     at = config_next(p->config, at, "lxc.cgroup.")) {
		if (at == first_memory)
			return item == first_memsw ? first_memory : first_memsw;
	}
	return item;
}

static int plan_v1(struct planner *p, bool devices)
{
	const struct config_item *item = NULL;
	int ret = 0;

	while (ret == 0 && (item = config_next(p->config, item, "lxc.cgroup.")) != NULL) {
		const struct config_item *use = in_order(p, item);
		const char *file = use->name + strlen("lxc.cgroup.");

		if (str_eq(file, "dir") || str_eq(file, "relative") || str_starts(file, "dir."))
			continue;
		if (str_starts(file, "devices") == devices)
			ret = add_v1_limit(p, use, file);
	}
	return ret;
}

static int plan_v2(struct planner *p, bool devices)
{
	const struct config_item *item = NULL;
	int hierarchy = cgroup_layout_find(&p->facts->cgroups, NULL);

	while ((item = config_next(p->config, item, "lxc.cgroup2.")) != NULL) {
		const char *file = item->name + strlen("lxc.cgroup2.");

		if (str_starts(file, "devices") != devices)
			continue;
		if (devices)
			return planner_refuse(
				p, item, -EOPNOTSUPP,
				"device rules on a unified cgroup host are not supported yet");
		add_write(p, item, file, hierarchy, false);
	}
	return 0;
}

/*
 * Limits of the layout that the host does not have are for other hosts (shared configurations name
 * both); without any hierarchy the container runs without cgroups.
 */
int plan_cgroup_limits(struct planner *p, bool devices)
{
	if (p->facts->cgroups.count == 0)
		return 0;
	return p->facts->cgroups.kind == CGROUP_UNIFIED ? plan_v2(p, devices) : plan_v1(p, devices);
}
