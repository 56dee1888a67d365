/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every call of a supervisor's life fails once with each errno of its row. Whatever happens: nobody
 * waits for ever, a failed start says why, and in the end the world is as before.
 */
#include "life_world.h"

#include "sys/fault.h"

struct scenario {
	const char *name;
	uint32_t flags;
	bool console;
	bool (*run)(struct world *world, struct err *err);
};

/* --- what is done while calls fail; false: it failed --- */

static bool run_start(struct world *world, struct err *err)
{
	struct start_result result = { 0 };

	return start_world(world, &result, err, "/run/web.pid") == 0 && result.running;
}

static bool run_foreground(struct world *world, struct err *err)
{
	world->init = "/bin/seven";
	return run_start(world, err);
}

static int send_reboot(void *data)
{
	const struct world *world = data;
	int pid = ipc_get_init_pid(world->sys, LXCPATH, NAME);

	return pid < 0 ? pid : sys_kill(world->sys, pid, SIGINT);
}

static bool run_reboot(struct world *world, struct err *err)
{
	int ret;

	if (!run_start(world, err))
		return false;
	ret = ipc_wait(world->sys, LXCPATH, NAME, 1U << IPC_RUNNING, true, 60000, send_reboot,
		       world);
	if (ret != IPC_RUNNING)
		err_set(err, ret < 0 ? ret : -EIO, "reboot");
	return ret == IPC_RUNNING;
}

static bool run_stop(struct world *world, struct err *err)
{
	int ret;

	if (!run_start(world, err))
		return false;
	ret = ipc_stop(world->sys, LXCPATH, NAME, 60000);
	return ret == 0 || err_set(err, ret, "stop") == 0;
}

static const struct scenario scenarios[] = {
	{ "start", PLAN_DAEMON, true, run_start },
	{ "start planned late", PLAN_DAEMON | PLAN_HAS_PRE_START | PLAN_NO_BODY, false, run_start },
	{ "foreground", 0, false, run_foreground },
	{ "reboot", PLAN_DAEMON, false, run_reboot },
	{ "stop", PLAN_DAEMON, true, run_stop },
};

/* --- one point --- */

struct outcome {
	int given;
	unsigned errno_count;
	const char *op;
};

/* Calls whose failure may leave something: what, and why. */
static bool is_known_residue(const struct outcome *outcome, const char *world)
{
	static const struct {
		const char *op;
		int number;
		const char *residue;
	} known[] = {
		/* A child that the kernel denies stays a zombie. */
		{ "waitid", ECHILD, "" },
		/* The pid file of a supervisor that cannot remove it; the next start overwrites it.
		 */
		{ "unlinkat", 0, "run:/web.pid" },
		{ "readlinkat", 0, "run:/web.pid" },
		{ "pread", 0, "run:/web.pid" },
		{ "fstatat", 0, "run:/web.pid" },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (outcome->op && str_eq(outcome->op, known[i].op) &&
		    (known[i].number == 0 || known[i].number == outcome->given) &&
		    strstr(world, known[i].residue))
			return true;
	return false;
}

/* Lines of one text that the other lacks. */
static void print_missing(const char *text, const char *other, char mark)
{
	char *copy _cleanup_free_ = str_dup(text);
	char *rest = copy, *line;

	while (copy && (line = str_next_word(&rest, "\n")))
		if (!strstr(other, line))
			print_error("%c %s\n", mark, line);
}

static void check_end(struct world *world, const struct scenario *scenario,
		      const struct outcome *outcome, unsigned long call)
{
	char *now;

	(void)ipc_stop(world->sys, LXCPATH, NAME, 60000);
	now = world_text(world);
	if (!str_eq(now, world->before) && !is_known_residue(outcome, now)) {
		print_missing(world->before, now, '-');
		print_missing(now, world->before, '+');
		fail_msg("%s: call %lu, %s %s: the world is another", scenario->name, call,
			 outcome->op, err_name(outcome->given));
	}
	free(now);
	if (*fake_stuck(world->fake))
		fail_msg("%s: call %lu, %s %s: %s", scenario->name, call, outcome->op,
			 err_name(outcome->given), fake_stuck(world->fake));
}

static struct outcome run_point(const struct scenario *scenario, unsigned long call,
				unsigned errno_index)
{
	struct outcome outcome;
	struct sys_fault fault;
	struct err err = { 0 };
	struct world *world;
	void *state = NULL;
	bool ok;

	assert_int_equal(world_up(&state), 0);
	world = state;
	world->flags = scenario->flags;
	world->with_console = scenario->console;
	sys_fault_init(&fault, fake_sys(world->fake));
	fault.fail_at = call;
	fault.errno_index = errno_index;
	world->sys = &fault.sys;
	ok = scenario->run(world, &err);
	fake_settle(world->fake);
	fault.paused = true;
	outcome = (struct outcome){ fault.given, fault.errno_count, fault.op };
	if (!ok && !err_is(&err))
		fail_msg("%s: call %lu, %s %s: failed without a reason", scenario->name, call,
			 outcome.op, err_name(outcome.given));
	if (!ok && !outcome.given)
		fail_msg("%s: failed without a fault: %s", scenario->name, err.what);
	check_end(world, scenario, &outcome, call);
	if (world_down(&state) < 0)
		fail_msg("%s: call %lu, %s %s: a breach", scenario->name, call, outcome.op,
			 err_name(outcome.given));
	return outcome;
}

static void nothing_is_left_whatever_call_fails(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(scenarios); i++) {
		unsigned long call = 0, points = 0;
		unsigned errno_count = 1;

		while (errno_count > 0) {
			call++;
			errno_count = 0;
			for (unsigned index = 0; index == 0 || index < errno_count; index++) {
				struct outcome outcome = run_point(&scenarios[i], call, index);

				errno_count = outcome.errno_count;
				points += outcome.given != 0;
			}
		}
		print_message("%s: %lu calls, %lu points\n", scenarios[i].name, call - 1, points);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(nothing_is_left_whatever_call_fails) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
