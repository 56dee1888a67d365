/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files.h"

#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <termios.h>

static void make_dirs(struct script *s)
{
	static const char *const names[] = { "/mnt/a", "/mnt/b",   "/mnt/c",
					     "/mnt/d", "/mnt/a/x", "/mnt/a/y" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		sys_mkdirat(S, AT_FDCWD, names[i], 0755);
}

void script_mounts(struct script *s)
{
	int fd;

	make_dirs(s);
	TRY(put_text(s, "/mnt/file", "x"));
	TRY(sys_mount(S, "t", "/mnt/a", "tmpfs", MS_NOSUID | MS_NODEV | MS_RDONLY, "mode=711"));
	say_stat(s, AT_FDCWD, "/mnt/a", 0);
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/a/x", 0755));
	TRY(sys_mount(S, NULL, "/mnt/a", NULL, MS_REMOUNT, NULL));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/a/x", 0755));
	say_mounts(s);
	TRY(sys_mount(S, "t", "/mnt/none", "tmpfs", 0, NULL));
	TRY(sys_mount(S, "t", "/mnt/b", "nosuchfs", 0, NULL));
	TRY(sys_mount(S, "t", "/mnt/b", NULL, 0, NULL));
	TRY(sys_mount(S, "t", "/mnt/b", "tmpfs", 0, "nosuchoption=1"));
	TRY(sys_mount(S, "t", "/mnt/file", "tmpfs", 0, NULL));
	TRY(sys_mount(S, "/mnt/file", "/mnt/b", NULL, MS_BIND, NULL));
	TRY(sys_mount(S, "/mnt/none", "/mnt/b", NULL, MS_BIND, NULL));
	TRY(sys_mount(S, NULL, "/mnt/b", NULL, MS_BIND, NULL));
	TRY(sys_mount(S, "/mnt/a", "/mnt/b", NULL, MS_BIND | MS_NOEXEC, NULL));
	TRY(sys_mount(S, NULL, "/mnt/b", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOEXEC, NULL));
	TRY(sys_mount(S, NULL, "/mnt/b/x", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL));
	TRY(put_text(s, "/mnt/b/f", "x"));
	TRY(put_text(s, "/mnt/a/f", "x"));
	fd = OPEN(open_at(s, AT_FDCWD, "/mnt/a/f", O_RDWR, 0));
	TRY(sys_mount(S, NULL, "/mnt/a", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	TRY(sys_mount(S, NULL, "/mnt/a", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
	TRY(sys_umount2(S, "/mnt/a", 0));
	sys_close(S, fd);
	TRY(sys_mount(S, NULL, "/mnt/a", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOATIME,
		      NULL));
	say_mounts(s);
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/a", AT_REMOVEDIR));
	TRY(sys_renameat2(S, AT_FDCWD, "/mnt/a", AT_FDCWD, "/mnt/e", 0));
	TRY(sys_mount(S, "/mnt/a", "/mnt/c", NULL, MS_MOVE, NULL));
	TRY(sys_mount(S, "/mnt/c/x", "/mnt/d", NULL, MS_MOVE, NULL));
	TRY(sys_mount(S, "/mnt", "/mnt/c/x", NULL, MS_MOVE, NULL));
	TRY(sys_mount(S, "/mnt", "/mnt/d", NULL, MS_BIND | MS_REC, NULL));
	say_mounts(s);
	TRY(sys_umount2(S, "/mnt/d", 0));
	TRY(sys_umount2(S, "/mnt/d", MNT_DETACH));
	TRY(sys_umount2(S, "/mnt/d", 0));
	TRY(sys_umount2(S, "/mnt/d", 1 << 20));
	TRY(sys_umount2(S, "/mnt/b", 0));
	TRY(sys_umount2(S, "/mnt/file", 0));
	TRY(sys_symlinkat(S, "c", AT_FDCWD, "/mnt/link"));
	TRY(sys_umount2(S, "/mnt/link", UMOUNT_NOFOLLOW));
	TRY(sys_umount2(S, "/mnt/link", 0));
	TRY(sys_mount(S, NULL, "/mnt/c", NULL, MS_SHARED, NULL));
	TRY(sys_mount(S, NULL, "/mnt", NULL, MS_SHARED | MS_SLAVE, NULL));
	TRY(sys_mount(S, "p", "/mnt/c", "proc", 0, NULL));
	TRY(sys_mount(S, "p", "/mnt/c", "proc", 0, NULL));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/c/x", 0755));
	OPEN(open_at(s, AT_FDCWD, "/mnt/c/new", O_CREAT | O_RDWR, 0));
	TRY(sys_umount2(S, "/mnt/c", 0));
	say_mounts(s);
}

static void inner_slave(struct script *s)
{
	TRY(sys_mount(S, NULL, "/mnt/a", NULL, MS_REC | MS_SLAVE, NULL));
	TRY(sys_mount(S, "t", "/mnt/a/x", "tmpfs", 0, NULL));
	say_mounts(s);
	TRY(sys_mount(S, NULL, "/mnt/a", NULL, MS_SHARED, NULL));
	TRY(sys_mount(S, "/mnt/a", "/mnt/c", NULL, MS_BIND, NULL));
	TRY(sys_mount(S, "t", "/mnt/c/y", "tmpfs", 0, NULL));
	say_mounts(s);
}

void script_propagation(struct script *s)
{
	make_dirs(s);
	TRY(sys_mount(S, "t", "/mnt/a", "tmpfs", 0, NULL));
	TRY(sys_mount(S, NULL, "/mnt/a", NULL, MS_SHARED, NULL));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/a/x", 0755));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/a/y", 0755));
	TRY(sys_mount(S, "/mnt/a", "/mnt/b", NULL, MS_BIND, NULL));
	TRY(sys_mount(S, "u", "/mnt/a/x", "tmpfs", 0, NULL));
	say_mounts(s);
	TRY(sys_mount(S, NULL, "/mnt/b", NULL, MS_SLAVE, NULL));
	TRY(sys_mount(S, "u", "/mnt/b/y", "tmpfs", 0, NULL));
	TRY(sys_mount(S, "v", "/mnt/a/y", "tmpfs", 0, NULL));
	say_mounts(s);
	TRY(sys_umount2(S, "/mnt/a/y", 0));
	say_mounts(s);
	TRY(sys_umount2(S, "/mnt/b/y", 0));
	TRY(sys_umount2(S, "/mnt/a/x", MNT_DETACH));
	say_mounts(s);
	say_child(s, CLONE_NEWNS, inner_slave);
	say_mounts(s);
	TRY(sys_mount(S, "/mnt/a", "/mnt/c", NULL, MS_BIND, NULL));
	TRY(sys_mount(S, NULL, "/mnt/c", NULL, MS_SLAVE, NULL));
	TRY(sys_mount(S, NULL, "/mnt/c", NULL, MS_SHARED, NULL));
	TRY(sys_mount(S, "/mnt/c", "/mnt/d", NULL, MS_BIND, NULL));
	TRY(sys_mount(S, "w", "/mnt/a/x", "tmpfs", 0, NULL));
	say_mounts(s);
	TRY(sys_mount(S, "/mnt/a/x", "/mnt/a/y", NULL, MS_MOVE, NULL));
	TRY(sys_mount(S, NULL, "/mnt/a/x", NULL, MS_UNBINDABLE, NULL));
	TRY(sys_mount(S, "/mnt/a/x", "/mnt/a/y", NULL, MS_BIND, NULL));
	TRY(sys_mount(S, "/mnt/a", "/mnt/b", NULL, MS_BIND | MS_REC, NULL));
	say_mounts(s);
	TRY(sys_mount(S, NULL, "/mnt/a", NULL, MS_PRIVATE, NULL));
	say_mounts(s);
	TRY(sys_umount2(S, "/mnt/c", MNT_DETACH));
	say_mounts(s);
}

void script_descriptors(struct script *s)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC };
	int fs, mnt, tree, dir;

	make_dirs(s);
	OPEN(sys_fsopen(S, "nosuchfs", 0));
	OPEN(sys_fsopen(S, "tmpfs", 64));
	fs = OPEN(sys_fsopen(S, "tmpfs", FSOPEN_CLOEXEC));
	OPEN(sys_fsmount(S, fs, 0, 0));
	TRY(sys_fsconfig(S, fs, FSCONFIG_SET_STRING, "mode", "0700", 0));
	TRY(sys_fsconfig(S, fs, FSCONFIG_SET_STRING, "source", "one", 0));
	TRY(sys_fsconfig(S, fs, FSCONFIG_SET_STRING, "source", "two", 0));
	TRY(sys_fsconfig(S, fs, FSCONFIG_SET_FLAG, "ro", "x", 0));
	TRY(sys_fsconfig(S, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	TRY(sys_fsconfig(S, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	TRY(sys_fsconfig(S, 77, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	OPEN(sys_fsmount(S, fs, 0, 1 << 30));
	mnt = OPEN(sys_fsmount(S, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
	OPEN(sys_fsmount(S, fs, FSMOUNT_CLOEXEC, 0));
	TRY(sys_mkdirat(S, mnt, "x", 0755));
	TRY(sys_move_mount(S, mnt, "x", AT_FDCWD, "/mnt/a", 0));
	TRY(sys_move_mount(S, mnt, "", AT_FDCWD, "/mnt/a", 0));
	TRY(sys_move_mount(S, mnt, "", AT_FDCWD, "/mnt/none", MOVE_MOUNT_F_EMPTY_PATH));
	TRY(sys_move_mount(S, mnt, "", AT_FDCWD, "/mnt/a", MOVE_MOUNT_F_EMPTY_PATH));
	say_stat(s, AT_FDCWD, "/mnt/a", 0);
	TRY(sys_move_mount(S, mnt, "", AT_FDCWD, "/mnt/a/x", MOVE_MOUNT_F_EMPTY_PATH));
	TRY(sys_move_mount(S, mnt, "", AT_FDCWD, "/mnt/b", MOVE_MOUNT_F_EMPTY_PATH));
	say_mounts(s);
	OPEN(sys_open_tree(S, AT_FDCWD, "/mnt/b", AT_RECURSIVE));
	OPEN(sys_open_tree(S, AT_FDCWD, "/mnt/none", OPEN_TREE_CLONE));
	tree = OPEN(sys_open_tree(S, AT_FDCWD, "/mnt/b/x", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
	TRY(sys_mount_setattr(S, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr));
	dir = OPEN(open_at(s, AT_FDCWD, "/mnt/c", O_PATH | O_DIRECTORY, 0));
	TRY(sys_move_mount(S, tree, "", dir, "",
			   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
	say_mounts(s);
	OPEN(open_at(s, AT_FDCWD, "/mnt/c/f", O_RDWR | O_CREAT, 0));
	TRY(sys_mount_setattr(S, AT_FDCWD, "/mnt/d", 0, &attr));
	attr = (struct mount_attr){ .propagation = MS_SHARED };
	TRY(sys_mount_setattr(S, AT_FDCWD, "/mnt", AT_RECURSIVE, &attr));
	say_mounts(s);
	attr = (struct mount_attr){ .propagation = MS_SHARED | MS_SLAVE };
	TRY(sys_mount_setattr(S, AT_FDCWD, "/mnt", 0, &attr));
	attr = (struct mount_attr){ .attr_set = MOUNT_ATTR_NOATIME };
	TRY(sys_mount_setattr(S, AT_FDCWD, "/mnt", 0, &attr));
	attr = (struct mount_attr){ .attr_set = MOUNT_ATTR_NOATIME, .attr_clr = MOUNT_ATTR__ATIME };
	TRY(sys_mount_setattr(S, AT_FDCWD, "/mnt", 0, &attr));
	attr = (struct mount_attr){ .attr_set = 1 << 30 };
	TRY(sys_mount_setattr(S, AT_FDCWD, "/mnt", 0, &attr));
	attr = (struct mount_attr){ .attr_clr = MOUNT_ATTR_RDONLY };
	TRY(sys_mount_setattr(S, AT_FDCWD, "/mnt/c", 1 << 20, &attr));
	TRY(sys_move_mount(S, AT_FDCWD, "/mnt/c", AT_FDCWD, "/mnt/d", 0));
	TRY(sys_move_mount(S, AT_FDCWD, "/mnt/none", AT_FDCWD, "/mnt/d", 0));
	say_mounts(s);
}

static void inner_pivot(struct script *s)
{
	char buf[256];
	int old;

	TRY(sys_pivot_root(S, "/mnt/a", "/mnt/a"));
	TRY(sys_mount(S, "/mnt/a", "/mnt/a", NULL, MS_BIND, NULL));
	TRY(sys_pivot_root(S, "/mnt/a", "/mnt/b"));
	TRY(sys_pivot_root(S, "/mnt/a", "/mnt/none"));
	TRY(sys_pivot_root(S, "/mnt/a/x", "/mnt/a/x"));
	TRY(sys_pivot_root(S, "/", "/mnt/a"));
	TRY(sys_mount(S, NULL, "/mnt/a", NULL, MS_SHARED, NULL));
	TRY(sys_pivot_root(S, "/mnt/a", "/mnt/a/x"));
	TRY(sys_mount(S, NULL, "/mnt/a", NULL, MS_PRIVATE, NULL));
	old = OPEN(open_at(s, AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0));
	TRY(sys_chdir(S, "/mnt/a"));
	TRY(sys_pivot_root(S, ".", "."));
	TRY(sys_umount2(S, ".", MNT_DETACH));
	TRY(sys_chdir(S, "/"));
	OPEN(open_at(s, AT_FDCWD, "/x", O_RDONLY, 0));
	OPEN(open_at(s, AT_FDCWD, "/mnt", O_RDONLY, 0));
	OPEN(open_at(s, AT_FDCWD, "/../x", O_RDONLY, 0));
	TRY(sys_fchdir(S, old));
	TRY(sys_getcwd(S, buf, sizeof(buf)));
	OPEN(open_at(s, AT_FDCWD, "..", O_RDONLY, 0));
}

static void inner_locked(struct script *s)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_RDONLY };

	TRY(sys_umount2(S, "/mnt/a", MNT_DETACH));
	TRY(sys_mount(S, NULL, "/mnt/a", NULL, MS_REMOUNT | MS_BIND, NULL));
	TRY(sys_mount_setattr(S, AT_FDCWD, "/mnt/a", 0, &attr));
	TRY(sys_mount(S, NULL, "/mnt/a", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID, NULL));
	TRY(sys_mount(S, "t", "/mnt/b", "tmpfs", 0, NULL));
	TRY(sys_mount(S, "/mnt", "/mnt/b", NULL, MS_BIND, NULL));
	TRY(sys_mount(S, "/mnt", "/mnt/b", NULL, MS_BIND | MS_REC, NULL));
	TRY(sys_mount(S, "d", "/mnt/c", "devtmpfs", 0, NULL));
	TRY(sys_mount(S, "p", "/mnt/c", "proc", 0, NULL));
	TRY(sys_mount(S, "s", "/mnt/c", "sysfs", 0, NULL));
	TRY(sys_mount(S, "/mnt/a", "/mnt/d", NULL, MS_MOVE, NULL));
	TRY(sys_umount2(S, "/mnt/b", MNT_DETACH));
	TRY(sys_mknodat(S, AT_FDCWD, "/mnt/b/null", S_IFCHR | 0666, 0x103));
}

void script_pivot(struct script *s)
{
	make_dirs(s);
	say_child(s, CLONE_NEWNS, inner_pivot);
	say_mounts(s);
	TRY(sys_mount(S, "t", "/mnt/a", "tmpfs", MS_RDONLY, NULL));
	say_child(s, CLONE_NEWUSER | CLONE_NEWNS, inner_locked);
	say_mounts(s);
}

void script_terminals(struct script *s)
{
	int master, slave, zero = 0, number = -1;
	struct pollfd poll = { .events = POLLIN };
	char buf[32];

	make_dirs(s);
	TRY(sys_mount(S, "devpts", "/mnt/a", "devpts", 0,
		      "newinstance,ptmxmode=0666,mode=0620,gid=5,max=1"));
	TRY(sys_mount(S, "devpts", "/mnt/b", "devpts", 0, "nosuch=1"));
	say_stat(s, AT_FDCWD, "/mnt/a/ptmx", 0);
	master = OPEN(open_at(s, AT_FDCWD, "/mnt/a/ptmx", O_RDWR | O_NOCTTY, 0));
	OPEN(open_at(s, AT_FDCWD, "/mnt/a/ptmx", O_RDWR | O_NOCTTY, 0));
	say_stat(s, AT_FDCWD, "/mnt/a/0", 0);
	OPEN(open_at(s, AT_FDCWD, "/mnt/a/0", O_RDWR | O_NOCTTY, 0));
	TRY(sys_ioctl(S, master, TIOCSPTLCK, &zero));
	TRY(sys_ioctl(S, master, TIOCGPTN, &number));
	str_addf(&s->said, "number %d\n", number);
	slave = OPEN(open_at(s, AT_FDCWD, "/mnt/a/0", O_RDWR | O_NOCTTY, 0));
	TRY(sys_ioctl(S, slave, TIOCGPTN, &number));
	TRY(sys_write(S, slave, "out", 3));
	TRY(sys_read(S, master, buf, sizeof(buf)));
	poll.fd = master;
	TRY(sys_poll(S, &poll, 1, 0));
	sys_close(S, slave);
	TRY(sys_poll(S, &poll, 1, 100));
	str_addf(&s->said, "revents %x\n", (unsigned)poll.revents);
	TRY(sys_read(S, master, buf, sizeof(buf)));
	slave = OPEN(sys_ioctl(S, master, TIOCGPTPEER,
			       (void *)(intptr_t)(O_RDWR | O_NOCTTY | O_CLOEXEC)));
	sys_close(S, master);
	TRY(sys_read(S, slave, buf, sizeof(buf)));
	TRY(sys_write(S, slave, "x", 1));
	poll.fd = slave;
	TRY(sys_poll(S, &poll, 1, 0));
	str_addf(&s->said, "revents %x\n", (unsigned)poll.revents);
	OPEN(open_at(s, AT_FDCWD, "/mnt/a/0", O_RDWR | O_NOCTTY, 0));
	TRY(sys_mknodat(S, AT_FDCWD, "/mnt/a/x", S_IFREG | 0644, 0));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/a/x", 0755));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/a/ptmx", 0));
	TRY(sys_umount2(S, "/mnt/a", 0));
	sys_close(S, slave);
	TRY(sys_umount2(S, "/mnt/a", 0));
}
