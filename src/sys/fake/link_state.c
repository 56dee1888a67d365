/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/link_state: links up and down, carrier, bridges and their ports, sizes and hardware
 * addresses.
 *
 * Sources: ip-link(8), netdevice(7), and what Linux 6.18 answers.
 */
#include "sys/fake/net.h"

/* --- carrier --- */

static bool bridge_has_carrier(struct fake *fake, const struct link *bridge)
{
	for (size_t i = 0; i < kernel_of(fake)->links.count; i++) {
		struct link *port = link_nth(fake, i);

		if (port->master == bridge && (port->flags & IFF_UP) &&
		    link_has_carrier(fake, port))
			return true;
	}
	return false;
}

bool link_has_carrier(struct fake *fake, const struct link *link)
{
	if (link_is(link, "bridge"))
		return bridge_has_carrier(fake, link);
	if (link_is(link, "veth"))
		return (link->flags & IFF_UP) && link->peer && (link->peer->flags & IFF_UP);
	if (link->lower)
		return (link->lower->flags & IFF_UP) && link_has_carrier(fake, link->lower);
	return true;
}

unsigned link_flags(struct fake *fake, const struct link *link)
{
	bool runs = (link->flags & IFF_UP) && link_has_carrier(fake, link);

	return link->flags | (runs ? IFF_LOWER_UP | IFF_RUNNING : 0);
}

void link_settle(struct fake *fake)
{
	for (size_t i = 0; i < kernel_of(fake)->links.count; i++) {
		struct link *link = link_nth(fake, i);
		bool has = link_flags(fake, link) & IFF_LOWER_UP;

		if (has && !link->had_carrier)
			address_link_up(fake, link);
		link->had_carrier = has;
	}
}

/* --- up and down --- */

/* A vlan cannot be up over what is down. */
static void lower_vlans(struct fake *fake, struct link *lower)
{
	for (size_t i = 0; i < kernel_of(fake)->links.count; i++) {
		struct link *link = link_nth(fake, i);

		if (link->lower == lower && link_is(link, "vlan"))
			link_set_flags(fake, link, 0, IFF_UP);
	}
}

int link_set_flags(struct fake *fake, struct link *link, unsigned flags, unsigned change)
{
	const unsigned may = IFF_UP | IFF_NOARP | IFF_PROMISC | IFF_ALLMULTI | IFF_MULTICAST;
	bool was_up = link->flags & IFF_UP;
	bool is_up = change & IFF_UP ? flags & IFF_UP : was_up;

	change &= may;
	if (is_up && !was_up && link_is(link, "vlan") && !(link->lower->flags & IFF_UP))
		return -ENETDOWN;
	link->flags = (link->flags & ~change) | (flags & change);
	if (is_up == was_up)
		return 0;
	if (is_up) {
		address_link_up(fake, link);
	} else {
		lower_vlans(fake, link);
		address_link_down(fake, link);
	}
	link_settle(fake);
	return 0;
}

/* --- sizes and hardware addresses --- */

static void take_mtu(struct fake *fake, struct link *link, unsigned mtu);

/* A bridge takes the least address and the least size of its ports, as long as nobody said others.
 */
static void bridge_follow_ports(struct fake *fake, struct link *bridge)
{
	unsigned char least[6] = { 0 };
	unsigned mtu = bridge->kind->mtu;
	bool has_port = false;

	for (size_t i = 0; i < kernel_of(fake)->links.count; i++) {
		struct link *port = link_nth(fake, i);

		if (port->master != bridge)
			continue;
		if (!has_port || memcmp(port->mac, least, 6) < 0)
			memcpy(least, port->mac, 6);
		if (!has_port || port->mtu < mtu)
			mtu = port->mtu;
		has_port = true;
	}
	if (!bridge->mac_set)
		memcpy(bridge->mac, least, 6);
	if (!bridge->mtu_set && bridge->mtu != mtu)
		take_mtu(fake, bridge, mtu);
}

/* What stands on a link is not larger than it. */
static void take_mtu(struct fake *fake, struct link *link, unsigned mtu)
{
	link->mtu = mtu;
	for (size_t i = 0; i < kernel_of(fake)->links.count; i++) {
		struct link *upper = link_nth(fake, i);

		if (upper->lower == link && upper->mtu > mtu)
			take_mtu(fake, upper, mtu);
	}
	if (link->master)
		bridge_follow_ports(fake, link->master);
}

int link_set_mtu(struct fake *fake, struct link *link, unsigned mtu)
{
	if (mtu < link->kind->mtu_min || mtu > link->kind->mtu_max)
		return -EINVAL;
	if (link->lower && mtu > link->lower->mtu)
		return link_is(link, "vlan") ? -ERANGE : -EINVAL;
	link->mtu_set = true;
	take_mtu(fake, link, mtu);
	return 0;
}

static bool mac_is_usable(const unsigned char mac[6])
{
	static const unsigned char none[6];

	return !(mac[0] & 1) && memcmp(mac, none, 6) != 0;
}

int link_set_mac(struct fake *fake, struct link *link, const unsigned char mac[6])
{
	if (!mac_is_usable(mac))
		return -EADDRNOTAVAIL;
	memcpy(link->mac, mac, 6);
	link->mac_set = true;
	if (link->master)
		bridge_follow_ports(fake, link->master);
	return 0;
}

/* --- ports --- */

int link_set_master(struct fake *fake, struct link *link, struct link *master)
{
	struct link *old = link->master;
	int ret = master && master != old ? link_may_be_port(fake, link, master) : 0;

	if (ret < 0 || (!master && !old))
		return ret;
	link->master = master;
	if (old)
		bridge_follow_ports(fake, old);
	if (master)
		bridge_follow_ports(fake, master);
	if (old != master)
		link_settle(fake);
	return 0;
}

int link_join(struct fake *fake, struct link *link, uint32_t index)
{
	struct link *master = link_by_index(fake, link->net, (int)index);

	if (index && !master)
		return -EINVAL;
	return link_set_master(fake, link, master);
}

/* --- all that one message says --- */

int link_change(struct fake *fake, struct link *link, const struct link_request *request)
{
	int ret = 0;

	if (request->net)
		ret = link_move(fake, link, request->net, request->name);
	if (ret == 0 && request->mac)
		ret = link_set_mac(fake, link, request->mac);
	if (ret == 0 && request->has_mtu)
		ret = link_set_mtu(fake, link, request->mtu);
	if (ret == 0 && request->name)
		ret = link_rename(fake, link, request->name);
	if (ret == 0 && request->has_master)
		ret = link_join(fake, link, request->master);
	if (ret == 0 && request->change)
		ret = link_set_flags(fake, link, request->flags, request->change);
	return ret;
}
