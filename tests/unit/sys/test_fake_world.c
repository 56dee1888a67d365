/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake_test.h"

#include <linux/sched.h>
#include <sys/prctl.h>

static int one_life(void *arg)
{
	struct child *child = arg;
	int fds[2];

	sys_prctl(child->sys, PR_SET_NAME, (unsigned long)"worker", 0, 0, 0);
	sys_pipe2(child->sys, fds, O_CLOEXEC);
	nap(child->sys, child->number);
	return 0;
}

static char *history(void)
{
	_cleanup_fake_ struct fake *fake = fake_create(NULL);
	struct sys *sys = fake_sys(fake);
	_cleanup_str_ struct str out = { 0 };
	unsigned char random[4];

	for (int i = 0; i < 5; i++)
		start(sys, one_life, (struct child){ .number = 30 - 10 * i });
	fake_settle(fake);
	fake_world(fake, &out);
	fake_advance(fake, 15);
	fake_world(fake, &out);
	sys_getrandom(sys, random, sizeof(random), 0);
	str_addf(&out, "%02x%02x%02x%02x\n", random[0], random[1], random[2], random[3]);
	return str_steal(&out);
}

static void same_calls_give_the_same_world(void **state)
{
	char *first _cleanup_free_ = history(), *second _cleanup_free_ = history();

	assert_string_equal(first, second);
	assert_non_null(strstr(first, "task worker under test uid 0\n"));
	assert_non_null(strstr(first, "fd of worker: 0 pipe read end\n"));
	assert_null(strstr(first, "101"));
}

static void a_leaked_descriptor_shows(void **state)
{
	_cleanup_fake_ struct fake *fake = fake_create(NULL);
	_cleanup_str_ struct str before = { 0 }, after = { 0 };

	fake_world(fake, &before);
	assert_int_equal(sys_epoll_create1(fake_sys(fake), 0), 0);
	fake_world(fake, &after);
	assert_null(strstr(str_text(&before), "epoll"));
	assert_non_null(strstr(str_text(&after), "fd of test: 0 kept over exec epoll of\n"));
}

static void closing_twice_is_a_breach(void **state)
{
	_cleanup_fake_ struct fake *fake = fake_create(NULL);
	int fd = sys_epoll_create1(fake_sys(fake), EPOLL_CLOEXEC);

	assert_int_equal(sys_close(fake_sys(fake), fd), 0);
	assert_string_equal(fake_breaches(fake), "");
	assert_int_equal(sys_close(fake_sys(fake), fd), -EBADF);
	assert_string_equal(fake_breaches(fake), "test closed a descriptor that is not open\n");
}

struct writer {
	struct sys *sys;
	int *victim;
};

static int write_across(void *arg)
{
	struct writer *writer = arg;

	(*writer->victim)++;
	nap(writer->sys, 1);
	return 0;
}

static void write_into_anothers_guarded_memory_is_a_breach(void **state)
{
	_cleanup_fake_ struct fake *fake = fake_create(&(struct fake_options){ .mem_check = 1 });
	struct sys *sys = fake_sys(fake);
	struct sys_clone args = { .exit_signal = SIGCHLD };
	int precious = 1;
	struct writer writer = { sys, &precious };

	fake_guard_memory(fake, &precious, sizeof(precious));
	precious = 2; /* the owner may */
	sys_clone3(sys, &args, write_across, &writer, sizeof(writer));
	fake_settle(fake);
	assert_string_equal(fake_breaches(fake), "memory of test written while test ran\n");
}

static void descriptor_limit_holds(void **state)
{
	_cleanup_fake_ struct fake *fake = fake_create(NULL);
	struct sys *sys = fake_sys(fake);
	struct rlimit limit = { 3, 3 };
	int fds[2];

	assert_int_equal(sys_prlimit(sys, 0, RLIMIT_NOFILE, &limit, NULL), 0);
	assert_int_equal(sys_pipe2(sys, fds, O_CLOEXEC), 0);
	assert_int_equal(sys_pipe2(sys, fds, O_CLOEXEC), -EMFILE);
	assert_int_equal(sys_dup3(sys, fds[0], 3, 0), -EBADF);
	assert_int_equal(sys_fcntl(sys, fds[0], F_DUPFD_CLOEXEC, 0), 2);
}

static int lose_root(void *arg)
{
	struct sys *sys = ((struct child *)arg)->sys;
	struct sys_caps caps;

	if (sys_setgroups(sys, 0, NULL) != 0 || sys_setresgid(sys, 1000, 1000, 1000) != 0)
		return 1;
	if (sys_setresuid(sys, 1000, 1000, 1000) != 0 || sys_getuid(sys) != 1000)
		return 2;
	if (sys_capget(sys, &caps) != 0 || caps.effective || caps.permitted)
		return 3;
	if (sys_setresuid(sys, 0, 0, 0) != -EPERM || sys_unshare(sys, CLONE_NEWNS) != -EPERM)
		return 4;
	if (sys_kill(sys, 100, 0) != -EPERM || sys_sethostname(sys, "x") != -EPERM)
		return 5;
	return sys_unshare(sys, CLONE_NEWUSER) == 0 && sys_unshare(sys, CLONE_NEWUTS) == 0 ? 0 : 6;
}

static void privilege_goes_with_root(void **state)
{
	_cleanup_fake_ struct fake *fake = fake_create(NULL);

	assert_int_equal(
		wait_for(fake_sys(fake), start(fake_sys(fake), lose_root, (struct child){ 0 })), 0);
}

static void an_old_kernel_lacks_new_calls(void **state)
{
	_cleanup_fake_ struct fake *fake = fake_create(&(struct fake_options){ .kernel = "4.18" });
	struct sys *sys = fake_sys(fake);
	struct child child = { .sys = sys };
	struct sys_clone args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	struct utsname uts;

	assert_int_equal(sys_pidfd_open(sys, 100, 0), -ENOSYS);
	assert_int_equal(sys_close_range(sys, 3, ~0u, 0), -ENOSYS);
	assert_int_equal(sys_clone3(sys, &args, one_life, &child, sizeof(child)), -ENOSYS);
	assert_int_equal(wait_for(sys, start(sys, one_life, child)), 0);
	assert_int_equal(sys_uname(sys, &uts), 0);
	assert_string_equal(uts.release, "4.18.0-fake");
}

static int exec_init(void *arg)
{
	char *argv[] = { (char *)"init", NULL }, *envp[] = { NULL };

	return -sys_execveat(((struct child *)arg)->sys, AT_FDCWD, "/sbin/init", argv, envp, 0);
}

static void ready_made_init_ends_on_request(void **state)
{
	static const struct {
		int signo, ends_as;
	} cases[] = { { SIGPWR, 0 },
		      { SIGTERM, 0 },
		      { SIGINT, 1000 + SIGHUP },
		      { SIGKILL, 1000 + SIGKILL } };
	_cleanup_fake_ struct fake *fake = fake_create(NULL);
	struct child child = { .sys = fake_sys(fake) };
	struct sys_clone args = { .flags = CLONE_NEWPID, .exit_signal = SIGCHLD };

	fake_program(fake, "/sbin/init", fake_init_main, NULL);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		pid_t pid = sys_clone3(child.sys, &args, exec_init, &child, sizeof(child));

		fake_settle(fake);
		assert_int_equal(sys_kill(child.sys, pid, cases[i].signo), 0);
		assert_int_equal(wait_for(child.sys, pid), cases[i].ends_as);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_calls_give_the_same_world),
		cmocka_unit_test(a_leaked_descriptor_shows),
		cmocka_unit_test(closing_twice_is_a_breach),
		cmocka_unit_test(write_into_anothers_guarded_memory_is_a_breach),
		cmocka_unit_test(descriptor_limit_holds),
		cmocka_unit_test(privilege_goes_with_root),
		cmocka_unit_test(an_old_kernel_lacks_new_calls),
		cmocka_unit_test(ready_made_init_ends_on_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
