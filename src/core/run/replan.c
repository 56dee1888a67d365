/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans of the supervisor: mapping one, and having lxc-plan make the next. */
#include "core/run/loop.h"
#include "core/run/steps.h"

#include <errno.h>
#include <linux/memfd.h>
#include <sys/mman.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* The planner's error in place of an image: its own words. */
static bool is_planner_error(const void *bytes, size_t len, struct err *err)
{
	struct err found;

	if (len < sizeof(PLAN_ERR_MAGIC) + sizeof(found) ||
	    memcmp(bytes, PLAN_ERR_MAGIC, sizeof(PLAN_ERR_MAGIC)) != 0)
		return false;
	memcpy(&found, (const char *)bytes + sizeof(PLAN_ERR_MAGIC), sizeof(found));
	if (found.code >= 0)
		found.code = -EINVAL;
	if (err)
		*err = found;
	return true;
}

int run_map_plan(struct sys *sys, int fd, const struct plan **out, struct err *err)
{
	struct stat st = { 0 };
	void *map = NULL;
	int ret;

	if (!io_is_sealed(sys, fd))
		return err_set(err, -EBADF, "descriptor %d holds no plan", fd);
	ret = sys_fstatat(sys, fd, "", &st, AT_EMPTY_PATH);
	if (ret == 0 && (st.st_size <= 0 || st.st_size > PLAN_SIZE_MAX))
		return err_set(err, -EINVAL, "the plan is empty or too large");
	if (ret == 0)
		ret = sys_mmap(sys, &map, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd);
	if (ret < 0)
		return err_sys(err, ret, "map the plan");
	if (is_planner_error(map, (size_t)st.st_size, err))
		ret = -ECANCELED;
	else
		ret = plan_check(map, (size_t)st.st_size, err);
	if (ret == 0 && ((const struct plan *)map)->step_count > RUN_STEPS_MAX)
		ret = err_set(err, -E2BIG, "the plan has more than %d steps", RUN_STEPS_MAX);
	if (ret < 0) {
		(void)sys_munmap(sys, map, (size_t)st.st_size);
		return ret;
	}
	*out = map;
	return 0;
}

void run_unmap_plan(struct sys *sys, const struct plan *plan)
{
	if (plan)
		(void)sys_munmap(sys, (void *)(uintptr_t)plan, plan->size);
}

static int spawn_planner(struct run *run, int out_fd, int *pidfd)
{
	char name[] = "lxc-plan", mode[] = "--life";
	char *const argv[] = { name, mode, NULL };
	char *const envp[] = { NULL };
	const int fds[] = {
		[0] = 0,
		[1] = 1,
		[2] = 2,
		[PLANNER_FD_IN] = run->fds[SUPERVISOR_FD_PLAN],
		[PLANNER_FD_OUT] = out_fd,
	};
	struct sys_spawn spawn = {
		.exe_fd = run->fds[SUPERVISOR_FD_PLANNER],
		.argv = argv,
		.envp = envp,
		.fds = fds,
		.fd_count = ARRAY_LEN(fds),
		.pidfd_out = pidfd,
	};
	pid_t pid;

	pid = sys_spawn(run->sys, &spawn);
	if (pid == -ENOSYS || pid == -EINVAL) {
		spawn.pidfd_out = NULL;
		pid = sys_spawn(run->sys, &spawn);
	}
	return (int)pid;
}

static int plan_into(struct run *run, int out_fd, struct err *err)
{
	siginfo_t info = { 0 };
	int pidfd = -1;
	int pid = spawn_planner(run, out_fd, &pidfd), ret;

	if (pid < 0)
		return err_sys(err, pid, "start lxc-plan");
	if (pidfd >= 0)
		run_wait_readable(run, pidfd, -1);
	close_number(run->sys, &pidfd);
	ret = SYS_RETRY(sys_waitid(run->sys, P_PID, pid, &info, WEXITED));
	if (ret < 0)
		return err_sys(err, ret, "wait for lxc-plan");
	/* Status 1 comes with the words in the file. */
	if (info.si_code != CLD_EXITED || info.si_status > 1)
		return err_set(err, -ECHILD, "lxc-plan was ended by %s %d",
			       info.si_code == CLD_EXITED ? "status" : "signal", info.si_status);
	return 0;
}

int run_replan(struct run *run, struct err *err)
{
	_cleanup_fd_ struct fd mem = { 0 };
	const struct plan *plan = NULL;
	int ret = sys_memfd_create(run->sys, "lxc-plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (ret < 0)
		return err_sys(err, ret, "create memory for the plan");
	mem = fd_of(run->sys, ret);
	ret = plan_into(run, mem.n, err);
	if (ret < 0)
		return ret;
	/* Nobody changes under us what is checked once. */
	ret = sys_fcntl(run->sys, mem.n, F_ADD_SEALS, SEALS);
	if (ret < 0)
		return err_sys(err, ret, "seal the plan");
	ret = run_map_plan(run->sys, mem.n, &plan, err);
	if (ret < 0)
		return ret;
	run_unmap_plan(run->sys, run->plan);
	run->plan = plan;
	return 0;
}
