/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of steps that only plans of a caller have: a table of their own, which no supervisor
 * carries. */
#include "core/run/steps.h"

const struct step_ops caller_ops[STEP_KIND_COUNT] = {
	[STEP_lock] = { .run_host = host_lock, .undo_host = host_lock_undo },
	[STEP_unlock] = { .run_host = host_unlock, .undo_host = host_unlock_undo },
	[STEP_make_path] = { .run_host = host_make_path },
	[STEP_make_dir] = { .run_host = host_make_dir, .undo_host = host_make_dir_undo },
	[STEP_mark] = { .run_host = host_mark, .undo_host = host_mark_undo },
	[STEP_expect_new] = { .run_host = host_expect_new },
	[STEP_write_file] = { .run_host = host_write_file },
	[STEP_prepend] = { .run_host = host_prepend },
	[STEP_template] = { .run_host = host_template },
	[STEP_check] = { .run_host = host_check },
	[STEP_remove_file] = { .run_host = host_remove_file },
	[STEP_remove_tree] = { .run_host = host_remove_tree },
	[STEP_remove_rootfs] = { .run_host = host_remove_rootfs },
	[STEP_recover] = { .run_host = host_recover },
	[STEP_expect_none] = { .run_host = host_expect_none },
	[STEP_terminal] = { .run_host = host_terminal, .undo_host = host_terminal_undo },
	[STEP_transient] = { .run_host = host_transient, .undo_host = host_transient_undo },
	[STEP_cgroup_join] = { .run_host = host_cgroup_join },
	[STEP_receive_pid] = { .run_host = host_receive_pid },
	[STEP_reap] = { .run_host = host_reap },
	[STEP_shut] = { .run_child = child_shut },
	[STEP_setns] = { .run_child = child_setns },
	[STEP_cwd] = { .run_child = child_cwd },
	[STEP_attached] = { .run_child = child_attached },
	[STEP_mount_anew] = { .run_child = child_mount_anew },
	[STEP_take_terminal] = { .run_child = child_take_terminal },
	[STEP_take_tty] = { .run_child = child_take_tty },
	[STEP_groups] = { .run_child = child_groups },
	[STEP_null] = { .run_child = child_null },
	[STEP_streams] = { .run_child = child_streams },
	[STEP_program] = { .run_child = child_program },
};
