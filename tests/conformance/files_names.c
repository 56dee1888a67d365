/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files.h"

#include <sys/mount.h>

static void making(struct script *s)
{
	char buf[256];

	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/d", 02777));
	say_stat(s, AT_FDCWD, "/mnt/d", 0);
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/d/", 0777));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/new/", 0700));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/.", 0700));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/..", 0700));
	TRY(sys_mkdirat(S, AT_FDCWD, "/", 0700));
	TRY(sys_mkdirat(S, AT_FDCWD, "", 0700));
	TRY(put_text(s, "/mnt/f", "hello"));
	say_stat(s, AT_FDCWD, "/mnt/f", 0);
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/f", 0700));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/f/x", 0700));
	TRY(sys_mknodat(S, AT_FDCWD, "/mnt/fifo", S_IFIFO | 0666, 0));
	TRY(sys_mknodat(S, AT_FDCWD, "/mnt/null", S_IFCHR | 0666, 0x103));
	TRY(sys_mknodat(S, AT_FDCWD, "/mnt/null/", S_IFREG | 0666, 0));
	TRY(sys_mknodat(S, AT_FDCWD, "/mnt/reg/", S_IFREG | 0666, 0));
	TRY(sys_mknodat(S, AT_FDCWD, "/mnt/dir", S_IFDIR | 0777, 0));
	TRY(sys_mknodat(S, AT_FDCWD, "/mnt/odd", S_IFLNK | 0777, 0));
	say_stat(s, AT_FDCWD, "/mnt/null", 0);
	TRY(sys_symlinkat(S, "f", AT_FDCWD, "/mnt/l"));
	TRY(sys_symlinkat(S, "", AT_FDCWD, "/mnt/e"));
	TRY(sys_symlinkat(S, "f", AT_FDCWD, "/mnt/l"));
	TRY(sys_symlinkat(S, "f", AT_FDCWD, "/mnt/slash/"));
	say_stat(s, AT_FDCWD, "/mnt/l", AT_SYMLINK_NOFOLLOW);
	TRY(sys_readlinkat(S, AT_FDCWD, "/mnt/l", buf, sizeof(buf)));
	TRY(sys_readlinkat(S, AT_FDCWD, "/mnt/f", buf, sizeof(buf)));
	TRY(sys_readlinkat(S, AT_FDCWD, "/mnt/l", buf, 0));
	TRY(sys_linkat(S, AT_FDCWD, "/mnt/f", AT_FDCWD, "/mnt/f2", 0));
	TRY(sys_linkat(S, AT_FDCWD, "/mnt/d", AT_FDCWD, "/mnt/d2", 0));
	TRY(sys_linkat(S, AT_FDCWD, "/mnt/l", AT_FDCWD, "/mnt/l2", AT_SYMLINK_FOLLOW));
	TRY(sys_linkat(S, AT_FDCWD, "/mnt/f", AT_FDCWD, "/tmp/model-conformance-f2", 0));
	say_stat(s, AT_FDCWD, "/mnt/f2", 0);
}

/* As before Linux 5.6. */
static void opening_the_old_way(struct script *s)
{
	OPEN(sys_openat(S, AT_FDCWD, "/mnt/f", O_RDONLY | O_CLOEXEC, 0));
	OPEN(sys_openat(S, AT_FDCWD, "/mnt/made", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
	TRY(sys_openat(S, AT_FDCWD, "/mnt/made", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
	TRY(sys_openat(S, AT_FDCWD, "/mnt/missing", O_RDONLY | O_CLOEXEC, 0));
	TRY(sys_openat(S, AT_FDCWD, "/mnt/l", O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0));
	TRY(sys_openat(S, AT_FDCWD, "/mnt/f", O_PATH | O_DIRECTORY | O_CLOEXEC, 0));
	TRY(sys_openat(S, AT_FDCWD, "/mnt", O_WRONLY | O_CLOEXEC, 0));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/made", 0));
}

static void removing_and_renaming(struct script *s)
{
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/f2", 0));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/l2/", 0));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/d/.", AT_REMOVEDIR));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/d/..", AT_REMOVEDIR));
	TRY(sys_unlinkat(S, AT_FDCWD, "/", AT_REMOVEDIR));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt", AT_REMOVEDIR));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/d", 0));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/f", AT_REMOVEDIR));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/nothing", 0));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/d/sub", 0755));
	TRY(sys_renameat2(S, AT_FDCWD, "/mnt/d", AT_FDCWD, "/mnt/d/sub/x", 0));
	TRY(sys_renameat2(S, AT_FDCWD, "/mnt/d/sub", AT_FDCWD, "/mnt/d", 0));
	TRY(sys_renameat2(S, AT_FDCWD, "/mnt/f", AT_FDCWD, "/mnt/d", 0));
	TRY(sys_renameat2(S, AT_FDCWD, "/mnt/d", AT_FDCWD, "/mnt/f", 0));
	TRY(sys_renameat2(S, AT_FDCWD, "/mnt/new", AT_FDCWD, "/mnt/d", 0));
	TRY(sys_renameat2(S, AT_FDCWD, "/mnt/f", AT_FDCWD, "/mnt/null", RENAME_NOREPLACE));
	TRY(sys_renameat2(S, AT_FDCWD, "/mnt/f", AT_FDCWD, "/mnt/f3", RENAME_NOREPLACE));
	TRY(sys_renameat2(S, AT_FDCWD, "/mnt/f3", AT_FDCWD, "/mnt/l", RENAME_EXCHANGE));
	TRY(sys_renameat2(S, AT_FDCWD, "/mnt/l", AT_FDCWD, "/mnt/f", 0));
	TRY(sys_renameat2(S, AT_FDCWD, "/mnt/.", AT_FDCWD, "/mnt/g", 0));
	TRY(sys_renameat2(S, AT_FDCWD, "/mnt/f", AT_FDCWD, "/tmp/g", 0));
	TRY(sys_renameat2(S, AT_FDCWD, "/mnt/none", AT_FDCWD, "/mnt/g", 0));
	TRY(sys_renameat2(S, AT_FDCWD, "/mnt/f", AT_FDCWD, "/mnt/g/", 0));
	TRY(sys_renameat2(S, AT_FDCWD, "/mnt", AT_FDCWD, "/mnt2", 0));
	say_text(s, "/mnt/f");
}

static void open_things(struct script *s)
{
	char buf[256];
	int fd, dir;

	fd = OPEN(open_at(s, AT_FDCWD, "/mnt/f", O_RDONLY, 0));
	TRY(sys_write(S, fd, "x", 1));
	TRY(sys_ftruncate(S, fd, 0));
	TRY(sys_lseek(S, fd, 2, SEEK_SET));
	TRY(sys_lseek(S, fd, -9, SEEK_CUR));
	TRY(sys_read(S, fd, buf, 10));
	TRY(sys_pread(S, fd, buf, 10, 1));
	TRY(sys_fchmod(S, fd, 04755));
	TRY(sys_fchownat(S, fd, "", 5, 6, AT_EMPTY_PATH));
	say_stat(s, fd, "", AT_EMPTY_PATH);
	TRY(sys_getdents64(S, fd, buf, sizeof(buf)));
	TRY(sys_fchdir(S, fd));
	dir = OPEN(open_at(s, AT_FDCWD, "/mnt/d", O_RDONLY | O_DIRECTORY, 0));
	TRY(sys_read(S, dir, buf, 1));
	TRY(sys_fchdir(S, dir));
	TRY(sys_getcwd(S, buf, sizeof(buf)));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/d/sub", AT_REMOVEDIR));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/d", AT_REMOVEDIR));
	TRY(sys_getcwd(S, buf, sizeof(buf)));
	TRY(sys_mkdirat(S, dir, "x", 0755));
	TRY(sys_getdents64(S, dir, buf, sizeof(buf)));
	TRY(sys_chdir(S, "/"));
	TRY(sys_faccessat(S, AT_FDCWD, "/mnt/f", 7, 0));
	TRY(sys_faccessat(S, AT_FDCWD, "/mnt/null", 1, 0));
	TRY(sys_faccessat(S, AT_FDCWD, "/mnt/f", 8, 0));
}

void script_names(struct script *s)
{
	making(s);
	opening_the_old_way(s);
	removing_and_renaming(s);
	open_things(s);
}

static const char *const paths[] = {
	"a/b/f",
	"a/b/f/",
	"a/b/f/.",
	"a/x",
	"a/x/y",
	"a/b/f/x",
	"",
	"link",
	"link/",
	"dlink",
	"dlink/",
	"dlink/f",
	"loop",
	"loop/",
	"dangling",
	"dangling/",
	"abs",
	"up",
	"..",
	"../mnt/t",
	"/mnt/t/a",
	"a/..",
	"a/../..",
	"/proc/self/fd/9",
	"/proc/self/root",
	"/proc/self/ns/mnt",
	"abs2",
};
static const uint64_t flags[] = {
	O_RDONLY,
	O_WRONLY,
	O_RDONLY | O_DIRECTORY,
	O_PATH | O_NOFOLLOW,
	O_RDONLY | O_NOFOLLOW,
	O_RDONLY | O_CREAT | O_EXCL,
	O_PATH | O_DIRECTORY | O_NOFOLLOW,
};
static const uint64_t scopes[] = {
	0,
	RESOLVE_NO_SYMLINKS,
	RESOLVE_NO_MAGICLINKS,
	RESOLVE_BENEATH,
	RESOLVE_IN_ROOT,
	RESOLVE_NO_XDEV,
	RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
};

static void walk_all(struct script *s, int dir)
{
	int fd;

	for (size_t p = 0; p < ARRAY_LEN(paths); p++)
		for (size_t f = 0; f < ARRAY_LEN(flags); f++)
			for (size_t r = 0; r < ARRAY_LEN(scopes); r++) {
				fd = open_at(s, dir, paths[p], flags[f], scopes[r]);
				str_addf(&s->said, "%s %#lo %#lx = %s\n", paths[p],
					 (unsigned long)flags[f], (unsigned long)scopes[r],
					 fd < 0 ? err_name(fd) : "fd");
				if (fd >= 0)
					sys_close(S, fd);
				sys_unlinkat(S, dir, "a/x", 0);
				sys_unlinkat(S, dir, "x", 0);
				sys_unlinkat(S, dir, "a/nothing", 0);
			}
}

void script_walks(struct script *s)
{
	int dir;

	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/t", 0755));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/t/a", 0755));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/t/a/b", 0755));
	TRY(put_text(s, "/mnt/t/a/b/f", "text"));
	TRY(sys_symlinkat(S, "a/b/f", AT_FDCWD, "/mnt/t/link"));
	TRY(sys_symlinkat(S, "a/b", AT_FDCWD, "/mnt/t/dlink"));
	TRY(sys_symlinkat(S, "loop", AT_FDCWD, "/mnt/t/loop"));
	TRY(sys_symlinkat(S, "a/nothing", AT_FDCWD, "/mnt/t/dangling"));
	TRY(sys_symlinkat(S, "/mnt/t/a", AT_FDCWD, "/mnt/t/abs"));
	TRY(sys_symlinkat(S, "/a", AT_FDCWD, "/mnt/t/abs2"));
	TRY(sys_symlinkat(S, "../t/a", AT_FDCWD, "/mnt/t/up"));
	dir = open_at(s, AT_FDCWD, "/mnt/t", O_PATH | O_DIRECTORY, 0);
	sys_dup3(S, open_at(s, AT_FDCWD, "/mnt/t/a/b/f", O_RDONLY, 0), 9, O_CLOEXEC);
	walk_all(s, dir);
	OPEN(open_at(s, dir, "a", O_PATH | O_RDWR, 0));
	OPEN(open_at(s, dir, "a/b/f", O_PATH | O_TRUNC, 0));
	OPEN(open_at(s, dir, "a", O_CREAT | O_DIRECTORY, 0));
	OPEN(open_at(s, dir, "a", O_CREAT | O_RDWR, 0));
	OPEN(open_at(s, dir, "dangling", O_CREAT | O_RDWR, 0));
	say_stat(s, dir, "a/nothing", 0);
	OPEN(open_at(s, dir, "a/b/f", O_CREAT | O_RDWR, 0));
	OPEN(open_at(s, dir, "new/", O_CREAT | O_RDWR, 0));
	OPEN(open_at(s, 77, "a", O_RDONLY, 0));
	OPEN(open_at(s, 9, "a", O_RDONLY, 0));
	OPEN(open_at(s, 77, "/mnt", O_RDONLY, 0));
	TRY(sys_fchmod(S, dir, 0700));
	TRY(sys_fsync(S, dir));
	TRY(sys_fsync(S, 9));
}

static void as_user(struct script *s)
{
	TRY(sys_setgroups(S, 0, NULL));
	TRY(sys_setresgid(S, 1000, 1000, 1000));
	TRY(sys_setresuid(S, 1000, 1000, 1000));
	OPEN(open_at(s, AT_FDCWD, "/mnt/private", O_RDONLY, 0));
	OPEN(open_at(s, AT_FDCWD, "/mnt/group", O_RDONLY, 0));
	OPEN(open_at(s, AT_FDCWD, "/mnt/group", O_RDWR, 0));
	OPEN(open_at(s, AT_FDCWD, "/mnt/closed", O_PATH, 0));
	OPEN(open_at(s, AT_FDCWD, "/mnt/closed", O_RDONLY, 0));
	OPEN(open_at(s, AT_FDCWD, "/mnt/closed/x", O_PATH, 0));
	OPEN(open_at(s, AT_FDCWD, "/mnt/owner", O_RDONLY, 0));
	TRY(sys_fchmodat(S, AT_FDCWD, "/mnt/owner", 02700));
	say_stat(s, AT_FDCWD, "/mnt/owner", 0);
	TRY(sys_fchownat(S, AT_FDCWD, "/mnt/owner", 0, -1u, 0));
	TRY(sys_fchownat(S, AT_FDCWD, "/mnt/owner", 1000, 1000, 0));
	TRY(sys_fchownat(S, AT_FDCWD, "/mnt/owner", -1u, 4, 0));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/x", 0755));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/sticky/x", 0755));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/sticky/roots", 0));
	TRY(sys_renameat2(S, AT_FDCWD, "/mnt/sticky/roots", AT_FDCWD, "/mnt/sticky/mine", 0));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/sticky/x", AT_REMOVEDIR));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/private", 0));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/setgid/x", 0755));
	say_stat(s, AT_FDCWD, "/mnt/setgid/x", 0);
	TRY(sys_mknodat(S, AT_FDCWD, "/mnt/sticky/dev", S_IFCHR | 0666, 0x103));
	TRY(sys_mount(S, "t", "/mnt/sticky", "tmpfs", 0, NULL));
	TRY(sys_umount2(S, "/mnt", 0));
	OPEN(sys_open_tree(S, AT_FDCWD, "/mnt", OPEN_TREE_CLONE));
	OPEN(sys_fsopen(S, "tmpfs", 0));
	TRY(sys_chdir(S, "/mnt/closed"));
	TRY(sys_faccessat(S, AT_FDCWD, "/mnt/private", 4, 0));
	TRY(sys_faccessat(S, AT_FDCWD, "/mnt/group", 4, 0));
}

void script_users(struct script *s)
{
	TRY(put_text(s, "/mnt/private", "x"));
	TRY(sys_fchmodat(S, AT_FDCWD, "/mnt/private", 0600));
	TRY(put_text(s, "/mnt/group", "x"));
	TRY(sys_fchmodat(S, AT_FDCWD, "/mnt/group", 0640));
	TRY(sys_fchownat(S, AT_FDCWD, "/mnt/group", 0, 1000, 0));
	TRY(put_text(s, "/mnt/owner", "x"));
	TRY(sys_fchmodat(S, AT_FDCWD, "/mnt/owner", 0077));
	TRY(sys_fchownat(S, AT_FDCWD, "/mnt/owner", 1000, 1000, 0));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/closed", 0700));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/sticky", 0700));
	TRY(sys_fchmodat(S, AT_FDCWD, "/mnt/sticky", 01777));
	TRY(put_text(s, "/mnt/sticky/roots", "x"));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/setgid", 0700));
	TRY(sys_fchownat(S, AT_FDCWD, "/mnt/setgid", 0, 4, 0));
	TRY(sys_fchmodat(S, AT_FDCWD, "/mnt/setgid", 02777));
	say_child(s, 0, as_user);
}

static int write_text(struct script *s, const char *path, const char *text)
{
	int fd = open_at(s, AT_FDCWD, path, O_WRONLY, 0), ret = fd;

	if (fd >= 0) {
		ret = (int)sys_write(S, fd, text, strlen(text));
		sys_close(S, fd);
	}
	return ret;
}

static void with_own_maps(struct script *s)
{
	say_text(s, "/proc/self/setgroups");
	TRY(write_text(s, "/proc/self/setgroups", "perhaps"));
	TRY(write_text(s, "/proc/self/gid_map", "0 1000 1"));
	TRY(write_text(s, "/proc/self/setgroups", "deny\n"));
	TRY(write_text(s, "/proc/self/setgroups", "allow"));
	TRY(write_text(s, "/proc/self/gid_map", "0 0 1"));
	TRY(write_text(s, "/proc/self/gid_map", "0 1000 2"));
	TRY(write_text(s, "/proc/self/gid_map", "0 1000 1"));
	TRY(write_text(s, "/proc/self/gid_map", "0 1000 1"));
	TRY(write_text(s, "/proc/self/uid_map", "0 1000 1"));
	TRY(sys_setgroups(S, 0, NULL));
	say_text(s, "/proc/self/uid_map");
	say_stat(s, AT_FDCWD, "/mnt/mine", 0);
	say_stat(s, AT_FDCWD, "/mnt", 0);
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/mine/d", 0755));
	TRY(sys_fchownat(S, AT_FDCWD, "/mnt/mine/d", 1, 1, 0));
	TRY(sys_fchownat(S, AT_FDCWD, "/mnt/mine/d", 0, 0, 0));
	TRY(sys_fchmodat(S, AT_FDCWD, "/mnt", 0777));
	OPEN(open_at(s, AT_FDCWD, "/mnt/closed/x", O_PATH, 0));
	TRY(sys_unshare(S, 0x00020000 /* CLONE_NEWNS */));
	TRY(sys_mount(S, "t", "/mnt/mine/d", "tmpfs", 0, NULL));
	say_stat(s, AT_FDCWD, "/mnt/mine/d", 0);
	TRY(sys_mknodat(S, AT_FDCWD, "/mnt/mine/d/null", S_IFCHR | 0666, 0x103));
	TRY(sys_mount(S, "t", "/mnt/mine/d", "devpts", 0, "newinstance,gid=5"));
	TRY(sys_mount(S, "t", "/mnt/mine/d", "devpts", 0, "newinstance,ptmxmode=0666"));
	OPEN(open_at(s, AT_FDCWD, "/mnt/mine/d/ptmx", O_RDWR | O_NOCTTY, 0));
	say_stat(s, AT_FDCWD, "/mnt/mine/d/0", 0);
}

static void in_own_user_ns(struct script *s)
{
	sys_setgroups(S, 0, NULL);
	TRY(sys_setresgid(S, 1000, 1000, 1000));
	TRY(sys_setresuid(S, 1000, 1000, 1000));
	OPEN(open_at(s, AT_FDCWD, "/proc/self/uid_map", O_WRONLY, 0));
	TRY(sys_prctl(S, 4 /* PR_SET_DUMPABLE */, 1, 0, 0, 0));
	TRY(sys_unshare(S, 0x10000000 /* CLONE_NEWUSER */));
	with_own_maps(s);
}

void script_user_ns(struct script *s)
{
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/mine", 0755));
	TRY(sys_fchownat(S, AT_FDCWD, "/mnt/mine", 1000, 1000, 0));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/closed", 0700));
	TRY(write_text(s, "/proc/self/setgroups", "deny"));
	TRY(write_text(s, "/proc/self/uid_map", "0 0 1"));
	say_child(s, 0, in_own_user_ns);
}
