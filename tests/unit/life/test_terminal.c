/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Somebody sits at a terminal of the host: what he types reaches the program in the container and
 * its words reach him, attached or at the console; whatever happens, his terminal is as it was.
 */
#include "core/ipc/ipc.h"
#include "life/host.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <cmocka.h>

#define LOG "/var/log/typed"

/* The one who sits there: what he does, and what came of it. */
struct user {
	int (*act)(struct user *user, struct lxc_container *c, struct sys *sys);
	bool has_handler; /* of SIGTERM */
	unsigned handled;
	int result, error_num;
	pid_t attached;
};
static struct user user;

struct stage {
	struct host host;
	struct lxc_container *c;
	int master; /* of his terminal: the test is what is behind it */
	pid_t pid;
	struct termios before;
	char *world;
};

/* --- in the container --- */

static void tell(struct sys *sys, const char *line)
{
	struct winsize size = { 0 };
	char words[128], name[64] = "";
	ssize_t len = sys_readlinkat(sys, AT_FDCWD, "/proc/self/fd/0", name, sizeof(name) - 1);

	name[len < 0 ? 0 : len] = '\0';
	(void)sys_ioctl(sys, 0, TIOCGWINSZ, &size);
	(void)snprintf(words, sizeof(words), "%s on %s, %u rows\n", line, name, size.ws_row);
	(void)io_write_full(sys, 1, words, strlen(words));
}

/* Says each line again, until it is told to go. */
static int shell(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	char line[64];
	ssize_t len;

	tell(sys, "ready");
	while ((len = SYS_RETRY(sys_read(sys, 0, line, sizeof(line) - 1))) > 0) {
		line[len] = '\0';
		line[strcspn(line, "\r\n")] = '\0';
		if (str_eq(line, "exit"))
			return 4;
		tell(sys, line);
	}
	return 5;
}

/* --- the user --- */

static void on_signal(int signo)
{
	user.handled++;
}

static int act_as_user(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	const struct sigaction handler = { .sa_handler = on_signal };
	struct lxc_container *c = api_container_new_on(sys, envp, "web", HOST_LXCPATH);
	int ret;

	if (!c || sys_ioctl(sys, 0, TIOCSCTTY, NULL) < 0)
		return 1;
	if (user.has_handler)
		(void)sys_sigaction(sys, SIGTERM, &handler, NULL);
	ret = user.act(&user, c, sys);
	api_container_put(c);
	return ret;
}

/* For the leak sanitizer: who is killed gives nothing back, and in the model his memory is ours. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:act_as_user\n";
}

static int enter_with_terminal(struct user *it, struct lxc_container *c, struct sys *sys)
{
	lxc_attach_options_t options = LXC_ATTACH_OPTIONS_DEFAULT;
	const char *const words[] = { "/bin/true", NULL };

	options.attach_flags |= LXC_ATTACH_TERMINAL;
	options.log_fd = sys_openat(sys, AT_FDCWD, LOG, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	it->result = c->attach_run_wait(c, &options, "/bin/true", words);
	return 0;
}

static int run_in_front(struct user *it, struct lxc_container *c, struct sys *sys)
{
	it->result = c->want_daemonize(c, false) && c->start(c, 0, NULL);
	it->error_num = c->error_num;
	return 0;
}

/* --- the test behind the terminal --- */

static int set_up(void **state)
{
	static struct stage stage;
	struct sys *sys;
	int unlocked = 0;

	host_init(&stage.host, FAKE_CGROUP_HYBRID);
	sys = stage.host.sys;
	fake_program(stage.host.fake, "/usr/lib/test/user", act_as_user, NULL);
	stage.master = sys_openat(sys, AT_FDCWD, "/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC, 0);
	assert_true(stage.master >= 0);
	assert_int_equal(sys_ioctl(sys, stage.master, TIOCSPTLCK, &unlocked), 0);
	assert_int_equal(sys_ioctl(sys, stage.master, TCGETS, &stage.before), 0);
	user = (struct user){ .result = -100 };
	*state = &stage;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *stage = *state;

	free(stage->world);
	stage->world = NULL;
	api_container_put(stage->c);
	host_finish(&stage->host);
	return 0;
}

static void resize(struct stage *stage, unsigned short rows)
{
	const struct winsize size = { .ws_row = rows, .ws_col = 80 };

	assert_int_equal(sys_ioctl(stage->host.sys, stage->master, TIOCSWINSZ, (void *)&size), 0);
	fake_settle(stage->host.fake);
}

static void sit_down(struct stage *stage,
		     int (*act)(struct user *user, struct lxc_container *c, struct sys *sys))
{
	char *const argv[] = { (char *)"user", NULL };
	char *const envp[] = { (char *)"PATH=/usr/bin:/bin", (char *)"HOME=/root", NULL };
	struct sys *sys = stage->host.sys;
	int slave, streams[3];
	struct sys_spawn spawn = { .exe_fd = -1,
				   .path = "/usr/lib/test/user",
				   .argv = argv,
				   .envp = envp,
				   .fds = streams,
				   .fd_count = 3,
				   .new_session = true };

	user.act = act;
	resize(stage, 24);
	stage->world = host_world(&stage->host);
	slave = sys_ioctl(sys, stage->master, TIOCGPTPEER,
			  (void *)(uintptr_t)(O_RDWR | O_NOCTTY | O_CLOEXEC));
	assert_true(slave >= 0);
	streams[0] = streams[1] = streams[2] = slave;
	stage->pid = sys_spawn(sys, &spawn);
	assert_true(stage->pid > 0);
	assert_int_equal(sys_close(sys, slave), 0);
	fake_settle(stage->host.fake);
}

static void type(struct stage *stage, const char *text)
{
	assert_int_equal(sys_write(stage->host.sys, stage->master, text, strlen(text)),
			 strlen(text));
	fake_settle(stage->host.fake);
}

/* All that is on the screen since the last look, and nothing else. */
static void assert_screen(struct stage *stage, const char *expected)
{
	struct pollfd fds = { .fd = stage->master, .events = POLLIN };
	char text[512];
	size_t len = 0;

	while (sys_poll(stage->host.sys, &fds, 1, 0) > 0 && (fds.revents & POLLIN)) {
		ssize_t n = sys_read(stage->host.sys, stage->master, text + len,
				     sizeof(text) - 1 - len);

		/* Nobody has it open any more. */
		if (n == -EIO)
			break;
		assert_true(n > 0);
		len += (size_t)n;
	}
	text[len] = '\0';
	assert_string_equal(text, expected);
}

static bool is_raw(struct stage *stage)
{
	struct termios now;

	assert_int_equal(sys_ioctl(stage->host.sys, stage->master, TCGETS, &now), 0);
	return !(now.c_lflag & (ICANON | ECHO | ISIG)) && (now.c_oflag & OPOST);
}

static void assert_terminal_as_before(struct stage *stage)
{
	struct termios now;

	assert_int_equal(sys_ioctl(stage->host.sys, stage->master, TCGETS, &now), 0);
	assert_memory_equal(&now, &stage->before, offsetof(struct termios, c_cc));
}

static void assert_ended(struct stage *stage, int code, int status)
{
	siginfo_t info = { 0 };

	assert_int_equal(sys_waitid(stage->host.sys, P_PID, stage->pid, &info, WEXITED), 0);
	assert_int_equal(info.si_code, code);
	assert_int_equal(info.si_status, status);
}

static void assert_log(struct stage *stage, const char *expected)
{
	char *text _cleanup_free_ = fake_text(stage->host.fake, LOG);

	assert_non_null(text);
	assert_string_equal(text, expected);
	assert_int_equal(sys_unlinkat(stage->host.sys, AT_FDCWD, LOG, 0), 0);
}

static void start_for_attach(struct stage *stage)
{
	fake_program(stage->host.fake, "/usr/lib/test/true", shell, NULL);
	stage->c = host_running(&stage->host, "web");
	sit_down(stage, enter_with_terminal);
}

/* --- attached --- */

/* The name is one of the container's: 0 is its console, 1 its terminal for logins. */
static void an_attached_program_has_a_terminal_of_the_container(void **state)
{
	struct stage *stage = *state;

	start_for_attach(stage);
	assert_screen(stage, "ready on /dev/pts/2, 24 rows\n");
	assert_true(is_raw(stage));
	type(stage, "one\n");
	assert_screen(stage, "one on /dev/pts/2, 24 rows\n");
	resize(stage, 50);
	type(stage, "two\n");
	assert_screen(stage, "two on /dev/pts/2, 50 rows\n");
	type(stage, "exit\n");
	assert_ended(stage, CLD_EXITED, 0);
	assert_int_equal(user.result, 4 << 8);
	assert_screen(stage, "");
	assert_terminal_as_before(stage);
	assert_log(stage, "ready on /dev/pts/2, 24 rows\n"
			  "one on /dev/pts/2, 24 rows\n"
			  "two on /dev/pts/2, 50 rows\n");
	resize(stage, 24);
	host_assert_world(&stage->host, stage->world, "after the end of what was attached");
	assert_string_equal(stage->c->state(stage->c), "RUNNING");
}

/* He dies of it, as without us; what is attached has lost its terminal, and goes. */
static void a_signal_leaves_the_terminal_of_who_attaches_as_it_was(void **state)
{
	static const int ending[] = { SIGTERM, SIGHUP };
	struct stage *stage = *state;

	for (size_t i = 0; i < ARRAY_LEN(ending); i++) {
		if (i == 0)
			start_for_attach(stage);
		else
			sit_down(stage, enter_with_terminal);
		assert_screen(stage, "ready on /dev/pts/2, 24 rows\n");
		assert_true(is_raw(stage));
		assert_int_equal(sys_kill(stage->host.sys, stage->pid, ending[i]), 0);
		assert_ended(stage, CLD_KILLED, ending[i]);
		assert_terminal_as_before(stage);
		assert_log(stage, "ready on /dev/pts/2, 24 rows\n");
		host_assert_world(&stage->host, stage->world, "after the signal");
		free(stage->world);
		stage->world = NULL;
	}
}

static void who_handles_the_signal_goes_on_and_is_told(void **state)
{
	struct stage *stage = *state;

	user.has_handler = true;
	start_for_attach(stage);
	assert_screen(stage, "ready on /dev/pts/2, 24 rows\n");
	assert_int_equal(sys_kill(stage->host.sys, stage->pid, SIGTERM), 0);
	assert_ended(stage, CLD_EXITED, 0);
	assert_int_equal(user.handled, 1);
	assert_true(user.result < 0);
	assert_terminal_as_before(stage);
	assert_log(stage, "ready on /dev/pts/2, 24 rows\n");
}

/* --- the console --- */

static void start_in_front(struct stage *stage)
{
	fake_program(stage->host.fake, "/usr/lib/test/init", shell, NULL);
	stage->c = host_created(&stage->host, "web");
	assert_true(stage->c->set_config_item(stage->c, "lxc.console.logfile", LOG));
	assert_true(stage->c->save_config(stage->c, NULL));
	sit_down(stage, run_in_front);
}

static void a_container_in_front_has_its_console_on_the_terminal(void **state)
{
	struct stage *stage = *state;

	start_in_front(stage);
	assert_screen(stage, "ready on /dev/pts/0, 24 rows\n");
	assert_true(is_raw(stage));
	type(stage, "one\n");
	assert_screen(stage, "one on /dev/pts/0, 24 rows\n");
	resize(stage, 50);
	type(stage, "two\n");
	assert_screen(stage, "two on /dev/pts/0, 50 rows\n");
	type(stage, "exit\n");
	assert_ended(stage, CLD_EXITED, 0);
	assert_true(user.result);
	assert_int_equal(user.error_num, 4 << 8);
	assert_terminal_as_before(stage);
	assert_log(stage, "ready on /dev/pts/0, 24 rows\n"
			  "one on /dev/pts/0, 24 rows\n"
			  "two on /dev/pts/0, 50 rows\n");
	resize(stage, 24);
	host_assert_world(&stage->host, stage->world, "after the end of init");
}

static void the_terminal_is_as_before_when_another_stops_the_container(void **state)
{
	struct stage *stage = *state;

	start_in_front(stage);
	assert_screen(stage, "ready on /dev/pts/0, 24 rows\n");
	assert_string_equal(stage->c->state(stage->c), "RUNNING");
	assert_true(stage->c->stop(stage->c));
	assert_ended(stage, CLD_EXITED, 0);
	assert_terminal_as_before(stage);
	assert_log(stage, "ready on /dev/pts/0, 24 rows\n");
	host_assert_world(&stage->host, stage->world, "after the stop");
}

/* Asks for the console of what runs in the background, over the command socket. */
static int ask_for_console(struct stage *stage, struct ipc_reply *reply, struct fd *sock)
{
	assert_int_equal(ipc_call(stage->host.sys, HOST_LXCPATH, "web", IPC_CONSOLE, 0, NULL, 0,
				  1000, reply, sock),
			 0);
	fake_settle(stage->host.fake);
	return reply->ret;
}

static void assert_reads(struct stage *stage, int fd, const char *expected)
{
	char text[256];
	ssize_t len = sys_read(stage->host.sys, fd, text, sizeof(text) - 1);

	text[len < 0 ? 0 : len] = '\0';
	assert_string_equal(text, expected);
}

static void one_client_at_a_time_has_the_console(void **state)
{
	const struct winsize size = { .ws_row = 40, .ws_col = 80 };
	struct stage *stage = *state;
	struct sys *sys = stage->host.sys;

	fake_program(stage->host.fake, "/usr/lib/test/init", shell, NULL);
	stage->c = host_running(&stage->host, "web");
	stage->world = host_world(&stage->host);
	for (int round = 0; round < 2; round++) {
		struct ipc_reply mine, another, winch;
		_cleanup_fd_ struct fd sock = { 0 }, other = { 0 };

		assert_int_equal(ask_for_console(stage, &mine, &sock), 0);
		assert_int_equal(mine.fds.fd_count, 1);
		assert_int_equal(ask_for_console(stage, &another, &other), -EBADF);
		assert_int_equal(sys_ioctl(sys, mine.fds.fds[0], TIOCSWINSZ, (void *)&size), 0);
		assert_int_equal(ipc_call(sys, HOST_LXCPATH, "web", IPC_TERMINAL_WINCH, 0, NULL, 0,
					  1000, &winch, NULL),
				 0);
		assert_int_equal(sys_write(sys, mine.fds.fds[0], "one\n", 4), 4);
		fake_settle(stage->host.fake);
		assert_reads(stage, mine.fds.fds[0], "one on /dev/pts/0, 40 rows\n");
		/* Who goes without a word: the pty first, the connection later. */
		ipc_reply_finish(sys, &mine);
		ipc_reply_finish(sys, &another);
		ipc_reply_finish(sys, &winch);
		fd_finish(&sock);
		fd_finish(&other);
		host_assert_world(&stage->host, stage->world, "after the client has gone");
	}
	assert_string_equal(stage->c->state(stage->c), "RUNNING");
}

#define TERMINAL(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TERMINAL(an_attached_program_has_a_terminal_of_the_container),
		TERMINAL(a_signal_leaves_the_terminal_of_who_attaches_as_it_was),
		TERMINAL(who_handles_the_signal_goes_on_and_is_told),
		TERMINAL(a_container_in_front_has_its_console_on_the_terminal),
		TERMINAL(the_terminal_is_as_before_when_another_stops_the_container),
		TERMINAL(one_client_at_a_time_has_the_console),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
