/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/seccomp: filters of tasks, and what they do to calls.
 *
 * Sources: seccomp(2), kernel Documentation/userspace-api/seccomp_filter.rst. Not modelled:
 * listeners, tracers; a filter's length counts as it was written, while the kernel counts what it
 * compiles it to.
 */
#include "core/seccomp/eval.h"
#include "sys/fake/task.h"

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#define INSTRUCTIONS_MAX 32768
#define FILTER_OVERHEAD 4
#define ERRNO_MAX 4095

/* A tree whose leaves are held by tasks: who inherits filters and adds one shares the rest. */
struct filter {
	unsigned refs;
	struct filter *older;
	size_t count;
	struct sock_filter instructions[];
};

void seccomp_inherit(struct task *child, struct task *parent)
{
	ktask(child)->filters = ktask(parent)->filters;
	if (ktask(child)->filters)
		ktask(child)->filters->refs++;
}

void seccomp_drop(struct task *task)
{
	struct filter *filter = steal_ptr(&ktask(task)->filters);

	while (filter && --filter->refs == 0) {
		struct filter *older = filter->older;

		free(filter);
		filter = older;
	}
}

static int check_flags(struct fake *fake, unsigned long flags)
{
	unsigned long known = SECCOMP_FILTER_FLAG_TSYNC;

	if (!kernel_is_older(fake, 414))
		known |= SECCOMP_FILTER_FLAG_LOG;
	if (!kernel_is_older(fake, 417))
		known |= SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	if (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)
		fake_breach(fake, "%s asked for a listener of seccomp, which is not modelled\n",
			    fake->current->comm);
	return flags & ~known ? -EINVAL : 0;
}

static size_t length_with(const struct filter *older, size_t count)
{
	for (; older; older = older->older)
		count += older->count + FILTER_OVERHEAD;
	return count;
}

int fake_op_seccomp_load(struct sys *sys, unsigned long flags, const struct sock_fprog *program)
{
	struct fake *fake = fake_of(sys);
	struct task *task = fake->current;
	struct filter *filter;
	int ret = check_flags(fake, flags);

	if (ret < 0)
		return ret;
	if (program->len == 0 || program->len > BPF_MAXINSNS)
		return -EINVAL;
	if (!task->cred.no_new_privs && !task_capable(task, CAP_SYS_ADMIN, task->user_ns))
		return -EACCES;
	ret = seccomp_check(program->filter, program->len);
	if (ret < 0)
		return ret;
	if (length_with(ktask(task)->filters, program->len) > INSTRUCTIONS_MAX)
		return -ENOMEM;
	filter = malloc(sizeof(*filter) + program->len * sizeof(*program->filter));
	if (!filter)
		return -ENOMEM;
	*filter =
		(struct filter){ .refs = 1, .older = ktask(task)->filters, .count = program->len };
	memcpy(filter->instructions, program->filter, program->len * sizeof(*program->filter));
	ktask(task)->filters = filter;
	return 0;
}

/* All are asked, the youngest first; what it says of an action counts when others ask for the same.
 */
static uint32_t answer_of(const struct filter *filter, const struct seccomp_data *data)
{
	uint32_t answer = SECCOMP_RET_ALLOW;

	for (; filter; filter = filter->older)
		answer = seccomp_stricter(answer, seccomp_eval(filter->instructions, data));
	return answer;
}

static int error_of(uint32_t answer)
{
	int code = (int)(answer & SECCOMP_RET_DATA);

	return code > ERRNO_MAX ? -ERRNO_MAX : -code;
}

bool seccomp_enter(struct fake *fake, int number, const uint64_t args[6], int *ret)
{
	struct seccomp_data data = { .nr = number, .arch = AUDIT_ARCH_X86_64 };
	uint32_t answer;

	memcpy(data.args, args, sizeof(data.args));
	answer = answer_of(ktask(fake->current)->filters, &data);
	*ret = -ENOSYS;
	switch (answer & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
		return true;
	case SECCOMP_RET_ERRNO:
		*ret = error_of(answer);
		break;
	case SECCOMP_RET_USER_NOTIF: /* nobody listens */
	case SECCOMP_RET_TRACE:	     /* nobody traces */
		break;
	case SECCOMP_RET_TRAP:
		signal_force(fake, SIGSYS, 1 /* SYS_SECCOMP */);
		break;
	default: /* KILL_PROCESS, KILL_THREAD, and what nobody knows; the test alone comes back */
		ktask(fake->current)->actions[SIGSYS].sa_handler = SIG_DFL;
		signal_force(fake, SIGSYS, SI_KERNEL);
		break;
	}
	return false;
}
