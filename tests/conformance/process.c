/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "conformance.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

static int return_number(void *arg)
{
	return ((struct child *)arg)->number;
}

static int sleep_for_ever(void *arg)
{
	nap(((struct child *)arg)->sys, -1);
	return 99;
}

static void waiting(struct sys *sys, struct str *out)
{
	siginfo_t info = { 0 };
	pid_t pid;

	note(out, "nobody to wait for", sys_waitid(sys, P_ALL, 0, &info, WEXITED));
	note(out, "no options", sys_waitid(sys, P_ALL, 0, &info, 0));
	note(out, "strange idtype", sys_waitid(sys, 77, 0, &info, WEXITED));
	note(out, "pid 0", sys_waitid(sys, P_PID, 0, &info, WEXITED));
	note(out, "not a child", sys_waitid(sys, P_PID, 1, &info, WEXITED));
	pid = start(sys, 0, sleep_for_ever, (struct child){ 0 });
	note(out, "running, not blocking", sys_waitid(sys, P_PID, pid, &info, WEXITED | WNOHANG));
	note_n(out, "running: pid", info.si_pid);
	note(out, "signal 0", sys_kill(sys, pid, 0));
	note(out, "signal 70", sys_kill(sys, pid, 70));
	note(out, "kill", sys_kill(sys, pid, SIGKILL));
	note(out, "look only", sys_waitid(sys, P_PID, pid, &info, WEXITED | WNOWAIT));
	note(out, "signal to a zombie", sys_kill(sys, pid, SIGTERM));
	note_end(out, "end", sys, pid);
	note(out, "signal to nobody", sys_kill(sys, pid, SIGTERM));
	note_end(out, "status is 8 bits", sys,
		 start(sys, 0, return_number, (struct child){ .number = 0x1ff }));
}

static void pidfds(struct sys *sys, struct str *out)
{
	struct child child = { .sys = sys, .number = 5 };
	struct sys_clone args = { .exit_signal = SIGCHLD };
	int pidfd = -1, second;
	struct pollfd poll = { .events = POLLIN };
	siginfo_t info = { 0 };
	char c;
	pid_t pid;

	args.pidfd_out = &pidfd;
	pid = sys_clone3(sys, &args, sleep_for_ever, &child, sizeof(child));
	note_n(out, "close-on-exec", sys_fcntl(sys, pidfd, F_GETFD, 0));
	second = sys_pidfd_open(sys, pid, 0);
	note_n(out, "opened close-on-exec", sys_fcntl(sys, second, F_GETFD, 0));
	note(out, "flags", sys_pidfd_open(sys, pid, 1));
	note(out, "pid 0", sys_pidfd_open(sys, 0, 0));
	note(out, "read", sys_read(sys, pidfd, &c, 1));
	poll.fd = pidfd;
	note_n(out, "poll", sys_poll(sys, &poll, 1, 0));
	note(out, "signal 0", sys_pidfd_send_signal(sys, pidfd, 0, 0));
	note(out, "signal by no pidfd", sys_pidfd_send_signal(sys, 50, SIGTERM, 0));
	note(out, "signal", sys_pidfd_send_signal(sys, pidfd, SIGTERM, 0));
	note_n(out, "poll the dead", sys_poll(sys, &poll, 1, -1));
	note_n(out, "is in", poll.revents & POLLIN ? 1 : 0);
	note(out, "wait", sys_waitid(sys, P_PIDFD, pidfd, &info, WEXITED));
	note_n(out, "by", info.si_status);
	note(out, "wait again", sys_waitid(sys, P_PIDFD, pidfd, &info, WEXITED));
	note(out, "signal nobody", sys_pidfd_send_signal(sys, second, SIGTERM, 0));
	note(out, "setns to nobody", sys_setns(sys, pidfd, CLONE_NEWUTS));
	note(out, "setns without a kind", sys_setns(sys, second, 0));
	note(out, "close", sys_close(sys, second));
	note(out, "close", sys_close(sys, pidfd));
}

/* Each bit of the result is one thing that is as expected. */
static int look_as_init(void *arg)
{
	struct sys *sys = ((struct child *)arg)->sys;
	int seen = 0;

	seen |= sys_getpid(sys) == 1 ? 1 : 0;
	seen |= sys_getppid(sys) == 0 ? 2 : 0;
	seen |= sys_kill(sys, 1, SIGTERM) == 0 ? 4 : 0;
	seen |= sys_kill(sys, 1, SIGKILL) == 0 ? 8 : 0;
	seen |= sys_kill(sys, 2, 0) == -ESRCH ? 16 : 0;
	return seen;
}

static int orphan_grandchild(void *arg)
{
	struct child *child = arg;

	if (child->number-- > 0)
		return start(child->sys, 0, orphan_grandchild, *child) > 0 ? 0 : 1;
	nap(child->sys, 5);
	return 0;
}

static int reap_as_init(void *arg)
{
	struct sys *sys = ((struct child *)arg)->sys;
	int count = 0;

	start(sys, 0, orphan_grandchild, (struct child){ .number = 2 });
	while (sys_waitid(sys, P_ALL, 0, NULL, WEXITED) == 0)
		count++;
	return count;
}

static void pid_namespaces(struct sys *sys, struct str *out)
{
	pid_t pid;

	note_end(out, "init", sys, start(sys, CLONE_NEWPID, look_as_init, (struct child){ 0 }));
	note_end(out, "init reaps", sys,
		 start(sys, CLONE_NEWPID, reap_as_init, (struct child){ 0 }));
	pid = start(sys, CLONE_NEWPID, sleep_for_ever, (struct child){ 0 });
	nap(sys, 10);
	note(out, "term from outside", sys_kill(sys, pid, SIGTERM));
	nap(sys, 10);
	note(out, "lives", sys_kill(sys, pid, 0));
	note(out, "kill from outside", sys_kill(sys, pid, SIGKILL));
	note_end(out, "end", sys, pid);
	note(out, "unshare", sys_unshare(sys, CLONE_NEWPID));
	note(out, "unshare again", sys_unshare(sys, CLONE_NEWPID));
	note_end(out, "first child", sys, start(sys, 0, look_as_init, (struct child){ 0 }));
	note(out, "after the init's death", start(sys, 0, return_number, (struct child){ 0 }));
}

static int death_signal(struct sys *sys)
{
	int signo = -1;

	return sys_prctl(sys, PR_GET_PDEATHSIG, (unsigned long)&signo, 0, 0, 0) < 0 ? -1 : signo;
}

static int change_ids(void *arg)
{
	struct child *child = arg;
	struct sys *sys = child->sys;
	struct sys_caps caps = { 0 };
	_cleanup_str_ struct str text = { 0 };
	struct str *out = &text;

	note(out, "groups", sys_setgroups(sys, 0, NULL));
	note(out, "ambient too early",
	     sys_prctl(sys, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0));
	note(out, "drop from the bounding set",
	     sys_prctl(sys, PR_CAPBSET_DROP, CAP_SYS_BOOT, 0, 0, 0));
	note_n(out, "read it", sys_prctl(sys, PR_CAPBSET_READ, CAP_SYS_BOOT, 0, 0, 0));
	note_n(out, "read another", sys_prctl(sys, PR_CAPBSET_READ, CAP_KILL, 0, 0, 0));
	note(out, "read none", sys_prctl(sys, PR_CAPBSET_READ, 63, 0, 0, 0));
	note_n(out, "dumpable", sys_prctl(sys, PR_GET_DUMPABLE, 0, 0, 0, 0));
	note(out, "signal of death", sys_prctl(sys, PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0));
	note_n(out, "read it", death_signal(sys));
	note(out, "no new privileges, wrong", sys_prctl(sys, PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	note(out, "no new privileges", sys_prctl(sys, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	note(out, "gids", sys_setresgid(sys, 1000, 1000, 1000));
	note(out, "keep root as saved", sys_setresuid(sys, (uid_t)-1, 1000, (uid_t)-1));
	sys_capget(sys, &caps);
	note_n(out, "effective", caps.effective != 0);
	note_n(out, "permitted", caps.permitted != 0);
	note(out, "back", sys_setresuid(sys, (uid_t)-1, 0, (uid_t)-1));
	note(out, "uids", sys_setresuid(sys, 1000, 1000, 1000));
	note_n(out, "signal of death of another user", death_signal(sys));
	sys_capget(sys, &caps);
	note_n(out, "permitted in the end", caps.permitted != 0);
	note(out, "root again", sys_setresuid(sys, 0, 0, 0));
	note(out, "groups again", sys_setgroups(sys, 0, NULL));
	note(out, "host name", sys_sethostname(sys, "x"));
	note(out, "kill init", sys_kill(sys, 1, 0));
	note(out, "unshare", sys_unshare(sys, CLONE_NEWUTS));
	note(out, "more limit",
	     sys_prlimit(sys, 0, RLIMIT_NOFILE, &(struct rlimit){ 5, 1u << 30 }, NULL));
	note(out, "wrong limit",
	     sys_prlimit(sys, 0, RLIMIT_NOFILE, &(struct rlimit){ 5, 4 }, NULL));
	note_n(out, "dumpable", sys_prctl(sys, PR_GET_DUMPABLE, 0, 0, 0, 0));
	return sys_write(sys, child->fd, str_text(out), out->len) == (ssize_t)out->len ? 0 : 1;
}

static void credentials(struct sys *sys, struct str *out)
{
	char buf[2048];
	int fds[2];
	ssize_t n;
	pid_t pid;

	sys_pipe2(sys, fds, O_CLOEXEC);
	pid = start(sys, 0, change_ids, (struct child){ .fd = fds[1] });
	note_end(out, "end", sys, pid);
	n = sys_read(sys, fds[0], buf, sizeof(buf));
	if (n > 0)
		str_add_n(out, buf, (size_t)n);
}

static void descriptors(struct sys *sys, struct str *out)
{
	int fds[2];
	char buf[4];

	note_n(out, "pipe", sys_pipe2(sys, fds, O_CLOEXEC));
	note_n(out, "lowest", fds[0]);
	note_n(out, "next", fds[1]);
	note(out, "strange flags", sys_pipe2(sys, fds, O_TRUNC));
	note_n(out, "dup3", sys_dup3(sys, 0, 7, 0));
	note_n(out, "cloexec of a dup", sys_fcntl(sys, 7, F_GETFD, 0));
	note(out, "dup3 onto itself", sys_dup3(sys, 0, 0, 0));
	note(out, "dup3 of nothing", sys_dup3(sys, 30, 31, 0));
	note_n(out, "dupfd", sys_fcntl(sys, 0, F_DUPFD_CLOEXEC, 5));
	note_n(out, "dupfd", sys_fcntl(sys, 0, F_DUPFD_CLOEXEC, 7));
	note(out, "write to the read end", sys_write(sys, 0, "x", 1));
	note(out, "read from the write end", sys_read(sys, 1, buf, 1));
	note(out, "pread of a pipe", sys_pread(sys, 0, buf, 1, 0));
	note(out, "nonblocking", sys_fcntl(sys, 0, F_SETFL, O_NONBLOCK));
	note(out, "empty", sys_read(sys, 0, buf, 1));
	note(out, "seals of a pipe", sys_fcntl(sys, 0, F_GET_SEALS, 0));
	note(out, "ioctl of a pipe", sys_ioctl(sys, 0, TIOCGWINSZ, buf));
	note(out, "wrong order", sys_close_range(sys, 5, 4, 0));
	note(out, "close some", sys_close_range(sys, 3, 50, 0));
	note(out, "closed", sys_fcntl(sys, 7, F_GETFD, 0));
	note(out, "close the writer", sys_close(sys, 1));
	note_n(out, "end of file", sys_read(sys, 0, buf, 1));
}

const struct script process_scripts[] = {
	{ "waiting", waiting },
	{ "pidfds", pidfds },
	{ "pid namespaces", pid_namespaces },
	{ "credentials", credentials },
	{ "descriptors", descriptors },
	{ NULL, NULL },
};
