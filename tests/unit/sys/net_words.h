/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Networks in words: one line is one operation on a world, its result is text. For tests that give the same lines to the
 * model kernel and to Linux, or to the model and a table.
 *
 * A line is a verb and words. What the kernel knows comes back without what differs between equal worlds: random hardware
 * addresses, automatic link-local addresses and their routes, carrier as far as it comes late.
 *
 *   link+ link= link~ link- link? link*     new, new or change, change, remove, look, list; also addr, route, neigh (proxy)
 *     dev=NAME|#INDEX name= mtu= mac= master= link= ns=PLACE pid=PLACE up down index=
 *     kind= mode= imode= id= peer= peer-ns= peer-pid= peer-mtu= peer-mac=
 *     ADDRESS[/LEN] brd= scope= via= src= metric= family=6 default default6
 *   net PLACE     a new network namespace, entered and remembered        child PLACE   the same, with a process in it
 *   in PLACE      enters it                                              drop PLACE    forgets it, and ends its process
 *   gone LINK, comes LINK, auto LINK   waits (at most 5 s): no such link; there is one; it has an automatic address
 *   read PATH, write PATH TEXT, names DIRECTORY
 *   nobody, root  another effective user                                 user          new user and network namespaces
 *   index LINK    by ioctl
 */
#ifndef TESTS_UNIT_SYS_NET_WORDS_H
#define TESTS_UNIT_SYS_NET_WORDS_H

#include "core/base/str.h"
#include "core/net/message.h"
#include "sys/sys.h"

#define NET_PLACES 8

struct net_place {
	char name[8]; /* "": free */
	int fd;
	pid_t pid; /* 0: none */
};

struct net_words {
	struct sys *sys;
	int sock;
	uint32_t sequence;
	struct net_place places[NET_PLACES];
};

/* In a new network namespace, which becomes the place "home". 0 or -errno. */
int net_words_begin(struct net_words *net, struct sys *sys);
void net_words_end(struct net_words *net);
/* Does what the line says and adds its result: "ok", "ENODEV", or what was asked for in lines, sorted where no order is
   promised. A line that nobody understands is "what?". */
void net_words_run(struct net_words *net, const char *line, struct str *out);

/* --- net_words_message.c --- */
/* A request of netlink, sent and answered. false: no such verb. */
bool net_words_request(struct net_words *net, const char *verb, char *words, struct str *out);
int net_words_index(struct net_words *net, const char *link); /* by ioctl; or "#7"; -errno */
struct net_place *net_words_place(struct net_words *net, const char *name); /* NULL */

/* --- net_words_show.c --- */
/* One message of an answer as a line, "" for what is not shown. */
void net_words_show(struct net_words *net, struct net_message *message, struct str *out);

#endif
