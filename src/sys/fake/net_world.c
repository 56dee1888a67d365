/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/net_world: the networks' part of fake_world(). Numbers of links, chosen hardware
 * addresses and what the kernel makes of these do not appear: they differ between equal worlds.
 */
#include "sys/fake/net.h"

static const char *place_of(struct fake *fake, const struct simple_ns *ns)
{
	return ns == kernel_of(fake)->host_net ? "" : "elsewhere ";
}

static void add_link(struct fake *fake, const struct link *link, struct str *out)
{
	const unsigned char *mac = link->mac;

	str_addf(out, "link %s%s %s %s mtu %u", place_of(fake, link->net), link->name,
		 link->kind->name, link->flags & IFF_UP ? "up" : "down", link->mtu);
	if (link->kind->has_lower)
		str_addf(out, " on %s%s detail %u",
			 link->lower->net == link->net ? "" : "another network's ",
			 link->lower->name, link->detail);
	if (link->master)
		str_addf(out, " master %s", link->master->name);
	if (link->peer)
		str_addf(out, " peer %s%s",
			 link->peer->net == link->net ? "" : "another network's ",
			 link->peer->name);
	if (link->mac_set)
		str_addf(out, " mac %02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
			 mac[4], mac[5]);
	str_add(out, "\n");
}

static void add_addresses(struct fake *fake, struct link *link, struct str *out)
{
	for (size_t i = 0; i < link->addresses.count; i++) {
		struct address *address = vec_at(&link->addresses, struct address, i);

		if (address->automatic)
			continue;
		str_addf(out, "address %s", place_of(fake, link->net));
		ip_text(&address->ip, out);
		str_addf(out, "/%u on %s", address->bits, link->name);
		if (address->has_broadcast) {
			str_add(out, " broadcast ");
			ip_text(&address->broadcast, out);
		}
		str_addf(out, " scope %u\n", address->scope);
	}
}

static void add_routes(struct fake *fake, struct simple_ns *ns, struct str *out)
{
	for (size_t i = 0; i < ns->net->routes.count; i++) {
		struct route *route = vec_at(&ns->net->routes, struct route, i);

		str_addf(out, "route %s", place_of(fake, ns));
		ip_text(&route->dst, out);
		str_addf(out, "/%u", route->bits);
		if (route->has_gateway) {
			str_add(out, " via ");
			ip_text(&route->gateway, out);
		}
		str_addf(out, " through %s scope %u metric %u\n", route->link->name, route->scope,
			 route->metric);
	}
	for (size_t i = 0; i < ns->net->proxies.count; i++) {
		struct proxy *proxy = vec_at(&ns->net->proxies, struct proxy, i);

		str_addf(out, "proxy %s", place_of(fake, ns));
		ip_text(&proxy->ip, out);
		str_addf(out, " on %s\n", proxy->link ? proxy->link->name : "any");
	}
}

void net_world(struct fake *fake, struct str *out)
{
	for (size_t i = 0; i < kernel_of(fake)->links.count; i++) {
		struct link *link = link_nth(fake, i);

		add_link(fake, link, out);
		add_addresses(fake, link, out);
		conf_world(link->conf, place_of(fake, link->net), link->name, out);
		if (link->kind != &link_kind_lo)
			continue;
		/* Each network has one of these. */
		add_routes(fake, link->net, out);
		conf_world(link->net->net->all, place_of(fake, link->net), "all", out);
		conf_world(link->net->net->fresh, place_of(fake, link->net), "default", out);
	}
}
