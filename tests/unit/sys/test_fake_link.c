/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Links of the model kernel. What Linux says to the same lines is compared by tests/conformance;
 * the kinds vlan, ipvlan and dummy are tested here alone where the machine's kernel lacks them.
 */
#include "net_rows.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdio.h>

static const struct net_row pairs[] = {
	{ "link+ name=v0 kind=veth peer=v1 mtu=1400", "ok" },
	{ "link? name=v0",
	  "v0 #3 veth broadcast multicast type 1 mtu 1400 link #2 mac random counts" },
	{ "link+ name=v0 kind=veth", "EEXIST" },
	{ "link+ name=x kind=nosuch", "EOPNOTSUPP" },
	{ "link+ name=abcdefghijklmnop kind=veth", "ERANGE" },
	{ "link+ name=a/b kind=veth", "EINVAL" },
	{ "link~ dev=#9 up", "ENODEV" },
	{ "link~ dev=v0 up", "ok" },
	{ "link~ dev=v1 up name=eth%d", "ok" },
	{ "link? name=eth0",
	  "eth0 #2 veth up broadcast multicast carrier type 1 mtu 1500 link #3 mac random counts" },
	{ "link- dev=v0", "ok" },
	{ "link? name=eth0", "ENODEV" },
	{ "link- dev=lo", "EOPNOTSUPP" },
	{ NULL, NULL },
};

static void pairs_live_and_die_together(void **state)
{
	net_check(*state, pairs);
}

static const struct net_row journeys[] = {
	{ "net b", "ok" },
	{ "in home", "ok" },
	{ "child c", "ok" },
	{ "link+ name=v0 kind=veth peer=eth0 peer-pid=c", "ok" },
	{ "link~ dev=v0 up", "ok" },
	{ "addr+ dev=v0 10.0.0.1/24", "ok" },
	{ "route+ default via=10.0.0.2", "ok" },
	{ "link~ dev=v0 ns=b name=w%d", "ok" },
	{ "link*", "lo #1 loopback type 772 mtu 65536 mac 00:00:00:00:00:00 counts" },
	{ "route*", "nothing" },
	{ "in b", "ok" },
	{ "link? dev=w0",
	  "w0 #2 veth broadcast multicast type 1 mtu 1500 link #2 mac random counts" },
	{ "addr*", "nothing" },
	{ "link~ dev=lo ns=home", "EINVAL" },
	{ "link~ dev=w0 ns=99", "EBADF" },
	{ "link~ dev=w0 pid=4711", "ESRCH" },
	{ "drop c", "ok" },
	{ "link? name=w0", "ENODEV" },
	{ NULL, NULL },
};

static void links_leave_what_they_had_behind(void **state)
{
	net_check(*state, journeys);
}

/* Not compared with Linux where it lacks them: the rules of ip-link(8). */
static const struct net_row rare_kinds[] = {
	{ "link+ name=v0 kind=veth peer=v1 mtu=1400", "ok" },
	{ "link+ name=d0 kind=dummy", "ok" },
	{ "link? dev=d0", "d0 #4 dummy broadcast noarp type 1 mtu 1500 mac random counts" },
	{ "link+ name=vl0 kind=vlan id=7", "EINVAL" },
	{ "link+ name=vl0 kind=vlan id=7 link=#99", "ENODEV" },
	{ "link+ name=vl0 kind=vlan id=4095 link=v0", "ERANGE" },
	{ "link+ name=vl0 kind=vlan id=7 link=v0", "ok" },
	{ "link+ name=vl1 kind=vlan id=7 link=v0", "EEXIST" },
	{ "link+ name=vl1 kind=vlan id=8 link=v0", "ok" },
	{ "link? dev=vl0",
	  "vl0 #5 vlan id 7 broadcast multicast type 1 mtu 1400 link #3 mac random counts" },
	{ "link~ dev=vl0 mtu=1500", "ERANGE" },
	{ "link~ dev=vl0 up", "ENETDOWN" },
	{ "link~ dev=v0 up", "ok" },
	{ "link~ dev=vl0 up", "ok" },
	{ "link~ dev=v0 down", "ok" },
	{ "link? dev=vl0",
	  "vl0 #5 vlan id 7 broadcast multicast type 1 mtu 1400 link #3 mac random counts" },
	{ "link+ name=ip0 kind=ipvlan link=lo", "EINVAL" },
	{ "link+ name=ip0 kind=ipvlan link=v1", "ok" },
	{ "link+ name=ip1 kind=ipvlan link=v1 imode=0", "ok" },
	{ "link+ name=ip2 kind=ipvlan link=v1 imode=3", "EINVAL" },
	{ "link+ name=m0 kind=macvlan link=v1", "EBUSY" },
	{ "link? dev=ip0", "ip0 #7 ipvlan mode 1 broadcast multicast noarp type 1 mtu 1500 link #2 "
			   "mac random counts" },
	{ "link+ name=br0 kind=bridge", "ok" },
	{ "link~ dev=v1 master=br0", "EBUSY" },
	{ "link~ dev=ip0 master=br0", "EOPNOTSUPP" },
	{ "link~ dev=d0 master=br0", "ok" },
	{ "link- dev=v0", "ok" },
	{ "link? name=vl1", "ENODEV" },
	{ "link? name=ip0", "ENODEV" },
	{ NULL, NULL },
};

static void rare_kinds_follow_the_manual(void **state)
{
	net_check(*state, rare_kinds);
}

static void an_older_kernel_does_not_rename_what_is_up(void **state)
{
	static const struct net_row rows[] = {
		{ "link+ name=v0 kind=veth peer=v1", "ok" },
		{ "link~ dev=v0 up", "ok" },
		{ "link~ dev=v0 name=w0", "EBUSY" },
		{ "link~ dev=v0 name=v0", "ok" },
		{ "link~ dev=v0 down name=w0", "EBUSY" },
		{ "link~ dev=v0 down", "ok" },
		{ "link~ dev=v0 name=w0", "ok" },
		{ NULL, NULL },
	};

	net_check(*state, rows); /* 6.1 */
}

static void a_kernel_may_lack_kinds(void **state)
{
	static const struct net_row rows[] = {
		{ "link+ name=v0 kind=veth peer=v1", "ok" },
		{ "link+ name=d0 kind=dummy", "EOPNOTSUPP" },
		{ "link+ name=x kind=vlan link=v0 id=1", "EOPNOTSUPP" },
		{ "link+ name=x kind=macvlan link=v0", "ok" },
		{ NULL, NULL },
	};
	_cleanup_fake_ struct fake *fake =
		fake_create(&(struct fake_options){ .no_link_kinds = "dummy vlan" });

	net_check(fake, rows);
}

/* --- links of the host --- */

static void host_says(struct fake *fake, const struct net_row *rows)
{
	struct sys *sys = fake_sys(fake);
	struct net_words net = { .sys = sys,
				 .sock = sys_socket(sys, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0) };

	for (; rows->line; rows++)
		net_say(&net, rows->line, rows->result);
	net_words_end(&net);
}

static void a_physical_link_comes_home_when_its_network_ends(void **state)
{
	static const struct net_row rows[] = {
		{ "link- dev=eth0", "EOPNOTSUPP" },
		{ "child c", "ok" },
		{ "child d", "ok" },
		{ "link~ dev=eth0 name=nic0 pid=c", "ok" },
		{ "link? name=nic0", "ENODEV" },
		{ "drop c", "ok" },
		{ "link? name=nic0",
		  "nic0 #2 broadcast multicast type 1 mtu 1500 mac 00:00:5e:00:53:01 counts" },
		{ "link~ dev=nic0 pid=d", "ok" },
		{ "link+ name=nic0 kind=bridge", "ok" },
		{ "drop d", "ok" }, /* its name is taken */
		{ "link? name=dev2",
		  "dev2 #2 broadcast multicast type 1 mtu 1500 mac 00:00:5e:00:53:01 counts" },
		{ NULL, NULL },
	};

	assert_int_equal(fake_link(*state, "physical", "eth0"), 2);
	host_says(*state, rows);
}

static void the_host_has_the_links_that_a_test_wants(void **state)
{
	static const struct net_row rows[] = {
		{ "names /sys/class/net", "br0 d0 eth0 lo" },
		{ "names /sys/class/net/br0",
		  "address bridge brif ifindex iflink mtu statistics type" },
		{ "names /sys/class/net/br0/brif", "d0" },
		{ "names /sys/class/net/d0", "address brport ifindex iflink mtu statistics type" },
		{ "read /sys/class/net/br0/bridge/vlan_filtering", "0" },
		{ "read /sys/class/net/eth0/bridge/vlan_filtering", "ENOENT" },
		{ "read /sys/class/net/eth0/ifindex", "3" },
		{ "read /sys/class/net/eth0/statistics/tx_bytes", "0" },
		{ "read /sys/class/net/eth1/mtu", "ENOENT" },
		{ NULL, NULL },
	};
	static const struct net_row join[] = { { "link~ dev=d0 master=br0", "ok" },
					       { NULL, NULL } };

	assert_int_equal(fake_link(*state, "bridge", "br0"), 2);
	assert_int_equal(fake_link(*state, "physical", "eth0"), 3);
	assert_int_equal(fake_link(*state, "dummy", "d0"), 4);
	host_says(*state, join);
	host_says(*state, rows);
}

/* --- the world's text --- */

static void add_world(struct fake *fake, struct str *out)
{
	_cleanup_str_ struct str world = { 0 };
	static const char *const words[] = { "link ",  "address ", "route ",
					     "proxy ", "setting ", "namespaces net" };
	char *rest, *line;

	fake_world(fake, &world);
	rest = world.s;
	while ((line = str_next_word(&rest, "\n")))
		for (size_t i = 0; i < ARRAY_LEN(words); i++)
			if (str_starts(line, words[i]))
				str_addf(out, "%s\n", line);
}

static void the_world_tells_of_networks(void **state)
{
	static const struct net_row rows[] = {
		{ "child c", "ok" },
		{ "link+ name=v0 kind=veth peer=eth0 peer-pid=c mac=00:16:3e:00:00:01", "ok" },
		{ "link+ name=m0 kind=macvlan link=v0", "ok" },
		{ "link~ dev=v0 master=br0 up", "EBUSY" },
		{ "link- dev=m0", "ok" },
		{ "link~ dev=v0 master=br0 up", "ok" },
		{ "link~ dev=br0 up", "ok" },
		{ "addr+ dev=br0 10.0.0.1/24 brd=10.0.0.255", "ok" },
		{ "route+ default via=10.0.0.2", "ok" },
		{ "neigh+ dev=br0 10.0.0.3", "ok" },
		{ "write /proc/sys/net/ipv4/conf/br0/proxy_arp 1", "ok" },
		{ "link+ name=m1 kind=macvlan link=br0", "ok" },
		{ NULL, NULL },
	};
	static const char expected[] =
		"address 10.0.0.1/24 on br0 broadcast 10.0.0.255 scope 0\n"
		"link br0 bridge up mtu 1500\n"
		"link elsewhere eth0 veth down mtu 1500 peer another network's v0\n"
		"link elsewhere lo lo down mtu 65536\n"
		"link lo lo up mtu 65536\n"
		"link m1 macvlan down mtu 1500 on br0 detail 2\n"
		"link v0 veth up mtu 1500 master br0 peer another network's eth0 mac "
		"00:16:3e:00:00:01\n"
		"namespaces net: 1 more\n"
		"proxy 10.0.0.3 on br0\n"
		"route 0.0.0.0/0 via 10.0.0.2 through br0 scope 0 metric 0\n"
		"route 10.0.0.0/24 through br0 scope 253 metric 0\n"
		"setting ipv4 br0 proxy_arp 1\n";
	struct net_words net = { .sys = fake_sys(*state) };
	_cleanup_str_ struct str world = { 0 };

	fake_link(*state, "bridge", "br0");
	net.sock = sys_socket(net.sys, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
	for (size_t i = 0; rows[i].line; i++)
		net_say(&net, rows[i].line, rows[i].result);
	add_world(*state, &world);
	assert_string_equal(str_text(&world), expected);
	net_words_end(&net);
}

/* What was made and removed leaves no trace, although numbers and chosen addresses have gone on. */
static void equal_worlds_have_equal_texts(void **state)
{
	static const struct net_row rows[] = {
		{ "link+ name=v0 kind=veth peer=v1", "ok" },
		{ "link~ dev=v0 up", "ok" },
		{ "addr+ dev=v0 10.0.0.1/24", "ok" },
		{ "route+ default via=10.0.0.2", "ok" },
		{ "neigh+ dev=v0 10.0.0.3", "ok" },
		{ "link- dev=v0", "ok" },
		{ "link+ name=eth0 kind=veth peer=eth1", "ok" },
		{ NULL, NULL },
	};
	static const struct net_row last[] = { { "link+ name=eth0 kind=veth peer=eth1", "ok" },
					       { NULL, NULL } };
	_cleanup_str_ struct str a = { 0 }, b = { 0 };
	_cleanup_fake_ struct fake *other = fake_create(NULL);

	host_says(*state, rows);
	host_says(other, last);
	fake_world(*state, &a);
	fake_world(other, &b);
	assert_string_equal(str_text(&a), str_text(&b));
}

/* --- datagrams --- */

static void a_long_dump_comes_in_several_datagrams(void **state)
{
	struct sys *sys = fake_sys(*state);
	static const struct rtgenmsg any;
	static _Alignas(8) uint8_t buf[8192];
	struct net_writer writer;
	struct net_message message = { 0 };
	unsigned links = 0, datagrams = 0;
	char name[16];
	int sock;

	for (unsigned i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "br%u", i);
		fake_link(*state, "bridge", name);
	}
	sock = sys_socket(sys, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
	net_write_begin(&writer, buf, sizeof(buf), RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 8);
	net_write_body(&writer, &any, sizeof(any));
	assert_true(sys_write(sys, sock, buf, (size_t)net_write_end(&writer)) > 0);
	while (message.type != NLMSG_DONE) {
		ssize_t n = sys_read(sys, sock, buf, sizeof(buf));
		struct net_reader rest = { buf, (size_t)n };

		assert_true(n > 0 && n < (ssize_t)sizeof(buf));
		datagrams++;
		while (net_read_message(&rest, &message) > 0) {
			assert_true(message.flags & NLM_F_MULTI);
			assert_int_equal(message.sequence, 8);
			links += message.type == RTM_NEWLINK;
		}
	}
	assert_int_equal(links, 61);
	assert_true(datagrams > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(pairs_live_and_die_together),
		WORLD_TEST(links_leave_what_they_had_behind),
		WORLD_TEST(rare_kinds_follow_the_manual),
		WORLD_TEST(an_older_kernel_does_not_rename_what_is_up),
		WORLD_TEST(a_kernel_may_lack_kinds),
		WORLD_TEST(a_physical_link_comes_home_when_its_network_ends),
		WORLD_TEST(the_host_has_the_links_that_a_test_wants),
		WORLD_TEST(the_world_tells_of_networks),
		WORLD_TEST(equal_worlds_have_equal_texts),
		WORLD_TEST(a_long_dump_comes_in_several_datagrams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
