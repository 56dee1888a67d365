/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc-attach: run a command in a running container. */
#include "tools/tool.h"
#include "tools/attach_words.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct attach_options {
	struct tool_optional elevated;
	const char *arch, *namespaces, *pty_log, *cwd;
	bool remount, clear_env;
	struct tool_list keep, set;
	long uid, gid;
} opt = { .uid = -1, .gid = -1 };

#define AT(member) offsetof(struct attach_options, member)
static const struct tool_option options[] = {
	{ 'e', "elevated-privileges", "WHAT", TOOL_OPTIONAL, AT(elevated), "keep privileges: CGROUP|CAP|LSM, default all" },
	{ 'a', "arch", "ARCH", TOOL_STRING, AT(arch), "architecture that the command sees" },
	{ 's', "namespaces", "LIST", TOOL_STRING, AT(namespaces), "attach to these only (MOUNT|PID|UTSNAME|IPC|USER|NETWORK)" },
	{ 'R', "remount-sys-proc", NULL, TOOL_FLAG, AT(remount), "remount /proc and /sys when not in the mount namespace" },
	{ 0, "clear-env", NULL, TOOL_FLAG, AT(clear_env), "start from an empty environment" },
	{ 0, "keep-env", NULL, TOOL_CLEAR, AT(clear_env), "keep the environment (the default)" },
	{ 0, "keep-var", "VAR", TOOL_LIST, AT(keep), "with --clear-env: keep this variable" },
	{ 'v', "set-var", "VAR=VALUE", TOOL_LIST, AT(set), "set a variable" },
	{ 'L', "pty-log", "FILE", TOOL_STRING, AT(pty_log), "append what the terminal prints to FILE" },
	{ 'u', "uid", "UID", TOOL_UINT, AT(uid), "run as this user" },
	{ 'g', "gid", "GID", TOOL_UINT, AT(gid), "run as this group" },
	{ 0, "cwd", "DIR", TOOL_STRING, AT(cwd), "run in this directory" },
	TOOL_END,
};
static const struct tool_spec spec = {
	.program = "lxc-attach",
	.synopsis = "[-n] NAME [options] [-- COMMAND [ARG...]]",
	.about = "Runs COMMAND (default: the user's shell) in the running container NAME and returns its exit status.",
	.options = options,
	.rcfile_has_letter = true,
	.takes_operands = true,
};

/* NULL-terminated; lives until the program ends. */
static char **to_vector(const struct tool_list *list)
{
	char **vector = calloc(list->count + 1, sizeof(*vector));

	for (size_t i = 0; vector && i < list->count; i++)
		vector[i] = (char *)list->items[i];
	return vector;
}

static int set_options(const struct tool *tool, lxc_attach_options_t *attach)
{
	if (opt.elevated.given && attach_words_elevated(opt.elevated.value, &attach->attach_flags) < 0)
		return tool_misused(tool, "--elevated-privileges=%s: CGROUP, CAP, LSM", opt.elevated.value);
	if (opt.namespaces) {
		if (attach_words_namespaces(opt.namespaces, &attach->namespaces) < 0)
			return tool_misused(tool, "--namespaces=%s: unknown namespace", opt.namespaces);
		(void)attach_words_elevated(NULL, &attach->attach_flags);
	}
	if (opt.arch && attach_words_arch(opt.arch, &attach->personality) < 0)
		return tool_misused(tool, "--arch=%s: unknown architecture", opt.arch);
	if (opt.remount)
		attach->attach_flags |= LXC_ATTACH_REMOUNT_PROC_SYS;
	if (opt.clear_env)
		attach->env_policy = LXC_ATTACH_CLEAR_ENV;
	if (opt.uid >= 0)
		attach->uid = (uid_t)opt.uid;
	if (opt.gid >= 0)
		attach->gid = (gid_t)opt.gid;
	attach->initial_cwd = (char *)opt.cwd;
	attach->extra_env_vars = to_vector(&opt.set);
	attach->extra_keep_env = to_vector(&opt.keep);
	/* A command inside must not reach the caller's terminal: whenever one of the three is a terminal, it gets a pty. */
	if (isatty(0) || isatty(1) || isatty(2))
		attach->attach_flags |= LXC_ATTACH_TERMINAL;
	return -1;
}

static int open_pty_log(const struct tool *tool, lxc_attach_options_t *attach)
{
	if (!opt.pty_log)
		return 0;
	attach->log_fd = open(opt.pty_log, O_CLOEXEC | O_RDWR | O_CREAT | O_APPEND | O_NOCTTY, 0600);
	if (attach->log_fd < 0)
		return tool_fail(tool, "cannot open %s: %s", opt.pty_log, strerror(errno));
	return 0;
}

/* Runs inside; what comes back from exec has failed, and is said here, where errno is known. */
static int run_command(void *payload)
{
	const struct tool *tool = payload;
	lxc_attach_command_t command = { .program = tool->operands[0], .argv = tool->operands };
	int status = lxc_attach_run_command(&command);

	(void)tool_fail(tool, status == 127 ? "%s: command not found" : "%s: the command cannot be executed",
			command.program);
	fflush(stderr);
	return status;
}

static int run(const struct tool *tool, struct lxc_container *c, lxc_attach_options_t *attach)
{
	int ret, status;
	pid_t pid;

	if (tool->operand_count > 0)
		ret = c->attach(c, run_command, (void *)tool, attach, &pid);
	else
		ret = c->attach(c, lxc_attach_run_shell, NULL, attach, &pid);
	if (ret < 0)
		return 1;
	do
		ret = waitpid(pid, &status, 0);
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? 1 : tool_status(status);
}

int main(int argc, char **argv)
{
	_cleanup_container_ struct lxc_container *c = NULL;
	lxc_attach_options_t attach = LXC_ATTACH_OPTIONS_DEFAULT;
	struct tool tool;
	int ret = tool_parse(&tool, &spec, argc, argv, &opt);

	if (ret >= 0)
		return ret;
	ret = set_options(&tool, &attach);
	if (ret >= 0)
		return ret;
	if (access(tool.lxcpath, R_OK) < 0)
		return tool_fail(&tool, "You lack access to %s", tool.lxcpath);
	c = tool_container(&tool);
	if (!c)
		return 1;
	if (!c->is_running(c))
		return tool_fail(&tool, "the container is not running");
	if (open_pty_log(&tool, &attach) != 0)
		return 1;
	return run(&tool, c, &attach);
}
