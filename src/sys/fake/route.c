/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/route: the main routing table of a network, and the addresses for which it answers
 * (proxy neighbours).
 *
 * Sources: ip-route(8), ip-neighbour(8), rtnetlink(7), and what Linux 6.18 answers.
 */
#include "sys/fake/net.h"

#include <linux/rtnetlink.h>

enum { METRIC_ADDRESS = 256, METRIC_USER = 1024 }; /* of IPv6 */

static struct route *route_nth(struct simple_ns *ns, size_t i)
{
	return vec_at(&ns->net->routes, struct route, i);
}

/* --- where a gateway is --- */

/* The route with the longest prefix, through this link if one is given. */
static struct route *best_route(struct simple_ns *ns, const struct ip *ip, const struct link *link)
{
	struct route *best = NULL;

	for (size_t i = 0; i < ns->net->routes.count; i++) {
		struct route *route = route_nth(ns, i);

		if (ip_matches(ip, &route->dst, route->bits) && (!link || route->link == link) &&
		    (!best || route->bits > best->bits))
			best = route;
	}
	return best;
}

static bool is_broadcast_of(const struct ip *ip, const struct address *address)
{
	struct ip subnet = ip_prefix(&address->ip, address->bits);

	if (ip->family != AF_INET || address->bits > 30 || !ip_matches(ip, &subnet, address->bits))
		return false;
	for (unsigned i = address->bits; i < 32; i++)
		if (!(ip->bytes[i / 8] & (0x80 >> i % 8)))
			return false;
	return true;
}

static bool is_held_by(const struct ip *ip, const struct link *link)
{
	for (size_t i = 0; i < link->addresses.count; i++)
		if (ip_eq(&vec_at(&link->addresses, struct address, i)->ip, ip))
			return true;
	return false;
}

static int find_gateway4(struct simple_ns *ns, struct route *route)
{
	struct route *way = best_route(ns, &route->gateway, route->link);

	/* It must be reached more directly than what it leads to. */
	if (ip_is_multicast(&route->gateway) || !way || way->has_gateway ||
	    way->scope <= route->scope)
		return -ENETUNREACH;
	for (size_t i = 0; i < way->link->addresses.count; i++)
		if (is_broadcast_of(&route->gateway,
				    vec_at(&way->link->addresses, struct address, i)))
			return -EINVAL;
	route->link = way->link;
	return 0;
}

static int find_gateway6(struct simple_ns *ns, struct route *route)
{
	struct route *way;

	if (ip_is_link_local(&route->gateway))
		return !route->link ? -EINVAL : route->link->flags & IFF_UP ? 0 : -ENETDOWN;
	way = best_route(ns, &route->gateway, route->link);
	if (way && is_held_by(&route->gateway, way->link))
		return -EINVAL;
	if (!way || way->has_gateway)
		return -EHOSTUNREACH;
	route->link = way->link;
	return 0;
}

/* --- adding --- */

static bool is_same_place(const struct route *a, const struct route *b)
{
	return a->dst.family == b->dst.family && a->bits == b->bits && ip_eq(&a->dst, &b->dst) &&
	       a->metric == b->metric;
}

static int check(struct fake *fake, struct simple_ns *ns, struct route *route, int oif)
{
	unsigned width = 8 * ip_size(route->dst.family);
	struct ip front;

	if (route->bits > width)
		return -EINVAL;
	front = ip_prefix(&route->dst, route->bits);
	if (route->dst.family == AF_INET && !ip_eq(&front, &route->dst))
		return -EINVAL;
	route->dst = front;
	route->link = link_by_index(fake, ns, oif);
	if (route->has_gateway && route->dst.family == AF_INET)
		return find_gateway4(ns, route);
	if (oif && !route->link)
		return -ENODEV;
	if (route->has_gateway)
		return find_gateway6(ns, route);
	if (!route->link)
		return -ENODEV;
	return route->link->flags & IFF_UP ? 0 : -ENETDOWN;
}

static bool source_is_ours(struct fake *fake, struct simple_ns *ns, const struct ip *source)
{
	for (struct link *link = link_next(fake, ns, 0); link;
	     link = link_next(fake, ns, link->index))
		if (is_held_by(source, link))
			return true;
	return false;
}

int route_add(struct fake *fake, struct simple_ns *ns, const struct route *wanted, int oif,
	      unsigned flags)
{
	struct route route = *wanted;
	int ret = check(fake, ns, &route, oif);

	if (ret < 0)
		return ret;
	if (route.has_source && !source_is_ours(fake, ns, &route.source))
		return -EINVAL;
	if (route.dst.family == AF_INET6) {
		route.scope = RT_SCOPE_UNIVERSE;
		route.metric = route.metric ? route.metric : METRIC_USER;
	}
	for (size_t i = 0; i < ns->net->routes.count; i++) {
		if (!is_same_place(route_nth(ns, i), &route))
			continue;
		if (!(flags & NLM_F_REPLACE))
			return -EEXIST;
		*route_nth(ns, i) = route;
		return 0;
	}
	if (!(flags & NLM_F_CREATE))
		return -ENOENT;
	if (!vec_add(&ns->net->routes, &route))
		abort();
	return 0;
}

static bool has_subnet(const struct link *link, const struct ip *subnet, unsigned bits)
{
	for (size_t i = 0; i < link->addresses.count; i++) {
		struct address *address = vec_at(&link->addresses, struct address, i);

		if (address->bits == bits && ip_matches(&address->ip, subnet, bits))
			return true;
	}
	return false;
}

/* Whether the subnet of an address gets a route in the main table. */
static bool has_route(const struct link *link, const struct address *address)
{
	struct ip subnet = ip_prefix(&address->ip, address->bits);

	if (link->flags & IFF_LOOPBACK)
		return false;
	if (address->ip.family == AF_INET6)
		return true;
	return !address->secondary && address->bits < 32 && !ip_is_zero(&subnet) &&
	       !ip_is_multicast(&subnet);
}

void route_of_address(struct link *link, const struct address *address, bool add)
{
	bool is_ip4 = address->ip.family == AF_INET;
	struct route route = { .dst = ip_prefix(&address->ip, address->bits),
			       .bits = address->bits,
			       .scope = is_ip4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
			       .protocol = RTPROT_KERNEL,
			       .type = RTN_UNICAST,
			       .has_source = is_ip4,
			       .source = address->ip,
			       .metric = is_ip4 ? 0 : METRIC_ADDRESS,
			       .link = link };
	struct vec *routes = &link->net->net->routes;

	if (!has_route(link, address) || !(link->flags & IFF_UP) ||
	    (!add && !is_ip4 && has_subnet(link, &route.dst, route.bits)))
		return;
	for (size_t i = 0; i < routes->count; i++) {
		struct route *old = route_nth(link->net, i);

		if (old->link != link || old->protocol != RTPROT_KERNEL ||
		    !is_same_place(old, &route))
			continue;
		if (!add)
			vec_remove(routes, i);
		return;
	}
	if (add && !vec_add(routes, &route))
		abort();
}

/* --- removing --- */

int route_remove(struct simple_ns *ns, const struct route *wanted, int oif, bool has_metric)
{
	for (size_t i = 0; i < ns->net->routes.count; i++) {
		struct route *route = route_nth(ns, i);

		if (route->dst.family != wanted->dst.family || route->bits != wanted->bits ||
		    !ip_eq(&route->dst, &wanted->dst) ||
		    (route->dst.family == AF_INET && route->scope != wanted->scope) ||
		    (oif && route->link->index != oif) ||
		    (has_metric && route->metric != wanted->metric))
			continue;
		if (wanted->has_gateway &&
		    (!route->has_gateway || !ip_eq(&route->gateway, &wanted->gateway)))
			continue;
		vec_remove(&ns->net->routes, i);
		return 0;
	}
	return -ESRCH;
}

static void flush(struct link *link, unsigned char family, const struct ip *source)
{
	struct vec *routes = &link->net->net->routes;

	for (size_t i = routes->count; i-- > 0;) {
		struct route *route = route_nth(link->net, i);
		bool is_meant = source ? route->has_source && ip_eq(&route->source, source)
				       : route->link == link;

		if (is_meant && (!family || route->dst.family == family))
			vec_remove(routes, i);
	}
}

void route_flush(struct link *link, unsigned char family)
{
	flush(link, family, NULL);
}

void route_flush_source(struct link *link, const struct ip *source)
{
	flush(link, source->family, source);
}

/* --- proxy neighbours --- */

static size_t proxy_find(struct simple_ns *ns, const struct proxy *wanted)
{
	size_t i = 0;

	for (; i < ns->net->proxies.count; i++) {
		struct proxy *proxy = vec_at(&ns->net->proxies, struct proxy, i);

		if (proxy->link == wanted->link && ip_eq(&proxy->ip, &wanted->ip))
			break;
	}
	return i;
}

int proxy_add(struct simple_ns *ns, const struct proxy *proxy)
{
	if (proxy_find(ns, proxy) < ns->net->proxies.count)
		return 0; /* whatever the flags say */
	if (!vec_add(&ns->net->proxies, proxy))
		abort();
	return 0;
}

int proxy_remove(struct simple_ns *ns, const struct proxy *proxy)
{
	size_t i = proxy_find(ns, proxy);

	if (i == ns->net->proxies.count)
		return -ENOENT;
	vec_remove(&ns->net->proxies, i);
	return 0;
}

void proxy_flush(struct link *link, unsigned char family)
{
	struct vec *proxies = &link->net->net->proxies;

	for (size_t i = proxies->count; i-- > 0;) {
		struct proxy *proxy = vec_at(proxies, struct proxy, i);

		if (proxy->link == link && (!family || proxy->ip.family == family))
			vec_remove(proxies, i);
	}
}
