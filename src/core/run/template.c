/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The program that fills a root file system, and the process between it and us.
 *
 * That process has what a template must not share with our caller: mounts, the umask, and a
 * disposition of SIGCHLD that lets its end be seen. It is made by fork alone, since the caller may
 * have threads, and tells the result over a pipe: the caller may ignore SIGCHLD, or wait for all
 * its children elsewhere. It keeps the marker locked as long as the template runs, also when we are
 * killed: nobody clears away what is still being written.
 */
#include "core/run/steps.h"

#include <errno.h>
#include <sys/mount.h>

#define NULL_DEVICE "/dev/null"
#define TEMPLATE_UMASK 022
#define STREAMS 3

enum stage { STAGE_RUN, STAGE_CLOSE, STAGE_MOUNTS, STAGE_STREAMS, STAGE_WAIT };

static const char *const stage_words[] = {
	[STAGE_CLOSE] = "closing the caller's descriptors",
	[STAGE_MOUNTS] = "mounts of its own",
	[STAGE_STREAMS] = NULL_DEVICE " for its streams",
	[STAGE_WAIT] = "waiting for its end",
};

/* What is told. ret: -errno at this stage, or 0 and how it ended. */
struct verdict {
	int32_t stage, ret;
	int32_t code, status; /* si_code, si_status */
};

/* Of the process between; copied by value. */
struct between {
	struct sys *sys;
	const char *path;
	const char *argv[PLAN_VEC_MAX];
	char *const *envp;
	bool quiet;
	int pipe_fd, mark_fd;
};

/* --- the process between [child] --- */

/* What it mounts is gone with it. Who may not have mounts of his own may not mount, either. */
static int part_mounts(struct sys *sys)
{
	int ret = sys_unshare(sys, CLONE_NEWNS);

	if (ret < 0)
		return ret == -EPERM ? 0 : ret;
	ret = sys_mount(sys, NULL, "/", NULL, MS_REC | MS_SLAVE, NULL);
	/* In a chroot that is no mount point there is none to change. */
	return ret == -EINVAL ? 0 : ret;
}

/* What an exec would close is no stream of the caller's but some file that got a low number, such
 * as the marker. 1, 0, -errno. */
static int is_stream(struct sys *sys, int fd)
{
	int flags = sys_fcntl(sys, fd, F_GETFD, 0);

	if (flags < 0)
		return flags == -EBADF ? 0 : flags;
	return !(flags & FD_CLOEXEC);
}

static int choose_streams(const struct between *between, int *fds)
{
	int null = -1;

	for (int i = 0; i < STREAMS; i++) {
		int ret = between->quiet ? 0 : is_stream(between->sys, i);

		if (ret < 0)
			return ret;
		fds[i] = ret ? i : -1;
	}
	for (int i = 0; i < STREAMS; i++) {
		if (fds[i] >= 0)
			continue;
		if (null < 0)
			null = io_open(between->sys, AT_FDCWD, NULL_DEVICE, O_RDWR, 0, 0);
		if (null < 0)
			return null;
		fds[i] = null;
	}
	return 0;
}

static struct verdict failed(enum stage stage, int ret)
{
	return (struct verdict){ .stage = (int32_t)stage, .ret = ret };
}

static struct verdict run_template(const struct between *between)
{
	const struct sigaction chld = { .sa_handler = SIG_DFL };
	struct sys *sys = between->sys;
	int fds[STREAMS];
	struct sys_spawn spawn = { .exe_fd = -1,
				   .path = between->path,
				   .argv = (char *const *)(uintptr_t)between->argv,
				   .envp = between->envp,
				   .fds = fds,
				   .fd_count = STREAMS };
	siginfo_t info = { 0 };
	pid_t pid;
	int ret = part_mounts(sys);

	if (ret < 0)
		return failed(STAGE_MOUNTS, ret);
	ret = choose_streams(between, fds);
	if (ret < 0)
		return failed(STAGE_STREAMS, ret);
	(void)sys_sigaction(sys, SIGCHLD, &chld, NULL);
	(void)sys_umask(sys, TEMPLATE_UMASK);
	pid = sys_spawn(sys, &spawn);
	if (pid < 0)
		return failed(STAGE_RUN, pid);
	ret = SYS_RETRY(sys_waitid(sys, P_PID, (id_t)pid, &info, WEXITED));
	if (ret < 0)
		return failed(STAGE_WAIT, ret);
	return (struct verdict){ .code = info.si_code, .status = info.si_status };
}

static int between_main(void *arg)
{
	const struct between *between = arg;
	const int keep[] = { between->pipe_fd, between->mark_fd };
	int ret = close_all_but(between->sys, keep, ARRAY_LEN(keep));
	struct verdict verdict = ret < 0 ? failed(STAGE_CLOSE, ret) : run_template(between);

	return io_write_full(between->sys, between->pipe_fd, &verdict, sizeof(verdict)) < 0;
}

/* --- the caller --- */

/* None of the caller's handlers may run in the copy: it begins with all signals blocked, and stays
 * so. */
static pid_t fork_between(struct run *run, struct between *between)
{
	const struct sys_clone args = { .exit_signal = SIGCHLD };
	sigset_t all, old;
	pid_t pid;

	(void)sigfillset(&all);
	(void)sys_sigprocmask(run->sys, SIG_SETMASK, &all, &old);
	pid = sys_clone3(run->sys, &args, between_main, between, sizeof(*between));
	(void)sys_sigprocmask(run->sys, SIG_SETMASK, &old, NULL);
	return pid;
}

static int judge(struct run *run, const struct step *step, const char *path,
		 const struct verdict *verdict, struct err *err)
{
	if (verdict->ret < 0)
		return plan_err(err, run->plan, step, verdict->ret, stage_words[verdict->stage]);
	if (verdict->code != CLD_EXITED)
		return err_set(err, -EINVAL, "template %s was killed by signal %d", path,
			       verdict->status);
	if (verdict->status != 0)
		return err_set(err, -EINVAL, "template %s failed with status %d", path,
			       verdict->status);
	return 0;
}

int host_template(struct run *run, const struct step *step, struct err *err)
{
	struct between between = { .sys = run->sys,
				   .path = step_str(run->plan, step, 0),
				   .envp = run->envp,
				   .quiet = step->num[1],
				   .mark_fd = run->mark_fd };
	_cleanup_fd_ struct fd ours = { 0 }, theirs = { 0 };
	struct verdict verdict;
	siginfo_t info = { 0 };
	pid_t pid;
	int fds[2];
	int ret = plan_vec(run->plan, step->str[1], (uint32_t)step->num[0], between.argv,
			   ARRAY_LEN(between.argv));

	if (ret == 0)
		ret = sys_pipe2(run->sys, fds, O_CLOEXEC);
	if (ret < 0)
		return ret;
	ours = fd_of(run->sys, fds[0]);
	theirs = fd_of(run->sys, fds[1]);
	between.pipe_fd = theirs.n;
	pid = fork_between(run, &between);
	fd_finish(&theirs);
	if (pid < 0)
		return pid;
	ret = io_read_full(run->sys, ours.n, &verdict, sizeof(verdict));
	/* Somebody else may have waited for it: it has said what it had to say. */
	(void)SYS_RETRY(sys_waitid(run->sys, P_PID, (id_t)pid, &info, WEXITED));
	if (ret < 0)
		return plan_err(err, run->plan, step, ret,
				"the process that waits for it has ended");
	return judge(run, step, between.path, &verdict, err);
}
