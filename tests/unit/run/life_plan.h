/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A plan in ten steps: a program, without a root file system of its own. Included once a test
 * program.
 */
#ifndef TEST_RUN_LIFE_PLAN_H
#define TEST_RUN_LIFE_PLAN_H

#include "core/ipc/ipc.h"
#include "core/plan/build.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct life_plan {
	const char *name, *lxcpath;
	const char *argv[6];
	uint32_t flags;
	uint64_t clone_flags;
	int32_t signal_stop, signal_halt;
	bool with_console;
};

static inline struct step *add(struct plan_builder *b, enum step_kind kind, int64_t n0)
{
	struct step *step = plan_add_step(b, kind);

	step->num[0] = n0;
	return step;
}

static inline void add_exec(struct plan_builder *b, const struct life_plan *life)
{
	uint32_t path_at = plan_add_str(b, life->argv[0]), argv_at;
	struct step *step;
	size_t argc = 0;

	while (life->argv[argc])
		argc++;
	argv_at = plan_add_strv(b, life->argv, argc);
	step = plan_add_step(b, STEP_exec);
	step->str[0] = path_at;
	step->str[1] = argv_at;
	step->num[0] = (int64_t)argc;
}

static inline void add_body(struct plan_builder *b, const struct life_plan *life)
{
	plan_begin(b, CHAPTER_BEFORE);
	plan_set_rule(b, "before");
	if (life->with_console)
		plan_add_step(b, STEP_console_host);
	add(b, STEP_clone, (int64_t)life->clone_flags);
	plan_begin(b, CHAPTER_CHILD);
	plan_set_origin(b, "/var/lib/lxc/web/config", 7, "lxc.init.cmd = whatever");
	add(b, STEP_child_begin, SIGKILL);
	add(b, STEP_sync_wait, BARRIER_EXEC);
	if (life->with_console)
		add(b, STEP_stdio, 7);
	plan_add_step(b, STEP_session);
	add_exec(b, life);
	plan_begin(b, CHAPTER_AFTER);
	plan_set_rule(b, "after");
	add(b, STEP_sync_post, BARRIER_EXEC);
	plan_add_step(b, STEP_exec_wait);
	add(b, STEP_announce, IPC_RUNNING);
}

static inline struct plan *life_plan_build(const struct life_plan *life)
{
	static const struct {
		enum rank rank;
		enum ipc_state state;
	} ends[] = { { RANK_STOPPING, IPC_STOPPING }, { RANK_STOPPED, IPC_STOPPED } };
	struct plan_builder b;
	struct plan *plan = NULL;

	plan_builder_init(&b);
	b.head.flags = life->flags;
	b.head.name = plan_add_str(&b, life->name);
	b.head.lxcpath = plan_add_str(&b, life->lxcpath);
	b.head.ns_flags = life->clone_flags;
	b.head.signal_stop = life->signal_stop;
	b.head.signal_halt = life->signal_halt;
	plan_add_item(&b, "lxc.empty", "");
	plan_add_item(&b, "lxc.uts.name", "web");
	plan_begin(&b, CHAPTER_PROLOGUE);
	plan_set_rule(&b, "prologue");
	add(&b, STEP_announce, IPC_STARTING);
	if (!(life->flags & PLAN_NO_BODY))
		add_body(&b, life);
	plan_begin(&b, CHAPTER_AFTERLIFE);
	plan_set_rule(&b, "afterlife");
	for (size_t i = 0; i < ARRAY_LEN(ends); i++)
		add(&b, STEP_announce, ends[i].state)->rank = (uint16_t)ends[i].rank;
	assert_int_equal(plan_build(&b, &plan), 0);
	plan_builder_finish(&b);
	return plan;
}

#endif
