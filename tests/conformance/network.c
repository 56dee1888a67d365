/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "conformance.h"

#include "net_words.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

void note_lines(struct str *out, struct net_words *net, const char *const *lines)
{
	for (; *lines; lines++) {
		str_addf(out, "%s: ", *lines);
		net_words_run(net, *lines, out);
	}
}

void run_lines(struct sys *sys, struct str *out, const char *const *lines)
{
	struct net_words net;

	note(out, "a network", net_words_begin(&net, sys));
	note_lines(out, &net, lines);
	net_words_end(&net);
}

/* --- what this kernel has --- */

static int probe(int fd)
{
	static const char *const kinds[] = {
		"veth", "bridge", "macvlan", "ipvlan", "vlan", "dummy"
	};
	struct net_words net;
	int ret = net_words_begin(&net, sys_linux());

	for (size_t i = 0; ret == 0 && i < ARRAY_LEN(kinds); i++) {
		_cleanup_str_ struct str text = { 0 };
		char line[64];

		(void)snprintf(line, sizeof(line), "link+ name=probe%zu kind=%s", i, kinds[i]);
		net_words_run(&net, line, &text);
		if (str_eq(str_text(&text), "EOPNOTSUPP\n"))
			(void)dprintf(fd, " %s", kinds[i]);
	}
	return ret == 0 ? 0 : 1;
}

int lacking_link_kinds(struct str *out)
{
	char buf[256];
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		_exit(probe(fds[1]));
	close(fds[1]);
	while ((n = read(fds[0], buf, sizeof(buf))) > 0)
		str_add_n(out, buf, (size_t)n);
	close(fds[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -ECHILD;
	return status == 0 ? 0 : -ENOTSUP;
}

/* --- networks in sysfs, which shows the one that it was mounted for --- */

static void links_as_files(struct sys *sys, struct str *out)
{
	static const char *const lines[] = {
		"names /sys/class/net",
		"link+ name=v0 kind=veth peer=v1 mac=00:16:3e:00:00:05",
		"link+ name=br0 kind=bridge",
		"names /sys/class/net",
		"names /sys/class/net/br0/brif",
		"names /sys/class/net/v0/brif",
		"names /sys/class/net/nosuch",
		"names /sys/class/net/v0/bridge",
		"read /sys/class/net/v0/bridge/vlan_filtering",
		"read /sys/class/net/v0/phy80211/name",
		"link~ dev=v0 master=br0",
		"names /sys/class/net/br0/brif",
		"read /sys/class/net/v0/ifindex",
		"read /sys/class/net/v0/iflink",
		"read /sys/class/net/v0/mtu",
		"read /sys/class/net/v0/address",
		"read /sys/class/net/v0/type",
		"read /sys/class/net/lo/type",
		"link~ dev=v0 mtu=1300",
		"read /sys/class/net/v0/mtu",
		"read /sys/class/net/v0/statistics/rx_bytes",
		"read /sys/class/net/v0/statistics/tx_bytes",
		"link~ dev=v0 name=w0",
		"read /sys/class/net/v0/mtu",
		"read /sys/class/net/w0/mtu",
		"names /sys/class/net/br0/brif",
		"link- dev=w0",
		"names /sys/class/net/br0/brif",
		"names /sys/class/net",
		"net b",
		"link+ name=there kind=bridge",
		"names /sys/class/net",
		"in home",
		NULL,
	};
	struct net_words net;

	note(out, "a network", net_words_begin(&net, sys));
	note(out, "mounts", sys_unshare(sys, CLONE_NEWNS));
	note(out, "of one's own", sys_mount(sys, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	note(out, "sysfs", sys_mount(sys, "sysfs", "/sys", "sysfs", 0, NULL));
	note_lines(out, &net, lines);
	net_words_end(&net);
}

/* --- messages that no library writes --- */

static void odd_messages(struct sys *sys, struct str *out)
{
	static const struct {
		const char *name;
		uint16_t type, flags;
		size_t body;
	} rows[] = {
		{ "no request", RTM_NEWLINK, NLM_F_ACK, 16 },
		{ "nothing to do", NLMSG_NOOP, NLM_F_REQUEST | NLM_F_ACK, 0 },
		{ "no such type", 300, NLM_F_REQUEST, 16 },
		{ "half a body", RTM_NEWLINK, NLM_F_REQUEST, 8 },
		{ "half a body to remove", RTM_DELLINK, NLM_F_REQUEST, 8 },
		{ "half a body of an address", RTM_NEWADDR, NLM_F_REQUEST, 4 },
		{ "no family of addresses", RTM_NEWADDR, NLM_F_REQUEST, 8 },
		{ "no family of routes", RTM_NEWROUTE, NLM_F_REQUEST, 12 },
		{ "nothing named", RTM_GETLINK, NLM_F_REQUEST, 16 },
	};
	struct net_words net;

	note(out, "a network", net_words_begin(&net, sys));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		static const uint8_t zeroes[64];
		struct net_reader rest;
		struct net_message message;
		struct net_writer writer;
		_Alignas(8) uint8_t buf[512];
		int error = 1;
		ssize_t n;

		net_write_begin(&writer, buf, sizeof(buf), rows[i].type, rows[i].flags, 5);
		net_write_body(&writer, zeroes, rows[i].body);
		n = net_write_end(&writer);
		note_n(out, rows[i].name, sys_write(sys, net.sock, buf, (size_t)n));
		n = sys_read(sys, net.sock, buf, sizeof(buf));
		note_n(out, "answer", n);
		rest = (struct net_reader){ buf, n > 0 ? (size_t)n : 0 };
		if (net_read_message(&rest, &message) > 0 && message.type == NLMSG_ERROR &&
		    net_read_error(&message, &error) == 0)
			note(out, "result", error);
	}
	net_words_end(&net);
}

const struct script network_scripts[] = {
	{ "links as files", links_as_files, NULL },
	{ "odd messages", odd_messages, NULL },
	{ NULL, NULL, NULL },
};
