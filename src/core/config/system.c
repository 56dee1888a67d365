/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc.conf: a grammar of its own, much simpler than a container's. */
#include "core/config/config.h"
#include "core/io/io.h"

#include "paths.h"

#include <errno.h>

#define USER_CONF ".config/lxc/lxc.conf"

/* In the order in which lxc-config lists them. user: below HOME, for those who are not root; NULL:
 * as for root. */
static const struct system_item {
	const char *name, *root, *user;
	bool is_dir; /* loses its trailing slashes */
	bool listed;
} system_items[] = {
	{ "lxc.default_config", PATH_DEFAULT_CONFIG, ".config/lxc/default.conf", false, true },
	{ "lxc.lxcpath", PATH_LXCPATH, ".local/share/lxc", true, true },
	{ "lxc.bdev.lvm.vg", "lxc", NULL, false, true },
	{ "lxc.bdev.lvm.thin_pool", "lxc", NULL, false, true },
	{ "lxc.bdev.zfs.root", "lxc", NULL, false, true },
	{ "lxc.cgroup.use", NULL, NULL, false, true },
	{ "lxc.cgroup.pattern", CGROUP_PATTERN, NULL, false, true },
	{ "lxc.bdev.rbd.rbdpool", "lxc", NULL, false, false },
};

static const struct system_item *find_item(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(system_items); i++) {
		if (str_eq(system_items[i].name, name))
			return &system_items[i];
	}
	return NULL;
}

const char *config_system_name(size_t i)
{
	for (size_t at = 0; at < ARRAY_LEN(system_items); at++) {
		if (system_items[at].listed && i-- == 0)
			return system_items[at].name;
	}
	return NULL;
}

static char *below_home(const char *const *envp, const char *rel)
{
	const char *home = "";

	for (; envp && *envp; envp++) {
		const char *value = str_after(*envp, "HOME=");

		if (value) {
			home = value;
			break;
		}
	}
	return str_printf("%s/%s", str_eq(home, "/") ? "" : home, rel);
}

/* The value if this line (up to its end) is "NAME = VALUE"; trailing blanks, quotes and the like
 * belong to it. */
static const char *value_of(const char *line, const char *name)
{
	const char *at;

	if (*line == '#')
		return NULL;
	at = str_after(line + strspn(line, " \t"), name);
	if (!at)
		return NULL;
	at += strspn(at, " \t");
	if (*at != '=')
		return NULL;
	at++;
	return at + strspn(at, " \t");
}

/* The first line that matches wins. malloc'ed in *out; NULL there: none. */
static int read_item(const char *text, const char *name, char **out)
{
	*out = NULL;
	while (*text) {
		size_t n = strcspn(text, "\n");
		bool ended = text[n] == '\n';
		const char *value = value_of(text, name);

		if (value && value <= text + n && (value < text + n || ended)) {
			*out = str_dup_n(value, (size_t)(text + n - value));
			return *out ? 0 : -ENOMEM;
		}
		text += n + ended;
	}
	return 0;
}

static void trim_slashes(char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
}

int config_system_item(struct sys *sys, const char *const *envp, const char *name, char **out)
{
	const struct system_item *item = find_item(name);
	_cleanup_str_ struct str text = { 0 };
	char *file _cleanup_free_ = NULL;
	bool is_root;
	int ret;

	*out = NULL;
	if (!item)
		return -EINVAL;
	is_root = sys_geteuid(sys) == 0;
	file = is_root ? str_dup(PATH_GLOBAL_CONF) : below_home(envp, USER_CONF);
	if (!file)
		return -ENOMEM;
	/* A file that is not there, or not for us, means the defaults. */
	ret = io_read_all(sys, AT_FDCWD, file, &text);
	if (ret < 0 && ret != -ENOENT && ret != -ENOTDIR && ret != -EACCES)
		return ret;
	ret = read_item(str_text(&text), name, out);
	if (ret < 0)
		return ret;
	if (!*out && item->user && !is_root)
		*out = below_home(envp, item->user);
	else if (!*out && item->root)
		*out = str_dup(item->root);
	if (!*out && item->root)
		return -ENOMEM;
	if (*out && item->is_dir)
		trim_slashes(*out);
	return 0;
}
