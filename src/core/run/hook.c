/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hook scripts: /bin/sh, its output line by line in the log, its last line in the error. */
#include "core/run/steps.h"

#include <errno.h>
#include <stdio.h>

#define HOOK_NOT_STARTED 126
#define SIGNAL_COUNT 64

/* Positional parameters keep blanks in words whole (start.md 5.2). "exec ", the script, " \"$@\""
 * must fit. */
#define HOOK_COMMAND_MAX 8192

static void reset_signals(struct sys *sys)
{
	struct sigaction act = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int signo = 1; signo <= SIGNAL_COUNT; signo++)
		(void)sys_sigaction(sys, signo, &act, NULL);
	sigemptyset(&none);
	(void)sys_sigprocmask(sys, SIG_SETMASK, &none, NULL);
}

static int hook_child(void *arg)
{
	struct hook *hook = arg;
	struct sys *sys = hook->sys;
	char command[HOOK_COMMAND_MAX];
	const char *words[PLAN_VEC_MAX + 8] = { "/bin/sh", "-c", command, "sh" };
	size_t count = 4;
	int len = snprintf(command, sizeof(command), "exec %s \"$@\"", hook->script);

	if (len < 0 || (size_t)len >= sizeof(command))
		return HOOK_NOT_STARTED;
	for (const char **word = hook->argv; *word && count < PLAN_VEC_MAX + 7; word++)
		words[count++] = *word;
	reset_signals(sys);
	if (hook->umask != (mode_t)-1)
		(void)sys_umask(sys, hook->umask);
	if (sys_dup3(sys, hook->output_fd, STDOUT_FILENO, 0) < 0 ||
	    sys_dup3(sys, hook->output_fd, STDERR_FILENO, 0) < 0)
		return HOOK_NOT_STARTED;
	/* Whatever we hold is not the script's. Where there is no close_range all is close-on-exec.
	 */
	(void)sys_close_range(sys, 3, ~0U, CLOSE_RANGE_CLOEXEC);
	(void)sys_execveat(sys, AT_FDCWD, words[0], (char *const *)(uintptr_t)words,
			   (char *const *)(uintptr_t)hook->envp, 0);
	return HOOK_NOT_STARTED;
}

int hook_start(const struct hook *hook, struct hook_process *out)
{
	struct hook copy = *hook;
	struct sys_clone args = { .exit_signal = SIGCHLD, .pidfd_out = &out->pidfd };
	int pipe_fds[2];
	int ret = sys_pipe2(hook->sys, pipe_fds, O_CLOEXEC);

	if (ret < 0)
		return ret;
	out->output_fd = pipe_fds[0];
	out->pidfd = -1;
	copy.output_fd = pipe_fds[1];
	out->pid = sys_clone3(hook->sys, &args, hook_child, &copy, sizeof(copy));
	if (out->pid == -ENOSYS || out->pid == -EINVAL) {
		args.pidfd_out = NULL;
		out->pid = sys_clone3(hook->sys, &args, hook_child, &copy, sizeof(copy));
	}
	(void)sys_close(hook->sys, pipe_fds[1]);
	if (out->pid < 0)
		(void)sys_close(hook->sys, pipe_fds[0]);
	return out->pid < 0 ? (int)out->pid : 0;
}

/* Output, cut into lines. */
struct lines {
	char line[200];
	size_t len;
	char last[200]; /* the last line with anything in it */
};

static void line_end(struct sys *sys, const struct log *log, const char *script,
		     struct lines *lines)
{
	if (lines->len == 0)
		return;
	lines->line[lines->len] = '\0';
	log_write(sys, log, LOG_DEBUG_, "hook", "Script exec %s with output: %s", script,
		  lines->line);
	memcpy(lines->last, lines->line, lines->len + 1);
	lines->len = 0;
}

static void lines_add(struct sys *sys, const struct log *log, const char *script,
		      struct lines *lines, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\n' || lines->len == sizeof(lines->line) - 1)
			line_end(sys, log, script, lines);
		if (bytes[i] != '\n')
			lines->line[lines->len++] =
				bytes[i] >= ' ' || bytes[i] < 0 ? bytes[i] : ' ';
	}
}

static bool has_ended(struct sys *sys, int pidfd)
{
	struct pollfd fds = { .fd = pidfd, .events = POLLIN };

	return pidfd >= 0 && SYS_RETRY(sys_poll(sys, &fds, 1, 0)) > 0;
}

/* Until the end of the pipe, or of the script: what it left in the background may hold the pipe for
 * ever. */
static void read_output(struct sys *sys, const struct log *log, const char *script,
			const struct hook_process *process,
			void (*wait)(void *data, int fd, int pidfd), void *data,
			struct lines *lines)
{
	char bytes[1024];
	bool ended = false;

	(void)sys_fcntl(sys, process->output_fd, F_SETFL, O_NONBLOCK);
	for (;;) {
		ssize_t n = SYS_RETRY(sys_read(sys, process->output_fd, bytes, sizeof(bytes)));

		if (n > 0)
			lines_add(sys, log, script, lines, bytes, (size_t)n);
		if (n > 0)
			continue;
		if (n != -EAGAIN || ended)
			break;
		wait(data, process->output_fd, process->pidfd);
		/* What it wrote before it ended is in the pipe: read once more. */
		ended = has_ended(sys, process->pidfd);
	}
	line_end(sys, log, script, lines);
}

int hook_finish(struct sys *sys, const struct log *log, const char *script,
		struct hook_process *process, void (*wait)(void *data, int fd, int pidfd),
		void *data, struct note *note)
{
	struct lines lines = { .len = 0 };
	siginfo_t info = { 0 };
	int ret;

	read_output(sys, log, script, process, wait, data, &lines);
	close_number(sys, &process->output_fd);
	ret = SYS_RETRY(sys_waitid(sys, P_PID, process->pid, &info, WEXITED));
	close_number(sys, &process->pidfd);
	if (ret < 0)
		return ret;
	if (info.si_code != CLD_EXITED)
		return note_set(note, -ECANCELED, "Script terminated by signal %d: %s",
				info.si_status, lines.last);
	if (info.si_status != 0)
		return note_set(note, -ECANCELED, "Script exited with status %d%s%s",
				info.si_status, lines.last[0] ? ": " : "", lines.last);
	return 0;
}

static void wait_in_child(void *data, int fd, int pidfd)
{
	const struct child *child = data;
	struct pollfd fds[2] = { { .fd = fd, .events = POLLIN },
				 { .fd = pidfd, .events = POLLIN } };

	(void)SYS_RETRY(sys_poll(child->sys, fds, ARRAY_LEN(fds), -1));
}

int child_hook(struct child *child, const struct step *step, struct note *note)
{
	const char *argv[PLAN_VEC_MAX];
	struct env_vec env;
	struct env_args args = { .base = child->envp, .fill = env_fill_child, .data = child };
	struct hook hook = {
		.sys = child->sys,
		.script = step_str(child->plan, step, 0),
		.type = step_str(child->plan, step, 1),
		.argv = argv,
		.envp = env.vec,
		.umask = child->has_umask ? child->umask : (mode_t)-1,
	};
	struct hook_process process;
	int ret =
		plan_vec(child->plan, step->str[2], (uint32_t)step->num[0], argv, ARRAY_LEN(argv));

	if (ret == 0)
		ret = env_build(&env, child->plan, step->str[3], (uint32_t)step->num[1], &args);
	if (ret == 0)
		ret = hook_start(&hook, &process);
	if (ret == 0)
		ret = hook_finish(child->sys, &child->log, hook.script, &process, wait_in_child,
				  child, note);
	return step->num[2] ? 0 : ret;
}
