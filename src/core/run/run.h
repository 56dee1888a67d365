/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * run: the executor of plans: steps (run, undo), child and handshake, lives, afterlife, the supervisor's event loop; and the
 * caller's side of a start.
 *
 * The supervisor's half allocates nothing: everything it knows is in one struct run with fixed tables, on its main's frame;
 * the plan is mapped. So it can be killed at any point, in the fake as on Linux, and leaves no memory behind.
 */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "core/base/err.h"
#include "core/io/io.h"
#include "core/ipc/ipc.h"
#include "core/plan/plan.h"
#include "sys/sys.h"

/* --- the supervisor's fixed table of descriptors (a number may be closed: then that thing is absent) --- */
enum supervisor_fd {
	SUPERVISOR_FD_PLAN = 3,    /* sealed memfd with the plan of the first life */
	SUPERVISOR_FD_COMMAND,     /* bound abstract socket; the supervisor calls listen again */
	SUPERVISOR_FD_REPORT,      /* SOCK_SEQPACKET to the caller: struct report messages */
	SUPERVISOR_FD_LOG,
	SUPERVISOR_FD_PLANNER,     /* executable lxc-plan */
	SUPERVISOR_FD_INIT,        /* sealed, executable init.lxc */
	SUPERVISOR_FD_CALLER,      /* pidfd of the caller; foreground only */
	SUPERVISOR_FD_PIDFILE,     /* open pid file to write our pid to */
	SUPERVISOR_FD_TRACE,       /* LXC_SYS_TRACE output */
	SUPERVISOR_FD_SELF,        /* the supervisor's program: daemonized, it detaches by starting itself once more */
	SUPERVISOR_FD_COUNT
};

/* What the supervisor tells the caller. The last state before the end of the stream decides a daemonized start. */
enum report_type {
	REPORT_STATE = 1,  /* value: enum ipc_state */
	REPORT_ERROR,      /* err: why the start failed (or a warning when a state RUNNING follows) */
	REPORT_EXIT,       /* value: wait status of init at the container's end (foreground) */
};
struct report {
	int32_t type;
	int32_t value;
	struct err err;
};

/*
 * The supervisor as a program: argv[0] is "[lxc monitor] LXCPATH NAME". No environ, no stdio, no statics: envp is handed to
 * host-side hooks ("*" entries). Status: 0 when a container ran and ended, 1 when it could not be started.
 */
int supervisor_main(struct sys *sys, int argc, char **argv, char **envp);

/* --- plans that the caller runs itself --- */

struct request_args {
	char *const *envp;      /* of programs on the host side */
	/*
	 * The caller's own code, where the plan has a step check: called in this process, while all can still be undone.
	 * 0, or -errno with err: then it is. NULL: nothing to check.
	 */
	int (*check)(void *data, struct err *err);
	void *data;
};
/*
 * Runs the chapter before of a plan that has no other (create, destroy). On failure what was done is undone. 0 or -errno with
 * err: the step that failed, and who asked for it.
 */
int run_request(struct sys *sys, const struct plan *plan, const struct request_args *args, struct err *err);

/* --- attach --- */

/* What the caller lends; borrowed until enter_run returns. */
struct enter_args {
	const struct plan *plan;       /* plan_attach */
	const int *ns_fds;             /* NAMESPACE_COUNT of them, by row of the table; -1: not to be entered */
	int (*program)(void *payload, char *const *envp); /* runs in the attached process; its result is the exit status */
	void *payload;
	char *const *envp;             /* handed to it */
};
struct enter_result {
	pid_t attached;                /* a child of the caller, to be waited for */
	struct fd terminal, master;    /* with a terminal: the caller's, and the pty that is to be connected with it */
};
/*
 * Runs the plan of an attach. Safe in a threaded caller. 0 or -errno with err: the step that failed; then nothing is left, and
 * the program has not run. Needs the privilege to enter.
 */
int enter_run(struct sys *sys, const struct enter_args *args, struct enter_result *result, struct err *err);

/* --- the caller's side of a start --- */

struct start_args {
	const struct plan *image;      /* of the first life (plan_life) */
	int command_fd;                /* bound by ipc_bind, before planning */
	int supervisor_exe_fd, planner_exe_fd, init_exe_fd;
	int log_fd;                    /* or -1 */
	int trace_fd;                  /* or -1 */
	const char *pidfile;           /* or NULL: created 0600, "PID\n" */
	char *const *envp;             /* for hooks on the host side */
	bool daemon;
};
struct start_result {
	bool running;         /* the container reached RUNNING */
	int wait_status;      /* foreground: of init, as wait(2) has it; valid when has_status */
	bool has_status;
};
/*
 * Spawns the supervisor and waits: daemonized until RUNNING or failure; in the foreground until the container has ended,
 * forwarding signals meanwhile. Safe in a threaded caller when daemonized. 0 or -errno; err is the root cause as the
 * supervisor reported it. Needs the privilege that the plan's steps need.
 */
int start_supervisor(struct sys *sys, const struct start_args *args, struct start_result *result, struct err *err);

/* Executes a program, looked up in search (NULL or "": the default PATH) when its path has no slash. Returns only -errno. [child] */
int exec_program(struct sys *sys, const char *path, const char *search, const char **argv, const char **envp);

/* Drops all other capabilities from the bounding set. 0 or -errno. [child] */
int bounding_keep(struct sys *sys, uint64_t keep);

/* init.lxc: the first process of application containers. argv as start.md 3.2. */
int init_main(struct sys *sys, int argc, char **argv, char **envp);

#endif
