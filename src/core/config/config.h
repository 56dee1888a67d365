/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * config: the configuration language: text <-> an ordered list of checked settings, on one table of keys.
 *
 * A config is (1) the stored text, line by line, as save writes it, and (2) the settings in effect, each with the place it
 * came from. Values are checked against their key's type when they are set, so that a reader may trust their grammar.
 * Nothing has an effect beyond the object: logs are opened, rootfs looked at, ... elsewhere. Reads files only in
 * config_load and includes. Not locked: one thread at a time.
 * Sources: lxc.container.conf(5), lxc.system.conf(5).
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "core/base/err.h"
#include "core/base/str.h"
#include "sys/sys.h"

struct config;
struct config_key; /* one row of the table, private */

/* Where a setting was asked for. Owned by the config. */
struct config_origin {
	const char *file;   /* NULL: set through the API or on the command line */
	unsigned line;      /* 0 when file is NULL */
};

/* One setting in effect. Pointers live until the config changes or dies. */
struct config_item {
	const struct config_key *key;
	const char *name;             /* the full key: "lxc.cgroup2.memory.max", "lxc.net.0.type" */
	const char *value;            /* checked and normalised; never empty */
	struct config_origin origin;
};

struct config *config_create(void); /* empty; NULL: out of memory */
void config_destroy(struct config *config); /* NULL is fine */
#define _cleanup_config_ _cleanup_(config_cleanup)
static inline void config_cleanup(struct config **config)
{
	config_destroy(*config);
}

/*
 * Adds a file to what is set already. A file fails at its first bad line; settings before it stay.
 * 0; -ENOENT, -EACCES, ...: cannot be read; -EINVAL: bad line. err names file, line, text and the include chain.
 */
int config_load(struct config *config, struct sys *sys, const char *path, struct err *err);

/* The same for a text in memory; name stands for the file in origins and errors. sys NULL: no includes, nothing random. */
int config_load_text(struct config *config, struct sys *sys, const char *name, const char *text, size_t len,
		     struct err *err);

/*
 * The caller's environment, from which "lxc.environment = NAME" takes its value; NULL (the default): no variable is set.
 * Not copied: must live as long as settings are made. config_clear() keeps it.
 */
void config_set_environment(struct config *config, const char *const *envp);

/* One setting as the API gives it: no trimming, no unquoting; "" or NULL clears. Changes the stored text too. 0 or -EINVAL. */
int config_set(struct config *config, struct sys *sys, const char *name, const char *value, struct err *err);
int config_clear_item(struct config *config, const char *name, struct err *err);
/* Back to empty, stored text included. */
void config_clear(struct config *config);

/* A line "key = value" as in a file (lxc-start -s), with origin "command line". */
int config_set_line(struct config *config, struct sys *sys, const char *line, struct err *err);

/*
 * The getter text of a key, as get_config_item returns it (families, lists, single items): added to *out.
 * 0; -ENOENT: key unknown; -ENOSYS: key cannot be read.
 */
int config_get(const struct config *config, const char *name, struct str *out);
/* Sub-key names, one per line; prefix NULL: all top-level keys in table order. 0 or -ENOENT. */
int config_keys(const struct config *config, const char *prefix, struct str *out);
bool config_key_is_known(const char *name);
/* The personality that a word of lxc.arch stands for: PER_LINUX or PER_LINUX32. 0 or -EINVAL: unknown word. */
int config_arch(const char *word, unsigned long *persona_out);

/*
 * The keys whose work is not built yet: set and kept, but refused at start. The first such item in effect, NULL: none.
 */
const struct config_item *config_unsupported(const struct config *config);

/* --- reading settings (for the planner) --- */

/* The last (effective) item of exactly this name, NULL when unset. */
const struct config_item *config_item(const struct config *config, const char *name);
/* Its value, NULL when unset. */
const char *config_str(const struct config *config, const char *name);
/* Its value as a number; def when unset. Only for keys of a numeric type (signals give their number, booleans 0/1). */
int64_t config_int(const struct config *config, const char *name, int64_t def);
/*
 * Walks all items whose name is NAME or begins with it, when NAME ends in a dot, in the order in which they were set:
 *   for (it = config_next(c, NULL, "lxc.hook."); it; it = config_next(c, it, "lxc.hook."))
 */
const struct config_item *config_next(const struct config *config, const struct config_item *after, const char *name);

/* --- text --- */

/* The stored text, as save_config writes it. */
const char *config_text(const struct config *config);
/* Writes the stored text to a file, atomically. 0 or -errno. */
int config_save(const struct config *config, struct sys *sys, const char *path, struct err *err);
/* The first file that was loaded, NULL if none. */
const char *config_file(const struct config *config);

/*
 * Canonical, lossless form of the settings in effect: name, value, origin of each, and the first file. It holds no stored
 * text. parse(serialise(c)) has equal items in equal order; parsing empties the config first. 0 or -ENOMEM / -EINVAL.
 */
int config_serialise(const struct config *config, struct str *out);
int config_parse_serial(struct config *config, const void *bytes, size_t len, struct err *err);

/* --- the system configuration, lxc.conf: name, per-user path and default are one table --- */

/* The value of lxc.lxcpath, lxc.default_config, ...: malloc'ed in *out, NULL there: not set. 0; -EINVAL: unknown item. */
int config_system_item(struct sys *sys, const char *const *envp, const char *name, char **out);

/* The names of the items as lxc-config lists them; NULL behind the last. */
const char *config_system_name(size_t i);

/*
 * The closest known key within a small edit distance, or the new name of a legacy key; NULL: nothing close, or (legacy)
 * removed without replacement. Static text.
 */
const char *config_key_suggest(const char *name, bool *legacy_out);

#endif
