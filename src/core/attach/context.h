/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* attach/context: what the caller finds out about the container, and hands to the two processes. Private to attach. */
#ifndef ATTACH_CONTEXT_H
#define ATTACH_CONTEXT_H

#include "core/attach/attach.h"
#include "core/base/arena.h"
#include "core/base/vec.h"
#include "core/io/io.h"
#include "core/namespace/namespace.h"

struct attach_context {
	struct sys *sys;
	const struct attach_args *args;
	pid_t init_pid;
	struct fd proc;                  /* /proc/INIT of the host */
	struct fd ns[NAMESPACE_COUNT];   /* to be joined, by row of the table */
	uint64_t joined;                 /* CLONE_NEW* of them */
	uint64_t bounding;               /* init's */
	uid_t uid;                       /* in the container */
	gid_t gid;
	bool groups_denied;              /* /proc/INIT/setgroups says deny */
	bool no_new_privs;
	long personality;                /* -1: leave */
	char cwd[4096];
	unsigned tty_bits;               /* with ATTACH_TERMINAL: which of stdin, stdout, stderr are terminals */
	struct fd peer, master, slave;   /* with tty_bits: the caller's terminal, our pty */
	struct fd filled[3];             /* what stands in for a closed stdin, stdout, stderr meanwhile */
	struct arena arena;              /* of the environment */
	struct vec env;                  /* char *, NULL-terminated */
};

/* Reads all of it. 0 or -errno; finish it in any case. */
int attach_context_read(struct attach_context *context, struct sys *sys, const struct attach_args *args, struct err *err);
void attach_context_finish(struct attach_context *context);
#define _cleanup_attach_context_ _cleanup_(attach_context_finish)

/* A setting or path of the running container; empty when it has none. 0 or -errno: nobody answered. (ask.c) */
int attach_ask_item(const struct attach_context *context, const char *key, struct str *out);
int attach_ask_cgroup(const struct attach_context *context, const char *controller, struct str *out);
/* Directories of all its cgroups, to be closed. None: a supervisor before 4.0.7, or one without; ask for each path. */
int attach_ask_cgroups(const struct attach_context *context, struct io_message *out);

/* environment.c: fills context->env. */
int attach_environment(struct attach_context *context, struct err *err);
/* personality.c: "i686" as personality(2) has it; -EINVAL. */
long attach_personality_of(const char *arch);
/* cgroups.c: moves a process into the container's cgroups. */
int attach_cgroups(const struct attach_context *context, pid_t pid, struct err *err);
/* limits.c: gives a process the container's lxc.prlimit.* and lxc.proc.*. */
int attach_limits(const struct attach_context *context, pid_t pid, struct err *err);

/* --- enter.c, terminal.c: [child] --- */

struct attach_child {
	struct sys *sys;
	const struct attach_context *context;
	int socket;               /* our end */
	uint64_t joined;
	int ns[NAMESPACE_COUNT];
	int slave;                /* of the pty, -1: none */
};

static inline void close_slot(struct sys *sys, int *fd)
{
	if (*fd >= 0)
		(void)sys_close(sys, *fd);
	*fd = -1;
}

/* terminal.c. open: before the fork; take: A's, as the container's root; replace, relay: the caller's, while A runs. */
int attach_terminal_open(struct attach_context *context, struct err *err);
int attach_terminal_take(struct attach_child *child);
void attach_terminal_replace(struct attach_context *context, struct io_message *in);
/* 0; -EINTR: a signal came that ends the caller. It has been sent again, after the terminal was put right. */
int attach_terminal_relay(struct attach_context *context, struct err *err);

/* T: waits for the caller's word, enters, makes A. arg: a struct attach_child. */
int attach_transient_main(void *arg);

/* What T and A tell: a step as number, its words for people. */
enum attach_step {
	ATTACH_STEP_WAIT, ATTACH_STEP_PROTECT, ATTACH_STEP_SETNS, ATTACH_STEP_CLONE, ATTACH_STEP_PROC, ATTACH_STEP_PERSONALITY,
	ATTACH_STEP_CAPS, ATTACH_STEP_TERMINAL, ATTACH_STEP_GROUPS, ATTACH_STEP_IDS, ATTACH_STEP_NNP, ATTACH_STEP_STDIO,
	ATTACH_STEP_COUNT
};
extern const char *const attach_step_words[ATTACH_STEP_COUNT];

enum attach_message_type { ATTACH_GO = 1, ATTACH_PID, ATTACH_MASTER, ATTACH_READY, ATTACH_FAILED };
struct attach_message {
	int32_t type;
	int32_t value; /* pid, or step */
	int32_t code;  /* -errno */
};

#endif
