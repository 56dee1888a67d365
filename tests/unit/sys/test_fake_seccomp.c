/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Filters of the model kernel: inherited, stacked, obeyed. What the kernel says to the same is in
 * tests/conformance. */
#include "fake_test.h"

#include <linux/seccomp.h>
#include <linux/filter.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static int load(struct sys *sys, int number, uint32_t answer, unsigned long flags)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xc000003e, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { ARRAY_LEN(filter), filter };

	return sys_seccomp_load(sys, flags, &program);
}

static int ask(void *arg)
{
	struct child *child = arg;

	return -sys_sethostname(child->sys, "x");
}

/* Its child's answer, which it has no filter of its own for. */
static int load_and_clone(void *arg)
{
	struct child *child = arg;

	if (load(child->sys, SYS_sethostname, SECCOMP_RET_ERRNO | 33, 0) < 0)
		return 100;
	return wait_for(child->sys, start(child->sys, ask, *child));
}

static void filters_pass_to_children_and_not_to_parents(void **state)
{
	struct sys *sys = fake_sys(*state);

	assert_int_equal(wait_for(sys, start(sys, load_and_clone, (struct child){ 0 })), 33);
	assert_int_equal(sys_sethostname(sys, "x"), 0);
}

static int become_asker(void *arg)
{
	char *const argv[] = { (char *)"asker", NULL }, *const envp[] = { NULL };
	struct child *child = arg;

	if (load(child->sys, SYS_sethostname, SECCOMP_RET_ERRNO | 34, 0) < 0)
		return 100;
	return -sys_execveat(child->sys, AT_FDCWD, "/bin/asker", argv, envp, 0);
}

static int asker(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	return -sys_sethostname(sys, "x");
}

static void filters_outlive_exec(void **state)
{
	struct sys *sys = fake_sys(*state);

	fake_program(*state, "/bin/asker", asker, NULL);
	assert_int_equal(wait_for(sys, start(sys, become_asker, (struct child){ 0 })), 34);
}

static int handled;

static void handle(int signo, siginfo_t *info, void *context)
{
	handled = info->si_code == 1 /* SYS_SECCOMP */ ? signo : -1;
}

static int trap(void *arg)
{
	struct sigaction action = { .sa_sigaction = handle, .sa_flags = SA_SIGINFO };
	struct child *child = arg;

	(void)sys_sigaction(child->sys, SIGSYS, &action, NULL);
	(void)load(child->sys, SYS_sethostname, SECCOMP_RET_TRAP, 0);
	return sys_sethostname(child->sys, "x") == -ENOSYS ? 0 : 1;
}

static void a_trap_is_handled_in_place_of_the_call(void **state)
{
	struct sys *sys = fake_sys(*state);

	assert_int_equal(wait_for(sys, start(sys, trap, (struct child){ 0 })), 0);
	assert_int_equal(handled, SIGSYS);
}

static int die(void *arg)
{
	struct child *child = arg;

	(void)load(child->sys, SYS_getpid, SECCOMP_RET_KILL_PROCESS, 0);
	(void)sys_getpid(child->sys);
	return 0;
}

static int init_that_dies(void *arg)
{
	return die(arg);
}

static void even_an_init_dies_of_its_filter(void **state)
{
	struct sys_clone args = { .flags = CLONE_NEWPID, .exit_signal = SIGCHLD };
	struct child child = { .sys = fake_sys(*state) };
	pid_t pid = sys_clone3(child.sys, &args, init_that_dies, &child, sizeof(child));

	assert_int_equal(wait_for(child.sys, pid), 1000 + SIGSYS);
}

static int show_mode(void *arg)
{
	struct child *child = arg;
	char text[2048] = "";
	struct open_how how = { .flags = O_RDONLY };
	int fd = sys_openat2(child->sys, AT_FDCWD, "/proc/self/status", &how);

	(void)sys_prctl(child->sys, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)load(child->sys, SYS_getpid, SECCOMP_RET_ALLOW, 0);
	if (sys_read(child->sys, fd, text, sizeof(text) - 1) <= 0)
		return 1;
	return strstr(text, "NoNewPrivs:\t1\nSeccomp:\t2\n") ? 0 : 2;
}

static void proc_shows_that_there_are_filters(void **state)
{
	struct sys *sys = fake_sys(*state);

	assert_int_equal(wait_for(sys, start(sys, show_mode, (struct child){ 0 })), 0);
}

static int fill_up(void *arg)
{
	struct child *child = arg;
	int count = 0, ret;

	while ((ret = load(child->sys, SYS_getpid, SECCOMP_RET_ALLOW, 0)) == 0)
		count++;
	return ret == -ENOMEM && count > 2000 ? 0 : 1;
}

static void there_is_an_end_to_the_number_of_filters(void **state)
{
	struct sys *sys = fake_sys(*state);

	assert_int_equal(wait_for(sys, start(sys, fill_up, (struct child){ 0 })), 0);
}

static void old_kernels_know_fewer_flags(void **state)
{
	static const struct {
		const char *kernel;
		unsigned long flags;
		int expected;
	} rows[] = {
		{ "4.13", SECCOMP_FILTER_FLAG_TSYNC, 0 },
		{ "4.13", SECCOMP_FILTER_FLAG_LOG, -EINVAL },
		{ "4.14", SECCOMP_FILTER_FLAG_LOG, 0 },
		{ "4.16", SECCOMP_FILTER_FLAG_SPEC_ALLOW, -EINVAL },
		{ "4.17", SECCOMP_FILTER_FLAG_SPEC_ALLOW, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_fake_ struct fake *fake =
			fake_create(&(struct fake_options){ .kernel = rows[i].kernel });

		assert_int_equal(load(fake_sys(fake), SYS_getpid, SECCOMP_RET_ALLOW, rows[i].flags),
				 rows[i].expected);
	}
}

static void a_listener_is_not_modelled_and_says_so(void **state)
{
	_cleanup_fake_ struct fake *fake = fake_create(NULL);

	assert_int_equal(load(fake_sys(fake), SYS_getpid, SECCOMP_RET_ALLOW,
			      SECCOMP_FILTER_FLAG_NEW_LISTENER),
			 -EINVAL);
	assert_non_null(strstr(fake_breaches(fake), "not modelled"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(filters_pass_to_children_and_not_to_parents),
		WORLD_TEST(filters_outlive_exec),
		WORLD_TEST(a_trap_is_handled_in_place_of_the_call),
		WORLD_TEST(even_an_init_dies_of_its_filter),
		WORLD_TEST(proc_shows_that_there_are_filters),
		WORLD_TEST(there_is_an_end_to_the_number_of_filters),
		cmocka_unit_test(old_kernels_know_fewer_flags),
		cmocka_unit_test(a_listener_is_not_modelled_and_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
