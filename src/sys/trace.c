/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/trace.h"

#include "sys/trace_value.h"

#include <errno.h>
#include <string.h>

static long long microseconds(const struct timespec *from, const struct timespec *to)
{
	return (long long)(to->tv_sec - from->tv_sec) * 1000000 +
	       (to->tv_nsec - from->tv_nsec) / 1000;
}

/* What is known before the call is made. */
struct call {
	struct sys_trace *trace;
	const char *op;
	const struct trace_value *values;
	unsigned count;
	struct timespec start;
};

static void add_result(struct trace_line *line)
{
	const char *error;

	if (!line->returned) {
		trace_add(line, " = ?");
		return;
	}
	error = line->ret < 0 ? strerrorname_np((int)-line->ret) : NULL;
	if (error)
		trace_add(line, " = -%s", error);
	else
		trace_add(line, " = %lld", (long long)line->ret);
}

static void write_line(struct call *call, bool returned, int64_t ret)
{
	struct sys_trace *trace = call->trace;
	struct sys *below = trace->sys.next;
	struct trace_line line = { .returned = returned, .ret = ret };
	struct timespec now = { 0 };

	if (trace->with_time)
		trace_add(&line, "%d +%lld ", (int)sys_getpid(below),
			  microseconds(&trace->start, &call->start));
	trace_add(&line, "%s", call->op);
	trace_add_values(&line, call->values, call->count);
	add_result(&line);
	if (trace->with_time && returned) {
		(void)sys_clock_gettime(below, CLOCK_MONOTONIC, &now);
		trace_add(&line, " <%lld>", microseconds(&call->start, &now));
	}
	if (line.len >= sizeof(line.text) - 2)
		memcpy(line.text + sizeof(line.text) - 5, "...", 3);
	line.text[line.len++] = '\n';
	if (trace->line)
		trace->line(trace->data, line.text, line.len);
	else if (trace->fd >= 0)
		(void)SYS_RETRY(sys_write(below, trace->fd, line.text, line.len));
}

static void tell_line(struct call *call, bool returned, int64_t ret)
{
	if (call->trace->line || call->trace->fd >= 0)
		write_line(call, returned, ret);
}

static void call_begin(struct call *call)
{
	if (call->trace->with_time)
		(void)sys_clock_gettime(call->trace->sys.next, CLOCK_MONOTONIC, &call->start);
	if (strcmp(call->op, "exit_group") == 0 || strcmp(call->op, "execveat") == 0)
		tell_line(call, false, 0);
}

#define TRACE_BODY(ret, name, list, ...)                                   \
	{                                                                  \
		const struct trace_value values_[] = list;                 \
		struct call call_ = {                                      \
			.trace = (struct sys_trace *)sys,                  \
			.op = #name,                                       \
			.values = values_,                                 \
			.count = sizeof(values_) / sizeof(values_[0]) - 1, \
		};                                                         \
		ret result_;                                               \
                                                                           \
		call_begin(&call_);                                        \
		result_ = sys->next->ops->name(sys->next, ##__VA_ARGS__);  \
		tell_line(&call_, true, (int64_t)result_);                 \
		return result_;                                            \
	}
/* The last item is there so that no list is empty. */
#define LIST(...)                 \
	{                         \
		__VA_ARGS__       \
		{                 \
			.bits = 0 \
		}                 \
	}
#define V(k, a) { TRACE_KIND_##k, (uint64_t)(uintptr_t)(a) },

#define SYS_OP0(ret, name, ...) \
	static ret trace_##name(struct sys *sys) TRACE_BODY(ret, name, LIST())
#define SYS_OP1(ret, name, k1, a1, ...)                            \
	static ret trace_##name(struct sys *sys, SYS_TYPE_##k1 a1) \
		TRACE_BODY(ret, name, LIST(V(k1, a1)), a1)
#define SYS_OP2(ret, name, k1, a1, k2, a2, ...)                                      \
	static ret trace_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2) \
		TRACE_BODY(ret, name, LIST(V(k1, a1) V(k2, a2)), a1, a2)
#define SYS_OP3(ret, name, k1, a1, k2, a2, k3, a3, ...)                              \
	static ret trace_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2, \
				SYS_TYPE_##k3 a3)                                    \
		TRACE_BODY(ret, name, LIST(V(k1, a1) V(k2, a2) V(k3, a3)), a1, a2, a3)
#define SYS_OP4(ret, name, k1, a1, k2, a2, k3, a3, k4, a4, ...)                                  \
	static ret trace_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2,             \
				SYS_TYPE_##k3 a3, SYS_TYPE_##k4 a4)                              \
		TRACE_BODY(ret, name, LIST(V(k1, a1) V(k2, a2) V(k3, a3) V(k4, a4)), a1, a2, a3, \
			   a4)
#define SYS_OP5(ret, name, k1, a1, k2, a2, k3, a3, k4, a4, k5, a5, ...)                            \
	static ret trace_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2,               \
				SYS_TYPE_##k3 a3, SYS_TYPE_##k4 a4, SYS_TYPE_##k5 a5)              \
		TRACE_BODY(ret, name, LIST(V(k1, a1) V(k2, a2) V(k3, a3) V(k4, a4) V(k5, a5)), a1, \
			   a2, a3, a4, a5)
#include "sys/sys_ops.def"

static const struct sys_ops trace_ops = {
#define SYS_OP0(ret, name, ...) .name = trace_##name,
#define SYS_OP1(ret, name, ...) .name = trace_##name,
#define SYS_OP2(ret, name, ...) .name = trace_##name,
#define SYS_OP3(ret, name, ...) .name = trace_##name,
#define SYS_OP4(ret, name, ...) .name = trace_##name,
#define SYS_OP5(ret, name, ...) .name = trace_##name,
#include "sys/sys_ops.def"
};

void sys_trace_init(struct sys_trace *trace, struct sys *next, int fd)
{
	*trace = (struct sys_trace){ .fd = fd, .with_time = true };
	sys_link(&trace->sys, &trace_ops, next);
	(void)sys_clock_gettime(next, CLOCK_MONOTONIC, &trace->start);
}
