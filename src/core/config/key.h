/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * config/key: the table of keys, one row a key, and the types that carry them. Private to the room and its tests.
 *
 * Everything that differs between keys stands in a row or in its type; set, get, clear, save and lists walk the table.
 * All const: share it freely.
 */
#ifndef CONFIG_KEY_H
#define CONFIG_KEY_H

#include "core/config/config.h"

struct key_ref;

/* What a check may look at besides the value. */
struct key_check {
	const struct config *config; /* NULL: look at the value alone, it was checked against its surroundings before */
	struct sys *sys;             /* NULL: no world; what needs one is refused */
	const struct key_ref *ref;
	struct err *err;
};

enum key_keep {
	KEEP_ONE,     /* the last one stays, at the place of the first */
	KEEP_MANY,    /* each line adds one */
	KEEP_NOTHING, /* the key acts and leaves no setting */
};

struct key_type {
	const char *name;
	enum key_keep keep;
	bool is_number; /* config_int() reads it */
	bool none_resets; /* the word "none" in a value empties the list before it */
	/* Adds the normalised value to *out. 0 or -EINVAL, err filled. NULL: any value as it is. */
	int (*check)(const struct key_check *check, const char *value, struct str *out);
	/* Adds the getter text. NULL: the key cannot be read. */
	void (*print)(const struct config *config, const struct key_ref *ref, struct str *out);
	/* The normalised value can be carried out at start. NULL: each can, if the row says supported. */
	bool (*is_built)(const char *value);
};

/*
 * A name ending in ".*" is a family: any non-empty rest; the bare stem names all of them. "lxc.net.N" stands for a number.
 * Words are in lower case and compared exactly unless any_case.
 */
struct config_key {
	const char *name;
	const struct key_type *type;
	const char *def;     /* getter text when unset; NULL: empty */
	const char *empty;   /* what an empty value sets; NULL: it unsets */
	const char *nic_type; /* only for network devices of this type */
	const char *const *words;
	bool any_case;
	uint32_t min, max;   /* numbers: bounds (max 0: none); texts: at most max bytes (0: no limit) */
	bool supported;      /* carried out at start; the others are refused there */
	const char *since, *help, *example;
};

extern const struct config_key config_keys_table[];
extern const size_t config_keys_count;

/* A name, found in the table. Not to be copied: name may point into buf. */
struct key_ref {
	const struct config_key *key;
	const char *name; /* without superfluous zeros in the number of a device */
	bool bare;        /* the stem of a family: all of it */
	int64_t nic;      /* number of the network device, -1: not about one */
	char buf[96];
};

/* 0 or -ENOENT. ref->name lives as long as name and ref. */
int key_find(const char *name, struct key_ref *ref);
bool key_is_family(const struct config_key *key);
/* The part of a family's name behind the stem and its dot; "" for the bare stem. */
const char *key_tail(const struct key_ref *ref);
/* A setting named by *line falls when *target is cleared. */
bool key_covers(const struct key_ref *target, const struct key_ref *line);
/* Fills err with what can be said about a name that is not in the table. -EINVAL. */
int key_unknown(const char *name, struct err *err);

/* err: NAME = "VALUE": WORDS. -EINVAL */
int key_refuse(const struct key_check *check, const char *value, const char *words);

void key_print_value(const struct config *config, const struct key_ref *ref, struct str *out);
void key_print_lines(const struct config *config, const struct key_ref *ref, struct str *out);
void key_print_words(const struct config *config, const struct key_ref *ref, struct str *out);
void key_print_joined(const struct config *config, const struct key_ref *ref, struct str *out);

/* --- the types, by file --- */
/* type_text.c */
extern const struct key_type key_text, key_word, key_arch, key_tty_dir, key_cgroup_dir, key_rootfs_path, key_rootfs_options,
	key_notify_proxy;
/* type_number.c */
extern const struct key_type key_bool, key_u32, key_i32, key_id, key_size, key_signal, key_log_level, key_tmpfs_size,
	key_time_boot, key_time_monotonic;
/* type_list.c */
extern const struct key_type key_lines, key_environment, key_words, key_cap_drop, key_cap_keep, key_namespaces, key_idmap,
	key_gids, key_vlan_list, key_vlan;
/* type_mount.c */
extern const struct key_type key_auto_mounts;
/* type_family.c */
extern const struct key_type key_cgroup_file, key_map, key_prlimit, key_share, key_hook_group, key_include;
/* type_net.c */
extern const struct key_type key_net, key_nic, key_nic_type, key_nic_flags, key_nic_link, key_hwaddr, key_ipv4, key_ipv6,
	key_ipv4_gateway, key_ipv6_gateway, key_route4, key_route6;

/* What stands for the type of a network device after the type was cleared. */
#define NIC_TYPE_INVALID "(invalid)"

/* The type of network device nic, NULL: not set (or cleared). */
const char *key_nic_type_of(const struct config *config, int64_t nic);
bool key_nic_exists(const struct config *config, int64_t nic);

#endif
