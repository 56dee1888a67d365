/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc-plan as a program: its descriptors are memfds, the host is the one that runs the test (only
 * looked at). */
#include "core/plan/plan.h"
#include "plan_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <jansson.h>

#include <cmocka.h>

#define ARGV_MAX 16

static char output[1 << 20];

/* What a memfd holds; closes it. */
static size_t take(int fd)
{
	ssize_t len = pread(fd, output, sizeof(output) - 1, 0);

	assert_true(len >= 0);
	output[len] = '\0';
	(void)close(fd);
	return (size_t)len;
}

/* Runs with descriptor `number` captured into output. Returns the status. */
static int run(int number, const char *words)
{
	char *envp[] = { WORD("HOME=/nonexistent"), NULL };
	char copy[512], *argv[ARGV_MAX] = { WORD("lxc-plan") }, *rest = copy;
	int capture = memfd_create("capture", MFD_CLOEXEC), saved = dup(number), argc = 1, status;

	(void)snprintf(copy, sizeof(copy), "%s", words);
	while (argc < ARGV_MAX - 1 && (argv[argc] = str_next_word(&rest, " ")) != NULL)
		argc++;
	assert_true(dup2(capture, number) == number);
	status = planner_main(sys_linux(), argc, argv, envp);
	assert_true(dup2(saved, number) == number);
	(void)close(saved);
	(void)take(capture);
	return status;
}

static void the_dry_run_prints_the_whole_plan(void **state)
{
	assert_int_equal(run(STDOUT_FILENO, "--print -P /c -f golden/hooks.config tiny"), 0);
	assert_true(str_starts(output, "plan tiny\nlxcpath /c\n"));
	assert_non_null(strstr(output, "\nafterlife:\n"));
	assert_non_null(strstr(output, "\nchild:\n")); /* although a pre-start hook may change it */
	assert_non_null(strstr(output, "golden/hooks.config:1 "));
}

static void options_and_program_are_read(void **state)
{
	assert_int_equal(run(STDOUT_FILENO, "--print --lxcpath=/c --rcfile golden/minimal.config "
					    "-slxc.uts.name=zz --execute -n tiny -- /bin/x -P y"),
			 0);
	assert_non_null(strstr(output, "hostname name=zz"));
	assert_non_null(strstr(output, "argv=[init.lxc -n tiny -- /bin/x -P y]"));
	assert_non_null(strstr(output, "flags foreground use_init"));
}

static void the_name_may_stand_behind_the_options(void **state)
{
	assert_int_equal(
		run(STDOUT_FILENO, "--print -P /c -f golden/minimal.config -- tiny sh -c x"), 0);
	assert_true(str_starts(output, "plan tiny\n"));
	assert_non_null(strstr(output, "argv=[sh -c x]"));
}

static void json_is_valid(void **state)
{
	json_t *root;

	assert_int_equal(run(STDOUT_FILENO, "--print=json -P /c -f golden/minimal.config tiny"), 0);
	root = json_loads(output, 0, NULL);
	assert_non_null(root);
	assert_string_equal(json_string_value(json_object_get(root, "name")), "tiny");
	json_decref(root);
}

static void errors_are_told_once(void **state)
{
	static const struct {
		const char *words, *told;
	} cases[] = {
		{ "", "missing --print or the name" },
		{ "--print", "missing --print or the name" },
		{ "--print --nosuch x", "unknown option, or its value is missing: --nosuch" },
		{ "--print x -P", "unknown option, or its value is missing: -P" },
		{ "--print -P /nonexistent x", "/nonexistent/x/config" },
		{ "--print -P /c -f golden/minimal.config --execute x", "no program to execute" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(run(STDERR_FILENO, cases[i].words), 1);
		if (!str_starts(output, "lxc-plan: ") || !strstr(output, cases[i].told))
			fail_msg("\"%s\" says: %s", cases[i].words, output);
	}
}

/* As the supervisor runs it: a plan on descriptor 3, an empty memfd on 4. *len_out bytes of 4 are
 * in output. */
static int run_life(const void *bytes, size_t len, size_t *len_out)
{
	char *argv[] = { WORD("lxc-plan"), WORD("--life"), NULL }, *envp[] = { NULL };
	int in = memfd_create("in", MFD_ALLOW_SEALING), status;
	int out = memfd_create("out", MFD_ALLOW_SEALING);

	assert_int_equal(write(in, bytes, len), len);
	assert_int_equal(
		fcntl(in, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL), 0);
	in = fcntl(in, F_DUPFD, 10);
	out = fcntl(out, F_DUPFD, 10);
	assert_int_equal(dup2(in, PLANNER_FD_IN), PLANNER_FD_IN);
	assert_int_equal(dup2(out, PLANNER_FD_OUT), PLANNER_FD_OUT);
	status = planner_main(sys_linux(), 2, argv, envp);
	(void)close(PLANNER_FD_IN);
	(void)close(PLANNER_FD_OUT);
	(void)close(in);
	*len_out = take(out);
	return status;
}

static void the_next_life_is_planned_from_the_image_alone(void **state)
{
	struct host_facts facts = host_hybrid();
	struct plan_request request = { .name = "web", .daemon = true };
	_cleanup_free_ struct plan *image = plan_of("hooks", request, &facts);
	_cleanup_free_ struct plan *next = NULL;
	struct err err = { 0 };
	size_t len;

	assert_true(image->flags & PLAN_NO_BODY);
	assert_int_equal(run_life(image, image->size, &len), 0);
	next = malloc(len);
	memcpy(next, output, len);
	assert_int_equal(plan_check(next, len, &err), 0);
	assert_false(next->flags & PLAN_NO_BODY);
	assert_int_not_equal(plan_step_count(next, CHAPTER_CHILD), 0);
	assert_string_equal(plan_str(next, next->name), "web");
	assert_string_equal(plan_str(next, next->config_file), "golden/hooks.config");
}

static void a_bad_plan_gives_an_error_in_place_of_an_image(void **state)
{
	const struct plan_failure *failure = (const void *)output;
	size_t len;

	assert_int_equal(run_life("garbage", 7, &len), 1);
	assert_int_equal(len, sizeof(*failure));
	assert_memory_equal(failure->magic, PLAN_ERR_MAGIC, sizeof(failure->magic));
	assert_true(err_is(&failure->err));
	assert_non_null(strstr(failure->err.what, "not a plan"));
}

/* Numbers that are open by chance are somebody's. */
static void started_by_hand_it_leaves_descriptors_alone(void **state)
{
	int in = memfd_create("in", 0), out = memfd_create("out", 0);

	assert_int_equal(write(in, "garbage", 7), 7);
	assert_int_equal(write(out, "precious", 8), 8);
	in = fcntl(in, F_DUPFD, 10);
	out = fcntl(out, F_DUPFD, 10);
	assert_int_equal(dup2(in, PLANNER_FD_IN), PLANNER_FD_IN);
	assert_int_equal(dup2(out, PLANNER_FD_OUT), PLANNER_FD_OUT);
	assert_int_equal(run(STDERR_FILENO, "--life"), 1);
	assert_string_equal(output,
			    "lxc-plan: not started by liblxc: descriptor 3 holds no plan\n");
	assert_int_equal(lseek(PLANNER_FD_IN, 0, SEEK_CUR), 7);
	(void)close(PLANNER_FD_IN);
	(void)close(PLANNER_FD_OUT);
	(void)close(in);
	assert_int_equal(take(out), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_dry_run_prints_the_whole_plan),
		cmocka_unit_test(options_and_program_are_read),
		cmocka_unit_test(the_name_may_stand_behind_the_options),
		cmocka_unit_test(json_is_valid),
		cmocka_unit_test(errors_are_told_once),
		cmocka_unit_test(the_next_life_is_planned_from_the_image_alone),
		cmocka_unit_test(a_bad_plan_gives_an_error_in_place_of_an_image),
		cmocka_unit_test(started_by_hand_it_leaves_descriptors_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
