/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a process enters a running container: the options of lxc_container.attach().
 *
 * Users of LXC_ATTACH_OPTIONS_DEFAULT include <errno.h> themselves (EBADF).
 */
#ifndef LXC_ATTACH_OPTIONS_H
#define LXC_ATTACH_OPTIONS_H

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the attached process starts its environment from. */
typedef enum lxc_attach_env_policy_t {
	LXC_ATTACH_KEEP_ENV, /* the caller's environment */
	LXC_ATTACH_CLEAR_ENV, /* nothing but extra_keep_env and a default PATH */
} lxc_attach_env_policy_t;

#define LXC_ATTACH_KEEP_ENV LXC_ATTACH_KEEP_ENV
#define LXC_ATTACH_CLEAR_ENV LXC_ATTACH_CLEAR_ENV

/* attach_flags; bits 0..15 are on by default. */
enum {
	LXC_ATTACH_MOVE_TO_CGROUP = 0x00000001,    /* join the container's cgroups */
	LXC_ATTACH_DROP_CAPABILITIES = 0x00000002, /* give up capabilities that init does not have */
	LXC_ATTACH_SET_PERSONALITY = 0x00000004,   /* the personality asked for, or lxc.arch */
	LXC_ATTACH_LSM_EXEC = 0x00000008,          /* init's LSM label, from exec on */
	LXC_ATTACH_REMOUNT_PROC_SYS = 0x00010000,  /* fresh /proc and /sys when not joining the mount namespace */
	LXC_ATTACH_LSM_NOW = 0x00020000,           /* the label at once */
	LXC_ATTACH_NO_NEW_PRIVS = 0x00040000,      /* PR_SET_NO_NEW_PRIVS */
	LXC_ATTACH_TERMINAL = 0x00080000,          /* allocate a pty and relay it in the calling thread */
	LXC_ATTACH_LSM_LABEL = 0x00100000,         /* use lsm_label */
	LXC_ATTACH_SETGROUPS = 0x00200000,         /* use groups */
	LXC_ATTACH_DEFAULT = 0x0000FFFF,
};

#define LXC_ATTACH_LSM (LXC_ATTACH_LSM_EXEC | LXC_ATTACH_LSM_NOW | LXC_ATTACH_LSM_LABEL)

/* personality: what the running container's lxc.arch says, unchanged when it says nothing. */
#define LXC_ATTACH_DETECT_PERSONALITY (~0L)

/* Runs in the attached process; its result is that process's exit status. payload: as given to attach(). */
typedef int (*lxc_attach_exec_t)(void *payload);

typedef struct lxc_groups_t {
	size_t size;
	gid_t *list;
} lxc_groups_t;

/* All pointers stay the caller's and are read only during the call. The struct is never written to. */
typedef struct lxc_attach_options_t {
	int attach_flags;        /* LXC_ATTACH_* */
	int namespaces;          /* CLONE_NEW* to join; -1: all that the container has */
	long personality;        /* for personality(2), or LXC_ATTACH_DETECT_PERSONALITY */
	char *initial_cwd;       /* directory inside; NULL: the caller's path if it exists inside, else / */
	uid_t uid;               /* (uid_t)-1: root, or init's with a user namespace */
	gid_t gid;
	lxc_attach_env_policy_t env_policy;
	char **extra_env_vars;   /* NULL-terminated "NAME=value", or NULL */
	char **extra_keep_env;   /* with LXC_ATTACH_CLEAR_ENV: names to keep, NULL-terminated, or NULL */
	int stdin_fd, stdout_fd, stderr_fd; /* become 0, 1, 2; negative: left as they are */
	int log_fd;              /* with LXC_ATTACH_TERMINAL: copy of all output; negative: none */
	char *lsm_label;         /* read only with LXC_ATTACH_LSM_LABEL */
	lxc_groups_t groups;     /* read only with LXC_ATTACH_SETGROUPS */
} lxc_attach_options_t;

#define LXC_ATTACH_OPTIONS_DEFAULT                             \
	{                                                      \
		/* .attach_flags = */ LXC_ATTACH_DEFAULT,      \
		/* .namespaces = */ -1,                        \
		/* .personality = */ LXC_ATTACH_DETECT_PERSONALITY, \
		/* .initial_cwd = */ NULL,                     \
		/* .uid = */ (uid_t)-1,                        \
		/* .gid = */ (gid_t)-1,                        \
		/* .env_policy = */ LXC_ATTACH_KEEP_ENV,       \
		/* .extra_env_vars = */ NULL,                  \
		/* .extra_keep_env = */ NULL,                  \
		/* .stdin_fd = */ 0,                           \
		/* .stdout_fd = */ 1,                          \
		/* .stderr_fd = */ 2,                          \
		/* .log_fd = */ -EBADF,                        \
		/* .lsm_label = */ NULL,                       \
		/* .groups = */ { 0, NULL },                   \
	}

typedef struct lxc_attach_command_t {
	char *program; /* looked up in the attached process's PATH */
	char **argv;   /* NULL-terminated, argv[0] included */
} lxc_attach_command_t;

/*
 * For attach(): execute payload (a lxc_attach_command_t *). Does not return on success; else 127 (not found), 126 (found
 * but cannot be executed) or -1.
 */
int lxc_attach_run_command(void *payload);

/* For attach(): execute the login shell of the current user inside, /bin/sh if there is none. payload is ignored. -1 on failure. */
int lxc_attach_run_shell(void *payload);

#ifdef __cplusplus
}
#endif
#endif
