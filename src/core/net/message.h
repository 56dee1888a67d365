/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * net/message: rtnetlink messages as bytes: written into a buffer of the caller, read with every bound checked.
 *
 * Knows headers, bodies and attributes, and no meaning of any. Allocates nothing, keeps nothing, makes no system call.
 * Neither the buffer nor what is read needs to be aligned. Pad bytes are written as zero.
 * Sources: netlink(7), rtnetlink(7), <linux/netlink.h>.
 */
#ifndef NET_MESSAGE_H
#define NET_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* --- writing: what does not fit makes the whole message fail, told once, by net_write_end() --- */
struct net_writer {
	uint8_t *bytes; /* the caller's */
	size_t size, len;
	bool failed;
};

/*
 * Begins a message of this type and these NLM_F_* flags. sequence comes back in the answer. The port is 0, since the kernel
 * knows the sender.
 */
void net_write_begin(struct net_writer *writer, void *buffer, size_t size, uint16_t type, uint16_t flags, uint32_t sequence);
/* The fixed struct behind the header (ifinfomsg, rtmsg, ...), or behind the head of an attribute (VETH_INFO_PEER). */
void net_write_body(struct net_writer *writer, const void *body, size_t len);
/* An attribute. Its value is at most 65531 bytes long. */
void net_write(struct net_writer *writer, uint16_t type, const void *value, size_t len);
void net_write_u16(struct net_writer *writer, uint16_t type, uint16_t value);
void net_write_u32(struct net_writer *writer, uint16_t type, uint32_t value);
void net_write_text(struct net_writer *writer, uint16_t type, const char *text); /* with its NUL */
/* An attribute that is made of others: all that is written before net_write_nest_end(), which wants the result back. */
size_t net_write_nest(struct net_writer *writer, uint16_t type);
void net_write_nest_end(struct net_writer *writer, size_t nest);
/* The length of the finished message, from the start of the buffer; -EMSGSIZE: something did not fit. */
ssize_t net_write_end(struct net_writer *writer);

/* --- reading: each step takes something off the front of what is left --- */
struct net_reader {
	const uint8_t *bytes; /* the caller's */
	size_t len;
};

struct net_message {
	uint16_t type, flags;
	uint32_t sequence, port;
	struct net_reader body; /* all behind the header */
};

struct net_attribute {
	uint16_t type;           /* without NLA_F_NESTED and NLA_F_NET_BYTEORDER */
	struct net_reader value; /* without padding */
};

/* The next message of a datagram: 1; 0: there is none; -EBADMSG: cut or impossible. */
int net_read_message(struct net_reader *rest, struct net_message *message_out);
/* The next attribute: 1; 0: there is none; -EBADMSG: cut or impossible. */
int net_read_attribute(struct net_reader *rest, struct net_attribute *attribute_out);
/* The fixed struct at the front, and the padding behind it: 0; -EBADMSG: too short. */
int net_read_body(struct net_reader *rest, void *body_out, size_t len);
/* What an NLMSG_ERROR says: 0 or -errno into *error_out. 0; -EBADMSG: too short, or no error number. */
int net_read_error(const struct net_message *message, int *error_out);

/* The value of an attribute that has exactly this size: 0; -EBADMSG: it has another. */
int net_attribute_bytes(const struct net_attribute *attribute, void *value_out, size_t len);
int net_attribute_u16(const struct net_attribute *attribute, uint16_t *value_out);
int net_attribute_u32(const struct net_attribute *attribute, uint32_t *value_out);
/* A text with one NUL, at its end, of at most size bytes with it: 0; -EBADMSG. */
int net_attribute_text(const struct net_attribute *attribute, char *text_out, size_t size);

#endif
