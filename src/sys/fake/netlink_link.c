/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/netlink_link: messages about links.
 *
 * Sources: rtnetlink(7), <linux/if_link.h>, <linux/veth.h>, and what Linux 6.18 answers.
 */
#include "sys/fake/net.h"
#include "sys/fake/sock.h"

#include <linux/capability.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

enum { INFO_COUNT = IFLA_INFO_DATA + 1, DATA_COUNT = 8, LINK_COUNT = 64 };

/* --- reading --- */

/* A text of at most 15 characters; its NUL need not be there. */
static int read_text(const struct nlattr *attribute, char text[LINK_NAME], const char **out)
{
	size_t len;

	if (!attribute)
		return 0;
	len = strnlen(netlink_value(attribute), netlink_size(attribute));
	if (len >= LINK_NAME)
		return -ERANGE;
	memcpy(text, netlink_value(attribute), len);
	text[len] = '\0';
	*out = text;
	return 0;
}

/* Where the link is to be: by a process or by a descriptor; over that network one must have rights
 * as well. */
static int read_place(struct fake *fake, const struct nlattr *const *attributes,
		      struct simple_ns **out)
{
	uint32_t number;
	int ret = 0;

	if (netlink_u32(attributes[IFLA_NET_NS_PID], &number)) {
		struct task *task = task_by_pid(fake, fake->current, (pid_t)number);

		*out = task ? task->net_ns : NULL;
		ret = *out ? 0 : -ESRCH;
	} else if (netlink_u32(attributes[IFLA_NET_NS_FD], &number)) {
		ret = net_ns_of_fd(fake->current, (int)number, out);
	}
	if (ret < 0 || !*out)
		return ret;
	return task_capable(fake->current, CAP_NET_ADMIN, (*out)->owner) ? 0 : -EPERM;
}

/* The room for what a request points to. */
struct texts {
	char name[LINK_NAME], kind[LINK_NAME];
};

static int read_link(struct fake *fake, const struct ifinfomsg *info,
		     const struct nlattr *const *attributes, struct texts *texts,
		     struct link_request *out)
{
	const struct nlattr *mac = attributes[IFLA_ADDRESS];
	int ret = read_text(attributes[IFLA_IFNAME], texts->name, &out->name);

	out->index = info->ifi_index;
	out->flags = info->ifi_flags;
	/* No mask, but flags: the whole set. */
	out->change = !info->ifi_change && info->ifi_flags ? ~0u : info->ifi_change;
	out->has_mtu = netlink_u32(attributes[IFLA_MTU], &out->mtu);
	out->has_master = netlink_u32(attributes[IFLA_MASTER], &out->master);
	out->has_lower = netlink_u32(attributes[IFLA_LINK], &out->lower);
	if (ret == 0 && mac && netlink_size(mac) < 6)
		ret = -EINVAL;
	if (mac)
		out->mac = netlink_value(mac);
	return ret < 0 ? ret : read_place(fake, attributes, &out->net);
}

static int read_peer(struct fake *fake, const struct nlattr *attribute, struct texts *texts,
		     struct link_request *out)
{
	const struct nlattr *attributes[LINK_COUNT];
	const char *bytes = attribute ? netlink_value(attribute) : NULL;
	struct ifinfomsg info;
	int ret;

	if (!attribute)
		return 0;
	if (netlink_size(attribute) < sizeof(info))
		return -EINVAL;
	memcpy(&info, bytes, sizeof(info));
	ret = netlink_parse(bytes + sizeof(info), netlink_size(attribute) - sizeof(info),
			    attributes, ARRAY_LEN(attributes));
	return ret < 0 ? ret : read_link(fake, &info, attributes, texts, out);
}

/* The one number that a kind has: of 16 or 32 bits, type 1. */
static void read_detail(const struct nlattr *attribute, struct link_request *out)
{
	uint16_t small;

	out->has_detail = netlink_u32(attribute, &out->detail);
	if (!attribute || netlink_size(attribute) != sizeof(small))
		return;
	memcpy(&small, netlink_value(attribute), sizeof(small));
	out->detail = small;
	out->has_detail = true;
}

static int read_info(struct fake *fake, const struct nlattr *linkinfo, struct texts texts[2],
		     struct link_request *peer, struct link_request *out)
{
	const struct nlattr *info[INFO_COUNT], *data[DATA_COUNT];
	const struct link_kind *kind;
	int ret = netlink_nested(linkinfo, info, ARRAY_LEN(info));

	if (ret == 0)
		ret = read_text(info[IFLA_INFO_KIND], texts[0].kind, &out->kind);
	if (ret == 0)
		ret = netlink_nested(info[IFLA_INFO_DATA], data, ARRAY_LEN(data));
	if (ret < 0 || !out->kind)
		return ret;
	if (str_eq(out->kind, "veth")) {
		out->peer = data[VETH_INFO_PEER] ? peer : NULL;
		return read_peer(fake, data[VETH_INFO_PEER], &texts[1], peer);
	}
	read_detail(data[1], out);
	kind = link_kind_find(fake, out->kind);
	return kind && kind->fits && out->has_detail ? kind->fits(out->detail) : 0;
}

static struct link *find(struct netlink_request *request, const struct link_request *wanted)
{
	if (wanted->index > 0)
		return link_by_index(request->fake, request->sock->net, wanted->index);
	return wanted->name ? link_by_name(request->fake, request->sock->net, wanted->name) : NULL;
}

/* The link that the message means, for those that change nothing of its own. */
static int find_named(struct netlink_request *request, struct link **out)
{
	struct link_request wanted = { 0 };
	struct texts texts;
	int ret = read_link(request->fake, request->body, request->attributes, &texts, &wanted);

	if (ret < 0)
		return ret;
	if (wanted.index < 0 || (!wanted.index && !wanted.name))
		return -EINVAL;
	*out = find(request, &wanted);
	return *out ? 0 : -ENODEV;
}

int netlink_link_new(struct netlink_request *request)
{
	unsigned flags = request->header->nlmsg_flags;
	struct link_request wanted = { 0 }, peer = { 0 };
	struct fake *fake = request->fake;
	struct texts texts[2];
	struct link *link;
	int ret = read_link(fake, request->body, request->attributes, &texts[0], &wanted);

	if (ret == 0)
		ret = read_info(fake, request->attributes[IFLA_LINKINFO], texts, &peer, &wanted);
	if (ret == 0 && wanted.index < 0)
		ret = -EINVAL;
	if (ret < 0)
		return ret;
	link = find(request, &wanted);
	if (link && (flags & NLM_F_EXCL))
		return -EEXIST;
	if (link)
		return flags & NLM_F_REPLACE ? -EOPNOTSUPP : link_change(fake, link, &wanted);
	if (!(flags & NLM_F_CREATE) || request->header->nlmsg_type == RTM_SETLINK)
		return -ENODEV;
	return flags & NLM_F_REPLACE ? -EOPNOTSUPP : link_create(fake, request->sock->net, &wanted);
}

int netlink_link_delete(struct netlink_request *request)
{
	struct link *link;
	int ret = find_named(request, &link);

	return ret < 0 ? ret : link_remove(request->fake, link);
}

/* --- telling --- */

static void put_info(struct netlink_request *request, const struct link *link)
{
	bool is_small = link_is(link, "vlan") || link_is(link, "ipvlan");
	size_t info = request->answer.len, data;
	uint16_t small = (uint16_t)link->detail;

	if (!link->kind->pattern)
		return;
	netlink_put(request, IFLA_LINKINFO, "", 0);
	netlink_put(request, IFLA_INFO_KIND, link->kind->name, strlen(link->kind->name) + 1);
	if (link->kind->has_lower) {
		data = request->answer.len;
		netlink_put(request, IFLA_INFO_DATA, "", 0);
		if (is_small)
			netlink_put(request, 1, &small, sizeof(small));
		else
			netlink_put_u32(request, 1, link->detail);
		netlink_patch(request, data);
	}
	netlink_patch(request, info);
}

static void tell(struct netlink_request *request, const struct link *link)
{
	struct ifinfomsg body = { .ifi_type = link->flags & IFF_LOOPBACK ? ARPHRD_LOOPBACK
									 : ARPHRD_ETHER,
				  .ifi_index = link->index,
				  .ifi_flags = link_flags(request->fake, link) };
	static const struct rtnl_link_stats64 none;
	const struct link *other = link->lower ? link->lower : link->peer;
	size_t at = netlink_begin(request, RTM_NEWLINK, &body, sizeof(body));

	netlink_put(request, IFLA_IFNAME, link->name, strlen(link->name) + 1);
	netlink_put_u32(request, IFLA_MTU, link->mtu);
	netlink_put(request, IFLA_ADDRESS, link->mac, sizeof(link->mac));
	if (other)
		netlink_put_u32(request, IFLA_LINK, (uint32_t)other->index);
	if (link->master)
		netlink_put_u32(request, IFLA_MASTER, (uint32_t)link->master->index);
	netlink_put(request, IFLA_STATS64, &none, sizeof(none));
	put_info(request, link);
	netlink_end(request, at);
}

int netlink_link_get(struct netlink_request *request)
{
	struct link *link;
	int ret = find_named(request, &link);

	if (ret == 0)
		tell(request, link);
	return ret;
}

int netlink_link_dump(struct netlink_request *request)
{
	struct simple_ns *net = request->sock->net;

	for (struct link *link = link_next(request->fake, net, 0); link;
	     link = link_next(request->fake, net, link->index))
		tell(request, link);
	return 0;
}
