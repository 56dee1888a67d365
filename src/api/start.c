/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* start, startl: bind the name, plan, hand over to the supervisor. */
#include "api/api.h"

#include "core/base/arena.h"
#include "core/base/vec.h"
#include "core/ipc/ipc.h"
#include "core/plan/plan.h"
#include "core/run/run.h"
#include "core/storage/storage.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <termios.h>

/* Foreground: signals are forwarded from the one thread, so there must be one only. */
static int check_threads(struct sys *sys, struct err *err)
{
	_cleanup_str_ struct str names = { 0 };
	size_t count = 0;
	int ret = io_list_dir(sys, AT_FDCWD, "/proc/self/task", &names, &count);

	if (ret < 0 && ret != -ENOENT)
		return err_sys(err, ret, "count our threads");
	return count > 1 ? err_set(err, -EINVAL, "a program with threads cannot start a container in the foreground")
			 : 0;
}

static uint32_t stdio_ttys(struct sys *sys)
{
	struct termios termios;
	uint32_t mask = 0;

	for (int fd = 0; fd <= 2; fd++)
		mask |= sys_ioctl(sys, fd, TCGETS, &termios) == 0 ? 1U << fd : 0;
	return mask;
}

static int check(struct container *it, bool daemon, struct err *err)
{
	int ret = storage_check_name(it->c.name, err);

	if (ret < 0)
		return ret;
	if (!it->config)
		return err_set(err, -ENOENT, "container %s is not defined: there is no %s", it->c.name,
			       it->c.configfile);
	switch (storage_clean(it->sys, it->run_dir, it->c.config_path, it->c.name, err)) {
	case STORAGE_BEING_CREATED:
		return err_set(err, -EBUSY, "container %s is being created", it->c.name);
	case STORAGE_ABANDONED:
		err_context(err, "the creation of container %s was not finished", it->c.name);
		return err_is(err) ? err->code : -EBUSY;
	case STORAGE_RECOVERED:
		return err_set(err, -ENOENT, "the creation of container %s was not finished; its remains were removed",
			       it->c.name);
	case STORAGE_COMPLETE:
		break;
	}
	return daemon ? 0 : check_threads(it->sys, err);
}

/* The helpers, each by descriptor: what is running is what this library was built with. */
struct helpers {
	struct fd supervisor, planner, init;
};

static void helpers_finish(struct helpers *helpers)
{
	fd_finish(&helpers->supervisor);
	fd_finish(&helpers->planner);
	fd_finish(&helpers->init);
}

static int helpers_open(struct sys *sys, bool use_init, struct helpers *helpers, struct err *err)
{
	int ret = carry_open(sys, CARRIED_SUPERVISOR, &helpers->supervisor, err);

	if (ret == 0)
		ret = carry_open(sys, CARRIED_PLANNER, &helpers->planner, err);
	if (ret == 0 && use_init)
		ret = carry_open(sys, CARRIED_INIT, &helpers->init, err);
	return ret;
}

static int spawn(struct container *it, const struct plan *image, int command_fd, bool daemon, bool use_init,
		 struct start_result *result, struct err *err)
{
	_cleanup_(helpers_finish) struct helpers helpers = { 0 };
	struct log log = api_log();
	int ret = helpers_open(it->sys, use_init, &helpers, err);

	if (ret < 0)
		return ret;
	return start_supervisor(it->sys,
				&(struct start_args){ .image = image,
						      .command_fd = command_fd,
						      .supervisor_exe_fd = helpers.supervisor.n,
						      .planner_exe_fd = helpers.planner.n,
						      .init_exe_fd = fd_n(&helpers.init),
						      .log_fd = log.fd,
						      .trace_fd = api_trace_fd(),
						      .pidfile = it->c.pidfile,
						      .envp = it->envp,
						      .daemon = daemon },
				result, err);
}

/* A closed standard stream would be taken by the first thing that we open, and handed on as such. */
struct standard_streams {
	struct fd filled[3];
};

static void standard_streams_finish(struct standard_streams *streams)
{
	for (size_t i = 0; i < ARRAY_LEN(streams->filled); i++)
		fd_finish(&streams->filled[i]);
}

static int standard_streams_fill(struct sys *sys, struct standard_streams *streams, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(streams->filled); i++) {
		int ret = sys_fcntl(sys, (int)i, F_GETFD, 0);

		if (ret >= 0)
			continue;
		if (ret != -EBADF)
			return err_sys(err, ret, "look at descriptor %zu", i);
		ret = io_open(sys, AT_FDCWD, "/dev/null", O_RDWR | O_NOCTTY, 0, 0);
		if (ret < 0)
			return err_sys(err, ret, "open /dev/null");
		streams->filled[i] = fd_of(sys, ret);
	}
	return 0;
}

static int start(struct container *it, bool use_init, char *const argv[], struct start_result *result,
		 struct err *err)
{
	struct plan_request request = { .name = it->c.name,
					.lxcpath = it->c.config_path,
					.daemon = it->c.daemonize,
					.use_init = use_init,
					.argv = argv && argv[0] ? argv : NULL,
					.envp = it->envp };
	struct plan *image _cleanup_free_ = NULL;
	_cleanup_(standard_streams_finish) struct standard_streams streams = { 0 };
	_cleanup_fd_ struct fd command = { 0 }, lock = { 0 };
	enum log_level level;
	int ret;

	if (api_log_level(&level))
		request.log_level = &level;
	api_lock(&it->c);
	ret = check(it, request.daemon, err);
	if (ret == 0)
		ret = standard_streams_fill(it->sys, &streams, err);
	/* Nobody destroys it between his look at the socket and ours. */
	if (ret == 0)
		ret = storage_lock(it->sys, it->run_dir, it->c.config_path, it->c.name, &lock, err);
	if (ret == 0)
		ret = ipc_bind(it->sys, it->c.config_path, it->c.name, err);
	fd_finish(&lock);
	if (ret >= 0) {
		command = fd_of(it->sys, ret);
		if (!request.daemon)
			request.stdio_ttys = stdio_ttys(it->sys);
		ret = plan_life(it->sys, it->config, &request, &image, err);
	}
	api_unlock(&it->c);
	if (ret < 0)
		return ret;
	return spawn(it, image, command.n, request.daemon, use_init, result, err);
}

/* error_num as programs know it: code << 8, or signal << 8 | 0x7f. */
static int error_number(const struct start_result *result)
{
	if (!result->has_status)
		return 0;
	if (WIFEXITED(result->wait_status))
		return WEXITSTATUS(result->wait_status) << 8;
	return (WTERMSIG(result->wait_status) << 8) | 0x7f;
}

bool api_start(struct lxc_container *c, int useinit, char *const argv[])
{
	struct container *it = container_of(c);
	struct start_result result = { 0 };
	struct err err = { 0 };
	bool daemon;
	int ret;

	if (!c)
		return false;
	daemon = c->daemonize;
	c->error_num = 1;
	ret = start(it, useinit != 0, argv, &result, &err);
	if (daemon)
		c->pidfile = NULL; /* The supervisor unlinks the file; the string is the client's. */
	if (ret < 0 || !result.running) {
		if (!err_is(&err))
			err_set(&err, -EIO, "the supervisor ended before the container was running");
		api_fail(it, &err);
		return false;
	}
	if (!daemon)
		c->error_num = error_number(&result);
	return true;
}

bool api_collect(struct vec *argv, va_list args)
{
	bool ok = true;
	char *arg;

	while ((arg = va_arg(args, char *)))
		ok = vec_add(argv, &arg) && ok;
	return vec_add(argv, NULL) && ok;
}

bool api_startl(struct lxc_container *c, int useinit, ...)
{
	_cleanup_vec_ struct vec argv = VEC_OF(char *);
	va_list args;
	bool ok;

	va_start(args, useinit);
	ok = api_collect(&argv, args);
	va_end(args);
	return ok && api_start(c, useinit, argv.count > 1 ? argv.items : NULL);
}
