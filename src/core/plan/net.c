/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chapter: the network inside. */
#include "core/plan/planner.h"

#include <errno.h>

/* The item beside this one: "lxc.net.0.type" and "flags" -> lxc.net.0.flags. */
static const struct config_item *sibling(const struct planner *p, const struct config_item *item,
					 const char *leaf)
{
	char name[64];
	size_t len = strlen(item->name) - strlen("type");

	if (len + strlen(leaf) >= sizeof(name))
		return NULL;
	memcpy(name, item->name, len);
	memcpy(name + len, leaf, strlen(leaf) + 1);
	return config_item(p->config, name);
}

int plan_network(struct planner *p)
{
	const struct config_item *item = NULL;

	while ((item = config_next(p->config, item, "lxc.net.")) != NULL) {
		const struct config_item *flags;
		uint32_t lo;

		if (!str_ends(item->name, ".type"))
			continue;
		if (!str_eq(item->value, "empty") && !str_eq(item->value, "none"))
			return planner_refuse(p, item, -EOPNOTSUPP,
					      "network type %s is not supported yet", item->value);
		flags = sibling(p, item, "flags");
		if (!(p->namespaces & CLONE_NEWNET) || str_eq(item->value, "none") || !flags ||
		    !strstr(flags->value, "up"))
			continue;
		planner_origin(p, flags, "");
		lo = plan_add_str(&p->b, "lo");
		plan_add_step(&p->b, STEP_link_up)->str[0] = lo;
	}
	return 0;
}
