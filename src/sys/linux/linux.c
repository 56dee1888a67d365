/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The real world: the table of its functions, made from the list. */
#include "sys/linux/call.h"

static const struct sys_ops linux_ops = {
#define SYS_OP0(ret, name, ...) .name = linux_##name,
#define SYS_OP1(ret, name, ...) .name = linux_##name,
#define SYS_OP2(ret, name, ...) .name = linux_##name,
#define SYS_OP3(ret, name, ...) .name = linux_##name,
#define SYS_OP4(ret, name, ...) .name = linux_##name,
#define SYS_OP5(ret, name, ...) .name = linux_##name,
#include "sys/sys_ops.def"
};

struct sys *sys_linux(void)
{
	/* Not const: decorators set its top. A process puts them on once, before it has threads. */
	static struct sys world = { .ops = &linux_ops, .next = NULL, .top = &world };

	return &world;
}
