/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small container's life on the model kernel: what a supervisor does, with all halves of the
 * model together. */
#include "fake_test.h"
#include "sys/fault.h"

#include <linux/sched.h>
#include <sys/mount.h>
#include <sys/signalfd.h>

struct child_of_life {
	struct sys *sys;
	int sync_fd;
};

/* The container's first process: waits for its parent's word, mounts, becomes init. */
static int become_init(void *arg)
{
	struct child_of_life *child = arg;
	char *argv[] = { (char *)"init", NULL }, *envp[] = { NULL };
	struct sys *sys = child->sys;
	char c;

	if (sys_read(sys, child->sync_fd, &c, 1) != 1)
		return 1;
	if (sys_close(sys, child->sync_fd) < 0 || sys_sethostname(sys, "web") < 0)
		return 2;
	if (sys_mount(sys, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 3;
	if (sys_mount(sys, "none", "/mnt", "tmpfs", 0, NULL) < 0)
		return 4;
	return -sys_execveat(sys, AT_FDCWD, "/sbin/init", argv, envp, 0);
}

static int next_signal(struct sys *sys, int epfd, int sigfd)
{
	struct signalfd_siginfo info;
	struct epoll_event event;
	int ret = sys_epoll_wait(sys, epfd, &event, 1, 60000);

	if (ret <= 0)
		return ret;
	return sys_read(sys, sigfd, &info, sizeof(info)) == sizeof(info) ? (int)info.ssi_signo : 0;
}

/* Waits for the end of its container, or passes on the wish to end it. */
static int watch(struct sys *sys, int pidfd, int sigfd, int epfd)
{
	struct epoll_event event = { .events = EPOLLIN };
	siginfo_t end = { 0 };
	int signo;

	if (sys_epoll_ctl(sys, epfd, EPOLL_CTL_ADD, sigfd, &event) < 0)
		return 20;
	while ((signo = next_signal(sys, epfd, sigfd)) > 0 && signo != SIGCHLD)
		if (sys_pidfd_send_signal(sys, pidfd, SIGPWR, 0) < 0)
			break;
	(void)sys_pidfd_send_signal(sys, pidfd, SIGKILL, 0);
	if (SYS_RETRY(sys_waitid(sys, P_PIDFD, pidfd, &end, WEXITED)) < 0)
		return 21;
	return end.si_code == CLD_EXITED ? end.si_status : 22;
}

static int supervise(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	struct child_of_life child = { .sys = sys };
	int pidfd = -1, fds[2], sigfd, epfd;
	struct sys_clone args = { .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS |
					   CLONE_NEWIPC | CLONE_NEWNET,
				  .exit_signal = SIGCHLD,
				  .pidfd_out = &pidfd };
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigaddset(&mask, SIGTERM);
	sys_sigprocmask(sys, SIG_BLOCK, &mask, NULL);
	sigfd = sys_signalfd(sys, -1, &mask, SFD_CLOEXEC);
	epfd = sys_epoll_create1(sys, EPOLL_CLOEXEC);
	if (sigfd < 0 || epfd < 0 || sys_pipe2(sys, fds, O_CLOEXEC) < 0)
		return 10;
	child.sync_fd = fds[0];
	if (sys_clone3(sys, &args, become_init, &child, sizeof(child)) < 0)
		return 11;
	if (sys_write(sys, fds[1], "x", 1) != 1) {
		(void)sys_pidfd_send_signal(sys, pidfd, SIGKILL, 0);
		return 12;
	}
	return watch(sys, pidfd, sigfd, epfd);
}

static struct fake *host(void)
{
	struct fake *fake = fake_create(&(struct fake_options){ .mem_check = 1 });

	fake_program(fake, "/sbin/init", fake_init_main, NULL);
	fake_program(fake, "/usr/libexec/supervisor", supervise, NULL);
	fake_dir(fake, "/mnt", 0755);
	return fake;
}

/* The supervisor's exit status, or -errno of its start. */
static int live(struct fake *fake, struct sys *sys, void (*meanwhile)(struct fake *fake, pid_t pid))
{
	char *argv[] = { (char *)"supervisor", NULL }, *envp[] = { NULL };
	struct sys_spawn spawn = { .exe_fd = -1,
				   .path = "/usr/libexec/supervisor",
				   .argv = argv,
				   .envp = envp,
				   .new_session = true };
	pid_t pid = sys_spawn(sys, &spawn);

	if (pid < 0)
		return pid;
	fake_settle(fake);
	if (meanwhile)
		meanwhile(fake, pid);
	return wait_for(fake_sys(fake), pid);
}

static void stop(struct fake *fake, pid_t pid)
{
	_cleanup_str_ struct str world = { 0 };

	fake_world(fake, &world);
	assert_non_null(strstr(str_text(&world), "task init under supervisor uid 0\n"));
	assert_non_null(strstr(str_text(&world), "namespaces pid: 1 more\n"));
	assert_int_equal(sys_kill(fake_sys(fake), pid, SIGTERM), 0);
}

static void stopped_container_leaves_the_world_as_before(void **state)
{
	_cleanup_fake_ struct fake *fake = host();
	_cleanup_str_ struct str before = { 0 }, after = { 0 };

	fake_world(fake, &before);
	assert_int_equal(live(fake, fake_sys(fake), stop), 0);
	fake_world(fake, &after);
	assert_string_equal(str_text(&before), str_text(&after));
	assert_string_equal(fake_breaches(fake), "");
}

static void murder(struct fake *fake, pid_t pid)
{
	assert_int_equal(fake_kill_by_name(fake, "supervisor"), 1);
	fake_settle(fake);
	/* init outlives its supervisor, under the host's init. */
	assert_int_equal(fake_kill_by_name(fake, "init"), 1);
}

static void killed_supervisor_leaves_only_its_container(void **state)
{
	_cleanup_fake_ struct fake *fake = host();
	_cleanup_str_ struct str before = { 0 }, after = { 0 };

	fake_world(fake, &before);
	assert_int_equal(live(fake, fake_sys(fake), murder), 1000 + SIGKILL);
	fake_world(fake, &after);
	assert_string_equal(str_text(&before), str_text(&after));
}

static void end_it(struct fake *fake, pid_t pid)
{
	sys_kill(fake_sys(fake), pid, SIGTERM);
}

/* The model's own duty under faults: whatever the tasks do, their death gives everything back. */
static int one_fault(unsigned long fail_at)
{
	_cleanup_fake_ struct fake *fake = host();
	_cleanup_str_ struct str before = { 0 }, after = { 0 };
	struct sys_fault fault;

	fake_world(fake, &before);
	sys_fault_init(&fault, fake_sys(fake));
	fault.fail_at = fail_at;
	(void)live(fake, &fault.sys, end_it);
	(void)fake_kill_by_name(fake, "supervisor");
	(void)fake_kill_by_name(fake, "init");
	(void)sys_waitid(fake_sys(fake), P_ALL, 0, NULL, WEXITED | WNOHANG);
	fake_world(fake, &after);
	assert_string_equal(str_text(&before), str_text(&after));
	assert_string_equal(fake_breaches(fake), "");
	return fault.given;
}

static void the_dead_give_everything_back_after_any_fault(void **state)
{
	unsigned long fail_at = 1;

	while (one_fault(fail_at))
		fail_at++;
	assert_true(fail_at > 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stopped_container_leaves_the_world_as_before),
		cmocka_unit_test(killed_supervisor_leaves_only_its_container),
		cmocka_unit_test(the_dead_give_everything_back_after_any_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
