/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys: the only door to the kernel.
 *
 * A struct sys is a world: the real one (sys/linux), a model in this process (sys/fake), or a decorator over another
 * (sys/trace, sys/fault). Every operation is one system call: typed, named after it, >= 0 or -errno. It never touches errno,
 * never logs, never allocates. Interrupted calls (-EINTR) are the caller's business: see core/io.
 *
 * A world may be used by several threads at once if it is the real one; the fake is single-threaded.
 * Source of the operations' meaning: section 2 of the Linux manual, page of the same name, unless said here.
 */
#ifndef SYS_SYS_H
#define SYS_SYS_H

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>

struct sys;
struct sock_fprog; /* linux/filter.h */
union bpf_attr;    /* linux/bpf.h */

/* clone3: fn(arg) runs in the child, on a private copy of *arg (arg_size bytes); what it returns is the child's exit status. */
typedef int (*sys_child_fn)(void *arg);

struct sys_clone {
	uint64_t flags;      /* CLONE_NEW*, CLONE_INTO_CGROUP, CLONE_PARENT; CLONE_PIDFD is set when pidfd_out is not NULL */
	int exit_signal;     /* SIGCHLD */
	int cgroup_fd;       /* with CLONE_INTO_CGROUP: directory of the v2 cgroup */
	int *pidfd_out;      /* a close-on-exec pidfd of the child, or NULL */
};

/*
 * spawn: the one operation that is more than a system call: vfork and exec, safe in a threaded caller.
 * The child gets a clean signal state (all defaults, the given mask), and exactly the descriptors fds[0..fd_count) as
 * 0..fd_count-1 (-1: /dev/null is NOT opened, that number stays closed). Returns the pid; exec failures come back as -errno.
 */
struct sys_spawn {
	int exe_fd;              /* executed by descriptor (execveat with AT_EMPTY_PATH), or -1 */
	const char *path;        /* executed by path when exe_fd is -1 */
	char *const *argv;
	char *const *envp;
	const int *fds;
	unsigned fd_count;
	const sigset_t *mask;    /* signal mask of the program; NULL: empty */
	bool new_session;        /* setsid() before exec */
	bool chdir_root;         /* chdir("/") before exec */
	int *pidfd_out;          /* a close-on-exec pidfd of the child, or NULL */
};

/* capget, capset: of the calling thread. */
struct sys_caps {
	uint64_t effective;
	uint64_t permitted;
	uint64_t inheritable;
};

/*
 * seccomp_load: seccomp(2) with SECCOMP_SET_MODE_FILTER, of the calling thread. 0; with SECCOMP_FILTER_FLAG_NEW_LISTENER a
 * descriptor; with SECCOMP_FILTER_FLAG_TSYNC the number of a thread that could not follow.
 */

#define SYS_TYPE_fd int
#define SYS_TYPE_int int
#define SYS_TYPE_uint unsigned int
#define SYS_TYPE_long long
#define SYS_TYPE_ulong unsigned long
#define SYS_TYPE_flags unsigned long
#define SYS_TYPE_size size_t
#define SYS_TYPE_off off_t
#define SYS_TYPE_mode mode_t
#define SYS_TYPE_dev dev_t
#define SYS_TYPE_pid pid_t
#define SYS_TYPE_uid uid_t
#define SYS_TYPE_gid gid_t
#define SYS_TYPE_path const char *
#define SYS_TYPE_str const char *
#define SYS_TYPE_strv char *const *
#define SYS_TYPE_arg void *
#define SYS_TYPE_in_buf const void *
#define SYS_TYPE_out_buf void *
#define SYS_TYPE_out_size size_t *
#define SYS_TYPE_fd_pair int *
#define SYS_TYPE_open_how const struct open_how *
#define SYS_TYPE_flock struct flock *
#define SYS_TYPE_out_stat struct stat *
#define SYS_TYPE_out_statfs struct statfs *
#define SYS_TYPE_mount_attr const struct mount_attr *
#define SYS_TYPE_clone const struct sys_clone *
#define SYS_TYPE_bpf_attr union bpf_attr *
#define SYS_TYPE_filter const struct sock_fprog *
#define SYS_TYPE_spawn const struct sys_spawn *
#define SYS_TYPE_child_fn sys_child_fn
#define SYS_TYPE_child_arg void *
#define SYS_TYPE_out_siginfo siginfo_t *
#define SYS_TYPE_out_utsname struct utsname *
#define SYS_TYPE_in_rlimit const struct rlimit *
#define SYS_TYPE_out_rlimit struct rlimit *
#define SYS_TYPE_in_gids const gid_t *
#define SYS_TYPE_in_caps const struct sys_caps *
#define SYS_TYPE_out_caps struct sys_caps *
#define SYS_TYPE_in_sigset const sigset_t *
#define SYS_TYPE_out_sigset sigset_t *
#define SYS_TYPE_in_sigaction const struct sigaction *
#define SYS_TYPE_out_sigaction struct sigaction *
#define SYS_TYPE_epoll_event struct epoll_event *
#define SYS_TYPE_out_epoll_events struct epoll_event *
#define SYS_TYPE_pollfds struct pollfd *
#define SYS_TYPE_in_itimerspec const struct itimerspec *
#define SYS_TYPE_out_itimerspec struct itimerspec *
#define SYS_TYPE_in_timespec const struct timespec *
#define SYS_TYPE_out_timespec struct timespec *
#define SYS_TYPE_sockaddr const void *
#define SYS_TYPE_in_msg const struct msghdr *
#define SYS_TYPE_out_msg struct msghdr *
#define SYS_TYPE_out_map void **
#define SYS_TYPE_map void *

/* The table of functions. */
struct sys_ops {
#define SYS_OP0(ret, name, ...) ret (*name)(struct sys *sys);
#define SYS_OP1(ret, name, k1, a1, ...) ret (*name)(struct sys *sys, SYS_TYPE_##k1 a1);
#define SYS_OP2(ret, name, k1, a1, k2, a2, ...) \
	ret (*name)(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2);
#define SYS_OP3(ret, name, k1, a1, k2, a2, k3, a3, ...) \
	ret (*name)(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2, SYS_TYPE_##k3 a3);
#define SYS_OP4(ret, name, k1, a1, k2, a2, k3, a3, k4, a4, ...)                             \
	ret (*name)(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2, SYS_TYPE_##k3 a3, \
		    SYS_TYPE_##k4 a4);
#define SYS_OP5(ret, name, k1, a1, k2, a2, k3, a3, k4, a4, k5, a5, ...)                     \
	ret (*name)(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2, SYS_TYPE_##k3 a3, \
		    SYS_TYPE_##k4 a4, SYS_TYPE_##k5 a5);
#include "sys/sys_ops.def"
};

/*
 * next: the world below a decorator, NULL at the bottom. top: the outermost decorator over this world (itself when bare):
 * programs that a world starts on its own (spawn in the fake) get the top.
 */
struct sys {
	const struct sys_ops *ops;
	struct sys *next;
	struct sys *top;
};

/* A decorator links itself over next, and is the new top of the whole stack. */
static inline void sys_link(struct sys *sys, const struct sys_ops *ops, struct sys *next)
{
	sys->ops = ops;
	sys->next = next;
	for (struct sys *s = sys; s; s = s->next)
		s->top = sys;
}

/* The callers: sys_openat2(sys, dirfd, path, how), ... */
#define SYS_OP0(ret, name, ...)                   \
	static inline ret sys_##name(struct sys *sys) \
	{                                         \
		return sys->ops->name(sys);       \
	}
#define SYS_OP1(ret, name, k1, a1, ...)                               \
	static inline ret sys_##name(struct sys *sys, SYS_TYPE_##k1 a1) \
	{                                                             \
		return sys->ops->name(sys, a1);                       \
	}
#define SYS_OP2(ret, name, k1, a1, k2, a2, ...)                                          \
	static inline ret sys_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2) \
	{                                                                                \
		return sys->ops->name(sys, a1, a2);                                      \
	}
#define SYS_OP3(ret, name, k1, a1, k2, a2, k3, a3, ...)                                    \
	static inline ret sys_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2, \
				     SYS_TYPE_##k3 a3)                                     \
	{                                                                                  \
		return sys->ops->name(sys, a1, a2, a3);                                    \
	}
#define SYS_OP4(ret, name, k1, a1, k2, a2, k3, a3, k4, a4, ...)                            \
	static inline ret sys_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2, \
				     SYS_TYPE_##k3 a3, SYS_TYPE_##k4 a4)                   \
	{                                                                                  \
		return sys->ops->name(sys, a1, a2, a3, a4);                                \
	}
#define SYS_OP5(ret, name, k1, a1, k2, a2, k3, a3, k4, a4, k5, a5, ...)                       \
	static inline ret sys_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2,    \
				     SYS_TYPE_##k3 a3, SYS_TYPE_##k4 a4, SYS_TYPE_##k5 a5) \
	{                                                                                     \
		return sys->ops->name(sys, a1, a2, a3, a4, a5);                               \
	}
#include "sys/sys_ops.def"

/* Repeats an operation while it is interrupted by a signal. */
#define SYS_RETRY(call)                                    \
	({                                                 \
		__typeof__(call) ret_;                     \
		do                                         \
			ret_ = (call);                     \
		while (ret_ == -EINTR);                    \
		ret_;                                      \
	})

/* The real kernel. Never fails; needs no destroying. */
struct sys *sys_linux(void);

#endif
