/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rtnetlink messages: what is written reads back, what does not fit fails, what is cut is refused.
 */
#include "core/base/str.h"
#include "core/net/message.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A veth pair, as the kernel wants it: attributes in attributes, a struct in one of them. */
static ssize_t write_pair(struct net_writer *writer, void *buffer, size_t size)
{
	struct ifinfomsg info = { .ifi_index = 7 };
	size_t linkinfo, data, peer;

	net_write_begin(writer, buffer, size, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 42);
	net_write_body(writer, &info, sizeof(info));
	net_write_text(writer, IFLA_IFNAME, "veth0");
	net_write_u32(writer, IFLA_MTU, 1400);
	linkinfo = net_write_nest(writer, IFLA_LINKINFO);
	net_write_text(writer, IFLA_INFO_KIND, "veth");
	data = net_write_nest(writer, IFLA_INFO_DATA);
	peer = net_write_nest(writer, VETH_INFO_PEER);
	net_write_body(writer, &info, sizeof(info));
	net_write_text(writer, IFLA_IFNAME, "eth0");
	net_write_nest_end(writer, peer);
	net_write_nest_end(writer, data);
	net_write_nest_end(writer, linkinfo);
	net_write_u16(writer, IFLA_VLAN_ID, 77);
	return net_write_end(writer);
}

static void expect_attribute(struct net_reader *rest, unsigned type, struct net_attribute *found)
{
	assert_int_equal(net_read_attribute(rest, found), 1);
	assert_int_equal(found->type, type);
}

static void expect_text(struct net_reader *rest, unsigned type, const char *text)
{
	struct net_attribute found;
	char buf[16];

	expect_attribute(rest, type, &found);
	assert_int_equal(net_attribute_text(&found, buf, sizeof(buf)), 0);
	assert_string_equal(buf, text);
}

static void what_is_written_reads_back(void **state)
{
	uint8_t buffer[256];
	struct net_writer writer;
	ssize_t len = write_pair(&writer, buffer, sizeof(buffer));
	struct net_reader rest = { buffer, (size_t)len }, body;
	struct net_attribute linkinfo, data, peer, found;
	struct net_message message;
	struct ifinfomsg info;
	uint32_t mtu;
	uint16_t id;

	assert_int_equal(net_read_message(&rest, &message), 1);
	assert_int_equal(net_read_message(&rest, &message), 0);
	assert_int_equal(message.type, RTM_NEWLINK);
	assert_int_equal(message.flags, NLM_F_REQUEST | NLM_F_ACK);
	assert_int_equal(message.sequence, 42);
	assert_int_equal(message.port, 0);
	body = message.body;
	assert_int_equal(net_read_body(&body, &info, sizeof(info)), 0);
	assert_int_equal(info.ifi_index, 7);
	expect_text(&body, IFLA_IFNAME, "veth0");
	expect_attribute(&body, IFLA_MTU, &found);
	assert_int_equal(net_attribute_u32(&found, &mtu), 0);
	assert_int_equal(mtu, 1400);
	assert_int_equal(net_attribute_u16(&found, &id), -EBADMSG);
	expect_attribute(&body, IFLA_LINKINFO, &linkinfo);
	expect_text(&linkinfo.value, IFLA_INFO_KIND, "veth");
	expect_attribute(&linkinfo.value, IFLA_INFO_DATA, &data);
	assert_int_equal(linkinfo.value.len, 0);
	expect_attribute(&data.value, VETH_INFO_PEER, &peer);
	assert_int_equal(net_read_body(&peer.value, &info, sizeof(info)), 0);
	expect_text(&peer.value, IFLA_IFNAME, "eth0");
	assert_int_equal(net_read_attribute(&peer.value, &found), 0);
	expect_attribute(&body, IFLA_VLAN_ID, &found);
	assert_int_equal(net_attribute_u16(&found, &id), 0);
	assert_int_equal(id, 77);
	assert_int_equal(net_read_attribute(&body, &found), 0);
}

/* What the kernel's own macros say about the same bytes. */
static void the_layout_is_that_of_the_headers(void **state)
{
	union {
		struct nlmsghdr header;
		uint8_t bytes[256];
	} buffer;
	struct net_writer writer;
	ssize_t len = write_pair(&writer, buffer.bytes, sizeof(buffer));
	struct rtattr *attr;

	assert_int_equal(buffer.header.nlmsg_len, len);
	assert_true(NLMSG_OK(&buffer.header, len));
	attr = IFLA_RTA(NLMSG_DATA(&buffer.header));
	len = (ssize_t)IFLA_PAYLOAD(&buffer.header);
	assert_true(RTA_OK(attr, len));
	assert_int_equal(attr->rta_len, RTA_LENGTH(6));
	assert_string_equal(RTA_DATA(attr), "veth0");
	assert_int_equal(((char *)RTA_DATA(attr))[6] | ((char *)RTA_DATA(attr))[7], 0);
	for (unsigned i = 0; i < 3; i++) {
		attr = RTA_NEXT(attr, len);
		assert_true(RTA_OK(attr, len));
	}
	attr = RTA_NEXT(attr, len);
	assert_int_equal(len, 0);
}

static void what_does_not_fit_fails_as_a_whole(void **state)
{
	uint8_t buffer[256], guard[256];
	struct net_writer writer;
	size_t len = (size_t)write_pair(&writer, buffer, sizeof(buffer));

	memset(guard, 0xa5, sizeof(guard));
	for (size_t size = 0; size < len; size++) {
		memset(buffer, 0xa5, sizeof(buffer));
		assert_int_equal(write_pair(&writer, buffer, size), -EMSGSIZE);
		assert_memory_equal(buffer + size, guard, sizeof(buffer) - size);
	}
	assert_int_equal(write_pair(&writer, buffer, len), len);
}

/* The length of an attribute has 16 bits; a longer one must not wrap round. */
static void too_long_an_attribute_fails(void **state)
{
	static uint8_t buffer[200000], value[70000];
	struct net_writer writer;
	size_t nest;

	net_write_begin(&writer, buffer, sizeof(buffer), RTM_NEWLINK, 0, 0);
	net_write(&writer, 1, value, 65531);
	assert_int_equal(net_write_end(&writer), 16 + 65536);
	net_write(&writer, 1, value, 65532);
	assert_int_equal(net_write_end(&writer), -EMSGSIZE);
	net_write_begin(&writer, buffer, sizeof(buffer), RTM_NEWLINK, 0, 0);
	nest = net_write_nest(&writer, 2);
	net_write(&writer, 1, value, 40000);
	net_write(&writer, 1, value, 40000);
	net_write_nest_end(&writer, nest);
	assert_int_equal(net_write_end(&writer), -EMSGSIZE);
}

#define HEAD(len) len, 0, 0, 0, 16, 0, 2, 0, 7, 0, 0, 0, 9, 0, 0, 0

static const struct {
	const char *name;
	uint8_t bytes[32];
	size_t len;
	int ret;
} messages[] = {
	{ "nothing", { 0 }, 0, 0 },
	{ "one byte", { 16 }, 1, -EBADMSG },
	{ "head cut", { HEAD(16) }, 15, -EBADMSG },
	{ "head alone", { HEAD(16) }, 16, 1 },
	{ "shorter than its head", { HEAD(15) }, 16, -EBADMSG },
	{ "length zero", { HEAD(0) }, 16, -EBADMSG },
	{ "longer than the datagram", { HEAD(20) }, 19, -EBADMSG },
	{ "padding of the last one missing", { HEAD(17), 1 }, 17, 1 },
	{ "huge", { 255, 255, 255, 255 }, 32, -EBADMSG },
};

static void impossible_messages_are_refused(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
		struct net_reader rest = { messages[i].bytes, messages[i].len };
		struct net_message message;
		int ret = net_read_message(&rest, &message);

		if (ret != messages[i].ret)
			fail_msg("%s: %d", messages[i].name, ret);
		if (ret == 1)
			assert_int_equal(net_read_message(&rest, &message), 0);
	}
}

static const struct {
	const char *name;
	uint8_t bytes[16];
	size_t len;
	int ret;
	unsigned type;
	size_t value_len;
} attributes[] = {
	{ "nothing", { 0 }, 0, 0, 0, 0 },
	{ "head cut", { 4, 0, 1 }, 3, -EBADMSG, 0, 0 },
	{ "empty", { 4, 0, 1, 0 }, 4, 1, 1, 0 },
	{ "shorter than its head", { 3, 0, 1, 0 }, 4, -EBADMSG, 0, 0 },
	{ "length zero", { 0, 0, 1, 0 }, 8, -EBADMSG, 0, 0 },
	{ "longer than what is left", { 9, 0, 1, 0 }, 8, -EBADMSG, 0, 0 },
	{ "not padded at the end", { 5, 0, 1, 0, 9 }, 5, 1, 1, 1 },
	{ "nested", { 8, 0, 18, 0x80 }, 8, 1, 18, 4 },
	{ "of the network's byte order", { 8, 0, 18, 0x40 }, 8, 1, 18, 4 },
};

static void impossible_attributes_are_refused(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
		struct net_reader rest = { attributes[i].bytes, attributes[i].len };
		struct net_attribute found = { 0 };
		int ret = net_read_attribute(&rest, &found);

		if (ret != attributes[i].ret || found.type != attributes[i].type ||
		    found.value.len != attributes[i].value_len)
			fail_msg("%s: %d", attributes[i].name, ret);
	}
}

static const struct {
	const char *name, *bytes;
	size_t len;
	int ret;
} texts[] = {
	{ "a text", "eth0", 5, 0 },
	{ "an empty text", "", 1, 0 },
	{ "nothing", "", 0, -EBADMSG },
	{ "without its end", "eth0", 4, -EBADMSG },
	{ "with two ends", "e\0h0", 5, -EBADMSG },
	{ "just fits", "1234567", 8, 0 },
	{ "too long", "12345678", 9, -EBADMSG },
};

static void texts_end_once(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct net_attribute attribute = { .value = { (const uint8_t *)texts[i].bytes,
							      texts[i].len } };
		char text[8];
		int ret = net_attribute_text(&attribute, text, sizeof(text));

		if (ret != texts[i].ret || (ret == 0 && !str_eq(text, texts[i].bytes)))
			fail_msg("%s: %d", texts[i].name, ret);
	}
}

static void an_error_is_a_number_of_the_kernel(void **state)
{
	static const struct {
		int32_t number;
		size_t len;
		int ret;
	} rows[] = {
		{ 0, 4, 0 },	    { -ENODEV, 4, 0 },
		{ -4095, 4, 0 },    { -4096, 4, -EBADMSG },
		{ 1, 4, -EBADMSG }, { INT32_MIN, 4, -EBADMSG },
		{ 0, 3, -EBADMSG },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct net_message message = { .body = { (const uint8_t *)&rows[i].number,
							 rows[i].len } };
		int error = 1;

		assert_int_equal(net_read_error(&message, &error), rows[i].ret);
		assert_int_equal(error, rows[i].ret == 0 ? rows[i].number : 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(the_layout_is_that_of_the_headers),
		cmocka_unit_test(what_does_not_fit_fails_as_a_whole),
		cmocka_unit_test(too_long_an_attribute_fails),
		cmocka_unit_test(impossible_messages_are_refused),
		cmocka_unit_test(impossible_attributes_are_refused),
		cmocka_unit_test(texts_end_once),
		cmocka_unit_test(an_error_is_a_number_of_the_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
