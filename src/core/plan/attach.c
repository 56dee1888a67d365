/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The planner of an attach (start.md 6.2): the caller, the process that enters, and the attached
 * one, which a fork of the second cannot be, since it has to be born in the pid namespace.
 */
#include "core/namespace/namespace.h"
#include "core/plan/planner.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

static struct step *add_number(struct plan_builder *b, enum step_kind kind, int64_t number)
{
	struct step *step = plan_add_step(b, kind);

	step->num[0] = number;
	return step;
}

static struct step *add_text(struct plan_builder *b, enum step_kind kind, const char *text)
{
	uint32_t at = plan_add_str(b, text);
	struct step *step = plan_add_step(b, kind);

	step->str[0] = at;
	return step;
}

/* The supervisor's words are the origin: which line they stand in is known to it alone. */
static int add_limit(struct plan_builder *b, char *line, struct err *err)
{
	char *value = strstr(line, " = ");
	int ret;

	if (!value)
		return 0;
	plan_set_origin(b, NULL, 0, line);
	*value = '\0';
	value += strlen(" = ");
	if (str_starts(line, "lxc.proc."))
		plan_add_file_write(b, STEP_proc_write, str_after(line, "lxc.proc."), value);
	ret = str_starts(line, "lxc.prlimit.")
		      ? plan_add_prlimit(b, str_after(line, "lxc.prlimit."), value)
		      : 0;
	return ret < 0 ? err_set(err, -EINVAL, "the container has the limit %s = %s: not a limit",
				 line, value)
		       : 0;
}

static int add_limits(struct plan_builder *b, const char *text, struct err *err)
{
	_cleanup_free_ char *copy = str_dup(text);
	char *rest = copy, *line;
	int ret = copy ? 0 : -ENOMEM;

	while (ret == 0 && (line = str_next_word(&rest, "\n")))
		ret = add_limit(b, line, err);
	return ret;
}

/* The attaching process is moved before it enters anything: its number is ours, and what it makes is
 * born in the cgroup. */
static void plan_caller(struct plan_builder *b, const struct plan_attach *a)
{
	plan_begin(b, CHAPTER_BEFORE);
	plan_set_rule(b, "attach");
	if (a->ttys)
		add_number(b, STEP_terminal, a->streams[__builtin_ctz(a->ttys)]);
	(void)plan_add_step(b, STEP_transient);
	if (a->move_to_cgroup)
		(void)plan_add_step(b, STEP_cgroup_join);
	add_number(b, STEP_sync_post, BARRIER_IN_CGROUP);
}

static void plan_transient(struct plan_builder *b, const struct plan_attach *a)
{
	plan_begin(b, CHAPTER_CHILD);
	add_number(b, STEP_guard, SIGKILL);
	add_number(b, STEP_shut, a->log_fd);
	add_number(b, STEP_sync_wait, BARRIER_IN_CGROUP);
	for (unsigned i = 0; i < NAMESPACE_COUNT; i++)
		if (a->namespaces & namespace_kinds[i].flag)
			add_number(b, STEP_setns, (int64_t)namespace_kinds[i].flag);
	add_text(b, STEP_cwd, a->cwd)->num[0] = (a->namespaces & CLONE_NEWNS) != 0;
	(void)plan_add_step(b, STEP_attached);
}

static void plan_proc_sys(struct plan_builder *b)
{
	uint32_t type;
	struct step *step;

	add_number(b, STEP_unshare, CLONE_NEWNS);
	add_text(b, STEP_propagation, "/")->num[0] = MS_SLAVE | MS_REC;
	type = plan_add_str(b, "proc");
	add_text(b, STEP_mount_anew, "/proc")->str[1] = type;
	type = plan_add_str(b, "sysfs");
	step = add_text(b, STEP_mount_anew, "/sys");
	step->str[1] = type;
	step->num[0] = 1;
}

static void plan_terminal(struct plan_builder *b, const struct plan_attach *a)
{
	struct step *step;

	if (a->ttys) {
		step = add_number(b, STEP_take_terminal, a->uid);
		step->num[1] = (a->namespaces & CLONE_NEWNS) != 0;
	} else if (a->streams[0] > 0) {
		add_number(b, STEP_take_tty, a->streams[0]);
	}
}

/* A plain user's map comes with setgroups denied: then the groups are what they are. */
static int plan_ids(struct plan_builder *b, const struct plan_attach *a, struct err *err)
{
	_cleanup_str_ struct str groups = { 0 };
	struct step *step;

	if (a->group_count > STEP_GROUPS_MAX)
		return err_set(err, -E2BIG, "at most %d groups are possible", STEP_GROUPS_MAX);
	for (size_t i = 0; i < a->group_count; i++)
		str_addf(&groups, "%s%u", i ? "," : "", a->groups[i]);
	if (!str_ok(&groups))
		return -ENOMEM;
	add_text(b, STEP_groups, str_text(&groups))->num[0] = a->groups_denied;
	step = add_number(b, STEP_ids, a->uid);
	step->num[1] = a->gid;
	/* The change of ids took it away. */
	add_number(b, STEP_guard, SIGKILL);
	return 0;
}

static void plan_streams(struct plan_builder *b, const struct plan_attach *a)
{
	struct step *step;

	if (a->filled)
		add_number(b, STEP_null, a->filled);
	step = plan_add_step(b, STEP_streams);
	for (int i = 0; i < 3; i++) {
		step->num[i] = a->streams[i];
		/* Every terminal is replaced, never some of them: what stays is a way to the
		 * caller's. */
		if (a->ttys & 1U << i)
			step->num[i] = STEP_STREAM_TERMINAL;
		else if (a->streams[i] < 0)
			step->num[i] = a->filled & 1U << i ? STEP_STREAM_CLOSE : STEP_STREAM_LEAVE;
	}
}

/* The order: each may need what a later one takes away. */
static int plan_attached(struct plan_builder *b, const struct plan_attach *a, struct err *err)
{
	char text[64];
	int ret;

	plan_begin(b, CHAPTER_ATTACHED);
	add_number(b, STEP_guard, SIGKILL);
	(void)plan_add_step(b, STEP_tell_pid);
	if (a->remount_proc_sys)
		plan_proc_sys(b);
	if (a->personality >= 0) {
		(void)snprintf(text, sizeof(text), "lxc.arch = %s", a->arch);
		if (a->arch[0])
			plan_set_origin(b, NULL, 0, text);
		add_number(b, STEP_personality, a->personality);
		plan_set_rule(b, "attach");
	}
	if (a->drop_capabilities)
		add_number(b, STEP_cap_bounding, (int64_t)a->capabilities);
	plan_terminal(b, a);
	plan_streams(b, a);
	/* All is open, and we are who we were: the caller sets the limits. Nothing runs inside that
	 * he does not know of. */
	add_number(b, STEP_sync_post, BARRIER_SET_UP);
	add_number(b, STEP_sync_wait, BARRIER_LIMITED);
	ret = plan_ids(b, a, err);
	if (a->no_new_privs)
		(void)plan_add_step(b, STEP_no_new_privs);
	/* The program outlives the caller, and the thread that called. */
	add_number(b, STEP_guard, 0);
	add_number(b, STEP_sync_post, BARRIER_EXEC);
	add_text(b, STEP_program, a->program);
	return ret;
}

/* Limits come when all is set up: they are for the program, not for what we open on the way. */
static int plan_caller_after(struct plan_builder *b, const struct plan_attach *a, struct err *err)
{
	int ret;

	plan_begin(b, CHAPTER_AFTER);
	(void)plan_add_step(b, STEP_receive_pid);
	add_number(b, STEP_sync_wait, BARRIER_SET_UP);
	ret = add_limits(b, a->prlimits, err);
	if (ret == 0)
		ret = add_limits(b, a->procs, err);
	plan_set_rule(b, "attach");
	add_number(b, STEP_sync_post, BARRIER_LIMITED);
	add_number(b, STEP_sync_wait, BARRIER_EXEC);
	(void)plan_add_step(b, STEP_reap);
	return ret;
}

int plan_attach(const struct plan_attach *a, struct plan **image_out, struct err *err)
{
	_cleanup_plan_builder_ struct plan_builder b;
	int ret;

	plan_builder_init(&b);
	b.head.name = plan_add_str(&b, a->name);
	b.head.lxcpath = plan_add_str(&b, a->lxcpath);
	b.head.ns_flags = a->namespaces;
	plan_caller(&b, a);
	plan_transient(&b, a);
	ret = plan_attached(&b, a, err);
	if (ret == 0)
		ret = plan_caller_after(&b, a, err);
	if (ret == 0)
		ret = plan_build(&b, image_out);
	return ret == 0 || err_is(err) ? ret : err_sys(err, ret, "plan the attach to %s", a->name);
}
