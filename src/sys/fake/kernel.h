/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/kernel: what the files of the model kernel know of each other. Private to sys/fake.
 *
 * Two halves. "kernel": tasks and their scheduler, signals, credentials, namespaces, descriptors, pipes, sockets, events,
 * memory, time. "vfs": names, inodes, mounts, and the file systems (tmpfs, proc, sysfs, cgroup, devtmpfs, devpts). The vfs
 * knows tasks only by the fields below; the kernel half knows files only by struct file and its ops.
 * Functions return >= 0 or -errno, as the operations that they stand behind.
 */
#ifndef SYS_FAKE_KERNEL_H
#define SYS_FAKE_KERNEL_H

#include "core/base/str.h"
#include "core/base/vec.h"
#include "sys/fake/fake.h"

#include <errno.h>

/* --- vfs objects (fields private to the vfs files, except where read below) --- */
struct inode;
struct mount;
struct mount_ns;
struct vfs;

/* A place in the tree: both NULL: none. Holds a reference to each. */
struct path {
	struct mount *mnt;
	struct inode *inode;
};
void path_get(struct path *path);
void path_put(struct path *path); /* zeroes it */

/* --- open file descriptions --- */
struct file;
struct file_ops {
	const char *kind; /* "pipe", "socket", "regular", ...: shown in fake_world() */
	/* NULL: -EINVAL (or -EBADF as fits). pos: &file->pos or the offset of pread/pwrite; NULL position allowed for streams. */
	ssize_t (*read)(struct fake *fake, struct file *file, void *buf, size_t len, off_t *pos);
	ssize_t (*write)(struct fake *fake, struct file *file, const void *buf, size_t len, off_t *pos);
	/* EPOLL* that hold now. NULL: always EPOLLIN|EPOLLOUT. */
	uint32_t (*poll)(struct fake *fake, struct file *file);
	int (*ioctl)(struct fake *fake, struct file *file, unsigned long request, void *arg);
	/* Last reference gone. */
	void (*release)(struct fake *fake, struct file *file);
	/* One line for fake_world(): what it is (no numbers that differ between equal worlds). May be NULL. */
	void (*describe)(struct fake *fake, struct file *file, struct str *out);
};
struct file {
	const struct file_ops *ops;
	unsigned refs;
	int flags;          /* O_ACCMODE, O_APPEND, O_NONBLOCK, O_PATH, O_DIRECTORY */
	off_t pos;
	struct path path;   /* what was opened; none for pipes, sockets, ... */
	void *priv;         /* of the ops */
	struct vec *epolls; /* private to epoll */
	uint64_t number;    /* of the inode, for what has no path */
};
/* A new description with one reference; NULL: no memory. */
struct file *file_create(struct fake *fake, const struct file_ops *ops, int flags, void *priv);
void file_get(struct file *file);
void file_put(struct fake *fake, struct file *file);

/* --- tasks --- */
enum task_state { TASK_RUNNABLE, TASK_BLOCKED, TASK_ZOMBIE, TASK_DEAD };
enum freezer { FREEZER_V1 = 1, FREEZER_V2 = 2 };

struct fd_slot {
	struct file *file; /* NULL: free */
	bool cloexec;
};

struct cred {
	uid_t ruid, euid, suid, fsuid;
	gid_t rgid, egid, sgid, fsgid;
	gid_t groups[64];
	size_t group_count;
	uint64_t effective, permitted, inheritable, bounding, ambient;
	bool no_new_privs;
};

#define PID_LEVELS 4
struct pid_ns;
struct user_ns;
struct simple_ns; /* uts, ipc, net, cgroup: a kind and an identity (uts: host name; net: links; cgroup: root) */

struct task {
	struct fake *fake;
	pid_t pid;                      /* in the initial pid namespace: unique for ever */
	pid_t pids[PID_LEVELS];         /* by level of pid namespace; [0] == pid */
	struct pid_ns *pid_ns;
	struct pid_ns *pid_ns_children; /* of children (setns, unshare) */
	struct task *parent;            /* NULL: pid 1 of the world */
	enum task_state state;
	char comm[16];
	char cmdline[512];              /* argv joined by NUL, for /proc/PID/cmdline */
	size_t cmdline_len;
	char environ_text[2048];
	size_t environ_len;
	int exit_status;                /* as wait(2) has it */
	int exit_signal;
	pid_t pgid, sid;
	struct cred cred;
	bool dumpable;
	int pdeathsig;
	int oom_score_adj;              /* inherited */
	unsigned long personality;
	mode_t umask;
	struct path root, cwd, exe;
	struct mount_ns *mnt_ns;
	struct user_ns *user_ns;
	struct simple_ns *uts_ns, *ipc_ns, *net_ns, *cgroup_ns;
	struct vec fds;                 /* struct fd_slot */
	struct rlimit rlimits[16];
	struct cgroup *cgroups[24];     /* by hierarchy, see vfs_cgroup_* */
	struct file *ctty;              /* controlling terminal */
	unsigned freezing;              /* by the vfs: asked to stand still, by which freezers (enum freezer) */
	bool frozen;                    /* stands still: not scheduled */
	void *kernel;                   /* private to the kernel half: fiber, signals, ... */
};

struct fake {
	struct sys sys;                 /* first: struct sys * is struct fake * */
	struct fake_options options;
	unsigned kernel_version;        /* 601 for "6.1" */
	struct task *current;
	struct vec tasks;               /* struct task *, in order of birth; dead ones are taken out */
	uint64_t now_ns;                /* virtual CLOCK_MONOTONIC */
	struct vfs *vfs;
	struct str breaches, stuck;
	void *kernel;                   /* private to the kernel half */
};

static inline struct fake *fake_of(struct sys *sys)
{
	return (struct fake *)sys;
}

/* --- offered by the kernel half --- */
struct file *task_file(struct task *task, int fd);             /* NULL: EBADF. Not a reference. */
int task_install(struct task *task, struct file *file, bool cloexec, int lowest); /* takes the reference also on failure; fd */
/* Waits until ready(arg): 0; -ETIMEDOUT (deadline_ns of now_ns; UINT64_MAX: never); -EINTR: a signal is pending. */
int fake_block(struct fake *fake, bool (*ready)(void *arg), void *arg, uint64_t deadline_ns, const char *what);
/* A capability in the user namespace that owns the object (NULL: the initial one). */
bool task_capable(struct task *task, int cap, struct user_ns *owner);
bool task_in_group(struct task *task, gid_t gid);
struct task *task_by_pid(struct fake *fake, struct task *viewer, pid_t pid); /* pid as the viewer's pid namespace has it */
pid_t task_pid_in(struct task *task, struct pid_ns *ns);       /* 0: not visible there */
/* The same of a group or session, from its initial number. */
pid_t task_number_in(struct fake *fake, pid_t number, struct pid_ns *ns);
void task_signal(struct fake *fake, struct task *target, int signo, struct task *sender);
void pgrp_signal(struct fake *fake, pid_t pgid, int signo);    /* pgid in initial numbers */
/* Text of /proc/PID/status etc. that the kernel half knows (signals, caps, ids, pids as seen from the viewer). */
void task_status_text(struct fake *fake, struct task *task, struct task *viewer, struct str *out);
/* nsfs: an open /proc/PID/ns/NAME. NULL name: unknown. Identity for stat: a number that is stable within a world. */
struct file *ns_file(struct fake *fake, struct task *task, const char *name);
uint64_t ns_identity(struct task *task, const char *name);     /* 0: no such namespace */
void mount_ns_get(struct mount_ns *ns); /* vfs has it; here for the kernel half */
void mount_ns_put(struct fake *fake, struct mount_ns *ns);
const char *net_unix_text(struct fake *fake, struct simple_ns *net, struct str *out); /* /proc/net/unix */
const char *uts_name(struct task *task);
bool kernel_is_older(struct fake *fake, unsigned version);      /* 506 for 5.6 */
void fake_breach(struct fake *fake, const char *fmt, ...) _printf_(2, 3);
/* An executable found by exec: NULL when the inode is no program. The kernel half runs it. */
struct fake_prog {
	fake_main main;
	void *data;
};

/* For fstatat(fd, "", AT_EMPTY_PATH) on a file without path (pipe, socket, nsfs, ...): mode and number. -EBADF: has a path. */
int kernel_file_stat(struct fake *fake, struct file *file, struct stat *st);
/* Ids as this task sees them, and back. Kernel-side ids (struct cred, inodes) are those of the initial user namespace. */
uid_t uid_seen(struct task *task, uid_t uid);                  /* 65534: not mapped */
gid_t gid_seen(struct task *task, gid_t gid);
bool uid_from(struct task *task, uid_t seen, uid_t *uid_out);  /* false: not mapped */
bool gid_from(struct task *task, gid_t seen, gid_t *gid_out);
/* /proc/PID/uid_map, gid_map, setgroups of the target: text, and one write of it by the current task. */
void user_ns_map_text(struct task *target, bool gids, struct str *out);
int user_ns_map_write(struct fake *fake, struct task *target, bool gids, const char *text, size_t len);

/* --- offered by the vfs half --- */
/*
 * Operations of the vfs half: openat2, lseek, ftruncate, fsync, getdents64, and all of the sections "names" and "mounts" of
 * sys_ops.def. The kernel half has all others (memfd_create, mmap, flock, ... by way of the vfs_ functions below).
 * Ready functions given to fake_block() run in any order and often, with fake->current set to the waiting task; they only
 * look. A file reference must not be kept in a frame over fake_block(): the task may be killed there.
 */
uint64_t mount_ns_id(struct mount_ns *ns);            /* small number, never used twice in a world; not 0 */
int vfs_create(struct fake *fake);                    /* builds the host's file systems; fills root of task 1 */
void vfs_destroy(struct fake *fake);                  /* the kernel half has put all its references before */
/* Behind fake_dir() etc.: makes (parents too, 0755) or replaces path by type (S_IFDIR, S_IFREG, S_IFLNK: text is the target) and
   mode, owned by root, without permission checks. prog is copied; NULL: no program. */
int vfs_build(struct fake *fake, const char *path, mode_t type_and_mode, const char *text, const struct fake_prog *prog);
struct path vfs_root(struct fake *fake);              /* of the initial mount namespace; a reference */
struct mount_ns *vfs_mount_ns(struct fake *fake);     /* the initial one; a reference */
/* A copy of a mount namespace for CLONE_NEWNS, owned by the user namespace of fake->current (the child, during a clone); *root
   and *cwd are moved to the copies of their mounts. */
struct mount_ns *vfs_mount_ns_copy(struct fake *fake, struct mount_ns *from, struct path *root, struct path *cwd);
/* Enters a mount namespace (setns): root and cwd become its root. */
void vfs_mount_ns_enter(struct fake *fake, struct task *task, struct mount_ns *ns);
/* For execveat: resolves, checks x permission, gives the program (kernel: -ENOEXEC when it is none; a "#!" text runs its
   interpreter's program with the script's path as argument: *interpreter is set, owned by the inode). The found path is a reference. */
int vfs_exec(struct fake *fake, int dirfd, const char *path, unsigned long flags, struct path *found,
	     const struct fake_prog **prog, const char **interpreter);
/* cgroups: called at fork (inherit), exit, CLONE_INTO_CGROUP. */
void vfs_cgroup_fork(struct fake *fake, struct task *parent, struct task *child);
int vfs_cgroup_attach_fd(struct fake *fake, struct task *task, struct file *dir);
void vfs_cgroup_exit(struct fake *fake, struct task *task);
struct simple_ns *vfs_cgroup_ns_create(struct fake *fake, struct task *task);
void vfs_freeze_tasks(struct fake *fake); /* at each switch: those who are asked to stand still do */
/* A pty hang-up etc. when a session leader ends. */
void vfs_session_end(struct fake *fake, struct task *leader);
/* A memfd-like anonymous regular file (also the backing of memfd_create); seals are kept by the vfs. */
struct file *vfs_anon_file(struct fake *fake, const char *name, int flags);
int vfs_file_seals(struct file *file, bool add, unsigned seals); /* F_ADD_SEALS / F_GET_SEALS; -EINVAL: not a memfd */
int vfs_file_map(struct fake *fake, struct file *file, size_t len, int prot, unsigned long flags, void **map);
int vfs_file_unmap(struct fake *fake, void *map, size_t len); /* also anonymous memory */
void vfs_map_get(struct fake *fake, const void *map);         /* for a child; given back by vfs_file_unmap */
int vfs_lock(struct fake *fake, struct file *file, int cmd, struct flock *lock, int flock_op); /* OFD and flock */
void vfs_world(struct fake *fake, struct str *out);   /* its part of fake_world() */
void vfs_file_describe(struct fake *fake, struct file *file, struct str *out);

/*
 * The operations are built from both halves: every function is named fake_op_NAME with the signature of its row. Tasks reach
 * them through fake_ops (enter.c) only; within the model they are called by name, which passes no entry.
 */
extern const struct sys_ops fake_ops;
#define SYS_OP0(ret, name, ...) ret fake_op_##name(struct sys *sys);
#define SYS_OP1(ret, name, k1, a1, ...) ret fake_op_##name(struct sys *sys, SYS_TYPE_##k1 a1);
#define SYS_OP2(ret, name, k1, a1, k2, a2, ...) \
	ret fake_op_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2);
#define SYS_OP3(ret, name, k1, a1, k2, a2, k3, a3, ...) \
	ret fake_op_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2, SYS_TYPE_##k3 a3);
#define SYS_OP4(ret, name, k1, a1, k2, a2, k3, a3, k4, a4, ...)                                 \
	ret fake_op_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2, SYS_TYPE_##k3 a3, \
			   SYS_TYPE_##k4 a4);
#define SYS_OP5(ret, name, k1, a1, k2, a2, k3, a3, k4, a4, k5, a5, ...)                         \
	ret fake_op_##name(struct sys *sys, SYS_TYPE_##k1 a1, SYS_TYPE_##k2 a2, SYS_TYPE_##k3 a3, \
			   SYS_TYPE_##k4 a4, SYS_TYPE_##k5 a5);
#include "sys/sys_ops.def"

#endif
