/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life/inside.h"

#include "core/base/vec.h"
#include "core/io/io.h"
#include "sys/fake/fake.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>

static const char *const namespaces[INSIDE_NAMESPACES] = { "user", "mnt", "pid",   "uts",
							   "ipc",  "net", "cgroup" };

static ssize_t read_link(struct sys *sys, const char *path, char *out, size_t size)
{
	ssize_t len = sys_readlinkat(sys, AT_FDCWD, path, out, size - 1);

	out[len < 0 ? 0 : len] = '\0';
	return len;
}

static void read_namespace(struct sys *sys, size_t i, char *out, size_t size)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", namespaces[i]);
	(void)read_link(sys, path, out, size);
}

void inside_init(struct inside *inside, struct sys *sys)
{
	*inside = (struct inside){ 0 };
	for (size_t i = 0; i < INSIDE_NAMESPACES; i++)
		read_namespace(sys, i, inside->host_ns[i], sizeof(inside->host_ns[i]));
}

void inside_finish(struct inside *inside)
{
	str_finish(&inside->report);
}

/* visit for each line of a file; a file that is not there has none. */
static void each_line(struct sys *sys, const char *path,
		      void (*visit)(struct str *report, char *line), struct str *report)
{
	_cleanup_str_ struct str text = { 0 };
	char *rest, *line;

	if (io_read_all(sys, AT_FDCWD, path, &text) < 0)
		str_addf(report, "unreadable %s\n", path);
	rest = text.s;
	while (rest && (line = str_next_word(&rest, "\n")))
		if (*line)
			visit(report, line);
}

/* --- the process --- */

static void tell_words(struct str *report, const char *what, char *const *words)
{
	for (; *words; words++)
		str_addf(report, "%s %s\n", what, *words);
}

static void tell_status(struct str *report, char *line)
{
	static const char *const wanted[] = { "Uid",	"Gid",	  "Groups", "CapInh",	  "CapPrm",
					      "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp",
					      "SigBlk", "SigIgn", "SigCgt" };
	char *name = str_next_word(&line, ":"), *word;

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		if (!str_eq(name, wanted[i]))
			continue;
		str_add(report, name);
		while (line && (word = str_next_word(&line, " \t")))
			if (*word)
				str_addf(report, " %s", word);
		str_add(report, "\n");
	}
}

/* Fields 4 to 7 of stat, which begin behind the name. */
static void tell_stat(struct str *report, char *line)
{
	int parent, group, session, tty;

	if (sscanf(strrchr(line, ')'), ") %*c %d %d %d %d", &parent, &group, &session, &tty) == 4)
		str_addf(report, "parent %d\ngroup %d\nsession %d\ntty %d\n", parent, group,
			 session, tty);
}

static void tell_process(struct sys *sys, struct str *report)
{
	struct utsname uts = { 0 };
	char cwd[256];
	int death = -1;
	mode_t mask = (mode_t)sys_umask(sys, 0);

	(void)sys_umask(sys, mask);
	str_addf(report, "pid %d\n", sys_getpid(sys));
	each_line(sys, "/proc/self/stat", tell_stat, report);
	each_line(sys, "/proc/self/status", tell_status, report);
	(void)sys_prctl(sys, PR_GET_PDEATHSIG, (unsigned long)&death, 0, 0, 0);
	(void)sys_uname(sys, &uts);
	str_addf(report, "deathsig %d\numask %04o\nhostname %s\ncwd %s\n", death, mask,
		 uts.nodename, sys_getcwd(sys, cwd, sizeof(cwd)) < 0 ? "?" : cwd);
}

static void tell_personality(struct str *report, char *line)
{
	str_addf(report, "personality %s\n", line);
}

static void tell_oom(struct str *report, char *line)
{
	str_addf(report, "oom_score_adj %s\n", line);
}

static void tell_limits(struct sys *sys, struct str *report)
{
	struct rlimit nofile = { 0 };

	(void)sys_prlimit(sys, 0, RLIMIT_NOFILE, NULL, &nofile);
	str_addf(report, "nofile %llu %llu\n", (unsigned long long)nofile.rlim_cur,
		 (unsigned long long)nofile.rlim_max);
	each_line(sys, "/proc/self/personality", tell_personality, report);
	each_line(sys, "/proc/self/oom_score_adj", tell_oom, report);
}

static int tell_fd(struct sys *sys, int fd, void *data)
{
	char path[64], target[256];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	(void)read_link(sys, path, target, sizeof(target));
	str_addf(data, "fd %d %s\n", fd, target);
	return 0;
}

static void tell_namespaces(struct sys *sys, const struct inside *inside, struct str *report)
{
	for (size_t i = 0; i < INSIDE_NAMESPACES; i++) {
		char name[48];

		read_namespace(sys, i, name, sizeof(name));
		str_addf(report, "namespace %s %s\n", namespaces[i],
			 str_eq(name, inside->host_ns[i]) ? "host's"
			 : *name			  ? "own"
							  : "none");
	}
}

/* --- what is around it --- */

/* "ID PARENT DEV ROOT POINT FLAGS PROPAGATION... - TYPE SOURCE OPTIONS" without what no two worlds
 * have in common. */
static void tell_mount(struct str *report, char *line)
{
	char *fields[6], *word;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		fields[i] = str_next_word(&line, " ");
	str_addf(report, "mount %s %s %s", fields[4], fields[3], fields[5]);
	while ((word = str_next_word(&line, " ")) && !str_eq(word, "-"))
		str_addf(report, " %.*s", (int)strcspn(word, ":"), word);
	str_addf(report, " - %s\n", line);
}

static void tell_cgroup(struct str *report, char *line)
{
	/* The number of a hierarchy of v1 is of no use to anybody. */
	str_addf(report, "cgroup %s\n", str_starts(line, "0::") ? line : strchr(line, ':') + 1);
}

static char type_letter(mode_t mode)
{
	return S_ISDIR(mode)   ? 'd'
	       : S_ISCHR(mode) ? 'c'
	       : S_ISBLK(mode) ? 'b'
	       : S_ISREG(mode) ? 'f'
			       : '?';
}

static void tell_name(struct sys *sys, const char *path, struct str *report)
{
	struct stat st;
	char target[256];

	if (sys_fstatat(sys, AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		str_addf(report, "unreadable %s\n", path);
	} else if (S_ISLNK(st.st_mode)) {
		(void)read_link(sys, path, target, sizeof(target));
		str_addf(report, "name %s -> %s\n", path, target);
	} else {
		str_addf(report, "name %s %c %04o %u:%u", path, type_letter(st.st_mode),
			 st.st_mode & 07777, st.st_uid, st.st_gid);
		if (st.st_rdev)
			str_addf(report, " %u,%u", major(st.st_rdev), minor(st.st_rdev));
		str_add(report, "\n");
	}
}

static void tell_dir(struct sys *sys, const char *dir, struct str *report)
{
	_cleanup_str_ struct str names = { 0 };
	size_t count = 0;
	const char *name;
	char path[256];

	if (io_list_dir(sys, AT_FDCWD, dir, &names, &count) < 0)
		return;
	name = str_text(&names);
	for (size_t i = 0; i < count; i++, name += strlen(name) + 1) {
		(void)snprintf(path, sizeof(path), "%s/%s", str_eq(dir, "/") ? "" : dir, name);
		tell_name(sys, path, report);
	}
}

static void tell_member(struct str *report, char *line)
{
	str_addf(report, "member %s\n", line);
}

/* Which processes there are, for who reads /proc. */
static void tell_processes(struct sys *sys, struct str *report)
{
	_cleanup_str_ struct str names = { 0 };
	size_t count = 0;
	const char *name;

	if (io_list_dir(sys, AT_FDCWD, "/proc", &names, &count) < 0)
		return;
	name = str_text(&names);
	for (size_t i = 0; i < count; i++, name += strlen(name) + 1)
		if (isdigit((unsigned char)*name))
			str_addf(report, "process %s\n", name);
}

int inside_main(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	static const char *const dirs[] = { "/", "/dev", "/dev/pts" };
	struct inside *inside = data;
	struct str *report = &inside->report;

	str_clear(report);
	inside->looks++;
	tell_words(report, "argument", argv);
	tell_words(report, "variable", envp);
	tell_process(sys, report);
	tell_limits(sys, report);
	(void)io_each_fd(sys, tell_fd, report);
	tell_namespaces(sys, inside, report);
	tell_processes(sys, report);
	each_line(sys, "/proc/self/mountinfo", tell_mount, report);
	each_line(sys, "/proc/self/cgroup", tell_cgroup, report);
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		tell_dir(sys, dirs[i], report);
	if (sys_faccessat(sys, AT_FDCWD, "/sys/fs/cgroup/cgroup.procs", 0, 0) == 0)
		each_line(sys, "/sys/fs/cgroup/cgroup.procs", tell_member, report);
	return inside->is_init ? fake_init_main(sys, argc, argv, envp, NULL) : 0;
}
