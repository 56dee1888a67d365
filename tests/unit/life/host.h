/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/life/host: a model host on which the real library, supervisor, planner and init run, with the fault decorator on top.
 */
#ifndef TESTS_LIFE_HOST_H
#define TESTS_LIFE_HOST_H

#include "api/api.h"
#include "core/base/str.h"
#include "sys/fake/fake.h"
#include "sys/fault.h"

#define HOST_LXCPATH "/var/lib/lxc"
#define HOST_LOG "/run/host.log"
#define HOST_TEMPLATE "/usr/share/lxc/templates/lxc-busybox"

/* A program that is none of ours. */
struct host_foreign {
	fake_main main;
	struct fake *fake;
	void *data;
};

struct host {
	struct fake *fake;
	struct sys_fault fault;  /* paused until a test sets it to work */
	struct host_foreign foreign[4];
	struct sys *sys;         /* what the library is given */
};

/* A Debian host with the library's helpers, a template and /bin/sh. Aborts the test on failure. */
void host_init(struct host *host, enum fake_cgroups cgroups);
/* kernel: its version; NULL: the model's own. */
void host_init_kernel(struct host *host, enum fake_cgroups cgroups, const char *kernel);
/* Any other host. */
void host_init_options(struct host *host, const struct fake_options *options);
/* A plain user's, where nothing has run yet. subids: the lines of /etc/subuid and /etc/subgid, or NULL. */
void host_init_user(struct host *host, enum fake_cgroups cgroups, bool delegated, const char *subids);
void host_finish(struct host *host);
/* Warnings and errors go to HOST_LOG from now on, which is no part of the world. */
void host_log(struct host *host);

/* An object for the container; never NULL. */
struct lxc_container *host_container(struct host *host, const char *name);
/* Made by the template, not started. */
struct lxc_container *host_created(struct host *host, const char *name);
/* Made and running in the background. */
struct lxc_container *host_running(struct host *host, const char *name);

/* The world as text, without the numbers of descriptors; free() it. */
char *host_world(struct host *host);
/* Fails with both texts' first difference when they are not equal. */
void host_assert_world(struct host *host, const char *expected, const char *what);
/* The number of the first line that differs, as a message; NULL: equal. free() it. */
char *host_difference(const char *expected, const char *now);

#endif
