/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The fault sweep: every call of every scenario of a container's life fails once with each errno of its row. Afterwards the
 * world is as before (the operation failed, and said why), or as after success (the fault was survived, and the reason stands
 * in the table below), or holds exactly the residue that the next start removes.
 *
 *   sweep list SCENARIO                        every call with its number
 *   sweep [SCENARIO] [CALL [ERRNO-INDEX]]      one scenario, call or point; LXC_SWEEP_STRIDE=N: every Nth call
 */
#include "life/scenarios.h"

#include "sys/trace.h"

#include <errno.h>
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

/*
 * Why a fault is survived. scenario NULL: any; call: what stands in the line of the trace, with * for anything between;
 * number 0: any errno of the call's row. Interrupted calls (EINTR) and substitutes of absent ones (ENOSYS) need no row as long
 * as the world is the same: surviving them is the rule.
 */
struct row {
	const char *scenario;
	const char *call;
	int number;
	const char *reason;
	bool otherwise; /* done in another way: the world differs, and a stop leaves nothing of it */
	bool residue;   /* it fails, and leaves what the next start removes */
	unsigned hits;
};

#include "life/answered.inc"
#include "life/tolerated.inc"

/* --- one point --- */

struct counts {
	unsigned points, refused, repeated, fell_back, answered, tolerated, residue, bad;
};

/* The worlds that a point is measured against. */
struct worlds {
	char *before, *done;
	char *ended; /* after done, and stopped */
};

struct point {
	const struct scenario *scenario;
	unsigned long call;
	unsigned index;
	const struct host *host;
	char line[256]; /* of the trace: the call that was failed */
};

static void keep_line(void *data, const char *line, size_t len)
{
	struct point *point = data;

	if (point->line[0] || !point->host->fault.given)
		return;
	len = len < sizeof(point->line) ? len : sizeof(point->line) - 1;
	memcpy(point->line, line, len);
	point->line[strcspn(point->line, "\n")] = '\0';
}

/* An old kernel is asked by openat for what openat2 would have said: the rows about names are the same. */
static void as_modern(const char *line, char *out, size_t size)
{
	const char *call = strstr(line, " openat(");
	int len = call ? (int)(call - line) : 0;

	if (!call)
		(void)snprintf(out, size, "%s", line);
	else
		(void)snprintf(out, size, "%.*s openat2(%.200s", len, line, call + strlen(" openat("));
}

static struct row *find_row(struct row *rows, size_t count, const struct point *point)
{
	char modern[sizeof(point->line) + 8];

	as_modern(point->line, modern, sizeof(modern));
	for (size_t i = 0; i < count; i++) {
		struct row *row = &rows[i];
		char pattern[256];

		(void)snprintf(pattern, sizeof(pattern), "*%s*", row->call);
		if ((!row->scenario || strcmp(row->scenario, point->scenario->name) == 0) &&
		    (row->number == 0 || row->number == point->host->fault.given) &&
		    (fnmatch(pattern, point->line, 0) == 0 || fnmatch(pattern, modern, 0) == 0))
			return row;
	}
	return NULL;
}

static void complain(const struct point *point, const struct host *host, const char *what, const char *detail)
{
	printf("BAD %s %lu %u: -%s: %s%s%s\n    %s\n", point->scenario->name, point->call, point->index,
	       err_name(host->fault.given), what, detail ? ": " : "", detail ? detail : "", point->line);
}

static bool is_world(struct host *host, const char *expected)
{
	char *now _cleanup_free_ = host_world(host);
	char *difference _cleanup_free_ = host_difference(expected, now);

	return difference == NULL;
}

/* Nothing of the container is left over once it is stopped. */
static bool stop_cleans(struct host *host, struct lxc_container *c, const char *ended)
{
	if (c->is_running(c) && !c->stop(c))
		return false;
	return is_world(host, ended);
}

/* The next start after a residue works and takes the residue with it. */
static bool next_start_cleans(struct host *host, struct lxc_container *c, const char *ended)
{
	if (c->is_running(c) && !c->stop(c))
		return false;
	(void)c->want_daemonize(c, true);
	return c->start(c, 0, NULL) && c->stop(c) && is_world(host, ended);
}

static bool completes(const struct point *point, struct host *host, struct lxc_container *c, const char *done)
{
	return point->scenario->again && point->scenario->run(host, c) == DONE && is_world(host, done);
}

/* It reported success. Which of the counts this is; NULL: a bad one. */
static unsigned *judge_success(const struct point *point, struct host *host, struct lxc_container *c,
			       const struct worlds *worlds, const char *from_done, struct counts *counts)
{
	struct row *answer = find_row(answered, ARRAY_LEN(answered), point);
	struct row *row = answer ? answer : find_row(tolerated, ARRAY_LEN(tolerated), point);

	if (from_done && !(row && row->otherwise && stop_cleans(host, c, worlds->ended)) &&
	    !(row && row->residue && next_start_cleans(host, c, worlds->ended))) {
		complain(point, host, "success, but not done", from_done);
		return NULL;
	}
	if (row)
		row->hits++;
	if (host->fault.given == EINTR)
		return &counts->repeated;
	if (host->fault.given == ENOSYS)
		return &counts->fell_back;
	if (!row) {
		complain(point, host, "survived, and no row says why", NULL);
		return NULL;
	}
	return answer ? &counts->answered : &counts->tolerated;
}

static unsigned *judge_failure(const struct point *point, struct host *host, struct lxc_container *c,
			       enum outcome outcome, const struct worlds *worlds, const char *from_before, struct counts *counts)
{
	const struct scenario *scenario = point->scenario;
	struct row *answer = find_row(answered, ARRAY_LEN(answered), point);
	struct row *row = answer ? answer : find_row(tolerated, ARRAY_LEN(tolerated), point);
	bool worded = outcome == OTHERWISE || c->error_string;

	if (!from_before || (scenario->ends && is_world(host, worlds->done)) ||
	    (scenario->stops && is_world(host, worlds->ended)) || completes(point, host, c, worlds->done)) {
		if (!worded)
			complain(point, host, "failed without a word", NULL);
		return worded ? &counts->refused : NULL;
	}
	if (row && row->residue && next_start_cleans(host, c, worlds->ended)) {
		row->hits++;
		return &counts->residue;
	}
	complain(point, host, "failure, but traces are left", from_before);
	return NULL;
}

/*
 * These two say that a process is gone, and here it is not: what is left of the caller's children falls to a reaper then.
 */
static void reap_as_another(struct host *host)
{
	siginfo_t info = { 0 };

	if (host->fault.given != ECHILD && host->fault.given != EPIPE)
		return;
	while (sys_waitid(fake_sys(host->fake), P_ALL, 0, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0)
		info = (siginfo_t){ 0 };
}

static void judge(const struct point *point, struct host *host, struct lxc_container *c, enum outcome outcome,
		  const struct worlds *worlds, struct counts *counts)
{
	char *now _cleanup_free_ = host_world(host);
	char *from_before _cleanup_free_ = host_difference(worlds->before, now);
	char *from_done _cleanup_free_ = host_difference(worlds->done, now);
	const char *breach = *fake_breaches(host->fake) ? fake_breaches(host->fake) : fake_stuck(host->fake);
	unsigned *count = NULL;

	counts->points++;
	if (*breach)
		complain(point, host, "contract", breach);
	else if (outcome == DONE)
		count = judge_success(point, host, c, worlds, from_done, counts);
	else
		count = judge_failure(point, host, c, outcome, worlds, from_before, counts);
	if (!count)
		count = &counts->bad;
	(*count)++;
}

/* "sweep list SCENARIO": every call with its number, so that a point can be found in the code. */
static void print_call(void *data, const char *line, size_t len)
{
	const struct host *host = data;

	if (!host->fault.paused)
		printf("%lu %.*s", host->fault.calls, (int)len, line);
}

static void list_calls(const struct scenario *scenario)
{
	struct sys_trace trace;
	struct host host;
	struct lxc_container *c;

	host_init_kernel(&host, scenario->cgroups, scenario->kernel);
	sys_trace_init(&trace, host.sys, -1);
	trace.line = print_call;
	trace.data = &host;
	host.sys = &trace.sys;
	c = scenario->set_up(&host);
	host.fault.paused = false;
	(void)scenario->run(&host, c);
	fake_settle(host.fake);
	host.fault.paused = true;
	api_container_put(c);
	host_finish(&host);
}

/* The worlds after an undisturbed run, and the number of calls in it. */
static unsigned long rehearse(const struct scenario *scenario, struct worlds *worlds)
{
	struct host host;
	struct lxc_container *c;
	unsigned long calls;

	host_init_kernel(&host, scenario->cgroups, scenario->kernel);
	c = scenario->set_up(&host);
	host.fault.paused = false;
	if (scenario->run(&host, c) != DONE)
		fail_msg("%s fails undisturbed: %s %s", scenario->name, c->error_string ? c->error_string : "",
			 fake_stuck(host.fake));
	fake_settle(host.fake);
	host.fault.paused = true;
	calls = host.fault.calls;
	worlds->done = host_world(&host);
	if (c->is_running(c))
		assert_true(c->stop(c));
	worlds->ended = host_world(&host);
	api_container_put(c);
	host_finish(&host);
	return calls;
}

/* Whether there was such an errno of such a call. */
static bool run_point(struct point *point, struct worlds *worlds, struct counts *counts)
{
	struct sys_trace trace;
	struct host host;
	struct lxc_container *c;
	enum outcome outcome;
	bool given;

	host_init_kernel(&host, point->scenario->cgroups, point->scenario->kernel);
	sys_trace_init(&trace, host.sys, -1);
	trace.line = keep_line;
	trace.data = point;
	point->host = &host;
	host.sys = &trace.sys;
	c = point->scenario->set_up(&host);
	worlds->before = host_world(&host);
	host.fault.fail_at = point->call;
	host.fault.errno_index = point->index;
	host.fault.paused = false;
	outcome = point->scenario->run(&host, c);
	fake_settle(host.fake);
	host.fault.paused = true;
	given = host.fault.given != 0;
	reap_as_another(&host);
	if (given)
		judge(point, &host, c, outcome, worlds, counts);
	free(worlds->before);
	api_container_put(c);
	host_finish(&host);
	return given;
}

static void print_counts(const struct counts *counts)
{
	printf("%u points: %u refused, %u repeated, %u fell back, %u answered, %u tolerated (%.1f %%), %u with residue, %u bad\n",
	       counts->points, counts->refused, counts->repeated, counts->fell_back, counts->answered, counts->tolerated,
	       counts->points ? 100.0 * counts->tolerated / counts->points : 0.0, counts->residue, counts->bad);
}

static void sweep(const struct scenario *scenario, unsigned long only_call, int only_index, unsigned stride,
		  struct counts *counts)
{
	struct worlds worlds = { NULL };
	unsigned long calls = rehearse(scenario, &worlds);
	struct counts own = { 0 };

	for (unsigned long call = 1; call <= calls; call++) {
		if ((only_call && call != only_call) || call % stride != 0)
			continue;
		for (unsigned index = 0;; index++) {
			struct point point = { .scenario = scenario, .call = call, .index = index };

			if (only_index >= 0 && index != (unsigned)only_index) {
				if (index > (unsigned)only_index)
					break;
				continue;
			}
			if (!run_point(&point, &worlds, &own))
				break;
		}
	}
	free(worlds.done);
	free(worlds.ended);
	printf("sweep %s: %lu calls, ", scenario->name, calls);
	print_counts(&own);
	counts->points += own.points;
	counts->refused += own.refused;
	counts->repeated += own.repeated;
	counts->fell_back += own.fell_back;
	counts->answered += own.answered;
	counts->tolerated += own.tolerated;
	counts->residue += own.residue;
	counts->bad += own.bad;
}

/* How many rows nothing needs any more. */
static unsigned print_rows(const char *title, const struct row *rows, size_t count)
{
	unsigned unused = 0;

	for (size_t i = 0; i < count; i++)
		printf("  %s %4u: %s %s: %s%s\n", title, rows[i].hits, rows[i].call,
		       rows[i].number ? err_name(rows[i].number) : "any", rows[i].reason,
		       rows[i].hits ? "" : " (not needed)");
	for (size_t i = 0; i < count; i++)
		unused += rows[i].hits == 0;
	return unused;
}

static struct {
	const char *scenario;
	unsigned long call;
	int index;
	unsigned stride;
} chosen = { .index = -1, .stride = 1 };

static void every_call_of_every_scenario_may_fail_with_each_errno_of_its_row(void **state)
{
	struct counts counts = { 0 };
	unsigned unused;

	(void)state;
	for (size_t i = 0; scenarios[i].name; i++) {
		if (!chosen.scenario || strcmp(chosen.scenario, scenarios[i].name) == 0)
			sweep(&scenarios[i], chosen.call, chosen.index, chosen.stride, &counts);
	}
	unused = print_rows("answered", answered, ARRAY_LEN(answered));
	unused += print_rows("tolerated", tolerated, ARRAY_LEN(tolerated));
	printf("sweep: ");
	print_counts(&counts);
	assert_true(counts.points > 0);
	assert_true(counts.tolerated * 100 <= counts.points * 3);
	assert_int_equal(counts.bad, 0);
	/* An excuse that nobody needs hides the next mistake. */
	if (chosen.stride == 1 && !chosen.scenario)
		assert_int_equal(unused, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_of_every_scenario_may_fail_with_each_errno_of_its_row),
	};
	const char *stride = getenv("LXC_SWEEP_STRIDE");

	if (argc > 2 && strcmp(argv[1], "list") == 0) {
		for (size_t i = 0; scenarios[i].name; i++) {
			if (strcmp(argv[2], scenarios[i].name) == 0)
				list_calls(&scenarios[i]);
		}
		return 0;
	}
	chosen.scenario = argc > 1 && strcmp(argv[1], "all") != 0 ? argv[1] : NULL;
	chosen.call = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	chosen.index = argc > 3 ? atoi(argv[3]) : -1;
	chosen.stride = stride ? (unsigned)atoi(stride) : 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
