/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/cgroup: what the files of the cgroup model know of each other. Private to them.
 *
 * A cgroup belongs to its directory: dir->priv. Members are found by asking all tasks.
 */
#ifndef SYS_FAKE_CGROUP_H
#define SYS_FAKE_CGROUP_H

#include "sys/fake/task.h"
#include "sys/fake/vfs.h"

#define HIERARCHIES_MAX 24

struct device_rule {
	char type;	   /* 'c', 'b', 'a' */
	long major, minor; /* -1: all */
	unsigned access;   /* 4 r, 2 w, 1 m */
};

struct cgroup {
	struct hierarchy *hierarchy;
	struct cgroup *parent;
	struct inode *dir; /* not a reference */
	bool dead;
	bool clone_children;	  /* v1 */
	bool freeze;		  /* asked for by the file of this cgroup */
	bool told_frozen;	  /* v2: what cgroup.events said last */
	uint64_t cpus, mems;	  /* v1 cpuset */
	unsigned subtree_control; /* v2: bit by index into controllers_v2 */
	bool device_allow;	  /* what no rule names */
	struct vec device_rules;  /* exceptions from that */
	struct vec programs;	  /* v2: struct program *, see bpf.c */
	unsigned program_flags;	  /* BPF_F_ALLOW_* of the last that was attached */
	uint64_t events;	  /* counts changes of cgroup.events */
};

struct hierarchy {
	size_t index;
	bool v2, visible;
	char controllers[64]; /* "cpuset", "cpu,cpuacct", "" */
	char name[32];	      /* "systemd" */
	struct super *sb;     /* a reference */
	struct cgroup *root;
};

extern const char *const controllers_v2[]; /* ends with NULL */
extern const struct inode_ops cgroup_dir_ops;

static inline struct hierarchy *hierarchy_nth(struct fake *fake, size_t i)
{
	return *vec_at(&fake->vfs->hierarchies, struct hierarchy *, i);
}
bool hierarchy_has(const struct hierarchy *h, const char *controller);
struct cgroup *cgroup_of(struct inode *dir); /* NULL: removed */
struct cgroup *cgroup_new(struct hierarchy *h, struct cgroup *parent, struct inode *dir);
size_t cgroup_child_count(struct cgroup *cg);
struct cgroup *cgroup_child(struct cgroup *cg, size_t i);
bool cgroup_is_below(struct cgroup *cg, struct cgroup *top);
bool cgroup_has_members(struct fake *fake, struct cgroup *cg, bool below_too);
int cgroup_may_enter(struct cgroup *cg);
int cgroup_enter(struct fake *fake, struct task *task, struct cgroup *cg);
void cgroup_path(struct cgroup *cg, struct str *out); /* from the root of the hierarchy */
/* The controllers whose files cg has, v2. */
unsigned cgroup_controllers(struct fake *fake, struct cgroup *cg);
void cgroup_fill(struct fake *fake, struct cgroup *cg); /* makes the files that are missing */
void cgroup_drop_files(struct cgroup *cg, const char *controller);

/* What a file of a cgroup is. */
enum cg_kind {
	CG_PROCS,
	CG_CONTROLLERS,
	CG_SUBTREE,
	CG_CLONE_CHILDREN,
	CG_CPUS,
	CG_MEMS,
	CG_STATE,
	CG_SELF_FREEZING,
	CG_PARENT_FREEZING,
	CG_FREEZE,
	CG_EVENTS,
	CG_KILL,
	CG_DEV_ALLOW,
	CG_DEV_DENY,
	CG_DEV_LIST,
	CG_COUNT,
	CG_VALUE,
	CG_BYTES,
	CG_TYPE,
};

/* cgwrite.c: what a write into such a file does; 0 or -errno */
int cgroup_store(struct fake *fake, struct cgroup *cg, struct inode *inode, enum cg_kind kind,
		 const char *text);

/* cgfreeze.c */
bool cgroup_is_freezing(struct cgroup *cg); /* asked of it, or of one above; NULL: false */
bool cgroup_is_frozen(struct fake *fake, struct cgroup *cg); /* and all its tasks stand still */
unsigned cgroup_freezers_of(struct fake *fake, struct task *task); /* bits of enum freezer */
void cgroup_update_frozen(struct fake *fake); /* after a request, or a move of a task */
void cgroup_freeze_events(struct fake *fake);

/* cgdevice.c */
void device_rules_inherit(struct cgroup *cg);
void device_rules_text(struct cgroup *cg, struct str *out);
int device_rule_write(struct cgroup *cg, const char *text, bool allow);

/* bpf.c */
void bpf_detach_all(struct cgroup *cg);
bool bpf_allows_device(const struct cgroup *cg, mode_t type, dev_t dev, unsigned access);

#endif
