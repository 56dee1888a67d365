/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/super: the types of file systems; tmpfs, devtmpfs, sysfs, mqueue.
 *
 * Sources: tmpfs(5), sysfs(5), mq_overview(7), mount(8).
 */
#include "sys/fake/net.h"
#include "sys/fake/vfs.h"

static int mqueue_get(struct fake *fake, const struct fs_args *args, struct super **sb,
		      struct inode **root);
static int devtmpfs_get(struct fake *fake, const struct fs_args *args, struct super **sb,
			struct inode **root);

/* In the order of /proc/filesystems. ext4 is here for the host's root only. */
static const struct fs_type types[] = {
	{ "sysfs", 0x62656572, true, sysfs_get },
	{ "tmpfs", 0x01021994, true, tmpfs_get },
	{ "proc", 0x9fa0, true, proc_get },
	{ "cgroup", 0x27e0eb, true, cgroup1_get },
	{ "cgroup2", 0x63677270, true, cgroup2_get },
	{ "devtmpfs", 0x01021994, false, devtmpfs_get },
	{ "ramfs", 0x858458f6, true, tmpfs_get },
	{ "mqueue", 0x19800202, true, mqueue_get },
	{ "devpts", 0x1cd1, true, devpts_get },
};

const struct fs_type *fs_type_nth(size_t i)
{
	return i < ARRAY_LEN(types) ? &types[i] : NULL;
}

const struct fs_type *fs_type_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (str_eq(types[i].name, name))
			return &types[i];
	return NULL;
}

bool option_value(const char *options, const char *key, char *buf, size_t size)
{
	size_t key_len = strlen(key);

	for (const char *at = options; at && *at; at += strspn(at, ",")) {
		size_t len = strcspn(at, ",");

		if (len > key_len && strncmp(at, key, key_len) == 0 && at[key_len] == '=') {
			snprintf(buf, size, "%.*s", (int)(len - key_len - 1), at + key_len + 1);
			return true;
		}
		at += len;
	}
	return false;
}

struct inode *text_file(struct inode *dir, const char *name, const struct inode_ops *ops,
			mode_t mode, long number)
{
	struct inode *inode = inode_new(dir->sb, ops, S_IFREG | mode, dir->uid, dir->gid);

	inode->number = number;
	dir_add(dir, name, inode);
	return inode;
}

struct inode *plain_file(struct inode *dir, const char *name, const char *text, mode_t mode)
{
	struct inode *inode = text_file(dir, name, NULL, mode, 0);

	inode_set_data(inode, text, strlen(text));
	return inode;
}

struct inode *plain_dir(struct inode *dir, const char *name, mode_t mode)
{
	struct inode *inode = dir_find(dir, name);

	if (inode)
		return inode;
	inode = inode_new(dir->sb, dir->ops, S_IFDIR | mode, dir->uid, dir->gid);
	dir_add(dir, name, inode);
	return inode;
}

/* --- tmpfs --- */

static bool option_is(const char *option, size_t len, const char *const *known)
{
	for (; *known; known++) {
		size_t n = strlen(*known);

		if (len >= n && strncmp(option, *known, n) == 0 &&
		    (len == n || (*known)[n - 1] == '='))
			return true;
	}
	return false;
}

static int check_options(const char *options, const char *const *known)
{
	for (const char *at = options; at && *at; at += strspn(at, ",")) {
		size_t len = strcspn(at, ",");

		if (len > 0 && !option_is(at, len, known))
			return -EINVAL;
		at += len;
	}
	return 0;
}

static int option_number(const char *options, const char *key, int base, unsigned long *out)
{
	char text[64], *end;

	if (!option_value(options, key, text, sizeof(text)))
		return 0;
	*out = strtoul(text, &end, base);
	return *text && !*end ? 1 : -EINVAL;
}

static void own(struct fake *fake, struct inode *root)
{
	if (fake->current) {
		root->uid = fake->current->cred.fsuid;
		root->gid = fake->current->cred.fsgid;
	}
}

int tmpfs_get(struct fake *fake, const struct fs_args *args, struct super **sb_out,
	      struct inode **root)
{
	static const char *const known[] = { "size=",	"nr_inodes=", "nr_blocks=", "mode=",
					     "uid=",	"gid=",	      "huge=",	    "mpol=",
					     "inode32", "inode64",    "noswap",	    NULL };
	unsigned long mode = 01777, uid = 0, gid = 0;
	bool has_uid, has_gid;
	struct super *sb;

	if (check_options(args->data, known) < 0 || option_number(args->data, "mode", 8, &mode) < 0)
		return -EINVAL;
	has_uid = option_number(args->data, "uid", 10, &uid) > 0;
	has_gid = option_number(args->data, "gid", 10, &gid) > 0;
	sb = super_new(fake, fs_type_find("tmpfs"), (mode_t)mode & 07777);
	own(fake, sb->root);
	if ((has_uid && fake->current && !uid_from(fake->current, (uid_t)uid, &sb->root->uid)) ||
	    (has_gid && fake->current && !gid_from(fake->current, (gid_t)gid, &sb->root->gid))) {
		super_put(sb);
		return -EINVAL;
	}
	sb->read_only = args->read_only;
	if (args->data) {
		free(sb->options);
		sb->options = must_dup(args->data);
	}
	inode_get(sb->root);
	*root = sb->root;
	*sb_out = sb;
	return 0;
}

static int mqueue_get(struct fake *fake, const struct fs_args *args, struct super **sb_out,
		      struct inode **root)
{
	struct super *sb;

	if (fake->current &&
	    !task_capable(fake->current, CAP_SYS_ADMIN, fake->current->ipc_ns->owner))
		return -EPERM;
	sb = super_new(fake, fs_type_find("mqueue"), 01777);
	own(fake, sb->root);
	inode_get(sb->root);
	*root = sb->root;
	*sb_out = sb;
	return 0;
}

/* --- the one devtmpfs --- */

static int devtmpfs_get(struct fake *fake, const struct fs_args *args, struct super **sb_out,
			struct inode **root)
{
	struct vfs *vfs = fake->vfs;

	if (!vfs->devtmpfs) {
		vfs->devtmpfs = super_new(fake, fs_type_find("devtmpfs"), 0755);
		free(vfs->devtmpfs->options);
		vfs->devtmpfs->options = must_dup("mode=755");
	}
	vfs->devtmpfs->refs++;
	inode_get(vfs->devtmpfs->root);
	*root = vfs->devtmpfs->root;
	*sb_out = vfs->devtmpfs;
	return 0;
}

/* --- sysfs: one an instance of a network namespace --- */

static const struct inode_ops sysfs_dir_ops = { 0 };

static void sysfs_finish(struct super *sb)
{
	simple_ns_put(sb->fake, sb->priv);
}

int sysfs_get(struct fake *fake, const struct fs_args *args, struct super **sb_out,
	      struct inode **root)
{
	static const char *const dirs[] = { "block",	"bus", "class",	 "dev",	  "devices",
					    "firmware", "fs",  "kernel", "module" };
	struct task *task = fake->current;
	struct super *sb;
	struct inode *dir;

	if (!task_capable(task, CAP_SYS_ADMIN, task->net_ns->owner))
		return -EPERM;
	/* The same network namespace shows the same instance. */
	for (size_t i = 0; i < fake->vfs->mounts.count; i++) {
		sb = mount_nth(fake->vfs, i)->sb;
		if (sb->finish == sysfs_finish && sb->priv == task->net_ns) {
			sb->refs++;
			inode_get(sb->root);
			*root = sb->root;
			*sb_out = sb;
			return 0;
		}
	}
	sb = super_new(fake, fs_type_find("sysfs"), 0555);
	simple_ns_get(task->net_ns);
	sb->priv = task->net_ns;
	sb->finish = sysfs_finish;
	sb->root->ops = &sysfs_dir_ops;
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		plain_dir(sb->root, dirs[i], 0755);
	plain_dir(dir_find(sb->root, "fs"), "cgroup", 0755);
	plain_dir(dir_find(sb->root, "kernel"), "security", 0755);
	dir = plain_dir(plain_dir(dir_find(sb->root, "devices"), "virtual", 0755), "net", 0755);
	net_fill_sysfs(dir);
	net_fill_sysfs(plain_dir(dir_find(sb->root, "class"), "net", 0755));
	dir = plain_dir(plain_dir(dir_find(sb->root, "devices"), "system", 0755), "cpu", 0755);
	plain_file(dir, "online", "0-1\n", 0444);
	inode_get(sb->root);
	*root = sb->root;
	*sb_out = sb;
	return 0;
}
