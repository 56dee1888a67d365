/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * While a container runs: signals, its end, the console, the command socket, the caller.
 *
 * One poll over what the tables say at that moment, so a handler that closes another's descriptor
 * takes it out of the next round by itself. Every descriptor is read without blocking.
 */
#include "core/run/loop.h"
#include "core/run/steps.h"

#include <errno.h>
#include <sys/signalfd.h>

enum {
	WATCH_SIGNAL,
	WATCH_INIT,
	WATCH_CALLER,
	WATCH_MASTER,
	WATCH_PEER,
	WATCH_LISTEN,
	WATCH_CLIENTS
};
#define WATCH_COUNT (WATCH_CLIENTS + IPC_CLIENTS_MAX)

/* No descriptor is left for a new connection: it waits, and so does our next look at it. */
#define FULL_PAUSE_MS 100

/* For a container whose caller is gone, from the halt signal on. */
#define HALT_PATIENCE_MS 10000

struct watch {
	struct pollfd fds[WATCH_COUNT];
	bool full;
	bool deaf; /* signals could not be read: so is the next look at them */
};

int run_signal_init(struct run *run, int signo)
{
	if (run->init_pid <= 0 || run->reaped)
		return -ESRCH;
	if (run->init_pidfd >= 0)
		return sys_pidfd_send_signal(run->sys, run->init_pidfd, signo, 0);
	/* Not reaped yet: the number is still its own. */
	return sys_kill(run->sys, run->init_pid, signo);
}

static void watch_fill(struct run *run, struct watch *watch)
{
	const int numbers[] = {
		[WATCH_SIGNAL] = watch->deaf ? -1 : run->signal_fd,
		[WATCH_INIT] = run->init_pidfd,
		[WATCH_CALLER] = run->fds[SUPERVISOR_FD_CALLER],
	};

	relay_check_proxy(run);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		watch->fds[i] = (struct pollfd){ .fd = numbers[i], .events = POLLIN };
	relay_watch(run, &watch->fds[WATCH_MASTER], &watch->fds[WATCH_PEER]);
	watch->fds[WATCH_LISTEN] = (struct pollfd){
		.fd = watch->full ? -1 : run->server.listen_fd,
		.events = POLLIN,
	};
	for (int slot = 0; slot < IPC_CLIENTS_MAX; slot++)
		watch->fds[WATCH_CLIENTS + slot] = (struct pollfd){
			.fd = run->server.clients[slot].fd,
			.events = POLLIN,
		};
}

/* Looks without reaping: until the afterlife its number is not given away. 1, 0, or -errno. */
static int init_has_ended(struct run *run, const struct watch *watch)
{
	siginfo_t info = { 0 };
	int ret;

	/* Without a descriptor of it, any wake-up may be its SIGCHLD. */
	if (run->init_pidfd >= 0 && !watch->fds[WATCH_INIT].revents)
		return 0;
	ret = SYS_RETRY(
		sys_waitid(run->sys, P_PID, run->init_pid, &info, WEXITED | WNOWAIT | WNOHANG));
	return ret < 0 ? ret : info.si_pid != 0;
}

static void serve_signal(struct run *run, const struct signalfd_siginfo *info)
{
	int signo = (int)info->ssi_signo;

	if (signo == SIGCHLD)
		return;
	if (signo == SIGWINCH) {
		relay_resize(run);
		return;
	}
	/* What the terminal sends goes to the caller too, who hands it on: once is enough. */
	if (info->ssi_code == SI_KERNEL && !(run->plan->flags & PLAN_DAEMON))
		return;
	if (signo == SIGHUP)
		signo = SIGTERM;
	(void)run_signal_init(run, signo);
}

/* False: they cannot be read now. */
static bool serve_signals(struct run *run)
{
	struct signalfd_siginfo info;
	ssize_t ret;

	while ((ret = SYS_RETRY(sys_read(run->sys, run->signal_fd, &info, sizeof(info)))) ==
	       sizeof(info))
		serve_signal(run, &info);
	return ret == -EAGAIN;
}

static int64_t now_ms(struct sys *sys)
{
	struct timespec now = { 0 };

	(void)sys_clock_gettime(sys, CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * Nobody is left who could ask for the end of a foreground container: it is shut down, and killed
 * when it does not listen.
 */
static void caller_gone(struct run *run)
{
	int signo = run->plan->signal_halt ? run->plan->signal_halt : SIGPWR;

	close_number(run->sys, &run->fds[SUPERVISOR_FD_CALLER]);
	close_number(run->sys, &run->fds[SUPERVISOR_FD_REPORT]);
	run->caller_is_gone = true;
	run->kill_at_ms = now_ms(run->sys) + HALT_PATIENCE_MS;
	(void)run_signal_init(run, signo);
}

/* How long poll may wait. */
static int patience_ms(struct run *run, const struct watch *watch)
{
	bool soon = watch->full || watch->deaf;
	int64_t left;

	if (!run->kill_at_ms)
		return soon ? FULL_PAUSE_MS : -1;
	left = run->kill_at_ms - now_ms(run->sys);
	if (soon && left > FULL_PAUSE_MS)
		return FULL_PAUSE_MS;
	return left > 0 ? (int)left : 0;
}

static void check_deadline(struct run *run)
{
	if (!run->kill_at_ms || now_ms(run->sys) < run->kill_at_ms)
		return;
	run->kill_at_ms = 0;
	(void)run_signal_init(run, SIGKILL);
	(void)run_thaw(run);
}

static void serve(struct run *run, struct watch *watch)
{
	const struct pollfd *fds = watch->fds;

	watch->deaf = fds[WATCH_SIGNAL].revents && !serve_signals(run);
	if (fds[WATCH_CALLER].revents)
		caller_gone(run);
	relay_serve(run, &fds[WATCH_MASTER], &fds[WATCH_PEER]);
	for (int slot = 0; slot < IPC_CLIENTS_MAX; slot++) {
		const struct pollfd *client = &fds[WATCH_CLIENTS + slot];

		if (client->revents && client->fd == run->server.clients[slot].fd)
			commands_serve(run, slot);
	}
	watch->full = false;
	if (fds[WATCH_LISTEN].revents) {
		int ret = ipc_server_accept(&run->server);

		watch->full = ret < 0 && ret != -EAGAIN;
	}
}

static int reap(struct run *run, struct err *err)
{
	siginfo_t info = { 0 };
	int ret = SYS_RETRY(sys_waitid(run->sys, P_PID, run->init_pid, &info, WEXITED));

	if (ret < 0)
		return err_sys(err, ret, "wait for the container's first process");
	run->init_status = wait_status_of(&info);
	run->reaped = true;
	return 0;
}

/* One round. 1: the container has ended; 0; or -errno. */
static int loop_once(struct run *run, struct watch *watch)
{
	const struct timespec pause = { .tv_nsec = FULL_PAUSE_MS * 1000000L };
	int ret;

	watch_fill(run, watch);
	ret = sys_poll(run->sys, watch->fds, WATCH_COUNT, patience_ms(run, watch));
	if (ret >= 0) {
		serve(run, watch);
		check_deadline(run);
		return init_has_ended(run, watch);
	}
	/* Short of memory we look again later: no reason to end what runs well. */
	if (ret == -ENOMEM)
		(void)sys_clock_nanosleep(run->sys, CLOCK_MONOTONIC, 0, &pause, NULL);
	return ret != -EINTR && ret != -ENOMEM ? ret : 0;
}

int loop_run(struct run *run, struct err *err)
{
	struct watch watch = { .full = false, .deaf = false };
	int ret;

	relay_begin(run);
	do
		ret = loop_once(run, &watch);
	while (ret == 0);
	relay_end(run);
	if (ret < 0)
		return err_sys(err, ret, "watch over the running container");
	return reap(run, err);
}
