/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files.h"

#include <sched.h>
#include <sys/mount.h>

#define LONE "/mnt/a/model-conformance-devices"
#define NAME "model-conformance"
#define V1 "/sys/fs/cgroup"

/* Each in a hierarchy mounted anew: works wherever the machine has mounted them. */
static bool mount_one(struct script *s, const char *type, const char *data)
{
	return sys_mount(S, "cgroup", "/mnt/a", type, 0, data) == 0;
}

static int write_to(struct script *s, const char *path, const char *text)
{
	int fd = open_at(s, AT_FDCWD, path, O_WRONLY, 0), ret = fd;

	if (fd >= 0) {
		ret = (int)sys_write(S, fd, text, strlen(text));
		sys_close(S, fd);
	}
	return ret;
}

static void common(struct script *s)
{
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/a/" NAME, 0755));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/a/" NAME, 0755));
	say_stat(s, AT_FDCWD, "/mnt/a/" NAME "/cgroup.procs", 0);
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/a/" NAME "/sub", 0755));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/a/" NAME, AT_REMOVEDIR));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/a/" NAME "/cgroup.procs", 0));
	TRY(sys_mknodat(S, AT_FDCWD, "/mnt/a/" NAME "/x", S_IFREG | 0644, 0));
	TRY(sys_symlinkat(S, "x", AT_FDCWD, "/mnt/a/" NAME "/x"));
	OPEN(open_at(s, AT_FDCWD, "/mnt/a/" NAME "/x", O_RDWR | O_CREAT, 0));
	TRY(write_to(s, "/mnt/a/" NAME "/cgroup.procs", "what"));
	TRY(write_to(s, "/mnt/a/" NAME "/cgroup.procs", "-1"));
	TRY(write_to(s, "/mnt/a/" NAME "/cgroup.procs", "999999999"));
	TRY(write_to(s, "/mnt/a/" NAME "/nosuch", "1"));
	say_text(s, "/mnt/a/" NAME "/cgroup.procs");
}

static void finish(struct script *s)
{
	TRY(write_to(s, "/mnt/a/cgroup.procs", "0"));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/a/" NAME "/sub", AT_REMOVEDIR));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/a/" NAME, AT_REMOVEDIR));
	TRY(sys_umount2(S, "/mnt/a", 0));
}

/* The machine's root cgroup may hand its sets down, the model's does not. */
static void empty_sets(struct script *s)
{
	static const char *const dirs[] = { "/mnt/a/" NAME "/sub", "/mnt/a/" NAME };
	static const char *const names[] = { "cpuset.cpus", "cpuset.mems" };
	char path[128];

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		for (size_t j = 0; j < ARRAY_LEN(names); j++) {
			snprintf(path, sizeof(path), "%s/%s", dirs[i], names[j]);
			write_to(s, path, "\n");
		}
		snprintf(path, sizeof(path), "%s/cgroup.clone_children", dirs[i]);
		write_to(s, path, "0");
	}
}

static void cpuset(struct script *s)
{
	common(s);
	empty_sets(s);
	say_text(s, "/mnt/a/" NAME "/cpuset.cpus");
	say_text(s, "/mnt/a/" NAME "/cgroup.clone_children");
	TRY(write_to(s, "/mnt/a/" NAME "/cgroup.procs", "0"));
	TRY(write_to(s, "/mnt/a/" NAME "/cpuset.cpus", "what"));
	TRY(write_to(s, "/mnt/a/" NAME "/cpuset.cpus", "0"));
	TRY(write_to(s, "/mnt/a/" NAME "/cgroup.procs", "0"));
	TRY(write_to(s, "/mnt/a/" NAME "/cpuset.mems", "0"));
	TRY(write_to(s, "/mnt/a/" NAME "/sub/cpuset.cpus", "1"));
	TRY(write_to(s, "/mnt/a/" NAME "/sub/cpuset.cpus", "0"));
	TRY(write_to(s, "/mnt/a/" NAME "/cgroup.procs", "0"));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/a/" NAME, AT_REMOVEDIR));
	TRY(write_to(s, "/mnt/a/" NAME "/cpuset.cpus", ""));
	TRY(write_to(s, "/mnt/a/" NAME "/cgroup.clone_children", "1"));
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/a/" NAME "/heir", 0755));
	say_text(s, "/mnt/a/" NAME "/heir/cpuset.cpus");
	say_text(s, "/mnt/a/" NAME "/heir/cgroup.clone_children");
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/a/" NAME "/heir", AT_REMOVEDIR));
}

static void devices(struct script *s)
{
	common(s);
	say_text(s, "/mnt/a/" NAME "/devices.list");
	TRY(write_to(s, "/mnt/a/" NAME "/devices.deny", "a"));
	TRY(write_to(s, "/mnt/a/" NAME "/devices.deny", "c 1:7 r"));
	say_text(s, "/mnt/a/" NAME "/devices.list");
	/* One that never had children: those that were removed may count for a moment. */
	TRY(sys_mkdirat(S, AT_FDCWD, LONE, 0755));
	TRY(write_to(s, LONE "/devices.deny", "c 1:7 r"));
	say_text(s, LONE "/devices.list");
	TRY(write_to(s, LONE "/devices.deny", "a"));
	say_text(s, LONE "/devices.list");
	TRY(write_to(s, LONE "/devices.allow", "c 1:3 rwm"));
	TRY(write_to(s, LONE "/devices.allow", "c 1:5 r"));
	TRY(write_to(s, LONE "/devices.allow", "c 5:* rw\n"));
	TRY(write_to(s, LONE "/devices.allow", "c 5 rw"));
	TRY(write_to(s, LONE "/devices.allow", "x 5:1 rw"));
	TRY(write_to(s, LONE "/devices.deny", "c 1:3 m"));
	say_text(s, LONE "/devices.list");
	TRY(sys_mkdirat(S, AT_FDCWD, LONE "/sub", 0755));
	say_text(s, LONE "/sub/devices.list");
	TRY(write_to(s, LONE "/sub/devices.allow", "c 1:3 m"));
	TRY(write_to(s, LONE "/sub/devices.allow", "c 1:3 r"));
	TRY(write_to(s, LONE "/cgroup.procs", "0"));
	TRY(sys_mknodat(S, AT_FDCWD, "/mnt/null", S_IFCHR | 0666, 0x103));
	OPEN(open_at(s, AT_FDCWD, "/dev/null", O_RDWR, 0));
	OPEN(open_at(s, AT_FDCWD, "/dev/zero", O_RDWR, 0));
	OPEN(open_at(s, AT_FDCWD, "/dev/zero", O_RDONLY, 0));
	OPEN(open_at(s, AT_FDCWD, "/dev/full", O_RDONLY, 0));
	TRY(write_to(s, "/mnt/a/cgroup.procs", "0"));
	TRY(sys_unlinkat(S, AT_FDCWD, LONE "/sub", AT_REMOVEDIR));
	TRY(sys_unlinkat(S, AT_FDCWD, LONE, AT_REMOVEDIR));
}

/* --- freezing --- */

static int sleep_for_ever(void *arg)
{
	struct sys *sys = *(struct sys **)arg;

	while (sys_poll(sys, NULL, 0, -1) == -EINTR)
		;
	return 0;
}

/* A child that sleeps in the cgroup. */
static pid_t sleeper(struct script *s, const char *procs)
{
	struct sys_clone args = { .exit_signal = SIGCHLD };
	pid_t pid = sys_clone3(S, &args, sleep_for_ever, &S, sizeof(S));
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	TRY(write_to(s, procs, text) < 0);
	return pid;
}

static bool says(struct script *s, const char *path, const char *word)
{
	char text[64] = "";
	int fd = open_at(s, AT_FDCWD, path, O_RDONLY, 0);

	if (fd >= 0) {
		(void)sys_read(S, fd, text, sizeof(text) - 1);
		sys_close(S, fd);
	}
	return strstr(text, word) != NULL;
}

/* Within two seconds; what is between may be seen or not. */
static void say_reached(struct script *s, const char *path, const char *word)
{
	int i = 0;

	while (!says(s, path, word) && ++i < 200)
		sys_poll(S, NULL, 0, 10);
	str_addf(&s->said, "%s: %s %s\n", path, i < 200 ? "becomes" : "never becomes", word);
}

/* How a child ended, if it has within a second and a half: a busy machine takes its time. */
static void say_end(struct script *s, pid_t pid)
{
	siginfo_t info = { 0 };
	int ret = 0;

	for (int i = 0; i < 150 && ret == 0 && info.si_pid == 0; i++) {
		sys_poll(S, NULL, 0, 10);
		ret = sys_waitid(S, P_PID, pid, &info, WEXITED | WNOHANG);
	}
	str_addf(&s->said, "waitid: %d\n", ret);
	str_addf(&s->said, "code %d, status %d\n", info.si_pid ? info.si_code : 0, info.si_pid ? info.si_status : 0);
}

static void frozen_v1(struct script *s)
{
	pid_t pid = sleeper(s, "/mnt/a/" NAME "/cgroup.procs");

	TRY(write_to(s, "/mnt/a/" NAME "/freezer.state", "FROZENS"));
	TRY(write_to(s, "/mnt/a/" NAME "/freezer.state", "FROZEN"));
	say_reached(s, "/mnt/a/" NAME "/freezer.state", "FROZEN");
	say_text(s, "/mnt/a/" NAME "/freezer.self_freezing");
	say_text(s, "/mnt/a/" NAME "/sub/freezer.self_freezing");
	say_text(s, "/mnt/a/" NAME "/sub/freezer.parent_freezing");
	TRY(write_to(s, "/mnt/a/" NAME "/sub/freezer.state", "THAWED"));
	say_text(s, "/mnt/a/" NAME "/sub/freezer.state");
	TRY(sys_kill(S, pid, SIGKILL));
	say_end(s, pid);
	say_text(s, "/mnt/a/" NAME "/freezer.state");
	TRY(write_to(s, "/mnt/a/" NAME "/freezer.state", "THAWED"));
	say_end(s, pid);
	/* Entering what is frozen, and leaving it. */
	TRY(write_to(s, "/mnt/a/" NAME "/sub/freezer.state", "FROZEN"));
	say_text(s, "/mnt/a/" NAME "/freezer.state");
	pid = sleeper(s, "/mnt/a/" NAME "/sub/cgroup.procs");
	say_reached(s, "/mnt/a/" NAME "/sub/freezer.state", "FROZEN");
	TRY(sys_kill(S, pid, SIGTERM));
	say_end(s, pid);
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/a/" NAME "/sub", AT_REMOVEDIR));
	TRY(write_to(s, "/mnt/a/" NAME "/sub/freezer.state", "THAWED"));
	say_end(s, pid);
}

static void frozen_v2(struct script *s)
{
	pid_t pid = sleeper(s, "/mnt/a/" NAME "/cgroup.procs");
	int fd = open_at(s, AT_FDCWD, "/mnt/a/" NAME "/cgroup.events", O_RDONLY, 0);
	struct pollfd events = { .fd = fd, .events = POLLPRI };
	char text[64];

	(void)sys_read(S, fd, text, sizeof(text));
	str_addf(&s->said, "nothing new: %d\n", sys_poll(S, &events, 1, 50));
	TRY(write_to(s, "/mnt/a/" NAME "/cgroup.freeze", "1"));
	str_addf(&s->said, "news: %d %x\n", sys_poll(S, &events, 1, 2000), (unsigned)events.revents);
	say_reached(s, "/mnt/a/" NAME "/cgroup.events", "frozen 1");
	TRY(write_to(s, "/mnt/a/" NAME "/sub/cgroup.freeze", "0"));
	say_text(s, "/mnt/a/" NAME "/sub/cgroup.events");
	TRY(sys_mkdirat(S, AT_FDCWD, "/mnt/a/" NAME "/new", 0755));
	say_text(s, "/mnt/a/" NAME "/new/cgroup.events");
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/a/" NAME "/new", AT_REMOVEDIR));
	/* Others wait, or do not: only this one ends it for certain. */
	TRY(sys_kill(S, pid, SIGKILL));
	say_end(s, pid);
	say_text(s, "/mnt/a/" NAME "/cgroup.events");
	pid = sleeper(s, "/mnt/a/" NAME "/sub/cgroup.procs");
	say_reached(s, "/mnt/a/" NAME "/sub/cgroup.events", "frozen 1");
	TRY(write_to(s, "/mnt/a/" NAME "/sub/cgroup.kill", "1"));
	say_end(s, pid);
	(void)sys_lseek(S, fd, 0, SEEK_SET);
	(void)sys_read(S, fd, text, sizeof(text));
	TRY(write_to(s, "/mnt/a/" NAME "/cgroup.freeze", "0"));
	str_addf(&s->said, "news: %d %x\n", sys_poll(S, &events, 1, 2000), (unsigned)events.revents);
	say_text(s, "/mnt/a/" NAME "/cgroup.events");
	sys_close(S, fd);
}

static void freezer(struct script *s)
{
	common(s);
	frozen_v1(s);
	say_text(s, "/mnt/a/" NAME "/freezer.state");
	TRY(write_to(s, "/mnt/a/" NAME "/freezer.state", "COLD"));
	TRY(write_to(s, "/mnt/a/" NAME "/freezer.state", "FROZEN"));
	say_text(s, "/mnt/a/" NAME "/freezer.state");
	say_text(s, "/mnt/a/" NAME "/sub/freezer.state");
	TRY(write_to(s, "/mnt/a/" NAME "/freezer.state", "THAWED\n"));
	say_text(s, "/mnt/a/" NAME "/sub/freezer.state");
	TRY(write_to(s, "/mnt/a/" NAME "/cgroup.procs", "0"));
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/a/" NAME, AT_REMOVEDIR));
	TRY(sys_renameat2(S, AT_FDCWD, "/mnt/a/" NAME "/sub", AT_FDCWD, "/mnt/a/" NAME "/bus", 0));
	TRY(sys_renameat2(S, AT_FDCWD, "/mnt/a/" NAME "/bus", AT_FDCWD, "/mnt/a/bus", 0));
	TRY(sys_renameat2(S, AT_FDCWD, "/mnt/a/" NAME "/bus", AT_FDCWD, "/mnt/a/" NAME "/sub", 0));
}

static void unified(struct script *s)
{
	common(s);
	frozen_v2(s);
	say_text(s, "/mnt/a/" NAME "/cgroup.events");
	say_text(s, "/mnt/a/" NAME "/cgroup.type");
	TRY(write_to(s, "/mnt/a/" NAME "/cgroup.subtree_control", "+nosuch"));
	TRY(write_to(s, "/mnt/a/" NAME "/cgroup.subtree_control", "pids"));
	TRY(write_to(s, "/mnt/a/" NAME "/cgroup.freeze", "2"));
	TRY(write_to(s, "/mnt/a/" NAME "/cgroup.freeze", "1"));
	say_text(s, "/mnt/a/" NAME "/sub/cgroup.events");
	say_text(s, "/mnt/a/" NAME "/sub/cgroup.freeze");
	TRY(write_to(s, "/mnt/a/" NAME "/cgroup.freeze", "0"));
	TRY(write_to(s, "/mnt/a/" NAME "/cgroup.kill", "2"));
	TRY(write_to(s, "/mnt/a/" NAME "/cgroup.kill", "1"));
	say_text(s, "/mnt/a/" NAME "/cgroup.kill");
	TRY(write_to(s, "/mnt/a/" NAME "/sub/cgroup.procs", "0"));
	say_text(s, "/mnt/a/" NAME "/cgroup.events");
	TRY(sys_unlinkat(S, AT_FDCWD, "/mnt/a/" NAME "/sub", AT_REMOVEDIR));
	TRY(sys_renameat2(S, AT_FDCWD, "/mnt/a/" NAME "/sub", AT_FDCWD, "/mnt/a/" NAME "/bus", 0));
}

void script_cgroups(struct script *s)
{
	static const struct {
		const char *type, *data;
		void (*run)(struct script *s);
	} parts[] = {
		{ "cgroup", "cpuset", cpuset },
		{ "cgroup", "devices", devices },
		{ "cgroup", "freezer", freezer },
		{ "cgroup2", NULL, unified },
	};

	sys_mkdirat(S, AT_FDCWD, "/mnt/a", 0755);
	TRY(sys_mount(S, "cgroup", "/mnt/a", "cgroup", 0, "nosuch"));
	TRY(sys_mount(S, "cgroup", "/mnt/a", "cgroup", 0, NULL));
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (!mount_one(s, parts[i].type, parts[i].data)) {
			str_addf(&s->said, "no %s\n", parts[i].data);
			continue;
		}
		parts[i].run(s);
		finish(s);
	}
}
