/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* attach and its two shortcuts: the caller's options as the core wants them. */
#include "api/api.h"

#include "core/attach/attach.h"
#include "core/base/vec.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

/* The caller's function, in the attached process: that is a copy of us, so its environment may be set. */
struct call {
	lxc_attach_exec_t function;
	void *payload;
};

static int run_call(void *payload, char *const *envp)
{
	struct call *call = payload;

	environ = (char **)envp;
	return call->function(call->payload);
}

/* A program whose argv[0] has another name. */
struct command {
	struct sys *sys;
	const lxc_attach_command_t *words;
};

static int run_command(void *payload, char *const *envp)
{
	struct command *command = payload;

	environ = (char **)envp;
	return api_exec_command(command->sys, command->words);
}

/* Reads no further than an old caller's struct goes: label and groups only when a flag says that they are there. */
static struct attach_args to_args(struct container *it, lxc_attach_options_t *given)
{
	static const lxc_attach_options_t defaults = LXC_ATTACH_OPTIONS_DEFAULT;
	const lxc_attach_options_t *options = given ? given : &defaults;
	struct attach_args args = {
		.lxcpath = it->c.config_path,
		.name = it->c.name,
		.flags = options->attach_flags,
		.namespaces = options->namespaces,
		.namespaces_out = given ? &given->namespaces : NULL,
		.personality = options->personality,
		.initial_cwd = options->initial_cwd,
		.uid = options->uid,
		.gid = options->gid,
		.clear_env = options->env_policy == LXC_ATTACH_CLEAR_ENV,
		.extra_env = options->extra_env_vars,
		.keep_env = options->extra_keep_env,
		.envp = it->envp,
		.stdin_fd = options->stdin_fd,
		.stdout_fd = options->stdout_fd,
		.stderr_fd = options->stderr_fd,
		.log_fd = options->log_fd,
	};

	if (options->attach_flags & LXC_ATTACH_SETGROUPS) {
		args.groups = options->groups.list;
		args.group_count = options->groups.size;
	}
	return args;
}

static int run(struct container *it, struct attach_args *args, pid_t *pid)
{
	struct err err = { 0 };
	pid_t attached = 0;
	int ret = attach_run(it->sys, args, &attached, &err);

	if (ret < 0)
		api_fail(it, &err);
	/* Interrupted: the process is there all the same. */
	if ((ret == 0 || ret == -EINTR) && pid)
		*pid = attached;
	return ret;
}

/* While a command has the terminal, the keys that interrupt it are not for us. */
static void ignore_keys(struct sys *sys, struct sigaction old[2])
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	(void)sys_sigaction(sys, SIGINT, &ignore, &old[0]);
	(void)sys_sigaction(sys, SIGQUIT, &ignore, &old[1]);
}

static void restore_keys(struct sys *sys, const struct sigaction old[2])
{
	(void)sys_sigaction(sys, SIGINT, &old[0], NULL);
	(void)sys_sigaction(sys, SIGQUIT, &old[1], NULL);
}

int api_attach(struct lxc_container *c, lxc_attach_exec_t exec_function, void *exec_payload,
	       lxc_attach_options_t *options, pid_t *attached_process)
{
	struct call call = { .function = exec_function, .payload = exec_payload };
	struct sigaction old[2];
	struct attach_args args;
	int ret;

	if (!c || !exec_function)
		return -1;
	args = to_args(container_of(c), options);
	args.callback = run_call;
	args.payload = &call;
	ret = run(container_of(c), &args, attached_process);
	if (ret == 0 && args.stdin_fd == 0)
		ignore_keys(container_of(c)->sys, old);
	return ret;
}

int api_attach_run_wait(struct lxc_container *c, lxc_attach_options_t *options, const char *program,
			const char *const argv[])
{
	lxc_attach_command_t words = { .program = (char *)program, .argv = (char **)argv };
	struct command command = { .words = &words };
	struct sigaction old[2];
	struct attach_args args;
	struct err err = { 0 };
	int ret, status = 0;
	pid_t pid = 0;

	if (!c || !program || !argv)
		return -1;
	args = to_args(container_of(c), options);
	if (argv[0] && str_eq(argv[0], program)) {
		args.argv = (char *const *)argv;
	} else {
		command.sys = container_of(c)->sys;
		args.callback = run_command;
		args.payload = &command;
	}
	ret = run(container_of(c), &args, &pid);
	/* Nobody else knows its number, so nobody else could wait for it. */
	if (ret == -EINTR && pid > 0) {
		(void)sys_kill(container_of(c)->sys, pid, SIGKILL);
		(void)attach_wait(container_of(c)->sys, pid, &status);
	}
	if (ret < 0)
		return ret;
	if (args.stdin_fd == 0)
		ignore_keys(container_of(c)->sys, old);
	ret = attach_wait(container_of(c)->sys, pid, &status);
	if (args.stdin_fd == 0)
		restore_keys(container_of(c)->sys, old);
	if (ret < 0) {
		err_sys(&err, ret, "wait for the attached process");
		api_fail(container_of(c), &err);
	}
	return ret < 0 ? ret : status;
}

int api_attach_run_waitl(struct lxc_container *c, lxc_attach_options_t *options, const char *program, const char *arg, ...)
{
	_cleanup_vec_ struct vec argv = VEC_OF(const char *);
	bool ok = true;
	va_list args;

	va_start(args, arg);
	for (const char *word = arg; word; word = va_arg(args, const char *))
		ok = vec_add(&argv, &word) && ok;
	va_end(args);
	if (!vec_add(&argv, NULL) || !ok)
		return -1;
	return api_attach_run_wait(c, options, program, argv.items);
}
