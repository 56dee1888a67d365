/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net_words.h"

#include "core/base/err.h"
#include "core/base/vec.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <stdio.h>

int net_words_index(struct net_words *net, const char *link)
{
	struct ifreq request = { 0 };
	uint32_t index;
	int sock, ret;

	if (link[0] == '#')
		return str_to_u32(link + 1, &index) < 0 ? -EINVAL : (int)index;
	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", link);
	sock = sys_socket(net->sys, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ret = sys_ioctl(net->sys, sock, SIOCGIFINDEX, &request);
	sys_close(net->sys, sock);
	return ret < 0 ? ret : request.ifr_ifindex;
}

/* --- what a word becomes --- */

enum object { LINK, ADDR, ROUTE, NEIGH };

enum how { TEXT, U8, U16, U32, INDEX, MAC, ADDRESS, PLACE_FD, PLACE_PID };

enum where { TOP, INFO, DATA, PEER };

static const struct word {
	const char *key;
	enum object object;
	unsigned short type;
	enum how how;
	enum where where;
} words_table[] = {
	{ "name", LINK, IFLA_IFNAME, TEXT, TOP },
	{ "mtu", LINK, IFLA_MTU, U32, TOP },
	{ "mac", LINK, IFLA_ADDRESS, MAC, TOP },
	{ "master", LINK, IFLA_MASTER, INDEX, TOP },
	{ "link", LINK, IFLA_LINK, INDEX, TOP },
	{ "ns", LINK, IFLA_NET_NS_FD, PLACE_FD, TOP },
	{ "pid", LINK, IFLA_NET_NS_PID, PLACE_PID, TOP },
	{ "kind", LINK, IFLA_INFO_KIND, TEXT, INFO },
	{ "mode", LINK, IFLA_MACVLAN_MODE, U32, DATA },
	{ "imode", LINK, IFLA_IPVLAN_MODE, U16, DATA },
	{ "id", LINK, IFLA_VLAN_ID, U16, DATA },
	{ "peer", LINK, IFLA_IFNAME, TEXT, PEER },
	{ "peer-mtu", LINK, IFLA_MTU, U32, PEER },
	{ "peer-mac", LINK, IFLA_ADDRESS, MAC, PEER },
	{ "peer-ns", LINK, IFLA_NET_NS_FD, PLACE_FD, PEER },
	{ "peer-pid", LINK, IFLA_NET_NS_PID, PLACE_PID, PEER },
	{ "brd", ADDR, IFA_BROADCAST, ADDRESS, TOP },
	{ "dev", ROUTE, RTA_OIF, INDEX, TOP },
	{ "via", ROUTE, RTA_GATEWAY, ADDRESS, TOP },
	{ "src", ROUTE, RTA_PREFSRC, ADDRESS, TOP },
	{ "metric", ROUTE, RTA_PRIORITY, U32, TOP },
};

/* A line taken apart: what goes into the body of the message, and the words for attributes. */
struct request {
	struct net_words *net;
	enum object object;
	unsigned char family, bits, scope;
	bool has_family, has_scope, automatic;
	int index;
	unsigned flags, change;
	unsigned char address[16]; /* the bare word */
	bool has_address;
	struct {
		const struct word *word;
		const char *value;
	} attributes[16];
	size_t count;
	bool failed;
	int unknown; /* -errno of a link by name that is not there */
};

static uint32_t index_of(struct request *r, const char *link)
{
	int index = net_words_index(r->net, link);

	if (index < 0)
		r->unknown = index;
	return (uint32_t)index;
}

static size_t address_size(const struct request *r)
{
	return r->family == AF_INET ? 4 : 16;
}

static void parse_mac(const char *text, uint8_t mac[6])
{
	unsigned b[6] = { 0 };

	(void)sscanf(text, "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]);
	for (size_t i = 0; i < 6; i++)
		mac[i] = (uint8_t)b[i];
}

static void write_word(struct request *r, struct net_writer *w, const struct word *word,
		       const char *value)
{
	struct net_place *place;
	uint8_t bytes[16] = { 0 };
	uint32_t n = 0;

	switch (word->how) {
	case TEXT:
		net_write_text(w, word->type, value);
		return;
	case MAC:
		parse_mac(value, bytes);
		net_write(w, word->type, bytes, 6);
		return;
	case ADDRESS:
		r->failed |= inet_pton(r->family, value, bytes) != 1;
		net_write(w, word->type, bytes, address_size(r));
		return;
	case INDEX:
		n = index_of(r, value);
		break;
	case PLACE_FD:
	case PLACE_PID:
		place = net_words_place(r->net, value);
		if (!place && str_to_u32(value, &n) < 0)
			r->failed = true;
		if (place)
			n = (uint32_t)(word->how == PLACE_FD ? place->fd : place->pid);
		break;
	default:
		r->failed |= str_to_u32(value, &n) < 0;
	}
	if (word->how == U16)
		net_write_u16(w, word->type, (uint16_t)n);
	else
		net_write_u32(w, word->type, n);
}

static size_t write_words(struct request *r, struct net_writer *w, enum where where)
{
	size_t written = 0;

	for (size_t i = 0; i < r->count; i++)
		if (r->attributes[i].word->where == where) {
			write_word(r, w, r->attributes[i].word, r->attributes[i].value);
			written++;
		}
	return written;
}

static bool has_words(const struct request *r, enum where where)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->attributes[i].word->where == where)
			return true;
	return false;
}

static void write_link(struct request *r, struct net_writer *w)
{
	struct ifinfomsg info = { .ifi_family = r->family,
				  .ifi_index = r->index,
				  .ifi_flags = r->flags,
				  .ifi_change = r->change };
	size_t linkinfo, data, peer;

	net_write_body(w, &info, sizeof(info));
	write_words(r, w, TOP);
	if (!has_words(r, INFO))
		return;
	linkinfo = net_write_nest(w, IFLA_LINKINFO);
	write_words(r, w, INFO);
	if (has_words(r, DATA) || has_words(r, PEER)) {
		data = net_write_nest(w, IFLA_INFO_DATA);
		write_words(r, w, DATA);
		if (has_words(r, PEER)) {
			info = (struct ifinfomsg){ 0 };
			peer = net_write_nest(w, VETH_INFO_PEER);
			net_write_body(w, &info, sizeof(info));
			write_words(r, w, PEER);
			net_write_nest_end(w, peer);
		}
		net_write_nest_end(w, data);
	}
	net_write_nest_end(w, linkinfo);
}

static void write_addr(struct request *r, struct net_writer *w)
{
	struct ifaddrmsg info = { .ifa_family = r->family,
				  .ifa_prefixlen = r->bits,
				  .ifa_scope = r->scope,
				  .ifa_index = (unsigned)r->index };

	net_write_body(w, &info, sizeof(info));
	if (r->has_address) {
		net_write(w, IFA_LOCAL, r->address, address_size(r));
		net_write(w, IFA_ADDRESS, r->address, address_size(r));
	}
	write_words(r, w, TOP);
}

static void write_route(struct request *r, struct net_writer *w)
{
	struct rtmsg info = { .rtm_family = r->family,
			      .rtm_dst_len = r->bits,
			      .rtm_table = RT_TABLE_MAIN,
			      .rtm_protocol = RTPROT_BOOT,
			      .rtm_scope = r->scope,
			      .rtm_type = RTN_UNICAST };

	net_write_body(w, &info, sizeof(info));
	if (r->has_address)
		net_write(w, RTA_DST, r->address, address_size(r));
	write_words(r, w, TOP);
}

static void write_neigh(struct request *r, struct net_writer *w)
{
	struct ndmsg info = { .ndm_family = r->family,
			      .ndm_ifindex = r->index,
			      .ndm_flags = NTF_PROXY };

	net_write_body(w, &info, sizeof(info));
	if (r->has_address)
		net_write(w, NDA_DST, r->address, address_size(r));
}

/* --- taking a line apart --- */

static bool parse_bare(struct request *r, char *word)
{
	char *bits = strchr(word, '/');
	uint32_t n = 0;

	if (str_eq(word, "up") || str_eq(word, "down")) {
		r->change |= IFF_UP;
		r->flags |= str_eq(word, "up") ? IFF_UP : 0;
		return true;
	}
	if (str_eq(word, "automatic"))
		return r->automatic = true;
	if (str_eq(word, "default6") || str_eq(word, "default")) {
		r->family = str_eq(word, "default") ? AF_INET : AF_INET6;
		return true;
	}
	if (bits)
		*bits++ = '\0';
	r->family = strchr(word, ':') ? AF_INET6 : AF_INET;
	r->bits = r->family == AF_INET ? 32 : 128;
	if (bits && str_to_u32(bits, &n) == 0)
		r->bits = (unsigned char)n;
	return r->has_address = inet_pton(r->family, word, r->address) == 1;
}

/* What is in the body, not an attribute. */
static bool parse_body(struct request *r, const char *key, const char *value)
{
	uint32_t n = 0;

	if (str_eq(key, "dev") && r->object != ROUTE) {
		r->index = (int)index_of(r, value);
		return true;
	}
	if (str_to_u32(value, &n) < 0)
		return false;
	if (str_eq(key, "index"))
		r->index = (int)n;
	else if (str_eq(key, "scope"))
		r->scope = (unsigned char)n;
	else if (str_eq(key, "family"))
		r->family = n == 6 ? AF_INET6 : (unsigned char)n;
	else
		return false;
	return true;
}

static bool parse_word(struct request *r, char *word)
{
	char *value = strchr(word, '=');

	if (!value)
		return parse_bare(r, word);
	*value++ = '\0';
	for (size_t i = 0; i < ARRAY_LEN(words_table); i++) {
		if (words_table[i].object != r->object || !str_eq(words_table[i].key, word))
			continue;
		r->attributes[r->count].word = &words_table[i];
		r->attributes[r->count++].value = value;
		return r->count < ARRAY_LEN(r->attributes);
	}
	return parse_body(r, word, value);
}

/* --- sending, and reading what comes --- */

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The kernel promises an order for links only. */
static void add_lines(struct vec *lines, bool sort, struct str *out)
{
	if (sort && lines->count)
		qsort(lines->items, lines->count, sizeof(char *), compare_lines);
	for (size_t i = 0; i < lines->count; i++) {
		str_addf(out, "%s%s", i ? "\n\t" : "", *vec_at(lines, char *, i));
		free(*vec_at(lines, char *, i));
	}
	str_add(out, lines->count ? "\n" : "nothing\n");
}

/* Reads one datagram. 1: there is more to come; 0: the end, *error is set. */
static int read_answer(struct request *r, bool multi, struct vec *lines, int *error)
{
	static _Alignas(8) char buf[65536];
	ssize_t n = sys_read(r->net->sys, r->net->sock, buf, sizeof(buf));
	struct net_reader rest = { (uint8_t *)buf, n > 0 ? (size_t)n : 0 };
	struct net_message message;

	if (n <= 0) {
		*error = n < 0 ? (int)n : -EPIPE;
		return 0;
	}
	while (net_read_message(&rest, &message) > 0) {
		_cleanup_str_ struct str line = { 0 };
		char *text;

		if (message.sequence != r->net->sequence) {
			*error = -EPROTO;
			return 0;
		}
		if (message.type == NLMSG_ERROR || message.type == NLMSG_DONE)
			return net_read_error(&message, error) < 0 ? (*error = -EBADMSG, 0) : 0;
		net_words_show(r->net, &message, &line);
		text = line.len ? str_steal(&line) : NULL;
		if (text && (r->automatic || !str_starts(text, "automatic")))
			vec_add(lines, &text);
		else
			free(text);
		if (!multi) {
			*error = 0;
			return 0;
		}
		if (!(message.flags & NLM_F_MULTI)) {
			*error = -EPROTO;
			return 0;
		}
	}
	return 1;
}

static void send_request(struct request *r, struct net_writer *w, bool list, bool get,
			 struct str *out)
{
	_cleanup_vec_ struct vec lines = VEC_OF(char *);
	ssize_t len = net_write_end(w);
	int error = 0;

	if (len > 0)
		len = sys_write(r->net->sys, r->net->sock, w->bytes, (size_t)len);
	if (len < 0) {
		str_addf(out, "%s\n", err_name((int)len));
		return;
	}
	while (read_answer(r, list, &lines, &error) > 0)
		;
	if (error < 0 || (!list && !get)) {
		str_addf(out, "%s\n", error < 0 ? err_name(error) : "ok");
		return;
	}
	add_lines(&lines, r->object != LINK, out);
}

bool net_words_request(struct net_words *net, const char *verb, char *words, struct str *out)
{
	static const struct {
		const char *name;
		uint16_t type; /* RTM_NEW*; RTM_DEL*, RTM_GET* follow */
		void (*write)(struct request *r, struct net_writer *w);
	} objects[] = { [LINK] = { "link", RTM_NEWLINK, write_link },
			[ADDR] = { "addr", RTM_NEWADDR, write_addr },
			[ROUTE] = { "route", RTM_NEWROUTE, write_route },
			[NEIGH] = { "neigh", RTM_NEWNEIGH, write_neigh } };
	static const struct {
		char sign;
		uint16_t step, flags;
	} verbs[] = { { '+', 0, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK },
		      { '=', 0, NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK },
		      { '~', 0, NLM_F_ACK },
		      { '-', 1, NLM_F_ACK },
		      { '?', 2, 0 },
		      { '*', 2, NLM_F_DUMP } };
	struct request r = { .net = net };
	size_t len = strlen(verb), kind;
	struct net_writer w;
	uint8_t buffer[1024];
	uint16_t flags;
	char *word;

	for (r.object = LINK; r.object < ARRAY_LEN(objects); r.object++)
		if (strlen(objects[r.object].name) == len - 1 &&
		    strncmp(objects[r.object].name, verb, len - 1) == 0)
			break;
	for (kind = 0; kind < ARRAY_LEN(verbs) && verbs[kind].sign != verb[len - 1]; kind++)
		;
	if (r.object == ARRAY_LEN(objects) || kind == ARRAY_LEN(verbs))
		return false;
	flags = verbs[kind].flags;
	if (r.object == LINK)
		flags &= (uint16_t)~(verbs[kind].sign == '=' ? NLM_F_REPLACE : 0);
	r.family = r.object == ROUTE ? AF_INET : 0;
	while ((word = str_next_word(&words, " ")))
		if (*word && !parse_word(&r, word))
			return false;
	net_write_begin(&w, buffer, sizeof(buffer), objects[r.object].type + verbs[kind].step,
			NLM_F_REQUEST | flags, ++net->sequence);
	objects[r.object].write(&r, &w);
	if (r.failed)
		return false;
	if (r.unknown < 0) {
		str_addf(out, "%s by name\n", err_name(r.unknown));
		return true;
	}
	send_request(&r, &w, verbs[kind].sign == '*', verbs[kind].sign == '?', out);
	return true;
}
