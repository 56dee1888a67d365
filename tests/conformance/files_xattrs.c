/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files.h"

#include <linux/capability.h>
#include <linux/limits.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/xattr.h>

static const struct vfs_cap_data caps = {
	.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
	.data = { { .permitted = 1u << CAP_NET_RAW } },
};

/* The names in the order of the alphabet: the kernel has them in one of its own. */
static void say_names(struct script *s, int fd)
{
	static const char *const known[] = { "security.capability", "security.note", "trusted.x",
					     "user.big", "user.note" };
	char list[512];
	ssize_t len = sys_flistxattr(S, fd, list, sizeof(list));

	say(s, "names", len);
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		for (ssize_t at = 0; at < len; at += (ssize_t)strlen(list + at) + 1)
			if (str_eq(list + at, known[i]))
				str_addf(&s->said, "  %s\n", known[i]);
}

static void say_value(struct script *s, int fd, const char *name)
{
	char value[64];
	ssize_t len = sys_fgetxattr(S, fd, name, value, sizeof(value));

	say(s, name, len);
	if (len > 0)
		str_addf(&s->said, "  %.*s\n", (int)len, value);
}

static void names_and_values(struct script *s)
{
	char longest[256 + 8], small[2];
	static char huge[XATTR_SIZE_MAX + 1];
	int fd = open_at(s, AT_FDCWD, "/mnt/f", O_RDWR | O_CREAT, 0);
	int path = open_at(s, AT_FDCWD, "/mnt/f", O_PATH, 0);

	TRY(sys_flistxattr(S, fd, NULL, 0));
	TRY(sys_fgetxattr(S, fd, "user.note", NULL, 0));
	TRY(sys_fremovexattr(S, fd, "user.note"));
	TRY(sys_fsetxattr(S, fd, "user.note", "one", 3, XATTR_REPLACE));
	TRY(sys_fsetxattr(S, fd, "user.note", "one", 3, XATTR_CREATE));
	TRY(sys_fsetxattr(S, fd, "user.note", "two", 3, XATTR_CREATE));
	TRY(sys_fsetxattr(S, fd, "user.note", "three", 5, XATTR_REPLACE));
	TRY(sys_fsetxattr(S, fd, "user.note", "three", 5, 4));
	say_value(s, fd, "user.note");
	TRY(sys_fsetxattr(S, fd, "user.note", NULL, 0, 0));
	say_value(s, fd, "user.note");
	TRY(sys_fsetxattr(S, fd, "user.note", "three", 5, 0));
	TRY(sys_fgetxattr(S, fd, "user.note", NULL, 0));
	TRY(sys_fgetxattr(S, fd, "user.note", small, sizeof(small)));
	TRY(sys_flistxattr(S, fd, small, sizeof(small)));
	TRY(sys_fsetxattr(S, fd, "", "x", 1, 0));
	TRY(sys_fgetxattr(S, fd, "", small, 1));
	memset(longest, 'n', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	memcpy(longest, "user.", 5);
	TRY(sys_fsetxattr(S, fd, longest, "x", 1, 0));
	TRY(sys_fsetxattr(S, fd, "user.big", huge, XATTR_SIZE_MAX + 1, 0));
	TRY(sys_fsetxattr(S, fd, "nobodys.note", "x", 1, 0));
	TRY(sys_fgetxattr(S, fd, "nobodys.note", small, 1));
	TRY(sys_fremovexattr(S, fd, "nobodys.note"));
	TRY(sys_fsetxattr(S, fd, "trusted.x", "y", 1, 0));
	TRY(sys_fsetxattr(S, fd, "security.note", "y", 1, 0));
	say_names(s, fd);
	TRY(sys_fsetxattr(S, path, "user.note", "x", 1, 0));
	TRY(sys_fgetxattr(S, path, "user.note", small, 1));
	TRY(sys_flistxattr(S, path, small, 1));
	TRY(sys_fremovexattr(S, path, "user.note"));
	TRY(sys_fsetxattr(S, 77, "user.note", "x", 1, 0));
	TRY(sys_flistxattr(S, 77, NULL, 0));
	TRY(sys_fremovexattr(S, fd, "user.note"));
	TRY(sys_fremovexattr(S, fd, "user.note"));
	sys_close(S, path);
	sys_close(S, fd);
}

static void capabilities(struct script *s)
{
	int fd = open_at(s, AT_FDCWD, "/mnt/f", O_RDWR | O_CREAT, 0);

	TRY(sys_fsetxattr(S, fd, "security.capability", "nonsense", 8, 0));
	TRY(sys_fsetxattr(S, fd, "security.capability", &caps, sizeof(caps), 0));
	TRY(sys_fgetxattr(S, fd, "security.capability", NULL, 0));
	TRY(sys_write(S, fd, "x", 1));
	TRY(sys_fgetxattr(S, fd, "security.capability", NULL, 0));
	TRY(sys_fsetxattr(S, fd, "security.capability", &caps, sizeof(caps), 0));
	TRY(sys_fchownat(S, fd, "", 1000, 1000, AT_EMPTY_PATH));
	TRY(sys_fgetxattr(S, fd, "security.capability", NULL, 0));
	TRY(sys_fchownat(S, fd, "", 0, 0, AT_EMPTY_PATH));
	sys_close(S, fd);
}

static void as_user(struct script *s)
{
	int fd = open_at(s, AT_FDCWD, "/mnt/f", O_RDONLY, 0), own, dir, sticky;

	sys_setgroups(S, 0, NULL);
	sys_setresgid(S, 1000, 1000, 1000);
	sys_setresuid(S, 1000, 1000, 1000);
	say_names(s, fd);
	TRY(sys_fgetxattr(S, fd, "trusted.x", NULL, 0));
	TRY(sys_fgetxattr(S, fd, "security.note", NULL, 0));
	TRY(sys_fsetxattr(S, fd, "user.note", "x", 1, 0));
	TRY(sys_fsetxattr(S, fd, "trusted.x", "x", 1, 0));
	TRY(sys_fsetxattr(S, fd, "security.note", "x", 1, 0));
	TRY(sys_fsetxattr(S, fd, "security.capability", &caps, sizeof(caps), 0));
	TRY(sys_fremovexattr(S, fd, "trusted.x"));
	TRY(sys_fremovexattr(S, fd, "user.note"));
	own = open_at(s, AT_FDCWD, "/mnt/free/own", O_RDWR | O_CREAT, 0);
	TRY(sys_fsetxattr(S, own, "user.note", "mine", 4, 0));
	say_value(s, own, "user.note");
	TRY(sys_fchmod(S, own, 0200));
	say_value(s, own, "user.note");
	dir = open_at(s, AT_FDCWD, "/mnt/free", O_RDONLY | O_DIRECTORY, 0);
	TRY(sys_fsetxattr(S, dir, "user.note", "ours", 4, 0));
	sticky = open_at(s, AT_FDCWD, "/mnt/sticky", O_RDONLY | O_DIRECTORY, 0);
	TRY(sys_fsetxattr(S, sticky, "user.note", "ours", 4, 0));
	sys_close(S, sticky);
	sys_close(S, dir);
	sys_close(S, own);
	sys_close(S, fd);
}

static void elsewhere(struct script *s)
{
	int pair[2], fd;

	TRY(sys_mknodat(S, AT_FDCWD, "/mnt/null", S_IFCHR | 0666, 0x103));
	fd = open_at(s, AT_FDCWD, "/mnt/null", O_RDWR, 0);
	TRY(sys_fsetxattr(S, fd, "user.note", "x", 1, 0));
	TRY(sys_fgetxattr(S, fd, "user.note", NULL, 0));
	TRY(sys_fsetxattr(S, fd, "trusted.x", "x", 1, 0));
	sys_close(S, fd);
	fd = open_at(s, AT_FDCWD, "/proc/self/status", O_RDONLY, 0);
	TRY(sys_fgetxattr(S, fd, "user.note", NULL, 0));
	TRY(sys_fsetxattr(S, fd, "user.note", "x", 1, 0));
	TRY(sys_flistxattr(S, fd, NULL, 0));
	sys_close(S, fd);
	sys_pipe2(S, pair, O_CLOEXEC);
	TRY(sys_fgetxattr(S, pair[0], "user.note", NULL, 0));
	TRY(sys_fsetxattr(S, pair[0], "user.note", "x", 1, 0));
	sys_close(S, pair[0]);
	sys_close(S, pair[1]);
	fd = open_at(s, AT_FDCWD, "/mnt/f", O_RDWR, 0);
	TRY(sys_mount(S, NULL, "/mnt", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
	TRY(sys_fsetxattr(S, fd, "user.note", "x", 1, 0));
	sys_close(S, fd);
	fd = open_at(s, AT_FDCWD, "/mnt/f", O_RDONLY, 0);
	TRY(sys_fsetxattr(S, fd, "user.note", "x", 1, 0));
	TRY(sys_fremovexattr(S, fd, "trusted.x"));
	TRY(sys_mount(S, NULL, "/mnt", NULL, MS_REMOUNT | MS_BIND, NULL));
	sys_close(S, fd);
}

void script_xattrs(struct script *s)
{
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/free", 0777));
	TRY(sys_fchmodat(S, AT_FDCWD, "/mnt/free", 0777));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/sticky", 0777));
	TRY(sys_fchmodat(S, AT_FDCWD, "/mnt/sticky", 01777));
	names_and_values(s);
	capabilities(s);
	say_child(s, 0, as_user);
	elsewhere(s);
}
