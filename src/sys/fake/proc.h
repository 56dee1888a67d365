/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/proc: what the two files of procfs know of each other. Private to them.
 */
#ifndef SYS_FAKE_PROC_H
#define SYS_FAKE_PROC_H

#include "sys/fake/task.h"
#include "sys/fake/vfs.h"

/* priv of a proc super: struct pid_ns *, a reference. */
extern const struct inode_ops proc_root_ops, proc_self_ops, proc_dir_ops;
void proc_fill_net(struct inode *dir);
void cgroups_text(struct fake *fake, struct str *out); /* /proc/cgroups */

#endif
