/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Several programs use one container at the same time, each with an object of its own, on a model
 * host whose seed says who runs when. Whatever the seed: nobody waits for ever, one wins where one
 * must, and the container is whole afterwards.
 *
 *   test_interleave [RACE]
 *
 * LXC_SEED=n: that seed alone. LXC_SEEDS=n: the seeds 1 to n. LXC_TRACE=1: every call and who makes
 * it.
 */
#include "life/host.h"

#include "sys/trace.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { ACTORS = 3, SEEDS = 50, SECONDS_MAX = 30 };

/* Taken in turn, so that each seed has one. */
static const enum fake_cgroups layouts[] = { FAKE_CGROUP_HYBRID, FAKE_CGROUP_UNIFIED,
					     FAKE_CGROUP_LEGACY };

/* --- what an actor does; one who is refused says why --- */

static bool do_create(struct lxc_container *c)
{
	/* Whatever was there when the object was made. */
	c->clear_config(c);
	return c->load_config(c, "/etc/lxc/default.conf") &&
	       c->create(c, HOST_TEMPLATE, NULL, NULL, 0, NULL);
}

static bool do_start(struct lxc_container *c)
{
	return c->start(c, 0, NULL);
}

static bool do_stop(struct lxc_container *c)
{
	return c->stop(c);
}

static bool do_shutdown(struct lxc_container *c)
{
	return c->shutdown(c, 5);
}

static bool do_reboot(struct lxc_container *c)
{
	return c->reboot2(c, 5);
}

static bool do_destroy(struct lxc_container *c)
{
	return c->destroy(c);
}

static bool do_attach(struct lxc_container *c)
{
	const char *const argv[] = { "/bin/seven", NULL };

	return c->attach_run_wait(c, NULL, "/bin/seven", argv) == 7 << 8;
}

/* The container may be stopped under it. */
static bool do_attach_or_be_killed(struct lxc_container *c)
{
	const char *const argv[] = { "/bin/seven", NULL };
	int status = c->attach_run_wait(c, NULL, "/bin/seven", argv);

	return status == 7 << 8 || status == SIGKILL;
}

/* --- races --- */

enum before { UNDEFINED, DEFINED, RUNNING };

/* No run: nobody. */
struct act {
	bool (*run)(struct lxc_container *c);
	const char *container;
};

struct end {
	bool done[ACTORS];
	char words[ACTORS][256]; /* of those who were refused */
	bool is_defined, is_running;
};

struct race {
	const char *name;
	enum before before;
	struct act acts[ACTORS];
	const char *(*judge)(const struct end *end); /* what is wrong; NULL: nothing */
};

static const char *one_wins(const struct end *end)
{
	return end->done[0] == end->done[1] ? "not one winner" : NULL;
}

static const char *one_starts(const struct end *end)
{
	return !end->is_running ? "started, and not running" : one_wins(end);
}

static const char *one_creates(const struct end *end)
{
	return !end->is_defined ? "created, and not defined" : one_wins(end);
}

static const char *both_win(const struct end *end)
{
	return end->done[0] && end->done[1] ? NULL : "not both were done";
}

/* Who is stopped in the middle of a start has not started; a stop of what is stopped is done. */
static const char *start_or_stop(const struct end *end)
{
	if (!end->done[1])
		return "the stop was refused";
	return !end->done[0] && end->is_running ? "the start failed, and it runs" : NULL;
}

static const char *stopped(const struct end *end)
{
	if (!end->done[1])
		return "the stop was refused";
	return end->is_running ? "stopped, and running" : NULL;
}

static const char *destroyed_or_started(const struct end *end)
{
	if (end->done[0] && end->is_defined)
		return "destroyed, and still there";
	if (end->done[1] && !end->is_running)
		return "started, and not running";
	return one_wins(end);
}

/* What is being created cannot be destroyed: a creation is refused only where there is one already. */
static const char *created_and_destroyed(const struct end *end)
{
	int there = end->done[0] - end->done[1] + end->done[2];

	if (!end->done[0] && !end->done[2])
		return "nobody created";
	return there == end->is_defined ? NULL : "creations and destructions do not add up";
}

static const char *destroyed(const struct end *end)
{
	return end->is_defined ? "still there" : one_wins(end);
}

static const char *running_unless_stopped(const struct end *end)
{
	return end->done[0] && end->done[1] && !end->is_running ? "rebooted, and not running"
								: NULL;
}

/* Of three nearly anything may be true in the end: but not half. */
static const char *anything(const struct end *end)
{
	return NULL;
}

static const struct race races[] = {
	{ "start-start", DEFINED, { { do_start, "web" }, { do_start, "web" } }, one_starts },
	{ "start-stop", DEFINED, { { do_start, "web" }, { do_stop, "web" } }, start_or_stop },
	{ "attach-stop",
	  RUNNING,
	  { { do_attach_or_be_killed, "web" }, { do_stop, "web" } },
	  stopped },
	{ "destroy-start",
	  DEFINED,
	  { { do_destroy, "web" }, { do_start, "web" } },
	  destroyed_or_started },
	{ "reboot-stop", RUNNING, { { do_reboot, "web" }, { do_stop, "web" } }, stopped },
	{ "reboot-reboot",
	  RUNNING,
	  { { do_reboot, "web" }, { do_reboot, "web" } },
	  running_unless_stopped },
	{ "shutdown-stop", RUNNING, { { do_shutdown, "web" }, { do_stop, "web" } }, stopped },
	{ "start-both", DEFINED, { { do_start, "web" }, { do_start, "db" } }, both_win },
	{ "create-create", UNDEFINED, { { do_create, "web" }, { do_create, "web" } }, one_creates },
	{ "create-destroy",
	  UNDEFINED,
	  { { do_create, "web" }, { do_destroy, "web" } },
	  created_and_destroyed },
	{ "create-destroy-create",
	  UNDEFINED,
	  { { do_create, "web" }, { do_destroy, "web" }, { do_create, "web" } },
	  created_and_destroyed },
	{ "start-stop-destroy",
	  DEFINED,
	  { { do_start, "web" }, { do_stop, "web" }, { do_destroy, "web" } },
	  anything },
	{ "reboot-stop-start",
	  RUNNING,
	  { { do_reboot, "web" }, { do_stop, "web" }, { do_start, "web" } },
	  anything },
	{ "create-create-start",
	  UNDEFINED,
	  { { do_create, "web" }, { do_create, "web" }, { do_start, "web" } },
	  anything },
	{ "destroy-create-start",
	  DEFINED,
	  { { do_destroy, "web" }, { do_create, "web" }, { do_start, "web" } },
	  anything },
	{ "destroy-destroy", DEFINED, { { do_destroy, "web" }, { do_destroy, "web" } }, destroyed },
};

static int actors_of(const struct race *race)
{
	return race->acts[ACTORS - 1].run ? ACTORS : ACTORS - 1;
}

/* --- actors: programs of the world --- */

struct ring {
	const struct race *race;
	struct end end;
};

static int run_actor(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	struct ring *ring = data;
	int index = argc > 1 ? atoi(argv[1]) : 0;
	const struct act *act = &ring->race->acts[index];
	struct lxc_container *c = api_container_new_on(sys, envp, act->container, HOST_LXCPATH);

	if (!c)
		return 1;
	ring->end.done[index] = act->run(c);
	if (!ring->end.done[index])
		(void)snprintf(ring->end.words[index], sizeof(ring->end.words[index]), "%s",
			       c->error_string ? c->error_string : "");
	api_container_put(c);
	return 0;
}

static pid_t start_actor(struct host *host, int index)
{
	char number[8];
	char *const argv[] = { (char *)"actor", number, NULL };
	char *const envp[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", (char *)"HOME=/root",
			       NULL };
	const int streams[] = { 0, 1, 2 };
	const struct sys_spawn spawn = { .exe_fd = -1,
					 .path = "/usr/lib/test/actor",
					 .argv = argv,
					 .envp = envp,
					 .fds = streams,
					 .fd_count = 3 };

	(void)snprintf(number, sizeof(number), "%d", index);
	return sys_spawn(fake_sys(host->fake), &spawn);
}

/* --- one seed of one race --- */

static char command[256];

static char *complaint_of(struct host *host, const char *what)
{
	const char *more =
		*fake_stuck(host->fake) ? fake_stuck(host->fake) : fake_breaches(host->fake);

	return str_printf("%s%s%s", what, *more ? ": " : "", more);
}

/* The containers of a race, as they are before it. */
static char *prepare(struct host *host, const struct race *race)
{
	for (int i = 0; i < actors_of(race); i++) {
		struct lxc_container *c = host_container(host, race->acts[i].container);

		if (race->before >= DEFINED && !c->is_defined(c) && !do_create(c))
			return complaint_of(host, "create");
		if (race->before == RUNNING && !c->is_running(c) && !c->start(c, 0, NULL))
			return complaint_of(host, "start");
		api_container_put(c);
	}
	return NULL;
}

static char *run_actors(struct host *host, int count)
{
	siginfo_t info;
	pid_t pids[ACTORS];

	for (int i = 0; i < count; i++)
		pids[i] = start_actor(host, i);
	for (int i = 0; i < count; i++) {
		int ret = pids[i] < 0 ? pids[i]
				      : sys_waitid(fake_sys(host->fake), P_PID, pids[i], &info,
						   WEXITED);

		if (ret < 0)
			return complaint_of(host, err_name(ret));
		if (info.si_code != CLD_EXITED || info.si_status != 0)
			return complaint_of(host, "an actor has no object");
	}
	fake_settle(host->fake);
	return *fake_breaches(host->fake) ? complaint_of(host, "breach") : NULL;
}

/* A container that runs can be entered and stopped. */
static char *stop_whole(struct host *host, struct lxc_container *c)
{
	if (!c->is_running(c))
		return NULL;
	if (!do_attach(c))
		return complaint_of(host, "what runs cannot be entered");
	if (!c->stop(c))
		return complaint_of(host, "what runs cannot be stopped");
	return NULL;
}

/* Stopped, each container is as one that never ran. */
static char *check_end(struct host *host, struct ring *ring, const char *defined,
		       const char *undefined)
{
	char *now _cleanup_free_ = NULL, *difference _cleanup_free_ = NULL;
	const char *wrong = NULL;

	for (int i = 0; i < actors_of(ring->race); i++) {
		struct lxc_container *c = host_container(host, ring->race->acts[i].container);
		char *complaint;

		ring->end.is_defined = c->is_defined(c);
		ring->end.is_running = c->is_running(c);
		if (i == 0 || ring->race->judge == both_win)
			wrong = ring->race->judge(&ring->end);
		complaint = stop_whole(host, c);
		api_container_put(c);
		if (complaint)
			return complaint;
	}
	if (wrong)
		return str_printf("%s (%s; %s)", wrong, ring->end.words[0], ring->end.words[1]);
	for (int i = 0; i < actors_of(ring->race); i++)
		if (!ring->end.done[i] && !*ring->end.words[i])
			return str_dup("refused without a word");
	now = host_world(host);
	difference = host_difference(ring->end.is_defined ? defined : undefined, now);
	return difference ? complaint_of(host, difference) : NULL;
}

/* How the host looks with the containers of a race, and without them. */
struct worlds {
	char *defined, *undefined;
};

static void print_call(void *data, const char *line, size_t len)
{
	struct host *host = data;

	printf("%-16s%.*s", fake_running(host->fake), (int)len, line);
}

static void keep_quiet(void *data, const char *line, size_t len)
{
}

static char *run_seed(const struct race *race, uint64_t seed, const struct worlds *worlds)
{
	struct ring ring = { .race = race };
	struct sys_trace trace;
	struct host host;
	char *complaint;

	host_init_options(&host,
			  &(struct fake_options){ .seed = seed,
						  .cgroups = layouts[seed % ARRAY_LEN(layouts)] });
	/* Always there, since a call more or less is another order. */
	sys_trace_init(&trace, host.sys, -1);
	trace.line = getenv("LXC_TRACE") ? print_call : keep_quiet;
	trace.data = &host;
	host.sys = &trace.sys;
	fake_program(host.fake, "/usr/lib/test/actor", run_actor, &ring);
	complaint = prepare(&host, race);
	if (!complaint)
		complaint = run_actors(&host, actors_of(race));
	if (!complaint)
		complaint = check_end(&host, &ring, worlds->defined, worlds->undefined);
	for (int i = 0; complaint && getenv("LXC_SEED") && i < actors_of(race); i++)
		print_message("%d: %d %s\n", i, ring.end.done[i], ring.end.words[i]);
	host_finish(&host);
	return complaint;
}

static void rehearse(const struct race *race, enum fake_cgroups layout, struct worlds *worlds)
{
	struct race quiet = *race;
	struct ring ring = { 0 };
	struct host host;

	host_init_options(&host, &(struct fake_options){ .cgroups = layout });
	fake_program(host.fake, "/usr/lib/test/actor", run_actor, &ring);
	quiet.before = UNDEFINED;
	assert_null(prepare(&host, &quiet));
	worlds->undefined = host_world(&host);
	quiet.before = DEFINED;
	assert_null(prepare(&host, &quiet));
	worlds->defined = host_world(&host);
	host_finish(&host);
}

/* --- all seeds of all races --- */

static const char *only_race;

static uint64_t number_of(const char *variable)
{
	const char *text = getenv(variable);

	return text ? strtoull(text, NULL, 10) : 0;
}

static void tell_and_end(int signo)
{
	(void)signo;
	(void)!write(STDERR_FILENO, command, strlen(command));
	(void)!write(STDERR_FILENO, "\nruns for ever\n", 15);
	_exit(1);
}

static unsigned run_race(const struct race *race)
{
	uint64_t only = number_of("LXC_SEED"), count = number_of("LXC_SEEDS");
	uint64_t first = only ? only : 1, last = only ? only : count ? count : SEEDS;
	struct worlds worlds[ARRAY_LEN(layouts)];
	unsigned bad = 0;

	for (size_t i = 0; i < ARRAY_LEN(layouts); i++)
		rehearse(race, layouts[i], &worlds[i]);
	for (uint64_t seed = first; seed <= last; seed++) {
		char *complaint _cleanup_free_ = NULL;

		(void)snprintf(command, sizeof(command), "LXC_SEED=%llu %s %s",
			       (unsigned long long)seed, program_invocation_name, race->name);
		(void)alarm(SECONDS_MAX);
		complaint = run_seed(race, seed, &worlds[seed % ARRAY_LEN(layouts)]);
		(void)alarm(0);
		if (!complaint)
			continue;
		print_error("%s\n    %s\n", command, complaint);
		bad++;
	}
	for (size_t i = 0; i < ARRAY_LEN(layouts); i++) {
		free(worlds[i].defined);
		free(worlds[i].undefined);
	}
	return bad;
}

static void whoever_runs_when_the_container_is_whole(void **state)
{
	unsigned bad = 0, ran = 0;

	(void)state;
	(void)signal(SIGALRM, tell_and_end);
	for (size_t i = 0; i < ARRAY_LEN(races); i++) {
		if (only_race && !str_eq(only_race, races[i].name))
			continue;
		bad += run_race(&races[i]);
		ran++;
	}
	assert_true(ran > 0);
	assert_int_equal(bad, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whoever_runs_when_the_container_is_whole),
	};

	only_race = argc > 1 ? argv[1] : NULL;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
