/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last step: the container's program. */
#include "core/run/steps.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static int exec_path(struct sys *sys, const char *path, const char **argv, const char **envp)
{
	const char *shell[PLAN_VEC_MAX + 1] = { "/bin/sh", path };
	int ret = sys_execveat(sys, AT_FDCWD, path, (char *const *)(uintptr_t)argv,
			       (char *const *)(uintptr_t)envp, 0);

	/* A script without an interpreter line, as execvp(3) has it. */
	if (ret != -ENOEXEC || !argv[0])
		return ret;
	for (size_t i = 1; i < PLAN_VEC_MAX - 1 && argv[i]; i++)
		shell[i + 1] = argv[i];
	return sys_execveat(sys, AT_FDCWD, shell[0], (char *const *)(uintptr_t)shell,
			    (char *const *)(uintptr_t)envp, 0);
}

/* The search of execvp(3), in the new environment's PATH. */
static int exec_search(struct sys *sys, const char *name, const char *search, const char **argv,
		       const char **envp)
{
	char path[PATH_MAX];
	int result = -ENOENT;

	for (const char *at = search; at; at = strchr(at, ':') ? strchr(at, ':') + 1 : NULL) {
		int dir_len = (int)strcspn(at, ":");
		int len = snprintf(path, sizeof(path), "%.*s%s%s", dir_len, at, dir_len ? "/" : "",
				   name);
		int ret;

		if (len < 0 || (size_t)len >= sizeof(path))
			continue;
		ret = exec_path(sys, path, argv, envp);
		if (ret == -EACCES)
			result = ret;
		else if (ret != -ENOENT && ret != -ENOTDIR)
			return ret;
	}
	return result;
}

int exec_program(struct sys *sys, const char *path, const char *search, const char **argv,
		 const char **envp)
{
	if (strchr(path, '/'))
		return exec_path(sys, path, argv, envp);
	return exec_search(sys, path, search && *search ? search : DEFAULT_PATH, argv, envp);
}

int child_exec(struct child *child, const struct step *step, struct note *note)
{
	struct sys *sys = child->sys;
	const char *argv[PLAN_VEC_MAX];
	struct env_vec env;
	struct env_args args = { .base = child->envp, .fill = env_fill_child, .data = child };
	const char *path = step_str(child->plan, step, 0);
	const char *search = step_str(child->plan, step, 3);
	int ret = plan_vec(child->plan, step->str[1], (uint32_t)step->num[0], argv, ARRAY_LEN(argv));

	if (ret == 0)
		ret = env_build(&env, child->plan, step->str[2], (uint32_t)step->num[1], &args);
	if (ret < 0)
		return ret;
	if (!step->num[3])
		(void)sys_close_range(sys, 3, ~0U, CLOSE_RANGE_CLOEXEC);
	/* The container's umask is the caller's; set-up used its own. */
	if (child->has_umask)
		(void)sys_umask(sys, child->umask);
	if (step->num[2]) {
		if (child->init_exe_fd < 0)
			return note_set(note, -ENOENT, "no init program was handed over");
		return sys_execveat(sys, child->init_exe_fd, "", (char *const *)(uintptr_t)argv,
				    (char *const *)(uintptr_t)env.vec, AT_EMPTY_PATH);
	}
	return exec_program(sys, path, search, argv, env.vec);
}
