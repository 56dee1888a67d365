/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/config/object.h"
#include "core/io/io.h"

#include <errno.h>

/* What config_keys() lists below a prefix. Fixed since 3.0.0: neither order nor gaps follow from
 * the table of keys. */
static const struct {
	const char *prefix, *names;
} key_lists[] = {
	{ "lxc.apparmor", "allow_incomplete\nprofile\n" },
	{ "lxc.cap", "drop\nkeep\n" },
	{ "lxc.cgroup", "dir\n" },
	{ "lxc.console", "logfile\npath\n" },
	{ "lxc.hook", "autodev\nclone\ndestroy\nmount\npost-stop\npre-mount\npre-start\nstart-"
		      "host\nstart\nstop\n" },
	{ "lxc.monitor", "unshare\n" },
	{ "lxc.mount", "auto\nentry\nfstab\n" },
	{ "lxc.rootfs", "mount\noptions\npath\n" },
	{ "lxc.seccomp", "profile\n" },
	{ "lxc.selinux", "context\n" },
	{ "lxc.signal", "halt\nreboot\nstop\n" },
	{ "lxc.start", "auto\ndelay\norder\n" },
	{ "lxc.uts", "name\n" },
};

static const struct {
	const char *type, *names;
} nic_lists[] = {
	{ "veth", "veth.pair\n" },
	{ "macvlan", "macvlan.mode\n" },
	{ "vlan", "vlan.id\n" },
};

int config_get(const struct config *config, const char *name, struct str *out)
{
	struct key_ref ref;

	if (key_find(name, &ref) < 0)
		return -ENOENT;
	if (!ref.key->type->print)
		return -ENOSYS;
	if (ref.nic >= 0 && !key_nic_exists(config, ref.nic))
		return -ENOENT;
	if (ref.key->nic_type) {
		const char *type = key_nic_type_of(config, ref.nic);

		if (!type || !str_eq(type, ref.key->nic_type))
			return 0;
	}
	ref.key->type->print(config, &ref, out);
	return 0;
}

/* Sub-keys of a device that make sense for its type. What stands behind the number does not matter.
 */
static int nic_keys(const struct config *config, const char *rest, struct str *out)
{
	char *name _cleanup_free_ = str_printf("lxc.net.%.*s", (int)strcspn(rest, "."), rest);
	struct key_ref ref;
	const char *type;

	if (!name || key_find(name, &ref) < 0 || !key_nic_exists(config, ref.nic))
		return -ENOENT;
	type = key_nic_type_of(config, ref.nic);
	str_add(out, "type\nscript.up\nscript.down\n");
	if (!type || str_eq(type, "empty"))
		return 0;
	str_add(out, "flags\nlink\nname\nhwaddr\nmtu\nipv6.address\nipv6.gateway\nipv4."
		     "address\nipv4.gateway\n");
	for (size_t i = 0; i < ARRAY_LEN(nic_lists); i++) {
		if (str_eq(nic_lists[i].type, type))
			str_add(out, nic_lists[i].names);
	}
	return 0;
}

static void all_keys(struct str *out)
{
	for (size_t i = 0; i < config_keys_count; i++) {
		const struct config_key *key = &config_keys_table[i];
		size_t len = strlen(key->name);

		if (!str_starts(key->name, "lxc.net.N"))
			str_addf(out, "%.*s\n", (int)(key_is_family(key) ? len - 2 : len),
				 key->name);
	}
}

int config_keys(const struct config *config, const char *prefix, struct str *out)
{
	const char *rest;

	if (!prefix) {
		all_keys(out);
		return 0;
	}
	rest = str_after(prefix, "lxc.net.");
	if (rest)
		return config ? nic_keys(config, rest, out) : -ENOENT;
	for (size_t i = 0; i < ARRAY_LEN(key_lists); i++) {
		if (!str_eq(key_lists[i].prefix, prefix))
			continue;
		str_add(out, key_lists[i].names);
		return 0;
	}
	return -ENOENT;
}

const struct config_item *config_unsupported(const struct config *config)
{
	for (size_t i = 0; i < config->items.count; i++) {
		const struct config_item *item = object_item(config, i);
		const struct config_key *key = item->key;

		/* A key that says what is the case anyway asks for nothing. */
		if (!key->supported && key->def && str_eq(key->def, item->value))
			continue;
		if (!key->supported || (key->type->is_built && !key->type->is_built(item->value)))
			return item;
	}
	return NULL;
}

const struct config_item *config_item(const struct config *config, const char *name)
{
	for (size_t i = config->items.count; i > 0; i--) {
		const struct config_item *item = object_item(config, i - 1);

		if (str_eq(item->name, name))
			return item;
	}
	return NULL;
}

const char *config_str(const struct config *config, const char *name)
{
	const struct config_item *item = config_item(config, name);

	return item ? item->value : NULL;
}

int64_t config_int(const struct config *config, const char *name, int64_t def)
{
	const struct config_item *item = config_item(config, name);
	enum log_level level;
	uint64_t n = 0;
	bool minus;

	if (!item || !item->key->type->is_number)
		return def;
	if (item->key->type == &key_log_level)
		return log_level_parse(item->value, &level) == 0 ? (int64_t)level : def;
	minus = item->value[0] == '-';
	if (str_to_decimal(item->value + minus, &n) < 0)
		return def;
	if (n > INT64_MAX)
		n = INT64_MAX;
	return minus ? -(int64_t)n : (int64_t)n;
}

const struct config_item *config_next(const struct config *config, const struct config_item *after,
				      const char *name)
{
	size_t i = after ? (size_t)(after - object_item(config, 0)) + 1 : 0;
	bool is_prefix = str_ends(name, ".");

	for (; i < config->items.count; i++) {
		const struct config_item *item = object_item(config, i);

		if (is_prefix ? str_starts(item->name, name) : str_eq(item->name, name))
			return item;
	}
	return NULL;
}
