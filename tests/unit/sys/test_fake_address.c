/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Addresses, routes and settings of the model kernel. What Linux says to such lines is compared by
 * tests/conformance.
 */
#include "net_rows.h"

#define LO4 "127.0.0.1/8 dev lo local 127.0.0.1 scope 254 permanent"

static const struct net_row addresses[] = {
	{ "link~ dev=lo up", "ok" },
	{ "addr*", LO4 "\n\t::1/128 dev lo scope 254 permanent" },
	{ "link+ name=v0 kind=veth peer=v1", "ok" },
	{ "addr+ dev=v0 10.0.0.1/24 brd=10.0.0.255", "ok" },
	{ "addr+ dev=v0 10.0.0.1/24", "EEXIST" },
	{ "addr+ dev=v0 10.0.0.2/33", "EINVAL" },
	{ "addr+ dev=#9 10.0.0.2/24", "ENODEV" },
	{ "addr+ dev=v0 fd00::1/64", "ok" },
	{ "addr+ dev=v0 fd00::1/48", "EEXIST" },
	{ "addr+ dev=v0 ff02::1/64", "EADDRNOTAVAIL" },
	{ "addr- dev=v0 10.0.0.9/24", "EADDRNOTAVAIL" },
	{ "addr* family=2",
	  "10.0.0.1/24 dev v0 local 10.0.0.1 brd 10.0.0.255 scope 0 permanent\n\t" LO4 },
	{ "link~ dev=v0 up", "ok" },
	{ "link~ dev=v1 up", "ok" },
	{ "auto v0", "ok" },
	{ "link~ dev=v0 down", "ok" },
	{ "addr* family=6", "::1/128 dev lo scope 254 permanent" }, /* v1 has an automatic one */
	{ NULL, NULL },
};

static void addresses_follow_their_link(void **state)
{
	net_check(*state, addresses);
}

static const struct net_row routes[] = {
	{ "link+ name=v0 kind=veth peer=v1", "ok" },
	{ "addr+ dev=v0 10.0.0.1/24", "ok" },
	{ "addr+ dev=v0 fd00::1/64", "ok" },
	{ "route+ default via=10.0.0.2", "ENETUNREACH" },
	{ "link~ dev=v0 up", "ok" },
	{ "route+ default via=10.0.0.2", "ok" },
	{ "route+ default via=10.0.0.3", "EEXIST" },
	{ "route- default", "ok" },
	{ "route+ default via=192.168.0.1 dev=v0", "ENETUNREACH" },
	{ "route+ 192.168.0.1/32 dev=v0 scope=253", "ok" },
	{ "route+ default via=192.168.0.1 dev=v0", "ok" },
	{ "route*", "10.0.0.0/24 dev v0 src 10.0.0.1 scope 253 proto 2 type 1\n\t"
		    "192.168.0.1/32 dev v0 scope 253 proto 3 type 1\n\t"
		    "default/0 via 192.168.0.1 dev v0 scope 0 proto 3 type 1" },
	{ "route- default via=10.0.0.9", "ESRCH" },
	{ "route+ default6 via=fd99::1", "EHOSTUNREACH" },
	{ "route+ default6 via=fe80::9", "EINVAL" },
	{ "route+ default6 via=fe80::9 dev=v0", "ok" },
	{ "route* family=6", "default/0 via fe80::9 dev v0 scope 0 proto 3 type 1 metric 1024\n\t"
			     "fd00::/64 dev v0 scope 0 proto 2 type 1 metric 256" },
	{ "link~ dev=v0 down", "ok" },
	{ "route*", "nothing" },
	{ "route* family=6", "nothing" },
	{ "link~ dev=v0 up", "ok" },
	{ "route*", "10.0.0.0/24 dev v0 src 10.0.0.1 scope 253 proto 2 type 1" },
	{ NULL, NULL },
};

static void routes_need_a_way(void **state)
{
	net_check(*state, routes);
}

static const struct net_row rights[] = {
	{ "link+ name=v0 kind=veth peer=v1", "ok" },
	{ "nobody", "ok" },
	{ "link~ dev=v0 up", "EPERM" },
	{ "addr+ dev=v0 10.0.0.1/24", "EPERM" },
	{ "route+ default dev=v0", "EPERM" },
	{ "neigh+ dev=v0 10.0.0.1", "EPERM" },
	{ "write /proc/sys/net/ipv4/conf/v0/proxy_arp 1", "EACCES" },
	{ "root", "ok" },
	{ "user", "ok" },
	{ "link+ name=u0 kind=veth peer=u1", "ok" },
	{ "write /proc/sys/net/ipv4/conf/u0/proxy_arp 1", "ok" },
	{ "link~ dev=u0 ns=home", "EPERM" },
	{ NULL, NULL },
};

static void only_who_owns_a_network_may_change_it(void **state)
{
	net_check(*state, rights);
}

/* Of IPv4 a new network begins with what the host has; what is in the host's files here is not
 * compared with Linux. */
static void settings_belong_to_a_network(void **state)
{
	static const struct net_row rows[] = {
		{ "read /proc/sys/net/ipv4/ip_forward", "1" },
		{ "read /proc/sys/net/ipv4/conf/lo/forwarding", "1" },
		{ "read /proc/sys/net/ipv6/conf/all/forwarding", "0" },
		{ "names /proc/sys/net/ipv6/conf", "all default lo" },
		{ "names /proc/sys/net/ipv6/conf/lo",
		  "accept_dad accept_ra autoconf disable_ipv6 forwarding proxy_ndp" },
		{ "read /proc/sys/net/ipv4/conf/eth0/forwarding", "ENOENT" },
		{ "write /proc/sys/net/ipv4/ip_forward 0", "ok" },
		{ NULL, NULL },
	};
	static const char *const files[] = { "/proc/sys/net/ipv4/ip_forward",
					     "/proc/sys/net/ipv6/conf/all/forwarding" };
	struct sys *sys = fake_sys(*state);
	char *text;

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		int fd = sys_openat2(sys, AT_FDCWD, files[i],
				     &(struct open_how){ .flags = O_WRONLY });

		assert_int_equal(sys_write(sys, fd, "1", 1), 1);
		sys_close(sys, fd);
	}
	net_check(*state, rows);
	text = fake_text(*state, files[0]); /* this process is still in that network */
	assert_string_equal(text, "0\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(addresses_follow_their_link),
		WORLD_TEST(routes_need_a_way),
		WORLD_TEST(only_who_owns_a_network_may_change_it),
		WORLD_TEST(settings_belong_to_a_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
