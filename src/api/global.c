/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The system configuration and what this build can do. */
#include "api/api.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

/* Asked once per thread and item; the first answer stays, as the API promises. Never freed while the thread may use it. */
static const char *const item_names[] = {
	"lxc.lxcpath",	  "lxc.default_config",	 "lxc.bdev.lvm.vg", "lxc.bdev.lvm.thin_pool", "lxc.bdev.zfs.root",
	"lxc.bdev.rbd.rbdpool", "lxc.cgroup.pattern", "lxc.cgroup.use",
};
static __thread struct {
	bool asked;
	char *value;
} cache[ARRAY_LEN(item_names)];

const char *api_global_item(struct sys *sys, char *const *envp, const char *key)
{
	for (size_t i = 0; key && i < ARRAY_LEN(item_names); i++) {
		if (!str_eq(item_names[i], key))
			continue;
		if (!cache[i].asked) {
			cache[i].value = NULL;
			cache[i].asked = config_system_item(sys, (const char *const *)envp, key, &cache[i].value) == 0;
		}
		errno = 0;
		return cache[i].value;
	}
	errno = EINVAL;
	return NULL;
}

/* lxc.net.0.type, lxc.net.[i].type: as lxc.net.0.type. */
static bool net_key_is_known(const char *rest)
{
	char name[128];
	const char *sub = rest;

	if (str_starts(rest, "[i]")) {
		sub = rest + 3;
	} else {
		while (isdigit((unsigned char)*sub))
			sub++;
		if (sub == rest)
			return false;
	}
	if (*sub == '\0')
		return true;
	if (*sub != '.' || strlen(sub) > sizeof(name) - 12)
		return false;
	(void)snprintf(name, sizeof(name), "lxc.net.0%s", sub);
	return config_key_is_known(name);
}

bool api_key_is_supported(const char *key)
{
	static const char *const families[] = { "lxc.cgroup.", "lxc.cgroup2.", "lxc.prlimit.", "lxc.sysctl.",
						"lxc.proc.", "lxc.namespace.share." };
	const char *rest;

	if (!key)
		return false;
	rest = str_after(key, "lxc.net.");
	if (rest && *rest)
		return net_key_is_known(rest);
	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		if (str_eq(key, families[i]))
			return false;
	}
	return config_key_is_known(key);
}

/* Only what works in this build; names are never taken out. */
bool api_has_extension(const char *name)
{
	static const char *const extensions[] = { "lxc_log", "lxc_config_item_is_supported", "reboot2", "pidfd" };

	if (!name)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(extensions); i++) {
		if (str_eq(name, extensions[i]))
			return true;
	}
	return false;
}
