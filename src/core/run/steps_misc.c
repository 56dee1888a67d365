/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The child's smaller steps: signals, namespaces, names, procfs, directory, session. */
#include "core/run/steps.h"

#include <errno.h>
#include <limits.h>
#include <linux/close_range.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#define PROC_MAGIC 0x9fa0
#define KEPT_MAX 16
#define SIGNAL_COUNT 64

/* What a loop can reach where there is neither close_range (before Linux 5.9) nor procfs. */
#define CLOSE_LOOP_MAX 4096

struct gap {
	unsigned first, last;
};

static int close_inside(struct sys *sys, int fd, void *data)
{
	const struct gap *gap = data;

	if ((unsigned)fd >= gap->first && (unsigned)fd <= gap->last)
		(void)sys_close(sys, fd);
	return 0;
}

static int close_gap(struct sys *sys, unsigned first, unsigned last)
{
	struct gap gap = { first, last };
	int ret = sys_close_range(sys, first, last, 0);

	if (ret != -ENOSYS || io_each_fd(sys, close_inside, &gap) == 0)
		return ret == -ENOSYS ? 0 : ret;
	for (unsigned fd = first; fd <= last && fd < CLOSE_LOOP_MAX; fd++)
		if (sys_fcntl(sys, (int)fd, F_GETFD, 0) >= 0)
			(void)sys_close(sys, (int)fd);
	return 0;
}

int close_all_but(struct sys *sys, const int *keep, size_t count)
{
	unsigned first = 3;

	/* The lowest kept number that is not below first: closes the gap before it, goes on behind.
	 */
	for (;;) {
		unsigned next = ~0U;
		int ret;

		for (size_t i = 0; i < count; i++)
			if (keep[i] >= (int)first && (unsigned)keep[i] < next)
				next = (unsigned)keep[i];
		ret = next > first ? close_gap(sys, first, next == ~0U ? next : next - 1) : 0;
		if (ret < 0 || next == ~0U)
			return ret;
		first = next + 1;
	}
}

int child_parent_lives(struct child *child, struct note *note)
{
	struct pollfd fds = { .fd = child->supervisor_pidfd, .events = POLLIN };

	int ret = child->supervisor_pidfd < 0 ? 0 : SYS_RETRY(sys_poll(child->sys, &fds, 1, 0));

	return ret > 0 ? note_set(note, -ESRCH, "who made us is gone") : ret;
}

static void reset_signals(struct child *child)
{
	struct sigaction act = { .sa_handler = SIG_DFL };

	for (int signo = 1; signo <= SIGNAL_COUNT; signo++)
		(void)sys_sigaction(child->sys, signo, &act, NULL);
	(void)sys_sigprocmask(child->sys, SIG_SETMASK, &child->mask, NULL);
}

int child_begin(struct child *child, const struct step *step, struct note *note)
{
	const int keep[] = { child->handshake_fd,   child->supervisor_pidfd, child->init_exe_fd,
			     child->console_master, child->console_slave,    child->log.fd };
	int ret = close_all_but(child->sys, keep, ARRAY_LEN(keep));

	if (ret < 0)
		return ret;
	reset_signals(child);
	if (step->num[0])
		ret = sys_prctl(child->sys, PR_SET_PDEATHSIG, (unsigned long)step->num[0], 0, 0, 0);
	/* Only now: who died before the prctl sends no signal any more. */
	if (ret == 0)
		ret = child_parent_lives(child, note);
	/* Until exec we hold host descriptors: nobody in the container may look into us. */
	if (ret == 0)
		ret = sys_prctl(child->sys, PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (ret < 0)
		return ret;
	child->umask = (mode_t)sys_umask(child->sys, 0);
	child->has_umask = true;
	return 0;
}

int child_unshare(struct child *child, const struct step *step, struct note *note)
{
	return sys_unshare(child->sys, (unsigned long)step->num[0]);
}

int child_hostname(struct child *child, const struct step *step, struct note *note)
{
	return sys_sethostname(child->sys, step_str(child->plan, step, 0));
}

int child_link_up(struct child *child, const struct step *step, struct note *note)
{
	_cleanup_fd_ struct fd sock = { 0 };
	struct ifreq request = { 0 };
	int ret = sys_socket(child->sys, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (ret < 0)
		return ret;
	sock = fd_of(child->sys, ret);
	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s",
		       step_str(child->plan, step, 0));
	ret = sys_ioctl(child->sys, sock.n, SIOCGIFFLAGS, &request);
	if (ret < 0)
		return ret;
	request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
	ret = sys_ioctl(child->sys, sock.n, SIOCSIFFLAGS, &request);
	return ret < 0 ? ret : 0;
}

/* Old kernels: the container's own /proc, if it is one. */
static int proc_visible(struct child *child, struct note *note)
{
	return beneath_open(child, "proc", STEP_CREATE_NONE, note);
}

int child_proc_private(struct child *child, const struct step *step, struct note *note)
{
	_cleanup_fd_ struct fd proc = { 0 };
	struct statfs st;
	int ret = mount_new_fd(child->sys, "proc", "proc", "",
			       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, note);

	if (ret == -ENOSYS)
		ret = proc_visible(child, note);
	if (ret < 0)
		return ret;
	proc = fd_of(child->sys, ret);
	ret = sys_fstatfs(child->sys, proc.n, &st);
	if (ret < 0)
		return ret;
	if (st.f_type != PROC_MAGIC)
		return note_set(note, -EINVAL, "/proc of the container is no procfs");
	child->proc_fd = steal_fd(&proc).n;
	return 0;
}

int child_personality(struct child *child, const struct step *step, struct note *note)
{
	int ret = sys_personality(child->sys, (unsigned long)step->num[0]);

	return ret < 0 ? ret : 0;
}

int child_sysctl(struct child *child, const struct step *step, struct note *note)
{
	_cleanup_fd_ struct fd file = { 0 };
	const char *value = step_str(child->plan, step, 1);
	char path[PATH_MAX];
	ssize_t n;
	int ret;

	if (child->proc_fd < 0)
		return note_set(note, -EBADF, "there is no private procfs");
	(void)snprintf(path, sizeof(path), "sys/%s", step_str(child->plan, step, 0));
	ret = io_open(child->sys, child->proc_fd, path, O_WRONLY | O_NOCTTY, 0, IO_BENEATH);
	if (ret < 0)
		return ret;
	file = fd_of(child->sys, ret);
	n = SYS_RETRY(sys_write(child->sys, file.n, value, strlen(value)));
	return n < 0 ? (int)n : 0;
}

int child_close_rest(struct child *child)
{
	const int keep[] = { child->handshake_fd, child->init_exe_fd, child->console_slave,
			     child->log.fd, child->proc_fd };
	int ret = close_all_but(child->sys, keep, ARRAY_LEN(keep));

	child->supervisor_pidfd = child->root_fd = child->devpts_fd = -1;
	child->host_root_fd = child->host_dev_fd = child->console_master = -1;
	for (unsigned i = 0; i < child->tty_count; i++)
		child->ttys[i].master = child->ttys[i].slave = -1;
	return ret;
}

/* The kernel says so when the directory is not below our root (getcwd(2)). */
static int check_cwd(struct child *child, struct note *note)
{
	char cwd[PATH_MAX];
	ssize_t len = sys_getcwd(child->sys, cwd, sizeof(cwd));

	if (len < 0)
		return (int)len;
	if (cwd[0] != '/')
		return note_set(note, -EXDEV, "the directory lies outside of the container");
	return 0;
}

int child_chdir(struct child *child, const struct step *step, struct note *note)
{
	_cleanup_fd_ struct fd root = { 0 }, dir = { 0 };
	int ret;

	/* An image may point a link of the path at /proc/self/fd: no directory of the host may be
	 * there. */
	ret = child_close_rest(child);
	if (ret < 0)
		return ret;
	ret = io_open(child->sys, AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0, 0);
	if (ret < 0)
		return ret;
	root = fd_of(child->sys, ret);
	ret = io_open(child->sys, root.n, step_str(child->plan, step, 0), O_PATH | O_DIRECTORY, 0,
		      RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	if (ret < 0)
		return ret;
	dir = fd_of(child->sys, ret);
	ret = sys_fchdir(child->sys, dir.n);
	return ret < 0 ? ret : check_cwd(child, note);
}

int child_session(struct child *child, const struct step *step, struct note *note)
{
	int ret = sys_setsid(child->sys);

	/* A leader already: what was asked for. */
	return ret < 0 && ret != -EPERM ? ret : 0;
}
