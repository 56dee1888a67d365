/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake: a model of the Linux kernel in this process: files, mounts, processes, namespaces, sockets, signals, ptys.
 *
 * Deterministic: no wall clock, no real pids, no threads; the same calls give the same world. The caller of fake_create()
 * becomes the first task of the world ("the test", root, pid 100); whenever it blocks in an operation, the other tasks run.
 * With a seed, the order in which tasks run comes from the seed alone: another seed, another interleaving; the same seed, the
 * same one. It models what the kernel checks, not only what it does. If every task waits for ever, the world is stuck: the waiting
 * operation of the test returns -EDEADLK and fake_stuck() tells who waited for what.
 */
#ifndef SYS_FAKE_FAKE_H
#define SYS_FAKE_FAKE_H

#include "core/base/str.h"
#include "sys/sys.h"

struct fake;

enum fake_cgroups { FAKE_CGROUP_HYBRID, FAKE_CGROUP_UNIFIED, FAKE_CGROUP_LEGACY, FAKE_CGROUP_NONE };

struct fake_options {
	const char *kernel;          /* "6.1" when NULL; an older one answers -ENOSYS to newer calls */
	enum fake_cgroups cgroups;
	const char *no_link_kinds;   /* "vlan dummy": kinds that this kernel lacks; NULL: has all that the model knows */
	unsigned long mem_check;     /* != 0: checksum registered memory at every switch */
	uint64_t seed;               /* 0: a task runs until it waits, and they take turns; else: see fake/sched */
};

/* A running host: pid 1, /, /dev, /proc, /sys, /run, /tmp, cgroups mounted, /bin/sh, tty-less test task. NULL: no memory. */
struct fake *fake_create(const struct fake_options *options);
void fake_destroy(struct fake *fake); /* ends all tasks; NULL is fine */
static inline void fake_cleanup(struct fake **fake)
{
	fake_destroy(*fake);
}
#define _cleanup_fake_ _cleanup_(fake_cleanup)

struct sys *fake_sys(struct fake *fake);

/* --- ready-made hosts: what fake_create() makes, with three open standard streams. Each aborts on failure --- */
struct fake_host {
	struct fake_options options;
	bool plain_user;    /* the test is alice, uid and gid 1000, at home in /home/alice, without capabilities */
	bool delegated;     /* with plain_user: in a cgroup of each hierarchy that is hers, as systemd and pam_cgfs give it */
	const char *subids; /* contents of /etc/subuid and /etc/subgid; NULL: no such files */
	const char *tree;   /* for fake_tree(); NULL: nothing more */
};
struct fake *fake_host_create(const struct fake_host *host);
/* Debian 12 (Linux 6.1), root: cgroup v1 with v2 beside it; v2 only (what it has when nobody asked otherwise). */
struct fake *fake_host_debian12_hybrid(void);
struct fake *fake_host_debian12_unified(void);
/* The same without any cgroup v2. */
struct fake *fake_host_v1(void);
/* Hybrid, with a kernel of this version: what came later fails as it did there. */
struct fake *fake_host_old(const char *kernel);
/* A plain user. subids: has 65536 ids from 100000 on. */
struct fake *fake_host_user(enum fake_cgroups cgroups, bool delegated, bool subids);

/* --- building the world (no permission checks, no task needed); each aborts the test on failure --- */
void fake_dir(struct fake *fake, const char *path, mode_t mode);
void fake_file(struct fake *fake, const char *path, const char *text, mode_t mode);
void fake_symlink(struct fake *fake, const char *path, const char *target);
/*
 * Many at once, a line each, parents made as needed: "d MODE PATH", "f MODE PATH TEXT" (the text is the rest of the line
 * and a newline; none: an empty file), "l PATH TARGET".
 */
void fake_tree(struct fake *fake, const char *lines);

/*
 * A link of the host, down, without addresses. kind: "physical" (comes back to the host when its network namespace ends, and
 * cannot be removed), "bridge" or "dummy"; a veth pair gets a peer named by the kernel. Its index there.
 */
int fake_link(struct fake *fake, const char *kind, const char *name);

/*
 * A program: exec of this file runs main in the task that made the exec, with its argv and envp. What main returns is the
 * exit status. It must use sys only, and must not keep state outside its frame.
 */
typedef int (*fake_main)(struct sys *sys, int argc, char **argv, char **envp, void *data);
void fake_program(struct fake *fake, const char *path, fake_main main, void *data);

/* Ready-made mains. data of fake_exit_main: the status, as (void *)(intptr_t). */
int fake_exit_main(struct sys *sys, int argc, char **argv, char **envp, void *data);
/* Waits until a signal with default action "terminate" comes; as pid 1: until SIGTERM/SIGPWR/SIGUSR1 (handled), then exits 0;
   SIGINT (handled): reboot(RESTART), that is, the pid namespace's init dies as if by SIGHUP. */
int fake_init_main(struct sys *sys, int argc, char **argv, char **envp, void *data);

/*
 * The file system at path (in the first mount namespace) from now on, until told otherwise. Full: whatever would grow or be
 * made is refused with ENOSPC. Read-only: with EROFS, also for who has a file open, as after an error of the disk.
 */
void fake_fs_full(struct fake *fake, const char *path, bool full);
void fake_fs_readonly(struct fake *fake, const char *path, bool read_only);

/* Lets all other tasks run until each of them waits (for time to pass, too, does not count as running). */
void fake_settle(struct fake *fake);
/* Virtual time, forward. Timers that come due fire in order. */
void fake_advance(struct fake *fake, unsigned long ms);

/* --- looking --- */

/*
 * The world as text, sorted, the same for equal worlds: processes (name, parent, uid), their descriptors, mounts of every
 * live mount namespace, files of all mounted file systems except procfs (path, type, mode, owner, size, content hash),
 * cgroups with members, bound socket names, links of every network with addresses, routes and changed settings, files that
 * are open but unlinked. fake_world() before == after is the leak check. No pid, inode number or number of a link appears.
 */
void fake_world(struct fake *fake, struct str *out);
/* Text of a file as the test sees it; NULL when it does not exist. free() it. */
char *fake_text(struct fake *fake, const char *path);
bool fake_exists(struct fake *fake, const char *path);
/* Who waits for what; "" when the world is not stuck. */
const char *fake_stuck(struct fake *fake);
/* Breaches of contract seen so far (descriptor closed twice, write across processes), "" when none. */
const char *fake_breaches(struct fake *fake);
/* The visible name (comm) of the task that runs now. */
const char *fake_running(struct fake *fake);
/* Kills a task by its visible name (comm) as SIGKILL would. The number killed. */
unsigned fake_kill_by_name(struct fake *fake, const char *name);
/* The task that is running ends as by SIGKILL from outside. Returns in the test's own task only, which cannot be spared. */
void fake_die(struct fake *fake);
/* Checksummed at every switch while another task runs; a change is a breach. */
void fake_guard_memory(struct fake *fake, const void *start, size_t len);

#endif
