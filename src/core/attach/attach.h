/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attach: a process of the caller enters a running container.
 *
 * Three processes: the caller; T, a fork of it, which enters the namespaces; A, T's sibling, which is the attached process.
 * Safe in a threaded caller: T comes from libc's fork, A is cloned by the single-threaded T. Nothing of the caller changes.
 * Needs the privilege to enter: root, or the owner of the container's user namespace.
 */
#ifndef ATTACH_ATTACH_H
#define ATTACH_ATTACH_H

#include "core/base/err.h"
#include "sys/sys.h"

/* As LXC_ATTACH_* of the public header. */
enum attach_flag {
	ATTACH_MOVE_TO_CGROUP = 0x1,
	ATTACH_DROP_CAPABILITIES = 0x2,
	ATTACH_SET_PERSONALITY = 0x4,
	ATTACH_LSM_EXEC = 0x8,
	ATTACH_REMOUNT_PROC_SYS = 0x10000,
	ATTACH_LSM_NOW = 0x20000,
	ATTACH_NO_NEW_PRIVS = 0x40000,
	ATTACH_TERMINAL = 0x80000,
	ATTACH_LSM_LABEL = 0x100000,
	ATTACH_SETGROUPS = 0x200000,
};
#define ATTACH_DEFAULT 0xffff

/* Everything is borrowed until attach_run returns. */
struct attach_args {
	const char *lxcpath, *name;
	int flags;                     /* enum attach_flag */
	int namespaces;                /* CLONE_NEW*; -1: those of the container */
	int *namespaces_out;           /* those that were entered; NULL: not asked for */
	long personality;              /* -1: as lxc.arch says */
	const char *initial_cwd;       /* NULL: the caller's */
	uid_t uid;                     /* (uid_t)-1: the container's */
	gid_t gid;
	size_t group_count;            /* with ATTACH_SETGROUPS */
	const gid_t *groups;
	bool clear_env;
	char *const *extra_env;        /* "NAME=value", NULL-terminated; NULL: none */
	char *const *keep_env;         /* names to keep when clear_env; NULL: none */
	char *const *envp;             /* the caller's environment; NULL: empty */
	int stdin_fd, stdout_fd, stderr_fd; /* become 0, 1, 2; negative: left */
	int log_fd;                    /* with ATTACH_TERMINAL: copy of the output; negative: none */

	/* What runs: the function, whose result is the exit status (envp: the attached environment) ... */
	int (*callback)(void *payload, char *const *envp);
	void *payload;
	/* ... or, when callback is NULL, the program, looked up in the new PATH: 127 not found, 126 not executable. */
	char *const *argv;
};

/*
 * The pid of the attached process (a child of the caller, to be waited for) in *attached_out.
 * 0; -ECONNREFUSED: the container does not run; or -errno with the step that failed in err. -EINTR alone: TERM, HUP, INT or
 * QUIT came while we had the terminal; it is as it was, the caller's handler has run, and *attached_out lives, hung up.
 */
int attach_run(struct sys *sys, const struct attach_args *args, pid_t *attached_out, struct err *err);

/* Waits for it: wait(2) status in *status_out. 0 or -errno. */
int attach_wait(struct sys *sys, pid_t attached, int *status_out);

/* For people's exit codes: the program's, or 128 + signal. */
int attach_exit_code(int wait_status);

#endif
