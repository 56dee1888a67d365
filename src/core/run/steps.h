/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * run/steps: what the files of the executor owe each other. Private to run and attach.
 *
 * Everything here is [child]: no allocation, no locks. Host functions return 0 or -errno and fill err themselves only when they
 * know more than the step's own words; the table's caller adds those otherwise.
 */
#ifndef RUN_STEPS_H
#define RUN_STEPS_H

#include "core/run/life.h"

#include <sys/sysmacros.h>

/* More words about a failure; "" when the errno says it all. */
struct note {
	char text[244];
};
int note_set(struct note *note, int ret, const char *fmt, ...) _printf_(3, 4); /* returns ret */

struct step_ops {
	/* 0: done; > 0: it was so already, there is nothing to undo; -errno, with nothing of it left behind. */
	int (*run_host)(struct run *run, const struct step *step, struct err *err);
	void (*undo_host)(struct run *run, const struct step *step);
	int (*run_child)(struct child *child, const struct step *step, struct note *note);
};
/* A kind that only plans of a caller have stands in caller_ops, every other one in step_ops. */
extern const struct step_ops step_ops[STEP_KIND_COUNT], caller_ops[STEP_KIND_COUNT];
/* The row of a kind; more_ops: caller_ops or NULL. */
const struct step_ops *step_ops_of(const struct step_ops *more_ops, unsigned kind);
extern const uint8_t step_undo_rank[STEP_KIND_COUNT]; /* from steps.def */

/* It ran, and has something to undo. */
bool step_is_done(const struct run *run, const struct step *step);
/* Index of a step in the image; the inverse; the first step of a kind in a chapter, NULL when there is none. */
uint32_t step_index(const struct plan *plan, const struct step *step);
const struct step *step_at(const struct plan *plan, uint32_t index);
const struct step *step_find(const struct plan *plan, enum chapter chapter, enum step_kind kind);

#define HOST_STEP(name) int name(struct run *run, const struct step *step, struct err *err)
#define HOST_UNDO(name) void name(struct run *run, const struct step *step)
#define CHILD_STEP(name) int name(struct child *child, const struct step *step, struct note *note)

/* steps_host.c */
HOST_STEP(host_announce);
HOST_STEP(host_hook);
HOST_STEP(host_pin);
HOST_UNDO(host_pin_undo);
HOST_STEP(host_console);
HOST_UNDO(host_console_undo);
HOST_STEP(host_open_console_log); /* the log file that a step names, once */
HOST_STEP(host_ns_open);
HOST_UNDO(host_ns_close);
HOST_STEP(host_proc_write);
HOST_STEP(host_prlimit);
/* clone.c; what a new process is given, before its own kind adds to it */
struct child child_of(const struct run *run, int handshake_fd, int supervisor_pidfd);
HOST_STEP(host_clone);
HOST_UNDO(host_clone_undo);
/* handshake.c */
HOST_STEP(host_sync_post);
HOST_STEP(host_sync_wait);
HOST_STEP(host_receive_fds);
HOST_UNDO(host_receive_fds_undo);
HOST_STEP(host_exec_wait);
CHILD_STEP(child_sync_post);
CHILD_STEP(child_sync_wait);
/* steps_cgroup.c */
HOST_STEP(host_cgroup_create);
HOST_UNDO(host_cgroup_remove);
/* cgroup_claim.c: makes a container's directory and holds it: locked as long as the descriptor is open. Descriptor;
   -EEXIST: it is somebody else's; or -errno. */
int cgroup_claim(struct sys *sys, int parent_fd, const char *name);
/* Opens and locks an existing one. Descriptor; -EEXIST: somebody else holds it, or it is not that directory any more. */
int cgroup_lock(struct sys *sys, int parent_fd, const char *name);
/* cgroup_thaw.c: a signal comes to frozen tasks only when they are thawed. 0 or -errno: some of them may stay frozen. */
int run_thaw(struct run *run);
/* Lets the processes die that a killed supervisor left frozen in the cgroup of this name. true: they are gone. */
bool cgroup_thaw_left(struct run *run, const char *name);
/* cgroup_remove.c: the tree below and the directory itself; kill: with all who are inside. */
int cgroup_remove_tree(struct sys *sys, int parent_fd, const char *name, bool kill);
HOST_STEP(host_cgroup_write);
HOST_STEP(host_cgroup_enter);
/* steps_storage.c */
HOST_STEP(host_lock);
HOST_UNDO(host_lock_undo);
HOST_STEP(host_unlock);
HOST_UNDO(host_unlock_undo);
HOST_STEP(host_make_path);
HOST_STEP(host_make_dir);
HOST_UNDO(host_make_dir_undo);
HOST_STEP(host_mark);
HOST_STEP(host_expect_new);
HOST_STEP(host_write_file);
HOST_UNDO(host_mark_undo); /* of all that came after it, too */
HOST_STEP(host_prepend);
HOST_STEP(host_check);
HOST_STEP(host_remove_file);
HOST_STEP(host_remove_tree);
HOST_STEP(host_expect_none);
/* rootfs_end.c */
HOST_STEP(host_remove_rootfs);
/* template.c */
HOST_STEP(host_template);
/* marker.c: what a creation that fails, or is killed, has to take back */
#define MARKER_MODE 0600
enum marker_kind { MARKER_KEPT, MARKER_DIRECTORY, MARKER_CONFIG };
/* A record of the creation that this process works at; 0 without one. 0 or -errno. */
int marker_add(struct run *run, enum marker_kind kind, uint64_t a, uint64_t b, const char *bytes);
/* The directory that has just been made. */
int marker_add_made(struct run *run, const char *path);
/* Takes back what the marker tells of, and the marker. fd: it, open and locked; has another one its name, nothing happens. 0, or
 * -errno: then the marker still stands. */
int marker_revert(struct sys *sys, const char *path, int fd);
HOST_STEP(host_recover);
/* steps_mount.c */
CHILD_STEP(child_propagation);
CHILD_STEP(child_rootfs);
CHILD_STEP(child_mkdir);
CHILD_STEP(child_mount_fs);
CHILD_STEP(child_mount_bind);
CHILD_STEP(child_mount_attr);
CHILD_STEP(child_mount_move);
/* pivot.c */
CHILD_STEP(child_pivot);
/* steps_dev.c */
CHILD_STEP(child_mknod);
CHILD_STEP(child_symlink);
CHILD_STEP(child_devpts);
CHILD_STEP(child_console);
CHILD_STEP(child_tty);
CHILD_STEP(child_send_fds);
CHILD_STEP(child_stdio);
/* steps_misc.c; whether who made us still lives: 0, -ESRCH with words, or -errno */
int child_parent_lives(struct child *child, struct note *note);
CHILD_STEP(child_begin);
CHILD_STEP(child_unshare);
CHILD_STEP(child_hostname);
CHILD_STEP(child_link_up);
CHILD_STEP(child_proc_private);
CHILD_STEP(child_personality);
CHILD_STEP(child_sysctl);
CHILD_STEP(child_chdir);
CHILD_STEP(child_session);
/* steps_ids.c */
CHILD_STEP(child_cap_bounding);
CHILD_STEP(child_no_new_privs);
CHILD_STEP(child_ids);
/* hook.c */
CHILD_STEP(child_hook);
/* exec.c */
CHILD_STEP(child_exec);

/* enter.c, enter_cgroup.c: the caller of an attach */
HOST_STEP(host_terminal);
HOST_UNDO(host_terminal_undo);
HOST_STEP(host_transient);
HOST_UNDO(host_transient_undo);
HOST_STEP(host_cgroup_join);
HOST_STEP(host_receive_pid);
HOST_STEP(host_reap);
/* enter_transient.c: the process that enters; its main walks the chapter child of a struct child */
int transient_main(void *arg);
CHILD_STEP(child_guard);
CHILD_STEP(child_shut);
CHILD_STEP(child_setns);
CHILD_STEP(child_cwd);
CHILD_STEP(child_attached);
/* enter_attached.c: the one that stays */
CHILD_STEP(child_tell_pid);
CHILD_STEP(child_mount_anew);
CHILD_STEP(child_take_terminal);
CHILD_STEP(child_take_tty);
CHILD_STEP(child_groups);
CHILD_STEP(child_null);
CHILD_STEP(child_streams);
CHILD_STEP(child_program);

/* --- beneath.c: names below the container's root --- */

/* The root of all targets: root_fd, or the host's root for a container without a root file system. A number, not owned. */
int beneath_root(struct child *child);
/* O_PATH descriptor of an existing target, created first as `create` says. No symlink in any component. */
int beneath_open(struct child *child, const char *target, enum step_create create, struct note *note);
/* Makes a directory and its parents (0755); existing ones are fine. */
int beneath_mkdir(struct child *child, const char *target, mode_t mode, struct note *note);
/* The directory that holds the last component (created when create_parents); *name_out points into target. */
int beneath_parent(struct child *child, const char *target, bool create_parents, const char **name_out, struct note *note);

/* --- mounting by descriptor (mount_fd.c), with mount(2) behind it on old kernels (mount_old.c) --- */

/* A copy of the mount at dirfd/path: a detached mount, or -errno. -ENOSYS: use mount_old_*. */
int mount_clone_fd(struct sys *sys, int dirfd, const char *path, bool recursive);
/* Attaches a detached mount to an O_PATH descriptor. */
int mount_attach(struct sys *sys, int mount_fd, int target_fd);
/* attr: STEP_ATTR_* and MOUNT_ATTR_*; propagation: MS_*. */
int mount_set(struct sys *sys, int mount_fd, int64_t set, int64_t clear, int64_t propagation);
/* The same, with the old way behind it: for mounts that are attached. */
int mount_change(struct sys *sys, int mount_fd, int64_t set, int64_t clear, int64_t propagation);
/* A new, detached instance of a file system. */
int mount_new_fd(struct sys *sys, const char *fstype, const char *source, const char *data, int64_t attr, struct note *note);

int mount_old_new(struct sys *sys, const char *fstype, const char *source, const char *data, int64_t attr, int target_fd);
int mount_old_bind(struct sys *sys, int source_fd, int target_fd, bool recursive);
int mount_old_change(struct sys *sys, int mount_fd, int64_t set, int64_t clear, int64_t propagation);
int mount_old_move(struct sys *sys, int source_fd, int target_fd);

/* --- terminals (pty.c) --- */

#define PTMX_DEV makedev(5, 2)
/* A pty from this multiplexer, which is checked to be one; resolve: RESOLVE_*. 0 or -errno; both are owned on success. */
int pty_open(struct sys *sys, const char *ptmx, uint64_t resolve, int *master_out, int *slave_out);
/* The window size of one terminal to another, if the one has any. */
void pty_copy_size(struct sys *sys, int from, int to);

/* --- environment (environment.c) --- */

/* Text of a hole ("LXC_PID") in buf; false: leave it out. */
typedef bool (*env_fill_fn)(void *data, const char *name, char *buf, size_t size);
struct env_args {
	char *const *base;      /* for "*" */
	env_fill_fn fill;
	void *data;
};
struct env_vec {
	const char *vec[PLAN_VEC_MAX];
	char text[4096];        /* of filled holes */
	size_t used;
};
bool env_fill_child(void *child, const char *name, char *buf, size_t size);
/* The environment that the entries describe. 0 or -E2BIG. */
int env_build(struct env_vec *env, const struct plan *plan, uint32_t at, uint32_t count, const struct env_args *args);

/* --- hooks (hook.c) --- */

struct hook {
	struct sys *sys;
	const char *script;
	const char *type;
	const char **argv;      /* positional parameters, NULL-terminated */
	const char **envp;
	int output_fd;          /* the write end; the child's 1 and 2 */
	mode_t umask;           /* to restore; (mode_t)-1: leave */
};
struct hook_process {
	pid_t pid;
	int pidfd;              /* -1: none */
	int output_fd;          /* read end */
};
/* Starts /bin/sh with the script; on success *out is owned. */
int hook_start(const struct hook *hook, struct hook_process *out);
/* Reads and logs output until the script has ended; result 0, or -ECANCELED with the last line in note. wait: see below. */
int hook_finish(struct sys *sys, const struct log *log, const char *script, struct hook_process *process,
		void (*wait)(void *data, int fd, int pidfd), void *data, struct note *note);

/* --- handshake --- */

int handshake_send(struct sys *sys, int fd, const struct handshake *msg, const int *fds, size_t fd_count);
/*
 * The next message that is no error; terminals and pids are stored. 1; 0: end of stream; -ECONNRESET: it broke off; another
 * -errno: with err. step: who waits, for the words.
 */
int handshake_next(struct run *run, const struct step *step, struct handshake *msg, struct err *err);
/* Whether one is there already. */
bool handshake_has_message(struct run *run);
/* The other side is gone: why, in words. -ECHILD. */
int handshake_gone(struct run *run, const struct step *step, struct err *err);
/* Blocks until fd (or fd2) is readable, answering the command socket meanwhile. */
void run_wait_readable(struct run *run, int fd, int fd2);

/* Closes every descriptor from 3 on that is not in keep (numbers below 0 are skipped). */
int close_all_but(struct sys *sys, const int *keep, size_t count);
/* What the child still needs once its paths are the container's. */
int child_close_rest(struct child *child);
/* Closes *fd if there is one, and sets it to -1. */
void close_number(struct sys *sys, int *fd);
/* wait(2) status from what waitid gave. */
int wait_status_of(const siginfo_t *info);

#endif
