/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The attached process, from its birth inside the container to the caller's program. No allocation.
 */
#include "core/run/steps.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <termios.h>

#define NULL_DEV makedev(1, 3)
#define TTY_MODE 0620

/* With our credentials, which the kernel translates. */
int child_tell_pid(struct child *child, const struct step *step, struct note *note)
{
	const struct handshake msg = { .type = HANDSHAKE_PID };
	ssize_t len = io_send(child->sys, child->handshake_fd, &msg, sizeof(msg), NULL, 0, true);

	return len < 0 ? (int)len : 0;
}

int child_mount_anew(struct child *child, const struct step *step, struct note *note)
{
	const char *path = step_str(child->plan, step, 0), *fstype = step_str(child->plan, step, 1);
	int ret = sys_umount2(child->sys, path, MNT_DETACH);

	if (step->num[0] && ret < 0)
		return ret == -EINVAL ? 0 : ret;
	return sys_mount(child->sys, "none", path, fstype, 0, NULL);
}

/* --- the terminal --- */

/* The container's devpts is checked to be one; what comes back is a pty whatever the image holds.
 */
static int open_inside(struct sys *sys, int pair[2])
{
	struct statfs fs;
	int ret = pty_open(sys, "/dev/pts/ptmx", RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
			   &pair[0], &pair[1]);

	if (ret < 0)
		return ret;
	if (sys_fstatfs(sys, pair[0], &fs) == 0 && fs.f_type == DEVPTS_SUPER_MAGIC)
		return 0;
	close_number(sys, &pair[0]);
	close_number(sys, &pair[1]);
	return -ENODEV;
}

/* From the container's devpts, so that its name means something inside; else the host's. */
int child_take_terminal(struct child *child, const struct step *step, struct note *note)
{
	const struct handshake msg = { .type = HANDSHAKE_FDS };
	struct sys *sys = child->sys;
	int pair[2], ret = 0;

	if (step->num[1] && open_inside(sys, pair) == 0) {
		ret = handshake_send(sys, child->handshake_fd, &msg, pair, 2);
		close_number(sys, &pair[0]);
		pty_copy_size(sys, child->console_slave, pair[1]);
		close_number(sys, &child->console_slave);
		child->console_slave = pair[1];
	}
	if (ret < 0)
		return ret;
	(void)sys_fchmod(sys, child->console_slave, TTY_MODE);
	(void)sys_fchownat(sys, child->console_slave, "", (uid_t)step->num[0], (gid_t)-1,
			   AT_EMPTY_PATH);
	ret = sys_setsid(sys);
	return ret < 0 ? ret : sys_ioctl(sys, child->console_slave, TIOCSCTTY, NULL);
}

int child_take_tty(struct child *child, const struct step *step, struct note *note)
{
	struct termios t = { 0 };

	if (sys_ioctl(child->sys, (int)step->num[0], TCGETS, &t) < 0)
		return 0;
	(void)sys_setsid(child->sys);
	(void)sys_ioctl(child->sys, (int)step->num[0], TIOCSCTTY, NULL);
	return 0;
}

/* --- groups --- */

int child_groups(struct child *child, const struct step *step, struct note *note)
{
	gid_t groups[STEP_GROUPS_MAX];
	size_t count = 0;
	int ret;

	for (const char *at = step_str(child->plan, step, 0); *at; at += *at == ',') {
		gid_t group = 0;

		for (; *at >= '0' && *at <= '9'; at++)
			group = group * 10 + (gid_t)(*at - '0');
		if (count == ARRAY_LEN(groups) || (*at && *at != ','))
			return -EINVAL;
		groups[count++] = group;
	}
	ret = sys_setgroups(child->sys, count, count ? groups : NULL);
	return ret == -EPERM && step->num[0] ? 0 : ret;
}

/* --- standard streams --- */

/* In the places of closed descriptors the container's own /dev/null, if it has one, else the
 * caller's, which is there. */
int child_null(struct child *child, const struct step *step, struct note *note)
{
	struct sys *sys = child->sys;
	struct stat st = { 0 };
	_cleanup_fd_ struct fd null =
		fd_of(sys, io_open(sys, AT_FDCWD, "/dev/null", O_RDWR | O_NOCTTY, 0,
				   RESOLVE_NO_SYMLINKS));

	if (!fd_is_open(&null) || sys_fstatat(sys, null.n, "", &st, AT_EMPTY_PATH) < 0 ||
	    !S_ISCHR(st.st_mode) || st.st_rdev != NULL_DEV)
		return 0;
	for (int i = 0; i < 3; i++) {
		int ret = step->num[0] & INT64_C(1) << i ? sys_dup3(sys, null.n, i, O_CLOEXEC) : 0;

		if (ret < 0)
			return ret;
	}
	return 0;
}

/* One may stand where another is wanted: all go above 2 first. */
static int lift(const struct child *child, const struct step *step, int given[3], int from[3])
{
	for (int i = 0; i < 3; i++) {
		given[i] = step->num[i] == STEP_STREAM_TERMINAL ? child->console_slave
								: (int)step->num[i];
		from[i] = given[i];
		if (given[i] >= 0 && given[i] <= 2 && given[i] != i)
			from[i] = sys_fcntl(child->sys, given[i], F_DUPFD_CLOEXEC, 3);
		if (given[i] >= 0 && from[i] < 0)
			return from[i];
	}
	return 0;
}

/* One may stand for several. */
static bool is_first(const int given[3], int i)
{
	for (int before = 0; before < i; before++)
		if (given[before] == given[i])
			return false;
	return true;
}

int child_streams(struct child *child, const struct step *step, struct note *note)
{
	int given[3], from[3], ret = lift(child, step, given, from);

	for (int i = 0; i < 3 && ret >= 0; i++) {
		if (from[i] == i)
			ret = sys_fcntl(child->sys, i, F_SETFD, 0);
		else if (from[i] >= 0)
			ret = sys_dup3(child->sys, from[i], i, 0);
	}
	if (ret < 0)
		return ret;
	for (int i = 0; i < 3; i++) {
		if (given[i] > 2 && is_first(given, i))
			(void)sys_close(child->sys, given[i]);
		if (given[i] == STEP_STREAM_CLOSE)
			(void)sys_close(child->sys, i);
	}
	return 0;
}

/* What comes now is not ours: it finds nothing of ours open. */
int child_program(struct child *child, const struct step *step, struct note *note)
{
	close_number(child->sys, &child->handshake_fd);
	close_number(child->sys, &child->supervisor_pidfd);
	child->status = child->enter->program(child->enter->payload, child->enter->envp);
	return 0;
}
