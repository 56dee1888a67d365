/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/cgroup: hierarchies, membership, namespaces; mounts of cgroup and cgroup2.
 *
 * Sources: cgroups(7), cgroup_namespaces(7), kernel Documentation/admin-guide/cgroup-v1/,
 * cgroup-v2.rst.
 */
#include "sys/fake/cgroup.h"
#include "sys/fake/proc.h"

#include <assert.h>

/* The roots of a cgroup namespace, as text: a removed cgroup keeps its name. */
struct ns_roots {
	char path[HIERARCHIES_MAX][192];
};

const char *const controllers_v2[] = { "cpuset", "cpu", "io", "memory", "pids", NULL };

bool hierarchy_has(const struct hierarchy *h, const char *controller)
{
	size_t len = strlen(controller);

	for (const char *at = h->controllers; *at; at += strspn(at, ",")) {
		size_t n = strcspn(at, ",");

		if (n == len && strncmp(at, controller, n) == 0)
			return true;
		at += n;
	}
	return false;
}

struct cgroup *cgroup_of(struct inode *dir)
{
	struct cgroup *cg = dir ? dir->priv : NULL;

	return cg && !cg->dead ? cg : NULL;
}

struct cgroup *cgroup_new(struct hierarchy *h, struct cgroup *parent, struct inode *dir)
{
	struct cgroup *cg = must_alloc(sizeof(*cg));

	cg->hierarchy = h;
	cg->parent = parent;
	cg->dir = dir;
	cg->device_allow = true;
	cg->device_rules = VEC_OF(struct device_rule);
	cg->cpus = parent ? 0 : 3;
	cg->mems = parent ? 0 : 1;
	if (parent && parent->clone_children) {
		cg->clone_children = true;
		cg->cpus = parent->cpus;
		cg->mems = parent->mems;
	}
	if (parent)
		device_rules_inherit(cg);
	cg->told_frozen = cgroup_is_freezing(cg);
	dir->priv = cg;
	return cg;
}

static struct cgroup *next_child(struct cgroup *cg, size_t *i)
{
	for (; *i < cg->dir->entries.count; (*i)++) {
		struct inode *inode = dir_nth(cg->dir, *i);

		if (S_ISDIR(inode->mode) && inode->priv) {
			(*i)++;
			return inode->priv;
		}
	}
	return NULL;
}

size_t cgroup_child_count(struct cgroup *cg)
{
	size_t i = 0, count = 0;

	while (next_child(cg, &i))
		count++;
	return count;
}

struct cgroup *cgroup_child(struct cgroup *cg, size_t n)
{
	size_t i = 0;
	struct cgroup *child = next_child(cg, &i);

	while (n-- > 0)
		child = next_child(cg, &i);
	return child;
}

bool cgroup_is_below(struct cgroup *cg, struct cgroup *top)
{
	for (; cg; cg = cg->parent)
		if (cg == top)
			return true;
	return false;
}

bool cgroup_has_members(struct fake *fake, struct cgroup *cg, bool below_too)
{
	for (size_t i = 0; i < fake->tasks.count; i++) {
		struct cgroup *its = task_nth(fake, i)->cgroups[cg->hierarchy->index];

		if (its == cg || (below_too && its && cgroup_is_below(its, cg)))
			return true;
	}
	return false;
}

static void count_event(struct cgroup *cg)
{
	for (; cg; cg = cg->parent)
		cg->events++;
}

int cgroup_may_enter(struct cgroup *cg)
{
	if (cg->dead)
		return -ENODEV;
	if (cg->hierarchy->v2 && cg->parent && cg->subtree_control)
		return -EBUSY;
	if (!cg->hierarchy->v2 && hierarchy_has(cg->hierarchy, "cpuset") &&
	    (!cg->cpus || !cg->mems))
		return -ENOSPC;
	return 0;
}

int cgroup_enter(struct fake *fake, struct task *task, struct cgroup *cg)
{
	struct cgroup **slot = &task->cgroups[cg->hierarchy->index];
	int ret = cgroup_may_enter(cg);

	if (ret < 0 || *slot == cg)
		return ret;
	count_event(*slot);
	*slot = cg;
	count_event(cg);
	cgroup_update_frozen(fake);
	return 0;
}

void cgroup_path(struct cgroup *cg, struct str *out)
{
	if (!cg || !cg->parent)
		return;
	cgroup_path(cg->parent, out);
	str_addf(out, "/%s", cg->dir->name);
}

/* path as seen from root, both from the top of the hierarchy ("" is the top). */
static void add_relative(const char *path, const char *root, struct str *out)
{
	size_t common = 0, i = 0;
	bool any = false;

	for (; path[i] && path[i] == root[i]; i++)
		if (path[i + 1] == '/' || root[i + 1] == '/' || !path[i + 1] || !root[i + 1])
			if ((path[i + 1] == '/' || !path[i + 1]) &&
			    (root[i + 1] == '/' || !root[i + 1]))
				common = i + 1;
	for (i = common; root[i]; i++) {
		if (root[i] == '/') {
			str_add(out, "/..");
			any = true;
		}
	}
	str_add(out, path + common);
	if (!any && !path[common])
		str_add(out, "/");
}

static const char *ns_root(struct task *viewer, size_t index)
{
	struct ns_roots *roots = viewer && viewer->cgroup_ns ? viewer->cgroup_ns->priv : NULL;

	return roots ? roots->path[index] : "";
}

static void add_seen(struct cgroup *cg, struct hierarchy *h, struct task *viewer, struct str *out)
{
	_cleanup_str_ struct str path = { 0 };

	cgroup_path(cg, &path);
	add_relative(str_text(&path), ns_root(viewer, h->index), out);
}

void cgroup_root_text(struct inode *dir, struct task *viewer, struct str *out)
{
	struct cgroup *cg = dir->priv;

	if (cg)
		add_seen(cg, cg->hierarchy, viewer, out);
	else
		str_add(out, "/");
}

void cgroup_task_text(struct fake *fake, struct task *task, struct task *viewer, struct str *out)
{
	for (size_t i = fake->vfs->hierarchies.count; i-- > 0;) {
		struct hierarchy *h = hierarchy_nth(fake, i);

		if (!h->visible)
			continue;
		str_addf(out, "%zu:%s%s%s%s:", i, h->controllers,
			 *h->controllers && *h->name ? "," : "", *h->name ? "name=" : "", h->name);
		add_seen(task->cgroups[i], h, viewer, out);
		str_add(out, "\n");
	}
}

void cgroups_text(struct fake *fake, struct str *out)
{
	static const char *const names[] = {
		"cpuset", "cpu", "memory", "devices", "freezer", "pids"
	};

	str_add(out, "#subsys_name\thierarchy\tnum_cgroups\tenabled\n");
	for (size_t n = 0; n < ARRAY_LEN(names); n++) {
		size_t id = 0;

		for (size_t i = 1; i < fake->vfs->hierarchies.count; i++)
			if (hierarchy_has(hierarchy_nth(fake, i), names[n]))
				id = i;
		str_addf(out, "%s\t%zu\t1\t1\n", names[n], id);
	}
}

/* --- life of tasks --- */

void vfs_cgroup_fork(struct fake *fake, struct task *parent, struct task *child)
{
	for (size_t i = 0; i < fake->vfs->hierarchies.count; i++) {
		child->cgroups[i] = parent && parent->cgroups[i] ? parent->cgroups[i]
								 : hierarchy_nth(fake, i)->root;
	}
	child->freezing = cgroup_freezers_of(fake, child);
}

void vfs_cgroup_exit(struct fake *fake, struct task *task)
{
	for (size_t i = 0; i < HIERARCHIES_MAX; i++) {
		count_event(task->cgroups[i]);
		task->cgroups[i] = NULL;
	}
	task->freezing = 0;
	task->frozen = false;
	cgroup_freeze_events(fake);
}

int vfs_cgroup_attach_fd(struct fake *fake, struct task *task, struct file *dir)
{
	struct cgroup *cg = dir->path.inode && super_is_cgroup(dir->path.inode->sb) &&
					    S_ISDIR(dir->path.inode->mode)
				    ? dir->path.inode->priv
				    : NULL;
	struct inode *procs = cg ? dir_find(cg->dir, "cgroup.procs") : NULL;

	if (!cg || !cg->hierarchy->v2)
		return -EBADF;
	if (cg->dead)
		return -ENODEV;
	if (procs && inode_permission(fake->current, procs, 2) < 0)
		return -EACCES;
	return cgroup_enter(fake, task, cg);
}

struct simple_ns *vfs_cgroup_ns_create(struct fake *fake, struct task *task)
{
	struct simple_ns *ns = simple_ns_create(fake, NS_CGROUP, task->user_ns);
	struct ns_roots *roots = must_alloc(sizeof(*roots));

	if (!ns) {
		free(roots);
		return NULL;
	}
	for (size_t i = 0; i < fake->vfs->hierarchies.count; i++) {
		_cleanup_str_ struct str path = { 0 };

		cgroup_path(task->cgroups[i], &path);
		snprintf(roots->path[i], sizeof(roots->path[i]), "%s", str_text(&path));
	}
	ns->priv = roots;
	return ns;
}

/* --- hierarchies and their mounts --- */

bool super_is_cgroup(struct super *sb)
{
	return str_eq(sb->type->name, "cgroup") || str_eq(sb->type->name, "cgroup2");
}

static struct hierarchy *hierarchy_new(struct fake *fake, bool v2, const char *controllers,
				       const char *name)
{
	struct hierarchy *h = must_alloc(sizeof(*h));

	assert(fake->vfs->hierarchies.count < HIERARCHIES_MAX);
	h->index = fake->vfs->hierarchies.count;
	h->v2 = v2;
	h->visible = !v2;
	snprintf(h->controllers, sizeof(h->controllers), "%s", controllers);
	snprintf(h->name, sizeof(h->name), "%s", name);
	h->sb = super_new(fake, fs_type_find(v2 ? "cgroup2" : "cgroup"), v2 ? 0555 : 0555);
	h->sb->priv = h;
	h->sb->root->ops = &cgroup_dir_ops;
	free(h->sb->options);
	h->sb->options = v2 ? must_dup("nsdelegate")
			    : str_printf("%s%s%s%s", controllers, *controllers && *name ? "," : "",
					 *name ? "xattr,name=" : "", name);
	h->root = cgroup_new(h, NULL, h->sb->root);
	if (!vec_add(&fake->vfs->hierarchies, &h))
		abort();
	cgroup_fill(fake, h->root);
	for (size_t i = 0; i < fake->tasks.count; i++)
		task_nth(fake, i)->cgroups[h->index] = h->root;
	return h;
}

/* In a cgroup namespace its root is what a mount shows. */
static int give(struct fake *fake, struct hierarchy *h, struct super **sb, struct inode **root)
{
	const char *at = ns_root(fake->current, h->index);
	struct inode *dir = h->sb->root;
	char name[256];

	while (*at == '/' && dir) {
		size_t len = strcspn(++at, "/");

		snprintf(name, sizeof(name), "%.*s", (int)len, at);
		dir = dir_find(dir, name);
		at += len;
	}
	if (!dir)
		return -ENOENT;
	h->visible = true;
	h->sb->refs++;
	inode_get(dir);
	*sb = h->sb;
	*root = dir;
	return 0;
}

static bool may_mount_cgroup(struct fake *fake)
{
	struct task *task = fake->current;

	return !task || !task->cgroup_ns ||
	       task_capable(task, CAP_SYS_ADMIN, task->cgroup_ns->owner);
}

static void parse_v1(const char *data, char *controllers, size_t size, char *name, size_t name_size)
{
	*controllers = *name = '\0';
	for (const char *at = data; at && *at; at += strspn(at, ",")) {
		size_t len = strcspn(at, ","), used = strlen(controllers);

		if (len > 5 && strncmp(at, "name=", 5) == 0)
			snprintf(name, name_size, "%.*s", (int)len - 5, at + 5);
		else if (!(len == 4 && strncmp(at, "none", 4) == 0) &&
			 !(len == 5 && strncmp(at, "xattr", 5) == 0) &&
			 !(len == 14 && strncmp(at, "clone_children", 14) == 0))
			snprintf(controllers + used, size - used, "%s%.*s", used ? "," : "",
				 (int)len, at);
		at += len;
	}
}

int cgroup1_get(struct fake *fake, const struct fs_args *args, struct super **sb,
		struct inode **root)
{
	struct vfs *vfs = fake->vfs;
	char controllers[64], name[32];

	if (!may_mount_cgroup(fake))
		return -EPERM;
	parse_v1(args->data, controllers, sizeof(controllers), name, sizeof(name));
	/* No word at all asks for all controllers together. */
	if (!*controllers && !*name)
		return args->data && *args->data ? -EINVAL : -EBUSY;
	for (size_t i = 0; i < vfs->hierarchies.count; i++) {
		struct hierarchy *h = hierarchy_nth(fake, i);

		if (!h->v2 && str_eq(h->controllers, controllers) &&
		    (!*name || str_eq(h->name, name)))
			return give(fake, h, sb, root);
		if (*controllers && !h->v2 && hierarchy_has(h, controllers))
			return -EBUSY;
	}
	if (*controllers)
		return vfs->hierarchies.count > 1 ? -EINVAL : -EBUSY;
	if (fake->current && !task_capable(fake->current, CAP_SYS_ADMIN, NULL))
		return -EPERM;
	return give(fake, hierarchy_new(fake, false, "", name), sb, root);
}

int cgroup2_get(struct fake *fake, const struct fs_args *args, struct super **sb,
		struct inode **root)
{
	if (!may_mount_cgroup(fake))
		return -EPERM;
	return give(fake, hierarchy_nth(fake, 0), sb, root);
}

int cgroup_create_host(struct fake *fake, enum fake_cgroups layout)
{
	static const char *const v1[] = { "cpuset", "cpu", "memory", "devices", "freezer", "pids" };

	hierarchy_new(fake, true, "", "");
	if (layout == FAKE_CGROUP_UNIFIED || layout == FAKE_CGROUP_NONE)
		return 0;
	hierarchy_new(fake, false, "", "systemd");
	for (size_t i = 0; i < ARRAY_LEN(v1); i++)
		hierarchy_new(fake, false, v1[i], "");
	return 0;
}

void cgroup_destroy_all(struct fake *fake)
{
	struct vec *all = &fake->vfs->hierarchies;

	for (size_t i = 0; i < all->count; i++) {
		super_put(hierarchy_nth(fake, i)->sb);
		free(hierarchy_nth(fake, i));
	}
	vec_finish(all);
}

/* --- for fake_world() --- */

static int text_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void world_one(struct fake *fake, struct cgroup *cg, struct str *out)
{
	_cleanup_vec_ struct vec names = VEC_OF(char *);
	size_t children = cgroup_child_count(cg);

	str_addf(out, "cgroup %s:",
		 *cg->hierarchy->name ? cg->hierarchy->name
		 : cg->hierarchy->v2  ? "unified"
				      : cg->hierarchy->controllers);
	cgroup_path(cg, out);
	str_addf(out, "/%s:", cgroup_is_frozen(fake, cg) ? " frozen" : "");
	for (size_t i = 0; i < fake->tasks.count; i++) {
		char *name = task_nth(fake, i)->comm;

		if (task_nth(fake, i)->cgroups[cg->hierarchy->index] == cg &&
		    !vec_add(&names, &name))
			abort();
	}
	if (names.count > 0)
		qsort(names.items, names.count, sizeof(char *), text_order);
	for (size_t i = 0; i < names.count; i++)
		str_addf(out, " %s", *vec_at(&names, char *, i));
	if (cg->programs.count > 0)
		str_addf(out, " programs %zu", cg->programs.count);
	str_add(out, "\n");
	for (size_t i = 0; i < children; i++)
		world_one(fake, cgroup_child(cg, i), out);
}

void cgroups_world(struct fake *fake, struct str *out)
{
	for (size_t i = 0; i < fake->vfs->hierarchies.count; i++)
		world_one(fake, hierarchy_nth(fake, i)->root, out);
}
