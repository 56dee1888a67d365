/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random histories: tasks that clone, kill, wait, send and unshare as the world's own random
 * numbers say. Nothing is expected of the results; the model must neither crash nor leak
 * (sanitizers tell), and the same number gives the same world.
 */
#include "fake_test.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>

enum { ROUNDS = 30, DEPTH_MAX = 5, WORLDS = 30 };

static int history(void *arg);

static unsigned random_of(struct sys *sys)
{
	unsigned n = 0;

	sys_getrandom(sys, &n, sizeof(n), 0);
	return n;
}

static void random_clone(struct child *child, unsigned n)
{
	static const uint64_t flags[] = { CLONE_NEWPID, CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWUSER };
	struct child next = { .sys = child->sys, .number = child->number + 1 };
	struct sys_clone args = { .exit_signal = SIGCHLD };
	int pidfd;

	if (child->number >= DEPTH_MAX)
		return;
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		args.flags |= n & (1u << i) ? flags[i] : 0;
	args.flags |= n & 0x30 ? 0 : CLONE_PARENT;
	args.pidfd_out = n & 0x40 ? &pidfd : NULL;
	(void)sys_clone3(child->sys, &args, history, &next, sizeof(next));
}

static void random_kill(struct child *child, unsigned n)
{
	static const int signals[] = { SIGKILL, SIGTERM, SIGUSR1, SIGCHLD, SIGHUP };

	(void)sys_kill(child->sys, (pid_t)(n % 40) + 1 + (n & 0x1000 ? 100 : 0),
		       signals[(n >> 8) % 5]);
}

static void random_wait(struct child *child, unsigned n)
{
	(void)sys_waitid(child->sys, P_ALL, 0, NULL, WEXITED | __WALL | (n & 1 ? WNOHANG : 0));
}

static void random_pipe(struct child *child, unsigned n)
{
	int fds[2];

	if (sys_pipe2(child->sys, fds, n & 1 ? O_CLOEXEC : 0) == 0)
		(void)sys_write(child->sys, fds[1], "x", 1);
}

/* Also sends sockets through themselves. */
static void random_send(struct child *child, unsigned n)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { (void *)"a", 1 };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	int pair[2], fd = (int)(n % 6);

	if (sys_socketpair(child->sys, AF_UNIX, n & 1 ? SOCK_STREAM : SOCK_SEQPACKET, 0, pair) < 0)
		return;
	control.align = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	(void)sys_sendmsg(child->sys, pair[0], &msg, MSG_NOSIGNAL);
}

static void random_nap(struct child *child, unsigned n)
{
	(void)nap(child->sys, (int)(n % 50));
}

static void random_death_signal(struct child *child, unsigned n)
{
	(void)sys_prctl(child->sys, PR_SET_PDEATHSIG, n & 1 ? SIGKILL : SIGTERM, 0, 0, 0);
}

static void note_signal(int signo)
{
}

static void random_action(struct child *child, unsigned n)
{
	struct sigaction action = { .sa_handler = n & 1 ? note_signal : SIG_IGN };

	(void)sys_sigaction(child->sys, n & 2 ? SIGCHLD : SIGUSR1, &action, NULL);
}

static void random_unshare(struct child *child, unsigned n)
{
	(void)sys_unshare(child->sys,
			  (n & 1 ? CLONE_NEWPID : CLONE_NEWUTS) | (n & 2 ? CLONE_NEWNS : 0));
}

static void random_map(struct child *child, unsigned n)
{
	void *map;

	(void)sys_mmap(child->sys, &map, 1 + n % 9000, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static void random_exec(struct child *child, unsigned n)
{
	char *argv[] = { (char *)"prog", NULL }, *envp[] = { NULL };

	if (n % 3 == 0)
		(void)sys_execveat(child->sys, AT_FDCWD, "/bin/prog", argv, envp, 0);
}

static void random_setns(struct child *child, unsigned n)
{
	static const char *const names[] = { "pid", "mnt", "net", "user" };
	struct open_how how = { .flags = O_RDONLY };
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/ns/%s", n % 120 + 1, names[(n >> 8) % 4]);
	fd = sys_openat2(child->sys, AT_FDCWD, path, &how);
	if (fd >= 0)
		(void)sys_setns(child->sys, fd, 0);
}

static void random_close(struct child *child, unsigned n)
{
	(void)sys_setsid(child->sys);
	(void)sys_close_range(child->sys, n % 4, n % 8 + 3, 0);
}

static void (*const deeds[])(struct child *child, unsigned n) = {
	random_clone, random_clone, random_kill,	 random_wait,	random_pipe,
	random_send,  random_nap,   random_death_signal, random_action, random_unshare,
	random_map,   random_exec,  random_setns,	 random_close,
};

static int history(void *arg)
{
	struct child *child = arg;

	for (int i = 0; i < ROUNDS; i++) {
		unsigned n = random_of(child->sys);

		deeds[n % ARRAY_LEN(deeds)](child, n >> 8);
	}
	return 0;
}

static int program(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	struct child child = { .sys = sys, .number = DEPTH_MAX - 1 };

	return history(&child);
}

/* The world after a while; free() it. */
static char *world_number(unsigned number)
{
	_cleanup_fake_ struct fake *fake = fake_create(&(struct fake_options){ .mem_check = 1 });
	struct sys *sys = fake_sys(fake);
	_cleanup_str_ struct str world = { 0 };
	sigset_t all;

	fake_program(fake, "/bin/prog", program, NULL);
	sigfillset(&all);
	sys_sigprocmask(sys, SIG_BLOCK, &all, NULL);
	for (unsigned i = 0; i < number; i++)
		(void)random_of(sys);
	for (int i = 0; i < 4; i++)
		start(sys, history, (struct child){ .number = 1 });
	fake_advance(fake, 200);
	fake_world(fake, &world);
	str_add(&world, fake_breaches(fake));
	return str_steal(&world);
}

static void random_histories_neither_crash_nor_differ(void **state)
{
	for (unsigned number = 0; number < WORLDS; number++) {
		char *first _cleanup_free_ = world_number(number),
			    *second _cleanup_free_ = world_number(number);

		assert_string_equal(first, second);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_histories_neither_crash_nor_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
