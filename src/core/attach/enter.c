/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* T and A: from the caller's fork to the attached program. No allocation; non-dumpable until exec
 * (start.md 6.5). */
#include "core/attach/context.h"
#include "core/run/run.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>

#define FAILED 1
#define NOT_FOUND 127
#define NOT_EXECUTABLE 126
#define NULL_DEV makedev(1, 3)

const char *const attach_step_words[ATTACH_STEP_COUNT] = {
	[ATTACH_STEP_WAIT] = "wait for the caller",
	[ATTACH_STEP_PROTECT] = "hide the attaching process",
	[ATTACH_STEP_SETNS] = "enter the container's namespaces",
	[ATTACH_STEP_CLONE] = "create the attached process",
	[ATTACH_STEP_PROC] = "mount /proc and /sys anew",
	[ATTACH_STEP_PERSONALITY] = "set the personality",
	[ATTACH_STEP_CAPS] = "drop capabilities",
	[ATTACH_STEP_TERMINAL] = "take the terminal",
	[ATTACH_STEP_GROUPS] = "drop groups",
	[ATTACH_STEP_IDS] = "change user and group",
	[ATTACH_STEP_NNP] = "set no_new_privs",
	[ATTACH_STEP_STDIO] = "connect standard input and output",
};

static int tell(const struct attach_child *child, enum attach_message_type type, int value,
		int code)
{
	struct attach_message msg = { .type = type, .value = value, .code = code };
	ssize_t len = io_send(child->sys, child->socket, &msg, sizeof(msg), NULL, 0, false);

	return len < 0 ? (int)len : 0;
}

static int fail(const struct attach_child *child, enum attach_step step, int ret)
{
	(void)tell(child, ATTACH_FAILED, (int)step, ret);
	return FAILED;
}

/* --- T --- */

/* A way out of the container: a directory, a bare place, or a file of a kernel file system. 1, 0,
 * or -errno. */
static int is_way_out(struct sys *sys, int fd)
{
	struct stat st;
	struct statfs fs;
	int ret = sys_fcntl(sys, fd, F_GETFL, 0);

	if (ret < 0 || (ret & O_PATH))
		return ret < 0 ? ret : 1;
	ret = sys_fstatat(sys, fd, "", &st, AT_EMPTY_PATH);
	if (ret < 0 || S_ISDIR(st.st_mode))
		return ret < 0 ? ret : 1;
	ret = sys_fstatfs(sys, fd, &fs);
	/* A kind of file without a file system is no way anywhere. */
	if (ret < 0)
		return ret == -ENOSYS ? 0 : ret;
	return fs.f_type == PROC_SUPER_MAGIC || fs.f_type == CGROUP_SUPER_MAGIC ||
	       fs.f_type == CGROUP2_SUPER_MAGIC || fs.f_type == NSFS_MAGIC;
}

/* As the kernel writes it: getdents(2). */
struct dirent_raw {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

/* The caller's descriptors go along (scripts use 3<file), but neither a way out of the container
 * (start.md 1.4) nor its log. */
static int keep_ways_shut(struct sys *sys, int log_fd)
{
	_Alignas(uint64_t) char buf[2048];
	_cleanup_fd_ struct fd dir = { 0 };
	ssize_t len;
	int ret = io_open(sys, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY, 0, 0);

	if (ret < 0)
		return ret;
	dir = fd_of(sys, ret);
	while ((len = sys_getdents64(sys, dir.n, buf, sizeof(buf))) > 0) {
		const struct dirent_raw *entry;

		for (ssize_t at = 0; at < len; at += entry->reclen) {
			uint64_t fd;

			entry = (const void *)(buf + at);
			if (str_to_decimal(entry->name, &fd) < 0 || fd <= 2 || fd > INT32_MAX)
				continue;
			ret = (int)fd == log_fd ? 1 : is_way_out(sys, (int)fd);
			if (ret == 0)
				continue;
			if (ret > 0)
				ret = sys_fcntl(sys, (int)fd, F_SETFD, FD_CLOEXEC);
			if (ret < 0)
				return ret;
		}
	}
	return (int)len;
}

static int wait_for_go(const struct attach_child *child)
{
	struct attach_message msg;
	struct io_message in;
	ssize_t len = io_receive(child->sys, child->socket, &msg, sizeof(msg), &in, 0);

	io_message_close(child->sys, &in);
	if (len < 0)
		return (int)len;
	return len == sizeof(msg) && msg.type == ATTACH_GO ? 0 : -ECANCELED;
}

static int enter_namespaces(struct attach_child *child)
{
	for (unsigned i = 0; i < NAMESPACE_COUNT; i++) {
		int ret;

		if (child->ns[i] < 0)
			continue;
		/* With the type: a number that was given to another process names no other kind. */
		ret = sys_setns(child->sys, child->ns[i], namespace_kinds[i].flag);
		if (ret < 0)
			return ret;
		close_slot(child->sys, &child->ns[i]);
	}
	return 0;
}

/* The same name inside, if there is one; beneath the root, and through no descriptor of ours. */
static void enter_cwd(const struct attach_child *child)
{
	struct sys *sys = child->sys;
	_cleanup_fd_ struct fd root = { 0 }, dir = { 0 };

	if (!(child->joined & CLONE_NEWNS)) {
		(void)sys_chdir(sys, child->context->cwd);
		return;
	}
	(void)sys_chdir(sys, "/");
	root = fd_of(sys, io_open(sys, AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0, 0));
	if (!fd_is_open(&root))
		return;
	dir = fd_of(sys, io_open(sys, root.n, child->context->cwd, O_PATH | O_DIRECTORY, 0,
				 RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS));
	if (fd_is_open(&dir))
		(void)sys_fchdir(sys, dir.n);
}

static int attached_main(void *arg);

int attach_transient_main(void *arg)
{
	struct attach_child *child = arg;
	struct sys *sys = child->sys;
	struct sys_clone args = { .flags = CLONE_PARENT, .exit_signal = SIGCHLD };
	int ret = sys_prctl(sys, PR_SET_DUMPABLE, 0, 0, 0, 0);

	if (ret == 0)
		ret = keep_ways_shut(sys, child->context->args->log_fd);
	if (ret < 0)
		return fail(child, ATTACH_STEP_PROTECT, ret);
	ret = wait_for_go(child);
	if (ret < 0)
		return fail(child, ATTACH_STEP_WAIT, ret);
	/* From here on everything that we hold can be reached from inside if we are. */
	(void)sys_close(sys, child->context->proc.n);
	if (fd_is_open(&child->context->peer)) {
		(void)sys_close(sys, child->context->peer.n);
		(void)sys_close(sys, child->context->master.n);
	}
	ret = enter_namespaces(child);
	if (ret < 0)
		return fail(child, ATTACH_STEP_SETNS, ret);
	enter_cwd(child);
	ret = sys_clone3(sys, &args, attached_main, child, sizeof(*child));
	if (ret < 0)
		return fail(child, ATTACH_STEP_CLONE, ret);
	/* Nobody would know of it. */
	if (tell(child, ATTACH_PID, ret, 0) < 0) {
		(void)sys_kill(sys, ret, SIGKILL);
		return FAILED;
	}
	return 0;
}

/* --- A --- */

static int remount_proc_sys(struct sys *sys)
{
	int ret = sys_unshare(sys, CLONE_NEWNS);

	if (ret == 0)
		ret = sys_mount(sys, NULL, "/", NULL, MS_SLAVE | MS_REC, NULL);
	if (ret < 0)
		return ret;
	(void)sys_umount2(sys, "/proc", MNT_DETACH);
	ret = sys_mount(sys, "none", "/proc", "proc", 0, NULL);
	if (ret < 0)
		return ret;
	/* Not mounted here: it stays so. */
	ret = sys_umount2(sys, "/sys", MNT_DETACH);
	if (ret == 0)
		ret = sys_mount(sys, "none", "/sys", "sysfs", 0, NULL);
	return ret == -EINVAL ? 0 : ret;
}

static int take_terminal(struct attach_child *child)
{
	int fd = child->context->args->stdin_fd;
	char termios[256];

	if (child->slave >= 0)
		return attach_terminal_take(child);
	if (fd <= 0 || sys_ioctl(child->sys, fd, TCGETS, termios) < 0)
		return 0;
	(void)sys_setsid(child->sys);
	(void)sys_ioctl(child->sys, fd, TIOCSCTTY, NULL);
	return 0;
}

static int set_groups(const struct attach_child *child)
{
	const struct attach_args *args = child->context->args;
	bool listed = args->flags & ATTACH_SETGROUPS;
	int ret = sys_setgroups(child->sys, listed ? args->group_count : 0,
				listed ? args->groups : NULL);

	/* A plain user's map comes with setgroups denied: then the groups are what they are. */
	return ret == -EPERM && child->context->groups_denied ? 0 : ret;
}

static int set_ids(const struct attach_child *child)
{
	struct sys *sys = child->sys;
	uid_t uid = child->context->uid;
	gid_t gid = child->context->gid;
	int ret = sys_setresgid(sys, gid, gid, gid);

	if (ret == 0)
		ret = sys_setresuid(sys, uid, uid, uid);
	if (ret == 0 && (sys_getuid(sys) != uid || sys_geteuid(sys) != uid ||
			 sys_getgid(sys) != gid || sys_getegid(sys) != gid))
		ret = -EPERM;
	return ret < 0 ? ret : sys_prctl(sys, PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* In the places of closed descriptors the container's own /dev/null, if it has one, else the
 * caller's. */
static int show_null(const struct attach_child *child)
{
	const struct attach_context *c = child->context;
	_cleanup_fd_ struct fd null = { 0 };
	struct stat st = { 0 };

	for (int i = 0; i < 3; i++) {
		int ret;

		if (!fd_is_open(&c->filled[i]))
			continue;
		if (!fd_is_open(&null))
			null = fd_of(child->sys,
				     io_open(child->sys, AT_FDCWD, "/dev/null", O_RDWR | O_NOCTTY,
					     0, RESOLVE_NO_SYMLINKS));
		if (!fd_is_open(&null) ||
		    sys_fstatat(child->sys, null.n, "", &st, AT_EMPTY_PATH) < 0 ||
		    !S_ISCHR(st.st_mode) || st.st_rdev != NULL_DEV)
			return 0;
		ret = sys_dup3(child->sys, null.n, c->filled[i].n, O_CLOEXEC);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Sources first go above 2: one may stand where another is wanted. */
static int connect_stdio(const struct attach_child *child)
{
	const struct attach_args *args = child->context->args;
	int given[3] = { args->stdin_fd, args->stdout_fd, args->stderr_fd };
	int from[3], ret = show_null(child);

	if (ret < 0)
		return ret;
	/* Every terminal is replaced, never some of them: what stays is a way to the caller's. */
	for (int i = 0; i < 3; i++)
		if (child->slave >= 0 && (child->context->tty_bits & 1U << i))
			given[i] = child->slave;
	for (int i = 0; i < 3; i++) {
		from[i] = given[i];
		if (given[i] >= 0 && given[i] <= 2 && given[i] != i)
			from[i] = sys_fcntl(child->sys, given[i], F_DUPFD_CLOEXEC, 3);
		if (given[i] >= 0 && from[i] < 0)
			return from[i];
	}
	for (int i = 0; i < 3; i++) {
		ret = 0;
		if (from[i] == i)
			ret = sys_fcntl(child->sys, i, F_SETFD, 0);
		else if (from[i] >= 0)
			ret = sys_dup3(child->sys, from[i], i, 0);
		if (ret < 0)
			return ret;
	}
	for (int i = 0; i < 3; i++) {
		if (given[i] > 2)
			(void)sys_close(child->sys, given[i]);
		/* To be left as it is: closed. */
		if (given[i] < 0 && fd_n(&child->context->filled[i]) == i)
			(void)sys_close(child->sys, i);
	}
	return 0;
}

static bool keeps_proc(const struct attach_child *child)
{
	return (child->joined & CLONE_NEWNS) ||
	       !(child->context->args->flags & ATTACH_REMOUNT_PROC_SYS);
}

/* The step that failed, in *step. The order: each may need what a later one takes away. */
static int become_attached(struct attach_child *child, enum attach_step *step)
{
	const struct attach_context *c = child->context;
	int flags = c->args->flags, ret = 0;

	*step = ATTACH_STEP_PROC;
	if (!keeps_proc(child))
		ret = remount_proc_sys(child->sys);
	if (ret == 0 && c->personality >= 0) {
		*step = ATTACH_STEP_PERSONALITY;
		ret = sys_personality(child->sys, (unsigned long)c->personality);
		ret = ret > 0 ? 0 : ret;
	}
	if (ret == 0 && (flags & ATTACH_DROP_CAPABILITIES)) {
		*step = ATTACH_STEP_CAPS;
		ret = bounding_keep(child->sys, c->bounding);
	}
	if (ret == 0) {
		*step = ATTACH_STEP_TERMINAL;
		ret = take_terminal(child);
	}
	if (ret == 0) {
		*step = ATTACH_STEP_GROUPS;
		ret = set_groups(child);
	}
	if (ret == 0) {
		*step = ATTACH_STEP_IDS;
		ret = set_ids(child);
	}
	if (ret == 0 && (c->no_new_privs || (flags & ATTACH_NO_NEW_PRIVS))) {
		*step = ATTACH_STEP_NNP;
		ret = sys_prctl(child->sys, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	}
	return ret;
}

static const char *env_value(const char **envp, const char *prefix)
{
	for (; *envp; envp++) {
		const char *value = str_after(*envp, prefix);

		if (value)
			return value;
	}
	return NULL;
}

static int run_program(const struct attach_child *child, char *const *envp)
{
	const char **argv = (const char **)(uintptr_t)child->context->args->argv;
	const char **env = (const char **)(uintptr_t)envp;
	static const char words[] = "lxc-attach: cannot execute ";
	int ret = exec_program(child->sys, argv[0], env_value(env, "PATH="), argv, env);

	(void)io_write_full(child->sys, 2, words, sizeof(words) - 1);
	(void)io_write_full(child->sys, 2, argv[0], strlen(argv[0]));
	(void)io_write_full(child->sys, 2, ": ", 2);
	(void)io_write_full(child->sys, 2, err_name(ret), strlen(err_name(ret)));
	(void)io_write_full(child->sys, 2, "\n", 1);
	return ret == -ENOENT || ret == -ENOTDIR ? NOT_FOUND : NOT_EXECUTABLE;
}

static int attached_main(void *arg)
{
	struct attach_child *child = arg;
	const struct attach_context *c = child->context;
	char *const *envp = c->env.items;
	enum attach_step step;
	int ret = become_attached(child, &step);

	if (ret == 0) {
		step = ATTACH_STEP_STDIO;
		ret = connect_stdio(child);
	}
	if (ret < 0)
		return fail(child, step, ret);
	ret = tell(child, ATTACH_READY, 0, 0);
	(void)sys_close(child->sys, child->socket);
	if (ret < 0)
		return FAILED;
	return c->args->callback ? c->args->callback(c->args->payload, envp)
				 : run_program(child, envp);
}
