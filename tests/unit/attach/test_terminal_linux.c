/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The terminal of an attached process, and of who attaches. As root, in namespaces of the test's own. Skipped elsewhere. */
#include "place.h"

/* A login of its own: the terminal of this process is the slave of a pty whose other side the test reads. */
static int attach_on_terminal(const struct place *place, const char *slave_path)
{
	struct attach_args args = args_of(place, NULL);
	int fd;

	(void)setsid();
	fd = open(slave_path, O_RDWR);
	for (int i = 0; i < 3; i++)
		(void)dup2(fd, i);
	args.flags |= ATTACH_TERMINAL;
	return line_with(place, args, "busybox tty; busybox stty size; busybox ps -o tty= -p $$ > /dev/null; exit 4");
}

static void a_terminal_is_replaced_by_one_of_the_container(void **state)
{
	const struct winsize size = { .ws_row = 33, .ws_col = 101 };
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), status = -1;
	char text[4096] = "";
	size_t used = 0;
	ssize_t n;
	pid_t pid;

	assert_true(master >= 0 && unlockpt(master) == 0);
	assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
	pid = fork();
	if (pid == 0)
		_exit(attach_on_terminal(*state, ptsname(master)));
	while (used < sizeof(text) - 1 && (waitpid(pid, &status, WNOHANG) == 0)) {
		struct pollfd fds = { .fd = master, .events = POLLIN };

		if (poll(&fds, 1, 100) > 0 && (n = read(master, text + used, sizeof(text) - 1 - used)) > 0)
			used += (size_t)n;
	}
	(void)close(master);
	assert_int_equal(WEXITSTATUS(status), 4);
	/* Of the right size before anybody could ask. */
	if (!strstr(text, "/dev/pts/2") || !strstr(text, "33 101"))
		fail_msg("%s", text);
}

/* What fills a terminal that nobody reads, and what sends to a program that does not read. */
static void a_side_that_takes_nothing_keeps_no_signal_away(void **state)
{
	for (int reads = 0; reads < 2; reads++) {
		int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK), status = -1;
		char bytes[4096];
		pid_t pid;

		assert_true(master >= 0 && unlockpt(master) == 0);
		pid = fork();
		if (pid == 0) {
			struct attach_args args = args_of(*state, NULL);

			(void)setsid();
			for (int i = 0, fd = open(ptsname(master), O_RDWR); i < 3; i++)
				(void)dup2(fd, i);
			args.flags |= ATTACH_TERMINAL;
			_exit(line_with(*state, args, reads ? "busybox stty raw -echo; exec busybox sleep 100"
							    : "exec busybox yes"));
		}
		memset(bytes, 'x', sizeof(bytes));
		for (int i = 0; i < 30; i++) {
			if (reads)
				(void)!write(master, bytes, sizeof(bytes));
			(void)usleep(20000);
		}
		assert_int_equal(kill(pid, SIGTERM), 0);
		for (int i = 0; i < 300 && waitpid(pid, &status, WNOHANG) == 0; i++)
			(void)usleep(10000);
		if (status == -1) {
			(void)kill(pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
		}
		assert_int_equal(status & 0x7f, SIGTERM);
		(void)close(master);
	}
}

static void on_signal(int signo)
{
	(void)signo;
}

/* A process with the terminal of its own, attached to a command that lasts. handled: it survives the signal. */
static pid_t lasting_attach(const struct place *place, int master, int slave, bool handled)
{
	struct attach_args args = args_of(place, NULL);
	char text[256] = "";
	size_t used = 0;
	pid_t pid = fork();

	if (pid == 0) {
		char *const argv[] = { (char[]){ "/bin/sh" }, (char[]){ "-c" },
				       (char[]){ "echo in side; exec /bin/busybox sleep 100" }, NULL };
		struct err err = { 0 };
		pid_t attached = 0;

		(void)setsid();
		for (int i = 0; i < 3; i++)
			(void)dup2(slave, i);
		(void)ioctl(0, TIOCSCTTY, 0);
		if (handled)
			(void)signal(SIGTERM, on_signal);
		args.flags |= ATTACH_TERMINAL;
		args.argv = argv;
		if (attach_run(sys_linux(), &args, &attached, &err) == -EINTR && attached > 0)
			_exit(kill(attached, SIGKILL) == 0 ? 3 : 4);
		_exit(5);
	}
	while (!strstr(text, "in side") && used < sizeof(text) - 1) {
		ssize_t n = read(master, text + used, sizeof(text) - 1 - used);

		assert_true(n > 0);
		used += (size_t)n;
	}
	return pid;
}

static void a_signal_leaves_the_terminal_as_it_was(void **state)
{
	static const struct {
		int signo;
		bool handled;
	} cases[] = {
		{ SIGTERM, false }, { SIGHUP, false }, { SIGINT, false },
		{ SIGQUIT, false }, { SIGTERM, true },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct termios before = { 0 }, during = { 0 }, after = { 0 };
		int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave, status = -1;
		pid_t pid;

		assert_true(master >= 0 && unlockpt(master) == 0);
		slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
		assert_int_equal(tcgetattr(slave, &before), 0);
		pid = lasting_attach(*state, master, slave, cases[i].handled);
		for (int tries = 0; tries < 100; tries++) {
			assert_int_equal(tcgetattr(slave, &during), 0);
			if (!(during.c_lflag & ICANON))
				break;
			(void)usleep(10000);
		}
		assert_false(during.c_lflag & ICANON);
		assert_int_equal(kill(pid, cases[i].signo), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (cases[i].handled)
			assert_int_equal(status, 3 << 8);
		else
			assert_int_equal(status & 0x7f, cases[i].signo);
		assert_int_equal(tcgetattr(slave, &after), 0);
		assert_true(before.c_iflag == after.c_iflag && before.c_oflag == after.c_oflag &&
			    before.c_cflag == after.c_cflag && before.c_lflag == after.c_lflag);
		(void)close(slave);
		(void)close(master);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_terminal_is_replaced_by_one_of_the_container),
		cmocka_unit_test(a_signal_leaves_the_terminal_as_it_was),
		cmocka_unit_test(a_side_that_takes_nothing_keeps_no_signal_away),
	};

	if (!is_possible())
		return 77;
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
