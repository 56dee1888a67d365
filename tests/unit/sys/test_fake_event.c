/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake_test.h"

#include <sys/signalfd.h>
#include <sys/timerfd.h>

static int return_number(void *arg)
{
	struct child *child = arg;

	nap(child->sys, 20);
	return child->number;
}

static void watch(struct sys *sys, int epfd, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	assert_int_equal(sys_epoll_ctl(sys, epfd, EPOLL_CTL_ADD, fd, &event), 0);
}

/* One round of a supervisor's loop: which descriptor speaks; -1: none in time. */
static int next_event(struct sys *sys, int epfd, int timeout_ms)
{
	struct epoll_event event;
	int ret = sys_epoll_wait(sys, epfd, &event, 1, timeout_ms);

	return ret == 1 ? event.data.fd : ret == 0 ? -1 : ret;
}

static void supervisor_loop_sees_child_timer_and_request(void **state)
{
	struct sys *sys = fake_sys(*state);
	struct itimerspec in_10ms = { .it_value.tv_nsec = 10000000 };
	struct signalfd_siginfo info;
	int epfd = sys_epoll_create1(sys, EPOLL_CLOEXEC), sigfd, timer, pidfd, fds[2];
	sigset_t mask;
	uint64_t count;
	char c;
	pid_t pid;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sys_sigprocmask(sys, SIG_BLOCK, &mask, NULL);
	sigfd = sys_signalfd(sys, -1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	timer = sys_timerfd_create(sys, CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	sys_pipe2(sys, fds, O_CLOEXEC);
	pid = start(sys, return_number, (struct child){ .number = 3 });
	pidfd = sys_pidfd_open(sys, pid, 0);
	watch(sys, epfd, sigfd);
	watch(sys, epfd, timer);
	watch(sys, epfd, fds[0]);
	sys_timerfd_settime(sys, timer, 0, &in_10ms, NULL);
	assert_int_equal(next_event(sys, epfd, 5), -1);
	assert_int_equal(next_event(sys, epfd, -1), timer);
	assert_int_equal(sys_read(sys, timer, &count, sizeof(count)), 8);
	assert_int_equal(sys_read(sys, timer, &count, sizeof(count)), -EAGAIN);
	sys_write(sys, fds[1], "x", 1);
	assert_int_equal(next_event(sys, epfd, -1), fds[0]);
	assert_int_equal(sys_read(sys, fds[0], &c, 1), 1);
	assert_int_equal(next_event(sys, epfd, -1), sigfd);
	assert_int_equal(sys_read(sys, sigfd, &info, sizeof(info)), sizeof(info));
	assert_int_equal(info.ssi_signo, SIGCHLD);
	assert_int_equal(info.ssi_pid, pid);
	assert_int_equal(info.ssi_status, 3);
	watch(sys, epfd, pidfd);
	assert_int_equal(next_event(sys, epfd, 0), pidfd);
	assert_int_equal(wait_for(sys, pid), 3);
}

static void closing_takes_a_descriptor_out_of_epoll(void **state)
{
	struct sys *sys = fake_sys(*state);
	int epfd = sys_epoll_create1(sys, EPOLL_CLOEXEC), fds[2];

	sys_pipe2(sys, fds, O_CLOEXEC);
	watch(sys, epfd, fds[0]);
	sys_write(sys, fds[1], "x", 1);
	assert_int_equal(next_event(sys, epfd, 0), fds[0]);
	sys_close(sys, fds[0]);
	assert_int_equal(next_event(sys, epfd, 0), -1);
}

static void note_signal(int signo)
{
}

static int wait_with_handler(void *arg)
{
	struct child *child = arg;
	struct sigaction action = { .sa_handler = note_signal };
	char c;

	sys_sigaction(child->sys, SIGUSR1, &action, NULL);
	return -(int)sys_read(child->sys, child->fd, &c, 1);
}

static void handled_signal_interrupts_and_ignored_one_does_not(void **state)
{
	struct sys *sys = fake_sys(*state);
	int fds[2];
	pid_t pid;

	sys_pipe2(sys, fds, O_CLOEXEC);
	pid = start(sys, wait_with_handler, (struct child){ .fd = fds[0] });
	fake_settle(*state);
	sys_kill(sys, pid, SIGWINCH);
	fake_settle(*state);
	assert_int_equal(sys_kill(sys, pid, SIGUSR1), 0);
	assert_int_equal(wait_for(sys, pid), EINTR);
}

static int sleep_then_tell(void *arg)
{
	struct child *child = arg;

	nap(child->sys, child->number);
	return sys_write(child->sys, child->fd, &child->number, sizeof(int)) == sizeof(int) ? 0 : 1;
}

static void time_passes_only_when_asked_and_in_order(void **state)
{
	struct sys *sys = fake_sys(*state);
	int fds[2], number;

	sys_pipe2(sys, fds, O_CLOEXEC | O_NONBLOCK);
	start(sys, sleep_then_tell, (struct child){ .fd = fds[1], .number = 300 });
	start(sys, sleep_then_tell, (struct child){ .fd = fds[1], .number = 100 });
	fake_settle(*state);
	assert_int_equal(sys_read(sys, fds[0], &number, sizeof(int)), -EAGAIN);
	fake_advance(*state, 200);
	assert_int_equal(sys_read(sys, fds[0], &number, sizeof(int)), sizeof(int));
	assert_int_equal(number, 100);
	assert_int_equal(sys_read(sys, fds[0], &number, sizeof(int)), -EAGAIN);
	fake_advance(*state, 100);
	assert_int_equal(sys_read(sys, fds[0], &number, sizeof(int)), sizeof(int));
	assert_int_equal(number, 300);
}

static int read_for_ever(void *arg)
{
	struct child *child = arg;
	char c;

	return (int)sys_read(child->sys, child->fd, &c, 1);
}

static void deadlock_is_reported_to_the_test(void **state)
{
	struct sys *sys = fake_sys(*state);
	int fds[2];
	pid_t pid;

	sys_pipe2(sys, fds, O_CLOEXEC);
	pid = start(sys, read_for_ever, (struct child){ .fd = fds[0] });
	assert_string_equal(fake_stuck(*state), "");
	assert_int_equal(wait_for(sys, pid), -EDEADLK);
	assert_string_equal(fake_stuck(*state), "test waits for a child to end\n"
						"test waits for a pipe to be written\n");
	sys_write(sys, fds[1], "x", 1);
	assert_int_equal(wait_for(sys, pid), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(supervisor_loop_sees_child_timer_and_request),
		WORLD_TEST(closing_takes_a_descriptor_out_of_epoll),
		WORLD_TEST(handled_signal_interrupts_and_ignored_one_does_not),
		WORLD_TEST(time_passes_only_when_asked_and_in_order),
		WORLD_TEST(deadlock_is_reported_to_the_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
