/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps that fill /dev: nodes, links, devpts and the terminals from it. */
#include "core/run/steps.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#define TTY_MODE 0620

/* A device of the host, shown at a file of the container; its number is checked, the host's name
 * may have been moved. */
static int bind_device(struct child *child, const char *host_source, const char *target, dev_t dev,
		       struct note *note)
{
	struct sys *sys = child->sys;
	_cleanup_fd_ struct fd source = { 0 }, place = { 0 }, mount = { 0 };
	struct stat st;
	int ret = io_open(sys, AT_FDCWD, host_source, O_PATH, 0, 0);

	if (ret < 0)
		return ret;
	source = fd_of(sys, ret);
	ret = sys_fstatat(sys, source.n, "", &st, AT_EMPTY_PATH);
	if (ret == 0 && (!S_ISCHR(st.st_mode) || st.st_rdev != dev))
		return note_set(note, -ENODEV, "%s of the host is another device", host_source);
	if (ret == 0)
		ret = beneath_open(child, target, STEP_CREATE_FILE, note);
	if (ret < 0)
		return ret;
	place = fd_of(sys, ret);
	ret = mount_clone_fd(sys, source.n, "", false);
	if (ret == -ENOSYS)
		return mount_old_bind(sys, source.n, place.n, false);
	if (ret < 0)
		return ret;
	mount = fd_of(sys, ret);
	return mount_attach(sys, mount.n, place.n);
}

int child_mknod(struct child *child, const struct step *step, struct note *note)
{
	const char *target = step_str(child->plan, step, 0);
	const char *host_source = step_str(child->plan, step, 1), *name;
	dev_t dev = makedev((unsigned)step->num[1], (unsigned)step->num[2]);
	mode_t mode = (mode_t)step->num[0];
	_cleanup_fd_ struct fd dir = { 0 };
	int ret = beneath_parent(child, target, true, &name, note);

	if (ret < 0)
		return ret;
	dir = fd_of(child->sys, ret);
	ret = sys_mknodat(child->sys, dir.n, name, mode & S_IFMT ? mode : mode | S_IFCHR, dev);
	if (ret == -EEXIST)
		return 0;
	/* In a user namespace nodes cannot be made: the host's own is shown instead. */
	if (ret == -EPERM && *host_source)
		return bind_device(child, host_source, target, dev, note);
	return ret;
}

int child_symlink(struct child *child, const struct step *step, struct note *note)
{
	const char *name;
	int ret = beneath_parent(child, step_str(child->plan, step, 0), true, &name, note);
	_cleanup_fd_ struct fd dir = fd_of(child->sys, ret);

	if (ret >= 0)
		ret = sys_symlinkat(child->sys, step_str(child->plan, step, 1), dir.n, name);
	/* What the image has there already is its own choice. */
	return ret == -EEXIST || (ret == -EROFS && step->num[0]) ? 0 : ret;
}

/* --- devpts --- */

static int devpts_new(struct child *child, const struct step *step, struct note *note)
{
	const char *data = step_str(child->plan, step, 0), *plain = step_str(child->plan, step, 1);
	int64_t attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
	int ret = mount_new_fd(child->sys, "devpts", "devpts", data, attr, note);

	/* Group 5 may not be mapped. */
	if (ret == -EINVAL && *plain && !str_eq(data, plain)) {
		note->text[0] = '\0';
		ret = mount_new_fd(child->sys, "devpts", "devpts", plain, attr, note);
	}
	return ret;
}

static int devpts_old(struct child *child, const struct step *step, int place_fd)
{
	int64_t attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
	int ret = mount_old_new(child->sys, "devpts", "devpts", step_str(child->plan, step, 0),
				attr, place_fd);

	if (ret == -EINVAL && *step_str(child->plan, step, 1))
		ret = mount_old_new(child->sys, "devpts", "devpts", step_str(child->plan, step, 1),
				    attr, place_fd);
	return ret;
}

/* A mount that the kernel does not allow here; what has run out or is missing is another matter. */
static bool is_refused(int ret)
{
	return ret == -EPERM || ret == -EINVAL || ret == -ELOOP || ret == -EROFS;
}

static int bind_at(struct sys *sys, int source_fd, int place_fd)
{
	int ret = mount_clone_fd(sys, source_fd, "", false);
	_cleanup_fd_ struct fd mount = fd_of(sys, ret);

	if (ret == -ENOSYS)
		return mount_old_bind(sys, source_fd, place_fd, false);
	return ret < 0 ? ret : mount_attach(sys, mount.n, place_fd);
}

/* /dev/ptmx must be this instance's; where a bind is refused, a link does it. */
static int bind_ptmx(struct child *child, struct note *note)
{
	struct sys *sys = child->sys;
	_cleanup_fd_ struct fd dir = { 0 }, source = { 0 }, place = { 0 };
	const char *name;
	int ret = beneath_parent(child, "dev/ptmx", true, &name, note);

	if (ret < 0)
		return ret;
	dir = fd_of(sys, ret);
	(void)sys_unlinkat(sys, dir.n, name, 0);
	ret = io_open(sys, child->devpts_fd, "ptmx", O_PATH, 0, IO_BENEATH);
	if (ret < 0)
		return ret;
	source = fd_of(sys, ret);
	ret = beneath_open(child, "dev/ptmx", STEP_CREATE_FILE, note);
	if (ret >= 0) {
		place = fd_of(sys, ret);
		ret = bind_at(sys, source.n, place.n);
	}
	if (ret == 0 || !is_refused(ret))
		return ret;
	note->text[0] = '\0';
	fd_finish(&place);
	(void)sys_unlinkat(sys, dir.n, name, 0);
	ret = sys_symlinkat(sys, "/dev/pts/ptmx", dir.n, name);
	return ret == -EEXIST ? 0 : ret;
}

int child_devpts(struct child *child, const struct step *step, struct note *note)
{
	struct sys *sys = child->sys;
	_cleanup_fd_ struct fd place = { 0 };
	int ret = beneath_mkdir(child, "dev/pts", 0755, note);

	if (ret == 0)
		ret = beneath_open(child, "dev/pts", STEP_CREATE_NONE, note);
	if (ret < 0)
		return ret;
	place = fd_of(sys, ret);
	ret = devpts_new(child, step, note);
	if (ret >= 0) {
		child->devpts_fd = ret;
		ret = mount_attach(sys, child->devpts_fd, place.n);
	} else if (ret == -ENOSYS) {
		ret = devpts_old(child, step, place.n);
		if (ret == 0)
			ret = beneath_open(child, "dev/pts", STEP_CREATE_NONE, note);
		if (ret >= 0)
			child->devpts_fd = ret;
	}
	if (ret < 0 || !step->num[0])
		return ret < 0 ? ret : 0;
	return bind_ptmx(child, note);
}

/* --- terminals --- */

/* The slave by its name, where TIOCGPTPEER is unknown (before Linux 4.13); beneath our own devpts.
 */
static int open_slave(struct sys *sys, int devpts_fd, int master, int number)
{
	char name[16];
	int ret = sys_ioctl(sys, master, TIOCGPTPEER,
			    (void *)(uintptr_t)(O_RDWR | O_NOCTTY | O_CLOEXEC));

	if (ret != -ENOTTY && ret != -EINVAL && ret != -ENOSYS)
		return ret;
	(void)snprintf(name, sizeof(name), "%d", number);
	return io_open(sys, devpts_fd, name, O_RDWR | O_NOCTTY, 0, IO_BENEATH);
}

/* A pair from the container's own devpts. The number of the slave, or -errno. */
static int allocate_pty(struct child *child, int flags, int *master_out, int *slave_out)
{
	struct sys *sys = child->sys;
	_cleanup_fd_ struct fd master = { 0 };
	int unlocked = 0, number = 0;
	int ret = child->devpts_fd < 0 ? -ENODEV
				       : io_open(sys, child->devpts_fd, "ptmx",
						 O_RDWR | O_NOCTTY | flags, 0, IO_BENEATH);

	if (ret < 0)
		return ret;
	master = fd_of(sys, ret);
	ret = sys_ioctl(sys, master.n, TIOCSPTLCK, &unlocked);
	if (ret >= 0)
		ret = sys_ioctl(sys, master.n, TIOCGPTN, &number);
	if (ret >= 0)
		ret = open_slave(sys, child->devpts_fd, master.n, number);
	if (ret < 0)
		return ret;
	*slave_out = ret;
	*master_out = steal_fd(&master).n;
	return number;
}

static void add_tty_name(struct child *child, int number)
{
	size_t len = strlen(child->tty_names);

	(void)snprintf(child->tty_names + len, sizeof(child->tty_names) - len, "%spts/%d",
		       len ? " " : "", number);
}

/* A mount of the slave that can be attached. A host pty's own mount is not in our namespace: by
 * name, checked. */
static int slave_mount(struct child *child, int slave, bool from_host, struct fd *out)
{
	struct sys *sys = child->sys;
	_cleanup_fd_ struct fd named = { 0 };
	struct stat st, st_named;
	char path[32];
	int ret = sys_fstatat(sys, slave, "", &st, AT_EMPTY_PATH);

	if (ret < 0)
		return ret;
	(void)snprintf(path, sizeof(path), from_host ? "/dev/pts/%u" : "%u", minor(st.st_rdev));
	ret = io_open(sys, from_host ? AT_FDCWD : child->devpts_fd, path, O_PATH, 0, 0);
	if (ret < 0)
		return ret;
	named = fd_of(sys, ret);
	ret = sys_fstatat(sys, named.n, "", &st_named, AT_EMPTY_PATH);
	if (ret == 0 && (!S_ISCHR(st_named.st_mode) || st_named.st_rdev != st.st_rdev))
		ret = -ENODEV;
	if (ret == 0)
		*out = steal_fd(&named);
	return ret;
}

static int bind_slave(struct child *child, int slave, bool from_host, const char *target,
		      struct note *note)
{
	struct sys *sys = child->sys;
	_cleanup_fd_ struct fd source = { 0 }, place = { 0 };
	int ret = slave_mount(child, slave, from_host, &source);

	if (ret == 0)
		ret = beneath_open(child, target, STEP_CREATE_FILE, note);
	if (ret < 0)
		return ret;
	place = fd_of(sys, ret);
	return bind_at(sys, source.n, place.n);
}

int child_console(struct child *child, const struct step *step, struct note *note)
{
	const char *dir = step_str(child->plan, step, 0);
	bool from_host = step->num[0];
	char target[300];
	int ret = 0;

	if (!from_host)
		ret = allocate_pty(child, O_NONBLOCK, &child->console_master,
				   &child->console_slave);
	else if (child->console_slave < 0)
		ret = note_set(note, -ENODEV, "the host gave no terminal");
	if (ret < 0)
		return ret;
	/* Our own devpts gives this mode from birth. By descriptor: a name could be another file by
	 * now. */
	if (from_host)
		(void)sys_fchmod(child->sys, child->console_slave, TTY_MODE);
	if (step->num[1] > 0)
		(void)sys_fchownat(child->sys, child->console_slave, "", (uid_t)step->num[1],
				   (gid_t)-1, AT_EMPTY_PATH);
	if (*dir) {
		(void)snprintf(target, sizeof(target), "dev/%s/console", dir);
		ret = bind_slave(child, child->console_slave, from_host, target, note);
		if (ret < 0)
			return ret;
	}
	return bind_slave(child, child->console_slave, from_host, "dev/console", note);
}

/* Beside the directory of lxc.tty.dir stands a link: dev/tty1 -> lxc/tty1. */
static int link_tty(struct child *child, const char *dir, int number, struct note *note)
{
	_cleanup_fd_ struct fd parent = { 0 };
	char link[32], content[300];
	const char *name;
	int ret;

	(void)snprintf(link, sizeof(link), "dev/tty%d", number);
	(void)snprintf(content, sizeof(content), "%s/tty%d", dir, number);
	ret = beneath_parent(child, link, true, &name, note);
	if (ret < 0)
		return ret;
	parent = fd_of(child->sys, ret);
	(void)sys_unlinkat(child->sys, parent.n, name, 0);
	return sys_symlinkat(child->sys, content, parent.n, name);
}

int child_tty(struct child *child, const struct step *step, struct note *note)
{
	const char *dir = step_str(child->plan, step, 0);
	int number = (int)step->num[0];
	struct run_tty tty = { .busy_slot = -1 };
	char target[300];
	int ret;

	if (child->tty_count >= RUN_TTYS_MAX)
		return note_set(note, -EMFILE, "at most %d terminals", RUN_TTYS_MAX);
	ret = allocate_pty(child, 0, &tty.master, &tty.slave);
	if (ret < 0)
		return ret;
	child->ttys[child->tty_count++] = tty;
	add_tty_name(child, ret);
	if (!step->num[1])
		return 0;
	(void)snprintf(target, sizeof(target), "dev/%s%stty%d", dir, *dir ? "/" : "", number);
	ret = bind_slave(child, tty.slave, false, target, note);
	if (ret == 0 && *dir)
		ret = link_tty(child, dir, number, note);
	if (ret == 0 || !is_refused(ret))
		return ret;
	/* The image does not want it there; the terminal itself is reachable all the same. */
	note->text[0] = '\0';
	log_write(child->sys, &child->log, LOG_WARN_, "conf", "Failed to connect /dev/tty%d: %s",
		  number, err_name(ret));
	return 0;
}

static int send_pair(struct child *child, int number, int master, int slave)
{
	struct handshake msg = { .type = HANDSHAKE_FDS, .number = number };
	int fds[2] = { master, slave };

	return handshake_send(child->sys, child->handshake_fd, &msg, fds, ARRAY_LEN(fds));
}

int child_send_fds(struct child *child, const struct step *step, struct note *note)
{
	const struct step *console = step_find(child->plan, CHAPTER_CHILD, STEP_console);
	struct handshake end = { .type = HANDSHAKE_FDS, .number = -1 };
	int ret = 0;

	if (console && !console->num[0] && child->console_master >= 0)
		ret = send_pair(child, 0, child->console_master, child->console_slave);
	for (unsigned i = 0; ret == 0 && i < child->tty_count; i++)
		ret = send_pair(child, (int)i + 1, child->ttys[i].master, child->ttys[i].slave);
	if (ret < 0)
		return ret;
	/* The supervisor serves them; of ours only the console's slave is needed, for stdio. */
	for (unsigned i = 0; i < child->tty_count; i++) {
		close_number(child->sys, &child->ttys[i].master);
		close_number(child->sys, &child->ttys[i].slave);
	}
	close_number(child->sys, &child->console_master);
	close_number(child->sys, &child->devpts_fd);
	return handshake_send(child->sys, child->handshake_fd, &end, NULL, 0);
}

/* The container's own, checked: the image may have put anything there. */
static int open_null(struct child *child, struct fd *out)
{
	struct sys *sys = child->sys;
	_cleanup_fd_ struct fd file = { 0 };
	struct stat st;
	int ret = io_open(sys, AT_FDCWD, "/dev/null", O_RDWR | O_NOCTTY | O_NONBLOCK, 0,
			  RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);

	if (ret < 0)
		return ret;
	file = fd_of(sys, ret);
	ret = sys_fstatat(sys, file.n, "", &st, AT_EMPTY_PATH);
	if (ret == 0 && (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3)))
		ret = -ENODEV;
	if (ret == 0)
		*out = steal_fd(&file);
	return ret;
}

int child_stdio(struct child *child, const struct step *step, struct note *note)
{
	_cleanup_fd_ struct fd null = { 0 };
	int source = child->console_slave;
	int ret = 0;

	if (!(step->num[0] & 7))
		return 0;
	if (source < 0) {
		/* Without one in the container we keep ours: the supervisor's are the host's
		 * /dev/null. */
		if (open_null(child, &null) < 0)
			return 0;
		source = null.n;
	} else if (step->num[1] > 0) {
		(void)sys_fchownat(child->sys, source, "", (uid_t)step->num[1], (gid_t)-1,
				   AT_EMPTY_PATH);
	}
	for (int fd = 0; fd <= 2 && ret >= 0; fd++)
		if (step->num[0] & 1 << fd)
			ret = sys_dup3(child->sys, source, fd, 0);
	if (ret >= 0)
		close_number(child->sys, &child->console_slave);
	return ret < 0 ? ret : 0;
}
