/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/mains: ready-made programs for tests. They live in the world like any other and use sys
 * only.
 */
#include "sys/fake/task.h"

#include <sys/signalfd.h>

int fake_exit_main(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	return (int)(intptr_t)data;
}

static void reap_all(struct sys *sys)
{
	siginfo_t child = { 0 };

	while (sys_waitid(sys, P_ALL, 0, &child, WEXITED | WNOHANG | __WALL) == 0 &&
	       child.si_pid != 0)
		;
}

/* The next of the signals that init handles; it reaps in between, as an init does. */
static int next_request(struct sys *sys, const sigset_t *handled)
{
	int fd = sys_signalfd(sys, -1, handled, SFD_CLOEXEC);
	struct signalfd_siginfo info;
	ssize_t n;

	if (fd < 0)
		return fd;
	for (;;) {
		n = sys_read(sys, fd, &info, sizeof(info));
		if (n < 0 && n != -EINTR)
			break;
		if (n > 0 && info.ssi_signo != SIGCHLD)
			break;
		if (n > 0)
			reap_all(sys);
	}
	sys_close(sys, fd);
	return n < 0 ? (int)n : (int)info.ssi_signo;
}

int fake_init_main(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	static const int handled[] = { SIGTERM, SIGPWR, SIGUSR1, SIGINT, SIGCHLD };
	bool is_init = sys_getpid(sys) == 1;
	sigset_t set;
	int signo;

	sigemptyset(&set);
	if (!is_init)
		return sys_poll(sys, NULL, 0, -1) < 0;
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		sigaddset(&set, handled[i]);
	sys_sigprocmask(sys, SIG_BLOCK, &set, NULL);
	signo = next_request(sys, &set);
	if (signo == SIGINT)
		fake_reboot(sys);
	return signo < 0;
}
