/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan/args: what the numbers and strings of steps mean, where steps.def has no room to say it. Planner and executor agree here.
 */
#ifndef PLAN_ARGS_H
#define PLAN_ARGS_H

#include <stdint.h>

/*
 * attr, set, clear: MOUNT_ATTR_* (mount_setattr), and above them:
 * RECURSIVE: mount_bind takes the whole tree below the source; mount_attr changes the whole tree below the target.
 * DEV (mount_bind): takes nodev off again that the source has.
 */
#define STEP_ATTR_RECURSIVE (INT64_C(1) << 40)
#define STEP_ATTR_DEV (INT64_C(1) << 41)

/* propagation: MS_SHARED, MS_PRIVATE, MS_SLAVE or MS_UNBINDABLE, with MS_REC for the whole tree; 0: as it is. */

/* create (mount_fs, mount_bind): what is made when the target is missing; parents are directories 0755. */
enum step_create { STEP_CREATE_NONE, STEP_CREATE_DIR, STEP_CREATE_FILE };

/* streams: as it is; closed; the slave of the terminal. */
enum step_stream { STEP_STREAM_LEAVE = -1, STEP_STREAM_CLOSE = -2, STEP_STREAM_TERMINAL = -3 };
#define STEP_GROUPS_MAX 4096

/* optional of mounts. ABSENT: only ENOENT of source or target is skipped. ANY: every failure is. */
enum step_optional { STEP_REQUIRED, STEP_OPTIONAL_ANY, STEP_OPTIONAL_ABSENT };

/*
 * mount_bind, mount_move: a source that begins with '/' is a host path; without a leading slash it is beneath the root.
 * Data of mount_fs and devpts: "key=value,flag" as in fstab.
 *
 * cgroup_create: name is relative ("lxc/web"), without suffix. dirs: for each hierarchy MNT and BASE joined by a DOUBLE slash,
 * "/sys/fs/cgroup/memory//user.slice" ("/sys/fs/cgroup/memory//" when BASE is the root); kinds: "1" or "2" for each;
 * controllers: "cpu,cpuacct", "name=systemd", for v2 the controllers to delegate ("" none). A hierarchy is named by its index.
 *
 * stdio: bit i of mode set: descriptor i becomes the console's slave, or /dev/null when there is no console. Other bits: it
 * stays. uid: owner of the console.
 * hook: argc == 0: version 1; else argv are the positional parameters of the script (NAME, SECTION, TYPE), to which the
 * executor adds the namespace words for type "stop".
 * exec: search is the PATH to look for a path without a slash ("": the default one). pass_fds != 0: descriptors from 3 on stay
 * as they are.
 * prlimit: -1 is RLIM_INFINITY. uid, gid: (uid_t)-1 written as -1: leave. personality: as personality(2).
 * sysctl, proc_write: file is a relative path with slashes ("net/ipv4/ip_forward").
 * cgroup_write: optional != 0: EACCES and EPERM are a warning (device rules of a starter without privilege).
 * mknod: mode with the type, S_IFCHR | 0666. symlink: optional != 0: EROFS is a warning.
 *
 * lock, unlock: of the container; an unlock that is undone takes it again. expect_new: not both of them may be there.
 * make_path: with its parents; what is there is fine, and all of it stays. make_dir: one directory, of exactly this mode; what
 * was there is fine, and stays. mark: a file that must not be there, locked until the run ends. remove_tree: optional != 0:
 * what is not there is fine. expect_none: a directory that is not there holds nothing. template: quiet != 0: its standard
 * streams are null devices. check: the caller's own function (struct request_args).
 *
 * pin: a failure is a warning. receive_fds: logfile as in console_host: where the console's output is appended, "" nowhere.
 * receive_fds: console != 0: the child hands over a console pair, too; only then no console is allocated on the host.
 * console, tty: dir is lxc.tty.dir, "" none. tty bind == 0: allocated only.
 *
 * Attach. terminal: from is a descriptor of the caller's terminal. shut: log_fd does not go along; -1: none. cwd, take_terminal:
 * inside != 0: the mount namespace is the container's. mount_anew: optional != 0: only where something is mounted.
 * groups: decimal numbers with commas between; optional != 0: EPERM is fine. null: bit i: descriptor i was closed in the caller.
 * streams: the caller's descriptor, or STEP_STREAM_*. program: its name; what runs is the caller's function.
 */

#endif
