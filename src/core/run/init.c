/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * init.lxc: process 1 of an application container: starts the program, hands signals on, reaps,
 * ends with its status.
 *
 * All signals stay blocked and come one by one through a signalfd: none is lost, and none arrives
 * between a look and a wait.
 */
#include "core/run/run.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

#define SIGNAL_COUNT 64
#define NOT_FOUND 127
#define NOT_EXECUTABLE 126
#define GRACE_S 1

struct options {
	const char *name;
	bool quiet, done;
	int status; /* when done */
	char **program;
};

struct init {
	struct sys *sys;
	sigset_t old_mask;
	char **program;
	char **envp;
	pid_t pid; /* of the program */
	int signal_fd, timer_fd;
	int status;  /* exit code of ours */
	bool ending; /* SIGTERM or SIGPWR came */
};

static void say(struct sys *sys, const char *fmt, const char *what)
{
	char text[256];
	int len = snprintf(text, sizeof(text), "init.lxc: %s%s\n", fmt, what);

	if (len > 0)
		(void)io_write_full(sys, 2, text,
				    len < (int)sizeof(text) ? (size_t)len : sizeof(text) - 1);
}

/* --- options: start.md 3.3 row 1 --- */

static const struct {
	const char *letter, *word;
	bool value;
} option_table[] = {
	{ "-n", "--name", true },    { "-o", "--logfile", true }, { "-l", "--logpriority", true },
	{ "-P", "--lxcpath", true }, { "-q", "--quiet", false },  { "-h", "--help", false },
	{ "-?", "--usage", false },  { "", "--version", false },
};

/* The row that arg names, and where its value stands ("--name=web"); -1: none. */
static int option_find(const char *arg, const char **value_out)
{
	*value_out = NULL;
	for (size_t i = 0; i < ARRAY_LEN(option_table); i++) {
		size_t len = strlen(option_table[i].word);

		if (str_eq(arg, option_table[i].letter) || str_eq(arg, option_table[i].word))
			return (int)i;
		if (option_table[i].value && strncmp(arg, option_table[i].word, len) == 0 &&
		    arg[len] == '=') {
			*value_out = arg + len + 1;
			return (int)i;
		}
	}
	return -1;
}

static void end_options(struct options *o, int status)
{
	o->done = true;
	o->status = status;
}

static void options_parse(struct sys *sys, int argc, char **argv, struct options *o)
{
	int i;

	for (i = 1; i < argc && !o->done && argv[i][0] == '-' && !str_eq(argv[i], "--"); i++) {
		const char *value;
		int row = option_find(argv[i], &value);

		if (row >= 0 && option_table[row].value && !value && ++i < argc)
			value = argv[i];
		if (row < 0 || (option_table[row].value && !value)) {
			say(sys, "unknown or incomplete option ", argv[i < argc ? i : argc - 1]);
			end_options(o, 1);
		} else if (row == 0) {
			o->name = value;
		} else if (row == 4) {
			o->quiet = true;
		} else if (row >= 5) {
			say(sys,
			    "usage: init.lxc -n NAME [-o FILE] [-l LEVEL] [-P PATH] [-q] -- "
			    "PROGRAM [ARG...]",
			    "");
			end_options(o, row == 6 && str_eq(argv[i], "-?") ? 1 : 0);
		}
	}
	if (o->done)
		return;
	if (i < argc && str_eq(argv[i], "--"))
		i++;
	o->program = argv + i;
	if (!o->name || i >= argc) {
		say(sys, o->name ? "no program was given" : "the option --name is required", "");
		end_options(o, 1);
	}
}

/* --- the program --- */

static const char *env_path(char **envp)
{
	for (; envp && *envp; envp++)
		if (str_starts(*envp, "PATH="))
			return *envp + 5;
	return NULL;
}

static int program_main(void *arg)
{
	struct init *init = arg;
	struct sys *sys = init->sys;
	struct sigaction act = { .sa_handler = SIG_DFL };
	int ret;

	for (int signo = 1; signo <= SIGNAL_COUNT; signo++)
		(void)sys_sigaction(sys, signo, &act, NULL);
	(void)sys_sigprocmask(sys, SIG_SETMASK, &init->old_mask, NULL);
	(void)sys_setsid(sys);
	/* No terminal there, or not for us: then there is none. */
	(void)sys_ioctl(sys, 0, TIOCSCTTY, NULL);
	ret = exec_program(sys, init->program[0], env_path(init->envp),
			   (const char **)(uintptr_t)init->program,
			   (const char **)(uintptr_t)init->envp);
	say(sys, ret == -ENOENT ? "no such program: " : "cannot execute ", init->program[0]);
	return ret == -ENOENT || ret == -ENOTDIR ? NOT_FOUND : NOT_EXECUTABLE;
}

/* --- ending --- */

static void arm_timer(struct init *init)
{
	struct itimerspec spec = { .it_value = { .tv_sec = GRACE_S } };

	(void)sys_timerfd_settime(init->sys, init->timer_fd, 0, &spec, NULL);
}

/* Nothing new may be forked while all are asked to end. Best effort: the cgroup may not be ours. */
static void stop_forking(struct init *init)
{
	static const char *const files[] = { "/sys/fs/cgroup/pids/pids.max",
					     "/sys/fs/cgroup/pids.max" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		(void)io_write_at(init->sys, AT_FDCWD, files[i], "1");
}

/* As process 1 everybody; elsewhere (a shared pid namespace) only the program: -1 would reach
 * strangers. */
static void kill_all(struct init *init, int signo)
{
	if (sys_getpid(init->sys) == 1)
		(void)sys_kill(init->sys, -1, signo);
	else if (init->pid > 0)
		(void)sys_kill(init->sys, init->pid, SIGKILL);
}

static void begin_end(struct init *init)
{
	if (init->ending)
		return;
	init->ending = true;
	stop_forking(init);
	kill_all(init, SIGTERM);
	arm_timer(init);
}

/* Everybody who has ended. false: nobody is left. */
static bool reap(struct init *init)
{
	for (;;) {
		siginfo_t info = { 0 };
		int ret = SYS_RETRY(sys_waitid(init->sys, P_ALL, 0, &info, WEXITED | WNOHANG));

		if (ret < 0)
			return ret != -ECHILD;
		if (info.si_pid == 0)
			return true;
		if (init->ending)
			arm_timer(init);
		if (info.si_pid != init->pid)
			continue;
		init->status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
		init->pid = 0;
	}
}

static void hand_on(struct init *init, const struct signalfd_siginfo *info)
{
	int signo = (int)info->ssi_signo;

	/* The supervisor turns a hang-up of the terminal into SIGTERM itself. */
	if (signo == SIGHUP || signo == SIGCHLD)
		return;
	if (signo == SIGPWR || signo == SIGTERM) {
		begin_end(init);
		return;
	}
	/* From inside the container: nobody may use process 1 as a relay (si_pid is 0 for
	 * outsiders). */
	if (info->ssi_code == SI_USER && info->ssi_pid > 1)
		return;
	if (init->pid > 0)
		(void)sys_kill(init->sys, init->pid, signo);
}

static int serve(struct init *init)
{
	const struct timespec pause = { .tv_nsec = 100000000L };

	while (reap(init)) {
		struct pollfd fds[2] = { { .fd = init->signal_fd, .events = POLLIN },
					 { .fd = init->timer_fd, .events = POLLIN } };
		struct signalfd_siginfo info;
		uint64_t ticks;

		/* Short of memory we look again later: our end would be everybody's. */
		if (SYS_RETRY(sys_poll(init->sys, fds, ARRAY_LEN(fds), -1)) < 0) {
			(void)sys_clock_nanosleep(init->sys, CLOCK_MONOTONIC, 0, &pause, NULL);
			continue;
		}
		if (fds[0].revents && SYS_RETRY(sys_read(init->sys, init->signal_fd, &info,
							 sizeof(info))) == sizeof(info))
			hand_on(init, &info);
		if (fds[1].revents &&
		    SYS_RETRY(sys_read(init->sys, init->timer_fd, &ticks, sizeof(ticks))) > 0)
			kill_all(init, SIGKILL);
	}
	return init->status;
}

/* What lxc-execute handed on is the program's alone; our two are neighbours or not, so three gaps.
 */
static void close_above_2(struct init *init)
{
	unsigned a = (unsigned)init->signal_fd, b = (unsigned)init->timer_fd;
	unsigned low = a < b ? a : b, high = a < b ? b : a;

	if (low > 3)
		(void)sys_close_range(init->sys, 3, low - 1, 0);
	if (high > low + 1)
		(void)sys_close_range(init->sys, low + 1, high - 1, 0);
	(void)sys_close_range(init->sys, high + 1, ~0U, 0);
}

/* Process 1 keeps nobody's terminal or pipe open; words of ours still find the console. */
static void let_go(struct init *init)
{
	int console;

	(void)sys_prctl(init->sys, PR_SET_NAME, (unsigned long)(uintptr_t) "init", 0, 0, 0);
	(void)sys_close(init->sys, 0);
	(void)sys_close(init->sys, 1);
	close_above_2(init);
	console = io_open(init->sys, AT_FDCWD, "/dev/console", O_WRONLY | O_NOCTTY | O_NONBLOCK, 0,
			  0);
	if (console >= 0) {
		(void)sys_dup3(init->sys, console, 2, O_CLOEXEC);
		(void)sys_close(init->sys, console);
	}
}

int init_main(struct sys *sys, int argc, char **argv, char **envp)
{
	struct options options = { .name = NULL };
	struct init init = { .sys = sys, .envp = envp, .status = 1 };
	struct sys_clone args = { .exit_signal = SIGCHLD };
	sigset_t mask;

	options_parse(sys, argc, argv, &options);
	if (options.done)
		return options.status;
	init.program = options.program;
	sigfillset(&mask);
	sigdelset(&mask, SIGILL);
	sigdelset(&mask, SIGSEGV);
	sigdelset(&mask, SIGBUS);
	(void)sys_sigprocmask(sys, SIG_SETMASK, &mask, &init.old_mask);
	/* Other descriptors are the program's (lxc-execute hands them on); ours close on exec. */
	init.signal_fd = sys_signalfd(sys, -1, &mask, SFD_CLOEXEC);
	init.timer_fd = sys_timerfd_create(sys, CLOCK_MONOTONIC, 02000000 /* TFD_CLOEXEC */);
	if (init.signal_fd < 0 || init.timer_fd < 0) {
		say(sys, "no descriptor for signals", "");
		return 1;
	}
	init.pid = sys_clone3(sys, &args, program_main, &init, sizeof(init));
	if (init.pid < 0) {
		say(sys, "no new process: ", err_name(init.pid));
		return 1;
	}
	let_go(&init);
	return serve(&init);
}
