/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/netlink: the border of rtnetlink: messages are checked for form and rights here, and
 * answers put together. What they mean: netlink_link.c, netlink_ip.c. Also the few ioctls for
 * links.
 *
 * Source: netlink(7), rtnetlink(7), netdevice(7).
 */
#include "sys/fake/net.h"
#include "sys/fake/sock.h"

#include <linux/capability.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>

/* As much as the kernel puts into one datagram of a dump at most. */
#define DATAGRAM_MAX 8192

static const struct {
	uint16_t type;
	uint16_t body;	/* size of the struct in front */
	bool by_family; /* IPv4 and IPv6 answer for themselves; there is nobody for others */
	int (*handle)(struct netlink_request *request);
	int (*dump)(struct netlink_request *request); /* of a RTM_GET* */
} kinds[] = {
	{ RTM_NEWLINK, sizeof(struct ifinfomsg), false, netlink_link_new, NULL },
	{ RTM_SETLINK, sizeof(struct ifinfomsg), false, netlink_link_new, NULL },
	{ RTM_DELLINK, sizeof(struct ifinfomsg), false, netlink_link_delete, NULL },
	{ RTM_GETLINK, sizeof(struct ifinfomsg), false, netlink_link_get, netlink_link_dump },
	{ RTM_NEWADDR, sizeof(struct ifaddrmsg), true, netlink_address_new, NULL },
	{ RTM_DELADDR, sizeof(struct ifaddrmsg), true, netlink_address_delete, NULL },
	{ RTM_GETADDR, 0, false, NULL, netlink_address_dump },
	{ RTM_NEWROUTE, sizeof(struct rtmsg), true, netlink_route_new, NULL },
	{ RTM_DELROUTE, sizeof(struct rtmsg), true, netlink_route_delete, NULL },
	{ RTM_GETROUTE, 0, false, NULL, netlink_route_dump },
	{ RTM_NEWNEIGH, sizeof(struct ndmsg), false, netlink_neighbour_new, NULL },
	{ RTM_DELNEIGH, sizeof(struct ndmsg), false, netlink_neighbour_delete, NULL },
	{ RTM_GETNEIGH, 0, false, NULL, netlink_neighbour_dump },
};

/* --- attributes --- */

size_t netlink_size(const struct nlattr *attribute)
{
	return attribute->nla_len - sizeof(*attribute);
}

const void *netlink_value(const struct nlattr *attribute)
{
	return attribute + 1;
}

int netlink_parse(const void *bytes, size_t len, const struct nlattr **out, size_t count)
{
	const char *at = bytes;

	memset(out, 0, count * sizeof(*out));
	while (len >= sizeof(struct nlattr)) {
		const struct nlattr *attribute = (const struct nlattr *)(const void *)at;
		size_t step = NLA_ALIGN((size_t)attribute->nla_len);
		unsigned type = attribute->nla_type & NLA_TYPE_MASK;

		if (attribute->nla_len < sizeof(*attribute) || attribute->nla_len > len)
			return -EINVAL;
		if (type < count)
			out[type] = attribute;
		step = step < len ? step : len;
		at += step;
		len -= step;
	}
	return 0;
}

int netlink_nested(const struct nlattr *attribute, const struct nlattr **out, size_t count)
{
	if (!attribute)
		return netlink_parse(NULL, 0, out, count);
	return netlink_parse(netlink_value(attribute), netlink_size(attribute), out, count);
}

bool netlink_u32(const struct nlattr *attribute, uint32_t *out)
{
	if (!attribute || netlink_size(attribute) != sizeof(*out))
		return false;
	memcpy(out, netlink_value(attribute), sizeof(*out));
	return true;
}

int netlink_ip(const struct nlattr *attribute, unsigned char family, struct ip *out)
{
	*out = (struct ip){ .family = family };
	if (!attribute)
		return 0;
	if (netlink_size(attribute) != ip_size(family))
		return -EINVAL;
	memcpy(out->bytes, netlink_value(attribute), ip_size(family));
	return 1;
}

/* --- answers --- */

static void flush_answer(struct netlink_request *request)
{
	if (request->answer.len > 0)
		sock_push(request->sock, request->answer.s, request->answer.len, NULL);
	str_clear(&request->answer);
}

static void pad(struct str *answer)
{
	while (answer->len % NLMSG_ALIGNTO)
		str_add_n(answer, "", 1);
}

size_t netlink_begin(struct netlink_request *request, uint16_t type, const void *body, size_t len)
{
	struct nlmsghdr header = { .nlmsg_type = type,
				   .nlmsg_seq = request->header->nlmsg_seq,
				   .nlmsg_pid = request->sock->port };
	size_t at;

	if (request->header->nlmsg_flags & NLM_F_DUMP)
		header.nlmsg_flags = NLM_F_MULTI;
	if (request->answer.len > DATAGRAM_MAX / 2)
		flush_answer(request);
	at = request->answer.len;
	str_add_n(&request->answer, &header, sizeof(header));
	str_add_n(&request->answer, body, len);
	pad(&request->answer);
	return at;
}

void netlink_end(struct netlink_request *request, size_t at)
{
	uint32_t len = (uint32_t)(request->answer.len - at);

	memcpy(request->answer.s + at, &len, sizeof(len));
}

void netlink_put(struct netlink_request *request, uint16_t type, const void *value, size_t len)
{
	struct nlattr head = { .nla_len = (uint16_t)(sizeof(head) + len), .nla_type = type };

	str_add_n(&request->answer, &head, sizeof(head));
	str_add_n(&request->answer, value, len);
	pad(&request->answer);
}

void netlink_put_u32(struct netlink_request *request, uint16_t type, uint32_t value)
{
	netlink_put(request, type, &value, sizeof(value));
}

void netlink_put_ip(struct netlink_request *request, uint16_t type, const struct ip *ip)
{
	netlink_put(request, type, ip->bytes, ip_size(ip->family));
}

void netlink_patch(struct netlink_request *request, size_t at)
{
	uint16_t len = (uint16_t)(request->answer.len - at);

	memcpy(request->answer.s + at, &len, sizeof(len));
}

/* A refusal brings the whole request back, a consent its head. */
static void acknowledge(struct netlink_request *request, int error)
{
	const struct nlmsghdr *header = request->header;
	struct nlmsgerr body = { .error = error, .msg = *header };
	size_t at;

	request->answer.len = 0;
	at = netlink_begin(request, NLMSG_ERROR, &body, sizeof(body));
	if (error < 0)
		str_add_n(&request->answer, header + 1, header->nlmsg_len - sizeof(*header));
	pad(&request->answer);
	netlink_end(request, at);
}

static void end_dump(struct netlink_request *request)
{
	int error = 0;

	netlink_end(request, netlink_begin(request, NLMSG_DONE, &error, sizeof(error)));
}

/* --- requests --- */

static int handle(struct netlink_request *request, size_t kind)
{
	const struct nlmsghdr *header = request->header;
	size_t body = kinds[kind].body, len = header->nlmsg_len - sizeof(*header);
	unsigned char family;
	int ret;

	/* The first byte of each body. */
	family = len > 0 ? ((const struct rtgenmsg *)(header + 1))->rtgen_family : AF_UNSPEC;
	if (kinds[kind].by_family && family != AF_INET && family != AF_INET6)
		return -EOPNOTSUPP;
	if (len < body)
		return -EINVAL;
	request->body = header + 1;
	ret = netlink_parse((const char *)(header + 1) + NLMSG_ALIGN(body),
			    len > NLMSG_ALIGN(body) ? len - NLMSG_ALIGN(body) : 0,
			    request->attributes, ARRAY_LEN(request->attributes));
	return ret < 0 ? ret : kinds[kind].handle(request);
}

/* Whether an acknowledgement is due, with what in *error. */
static bool serve(struct netlink_request *request, int *error)
{
	const struct nlmsghdr *header = request->header;
	size_t kind = 0;
	bool reads;

	*error = 0;
	if (!(header->nlmsg_flags & NLM_F_REQUEST) || header->nlmsg_type < NLMSG_MIN_TYPE)
		return header->nlmsg_flags & NLM_F_ACK;
	while (kind < ARRAY_LEN(kinds) && kinds[kind].type != header->nlmsg_type)
		kind++;
	reads = (header->nlmsg_type & 3) == 2; /* new, del, get, set */
	*error = -EOPNOTSUPP;
	if (kind == ARRAY_LEN(kinds))
		return true;
	*error = -EPERM;
	if (!reads &&
	    !task_capable(request->fake->current, CAP_NET_ADMIN, request->sock->net->owner))
		return true;
	if (reads && (header->nlmsg_flags & NLM_F_DUMP)) {
		*error = kinds[kind].dump(request);
		end_dump(request);
		return false;
	}
	*error = kinds[kind].handle ? handle(request, kind) : -EOPNOTSUPP;
	return *error < 0 || (header->nlmsg_flags & NLM_F_ACK);
}

ssize_t netlink_request(struct fake *fake, struct sock *sock, const char *bytes, size_t len)
{
	size_t at = 0;

	while (at + sizeof(struct nlmsghdr) <= len) {
		struct netlink_request request = {
			.fake = fake,
			.sock = sock,
			.header = (const struct nlmsghdr *)(const void *)(bytes + at),
		};
		size_t step = request.header->nlmsg_len;
		int error;

		if (step < sizeof(struct nlmsghdr) || step > len - at)
			break;
		if (serve(&request, &error))
			acknowledge(&request, error);
		flush_answer(&request);
		str_finish(&request.answer);
		at += NLMSG_ALIGN(step);
	}
	return (ssize_t)len;
}

/* --- ioctls --- */

int netlink_ioctl(struct fake *fake, struct sock *sock, unsigned long command, void *arg)
{
	struct ifreq *ifr = arg;
	struct link *link;

	if (command != SIOCGIFFLAGS && command != SIOCSIFFLAGS && command != SIOCGIFINDEX &&
	    command != SIOCGIFNAME)
		return -ENOTTY;
	ifr->ifr_name[IFNAMSIZ - 1] = '\0';
	link = command == SIOCGIFNAME ? link_by_index(fake, sock->net, ifr->ifr_ifindex)
				      : link_by_name(fake, sock->net, ifr->ifr_name);
	if (!link)
		return -ENODEV;
	switch (command) {
	case SIOCGIFNAME:
		strcpy(ifr->ifr_name, link->name);
		return 0;
	case SIOCGIFINDEX:
		ifr->ifr_ifindex = link->index;
		return 0;
	case SIOCGIFFLAGS:
		ifr->ifr_flags = (short)link_flags(fake, link);
		return 0;
	default:
		if (!task_capable(fake->current, CAP_NET_ADMIN, sock->net->owner))
			return -EPERM;
		return link_set_flags(fake, link, (unsigned short)ifr->ifr_flags, 0xffff);
	}
}
