/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps on the real kernel: as root, in a mount and network namespace of the test's own. Skipped elsewhere. */
#include "tiny.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#define BUSYBOX "/bin/busybox"
#define NEW_NS (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET)

struct place {
	char dir[64], rootfs[96], mount[96];
};

static void shell_in(const char *dir, const char *line)
{
	char command[1024];

	(void)snprintf(command, sizeof(command), "cd %s && %s", dir, line);
	assert_int_equal(system(command), 0);
}

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	(void)snprintf(place->dir, sizeof(place->dir), "/tmp/test-steps-XXXXXX");
	assert_non_null(mkdtemp(place->dir));
	(void)snprintf(place->rootfs, sizeof(place->rootfs), "%s/rootfs", place->dir);
	(void)snprintf(place->mount, sizeof(place->mount), "%s/mount", place->dir);
	shell_in(place->dir, "mkdir rootfs mount && cd rootfs && mkdir bin proc sys mnt tmp && "
			     "cp " BUSYBOX " bin/busybox && ln -s busybox bin/sh && "
			     "ln -s /etc evil && ln -s /proc/self/fd/9 loot");
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;

	shell_in(place->dir, "rm -rf --one-file-system \"$PWD\"");
	free(place);
	return 0;
}

static struct tiny tiny_of(const struct place *place, const char *const *argv, size_t argc)
{
	return (struct tiny){ .rootfs = place->rootfs, .mount = place->mount, .argv = argv, .argc = argc,
			      .clone_flags = NEW_NS };
}

/* Runs a shell line as the container's first process; its exit status. */
static int run_line(const struct place *place, const char *line)
{
	const char *argv[] = { "/bin/sh", "-c", line };
	struct tiny tiny = tiny_of(place, argv, 3);
	struct plan *plan = tiny_plan(&tiny);
	struct err err = { 0 };
	struct run run;
	int status;

	tiny_run_init(&run, sys_linux(), plan);
	if (tiny_start(&run, &err) < 0) {
		run_afterlife(&run);
		print_message("%s\n", err.what);
		free(plan);
		return -1;
	}
	status = tiny_wait(&run);
	run_afterlife(&run);
	free(plan);
	return status;
}

static int start_fails(struct tiny *tiny, struct err *err)
{
	struct plan *plan = tiny_plan(tiny);
	struct run run;
	int ret;

	tiny_run_init(&run, sys_linux(), plan);
	ret = tiny_start(&run, err);
	run_afterlife(&run);
	assert_int_equal(run.handshake_fd, -1);
	free(plan);
	return ret;
}

static void a_tiny_container_runs_and_its_status_comes_back(void **state)
{
	assert_int_equal(run_line(*state, "exit 7"), 7 << 8);
}

static void the_container_sees_its_own_world(void **state)
{
	static const char *const lines[] = {
		"[ $$ = 1 ]",
		"[ $(busybox hostname) = tiny ]",
		"[ ! -e /etc/passwd ]",
		"[ -c /dev/null ] && [ -c /dev/console ] && [ -L /dev/fd ]",
		"echo hello > /dev/null",
		"busybox tty | busybox grep -q /dev/pts/0",
		"[ -L /dev/tty1 ] && [ -c /dev/lxc/tty1 ]",
		"[ \"$container_ttys\" = pts/1 ]",
		"[ $(busybox tr '\\0' '\\n' < /proc/1/environ | busybox wc -l) = 2 ]",
		"[ $(busybox grep -c ' / rw' /proc/self/mountinfo) = 1 ]",
		"! busybox grep -q tmp/test-steps /proc/self/mounts",
		"! echo 1 > /proc/sys/kernel/ostype",
		"busybox grep -q 'CapBnd:.*0000000000400021' /proc/self/status",
		"busybox grep -q 'NoNewPrivs:.*1' /proc/self/status",
		"busybox grep -q 'SigBlk:.*0000000000000000' /proc/self/status",
		"[ -d /dev/shm/deep ]",
		"for f in 3 4 5 6 7 8 9 10 11 12; do [ ! -L /proc/1/fd/$f ] || exit 1; done",
	};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		char line[512];

		(void)snprintf(line, sizeof(line), "PATH=/bin; alias busybox=/bin/busybox\n%s", lines[i]);
		if (run_line(*state, line) != 0)
			fail_msg("not true inside: %s", lines[i]);
	}
}

static void a_target_through_a_link_of_the_image_is_refused(void **state)
{
	const char *argv[] = { "/bin/sh" };
	struct tiny tiny = tiny_of(*state, argv, 1);
	struct err err = { 0 };

	tiny.bad_target = "evil/lxc-test-made-on-host";
	assert_int_equal(start_fails(&tiny, &err), -ELOOP);
	assert_non_null(strstr(err.what, "symbolic link"));
	assert_int_not_equal(access("/etc/lxc-test-made-on-host", F_OK), 0);
}

static void a_directory_behind_a_descriptor_link_is_refused(void **state)
{
	const char *argv[] = { "/bin/sh" };
	struct tiny tiny = tiny_of(*state, argv, 1);
	struct err err = { 0 };

	tiny.cwd = "/loot";
	assert_true(start_fails(&tiny, &err) < 0);
}

static void a_missing_program_is_told_with_its_step(void **state)
{
	const char *argv[] = { "/nosuch" };
	struct tiny tiny = tiny_of(*state, argv, 1);
	struct err err = { 0 };

	assert_int_equal(start_fails(&tiny, &err), -ENOENT);
	assert_non_null(strstr(err.what, "execute /nosuch"));
}

static void a_failing_hook_tells_its_last_line(void **state)
{
	const char *argv[] = { "/bin/sh" };
	struct tiny tiny = tiny_of(*state, argv, 1);
	struct err err = { 0 };

	tiny.start_hook = "/bin/sh -c 'echo first; echo no luck, $LXC_NAME; exit 3'";
	assert_int_equal(start_fails(&tiny, &err), -ECANCELED);
	assert_non_null(strstr(err.what, "no luck, tiny"));
	assert_non_null(strstr(err.what, "status 3"));
}

static void the_cgroup_is_made_entered_and_removed(void **state)
{
	const char *argv[] = { "/bin/sh", "-c", "/bin/busybox grep -q lxc.tiny/tiny /proc/self/cgroup" };
	struct tiny tiny = tiny_of(*state, argv, 3);
	struct plan *plan;
	struct err err = { 0 };
	struct run run;

	if (access("/sys/fs/cgroup/unified", F_OK) < 0)
		skip();
	tiny.cgroups = "/sys/fs/cgroup/unified//";
	plan = tiny_plan(&tiny);
	tiny_run_init(&run, sys_linux(), plan);
	if (tiny_start(&run, &err) < 0)
		fail_msg("%s", err.what);
	assert_string_equal(run.hierarchies[0].path, "/lxc.tiny/tiny");
	assert_int_equal(tiny_wait(&run), 0);
	run_afterlife(&run);
	assert_int_not_equal(access("/sys/fs/cgroup/unified/lxc.tiny/tiny", F_OK), 0);
	assert_int_equal(rmdir("/sys/fs/cgroup/unified/lxc.tiny"), 0);
	free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ON_LINUX(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		ON_LINUX(a_tiny_container_runs_and_its_status_comes_back),
		ON_LINUX(the_container_sees_its_own_world),
		ON_LINUX(a_target_through_a_link_of_the_image_is_refused),
		ON_LINUX(a_directory_behind_a_descriptor_link_is_refused),
		ON_LINUX(a_missing_program_is_told_with_its_step),
		ON_LINUX(a_failing_hook_tells_its_last_line),
		ON_LINUX(the_cgroup_is_made_entered_and_removed),
	};

	if (geteuid() != 0 || access(BUSYBOX, X_OK) < 0 || unshare(CLONE_NEWNS | CLONE_NEWNET) < 0 ||
	    mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
