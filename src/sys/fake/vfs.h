/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/vfs: what the files of the vfs half know of each other. Private to the vfs half.
 *
 * An inode is also its directory entry: it knows one parent and one name (a hard link keeps the
 * first). A super is a file system instance; a mount shows a part of a super at a place. Everything
 * is counted; out of memory aborts.
 */
#ifndef SYS_FAKE_VFS_H
#define SYS_FAKE_VFS_H

#include "sys/fake/kernel.h"

#include <linux/capability.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct super;
struct tty;
struct hierarchy;
struct cgroup;

/* Never NULL: a test without memory has no result. */
void *must_alloc(size_t size);
char *must_dup(const char *text);

/* --- inodes --- */
struct entry {
	char *name;
	struct inode *inode; /* a reference */
};

struct inode_ops {
	/* Dynamic directories. NULL: the entries. *out is a reference. */
	int (*lookup)(struct fake *fake, struct inode *dir, const char *name, struct inode **out);
	/* Makes the entries what a reader may see now, or adds the names that have none. */
	void (*list)(struct fake *fake, struct inode *dir,
		     struct vec *names); /* char *, malloc'ed */
	/* NULL: creating, removing is -EPERM. */
	int (*create)(struct fake *fake, struct inode *dir, const char *name, mode_t mode,
		      dev_t rdev, struct inode **out);
	int (*remove)(struct fake *fake, struct inode *dir, struct inode *victim);
	bool (*can_rename)(struct inode *inode);
	/* Generated contents, made when a reader is at position 0. */
	int (*text)(struct fake *fake, struct inode *inode, struct str *out);
	ssize_t (*store)(struct fake *fake, struct inode *inode, const char *text, size_t len);
	/* Links: where to, as text; magic links also jump. */
	int (*readlink)(struct fake *fake, struct inode *inode, struct str *out);
	int (*jump)(struct fake *fake, struct inode *inode, struct path *out);
	/* Opens something other than contents. *file has no path yet. */
	int (*open)(struct fake *fake, struct inode *inode, int flags, struct file **file);
	void (*getattr)(struct fake *fake, struct inode *inode, struct stat *st);
	/* Counts changes of a generated text: poll tells EPOLLPRI|EPOLLERR until it is read again.
	 * NULL: never. */
	uint64_t (*version)(struct fake *fake, struct inode *inode);
	void (*drop)(struct inode *inode); /* last reference gone */
};

struct inode {
	unsigned refs;
	ino_t ino;
	struct super *sb; /* not a reference: mounts hold it */
	const struct inode_ops *ops;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	dev_t rdev;
	unsigned nlink;
	uint64_t mtime_ns;
	struct inode *parent; /* NULL: root of its super, or unlinked */
	bool holds_parent;    /* not in the parent's entries: keeps it alive by itself */
	bool mounted_on;      /* some mount sits here (perhaps in another namespace) */
	char *name;
	struct vec entries; /* directories: struct entry, sorted by name */
	char *data;	    /* regular: contents; links: target */
	size_t size;
	bool is_memfd;
	unsigned seals;
	unsigned write_maps;
	struct vec locks; /* struct lock, see locks.c */
	struct vec xattrs; /* struct xattr, see xattr.c */
	void *priv;	  /* of ops */
	long number;	  /* of ops */
};

struct inode *inode_new(struct super *sb, const struct inode_ops *ops, mode_t mode, uid_t uid,
			gid_t gid);
/* One that its directory does not keep: made for who looks it up. It keeps its directory. */
struct inode *inode_passing(struct inode *dir, const char *name, const struct inode_ops *ops,
			    mode_t mode);
void inode_get(struct inode *inode);
void inode_put(struct inode *inode);
/* Puts inode into dir under name; takes the reference. */
void dir_add(struct inode *dir, const char *name, struct inode *inode);
/* Takes an entry out; its reference goes. */
void dir_take(struct inode *dir, const char *name);
struct inode *dir_find(struct inode *dir, const char *name); /* not a reference; NULL */
/* -ENOENT; *out is a reference. */
int inode_lookup(struct fake *fake, struct inode *dir, const char *name, struct inode **out);
int inode_create(struct fake *fake, struct inode *dir, const char *name, mode_t mode, dev_t rdev,
		 struct inode **out);
int inode_remove(struct fake *fake, struct inode *dir, struct inode *victim);
void inode_stat(struct fake *fake, struct inode *inode, struct stat *st);
void inode_set_data(struct inode *inode, const void *data, size_t len);
void inode_resize(struct inode *inode, size_t len);
bool inode_is_below(struct inode *inode, struct inode *top); /* or the same */
void dir_orphan(struct inode *dir); /* children forget their parent: dir goes away */
void dir_names(struct fake *fake, struct inode *dir,
	       struct vec *names); /* char *, malloc'ed, sorted */
void names_add(struct vec *names, const char *name); /* a copy */
void names_finish(struct vec *names);
static inline struct inode *dir_nth(struct inode *dir, size_t i)
{
	return vec_at(&dir->entries, struct entry, i)->inode;
}

/* --- file systems --- */
struct fs_args {
	const char *source;
	const char *data; /* options by comma; NULL */
	bool read_only;
};

struct fs_type {
	const char *name;
	long magic;
	bool in_user_ns; /* FS_USERNS_MOUNT */
	/* A new or the one existing instance: *sb and *root (the place to show) are references. */
	int (*get)(struct fake *fake, const struct fs_args *args, struct super **sb,
		   struct inode **root);
};
const struct fs_type *fs_type_find(const char *name);
const struct fs_type *fs_type_nth(size_t i); /* NULL behind the last */

struct super {
	unsigned refs;
	struct fake *fake;
	const struct fs_type *type;
	dev_t dev;
	ino_t next_ino;
	struct inode *root;
	bool read_only;
	bool full; /* says the test: nothing grows */
	bool has_devices;      /* device nodes open, although a user namespace owns it */
	struct user_ns *owner; /* a reference */
	char *options;	       /* "" or "mode=755,..." */
	void *priv;	       /* of the type */
	void (*finish)(struct super *sb);
};
struct super *super_new(struct fake *fake, const struct fs_type *type, mode_t root_mode);
void super_put(struct super *sb);
int tmpfs_get(struct fake *fake, const struct fs_args *args, struct super **sb,
	      struct inode **root);
int sysfs_get(struct fake *fake, const struct fs_args *args, struct super **sb,
	      struct inode **root);
int proc_get(struct fake *fake, const struct fs_args *args, struct super **sb, struct inode **root);
int devpts_get(struct fake *fake, const struct fs_args *args, struct super **sb,
	       struct inode **root);
int cgroup1_get(struct fake *fake, const struct fs_args *args, struct super **sb,
		struct inode **root);
int cgroup2_get(struct fake *fake, const struct fs_args *args, struct super **sb,
		struct inode **root);
/* "mode=755" in options: its value into buf; false: absent. */
bool option_value(const char *options, const char *key, char *buf, size_t size);
/* A file whose contents ops generates. number is for ops. */
struct inode *text_file(struct inode *dir, const char *name, const struct inode_ops *ops,
			mode_t mode, long number);
struct inode *plain_file(struct inode *dir, const char *name, const char *text, mode_t mode);
struct inode *plain_dir(struct inode *dir, const char *name, mode_t mode);

/* --- mounts --- */
struct mount {
	unsigned refs; /* one of the tree it is in, one a path */
	int id;
	struct mount *parent; /* NULL: top of a namespace, or taken out */
	struct inode *point;  /* in the parent */
	struct inode *root;
	struct super *sb;
	struct mount_ns *ns; /* NULL: taken out of its tree. Not a reference */
	struct vec children; /* struct mount *, oldest first */
	unsigned long flags; /* MOUNT_ATTR_* */
	unsigned long locked_flags;
	bool locked; /* came with its parent from a more privileged namespace */
	bool unbindable;
	unsigned group, master; /* peer groups; 0: none */
	unsigned writers;
	char *source;
};

struct mount_ns {
	unsigned refs;
	uint64_t id;
	struct fake *fake;
	struct mount *root;
	struct user_ns *owner;
	bool anonymous; /* of a tree that a descriptor holds */
};

/* What a file with that text does when it is executed. */
struct program_file {
	char *text;
	struct fake_prog prog;
};

struct vfs {
	int next_mount;
	unsigned next_group, next_dev;
	uint64_t next_ns;
	struct vec mounts; /* struct mount *, by age: all that are in a tree */
	struct mount_ns *host;
	struct mount *nowhere;	/* of memfds, and of things that magic links jump to */
	struct vec progs;	/* struct program_file */
	struct vec hierarchies; /* struct hierarchy *; index is that of task->cgroups */
	struct vec ttys;	/* struct tty *, open ones */
	struct vec maps;	/* struct map, see memory.c */
	struct inode *sysfs_root, *devtmpfs_root;
	struct super *sysfs, *devtmpfs;
	uint64_t random;
};
static inline struct mount *mount_nth(struct vfs *vfs, size_t i)
{
	return *vec_at(&vfs->mounts, struct mount *, i);
}

struct mount *mount_new(struct fake *fake, struct super *sb, struct inode *root, const char *source,
			unsigned long flags);
void mount_get(struct mount *mnt);
void mount_put(struct mount *mnt);
void mount_link(struct mount *mnt, struct mount *parent,
		struct inode *point); /* takes over the tree's reference */
void mount_unlink(struct mount *mnt);
struct mount *mount_at(struct mount *parent, struct inode *point); /* NULL: none */
void mount_set_ns(struct mount *top, struct mount_ns *ns);	   /* of a whole tree */
bool mount_is_below(struct mount *mnt, struct mount *top);	   /* or the same */
void path_top(struct path *path); /* to the topmost mount that covers it */
struct mount_ns *mount_ns_new(struct fake *fake, struct user_ns *owner, bool anonymous);
enum { COPY_SLAVE = 1, COPY_UNBINDABLE = 2, COPY_FLAT = 4, COPY_LOCK = 8, COPY_PRIVATE = 16 };
/* A copy of what top shows from root on: new mounts, not in a namespace. */
struct mount *mount_copy(struct mount *top, struct inode *root, unsigned how, struct vec *pairs);
struct mount_pair {
	struct mount *old, *copy;
};
/* Takes a tree out, and what propagation gave of it elsewhere. */
void mount_dissolve(struct fake *fake, struct mount *top, bool propagate);
void mount_lock_tree(struct mount *top);
bool mount_tree_has_unbindable(struct mount *top);

/* --- propagation --- */
/* Attaches a tree (mounts without namespace, or of another place) at path and shows it to the peers
 * and slaves. */
void mount_graft(struct fake *fake, struct mount *top, struct mount *parent, struct inode *point);
void mount_change_type(struct fake *fake, struct mount *mnt,
		       unsigned long type); /* MS_SHARED, ... */
void mount_change_tree(struct fake *fake, struct mount *mnt, unsigned long type, bool recursive);
void mount_leave_groups(struct fake *fake, struct mount *mnt);
void propagation_targets(struct vfs *vfs, struct mount *mnt, struct vec *out); /* struct mount * */

/* --- the parts of mount(2) that the descriptor calls share --- */
bool may_mount(struct task *task);
int mount_create(struct fake *fake, const char *fstype, const struct fs_args *args,
		 unsigned long flags, struct mount **out);
int mount_add(struct fake *fake, struct mount *mnt,
	      struct path *at); /* takes the tree's reference on success */
int mount_bind_copy(struct fake *fake, struct path *from, bool recursive, struct mount **out);
int mount_move(struct fake *fake, struct path *from, struct path *to);
int mount_check_flags(struct mount *mnt, unsigned long flags);
void mount_show(struct fake *fake, struct task *task, bool info,
		struct str *out); /* mountinfo, mounts */

/* --- paths --- */
enum {
	WALK_FOLLOW = 1, /* the last component, if a link */
	WALK_PARENT = 2, /* stop before the last component: name has it */
	WALK_EMPTY = 4,	 /* "" is dirfd itself */
	WALK_DOWN = 8,	 /* to the topmost mount, also for "." */
};
struct walk {
	struct fake *fake;
	struct task *task;
	struct path root, at;
	unsigned flags;
	uint64_t resolve; /* RESOLVE_* */
	unsigned links;
	bool must_be_dir; /* a slash at the end */
	char *rest;	  /* malloc'ed */
	char name[256];	  /* WALK_PARENT: the last component; ".", ".." or "" when it is none */
};
void walk_finish(struct walk *walk);
#define _cleanup_walk_ _cleanup_(walk_finish)
int walk_start(struct walk *walk, struct fake *fake, int dirfd, const char *path, unsigned flags,
	       uint64_t resolve);
int walk_go(struct walk *walk); /* as far as flags say; walk->at is the result */
int walk_peek(struct walk *walk,
	      struct path *out); /* WALK_PARENT: name in at, mounts crossed; -ENOENT */
int walk_into_link(struct walk *walk,
		   struct path *link); /* WALK_PARENT: goes on with the link's target */
/* All of it for a plain lookup. */
int path_find(struct fake *fake, int dirfd, const char *path, unsigned flags, struct path *out);
#define _cleanup_path_ _cleanup_(path_put)
/* Text as seen from root (NULL: from the top of its namespace). false: not reachable; the text is
 * then from the top. */
bool path_text(struct path *path, struct path *root, struct str *out);
bool path_is_writable(struct path *path); /* neither mount nor file system read-only */
static inline bool path_eq(const struct path *a, const struct path *b)
{
	return a->mnt == b->mnt && a->inode == b->inode;
}

/* --- permissions: 4 read, 2 write, 1 execute or search --- */
int inode_permission(struct task *task, struct inode *inode, unsigned want);
bool inode_is_owner(struct task *task, struct inode *inode);
bool inode_capable(struct task *task, struct inode *inode, int cap);
int may_create(struct task *task, struct path *dir); /* -EROFS, -EOVERFLOW, -EACCES */
int may_remove(struct task *task, struct inode *dir, struct inode *victim); /* sticky */

/* --- open files --- */
extern const struct file_ops regular_ops, directory_ops, path_ops;
int path_open(struct fake *fake, struct path *path, int flags, struct file **file_out);
int device_open(struct fake *fake, struct path *path, int flags, struct file **file_out);
struct file *file_at(struct fake *fake, const struct file_ops *ops, int flags, void *priv,
		     struct path *path);
/* What a magic link to an open file without a path jumps to. */
void path_of_file(struct fake *fake, struct file *file, struct path *out);
int file_of_inode_stat(struct fake *fake, struct inode *inode, struct stat *st);
uint64_t vfs_random(struct vfs *vfs);
void vfs_maps_init(struct vfs *vfs);
void vfs_maps_finish(struct vfs *vfs);
bool map_has(struct vfs *vfs, struct inode *inode, bool writable);
void locks_release(struct file *file);

/* --- extended attributes --- */
void xattrs_finish(struct inode *inode);
void xattrs_describe(struct inode *inode, struct str *out); /* " name=..."; nothing that differs between equal worlds */
void xattr_lose_privileges(struct inode *inode); /* the contents or the owner change */

/* --- terminals --- */
int ptmx_open(struct fake *fake, struct path *path, int flags, struct file **file_out);
int tty_open_slave(struct fake *fake, struct inode *inode, struct path *path, int flags,
		   struct file **file_out);
int tty_open_current(struct fake *fake, struct path *path, int flags,
		     struct file **file_out); /* /dev/tty */
void ttys_world(struct fake *fake, struct str *out);
int tty_number(struct file *file); /* -1: no terminal */

/* --- cgroups --- */
int cgroup_create_host(struct fake *fake, enum fake_cgroups layout);
void cgroup_destroy_all(struct fake *fake);
void cgroup_task_text(struct fake *fake, struct task *task, struct task *viewer,
		      struct str *out); /* /proc/PID/cgroup */
void cgroups_world(struct fake *fake, struct str *out);
bool cgroup_allows_device(struct task *task, mode_t type, dev_t dev,
			  unsigned access); /* 4 r, 2 w, 1 m */
/* The path of a directory in a cgroup file system, as the viewer's cgroup namespace has it. */
void cgroup_root_text(struct inode *dir, struct task *viewer, struct str *out);
bool super_is_cgroup(struct super *sb);

#endif
