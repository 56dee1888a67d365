/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Executing a program by name, as execvp(3) does, in the environment that it is given. */
#include "core/run/run.h"

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
