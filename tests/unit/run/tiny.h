/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tiny plans: a container in a dozen steps, for tests of the executor on any world. Included once a test. */
#ifndef TEST_RUN_TINY_H
#define TEST_RUN_TINY_H

#include "core/plan/args.h"
#include "core/plan/build.h"
#include "core/run/life.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include <cmocka.h>

/* The supervisor's half that the steps call back into. */
void commands_serve(struct run *run, int slot)
{
	(void)run;
	(void)slot;
}

void report_state(struct run *run, enum ipc_state state)
{
	(void)run;
	(void)state;
}

static inline struct step *tiny_step(struct plan_builder *b, enum step_kind kind, const char *s0,
				     const char *s1, const char *s2, const char *s3)
{
	struct step made = {
		.kind = (uint16_t)kind,
		.str = { plan_add_str(b, s0), plan_add_str(b, s1), plan_add_str(b, s2),
			 plan_add_str(b, s3) },
	};
	struct step *step = plan_add_step(b, kind);

	memcpy(step->str, made.str, sizeof(made.str));
	return step;
}

static inline void tiny_num(struct step *step, int64_t n0, int64_t n1, int64_t n2, int64_t n3)
{
	step->num[0] = n0;
	step->num[1] = n1;
	step->num[2] = n2;
	step->num[3] = n3;
}

#define TINY(b, kind, s0, s1, s2, s3, n0, n1, n2, n3) \
	tiny_num(tiny_step(b, STEP_##kind, s0, s1, s2, s3), n0, n1, n2, n3)

static inline void tiny_run_init(struct run *run, struct sys *sys, const struct plan *plan)
{
	memset(run, 0, sizeof(*run));
	run->sys = sys;
	run->plan = plan;
	run->log.fd = -1;
	run->self = sys_getpid(sys);
	run->init_pidfd = run->handshake_fd = run->pin_fd = -1;
	run->console_master = run->console_slave = run->console_log_fd = -1;
	run->server.sys = sys;
	run->server.listen_fd = -1;
	for (int i = 0; i < SUPERVISOR_FD_COUNT; i++)
		run->fds[i] = -1;
	for (int i = 0; i < RUN_NS_COUNT; i++)
		run->ns_fds[i] = -1;
	for (int i = 0; i < IPC_CLIENTS_MAX; i++)
		run->server.clients[i].fd = -1;
}

static inline void tiny_hook(struct plan_builder *b, const char *script, const char *type, bool logged)
{
	static const char *const argv[] = { "tiny", "lxc", "mount" };
	static const char *const env[] = { "*", "=LXC_NAME=tiny", "?LXC_PID", "?LXC_TARGET" };
	uint32_t argv_at = plan_add_strv(b, argv, ARRAY_LEN(argv));
	uint32_t env_at = plan_add_strv(b, env, ARRAY_LEN(env));
	struct step *step = tiny_step(b, STEP_hook, script, type, NULL, NULL);

	step->str[2] = argv_at;
	step->str[3] = env_at;
	tiny_num(step, ARRAY_LEN(argv), ARRAY_LEN(env), logged, 0);
}

static inline void tiny_exec(struct plan_builder *b, const char *const *argv, size_t argc)
{
	static const char *const env[] = { "=container=lxc", "?container_ttys" };
	uint32_t argv_at = plan_add_strv(b, argv, argc), env_at = plan_add_strv(b, env, ARRAY_LEN(env));
	struct step *step = tiny_step(b, STEP_exec, argv[0], NULL, NULL, NULL);

	step->str[1] = argv_at;
	step->str[2] = env_at;
	tiny_num(step, (int64_t)argc, ARRAY_LEN(env), 0, 0);
}

struct tiny {
	const char *rootfs, *mount;  /* host paths */
	const char *const *argv;     /* the program */
	size_t argc;
	const char *bad_target;      /* an extra tmpfs there, NULL: none */
	const char *start_hook;      /* NULL: none */
	const char *cwd;             /* NULL: "/" */
	const char *cgroups;         /* "MNT//BASE" of a v1 hierarchy, NULL: none */
	uint64_t clone_flags;
};

static inline void tiny_before(struct plan_builder *b, const struct tiny *t)
{
	plan_begin(b, CHAPTER_BEFORE);
	plan_set_rule(b, "before");
	if (t->cgroups) {
		uint32_t kinds = plan_add_strv(b, (const char *const[]){ "1" }, 1);
		uint32_t dirs = plan_add_strv(b, &t->cgroups, 1);
		uint32_t controllers = plan_add_strv(b, (const char *const[]){ "name=tiny" }, 1);
		struct step *step = tiny_step(b, STEP_cgroup_create, "lxc.tiny/tiny", NULL, NULL, NULL);

		step->str[1] = dirs;
		step->str[2] = kinds;
		step->str[3] = controllers;
		step->num[0] = 1;
	}
	TINY(b, pin, t->rootfs, NULL, NULL, NULL, 0, 0, 0, 0);
	TINY(b, console_host, NULL, NULL, NULL, NULL, 0, 0, 0, 0);
	TINY(b, clone, NULL, NULL, NULL, NULL, (int64_t)t->clone_flags, 0, 0, 0);
}

static inline void tiny_nodes(struct plan_builder *b)
{
	static const struct {
		const char *name;
		int minor;
	} nodes[] = { { "null", 3 }, { "zero", 5 }, { "full", 7 } };
	char target[32], source[32];

	for (size_t i = 0; i < ARRAY_LEN(nodes); i++) {
		(void)snprintf(target, sizeof(target), "dev/%s", nodes[i].name);
		(void)snprintf(source, sizeof(source), "/dev/%s", nodes[i].name);
		TINY(b, mknod, target, source, NULL, NULL, 0666 | S_IFCHR, 1, nodes[i].minor, 0);
	}
	TINY(b, symlink, "dev/fd", "/proc/self/fd", NULL, NULL, 0, 0, 0, 0);
}

static inline void tiny_mounts(struct plan_builder *b, const struct tiny *t)
{
	int64_t safe = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

	TINY(b, mount_fs, "none", "dev", "tmpfs", "size=500000,mode=755", 0, 0, STEP_CREATE_DIR, 0);
	TINY(b, mkdir, "dev/pts", NULL, NULL, NULL, 0755, 0, 0, 0);
	TINY(b, mount_fs, "proc", "proc", "proc", NULL, safe, 0, STEP_CREATE_DIR, 0);
	TINY(b, mount_bind, "proc/sys", "proc/sys", NULL, NULL, MOUNT_ATTR_RDONLY, 0, 0, 0);
	TINY(b, mount_bind, "/nosuch", "mnt", NULL, NULL, 0, 0, 0, STEP_OPTIONAL_ANY);
	TINY(b, mount_bind, "/usr/lib/tiny-nosuch", "mnt", NULL, NULL, 0, 0, 0, STEP_OPTIONAL_ABSENT);
	TINY(b, mount_fs, "shm", "dev/shm/deep", "tmpfs", NULL, safe, 0, STEP_CREATE_DIR, 0);
	if (t->bad_target)
		TINY(b, mount_fs, "bad", t->bad_target, "tmpfs", NULL, 0, 0, STEP_CREATE_DIR, 0);
}

static inline void tiny_child(struct plan_builder *b, const struct tiny *t)
{
	plan_begin(b, CHAPTER_CHILD);
	plan_set_rule(b, "child");
	TINY(b, child_begin, NULL, NULL, NULL, NULL, SIGKILL, 0, 0, 0);
	TINY(b, sync_wait, NULL, NULL, NULL, NULL, BARRIER_IN_CGROUP, 0, 0, 0);
	TINY(b, propagation, "/", NULL, NULL, NULL, MS_SLAVE | MS_REC, 0, 0, 0);
	TINY(b, rootfs, t->rootfs, t->mount, NULL, NULL, 0, 0, 1, 0);
	TINY(b, hostname, "tiny", NULL, NULL, NULL, 0, 0, 0, 0);
	tiny_mounts(b, t);
	tiny_nodes(b);
	TINY(b, proc_private, NULL, NULL, NULL, NULL, 0, 0, 0, 0);
	TINY(b, devpts, "newinstance,ptmxmode=0666,mode=0620,gid=5,max=8",
	     "newinstance,ptmxmode=0666,mode=0620,max=8", NULL, NULL, 1, 0, 0, 0);
	TINY(b, console, NULL, NULL, NULL, NULL, 0, 0, 0, 0);
	TINY(b, tty, "lxc", NULL, NULL, NULL, 1, 1, 0, 0);
	TINY(b, pivot, NULL, NULL, NULL, NULL, 0, 0, 0, 0);
	TINY(b, send_fds, NULL, NULL, NULL, NULL, 0, 0, 0, 0);
	TINY(b, chdir, t->cwd ? t->cwd : "/", NULL, NULL, NULL, 0, 0, 0, 0);
	TINY(b, cap_bounding, NULL, NULL, NULL, NULL, 0x400021, 0, 0, 0);
	TINY(b, no_new_privs, NULL, NULL, NULL, NULL, 0, 0, 0, 0);
	if (t->start_hook)
		tiny_hook(b, t->start_hook, "start", false);
	TINY(b, stdio, NULL, NULL, NULL, NULL, 7, 0, 0, 0);
	TINY(b, session, NULL, NULL, NULL, NULL, 0, 0, 0, 0);
	TINY(b, sync_post, NULL, NULL, NULL, NULL, BARRIER_SET_UP, 0, 0, 0);
	TINY(b, sync_wait, NULL, NULL, NULL, NULL, BARRIER_EXEC, 0, 0, 0);
	TINY(b, ids, NULL, NULL, NULL, NULL, 0, 0, 1, SIGKILL);
	tiny_exec(b, t->argv, t->argc);
}

static inline void tiny_after(struct plan_builder *b, const struct tiny *t)
{
	plan_begin(b, CHAPTER_AFTER);
	plan_set_rule(b, "after");
	if (t->cgroups)
		TINY(b, cgroup_enter, NULL, NULL, NULL, NULL, 0, 0, 0, 0);
	TINY(b, sync_post, NULL, NULL, NULL, NULL, BARRIER_IN_CGROUP, 0, 0, 0);
	TINY(b, receive_fds, NULL, NULL, NULL, NULL, 1, 1, 0, 0);
	TINY(b, sync_wait, NULL, NULL, NULL, NULL, BARRIER_SET_UP, 0, 0, 0);
	TINY(b, ns_open, NULL, NULL, NULL, NULL, CLONE_NEWNS | CLONE_NEWPID, 0, 0, 0);
	TINY(b, sync_post, NULL, NULL, NULL, NULL, BARRIER_EXEC, 0, 0, 0);
	TINY(b, exec_wait, NULL, NULL, NULL, NULL, 0, 0, 0, 0);
}

static inline struct plan *tiny_plan(const struct tiny *t)
{
	_cleanup_plan_builder_ struct plan_builder b;
	struct plan *plan = NULL;

	plan_builder_init(&b);
	b.head.name = plan_add_str(&b, "tiny");
	tiny_before(&b, t);
	tiny_child(&b, t);
	tiny_after(&b, t);
	assert_int_equal(plan_build(&b, &plan), 0);
	return plan;
}

/* Up to exec, or to the first failure. */
static inline int tiny_start(struct run *run, struct err *err)
{
	int ret = run_chapter(run, CHAPTER_BEFORE, err);

	return ret < 0 ? ret : run_chapter(run, CHAPTER_AFTER, err);
}

/* The end of the first process, as wait(2) gives it. */
static inline int tiny_wait(struct run *run)
{
	siginfo_t info = { 0 };
	int ret = -ECHILD;

	/* Twice: a fault may stand here, which is none of the steps'. */
	for (int i = 0; ret == -ECHILD && i < 2; i++)
		ret = SYS_RETRY(sys_waitid(run->sys, P_PID, run->init_pid, &info, WEXITED));
	assert_int_equal(ret, 0);
	run->reaped = true;
	run->init_status = info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
	return run->init_status;
}

#endif
