/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines, and kinds of files, processes and ids. */
#include "sys/trace_value.h"

#include <linux/filter.h>

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

static_assert(sizeof(uintptr_t) <= sizeof(uint64_t), "an address fits a value");

/* Room for the newline stays. */
void trace_add(struct trace_line *line, const char *fmt, ...)
{
	size_t room = sizeof(line->text) - 1 - line->len;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(line->text + line->len, room, fmt, args);
	va_end(args);
	if (len > 0)
		line->len += (size_t)len < room ? (size_t)len : room - 1;
}

void trace_add_bytes(struct trace_line *line, const void *bytes, uint64_t len)
{
	const unsigned char *c = bytes;

	trace_add(line, "\"");
	for (uint64_t i = 0; i < len && i < TRACE_TEXT_MAX; i++) {
		if (c[i] == '\n')
			trace_add(line, "\\n");
		else if (c[i] == '"' || c[i] == '\\')
			trace_add(line, "\\%c", c[i]);
		else if (c[i] >= 0x20 && c[i] < 0x7f)
			trace_add(line, "%c", c[i]);
		else
			trace_add(line, "\\x%02x", c[i]);
	}
	trace_add(line, len > TRACE_TEXT_MAX ? "\"..." : "\"");
}

static void add_text(struct trace_line *line, const char *text)
{
	if (text)
		trace_add_bytes(line, text, strlen(text));
	else
		trace_add(line, "NULL");
}

static void add_strv(struct trace_line *line, char *const *list)
{
	unsigned i;

	trace_add(line, "[");
	for (i = 0; list && list[i] && i < TRACE_LIST_MAX; i++) {
		trace_add(line, i ? ", " : "");
		add_text(line, list[i]);
	}
	trace_add(line, list && list[i] ? ", ...]" : "]");
}

static void add_fds(struct trace_line *line, const int *fds, unsigned count)
{
	trace_add(line, "[");
	for (unsigned i = 0; i < count && i < TRACE_LIST_MAX; i++)
		trace_add(line, i ? ", %d" : "%d", fds[i]);
	trace_add(line, count > TRACE_LIST_MAX ? ", ...]" : "]");
}

static void add_rlimit(struct trace_line *line, const struct rlimit *limit)
{
	trace_add(line, "{%lld, %lld}", (long long)limit->rlim_cur, (long long)limit->rlim_max);
}

static void add_caps(struct trace_line *line, const struct sys_caps *caps)
{
	trace_add(line, "{effective=0x%llx, permitted=0x%llx, inheritable=0x%llx}",
		  (unsigned long long)caps->effective, (unsigned long long)caps->permitted,
		  (unsigned long long)caps->inheritable);
}

PUT(fd)
{
	if ((int)v == AT_FDCWD)
		trace_add(line, "AT_FDCWD");
	else
		trace_add(line, "%d", (int)v);
}

PUT(int)
{
	trace_add(line, "%d", (int)v);
}

PUT(uint)
{
	trace_add(line, "%u", (unsigned)v);
}

PUT(long)
{
	trace_add(line, "%lld", (long long)v);
}

PUT(ulong)
{
	trace_add(line, "0x%llx", (unsigned long long)v);
}

PUT(flags)
{
	trace_add(line, v ? "0x%llx" : "0", (unsigned long long)v);
}

PUT(size)
{
	trace_add(line, "%llu", (unsigned long long)v);
}

PUT(off)
{
	trace_add(line, "%lld", (long long)v);
}

PUT(mode)
{
	trace_add(line, "%#o", (unsigned)v);
}

PUT(dev)
{
	trace_add(line, "%u:%u", major((dev_t)v), minor((dev_t)v));
}

PUT(pid)
{
	trace_add(line, "%d", (int)v);
}

/* -1 stands for "as it is". */
PUT(uid)
{
	trace_add(line, "%lld", (uid_t)v == (uid_t)-1 ? -1LL : (long long)(uid_t)v);
}

PUT(gid)
{
	trace_put_uid(line, v);
}

PUT(path)
{
	add_text(line, IN(char));
}

PUT(str)
{
	add_text(line, IN(char));
}

PUT(strv)
{
	add_strv(line, (char *const *)(uintptr_t)v);
}

/* A small number is one; anything else may be an address. */
PUT(arg)
{
	trace_add(line, v < 4096 ? "%llu" : "_", (unsigned long long)v);
}

PUT(in_buf)
{
	NEEDS_IN();
	trace_add_bytes(line, IN(char), line->size);
}

PUT(out_buf)
{
	NEEDS_OUT();
	/* Who asks how much there is gives no room for it. */
	if (line->ret > 0 && line->size > 0)
		trace_add_bytes(line, IN(char), (uint64_t)line->ret < line->size ? (uint64_t)line->ret : line->size);
	else
		trace_add(line, "_");
}

PUT(out_size)
{
	NEEDS_OUT();
	trace_add(line, "[%zu]", *IN(size_t));
}

PUT(fd_pair)
{
	NEEDS_OUT();
	add_fds(line, IN(int), 2);
}

PUT(filter)
{
	NEEDS_IN();
	trace_add(line, "{%u instructions}", IN(struct sock_fprog)->len);
}

/* Which of its members count is known to the command alone. */
PUT(bpf_attr)
{
	NEEDS_IN();
	trace_add(line, "{...}");
}

PUT(open_how)
{
	NEEDS_IN();
	trace_add(line, "{flags=0x%llx, mode=%#llo, resolve=0x%llx}",
		  (unsigned long long)IN(struct open_how)->flags,
		  (unsigned long long)IN(struct open_how)->mode,
		  (unsigned long long)IN(struct open_how)->resolve);
}

PUT(flock)
{
	NEEDS_IN();
	trace_add(line, "{type=%d, start=%lld, len=%lld}", IN(struct flock)->l_type,
		  (long long)IN(struct flock)->l_start, (long long)IN(struct flock)->l_len);
}

PUT(out_stat)
{
	NEEDS_OUT();
	trace_add(line, "{mode=%#o, uid=%u, gid=%u, size=%lld}", IN(struct stat)->st_mode,
		  IN(struct stat)->st_uid, IN(struct stat)->st_gid,
		  (long long)IN(struct stat)->st_size);
}

PUT(out_statfs)
{
	NEEDS_OUT();
	trace_add(line, "{type=0x%llx}", (unsigned long long)IN(struct statfs)->f_type);
}

PUT(mount_attr)
{
	NEEDS_IN();
	trace_add(line, "{set=0x%llx, clear=0x%llx, propagation=0x%llx, userns_fd=%lld}",
		  (unsigned long long)IN(struct mount_attr)->attr_set,
		  (unsigned long long)IN(struct mount_attr)->attr_clr,
		  (unsigned long long)IN(struct mount_attr)->propagation,
		  (long long)IN(struct mount_attr)->userns_fd);
}

PUT(clone)
{
	const struct sys_clone *args = IN(struct sys_clone);

	NEEDS_IN();
	trace_add(line, "{flags=0x%llx, exit_signal=%d", (unsigned long long)args->flags,
		  args->exit_signal);
	if (args->flags & CLONE_INTO_CGROUP)
		trace_add(line, ", cgroup=%d", args->cgroup_fd);
	if (args->pidfd_out && line->returned && line->ret > 0)
		trace_add(line, ", pidfd=[%d]", *args->pidfd_out);
	trace_add(line, "}");
}

PUT(spawn)
{
	const struct sys_spawn *spawn = IN(struct sys_spawn);

	NEEDS_IN();
	trace_add(line, "{");
	if (spawn->exe_fd >= 0)
		trace_add(line, "exe_fd=%d", spawn->exe_fd);
	else
		add_text(line, spawn->path);
	trace_add(line, ", ");
	add_strv(line, spawn->argv);
	trace_add(line, ", fds=");
	add_fds(line, spawn->fds, spawn->fd_count);
	if (spawn->pidfd_out && line->returned && line->ret > 0)
		trace_add(line, ", pidfd=[%d]", *spawn->pidfd_out);
	trace_add(line, "}");
}

PUT(child_fn)
{
	trace_add(line, "_");
}

PUT(child_arg)
{
	trace_add(line, "_");
}

PUT(out_siginfo)
{
	NEEDS_OUT();
	trace_add(line, "{pid=%d, code=%d, status=%d}", IN(siginfo_t)->si_pid,
		  IN(siginfo_t)->si_code, IN(siginfo_t)->si_status);
}

PUT(out_utsname)
{
	NEEDS_OUT();
	trace_add(line, "{");
	add_text(line, IN(struct utsname)->release);
	trace_add(line, "}");
}

PUT(in_rlimit)
{
	NEEDS_IN();
	add_rlimit(line, IN(struct rlimit));
}

PUT(out_rlimit)
{
	NEEDS_OUT();
	add_rlimit(line, IN(struct rlimit));
}

PUT(in_gids)
{
	trace_add(line, "[");
	for (unsigned i = 0; i < line->size && i < TRACE_LIST_MAX; i++)
		trace_add(line, i ? ", %u" : "%u", IN(gid_t)[i]);
	trace_add(line, line->size > TRACE_LIST_MAX ? ", ...]" : "]");
}

PUT(in_caps)
{
	NEEDS_IN();
	add_caps(line, IN(struct sys_caps));
}

PUT(out_caps)
{
	NEEDS_OUT();
	add_caps(line, IN(struct sys_caps));
}

void trace_add_values(struct trace_line *line, const struct trace_value *values, unsigned count)
{
	static void (*const put[])(struct trace_line *, uint64_t) = {
#define K(kind) [TRACE_KIND_##kind] = trace_put_##kind,
		TRACE_KINDS(K)
#undef K
	};

	for (unsigned i = 0; i < count; i++)
		if (values[i].kind == TRACE_KIND_size)
			line->size = values[i].bits;
	trace_add(line, "(");
	for (unsigned i = 0; i < count; i++) {
		trace_add(line, i ? ", " : "");
		put[values[i].kind](line, values[i].bits);
	}
	trace_add(line, ")");
}
