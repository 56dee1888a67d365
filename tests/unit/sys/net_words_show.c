/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net_words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stdio.h>

/* The attributes of a message by type; value.bytes NULL: absent. */
struct attributes {
	struct net_attribute at[64];
};

static void sort_out(struct net_reader rest, struct attributes *out)
{
	struct net_attribute attribute;

	*out = (struct attributes){ 0 };
	while (net_read_attribute(&rest, &attribute) > 0)
		if (attribute.type < ARRAY_LEN(out->at))
			out->at[attribute.type] = attribute;
}

static uint32_t number(const struct attributes *attributes, unsigned type)
{
	uint32_t value = 0;

	(void)net_attribute_u32(&attributes->at[type], &value);
	return value;
}

static const char *text_of(const struct attributes *attributes, unsigned type, char buf[64])
{
	return net_attribute_text(&attributes->at[type], buf, 64) < 0 ? "?" : buf;
}

static void add_address(const struct attributes *attributes, unsigned type, const char *word,
			int family, struct str *out)
{
	const struct net_reader *value = &attributes->at[type].value;
	char text[INET6_ADDRSTRLEN];

	if (value->bytes && value->len == (family == AF_INET ? 4 : 16) &&
	    inet_ntop(family, value->bytes, text, sizeof(text)))
		str_addf(out, "%s%s", word, text);
}

/* Made from a hardware address: ff:fe stands in the middle. */
static bool is_automatic(const struct attributes *attributes, unsigned type)
{
	const struct net_reader *value = &attributes->at[type].value;

	return value->bytes && value->len == 16 && value->bytes[0] == 0xfe &&
	       value->bytes[1] == 0x80 && value->bytes[11] == 0xff && value->bytes[12] == 0xfe;
}

static void add_link_name(struct net_words *net, unsigned index, struct str *out)
{
	struct ifreq request = { .ifr_ifindex = (int)index };
	int sock = sys_socket(net->sys, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (sys_ioctl(net->sys, sock, SIOCGIFNAME, &request) < 0)
		str_addf(out, " dev #%u", index);
	else
		str_addf(out, " dev %s", request.ifr_name);
	sys_close(net->sys, sock);
}

/* --- links --- */

static void add_mac(const struct net_reader *mac, struct str *out)
{
	if (!mac->bytes || mac->len != 6)
		return;
	if (mac->bytes[0] & 2) { /* locally administered: the kernel's choice, in these tests */
		str_add(out, " mac random");
		return;
	}
	str_add(out, " mac ");
	for (size_t i = 0; i < 6; i++)
		str_addf(out, "%s%02x", i ? ":" : "", mac->bytes[i]);
}

static void add_kind(const struct attributes *attributes, struct str *out)
{
	struct attributes info, data;
	char kind[64];
	uint16_t small;

	sort_out(attributes->at[IFLA_LINKINFO].value, &info);
	sort_out(info.at[IFLA_INFO_DATA].value, &data);
	if (!info.at[IFLA_INFO_KIND].value.bytes)
		return;
	str_addf(out, " %s", text_of(&info, IFLA_INFO_KIND, kind));
	if (str_eq(kind, "macvlan"))
		str_addf(out, " mode %u", number(&data, IFLA_MACVLAN_MODE));
	if (str_eq(kind, "vlan") && net_attribute_u16(&data.at[IFLA_VLAN_ID], &small) == 0)
		str_addf(out, " id %u", small);
	if (str_eq(kind, "ipvlan") && net_attribute_u16(&data.at[IFLA_IPVLAN_MODE], &small) == 0)
		str_addf(out, " mode %u", small);
}

static void show_link(struct net_words *net, struct net_reader body, struct str *out)
{
	static const struct {
		unsigned flag;
		const char *word;
	} flags[] = { { IFF_UP, " up" },
		      { IFF_LOOPBACK, " loopback" },
		      { IFF_BROADCAST, " broadcast" },
		      { IFF_MULTICAST, " multicast" },
		      { IFF_NOARP, " noarp" },
		      { IFF_LOWER_UP, " carrier" } };
	struct attributes attributes;
	struct ifinfomsg info;
	char name[64];

	if (net_read_body(&body, &info, sizeof(info)) < 0)
		return;
	sort_out(body, &attributes);
	str_addf(out, "%s #%d", text_of(&attributes, IFLA_IFNAME, name), info.ifi_index);
	add_kind(&attributes, out);
	if (!strstr(str_text(out), " veth") && info.ifi_type != ARPHRD_LOOPBACK)
		info.ifi_flags &= ~(unsigned)IFF_LOWER_UP; /* comes when the kernel has time */
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (info.ifi_flags & flags[i].flag)
			str_add(out, flags[i].word);
	str_addf(out, " type %u mtu %u", info.ifi_type, number(&attributes, IFLA_MTU));
	if (attributes.at[IFLA_MASTER].value.bytes)
		str_addf(out, " master #%u", number(&attributes, IFLA_MASTER));
	if (attributes.at[IFLA_LINK].value.bytes)
		str_addf(out, " link #%u", number(&attributes, IFLA_LINK));
	add_mac(&attributes.at[IFLA_ADDRESS].value, out);
	if (attributes.at[IFLA_STATS64].value.bytes)
		str_add(out, " counts");
}

/* --- addresses, routes, proxy neighbours --- */

static void show_address(struct net_words *net, struct net_reader body, struct str *out)
{
	struct attributes attributes;
	struct ifaddrmsg info;

	if (net_read_body(&body, &info, sizeof(info)) < 0)
		return;
	sort_out(body, &attributes);
	if (is_automatic(&attributes, IFA_ADDRESS)) {
		str_add(out, "automatic");
		add_link_name(net, info.ifa_index, out);
		str_add(out, " ");
		return;
	}
	add_address(&attributes, IFA_ADDRESS, "", info.ifa_family, out);
	str_addf(out, "/%u", info.ifa_prefixlen);
	add_link_name(net, info.ifa_index, out);
	add_address(&attributes, IFA_LOCAL, " local ", info.ifa_family, out);
	add_address(&attributes, IFA_BROADCAST, " brd ", info.ifa_family, out);
	str_addf(out, " scope %u", info.ifa_scope);
	if (info.ifa_flags & IFA_F_PERMANENT)
		str_add(out, " permanent");
	if (info.ifa_flags & IFA_F_SECONDARY)
		str_add(out, " secondary");
}

static void show_route(struct net_words *net, struct net_reader body, struct str *out)
{
	struct attributes attributes;
	struct rtmsg info;

	if (net_read_body(&body, &info, sizeof(info)) < 0)
		return;
	sort_out(body, &attributes);
	if (info.rtm_table != RT_TABLE_MAIN)
		return;
	if (info.rtm_family == AF_INET6 && info.rtm_dst_len == 64 &&
	    attributes.at[RTA_DST].value.len == 16 && attributes.at[RTA_DST].value.bytes[0] == 0xfe)
		return; /* comes with automatic addresses */
	if (!attributes.at[RTA_DST].value.bytes)
		str_add(out, "default");
	add_address(&attributes, RTA_DST, "", info.rtm_family, out);
	str_addf(out, "/%u", info.rtm_dst_len);
	add_address(&attributes, RTA_GATEWAY, " via ", info.rtm_family, out);
	if (attributes.at[RTA_OIF].value.bytes)
		add_link_name(net, number(&attributes, RTA_OIF), out);
	add_address(&attributes, RTA_PREFSRC, " src ", info.rtm_family, out);
	str_addf(out, " scope %u proto %u type %u", info.rtm_scope, info.rtm_protocol,
		 info.rtm_type);
	if (attributes.at[RTA_PRIORITY].value.bytes)
		str_addf(out, " metric %u", number(&attributes, RTA_PRIORITY));
}

static void show_neighbour(struct net_words *net, struct net_reader body, struct str *out)
{
	struct attributes attributes;
	struct ndmsg info;

	if (net_read_body(&body, &info, sizeof(info)) < 0 || !(info.ndm_flags & NTF_PROXY))
		return;
	sort_out(body, &attributes);
	str_add(out, "proxy");
	add_address(&attributes, NDA_DST, " ", info.ndm_family, out);
	add_link_name(net, (unsigned)info.ndm_ifindex, out);
}

void net_words_show(struct net_words *net, struct net_message *message, struct str *out)
{
	static const struct {
		unsigned type;
		void (*show)(struct net_words *net, struct net_reader body, struct str *out);
	} rows[] = { { RTM_NEWLINK, show_link },
		     { RTM_NEWADDR, show_address },
		     { RTM_NEWROUTE, show_route },
		     { RTM_NEWNEIGH, show_neighbour } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].type == message->type)
			rows[i].show(net, message->body, out);
}
