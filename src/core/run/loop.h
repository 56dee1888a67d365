/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * run/loop: what the files of the supervisor's running part owe each other. Private to run. No allocation.
 */
#ifndef RUN_LOOP_H
#define RUN_LOOP_H

#include "core/run/life.h"

/* struct ipc_client.tty of who holds the console (0 is none, 1.. are the terminals). */
#define LOOP_TTY_CONSOLE (-1)

/* --- relay.c: between the console's master and its peer --- */

/* Foreground: the console gets the size of the caller's terminal, before there is a program that could ask. */
void relay_prepare(struct run *run);
/* Foreground: takes the terminal in raw mode, if there is one. Never fails: without it the output goes to the log alone. */
void relay_begin(struct run *run);
/* What is still queued comes out; the terminal is as it was found. */
void relay_end(struct run *run);
/* Fills what to poll for; a number of -1 is skipped by poll. */
void relay_watch(const struct run *run, struct pollfd *master, struct pollfd *peer);
void relay_serve(struct run *run, const struct pollfd *master, const struct pollfd *peer);
/* A new pty pair becomes the console's peer; its master, owned by the caller. -EBUSY: taken; -EBADF: no console. */
int relay_proxy(struct run *run, int slot);
/* Lets go of a peer whose client has gone. */
void relay_check_proxy(struct run *run);
/* The peer's window size becomes the console's. */
void relay_resize(struct run *run);

/* --- commands_cgroup.c: rows of the table in commands.c --- */

int cmd_cgroup(struct run *run, int slot, const struct ipc_request *request);
int cmd_cgroup2_fd(struct run *run, int slot, const struct ipc_request *request);
int cmd_cgroup_ctx(struct run *run, int slot, const struct ipc_request *request);
int cmd_cgroup_fd(struct run *run, int slot, const struct ipc_request *request);

/* --- replan.c --- */

/* Runs lxc-plan on the image at hand and takes what it makes in its place. */
int run_replan(struct run *run, struct err *err);
/* Maps a sealed image and checks it. 0 or -errno with err; -ECANCELED: the planner's own error is in err. */
int run_map_plan(struct sys *sys, int fd, const struct plan **out, struct err *err);
void run_unmap_plan(struct sys *sys, const struct plan *plan);

/* --- pidfile.c --- */

int pidfile_write(struct run *run, struct err *err);
/* Only what pidfile_write wrote, while the name still stands for that file and our pid in it. */
void pidfile_remove(struct run *run);

#endif
