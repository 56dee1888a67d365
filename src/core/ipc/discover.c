/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Active containers: those whose command socket stands in /proc/net/unix. */
#include "core/ipc/wire.h"

#include <errno.h>

#define HASH_TEXT "lxc/0123456789abcdef"
#define REPLY_TIMEOUT_MS 5000

static int add_name(struct vec *names, const char *name, size_t len)
{
	char *copy;
	size_t i;

	for (i = 0; i < names->count; i++) {
		const char *other = *vec_at(names, char *, i);

		if (strlen(other) == len && memcmp(other, name, len) == 0)
			return 0;
	}
	copy = str_dup_n(name, len);
	if (!copy || !vec_add(names, &copy)) {
		free(copy);
		return -ENOMEM;
	}
	return 0;
}

/*
 * One question to a socket that only tells its hash. A supervisor that does not answer is none of
 * ours.
 */
static bool ask(struct sys *sys, const char *socket_name, uint32_t cmd, struct str *out)
{
	struct ipc_wire_request request = { .cmd = cmd };
	struct sockaddr_un addr;
	size_t addr_len = ipc_address_of_text(socket_name, &addr);
	struct ipc_reply reply;
	bool ok;

	if (ipc_call_addr(sys, &addr, addr_len, &request, NULL, REPLY_TIMEOUT_MS, &reply, NULL) < 0)
		return false;
	ok = reply.ret >= 0 && reply.payload.len > 0 &&
	     reply.payload.s[reply.payload.len - 1] == '\0';
	if (ok)
		str_add(out, reply.payload.s);
	ipc_reply_finish(sys, &reply);
	return ok && str_ok(out);
}

static int add_hashed(struct sys *sys, const char *lxcpath, const char *socket_name,
		      struct vec *names)
{
	_cleanup_str_ struct str path = { 0 }, name = { 0 };

	if (strlen(socket_name) != strlen(HASH_TEXT "/command"))
		return 0;
	if (!ask(sys, socket_name, IPC_GET_LXCPATH, &path) || !str_eq(str_text(&path), lxcpath))
		return 0;
	if (!ask(sys, socket_name, IPC_GET_NAME, &name) || name.len == 0)
		return 0;
	return add_name(names, name.s, name.len);
}

/* "LXCPATH/NAME/command" */
static int add_plain(const char *lxcpath, const char *socket_name, struct vec *names)
{
	const char *rest = str_after(socket_name, lxcpath);
	size_t len;

	if (!rest || *rest++ != '/')
		return 0;
	len = strcspn(rest, "/");
	if (len == 0 || !str_eq(rest + len, "/command"))
		return 0;
	return add_name(names, rest, len);
}

static int add_line(struct sys *sys, const char *lxcpath, char *line, struct vec *names)
{
	const char *field = strrchr(line, ' ');
	int ret;

	if (!field || field[1] != '@')
		return 0;
	field += 2;
	ret = add_plain(lxcpath, field, names);
	if (ret == 0 && str_starts(field, "lxc/") && str_ends(field, "/command"))
		ret = add_hashed(sys, lxcpath, field, names);
	return ret;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int ipc_list_active(struct sys *sys, const char *lxcpath, struct vec *names)
{
	_cleanup_str_ struct str text = { 0 };
	int ret = io_read_all(sys, AT_FDCWD, "/proc/net/unix", &text);
	char *rest = text.s, *line;

	if (ret < 0)
		return ret;
	while (ret == 0 && rest && (line = str_next_word(&rest, "\n")))
		ret = add_line(sys, lxcpath, line, names);
	if (ret == 0 && names->count > 1)
		qsort(names->items, names->count, sizeof(char *), by_text);
	return ret;
}
