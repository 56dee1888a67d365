/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life/judge.h"

#include <assert.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

/*
 * Why a fault is survived. scenario: with * too, on any host; NULL: any; call: what stands in the line of the trace, with * for anything between;
 * number 0: any errno of the call's row. Interrupted calls (EINTR), substitutes of absent ones (ENOSYS) and what is done all
 * the same with fewer bytes or processes need no row as long as the world is the same: surviving them is the rule.
 */
struct row {
	const char *scenario;
	const char *call;
	int number;
	const char *reason;
	bool otherwise; /* done in another way: the world differs, and a stop leaves nothing of it */
	bool residue;   /* it fails, and leaves what the next start removes */
};

#include "life/answered.inc"
#include "life/tolerated.inc"

static const struct {
	const char *title;
	const struct row *rows;
	size_t count;
} tables[] = {
	{ "answered", answered, ARRAY_LEN(answered) },
	{ "tolerated", tolerated, ARRAY_LEN(tolerated) },
};
enum { TABLE_ANSWERED, TABLE_TOLERATED };
#define ROWS_MAX 200

/* How often each row was needed, by table; shared with the processes of the points. */
static unsigned (*hits)[ROWS_MAX];

/* How an error is told, and how often each; shared, too. */
enum { WITH_ORIGIN, WITH_ERRNO, PLAIN, WORDS_COUNT };
static unsigned *words;

void judge_init(void)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		assert(tables[i].count <= ROWS_MAX);
	hits = mmap(NULL, ARRAY_LEN(tables) * sizeof(*hits), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	words = mmap(NULL, WORDS_COUNT * sizeof(*words), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert(hits != MAP_FAILED && words != MAP_FAILED);
}

const char *point_fault(const struct point *point, char *buf, size_t size)
{
	if (point->kind == SYS_FAULT_SHORT)
		return "short";
	if (point->kind == SYS_FAULT_DEATH)
		return "death";
	(void)snprintf(buf, size, "%s%s", err_name(point->number), point->kind == SYS_FAULT_FOREVER ? "!" : "");
	return buf;
}

void judge_complain(const struct point *point, const char *what, const char *detail)
{
	char fault[32];

	printf("BAD %s %lu %s: %s%s%s\n    %s\n", point->scenario->name, point->call,
	       point_fault(point, fault, sizeof(fault)), what, detail ? ": " : "", detail ? detail : "", point->line);
}

/* --- words --- */

/* What needs no errno: facts about the container, and processes that are gone. */
static const char *const facts[] = {
	"the supervisor ended",
	"the container stopped instead of rebooting",
	"the attaching process ended",
	"has just ended",
	"did not stop within",
	"did not reboot within",
	"is running",
	"is already running",
	"is not running",
	"is not defined",
	"is being created",
	"was removed while it was being created",
	"holds no plan",
	"is not an executable file",
	"lxc-busybox failed with status",
	" ended, or does not know its ",
};

/* Names what failed: the step and who asked for it, or the call and its errno, or a fact. False: none of these. */
static bool is_told(const char *text)
{
	int how = strstr(text, "\n  from ") ? WITH_ORIGIN : strstr(text, " failed: ") && strstr(text, "(E") ? WITH_ERRNO : PLAIN;
	bool told = how != PLAIN;

	for (size_t i = 0; !told && i < ARRAY_LEN(facts); i++)
		told = strstr(text, facts[i]) != NULL;
	(void)__atomic_add_fetch(&words[how], 1, __ATOMIC_RELAXED);
	return told;
}

/* --- rows --- */

/* A scenario and its sister on another host. */
static bool is_meant(const char *scenario, const char *name)
{
	char base[32];

	(void)snprintf(base, sizeof(base), "%s", name);
	if (strlen(base) > strlen("-unified") && strcmp(base + strlen(base) - strlen("-unified"), "-unified") == 0)
		base[strlen(base) - strlen("-unified")] = '\0';
	return !scenario || fnmatch(scenario, base, 0) == 0;
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

static bool matches(const struct row *row, const struct point *point)
{
	char pattern[256], modern[sizeof(point->line) + 8];

	as_modern(point->line, modern, sizeof(modern));
	(void)snprintf(pattern, sizeof(pattern), "*%s*", row->call);
	return is_meant(row->scenario, point->scenario->name) &&
	       (row->number == 0 || row->number == point->number) &&
	       (fnmatch(pattern, point->line, 0) == 0 || fnmatch(pattern, modern, 0) == 0);
}

static const struct row *find_in(size_t table, const struct point *point)
{
	for (size_t i = 0; i < tables[table].count; i++)
		if (matches(&tables[table].rows[i], point))
			return &tables[table].rows[i];
	return NULL;
}

/* Why it may survive; NULL: no reason. *table_out: where the row stands. */
static const struct row *find_row(const struct point *point, size_t *table_out)
{
	const struct row *row = find_in(TABLE_ANSWERED, point);

	*table_out = row ? TABLE_ANSWERED : TABLE_TOLERATED;
	return row ? row : find_in(TABLE_TOLERATED, point);
}

static void hit(const struct row *row, size_t table)
{
	(void)__atomic_add_fetch(&hits[table][row - tables[table].rows], 1, __ATOMIC_RELAXED);
}

unsigned judge_print_rows(void)
{
	unsigned unused = 0;

	for (size_t table = 0; table < ARRAY_LEN(tables); table++) {
		for (size_t i = 0; i < tables[table].count; i++) {
			const struct row *row = &tables[table].rows[i];
			unsigned count = hits[table][i];

			printf("  %s %4u: %s %s: %s%s\n", tables[table].title, count, row->call,
			       row->number ? err_name(row->number) : "any", row->reason, count ? "" : " (not needed)");
			unused += count == 0;
		}
	}
	printf("sweep words: %u with the origin of a step, %u with the errno of a call, %u plain facts\n",
	       words[WITH_ORIGIN], words[WITH_ERRNO], words[PLAIN]);
	return unused;
}

/* --- afterwards --- */

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

/* The next start works and takes with it what was left. */
static bool next_start_cleans(struct host *host, struct lxc_container *c, const char *ended)
{
	if (c->is_running(c) && !c->stop(c))
		return false;
	(void)c->want_daemonize(c, true);
	return c->start(c, 0, NULL) && strcmp(c->state(c), "RUNNING") == 0 && c->stop(c) && is_world(host, ended);
}

static bool completes(const struct point *point, struct host *host, struct lxc_container *c, const char *done)
{
	return point->scenario->run(host, c) == DONE && is_world(host, done);
}

/* So does the next program that tries: a new object takes away what an unfinished creation left. */
static bool completes_anew(const struct point *point, struct host *host, const char *done)
{
	struct lxc_container *c = host_container(host, "web");
	bool ok = (c->lxc_conf || c->load_config(c, "/etc/lxc/default.conf")) && completes(point, host, c, done);

	api_container_put(c);
	return ok;
}

/* What comes next works as if nothing had been. */
static bool goes_on(const struct point *point, struct host *host, struct lxc_container *c, const struct worlds *worlds)
{
	return point->scenario->again ? completes(point, host, c, worlds->done)
				      : next_start_cleans(host, c, worlds->ended);
}

/* --- what is left --- */

static bool has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *at = strstr(text, line); at; at = strstr(at + 1, line))
		if ((at == text || at[-1] == '\n') && at[len] == '\n')
			return true;
	return false;
}

/* The name of what a line of the world is about: "lxc/web" of a cgroup, "lxc.hold" of a file. */
static void name_of(const char *line, char *buf, size_t size)
{
	const char *path = strchr(line, '/');
	size_t len = path ? strcspn(path, ": ") : 0;
	const char *last;

	(void)snprintf(buf, size, "%.*s", (int)len, path ? path : line);
	len = strlen(buf);
	if (len > 0 && buf[len - 1] == '/')
		buf[len - 1] = '\0';
	last = strrchr(buf, '/');
	if (last && !str_starts(line, "cgroup "))
		memmove(buf, last + 1, strlen(last));
}

/* The first line that is in no world that should be and that the log does not name; free() it. NULL: none. */
static char *find_unreported(struct host *host, const struct worlds *worlds, const char *now)
{
	char *log _cleanup_free_ = fake_text(host->fake, HOST_LOG);
	char *copy _cleanup_free_ = str_dup(now), *rest = copy;
	char name[256];

	for (char *line; (line = str_next_word(&rest, "\n"));) {
		if (has_line(worlds->before, line) || has_line(worlds->done, line) || has_line(worlds->ended, line))
			continue;
		name_of(line, name, sizeof(name));
		if (!log || !strstr(log, name))
			return str_dup(line);
	}
	return NULL;
}

/* --- judgement --- */

static enum verdict complain(const struct point *point, const char *what, const char *detail)
{
	judge_complain(point, what, detail);
	return BAD;
}

static enum verdict complain_next(const struct point *point, struct host *host, struct lxc_container *c,
				  const struct worlds *worlds)
{
	char *now _cleanup_free_ = host_world(host);
	char *difference _cleanup_free_ =
		host_difference(point->scenario->again ? worlds->done : worlds->ended, now);

	printf("    last words: %s\n", c->error_string ? c->error_string : "");
	return complain(point, "failed, and what comes next does not go as usual", difference);
}

/* What comes next took it away. That something broken is left has to be told. */
static enum verdict left_over(const struct point *point, const char *unreported)
{
	if (point->kind == SYS_FAULT_FOREVER && unreported)
		return complain(point, "something is left, and nobody says so", unreported);
	return RESIDUE;
}

/* It reported success. */
static enum verdict judge_success(const struct point *point, struct host *host, struct lxc_container *c,
				  const struct worlds *worlds, const char *from_done, const char *unreported)
{
	size_t table;
	const struct row *row = find_row(point, &table);

	if (from_done && !(row && row->otherwise && stop_cleans(host, c, worlds->ended)) &&
	    !(row && row->residue && next_start_cleans(host, c, worlds->ended))) {
		/* Who died after the answer took the container along; and what is broken may keep something from its end. */
		if ((point->kind == SYS_FAULT_DEATH || (point->kind == SYS_FAULT_FOREVER && point->scenario->ends)) &&
		    goes_on(point, host, c, worlds))
			return left_over(point, unreported);
		return complain(point, "success, but not done", from_done);
	}
	if (row)
		hit(row, table);
	if (point->number == EINTR || (point->number == 0 && !row))
		return REPEATED;
	if (point->number == ENOSYS)
		return FELL_BACK;
	if (!row)
		return complain(point, "survived, and no row says why", NULL);
	return table == TABLE_ANSWERED ? ANSWERED : TOLERATED;
}

static enum verdict judge_failure(const struct point *point, struct host *host, struct lxc_container *c,
				  enum outcome outcome, const struct worlds *worlds, const char *from_before,
				  const char *unreported)
{
	const struct scenario *scenario = point->scenario;
	size_t table;
	const struct row *row = find_row(point, &table);
	bool clean;
	char said[256] = "";

	if (outcome != OTHERWISE && !c->error_string)
		return complain(point, "failed without a word", NULL);
	if (c->error_string && !is_told(c->error_string))
		return complain(point, "the words do not say what failed", c->error_string);
	if (c->error_string)
		(void)snprintf(said, sizeof(said), "%s", c->error_string);
	clean = !from_before || (scenario->ends && is_world(host, worlds->done)) ||
		(scenario->stops && is_world(host, worlds->ended));
	/* What is gone for good cannot be made to go again. */
	if ((scenario->ends && scenario->again && is_world(host, worlds->done)) || goes_on(point, host, c, worlds)) {
		if (clean || scenario->again)
			return REFUSED;
		if (row && row->residue)
			hit(row, table);
		if ((row && row->residue) || point->kind == SYS_FAULT_FOREVER || point->kind == SYS_FAULT_DEATH)
			return left_over(point, unreported);
	} else if (clean) {
		return complain_next(point, host, c, worlds);
	}
	if (point->kind == SYS_FAULT_FOREVER && scenario->again && completes_anew(point, host, worlds->done))
		return RESIDUE;
	printf("    said: %s\n    then: %s\n", said, c->error_string ? c->error_string : "");
	return complain(point, "failure, but traces are left", from_before);
}

enum verdict judge(const struct point *point, struct host *host, struct lxc_container *c, enum outcome outcome,
		   const struct worlds *worlds)
{
	char *now _cleanup_free_ = host_world(host);
	char *from_before _cleanup_free_ = host_difference(worlds->before, now);
	char *from_done _cleanup_free_ = host_difference(worlds->done, now);
	const char *breach = *fake_breaches(host->fake) ? fake_breaches(host->fake) : fake_stuck(host->fake);
	char *unreported _cleanup_free_ = find_unreported(host, worlds, now);
	const char *state = point->scenario->state;

	if (*breach)
		return complain(point, "contract", breach);
	if (outcome == DONE && state && point->kind != SYS_FAULT_DEATH && strcmp(c->state(c), state) != 0)
		return complain(point, "done, but the state is", c->state(c));
	if (outcome == DONE)
		return judge_success(point, host, c, worlds, from_done, unreported);
	return judge_failure(point, host, c, outcome, worlds, from_before, unreported);
}

enum verdict judge_end(const struct point *point, int wait_status)
{
	return complain(point,
			WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGALRM ? "it hangs" : "it crashed", NULL);
}
