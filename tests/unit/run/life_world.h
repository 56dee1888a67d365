/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A host of the model kernel with a supervisor, a planner and an init, and a plan in ten steps.
 * Included once a test program.
 *
 * The container has no root file system: what is tested is the supervisor, not the steps.
 */
#ifndef TEST_RUN_LIFE_WORLD_H
#define TEST_RUN_LIFE_WORLD_H

#include "life_plan.h"

#include "core/run/run.h"
#include "sys/fake/fake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LXCPATH "/var/lib/lxc"
#define NAME "web"

struct world {
	struct fake *fake;
	struct sys *sys;
	struct fd command, supervisor, planner;
	struct plan *plan;
	char *before; /* the world as text */
	const char *init;
	uint32_t flags;
	int32_t signal_stop, signal_halt;
	bool with_console;
};

static inline struct plan *make_plan(const struct world *world)
{
	const struct life_plan life = {
		.name = NAME,
		.lxcpath = LXCPATH,
		.argv = { world->init ? world->init : "/sbin/init" },
		.flags = world->flags,
		.clone_flags = CLONE_NEWPID,
		.signal_stop = world->signal_stop,
		.signal_halt = world->signal_halt,
		.with_console = world->with_console,
	};

	return life_plan_build(&life);
}

/* --- programs --- */

static inline int run_supervisor(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	return supervisor_main(sys, argc, argv, envp);
}

static inline int write_all(struct sys *sys, int fd, const void *bytes, size_t len)
{
	return io_write_full(sys, fd, bytes, len) < 0;
}

/* Plans the body that the first image lacks; data says whether it succeeds. */
static inline int run_planner(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	const struct world *world = data;
	struct {
		char magic[8];
		struct err err;
	} failure = { .magic = PLAN_ERR_MAGIC };
	struct world later = *world;
	struct plan *plan;
	int ret;

	if (world->init && str_eq(world->init, "unplannable")) {
		err_set(&failure.err, -EINVAL, "the planner does not like it");
		(void)write_all(sys, PLANNER_FD_OUT, &failure, sizeof(failure));
		return 1;
	}
	later.flags &= ~PLAN_NO_BODY;
	plan = make_plan(&later);
	ret = write_all(sys, PLANNER_FD_OUT, plan, plan->size);
	free(plan);
	return ret;
}

/* --- up and down --- */

static inline char *world_text(struct world *world)
{
	struct str text = { 0 };

	fake_settle(world->fake);
	fake_world(world->fake, &text);
	return str_steal(&text);
}

static inline struct fd open_program(struct world *world, const char *path)
{
	struct fd fd = fd_of(world->sys, io_open(world->sys, AT_FDCWD, path, O_RDONLY, 0, 0));

	assert_true(fd_is_open(&fd));
	return fd;
}

static inline int world_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->fake = fake_create(&(struct fake_options){ .mem_check = 1 });
	assert_non_null(world->fake);
	world->sys = fake_sys(world->fake);
	world->flags = PLAN_DAEMON;
	fake_dir(world->fake, "/usr/lib/lxc", 0755);
	fake_program(world->fake, "/usr/lib/lxc/lxc-supervisor", run_supervisor, NULL);
	fake_program(world->fake, "/usr/lib/lxc/lxc-plan", run_planner, world);
	fake_program(world->fake, "/sbin/init", fake_init_main, NULL);
	fake_program(world->fake, "/bin/seven", fake_exit_main, (void *)(intptr_t)7);
	world->supervisor = open_program(world, "/usr/lib/lxc/lxc-supervisor");
	world->planner = open_program(world, "/usr/lib/lxc/lxc-plan");
	world->before = world_text(world);
	*state = world;
	return 0;
}

static inline int world_down(void **state)
{
	struct world *world = *state;
	bool clean = str_eq(fake_breaches(world->fake), "");

	if (!clean)
		print_error("%s\n", fake_breaches(world->fake));
	fd_finish(&world->command);
	fd_finish(&world->supervisor);
	fd_finish(&world->planner);
	free(world->plan);
	free(world->before);
	fake_destroy(world->fake);
	free(world);
	return clean ? 0 : -1;
}

#define LIFE_TEST(fn) cmocka_unit_test_setup_teardown(fn, world_up, world_down)

/* As a program that starts a container does it. */
static inline int start_world(struct world *world, struct start_result *result, struct err *err,
			      const char *pidfile)
{
	static char *const envp[] = { NULL };
	struct start_args args = { .supervisor_exe_fd = world->supervisor.n,
				   .planner_exe_fd = world->planner.n,
				   .init_exe_fd = -1,
				   .log_fd = -1,
				   .trace_fd = -1,
				   .pidfile = pidfile,
				   .envp = envp,
				   .daemon = (world->flags & PLAN_DAEMON) != 0 };
	int ret = ipc_bind(world->sys, LXCPATH, NAME, err);

	if (ret < 0)
		return ret;
	world->command = fd_of(world->sys, ret);
	free(world->plan);
	world->plan = make_plan(world);
	args.image = world->plan;
	args.command_fd = world->command.n;
	ret = start_supervisor(world->sys, &args, result, err);
	fd_finish(&world->command);
	return ret;
}

static inline void start_running(struct world *world)
{
	struct start_result result = { 0 };
	struct err err = { 0 };
	int ret = start_world(world, &result, &err, NULL);

	if (ret < 0 || !result.running)
		fail_msg("start: %s %s", err.what, fake_stuck(world->fake));
}

static inline void assert_as_before(struct world *world)
{
	char *now = world_text(world);

	assert_string_equal(now, world->before);
	free(now);
}

#endif
