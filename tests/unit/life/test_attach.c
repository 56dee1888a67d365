/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each option of attach() changes, as the attached program sees it, and nothing stays behind.
 */
#include "life/host.h"
#include "life/inside.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#define PROGRAM "/bin/true"
#define HOST_PROGRAM "/usr/lib/test/true"

struct stage {
	struct host host;
	struct inside inside;
	struct lxc_container *c;
	char *world;
};

static int set_up(void **state)
{
	static struct stage stage;
	struct host *host = &stage.host;
	struct sys *sys;

	host_init(host, FAKE_CGROUP_HYBRID);
	sys = host->sys;
	inside_init(&stage.inside, sys);
	fake_program(host->fake, HOST_PROGRAM, inside_main, &stage.inside);
	fake_file(host->fake, "/srv/words", "words\n", 0644);
	stage.c = host_created(host, "web");
	assert_true(stage.c->set_config_item(stage.c, "lxc.environment", "COLOUR=blue"));
	assert_true(stage.c->set_config_item(stage.c, "lxc.prlimit.nofile", "64:128"));
	assert_true(stage.c->set_config_item(stage.c, "lxc.proc.oom_score_adj", "10"));
	assert_true(stage.c->set_config_item(stage.c, "lxc.arch", "i686"));
	assert_true(stage.c->start(stage.c, 0, NULL));
	/* A descriptor for whoever is given one. */
	assert_int_equal(sys_openat(sys, AT_FDCWD, "/srv/words", O_RDWR | O_CLOEXEC, 0), 3);
	stage.world = host_world(host);
	*state = &stage;
	return 0;
}

static int tear_down(void **state)
{
	struct stage *stage = *state;

	free(stage->world);
	inside_finish(&stage->inside);
	api_container_put(stage->c);
	host_finish(&stage->host);
	return 0;
}

/* Whether a whole line of the report is this one. */
static bool is_seen(const struct stage *stage, const char *line)
{
	char *with_ends _cleanup_free_ = str_printf("\n%s\n", line);
	char *report _cleanup_free_ = str_printf("\n%s", str_text(&stage->inside.report));

	return strstr(report, with_ends) != NULL;
}

/* Lines that must be seen, and such that must not, "|" between. */
static void assert_seen(const struct stage *stage, const char *lines, bool seen, const char *what)
{
	char *copy _cleanup_free_ = str_dup(lines ? lines : ""), *rest = copy, *line;

	while ((line = str_next_word(&rest, "|")))
		if (*line && is_seen(stage, line) != seen)
			fail_msg("%s: \"%s\" %s:\n%s", what, line, seen ? "is missing" : "is there",
				 str_text(&stage->inside.report));
}

static gid_t groups[] = { 5, 20 };
static char *extra[] = { (char *)"A=b", (char *)"COLOUR=red", NULL };
static char *keep[] = { (char *)"HOME", NULL };

/* What is other than by default; 0: nothing. */
struct change {
	int on, off, namespaces;
	uid_t uid;
	gid_t gid;
	bool has_groups, plain, clear, has_extra;
	const char *cwd, *streams; /* "IN OUT ERROR" */
	const char *program;
};

static lxc_attach_options_t options_of(const struct change *change)
{
	lxc_attach_options_t options = LXC_ATTACH_OPTIONS_DEFAULT;

	options.attach_flags = (options.attach_flags | change->on) & ~change->off;
	options.namespaces = change->namespaces ? change->namespaces : -1;
	options.uid = change->uid ? change->uid : (uid_t)-1;
	options.gid = change->gid ? change->gid : (gid_t)-1;
	if (change->has_groups)
		options.groups = (lxc_groups_t){ ARRAY_LEN(groups), groups };
	if (change->plain)
		options.personality = 0;
	if (change->clear)
		options.env_policy = LXC_ATTACH_CLEAR_ENV;
	if (change->has_extra) {
		options.extra_keep_env = keep;
		options.extra_env_vars = extra;
	}
	options.initial_cwd = (char *)change->cwd;
	if (change->streams)
		assert_int_equal(sscanf(change->streams, "%d %d %d", &options.stdin_fd,
					&options.stdout_fd, &options.stderr_fd),
				 3);
	return options;
}

static const struct {
	const char *what;
	struct change change;
	const char *has, *lacks;
} cases[] = {
	{ "by default all is the container's",
	  { 0 },
	  "Uid 0 0 0 0|Gid 0 0 0 0|Groups|CapBnd 000001fcfdfeffff|NoNewPrivs 0|cwd /|nofile 64 128|"
	  "personality 00000008|oom_score_adj 10|variable HOME=/root|variable COLOUR=blue|"
	  "variable container=lxc|namespace net own|namespace cgroup own|cgroup pids:/|fd 0 "
	  "/dev/null",
	  "fd 3 /srv/words" },
	{ "another user has no capabilities",
	  { .uid = 1000, .gid = 1001 },
	  "Uid 1000 1000 1000 1000|Gid 1001 1001 1001 1001|Groups|CapEff 0000000000000000",
	  NULL },
	{ "groups that are asked for",
	  { .on = LXC_ATTACH_SETGROUPS, .has_groups = true },
	  "Groups 5 20",
	  NULL },
	{ "groups that nobody asked for", { .has_groups = true }, "Groups", "Groups 5 20" },
	{ "a clear environment",
	  { .clear = true },
	  "variable PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin|"
	  "variable container=lxc|variable COLOUR=blue",
	  "variable HOME=/root" },
	{ "what is kept of the environment, and what is added",
	  { .clear = true, .has_extra = true },
	  "variable HOME=/root|variable A=b|variable COLOUR=red",
	  "variable COLOUR=blue" },
	{ "a directory inside", { .cwd = "/tmp" }, "cwd /tmp", NULL },
	{ "a directory that is not there", { .cwd = "/srv" }, "cwd /", NULL },
	{ "all capabilities",
	  { .off = LXC_ATTACH_DROP_CAPABILITIES },
	  "CapBnd 000001ffffffffff|CapEff 000001ffffffffff",
	  NULL },
	{ "no new privileges", { .on = LXC_ATTACH_NO_NEW_PRIVS }, "NoNewPrivs 1", NULL },
	{ "a personality of its own", { .plain = true }, "personality 00000000", NULL },
	{ "the caller's personality",
	  { .off = LXC_ATTACH_SET_PERSONALITY },
	  "personality 00000000",
	  NULL },
	/* And his cgroup namespace: his cgroup would lie outside of the other's root. */
	{ "the caller's cgroup",
	  { .off = LXC_ATTACH_MOVE_TO_CGROUP },
	  "namespace cgroup host's|namespace pid own|cgroup pids:/",
	  NULL },
	{ "the container's cgroup, seen from the host",
	  { .namespaces = CLONE_NEWPID, .program = HOST_PROGRAM },
	  "namespace cgroup host's|cgroup pids:/lxc/web|cgroup 0::/lxc/web",
	  NULL },
	{ "some namespaces only",
	  { .namespaces = CLONE_NEWNET | CLONE_NEWUTS, .program = HOST_PROGRAM },
	  "namespace net own|namespace uts own|namespace mnt host's|namespace pid host's|"
	  "hostname web|process 100",
	  NULL },
	{ "a /proc of the container's processes",
	  { .on = LXC_ATTACH_REMOUNT_PROC_SYS,
	    .namespaces = CLONE_NEWPID | CLONE_NEWNET,
	    .program = HOST_PROGRAM },
	  "namespace mnt own|namespace pid own|process 1|mount /proc / rw,relatime - proc none rw",
	  "process 100" },
	{ "another standard input",
	  { .streams = "3 1 2" },
	  "fd 0 /srv/words|fd 1 /dev/null",
	  "fd 3 /srv/words" },
	{ "one for all three",
	  { .streams = "3 3 3" },
	  "fd 0 /srv/words|fd 1 /srv/words|fd 2 /srv/words",
	  "fd 3 /srv/words" },
	{ "crossed",
	  { .streams = "3 0 1" },
	  "fd 0 /srv/words|fd 1 /dev/null|fd 2 /dev/null",
	  NULL },
	{ "none given",
	  { .streams = "-1 -1 -1" },
	  "fd 0 /dev/null|fd 1 /dev/null|fd 2 /dev/null",
	  NULL },
};

static void each_option_changes_what_it_says(void **state)
{
	struct stage *stage = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		lxc_attach_options_t options = options_of(&cases[i].change);
		const char *program = cases[i].change.program ? cases[i].change.program : PROGRAM;
		const char *const words[] = { program, NULL };
		unsigned looks = stage->inside.looks;
		int ret = stage->c->attach_run_wait(stage->c, &options, program, words);

		if (ret != 0 || stage->inside.looks != looks + 1)
			fail_msg("%s: %d %s", cases[i].what, ret, stage->c->error_string);
		assert_seen(stage, cases[i].has, true, cases[i].what);
		assert_seen(stage, cases[i].lacks, false, cases[i].what);
		host_assert_world(&stage->host, stage->world, cases[i].what);
	}
}

/* In its place is the container's /dev/null, not the first file that we open on our way. */
static void a_closed_stream_is_filled_and_closed_again(void **state)
{
	struct stage *stage = *state;
	const char *const words[] = { PROGRAM, NULL };
	struct sys *sys = stage->host.sys;

	for (int fd = 0; fd < 3; fd++) {
		assert_int_equal(sys_close(sys, fd), 0);
		assert_int_equal(stage->c->attach_run_wait(stage->c, NULL, PROGRAM, words), 0);
		assert_seen(stage, "fd 0 /dev/null|fd 1 /dev/null|fd 2 /dev/null", true, "filled");
		assert_int_equal(sys_fcntl(sys, fd, F_GETFD, 0), -EBADF);
		assert_int_equal(sys_openat(sys, AT_FDCWD, "/dev/null", O_RDWR, 0), fd);
	}
	host_assert_world(&stage->host, stage->world, "after attaching with closed streams");
}

static int answer(void *payload)
{
	return *(int *)payload;
}

static void a_function_runs_in_the_attached_process(void **state)
{
	struct stage *stage = *state;
	siginfo_t info = { 0 };
	char **own = environ;
	int payload = 23;
	pid_t pid = 0;

	assert_int_equal(stage->c->attach(stage->c, answer, &payload, NULL, &pid), 0);
	assert_true(pid > 0);
	assert_int_equal(sys_waitid(stage->host.sys, P_PID, pid, &info, WEXITED), 0);
	/* The attached process got an environment of its own; in the model its memory is ours. */
	environ = own;
	assert_int_equal(info.si_code, CLD_EXITED);
	assert_int_equal(info.si_status, 23);
	assert_true(stage->c->attach(stage->c, NULL, &payload, NULL, &pid) < 0);
}

static void what_cannot_be_run_has_the_status_of_a_shell(void **state)
{
	static const struct {
		const char *program, *argv0;
		int status;
	} programs[] = {
		{ "/bin/none", "/bin/none", 127 },
		{ "/tmp", "/tmp", 126 },
		{ "true", "true", 0 }, /* looked up in PATH */
		{ "none", "none", 127 },
	};
	struct stage *stage = *state;

	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		const char *const words[] = { programs[i].argv0, NULL };
		int ret = stage->c->attach_run_wait(stage->c, NULL, programs[i].program, words);

		if (ret != programs[i].status << 8)
			fail_msg("%s: %d", programs[i].program, ret);
	}
	host_assert_world(&stage->host, stage->world, "after what cannot be run");
}

static void what_does_not_run_is_not_entered(void **state)
{
	struct stage *stage = *state;
	const char *const words[] = { PROGRAM, NULL };
	struct lxc_container *other = host_container(&stage->host, "other");

	assert_true(other->attach_run_wait(other, NULL, PROGRAM, words) < 0);
	assert_non_null(strstr(other->error_string, "container other is not running"));
	api_container_put(other);
}

#define ATTACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ATTACH(each_option_changes_what_it_says),
		ATTACH(a_closed_stream_is_filled_and_closed_again),
		ATTACH(a_function_runs_in_the_attached_process),
		ATTACH(what_cannot_be_run_has_the_status_of_a_shell),
		ATTACH(what_does_not_run_is_not_entered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
