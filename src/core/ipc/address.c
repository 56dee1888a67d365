/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The abstract name of a container's command socket, and taking it: the mutual exclusion between
 * two starters.
 */
#include "core/ipc/wire.h"

#include <errno.h>
#include <stdio.h>

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

uint64_t ipc_fnv1a(const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	uint64_t hash = FNV_OFFSET;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * FNV_PRIME;
	return hash;
}

/* The same as over "LXCPATH/NAME", of any length, without a buffer for it. */
static uint64_t hash_more(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * FNV_PRIME;
	return hash;
}

size_t ipc_address_of_text(const char *text, struct sockaddr_un *addr)
{
	size_t len = strlen(text);

	*addr = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (len > IPC_ADDRESS_TEXT_MAX)
		len = IPC_ADDRESS_TEXT_MAX;
	memcpy(addr->sun_path + 1, text, len);
	/* No NUL counted: an abstract name is its bytes. */
	return offsetof(struct sockaddr_un, sun_path) + 1 + len;
}

size_t ipc_address(const char *lxcpath, const char *name, struct sockaddr_un *addr)
{
	char text[IPC_ADDRESS_TEXT_MAX + 1];
	int len = snprintf(text, sizeof(text), "%s/%s/command", lxcpath, name);

	if (len < 0 || (size_t)len >= sizeof(text)) {
		uint64_t hash = hash_more(hash_more(hash_more(FNV_OFFSET, lxcpath), "/"), name);

		(void)snprintf(text, sizeof(text), "lxc/%016llx/command", (unsigned long long)hash);
	}
	return ipc_address_of_text(text, addr);
}

int ipc_bind(struct sys *sys, const char *lxcpath, const char *name, struct err *err)
{
	_cleanup_fd_ struct fd sock = { 0 };
	struct sockaddr_un addr;
	size_t len = ipc_address(lxcpath, name, &addr);
	int on = 1;
	int ret = sys_socket(sys, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (ret < 0)
		return err_sys(err, ret, "create the command socket of container %s", name);
	sock = fd_of(sys, ret);
	ret = sys_bind(sys, sock.n, &addr, len);
	if (ret == -EADDRINUSE)
		return err_set(err, ret, "container %s is already running", name);
	if (ret < 0)
		return err_sys(err, ret, "bind the command socket of container %s", name);
	/* Accepted sockets take it over: also what was sent before accept carries credentials. */
	ret = sys_setsockopt(sys, sock.n, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	if (ret == 0)
		ret = sys_listen(sys, sock.n, IPC_BACKLOG);
	if (ret < 0)
		return err_sys(err, ret, "listen on the command socket of container %s", name);
	return steal_fd(&sock).n;
}
