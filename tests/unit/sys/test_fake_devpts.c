/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Terminals of the model kernel: instances, pairs, sessions, hang-up.
 */
#include "fs_test.h"

#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <termios.h>

static int master_of(struct sys *sys, const char *ptmx, unsigned *number)
{
	int fd = open_flags(sys, ptmx, O_RDWR | O_NOCTTY), zero = 0;

	if (fd < 0)
		return fd;
	assert_int_equal(sys_ioctl(sys, fd, TIOCSPTLCK, &zero), 0);
	assert_int_equal(sys_ioctl(sys, fd, TIOCGPTN, number), 0);
	return fd;
}

static void a_pair_talks_and_hangs_up(void **state)
{
	struct sys *sys = fake_sys(*state);
	unsigned number;
	int master = master_of(sys, "/dev/ptmx", &number), slave;
	struct pollfd poll = { .fd = master, .events = POLLIN };
	char buf[16];

	assert_int_equal(number, 0);
	slave = open_flags(sys, "/dev/pts/0", O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	assert_int_equal(sys_write(sys, slave, "out", 3), 3);
	assert_int_equal(sys_read(sys, master, buf, sizeof(buf)), 3);
	assert_int_equal(sys_write(sys, master, "ab\rcd", 5), 5);
	assert_int_equal(sys_read(sys, slave, buf, sizeof(buf)), 3);
	assert_memory_equal(buf, "ab\n", 3);
	assert_int_equal(sys_poll(sys, &poll, 1, 0), 0);
	sys_close(sys, slave);
	assert_int_equal(sys_poll(sys, &poll, 1, 0), 1);
	assert_int_equal(poll.revents, POLLHUP);
	assert_int_equal(sys_read(sys, master, buf, sizeof(buf)), -EIO);
	slave = open_flags(sys, "/dev/pts/0", O_RDWR | O_NOCTTY);
	sys_close(sys, master);
	assert_int_equal(sys_read(sys, slave, buf, sizeof(buf)), 0);
	assert_int_equal(sys_write(sys, slave, "x", 1), -EIO);
	assert_int_equal(open_flags(sys, "/dev/pts/0", O_RDWR), -ENOENT);
	sys_close(sys, slave);
}

static void modes_and_sizes_are_kept(void **state)
{
	struct sys *sys = fake_sys(*state);
	unsigned number;
	int master = master_of(sys, "/dev/ptmx", &number), slave;
	struct winsize size = { .ws_row = 24, .ws_col = 80 }, seen = { 0 };
	struct termios modes;
	char buf[8];

	slave = sys_ioctl(sys, master, TIOCGPTPEER,
			  (void *)(intptr_t)(O_RDWR | O_NOCTTY | O_CLOEXEC));
	assert_true(slave >= 0);
	assert_int_equal(sys_ioctl(sys, slave, TIOCSWINSZ, &size), 0);
	assert_int_equal(sys_ioctl(sys, master, TIOCGWINSZ, &seen), 0);
	assert_int_equal(seen.ws_col, 80);
	assert_int_equal(sys_ioctl(sys, slave, TCGETS, &modes), 0);
	assert_true(modes.c_lflag & ICANON);
	modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
	assert_int_equal(sys_ioctl(sys, slave, TCSETS, &modes), 0);
	assert_int_equal(sys_write(sys, master, "\003q", 2), 2);
	assert_int_equal(sys_read(sys, slave, buf, sizeof(buf)), 2);
	assert_int_equal(sys_ioctl(sys, open_rw(sys, "/dev/null"), TCGETS, &modes), -ENOTTY);
}

static void an_instance_has_its_own_numbers_and_limit(void **state)
{
	struct sys *sys = fake_sys(*state);
	unsigned number;
	int locked;

	assert_true(master_of(sys, "/dev/ptmx", &number) >= 0);
	assert_int_equal(sys_mount(sys, "devpts", "/mnt", "devpts", 0,
				   "newinstance,ptmxmode=0666,mode=620,gid=5,max=1"),
			 0);
	locked = open_flags(sys, "/mnt/ptmx", O_RDWR | O_NOCTTY);
	assert_true(locked >= 0);
	assert_int_equal(open_flags(sys, "/mnt/0", O_RDWR | O_NOCTTY), -EIO);
	assert_int_equal(master_of(sys, "/mnt/ptmx", &number), -ENOSPC);
	sys_close(sys, locked);
	assert_true(master_of(sys, "/mnt/ptmx", &number) >= 0);
	assert_int_equal(number, 0);
}

static int session(void *arg)
{
	struct child *child = arg;
	struct sys *sys = child->sys;
	pid_t sid = 0;
	char buf[8];

	sys_close(sys, child->fd2);
	if (sys_setsid(sys) < 0)
		return 1;
	if (open_rw(sys, "/dev/tty") != -ENXIO)
		return 2;
	if (sys_ioctl(sys, child->fd, TIOCSCTTY, NULL) < 0)
		return 3;
	if (open_rw(sys, "/dev/tty") < 0)
		return 4;
	if (sys_ioctl(sys, child->fd, TIOCGSID, &sid) < 0 || sid != sys_getpid(sys))
		return 5;
	sys_write(sys, child->fd, "ready", 5);
	return (int)sys_read(sys, child->fd, buf, sizeof(buf));
}

static void an_interrupt_typed_ends_the_session(void **state)
{
	struct sys *sys = fake_sys(*state);
	unsigned number;
	int master = master_of(sys, "/dev/ptmx", &number);
	struct child child = { .fd = open_flags(sys, "/dev/pts/0", O_RDWR | O_NOCTTY),
			       .fd2 = master };
	pid_t pid = start(sys, session, child);
	char buf[16];

	sys_close(sys, child.fd);
	assert_int_equal(sys_read(sys, master, buf, sizeof(buf)), 5);
	assert_int_equal(sys_write(sys, master, "\003", 1), 1);
	assert_int_equal(wait_for(sys, pid), 1000 + SIGINT);
	assert_int_equal(sys_read(sys, master, buf, sizeof(buf)), -EIO);
}

static void closing_the_master_hangs_the_session_up(void **state)
{
	struct sys *sys = fake_sys(*state);
	unsigned number;
	int master = master_of(sys, "/dev/ptmx", &number);
	struct child child = { .fd = open_flags(sys, "/dev/pts/0", O_RDWR | O_NOCTTY),
			       .fd2 = master };
	pid_t pid = start(sys, session, child);
	char buf[16];

	sys_close(sys, child.fd);
	assert_int_equal(sys_read(sys, master, buf, sizeof(buf)), 5);
	sys_close(sys, master);
	assert_int_equal(wait_for(sys, pid), 1000 + SIGHUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_pair_talks_and_hangs_up),
		WORLD_TEST(modes_and_sizes_are_kept),
		WORLD_TEST(an_instance_has_its_own_numbers_and_limit),
		WORLD_TEST(an_interrupt_typed_ends_the_session),
		WORLD_TEST(closing_the_master_hangs_the_session_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
