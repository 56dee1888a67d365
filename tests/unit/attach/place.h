/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tests/attach/place: a small container of the test's own on the real kernel, whose supervisor is a stub. */
#ifndef TESTS_ATTACH_PLACE_H
#define TESTS_ATTACH_PLACE_H

#include "../run/tiny.h"
#include "core/attach/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define BUSYBOX "/bin/busybox"
#define NEW_NS (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET)

struct place {
	char dir[64], rootfs[96], mount[96];
	struct plan *plan;
	struct run run;
	pid_t server;
	struct cgroup *cgroup; /* shared with the server */
};

/* The one cgroup of the container, and how the server tells of it. */
struct cgroup {
	enum { UNTOLD, BY_PATH, BY_FD, CLOSES } told;
	char dir[96];
};
#define PIDS "/sys/fs/cgroup/pids"

/* The struct of 96 bytes that goes with the descriptors. */
static inline void answer_cgroups(struct ipc_server *server, int slot, const struct cgroup *cgroup)
{
	uint32_t ctx[24] = { 0, 0, 1 };
	int fd = -1;

	if (cgroup->told == CLOSES || cgroup->told == BY_PATH) {
		ipc_server_drop(server, slot);
		return;
	}
	if (cgroup->told == BY_FD)
		fd = open(cgroup->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)ipc_server_reply(server, slot, fd < 0 ? -ENOSYS : 0, 0, ctx, fd < 0 ? 0 : sizeof(ctx), &fd, fd >= 0);
	if (fd >= 0)
		(void)close(fd);
}

static inline void shell_in(const char *dir, const char *line)
{
	char command[1024];

	(void)snprintf(command, sizeof(command), "cd %s && %s", dir, line);
	assert_int_equal(system(command), 0);
}

/* What the supervisor would answer. */
static inline void answer(struct ipc_server *server, int slot, pid_t init, const struct cgroup *cgroup)
{
	struct ipc_request request;
	const char *text = "";

	if (ipc_server_read(server, slot, &request) != 1)
		return;
	if (request.cmd == IPC_GET_CONFIG_ITEM && strcmp(request.payload, "lxc.environment") == 0)
		text = "CFG=config\n";
	if (request.cmd == IPC_GET_CONFIG_ITEM && strcmp(request.payload, "lxc.prlimit") == 0)
		text = "lxc.prlimit.nofile = 64:128\n";
	if (request.cmd == IPC_GET_CONFIG_ITEM && strcmp(request.payload, "lxc.proc") == 0)
		text = "lxc.proc.oom_score_adj = 10\n";
	if (request.cmd == IPC_GET_CGROUP && cgroup->told == BY_PATH && strcmp(request.payload, "pids") == 0)
		text = cgroup->dir + strlen(PIDS);
	if (request.cmd == IPC_GET_CGROUP_CTX)
		answer_cgroups(server, slot, cgroup);
	else if (request.cmd == IPC_GET_INIT_PID)
		(void)ipc_server_reply(server, slot, 0, (uint64_t)init, NULL, 0, NULL, 0);
	else
		(void)ipc_server_reply(server, slot, *text ? 0 : -ENOENT, 0, text, strlen(text) + (*text != 0),
				       NULL, 0);
}

static inline void serve(struct ipc_server *server, pid_t init, const struct cgroup *cgroup)
{
	for (;;) {
		struct pollfd fds[IPC_CLIENTS_MAX + 1] = { { .fd = server->listen_fd, .events = POLLIN } };

		for (int i = 0; i < IPC_CLIENTS_MAX; i++)
			fds[i + 1] = (struct pollfd){ .fd = server->clients[i].fd, .events = POLLIN };
		(void)poll(fds, IPC_CLIENTS_MAX + 1, -1);
		if (fds[0].revents)
			(void)ipc_server_accept(server);
		for (int i = 0; i < IPC_CLIENTS_MAX; i++)
			if (fds[i + 1].revents)
				answer(server, i, init, cgroup);
	}
}

static inline int set_up(void **state)
{
	static const char *const argv[] = { "/bin/sh", "-c", "while :; do /bin/busybox sleep 1; done" };
	struct place *place = calloc(1, sizeof(*place));
	struct tiny tiny;
	struct err err = { 0 };

	assert_non_null(place);
	(void)snprintf(place->dir, sizeof(place->dir), "/tmp/test-attach-XXXXXX");
	assert_non_null(mkdtemp(place->dir));
	(void)snprintf(place->rootfs, sizeof(place->rootfs), "%s/rootfs", place->dir);
	(void)snprintf(place->mount, sizeof(place->mount), "%s/mount", place->dir);
	shell_in(place->dir, "mkdir rootfs mount && cd rootfs && mkdir bin proc sys mnt tmp && "
			     "cp " BUSYBOX " bin/busybox && ln -s busybox bin/sh");
	tiny = (struct tiny){ .rootfs = place->rootfs, .mount = place->mount, .argv = argv, .argc = 3,
			      .clone_flags = NEW_NS };
	place->plan = tiny_plan(&tiny);
	tiny_run_init(&place->run, sys_linux(), place->plan);
	place->run.server.listen_fd = ipc_bind(sys_linux(), place->dir, "tiny", &err);
	if (place->run.server.listen_fd < 0 || tiny_start(&place->run, &err) < 0)
		fail_msg("%s", err.what);
	place->cgroup = mmap(NULL, sizeof(*place->cgroup), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(place->cgroup != MAP_FAILED);
	place->server = fork();
	if (place->server == 0)
		serve(&place->run.server, place->run.init_pid, place->cgroup);
	*state = place;
	return 0;
}

static inline int tear_down(void **state)
{
	struct place *place = *state;
	int status;

	(void)kill(place->server, SIGKILL);
	(void)waitpid(place->server, &status, 0);
	(void)close(place->run.server.listen_fd);
	run_afterlife(&place->run);
	shell_in(place->dir, "rm -rf --one-file-system \"$PWD\"");
	free(place->plan);
	(void)munmap(place->cgroup, sizeof(*place->cgroup));
	free(place);
	return 0;
}

static inline struct attach_args args_of(const struct place *place, char *const *argv)
{
	static char home[] = "HOME=/root", kept[] = "KEEP=kept";
	static char *const envp[] = { home, kept, NULL };

	return (struct attach_args){ .lxcpath = place->dir, .name = "tiny", .flags = ATTACH_DEFAULT,
				     .namespaces = -1, .personality = -1, .uid = (uid_t)-1, .gid = (gid_t)-1,
				     .envp = envp, .stdin_fd = 0, .stdout_fd = 1, .stderr_fd = 2,
				     .log_fd = -1, .argv = argv };
}

static inline int finish(const struct attach_args *args)
{
	struct err err = { 0 };
	pid_t pid;
	int status = -1, ret = attach_run(sys_linux(), args, &pid, &err);

	if (ret < 0) {
		print_message("%s\n", err.what);
		return ret;
	}
	assert_int_equal(attach_wait(sys_linux(), pid, &status), 0);
	return attach_exit_code(status);
}

static inline int line_with(const struct place *place, struct attach_args args, const char *line)
{
	char text[512];
	char *const argv[] = { (char[]){ "/bin/sh" }, (char[]){ "-c" }, text, NULL };

	(void)place;
	(void)snprintf(text, sizeof(text), "alias busybox=/bin/busybox\n%s", line);
	args.argv = argv;
	return finish(&args);
}

/* Whether the tests can run; then in name spaces of their own, without what whoever runs them has left open. */
static inline bool is_possible(void)
{
	if (geteuid() != 0 || access(BUSYBOX, X_OK) < 0 || unshare(CLONE_NEWNS | CLONE_NEWNET) < 0 ||
	    mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0)
		return false;
	(void)close_range(3, ~0U, 0);
	/* That nobody takes ours inside can be seen only when we have some. */
	return setgroups(2, (const gid_t[]){ 4242, 4243 }) == 0;
}

#endif
