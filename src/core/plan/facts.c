/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at the host. */
#include "core/plan/facts.h"
#include "core/io/io.h"
#include "paths.h"

#include <errno.h>
#include <stdio.h>

/* Of Linux 5.9; what a host without that file is taken for. */
#define LAST_CAP_KNOWN 40U

static const struct {
	const char *file;
	uint64_t flag;
} namespace_files[] = {
	{ "/proc/self/ns/user", CLONE_NEWUSER },     { "/proc/self/ns/mnt", CLONE_NEWNS },
	{ "/proc/self/ns/pid", CLONE_NEWPID },	     { "/proc/self/ns/uts", CLONE_NEWUTS },
	{ "/proc/self/ns/ipc", CLONE_NEWIPC },	     { "/proc/self/ns/net", CLONE_NEWNET },
	{ "/proc/self/ns/cgroup", CLONE_NEWCGROUP },
};

void facts_finish(struct host_facts *facts)
{
	str_finish(&facts->fstab);
}

static int read_fstab(struct sys *sys, const struct config *config, struct host_facts *out,
		      struct err *err)
{
	const struct config_item *item = config_item(config, "lxc.mount.fstab");
	char text[256];
	int ret;

	if (!item)
		return 0;
	ret = io_read_all(sys, AT_FDCWD, item->value, &out->fstab);
	if (ret == 0)
		return 0;
	(void)err_sys(err, ret, "read %s", item->value);
	(void)snprintf(text, sizeof(text), "%s = %s", item->name, item->value);
	err_origin(err, item->origin.file, item->origin.line, text);
	return ret;
}

static int read_system_item(struct sys *sys, char *const *envp, const char *name, char **out,
			    struct err *err)
{
	static const char *const none[] = { NULL };
	int ret = config_system_item(sys, envp ? (const char *const *)envp : none, name, out);

	return ret < 0 ? err_sys(err, ret, "read %s of lxc.conf", name) : 0;
}

/* A kernel may have been built without one of them. */
static int read_namespaces(struct sys *sys, struct host_facts *out, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(namespace_files); i++) {
		int ret = sys_faccessat(sys, AT_FDCWD, namespace_files[i].file, 0, 0);

		if (ret == 0)
			out->namespaces |= namespace_files[i].flag;
		else if (ret != -ENOENT)
			return err_sys(err, ret, "look at %s", namespace_files[i].file);
	}
	return 0;
}

static int read_last_cap(struct sys *sys, struct host_facts *out, struct err *err)
{
	static const char path[] = "/proc/sys/kernel/cap_last_cap";
	char number[32];
	ssize_t len = io_read_at(sys, AT_FDCWD, path, number, sizeof(number));

	if (len == -ENOENT)
		return 0;
	if (len < 0)
		return err_sys(err, (int)len, "read %s", path);
	number[strcspn(number, "\n")] = '\0';
	(void)str_to_u32(number, &out->last_cap);
	if (out->last_cap > 63)
		out->last_cap = 63;
	return 0;
}

int facts_read(struct sys *sys, const struct config *config, char *const *envp,
	       struct host_facts *out, struct err *err)
{
	_cleanup_free_ char *pattern = NULL, *use = NULL;
	const struct config_item *relative = config_item(config, "lxc.cgroup.relative");
	int ret;

	*out = (struct host_facts){ .last_cap = LAST_CAP_KNOWN };
	ret = read_namespaces(sys, out, err);
	if (ret == 0)
		ret = read_last_cap(sys, out, err);
	if (ret == 0)
		ret = read_system_item(sys, envp, "lxc.cgroup.pattern", &pattern, err);
	if (ret == 0)
		ret = read_system_item(sys, envp, "lxc.cgroup.use", &use, err);
	if (ret < 0)
		return ret;
	(void)snprintf(out->cgroup_pattern, sizeof(out->cgroup_pattern), "%s",
		       pattern && pattern[0] ? pattern : CGROUP_PATTERN);
	ret = cgroup_layout_read(sys, relative && str_eq(relative->value, "1"), use, &out->cgroups,
				 err);
	return ret < 0 ? ret : read_fstab(sys, config, out, err);
}
