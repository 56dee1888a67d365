/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last step: the container's program. */
#include "core/run/steps.h"

#include <errno.h>

int child_exec(struct child *child, const struct step *step, struct note *note)
{
	struct sys *sys = child->sys;
	const char *argv[PLAN_VEC_MAX];
	struct env_vec env;
	struct env_args args = { .base = child->envp, .fill = env_fill_child, .data = child };
	const char *path = step_str(child->plan, step, 0);
	const char *search = step_str(child->plan, step, 3);
	int ret =
		plan_vec(child->plan, step->str[1], (uint32_t)step->num[0], argv, ARRAY_LEN(argv));

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
