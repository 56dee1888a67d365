/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * storage: containers on disk: LXCPATH/NAME with its config, its root file system, the marker of an unfinished creation, and
 * the locks that keep two processes from changing one container at the same time.
 *
 * Create and destroy gather facts for a plan (plan_create, plan_destroy) and have it run here, in the caller's process. They
 * make and remove only what they made themselves or what the container's configuration names.
 */
#ifndef STORAGE_STORAGE_H
#define STORAGE_STORAGE_H

#include "core/base/err.h"
#include "core/io/io.h"
#include "sys/sys.h"

struct config;

/* "", ".", "..", a '/' or more than 255 bytes: not a name for a container. 0 or -EINVAL with err. */
int storage_check_name(const char *name, struct err *err);

/* --- locks --- */

/*
 * Where locks live: PATH_RUNTIME if the caller owns it, else $XDG_RUNTIME_DIR, else $HOME/.cache/lxc/run. malloc'ed;
 * NULL: none is usable.
 */
char *storage_run_dir(struct sys *sys, char *const *envp);

/* Makes RUNDIR/lxc/lock/LXCPATH (0755). 0 or -errno. */
int storage_lock_prepare(struct sys *sys, const char *run_dir, const char *lxcpath, struct err *err);

/*
 * Takes the write lock of a container: an open-file-description lock on RUNDIR/lxc/lock/LXCPATH/.NAME (flock where the
 * kernel has none). Waits. Closing *lock gives it back.
 */
int storage_lock(struct sys *sys, const char *run_dir, const char *lxcpath, const char *name, struct fd *lock,
		 struct err *err);

/* Its file, malloc'ed; NULL: no memory. */
char *storage_lock_path(const char *run_dir, const char *lxcpath, const char *name);

/* --- the marker of an unfinished creation --- */
enum storage_partial {
	STORAGE_COMPLETE,      /* there is none */
	STORAGE_BEING_CREATED, /* somebody holds it */
	STORAGE_ABANDONED,     /* nobody does */
	STORAGE_RECOVERED,     /* nobody did, and what that creation had made is gone */
};
enum storage_partial storage_partial_state(struct sys *sys, const char *lxcpath, const char *name);
/*
 * Takes back what an abandoned creation made, as its marker tells: that and nothing else; what was there before stands again.
 * Only of a marker that is the caller's own. What there is now; with STORAGE_ABANDONED err says why nothing was done.
 */
enum storage_partial storage_clean(struct sys *sys, const char *run_dir, const char *lxcpath, const char *name,
				   struct err *err);
/* The same for who holds the container's lock. */
enum storage_partial storage_recover(struct sys *sys, const char *lxcpath, const char *name, struct err *err);

/* --- create and destroy --- */
struct storage_create_args {
	const char *lxcpath, *name;
	const char *run_dir;        /* where locks live, prepared */
	const char *template_path;  /* executable file, or NULL: configuration only */
	char *const *template_args; /* after --path, --name, --rootfs; or NULL */
	char *const *envp;          /* the template's environment */
	bool quiet;                 /* its standard streams are null devices */
	const char *rootfs_dir;     /* where to put the root file system; NULL: LXCPATH/NAME/rootfs */
	int (*check)(void *data, struct err *err); /* the last word while all can be undone; or NULL */
	void *data;
};
/*
 * Makes LXCPATH/NAME, its rootfs (type dir; *config names it from now on) and config from *config, runs the template, and puts
 * the header before what the template wrote. On failure everything made here is gone again, and what was there before is as it was,
 * *config too.
 * 0; -EEXIST: defined already, or being created by another process; -EINVAL: the template failed; -EOPNOTSUPP: ids are
 * mapped, which a template cannot do yet; or -errno.
 */
int storage_create(struct sys *sys, struct config *config, const struct storage_create_args *args, struct err *err);

/*
 * Removes the root file system that the configuration names and LXCPATH/NAME. The caller has the lock and checked that nobody
 * runs. A root file system that is the host's own stays. 0; -ENOENT: not defined; or, and nothing was removed: -EBUSY: it has
 * snapshots; -EOPNOTSUPP: storage of another type than dir; -ENOTDIR: no directory; -EPERM: one that the lxcpath is in; or
 * -errno.
 */
int storage_destroy(struct sys *sys, const struct config *config, const char *lxcpath, const char *name,
		    struct err *err);
/* Is there a directory of this container, whatever is in it? */
bool storage_has_dir(struct sys *sys, const char *lxcpath, const char *name);
/* The directory of a container, if nothing is in it. Whether that was so. */
bool storage_remove_empty(struct sys *sys, const char *lxcpath, const char *name);

#endif
