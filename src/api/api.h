/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * api: what stands behind the public header: the object, its lock, how failures reach people. Private to api and its tests.
 *
 * Each public entry is one line over a function here that takes its world: so the API runs on the model kernel too.
 * This room owns what the core may not have: the process's log, per-object locks, strings cached per thread.
 */
#ifndef API_API_H
#define API_API_H

#include "core/base/err.h"
#include "core/config/config.h"
#include "core/control/control.h"
#include "core/io/io.h"

#include <lxc/lxccontainer.h>
#include <stdarg.h>

#define API_EXPORT __attribute__((visibility("default")))

/* The object. Clients see its first member; lxc_conf is config under an opaque name, NULL together with it. */
struct container {
	struct lxc_container c;
	struct sys *sys;
	char *const *envp;       /* the caller's environment */
	struct config *config;
	char *run_dir;           /* where locks live */
};

static inline struct container *container_of(struct lxc_container *c)
{
	return (struct container *)c;
}
static inline struct control control_of(const struct container *it)
{
	return (struct control){ .sys = it->sys, .lxcpath = it->c.config_path, .name = it->c.name };
}

/* --- container.c --- */
struct lxc_container *api_container_new_on(struct sys *sys, char *const *envp, const char *name, const char *lxcpath);
int api_container_get(struct lxc_container *c);
int api_container_put(struct lxc_container *c);
void api_set_config(struct container *it, struct config *config); /* takes it; NULL: none */
struct config *api_config_create(struct container *it); /* empty, with the caller's environment; NULL: no memory */

/* --- lock.c: the object's lock (not recursive) --- */
struct lxc_lock *api_lock_create(void);
void api_lock_destroy(struct lxc_lock *lock);
void api_lock(struct lxc_container *c);
void api_unlock(struct lxc_container *c);

/* --- log.c: the one log of the process --- */
int api_log_init(struct sys *sys, char *const *envp, struct lxc_log *log);
void api_log_close(struct sys *sys);
bool api_log_level(enum log_level *out); /* false: nobody asked for a level */
struct log api_log(void);  /* a copy: fd -1 when there is none */
int api_trace_fd(void);           /* where the trace of system calls goes, -1: nowhere */
void api_set_trace_fd(int fd);    /* before anything else */
/* Opens what lxc.log.file and lxc.log.level say, unless the process has a log already. 0 or -errno. */
int api_log_from_config(struct container *it, struct err *err);
/* Puts the error into error_string, on stderr unless quiet, and into the log. */
void api_fail(struct container *it, const struct err *err);
/* The same for error_string alone: a failure that is no surprise, such as the end of a time limit. */
void api_keep(struct container *it, const struct err *err);
void api_fail_name(struct sys *sys, const char *name, const struct err *err);
/* One line of notice on stderr unless quiet. */
void api_say(struct sys *sys, const char *name, const char *text);

/* --- the methods, by file --- */
#define API_METHODS(M)                                                                                        \
	M(is_defined) M(state) M(is_running) M(freeze) M(unfreeze) M(init_pid) M(load_config) M(start)        \
	M(startl) M(stop) M(want_daemonize) M(want_close_all_fds) M(config_file_name) M(wait)                 \
	M(set_config_item) M(destroy) M(save_config) M(create) M(createl) M(rename) M(reboot) M(shutdown)     \
	M(clear_config) M(clear_config_item) M(get_config_item) M(get_running_config_item) M(get_keys)        \
	M(get_interfaces) M(get_ips) M(get_cgroup_item) M(set_cgroup_item) M(get_config_path)                 \
	M(set_config_path) M(clone) M(console_getfd) M(console) M(attach) M(attach_run_wait)                  \
	M(attach_run_waitl) M(snapshot) M(snapshot_list) M(snapshot_restore) M(snapshot_destroy)              \
	M(may_control) M(add_device_node) M(remove_device_node) M(attach_interface) M(detach_interface)       \
	M(checkpoint) M(restore) M(destroy_with_snapshots) M(snapshot_destroy_all) M(migrate) M(console_log)  \
	M(reboot2) M(mount) M(umount) M(seccomp_notify_fd) M(seccomp_notify_fd_active) M(init_pidfd)          \
	M(devpts_fd) M(set_timeout)
/* Declares api_NAME with the type that the public struct gives its member. */
#define API_DECLARE(name) extern __typeof__(*((struct lxc_container *)0)->name) api_##name;
API_METHODS(API_DECLARE)

/* --- start.c: the char * arguments that end in NULL, with that NULL. False: no memory --- */
struct vec;
bool api_collect(struct vec *argv, va_list args);

/* --- list.c --- */
int api_list_defined(struct sys *sys, char *const *envp, const char *lxcpath, char ***names, struct lxc_container ***cret);
int api_list_active(struct sys *sys, char *const *envp, const char *lxcpath, char ***names, struct lxc_container ***cret);
int api_list_all(struct sys *sys, char *const *envp, const char *lxcpath, char ***names, struct lxc_container ***cret);

/* --- global.c --- */
const char *api_global_item(struct sys *sys, char *const *envp, const char *key); /* cached per thread; errno as documented */
bool api_key_is_supported(const char *key);
bool api_has_extension(const char *name);

/* --- attach_exec.c: in the attached process --- */
int api_exec_command(struct sys *sys, const lxc_attach_command_t *command); /* returns an exit status */
int api_exec_shell(struct sys *sys);

/* --- carry.c: the helpers that the library has inside --- */
enum carried { CARRIED_SUPERVISOR, CARRIED_PLANNER, CARRIED_INIT };
/*
 * An executable descriptor of a helper: the installed file when it has our build id, else a sealed memfd of the bytes that
 * the library carries; init always from a memfd. A test on the fake has files of these names instead. 0 or -errno.
 */
int carry_open(struct sys *sys, enum carried which, struct fd *out, struct err *err);

/* --- entry.c --- */
struct sys *api_sys(void);         /* the real world, traced when LXC_SYS_TRACE asks for it */
char *const *api_environ(void);

#endif
