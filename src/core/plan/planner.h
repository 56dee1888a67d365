/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan/planner: what the chapters of the planner owe each other. Private to the room.
 *
 * A chapter turns settings into steps, in the order of the settings; it returns 0, or -errno with
 * the error and its line filled. life.c calls them in the order of a life.
 */
#ifndef PLAN_PLANNER_H
#define PLAN_PLANNER_H

#include "core/plan/build.h"
#include "core/plan/facts.h"

struct planner {
	struct plan_builder b;
	const struct config *config;
	const struct plan_request *request;
	const struct host_facts *facts;
	const char *config_file; /* the first that was loaded, NULL: none */
	struct err *err;

	/* decided once, before the first step */
	const char *rootfs; /* without its type; NULL: the host's root */
	const char *rootfs_mount;
	uint64_t namespaces;   /* CLONE_NEW* that the container gets */
	uint64_t capabilities; /* that stay in the bounding set */
	uint32_t pty_max, tty_max;
	bool autodev;
	bool console; /* it has one */
	bool devpts;  /* console and ttys come from a devpts of its own */
};

/* plan_life without a look at the host, for tests. */
int plan_with_facts(const struct config *config, const struct plan_request *request,
		    const struct host_facts *facts, struct plan **image_out, struct err *err);

/* --- planner.c --- */
/* The steps that come are asked for by this item, or, when there is none, by a built-in rule. */
void planner_origin(struct planner *p, const struct config_item *item, const char *rule);
/* An error with the line that asked for it. item may be NULL. Returns ret. */
int planner_refuse(struct planner *p, const struct config_item *item, int ret, const char *fmt, ...)
	_printf_(4, 5);
/* The last item of this name; its value; whether it is the number 1. */
const struct config_item *planner_item(const struct planner *p, const char *name);
/* The type of storage that a setting of lxc.rootfs.path (or NULL) names, "dir" when it names none; the rest of it. */
const char *planner_rootfs(const struct config_item *item, const char **path_out);
uint32_t planner_u32(const struct planner *p, const char *name, uint32_t def);

/* --- decisions --- */
int plan_namespaces(struct planner *p);	  /* namespaces.c: p->namespaces */
int plan_capabilities(struct planner *p); /* security.c: p->capabilities */

/* --- steps, by chapter of the life in which they stand --- */
int plan_rootfs(struct planner *p); /* rootfs.c: propagation, pre-mount, the mount */
void plan_pin(struct planner *p);
void plan_pivot(struct planner *p);
int plan_network(struct planner *p);	 /* net.c */
int plan_auto_mounts(struct planner *p); /* automount.c: proc, sys */
int plan_cgroup_mounts(struct planner *p);
int plan_mount_entries(struct planner *p); /* mounts.c: fstab, lxc.mount.entry */
void plan_dev(struct planner *p); /* devices.c: tmpfs; nodes; devpts, console, ttys, links */
void plan_nodes(struct planner *p);
void plan_terminals(struct planner *p);
int plan_cgroup_create(struct planner *p); /* cgroups.c */
int plan_cgroup_limits(struct planner *p, bool devices);
int plan_prlimits(struct planner *p); /* limits.c */
void plan_proc(struct planner *p);
void plan_sysctls(struct planner *p);
void plan_security(struct planner *p);				     /* security.c */
int plan_hooks(struct planner *p, const char *type, enum rank rank); /* hooks.c */
int plan_exec(struct planner *p);				     /* exec.c */
int plan_add_environment(struct planner *p, struct str *env,
			 uint32_t *count); /* "=NAME=VALUE" of lxc.environment */

/* One limit "nofile", "SOFT[:HARD]": 0; -ENOENT: no such resource; -EINVAL: not a limit. */
int plan_add_prlimit(struct plan_builder *b, const char *name, const char *value);
/* One file below /proc/PID or /proc/sys, named with dots ("net.ipv4.ip_forward"). */
void plan_add_file_write(struct plan_builder *b, enum step_kind kind, const char *name,
			 const char *value);

/* What was asked for on the command line wins over lxc.log.level. */
enum log_level planner_log_level(const struct planner *p);

/* --- text: pure --- */

/* One field of fstab: octal escapes decoded in place. */
void mount_unescape(char *field);
struct mount_options {
	int64_t attr, propagation;
	int create, optional;
	bool bind, recursive, relative, dev, move;
	struct str data; /* what is left, comma joined; to be finished */
};
/* 0; -EINVAL: *bad is the word (static or in text), -ENOMEM. */
int mount_options_parse(const char *text, struct mount_options *out);
/* Words of a command line: blanks separate, ' and " quote, nothing is expanded. 0; -EINVAL: a quote
 * is open; -E2BIG. */
int argv_split(const char *text, struct str *words, uint32_t *count);
/* A path beneath the root: no leading slash, no "." and empty components. 0; -EINVAL: it has "..";
 * "." for the root itself. */
int path_beneath(const char *path, char *buf, size_t size);

#endif
