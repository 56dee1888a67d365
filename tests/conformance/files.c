/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "files.h"

#include "coverage.h"
#include "sys/fake/fake.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- what a script says --- */

void say(struct script *script, const char *what, long ret)
{
	if (ret < 0)
		str_addf(&script->said, "%s = %s\n", what, err_name((int)ret));
	else
		str_addf(&script->said, "%s = %ld\n", what, ret);
}

int say_fd(struct script *script, const char *what, int ret)
{
	str_addf(&script->said, "%s = %s\n", what, ret < 0 ? err_name(ret) : "fd");
	return ret;
}

int open_at(struct script *script, int dirfd, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = resolve };

	if (flags & O_CREAT)
		how.mode = 0644;
	return sys_openat2(script->sys, dirfd, path, &how);
}

int put_text(struct script *script, const char *path, const char *text)
{
	int fd = open_at(script, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0), ret = fd;

	if (fd >= 0) {
		ret = (int)sys_write(script->sys, fd, text, strlen(text));
		sys_close(script->sys, fd);
	}
	return ret;
}

static bool read_all(struct script *script, const char *path, struct str *text)
{
	int fd = open_at(script, AT_FDCWD, path, O_RDONLY, 0);
	char buf[1024];
	ssize_t n;

	if (fd < 0)
		return false;
	while ((n = sys_read(script->sys, fd, buf, sizeof(buf))) > 0)
		str_add_n(text, buf, (size_t)n);
	sys_close(script->sys, fd);
	return n == 0;
}

void say_text(struct script *script, const char *path)
{
	_cleanup_str_ struct str text = { 0 };

	if (read_all(script, path, &text))
		str_addf(&script->said, "%s: %s\n", path, str_text(&text));
	else
		str_addf(&script->said, "%s: unreadable\n", path);
}

void say_stat(struct script *script, int dirfd, const char *path, int flags)
{
	struct stat st;
	int ret = sys_fstatat(script->sys, dirfd, path, &st, (unsigned long)flags);

	if (ret < 0)
		str_addf(&script->said, "stat %s = %s\n", path, err_name(ret));
	else
		str_addf(&script->said, "stat %s: %o %u:%u links %lu size %ld\n", path, st.st_mode,
			 st.st_uid, st.st_gid, S_ISDIR(st.st_mode) ? 0 : (unsigned long)st.st_nlink,
			 S_ISDIR(st.st_mode) ? 0 : (long)st.st_size);
}

/* Scripts mount on names of one letter; what else a machine has below /mnt is hidden by the scratch
 * tmpfs. */
static bool is_ours(const char *line)
{
	const char *at = strstr(line, " /mnt");

	if (!at)
		return false;
	at += strlen(" /mnt");
	return *at == ' ' || (*at == '/' && at[1] && strchr(" /", at[2]));
}

/* Peer groups get numbers in the order of the lines. */
static void add_tags(struct str *out, char *tags, unsigned *seen, size_t *count)
{
	char *word;

	while ((word = str_next_word(&tags, " "))) {
		char *colon = strchr(word, ':');
		unsigned group, i;

		if (str_eq(word, "-"))
			return;
		if (!colon) {
			str_addf(out, " %s", word);
			continue;
		}
		group = (unsigned)strtoul(colon + 1, NULL, 10);
		for (i = 0; i < *count && seen[i] != group; i++)
			;
		if (i == *count && *count < 64)
			seen[(*count)++] = group;
		str_addf(out, " %.*s:%u", (int)(colon - word), word, i);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(strchr(*(char *const *)a, '/'), strchr(*(char *const *)b, '/'));
}

void say_mounts(struct script *script)
{
	_cleanup_str_ struct str text = { 0 };
	char *lines[256], *rest, *line;
	unsigned seen[64];
	size_t count = 0, groups = 0;

	read_all(script, "/proc/self/mountinfo", &text);
	rest = text.s;
	while ((line = str_next_word(&rest, "\n")) && count < ARRAY_LEN(lines))
		if (is_ours(line))
			lines[count++] = line;
	qsort(lines, count, sizeof(*lines), by_text);
	for (size_t i = 0; i < count; i++) {
		char *root, *point, *flags, *type = strstr(lines[i], " - ") + 3;

		type = str_dup_n(type, strcspn(type, " "));
		rest = lines[i];
		for (int skip = 0; skip < 3; skip++)
			str_next_word(&rest, " ");
		root = str_next_word(&rest, " ");
		point = str_next_word(&rest, " ");
		flags = str_next_word(&rest, " ");
		str_addf(&script->said, "  %s on %s %s %s", root, point, type, flags);
		add_tags(&script->said, rest, seen, &groups);
		str_add(&script->said, "\n");
		free(type);
	}
}

struct part {
	struct script *script;
	struct sys *sys;
	void (*run)(struct script *script);
};

static int run_part(void *arg)
{
	struct part *part = arg;
	struct script inner = { .sys = part->sys };

	part->run(&inner);
	/* Into a descriptor opened before: the part may have left /mnt behind. */
	sys_write(part->sys, 9, str_text(&inner.said), inner.said.len);
	str_finish(&inner.said);
	return 0;
}

void say_child(struct script *script, uint64_t flags, void (*run)(struct script *script))
{
	struct part part = { script, script->sys, run };
	struct sys_clone args = { .flags = flags, .exit_signal = SIGCHLD };
	int log = open_at(script, AT_FDCWD, "/mnt/.log", O_RDWR | O_CREAT | O_TRUNC, 0);
	char buf[4096];
	siginfo_t info;
	ssize_t n;
	pid_t pid;

	sys_dup3(script->sys, log, 9, O_CLOEXEC);
	pid = sys_clone3(script->sys, &args, run_part, &part, sizeof(part));
	if (pid < 0 || sys_waitid(script->sys, P_PID, pid, &info, WEXITED) < 0)
		str_addf(&script->said, "child: %s\n", err_name(pid));
	sys_lseek(script->sys, log, 0, SEEK_SET);
	while ((n = sys_read(script->sys, log, buf, sizeof(buf))) > 0)
		str_add_n(&script->said, buf, (size_t)n);
	sys_close(script->sys, 9);
	sys_close(script->sys, log);
	sys_unlinkat(script->sys, AT_FDCWD, "/mnt/.log", 0);
}

/* --- both worlds --- */

static const struct {
	const char *name;
	void (*run)(struct script *script);
} scripts[] = {
	{ "names", script_names },
	{ "walks", script_walks },
	{ "users", script_users },
	{ "mounts", script_mounts },
	{ "propagation", script_propagation },
	{ "descriptors", script_descriptors },
	{ "pivot", script_pivot },
	{ "terminals", script_terminals },
	{ "user_ns", script_user_ns },
	{ "cgroups", script_cgroups },
	{ "xattrs", script_xattrs },
	{ "bpf", script_bpf },
};

static int prepare(struct sys *sys)
{
	int ret = sys_unshare(sys, CLONE_NEWNS);

	if (ret == 0)
		ret = sys_mount(sys, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (ret == 0)
		ret = sys_mount(sys, "scratch", "/mnt", "tmpfs", 0, "mode=755");
	/* What others keep in their /tmp is no concern of ours. */
	if (ret == 0)
		ret = sys_mount(sys, "scratch", "/tmp", "tmpfs", 0, "mode=1777");
	sys_umask(sys, 022);
	return ret;
}

/* On the real kernel: in a child, which says through a pipe. */
static int run_linux(void (*run)(struct script *script), struct str *out)
{
	char buf[4096];
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe(fds) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		struct script script = { .sys = coverage_of(sys_linux(), WORLD_LINUX) };

		close(fds[0]);
		if (prepare(script.sys) < 0)
			_exit(77);
		run(&script);
		for (size_t at = 0; at < script.said.len;) {
			n = write(fds[1], script.said.s + at, script.said.len - at);
			if (n <= 0)
				_exit(1);
			at += (size_t)n;
		}
		_exit(0);
	}
	close(fds[1]);
	while ((n = read(fds[0], buf, sizeof(buf))) > 0)
		str_add_n(out, buf, (size_t)n);
	close(fds[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int run_fake(void (*run)(struct script *script), struct str *out)
{
	_cleanup_fake_ struct fake *fake = fake_create(&(struct fake_options){ .kernel = "6.18" });
	struct script script = { .sys = coverage_of(fake_sys(fake), WORLD_FAKE) };

	if (prepare(script.sys) < 0)
		return 1;
	run(&script);
	str_add(out, str_text(&script.said));
	str_finish(&script.said);
	return 0;
}

static int compare(const char *name, struct str *kernel, struct str *model)
{
	char *a = kernel->s, *b = model->s, *left, *right;
	int differences = 0;

	do {
		left = str_next_word(&a, "\n");
		right = str_next_word(&b, "\n");
		if ((left || right) && (!left || !right || !str_eq(left, right))) {
			differences++;
			printf("%s:\n  kernel: %s\n  model:  %s\n", name, left ? left : "",
			       right ? right : "");
		}
	} while (left && right);
	return differences;
}

int files_compare(const char *only)
{
	int differences = 0;

	(void)fflush(stdout); /* what is in the buffer is not printed by each child */
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		_cleanup_str_ struct str kernel = { 0 }, model = { 0 };
		int ret;

		if (only && !str_eq(only, scripts[i].name))
			continue;
		ret = run_linux(scripts[i].run, &kernel);
		if (ret == 77)
			return -EPERM;
		if (ret != 0 || run_fake(scripts[i].run, &model) != 0) {
			printf("%s: did not run (%d)\n", scripts[i].name, ret);
			differences++;
			continue;
		}
		differences += compare(scripts[i].name, &kernel, &model);
	}
	return differences;
}
