/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan: what a life of a container will do, as one flat, read-only, position-independent image.
 *
 * Two halves. The image (image.c, print.c): checked once at the border, then read; no allocation, so that the supervisor and
 * the child between clone and exec may use it. The planner (the other files): configuration + host facts -> image; never
 * used after clone. Same configuration and same host facts give the same image.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/io/io.h"
#include "core/plan/args.h"
#include "sys/sys.h"

enum step_kind {
#define STEP(kind, ...) STEP_##kind,
#include "core/plan/steps.def"
	STEP_KIND_COUNT
};

/* The fixed order in which the afterlife undoes and acts; not the reverse of creation (start.md 4.4). */
enum rank {
	RANK_NONE,
	RANK_KILL,          /* kill and reap the first process */
	RANK_NET,           /* physical links home, links deleted, script.down */
	RANK_PIN,
	RANK_BLOCK,
	RANK_STOPPING,      /* announce */
	RANK_STOP_HOOK,
	RANK_LSM,
	RANK_CGROUP,
	RANK_STOPPED,       /* announce: closes the command socket unless rebooting */
	RANK_NS,
	RANK_POST_STOP_HOOK,
	RANK_CONSOLE,
	RANK_CLIENTS,
	RANK_EPHEMERAL,
	RANK_PIDFILE,
	RANK_STORAGE,       /* what a creation made, the youngest first */
	RANK_COUNT
};

enum chapter {
	CHAPTER_PROLOGUE,   /* supervisor: STARTING, pre-start hooks */
	CHAPTER_BEFORE,     /* supervisor, up to and including clone */
	CHAPTER_CHILD,      /* the first process; in an attach the one that enters */
	CHAPTER_ATTACHED,   /* attach: the process that stays inside */
	CHAPTER_AFTER,      /* supervisor, while the child exists, up to RUNNING */
	CHAPTER_AFTERLIFE,  /* supervisor; each step's rank is in step.rank */
	CHAPTER_COUNT
};

/*
 * What arguments mean where steps.def has no room to say it: plan/args.h. A child chapter without a rootfs step has the
 * host's root as the container's root: targets are looked up beneath "/".
 */

/* Barriers between child and supervisor (sync_post, sync_wait). */
enum barrier { BARRIER_IN_CGROUP = 1, BARRIER_SET_UP, BARRIER_LIMITED, BARRIER_EXEC };

/* One step: kind, rank (afterlife only), origin (index, 0: none), strings (offsets; 0 is "") and numbers by steps.def. */
struct step {
	uint16_t kind;
	uint16_t rank;
	uint32_t origin;
	uint32_t str[4];
	int64_t num[4];
};

struct plan_range {
	uint32_t first;
	uint32_t count;
};
struct plan_origin {
	uint32_t file;  /* string; "" for a built-in rule */
	uint32_t line;
	uint32_t text;  /* string: "key = value", or the name of the rule */
};
/* The getter text of a key, for answers of the running container; sorted by name. */
struct plan_item {
	uint32_t name;
	uint32_t value;
};

#define PLAN_MAGIC "LXCPLAN"
#define PLAN_VERSION 1U
#define PLAN_SIZE_MAX (16U << 20)
#define PLAN_STEPS_MAX 2048U
#define PLAN_HAS_PRE_START 0x1U  /* the body (all but the prologue) must be planned after the prologue */
#define PLAN_DAEMON 0x2U
#define PLAN_USE_INIT 0x4U       /* lxc-execute */
#define PLAN_NO_BODY 0x8U        /* prologue and afterlife only */

/* The image. All at-fields are offsets from its start. */
struct plan {
	char magic[8];
	uint32_t version;
	uint32_t size;
	char build_id[48];              /* of the build that made it */
	uint32_t flags;                 /* PLAN_* */
	uint32_t name, lxcpath, config_file; /* strings */
	uint64_t ns_flags;              /* CLONE_NEW* that the container has of its own: answer of GET_CLONE_FLAGS */
	int32_t signal_halt, signal_reboot, signal_stop; /* 0: default */
	uint32_t log_level;
	struct plan_range chapters[CHAPTER_COUNT];
	uint32_t steps_at, step_count;
	uint32_t origins_at, origin_count;
	uint32_t items_at, item_count;
	uint32_t strings_at, strings_size; /* begins with an empty string, ends in NUL */
	uint32_t serial_at, serial_size;   /* the configuration (config_serialise) and the start's arguments, for the planner */
};

/* --- reading [child]: after plan_check, all of these are safe and cannot fail --- */

/* Checks everything once: magic, version, build id, offsets, counts, strings. 0, -EINVAL, -ESTALE: of another build. */
int plan_check(const void *bytes, size_t len, struct err *err);
const char *plan_str(const struct plan *plan, uint32_t at);
const struct step *plan_step(const struct plan *plan, enum chapter chapter, uint32_t i); /* i < count of the chapter */
static inline uint32_t plan_step_count(const struct plan *plan, enum chapter chapter)
{
	return plan->chapters[chapter].count;
}
static inline const char *step_str(const struct plan *plan, const struct step *step, int i)
{
	return plan_str(plan, step->str[i]);
}
/* Who asked for a step; step->origin == 0: nobody, all texts are "". */
const struct plan_origin *plan_origin(const struct plan *plan, const struct step *step);
/* Points out[0..count) at the strings of a vector argument, out[count] at NULL. count + 1 <= max, else -E2BIG. */
int plan_vec(const struct plan *plan, uint32_t at, uint32_t count, const char **out, size_t max);
#define PLAN_VEC_MAX 1024
/* The getter text of a key; NULL: not in the image. */
const char *plan_item(const struct plan *plan, const char *name);

/*
 * Words and origin of a failing step: "mount /srv/data on srv/data failed: No such file or directory (ENOENT)", the line of
 * configuration, and the hint for (kind, errno) from hints.def. detail may be NULL: more words after the errno. Returns ret.
 */
int plan_err_at(struct err *err, const char *where, const struct plan *plan, const struct step *step, int ret,
		const char *detail);
#define plan_err(err, ...) plan_err_at(err, ERR_HERE, __VA_ARGS__)
/* The words alone, without errno: "mount /srv/data on srv/data". Always terminated; the length (cut). */
size_t step_words(const struct plan *plan, const struct step *step, char *buf, size_t size);
/* Of the build that this code is from. */
const char *plan_build_id(void);
const char *step_kind_name(enum step_kind kind);
const char *chapter_name(enum chapter chapter);

/*
 * Environment entries of hook and exec steps begin with a letter that tells their kind: "=NAME=VALUE" literal;
 * "?NAME" a hole that the executor fills from struct run (LXC_PID, LXC_TARGET, LXC_*_NS, container_ttys) or leaves out;
 * "*" all of the supervisor's own environment (hooks on the host side); "*NAME" that variable of it.
 */

/* --- printing --- */
int plan_print(const struct plan *plan, struct str *out);       /* one step a line, origin at its end */
int plan_print_json(const struct plan *plan, struct str *out);

/* --- the planner --- */

struct config;

/* What a start was asked for, beside the configuration. */
struct plan_request {
	const char *name, *lxcpath;
	bool daemon;             /* else foreground */
	bool use_init;           /* lxc-execute */
	char *const *argv;       /* program given by the caller, or NULL */
	uint32_t stdio_ttys;     /* foreground: bit i set when descriptor i is a terminal */
	bool reboot;             /* a later life: prologue and body in one */
	char *const *envp;       /* of the starter: HOME for lxc.conf, variables that lxc.environment copies; or NULL */
	/* enum log_level that the starter was told to log at (-l); NULL: as configured */
	const enum log_level *log_level;
	const char *config_file; /* for LXC_CONFIG_FILE; NULL: the first file that the configuration loaded */
};

/*
 * Plans a life. *image_out is malloc'ed (its size in the header). With pre-start hooks and not reboot, only prologue and
 * afterlife are planned and PLAN_NO_BODY is set. Reads host facts through sys, changes nothing.
 * 0 or -errno with err: what in the configuration cannot be done, with its line.
 */
int plan_life(struct sys *sys, const struct config *config, const struct plan_request *request, struct plan **image_out,
	      struct err *err);

/*
 * The same from the image of an earlier plan: its serial part is all that is read. The new plan has all chapters; who has run
 * the prologue of the earlier one already (PLAN_NO_BODY) goes on with the chapter before.
 */
int plan_again(struct sys *sys, const struct plan *earlier, struct plan **image_out, struct err *err);

/* --- attach --- */

/* What an attach was asked for, and what was read of the container. Everything is borrowed. */
struct plan_attach {
	const char *name, *lxcpath;
	uint64_t namespaces;           /* CLONE_NEW* to enter */
	bool move_to_cgroup;
	const char *prlimits, *procs;  /* getter texts of lxc.prlimit and lxc.proc; "" none */
	int log_fd;                    /* of the caller: does not go along; -1: none */
	const char *cwd;
	bool remount_proc_sys;
	const char *arch;              /* lxc.arch, when it asked for the personality; "" */
	int64_t personality;           /* -1: as it is */
	bool drop_capabilities;
	uint64_t capabilities;         /* that stay in the bounding set */
	unsigned ttys;                 /* bit i: descriptor i is a terminal, and gets a pty instead */
	int streams[3];                /* the caller's descriptors that become 0, 1, 2; negative: left */
	unsigned filled;               /* bit i: descriptor i was closed; /dev/null stands there meanwhile */
	const gid_t *groups;
	size_t group_count;
	bool groups_denied;            /* the kernel may refuse to set them */
	uid_t uid;                     /* in the container */
	gid_t gid;
	bool no_new_privs;
	const char *program;           /* for people */
};
/*
 * Plans an attach: chapters before and after for the caller, child for the process that enters, attached for the one that
 * stays. Pure. *image_out is malloc'ed. 0 or -errno with err: a limit that the container's supervisor told is none.
 */
int plan_attach(const struct plan_attach *attach, struct plan **image_out, struct err *err);

/* --- containers on disk: plans that their caller runs itself (run_request): chapter before alone --- */

struct plan_create_request {
	const char *name, *lxcpath;
	const char *lock_path;       /* the container's lock */
	const char *config_text;     /* of LXCPATH/NAME/config */
	const char *template_path;   /* NULL: configuration only, and what follows is not looked at */
	char *const *template_args;  /* after --path, --name, --rootfs; or NULL */
	const char *rootfs;          /* directory that the template fills */
	const char *header;          /* put before what the template made of the configuration */
	bool quiet;                  /* the template's standard streams are null devices */
	bool check;                  /* the caller has the last word (struct request_args) */
};
/* Pure. *image_out is malloc'ed. 0; -E2BIG: too many arguments, or too large; or -ENOMEM; with err. */
int plan_create(const struct plan_create_request *request, struct plan **image_out, struct err *err);

/* Pure. Takes back what the marker of an abandoned creation tells of. *image_out is malloc'ed. 0 or as above. */
int plan_recover(const char *lxcpath, const char *name, struct plan **image_out, struct err *err);

struct plan_destroy_request {
	const char *name, *lxcpath;
	const struct config *config; /* its lxc.rootfs.path, a directory, goes first; NULL: LXCPATH/NAME alone */
};
/* Pure. A container that has snapshots is refused before anything of it is removed. *image_out is malloc'ed. 0 or as above. */
int plan_destroy(const struct plan_destroy_request *request, struct plan **image_out, struct err *err);

/*
 * The short-lived planner process. "lxc-plan --life": descriptor 3 holds an image, descriptor 4 an empty memfd for the
 * result, which is a new image or, in its place, a struct err behind PLAN_ERR_MAGIC; status 0 or 1.
 * "lxc-plan --print[=json] [-P PATH] [-f FILE] [-s KEY=VALUE]... [--execute] NAME [-- PROGRAM...]": the dry run.
 */
#define PLAN_ERR_MAGIC "LXCPERR"
struct plan_failure {
	char magic[8]; /* PLAN_ERR_MAGIC */
	struct err err;
};
#define PLANNER_FD_IN 3
#define PLANNER_FD_OUT 4
int planner_main(struct sys *sys, int argc, char **argv, char **envp);

#endif
