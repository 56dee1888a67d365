/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/net: what the files of the model network know of each other. Private to them.
 *
 * A link is one object for its whole life, also when it goes from one network namespace to another; the world has one list
 * of them. Addresses belong to their link; routes and proxy neighbours belong to a network and name a link. What the kernel
 * would do later by itself (carrier, automatic addresses, the end of a namespace) happens at once here.
 * Not modelled: packets, the table "local", policy rules, multicast, IPv6 below an MTU of 1280.
 */
#ifndef SYS_FAKE_NET_H
#define SYS_FAKE_NET_H

#include "sys/fake/task.h"

#include <linux/if.h>
#include <linux/netlink.h>

enum { LINK_NAME = 16, FAMILY_COUNT = 2 };

/* --- settings: net_proc.c has their names --- */
enum conf_key { CONF_FORWARDING, CONF_DISABLE_IPV6, CONF_OTHERS, CONF_COUNT = 8 };
/* Of one family (0: IPv4, 1: IPv6), for one link, "all" or "default". */
struct conf {
	int values[CONF_COUNT];
};
static inline size_t family_index(int family)
{
	return family == AF_INET ? 0 : 1;
}

/* --- addresses of both families --- */
struct ip {
	unsigned char family; /* AF_INET, AF_INET6 */
	unsigned char bytes[16];
};
bool ip_eq(const struct ip *a, const struct ip *b);
bool ip_matches(const struct ip *ip, const struct ip *prefix, unsigned bits); /* of the same family, equal in front */
struct ip ip_prefix(const struct ip *ip, unsigned bits);                      /* the rest zero */
bool ip_is_zero(const struct ip *ip);
bool ip_is_link_local(const struct ip *ip); /* fe80::/10 */
bool ip_is_multicast(const struct ip *ip);
unsigned ip_size(unsigned char family);     /* bytes: 4, 16 */
void ip_text(const struct ip *ip, struct str *out);

struct address {
	struct ip ip;
	unsigned char bits, scope;
	bool secondary;
	bool automatic; /* by the kernel: not in the world's text, for the state of the link says it */
	bool has_broadcast;
	struct ip broadcast;
};

struct route {
	struct ip dst, gateway, source;
	unsigned char bits, scope, protocol, type;
	bool has_gateway, has_source;
	uint32_t metric;
	struct link *link;
};

struct proxy {
	struct ip ip;
	struct link *link; /* NULL: any */
};

/* --- links --- */
struct link_kind;
struct link {
	const struct link_kind *kind;
	char name[LINK_NAME];
	int index;
	unsigned flags; /* IFF_UP, IFF_LOOPBACK, ... without what follows from carrier */
	unsigned mtu;
	bool mtu_set, mac_set; /* by somebody: a bridge does not choose its own any more */
	unsigned char mac[6];
	struct simple_ns *net;             /* not a reference: the links of a namespace end with it, or leave */
	struct link *peer, *master, *lower; /* veth; of a port; vlan, macvlan, ipvlan */
	unsigned detail;                   /* mode of macvlan and ipvlan, id of a vlan */
	bool had_carrier, dying;
	struct vec addresses;              /* struct address */
	struct conf conf[FAMILY_COUNT];
};

/* A network: the part of a namespace that is no link. */
struct net {
	int last_index;
	struct vec routes;  /* struct route */
	struct vec proxies; /* struct proxy */
	struct conf all[FAMILY_COUNT], fresh[FAMILY_COUNT]; /* fresh: "default" */
};

/* What a new link is to be, or a change of one. NULL, 0, false: nothing said. The message border has checked forms and
   rights; the functions below check sense. */
struct link_request {
	int index;
	const char *name, *kind;
	unsigned flags, change;
	uint32_t mtu, detail, lower, master;
	bool has_mtu, has_detail, has_lower, has_master;
	const unsigned char *mac; /* 6 bytes */
	struct simple_ns *net;    /* where to */
	struct link_request *peer;
};

struct link_kind {
	const char *name, *pattern;     /* pattern: of the name when none is given; NULL: nobody can make one by message */
	unsigned flags, mtu, mtu_min, mtu_max;
	bool has_lower, stays;          /* stays: cannot leave its namespace */
	unsigned char plain_detail;     /* detail when none is given */
	int (*fits)(unsigned detail);   /* NULL: it has no detail */
	/* Whether it can stand where it is to stand; link is not in the list yet. */
	int (*check)(struct fake *fake, struct link *link);
};

/* link.c: life, names, places */
void net_create(struct fake *fake, struct simple_ns *ns); /* with lo */
void net_destroy(struct fake *fake, struct simple_ns *ns); /* its physical links go home, the others end */
struct link *link_by_index(struct fake *fake, struct simple_ns *ns, int index);
struct link *link_by_name(struct fake *fake, struct simple_ns *ns, const char *name);
struct link *link_next(struct fake *fake, struct simple_ns *ns, int index); /* the first behind index; NULL: none */
static inline struct link *link_nth(struct fake *fake, size_t i)
{
	return *vec_at(&kernel_of(fake)->links, struct link *, i);
}
int link_create(struct fake *fake, struct simple_ns *here, const struct link_request *request);
int link_remove(struct fake *fake, struct link *link); /* -EOPNOTSUPP: not made by message */
int link_rename(struct fake *fake, struct link *link, const char *name);
int link_move(struct fake *fake, struct link *link, struct simple_ns *to, const char *pattern);

/* link_state.c: up, carrier, master, mtu, hardware address */
bool link_has_carrier(struct fake *fake, const struct link *link);
unsigned link_flags(struct fake *fake, const struct link *link); /* as ifi_flags has them */
int link_set_flags(struct fake *fake, struct link *link, unsigned flags, unsigned change);
int link_set_mtu(struct fake *fake, struct link *link, unsigned mtu);
int link_set_mac(struct fake *fake, struct link *link, const unsigned char mac[6]);
int link_set_master(struct fake *fake, struct link *link, struct link *master); /* NULL: none */
int link_join(struct fake *fake, struct link *link, uint32_t master); /* by index, 0: none; -EINVAL: there is none */
int link_change(struct fake *fake, struct link *link, const struct link_request *request);
void link_settle(struct fake *fake); /* carrier has changed somewhere: automatic addresses */

/* link_kind.c */
const struct link_kind *link_kind_find(struct fake *fake, const char *name); /* NULL: unknown, or this kernel lacks it */
extern const struct link_kind link_kind_lo, link_kind_physical;
bool link_is(const struct link *link, const char *kind);
int link_may_be_port(struct fake *fake, const struct link *link, const struct link *master);

/* address.c */
int address_add(struct fake *fake, struct link *link, const struct address *address, bool replace);
int address_remove(struct fake *fake, struct link *link, const struct ip *ip, unsigned bits);
void address_flush(struct fake *fake, struct link *link, unsigned char family); /* 0: all */
void address_link_up(struct fake *fake, struct link *link);   /* routes of what is there; automatic ones */
void address_link_down(struct fake *fake, struct link *link);

/* route.c */
int route_add(struct fake *fake, struct simple_ns *ns, const struct route *route, int oif, unsigned flags); /* NLM_F_* */
int route_remove(struct simple_ns *ns, const struct route *route, int oif, bool has_metric);
void route_of_address(struct link *link, const struct address *address, bool add); /* of a subnet */
void route_flush(struct link *link, unsigned char family);                          /* 0: all */
void route_flush_source(struct link *link, const struct ip *source);
int proxy_add(struct simple_ns *ns, const struct proxy *proxy);
int proxy_remove(struct simple_ns *ns, const struct proxy *proxy);
void proxy_flush(struct link *link, unsigned char family); /* 0: all */

/* net_world.c */
void net_world(struct fake *fake, struct str *out);

/* netlink_link.c, netlink_ip.c: the messages. request is whole and has a body of the kind's size. */
struct netlink_request {
	struct fake *fake;
	struct sock *sock;
	const struct nlmsghdr *header;
	const void *body;
	const struct nlattr *attributes[64]; /* of the top level, by type; each within the message */
	struct str answer;                   /* messages not sent yet */
};
int netlink_link_new(struct netlink_request *request);
int netlink_link_delete(struct netlink_request *request);
int netlink_link_get(struct netlink_request *request);
int netlink_link_dump(struct netlink_request *request);
int netlink_address_new(struct netlink_request *request);
int netlink_address_delete(struct netlink_request *request);
int netlink_address_dump(struct netlink_request *request);
int netlink_route_new(struct netlink_request *request);
int netlink_route_delete(struct netlink_request *request);
int netlink_route_dump(struct netlink_request *request);
int netlink_neighbour_new(struct netlink_request *request);
int netlink_neighbour_delete(struct netlink_request *request);
int netlink_neighbour_dump(struct netlink_request *request);

/* netlink.c: for those */
/* Attributes in bytes, by type, those from count on left out. -EINVAL: malformed. */
int netlink_parse(const void *bytes, size_t len, const struct nlattr **out, size_t count);
int netlink_nested(const struct nlattr *attribute, const struct nlattr **out, size_t count); /* NULL: none */
size_t netlink_size(const struct nlattr *attribute);
const void *netlink_value(const struct nlattr *attribute);
bool netlink_u32(const struct nlattr *attribute, uint32_t *out); /* false: absent, or of another size */
int netlink_ip(const struct nlattr *attribute, unsigned char family, struct ip *out); /* 0: absent; 1; -EINVAL */
size_t netlink_begin(struct netlink_request *request, uint16_t type, const void *body, size_t len); /* an answer */
void netlink_put(struct netlink_request *request, uint16_t type, const void *value, size_t len);
void netlink_put_u32(struct netlink_request *request, uint16_t type, uint32_t value);
void netlink_put_ip(struct netlink_request *request, uint16_t type, const struct ip *ip);
void netlink_patch(struct netlink_request *request, size_t at); /* of a nested attribute: its length */
void netlink_end(struct netlink_request *request, size_t at);

/* net_proc.c: /proc/sys/net */
struct inode;
void net_fill_proc(struct inode *sys_net);
void net_link_names(struct fake *fake, struct simple_ns *ns, struct vec *names); /* as a directory lists them */
void conf_init(struct fake *fake, struct net *net);
void conf_world(const struct conf conf[FAMILY_COUNT], const char *place, const char *name, struct str *out);

/* net_sysfs.c: /sys/class/net */
void net_fill_sysfs(struct inode *class_net);

#endif
