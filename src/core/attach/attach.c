/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of the container becomes a plan; the plan is run; then the terminal is relayed. */
#include "core/attach/context.h"
#include "core/run/run.h"

#include <errno.h>
#include <stdlib.h>

#define NOT_FOUND 127
#define NOT_EXECUTABLE 126

/* What runs inside: the caller's function or program. */
struct attach_program {
	struct sys *sys;
	const struct attach_args *args;
};

static const char *env_value(char *const *envp, const char *prefix)
{
	for (; *envp; envp++) {
		const char *value = str_after(*envp, prefix);

		if (value)
			return value;
	}
	return NULL;
}

/* In the attached process: nobody listens any more but who reads its standard error. */
static int run_program(void *payload, char *const *envp)
{
	const struct attach_program *program = payload;
	const char **argv = (const char **)(uintptr_t)program->args->argv;
	const char **env = (const char **)(uintptr_t)envp;
	struct sys *sys = program->sys;
	const char *words[5] = { "lxc-attach: cannot execute ", NULL, ": ", NULL, "\n" };
	int ret;

	if (program->args->callback)
		return program->args->callback(program->args->payload, envp);
	ret = exec_program(sys, argv[0], env_value(envp, "PATH="), argv, env);
	words[1] = argv[0];
	words[3] = err_name(ret);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		(void)io_write_full(sys, 2, words[i], strlen(words[i]));
	return ret == -ENOENT || ret == -ENOTDIR ? NOT_FOUND : NOT_EXECUTABLE;
}

static int enter(const struct attach_context *c, const struct plan *plan,
		 struct enter_result *result, struct err *err)
{
	struct attach_program program = { .sys = c->sys, .args = c->args };
	int ns_fds[NAMESPACE_COUNT];
	const struct enter_args args = {
		.plan = plan,
		.ns_fds = ns_fds,
		.program = run_program,
		.payload = &program,
		.envp = c->env.items,
	};

	for (unsigned i = 0; i < NAMESPACE_COUNT; i++)
		ns_fds[i] = fd_n(&c->ns[i]);
	return enter_run(c->sys, &args, result, err);
}

int attach_run(struct sys *sys, const struct attach_args *args, pid_t *attached_out,
	       struct err *err)
{
	_cleanup_attach_context_ struct attach_context context = { .sys = NULL };
	_cleanup_free_ struct plan *plan = NULL;
	struct enter_result result = { 0 };
	int ret = attach_context_read(&context, sys, args, err);

	if (ret == 0)
		ret = plan_attach(&context.plan, &plan, err);
	if (ret == 0)
		ret = enter(&context, plan, &result, err);
	if (ret < 0)
		return ret;
	*attached_out = result.attached;
	if (args->namespaces_out)
		*args->namespaces_out = (int)context.plan.namespaces;
	if (fd_is_open(&result.terminal))
		ret = attach_terminal_relay(sys, result.terminal.n, result.master.n, args->log_fd,
					    err);
	fd_finish(&result.terminal);
	fd_finish(&result.master);
	return ret;
}

int attach_wait(struct sys *sys, pid_t attached, int *status_out)
{
	siginfo_t info = { 0 };
	int ret = SYS_RETRY(sys_waitid(sys, P_PID, attached, &info, WEXITED));

	if (ret < 0)
		return ret;
	if (info.si_code == CLD_EXITED)
		*status_out = (info.si_status & 0xff) << 8;
	else
		*status_out = info.si_code == CLD_DUMPED ? info.si_status | 0x80 : info.si_status;
	return 0;
}

int attach_exit_code(int wait_status)
{
	int signo = wait_status & 0x7f;

	return signo ? 128 + signo : wait_status >> 8 & 0xff;
}
