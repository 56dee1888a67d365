/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ipc/wire: what both ends of the command socket and discovery share. Private to ipc.
 *
 * No allocation.
 */
#ifndef IPC_WIRE_H
#define IPC_WIRE_H

#include "core/ipc/ipc.h"

/* sun_path without its leading NUL; one byte stays unused, as in each release (console-ipc.md 2). */
#define IPC_ADDRESS_TEXT_MAX 105
#define IPC_BACKLOG 100

/* The abstract address of a text, cut to IPC_ADDRESS_TEXT_MAX bytes. The address length. */
size_t ipc_address_of_text(const char *text, struct sockaddr_un *addr);

/* ipc_call to an address that is known already. */
int ipc_call_addr(struct sys *sys, const struct sockaddr_un *addr, size_t addr_len, const struct ipc_wire_request *request,
		  const void *payload, int timeout_ms, struct ipc_reply *reply, struct fd *keep_out);

/*
 * Waits until fd is readable (or has ended). deadline_ms on CLOCK_MONOTONIC, < 0: none.
 * 0, -ETIMEDOUT, or -errno.
 */
int ipc_wait_readable(struct sys *sys, int fd, int64_t deadline_ms);
/* Now + timeout_ms; -1 for a negative timeout. */
int64_t ipc_deadline(struct sys *sys, int timeout_ms);
/* len bytes before the deadline. 0; -EPIPE: ended before; -ETIMEDOUT; or -errno. */
int ipc_read_before(struct sys *sys, int fd, void *bytes, size_t len, int64_t deadline_ms);

#endif
