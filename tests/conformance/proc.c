/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "conformance.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>

static int open_at(struct sys *sys, const char *path, uint64_t flags)
{
	struct open_how how = { .flags = flags | O_CLOEXEC };

	return sys_openat2(sys, AT_FDCWD, path, &how);
}

static ssize_t read_text(struct sys *sys, const char *path, char *buf, size_t size)
{
	int fd = open_at(sys, path, O_RDONLY);
	ssize_t n = fd;

	if (fd >= 0) {
		n = sys_read(sys, fd, buf, size - 1);
		sys_close(sys, fd);
	}
	buf[n < 0 ? 0 : n] = '\0';
	return n;
}

static ssize_t write_text(struct sys *sys, const char *path, const char *text)
{
	int fd = open_at(sys, path, O_WRONLY);
	ssize_t n = fd;

	if (fd >= 0) {
		n = sys_write(sys, fd, text, strlen(text));
		sys_close(sys, fd);
	}
	return n;
}

/* The rest of the line that starts with key, in *text. */
static void note_line(struct str *out, const char *text, const char *key)
{
	const char *line = strstr(text, key);
	size_t len = line ? strcspn(line, "\n") : 0;

	str_add(out, line ? "" : "no ");
	str_add_n(out, line ? line : key, line ? len : strlen(key));
	str_add(out, "\n");
}

static int sleep_for_ever(void *arg)
{
	struct child *child = arg;

	sys_write(child->sys, child->fd, "x", 1);
	nap(child->sys, -1);
	return 99;
}

static ino_t ns_number(struct sys *sys, pid_t pid, const char *name)
{
	char path[64];
	struct stat st = { 0 };

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, name);
	return sys_fstatat(sys, AT_FDCWD, path, &st, 0) < 0 ? 0 : st.st_ino;
}

static void namespaces_as_files(struct sys *sys, struct str *out)
{
	static const char *const names[] = { "mnt", "uts", "ipc", "net", "cgroup", "pid", "user" };
	int fds[2], own, fd;
	char c, path[64];
	struct stat st = { 0 };
	pid_t pid, me = sys_getpid(sys);

	sys_pipe2(sys, fds, O_CLOEXEC);
	own = open_at(sys, "/proc/self/ns/uts", O_RDONLY);
	pid = start(sys, CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWPID, sleep_for_ever,
		    (struct child){ .fd = fds[1] });
	sys_read(sys, fds[0], &c, 1);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		ino_t mine = ns_number(sys, me, names[i]), its = ns_number(sys, pid, names[i]);

		str_addf(out, "%s: %s%s\n", names[i], mine == its ? "same" : "another",
			 mine ? "" : ", none");
	}
	note(out, "unknown name", open_at(sys, "/proc/self/ns/other", O_RDONLY));
	snprintf(path, sizeof(path), "/proc/%d/ns/uts", pid);
	fd = open_at(sys, path, O_RDONLY);
	note(out, "stat", sys_fstatat(sys, fd, "", &st, AT_EMPTY_PATH));
	note_n(out, "number", st.st_ino == ns_number(sys, pid, "uts"));
	note(out, "wrong kind", sys_setns(sys, fd, CLONE_NEWNET));
	note(out, "enter", sys_setns(sys, fd, CLONE_NEWUTS));
	note_n(out, "inside", ns_number(sys, me, "uts") == ns_number(sys, pid, "uts"));
	note(out, "write", sys_write(sys, fd, "x", 1));
	sys_kill(sys, pid, SIGKILL);
	note_end(out, "end", sys, pid);
	note(out, "the namespace lives on", sys_setns(sys, fd, 0));
	note(out, "back", sys_setns(sys, own, 0));
	note(out, "the dead", open_at(sys, path, O_RDONLY));
	sys_close_range(sys, 0, 40, 0);
}

static void status(struct sys *sys, struct str *out)
{
	static const char *const keys[] = { "State:",  "Uid:",	      "Gid:",	"CapInh:",
					    "CapAmb:", "NoNewPrivs:", "SigBlk:" };
	char buf[4096], path[64];
	int fds[2];
	sigset_t usr1;
	char c;
	pid_t pid;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sys_sigprocmask(sys, SIG_BLOCK, &usr1, NULL);
	note_n(out, "self", read_text(sys, "/proc/self/status", buf, sizeof(buf)) > 0);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		note_line(out, buf, keys[i]);
	sys_pipe2(sys, fds, O_CLOEXEC);
	pid = start(sys, CLONE_NEWPID, sleep_for_ever, (struct child){ .fd = fds[1] });
	sys_read(sys, fds[0], &c, 1);
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	read_text(sys, path, buf, sizeof(buf));
	note_n(out, "pid 1 inside",
	       strstr(buf, "NSpid:") && strstr(strstr(buf, "NSpid:"), "\t1\n") != NULL);
	nap(sys, 20);
	read_text(sys, path, buf, sizeof(buf));
	note_line(out, buf, "State:");
	sys_kill(sys, pid, SIGKILL);
	nap(sys, 20);
	read_text(sys, path, buf, sizeof(buf));
	note_line(out, buf, "State:");
	note_end(out, "end", sys, pid);
	note(out, "afterwards", read_text(sys, path, buf, sizeof(buf)));
	sys_close_range(sys, 0, 40, 0);
}

/* Parent, group and session in the numbers of the /proc that it is read from. */
static void note_numbers(struct sys *sys, struct str *out, const char *what)
{
	char buf[512], *behind_name;
	int parent = -1, group = -1, session = -1;

	read_text(sys, "/proc/self/stat", buf, sizeof(buf));
	behind_name = strrchr(buf, ')');
	if (behind_name)
		sscanf(behind_name, ") %*c %d %d %d", &parent, &group, &session);
	str_addf(out, "%s: %d %d %d\n", what, parent, group, session);
}

static int first_of_a_namespace(void *arg)
{
	struct child *child = arg;
	struct sys *sys = child->sys;
	_cleanup_str_ struct str text = { 0 };
	struct str *out = &text;

	note(out, "alone", sys_mount(sys, NULL, "/", NULL, MS_SLAVE | MS_REC, NULL));
	note(out, "own proc", sys_mount(sys, "proc", "/proc", "proc", 0, NULL));
	note_numbers(sys, out, "of outside");
	note_n(out, "setsid", sys_setsid(sys));
	note_numbers(sys, out, "of its own");
	return sys_write(sys, child->fd, str_text(out), out->len) == (ssize_t)out->len ? 0 : 1;
}

static void groups_and_sessions(struct sys *sys, struct str *out)
{
	char buf[1024];
	int fds[2];
	ssize_t n;
	pid_t pid;

	sys_pipe2(sys, fds, O_CLOEXEC);
	pid = start(sys, CLONE_NEWPID | CLONE_NEWNS, first_of_a_namespace,
		    (struct child){ .fd = fds[1] });
	note_end(out, "end", sys, pid);
	n = sys_read(sys, fds[0], buf, sizeof(buf));
	if (n > 0)
		str_add_n(out, buf, (size_t)n);
	sys_close_range(sys, 0, 40, 0);
}

static int own_maps(void *arg)
{
	struct child *child = arg;

	sys_write(child->sys, child->fd, "x", 1);
	nap(child->sys, 50);
	if (sys_getuid(child->sys) != 0 || sys_getgid(child->sys) != 0)
		return 1;
	if (sys_setresuid(child->sys, 5, 5, 5) != 0)
		return 2;
	return sys_setresuid(child->sys, 50, 50, 50) == -EINVAL ? 0 : 3;
}

static void id_maps(struct sys *sys, struct str *out)
{
	int fds[2];
	char c, path[64], buf[256];
	pid_t pid;

	sys_pipe2(sys, fds, O_CLOEXEC);
	pid = start(sys, CLONE_NEWUSER, own_maps, (struct child){ .fd = fds[1] });
	sys_read(sys, fds[0], &c, 1);
	snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	note_n(out, "gids", write_text(sys, path, "0 0 10\n"));
	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	note_n(out, "empty", read_text(sys, path, buf, sizeof(buf)));
	note_n(out, "nonsense", write_text(sys, path, "a b c\n"));
	note_n(out, "no length", write_text(sys, path, "0 0 0\n"));
	note_n(out, "uids", write_text(sys, path, "0 0 10\n"));
	note_n(out, "again", write_text(sys, path, "0 0 10\n"));
	read_text(sys, path, buf, sizeof(buf));
	str_add(out, buf);
	note_end(out, "end", sys, pid);
	sys_close_range(sys, 0, 40, 0);
}

static void memory_files(struct sys *sys, struct str *out)
{
	int fd = sys_memfd_create(sys, "plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *map = NULL;
	char buf[8];

	note_n(out, "write", sys_write(sys, fd, "hello", 5));
	note_n(out, "read at the end", sys_read(sys, fd, buf, 5));
	note_n(out, "pread", sys_pread(sys, fd, buf, 5, 1));
	note_n(out, "no seals", sys_fcntl(sys, fd, F_GET_SEALS, 0));
	note(out, "seal",
	     sys_fcntl(sys, fd, F_ADD_SEALS,
		       F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));
	note_n(out, "seals", sys_fcntl(sys, fd, F_GET_SEALS, 0));
	note(out, "seal again", sys_fcntl(sys, fd, F_ADD_SEALS, F_SEAL_GROW));
	note(out, "write", sys_pwrite(sys, fd, "x", 1, 0));
	note(out, "truncate", sys_ftruncate(sys, fd, 1));
	note(out, "map for writing",
	     sys_mmap(sys, &map, 5, PROT_READ | PROT_WRITE, MAP_SHARED, fd));
	note(out, "map", sys_mmap(sys, &map, 5, PROT_READ, MAP_PRIVATE, fd));
	str_addf(out, "mapped: %.5s\n", (const char *)map);
	note(out, "unmap", sys_munmap(sys, map, 5));
	note(out, "map nothing", sys_mmap(sys, &map, 0, PROT_READ, MAP_PRIVATE, fd));
	note(out, "strange flags", sys_memfd_create(sys, "x", 0x8000000));
	sys_close(sys, fd);
	fd = sys_memfd_create(sys, "x", MFD_CLOEXEC);
	note_n(out, "sealed from birth", sys_fcntl(sys, fd, F_GET_SEALS, 0));
	note(out, "seal", sys_fcntl(sys, fd, F_ADD_SEALS, F_SEAL_GROW));
	sys_close(sys, fd);
}

static void sockets_with_a_path(struct sys *sys, struct str *out)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX,
				    .sun_path = "/tmp/lxc-conformance.sock" };
	size_t len = sizeof(addr);
	int fd = sys_socket(sys, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = sys_socket(sys, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st = { 0 };

	note(out, "nobody", sys_connect(sys, client, &addr, len));
	note(out, "bind", sys_bind(sys, fd, &addr, len));
	note(out, "stat", sys_fstatat(sys, AT_FDCWD, addr.sun_path, &st, 0));
	note_n(out, "a socket", S_ISSOCK(st.st_mode));
	note(out, "bind another", sys_bind(sys, client, &addr, len));
	note(out, "open", open_at(sys, addr.sun_path, O_RDONLY));
	note(out, "listen", sys_listen(sys, fd, 5));
	note(out, "connect", sys_connect(sys, client, &addr, len));
	sys_close(sys, fd);
	sys_close(sys, client);
	fd = sys_socket(sys, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	note(out, "the name stays", sys_bind(sys, fd, &addr, len));
	note(out, "nobody behind it", sys_connect(sys, fd, &addr, len));
	note(out, "unlink", sys_unlinkat(sys, AT_FDCWD, addr.sun_path, 0));
	note(out, "bind", sys_bind(sys, fd, &addr, len));
	note(out, "unlink", sys_unlinkat(sys, AT_FDCWD, addr.sun_path, 0));
	sys_close(sys, fd);
}

static void stat_of(struct str *out, struct sys *sys, const char *what, int fd)
{
	struct stat st = { 0 };

	note(out, what, sys_fstatat(sys, fd, "", &st, AT_EMPTY_PATH));
	str_addf(out, "  type %o\n", st.st_mode & S_IFMT);
}

static void descriptors_as_files(struct sys *sys, struct str *out)
{
	int fds[2], pair[2], fd;
	char path[64], buf[64];
	ssize_t n;

	sys_pipe2(sys, fds, O_CLOEXEC);
	sys_socketpair(sys, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
	stat_of(out, sys, "pipe", fds[0]);
	stat_of(out, sys, "socket", pair[0]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	n = sys_readlinkat(sys, AT_FDCWD, path, buf, sizeof(buf));
	str_addf(out, "link: %.5s\n", n > 5 ? buf : "?");
	note(out, "seek", sys_lseek(sys, fds[0], 0, SEEK_SET));
	note(out, "truncate", sys_ftruncate(sys, fds[1], 0));
	note(out, "list", sys_getdents64(sys, fds[0], buf, sizeof(buf)));
	note(out, "below a pipe",
	     sys_openat2(sys, fds[0], "x", &(struct open_how){ .flags = O_RDONLY }));
	fd = open_at(sys, "/", O_PATH);
	note(out, "read a place", sys_read(sys, fd, buf, 1));
	note(out, "lock a place", sys_flock(sys, fd, 2 /* LOCK_EX */));
	note(out, "poll a place",
	     sys_epoll_ctl(sys, sys_epoll_create1(sys, 0), EPOLL_CTL_ADD, fd,
			   &(struct epoll_event){ 0 }));
	sys_close_range(sys, 0, 40, 0);
}

const struct script proc_scripts[] = {
	{ "namespaces as files", namespaces_as_files },
	{ "status", status },
	{ "groups and sessions", groups_and_sessions },
	{ "id maps", id_maps },
	{ "memory files", memory_files },
	{ "sockets with a path", sockets_with_a_path },
	{ "descriptors as files", descriptors_as_files },
	{ NULL, NULL },
};
