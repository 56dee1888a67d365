/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The public C API of LXC: objects that stand for containers, and lists of them.
 *
 * An object is made by lxc_container_new(), counted by lxc_container_get() and lxc_container_put(). Distinct objects may be
 * used from distinct threads at the same time, also for one container; one object is for one thread at a time. Every method
 * takes its object as first argument; given NULL it fails. The reason of a failure is in error_string, and on standard error
 * unless lxc_log_init() asked for quiet. Needed privilege: root, or the user who owns the container.
 * No method promises errno. Test int results with < 0.
 */
#ifndef LXC_LXCCONTAINER_H
#define LXC_LXCCONTAINER_H

#include <malloc.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include <lxc/attach_options.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LXC_CLONE_KEEPNAME (1 << 0)       /* leave the host name alone */
#define LXC_CLONE_KEEPMACADDR (1 << 1)    /* leave hardware addresses alone */
#define LXC_CLONE_SNAPSHOT (1 << 2)       /* snapshot instead of copy */
#define LXC_CLONE_KEEPBDEVTYPE (1 << 3)   /* the same kind of storage */
#define LXC_CLONE_MAYBE_SNAPSHOT (1 << 4) /* snapshot if the storage can */
#define LXC_CLONE_MAXFLAGS (1 << 5)       /* number of flags, none itself */
#define LXC_CLONE_ALLOW_RUNNING (1 << 6)  /* the source may run */
#define LXC_CREATE_QUIET (1 << 0)         /* the template's standard streams are null devices */
#define LXC_CREATE_MAXFLAGS (1 << 1)      /* number of flags, none itself */
#define LXC_MOUNT_API_V1 1

struct bdev_specs;
struct lxc_snapshot;
struct lxc_lock;
struct lxc_conf;
struct migrate_opts;
struct lxc_console_log;

struct lxc_mount {
	int version; /* LXC_MOUNT_API_V1 */
};

struct lxc_container {
	/* Private; some clients read them, none may change them but where said. */
	char *name;
	char *configfile;          /* LXCPATH/NAME/config */
	char *pidfile;             /* a malloc'ed path set here before start() gets the supervisor's pid */
	struct lxc_lock *slock;
	struct lxc_lock *privlock;
	int numthreads;            /* references */
	struct lxc_conf *lxc_conf; /* NULL: no configuration in memory */

	/* Results. */
	char *error_string;        /* text of the last failure, NULL if none; freed with the object */
	int error_num;             /* start(): 1 after a failure; foreground: exit code << 8, or signal << 8 | 0x7f */
	bool daemonize;            /* read only, see want_daemonize() */
	char *config_path;         /* read only: the lxcpath */

	/* --- state --- */

	/* Whether LXCPATH/NAME/config exists now. */
	bool (*is_defined)(struct lxc_container *c);
	/* Upper-case name of the state; static text. "STOPPED" also for unknown containers. */
	const char *(*state)(struct lxc_container *c);
	/* Whether the state is anything but STOPPED. */
	bool (*is_running)(struct lxc_container *c);
	/* Freezes all processes; true when FROZEN on return, also when it was before. */
	bool (*freeze)(struct lxc_container *c);
	/* Thaws all processes; true also when none was frozen; false when stopped. */
	bool (*unfreeze)(struct lxc_container *c);
	/* Pid of the first process, in the supervisor's pid namespace; < 0 when stopped. */
	pid_t (*init_pid)(struct lxc_container *c);

	/* --- life and configuration --- */

	/* Adds a file (NULL: the container's own) to the configuration in memory. False at the first bad line. */
	bool (*load_config)(struct lxc_container *c, const char *alt_file);
	/*
	 * Starts the container: argv, else lxc.execute.cmd (useinit != 0), else lxc.init.cmd, else /sbin/init. Daemonized: true
	 * once its program runs. Foreground: blocks until the container has ended, true if it could be started at all.
	 */
	bool (*start)(struct lxc_container *c, int useinit, char *const argv[]);
	/* The same with the program as a list of char * that ends in NULL. */
	bool (*startl)(struct lxc_container *c, int useinit, ...);
	/* Kills the container and waits until it is gone. True also when it was not running. No time limit. */
	bool (*stop)(struct lxc_container *c);
	/* Whether start() goes to the background (the default). False when there is no configuration. */
	bool (*want_daemonize)(struct lxc_container *c, bool state);
	/* Whether no descriptor of the caller may reach a container started in the foreground. */
	bool (*want_close_all_fds)(struct lxc_container *c, bool state);
	/* The path of the configuration file; free() it. */
	char *(*config_file_name)(struct lxc_container *c);
	/* Waits for a state: names joined by '|'. timeout in seconds; < 0: for ever; 0: only looks. */
	bool (*wait)(struct lxc_container *c, const char *state, int timeout);
	/* Sets a key in memory; value NULL or "" clears it. A refused value leaves the old one. */
	bool (*set_config_item)(struct lxc_container *c, const char *key, const char *value);
	/* Removes the container and its storage. False when it runs, is not defined, or others depend on it. */
	bool (*destroy)(struct lxc_container *c);
	/* Writes the configuration (NULL: to the container's own file), atomically. */
	bool (*save_config)(struct lxc_container *c, const char *alt_file);
	/*
	 * Makes a new container. t: template (absolute path, or a name), NULL: configuration only. bdevtype: storage, NULL: dir.
	 * argv: arguments for the template, NULL-terminated, or NULL. flags: LXC_CREATE_QUIET. On failure all that this call
	 * made is gone, and nothing else.
	 */
	bool (*create)(struct lxc_container *c, const char *t, const char *bdevtype, struct bdev_specs *specs, int flags,
		       char *const argv[]);
	bool (*createl)(struct lxc_container *c, const char *t, const char *bdevtype, struct bdev_specs *specs, int flags, ...);
	/* Gives a stopped container another name. The object goes on standing for the old one. */
	bool (*rename)(struct lxc_container *c, const char *newname);
	/* Asks the first process to reboot (lxc.signal.reboot, default SIGINT); does not wait. */
	bool (*reboot)(struct lxc_container *c);
	/* Asks for a clean end (lxc.signal.halt) and waits timeout seconds; < 0: for ever; 0: not at all. */
	bool (*shutdown)(struct lxc_container *c, int timeout);
	/* Forgets the configuration in memory. */
	void (*clear_config)(struct lxc_container *c);
	bool (*clear_config_item)(struct lxc_container *c, const char *key);
	/*
	 * The text of a key: its full length without NUL, < 0 on failure. retv NULL: only the length. Scalars are written only
	 * when they fit, lists are cut to inlen - 1 bytes.
	 */
	int (*get_config_item)(struct lxc_container *c, const char *key, char *retv, int inlen);
	/* The text of a key as the running container has it; free() it. NULL: not running, unknown, or empty. */
	char *(*get_running_config_item)(struct lxc_container *c, const char *key);
	/* Names of keys (key NULL), or of sub-keys of a key, one a line. Result as get_config_item(). */
	int (*get_keys)(struct lxc_container *c, const char *key, char *retv, int inlen);
	/* Names of network interfaces inside, NULL-terminated; free() each and the array. */
	char **(*get_interfaces)(struct lxc_container *c);
	/* Addresses inside; interface, family ("inet", "inet6") may be NULL. As get_interfaces(). */
	char **(*get_ips)(struct lxc_container *c, const char *interface, const char *family, int scope);
	/* Reads CONTROLLER.FILE of the running container: bytes, < 0 on failure. retv NULL: only the length. */
	int (*get_cgroup_item)(struct lxc_container *c, const char *subsys, char *retv, int inlen);
	bool (*set_cgroup_item)(struct lxc_container *c, const char *subsys, const char *value);
	/* The lxcpath; points into the object. */
	const char *(*get_config_path)(struct lxc_container *c);
	bool (*set_config_path)(struct lxc_container *c, const char *path);
	/* Copies (flags: LXC_CLONE_*) to a new container; lxc_container_put() the result. NULL on failure. newsize in bytes. */
	struct lxc_container *(*clone)(struct lxc_container *c, const char *newname, const char *lxcpath, int flags,
				       const char *bdevtype, const char *bdevdata, uint64_t newsize, char **hookargs);

	/* --- console --- */

	/* Takes a terminal (*ttynum -1: the next free one): a descriptor that holds it, *ptxfd the terminal. Close both. */
	int (*console_getfd)(struct lxc_container *c, int *ttynum, int *ptxfd);
	/* Connects three descriptors to a terminal until escape then q is typed. escape: 1 is ctrl-a; < 1: none. 0 or < 0. */
	int (*console)(struct lxc_container *c, int ttynum, int stdinfd, int stdoutfd, int stderrfd, int escape);

	/* --- attach --- */

	/* Runs exec_function(payload) inside, as a child of the caller: 0 and its pid, or < 0. options NULL: the defaults. */
	int (*attach)(struct lxc_container *c, lxc_attach_exec_t exec_function, void *exec_payload,
		      lxc_attach_options_t *options, pid_t *attached_process);
	/* Runs a program inside and waits: status as wait(2) has it, or < 0. */
	int (*attach_run_wait)(struct lxc_container *c, lxc_attach_options_t *options, const char *program,
			       const char *const argv[]);
	int (*attach_run_waitl)(struct lxc_container *c, lxc_attach_options_t *options, const char *program, const char *arg,
				...);

	/* --- snapshots --- */

	/* A new snapshot: its number, or < 0. commentfile: copied to it, or NULL. */
	int (*snapshot)(struct lxc_container *c, const char *commentfile);
	/* All snapshots: their count, or < 0. Each ->free()d, then the array free()d. */
	int (*snapshot_list)(struct lxc_container *c, struct lxc_snapshot **snapshots);
	/* newname NULL: replaces the container itself. */
	bool (*snapshot_restore)(struct lxc_container *c, const char *snapname, const char *newname);
	bool (*snapshot_destroy)(struct lxc_container *c, const char *snapname);

	/* --- the rest --- */

	/* Whether the caller may control the container (true for one that does not run). */
	bool (*may_control)(struct lxc_container *c);
	/* Makes a device of the host usable inside, at dest_path (NULL: the same path). */
	bool (*add_device_node)(struct lxc_container *c, const char *src_path, const char *dest_path);
	bool (*remove_device_node)(struct lxc_container *c, const char *src_path, const char *dest_path);
	/* Moves a network interface in, named dst_dev (NULL: the same name). */
	bool (*attach_interface)(struct lxc_container *c, const char *dev, const char *dst_dev);
	bool (*detach_interface)(struct lxc_container *c, const char *dev, const char *dst_dev);
	bool (*checkpoint)(struct lxc_container *c, char *directory, bool stop, bool verbose);
	bool (*restore)(struct lxc_container *c, char *directory, bool verbose);
	bool (*destroy_with_snapshots)(struct lxc_container *c);
	bool (*snapshot_destroy_all)(struct lxc_container *c);
	/* cmd: MIGRATE_*. size: sizeof(*opts) of the caller. 0, or not 0 on failure. */
	int (*migrate)(struct lxc_container *c, unsigned int cmd, struct migrate_opts *opts, unsigned int size);
	/* Reads, clears or drops the console's ring buffer. 0, -ENODATA (empty), -EFAULT (there is no buffer), < 0. */
	int (*console_log)(struct lxc_container *c, struct lxc_console_log *log);
	/* Asks for a reboot and waits timeout seconds for the next RUNNING; < 0: for ever; 0: not at all. */
	bool (*reboot2)(struct lxc_container *c, int timeout);
	/* Mounts into the running container. 0 or < 0. */
	int (*mount)(struct lxc_container *c, const char *source, const char *target, const char *filesystemtype,
		     unsigned long mountflags, const void *data, struct lxc_mount *mnt);
	int (*umount)(struct lxc_container *c, const char *target, unsigned long mountflags, struct lxc_mount *mnt);
	int (*seccomp_notify_fd)(struct lxc_container *c);
	int (*seccomp_notify_fd_active)(struct lxc_container *c);
	/* A new close-on-exec pidfd of the first process, or -errno. The caller closes it. */
	int (*init_pidfd)(struct lxc_container *c);
	int (*devpts_fd)(struct lxc_container *c);
	int rcv_timeout; /* private */
	/* Seconds that state queries wait for an answer; -1: for ever. */
	bool (*set_timeout)(struct lxc_container *c, int timeout);
};

struct lxc_snapshot {
	char *name;
	char *comment_pathname; /* also set when there is no such file */
	char *timestamp;        /* NULL: unknown */
	char *lxcpath;
	void (*free)(struct lxc_snapshot *s); /* frees the four strings, not s */
};

/* Storage for create(). Members that the kind of storage does not use are ignored. */
struct bdev_specs {
	char *fstype;
	uint64_t fssize; /* bytes */
	struct {
		char *zfsroot;
	} zfs;
	struct {
		char *vg;
		char *lv;
		char *thinpool;
	} lvm;
	char *dir;
	struct {
		char *rbdname;
		char *rbdpool;
		char *rbduser;
	} rbd;
};

enum {
	MIGRATE_PRE_DUMP,
	MIGRATE_DUMP,
	MIGRATE_RESTORE,
	MIGRATE_FEATURE_CHECK,
};

#define FEATURE_MEM_TRACK (1ULL << 0)
#define FEATURE_LAZY_PAGES (1ULL << 1)

struct migrate_opts {
	char *directory;
	bool verbose;
	bool stop;
	char *predump_dir;
	char *pageserver_address;
	char *pageserver_port;
	bool preserves_inodes;
	char *action_script;
	bool disable_skip_in_flight;
	uint64_t ghost_limit; /* bytes; 0: the default */
	uint64_t features_to_check; /* FEATURE_*; on return those that work */
};

struct lxc_console_log {
	bool clear;         /* empty the buffer, after reading */
	bool read;          /* fill data */
	uint64_t *read_max; /* in: at most that many bytes, 0: all; out: bytes in data */
	char *data;         /* out: free() it */
};

/*
 * An object for a container, which need not exist. configpath: the lxcpath, NULL: the configured one. Loads the container's
 * configuration if there is one. NULL: no memory, the configuration cannot be loaded, or locks cannot be made.
 */
struct lxc_container *lxc_container_new(const char *name, const char *configpath);
/* Takes a reference: 1, or 0 on failure. */
int lxc_container_get(struct lxc_container *c);
/* Gives a reference back: 1 when that freed the object, 0 when not, -1 on failure. */
int lxc_container_put(struct lxc_container *c);

/* The number of states; their names (static) in states[] when that is not NULL. */
int lxc_get_wait_states(const char **states);
/* An item of the system configuration; never free it. NULL: not set (errno 0) or unknown (errno EINVAL). */
const char *lxc_get_global_config_item(const char *key);
const char *lxc_get_version(void);

/*
 * Containers of an lxcpath (NULL: the configured one): with a configuration file; running; either. names and cret may be
 * NULL; both are sorted and have as many entries as the result says. free() names and their array; put the containers and
 * free() their array. < 0 on failure.
 */
int list_defined_containers(const char *lxcpath, char ***names, struct lxc_container ***cret);
int list_active_containers(const char *lxcpath, char ***names, struct lxc_container ***cret);
int list_all_containers(const char *lxcpath, char ***names, struct lxc_container ***cret);

struct lxc_log {
	const char *name;    /* of the container */
	const char *lxcpath; /* NULL: the default directory for logs */
	const char *file;    /* "none": no file; NULL: the default file, if name is set */
	const char *level;   /* NULL: ERROR */
	const char *prefix;  /* of each line; NULL: "lxc" */
	bool quiet;          /* nothing on standard error */
};

/* Opens the process's log. 0, or < 0: file cannot be opened. A second call while one is open changes nothing. */
int lxc_log_init(struct lxc_log *log);
void lxc_log_close(void);

/* Whether this library knows the configuration key (also lxc.net.INDEX.KEY and members of families). */
bool lxc_config_item_is_supported(const char *key);
/* Whether a later addition of the API, by its name, works in this build. NULL: true. */
bool lxc_has_api_extension(const char *extension);

#ifdef __cplusplus
}
#endif
#endif
