/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/fault.h"

#include <errno.h>
#include <linux/magic.h>

static struct sys_fault *fault_of(struct sys *sys)
{
	return (struct sys_fault *)sys;
}

/* --- which path a call is about --- */

static uint64_t number_of_path(uint64_t before, const char *path)
{
	while (path && *path)
		before = (before ^ (unsigned char)*path++) * 1099511628211ULL;
	return before;
}

static uint64_t no_path(uint64_t before, ...)
{
	return before;
}

/* Paths are the arguments that are text. */
#define WITH(before, arg) _Generic((arg), const char *: number_of_path, default: no_path)(before, arg)

/* --- failing --- */

/* Forever: this is the chosen call once more. */
static bool is_again(const struct sys_fault *fault, const char *op, uint64_t path)
{
	return fault->kind == SYS_FAULT_FOREVER && fault->op == op && fault->path == path &&
	       fault->pid == sys_getpid(fault->sys.next);
}

static void tell(struct sys_fault *fault, const char *op)
{
	fault->op = op;
	if (fault->strike)
		fault->strike(fault->strike_data);
}

static int disturb(struct sys_fault *fault, const char *op, const int *errnos, unsigned count,
		   uint64_t path)
{
	fault->errno_count = count;
	if (fault->kind == SYS_FAULT_SHORT)
		return 0;
	if (fault->kind == SYS_FAULT_DEATH) {
		tell(fault, op);
		fault->op = NULL;
		return 0;
	}
	if (fault->errno_index >= count)
		return 0;
	fault->path = path;
	fault->pid = sys_getpid(fault->sys.next);
	fault->given = errnos[fault->errno_index];
	tell(fault, op);
	return -fault->given;
}

/* Counts a call; the -errno that it shall return, or 0: let it pass. */
static int fault_here(struct sys_fault *fault, const char *op, const int *errnos, unsigned count,
		      uint64_t path, unsigned long *number_out)
{
	*number_out = 0;
	if (fault->paused || errnos[0] == 0)
		return 0;
	*number_out = ++fault->calls;
	if (fault->log && fault->calls <= fault->log_size)
		fault->log[fault->calls - 1] = (struct sys_fault_call){
			op, count, errnos, sys_getpid(fault->sys.next), 0
		};
	if (fault->calls == fault->fail_at)
		return disturb(fault, op, errnos, count, path);
	return is_again(fault, op, path) ? -fault->given : 0;
}

static void fault_result(struct sys_fault *fault, unsigned long number, long result)
{
	if (fault->log && number > 0 && number <= fault->log_size)
		fault->log[number - 1].result = result;
}

#define FAULT_BODY(ret, name, errnos, path, ...)                                                \
	{                                                                                       \
		static const int errnos_[] = errnos;                                            \
		struct sys_fault *fault_ = fault_of(sys);                                       \
		unsigned long number_;                                                          \
		int given_ = fault_here(fault_, #name, errnos_,                                 \
					sizeof(errnos_) / sizeof(errnos_[0]), path, &number_);  \
		ret result_;                                                                    \
                                                                                                \
		if (given_ < 0)                                                                 \
			return (ret)given_;                                                     \
		result_ = sys->next->ops->name(sys->next, ##__VA_ARGS__);                       \
		fault_result(fault_, number_, (long)result_);                                   \
		return result_;                                                                 \
	}
#define LIST(...)           \
	{                   \
		__VA_ARGS__ \
	}

#define SYS_OP0(ret, name, ...) \
	static ret fault_##name(struct sys *sys) FAULT_BODY(ret, name, LIST(__VA_ARGS__), 0)
#define SYS_OP1(ret, name, k1, a1, ...)                            \
	static ret fault_##name(struct sys *sys, SYS_TYPE_##k1 a1) \
		FAULT_BODY(ret, name, LIST(__VA_ARGS__), WITH(0, a1), a1)
#define SYS_OP2(ret, name, k1, a1, k2, a2, ...)                                      \
	static ret fault_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2) \
		FAULT_BODY(ret, name, LIST(__VA_ARGS__), WITH(WITH(0, a1), a2), a1, a2)
#define SYS_OP3(ret, name, k1, a1, k2, a2, k3, a3, ...)                                         \
	static ret fault_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2,            \
				SYS_TYPE_##k3 a3)                                               \
		FAULT_BODY(ret, name, LIST(__VA_ARGS__), WITH(WITH(WITH(0, a1), a2), a3), a1,   \
			   a2, a3)
#define SYS_OP4(ret, name, k1, a1, k2, a2, k3, a3, k4, a4, ...)                                 \
	static ret fault_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2,            \
				SYS_TYPE_##k3 a3, SYS_TYPE_##k4 a4)                             \
		FAULT_BODY(ret, name, LIST(__VA_ARGS__),                                        \
			   WITH(WITH(WITH(WITH(0, a1), a2), a3), a4), a1, a2, a3, a4)
#define SYS_OP5(ret, name, k1, a1, k2, a2, k3, a3, k4, a4, k5, a5, ...)                         \
	static ret fault_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2,            \
				SYS_TYPE_##k3 a3, SYS_TYPE_##k4 a4, SYS_TYPE_##k5 a5)           \
		FAULT_BODY(ret, name, LIST(__VA_ARGS__),                                        \
			   WITH(WITH(WITH(WITH(WITH(0, a1), a2), a3), a4), a5), a1, a2, a3, a4, \
			   a5)
#include "sys/sys_ops.def"

static const struct sys_ops fault_ops = {
#define SYS_OP0(ret, name, ...) .name = fault_##name,
#define SYS_OP1(ret, name, ...) .name = fault_##name,
#define SYS_OP2(ret, name, ...) .name = fault_##name,
#define SYS_OP3(ret, name, ...) .name = fault_##name,
#define SYS_OP4(ret, name, ...) .name = fault_##name,
#define SYS_OP5(ret, name, ...) .name = fault_##name,
#include "sys/sys_ops.def"
};

/* --- moving less than all --- */

/* Their files take one write as a whole; so do messages with borders. */
static bool is_all_or_nothing(struct sys *sys, int fd, bool write)
{
	struct statfs fs = { 0 };
	int type = 0;
	size_t size = sizeof(type);

	if (sys_getsockopt(sys, fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0)
		return type != SOCK_STREAM;
	if (!write || sys_fstatfs(sys, fd, &fs) < 0)
		return false;
	return fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC ||
	       fs.f_type == CGROUP_SUPER_MAGIC || fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* The length to ask for at this call. */
static size_t shortened(const struct sys_fault *fault, int fd, size_t len, bool write)
{
	if (fault->paused || fault->kind != SYS_FAULT_SHORT || fault->calls + 1 != fault->fail_at ||
	    fault->short_len >= len || is_all_or_nothing(fault->sys.next, fd, write))
		return len;
	return fault->short_len;
}

/* What a call gave that was asked for less; false: it must be asked for all after all (signals, timers). */
static bool took_short(struct sys_fault *fault, const char *op, size_t len, size_t less, ssize_t ret)
{
	if (less == len)
		return true;
	if (ret == -EINVAL)
		return false;
	tell(fault, op);
	return true;
}

static ssize_t short_read(struct sys *sys, int fd, void *buf, size_t len)
{
	size_t less = shortened(fault_of(sys), fd, len, false);
	ssize_t ret = fault_read(sys, fd, buf, less);

	return took_short(fault_of(sys), "read", len, less, ret) ? ret
								 : sys_read(sys->next, fd, buf, len);
}

static ssize_t short_pread(struct sys *sys, int fd, void *buf, size_t len, off_t offset)
{
	size_t less = shortened(fault_of(sys), fd, len, false);
	ssize_t ret = fault_pread(sys, fd, buf, less, offset);

	return took_short(fault_of(sys), "pread", len, less, ret)
		       ? ret
		       : sys_pread(sys->next, fd, buf, len, offset);
}

static ssize_t short_write(struct sys *sys, int fd, const void *buf, size_t len)
{
	size_t less = shortened(fault_of(sys), fd, len, true);
	ssize_t ret = fault_write(sys, fd, buf, less);

	return took_short(fault_of(sys), "write", len, less, ret)
		       ? ret
		       : sys_write(sys->next, fd, buf, len);
}

static ssize_t short_pwrite(struct sys *sys, int fd, const void *buf, size_t len, off_t offset)
{
	size_t less = shortened(fault_of(sys), fd, len, true);
	ssize_t ret = fault_pwrite(sys, fd, buf, less, offset);

	return took_short(fault_of(sys), "pwrite", len, less, ret)
		       ? ret
		       : sys_pwrite(sys->next, fd, buf, len, offset);
}

static ssize_t short_sendmsg(struct sys *sys, int fd, const struct msghdr *msg, unsigned long flags)
{
	struct msghdr part = *msg;
	struct iovec piece = *msg->msg_iov;
	size_t len = piece.iov_len;
	ssize_t ret;

	if (msg->msg_iovlen == 1)
		piece.iov_len = shortened(fault_of(sys), fd, len, true);
	if (piece.iov_len == len)
		return fault_sendmsg(sys, fd, msg, flags);
	part.msg_iov = &piece;
	ret = fault_sendmsg(sys, fd, &part, flags);
	(void)took_short(fault_of(sys), "sendmsg", len, piece.iov_len, ret);
	return ret;
}

static ssize_t short_recvmsg(struct sys *sys, int fd, struct msghdr *msg, unsigned long flags)
{
	struct iovec *all = msg->msg_iov;
	struct iovec piece = *all;
	ssize_t ret;

	if (msg->msg_iovlen == 1)
		piece.iov_len = shortened(fault_of(sys), fd, all->iov_len, false);
	if (piece.iov_len == all->iov_len)
		return fault_recvmsg(sys, fd, msg, flags);
	msg->msg_iov = &piece;
	ret = fault_recvmsg(sys, fd, msg, flags);
	msg->msg_iov = all;
	(void)took_short(fault_of(sys), "recvmsg", all->iov_len, piece.iov_len, ret);
	return ret;
}

void sys_fault_init(struct sys_fault *fault, struct sys *next)
{
	*fault = (struct sys_fault){ .ops = fault_ops };
	fault->ops.read = short_read;
	fault->ops.pread = short_pread;
	fault->ops.write = short_write;
	fault->ops.pwrite = short_pwrite;
	fault->ops.sendmsg = short_sendmsg;
	fault->ops.recvmsg = short_recvmsg;
	sys_link(&fault->sys, &fault->ops, next);
}
