/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/netlink_ip: messages about addresses, routes and proxy neighbours.
 *
 * Sources: rtnetlink(7), <linux/if_addr.h>, <linux/rtnetlink.h>, <linux/neighbour.h>, and what
 * Linux 6.18 answers.
 */
#include "sys/fake/net.h"
#include "sys/fake/sock.h"

#include <linux/rtnetlink.h>

/* Which family a dump is about; 0: all. */
static unsigned char family_wanted(const struct netlink_request *request)
{
	return request->header->nlmsg_len > sizeof(struct nlmsghdr)
		       ? ((const struct rtgenmsg *)(request->header + 1))->rtgen_family
		       : 0;
}

static bool is_wanted(unsigned char wanted, const struct ip *ip)
{
	return !wanted || ip->family == wanted;
}

/* --- addresses --- */

static int read_address(struct netlink_request *request, struct link **link, struct address *out)
{
	const struct ifaddrmsg *info = request->body;
	struct ip address;
	int ret, local, far;

	*out = (struct address){ .bits = info->ifa_prefixlen, .scope = info->ifa_scope };
	local = netlink_ip(request->attributes[IFA_LOCAL], info->ifa_family, &out->ip);
	far = netlink_ip(request->attributes[IFA_ADDRESS], info->ifa_family, &address);
	ret = netlink_ip(request->attributes[IFA_BROADCAST], info->ifa_family, &out->broadcast);
	if (ret < 0 || local < 0 || far < 0 || (!local && !far))
		return -EINVAL;
	out->has_broadcast = ret > 0 && info->ifa_family == AF_INET;
	if (!local)
		out->ip = address;
	*link = link_by_index(request->fake, request->sock->net, (int)info->ifa_index);
	if (out->bits > 8 * ip_size(info->ifa_family))
		return -EINVAL;
	return *link ? 0 : -ENODEV;
}

int netlink_address_new(struct netlink_request *request)
{
	bool replace = request->header->nlmsg_flags & NLM_F_REPLACE;
	struct address address;
	struct link *link;
	int ret = read_address(request, &link, &address);

	return ret < 0 ? ret : address_add(request->fake, link, &address, replace);
}

int netlink_address_delete(struct netlink_request *request)
{
	struct address address;
	struct link *link;
	int ret = read_address(request, &link, &address);

	return ret < 0 ? ret : address_remove(request->fake, link, &address.ip, address.bits);
}

static void tell_address(struct netlink_request *request, const struct link *link,
			 const struct address *address)
{
	struct ifaddrmsg body = { .ifa_family = address->ip.family,
				  .ifa_prefixlen = address->bits,
				  .ifa_scope = address->scope,
				  .ifa_index = (unsigned)link->index };
	size_t at;

	body.ifa_flags = IFA_F_PERMANENT | (address->secondary ? IFA_F_SECONDARY : 0);
	at = netlink_begin(request, RTM_NEWADDR, &body, sizeof(body));
	netlink_put_ip(request, IFA_ADDRESS, &address->ip);
	if (address->ip.family == AF_INET) {
		netlink_put_ip(request, IFA_LOCAL, &address->ip);
		netlink_put(request, IFA_LABEL, link->name, strlen(link->name) + 1);
	}
	if (address->has_broadcast)
		netlink_put_ip(request, IFA_BROADCAST, &address->broadcast);
	netlink_put_u32(request, IFA_FLAGS, body.ifa_flags);
	netlink_end(request, at);
}

int netlink_address_dump(struct netlink_request *request)
{
	static const unsigned char families[] = { AF_INET, AF_INET6 };
	unsigned char wanted = family_wanted(request);
	struct simple_ns *net = request->sock->net;

	for (size_t f = 0; f < ARRAY_LEN(families); f++)
		for (struct link *link = link_next(request->fake, net, 0); link;
		     link = link_next(request->fake, net, link->index))
			for (size_t i = 0; i < link->addresses.count; i++) {
				struct address *address =
					vec_at(&link->addresses, struct address, i);

				if (address->ip.family == families[f] &&
				    is_wanted(wanted, &address->ip))
					tell_address(request, link, address);
			}
	return 0;
}

/* --- routes --- */

static int read_route(struct netlink_request *request, struct route *out, int *oif)
{
	const struct rtmsg *info = request->body;
	const struct nlattr *const *attributes = request->attributes;
	uint32_t number = 0;
	int ret, dst, gateway;

	*out = (struct route){ .bits = info->rtm_dst_len,
			       .scope = info->rtm_scope,
			       .protocol = info->rtm_protocol,
			       .type = info->rtm_type };
	dst = netlink_ip(attributes[RTA_DST], info->rtm_family, &out->dst);
	gateway = netlink_ip(attributes[RTA_GATEWAY], info->rtm_family, &out->gateway);
	ret = netlink_ip(attributes[RTA_PREFSRC], info->rtm_family, &out->source);
	if (dst < 0 || gateway < 0 || ret < 0)
		return -EINVAL;
	out->has_gateway = gateway > 0 && !ip_is_zero(&out->gateway);
	out->has_source = ret > 0;
	*oif = netlink_u32(attributes[RTA_OIF], &number) ? (int)number : 0;
	(void)netlink_u32(attributes[RTA_PRIORITY], &out->metric);
	/* One table and one type is all there is; what else is said must not seem done. */
	return info->rtm_table == RT_TABLE_MAIN || !info->rtm_table ? 0 : -EOPNOTSUPP;
}

int netlink_route_new(struct netlink_request *request)
{
	struct route route;
	int oif, ret = read_route(request, &route, &oif);

	if (ret == 0 && route.type != RTN_UNICAST)
		ret = -EOPNOTSUPP;
	return ret < 0 ? ret
		       : route_add(request->fake, request->sock->net, &route, oif,
				   request->header->nlmsg_flags);
}

int netlink_route_delete(struct netlink_request *request)
{
	struct route route;
	int oif, ret = read_route(request, &route, &oif);

	return ret < 0 ? ret
		       : route_remove(request->sock->net, &route, oif,
				      request->attributes[RTA_PRIORITY]);
}

static void tell_route(struct netlink_request *request, const struct route *route)
{
	struct rtmsg body = { .rtm_family = route->dst.family,
			      .rtm_dst_len = route->bits,
			      .rtm_table = RT_TABLE_MAIN,
			      .rtm_protocol = route->protocol,
			      .rtm_scope = route->scope,
			      .rtm_type = route->type };
	size_t at = netlink_begin(request, RTM_NEWROUTE, &body, sizeof(body));

	netlink_put_u32(request, RTA_TABLE, RT_TABLE_MAIN);
	if (route->bits)
		netlink_put_ip(request, RTA_DST, &route->dst);
	if (route->metric)
		netlink_put_u32(request, RTA_PRIORITY, route->metric);
	if (route->has_source)
		netlink_put_ip(request, RTA_PREFSRC, &route->source);
	if (route->has_gateway)
		netlink_put_ip(request, RTA_GATEWAY, &route->gateway);
	netlink_put_u32(request, RTA_OIF, (uint32_t)route->link->index);
	netlink_end(request, at);
}

int netlink_route_dump(struct netlink_request *request)
{
	unsigned char wanted = family_wanted(request);
	struct vec *routes = &request->sock->net->net->routes;

	for (size_t i = 0; i < routes->count; i++)
		if (is_wanted(wanted, &vec_at(routes, struct route, i)->dst))
			tell_route(request, vec_at(routes, struct route, i));
	return 0;
}

/* --- neighbours: those for which we answer --- */

static int read_neighbour(struct netlink_request *request, struct proxy *out)
{
	const struct ndmsg *info = request->body;

	*out = (struct proxy){ 0 };
	if (!request->attributes[NDA_DST])
		return -EINVAL;
	if (info->ndm_ifindex) {
		out->link = link_by_index(request->fake, request->sock->net, info->ndm_ifindex);
		if (!out->link)
			return -ENODEV;
	}
	if (info->ndm_family != AF_INET && info->ndm_family != AF_INET6)
		return -EAFNOSUPPORT;
	if (netlink_ip(request->attributes[NDA_DST], info->ndm_family, &out->ip) < 0)
		return -EINVAL;
	return info->ndm_flags & NTF_PROXY ? 0 : -EOPNOTSUPP;
}

int netlink_neighbour_new(struct netlink_request *request)
{
	struct proxy proxy;
	int ret = read_neighbour(request, &proxy);

	return ret < 0 ? ret : proxy_add(request->sock->net, &proxy);
}

int netlink_neighbour_delete(struct netlink_request *request)
{
	struct proxy proxy;
	int ret = read_neighbour(request, &proxy);

	return ret < 0 ? ret : proxy_remove(request->sock->net, &proxy);
}

/* Only who asks for proxies is told of them. */
int netlink_neighbour_dump(struct netlink_request *request)
{
	const struct ndmsg *info = (const struct ndmsg *)(request->header + 1);
	unsigned char wanted = family_wanted(request);
	struct vec *proxies = &request->sock->net->net->proxies;

	if (request->header->nlmsg_len < NLMSG_LENGTH(sizeof(*info)) ||
	    !(info->ndm_flags & NTF_PROXY))
		return 0;
	for (size_t i = 0; i < proxies->count; i++) {
		struct proxy *proxy = vec_at(proxies, struct proxy, i);
		struct ndmsg body = { .ndm_family = proxy->ip.family,
				      .ndm_ifindex = proxy->link ? proxy->link->index : 0,
				      .ndm_flags = NTF_PROXY,
				      .ndm_type = RTN_UNICAST };
		size_t at;

		if (!is_wanted(wanted, &proxy->ip))
			continue;
		at = netlink_begin(request, RTM_NEWNEIGH, &body, sizeof(body));
		netlink_put_ip(request, NDA_DST, &proxy->ip);
		netlink_end(request, at);
	}
	return 0;
}
