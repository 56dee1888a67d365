/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/config/key.h"
#include "core/namespace/namespace.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#define NIC_STEM "lxc.net.N"
#define NIC_MAX 2147483646
#define NAME_SHOWN_MAX 64 /* longer names have no neighbours worth a search */

/* Names before 2.1, and what is written today. NULL: without replacement. Ending in '.': a family.
 */
static const struct {
	const char *old, *now;
} legacy[] = {
	{ "lxc.aa_allow_incomplete", "lxc.apparmor.allow_incomplete" },
	{ "lxc.aa_profile", "lxc.apparmor.profile" },
	{ "lxc.console", "lxc.console.path" },
	{ "lxc.devttydir", "lxc.tty.dir" },
	{ "lxc.haltsignal", "lxc.signal.halt" },
	{ "lxc.id_map", "lxc.idmap" },
	{ "lxc.init_cmd", "lxc.init.cmd" },
	{ "lxc.init_gid", "lxc.init.gid" },
	{ "lxc.init_uid", "lxc.init.uid" },
	{ "lxc.kmsg", NULL },
	{ "lxc.limit", "lxc.prlimit" },
	{ "lxc.limit.", "lxc.prlimit.NAME" },
	{ "lxc.logfile", "lxc.log.file" },
	{ "lxc.loglevel", "lxc.log.level" },
	{ "lxc.mount", "lxc.mount.fstab" },
	{ "lxc.network", "lxc.net" },
	{ "lxc.network.", "lxc.net.N.KEY" },
	{ "lxc.pivotdir", NULL },
	{ "lxc.pts", "lxc.pty.max" },
	{ "lxc.rebootsignal", "lxc.signal.reboot" },
	{ "lxc.rootfs", "lxc.rootfs.path" },
	{ "lxc.rootfs.backend", "lxc.rootfs.path" },
	{ "lxc.se_context", "lxc.selinux.context" },
	{ "lxc.seccomp", "lxc.seccomp.profile" },
	{ "lxc.stopsignal", "lxc.signal.stop" },
	{ "lxc.syslog", "lxc.log.syslog" },
	{ "lxc.tty", "lxc.tty.max" },
	{ "lxc.utsname", "lxc.uts.name" },
};

bool key_is_family(const struct config_key *key)
{
	return str_ends(key->name, ".*");
}

const char *key_tail(const struct key_ref *ref)
{
	size_t stem = strlen(ref->key->name) - 2;

	return ref->bare ? "" : ref->name + stem + 1;
}

/* "0.type" behind "lxc.net.": the number is decimal; 0x1 and signs are refused. */
static int find_nic(const char *rest, struct key_ref *ref)
{
	uint64_t nic = 0;
	const char *sub = rest;

	while (isdigit((unsigned char)*sub)) {
		nic = nic * 10 + (uint64_t)(*sub++ - '0');
		if (nic > NIC_MAX)
			return -ENOENT;
	}
	if (sub == rest || (*sub && *sub != '.'))
		return -ENOENT;
	for (size_t i = 0; i < config_keys_count; i++) {
		const char *have = str_after(config_keys_table[i].name, NIC_STEM);

		if (!have || !str_eq(have, sub))
			continue;
		ref->key = &config_keys_table[i];
		ref->nic = (int64_t)nic;
		(void)snprintf(ref->buf, sizeof(ref->buf), "lxc.net.%llu%s",
			       (unsigned long long)nic, sub);
		ref->name = ref->buf;
		return 0;
	}
	return -ENOENT;
}

/* The names of shared namespaces are a closed set; so the bare stem is nothing. */
static bool is_family_member(const struct key_ref *ref)
{
	if (ref->key->type != &key_share)
		return true;
	return !ref->bare && namespace_find(key_tail(ref), false) >= 0;
}

int key_find(const char *name, struct key_ref *ref)
{
	const char *rest = str_after(name, "lxc.net.");

	ref->key = NULL;
	ref->name = name;
	ref->bare = false;
	ref->nic = -1;
	if (rest)
		return find_nic(rest, ref);
	for (size_t i = 0; i < config_keys_count; i++) {
		const struct config_key *key = &config_keys_table[i];
		size_t stem = strlen(key->name) - 2;

		/* Nearly every row fails this, and a start asks for each key several times. */
		if (strncmp(key->name, name, stem) != 0)
			continue;
		if (key_is_family(key)) {
			if (name[stem] != '\0' && name[stem] != '.')
				continue;
			ref->key = key;
			ref->bare = name[stem] == '\0';
		} else if (str_eq(key->name + stem, name + stem) && !str_starts(name, NIC_STEM)) {
			ref->key = key;
			ref->bare = false;
			return 0;
		}
	}
	return ref->key && is_family_member(ref) ? 0 : -ENOENT;
}

bool config_key_is_known(const char *name)
{
	struct key_ref ref;

	return key_find(name, &ref) == 0;
}

bool key_covers(const struct key_ref *target, const struct key_ref *line)
{
	const struct key_type *type = target->key->type;

	if (type == &key_hook_group)
		return line->key == target->key ||
		       (line->key->type == &key_lines && str_starts(line->name, "lxc.hook."));
	if (type == &key_net)
		return line->key == target->key || line->nic >= 0;
	if (type == &key_nic)
		return line->nic == target->nic;
	if (target->bare)
		return line->key == target->key;
	return line->key == target->key && !line->bare && str_eq(line->name, target->name);
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* Levenshtein distance of two names of at most NAME_SHOWN_MAX bytes. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[NAME_SHOWN_MAX + 1];
	size_t len = strlen(b);

	for (size_t j = 0; j <= len; j++)
		row[j] = (unsigned)j;
	for (unsigned i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= len; j++) {
			unsigned above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[len];
}

/* "lxc.net.12.link" as the table writes it: "lxc.net.N.link". */
static void as_pattern(const char *name, char out[NAME_SHOWN_MAX + 1])
{
	const char *rest = str_after(name, "lxc.net.");
	size_t digits = rest ? strspn(rest, "0123456789") : 0;

	if (digits > 0)
		(void)snprintf(out, NAME_SHOWN_MAX + 1, NIC_STEM "%s", rest + digits);
	else
		(void)snprintf(out, NAME_SHOWN_MAX + 1, "%s", name);
}

const char *config_key_suggest(const char *name, bool *legacy_out)
{
	char pattern[NAME_SHOWN_MAX + 1];
	const char *best = NULL;
	unsigned least = 4;

	*legacy_out = false;
	for (size_t i = 0; i < ARRAY_LEN(legacy); i++) {
		if (!str_eq(legacy[i].old, name) &&
		    !(str_ends(legacy[i].old, ".") && str_starts(name, legacy[i].old)))
			continue;
		*legacy_out = true;
		return legacy[i].now;
	}
	if (strlen(name) > NAME_SHOWN_MAX)
		return NULL;
	as_pattern(name, pattern);
	for (size_t i = 0; i < config_keys_count; i++) {
		unsigned d = distance(pattern, config_keys_table[i].name);

		if (d < least) {
			least = d;
			best = config_keys_table[i].name;
		}
	}
	return best;
}

int key_unknown(const char *name, struct err *err)
{
	bool is_legacy = false;
	const char *close = config_key_suggest(name, &is_legacy);
	int ret;

	if (is_legacy) {
		const char *nic_key = str_after(name, "lxc.network.");

		if (nic_key)
			ret = err_set(err, -EINVAL, "%s was renamed; write lxc.net.N.%s", name,
				      nic_key + strspn(nic_key, "0123456789."));
		else
			ret = close ? err_set(err, -EINVAL, "%s was renamed; write %s", name, close)
				    : err_set(err, -EINVAL, "%s was removed; delete the line", name);
		err_hint(err, "lxc-update-config -c FILE rewrites a file with old names");
		return ret;
	}
	if (close)
		return err_set(err, -EINVAL, "unknown key %s; did you mean %s?", name, close);
	return err_set(err, -EINVAL, "unknown key %s", name);
}

int key_refuse(const struct key_check *check, const char *value, const char *words)
{
	return err_set(check->err, -EINVAL, "%s = \"%s\": %s", check->ref->name, value, words);
}
