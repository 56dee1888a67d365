/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/address: addresses of links.
 *
 * Sources: ip-address(8), RFC 4291, and what Linux 6.18 answers.
 */
#include "sys/fake/net.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>

/* --- addresses as such --- */

unsigned ip_size(unsigned char family)
{
	return family == AF_INET ? 4 : 16;
}

bool ip_matches(const struct ip *ip, const struct ip *prefix, unsigned bits)
{
	struct ip front = ip_prefix(ip, bits);

	return ip->family == prefix->family && memcmp(front.bytes, prefix->bytes, 16) == 0;
}

bool ip_eq(const struct ip *a, const struct ip *b)
{
	return ip_matches(a, b, 8 * ip_size(a->family));
}

struct ip ip_prefix(const struct ip *ip, unsigned bits)
{
	struct ip front = { .family = ip->family };

	for (unsigned i = 0; i < bits; i++)
		front.bytes[i / 8] |= (unsigned char)(ip->bytes[i / 8] & (0x80 >> i % 8));
	return front;
}

bool ip_is_zero(const struct ip *ip)
{
	return ip_eq(ip, &(struct ip){ .family = ip->family });
}

bool ip_is_link_local(const struct ip *ip)
{
	return ip->family == AF_INET6 && ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

bool ip_is_multicast(const struct ip *ip)
{
	return ip->family == AF_INET6 ? ip->bytes[0] == 0xff : (ip->bytes[0] & 0xf0) == 0xe0;
}

static bool ip_is_loopback(const struct ip *ip)
{
	static const struct ip one = { AF_INET6, { [15] = 1 } };

	return ip->family == AF_INET6 ? ip_eq(ip, &one) : ip->bytes[0] == 127;
}

void ip_text(const struct ip *ip, struct str *out)
{
	char text[INET6_ADDRSTRLEN] = "?";

	inet_ntop(ip->family, ip->bytes, text, sizeof(text));
	str_add(out, text);
}

/* --- adding --- */

static struct address *address_nth(struct link *link, size_t i)
{
	return vec_at(&link->addresses, struct address, i);
}

/* Of IPv4 the same address may stand there with several prefixes. */
static bool is_same(const struct address *a, const struct ip *ip, unsigned bits)
{
	return ip_eq(&a->ip, ip) && (ip->family == AF_INET6 || a->bits == bits);
}

static bool shares_subnet(const struct address *a, const struct address *b)
{
	struct ip subnet = ip_prefix(&b->ip, b->bits);

	return a->bits == b->bits && ip_matches(&a->ip, &subnet, b->bits);
}

static int check(const struct link *link, const struct address *address)
{
	const struct ip *ip = &address->ip;

	if (address->bits > 8 * ip_size(ip->family))
		return -EINVAL;
	if (ip->family == AF_INET)
		return 0;
	if (link->conf[1].values[CONF_DISABLE_IPV6])
		return -EACCES;
	if (ip_is_multicast(ip) || ip_is_zero(ip) ||
	    (ip_is_loopback(ip) && !(link->flags & IFF_LOOPBACK)))
		return -EADDRNOTAVAIL;
	return 0;
}

/* The scope of IPv6 is in the address. */
static unsigned char scope_of(const struct address *address)
{
	if (address->ip.family == AF_INET)
		return address->scope;
	return ip_is_loopback(&address->ip)	? RT_SCOPE_HOST
	       : ip_is_link_local(&address->ip) ? RT_SCOPE_LINK
						: RT_SCOPE_UNIVERSE;
}

int address_add(struct fake *fake, struct link *link, const struct address *wanted, bool replace)
{
	struct address address = *wanted;
	int ret = check(link, wanted);

	if (ret < 0)
		return ret;
	address.scope = scope_of(wanted);
	if (ip_is_zero(&address.ip))
		return 0; /* of IPv4: it is taken and forgotten */
	for (size_t i = 0; i < link->addresses.count; i++) {
		struct address *old = address_nth(link, i);

		if (is_same(old, &address.ip, address.bits))
			return replace ? 0 : -EEXIST;
		if (address.ip.family != AF_INET || !shares_subnet(old, &address))
			continue;
		if (old->scope != address.scope)
			return -EINVAL;
		address.secondary = true;
	}
	if (!vec_add(&link->addresses, &address))
		abort();
	route_of_address(link, &address, true);
	return 0;
}

/* --- removing --- */

static bool has_any(struct link *link, unsigned char family)
{
	for (size_t i = 0; i < link->addresses.count; i++)
		if (address_nth(link, i)->ip.family == family)
			return true;
	return false;
}

static bool is_held(struct fake *fake, struct simple_ns *ns, const struct ip *ip)
{
	for (struct link *link = link_next(fake, ns, 0); link;
	     link = link_next(fake, ns, link->index))
		for (size_t i = 0; i < link->addresses.count; i++)
			if (ip_eq(&address_nth(link, i)->ip, ip))
				return true;
	return false;
}

static void take_out(struct fake *fake, struct link *link, size_t i)
{
	struct address gone = *address_nth(link, i);

	vec_remove(&link->addresses, i);
	route_of_address(link, &gone, false);
	if (!is_held(fake, link->net, &gone.ip))
		route_flush_source(link, &gone.ip);
	/* Without any address a link does not speak IPv4. */
	if (gone.ip.family == AF_INET && !has_any(link, AF_INET))
		route_flush(link, AF_INET);
}

int address_remove(struct fake *fake, struct link *link, const struct ip *ip, unsigned bits)
{
	struct address gone;
	size_t i = 0;

	while (i < link->addresses.count &&
	       (!ip_eq(&address_nth(link, i)->ip, ip) || address_nth(link, i)->bits != bits))
		i++;
	if (i == link->addresses.count)
		return -EADDRNOTAVAIL;
	gone = *address_nth(link, i);
	take_out(fake, link, i);
	/* The others of its subnet hang on the first one. */
	for (i = 0; gone.ip.family == AF_INET && !gone.secondary && i < link->addresses.count;)
		if (address_nth(link, i)->secondary && shares_subnet(address_nth(link, i), &gone))
			take_out(fake, link, i);
		else
			i++;
	return 0;
}

void address_flush(struct fake *fake, struct link *link, unsigned char family)
{
	for (size_t i = link->addresses.count; i-- > 0;)
		if (!family || address_nth(link, i)->ip.family == family)
			take_out(fake, link, i);
}

/* --- with the link --- */

/* RFC 4291, appendix A: the hardware address with ff:fe in the middle and one bit turned. */
static struct address automatic_of(const struct link *link)
{
	static const struct address loopback = { .ip = { AF_INET6, { [15] = 1 } },
						 .bits = 128,
						 .automatic = true };
	struct address address = { .ip = { AF_INET6, { 0xfe, 0x80 } },
				   .bits = 64,
				   .automatic = true };
	unsigned char *id = address.ip.bytes + 8;

	if (link->flags & IFF_LOOPBACK)
		return loopback;
	memcpy(id, link->mac, 3);
	id[0] ^= 2;
	id[3] = 0xff;
	id[4] = 0xfe;
	memcpy(id + 5, link->mac + 3, 3);
	return address;
}

void address_link_up(struct fake *fake, struct link *link)
{
	static const struct address localhost = { .ip = { AF_INET, { 127, 0, 0, 1 } },
						  .bits = 8,
						  .scope = RT_SCOPE_HOST,
						  .automatic = true };
	struct address automatic = automatic_of(link);

	for (size_t i = 0; i < link->addresses.count; i++)
		route_of_address(link, address_nth(link, i), true);
	if (link->flags & IFF_LOOPBACK)
		address_add(fake, link, &localhost, true);
	if (link_flags(fake, link) & IFF_LOWER_UP)
		address_add(fake, link, &automatic, true);
}

void address_link_down(struct fake *fake, struct link *link)
{
	address_flush(fake, link, AF_INET6);
	route_flush(link, 0);
	proxy_flush(link, 0);
}
