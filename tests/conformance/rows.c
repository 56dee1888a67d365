/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the other scripts have no reason to do: the plain success and the plain refusals of each
 * operation. */
#include "conformance.h"

#include <errno.h>
#include <linux/limits.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

enum { CLOSED = 90 };

static int open_at(struct sys *sys, const char *path, uint64_t flags)
{
	struct open_how how = { .flags = flags | O_CLOEXEC };

	return sys_openat2(sys, AT_FDCWD, path, &how);
}

/* --- when all numbers are taken --- */

static void no_descriptors(struct sys *sys, struct str *out)
{
	const struct rlimit limit = { 3, 64 };
	struct pollfd polls[4] = { { .fd = -1 }, { .fd = -1 }, { .fd = -1 }, { .fd = -1 } };
	sigset_t usr1;
	int fds[2], fd = sys_memfd_create(sys, "one", 0);

	sigemptyset(&usr1);
	note(out, "limit", sys_prlimit(sys, 0, RLIMIT_NOFILE, &limit, NULL));
	note_n(out, "dup", sys_fcntl(sys, fd, F_DUPFD_CLOEXEC, 0));
	note(out, "pipe2, room for one", sys_pipe2(sys, fds, 0));
	note(out, "socketpair, room for one", sys_socketpair(sys, AF_UNIX, SOCK_STREAM, 0, fds));
	note_n(out, "dup", sys_fcntl(sys, fd, F_DUPFD_CLOEXEC, 0));
	note(out, "dup, full", sys_fcntl(sys, fd, F_DUPFD_CLOEXEC, 0));
	note(out, "dup, beyond", sys_fcntl(sys, fd, F_DUPFD_CLOEXEC, 10));
	note(out, "dup3, beyond", sys_dup3(sys, fd, 10, 0));
	note(out, "openat2", open_at(sys, "/proc", O_PATH));
	note(out, "pipe2", sys_pipe2(sys, fds, 0));
	note(out, "memfd_create", sys_memfd_create(sys, "two", 0));
	note(out, "epoll_create1", sys_epoll_create1(sys, 0));
	note(out, "timerfd_create", sys_timerfd_create(sys, CLOCK_MONOTONIC, 0));
	note(out, "signalfd", sys_signalfd(sys, -1, &usr1, 0));
	note(out, "socket", sys_socket(sys, AF_UNIX, SOCK_STREAM, 0));
	note(out, "socketpair", sys_socketpair(sys, AF_UNIX, SOCK_STREAM, 0, fds));
	note(out, "pidfd_open", sys_pidfd_open(sys, sys_getpid(sys), 0));
	note(out, "poll, too many", sys_poll(sys, polls, ARRAY_LEN(polls), 0));
	note(out, "close", sys_close(sys, 2));
	note(out, "close again", sys_close(sys, 2));
	note_n(out, "memfd_create", sys_memfd_create(sys, "two", 0));
}

/* --- contents and locks --- */

static void contents(struct sys *sys, struct str *out)
{
	int fd = sys_memfd_create(sys, "file", MFD_CLOEXEC), fds[2];
	char buf[16] = "";

	sys_pipe2(sys, fds, O_CLOEXEC);
	note_n(out, "write at", sys_pwrite(sys, fd, "hello", 5, 3));
	note_n(out, "read at", sys_pread(sys, fd, buf, sizeof(buf), 3));
	note(out, "write at, negative", sys_pwrite(sys, fd, "x", 1, -1));
	note(out, "read at, negative", sys_pread(sys, fd, buf, 1, -1));
	note(out, "write at, closed", sys_pwrite(sys, CLOSED, "x", 1, 0));
	note(out, "read at, closed", sys_pread(sys, CLOSED, buf, 1, 0));
	note(out, "write at, pipe", sys_pwrite(sys, fds[1], "x", 1, 0));
	note_n(out, "end", sys_lseek(sys, fd, 0, SEEK_END));
	note(out, "shorten", sys_ftruncate(sys, fd, 2));
	note(out, "shorten, negative", sys_ftruncate(sys, fd, -1));
	note(out, "shorten, closed", sys_ftruncate(sys, CLOSED, 0));
	note(out, "shorten, pipe", sys_ftruncate(sys, fds[1], 0));
	note_n(out, "end", sys_lseek(sys, fd, 0, SEEK_END));
	note(out, "sync", sys_fsync(sys, fd));
	note(out, "sync, pipe", sys_fsync(sys, fds[0]));
	note(out, "sync, closed", sys_fsync(sys, CLOSED));
	note(out, "list, file", sys_getdents64(sys, fd, buf, sizeof(buf)));
	note(out, "list, closed", sys_getdents64(sys, CLOSED, buf, sizeof(buf)));
	sys_close_range(sys, 0, 20, 0);
}

static void directories(struct sys *sys, struct str *out)
{
	int fd = open_at(sys, "/proc/self/ns", O_RDONLY | O_DIRECTORY);
	char buf[2048] __attribute__((aligned(8)));

	note_n(out, "some", sys_getdents64(sys, fd, buf, sizeof(buf)) > 0);
	note(out, "too small", sys_lseek(sys, fd, 0, SEEK_SET));
	note(out, "too small", sys_getdents64(sys, fd, buf, 8));
	sys_close(sys, fd);
}

static void locks(struct sys *sys, struct str *out)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = sys_memfd_create(sys, "file", MFD_CLOEXEC), other, reader;

	other = open_at(sys, "/proc/self/fd/0", O_RDWR);
	reader = open_at(sys, "/proc/self/fd/0", O_RDONLY);
	note(out, "lock", sys_fcntl_lock(sys, fd, F_OFD_SETLK, &lock));
	note(out, "locked", sys_fcntl_lock(sys, other, F_OFD_SETLK, &lock));
	note(out, "write lock by a reader", sys_fcntl_lock(sys, reader, F_OFD_SETLK, &lock));
	note(out, "closed", sys_fcntl_lock(sys, CLOSED, F_OFD_SETLK, &lock));
	lock.l_whence = 9;
	note(out, "strange whence", sys_fcntl_lock(sys, fd, F_OFD_SETLK, &lock));
	lock = (struct flock){ .l_type = 9 };
	note(out, "strange type", sys_fcntl_lock(sys, fd, F_OFD_SETLK, &lock));
	lock = (struct flock){ .l_type = F_RDLCK };
	note(out, "who has it", sys_fcntl_lock(sys, other, F_OFD_GETLK, &lock));
	note_n(out, "a writer", lock.l_type == F_WRLCK);
	note_n(out, "no process", lock.l_pid);
	lock = (struct flock){ .l_type = F_UNLCK };
	note(out, "unlock", sys_fcntl_lock(sys, fd, F_OFD_SETLK, &lock));
	note(out, "whole", sys_flock(sys, fd, LOCK_EX));
	note(out, "whole, locked", sys_flock(sys, other, LOCK_SH | LOCK_NB));
	note(out, "whole, strange", sys_flock(sys, fd, 0));
	note(out, "whole, closed", sys_flock(sys, CLOSED, LOCK_EX));
	note(out, "whole, unlock", sys_flock(sys, fd, LOCK_UN));
	note(out, "whole", sys_flock(sys, other, LOCK_EX | LOCK_NB));
	sys_close_range(sys, 0, 20, 0);
}

/* --- names --- */

static void names(struct sys *sys, struct str *out)
{
	int fd = sys_memfd_create(sys, "file", MFD_CLOEXEC), proc;
	struct statfs fs;
	struct stat st;
	char buf[PATH_MAX];

	note(out, "stat", sys_fstatat(sys, AT_FDCWD, "/nosuch", &st, 0));
	note(out, "stat below a file", sys_fstatat(sys, AT_FDCWD, "/proc/uptime/x", &st, 0));
	note(out, "stat, strange flags", sys_fstatat(sys, AT_FDCWD, "/", &st, 1));
	note(out, "stat, closed", sys_fstatat(sys, CLOSED, "x", &st, 0));
	note(out, "stat, nothing", sys_fstatat(sys, AT_FDCWD, "", &st, 0));
	proc = open_at(sys, "/proc", O_PATH | O_DIRECTORY);
	note(out, "statfs", sys_fstatfs(sys, proc, &fs));
	note_n(out, "type", fs.f_type);
	note(out, "statfs, closed", sys_fstatfs(sys, CLOSED, &fs));
	note(out, "readlink", sys_readlinkat(sys, AT_FDCWD, "/nosuch", buf, sizeof(buf)));
	note(out, "readlink, no room", sys_readlinkat(sys, AT_FDCWD, "/proc/self", buf, 0));
	note(out, "chmod", sys_fchmod(sys, fd, 0600));
	note(out, "chmod by path", sys_fchmod(sys, proc, 0555));
	note(out, "chmodat", sys_fchmodat(sys, AT_FDCWD, "/nosuch", 0600));
	note(out, "chmodat below a file", sys_fchmodat(sys, AT_FDCWD, "/proc/uptime/x", 0600));
	note(out, "fchdir", sys_fchdir(sys, proc));
	note(out, "fchdir, closed", sys_fchdir(sys, CLOSED));
	note(out, "fchdir, file", sys_fchdir(sys, fd));
	note_n(out, "cwd", sys_getcwd(sys, buf, sizeof(buf)));
	note(out, "cwd, no room", sys_getcwd(sys, buf, 5));
	note_n(out, "cwd, just enough", sys_getcwd(sys, buf, 6));
	note(out, "chdir", sys_chdir(sys, "/nosuch"));
	note(out, "chdir, file", sys_chdir(sys, "uptime"));
	sys_close_range(sys, 0, 20, 0);
}

/* --- programs --- */

static int exec_args(struct sys *sys, int dirfd, const char *path, unsigned long flags)
{
	char *const argv[] = { (char *)"program", NULL }, *const envp[] = { NULL };

	return sys_execveat(sys, dirfd, path, argv, envp, flags);
}

static int become(void *arg)
{
	static const char *const paths[] = { "/bin/true",    "/bin/false", "/nosuch",
					     "/proc/uptime", "/",	   "" };
	struct child *child = arg;
	int ret = exec_args(child->sys, AT_FDCWD, paths[child->number], 0);

	return -ret;
}

static int end_at_once(void *arg)
{
	struct child *child = arg;

	sys_exit_group(child->sys, child->number);
	return 99;
}

static void programs(struct sys *sys, struct str *out)
{
	int fds[2], script = sys_memfd_create(sys, "script", 0);
	struct sys_clone strange = { .flags = 1ull << 40, .exit_signal = SIGCHLD };
	struct child child = { .sys = sys };

	for (int i = 0; i < 6; i++)
		note_end(out, "exec", sys, start(sys, 0, become, (struct child){ .number = i }));
	note_end(out, "exit", sys, start(sys, 0, end_at_once, (struct child){ .number = 258 }));
	note(out, "clone, strange flags",
	     sys_clone3(sys, &strange, end_at_once, &child, sizeof(child)));
	sys_write(sys, script, "nonsense", 8);
	note(out, "exec of nonsense", exec_args(sys, script, "", AT_EMPTY_PATH));
	note(out, "exec of nothing", exec_args(sys, CLOSED, "", AT_EMPTY_PATH));
	note(out, "exec, strange flags", exec_args(sys, AT_FDCWD, "/bin/true", 1));
	sys_pipe2(sys, fds, O_CLOEXEC);
	note(out, "exec of a pipe", exec_args(sys, fds[0], "", AT_EMPTY_PATH));
	sys_close_range(sys, 0, 20, 0);
}

static pid_t spawn(struct sys *sys, const char *path, int fd)
{
	char *const argv[] = { (char *)"program", NULL }, *const envp[] = { NULL };
	const int fds[] = { fd };
	const struct sys_spawn spawn = {
		.exe_fd = -1, .path = path, .argv = argv, .envp = envp, .fds = fds, .fd_count = 1
	};

	return sys_spawn(sys, &spawn);
}

static void spawned(struct sys *sys, struct str *out)
{
	note_end(out, "true", sys, spawn(sys, "/bin/true", -1));
	note_end(out, "false", sys, spawn(sys, "/bin/false", -1));
	note(out, "nothing", spawn(sys, "/nosuch", -1));
	note(out, "no program", spawn(sys, "/proc/uptime", -1));
	note(out, "a directory", spawn(sys, "/", -1));
	note(out, "a closed descriptor", spawn(sys, "/bin/true", CLOSED));
	note(out, "nobody left", sys_waitid(sys, P_ALL, 0, NULL, WEXITED));
}

/* --- ids, sessions, host --- */

static int as_user(void *arg)
{
	struct child *child = arg;
	struct sys *sys = child->sys;
	struct sys_caps caps = { 0 };
	_cleanup_str_ struct str text = { 0 };
	struct str *out = &text;
	sigset_t usr1;

	sigemptyset(&usr1);
	note_n(out, "setsid", sys_setsid(sys) > 0);
	note(out, "setsid again", sys_setsid(sys));
	note(out, "long name",
	     sys_sethostname(sys,
			     "0123456789012345678901234567890123456789012345678901234567890123x"));
	note(out, "capset", (sys_capget(sys, &caps), sys_capset(sys, &caps)));
	sys_setresgid(sys, 1000, 1000, 1000);
	sys_setresuid(sys, 1000, 1000, 1000);
	note_n(out, "euid", sys_geteuid(sys));
	note_n(out, "egid", sys_getegid(sys));
	note(out, "chmod", sys_fchmod(sys, child->number, 0600));
	note(out, "setresgid", sys_setresgid(sys, 0, 0, 0));
	note(out, "capset", sys_capset(sys, &caps));
	note(out, "user namespace", sys_unshare(sys, CLONE_NEWUSER));
	note(out, "unmapped group", sys_setresgid(sys, 5, 5, 5));
	note(out, "unmapped user", sys_setresuid(sys, 5, 5, 5));
	return sys_write(sys, child->fd, str_text(out), out->len) == (ssize_t)out->len ? 0 : 1;
}

static void ids(struct sys *sys, struct str *out)
{
	static gid_t many[65537];
	int fds[2], fd = sys_memfd_create(sys, "file", 0);
	char buf[1024];
	ssize_t n;

	sys_pipe2(sys, fds, O_CLOEXEC);
	note_end(out, "user", sys,
		 start(sys, CLONE_NEWUTS, as_user, (struct child){ .fd = fds[1], .number = fd }));
	n = sys_read(sys, fds[0], buf, sizeof(buf));
	str_add_n(out, buf, n < 0 ? 0 : (size_t)n);
	note(out, "too many groups", sys_setgroups(sys, 65537, many));
	note(out, "a process that never was", sys_pidfd_open(sys, 0x3fffffff, 0));
	sys_close_range(sys, 0, 20, 0);
}

/* --- time, events --- */

static void times(struct sys *sys, struct str *out)
{
	struct timespec ts = { .tv_nsec = 1000 }, wrong = { .tv_nsec = 1000000000 };
	struct itimerspec once = { .it_value.tv_sec = 1 };
	int fds[2];
	sigset_t usr1;
	char c;

	sigemptyset(&usr1);
	sys_pipe2(sys, fds, O_CLOEXEC);
	note(out, "clock", sys_clock_gettime(sys, CLOCK_MONOTONIC, &ts));
	note(out, "strange clock", sys_clock_gettime(sys, 77, &ts));
	ts = (struct timespec){ .tv_nsec = 1000 };
	note(out, "sleep", sys_clock_nanosleep(sys, CLOCK_MONOTONIC, 0, &ts, NULL));
	note(out, "sleep, wrong time", sys_clock_nanosleep(sys, CLOCK_MONOTONIC, 0, &wrong, NULL));
	note(out, "timer, closed", sys_timerfd_settime(sys, CLOSED, 0, &once, NULL));
	note(out, "timer, pipe", sys_timerfd_settime(sys, fds[0], 0, &once, NULL));
	note(out, "signals of a pipe", sys_signalfd(sys, fds[0], &usr1, 0));
	note(out, "signals, closed", sys_signalfd(sys, CLOSED, &usr1, 0));
	note(out, "signals, strange flags", sys_signalfd(sys, -1, &usr1, 1));
	note_n(out, "random", sys_getrandom(sys, &c, 1, 0));
	note(out, "random, strange flags", sys_getrandom(sys, &c, 1, 77));
	sys_close_range(sys, 0, 20, 0);
}

/* --- sockets --- */

static void socket_refusals(struct sys *sys, struct str *out)
{
	int one = 1, fds[2], fd = sys_socket(sys, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	note(out, "pair of another family", sys_socketpair(sys, 77, SOCK_STREAM, 0, fds));
	note(out, "pair, strange type", sys_socketpair(sys, AF_UNIX, 77, 0, fds));
	note(out, "option", sys_setsockopt(sys, fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)));
	note(out, "option, unknown", sys_setsockopt(sys, fd, SOL_SOCKET, 7777, &one, sizeof(one)));
	note(out, "option, too short", sys_setsockopt(sys, fd, SOL_SOCKET, SO_PASSCRED, &one, 1));
	note(out, "option, closed",
	     sys_setsockopt(sys, CLOSED, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)));
	note(out, "shutdown", sys_shutdown(sys, fd, SHUT_RD));
	note(out, "shutdown, closed", sys_shutdown(sys, CLOSED, SHUT_RD));
	sys_close(sys, fd);
}

const struct script row_scripts[] = {
	{ "no descriptors", no_descriptors },
	{ "contents", contents },
	{ "directories", directories },
	{ "locks", locks },
	{ "names of one", names },
	{ "programs", programs },
	{ "spawned", spawned },
	{ "ids", ids },
	{ "times", times },
	{ "socket refusals", socket_refusals },
	{ NULL, NULL },
};
