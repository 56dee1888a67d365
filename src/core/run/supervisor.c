/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The supervisor as a program: its descriptors, its detaching, and one life after the other. */
#include "core/run/loop.h"
#include "core/run/steps.h"

#include <errno.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

#define STATUS_ENDED 0
#define STATUS_NOT_STARTED 1
#define BACKLOG 100

/* What was passed is ours alone: hooks and the container get none of it. */
static int keep_from_exec(struct run *run, struct err *err)
{
	int ret = sys_close_range(run->sys, SUPERVISOR_FD_PLAN, ~0U, CLOSE_RANGE_CLOEXEC);

	/* Before Linux 5.11. */
	for (int fd = SUPERVISOR_FD_PLAN; ret < 0 && fd < SUPERVISOR_FD_COUNT; fd++) {
		int set = run->fds[fd] >= 0 ? sys_fcntl(run->sys, fd, F_SETFD, FD_CLOEXEC) : 0;

		if (set < 0)
			return err_sys(err, set, "close a descriptor on exec");
	}
	return 0;
}

/* Which numbers are open. Only looks: whose they are is known when the plan is accepted. */
static int look_at_fds(struct run *run, struct err *err)
{
	for (int fd = 0; fd < SUPERVISOR_FD_COUNT; fd++)
		run->fds[fd] = fd;
	for (int fd = SUPERVISOR_FD_PLAN; fd < SUPERVISOR_FD_COUNT; fd++) {
		int ret = sys_fcntl(run->sys, fd, F_GETFD, 0);

		if (ret == -EBADF)
			run->fds[fd] = -1;
		else if (ret < 0)
			return err_sys(err, ret, "look at descriptor %d", fd);
	}
	return 0;
}

static int take_fds(struct run *run, struct err *err)
{
	int ret = run->fds[SUPERVISOR_FD_REPORT] >= 0 && run->fds[SUPERVISOR_FD_SELF] < 0
		      ? sys_fcntl(run->sys, SUPERVISOR_FD_REPORT, F_SETFL, O_NONBLOCK)
		      : 0;
	if (ret < 0)
		return err_sys(err, ret, "make the socket for reports not block");
	return keep_from_exec(run, err);
}

/*
 * A daemon is nobody's child: this process, which the caller waits for, starts itself once more in
 * a session of its own and ends. Started again and not forked: the second one owes the first no
 * memory.
 */
static int detach(struct run *run, char **argv, struct err *err)
{
	int fds[SUPERVISOR_FD_SELF];
	char *const again[] = { argv[0], NULL };
	struct sys_spawn spawn = {
		.exe_fd = run->fds[SUPERVISOR_FD_SELF],
		.argv = again,
		.envp = run->envp,
		.fds = fds,
		.fd_count = SUPERVISOR_FD_SELF,
		.new_session = true,
		.chdir_root = true,
	};
	sigset_t all;
	pid_t pid;

	for (int i = 0; i < SUPERVISOR_FD_SELF; i++)
		fds[i] = run->fds[i];
	sigfillset(&all);
	spawn.mask = &all;
	pid = sys_spawn(run->sys, &spawn);
	return pid < 0 ? err_sys(err, (int)pid, "start lxc-supervisor in a session of its own") : 0;
}

/* All but those that a broken program raises in itself. */
static int take_signals(struct run *run, struct err *err)
{
	sigset_t mask;
	int ret;

	sigfillset(&mask);
	sigdelset(&mask, SIGBUS);
	sigdelset(&mask, SIGILL);
	sigdelset(&mask, SIGSEGV);
	(void)sys_sigprocmask(run->sys, SIG_SETMASK, &mask, NULL);
	ret = sys_signalfd(run->sys, -1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (ret < 0)
		return err_sys(err, ret, "open a descriptor for signals");
	run->signal_fd = ret;
	return 0;
}

static void open_log(struct run *run)
{
	uint32_t level = run->plan->log_level;

	run->log.fd = run->fds[SUPERVISOR_FD_LOG];
	run->log.level = level < LOG_NOTSET_ ? (enum log_level)level : LOG_ERROR_;
	(void)snprintf(run->log.prefix, sizeof(run->log.prefix), "lxc-supervisor");
	(void)snprintf(run->log.name, sizeof(run->log.name), "%s",
		       plan_str(run->plan, run->plan->name));
}

static int open_server(struct run *run, struct err *err)
{
	struct ipc_server *server = &run->server;
	int ret;

	server->sys = run->sys;
	server->state = IPC_STOPPED;
	(void)snprintf(server->name, sizeof(server->name), "%s",
		       plan_str(run->plan, run->plan->name));
	for (int i = 0; i < IPC_CLIENTS_MAX; i++)
		server->clients[i].fd = -1;
	server->listen_fd = run->fds[SUPERVISOR_FD_COMMAND];
	/* The server closes it, perhaps long before we end. */
	run->fds[SUPERVISOR_FD_COMMAND] = -1;
	/* Once more, by us: SO_PEERCRED of a client tells who listened. */
	ret = server->listen_fd < 0 ? 0 : sys_listen(run->sys, server->listen_fd, BACKLOG);
	return ret < 0 ? err_sys(err, ret, "listen on the command socket") : 0;
}

static int open_run(struct run *run, struct err *err)
{
	int ret = open_server(run, err);

	open_log(run);
	if (ret == 0)
		ret = take_signals(run, err);
	if (ret == 0)
		ret = pidfile_write(run, err);
	return ret;
}

static int run_lives(struct run *run)
{
	int ret;

	while ((ret = life_run(run)) == 1)
		run->life++;
	report_exit(run);
	return ret;
}

/* Started by hand: the numbers are somebody's, and stay as they are. */
static int refuse(struct run *run, const struct err *err)
{
	char line[800];
	int len = snprintf(line, sizeof(line), "lxc-supervisor: not started by liblxc: %s\n",
			   err->what);

	(void)io_write_full(run->sys, STDERR_FILENO, line, (size_t)len);
	return STATUS_NOT_STARTED;
}

/* Is it the library that started us, whatever else went wrong? */
static bool is_started_by_library(struct sys *sys, int ret)
{
	return ret != -EINVAL && ret != -ESTALE && io_is_sealed(sys, SUPERVISOR_FD_PLAN);
}

static int supervise(struct run *run, struct err *err)
{
	int ret;

	run->self = sys_getpid(run->sys);
	/* Executed by descriptor, the kernel would call us by its number. */
	(void)sys_prctl(run->sys, PR_SET_NAME, (unsigned long)(uintptr_t) "lxc-supervisor", 0, 0,
			0);
	ret = open_run(run, err);
	if (ret < 0)
		report_error(run, err);
	else
		ret = run_lives(run);
	pidfile_remove(run);
	return ret;
}

int supervisor_main(struct sys *sys, int argc, char **argv, char **envp)
{
	struct run run = { .sys = sys, .envp = envp, .log = { .fd = -1 }, .signal_fd = -1 };
	struct err err = { 0 };
	int ret = look_at_fds(&run, &err);

	if (ret == 0)
		ret = run_map_plan(sys, SUPERVISOR_FD_PLAN, &run.plan, &err);
	if (ret < 0 && !is_started_by_library(sys, ret))
		return refuse(&run, &err);
	if (ret == 0)
		ret = take_fds(&run, &err);
	if (ret == 0 && run.fds[SUPERVISOR_FD_SELF] < 0)
		return supervise(&run, &err) < 0 ? STATUS_NOT_STARTED : STATUS_ENDED;
	if (ret == 0)
		ret = detach(&run, argv, &err);
	if (ret < 0)
		report_error(&run, &err);
	return ret < 0 ? STATUS_NOT_STARTED : STATUS_ENDED;
}
