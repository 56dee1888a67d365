/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/task: what the files of the kernel half know of each other: the hidden part of a task, namespaces, the scheduler.
 *
 * Private to the kernel half (fake, task, sched, clone, exec, wait, signal, cred, ns, fd, pipe, sock*, event, time).
 */
#ifndef SYS_FAKE_TASK_H
#define SYS_FAKE_TASK_H

#include "sys/fake/kernel.h"

#include <stdio.h>
#include <ucontext.h>

#define NEVER UINT64_MAX
#define NS_PER_MS 1000000ull
#define NS_PER_S 1000000000ull
#define SIGNALS 65
#define ALL_CAPS ((1ull << 41) - 1)

/* --- the hidden part of a task --- */
struct wait_for {
	bool (*ready)(void *arg);
	void *arg;
	uint64_t deadline_ns;
	const char *what;
	bool settle; /* also ready when nobody else can run */
};

struct mapping {
	void *map;
	size_t len;
};

struct ktask {
	unsigned refs;             /* the list of tasks, pidfds, the scheduler's last steps */
	ucontext_t context;
	char *stack;               /* NULL: the test (runs on the caller's), init (never runs) */
	const void *stack_low;     /* for the sanitizer */
	size_t stack_size;
	void *sanitizer_stack;
	sys_child_fn fn;           /* what a clone runs, on a copy of its argument */
	void *arg;
	struct image *image;       /* the program after an exec or spawn */
	struct wait_for wait;
	uint64_t rank;             /* who of those that can run is next, in a world with a seed: the highest */
	bool borrows;              /* made by a sibling, no exec yet: runs on memory that its parent may free */
	bool deadlocked;           /* the world is stuck: fake_block() returns -EDEADLK */
	sigset_t blocked, pending;
	siginfo_t infos[SIGNALS];
	struct sigaction actions[SIGNALS];
	struct filter *filters;    /* of seccomp, the youngest first; shared with children */
	struct vec maps;           /* struct mapping */
	bool keep_caps;
};

static inline struct ktask *ktask(struct task *task)
{
	return task->kernel;
}

/* --- namespaces: an identity, counted --- */
enum ns_kind { NS_MNT, NS_UTS, NS_IPC, NS_NET, NS_CGROUP, NS_PID, NS_USER, NS_KIND_COUNT };

struct pid_ns {
	unsigned refs;
	uint64_t id;
	unsigned level;
	pid_t next;
	struct pid_ns *parent;
	struct user_ns *owner;
	struct task *init; /* NULL before the first task and after its death */
	bool dead;
};

struct id_extent {
	uint32_t inside, outside, count;
};

struct user_ns {
	unsigned refs;
	uint64_t id;
	unsigned level;
	struct user_ns *parent;
	uid_t owner;
	struct id_extent uids[340], gids[340];
	size_t uid_count, gid_count;
	bool setgroups_denied; /* by /proc/PID/setgroups; children begin with it */
};

struct simple_ns {
	unsigned refs;
	uint64_t id;
	enum ns_kind kind;
	struct user_ns *owner;
	char hostname[65];  /* uts */
	struct net *net;    /* net: routes, settings, ...; see net.h */
	struct path root;   /* cgroup: private to the vfs */
	void *priv;         /* private to the vfs; malloc'ed, freed with the namespace */
};

/* --- the hidden part of the world --- */
struct guard {
	struct task *owner; /* compared only */
	const void *start;
	size_t len;
	uint64_t sum;
};

struct kernel {
	struct task *init, *test;
	struct task *left;          /* left for ever at the last switch: its stack is freed by the next */
	struct task *came_from;
	uint64_t next_id;           /* namespaces, nsfs numbers */
	uint64_t files;             /* descriptions made so far */
	uint64_t random;
	uint64_t dice;              /* of the scheduler; other than random, which programs see */
	unsigned yield_shift;       /* one operation of 2^this lets others overtake */
	uint64_t next_autobind;
	struct vec guards;
	struct vec stacks;          /* char *, of fibers that ended: the next ones run on them */
	struct vec binds;           /* struct sock *, in order */
	struct vec timers;          /* struct timer * of open timerfds */
	struct vec socks;           /* struct sock * with a descriptor */
	struct vec links;           /* struct link *, of all network namespaces, by age */
	uint64_t link_births;
	struct simple_ns *host_net; /* of pid 1; NULL once it has ended. Not a reference */
	unsigned ns_counts[NS_KIND_COUNT];
	unsigned deaths;            /* depth of task_exit() */
	unsigned switches_idle;     /* jumps of time while the test waits without a deadline */
};

static inline struct kernel *kernel_of(struct fake *fake)
{
	return fake->kernel;
}

static inline struct task *task_nth(struct fake *fake, size_t i)
{
	return *vec_at(&fake->tasks, struct task *, i);
}

/* --- task.c --- */
struct task *task_create(struct fake *fake, struct task *like); /* a copy of like, not yet in the list; NULL: no memory */
int task_enlist(struct fake *fake, struct task *task, struct pid_ns *pid_ns); /* gives pids, adds to the list */
void task_get(struct task *task);
void task_put(struct task *task);
void task_exit(struct fake *fake, struct task *task, int wait_status); /* from any context; the caller leaves if it is current */
_noreturn_ void task_exit_self(struct fake *fake, int wait_status);
void task_reap(struct fake *fake, struct task *zombie);
void task_strip(struct fake *fake, struct task *task); /* gives back all it holds, except its number */
void task_unmap_all(struct fake *fake, struct task *task);

/* --- sched.c --- */
int sched_fiber_init(struct fake *fake, struct task *task);
void sched_fiber_finish(struct task *task); /* not of the running one */
void sched_switch(struct fake *fake);       /* the current task waits or is gone; returns when it may run on */
void sched_seed(struct fake *fake);         /* before the first task */
uint64_t sched_rank(struct fake *fake);     /* of a new task */
void sched_enter(struct fake *fake);        /* the current task begins an operation: others may come first; may not return */
bool sched_must_freeze(struct fake *fake);  /* the current task is asked to stand still: it shall wait */
void sched_stacks_drop(struct fake *fake);  /* all tasks are gone */
void sched_guards_drop(struct fake *fake, struct task *owner);

/* --- exec.c --- */
struct image;
struct image *image_create(const struct fake_prog *prog, const char *interpreter, const char *path, char *const *argv,
			   char *const *envp);
void image_destroy(struct image *image);
int image_run(struct task *task); /* runs the program; its exit status */
void exec_become(struct fake *fake, struct task *task, struct image *image, struct path *exe, const char *path);

/* --- clone.c --- */
_noreturn_ void fake_reboot(struct sys *sys); /* what reboot(LINUX_REBOOT_CMD_RESTART) does in a pid namespace, by its init */

/* --- signal.c --- */
bool signal_deliverable(struct task *task);
bool signal_deliver(struct fake *fake); /* to the current task: whether a handler ran; may not return */
void signal_exec(struct ktask *k);
void signal_thawed(struct fake *fake, struct task *task); /* runs on: what waited may end it */
void signal_info(struct fake *fake, struct task *target, int signo, struct task *sender, int code, const siginfo_t *info);

void signal_force(struct fake *fake, int signo, int code); /* the current task did that: handled, or it ends */

/* --- enter.c, seccomp.c --- */
/* The filters of the current task are asked about a call, by its number on x86-64. False: it returns *ret. May not return. */
bool seccomp_enter(struct fake *fake, int number, const uint64_t args[6], int *ret);
void seccomp_inherit(struct task *child, struct task *parent);
void seccomp_drop(struct task *task);

/* --- cred.c --- */
void cred_exec(struct task *task);

/* --- ns.c --- */
struct file *ns_file_of(struct fake *fake, enum ns_kind kind, void *ns);
struct user_ns *user_ns_create(struct fake *fake, struct user_ns *parent, uid_t owner);
void user_ns_put(struct fake *fake, struct user_ns *ns);
struct pid_ns *pid_ns_create(struct fake *fake, struct pid_ns *parent, struct user_ns *owner);
void pid_ns_get(struct pid_ns *ns);
void pid_ns_put(struct fake *fake, struct pid_ns *ns);
bool pid_ns_is_within(struct pid_ns *ns, struct pid_ns *ancestor);
struct simple_ns *simple_ns_create(struct fake *fake, enum ns_kind kind, struct user_ns *owner);
void simple_ns_get(struct simple_ns *ns);
void simple_ns_put(struct fake *fake, struct simple_ns *ns);
int ns_host_init(struct fake *fake, struct task *init);
void ns_get_all(struct task *task);
void ns_put_all(struct fake *fake, struct task *task);
int ns_unshare(struct fake *fake, struct task *task, uint64_t flags); /* makes the new ones; all but pid take effect */
#define CLONE_NEW_ALL (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_NEWPID | CLONE_NEWUSER)

/* --- nsfs.c --- */
int net_ns_of_fd(struct task *task, int fd, struct simple_ns **out); /* -EBADF; -EINVAL: no network namespace */

/* --- fd.c --- */
int fd_table_copy(struct task *to, struct task *from);
void fd_table_close(struct fake *fake, struct task *task, bool cloexec_only);
int fd_file(struct sys *sys, int fd, struct file **file_out); /* 0 or -EBADF */
int fd_file_io(struct sys *sys, int fd, struct file **file_out); /* also -EBADF for O_PATH, which can do no I/O */
void file_describe(struct fake *fake, struct file *file, struct str *out);

/* --- event.c --- */
uint32_t file_poll(struct fake *fake, struct file *file);
void epoll_forget(struct file *file);

/* --- pidfd.c --- */
struct file *pidfd_create(struct fake *fake, struct task *task);
struct task *pidfd_task(struct file *file); /* NULL: no pidfd */

/* --- sock.c --- */
void sock_world(struct fake *fake, struct str *out);
void sock_drain_all(struct fake *fake);

/* --- time.c --- */
uint64_t ns_of(const struct timespec *ts);
/* now + ms; NEVER for a negative ms */
uint64_t deadline_after_ms(struct fake *fake, int ms);
uint64_t timer_next(struct fake *fake); /* when the next timerfd comes due; NEVER */

#endif
