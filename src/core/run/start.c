/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The caller's side of a start: hands plan and descriptors to the supervisor, listens to its
 * reports; in the foreground forwards signals and waits. Daemonized it changes nothing of the
 * calling process, which may have threads.
 */
#include "core/run/run.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>

struct starter {
	struct sys *sys;
	const struct start_args *args;
	struct fd plan, report, report_theirs, null, caller, pidfile;
	bool made_pidfile; /* it was not there before */
	struct fd signals, tty;
	sigset_t old_mask;
	struct termios termios;
	pid_t pid;
	struct fd pidfd;
	struct start_result result;
	struct err cause; /* the first error that was reported */
};

static void starter_finish(struct starter *s)
{
	/* The mask comes last: what was blocked for us arrives when nothing of ours is left. */
	struct fd *all[] = { &s->plan,	 &s->report,  &s->report_theirs, &s->null,
			     &s->caller, &s->pidfile, &s->pidfd,	 &s->tty };
	bool masked = fd_is_open(&s->signals);

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		fd_finish(all[i]);
	fd_finish(&s->signals);
	if (masked)
		(void)sys_sigprocmask(s->sys, SIG_SETMASK, &s->old_mask, NULL);
}

/* --- before --- */

#define PIDFILE_FLAGS (O_RDWR | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK)

static int check_regular(const struct stat *st, const char *path, struct err *err)
{
	if (S_ISREG(st->st_mode))
		return 0;
	return err_set(err, -EINVAL, "the pid file %s is not a regular file", path);
}

/*
 * What is there already stays as it is until the supervisor writes its pid. Looked at before it is
 * opened, since opening a device does something, and again as what was opened.
 */
static int open_old_pidfile(struct starter *s, const char *path, struct err *err)
{
	_cleanup_fd_ struct fd file = { 0 };
	struct stat st = { 0 };
	int ret = sys_fstatat(s->sys, AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW);

	if (ret == 0)
		ret = check_regular(&st, path, err);
	if (ret == 0)
		ret = io_open(s->sys, AT_FDCWD, path, PIDFILE_FLAGS, 0, 0);
	if (ret < 0)
		return ret;
	file = fd_of(s->sys, ret);
	ret = sys_fstatat(s->sys, file.n, "", &st, AT_EMPTY_PATH);
	if (ret == 0)
		ret = check_regular(&st, path, err);
	if (ret == 0)
		s->pidfile = steal_fd(&file);
	return ret;
}

static int open_pidfile(struct starter *s, struct err *err)
{
	const char *path = s->args->pidfile;
	int ret;

	if (!path)
		return 0;
	ret = io_open(s->sys, AT_FDCWD, path, PIDFILE_FLAGS | O_CREAT | O_EXCL, 0600, 0);
	if (ret >= 0) {
		s->pidfile = fd_of(s->sys, ret);
		s->made_pidfile = true;
		return 0;
	}
	if (ret == -EEXIST)
		ret = open_old_pidfile(s, path, err);
	return ret < 0 && !err_is(err) ? err_sys(err, ret, "create the pid file %s", path) : ret;
}

/* Whoever was to remove it is gone. Only while the name still stands for the file that we made. */
static void remove_pidfile(struct starter *s)
{
	struct stat ours, named;

	if (!s->made_pidfile || !fd_is_open(&s->pidfile) ||
	    sys_fstatat(s->sys, s->pidfile.n, "", &ours, AT_EMPTY_PATH) < 0 ||
	    sys_fstatat(s->sys, AT_FDCWD, s->args->pidfile, &named, AT_SYMLINK_NOFOLLOW) < 0 ||
	    ours.st_dev != named.st_dev || ours.st_ino != named.st_ino)
		return;
	(void)sys_unlinkat(s->sys, AT_FDCWD, s->args->pidfile, 0);
}

static int open_common(struct starter *s, struct err *err)
{
	const struct plan *image = s->args->image;
	int pair[2];
	int ret = io_memfd_sealed(s->sys, "lxc-plan", image, image->size, false);

	if (ret < 0)
		return err_sys(err, ret, "put the plan into memory");
	s->plan = fd_of(s->sys, ret);
	ret = sys_socketpair(s->sys, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
	if (ret < 0)
		return err_sys(err, ret, "create a socket for reports");
	s->report = fd_of(s->sys, pair[0]);
	s->report_theirs = fd_of(s->sys, pair[1]);
	ret = io_open(s->sys, AT_FDCWD, "/dev/null", O_RDWR | O_NOCTTY, 0, 0);
	if (ret < 0)
		return err_sys(err, ret, "open /dev/null");
	s->null = fd_of(s->sys, ret);
	return open_pidfile(s, err);
}

/* So that a supervisor that is killed does not leave the terminal in raw mode. */
static void remember_terminal(struct starter *s)
{
	s->tty = fd_of(s->sys, io_open(s->sys, AT_FDCWD, "/dev/tty", O_RDWR | O_NOCTTY, 0, 0));
	if (fd_is_open(&s->tty) && sys_ioctl(s->sys, s->tty.n, TCGETS, &s->termios) < 0)
		fd_finish(&s->tty);
}

static int open_foreground(struct starter *s, struct err *err)
{
	sigset_t mask;
	int ret;

	/* Without one the supervisor does not see the end of a caller that is killed. */
	ret = sys_pidfd_open(s->sys, sys_getpid(s->sys), 0);
	if (ret < 0 && ret != -ENOSYS)
		return err_sys(err, ret, "open a descriptor of the calling process");
	s->caller = fd_of(s->sys, ret);
	remember_terminal(s);
	sigfillset(&mask);
	sigdelset(&mask, SIGBUS);
	sigdelset(&mask, SIGILL);
	sigdelset(&mask, SIGSEGV);
	ret = sys_signalfd(s->sys, -1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (ret < 0)
		return err_sys(err, ret, "open a descriptor for signals");
	s->signals = fd_of(s->sys, ret);
	(void)sys_sigprocmask(s->sys, SIG_SETMASK, &mask, &s->old_mask);
	return 0;
}

/* A closed number would be taken by something else. */
static int standard_fd(const struct starter *s, int fd)
{
	int ret = s->args->daemon ? -EBADF : sys_fcntl(s->sys, fd, F_GETFD, 0);

	if (ret == -EBADF)
		return s->null.n;
	return ret < 0 ? ret : fd;
}

static int spawn(struct starter *s, char *const argv[])
{
	const struct start_args *args = s->args;
	const int fds[SUPERVISOR_FD_COUNT] = {
		[0] = standard_fd(s, 0),
		[1] = standard_fd(s, 1),
		[2] = standard_fd(s, 2),
		[SUPERVISOR_FD_PLAN] = s->plan.n,
		[SUPERVISOR_FD_COMMAND] = args->command_fd,
		[SUPERVISOR_FD_REPORT] = s->report_theirs.n,
		[SUPERVISOR_FD_LOG] = args->log_fd,
		[SUPERVISOR_FD_PLANNER] = args->planner_exe_fd,
		[SUPERVISOR_FD_INIT] = args->init_exe_fd,
		[SUPERVISOR_FD_CALLER] = fd_n(&s->caller),
		[SUPERVISOR_FD_PIDFILE] = fd_n(&s->pidfile),
		[SUPERVISOR_FD_TRACE] = args->trace_fd,
		[SUPERVISOR_FD_SELF] = args->daemon ? args->supervisor_exe_fd : -1,
	};
	int pidfd = -1;
	sigset_t all;
	struct sys_spawn program = {
		.exe_fd = args->supervisor_exe_fd,
		.argv = argv,
		.envp = args->envp,
		.fds = fds,
		.fd_count = SUPERVISOR_FD_COUNT,
		.mask = &all,
		.pidfd_out = &pidfd,
	};

	for (int fd = 0; fd <= 2; fd++)
		if (fds[fd] < 0)
			return fds[fd];
	/* From its first instruction on: a signal that comes early is not lost. */
	sigfillset(&all);
	s->pid = sys_spawn(s->sys, &program);
	if (s->pid == -ENOSYS || s->pid == -EINVAL) {
		program.pidfd_out = NULL;
		s->pid = sys_spawn(s->sys, &program);
	}
	s->pidfd = fd_of(s->sys, pidfd);
	return s->pid < 0 ? (int)s->pid : 0;
}

/*
 * The name must be free as soon as the supervisor lets go of it. The number belongs to our caller,
 * who will close it: it stands for /dev/null from here on.
 */
static void release_command(struct starter *s)
{
	(void)sys_dup3(s->sys, s->null.n, s->args->command_fd, O_CLOEXEC);
}

static int launch(struct starter *s, struct err *err)
{
	const struct plan *image = s->args->image;
	char *title _cleanup_free_ =
		str_printf("[lxc monitor] %s %s", plan_str(image, image->lxcpath),
			   plan_str(image, image->name));
	char *const argv[] = { title, NULL };
	int ret = title ? open_common(s, err) : err_set(err, -ENOMEM, "out of memory");

	if (ret == 0 && !s->args->daemon)
		ret = open_foreground(s, err);
	if (ret == 0) {
		ret = spawn(s, argv);
		if (ret < 0)
			err_sys(err, ret, "start lxc-supervisor");
	}
	if (ret < 0)
		return ret;
	fd_finish(&s->report_theirs);
	release_command(s);
	return 0;
}

/* --- meanwhile --- */

static void take_report(struct starter *s, const struct report *report)
{
	if (report->type == REPORT_ERROR && !err_is(&s->cause))
		s->cause = report->err;
	if (report->type == REPORT_STATE && report->value == IPC_RUNNING)
		s->result.running = true;
	if (report->type == REPORT_EXIT) {
		s->result.has_status = true;
		s->result.wait_status = report->value;
	}
}

/* 1: a report; 0: none now; -EPIPE: there will be no more. */
static int next_report(struct starter *s, int flags)
{
	struct report report;
	struct io_message msg;
	ssize_t len = io_receive(s->sys, s->report.n, &report, sizeof(report), &msg, flags);

	/* Told once; behind it stands what was sent before. */
	if (len == -ECONNRESET)
		len = io_receive(s->sys, s->report.n, &report, sizeof(report), &msg, flags);
	if (len == -EAGAIN)
		return 0;
	if (len >= 0)
		io_message_close(s->sys, &msg);
	if (len != sizeof(report))
		return -EPIPE;
	take_report(s, &report);
	return 1;
}

static int reap(struct starter *s)
{
	siginfo_t info = { 0 };
	int ret = SYS_RETRY(sys_waitid(s->sys, P_PID, s->pid, &info, WEXITED));

	/* Our caller may ignore SIGCHLD: then nobody tells. */
	return ret == 0 && info.si_code != CLD_EXITED ? info.si_status : 0;
}

static void wait_daemon(struct starter *s)
{
	(void)reap(s);
	while (!s->result.running && next_report(s, 0) > 0)
		;
}

static void forward_signals(struct starter *s)
{
	struct signalfd_siginfo info;

	while (SYS_RETRY(sys_read(s->sys, s->signals.n, &info, sizeof(info))) == sizeof(info)) {
		int signo = (int)info.ssi_signo;

		if (signo == SIGCHLD)
			continue;
		if (fd_is_open(&s->pidfd))
			(void)sys_pidfd_send_signal(s->sys, s->pidfd.n, signo, 0);
		else /* not reaped yet: the number is its own */
			(void)sys_kill(s->sys, s->pid, signo);
	}
}

static void restore_terminal(struct starter *s)
{
	struct termios now;

	if (!fd_is_open(&s->tty) || sys_ioctl(s->sys, s->tty.n, TCGETS, &now) < 0)
		return;
	if (now.c_lflag != s->termios.c_lflag || now.c_iflag != s->termios.c_iflag)
		(void)sys_ioctl(s->sys, s->tty.n, TCSETS, &s->termios);
}

static void wait_foreground(struct starter *s)
{
	int ret = 1;

	while (ret >= 0) {
		struct pollfd fds[] = {
			{ .fd = s->signals.n, .events = POLLIN },
			{ .fd = s->report.n, .events = POLLIN },
			{ .fd = fd_n(&s->pidfd), .events = POLLIN },
		};

		ret = sys_poll(s->sys, fds, ARRAY_LEN(fds), -1);
		if (ret == -EINTR) {
			ret = 0;
			continue;
		}
		if (ret < 0)
			break;
		if (fds[0].revents)
			forward_signals(s);
		while ((ret = next_report(s, MSG_DONTWAIT)) > 0)
			;
		if (fds[2].revents)
			break;
	}
	/* Killed: it had no time to put the terminal back. */
	if (reap(s) != 0)
		restore_terminal(s);
	while (next_report(s, MSG_DONTWAIT) > 0)
		;
}

static void wait_for_end(struct starter *s)
{
	if (s->args->daemon)
		wait_daemon(s);
	else
		wait_foreground(s);
}

int start_supervisor(struct sys *sys, const struct start_args *args, struct start_result *result,
		     struct err *err)
{
	_cleanup_(starter_finish) struct starter s = { .sys = sys, .args = args };
	int ret = launch(&s, err);

	if (ret == 0)
		wait_for_end(&s);
	if (!s.result.running || !args->daemon)
		remove_pidfile(&s);
	*result = s.result;
	if (ret == 0 && s.result.running && !args->daemon && !s.result.has_status)
		return err_set(err, -EIO, "the supervisor ended without the container's status");
	if (ret < 0 || s.result.running)
		return ret;
	if (!err_is(&s.cause))
		return err_set(err, -EIO, "the supervisor ended before the container was running");
	if (err)
		*err = s.cause;
	return s.cause.code;
}
