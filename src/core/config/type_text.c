/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Types whose value is a text. */
#include "core/config/object.h"

#include <errno.h>
#include <strings.h>
#include <sys/personality.h>

static int check_text(const struct key_check *check, const char *value, struct str *out)
{
	uint32_t max = check->ref->key->max;

	if (max > 0 && strlen(value) > max)
		return err_set(check->err, -EINVAL, "%s: longer than %u bytes", check->ref->name,
			       max);
	str_add(out, value);
	return 0;
}

/* One of the row's words; stored as it was written. */
static int check_word(const struct key_check *check, const char *value, struct str *out)
{
	const struct config_key *key = check->ref->key;
	_cleanup_str_ struct str known = { 0 };

	for (const char *const *word = key->words; *word; word++) {
		if ((key->any_case ? strcasecmp : strcmp)(*word, value) == 0) {
			str_add(out, value);
			return 0;
		}
		str_addf(&known, "%s%s", known.len ? ", " : "not one of ", *word);
	}
	return key_refuse(check, value, str_text(&known));
}

static const struct {
	const char *word;
	unsigned long persona;
} archs[] = {
	{ "x86", PER_LINUX32 },	    { "linux32", PER_LINUX32 }, { "i386", PER_LINUX32 },
	{ "i486", PER_LINUX32 },    { "i586", PER_LINUX32 },	{ "i686", PER_LINUX32 },
	{ "athlon", PER_LINUX32 },  { "mips", PER_LINUX32 },	{ "mipsel", PER_LINUX32 },
	{ "ppc", PER_LINUX32 },	    { "powerpc", PER_LINUX32 }, { "arm", PER_LINUX32 },
	{ "armv7l", PER_LINUX32 },  { "armhf", PER_LINUX32 },	{ "armel", PER_LINUX32 },
	{ "x32", PER_LINUX32 },	    { "linux64", PER_LINUX },	{ "x86_64", PER_LINUX },
	{ "amd64", PER_LINUX },	    { "mips64", PER_LINUX },	{ "mips64el", PER_LINUX },
	{ "ppc64", PER_LINUX },	    { "ppc64le", PER_LINUX },	{ "ppc64el", PER_LINUX },
	{ "powerpc64", PER_LINUX }, { "s390x", PER_LINUX },	{ "aarch64", PER_LINUX },
	{ "arm64", PER_LINUX },	    { "riscv64", PER_LINUX },	{ "loongarch64", PER_LINUX },
	{ "loong64", PER_LINUX },
};

int config_arch(const char *word, unsigned long *persona_out)
{
	for (size_t i = 0; i < ARRAY_LEN(archs); i++) {
		if (str_eq(archs[i].word, word)) {
			*persona_out = archs[i].persona;
			return 0;
		}
	}
	return -EINVAL;
}

static int check_arch(const struct key_check *check, const char *value, struct str *out)
{
	unsigned long persona;

	if (config_arch(value, &persona) < 0)
		return key_refuse(check, value,
				  "not an architecture; write i686 or x86_64, for example");
	str_add(out, value);
	return 0;
}

static void print_arch(const struct config *config, const struct key_ref *ref, struct str *out)
{
	const char *value = config_str(config, ref->name);
	unsigned long persona = PER_LINUX;

	if (value && config_arch(value, &persona) == 0)
		str_add(out, persona == PER_LINUX32 ? "i686" : "x86_64");
}

/* A '.' or '..' among the components. */
static bool has_dots(const char *path, bool single_too)
{
	while (*path) {
		size_t n = strcspn(path, "/");

		if ((n == 2 && path[0] == '.' && path[1] == '.') ||
		    (n == 1 && path[0] == '.' && single_too))
			return true;
		path += n + (path[n] == '/');
	}
	return false;
}

static int check_tty_dir(const struct key_check *check, const char *value, struct str *out)
{
	if (has_dots(value, true))
		return key_refuse(check, value, "a directory below /dev, without . and ..");
	return check_text(check, value, out);
}

static int check_cgroup_dir(const struct key_check *check, const char *value, struct str *out)
{
	if (value[0] == '/' || has_dots(value, false))
		return key_refuse(check, value, "a relative path without ..");
	if (str_ends(check->ref->name, ".inner") && strchr(value, '/'))
		return key_refuse(check, value, "one path component");
	return check_text(check, value, out);
}

static const char *const storage_types[] = { "dir",	"btrfs",     "loop", "lvm", "nbd",
					     "overlay", "overlayfs", "rbd",  "zfs", NULL };

/* The length of "TYPE:" before the path, 0: none. */
static size_t storage_prefix(const char *value)
{
	size_t n = strcspn(value, ":");

	if (value[n] != ':')
		return 0;
	for (const char *const *type = storage_types; *type; type++) {
		if (strlen(*type) == n && memcmp(*type, value, n) == 0)
			return n + 1;
	}
	return 0;
}

static int check_rootfs_path(const struct key_check *check, const char *value, struct str *out)
{
	size_t prefix = storage_prefix(value);

	if (strlen(value + prefix) > check->ref->key->max)
		return err_set(check->err, -EINVAL, "%s: longer than %u bytes", check->ref->name,
			       check->ref->key->max);
	if (prefix > 0 && value[prefix] == '\0')
		return key_refuse(check, value, "no path behind the storage type");
	str_add(out, value);
	return 0;
}

static void print_rootfs_path(const struct config *config, const struct key_ref *ref,
			      struct str *out)
{
	const char *value = config_str(config, ref->name);

	if (value)
		str_add(out, value + storage_prefix(value));
}

static bool is_directory_rootfs(const char *value)
{
	return storage_prefix(value) == 0 || str_starts(value, "dir:");
}

/* Words that steer LXC and not the mount make no sense for the root. */
static int check_rootfs_options(const struct key_check *check, const char *value, struct str *out)
{
	static const char *const refused[] = { "create=dir", "create=file", "optional",
					       "relative" };

	for (const char *at = value; *at;) {
		size_t n = strcspn(at, ",");

		for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
			if (strlen(refused[i]) == n && memcmp(refused[i], at, n) == 0)
				return key_refuse(check, value,
						  "an option of lxc.mount.entry only");
		}
		at += n + (at[n] == ',');
	}
	str_add(out, value);
	return 0;
}

static int check_notify_proxy(const struct key_check *check, const char *value, struct str *out)
{
	const char *rest = str_after(value, "unix:");

	if (!rest || (rest[0] != '/' && rest[0] != '@') || rest[1] == '\0')
		return key_refuse(check, value, "write unix:/path or unix:@name");
	str_add(out, value);
	return 0;
}

static void print_notify_proxy(const struct config *config, const struct key_ref *ref,
			       struct str *out)
{
	const char *value = config_str(config, ref->name);
	const char *rest = value ? str_after(value, "unix:") : NULL;

	if (rest)
		str_add(out, rest + (rest[0] == '@'));
}

void key_print_value(const struct config *config, const struct key_ref *ref, struct str *out)
{
	const char *value = config_str(config, ref->name);

	if (!value)
		value = ref->key->def;
	str_add(out, value ? value : "");
}

/* clang-format off */
const struct key_type key_text = { .name = "text", .check = check_text, .print = key_print_value };
const struct key_type key_word = { .name = "word", .check = check_word, .print = key_print_value };
const struct key_type key_arch = { .name = "architecture", .check = check_arch, .print = print_arch };
const struct key_type key_tty_dir = { .name = "directory below /dev", .check = check_tty_dir, .print = key_print_value };
const struct key_type key_cgroup_dir = { .name = "cgroup path", .check = check_cgroup_dir, .print = key_print_value };
const struct key_type key_rootfs_path = { .name = "[TYPE:]path", .check = check_rootfs_path, .print = print_rootfs_path,
	.is_built = is_directory_rootfs };
const struct key_type key_rootfs_options = { .name = "mount options", .check = check_rootfs_options,
	.print = key_print_value };
const struct key_type key_notify_proxy = { .name = "socket", .check = check_notify_proxy, .print = print_notify_proxy };
/* clang-format on */
