/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/host: the file systems of a running host, and their end; files put there by a test.
 */
#include "sys/fake/anon.h"
#include "sys/fake/task.h"
#include "sys/fake/vfs.h"

#include <assert.h>

static const struct fs_type ext4_type = { .name = "ext4", .magic = 0xef53 };

static struct inode *build(struct inode *top, const char *path, mode_t mode)
{
	char *copy = must_dup(path), *rest = copy, *name;
	struct inode *inode = top;

	while ((name = str_next_word(&rest, "/")))
		if (*name)
			inode = plain_dir(inode, name, 0755);
	inode->mode = S_IFDIR | mode;
	free(copy);
	return inode;
}

static const struct {
	const char *path;
	mode_t mode;
} dirs[] = {
	{ "bin", 0755 },
	{ "sbin", 0755 },
	{ "usr/bin", 0755 },
	{ "usr/sbin", 0755 },
	{ "usr/lib", 0755 },
	{ "usr/libexec", 0755 },
	{ "usr/share", 0755 },
	{ "lib", 0755 },
	{ "etc", 0755 },
	{ "var/lib/lxc", 0755 },
	{ "var/log", 0755 },
	{ "run", 0755 },
	{ "tmp", 01777 },
	{ "root", 0700 },
	{ "home", 0755 },
	{ "dev", 0755 },
	{ "proc", 0555 },
	{ "sys", 0555 },
	{ "mnt", 0755 },
	{ "var/lib/lxcsnaps", 0700 },
	{ "usr/lib/lxc/rootfs", 0755 },
};

static struct mount *host_mount(struct fake *fake, const char *type, const char *data,
				const char *path, unsigned long flags)
{
	struct fs_args args = { type, data, false };
	_cleanup_path_ struct path at = { 0 };
	struct mount *mnt;

	if (mount_create(fake, type, &args, flags, &mnt) < 0)
		abort();
	at = vfs_root(fake);
	for (const char *name = path; *name == '/';) {
		size_t len = strcspn(++name, "/");
		char part[64];
		struct inode *next;

		snprintf(part, sizeof(part), "%.*s", (int)len, name);
		if (inode_lookup(fake, at.inode, part, &next) < 0)
			abort();
		inode_put(at.inode);
		at.inode = next;
		path_top(&at);
		name += len;
	}
	mount_graft(fake, mnt, at.mnt, at.inode);
	return mnt;
}

static void fill_dev(struct inode *dev)
{
	static const struct {
		const char *name;
		mode_t mode;
		unsigned major, minor;
	} nodes[] = {
		{ "null", 0666, 1, 3 },	   { "zero", 0666, 1, 5 },    { "full", 0666, 1, 7 },
		{ "random", 0666, 1, 8 },  { "urandom", 0666, 1, 9 }, { "kmsg", 0644, 1, 11 },
		{ "tty", 0666, 5, 0 },	   { "console", 0600, 5, 1 }, { "ptmx", 0666, 5, 2 },
		{ "fuse", 0666, 10, 229 },
	};

	for (size_t i = 0; i < ARRAY_LEN(nodes); i++) {
		struct inode *node = text_file(dev, nodes[i].name, NULL, 0, 0);

		node->mode = S_IFCHR | nodes[i].mode;
		node->rdev = makedev(nodes[i].major, nodes[i].minor);
	}
	plain_dir(dev, "pts", 0755);
	plain_dir(dev, "shm", 0755);
	plain_dir(dev, "mqueue", 0755);
	plain_dir(dev, "net", 0755);
	dir_add(dev, "fd", inode_new(dev->sb, NULL, S_IFLNK | 0777, 0, 0));
	inode_set_data(dir_find(dev, "fd"), "/proc/self/fd", 13);
}

#define SAFE (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

static void mount_cgroups(struct fake *fake)
{
	static const char *const v1[] = { "cpuset", "cpu", "memory", "devices", "freezer", "pids" };
	enum fake_cgroups layout = fake->options.cgroups;
	char path[64];
	struct mount *top;

	if (layout == FAKE_CGROUP_NONE)
		return;
	if (layout == FAKE_CGROUP_UNIFIED) {
		host_mount(fake, "cgroup2", NULL, "/sys/fs/cgroup", SAFE);
		return;
	}
	top = host_mount(fake, "tmpfs", "mode=755", "/sys/fs/cgroup", SAFE);
	if (layout == FAKE_CGROUP_HYBRID) {
		plain_dir(top->root, "unified", 0755);
		host_mount(fake, "cgroup2", NULL, "/sys/fs/cgroup/unified", SAFE);
	}
	plain_dir(top->root, "systemd", 0755);
	host_mount(fake, "cgroup", "none,name=systemd", "/sys/fs/cgroup/systemd", SAFE);
	for (size_t i = 0; i < ARRAY_LEN(v1); i++) {
		plain_dir(top->root, v1[i], 0755);
		snprintf(path, sizeof(path), "/sys/fs/cgroup/%s", v1[i]);
		host_mount(fake, "cgroup", v1[i], path, SAFE);
	}
	top->flags |= MOUNT_ATTR_RDONLY;
}

static void create_root(struct fake *fake)
{
	struct super *sb = super_new(fake, &ext4_type, 0755);
	struct vfs *vfs = fake->vfs;
	struct mount *root;

	sb->dev = makedev(8, 1);
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		build(sb->root, dirs[i].path, dirs[i].mode);
	plain_file(dir_find(sb->root, "etc"), "passwd", "root:x:0:0:root:/root:/bin/sh\n", 0644);
	plain_file(dir_find(sb->root, "etc"), "group", "root:x:0:\n", 0644);
	root = mount_new(fake, sb, sb->root, "/dev/sda1", 0);
	super_put(sb);
	vfs->host = mount_ns_new(fake, fake->current->user_ns, false);
	vfs->host->root = root;
	mount_set_ns(root, vfs->host);
	mount_change_type(fake, root, MS_SHARED);
}

int vfs_create(struct fake *fake)
{
	struct vfs *vfs = must_alloc(sizeof(*vfs));
	struct mount *dev;

	fake->vfs = vfs;
	vfs->mounts = VEC_OF(struct mount *);
	vfs->progs = VEC_OF(struct program_file);
	vfs->hierarchies = VEC_OF(struct hierarchy *);
	vfs->ttys = VEC_OF(struct tty *);
	vfs_maps_init(vfs);
	vfs->random = 0x2545f4914f6cdd1dull;
	vfs->nowhere = anon_create(fake);
	create_root(fake);
	cgroup_create_host(fake, fake->options.cgroups);
	host_mount(fake, "proc", NULL, "/proc", SAFE);
	host_mount(fake, "sysfs", NULL, "/sys", SAFE);
	dev = host_mount(fake, "devtmpfs", NULL, "/dev", MOUNT_ATTR_NOSUID);
	fill_dev(dev->root);
	host_mount(fake, "devpts", "gid=5,mode=620,ptmxmode=000", "/dev/pts",
		   MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	host_mount(fake, "tmpfs", NULL, "/dev/shm", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	host_mount(fake, "mqueue", NULL, "/dev/mqueue", SAFE);
	host_mount(fake, "tmpfs", "mode=755", "/run", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	mount_cgroups(fake);
	return 0;
}

void vfs_destroy(struct fake *fake)
{
	struct vfs *vfs = fake->vfs;

	mount_ns_put(fake, vfs->host);
	vfs_maps_finish(vfs);
	cgroup_destroy_all(fake);
	super_put(vfs->devtmpfs);
	mount_put(vfs->nowhere);
	for (size_t i = 0; i < vfs->progs.count; i++)
		free(vec_at(&vfs->progs, struct program_file, i)->text);
	vec_finish(&vfs->progs);
	vec_finish(&vfs->mounts);
	vec_finish(&vfs->ttys);
	free(vfs);
	fake->vfs = NULL;
}

/* --- files put there by a test --- */

static struct inode *open_parent(struct fake *fake, char *path, struct path *at, char **last)
{
	char *name, *rest = path, *next;

	*at = vfs_root(fake);
	while ((name = str_next_word(&rest, "/")) && !*name)
		;
	while (name && (next = str_next_word(&rest, "/"))) {
		struct inode *sub;

		if (!*next)
			continue;
		if (inode_lookup(fake, at->inode, name, &sub) < 0) {
			sub = plain_dir(at->inode, name, 0755);
			inode_get(sub);
		}
		/* Links of the host's root (merged /usr) are followed one level. */
		if (S_ISLNK(sub->mode) && sub->data) {
			struct inode *target = dir_find(at->inode, sub->data);

			inode_put(sub);
			if (!target)
				return NULL;
			sub = target;
			inode_get(sub);
		}
		inode_put(at->inode);
		at->inode = sub;
		path_top(at);
		name = next;
	}
	*last = name;
	return at->inode;
}

static void set_program(struct fake *fake, struct inode *inode, const char *path,
			const struct fake_prog *prog)
{
	struct program_file file = { str_printf(FAKE_PROGRAM_TEXT("%s"), path), *prog };

	if (!file.text || !vec_add(&fake->vfs->progs, &file))
		abort();
	inode_set_data(inode, file.text, strlen(file.text));
}

int vfs_build(struct fake *fake, const char *path, mode_t type_and_mode, const char *text,
	      const struct fake_prog *prog)
{
	_cleanup_path_ struct path at = { 0 };
	char *copy = must_dup(path), *name;
	struct inode *dir = open_parent(fake, copy, &at, &name), *inode;

	if (!dir || !S_ISDIR(dir->mode)) {
		free(copy);
		return -ENOTDIR;
	}
	inode = name ? dir_find(dir, name) : dir;
	if (inode && (inode->mode & S_IFMT) != (type_and_mode & S_IFMT)) {
		dir_take(dir, name);
		inode = NULL;
	}
	if (!inode && S_ISDIR(type_and_mode))
		inode = plain_dir(dir, name, 0755);
	if (!inode) {
		inode = inode_new(dir->sb, NULL, type_and_mode, 0, 0);
		dir_add(dir, name, inode);
	}
	inode->mode = type_and_mode;
	if (text && !S_ISDIR(type_and_mode))
		inode_set_data(inode, text, strlen(text));
	if (prog)
		set_program(fake, inode, path, prog);
	free(copy);
	return 0;
}

/* --- disks that fail --- */

static struct super *super_at(struct fake *fake, const char *path)
{
	_cleanup_path_ struct path at = { 0 };
	char *copy = must_dup(path), *last;
	struct inode *dir = open_parent(fake, copy, &at, &last), *inode;

	if (last && dir && inode_lookup(fake, dir, last, &inode) == 0) {
		inode_put(at.inode);
		at.inode = inode;
		path_top(&at);
	}
	free(copy);
	return at.mnt->sb;
}

void fake_fs_full(struct fake *fake, const char *path, bool full)
{
	super_at(fake, path)->full = full;
}

void fake_fs_readonly(struct fake *fake, const char *path, bool read_only)
{
	super_at(fake, path)->read_only = read_only;
}
