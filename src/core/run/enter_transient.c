/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process of an attach that enters the container and makes the one that stays. No allocation;
 * non-dumpable until exec (start.md 6.5). */
#include "core/namespace/namespace.h"
#include "core/run/steps.h"

#include <errno.h>
#include <linux/magic.h>
#include <sys/prctl.h>

#define FAILED 1

int transient_main(void *arg)
{
	return child_walk(arg, CHAPTER_CHILD) == 0 ? 0 : FAILED;
}

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

struct shutting {
	const struct child *child;
	int log_fd;
};

/* The caller's descriptors go along (scripts use 3<file), but neither a way out of the container
 * (start.md 1.4) nor its log. What cannot be looked at is a way out. */
static int shut_one(struct sys *sys, int fd, void *data)
{
	const struct shutting *shutting = data;
	const struct child *child = shutting->child;
	bool ours = fd <= 2 || fd == child->handshake_fd || fd == child->supervisor_pidfd;

	for (size_t i = 0; i < RUN_NS_COUNT; i++)
		ours = ours || fd == child->ns_fds[i];
	if (!ours && (fd == shutting->log_fd || is_way_out(sys, fd) != 0))
		(void)sys_close(sys, fd);
	return 0;
}

int child_guard(struct child *child, const struct step *step, struct note *note)
{
	int ret = sys_prctl(child->sys, PR_SET_PDEATHSIG, (unsigned long)step->num[0], 0, 0, 0);

	/* Only now: who died before sends no signal any more. */
	return ret < 0 || !step->num[0] ? ret : child_parent_lives(child, note);
}

int child_shut(struct child *child, const struct step *step, struct note *note)
{
	struct shutting shutting = { .child = child, .log_fd = (int)step->num[0] };
	int ret = sys_prctl(child->sys, PR_SET_DUMPABLE, 0, 0, 0, 0);

	/* From here on everything that we hold can be reached from inside if we are. */
	for (size_t i = 0; i < ARRAY_LEN(child->host_fds); i++)
		close_number(child->sys, &child->host_fds[i]);
	return ret < 0 ? ret : io_each_fd(child->sys, shut_one, &shutting);
}

int child_setns(struct child *child, const struct step *step, struct note *note)
{
	for (unsigned i = 0; i < RUN_NS_COUNT; i++) {
		int ret;

		if (namespace_kinds[i].flag != (uint64_t)step->num[0])
			continue;
		/* With the type: a number that was given to another process names no other kind. */
		ret = sys_setns(child->sys, child->ns_fds[i], (unsigned long)step->num[0]);
		close_number(child->sys, &child->ns_fds[i]);
		return ret;
	}
	return -EINVAL;
}

/* Beneath the root, and through no descriptor of ours. */
int child_cwd(struct child *child, const struct step *step, struct note *note)
{
	const char *path = step_str(child->plan, step, 0);
	_cleanup_fd_ struct fd root = { 0 }, dir = { 0 };
	struct sys *sys = child->sys;

	if (!step->num[0]) {
		(void)sys_chdir(sys, path);
		return 0;
	}
	(void)sys_chdir(sys, "/");
	root = fd_of(sys, io_open(sys, AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0, 0));
	if (!fd_is_open(&root))
		return 0;
	dir = fd_of(sys, io_open(sys, root.n, path, O_PATH | O_DIRECTORY, 0,
				 RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS));
	if (fd_is_open(&dir))
		(void)sys_fchdir(sys, dir.n);
	return 0;
}

static int attached_main(void *arg)
{
	struct child *child = arg;

	return child_walk(child, CHAPTER_ATTACHED) == 0 ? child->status : FAILED;
}

/* A sibling: the caller's child, too, and born in the namespace that we cannot be in ourselves. */
int child_attached(struct child *child, const struct step *step, struct note *note)
{
	const struct sys_clone args = { .flags = CLONE_PARENT, .exit_signal = SIGCHLD };
	struct handshake msg = { .type = HANDSHAKE_PID };
	int ret = sys_clone3(child->sys, &args, attached_main, child, sizeof(*child));

	if (ret < 0)
		return ret;
	msg.number = ret;
	return handshake_send(child->sys, child->handshake_fd, &msg, NULL, 0);
}
