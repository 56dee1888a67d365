/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/link_kind: what the kinds of links have apart: names, sizes, what they stand on, who may
 * be a port of whom.
 *
 * Sources: ip-link(8), <linux/if_link.h>, and what Linux 6.18 answers. Its author's kernel had no
 * vlan, ipvlan and dummy: of these only the documented rules are here.
 */
#include "sys/fake/net.h"

#include <linux/if_link.h>

bool link_is(const struct link *link, const char *kind)
{
	return str_eq(link->kind->name, kind);
}

static bool has_upper(struct fake *fake, const struct link *lower, const struct link_kind *kind)
{
	for (size_t i = 0; i < kernel_of(fake)->links.count; i++)
		if (link_nth(fake, i)->lower == lower && link_nth(fake, i)->kind == kind)
			return true;
	return false;
}

static bool is_bridge(const struct link *link)
{
	return link_is(link, "bridge");
}

/* Packets of a link go to one taker: a bridge, or macvlans, or ipvlans. */
static int lower_is_free(struct fake *fake, const struct link *link, const char *other)
{
	if (link->lower->flags & IFF_LOOPBACK)
		return -EINVAL;
	if (link->lower->master || has_upper(fake, link->lower, link_kind_find(fake, other)))
		return -EBUSY;
	return 0;
}

static int fits_macvlan(unsigned mode)
{
	bool is_one_bit = mode && (mode & (mode - 1)) == 0;

	return mode <= MACVLAN_MODE_SOURCE && is_one_bit ? 0 : -EINVAL;
}

static int check_macvlan(struct fake *fake, struct link *link)
{
	int ret = lower_is_free(fake, link, "ipvlan");

	if (ret < 0)
		return ret;
	/* Passing all through leaves nothing for others. */
	for (size_t i = 0; i < kernel_of(fake)->links.count; i++) {
		struct link *other = link_nth(fake, i);

		if (other->lower == link->lower && other->kind == link->kind &&
		    ((other->detail | link->detail) & MACVLAN_MODE_PASSTHRU))
			return -EINVAL;
	}
	return 0;
}

static int fits_ipvlan(unsigned mode)
{
	return mode < IPVLAN_MODE_MAX ? 0 : -EINVAL;
}

static int check_ipvlan(struct fake *fake, struct link *link)
{
	return lower_is_free(fake, link, "macvlan");
}

static int fits_vlan(unsigned id)
{
	return id < 4095 ? 0 : -ERANGE;
}

static int check_vlan(struct fake *fake, struct link *link)
{
	for (size_t i = 0; i < kernel_of(fake)->links.count; i++) {
		struct link *other = link_nth(fake, i);

		if (other->lower == link->lower && other->kind == link->kind &&
		    other->detail == link->detail)
			return -EEXIST;
	}
	return 0;
}

#define ETHERNET (IFF_BROADCAST | IFF_MULTICAST)

const struct link_kind link_kind_lo = {
	.name = "lo", .flags = IFF_LOOPBACK, .mtu = 65536, .mtu_max = INT32_MAX, .stays = true
};

const struct link_kind link_kind_physical = {
	.name = "physical", .flags = ETHERNET, .mtu = 1500, .mtu_min = 68, .mtu_max = 9000
};

static const struct link_kind kinds[] = {
	{ .name = "veth",
	  .pattern = "veth%d",
	  .flags = ETHERNET,
	  .mtu = 1500,
	  .mtu_min = 68,
	  .mtu_max = 65535 },
	{ .name = "bridge",
	  .pattern = "bridge%d",
	  .flags = ETHERNET,
	  .mtu = 1500,
	  .mtu_min = 68,
	  .mtu_max = 65535,
	  .stays = true },
	{ .name = "macvlan",
	  .pattern = "macvlan%d",
	  .flags = ETHERNET,
	  .mtu = 1500,
	  .mtu_min = 68,
	  .mtu_max = 65535,
	  .has_lower = true,
	  .plain_detail = MACVLAN_MODE_VEPA,
	  .fits = fits_macvlan,
	  .check = check_macvlan },
	{ .name = "ipvlan",
	  .pattern = "ipvlan%d",
	  .flags = ETHERNET | IFF_NOARP,
	  .mtu = 1500,
	  .mtu_min = 68,
	  .mtu_max = 65535,
	  .has_lower = true,
	  .plain_detail = IPVLAN_MODE_L3,
	  .fits = fits_ipvlan,
	  .check = check_ipvlan },
	{ .name = "vlan",
	  .pattern = "vlan%d",
	  .flags = ETHERNET,
	  .mtu = 1500,
	  .mtu_max = 65535,
	  .has_lower = true,
	  .fits = fits_vlan,
	  .check = check_vlan },
	{ .name = "dummy",
	  .pattern = "dummy%d",
	  .flags = IFF_BROADCAST | IFF_NOARP,
	  .mtu = 1500,
	  .mtu_max = INT32_MAX },
};

/* Whether a word stands in a list of words. */
static bool is_listed(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; at && *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (n == len && strncmp(at, word, len) == 0)
			return true;
		at += n;
	}
	return false;
}

const struct link_kind *link_kind_find(struct fake *fake, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(kinds[i].name, name))
			return is_listed(fake->options.no_link_kinds, name) ? NULL : &kinds[i];
	return NULL;
}

int link_may_be_port(struct fake *fake, const struct link *link, const struct link *master)
{
	const struct link_kind *takers[] = { link_kind_find(fake, "macvlan"),
					     link_kind_find(fake, "ipvlan") };

	if (!is_bridge(master))
		return -EOPNOTSUPP;
	if (link->flags & IFF_LOOPBACK)
		return -EINVAL;
	if (is_bridge(link))
		return -ELOOP;
	if (link_is(link, "ipvlan"))
		return -EOPNOTSUPP;
	for (size_t i = 0; i < ARRAY_LEN(takers); i++)
		if (takers[i] && has_upper(fake, link, takers[i]))
			return -EBUSY;
	return 0;
}
