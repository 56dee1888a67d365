/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a datagram of the kernel: reading stays within them and ends. What reads well is
 * written again, and must read the same; into a buffer that is too small it must fail and stay
 * within it.
 */
#include "core/net/message.h"

#include <assert.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEEP 4 /* as deep as rtnetlink nests */

static void use_value(const struct net_attribute *attribute)
{
	uint16_t u16;
	uint32_t u32;
	char text[16];

	(void)net_attribute_u16(attribute, &u16);
	(void)net_attribute_u32(attribute, &u32);
	if (net_attribute_text(attribute, text, sizeof(text)) == 0)
		assert(strlen(text) + 1 == attribute->value.len);
}

/* Whether all of it is attributes. */
static int walk(struct net_reader rest, unsigned depth)
{
	struct net_attribute attribute;
	size_t before = rest.len;
	int ret;

	while ((ret = net_read_attribute(&rest, &attribute)) > 0) {
		assert(rest.len < before && attribute.value.len < before);
		before = rest.len;
		use_value(&attribute);
		if (depth < DEEP)
			(void)walk(attribute.value, depth + 1);
	}
	return ret;
}

static void write_again(struct net_writer *writer, struct net_reader rest, unsigned depth)
{
	struct net_attribute attribute;

	while (net_read_attribute(&rest, &attribute) > 0) {
		size_t nest;

		if (depth >= DEEP || attribute.value.len == 0 || walk(attribute.value, DEEP) < 0) {
			net_write(writer, attribute.type, attribute.value.bytes,
				  attribute.value.len);
			continue;
		}
		nest = net_write_nest(writer, attribute.type);
		write_again(writer, attribute.value, depth + 1);
		net_write_nest_end(writer, nest);
	}
}

static ssize_t copy(const struct net_message *message, struct net_reader attributes, void *buffer,
		    size_t size)
{
	struct net_writer writer;

	net_write_begin(&writer, buffer, size, message->type, message->flags, message->sequence);
	net_write_body(&writer, message->body.bytes, sizeof(struct ifinfomsg));
	write_again(&writer, attributes, 0);
	return net_write_end(&writer);
}

static void check_copy(const struct net_message *message, struct net_reader attributes)
{
	/* Only padding is added, at most three bytes for each head of four. */
	size_t room = 64 + 2 * message->body.len;
	uint8_t *first = malloc(room), *second = malloc(room);
	ssize_t len = copy(message, attributes, first, room);
	struct net_message again;
	struct net_reader rest;

	/* Too long only when padding made an attribute so. */
	assert(len > 0 || message->body.len > 60000);
	if (len > 0) {
		rest = (struct net_reader){ first, (size_t)len };
		assert(net_read_message(&rest, &again) == 1 && rest.len == 0);
		assert(again.type == message->type && again.flags == message->flags);
		rest = again.body;
		rest.bytes += sizeof(struct ifinfomsg);
		rest.len -= sizeof(struct ifinfomsg);
		assert(copy(&again, rest, second, room) == len);
		assert(memcmp(first, second, (size_t)len) == 0);
		free(second);
		second = malloc((size_t)len - 1); /* exactly: a sanitizer sees the byte behind it */
		assert(copy(message, attributes, second, (size_t)len - 1) == -EMSGSIZE);
	}
	free(first);
	free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct net_reader rest = { data, size };
	struct net_message message;
	struct ifinfomsg info;

	while (net_read_message(&rest, &message) > 0) {
		struct net_reader body = message.body;
		int error = 0;

		if (net_read_error(&message, &error) == 0)
			assert(error <= 0);
		if (net_read_body(&body, &info, sizeof(info)) == 0 && walk(body, 0) == 0)
			check_copy(&message, body);
	}
	return 0;
}
