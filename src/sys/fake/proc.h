/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/proc: what the files of procfs know of each other. Private to them.
 */
#ifndef SYS_FAKE_PROC_H
#define SYS_FAKE_PROC_H

#include "sys/fake/task.h"
#include "sys/fake/vfs.h"

/* priv of a proc super: struct pid_ns *, a reference. */
extern const struct inode_ops proc_root_ops, proc_self_ops, proc_dir_ops;
extern const struct inode_ops proc_place_ops, proc_ns_link_ops,
	proc_fd_dir_ops;					/* links of processes */
struct task *proc_task(struct fake *fake, struct inode *inode); /* whose file it is; NULL: gone */
void proc_owner_getattr(struct fake *fake, struct inode *inode, struct stat *st);
bool proc_may_inspect(struct task *viewer, struct task *task);
void proc_fill_net(struct inode *dir);
void cgroups_text(struct fake *fake, struct str *out); /* /proc/cgroups */

#endif
