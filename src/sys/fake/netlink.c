/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/netlink: a little of rtnetlink: links by index or name, up and down.
 *
 * Source: rtnetlink(7), netdevice(7).
 */
#include "sys/fake/sock.h"

#include <linux/capability.h>
#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>

static struct link *link_find(struct simple_ns *net, int index, const char *name)
{
	for (size_t i = 0; i < net->links.count; i++) {
		struct link *link = vec_at(&net->links, struct link, i);

		if (index > 0 ? link->index == index : name && str_eq(link->name, name))
			return link;
	}
	return NULL;
}

static int acknowledge(struct sock *sock, const struct nlmsghdr *request, int error)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr body;
	} reply = { .header = { .nlmsg_len = sizeof(reply), .nlmsg_type = NLMSG_ERROR } };

	reply.header.nlmsg_seq = request->nlmsg_seq;
	reply.header.nlmsg_pid = sock->port;
	reply.body.error = error;
	reply.body.msg = *request;
	return sock_push(sock, &reply, sizeof(reply), NULL);
}

static int tell_link(struct sock *sock, const struct nlmsghdr *request, const struct link *link,
		     bool is_dump)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
		struct rtattr attr;
		char name[16];
	} reply = { .header = { .nlmsg_len = sizeof(reply), .nlmsg_type = RTM_NEWLINK } };

	reply.header.nlmsg_seq = request->nlmsg_seq;
	reply.header.nlmsg_pid = sock->port;
	reply.header.nlmsg_flags = is_dump ? NLM_F_MULTI : 0;
	reply.info.ifi_index = link->index;
	reply.info.ifi_flags = link->flags | (link->index == 1 ? IFF_LOOPBACK : 0);
	reply.info.ifi_type = link->index == 1 ? 772 : 1; /* ARPHRD_LOOPBACK, ARPHRD_ETHER */
	reply.attr.rta_len = (unsigned short)RTA_LENGTH(sizeof(reply.name));
	reply.attr.rta_type = IFLA_IFNAME;
	memcpy(reply.name, link->name, sizeof(reply.name));
	return sock_push(sock, &reply, sizeof(reply), NULL);
}

static int dump_links(struct sock *sock, const struct nlmsghdr *request)
{
	struct {
		struct nlmsghdr header;
		int error;
	} done = { .header = { .nlmsg_len = sizeof(done),
			       .nlmsg_type = NLMSG_DONE,
			       .nlmsg_flags = NLM_F_MULTI } };

	for (size_t i = 0; i < sock->net->links.count; i++)
		tell_link(sock, request, vec_at(&sock->net->links, struct link, i), true);
	done.header.nlmsg_seq = request->nlmsg_seq;
	done.header.nlmsg_pid = sock->port;
	return sock_push(sock, &done, sizeof(done), NULL);
}

/* The name attribute of a link message; NULL when there is none. */
static const char *name_of(const struct nlmsghdr *request, char name[16])
{
	size_t at = NLMSG_SPACE(sizeof(struct ifinfomsg));

	while (at + sizeof(struct rtattr) <= request->nlmsg_len) {
		struct rtattr attr;

		memcpy(&attr, (const char *)request + at, sizeof(attr));
		if (attr.rta_len < sizeof(attr) || at + attr.rta_len > request->nlmsg_len)
			return NULL;
		if (attr.rta_type == IFLA_IFNAME) {
			snprintf(name, 16, "%.*s", (int)(attr.rta_len - sizeof(attr)),
				 (const char *)request + at + sizeof(attr));
			return name;
		}
		at += RTA_ALIGN(attr.rta_len);
	}
	return NULL;
}

static int set_link(struct fake *fake, struct sock *sock, const struct ifinfomsg *info,
		    struct link *link)
{
	if (!task_capable(fake->current, CAP_NET_ADMIN, sock->net->owner))
		return -EPERM;
	if (!link)
		return -ENODEV;
	link->flags = (link->flags & ~info->ifi_change) | (info->ifi_flags & info->ifi_change);
	return 0;
}

static void serve(struct fake *fake, struct sock *sock, const struct nlmsghdr *request)
{
	struct ifinfomsg info;
	struct link *link;
	char name[16];
	int error = 0;

	if (request->nlmsg_len < NLMSG_LENGTH(sizeof(info)) ||
	    (request->nlmsg_type != RTM_NEWLINK && request->nlmsg_type != RTM_SETLINK &&
	     request->nlmsg_type != RTM_GETLINK)) {
		acknowledge(sock, request, -EOPNOTSUPP);
		return;
	}
	memcpy(&info, NLMSG_DATA(request), sizeof(info));
	if (request->nlmsg_type == RTM_GETLINK && (request->nlmsg_flags & NLM_F_DUMP)) {
		dump_links(sock, request);
		return;
	}
	link = link_find(sock->net, info.ifi_index, name_of(request, name));
	if (request->nlmsg_type == RTM_GETLINK && link)
		tell_link(sock, request, link, false);
	else if (request->nlmsg_type == RTM_GETLINK)
		error = -ENODEV;
	else
		error = set_link(fake, sock, &info, link);
	if (error || (request->nlmsg_flags & NLM_F_ACK))
		acknowledge(sock, request, error);
}

ssize_t netlink_request(struct fake *fake, struct sock *sock, const char *bytes, size_t len)
{
	size_t at = 0;

	while (at + sizeof(struct nlmsghdr) <= len) {
		const struct nlmsghdr *request =
			(const struct nlmsghdr *)(const void *)(bytes + at);

		if (request->nlmsg_len < sizeof(*request) || at + request->nlmsg_len > len)
			break;
		serve(fake, sock, request);
		at += NLMSG_ALIGN(request->nlmsg_len);
	}
	return (ssize_t)len;
}

int netlink_ioctl(struct fake *fake, struct sock *sock, unsigned long request, void *arg)
{
	struct ifreq *ifr = arg;
	struct link *link;

	if (request != SIOCGIFFLAGS && request != SIOCSIFFLAGS && request != SIOCGIFINDEX)
		return -ENOTTY;
	link = link_find(sock->net, 0, ifr->ifr_name);
	if (!link)
		return -ENODEV;
	if (request == SIOCGIFINDEX)
		ifr->ifr_ifindex = link->index;
	else if (request == SIOCGIFFLAGS)
		ifr->ifr_flags = (short)(link->flags | (link->index == 1 ? IFF_LOOPBACK : 0));
	else if (!task_capable(fake->current, CAP_NET_ADMIN, sock->net->owner))
		return -EPERM;
	else
		link->flags = (unsigned)ifr->ifr_flags & ~(unsigned)IFF_LOOPBACK;
	return 0;
}
