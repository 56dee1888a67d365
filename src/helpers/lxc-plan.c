/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc-plan: plans the later lives of a container for its supervisor; prints plans for people. */
#include "core/plan/plan.h"

int main(int argc, char **argv, char **envp)
{
	return planner_main(sys_linux(), argc, argv, envp);
}
