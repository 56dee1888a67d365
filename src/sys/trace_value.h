/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/trace_value: how an argument of each kind looks in a trace. Private to sys/trace.
 *
 * Allocates nothing. Never prints an address.
 */
#ifndef SYS_TRACE_VALUE_H
#define SYS_TRACE_VALUE_H

#include "sys/sys.h"

/* All kinds of the list: a row with a new kind does not compile until it has a line here and a
 * function beside it. */
#define TRACE_KINDS(K)                                                                             \
	K(fd)                                                                                      \
	K(int) K(uint) K(long) K(ulong) K(flags) K(size) K(off) K(mode) K(dev) K(pid) K(uid) K(    \
		gid) K(path) K(str) K(strv) K(arg) K(in_buf) K(out_buf) K(out_size) K(fd_pair)     \
		K(open_how) K(flock) K(out_stat) K(out_statfs) K(mount_attr) K(clone) K(spawn) K(  \
			child_fn) K(child_arg) K(out_siginfo) K(out_utsname) K(in_rlimit)          \
			K(out_rlimit) K(filter) K(bpf_attr) K(in_gids) K(in_caps) K(out_caps) K(in_sigset) K(out_sigset) \
				K(in_sigaction) K(out_sigaction) K(epoll_event)                    \
					K(out_epoll_events) K(pollfds) K(in_itimerspec)            \
						K(out_itimerspec) K(in_timespec) K(out_timespec)   \
							K(sockaddr) K(in_msg) K(out_msg)           \
								K(out_map) K(map)

enum trace_kind {
#define K(kind) TRACE_KIND_##kind,
	TRACE_KINDS(K)
#undef K
};

/* One argument: an integer, or an address as one. */
struct trace_value {
	enum trace_kind kind;
	uint64_t bits;
};

#define TRACE_LINE_SIZE 1024

struct trace_line {
	char text[TRACE_LINE_SIZE];
	size_t len;    /* what does not fit is dropped */
	bool returned; /* the call came back: out-arguments may be looked at */
	int64_t ret;
	uint64_t size; /* value of the call's last argument of kind size; 0 */
};

#define TRACE_TEXT_MAX 64
#define TRACE_LIST_MAX 8

void trace_add(struct trace_line *line, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Quoted; bytes that are not printable as \xNN. */
void trace_add_bytes(struct trace_line *line, const void *bytes, uint64_t len);
/* "(ARGUMENT, ...)" */
void trace_add_values(struct trace_line *line, const struct trace_value *values, unsigned count);

/* A function for each kind, in trace_value.c (files, processes, ids) and trace_event.c (the rest).
 * v: the value's bits. */
#define K(kind) void trace_put_##kind(struct trace_line *line, uint64_t v);
TRACE_KINDS(K)
#undef K

/* To write them with: IN is what the bits point to, the guards leave when there is nothing to look
 * at. */
#define PUT(kind) void trace_put_##kind(struct trace_line *line, uint64_t v)
#define IN(type) ((const type *)(uintptr_t)v)
#define NEEDS_IN()                               \
	do {                                     \
		if (!v) {                        \
			trace_add(line, "NULL"); \
			return;                  \
		}                                \
	} while (0)
#define NEEDS_OUT()                                     \
	do {                                            \
		NEEDS_IN();                             \
		if (!line->returned || line->ret < 0) { \
			trace_add(line, "_");           \
			return;                         \
		}                                       \
	} while (0)

#endif
