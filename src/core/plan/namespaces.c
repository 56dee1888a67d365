/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decision: which namespaces the container gets (start.md 1.6). */
#include "core/namespace/namespace.h"
#include "core/plan/planner.h"

#include <errno.h>

/* The bits that the words of all lines of a key name. */
static int read_set(struct planner *p, const char *key, uint64_t *out)
{
	const struct config_item *item = NULL;

	*out = 0;
	while ((item = config_next(p->config, item, key)) != NULL) {
		for (const char *at = item->value; *at;) {
			size_t n = strcspn(at, " \t\n");
			char word[16] = "";
			int index;

			if (n < sizeof(word))
				memcpy(word, at, n);
			index = n ? namespace_find(word, true) : 0;
			if (index < 0)
				return planner_refuse(p, item, -EINVAL,
						      "Invalid namespace name \"%.*s\"", (int)n,
						      at);
			if (n)
				*out |= namespace_kinds[index].flag;
			at += n + strspn(at + n, " \t\n");
		}
	}
	return 0;
}

static bool net_is_none(const struct planner *p)
{
	const struct config_item *item = NULL;
	unsigned none = 0, other = 0;

	while ((item = config_next(p->config, item, "lxc.net.")) != NULL) {
		if (!str_ends(item->name, ".type"))
			continue;
		if (str_eq(item->value, "none"))
			none++;
		else
			other++;
	}
	return none > 0 && other == 0;
}

int plan_namespaces(struct planner *p)
{
	const struct config_item *share = config_next(p->config, NULL, "lxc.namespace.share.");
	const struct config_item *idmap = planner_item(p, "lxc.idmap");
	struct namespace_wish wish = {
		.net_is_none = net_is_none(p),
		.has_cgroup_ns = p->facts->namespaces & CLONE_NEWCGROUP,
	};
	int ret = read_set(p, "lxc.namespace.keep", &wish.keep);

	if (ret == 0)
		ret = read_set(p, "lxc.namespace.clone", &wish.clone);
	if (ret < 0)
		return ret;
	if (share || idmap)
		return planner_refuse(p, share ? share : idmap, -EOPNOTSUPP,
				      "%s is not supported yet", (share ? share : idmap)->name);
	p->namespaces = namespace_choose(&wish);
	if (p->namespaces & CLONE_NEWUSER)
		return planner_refuse(p, planner_item(p, "lxc.namespace.clone"), -EOPNOTSUPP,
				      "a user namespace without lxc.idmap is not supported yet");
	return 0;
}
