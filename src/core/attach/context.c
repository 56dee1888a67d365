/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything about the container is read here, with the caller's privilege, from the host's /proc
 * and the command socket. */
#include "core/attach/context.h"
#include "core/ipc/ipc.h"

#include <errno.h>
#include <stdio.h>

#define PROC_MAGIC 0x9fa0

static int open_proc(struct attach_context *c, struct err *err)
{
	char path[32];
	struct statfs st;
	int ret = ipc_get_init_pid(c->sys, c->args->lxcpath, c->args->name);

	if (ret == -ECONNREFUSED || ret == 0)
		return err_set(err, -ECONNREFUSED, "container %s is not running", c->args->name);
	if (ret < 0)
		return err_sys(err, ret, "ask for the first process of %s", c->args->name);
	c->init_pid = ret;
	(void)snprintf(path, sizeof(path), "/proc/%d", c->init_pid);
	ret = io_open(c->sys, AT_FDCWD, path, O_PATH | O_DIRECTORY, 0, 0);
	if (ret < 0)
		return err_sys(err, ret, "open %s", path);
	c->proc = fd_of(c->sys, ret);
	ret = sys_fstatfs(c->sys, c->proc.n, &st);
	if (ret == 0 && st.f_type != PROC_MAGIC)
		ret = -EINVAL;
	if (ret < 0)
		return err_sys(err, ret, "check %s", path);
	/* The number may have been given to another since: the socket answers only while init
	 * lives. */
	if (ipc_get_init_pid(c->sys, c->args->lxcpath, c->args->name) != c->init_pid)
		return err_set(err, -ESRCH, "container %s has just ended", c->args->name);
	return 0;
}

/* The text behind "KEY:\t" of a status file. */
static const char *status_field(const char *status, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = status; line && *line;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (strncmp(line, key, len) == 0 && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, " \t");
	return NULL;
}

/* The next "NS HOST COUNT" of a map; numbers as the kernel writes them. false: the end. */
static bool map_next(char **rest, uint64_t out[3])
{
	char *line = str_next_word(rest, "\n");

	for (int i = 0; line && i < 3; i++) {
		char *word = str_next_word(&line, " \t");

		if (!word || str_to_decimal(word, &out[i]) < 0)
			return false;
	}
	return line != NULL || out[2] > 0;
}

/* Root where the container has one, else what its first process is, as the container counts. */
static int read_id(struct attach_context *c, const char *status, const char *field,
		   const char *file, uint32_t *out)
{
	_cleanup_str_ struct str map = { 0 };
	const char *value = status_field(status, field);
	char word[16] = "", *rest;
	uint64_t host, range[3] = { 0 };
	int ret = io_read_all(c->sys, c->proc.n, file, &map);

	*out = 0;
	if (ret < 0 || !map.s || !value || !(c->plan.namespaces & CLONE_NEWUSER))
		return ret == -ENOENT ? 0 : ret;
	(void)snprintf(word, sizeof(word), "%.*s", (int)strcspn(value, " \t\n"), value);
	ret = str_to_decimal(word, &host);
	rest = map.s;
	while (ret == 0 && map_next(&rest, range)) {
		if (range[0] == 0) {
			*out = 0;
			return 0;
		}
		if (host >= range[1] && host - range[1] < range[2])
			*out = (uint32_t)(range[0] + (host - range[1]));
		range[2] = 0;
	}
	return ret;
}

/* "CapBnd:\t000001ffffffffff": a kernel without the field drops nothing. */
static uint64_t read_mask(const char *status, const char *field)
{
	const char *value = status_field(status, field);
	char word[24];
	uint64_t mask;

	if (!value)
		return ~UINT64_C(0);
	(void)snprintf(word, sizeof(word), "0x%.*s", (int)strcspn(value, " \t\n"), value);
	return str_to_u64(word, &mask) == 0 ? mask : 0;
}

static int read_status(struct attach_context *c, struct err *err)
{
	_cleanup_str_ struct str status = { 0 };
	const char *nnp;
	char deny[16];
	int ret = io_read_all(c->sys, c->proc.n, "status", &status);

	if (ret == 0)
		ret = read_id(c, str_text(&status), "Uid", "uid_map", &c->plan.uid);
	if (ret == 0)
		ret = read_id(c, str_text(&status), "Gid", "gid_map", &c->plan.gid);
	if (ret < 0)
		return err_sys(err, ret, "read the status of process %d", c->init_pid);
	nnp = status_field(str_text(&status), "NoNewPrivs");
	c->plan.capabilities = read_mask(str_text(&status), "CapBnd");
	c->plan.no_new_privs = (nnp && nnp[0] == '1') || (c->args->flags & ATTACH_NO_NEW_PRIVS);
	if (c->args->uid != (uid_t)-1)
		c->plan.uid = c->args->uid;
	if (c->args->gid != (gid_t)-1)
		c->plan.gid = c->args->gid;
	ret = (int)io_read_at(c->sys, c->proc.n, "setgroups", deny, sizeof(deny));
	c->plan.groups_denied = ret > 0 && str_starts(deny, "deny");
	/* Before Linux 3.19 nobody could deny it. */
	return ret >= 0 || ret == -ENOENT
		       ? 0
		       : err_sys(err, ret, "read what process %d may do with groups", c->init_pid);
}

/* true: init's namespace is another one than ours. */
static int ns_differs(struct attach_context *c, const char *name, bool *differs)
{
	struct stat ours, theirs;
	char path[64];
	int ret;

	(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	ret = sys_fstatat(c->sys, AT_FDCWD, path, &ours, 0);
	/* This kernel has no such kind, if init has none either: else it would stay in ours. */
	if (ret == -ENOENT)
		return sys_fstatat(c->sys, c->proc.n, path + strlen("/proc/self/"), &theirs, 0) ==
				       ret
			       ? 0
			       : ret;
	if (ret == 0)
		ret = sys_fstatat(c->sys, c->proc.n, path + strlen("/proc/self/"), &theirs, 0);
	*differs = ret == 0 && (ours.st_dev != theirs.st_dev || ours.st_ino != theirs.st_ino);
	return ret;
}

/*
 * With -1 all that differ: the container's own and those it shares with others. The cgroup
 * namespace only together with the cgroup: else our own cgroup would lie outside of its root.
 */
static int open_namespaces(struct attach_context *c, struct err *err)
{
	for (unsigned i = 0; i < NAMESPACE_COUNT; i++) {
		const struct namespace_kind *kind = &namespace_kinds[i];
		char path[32];
		bool differs = false;
		int ret;

		if (c->args->namespaces != -1 && !((unsigned)c->args->namespaces & kind->flag))
			continue;
		if (c->args->namespaces == -1 && kind->flag == CLONE_NEWCGROUP &&
		    !(c->args->flags & ATTACH_MOVE_TO_CGROUP))
			continue;
		ret = ns_differs(c, kind->name, &differs);
		if (ret == 0 && !differs)
			continue;
		(void)snprintf(path, sizeof(path), "ns/%s", kind->name);
		if (ret == 0)
			ret = io_open(c->sys, c->proc.n, path, O_RDONLY, 0, 0);
		if (ret < 0)
			return err_sys(err, ret, "open namespace %s of %s", kind->name,
				       c->args->name);
		c->ns[i] = fd_of(c->sys, ret);
		c->plan.namespaces |= kind->flag;
	}
	return 0;
}

static int ask(struct attach_context *c, const char *key, struct str *out, struct err *err)
{
	int ret = ipc_ask_item(c->sys, c->args->lxcpath, c->args->name, key, out);

	return ret < 0 ? err_sys(err, ret, "ask %s for %s", c->args->name, key) : 0;
}

static int read_personality(struct attach_context *c, struct err *err)
{
	int ret = 0;

	c->plan.personality = c->args->personality;
	if (!(c->args->flags & ATTACH_SET_PERSONALITY))
		c->plan.personality = -1;
	else if (c->plan.personality == -1)
		ret = ask(c, "lxc.arch", &c->arch, err);
	if (ret == 0 && c->arch.len > 0)
		c->plan.personality = attach_personality_of(str_text(&c->arch));
	return ret == 0 && c->plan.personality < -1
		       ? err_set(err, -EINVAL, "unknown architecture %s", str_text(&c->arch))
		       : ret;
}

static int read_settings(struct attach_context *c, struct err *err)
{
	int ret = read_personality(c, err);

	if (ret == 0)
		ret = ask(c, "lxc.prlimit", &c->prlimits, err);
	if (ret == 0)
		ret = ask(c, "lxc.proc", &c->procs, err);
	if (ret < 0)
		return ret;
	if (c->args->initial_cwd)
		(void)snprintf(c->cwd, sizeof(c->cwd), "%s", c->args->initial_cwd);
	else if (sys_getcwd(c->sys, c->cwd, sizeof(c->cwd)) < 0)
		(void)snprintf(c->cwd, sizeof(c->cwd), "/");
	return 0;
}

/* What is closed would be taken by the first thing that we open, and handed on as such. */
static int fill_standard_streams(struct attach_context *c, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(c->filled); i++) {
		int ret = sys_fcntl(c->sys, (int)i, F_GETFD, 0);

		if (ret >= 0)
			continue;
		if (ret != -EBADF)
			return err_sys(err, ret, "look at descriptor %zu", i);
		ret = io_open(c->sys, AT_FDCWD, "/dev/null", O_RDWR | O_NOCTTY, 0, 0);
		if (ret < 0)
			return err_sys(err, ret, "open /dev/null");
		c->filled[i] = fd_of(c->sys, ret);
		if (ret == (int)i)
			c->plan.filled |= 1U << i;
	}
	return 0;
}

/* What was asked for, and needs no look at the container. */
static void take_args(struct attach_context *c)
{
	const struct attach_args *args = c->args;
	struct plan_attach *plan = &c->plan;

	plan->name = args->name;
	plan->lxcpath = args->lxcpath;
	plan->move_to_cgroup = args->flags & ATTACH_MOVE_TO_CGROUP;
	plan->drop_capabilities = args->flags & ATTACH_DROP_CAPABILITIES;
	plan->log_fd = args->log_fd;
	plan->streams[0] = args->stdin_fd;
	plan->streams[1] = args->stdout_fd;
	plan->streams[2] = args->stderr_fd;
	if (args->flags & ATTACH_TERMINAL)
		plan->ttys = attach_terminal_bits(c->sys, plan->streams);
	if (args->flags & ATTACH_SETGROUPS) {
		plan->groups = args->groups;
		plan->group_count = args->group_count;
	}
}

/* The rest of what the planner reads. */
static void take_texts(struct attach_context *c)
{
	c->plan.prlimits = str_text(&c->prlimits);
	c->plan.procs = str_text(&c->procs);
	c->plan.arch = str_text(&c->arch);
	c->plan.cwd = c->cwd;
	c->plan.program = c->args->callback ? "the caller's function" : c->args->argv[0];
	c->plan.remount_proc_sys =
		(c->args->flags & ATTACH_REMOUNT_PROC_SYS) && !(c->plan.namespaces & CLONE_NEWNS);
}

int attach_context_read(struct attach_context *c, struct sys *sys, const struct attach_args *args,
			struct err *err)
{
	int ret;

	*c = (struct attach_context){ .sys = sys, .args = args, .env = VEC_OF(char *) };
	ret = fill_standard_streams(c, err);
	if (ret < 0)
		return ret;
	take_args(c);
	ret = open_proc(c, err);
	if (ret == 0)
		ret = open_namespaces(c, err);
	if (ret == 0)
		ret = read_status(c, err);
	/* Nothing of the host's procfs goes along (CVE-2016-8649). */
	fd_finish(&c->proc);
	if (ret == 0)
		ret = read_settings(c, err);
	if (ret < 0)
		return ret;
	take_texts(c);
	return attach_environment(c, err);
}

void attach_context_finish(struct attach_context *c)
{
	fd_finish(&c->proc);
	for (unsigned i = 0; i < NAMESPACE_COUNT; i++)
		fd_finish(&c->ns[i]);
	for (size_t i = 0; i < ARRAY_LEN(c->filled); i++)
		fd_finish(&c->filled[i]);
	str_finish(&c->prlimits);
	str_finish(&c->procs);
	str_finish(&c->arch);
	vec_finish(&c->env);
	arena_finish(&c->arena);
}
