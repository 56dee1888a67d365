/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands about the container's cgroups: paths and descriptors. */
#include "core/run/loop.h"
#include "core/run/steps.h"

#include <errno.h>

/* As later releases have them on the wire. */
enum { LAYOUT_UNKNOWN = -1, LAYOUT_LEGACY, LAYOUT_HYBRID, LAYOUT_UNIFIED };
enum { UTILITY_DEVICES = 1, UTILITY_FREEZER = 2 };
#define CGROUP1_MAGIC 0x27e0eb
#define CGROUP2_MAGIC 0x63677270
#define CTX_FDS 20

struct wire_cgroup_ctx {
	int32_t layout;
	uint32_t utilities;
	uint32_t fd_len;
	int32_t fd[CTX_FDS];
	uint32_t pad;
};
_Static_assert(sizeof(struct ipc_wire_cgroup_fd) == 80, "as the wire has it");
_Static_assert(sizeof(struct wire_cgroup_ctx) == 96, "as the wire has it");

static int layout_of(const struct run *run)
{
	unsigned v1 = 0, v2 = 0;

	for (unsigned i = 0; i < run->hierarchy_count; i++)
		*(run->hierarchies[i].v2 ? &v2 : &v1) += 1;
	if (v1 && v2)
		return LAYOUT_HYBRID;
	if (v1)
		return LAYOUT_LEGACY;
	return v2 ? LAYOUT_UNIFIED : LAYOUT_UNKNOWN;
}

static bool lists(const char *controllers, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = controllers; *at;) {
		size_t n = strcspn(at, ", ");

		if (n == len && memcmp(at, word, n) == 0)
			return true;
		at += n + (at[n] != '\0');
	}
	return false;
}

static bool is_v2_everywhere(const char *controller)
{
	return str_eq(controller, "devices") || str_eq(controller, "freezer");
}

/* The hierarchy of a controller, "" the v2 one. NULL: none. */
static const struct run_hierarchy *find(const struct run *run, const char *controller)
{
	bool unified = layout_of(run) == LAYOUT_UNIFIED;

	for (unsigned i = 0; i < run->hierarchy_count; i++) {
		const struct run_hierarchy *h = &run->hierarchies[i];

		if (!*controller ? h->v2 : lists(h->controllers, controller))
			return h;
		if (unified && h->v2 && is_v2_everywhere(controller))
			return h;
		/* A named v1 hierarchy, without its prefix. */
		if (str_starts(h->controllers, "name=") &&
		    str_eq(h->controllers + strlen("name="), controller))
			return h;
	}
	return NULL;
}

/* Not found: the connection ends without a reply; that is how old and new clients know it. */
int cmd_cgroup(struct run *run, int slot, const struct ipc_request *request)
{
	const struct run_hierarchy *h;

	if (request->len > 0 && !memchr(request->payload, '\0', request->len))
		return ipc_server_reply(&run->server, slot, -EINVAL, 0, NULL, 0, NULL, 0);
	h = find(run, request->payload);
	if (!h) {
		ipc_server_drop(&run->server, slot);
		return -ENOENT;
	}
	return ipc_server_reply(&run->server, slot, 0, 0, h->path, strlen(h->path) + 1, NULL, 0);
}

int cmd_cgroup2_fd(struct run *run, int slot, const struct ipc_request *request)
{
	const struct run_hierarchy *h = find(run, "");

	if (layout_of(run) != LAYOUT_UNIFIED || !h)
		return ipc_server_reply(&run->server, slot, -EINVAL, 0, NULL, 0, NULL, 0);
	if (h->dir_fd < 0)
		return ipc_server_reply(&run->server, slot, -EBADF, 0, NULL, 0, NULL, 0);
	return ipc_server_reply(&run->server, slot, 0, 0, NULL, 0, &h->dir_fd, 1);
}

/* A struct of another size: what is missing is zero, what is more must be (console-ipc.md 3). */
static bool take_struct(const struct ipc_request *request, void *out, size_t size)
{
	size_t len = request->len < size ? request->len : size;

	for (size_t i = size; i < request->len; i++)
		if (request->payload[i] != 0)
			return false;
	memset(out, 0, size);
	memcpy(out, request->payload, len);
	return request->len > 0;
}

static size_t reply_size(const struct ipc_request *request, size_t size)
{
	return request->len < size ? request->len : size;
}

static uint32_t utilities_of(const struct run *run)
{
	uint32_t utilities = 0;

	if (layout_of(run) != LAYOUT_UNIFIED)
		return 0;
	if (find(run, "freezer"))
		utilities |= UTILITY_DEVICES | UTILITY_FREEZER;
	return utilities;
}

int cmd_cgroup_ctx(struct run *run, int slot, const struct ipc_request *request)
{
	struct wire_cgroup_ctx ctx;
	int fds[IO_FDS_MAX];
	size_t count = 0;

	if (!take_struct(request, &ctx, sizeof(ctx)))
		return ipc_server_reply(&run->server, slot, -EINVAL, 0, NULL, 0, NULL, 0);
	ctx = (struct wire_cgroup_ctx){ .layout = layout_of(run), .utilities = utilities_of(run) };
	for (unsigned i = 0; i < run->hierarchy_count && count < ARRAY_LEN(fds); i++) {
		if (run->hierarchies[i].dir_fd < 0)
			continue;
		fds[count] = run->hierarchies[i].dir_fd;
		ctx.fd[count] = fds[count];
		count++;
	}
	ctx.fd_len = (uint32_t)count;
	return ipc_server_reply(&run->server, slot, 0, 0, &ctx, reply_size(request, sizeof(ctx)),
				fds, count);
}

int cmd_cgroup_fd(struct run *run, int slot, const struct ipc_request *request)
{
	struct ipc_wire_cgroup_fd wire;
	const struct run_hierarchy *h = NULL;

	if (take_struct(request, &wire, sizeof(wire)) &&
	    memchr(wire.controller, '\0', sizeof(wire.controller)))
		h = find(run, wire.controller);
	if (!h || h->dir_fd < 0)
		return ipc_server_reply(&run->server, slot, h ? -EBADF : -EINVAL, 0, NULL, 0, NULL,
					0);
	wire.layout = layout_of(run);
	wire.utilities = utilities_of(run);
	wire.type = h->v2 ? CGROUP2_MAGIC : CGROUP1_MAGIC;
	wire.fd = h->dir_fd;
	return ipc_server_reply(&run->server, slot, 0, 0, &wire, reply_size(request, sizeof(wire)),
				&h->dir_fd, 1);
}
