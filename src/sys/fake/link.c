/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/link: the links of the world: birth, names, numbers, the way to another network
 * namespace, death.
 *
 * Sources: network_namespaces(7), veth(4), ip-link(8), and what Linux 6.18 answers.
 */
#include "sys/fake/net.h"

#include <assert.h>
#include <ctype.h>

/* --- finding --- */

struct link *link_next(struct fake *fake, struct simple_ns *ns, int index)
{
	struct link *next = NULL;

	for (size_t i = 0; i < kernel_of(fake)->links.count; i++) {
		struct link *link = link_nth(fake, i);

		if (link->net == ns && link->index > index && (!next || link->index < next->index))
			next = link;
	}
	return next;
}

struct link *link_by_index(struct fake *fake, struct simple_ns *ns, int index)
{
	struct link *link = index > 0 ? link_next(fake, ns, index - 1) : NULL;

	return link && link->index == index ? link : NULL;
}

struct link *link_by_name(struct fake *fake, struct simple_ns *ns, const char *name)
{
	for (size_t i = 0; i < kernel_of(fake)->links.count; i++)
		if (link_nth(fake, i)->net == ns && str_eq(link_nth(fake, i)->name, name))
			return link_nth(fake, i);
	return NULL;
}

/* --- names and numbers --- */

static bool name_is_valid(const char *name)
{
	if (!*name || strlen(name) >= LINK_NAME || str_eq(name, ".") || str_eq(name, ".."))
		return false;
	for (; *name; name++)
		if (*name == '/' || *name == ':' || isspace((unsigned char)*name))
			return false;
	return true;
}

/* The name that is meant: "eth%d" is the first free one. -EINVAL, -EEXIST. */
static int name_pick(struct fake *fake, struct simple_ns *ns, const char *wanted,
		     char name[LINK_NAME])
{
	const char *percent = strchr(wanted, '%');

	if (!name_is_valid(wanted))
		return -EINVAL;
	if (!percent) {
		strcpy(name, wanted);
		return link_by_name(fake, ns, name) ? -EEXIST : 0;
	}
	if (percent[1] != 'd' || strchr(percent + 1, '%'))
		return -EINVAL;
	for (unsigned n = 0;; n++) {
		char text[LINK_NAME + 16];

		snprintf(text, sizeof(text), "%.*s%u%s", (int)(percent - wanted), wanted, n,
			 percent + 2);
		if (strlen(text) >= LINK_NAME)
			return -ENFILE;
		if (!link_by_name(fake, ns, text)) {
			strcpy(name, text);
			return 0;
		}
	}
}

static int free_index(struct fake *fake, struct simple_ns *ns)
{
	do
		ns->net->last_index++;
	while (link_by_index(fake, ns, ns->net->last_index));
	return ns->net->last_index;
}

/* Locally administered, and different for each. */
static void random_mac(struct fake *fake, unsigned char mac[6])
{
	uint64_t bits = ++kernel_of(fake)->link_births * 0x9e3779b97f4a7c15ull;

	memcpy(mac, &bits, 6);
	mac[0] = (unsigned char)((mac[0] & 0xfc) | 2);
}

int link_rename(struct fake *fake, struct link *link, const char *wanted)
{
	char name[LINK_NAME];
	int ret;

	if (str_eq(link->name, wanted))
		return 0;
	/* Since Linux 6.2 a link may be up. */
	if ((link->flags & IFF_UP) && kernel_is_older(fake, 602))
		return -EBUSY;
	ret = name_pick(fake, link->net, wanted, name);
	if (ret == 0)
		strcpy(link->name, name);
	return ret;
}

/* --- birth --- */

static struct link *link_new(struct fake *fake, const struct link_kind *kind, struct simple_ns *ns)
{
	struct link *link = calloc(1, sizeof(*link));

	if (!link)
		abort();
	link->kind = kind;
	link->net = ns;
	link->flags = kind->flags;
	link->mtu = kind->mtu;
	link->detail = kind->plain_detail;
	link->addresses = VEC_OF(struct address);
	memcpy(link->conf, ns->net->fresh, sizeof(link->conf));
	return link;
}

static void link_free(struct link *link)
{
	vec_finish(&link->addresses);
	free(link);
}

static void enlist(struct fake *fake, struct link *link)
{
	if (!link->index)
		link->index = free_index(fake, link->net);
	if (!vec_add(&kernel_of(fake)->links, &link))
		abort();
}

/* What a new link takes from the one below it. */
static int join_lower(struct fake *fake, struct link *link, struct simple_ns *here,
		      const struct link_request *request)
{
	if (!link->kind->has_lower)
		return 0;
	if (!request->has_lower)
		return -EINVAL;
	link->lower = link_by_index(fake, here, (int)request->lower);
	if (!link->lower)
		return -ENODEV;
	/* A macvlan over a macvlan is one over the same link below. */
	if (link->lower->kind == link->kind && link_is(link, "macvlan"))
		link->lower = link->lower->lower;
	if (!request->has_mtu)
		link->mtu = link->lower->mtu;
	return 0;
}

static int set_up(struct fake *fake, struct link *link, struct simple_ns *here,
		  const struct link_request *request)
{
	int ret;

	if (request->has_detail)
		link->detail = request->detail;
	ret = join_lower(fake, link, here, request);
	if (ret == 0 && link->kind->check)
		ret = link->kind->check(fake, link);
	if (ret < 0)
		return ret;
	random_mac(fake, link->mac);
	if (link_is(link, "vlan") || link_is(link, "ipvlan"))
		memcpy(link->mac, link->lower->mac, 6);
	if (request->has_mtu)
		ret = link_set_mtu(fake, link, request->mtu);
	if (ret == 0 && request->mac)
		ret = link_set_mac(fake, link, request->mac);
	return ret;
}

/* One link; a pair is two of them. */
static int create_one(struct fake *fake, const struct link_kind *kind, struct simple_ns *here,
		      const struct link_request *request, struct link **out)
{
	struct simple_ns *ns = request->net ? request->net : here;
	struct link *link = link_new(fake, kind, ns);
	int ret = name_pick(fake, ns, request->name ? request->name : kind->pattern, link->name);

	if (ret == 0)
		ret = set_up(fake, link, here, request);
	if (ret < 0) {
		link_free(link);
		return ret;
	}
	link->index = request->index;
	enlist(fake, link);
	*out = link;
	return 0;
}

int link_create(struct fake *fake, struct simple_ns *here, const struct link_request *request)
{
	const struct link_kind *kind = request->kind ? link_kind_find(fake, request->kind) : NULL;
	struct link_request plain = { 0 };
	struct link *link, *peer = NULL;
	int ret = 0;

	if (!kind)
		return -EOPNOTSUPP;
	/* The peer first: it has the lower number. */
	if (str_eq(kind->name, "veth"))
		ret = create_one(fake, kind, here, request->peer ? request->peer : &plain, &peer);
	if (ret == 0)
		ret = create_one(fake, kind, here, request, &link);
	if (ret < 0) {
		if (peer)
			link_remove(fake, peer);
		return ret;
	}
	link->peer = peer;
	if (peer)
		peer->peer = link;
	ret = link_set_flags(fake, link, request->flags, request->change);
	if (ret == 0 && request->has_master)
		ret = link_join(fake, link, request->master);
	if (ret < 0)
		link_remove(fake, link);
	return ret;
}

/* --- death --- */

/* Gives up all that ties it to its namespace. Routes go when it goes down; down it has none. */
static void leave(struct fake *fake, struct link *link)
{
	link_set_master(fake, link, NULL);
	link_set_flags(fake, link, 0, IFF_UP);
	address_flush(fake, link, 0);
	proxy_flush(link, 0);
}

static void take_out(struct fake *fake, struct link *link)
{
	struct vec *links = &kernel_of(fake)->links;

	for (size_t i = 0; i < links->count; i++)
		if (link_nth(fake, i) == link) {
			vec_remove(links, i);
			return;
		}
}

/* With it go its peer and what stands on it; its ports are free. */
static void end_link(struct fake *fake, struct link *link)
{
	link->dying = true;
	for (size_t i = 0; i < kernel_of(fake)->links.count;) {
		struct link *other = link_nth(fake, i);

		if (other->master == link)
			link_set_master(fake, other, NULL);
		if (other->dying || (other->lower != link && other->peer != link)) {
			i++;
			continue;
		}
		end_link(fake, other);
		i = 0;
	}
	leave(fake, link);
	take_out(fake, link);
	for (size_t i = 0; i < kernel_of(fake)->links.count; i++)
		if (link_nth(fake, i)->peer == link)
			link_nth(fake, i)->peer = NULL;
	link_settle(fake);
	link_free(link);
}

int link_remove(struct fake *fake, struct link *link)
{
	if (!link->kind->pattern)
		return -EOPNOTSUPP;
	end_link(fake, link);
	return 0;
}

/* --- to another namespace --- */

int link_move(struct fake *fake, struct link *link, struct simple_ns *to, const char *pattern)
{
	char name[LINK_NAME];
	int ret;

	if (to == link->net)
		return 0;
	if (link->kind->stays)
		return -EINVAL;
	ret = name_pick(fake, to, link->name, name);
	if (ret == -EEXIST && pattern)
		ret = name_pick(fake, to, pattern, name);
	if (ret < 0)
		return ret;
	leave(fake, link);
	strcpy(link->name, name);
	if (link_by_index(fake, to, link->index))
		link->index = free_index(fake, to);
	link->net = to;
	memcpy(link->conf, to->net->fresh, sizeof(link->conf));
	return 0;
}

/* --- namespaces --- */

void net_create(struct fake *fake, struct simple_ns *ns)
{
	struct link *lo;

	ns->net = calloc(1, sizeof(*ns->net));
	if (!ns->net)
		abort();
	ns->net->routes = VEC_OF(struct route);
	ns->net->proxies = VEC_OF(struct proxy);
	conf_init(fake, ns->net);
	lo = link_new(fake, &link_kind_lo, ns);
	strcpy(lo->name, "lo");
	enlist(fake, lo);
}

void net_destroy(struct fake *fake, struct simple_ns *ns)
{
	struct simple_ns *home = kernel_of(fake)->host_net;
	struct link *link;
	char name[LINK_NAME];

	if (home == ns)
		home = kernel_of(fake)->host_net = NULL;
	while ((link = link_next(fake, ns, 0)) != NULL) {
		snprintf(name, sizeof(name), "dev%d", link->index);
		if (link->kind != &link_kind_physical || !home ||
		    link_move(fake, link, home, name) < 0)
			end_link(fake, link);
	}
	vec_finish(&ns->net->routes);
	vec_finish(&ns->net->proxies);
	free(ns->net);
}

int fake_link(struct fake *fake, const char *kind, const char *name)
{
	static const unsigned char mac[] = { 0x00, 0x00, 0x5e, 0x00, 0x53, 0x01 };
	struct link_request request = { .kind = kind, .name = name };
	struct link *link;
	int ret;

	if (str_eq(kind, link_kind_physical.name)) {
		request.mac = mac;
		ret = create_one(fake, &link_kind_physical, kernel_of(fake)->host_net, &request,
				 &link);
	} else {
		ret = link_create(fake, kernel_of(fake)->host_net, &request);
	}
	assert(ret == 0); /* the test asks for an impossible world */
	return link_by_name(fake, kernel_of(fake)->host_net, name)->index;
}
