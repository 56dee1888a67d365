/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How long the whole life of a container takes on the model kernel: created, started, entered,
 * stopped, destroyed. This is what a test of a life costs, and how much of a real life's time is
 * ours and not the kernel's.
 *
 * bench_life [RUNS]: prints the median and more of all runs, in milliseconds of processor time.
 * Only a release build's figures mean something.
 */
#include "life/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#define RUNS 500

enum phase { CREATE, START, ATTACH, STOP, DESTROY, WHOLE, PHASE_COUNT };
static const char *const names[PHASE_COUNT] = { "create", "start",   "attach",
						"stop",	  "destroy", "the whole life" };

/* Of the processor: nothing here waits for anything, and others may be busy on the machine. */
static double now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void must(bool done, enum phase phase)
{
	if (done)
		return;
	(void)fprintf(stderr, "bench_life: %s failed\n", names[phase]);
	exit(1);
}

static void live(struct host *host, double times[PHASE_COUNT])
{
	static const char *const words[] = { "/bin/true", NULL };
	struct lxc_container *c = host_container(host, "web");
	double begin = now_ms(), at = begin, then;

	must(c->load_config(c, "/etc/lxc/default.conf") &&
		     c->create(c, HOST_TEMPLATE, NULL, NULL, 0, NULL),
	     CREATE);
#define LAP(phase) (then = at, at = now_ms(), times[phase] = at - then)
	LAP(CREATE);
	must(c->start(c, 0, NULL), START);
	LAP(START);
	must(c->attach_run_wait(c, NULL, "/bin/true", words) == 0, ATTACH);
	LAP(ATTACH);
	must(c->stop(c), STOP);
	LAP(STOP);
	must(c->destroy(c), DESTROY);
	LAP(DESTROY);
	times[WHOLE] = at - begin;
	api_container_put(c);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	size_t runs = argc > 1 ? strtoul(argv[1], NULL, 10) : RUNS;
	double(*times)[PHASE_COUNT] = calloc(runs ? runs : 1, sizeof(*times));
	double *sorted = calloc(runs ? runs : 1, sizeof(*sorted));
	static struct host host;

	if (!runs || !times || !sorted)
		return 1;
	host_init(&host, FAKE_CGROUP_HYBRID);
	for (size_t i = 0; i < runs; i++)
		live(&host, times[i]);
	host_finish(&host);
	printf("%-16s %8s %8s %8s   (ms, %zu runs)\n", "", "median", "least", "90 %", runs);
	for (int phase = 0; phase < PHASE_COUNT; phase++) {
		for (size_t i = 0; i < runs; i++)
			sorted[i] = times[i][phase];
		qsort(sorted, runs, sizeof(*sorted), compare);
		printf("%-16s %8.3f %8.3f %8.3f\n", names[phase], sorted[runs / 2], sorted[0],
		       sorted[runs * 9 / 10]);
	}
	free(times);
	free(sorted);
	return 0;
}
