/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The fault sweep: every call of every scenario of a container's life is disturbed in every way: it fails once with each errno
 * of its row, fails with it from then on, moves a part of its bytes, or its process is killed before it. Afterwards the
 * operation has failed, said why and left nothing, or was done all the same, for a reason that stands in a table; and the next
 * start works and takes away what a killed process or a broken object left.
 *
 *   sweep list SCENARIO                     every call with its number
 *   sweep [SCENARIO] [CALL [FAULT]]         one scenario, call or point; FAULT: EIO, EIO! (from then on), short, death
 *
 * LXC_SWEEP_STRIDE=N: every Nth point. Points run in processes of their own, from copies of one world: one that hangs or
 * crashes is a bad point and no more. LXC_SWEEP_JOBS: so many at once.
 */
#include "life/judge.h"

#include "sys/trace.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define CALLS_MAX 4096
#define WORLD_MAX (1 << 18)
#define PATIENCE_S 10
#define JOBS_MAX 64
#define KINDS (SYS_FAULT_DEATH + 1)

static const char *const kind_names[KINDS] = { "once", "forever", "short", "death" };

/* --- what the processes share --- */

struct counts {
	unsigned of[KINDS][VERDICT_COUNT];
};

/* What an undisturbed run shows. */
struct rehearsal {
	bool done;
	unsigned long calls;
	struct sys_fault_call log[CALLS_MAX];
	char ended[WORLD_MAX], world[WORLD_MAX];
};

static struct shared {
	struct counts counts;
	struct rehearsal rehearsal;
	struct point points[JOBS_MAX]; /* that run now */
} *shared;

static struct {
	const char *scenario, *fault;
	unsigned long call;
	unsigned stride, jobs;
} chosen = { .stride = 1, .jobs = 2 };

/* --- a world, and what happens in it --- */

struct stage {
	struct host host;
	struct sys_trace trace;
	struct lxc_container *c;
	struct point *point; /* NULL: undisturbed */
	bool lists;
	pid_t caller;
};

static void set_stage(struct stage *stage, const struct scenario *scenario)
{
	*stage = (struct stage){ .c = NULL };
	host_init_kernel(&stage->host, scenario->cgroups, scenario->kernel);
	sys_trace_init(&stage->trace, stage->host.sys, -1);
	stage->host.sys = &stage->trace.sys;
	stage->trace.data = stage;
	stage->caller = sys_getpid(stage->host.sys);
	host_log(&stage->host);
	stage->c = scenario->set_up(&stage->host);
}

static void strike_stage(struct stage *stage)
{
	api_container_put(stage->c);
	host_finish(&stage->host);
}

/* The first process of the container, which has the supervisor's name until it is another program, is the child. */
static const char *who(const struct stage *stage)
{
	struct fake *fake = stage->host.fake;
	pid_t pid = sys_getpid(fake_sys(fake));

	return pid == stage->caller ? "caller" : pid == 1 ? "child" : fake_running(fake);
}

static void take_line(void *data, const char *line, size_t len)
{
	struct stage *stage = data;
	struct point *point = stage->point;
	const char *call;

	if (stage->lists && !stage->host.fault.paused)
		printf("%lu %.*s", stage->host.fault.calls, (int)len, line);
	if (!point)
		return;
	stage->trace.line = NULL;
	/* Numbers of processes change with whatever the host starts before: it is said by its name. */
	call = memchr(line, '+', len);
	call = call ? memchr(call, ' ', len - (size_t)(call - line)) : NULL;
	(void)snprintf(point->line, sizeof(point->line), "%s%.*s", who(stage),
		       call ? (int)(len - (size_t)(call - line)) : 0, call);
	point->line[strcspn(point->line, "\n")] = '\0';
}

/* The disturbed call is the next that the trace hears of; lines that nobody reads take half of the time. */
static void strike(void *data)
{
	struct stage *stage = data;

	if (stage->host.fault.kind == SYS_FAULT_DEATH) {
		(void)snprintf(stage->point->line, sizeof(stage->point->line), "killed %s at %s",
			       who(stage), stage->host.fault.op);
		fake_die(stage->host.fake);
	} else {
		stage->trace.line = take_line;
	}
}

static enum outcome perform(struct stage *stage, const struct scenario *scenario)
{
	enum outcome outcome;

	if (stage->lists)
		stage->trace.line = take_line;
	stage->host.fault.paused = false;
	outcome = scenario->run(&stage->host, stage->c);
	/* Whoever looks again after a pause, or tries a hundred times, has done so then. */
	fake_advance(stage->host.fake, 60000);
	stage->host.fault.paused = true;
	return outcome;
}

/* --- in processes of their own --- */

/* A crash is told by how the process ends: cmocka's handlers would go on with its tests there. */
static pid_t begin(void)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGSYS };
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	for (size_t i = 0; pid == 0 && i < ARRAY_LEN(crashes); i++)
		(void)signal(crashes[i], SIG_DFL);
	return pid;
}

static _noreturn_ void leave(void)
{
	(void)fflush(stdout);
	_exit(0);
}

static void keep_world(struct host *host, char *buf)
{
	char *world _cleanup_free_ = host_world(host);

	assert_true(strlen(world) < WORLD_MAX);
	(void)snprintf(buf, WORLD_MAX, "%s", world);
}

static void rehearse(struct stage *stage, const struct scenario *scenario)
{
	struct rehearsal *rehearsal = &shared->rehearsal;
	struct sys_fault *fault = &stage->host.fault;

	fault->log = rehearsal->log;
	fault->log_size = CALLS_MAX;
	if (perform(stage, scenario) != DONE) {
		printf("%s fails undisturbed: %s %s\n", scenario->name,
		       stage->c->error_string ? stage->c->error_string : "", fake_stuck(stage->host.fake));
		leave();
	}
	rehearsal->calls = fault->calls;
	keep_world(&stage->host, rehearsal->world);
	if (stage->c->is_running(stage->c) && !stage->c->stop(stage->c))
		leave();
	keep_world(&stage->host, rehearsal->ended);
	rehearsal->done = true;
	leave();
}

/* These two say that a process is gone, and here it is not: what is left of the caller's children falls to a reaper then. */
static void reap_as_another(struct host *host)
{
	siginfo_t info = { 0 };

	if (host->fault.given != ECHILD && host->fault.given != EPIPE)
		return;
	while (sys_waitid(fake_sys(host->fake), P_ALL, 0, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0)
		info = (siginfo_t){ 0 };
}

static void run_point(struct stage *stage, struct point *point, const struct worlds *worlds)
{
	struct sys_fault *fault = &stage->host.fault;
	enum outcome outcome;
	enum verdict verdict;

	alarm(PATIENCE_S);
	stage->point = point;
	fault->kind = point->kind;
	fault->fail_at = point->call;
	fault->errno_index = point->index;
	fault->short_len = point->short_len;
	fault->strike = strike;
	fault->strike_data = stage;
	outcome = perform(stage, point->scenario);
	reap_as_another(&stage->host);
	/* Not reached: a call that moves all or nothing, or the caller's own death. */
	if (fault->op) {
		verdict = judge(point, &stage->host, stage->c, outcome, worlds);
		(void)__atomic_add_fetch(&shared->counts.of[point->kind][verdict], 1, __ATOMIC_RELAXED);
	} else if (point->kind == SYS_FAULT_ERRNO || point->kind == SYS_FAULT_FOREVER) {
		judge_complain(point, "the call was not made", NULL);
		(void)__atomic_add_fetch(&shared->counts.of[point->kind][BAD], 1, __ATOMIC_RELAXED);
	}
	leave();
}

/* --- who runs now --- */

static pid_t running[JOBS_MAX];

/* Waits until one of them has ended. */
static void reap_point(void)
{
	int status = 0;
	pid_t pid = waitpid(-1, &status, 0);

	assert_true(pid > 0);
	for (size_t i = 0; i < JOBS_MAX; i++) {
		const struct point *point = &shared->points[i];

		if (running[i] != pid)
			continue;
		running[i] = 0;
		if (status != 0)
			shared->counts.of[point->kind][judge_end(point, status)]++;
	}
}

static size_t free_place(void)
{
	for (;;) {
		for (size_t i = 0; i < chosen.jobs; i++)
			if (running[i] == 0)
				return i;
		reap_point();
	}
}

static void reap_all_points(void)
{
	for (size_t i = 0; i < JOBS_MAX; i++)
		while (running[i] != 0)
			reap_point();
}

static void start_point(struct stage *stage, const struct point *point, const struct worlds *worlds)
{
	size_t place = free_place();
	pid_t pid;

	shared->points[place] = *point;
	pid = begin();
	if (pid == 0)
		run_point(stage, &shared->points[place], worlds);
	running[place] = pid;
}

/* --- which points there are --- */

struct sweep {
	struct stage *stage;
	struct worlds worlds;
	unsigned long number; /* of points so far */
};

static void offer(struct sweep *sweep, const struct point *point)
{
	char fault[32];

	if (chosen.fault && strcmp(chosen.fault, point_fault(point, fault, sizeof(fault))) != 0)
		return;
	if (sweep->number++ % chosen.stride == 0)
		start_point(sweep->stage, point, &sweep->worlds);
}

static bool moves_bytes(const char *op)
{
	static const char *const ops[] = { "read", "write", "pread", "pwrite", "sendmsg", "recvmsg" };

	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		if (strcmp(op, ops[i]) == 0)
			return true;
	return false;
}

/*
 * What speaks of one moment, or of one peer, does not stay; and a supervisor that can never hear anything again is one that
 * hangs: no caller can tell, and stop waits without limit by contract.
 */
static bool is_for_once(const char *op, int number)
{
	static const struct {
		const char *op; /* NULL: any */
		int number;
	} moments[] = {
		{ NULL, EINTR },
		{ NULL, EAGAIN },
		{ NULL, ECONNREFUSED },
		{ NULL, ECONNRESET },
		{ NULL, EPIPE },
		{ "accept4", ECONNABORTED },
		{ "accept4", EMFILE },
		{ "poll", ENOMEM },
	};

	for (size_t i = 0; i < ARRAY_LEN(moments); i++)
		if (number == moments[i].number && (!moments[i].op || strcmp(op, moments[i].op) == 0))
			return true;
	return false;
}

static void offer_call(struct sweep *sweep, const struct scenario *scenario, unsigned long number)
{
	const struct sys_fault_call *call = &shared->rehearsal.log[number - 1];
	struct point point = { .scenario = scenario, .call = number };

	for (point.index = 0; point.index < call->errno_count; point.index++) {
		point.number = call->errnos[point.index];
		point.kind = SYS_FAULT_ERRNO;
		offer(sweep, &point);
		point.kind = SYS_FAULT_FOREVER;
		if (!is_for_once(call->op, point.number))
			offer(sweep, &point);
	}
	point.number = 0;
	point.short_len = call->result > 1 ? (size_t)call->result / 2 : 0;
	point.kind = SYS_FAULT_SHORT;
	if (point.short_len > 0 && moves_bytes(call->op))
		offer(sweep, &point);
	point.kind = SYS_FAULT_DEATH;
	if (call->pid != sys_getpid(fake_sys(sweep->stage->host.fake)))
		offer(sweep, &point);
}

static unsigned sum(const struct counts *counts, unsigned kind)
{
	unsigned points = 0;

	for (unsigned i = 0; i < VERDICT_COUNT; i++)
		points += counts->of[kind][i];
	return points;
}

static void print_counts(const char *title, const struct counts *counts)
{
	for (unsigned kind = 0; kind < KINDS; kind++) {
		const unsigned *of = counts->of[kind];

		if (sum(counts, kind) > 0)
			printf("sweep %s: %s: %u points: %u refused, %u repeated, %u fell back, %u answered, %u tolerated, "
			       "%u with residue, %u bad\n",
			       title, kind_names[kind], sum(counts, kind), of[REFUSED], of[REPEATED], of[FELL_BACK],
			       of[ANSWERED], of[TOLERATED], of[RESIDUE], of[BAD]);
	}
}

static void sweep_scenario(const struct scenario *scenario, struct counts *total)
{
	static struct stage stage;
	struct sweep sweep = { .stage = &stage };
	int status;
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	set_stage(&stage, scenario);
	sweep.worlds = (struct worlds){ host_world(&stage.host), shared->rehearsal.world, shared->rehearsal.ended };
	pid = begin();
	if (pid == 0)
		rehearse(&stage, scenario);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(shared->rehearsal.done);
	assert_true(shared->rehearsal.calls <= CALLS_MAX);
	for (unsigned long call = 1; call <= shared->rehearsal.calls; call++)
		if (!chosen.call || call == chosen.call)
			offer_call(&sweep, scenario, call);
	reap_all_points();
	printf("sweep %s: %lu calls\n", scenario->name, shared->rehearsal.calls);
	print_counts(scenario->name, &shared->counts);
	for (unsigned i = 0; i < KINDS * VERDICT_COUNT; i++)
		total->of[i / VERDICT_COUNT][i % VERDICT_COUNT] += shared->counts.of[i / VERDICT_COUNT][i % VERDICT_COUNT];
	free(sweep.worlds.before);
	strike_stage(&stage);
}

static void every_call_of_every_scenario_may_be_disturbed(void **state)
{
	struct counts counts = { 0 };
	unsigned points = 0, tolerated = 0, bad = 0, unused;

	(void)state;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(shared != MAP_FAILED);
	judge_init();
	for (size_t i = 0; scenarios[i].name; i++)
		if (!chosen.scenario || strcmp(chosen.scenario, scenarios[i].name) == 0)
			sweep_scenario(&scenarios[i], &counts);
	unused = judge_print_rows();
	print_counts("all", &counts);
	for (unsigned kind = 0; kind < KINDS; kind++) {
		points += sum(&counts, kind);
		tolerated += counts.of[kind][TOLERATED];
		bad += counts.of[kind][BAD];
	}
	printf("sweep all: %u points, %u tolerated (%.1f %%), %u bad\n", points, tolerated,
	       points ? 100.0 * tolerated / points : 0.0, bad);
	assert_true(points > 0);
	assert_true(tolerated * 100 <= points * 3);
	assert_int_equal(bad, 0);
	/* An excuse that nobody needs hides the next mistake. */
	if (chosen.stride == 1 && !chosen.scenario)
		assert_int_equal(unused, 0);
}

/* "sweep list SCENARIO": every call with its number, so that a point can be found in the code. */
static int list_calls(const char *name)
{
	static struct stage stage;

	for (size_t i = 0; scenarios[i].name; i++) {
		if (strcmp(name, scenarios[i].name) != 0)
			continue;
		set_stage(&stage, &scenarios[i]);
		stage.lists = true;
		(void)perform(&stage, &scenarios[i]);
		strike_stage(&stage);
	}
	return 0;
}

static unsigned number_from(const char *name, unsigned otherwise, unsigned most)
{
	const char *text = getenv(name);
	unsigned long number = text ? strtoul(text, NULL, 10) : otherwise;

	return number < 1 ? 1 : number > most ? most : (unsigned)number;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_of_every_scenario_may_be_disturbed),
	};

	if (argc > 2 && strcmp(argv[1], "list") == 0)
		return list_calls(argv[2]);
	chosen.scenario = argc > 1 && strcmp(argv[1], "all") != 0 ? argv[1] : NULL;
	chosen.call = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	chosen.fault = argc > 3 ? argv[3] : NULL;
	chosen.stride = number_from("LXC_SWEEP_STRIDE", 1, 1000000);
	chosen.jobs = number_from("LXC_SWEEP_JOBS", (unsigned)sysconf(_SC_NPROCESSORS_ONLN), JOBS_MAX);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
