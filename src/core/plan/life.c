/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The planner: the chapters of a life in their order (start.md 1.7, 2.10, 4.4). */
#include "core/io/io.h"
#include "core/ipc/ipc.h"
#include "core/plan/planner.h"
#include "core/plan/serial.h"
#include "paths.h"

#include <errno.h>
#include <stdio.h>

/* --- decisions before the first step --- */

static int decide_rootfs(struct planner *p)
{
	const struct config_item *item = planner_item(p, "lxc.rootfs.path");
	const struct config_item *mount = planner_item(p, "lxc.rootfs.mount");
	const char *type = planner_rootfs(item, &p->rootfs);

	p->rootfs_mount = mount ? mount->value : PATH_ROOTFS_MOUNT;
	/* A subvolume is mounted like a directory. */
	if (!str_eq(type, "dir") && !str_eq(type, "btrfs"))
		return planner_refuse(p, item, -EOPNOTSUPP,
				      "storage of type %s is not supported yet", type);
	if (p->rootfs && p->rootfs[0] != '/')
		return planner_refuse(p, item, -EINVAL,
				      "the path of the root file system is not absolute");
	return 0;
}

static int decide_terminals(struct planner *p)
{
	const struct config_item *path = planner_item(p, "lxc.console.path");

	p->pty_max = planner_u32(p, "lxc.pty.max", 0);
	p->tty_max = p->rootfs ? planner_u32(p, "lxc.tty.max", 0) : 0;
	if (p->tty_max > 64)
		return planner_refuse(p, planner_item(p, "lxc.tty.max"), -E2BIG,
				      "at most 64 ttys are possible");
	p->autodev = p->rootfs && config_int(p->config, "lxc.autodev", 1) != 0;
	p->devpts = p->rootfs && (p->pty_max > 0 || p->tty_max > 0);
	p->console = !path || !str_eq(path->value, "none");
	if (path && p->console)
		return planner_refuse(p, path, -EOPNOTSUPP,
				      "a console device other than none is not supported yet");
	return 0;
}

static int decide(struct planner *p)
{
	const struct config_item *item = config_unsupported(p->config);
	int ret;

	if (item)
		return planner_refuse(p, item, -EOPNOTSUPP, "%s is not supported yet", item->name);
	ret = decide_rootfs(p);
	if (ret == 0)
		ret = decide_terminals(p);
	if (ret == 0)
		ret = plan_namespaces(p);
	if (ret == 0)
		ret = plan_capabilities(p);
	return ret;
}

/* --- small steps --- */

static void add_number(struct planner *p, enum step_kind kind, int64_t number)
{
	plan_add_step(&p->b, kind)->num[0] = number;
}

static void announce(struct planner *p, enum ipc_state state, enum rank rank)
{
	struct step *step;

	plan_set_rule(&p->b, "life");
	step = plan_add_step(&p->b, STEP_announce);
	step->num[0] = state;
	step->rank = (uint16_t)rank;
}

static void barrier(struct planner *p, enum step_kind kind, enum barrier number)
{
	plan_set_rule(&p->b, "order of start");
	add_number(p, kind, number);
}

static bool child_makes_terminals(const struct planner *p)
{
	return p->devpts && (p->console || p->tty_max > 0);
}

/* --- chapters --- */

static int plan_prologue(struct planner *p)
{
	plan_begin(&p->b, CHAPTER_PROLOGUE);
	announce(p, IPC_STARTING, RANK_NONE);
	return plan_hooks(p, "pre-start", RANK_NONE);
}

/* The cgroup namespace is made by the child, once it sits in its cgroup; the time namespace is not
 * for the child itself. */
static uint64_t clone_flags(const struct planner *p)
{
	return p->namespaces & ~(uint64_t)(CLONE_NEWCGROUP | CLONE_NEWTIME);
}

static int plan_before(struct planner *p)
{
	const char *logfile = config_str(p->config, "lxc.console.logfile");
	int ret;

	plan_begin(&p->b, CHAPTER_BEFORE);
	plan_pin(p);
	ret = plan_cgroup_create(p);
	if (ret < 0)
		return ret;
	if (p->console && !p->devpts) {
		uint32_t at = plan_add_str(&p->b, logfile);

		planner_origin(p, planner_item(p, "lxc.console.logfile"), "console");
		plan_add_step(&p->b, STEP_console_host)->str[0] = at;
	}
	plan_set_rule(&p->b, "namespaces");
	add_number(p, STEP_clone, (int64_t)clone_flags(p));
	return 0;
}

static int plan_child_mounts(struct planner *p)
{
	const struct config_item *name = planner_item(p, "lxc.uts.name");
	int ret = plan_rootfs(p);

	if (ret < 0)
		return ret;
	if (name && (p->namespaces & CLONE_NEWUTS)) {
		uint32_t at = plan_add_str(&p->b, name->value);

		planner_origin(p, name, "");
		plan_add_step(&p->b, STEP_hostname)->str[0] = at;
	}
	ret = plan_network(p);
	if (ret < 0)
		return ret;
	plan_dev(p);
	ret = plan_auto_mounts(p);
	if (ret == 0)
		ret = plan_mount_entries(p);
	if (ret == 0)
		ret = plan_cgroup_mounts(p);
	if (ret == 0)
		ret = plan_hooks(p, "mount", RANK_NONE);
	if (ret == 0 && p->autodev)
		ret = plan_hooks(p, "autodev", RANK_NONE);
	if (ret == 0)
		plan_nodes(p);
	return ret;
}

static void plan_persona(struct planner *p)
{
	static const char *const words_32[] = {
		"x86",	  "linux32", "i386", "i486",   "i586",	"i686",	 "athlon",  "mips",
		"mipsel", "ppc",     "arm",  "armv7l", "armhf", "armel", "powerpc", "x32",
	};
	const struct config_item *item = planner_item(p, "lxc.arch");
	int64_t persona = 0;

	if (!item)
		return;
	for (size_t i = 0; i < ARRAY_LEN(words_32); i++) {
		if (str_eq(words_32[i], item->value))
			persona = 0x0008; /* PER_LINUX32 */
	}
	planner_origin(p, item, "");
	add_number(p, STEP_personality, persona);
}

static void plan_stdio(struct planner *p)
{
	const struct plan_request *request = p->request;
	struct step *step;
	int64_t mode = 7;

	if (!request->daemon && request->use_init)
		mode = p->console ? request->stdio_ttys & 7 : 0;
	else if (!request->daemon && !p->console)
		mode = 0; /* inherited */
	plan_set_rule(&p->b, "standard input and output");
	step = plan_add_step(&p->b, STEP_stdio);
	step->num[0] = mode;
	step->num[1] = planner_u32(p, "lxc.init.uid", 0);
}

static void plan_ids(struct planner *p)
{
	const struct config_item *item = planner_item(p, "lxc.init.uid");
	struct step *step;

	planner_origin(p, item ? item : planner_item(p, "lxc.init.gid"), "init's user");
	step = plan_add_step(&p->b, STEP_ids);
	step->num[0] = planner_u32(p, "lxc.init.uid", 0);
	step->num[1] = planner_u32(p, "lxc.init.gid", 0);
	step->num[2] = true;
	step->num[3] = SIGKILL;
}

/* After the root has changed: only now are paths of the image looked at. */
static int plan_child_inside(struct planner *p)
{
	const struct config_item *cwd = planner_item(p, "lxc.init.cwd");
	int ret;

	if (config_next(p->config, NULL, "lxc.sysctl.")) {
		plan_set_rule(&p->b, "a /proc that nobody can replace");
		(void)plan_add_step(&p->b, STEP_proc_private);
	}
	plan_terminals(p);
	plan_pivot(p);
	plan_persona(p);
	plan_sysctls(p);
	if (child_makes_terminals(p)) {
		plan_set_rule(&p->b, "terminals");
		(void)plan_add_step(&p->b, STEP_send_fds);
	}
	plan_security(p);
	ret = plan_hooks(p, "start", RANK_NONE);
	if (ret < 0)
		return ret;
	plan_stdio(p);
	plan_set_rule(&p->b, "init leads a session");
	(void)plan_add_step(&p->b, STEP_session);
	if (cwd) {
		uint32_t at = plan_add_str(&p->b, cwd->value);

		planner_origin(p, cwd, "");
		plan_add_step(&p->b, STEP_chdir)->str[0] = at;
	}
	return 0;
}

static int plan_child(struct planner *p)
{
	int ret;

	plan_begin(&p->b, CHAPTER_CHILD);
	plan_set_rule(&p->b, "the container dies with its supervisor");
	add_number(p, STEP_child_begin, SIGKILL);
	barrier(p, STEP_sync_wait, BARRIER_IN_CGROUP);
	if (p->namespaces & CLONE_NEWCGROUP) {
		plan_set_rule(&p->b, "namespaces");
		add_number(p, STEP_unshare, CLONE_NEWCGROUP);
	}
	ret = plan_child_mounts(p);
	if (ret == 0)
		ret = plan_child_inside(p);
	if (ret < 0)
		return ret;
	barrier(p, STEP_sync_post, BARRIER_SET_UP);
	barrier(p, STEP_sync_wait, BARRIER_EXEC);
	plan_ids(p);
	return plan_exec(p);
}

static void plan_receive(struct planner *p)
{
	uint32_t logfile = plan_add_str(&p->b, config_str(p->config, "lxc.console.logfile"));
	struct step *step;

	if (!child_makes_terminals(p))
		return;
	plan_set_rule(&p->b, "terminals");
	step = plan_add_step(&p->b, STEP_receive_fds);
	step->str[0] = logfile;
	step->num[0] = p->tty_max;
	step->num[1] = p->console;
}

static int plan_after(struct planner *p)
{
	int ret;

	plan_begin(&p->b, CHAPTER_AFTER);
	plan_set_rule(&p->b, "namespaces");
	add_number(p, STEP_ns_open, (int64_t)clone_flags(p));
	ret = plan_cgroup_limits(p, false);
	if (ret < 0)
		return ret;
	if (p->facts->cgroups.count > 0) {
		plan_set_rule(&p->b, "cgroup");
		(void)plan_add_step(&p->b, STEP_cgroup_enter);
	}
	plan_proc(p);
	ret = plan_prlimits(p);
	if (ret < 0)
		return ret;
	barrier(p, STEP_sync_post, BARRIER_IN_CGROUP);
	plan_receive(p);
	barrier(p, STEP_sync_wait, BARRIER_SET_UP);
	if (p->namespaces & CLONE_NEWCGROUP) {
		plan_set_rule(&p->b, "namespaces");
		add_number(p, STEP_ns_open, CLONE_NEWCGROUP);
	}
	ret = plan_cgroup_limits(p, true);
	if (ret == 0)
		ret = plan_hooks(p, "start-host", RANK_NONE);
	if (ret < 0)
		return ret;
	barrier(p, STEP_sync_post, BARRIER_EXEC);
	plan_set_rule(&p->b, "order of start");
	(void)plan_add_step(&p->b, STEP_exec_wait);
	announce(p, IPC_RUNNING, RANK_NONE);
	return 0;
}

static int plan_afterlife(struct planner *p)
{
	int ret;

	plan_begin(&p->b, CHAPTER_AFTERLIFE);
	announce(p, IPC_STOPPING, RANK_STOPPING);
	ret = plan_hooks(p, "stop", RANK_STOP_HOOK);
	if (ret < 0)
		return ret;
	announce(p, IPC_STOPPED, RANK_STOPPED);
	return plan_hooks(p, "post-stop", RANK_POST_STOP_HOOK);
}

static int plan_chapters(struct planner *p, bool body)
{
	int ret = plan_prologue(p);

	if (ret == 0 && body)
		ret = plan_before(p);
	if (ret == 0 && body)
		ret = plan_child(p);
	if (ret == 0 && body)
		ret = plan_after(p);
	return ret == 0 ? plan_afterlife(p) : ret;
}

/* --- head and items --- */

static void plan_head(struct planner *p, bool body)
{
	struct plan *head = &p->b.head;

	if (config_next(p->config, NULL, "lxc.hook.pre-start"))
		head->flags |= PLAN_HAS_PRE_START;
	head->flags |= p->request->daemon ? PLAN_DAEMON : 0;
	head->flags |= p->request->use_init ? PLAN_USE_INIT : 0;
	head->flags |= body ? 0 : PLAN_NO_BODY;
	head->name = plan_add_str(&p->b, p->request->name);
	head->lxcpath = plan_add_str(&p->b, p->request->lxcpath);
	head->config_file = plan_add_str(&p->b, p->config_file);
	head->ns_flags = p->namespaces;
	head->signal_halt = (int32_t)config_int(p->config, "lxc.signal.halt", 0);
	head->signal_reboot = (int32_t)config_int(p->config, "lxc.signal.reboot", 0);
	head->signal_stop = (int32_t)config_int(p->config, "lxc.signal.stop", 0);
	head->log_level = (uint32_t)planner_log_level(p);
}

static void add_getter(struct planner *p, const char *name)
{
	_cleanup_str_ struct str text = { 0 };

	if (config_get(p->config, name, &text) == 0)
		plan_add_item(&p->b, name, str_text(&text));
	if (!str_ok(&text))
		p->b.failed = true;
}

/* Every key that can be read, and every single item in effect. */
static int plan_items(struct planner *p)
{
	_cleanup_str_ struct str keys = { 0 };
	const struct config_item *item = NULL;
	char *rest;
	int ret = config_keys(p->config, NULL, &keys);

	if (ret < 0 || !str_ok(&keys))
		return err_set(p->err, ret < 0 ? ret : -ENOMEM,
			       "the keys of the configuration cannot be listed");
	rest = keys.s;
	for (char *key = rest ? str_next_word(&rest, "\n") : NULL; key;
	     key = str_next_word(&rest, "\n"))
		add_getter(p, key);
	while ((item = config_next(p->config, item, "lxc.")) != NULL)
		add_getter(p, item->name);
	return 0;
}

int plan_with_facts(const struct config *config, const struct plan_request *request,
		    const struct host_facts *facts, struct plan **image_out, struct err *err)
{
	struct planner p = { .config = config, .request = request, .facts = facts, .err = err };
	bool body;
	int ret;

	plan_builder_init(&p.b);
	p.config_file = request->config_file ? request->config_file : config_file(config);
	ret = decide(&p);
	body = request->reboot || !config_next(config, NULL, "lxc.hook.pre-start");
	if (ret == 0)
		ret = plan_chapters(&p, body);
	if (ret == 0) {
		plan_head(&p, body);
		ret = plan_items(&p);
	}
	if (ret == 0)
		ret = serial_write(config, request, p.config_file, &p.b.serial);
	if (ret == 0)
		ret = plan_build(&p.b, image_out);
	plan_builder_finish(&p.b);
	if (ret < 0 && !err_is(err))
		(void)err_set(err, ret,
			      ret == -E2BIG ? "the plan is too large"
					    : "out of memory while planning");
	return ret;
}

int plan_life(struct sys *sys, const struct config *config, const struct plan_request *request,
	      struct plan **image_out, struct err *err)
{
	_cleanup_facts_ struct host_facts facts = { 0 };
	int ret = facts_read(sys, config, request->envp, &facts, err);

	return ret < 0 ? ret : plan_with_facts(config, request, &facts, image_out, err);
}
