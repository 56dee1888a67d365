/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "conformance.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/personality.h>

static int sleep_for_ever(void *arg)
{
	struct child *child = arg;

	sys_sethostname(child->sys, "inside");
	sys_write(child->sys, child->fd, "x", 1);
	nap(child->sys, -1);
	return 99;
}

static void note_host(struct str *out, struct sys *sys)
{
	struct utsname uts = { 0 };

	sys_uname(sys, &uts);
	str_addf(out, "host name: %s\n", str_eq(uts.nodename, "inside") ? "inside" : "outside");
}

static void entering(struct sys *sys, struct str *out)
{
	struct child child = { .sys = sys };
	int pidfd = -1, fds[2];
	struct sys_clone args = { .flags =
					  CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET,
				  .exit_signal = SIGCHLD,
				  .pidfd_out = &pidfd };
	char c;
	pid_t pid;

	sys_pipe2(sys, fds, O_CLOEXEC);
	child.fd = fds[1];
	pid = sys_clone3(sys, &args, sleep_for_ever, &child, sizeof(child));
	sys_read(sys, fds[0], &c, 1);
	note_host(out, sys);
	note(out, "no kind", sys_setns(sys, pidfd, 0));
	note(out, "strange kind", sys_setns(sys, pidfd, 1));
	note(out, "no namespace", sys_setns(sys, fds[0], 0));
	note(out, "no descriptor", sys_setns(sys, 44, 0));
	note(out, "own user namespace", sys_setns(sys, pidfd, CLONE_NEWUSER | CLONE_NEWUTS));
	note_host(out, sys);
	note(out, "host name and ipc", sys_setns(sys, pidfd, CLONE_NEWUTS | CLONE_NEWIPC));
	note_host(out, sys);
	note(out, "pids", sys_setns(sys, pidfd, CLONE_NEWPID));
	args.flags = 0;
	args.pidfd_out = NULL;
	child.fd = fds[1];
	note(out, "a child inside", sys_clone3(sys, &args, sleep_for_ever, &child, sizeof(child)));
	sys_read(sys, fds[0], &c, 1);
	note(out, "new pid namespace, seen from another", sys_unshare(sys, CLONE_NEWPID));
	note(out, "end of init", sys_kill(sys, pid, SIGKILL));
	for (int i = 0; i < 2; i++) {
		siginfo_t info = { 0 };

		note(out, "wait", sys_waitid(sys, P_ALL, 0, &info, WEXITED));
		note_n(out, "status", info.si_status);
	}
	note(out, "a child too late",
	     sys_clone3(sys, &args, sleep_for_ever, &child, sizeof(child)));
	sys_close_range(sys, 0, 40, 0);
}

static void links(struct sys *sys, struct str *out)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
	} request = { .header = { sizeof(request), RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, 7, 0 },
		      .info = { .ifi_index = 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP } };
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
	} reply = { 0 };
	struct ifreq interface = { .ifr_name = "lo" };
	int netlink, sock;

	note(out, "unshare", sys_unshare(sys, CLONE_NEWNET));
	netlink = sys_socket(sys, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	sock = sys_socket(sys, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	note(out, "flags", sys_ioctl(sys, sock, SIOCGIFFLAGS, &interface));
	note_n(out, "before", interface.ifr_flags);
	note_n(out, "request", sys_write(sys, netlink, &request, sizeof(request)) > 0);
	note_n(out, "reply", sys_read(sys, netlink, &reply, sizeof(reply)));
	note_n(out, "type", reply.header.nlmsg_type);
	note_n(out, "sequence", reply.header.nlmsg_seq);
	note(out, "result", reply.error.error);
	sys_ioctl(sys, sock, SIOCGIFFLAGS, &interface);
	note_n(out, "up", (interface.ifr_flags & IFF_UP) != 0);
	request.info.ifi_index = 77;
	sys_write(sys, netlink, &request, sizeof(request));
	sys_read(sys, netlink, &reply, sizeof(reply));
	note(out, "no such link", reply.error.error);
	interface.ifr_flags &= (short)~IFF_UP;
	note(out, "down", sys_ioctl(sys, sock, SIOCSIFFLAGS, &interface));
	strcpy(interface.ifr_name, "none");
	note(out, "no such name", sys_ioctl(sys, sock, SIOCGIFFLAGS, &interface));
	sys_close_range(sys, 0, 40, 0);
}

static int as_nobody(void *arg)
{
	struct child *child = arg;
	struct sys *sys = child->sys;
	_cleanup_str_ struct str text = { 0 };
	struct str *out = &text;
	struct sys_caps caps = { 0 };

	sys_setresgid(sys, 1000, 1000, 1000);
	sys_setresuid(sys, 1000, 1000, 1000);
	note(out, "pid namespace", sys_unshare(sys, CLONE_NEWPID));
	note(out, "user and uts", sys_unshare(sys, CLONE_NEWUSER | CLONE_NEWUTS));
	note_n(out, "uid", sys_getuid(sys));
	sys_capget(sys, &caps);
	note_n(out, "capable", (caps.effective >> CAP_SYS_ADMIN) & 1);
	note(out, "host name", sys_sethostname(sys, "x"));
	note(out, "host limit", sys_prlimit(sys, 0, RLIMIT_NICE, &(struct rlimit){ 40, 40 }, NULL));
	note(out, "become root without a map", sys_setresuid(sys, 0, 0, 0));
	note(out, "groups without a map", sys_setgroups(sys, 0, NULL));
	note(out, "net", sys_unshare(sys, CLONE_NEWNET));
	return sys_write(sys, child->fd, str_text(out), out->len) == (ssize_t)out->len ? 0 : 1;
}

static void user_namespaces(struct sys *sys, struct str *out)
{
	char buf[2048];
	int fds[2];
	ssize_t n;

	sys_pipe2(sys, fds, O_CLOEXEC);
	note_end(out, "end", sys, start(sys, 0, as_nobody, (struct child){ .fd = fds[1] }));
	n = sys_read(sys, fds[0], buf, sizeof(buf));
	if (n > 0)
		str_add_n(out, buf, (size_t)n);
	sys_close_range(sys, 0, 40, 0);
}

static void one_s_own(struct sys *sys, struct str *out)
{
	struct utsname uts;
	struct rlimit old = { 0 };

	note(out, "strange unshare", sys_unshare(sys, 1));
	note_n(out, "personality", sys_personality(sys, PER_LINUX32));
	sys_uname(sys, &uts);
	str_addf(out, "machine: %s\n", uts.machine);
	note_n(out, "ask", sys_personality(sys, 0xffffffff));
	note_n(out, "mask", sys_umask(sys, 027) >= 0);
	note_n(out, "mask again", sys_umask(sys, 022));
	note(out, "no such limit", sys_prlimit(sys, 0, 99, NULL, &old));
	note(out, "limit of nobody", sys_prlimit(sys, 0x7ffffff, RLIMIT_CORE, NULL, &old));
	note(out, "set", sys_prlimit(sys, 0, RLIMIT_CORE, &(struct rlimit){ 5, 10 }, NULL));
	note(out, "get", sys_prlimit(sys, 0, RLIMIT_CORE, NULL, &old));
	note_n(out, "now", (long)old.rlim_cur);
}

const struct script namespace_scripts[] = {
	{ "entering", entering },   { "links", links }, { "user namespaces", user_namespaces },
	{ "one's own", one_s_own }, { NULL, NULL },
};
