/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The order of tasks: always the same without a seed; from the seed alone with one. */
#include "fake_test.h"

enum { CHILDREN = 3, MARKS = 4, SEEDS = 50 };

/* Leaves its letter several times; nothing here ever waits. */
static int leave_marks(void *arg)
{
	struct child *child = arg;
	char mark = (char)('a' + child->number);

	for (int i = 0; i < MARKS; i++)
		if (sys_write(child->sys, child->fd, &mark, 1) != 1)
			return 1;
	return 0;
}

/* The letters in the order in which they were left. */
static char *history(uint64_t seed, bool wait_at_once)
{
	_cleanup_fake_ struct fake *fake = fake_create(&(struct fake_options){ .seed = seed });
	struct sys *sys = fake_sys(fake);
	char buf[CHILDREN * MARKS + 1] = { 0 };
	pid_t pids[CHILDREN];
	int fds[2];

	assert_int_equal(sys_pipe2(sys, fds, O_CLOEXEC), 0);
	for (int i = 0; i < CHILDREN; i++) {
		pids[i] = start(sys, leave_marks, (struct child){ .fd = fds[1], .number = i });
		assert_true(pids[i] > 0);
		if (wait_at_once)
			assert_int_equal(wait_for(sys, pids[i]), 0);
	}
	for (int i = 0; !wait_at_once && i < CHILDREN; i++)
		assert_int_equal(wait_for(sys, pids[i]), 0);
	assert_int_equal(sys_read(sys, fds[0], buf, sizeof(buf) - 1), CHILDREN * MARKS);
	assert_string_equal(fake_breaches(fake), "");
	assert_string_equal(fake_stuck(fake), "");
	return str_dup(buf);
}

static void without_a_seed_each_runs_until_it_waits(void **state)
{
	char *marks _cleanup_free_ = history(0, false);

	assert_string_equal(marks, "aaaabbbbcccc");
}

static void the_same_seed_gives_the_same_order(void **state)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		char *first _cleanup_free_ = history(seed, false);
		char *second _cleanup_free_ = history(seed, false);

		assert_string_equal(first, second);
	}
}

static int changes(const char *marks)
{
	int n = 0;

	for (; marks[1]; marks++)
		n += marks[0] != marks[1];
	return n;
}

/* Who of two that may run is first, and whether one who may go on is overtaken. */
static void seeds_give_many_orders(void **state)
{
	bool others_first = false, overtaken = false;
	size_t different = 0;
	char *seen[SEEDS];

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		char *marks = history(seed, false);
		size_t known = 0;

		others_first |= marks[0] != 'a';
		overtaken |= changes(marks) >= CHILDREN;
		while (known < different && !str_eq(seen[known], marks))
			known++;
		if (known == different)
			seen[different++] = marks;
		else
			free(marks);
	}
	for (size_t i = 0; i < different; i++)
		free(seen[i]);
	assert_true(others_first);
	assert_true(overtaken);
	assert_true(different > SEEDS / 4);
}

static void an_order_that_the_calls_ask_for_is_kept_by_every_seed(void **state)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		char *marks _cleanup_free_ = history(seed, true);

		assert_string_equal(marks, "aaaabbbbcccc");
	}
}

static int spin(void *arg)
{
	struct child *child = arg;

	for (;;)
		(void)sys_getpid(child->sys);
	return 0;
}

/* A task that is ready to go on is not waiting: its death must find it there as well. */
static void who_was_overtaken_can_be_killed(void **state)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		_cleanup_fake_ struct fake *fake =
			fake_create(&(struct fake_options){ .seed = seed, .mem_check = 1 });
		struct sys *sys = fake_sys(fake);
		pid_t pid = start(sys, spin, (struct child){ 0 });

		for (int i = 0; i < 200; i++)
			(void)sys_getpid(sys);
		assert_int_equal(sys_kill(sys, pid, SIGKILL), 0);
		assert_int_equal(wait_for(sys, pid), 1000 + SIGKILL);
		assert_string_equal(fake_breaches(fake), "");
	}
}

static int handled;

static void count(int signo)
{
	handled++;
}

static int catch_one(void *arg)
{
	struct child *child = arg;
	struct sigaction action = { .sa_handler = count };
	int before;

	(void)sys_sigaction(child->sys, SIGUSR1, &action, NULL);
	before = handled;
	(void)sys_write(child->sys, child->fd, "x", 1);
	while (handled == before)
		(void)sys_getpid(child->sys);
	return 0;
}

static void who_was_overtaken_handles_its_signals_when_it_goes_on(void **state)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		_cleanup_fake_ struct fake *fake =
			fake_create(&(struct fake_options){ .seed = seed });
		struct sys *sys = fake_sys(fake);
		int fds[2];
		char c;
		pid_t pid;

		assert_int_equal(sys_pipe2(sys, fds, O_CLOEXEC), 0);
		pid = start(sys, catch_one, (struct child){ .fd = fds[1] });
		assert_int_equal(sys_read(sys, fds[0], &c, 1), 1);
		assert_int_equal(sys_kill(sys, pid, SIGUSR1), 0);
		assert_int_equal(wait_for(sys, pid), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_seed_each_runs_until_it_waits),
		cmocka_unit_test(the_same_seed_gives_the_same_order),
		cmocka_unit_test(seeds_give_many_orders),
		cmocka_unit_test(an_order_that_the_calls_ask_for_is_kept_by_every_seed),
		cmocka_unit_test(who_was_overtaken_can_be_killed),
		cmocka_unit_test(who_was_overtaken_handles_its_signals_when_it_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
