/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake_test.h"

#include <sys/mman.h>
#include <sys/prctl.h>

static int return_number(void *arg)
{
	return ((struct child *)arg)->number;
}

static int sleep_for_ever(void *arg)
{
	nap(((struct child *)arg)->sys, -1);
	return 99;
}

static void child_runs_and_its_status_is_waited_for(void **state)
{
	struct sys *sys = fake_sys(*state);
	pid_t pid = start(sys, return_number, (struct child){ .number = 42 });

	assert_int_equal(pid, 101);
	assert_int_equal(wait_for(sys, pid), 42);
	assert_int_equal(wait_for(sys, pid), -ECHILD);
	assert_int_equal(sys_waitid(sys, P_ALL, 0, NULL, WEXITED | WNOHANG), -ECHILD);
}

static void wnohang_and_wnowait_only_look(void **state)
{
	struct sys *sys = fake_sys(*state);
	siginfo_t info = { .si_pid = 5 };
	pid_t pid = start(sys, return_number, (struct child){ .number = 7 });

	assert_int_equal(sys_waitid(sys, P_PID, pid, &info, WEXITED | WNOHANG), 0);
	assert_int_equal(info.si_pid, 0);
	assert_int_equal(sys_waitid(sys, P_PID, pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(info.si_status, 7);
	assert_int_equal(wait_for(sys, pid), 7);
}

static int change_number(void *arg)
{
	struct child *child = arg;

	child->number++;
	return child->number;
}

static void child_gets_a_copy_of_its_argument(void **state)
{
	struct child child = { .sys = fake_sys(*state), .number = 5 };
	struct sys_clone args = { .exit_signal = SIGCHLD };
	pid_t pid = sys_clone3(child.sys, &args, change_number, &child, sizeof(child));

	assert_int_equal(wait_for(child.sys, pid), 6);
	assert_int_equal(child.number, 5);
}

static void killed_child_ends_by_the_signal(void **state)
{
	struct sys *sys = fake_sys(*state);
	pid_t pid = start(sys, sleep_for_ever, (struct child){ 0 });

	fake_settle(*state);
	assert_int_equal(sys_kill(sys, pid, SIGTERM), 0);
	assert_int_equal(wait_for(sys, pid), 1000 + SIGTERM);
	assert_int_equal(sys_kill(sys, pid, 0), -ESRCH);
}

static int orphan_a_sleeper(void *arg)
{
	start(((struct child *)arg)->sys, sleep_for_ever, (struct child){ 0 });
	return 0;
}

static void orphans_fall_to_the_host_init_which_reaps_them(void **state)
{
	struct sys *sys = fake_sys(*state);
	pid_t pid = start(sys, orphan_a_sleeper, (struct child){ 0 });
	_cleanup_str_ struct str world = { 0 };

	assert_int_equal(wait_for(sys, pid), 0);
	assert_int_equal(sys_kill(sys, pid + 1, 0), 0);
	fake_world(*state, &world);
	assert_non_null(strstr(str_text(&world), "task test under init uid 0"));
	assert_int_equal(sys_kill(sys, pid + 1, SIGKILL), 0);
	assert_int_equal(sys_kill(sys, pid + 1, 0), -ESRCH);
}

static int program(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	if (argc != 2 || !str_eq(argv[1], "seven") || !str_eq(envp[0], "A=1") || data != NULL)
		return 1;
	/* Descriptor 3 was close-on-exec, 4 is not. */
	if (sys_fcntl(sys, 3, F_GETFD, 0) != -EBADF || sys_fcntl(sys, 4, F_GETFD, 0) != 0)
		return 2;
	return 7;
}

static int exec_program(void *arg)
{
	struct child *child = arg;
	char *argv[] = { (char *)"prog", (char *)"seven", NULL }, *envp[] = { (char *)"A=1", NULL };

	sys_dup3(child->sys, child->fd, 3, O_CLOEXEC);
	sys_dup3(child->sys, child->fd2, 4, 0);
	return -sys_execveat(child->sys, AT_FDCWD, "/bin/prog", argv, envp, 0);
}

static void exec_runs_a_program_and_closes_what_it_must(void **state)
{
	struct sys *sys = fake_sys(*state);
	int fds[2];

	assert_int_equal(sys_pipe2(sys, fds, O_CLOEXEC), 0);
	fds[0] = sys_fcntl(sys, fds[0], F_DUPFD_CLOEXEC, 10);
	fds[1] = sys_fcntl(sys, fds[1], F_DUPFD_CLOEXEC, 10);
	assert_int_equal(wait_for(sys, start(sys, exec_program,
					     (struct child){ .fd = fds[0], .fd2 = fds[1] })),
			 ENOENT);
	fake_program(*state, "/bin/prog", program, NULL);
	assert_int_equal(wait_for(sys, start(sys, exec_program,
					     (struct child){ .fd = fds[0], .fd2 = fds[1] })),
			 7);
}

static int count_fds(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	int count = 0;

	for (int fd = 0; fd < 32; fd++)
		count += sys_fcntl(sys, fd, F_GETFD, 0) >= 0;
	return count;
}

static void spawn_gives_exactly_the_named_descriptors(void **state)
{
	struct sys *sys = fake_sys(*state);
	char *argv[] = { (char *)"x", NULL }, *envp[] = { NULL };
	int fds[2], given[3], pidfd;
	struct sys_spawn spawn = {
		.exe_fd = -1, .path = "/sbin/count", .argv = argv, .envp = envp, .pidfd_out = &pidfd
	};
	siginfo_t info;

	sys_pipe2(sys, fds, O_CLOEXEC);
	given[0] = fds[1];
	given[1] = -1;
	given[2] = fds[0];
	spawn.fds = given;
	spawn.fd_count = 3;
	assert_int_equal(sys_spawn(sys, &spawn), -ENOENT);
	fake_program(*state, "/sbin/count", count_fds, NULL);
	assert_true(sys_spawn(sys, &spawn) > 0);
	assert_int_equal(sys_fcntl(sys, pidfd, F_GETFD, 0), FD_CLOEXEC);
	assert_int_equal(sys_waitid(sys, P_PIDFD, pidfd, &info, WEXITED), 0);
	assert_int_equal(info.si_status, 2);
}

/* --- pid namespaces --- */

static int init_with_child(void *arg)
{
	struct child *child = arg;
	struct sys *sys = child->sys;

	if (sys_getpid(sys) != 1 || sys_getppid(sys) != 0)
		return 1;
	if (start(sys, sleep_for_ever, (struct child){ 0 }) != 2)
		return 2;
	nap(sys, 10);
	return 3;
}

static void death_of_a_namespaces_init_ends_everyone_inside(void **state)
{
	struct sys *sys = fake_sys(*state);
	struct child child = { .sys = sys };
	int pidfd = -1;
	struct sys_clone args = { .flags =
					  CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWIPC,
				  .exit_signal = SIGCHLD,
				  .pidfd_out = &pidfd };
	_cleanup_str_ struct str before = { 0 }, during = { 0 }, after = { 0 };
	siginfo_t info;

	fake_world(*state, &before);
	assert_int_equal(sys_clone3(sys, &args, init_with_child, &child, sizeof(child)), 101);
	fake_settle(*state);
	fake_world(*state, &during);
	assert_non_null(strstr(str_text(&during), "namespaces pid: 1 more"));
	assert_int_equal(sys_waitid(sys, P_PIDFD, pidfd, &info, WEXITED), 0);
	assert_int_equal(info.si_status, 3);
	assert_int_equal(sys_kill(sys, 102, 0), -ESRCH);
	assert_int_equal(sys_pidfd_send_signal(sys, pidfd, SIGTERM, 0), -ESRCH);
	sys_close(sys, pidfd);
	fake_world(*state, &after);
	assert_string_equal(str_text(&before), str_text(&after));
}

static int init_that_is_hard_to_kill(void *arg)
{
	struct sys *sys = ((struct child *)arg)->sys;

	sys_kill(sys, 1, SIGTERM);
	sys_kill(sys, 1, SIGKILL);
	nap(sys, -1);
	return 0;
}

static void only_sigkill_from_outside_ends_an_init_by_default(void **state)
{
	struct sys *sys = fake_sys(*state);
	struct child child = { .sys = sys };
	struct sys_clone args = { .flags = CLONE_NEWPID, .exit_signal = SIGCHLD };
	pid_t pid = sys_clone3(sys, &args, init_that_is_hard_to_kill, &child, sizeof(child));

	fake_settle(*state);
	sys_kill(sys, pid, SIGTERM);
	fake_settle(*state);
	assert_int_equal(sys_kill(sys, pid, 0), 0);
	sys_kill(sys, pid, SIGKILL);
	assert_int_equal(wait_for(sys, pid), 1000 + SIGKILL);
}

static int die_with_parent(void *arg)
{
	struct child *child = arg;

	sys_prctl(child->sys, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	sys_write(child->sys, child->fd, "x", 1);
	nap(child->sys, -1);
	return 0;
}

static int leave_a_child_behind(void *arg)
{
	struct child *child = arg;

	start(child->sys, die_with_parent, *child);
	nap(child->sys, 5);
	return 0;
}

static void parent_death_signal_is_sent(void **state)
{
	struct sys *sys = fake_sys(*state);
	int fds[2];
	char c;

	sys_pipe2(sys, fds, O_CLOEXEC);
	start(sys, leave_a_child_behind, (struct child){ .fd = fds[1] });
	sys_close(sys, fds[1]);
	assert_int_equal(sys_read(sys, fds[0], &c, 1), 1);
	/* The end of the file comes with the death of the last writer. */
	assert_int_equal(sys_read(sys, fds[0], &c, 1), 0);
}

static int kill_parent(void *arg)
{
	struct child *child = arg;

	sys_prctl(child->sys, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	sys_kill(child->sys, sys_getppid(child->sys), SIGKILL);
	sys_write(child->sys, child->fd, "x", 1); /* never */
	return 0;
}

static int have_a_bad_child(void *arg)
{
	struct child *child = arg;

	start(child->sys, kill_parent, *child);
	nap(child->sys, -1);
	return 0;
}

static void who_kills_its_parent_may_die_of_it(void **state)
{
	struct sys *sys = fake_sys(*state);
	int fds[2];
	char c;
	pid_t pid;

	sys_pipe2(sys, fds, O_CLOEXEC);
	pid = start(sys, have_a_bad_child, (struct child){ .fd = fds[1] });
	sys_close(sys, fds[1]);
	assert_int_equal(wait_for(sys, pid), 1000 + SIGKILL);
	assert_int_equal(sys_read(sys, fds[0], &c, 1), 0);
}

static int map_and_leave(void *arg)
{
	struct child *child = arg;
	void *map;

	if (sys_mmap(child->sys, &map, 100, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1) < 0)
		return 1;
	memset(map, 1, 100);
	return 0;
}

static void maps_of_the_dead_are_given_back(void **state)
{
	struct sys *sys = fake_sys(*state);

	assert_int_equal(wait_for(sys, start(sys, map_and_leave, (struct child){ 0 })), 0);
}

struct heir {
	struct sys *sys;
	const void *map;
	int fd;
};

static int tell_what_is_mapped(void *arg)
{
	const struct heir *heir = arg;

	nap(heir->sys, 10);
	return sys_write(heir->sys, heir->fd, heir->map, 1) != 1;
}

/* Maps a page, has a child, and is gone before that looks. */
static int leave_a_mapping(void *arg)
{
	struct child *child = arg;
	struct heir heir = { .sys = child->sys, .fd = child->fd };
	struct sys_clone args = { .exit_signal = SIGCHLD };
	void *map = NULL;

	if (sys_mmap(child->sys, &map, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1) < 0)
		return 1;
	*(char *)map = 'x';
	heir.map = map;
	return sys_clone3(child->sys, &args, tell_what_is_mapped, &heir, sizeof(heir)) < 0;
}

static void a_child_keeps_the_mappings_of_its_parent(void **state)
{
	struct sys *sys = fake_sys(*state);
	int fds[2];
	char c = 0;

	assert_int_equal(sys_pipe2(sys, fds, O_CLOEXEC), 0);
	assert_int_equal(wait_for(sys, start(sys, leave_a_mapping, (struct child){ .fd = fds[1] })),
			 0);
	assert_int_equal(sys_read(sys, fds[0], &c, 1), 1);
	assert_int_equal(c, 'x');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(child_runs_and_its_status_is_waited_for),
		WORLD_TEST(wnohang_and_wnowait_only_look),
		WORLD_TEST(child_gets_a_copy_of_its_argument),
		WORLD_TEST(killed_child_ends_by_the_signal),
		WORLD_TEST(orphans_fall_to_the_host_init_which_reaps_them),
		WORLD_TEST(exec_runs_a_program_and_closes_what_it_must),
		WORLD_TEST(spawn_gives_exactly_the_named_descriptors),
		WORLD_TEST(death_of_a_namespaces_init_ends_everyone_inside),
		WORLD_TEST(only_sigkill_from_outside_ends_an_init_by_default),
		WORLD_TEST(parent_death_signal_is_sent),
		WORLD_TEST(who_kills_its_parent_may_die_of_it),
		WORLD_TEST(maps_of_the_dead_are_given_back),
		WORLD_TEST(a_child_keeps_the_mappings_of_its_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
