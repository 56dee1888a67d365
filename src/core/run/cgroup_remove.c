/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The end of the container's cgroups: who is left is killed, then the directories go, deepest
 * first. Bounded. */
#include "core/run/steps.h"

#include <errno.h>

#define DEPTH_MAX 24
#define ROUNDS_MAX 100
#define ROUND_NS 10000000L

/* As the kernel writes it: getdents(2). */
struct dirent_raw {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

/* Only members of this one directory: never others, never 0. */
static void kill_members(struct sys *sys, int dirfd)
{
	char text[4096];
	ssize_t len;
	char *at = text;

	if (io_write_at(sys, dirfd, "cgroup.kill", "1") == 0)
		return;
	len = io_read_at(sys, dirfd, "cgroup.procs", text, sizeof(text));
	/* More than fits: the next round takes the rest. */
	if (len < 0 && len != -EFBIG)
		return;
	text[len < 0 ? (ssize_t)sizeof(text) - 1 : len] = '\0';
	for (char *line; (line = str_next_word(&at, "\n"));) {
		uint64_t pid;

		if (str_to_decimal(line, &pid) == 0 && pid > 1 && pid <= INT32_MAX &&
		    (pid_t)pid != sys_getpid(sys))
			(void)sys_kill(sys, (pid_t)pid, SIGKILL);
	}
}

static int remove_dir(struct sys *sys, int parent_fd, const char *name, bool kill)
{
	const struct timespec pause = { .tv_nsec = ROUND_NS };
	int ret = sys_unlinkat(sys, parent_fd, name, AT_REMOVEDIR);

	for (unsigned i = 0; kill && ret == -EBUSY && i < ROUNDS_MAX; i++) {
		int dirfd = io_open(sys, parent_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, 0);

		if (dirfd < 0)
			return dirfd;
		kill_members(sys, dirfd);
		(void)sys_close(sys, dirfd);
		(void)sys_clock_nanosleep(sys, CLOCK_MONOTONIC, 0, &pause, NULL);
		ret = sys_unlinkat(sys, parent_fd, name, AT_REMOVEDIR);
	}
	return ret;
}

/* In a cgroup file system all that can be removed are directories. */
static int remove_tree(struct sys *sys, int parent_fd, const char *name, bool kill, unsigned depth)
{
	_Alignas(uint64_t) char buf[1024];
	_cleanup_fd_ struct fd dir = { 0 };
	ssize_t len;
	int ret = io_open(sys, parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, 0);

	if (ret < 0)
		return ret;
	dir = fd_of(sys, ret);
	while (depth < DEPTH_MAX && (len = sys_getdents64(sys, dir.n, buf, sizeof(buf))) > 0) {
		const struct dirent_raw *entry;

		for (ssize_t at = 0; at < len; at += entry->reclen) {
			entry = (const void *)(buf + at);
			if (entry->type == 4 /* DT_DIR */ && !str_eq(entry->name, ".") &&
			    !str_eq(entry->name, ".."))
				(void)remove_tree(sys, dir.n, entry->name, kill, depth + 1);
		}
	}
	fd_finish(&dir);
	return remove_dir(sys, parent_fd, name, kill);
}

int cgroup_remove_tree(struct sys *sys, int parent_fd, const char *name, bool kill)
{
	return remove_tree(sys, parent_fd, name, kill, 0);
}

static int remove_in(struct run *run, const struct run_hierarchy *h)
{
	_cleanup_fd_ struct fd parent = { 0 };
	int ret = io_open(run->sys, AT_FDCWD, h->parent, O_PATH | O_DIRECTORY, 0, 0);

	if (ret < 0)
		return ret;
	parent = fd_of(run->sys, ret);
	/* Ours only: another starter may have taken the name since. */
	ret = io_is_same(run->sys, parent.n, run->cgroup_name, h->dir_fd);
	if (ret <= 0)
		return ret < 0 ? ret : -ESTALE;
	return cgroup_remove_tree(run->sys, parent.n, run->cgroup_name, true);
}

void host_cgroup_remove(struct run *run, const struct step *step)
{
	for (unsigned i = run->hierarchy_count; i-- > 0;) {
		struct run_hierarchy *h = &run->hierarchies[i];
		int ret = h->dir_fd < 0 ? 0 : remove_in(run, h);

		/* What is left behind makes the next start's name ugly: one more try costs nothing.
		 */
		if (ret < 0)
			ret = remove_in(run, h);
		if (ret < 0)
			log_write(run->sys, &run->log, LOG_WARN_, "cgroup",
				  "Failed to remove cgroup %s/%s: %s", h->parent, run->cgroup_name,
				  err_name(ret));
		close_number(run->sys, &h->dir_fd);
	}
}
