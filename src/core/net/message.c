/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/net/message.h"

#include <assert.h>
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>

static_assert(NLMSG_HDRLEN == sizeof(struct nlmsghdr), "a message's head needs no padding");
static_assert(NLA_HDRLEN == sizeof(struct nlattr), "an attribute's head needs no padding");

/* Messages and attributes begin at multiples of four. */
static size_t aligned(size_t len)
{
	return (len + NLMSG_ALIGNTO - 1) & ~(size_t)(NLMSG_ALIGNTO - 1);
}

/* --- writing --- */

/* Room for len bytes and their padding, zeroed; NULL: full. */
static uint8_t *writer_room(struct net_writer *writer, size_t len)
{
	size_t left = writer->size - writer->len;
	uint8_t *room = writer->bytes + writer->len;

	if (writer->failed || len > left || aligned(len) > left) {
		writer->failed = true;
		return NULL;
	}
	memset(room, 0, aligned(len));
	writer->len += aligned(len);
	return room;
}

void net_write_begin(struct net_writer *writer, void *buffer, size_t size, uint16_t type,
		     uint16_t flags, uint32_t sequence)
{
	struct nlmsghdr header = { .nlmsg_type = type,
				   .nlmsg_flags = flags,
				   .nlmsg_seq = sequence };

	*writer = (struct net_writer){ .bytes = buffer, .size = size };
	net_write_body(writer, &header, sizeof(header));
}

void net_write_body(struct net_writer *writer, const void *body, size_t len)
{
	uint8_t *room = writer_room(writer, len);

	if (room)
		memcpy(room, body, len);
}

static void write_head(uint8_t *at, uint16_t type, size_t len)
{
	struct nlattr head = { .nla_len = (uint16_t)len, .nla_type = type };

	memcpy(at, &head, sizeof(head));
}

void net_write(struct net_writer *writer, uint16_t type, const void *value, size_t len)
{
	uint8_t *room = NULL;

	if (len <= UINT16_MAX - sizeof(struct nlattr))
		room = writer_room(writer, sizeof(struct nlattr) + len);
	if (!room) {
		writer->failed = true;
		return;
	}
	write_head(room, type, sizeof(struct nlattr) + len);
	if (len > 0)
		memcpy(room + sizeof(struct nlattr), value, len);
}

void net_write_u16(struct net_writer *writer, uint16_t type, uint16_t value)
{
	net_write(writer, type, &value, sizeof(value));
}

void net_write_u32(struct net_writer *writer, uint16_t type, uint32_t value)
{
	net_write(writer, type, &value, sizeof(value));
}

void net_write_text(struct net_writer *writer, uint16_t type, const char *text)
{
	net_write(writer, type, text, strlen(text) + 1);
}

size_t net_write_nest(struct net_writer *writer, uint16_t type)
{
	size_t nest = writer->len;

	net_write(writer, type, NULL, 0);
	return nest;
}

void net_write_nest_end(struct net_writer *writer, size_t nest)
{
	struct nlattr head;

	assert(nest <= writer->len);
	if (writer->len - nest > UINT16_MAX)
		writer->failed = true;
	if (writer->failed)
		return;
	memcpy(&head, writer->bytes + nest, sizeof(head));
	write_head(writer->bytes + nest, head.nla_type, writer->len - nest);
}

ssize_t net_write_end(struct net_writer *writer)
{
	uint32_t len = (uint32_t)writer->len;

	if (writer->failed || writer->len > UINT32_MAX)
		return -EMSGSIZE;
	memcpy(writer->bytes + offsetof(struct nlmsghdr, nlmsg_len), &len, sizeof(len));
	return (ssize_t)writer->len;
}

/* --- reading --- */

/* Takes what is len bytes long and the padding behind it, as far as that is there: the last one may
 * have none. */
static void reader_skip(struct net_reader *rest, size_t len)
{
	size_t step = aligned(len);

	if (step > rest->len)
		step = rest->len;
	rest->bytes += step;
	rest->len -= step;
}

int net_read_message(struct net_reader *rest, struct net_message *message_out)
{
	struct nlmsghdr header;

	if (rest->len == 0)
		return 0;
	if (rest->len < sizeof(header))
		return -EBADMSG;
	memcpy(&header, rest->bytes, sizeof(header));
	if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > rest->len)
		return -EBADMSG;
	*message_out = (struct net_message){
		.type = header.nlmsg_type,
		.flags = header.nlmsg_flags,
		.sequence = header.nlmsg_seq,
		.port = header.nlmsg_pid,
		.body = { rest->bytes + sizeof(header), header.nlmsg_len - sizeof(header) },
	};
	reader_skip(rest, header.nlmsg_len);
	return 1;
}

int net_read_attribute(struct net_reader *rest, struct net_attribute *attribute_out)
{
	struct nlattr head;

	if (rest->len == 0)
		return 0;
	if (rest->len < sizeof(head))
		return -EBADMSG;
	memcpy(&head, rest->bytes, sizeof(head));
	if (head.nla_len < sizeof(head) || head.nla_len > rest->len)
		return -EBADMSG;
	*attribute_out = (struct net_attribute){
		.type = head.nla_type & NLA_TYPE_MASK,
		.value = { rest->bytes + sizeof(head), head.nla_len - sizeof(head) },
	};
	reader_skip(rest, head.nla_len);
	return 1;
}

int net_read_body(struct net_reader *rest, void *body_out, size_t len)
{
	if (rest->len < len)
		return -EBADMSG;
	memcpy(body_out, rest->bytes, len);
	reader_skip(rest, len);
	return 0;
}

int net_read_error(const struct net_message *message, int *error_out)
{
	struct net_reader rest = message->body;
	int32_t error;

	/* The kernel's numbers end at 4095. */
	if (net_read_body(&rest, &error, sizeof(error)) < 0 || error > 0 || error < -4095)
		return -EBADMSG;
	*error_out = error;
	return 0;
}

int net_attribute_bytes(const struct net_attribute *attribute, void *value_out, size_t len)
{
	if (attribute->value.len != len)
		return -EBADMSG;
	memcpy(value_out, attribute->value.bytes, len);
	return 0;
}

int net_attribute_u16(const struct net_attribute *attribute, uint16_t *value_out)
{
	return net_attribute_bytes(attribute, value_out, sizeof(*value_out));
}

int net_attribute_u32(const struct net_attribute *attribute, uint32_t *value_out)
{
	return net_attribute_bytes(attribute, value_out, sizeof(*value_out));
}

int net_attribute_text(const struct net_attribute *attribute, char *text_out, size_t size)
{
	size_t len = attribute->value.len;

	if (len == 0 || len > size ||
	    memchr(attribute->value.bytes, '\0', len) != attribute->value.bytes + len - 1)
		return -EBADMSG;
	memcpy(text_out, attribute->value.bytes, len);
	return 0;
}
