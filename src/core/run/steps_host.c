/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The supervisor's smaller steps: states, hooks, the console, namespaces and limits of the first
 * process. */
#include "core/namespace/namespace.h"
#include "core/run/loop.h"
#include "core/run/steps.h"

#include <asm/ioctls.h>
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define PROC_MAGIC 0x9fa0
#define PIN_NAME "lxc.hold"

int host_announce(struct run *run, const struct step *step, struct err *err)
{
	enum ipc_state state = (enum ipc_state)step->num[0];

	if (state == IPC_STARTING)
		run->started = true;
	ipc_server_state(&run->server, state, run->reboot);
	report_state(run, state);
	return 0;
}

static_assert(RUN_NS_COUNT == NAMESPACE_COUNT, "one descriptor for each row of the table");

/* --- hooks --- */

static bool fill_hole(void *data, const char *name, char *buf, size_t size)
{
	const struct run *run = data;

	if (str_eq(name, "LXC_PID") && run->init_pid > 0) {
		(void)snprintf(buf, size, "%d", run->init_pid);
		return true;
	}
	if (str_eq(name, "LXC_TARGET")) {
		(void)snprintf(buf, size, "%s", run->reboot ? "reboot" : "stop");
		return true;
	}
	for (unsigned i = 0; i < RUN_NS_COUNT; i++) {
		if (!str_eq(name, namespace_kinds[i].variable) || run->ns_fds[i] < 0)
			continue;
		(void)snprintf(buf, size, "/proc/%d/fd/%d", run->self, run->ns_fds[i]);
		return true;
	}
	return false;
}

/* Behind the words of a version 0 stop hook: "mnt:/proc/PID/fd/N" for each namespace that we keep.
 */
static int add_ns_words(const struct run *run, const char **argv, size_t count, char *text,
			size_t size)
{
	size_t used = 0;

	for (unsigned i = 0; i < RUN_NS_COUNT; i++) {
		int len;

		if (run->ns_fds[i] < 0)
			continue;
		len = snprintf(text + used, size - used, "%s:/proc/%d/fd/%d",
			       namespace_kinds[i].name, run->self, run->ns_fds[i]);
		if (len < 0 || (size_t)len >= size - used || count + 1 >= PLAN_VEC_MAX)
			return -E2BIG;
		argv[count++] = text + used;
		used += (size_t)len + 1;
	}
	argv[count] = NULL;
	return 0;
}

static void wait_in_supervisor(void *data, int fd, int pidfd)
{
	run_wait_readable(data, fd, pidfd);
}

static int run_hook(struct run *run, const struct step *step, struct note *note)
{
	const char *argv[PLAN_VEC_MAX];
	struct env_vec env;
	char words[RUN_NS_COUNT * 64];
	struct env_args args = { .base = run->envp, .fill = fill_hole, .data = run };
	struct hook hook = {
		.sys = run->sys,
		.script = step_str(run->plan, step, 0),
		.type = step_str(run->plan, step, 1),
		.argv = argv,
		.envp = env.vec,
		.umask = (mode_t)-1,
	};
	struct hook_process process;
	size_t argc = (size_t)step->num[0];
	int ret = plan_vec(run->plan, step->str[2], (uint32_t)argc, argv, ARRAY_LEN(argv));

	if (ret == 0 && argc > 0 && str_eq(hook.type, "stop"))
		ret = add_ns_words(run, argv, argc, words, sizeof(words));
	if (ret == 0)
		ret = env_build(&env, run->plan, step->str[3], (uint32_t)step->num[1], &args);
	if (ret == 0)
		ret = hook_start(&hook, &process);
	return ret < 0 ? ret
		       : hook_finish(run->sys, &run->log, hook.script, &process, wait_in_supervisor,
				     run, note);
}

int host_hook(struct run *run, const struct step *step, struct err *err)
{
	struct note note = { "" };
	int ret = run_hook(run, step, &note);
	struct err logged = { 0 };

	if (ret >= 0)
		return 0;
	if (!step->num[2])
		return plan_err(err, run->plan, step, ret, note.text[0] ? note.text : NULL);
	(void)plan_err(&logged, run->plan, step, ret, note.text[0] ? note.text : NULL);
	log_err(run->sys, &run->log, "start", &logged);
	return 0;
}

/* --- pin --- */

/* What a supervisor left that was killed between making it and removing it. */
static bool is_left_pin(struct run *run, int dirfd)
{
	struct stat st;

	return sys_fstatat(run->sys, dirfd, PIN_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_mode == (S_IFREG | 0600) && st.st_size == 0 && st.st_nlink == 1 &&
	       st.st_uid == sys_geteuid(run->sys);
}

static int open_pin(struct run *run, int dirfd)
{
	/* The image may have planted a link of this name: O_EXCL follows none. */
	return io_open(run->sys, dirfd, PIN_NAME, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600,
		       IO_BENEATH);
}

/* While the file is open, the container cannot make the host's file system read-only at its
 * shutdown. */
int host_pin(struct run *run, const struct step *step, struct err *err)
{
	_cleanup_fd_ struct fd dir = { 0 };
	int ret = io_open(run->sys, AT_FDCWD, step_str(run->plan, step, 0), O_PATH | O_DIRECTORY, 0,
			  0);

	if (ret >= 0) {
		dir = fd_of(run->sys, ret);
		ret = open_pin(run, dir.n);
		if (ret == -EEXIST && is_left_pin(run, dir.n) &&
		    sys_unlinkat(run->sys, dir.n, PIN_NAME, 0) == 0)
			ret = open_pin(run, dir.n);
	}
	if (ret >= 0) {
		run->pin_fd = ret;
		/* NFS keeps the name while the file is open: the undo tries again. */
		(void)sys_unlinkat(run->sys, dir.n, PIN_NAME, 0);
		return 0;
	}
	log_write(run->sys, &run->log, LOG_INFO_, "start", "The root file system is not pinned: %s",
		  err_name(ret));
	return 0;
}

void host_pin_undo(struct run *run, const struct step *step)
{
	_cleanup_fd_ struct fd dir = { 0 };
	struct stat pinned, named;
	int ret = 0;

	if (run->pin_fd >= 0 &&
	    sys_fstatat(run->sys, run->pin_fd, "", &pinned, AT_EMPTY_PATH) == 0 &&
	    pinned.st_nlink > 0)
		dir = fd_of(run->sys, io_open(run->sys, AT_FDCWD, step_str(run->plan, step, 0),
					      O_PATH | O_DIRECTORY, 0, 0));
	/* Only our own file: the name is free for the image's owner. */
	if (fd_is_open(&dir) &&
	    sys_fstatat(run->sys, dir.n, PIN_NAME, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	    named.st_dev == pinned.st_dev && named.st_ino == pinned.st_ino)
		ret = sys_unlinkat(run->sys, dir.n, PIN_NAME, 0);
	if (ret < 0)
		log_write(run->sys, &run->log, LOG_WARN_, "start",
			  "Failed to remove %s of the root file system: %s", PIN_NAME, err_name(ret));
	close_number(run->sys, &run->pin_fd);
}

/* --- console --- */

static int open_host_pty(struct run *run)
{
	struct sys *sys = run->sys;
	_cleanup_fd_ struct fd master = { 0 };
	int unlocked = 0, number = 0;
	char path[32];
	int ret = io_open(sys, AT_FDCWD, "/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK, 0, 0);

	if (ret < 0)
		return ret;
	master = fd_of(sys, ret);
	ret = sys_ioctl(sys, master.n, TIOCSPTLCK, &unlocked);
	if (ret >= 0)
		ret = sys_ioctl(sys, master.n, TIOCGPTN, &number);
	if (ret < 0)
		return ret;
	ret = sys_ioctl(sys, master.n, TIOCGPTPEER,
			(void *)(uintptr_t)(O_RDWR | O_NOCTTY | O_CLOEXEC));
	if (ret == -ENOTTY || ret == -EINVAL) {
		(void)snprintf(path, sizeof(path), "/dev/pts/%d", number);
		ret = io_open(sys, AT_FDCWD, path, O_RDWR | O_NOCTTY, 0, 0);
	}
	if (ret < 0)
		return ret;
	run->console_slave = ret;
	run->console_master = steal_fd(&master).n;
	return 0;
}

int host_open_console_log(struct run *run, const struct step *step, struct err *err)
{
	const char *logfile = step_str(run->plan, step, 0);
	int ret;

	if (!*logfile || run->console_log_fd >= 0)
		return 0;
	ret = io_open(run->sys, AT_FDCWD, logfile, O_RDWR | O_CREAT | O_APPEND | O_NOCTTY, 0600, 0);
	if (ret < 0)
		return plan_err(err, run->plan, step, ret, "the console's log file");
	run->console_log_fd = ret;
	return 0;
}

int host_console(struct run *run, const struct step *step, struct err *err)
{
	const struct step *receive = step_find(run->plan, CHAPTER_AFTER, STEP_receive_fds);
	int ret = 0;

	/* The child makes one from the container's own devpts, if it has one. */
	if (!receive || !receive->num[1])
		ret = open_host_pty(run);
	relay_prepare(run);
	if (ret == 0)
		ret = host_open_console_log(run, step, err);
	if (ret < 0)
		host_console_undo(run, step);
	return ret;
}

void host_console_undo(struct run *run, const struct step *step)
{
	close_number(run->sys, &run->console_master);
	close_number(run->sys, &run->console_slave);
	close_number(run->sys, &run->console_log_fd);
}

/* --- the first process, by its /proc --- */

/* The directory of our own unreaped child: its number cannot have been given to another. */
static int open_proc(struct run *run)
{
	char path[32];
	struct statfs st;
	int ret;

	(void)snprintf(path, sizeof(path), "/proc/%d", run->init_pid);
	ret = io_open(run->sys, AT_FDCWD, path, O_PATH | O_DIRECTORY, 0, 0);
	if (ret < 0)
		return ret;
	if (sys_fstatfs(run->sys, ret, &st) < 0 || st.f_type != PROC_MAGIC) {
		(void)sys_close(run->sys, ret);
		return -EINVAL;
	}
	return ret;
}

void host_ns_close(struct run *run, const struct step *step)
{
	for (unsigned i = 0; i < RUN_NS_COUNT; i++)
		close_number(run->sys, &run->ns_fds[i]);
}

int host_ns_open(struct run *run, const struct step *step, struct err *err)
{
	int ret = open_proc(run);
	_cleanup_fd_ struct fd proc = fd_of(run->sys, ret);

	if (ret < 0)
		return ret;
	for (unsigned i = 0; i < RUN_NS_COUNT; i++) {
		char path[32];

		if (!((uint64_t)step->num[0] & namespace_kinds[i].flag))
			continue;
		(void)snprintf(path, sizeof(path), "ns/%s", namespace_kinds[i].name);
		/* Again after a later unshare: the first look saw the old one. */
		close_number(run->sys, &run->ns_fds[i]);
		ret = io_open(run->sys, proc.n, path, O_RDONLY, 0, 0);
		if (ret < 0 && ret != -ENOENT) {
			host_ns_close(run, step);
			return plan_err(err, run->plan, step, ret, namespace_kinds[i].name);
		}
		run->ns_fds[i] = ret < 0 ? -1 : ret;
	}
	return 0;
}

int host_proc_write(struct run *run, const struct step *step, struct err *err)
{
	const char *value = step_str(run->plan, step, 1);
	int ret = open_proc(run);
	_cleanup_fd_ struct fd proc = fd_of(run->sys, ret), file = { 0 };
	ssize_t n;

	if (ret < 0)
		return ret;
	ret = io_open(run->sys, proc.n, step_str(run->plan, step, 0), O_WRONLY | O_NOCTTY, 0,
		      IO_BENEATH);
	if (ret < 0)
		return ret;
	file = fd_of(run->sys, ret);
	n = SYS_RETRY(sys_write(run->sys, file.n, value, strlen(value)));
	return n < 0 ? (int)n : 0;
}

int host_prlimit(struct run *run, const struct step *step, struct err *err)
{
	struct rlimit limit = {
		.rlim_cur = (rlim_t)step->num[1],
		.rlim_max = (rlim_t)step->num[2],
	};

	return sys_prlimit(run->sys, run->init_pid, (int)step->num[0], &limit, NULL);
}
