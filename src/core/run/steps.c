/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/run/steps.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* Who runs a kind: the host side (run, undo), the child, or both. */
const struct step_ops step_ops[STEP_KIND_COUNT] = {
	[STEP_announce] = { .run_host = host_announce },
	[STEP_hook] = { .run_host = host_hook, .run_child = child_hook },
	[STEP_sync_post] = { .run_host = host_sync_post, .run_child = child_sync_post },
	[STEP_sync_wait] = { .run_host = host_sync_wait, .run_child = child_sync_wait },
	[STEP_cgroup_create] = { .run_host = host_cgroup_create, .undo_host = host_cgroup_remove },
	[STEP_cgroup_write] = { .run_host = host_cgroup_write },
	[STEP_cgroup_enter] = { .run_host = host_cgroup_enter },
	[STEP_pin] = { .run_host = host_pin, .undo_host = host_pin_undo },
	[STEP_console_host] = { .run_host = host_console, .undo_host = host_console_undo },
	[STEP_clone] = { .run_host = host_clone, .undo_host = host_clone_undo },
	[STEP_ns_open] = { .run_host = host_ns_open, .undo_host = host_ns_close },
	[STEP_proc_write] = { .run_host = host_proc_write },
	[STEP_prlimit] = { .run_host = host_prlimit },
	[STEP_receive_fds] = { .run_host = host_receive_fds, .undo_host = host_receive_fds_undo },
	[STEP_exec_wait] = { .run_host = host_exec_wait },
	[STEP_child_begin] = { .run_child = child_begin },
	[STEP_unshare] = { .run_child = child_unshare },
	[STEP_propagation] = { .run_child = child_propagation },
	[STEP_rootfs] = { .run_child = child_rootfs },
	[STEP_hostname] = { .run_child = child_hostname },
	[STEP_link_up] = { .run_child = child_link_up },
	[STEP_mkdir] = { .run_child = child_mkdir },
	[STEP_mknod] = { .run_child = child_mknod },
	[STEP_symlink] = { .run_child = child_symlink },
	[STEP_mount_fs] = { .run_child = child_mount_fs },
	[STEP_mount_bind] = { .run_child = child_mount_bind },
	[STEP_mount_attr] = { .run_child = child_mount_attr },
	[STEP_mount_move] = { .run_child = child_mount_move },
	[STEP_devpts] = { .run_child = child_devpts },
	[STEP_console] = { .run_child = child_console },
	[STEP_tty] = { .run_child = child_tty },
	[STEP_proc_private] = { .run_child = child_proc_private },
	[STEP_pivot] = { .run_child = child_pivot },
	[STEP_personality] = { .run_child = child_personality },
	[STEP_sysctl] = { .run_child = child_sysctl },
	[STEP_send_fds] = { .run_child = child_send_fds },
	[STEP_chdir] = { .run_child = child_chdir },
	[STEP_cap_bounding] = { .run_child = child_cap_bounding },
	[STEP_no_new_privs] = { .run_child = child_no_new_privs },
	[STEP_stdio] = { .run_child = child_stdio },
	[STEP_session] = { .run_child = child_session },
	[STEP_ids] = { .run_child = child_ids },
	[STEP_exec] = { .run_child = child_exec },
};

const uint8_t step_undo_rank[STEP_KIND_COUNT] = {
#define STEP(kind, rank, ...) [STEP_##kind] = rank,
#include "core/plan/steps.def"
};



int note_set(struct note *note, int ret, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(note->text, sizeof(note->text), fmt, args);
	va_end(args);
	return ret;
}

const struct step *step_at(const struct plan *plan, uint32_t index)
{
	assert(index < plan->step_count);
	return (const struct step *)(const void *)((const char *)plan + plan->steps_at) + index;
}

uint32_t step_index(const struct plan *plan, const struct step *step)
{
	ptrdiff_t index = step - step_at(plan, 0);

	assert(index >= 0 && (size_t)index < plan->step_count);
	return (uint32_t)index;
}

const struct step *step_find(const struct plan *plan, enum chapter chapter, enum step_kind kind)
{
	for (uint32_t i = 0; i < plan_step_count(plan, chapter); i++) {
		const struct step *step = plan_step(plan, chapter, i);

		if (step->kind == kind)
			return step;
	}
	return NULL;
}

const struct step_ops *step_ops_of(const struct step_ops *more_ops, unsigned kind)
{
	const struct step_ops *more = more_ops ? &more_ops[kind] : NULL;

	assert(kind < STEP_KIND_COUNT);
	return more && (more->run_host || more->run_child) ? more : &step_ops[kind];
}

int step_run_host(struct run *run, const struct step *step, struct err *err)
{
	const struct step_ops *ops = step_ops_of(run->more_ops, step->kind);
	uint32_t index = step_index(run->plan, step);
	int ret;

	assert(step->kind < STEP_KIND_COUNT);
	assert(index < RUN_STEPS_MAX);
	ret = ops->run_host ? ops->run_host(run, step, err) : -EOPNOTSUPP;
	if (ret < 0)
		return err_is(err) ? ret : plan_err(err, run->plan, step, ret, NULL);
	if (ops->undo_host && ret == 0)
		run->done[index / 8] = (uint8_t)(run->done[index / 8] | 1U << index % 8);
	return 0;
}

bool step_is_done(const struct run *run, const struct step *step)
{
	uint32_t index = step_index(run->plan, step);

	return run->done[index / 8] & 1U << index % 8;
}

void step_undo_host(struct run *run, const struct step *step)
{
	uint32_t index = step_index(run->plan, step);

	if (!step_is_done(run, step))
		return;
	run->done[index / 8] = (uint8_t)(run->done[index / 8] & ~(1U << index % 8));
	step_ops_of(run->more_ops, step->kind)->undo_host(run, step);
}

int run_chapter(struct run *run, enum chapter chapter, struct err *err)
{
	for (uint32_t i = 0; i < plan_step_count(run->plan, chapter); i++) {
		int ret = step_run_host(run, plan_step(run->plan, chapter, i), err);

		if (ret < 0)
			return ret;
	}
	return 0;
}

void close_number(struct sys *sys, int *fd)
{
	if (*fd >= 0)
		(void)sys_close(sys, *fd);
	*fd = -1;
}

int wait_status_of(const siginfo_t *info)
{
	if (info->si_code == CLD_EXITED)
		return (info->si_status & 0xff) << 8;
	return info->si_code == CLD_DUMPED ? info->si_status | 0x80 : info->si_status;
}
