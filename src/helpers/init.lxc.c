/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* init.lxc: the first process of application containers; run/init.c does it, this gives it the real world. */
#include "core/run/run.h"

int main(int argc, char **argv, char **envp)
{
	return init_main(sys_linux(), argc, argv, envp);
}
