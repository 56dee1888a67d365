/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/proc: procfs: the files that do not belong to a process. Those that do: procpid.c.
 *
 * Source: proc(5) and its children.
 */
#include "sys/fake/net.h"
#include "sys/fake/proc.h"

#include <ctype.h>

enum proc_file {
	FILE_HOSTNAME,
	FILE_CAP_LAST_CAP,
	FILE_BOOT_ID,
	FILE_PID_MAX,
	FILE_FILESYSTEMS,
	FILE_UPTIME,
	FILE_NET_UNIX,
	FILE_NET_DEV,
	FILE_DOMAINNAME,
	FILE_CMDLINE,
	FILE_OVERFLOW,
	FILE_RANDOM_UUID,
	FILE_CGROUPS,
};

static void filesystems_text(struct str *out)
{
	const struct fs_type *type;

	for (size_t i = 0; (type = fs_type_nth(i)); i++)
		str_addf(out, "nodev\t%s\n", type->name);
	str_add(out, "\text4\n");
}

static void net_dev_text(struct fake *fake, struct simple_ns *ns, struct str *out)
{
	str_add(out,
		"Inter-|   Receive                                                |  Transmit\n"
		" face |bytes    packets errs drop fifo frame compressed multicast|bytes    "
		"packets errs drop "
		"fifo colls carrier compressed\n");
	for (struct link *link = link_next(fake, ns, 0); link;
	     link = link_next(fake, ns, link->index))
		str_addf(out,
			 "%6s:       0       0    0    0    0     0          0         0        0  "
			 "     0    0    0    0     0       0          0\n",
			 link->name);
}

static void uuid_text(struct vfs *vfs, bool random, struct str *out)
{
	uint64_t a = random ? vfs_random(vfs) : 0x0123456789abcdefull,
		 b = random ? vfs_random(vfs) : 0x0f1e2d3c4b5a6978ull;

	str_addf(out, "%08x-%04x-4%03x-8%03x-%012llx\n", (unsigned)(a >> 32),
		 (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff, (unsigned)(b >> 48) & 0xfff,
		 (unsigned long long)b & 0xffffffffffffull);
}

static int proc_text(struct fake *fake, struct inode *inode, struct str *out)
{
	struct task *task = fake->current;

	switch ((enum proc_file)inode->number) {
	case FILE_HOSTNAME:
		str_addf(out, "%s\n", uts_name(task));
		break;
	case FILE_DOMAINNAME:
		str_add(out, "(none)\n");
		break;
	case FILE_CAP_LAST_CAP:
		str_add(out, "40\n");
		break;
	case FILE_BOOT_ID:
	case FILE_RANDOM_UUID:
		uuid_text(fake->vfs, inode->number == FILE_RANDOM_UUID, out);
		break;
	case FILE_PID_MAX:
		str_add(out, "4194304\n");
		break;
	case FILE_OVERFLOW:
		str_add(out, "65534\n");
		break;
	case FILE_FILESYSTEMS:
		filesystems_text(out);
		break;
	case FILE_UPTIME:
		str_addf(out, "%llu.%02llu 0.00\n", (unsigned long long)(fake->now_ns / 1000000000),
			 (unsigned long long)(fake->now_ns / 10000000 % 100));
		break;
	case FILE_NET_UNIX:
		net_unix_text(fake, task->net_ns, out);
		break;
	case FILE_NET_DEV:
		net_dev_text(fake, task->net_ns, out);
		break;
	case FILE_CMDLINE:
		str_add(out, "BOOT_IMAGE=/boot/vmlinuz root=/dev/sda1 ro\n");
		break;
	case FILE_CGROUPS:
		cgroups_text(fake, out);
		break;
	}
	return 0;
}

static ssize_t proc_store(struct fake *fake, struct inode *inode, const char *text, size_t len)
{
	struct task *task = fake->current;

	if (inode->number != FILE_HOSTNAME)
		return (ssize_t)len;
	if (!task_capable(task, CAP_SYS_ADMIN, task->uts_ns->owner))
		return -EPERM;
	snprintf(task->uts_ns->hostname, sizeof(task->uts_ns->hostname), "%.*s",
		 (int)strcspn(text, "\n"), text);
	return (ssize_t)len;
}

static const struct inode_ops proc_file_ops = { .text = proc_text };
static const struct inode_ops proc_setting_ops = { .text = proc_text, .store = proc_store };

/* A setting that keeps what is written; true numbers do not matter. */
static int setting_text(struct fake *fake, struct inode *inode, struct str *out)
{
	str_add_n(out, inode->data, inode->size);
	return 0;
}

static ssize_t setting_store(struct fake *fake, struct inode *inode, const char *text, size_t len)
{
	inode_set_data(inode, text, len);
	if (len == 0 || text[len - 1] != '\n') {
		inode_resize(inode, len + 1);
		inode->data[len] = '\n';
	}
	return (ssize_t)len;
}

static const struct inode_ops kept_ops = { .text = setting_text, .store = setting_store };

static const struct {
	const char *path;
	mode_t mode;
	int number; /* -1: kept, with text */
	const char *text;
} files[] = {
	{ "cgroups", 0444, FILE_CGROUPS, NULL },
	{ "cmdline", 0444, FILE_CMDLINE, NULL },
	{ "filesystems", 0444, FILE_FILESYSTEMS, NULL },
	{ "uptime", 0444, FILE_UPTIME, NULL },
	{ "sysrq-trigger", 0200, -1, "" },
	{ "kcore", 0400, -1, "" },
	{ "kallsyms", 0444, -1, "" },
	{ "meminfo", 0444, -1,
	  "MemTotal:        4096000 kB\nMemFree:         2048000 kB\nSwapTotal:             0 "
	  "kB\n" },
	{ "cpuinfo", 0444, -1, "processor\t: 0\n\nprocessor\t: 1\n\n" },
	{ "stat", 0444, -1, "cpu  0 0 0 0 0 0 0 0 0 0\nbtime 0\n" },
	{ "loadavg", 0444, -1, "0.00 0.00 0.00 1/1 1\n" },
	{ "swaps", 0444, -1, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n" },
	{ "sys/kernel/hostname", 0644, FILE_HOSTNAME, NULL },
	{ "sys/kernel/domainname", 0644, FILE_DOMAINNAME, NULL },
	{ "sys/kernel/cap_last_cap", 0444, FILE_CAP_LAST_CAP, NULL },
	{ "sys/kernel/pid_max", 0644, FILE_PID_MAX, NULL },
	{ "sys/kernel/overflowuid", 0644, FILE_OVERFLOW, NULL },
	{ "sys/kernel/overflowgid", 0644, FILE_OVERFLOW, NULL },
	{ "sys/kernel/random/boot_id", 0444, FILE_BOOT_ID, NULL },
	{ "sys/kernel/random/uuid", 0444, FILE_RANDOM_UUID, NULL },
	{ "sys/kernel/shmmax", 0644, -1, "18446744073692774399\n" },
	{ "sys/kernel/msgmax", 0644, -1, "8192\n" },
	{ "sys/kernel/sem", 0644, -1, "32000\t1024000000\t500\t32000\n" },
	{ "sys/kernel/yama/ptrace_scope", 0644, -1, "1\n" },
	{ "sys/kernel/unprivileged_userns_clone", 0644, -1, "1\n" },
	{ "sys/kernel/core_pattern", 0644, -1, "core\n" },
	{ "sys/kernel/ctrl-alt-del", 0644, -1, "0\n" },
	{ "sys/fs/mqueue/msg_max", 0644, -1, "10\n" },
	{ "sys/fs/pipe-max-size", 0644, -1, "1048576\n" },
	{ "sys/vm/swappiness", 0644, -1, "60\n" },
	{ "sys/net/core/somaxconn", 0644, -1, "4096\n" },
	{ "irq/default_smp_affinity", 0644, -1, "3\n" },
	{ "bus/pci/devices", 0444, -1, "" },
	{ "fs/nfsd/x", 0444, -1, "" },
	{ "acpi/wakeup", 0644, -1, "" },
	{ "tty/drivers", 0444, -1, "" },
};

static struct inode *dir_of(struct inode *root, const char *path, const char **last)
{
	struct inode *dir = root;
	const char *slash;
	char name[64];

	while ((slash = strchr(path, '/'))) {
		snprintf(name, sizeof(name), "%.*s", (int)(slash - path), path);
		if (!dir_find(dir, name)) {
			struct inode *sub = inode_new(dir->sb, &proc_dir_ops, S_IFDIR | 0555, 0, 0);

			dir_add(dir, name, sub);
		}
		dir = dir_find(dir, name);
		path = slash + 1;
	}
	*last = path;
	return dir;
}

const struct inode_ops proc_dir_ops = { 0 };

static void add_link(struct inode *dir, const char *name, const struct inode_ops *ops,
		     const char *target)
{
	struct inode *inode = inode_new(dir->sb, ops, S_IFLNK | 0777, 0, 0);

	if (target)
		inode_set_data(inode, target, strlen(target));
	dir_add(dir, name, inode);
}

static void fill_root(struct inode *root)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const char *name;
		struct inode *dir = dir_of(root, files[i].path, &name), *file;
		const struct inode_ops *ops = files[i].number < 0	    ? &kept_ops
					      : (files[i].mode & 0222) == 0 ? &proc_file_ops
									    : &proc_setting_ops;

		file = text_file(dir, name, ops, files[i].mode, files[i].number);
		file->uid = file->gid = 0;
		if (files[i].text && *files[i].text)
			inode_set_data(file, files[i].text, strlen(files[i].text));
	}
	net_fill_proc(dir_find(dir_find(root, "sys"), "net"));
	add_link(root, "self", &proc_self_ops, NULL);
	add_link(root, "thread-self", &proc_self_ops, NULL);
	add_link(root, "mounts", NULL, "self/mounts");
	add_link(root, "net", NULL, "self/net");
}

void proc_fill_net(struct inode *dir)
{
	text_file(dir, "unix", &proc_file_ops, 0444, FILE_NET_UNIX);
	text_file(dir, "dev", &proc_file_ops, 0444, FILE_NET_DEV);
}

static void proc_finish(struct super *sb)
{
	pid_ns_put(sb->fake, sb->priv);
}

int proc_get(struct fake *fake, const struct fs_args *args, struct super **sb_out,
	     struct inode **root)
{
	struct task *task = fake->current;
	struct pid_ns *ns = task->pid_ns;
	struct super *sb;

	if (!task_capable(task, CAP_SYS_ADMIN, ns->owner))
		return -EPERM;
	/* Since Linux 5.8 each mount is an instance of its own. */
	for (size_t i = 0; kernel_is_older(fake, 508) && i < fake->vfs->mounts.count; i++) {
		sb = mount_nth(fake->vfs, i)->sb;
		if (sb->finish == proc_finish && sb->priv == ns)
			goto found;
	}
	sb = super_new(fake, fs_type_find("proc"), 0555);
	pid_ns_get(ns);
	sb->priv = ns;
	sb->finish = proc_finish;
	sb->root->ops = &proc_root_ops;
	fill_root(sb->root);
	sb->refs--;
found:
	sb->refs++;
	inode_get(sb->root);
	*root = sb->root;
	*sb_out = sb;
	return 0;
}
