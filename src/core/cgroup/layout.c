/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which hierarchies the host has and where in them we are: from texts, and from the host. */
#include "core/cgroup/cgroup.h"
#include "core/io/io.h"

#include <assert.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CGROUP_ROOT "/sys/fs/cgroup"
#define SCOPE "/init.scope"

/* The base of a hierarchy, without the cgroup of init itself: containers stand beside it. */
static int base_of(const char *self, const char *controller, bool relative, char *buf, size_t size)
{
	int ret = cgroup_path_of(self, controller, buf, size);
	size_t len;

	if (ret < 0)
		return ret;
	len = strlen(buf);
	if (!relative && len >= strlen(SCOPE) && str_eq(buf + len - strlen(SCOPE), SCOPE))
		buf[len - strlen(SCOPE)] = '\0';
	if (!buf[0])
		(void)snprintf(buf, size, "/");
	return 0;
}

/* Does the kernel list this word as a controller of some hierarchy? */
static bool is_listed(const char *self, const char *word)
{
	struct cgroup_line line;

	while (cgroup_line_next(&self, &line)) {
		if (!line.v2 && cgroup_list_has(line.controllers, line.controllers_len, word))
			return true;
	}
	return false;
}

/* "cpu,cpuacct" of the mount point -> controllers; words the kernel does not know are named
 * hierarchies. */
static int controllers_of(const char *self, const char *dir, size_t dir_len, char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (size_t at = 0; at < dir_len;) {
		const char *comma = memchr(dir + at, ',', dir_len - at);
		size_t n = comma ? (size_t)(comma - dir) - at : dir_len - at;
		char word[128], named[140];
		const char *use = word;

		if (n == 0 || n >= sizeof(word))
			return -EINVAL;
		memcpy(word, dir + at, n);
		word[n] = '\0';
		at += n + 1;
		(void)snprintf(named, sizeof(named), "name=%s", word);
		if (is_listed(self, word) && is_listed(self, named))
			continue; /* ambiguous */
		if (!str_starts(word, "name=") && !is_listed(self, word))
			use = named;
		if (len + strlen(use) + 2 > size)
			return -ENAMETOOLONG;
		len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? "," : "", use);
	}
	return buf[0] ? 0 : -ENOENT;
}

static bool owned_already(const struct cgroup_layout *layout, const char *controllers)
{
	while (*controllers) {
		size_t n = strcspn(controllers, ",");
		char word[256];

		assert(n < sizeof(word));
		memcpy(word, controllers, n);
		word[n] = '\0';
		if (cgroup_layout_find(layout, word) >= 0)
			return true;
		controllers += n + (controllers[n] == ',');
	}
	return false;
}

static void add_hierarchy(struct cgroup_layout *out, const char *self, const char *mount,
			  size_t mount_len, bool v2, bool relative)
{
	struct cgroup_hierarchy *new = &out->hierarchies[out->count];
	const size_t root_len = strlen(CGROUP_ROOT "/");
	char first[128];

	if (out->count == CGROUP_HIERARCHIES_MAX || mount_len >= sizeof(new->mount))
		return;
	if (v2 ? cgroup_layout_find(out, NULL) >= 0
	       : controllers_of(self, mount + root_len, mount_len - root_len, new->controllers,
				sizeof(new->controllers)) < 0)
		return;
	if (v2)
		new->controllers[0] = '\0';
	else if (owned_already(out, new->controllers))
		return;
	(void)snprintf(first, sizeof(first), "%.*s", (int)strcspn(new->controllers, ","),
		       new->controllers);
	if (base_of(self, v2 ? NULL : first, relative, new->base, sizeof(new->base)) < 0)
		return;
	memcpy(new->mount, mount, mount_len);
	new->mount[mount_len] = '\0';
	new->v2 = v2;
	out->count++;
}

static void add_line(struct cgroup_layout *out, const char *self, const char *line, size_t len,
		     bool relative)
{
	const char *dash = memmem(line, len, " - ", 3);
	const char *type = dash ? dash + 3 : NULL;
	const char *field = line;
	size_t left = dash ? len - (size_t)(type - line) : 0;
	bool v2;

	if (left > 7 && memcmp(type, "cgroup ", 7) == 0)
		v2 = false;
	else if (left > 8 && memcmp(type, "cgroup2 ", 8) == 0)
		v2 = true;
	else
		return;
	if (out->kind == CGROUP_NONE)
		out->kind = v2 ? CGROUP_UNIFIED : CGROUP_LEGACY;
	else if (out->kind == (v2 ? CGROUP_LEGACY : CGROUP_UNIFIED))
		out->kind = CGROUP_HYBRID;
	for (int i = 0; i < 4; i++) { /* ID PARENT MAJ:MIN ROOT */
		field = memchr(field, ' ', (size_t)(dash - field));
		if (!field)
			return;
		field++;
	}
	if (strncmp(field, CGROUP_ROOT "/", strlen(CGROUP_ROOT "/")) != 0)
		return;
	add_hierarchy(out, self, field, strcspn(field, " "), v2, relative);
}

void cgroup_layout_parse(const char *self, const char *mountinfo, bool relative,
			 struct cgroup_layout *out)
{
	*out = (struct cgroup_layout){ .kind = CGROUP_NONE };
	while (*mountinfo) {
		size_t len = strcspn(mountinfo, "\n");

		add_line(out, self, mountinfo, len, relative);
		mountinfo += len + (mountinfo[len] == '\n');
	}
}

int cgroup_layout_find(const struct cgroup_layout *layout, const char *controller)
{
	for (unsigned i = 0; i < layout->count; i++) {
		const struct cgroup_hierarchy *h = &layout->hierarchies[i];

		if (controller ? !h->v2 && cgroup_list_has(h->controllers, strlen(h->controllers),
							   controller)
			       : h->v2)
			return (int)i;
	}
	return -ENOENT;
}

int cgroup_layout_use(struct cgroup_layout *layout, const char *use, struct err *err)
{
	unsigned kept = 0;
	bool found[CGROUP_HIERARCHIES_MAX] = { false };

	if (!use || !use[0])
		return 0;
	while (*use) {
		size_t n = strcspn(use, ",");
		char word[128];
		bool any = false;

		(void)snprintf(word, sizeof(word), "%.*s", (int)n, use);
		use += n + (use[n] == ',');
		for (unsigned i = 0; i < layout->count && word[0]; i++) {
			const char *list = layout->hierarchies[i].controllers;

			if (cgroup_list_has(list, strlen(list), word))
				any = found[i] = true;
		}
		if (word[0] && !any)
			return err_set(err, -ENOENT,
				       "lxc.cgroup.use asks for controller %s, which the host does "
				       "not have",
				       word);
	}
	for (unsigned i = 0; i < layout->count; i++) {
		if (found[i])
			layout->hierarchies[kept++] = layout->hierarchies[i];
	}
	layout->count = kept;
	return 0;
}

/* --- the host --- */

/* 1, 0 (not for us), or -errno: nobody can tell. */
static int is_writable(struct sys *sys, const struct cgroup_hierarchy *h)
{
	static const char *const files[] = { "", "cgroup.procs", "cgroup.threads" };
	char path[512];

	for (size_t i = 0; i < (h->v2 ? ARRAY_LEN(files) : 1); i++) {
		int ret = cgroup_join(h->mount, h->base, files[i], path, sizeof(path));

		if (ret == 0)
			ret = sys_faccessat(sys, AT_FDCWD, path, W_OK, 0);
		if (ret == -EACCES || ret == -EPERM || ret == -EROFS || (i < 2 && ret == -ENOENT))
			return 0;
		if (ret < 0 && ret != -ENOENT)
			return ret;
	}
	return 1;
}

static int read_controllers(struct sys *sys, struct cgroup_hierarchy *h)
{
	char path[512];
	char *out = h->controllers;
	int ret = cgroup_join(h->mount, h->base, "cgroup.controllers", path, sizeof(path));

	if (ret == 0)
		ret = (int)io_read_at(sys, AT_FDCWD, path, h->controllers, sizeof(h->controllers));
	if (ret < 0)
		return ret;
	for (const char *in = h->controllers;
	     *in;) { /* blanks, tabs, newlines become single commas */
		size_t gap = strspn(in, " \t\n");

		in += gap;
		if (gap && *in && out != h->controllers)
			*out++ = ',';
		for (size_t n = strcspn(in, " \t\n"); n > 0; n--)
			*out++ = *in++;
	}
	*out = '\0';
	return 0;
}

static int is_unified(struct sys *sys, bool *unified)
{
	_cleanup_fd_ struct fd root = { 0 };
	struct statfs st;
	int ret = io_open(sys, AT_FDCWD, CGROUP_ROOT, O_PATH | O_DIRECTORY, 0, 0);

	if (ret < 0)
		return ret;
	root = fd_of(sys, ret);
	ret = sys_fstatfs(sys, root.n, &st);
	*unified = ret == 0 && (unsigned long)st.f_type == CGROUP2_SUPER_MAGIC;
	return ret;
}

int cgroup_layout_read(struct sys *sys, bool relative, const char *use, struct cgroup_layout *out,
		       struct err *err)
{
	_cleanup_str_ struct str self = { 0 }, mounts = { 0 };
	const char *path =
		sys_geteuid(sys) == 0 && !relative ? "/proc/1/cgroup" : "/proc/self/cgroup";
	bool unified = false;
	unsigned kept = 0;
	int ret;

	*out = (struct cgroup_layout){ .kind = CGROUP_NONE };
	ret = is_unified(sys, &unified);
	if (ret == -ENOENT)
		return 0; /* no cgroups at all: the container starts without */
	if (ret < 0)
		return err_sys(err, ret, "look at %s", CGROUP_ROOT);
	ret = io_read_all(sys, AT_FDCWD, path, &self);
	if (ret < 0)
		return err_sys(err, ret, "read %s", path);
	if (unified) {
		struct cgroup_hierarchy *h = &out->hierarchies[0];

		out->kind = CGROUP_UNIFIED;
		h->v2 = true;
		(void)snprintf(h->mount, sizeof(h->mount), CGROUP_ROOT);
		out->count =
			base_of(str_text(&self), NULL, relative, h->base, sizeof(h->base)) == 0;
	} else {
		ret = io_read_all(sys, AT_FDCWD, "/proc/self/mountinfo", &mounts);
		if (ret < 0)
			return err_sys(err, ret, "read /proc/self/mountinfo");
		cgroup_layout_parse(str_text(&self), str_text(&mounts), relative, out);
	}
	for (unsigned i = 0; i < out->count; i++) {
		struct cgroup_hierarchy *h = &out->hierarchies[kept];

		ret = is_writable(sys, &out->hierarchies[i]);
		if (ret == 0)
			continue;
		*h = out->hierarchies[i];
		if (ret > 0)
			ret = h->v2 ? read_controllers(sys, h) : 0;
		if (ret < 0)
			return err_sys(err, ret, "look at the cgroups of %s", h->mount);
		kept++;
	}
	out->count = kept;
	return cgroup_layout_use(out, use, err);
}
