/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spawn: a program in a new process, safe while other threads run.
 *
 * The child shares our memory until it executes, on a stack of its own, while the calling thread
 * waits. It makes raw calls only: libc's locks and caches belong to the parent. All signals are
 * blocked around it, so that no handler of the parent runs in the child.
 */
#include "sys/linux/call.h"

#include <assert.h>
#include <string.h>
#include <sys/mman.h>

#define SPAWN_STACK_SIZE (128UL * 1024)
#define KERNEL_SIGNAL_COUNT 64
#define KERNEL_SIGSET_SIZE (KERNEL_SIGNAL_COUNT / 8)
#define CHILD_FAILED 127

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

/*
 * clone(2) of libc by its other name: the thread sanitizer takes over "clone", and knows no child
 * that shares memory. vfork will not do: the child would return through frames that the parent
 * still needs.
 */
int __clone(int (*fn)(void *), void *stack, int flags, void *arg, ...);

/* Sanitizers keep a picture of each stack; the child's is none that they know. */
#define _child_ __attribute__((no_sanitize_address, no_sanitize_thread))

/* Shared between parent and child. */
struct spawn_run {
	const struct sys_spawn *spawn;
	int *sources; /* fd_count numbers, all at or above fd_count, or -1 */
	int exe_fd;
	int error; /* -errno of the child's first failure */
};

struct dirent_raw {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

_child_ static void child_reset_signals(void)
{
	/* All zero is SIG_DFL in the layout of each architecture, and none is larger. */
	static const unsigned long defaults[8];

	for (int signo = 1; signo <= KERNEL_SIGNAL_COUNT; signo++)
		(void)LINUX_LONG(
			syscall(SYS_rt_sigaction, signo, defaults, NULL, KERNEL_SIGSET_SIZE));
}

/* Out of the way of the numbers that will be filled. */
_child_ static int child_move_above(int fd, unsigned floor)
{
	if (fd < 0 || (unsigned)fd >= floor)
		return fd;
	return LINUX_INT(syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, floor));
}

_child_ static int child_place_fds(struct spawn_run *run)
{
	const struct sys_spawn *spawn = run->spawn;

	run->exe_fd = child_move_above(spawn->exe_fd, spawn->fd_count);
	if (run->exe_fd < -1)
		return run->exe_fd;
	/* All sources first: a target may be the source of a later one. */
	for (unsigned i = 0; i < spawn->fd_count; i++) {
		run->sources[i] = child_move_above(spawn->fds[i], spawn->fd_count);
		if (run->sources[i] < 0 && spawn->fds[i] >= 0)
			return run->sources[i];
	}
	for (unsigned i = 0; i < spawn->fd_count; i++) {
		int ret;

		if (run->sources[i] < 0) {
			(void)LINUX_LONG(syscall(SYS_close, i));
			continue;
		}
		ret = LINUX_INT(syscall(SYS_dup3, run->sources[i], i, 0));
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Before Linux 5.11: what procfs lists. */
_child_ static int child_cloexec_by_list(unsigned first)
{
	_Alignas(uint64_t) char buf[1024];
	int dir = LINUX_INT(syscall(SYS_openat, AT_FDCWD, "/proc/self/fd",
				    O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0));
	long len;

	if (dir < 0)
		return dir;
	while ((len = LINUX_LONG(syscall(SYS_getdents64, dir, buf, sizeof(buf)))) > 0) {
		for (long at = 0; at < len; at += ((struct dirent_raw *)(buf + at))->reclen) {
			unsigned fd = 0;

			for (const char *c = ((struct dirent_raw *)(buf + at))->name; *c; c++)
				fd = *c == '.' ? 0 : fd * 10 + (unsigned)(*c - '0');
			if (fd >= first)
				(void)LINUX_LONG(syscall(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC));
		}
	}
	(void)LINUX_LONG(syscall(SYS_close, dir));
	return (int)len;
}

_child_ static int child_cloexec_above(unsigned first)
{
	int ret = LINUX_INT(syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC));

	return ret == -ENOSYS || ret == -EINVAL ? child_cloexec_by_list(first) : ret;
}

_child_ static int child_exec(struct spawn_run *run)
{
	static const unsigned long no_signals[KERNEL_SIGSET_SIZE / sizeof(unsigned long)];
	const struct sys_spawn *spawn = run->spawn;
	const void *mask = spawn->mask ? (const void *)spawn->mask : no_signals;
	int ret;

	child_reset_signals();
	ret = spawn->new_session ? LINUX_INT(syscall(SYS_setsid)) : 0;
	if (ret >= 0 && spawn->chdir_root)
		ret = LINUX_INT(syscall(SYS_chdir, "/"));
	if (ret >= 0)
		ret = child_place_fds(run);
	if (ret >= 0)
		ret = child_cloexec_above(spawn->fd_count);
	if (ret < 0)
		return ret;
	(void)LINUX_LONG(syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, NULL, KERNEL_SIGSET_SIZE));
	if (spawn->exe_fd >= 0)
		return LINUX_INT(syscall(SYS_execveat, run->exe_fd, "", spawn->argv, spawn->envp,
					 AT_EMPTY_PATH));
	return LINUX_INT(syscall(SYS_execve, spawn->path, spawn->argv, spawn->envp));
}

_child_ static int child_main(void *arg)
{
	struct spawn_run *run = arg;

	run->error = child_exec(run);
	syscall(SYS_exit_group, CHILD_FAILED);
	return CHILD_FAILED;
}

/* Clones and waits until the child executed or ended. */
static pid_t spawn_on_stack(struct spawn_run *run, void *stack_top, int *pidfd)
{
	int flags = CLONE_VM | CLONE_VFORK | SIGCHLD | (pidfd ? CLONE_PIDFD : 0);
	uint64_t all = ~UINT64_C(0), before = 0;
	pid_t pid;

	/* Raw: libc keeps two signals open, whose handlers act on the parent's threads. */
	(void)LINUX_LONG(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof(all)));
	pid = LINUX_INT(__clone(child_main, stack_top, flags, run, pidfd));
	if (pid > 0 && run->error) {
		while (LINUX_LONG(syscall(SYS_waitid, P_PID, pid, NULL, WEXITED, NULL)) == -EINTR)
			;
		if (pidfd)
			(void)LINUX_LONG(syscall(SYS_close, *pidfd));
		pid = run->error;
	}
	(void)LINUX_LONG(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof(before)));
	return pid;
}

pid_t linux_spawn(struct sys *sys, const struct sys_spawn *spawn)
{
	size_t table_size = (spawn->fd_count * sizeof(int) + 15) & ~(size_t)15;
	size_t size = SPAWN_STACK_SIZE + table_size;
	struct spawn_run run = { .spawn = spawn };
	int pidfd = -1;
	void *map;
	pid_t pid;
	int ret;

	assert(spawn->argv && spawn->envp && (spawn->exe_fd >= 0 || spawn->path));
	ret = linux_mmap(sys, &map, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1);
	if (ret < 0)
		return ret;
	run.sources = (int *)((char *)map + SPAWN_STACK_SIZE);
	pid = spawn_on_stack(&run, (char *)map + SPAWN_STACK_SIZE,
			     spawn->pidfd_out ? &pidfd : NULL);
	(void)linux_munmap(sys, map, size);
	if (pid > 0 && spawn->pidfd_out)
		*spawn->pidfd_out = pidfd;
	return pid;
}
