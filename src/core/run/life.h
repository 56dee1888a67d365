/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * run/life: what a life knows while it runs. Private to run (and, for struct child and walking, attach).
 *
 * struct run: of the process that runs the host side of a plan: the supervisor, or the caller of a create, destroy or attach.
 * Fixed size, no pointers into the heap; born anew for each life except what is marked [all].
 * struct child: the first process's (and attach's): copied by value at clone; nothing comes back but over the handshake.
 */
#ifndef RUN_LIFE_H
#define RUN_LIFE_H

#include "core/run/run.h"

#include <termios.h>

#define RUN_HIERARCHIES_MAX 24
#define RUN_TTYS_MAX 64
#define RUN_STEPS_MAX 2048
#define RUN_NS_COUNT 8

struct run_tty {
	int master, slave; /* -1: none */
	int busy_slot;     /* client slot that holds it, -1: free */
};

/* The console's other side: our own terminal (foreground) or a pty pair that a client of the command socket holds. */
#define RUN_RELAY_MAX 65536
struct run_relay {
	int peer_fd;               /* -1: none, output goes to the log file alone */
	int proxy_slot;            /* client that holds the other end; -1: the peer is our terminal */
	bool has_termios;          /* termios is to be restored */
	bool master_ended;         /* nothing more comes from the container */
	struct termios termios;
	struct run_pending {
		size_t len;
		char bytes[RUN_RELAY_MAX];
	} to_peer, to_master;      /* read, but not taken by the other side yet */
};

struct step_ops;

struct run {
	struct sys *sys;                  /* [all] */
	const struct step_ops *more_ops;  /* [all] kinds of steps that only plans of a caller have; NULL: none */
	const struct plan *plan;          /* of this life: mapped */
	struct log log;                   /* [all] */
	char *const *envp;                /* [all] ours, for host-side hooks */
	int fds[SUPERVISOR_FD_COUNT];     /* [all] number, or -1 when that descriptor is absent */
	struct ipc_server server;         /* [all] state and clients */
	pid_t self;                       /* [all] our pid */
	int signal_fd;                    /* [all] */
	unsigned life;                    /* [all] 0: the first */
	bool pidfile_is_ours;             /* [all] our pid stands in it */
	bool caller_is_gone;              /* [all] foreground: this life is the last */
	bool stop_asked;                  /* [all] no process shall begin any more */
	int64_t kill_at_ms;               /* CLOCK_MONOTONIC: when patience ends; 0: no deadline */

	pid_t init_pid;                   /* 0: none */
	int init_pidfd;                   /* -1: none */
	int init_inside;                  /* its pid namespace: 0: not looked at yet; 1: below ours; 2: ours */
	dev_t init_ns_dev;                /* when below ours */
	ino_t init_ns_ino;
	int init_status;                  /* wait(2) status, valid once reaped */
	bool reaped;
	int handshake_fd;                 /* our end, -1: none */

	unsigned hierarchy_count;
	struct run_hierarchy {
		int dir_fd;               /* the container's cgroup directory, locked while we live; -1: none */
		bool v2;
		char parent[256];         /* MNT + BASE, host path */
		char path[256];           /* BASE/NAME relative to the hierarchy's root, for GET_CGROUP */
		char controllers[128];    /* "cpu,cpuacct", "name=systemd", "" for v2 */
	} hierarchies[RUN_HIERARCHIES_MAX];
	char cgroup_name[256];            /* with the suffix that was free */

	int ns_fds[RUN_NS_COUNT];         /* by index of the namespace table, -1: not kept */
	int pin_fd;
	int console_master, console_slave; /* -1: none */
	int console_log_fd;
	struct run_relay relay;
	struct run_tty ttys[RUN_TTYS_MAX];
	unsigned tty_count;

	bool terminals_received;          /* the child has sent all its terminals */

	const struct enter_args *enter;   /* attach: what the caller lends; else NULL */
	pid_t transient_pid;              /* attach: who enters; init_pid is who stays. 0: none */
	int transient_pidfd;              /* -1: none */
	/* Plans that the caller runs itself. */
	const struct request_args *request; /* [all] borrowed; NULL: this is a supervisor */
	int lock_fd;                      /* the container's lock, -1: not held */
	int mark_fd;                      /* the locked marker of an unfinished creation, -1: none */

	bool started;                     /* STARTING was announced: afterlife owes STOPPING, hooks, STOPPED */
	bool reboot;                      /* this end is a reboot */
	uint8_t done[RUN_STEPS_MAX / 8];  /* steps that ran and have an undo, by index in the image */
};

struct child {
	struct sys *sys;
	const struct plan *plan;
	const struct step_ops *more_ops;  /* as in struct run */
	struct log log;
	char *const *envp;                /* the supervisor's, for "*" */
	int handshake_fd;                 /* the child's end */
	int supervisor_pidfd;             /* to notice that the supervisor is gone already; -1 */
	sigset_t mask;                    /* to restore */
	mode_t umask;                     /* to restore; 0 meanwhile */
	bool has_umask;
	int init_exe_fd;                  /* sealed init.lxc, -1 */
	int console_master, console_slave; /* from the host, or made by the child; -1 */
	struct run_tty ttys[RUN_TTYS_MAX];
	unsigned tty_count;
	char tty_names[RUN_TTYS_MAX * 8]; /* "pts/1 pts/2" for container_ttys */
	int host_root_fd, host_dev_fd;    /* O_PATH, closed at pivot */
	int root_fd;                      /* the container's root, -1 before the rootfs step */
	int proc_fd;                      /* private procfs, -1 */
	int devpts_fd;                    /* root of the container's devpts, -1 */

	/* attach */
	const struct enter_args *enter;
	int host_fds[3];                  /* copies of what is the caller's alone: socket, terminal, its pty; closed first */
	int ns_fds[RUN_NS_COUNT];         /* to be joined; -1: none */
	int status;                       /* of the program */
};

/* --- handshake: SOCK_SEQPACKET; each message one struct --- */
enum handshake_type {
	HANDSHAKE_BARRIER = 1,  /* number: enum barrier */
	HANDSHAKE_ERROR,        /* number: step index in the image; code: -errno; detail */
	HANDSHAKE_PID,          /* attach. number: the attached process; 0: whose credentials these are */
	HANDSHAKE_FDS,          /* number: 0 console pair, i: tty i pair {master, slave} by SCM_RIGHTS; -1 in detail-less end */
};
struct handshake {
	int32_t type;
	int32_t number;
	int32_t code;
	char detail[244];
};

/* --- steps.c and its files: one row per kind --- */

/*
 * Host side: runs one step of prologue, before, after or afterlife. 0 or -errno with err filled (plan_err). Marks it done, if
 * there is something to undo.
 */
int step_run_host(struct run *run, const struct step *step, struct err *err);
/* Undoes one step that was done. Failures are logged only; what belongs to somebody else now is left alone. */
void step_undo_host(struct run *run, const struct step *step);
/* A whole chapter, in order; stops at the first failure. */
int run_chapter(struct run *run, enum chapter chapter, struct err *err);
/* The afterlife: by rank, undoes what was done and runs the afterlife steps of that rank. Never fails. */
void run_afterlife(struct run *run);
/* Undoes what was done, by rank, the youngest first: all that the afterlife of a caller's plan is. */
void run_undo(struct run *run);

/* --- run.c --- */

/* All that is not for every life: nothing is open, nothing was done. */
void run_begin(struct run *run);
/* request.c. For a plan that the calling process runs itself: on the heap, begun; sys and envp are borrowed. NULL: no memory. */
struct run *run_create(struct sys *sys, const struct plan *plan, char *const *envp);

/* The clone step's child: arg is a struct child. Walks CHAPTER_CHILD; never returns except as exit status 255. */
int child_main(void *arg);
/* Walks one chapter in the child; on failure reports HANDSHAKE_ERROR and returns -errno. */
int child_walk(struct child *child, enum chapter chapter);

/* --- supervisor.c, loop.c, commands.c --- */

/* One life from prologue to afterlife. 0: ran and ended; 1: ended in a reboot; -errno: could not be started (reported). */
int life_run(struct run *run);
/* Serves commands, console and signals until the first process has ended (and was reaped into run->init_status). */
int loop_run(struct run *run, struct err *err);
/* A signal to the first process. -ESRCH: there is none. */
int run_signal_init(struct run *run, int signo);
/* Answers the command socket while the supervisor waits for the child in a start (so that nobody blocks on a start). */
void commands_serve(struct run *run, int slot);
/* Tells the caller. Harmless when the caller is gone. */
void report_state(struct run *run, enum ipc_state state);
void report_error(struct run *run, const struct err *err);
void report_exit(struct run *run);

#endif
