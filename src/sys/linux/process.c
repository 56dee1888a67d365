/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls on processes: clone3, exec, wait, signals, namespaces. spawn has a file of its own. */
#include "sys/linux/call.h"

#include <assert.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>

#define CHILD_ARG_SIZE_MAX 65536

/* clone_args up to cgroup. Kernels before 5.7 know less, and say E2BIG when the rest is not zero.
 */
struct clone3_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	uint64_t set_tid, set_tid_size, cgroup;
};

/* The child has a copy of all memory: fn may write to its argument, as in every world. */
static __attribute__((noinline, noreturn)) void child_run(sys_child_fn fn, void *arg)
{
	syscall(SYS_exit_group, fn(arg) & 0xff);
	__builtin_unreachable();
}

/* Before Linux 5.3 there is no clone3. Its old sister cannot enter a cgroup on the way. */
static long clone_old(uint64_t flags, int exit_signal, int *pidfd)
{
	unsigned long word = (unsigned long)flags | (unsigned long)exit_signal;

	if (flags > UINT32_MAX || (flags & 0xff))
		return -ENOSYS;
#if defined(__s390x__) || defined(__s390__)
	return LINUX_LONG(syscall(SYS_clone, NULL, word, pidfd, NULL, 0));
#else
	return LINUX_LONG(syscall(SYS_clone, word, NULL, pidfd, NULL, NULL));
#endif
}

pid_t linux_clone3(struct sys *sys, const struct sys_clone *args, sys_child_fn fn, void *arg,
		   size_t arg_size)
{
	int pidfd = -1;
	uint64_t flags = args->flags | (args->pidfd_out ? CLONE_PIDFD : 0);
	/* A sibling ends with the signal that our own parent chose: clone3 refuses another. */
	int exit_signal = flags & CLONE_PARENT ? 0 : args->exit_signal;
	struct clone3_args call = {
		.flags = flags,
		.pidfd = args->pidfd_out ? (uintptr_t)&pidfd : 0,
		.exit_signal = (uint64_t)exit_signal,
		.cgroup = flags & CLONE_INTO_CGROUP ? (uint64_t)args->cgroup_fd : 0,
	};
	size_t call_size = flags & CLONE_INTO_CGROUP ? sizeof(call) : CLONE_ARGS_SIZE_VER0;
	long pid;

	assert(arg_size <= CHILD_ARG_SIZE_MAX);
	assert(!(flags & (CLONE_VM | CLONE_VFORK | CLONE_THREAD | CLONE_SETTLS)));
	/* Nothing but a copy: by libc, whose locks are then in order in the child, also in a threaded caller (attach). */
	if (flags == 0)
		pid = LINUX_LONG(fork());
	else
		pid = LINUX_LONG(syscall(SYS_clone3, &call, call_size));
	if (pid == -E2BIG) /* 5.3 to 5.6: it cannot enter a cgroup on the way */
		pid = -ENOSYS;
	else if (pid == -ENOSYS)
		pid = clone_old(flags, exit_signal, &pidfd);
	if (pid == 0)
		child_run(fn, arg);
	if (pid > 0 && args->pidfd_out)
		*args->pidfd_out = pidfd;
	return (pid_t)pid;
}

int linux_execveat(struct sys *sys, int dirfd, const char *path, char *const *argv,
		   char *const *envp, unsigned long flags)
{
	return LINUX_INT(syscall(SYS_execveat, dirfd, path, argv, envp, flags));
}

int linux_exit_group(struct sys *sys, int status)
{
	syscall(SYS_exit_group, status);
	__builtin_unreachable();
}

int linux_waitid(struct sys *sys, int idtype, pid_t id, siginfo_t *info, int options)
{
	return LINUX_INT(syscall(SYS_waitid, idtype, id, info, options, NULL));
}

int linux_kill(struct sys *sys, pid_t pid, int signo)
{
	return LINUX_INT(kill(pid, signo));
}

int linux_pidfd_open(struct sys *sys, pid_t pid, unsigned long flags)
{
	return LINUX_INT(syscall(SYS_pidfd_open, pid, flags));
}

int linux_pidfd_send_signal(struct sys *sys, int pidfd, int signo, unsigned long flags)
{
	return LINUX_INT(syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, flags));
}

int linux_setns(struct sys *sys, int fd, unsigned long nstype)
{
	return LINUX_INT(setns(fd, (int)nstype));
}

int linux_unshare(struct sys *sys, unsigned long flags)
{
	return LINUX_INT(unshare((int)flags));
}

pid_t linux_getpid(struct sys *sys)
{
	return (pid_t)syscall(SYS_getpid);
}

pid_t linux_getppid(struct sys *sys)
{
	return (pid_t)syscall(SYS_getppid);
}

pid_t linux_setsid(struct sys *sys)
{
	return LINUX_INT(setsid());
}

int linux_prctl(struct sys *sys, int option, unsigned long a2, unsigned long a3, unsigned long a4,
		unsigned long a5)
{
	return LINUX_INT(syscall(SYS_prctl, option, a2, a3, a4, a5));
}

int linux_personality(struct sys *sys, unsigned long persona)
{
	return LINUX_INT(personality(persona));
}

int linux_umask(struct sys *sys, mode_t mask)
{
	return (int)umask(mask);
}

int linux_sethostname(struct sys *sys, const char *name)
{
	return LINUX_INT(sethostname(name, strlen(name)));
}

int linux_uname(struct sys *sys, struct utsname *uts)
{
	return LINUX_INT(uname(uts));
}

int linux_prlimit(struct sys *sys, pid_t pid, int resource, const struct rlimit *set,
		  struct rlimit *old)
{
	return LINUX_INT(prlimit(pid, (__rlimit_resource_t)resource, set, old));
}

int linux_seccomp_load(struct sys *sys, unsigned long flags, const struct sock_fprog *filter)
{
	return LINUX_INT(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, filter));
}

int linux_bpf(struct sys *sys, int cmd, union bpf_attr *attr, size_t size)
{
	return LINUX_INT(syscall(SYS_bpf, cmd, attr, size));
}
