/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "conformance.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <linux/filter.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define NR BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define ARG0 BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]))
#define IS(k) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0, 1)
#define RET(action) BPF_STMT(BPF_RET | BPF_K, action)
#define ALLOW RET(SECCOMP_RET_ALLOW)

/* One call gets this answer, all others pass. */
static int load(struct sys *sys, int number, uint32_t answer, unsigned long flags)
{
	struct sock_filter filter[] = { NR, IS((uint32_t)number), RET(answer), ALLOW };
	const struct sock_fprog program = { ARRAY_LEN(filter), filter };

	return sys_seccomp_load(sys, flags, &program);
}

/* A part of a script in a child, which may die of its filters; what it noted until then. */
struct part {
	struct sys *sys;
	int fd;
	void (*run)(struct sys *sys, int fd);
};

static void say(struct sys *sys, int fd, const char *what, long ret)
{
	_cleanup_str_ struct str text = { 0 };

	note_n(&text, what, ret);
	(void)sys_write(sys, fd, str_text(&text), text.len);
}

static int run_part(void *arg)
{
	struct part *part = arg;

	part->run(part->sys, part->fd);
	return 0;
}

static void in_child(struct sys *sys, struct str *out, void (*run)(struct sys *sys, int fd))
{
	struct sys_clone args = { .exit_signal = SIGCHLD };
	struct part part = { .sys = sys, .run = run };
	char buf[4096];
	int fds[2];
	ssize_t n;
	pid_t pid;

	sys_pipe2(sys, fds, O_CLOEXEC);
	part.fd = fds[1];
	pid = sys_clone3(sys, &args, run_part, &part, sizeof(part));
	note_end(out, "end", sys, pid);
	sys_close(sys, fds[1]);
	while ((n = sys_read(sys, fds[0], buf, sizeof(buf))) > 0)
		str_add_n(out, buf, (size_t)n);
	sys_close(sys, fds[0]);
}

static void refuse(struct sys *sys, int fd)
{
	struct sock_filter jump[] = { BPF_STMT(BPF_JMP | BPF_JA, 1), ALLOW };
	struct sock_fprog program = { 0, jump };

	say(sys, fd, "no instructions", sys_seccomp_load(sys, 0, &program));
	program.len = BPF_MAXINSNS + 1;
	say(sys, fd, "too many", sys_seccomp_load(sys, 0, &program));
	program.len = 2;
	say(sys, fd, "jump behind the end", sys_seccomp_load(sys, 0, &program));
	say(sys, fd, "strange flags", load(sys, SYS_umask, SECCOMP_RET_ALLOW, 1ul << 20));
	say(sys, fd, "mode", sys_prctl(sys, PR_GET_SECCOMP, 0, 0, 0, 0));
	sys_setresuid(sys, 1000, 1000, 1000);
	say(sys, fd, "no privilege", load(sys, SYS_umask, SECCOMP_RET_ALLOW, 0));
	program.len = 2;
	say(sys, fd, "no privilege, and wrong", sys_seccomp_load(sys, 0, &program));
	program.len = 0;
	say(sys, fd, "no privilege, and nothing", sys_seccomp_load(sys, 0, &program));
	sys_prctl(sys, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	say(sys, fd, "no new privileges", load(sys, SYS_umask, SECCOMP_RET_ALLOW, 0));
	say(sys, fd, "mode", sys_prctl(sys, PR_GET_SECCOMP, 0, 0, 0, 0));
}

static void errors(struct sys *sys, int fd)
{
	struct sock_filter of_arg[] = {
		NR, IS(SYS_umask), ARG0, IS(077), RET(SECCOMP_RET_ERRNO | ENOTTY), ALLOW
	};
	const struct sock_fprog program = { ARRAY_LEN(of_arg), of_arg };

	sys_umask(sys, 022);
	say(sys, fd, "by argument", sys_seccomp_load(sys, SECCOMP_FILTER_FLAG_LOG, &program));
	say(sys, fd, "umask", sys_umask(sys, 022));
	say(sys, fd, "umask, that one", sys_umask(sys, 077));
	say(sys, fd, "personality", load(sys, SYS_personality, SECCOMP_RET_ERRNO | EPERM, 0));
	say(sys, fd, "personality", sys_personality(sys, 0xffffffff));
	say(sys, fd, "younger", load(sys, SYS_personality, SECCOMP_RET_ERRNO | ENOSYS, 0));
	say(sys, fd, "personality", sys_personality(sys, 0xffffffff));
	say(sys, fd, "milder", load(sys, SYS_personality, SECCOMP_RET_LOG, 0));
	say(sys, fd, "personality", sys_personality(sys, 0xffffffff));
	say(sys, fd, "errno 0", load(sys, SYS_getppid, SECCOMP_RET_ERRNO, 0));
	say(sys, fd, "getppid", sys_getppid(sys));
	say(sys, fd, "large errno", load(sys, SYS_setsid, SECCOMP_RET_ERRNO | 0xffff, 0));
	say(sys, fd, "setsid", sys_setsid(sys) == -4095);
	say(sys, fd, "traced", load(sys, SYS_uname, SECCOMP_RET_TRACE, 0));
	say(sys, fd, "uname", sys_uname(sys, &(struct utsname){ 0 }));
	say(sys, fd, "notified", load(sys, SYS_getcwd, SECCOMP_RET_USER_NOTIF, 0));
	say(sys, fd, "getcwd", sys_getcwd(sys, (char[256]){ 0 }, 256));
	say(sys, fd, "no more filters", load(sys, SYS_seccomp, SECCOMP_RET_ERRNO | EBUSY, 0));
	say(sys, fd, "another", load(sys, SYS_umask, SECCOMP_RET_ALLOW, 0));
}

static int ask_personality(void *arg)
{
	struct part *part = arg;

	return -sys_personality(part->sys, 0xffffffff);
}

static int become_true(void *arg)
{
	char *const argv[] = { (char *)"true", NULL }, *const envp[] = { NULL };
	struct part *part = arg;

	return -sys_execveat(part->sys, AT_FDCWD, "/bin/true", argv, envp, 0);
}

static void children(struct sys *sys, int fd)
{
	struct sys_clone args = { .exit_signal = SIGCHLD };
	struct part part = { .sys = sys };
	_cleanup_str_ struct str out = { 0 };

	say(sys, fd, "load", load(sys, SYS_personality, SECCOMP_RET_ERRNO | EPERM, 0));
	note_end(&out, "a child", sys,
		 sys_clone3(sys, &args, ask_personality, &part, sizeof(part)));
	say(sys, fd, "no exec", load(sys, SYS_execveat, SECCOMP_RET_ERRNO | EISDIR, 0));
	note_end(&out, "a program", sys, sys_clone3(sys, &args, become_true, &part, sizeof(part)));
	say(sys, fd, "no clone", load(sys, SYS_clone3, SECCOMP_RET_ERRNO | EDOM, 0));
	args.flags = CLONE_NEWUTS;
	note_n(&out, "a clone", sys_clone3(sys, &args, become_true, &part, sizeof(part)));
	sys_write(sys, fd, str_text(&out), out.len);
}

static void killed(struct sys *sys, int fd)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sys_sigaction(sys, SIGSYS, &ignore, NULL);
	say(sys, fd, "load", load(sys, SYS_umask, SECCOMP_RET_KILL_THREAD, 0));
	say(sys, fd, "umask", sys_umask(sys, 0));
}

static void killed_with_all(struct sys *sys, int fd)
{
	say(sys, fd, "milder", load(sys, SYS_umask, SECCOMP_RET_ERRNO | EPERM, 0));
	say(sys, fd, "load", load(sys, SYS_umask, SECCOMP_RET_KILL_PROCESS, 0));
	say(sys, fd, "umask", sys_umask(sys, 0));
}

static void unknown_answer(struct sys *sys, int fd)
{
	say(sys, fd, "load", load(sys, SYS_umask, 0x12340000, 0));
	say(sys, fd, "umask", sys_umask(sys, 0));
}

static void trapped(struct sys *sys, int fd)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	sys_sigprocmask(sys, SIG_BLOCK, &set, NULL);
	say(sys, fd, "load", load(sys, SYS_umask, SECCOMP_RET_TRAP, 0));
	say(sys, fd, "umask", sys_umask(sys, 0));
}

static void refusals(struct sys *sys, struct str *out)
{
	in_child(sys, out, refuse);
}

static void answers(struct sys *sys, struct str *out)
{
	in_child(sys, out, errors);
	in_child(sys, out, children);
}

static void deaths(struct sys *sys, struct str *out)
{
	in_child(sys, out, killed);
	in_child(sys, out, killed_with_all);
	in_child(sys, out, unknown_answer);
	in_child(sys, out, trapped);
}

const struct script seccomp_scripts[] = {
	{ "refused filters", refusals },
	{ "answers of filters", answers, .filtered = true },
	{ "deaths by filters", deaths, .filtered = true },
	{ NULL, NULL },
};
