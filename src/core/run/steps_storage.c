/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Containers on disk: directories, the configuration, the template. Only plans of create and
 * destroy have these steps, which their caller runs in its own process: they may allocate.
 */
#include "core/run/steps.h"

#include <errno.h>

static const char *path_of(const struct run *run, const struct step *step)
{
	return step_str(run->plan, step, 0);
}

/* --- the container's lock: for the moments in which it is decided whose the name is --- */

int host_lock(struct run *run, const struct step *step, struct err *err)
{
	int ret = io_lock_path(run->sys, path_of(run, step));

	if (ret < 0)
		return ret;
	run->lock_fd = ret;
	return 0;
}

void host_lock_undo(struct run *run, const struct step *step)
{
	close_number(run->sys, &run->lock_fd);
}

/* A creation takes long, and from here on its marker keeps others away. */
int host_unlock(struct run *run, const struct step *step, struct err *err)
{
	close_number(run->sys, &run->lock_fd);
	return 0;
}

/* So that nobody begins between the marker's end and that of its directory; without, rather than not at all. */
void host_unlock_undo(struct run *run, const struct step *step)
{
	run->lock_fd = io_lock_path(run->sys, path_of(run, step));
}

/* --- making --- */

int host_make_path(struct run *run, const struct step *step, struct err *err)
{
	return io_mkdir_all(run->sys, AT_FDCWD, path_of(run, step), (mode_t)step->num[0]);
}

/* Told before it is made: whoever comes after a killed creator finds either none, or an empty one. */
static int announce_dir(struct run *run, const char *path)
{
	struct stat st;
	int ret = run->mark_fd < 0 ? 0 : sys_fstatat(run->sys, AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW);

	return ret == -ENOENT ? marker_add(run, MARKER_DIRECTORY, 0, 0, path) : ret;
}

int host_make_dir(struct run *run, const struct step *step, struct err *err)
{
	const char *path = path_of(run, step), *what = "its mode";
	int ret = announce_dir(run, path);

	if (ret == 0)
		ret = sys_mkdirat(run->sys, AT_FDCWD, path, (mode_t)step->num[0]);
	if (ret < 0)
		return ret == -EEXIST ? 1 : ret;
	/* Whatever the umask is. */
	ret = sys_fchmodat(run->sys, AT_FDCWD, path, (mode_t)step->num[0]);
	if (ret == 0 && run->mark_fd >= 0) {
		what = "the record of it";
		ret = marker_add_made(run, path);
	}
	if (ret < 0)
		(void)sys_unlinkat(run->sys, AT_FDCWD, path, AT_REMOVEDIR);
	return ret < 0 ? plan_err(err, run->plan, step, ret, what) : 0;
}

/* The container's own directory, if there never was a marker; else the marker knows. It is empty then, or another's. */
void host_make_dir_undo(struct run *run, const struct step *step)
{
	if (run->mark_fd < 0)
		(void)sys_unlinkat(run->sys, AT_FDCWD, path_of(run, step), AT_REMOVEDIR);
}

/* The first word: whose the directory is in which the marker lies. */
static int record_dir(struct run *run)
{
	const struct step *dir = step_find(run->plan, CHAPTER_BEFORE, STEP_make_dir);

	return dir && step_is_done(run, dir) ? marker_add_made(run, path_of(run, dir))
					     : marker_add(run, MARKER_KEPT, 0, 0, "");
}

/* Locked as long as this process lives: a crash leaves it unlocked, and the next user cleans up. */
int host_mark(struct run *run, const struct step *step, struct err *err)
{
	int ret = io_open(run->sys, AT_FDCWD, path_of(run, step), O_CREAT | O_EXCL | O_RDWR,
			  MARKER_MODE, 0);

	if (ret == -EEXIST)
		return err_set(err, ret, "container %s is being created by another process",
			       plan_str(run->plan, run->plan->name));
	if (ret < 0)
		return ret;
	run->mark_fd = ret;
	ret = io_lock(run->sys, run->mark_fd, false);
	if (ret == 0)
		ret = record_dir(run);
	if (ret == 0)
		return 0;
	(void)sys_unlinkat(run->sys, AT_FDCWD, path_of(run, step), 0);
	close_number(run->sys, &run->mark_fd);
	return plan_err(err, run->plan, step, ret, "its lock and its first record");
}

void host_mark_undo(struct run *run, const struct step *step)
{
	int ret = marker_revert(run->sys, path_of(run, step), run->mark_fd);

	if (ret < 0)
		log_write(run->sys, &run->log, LOG_WARN_, "create",
			  "Failed to undo what %s tells of: %s", path_of(run, step), err_name(ret));
	close_number(run->sys, &run->mark_fd);
}

static bool exists(struct run *run, const char *path)
{
	struct stat st;

	return sys_fstatat(run->sys, AT_FDCWD, path, &st, 0) == 0;
}

/* Somebody may have finished since the caller looked, even while we waited for the lock. */
int host_expect_new(struct run *run, const struct step *step, struct err *err)
{
	if (!exists(run, path_of(run, step)) || !exists(run, step_str(run->plan, step, 1)))
		return 0;
	return err_set(err, -EEXIST, "container %s already exists",
		       plan_str(run->plan, run->plan->name));
}

/* What the file was before must outlive us, and what is written after it. */
static int keep_old(struct run *run, const char *path, bool existed)
{
	_cleanup_str_ struct str old = { 0 };
	int ret = existed ? io_read_all(run->sys, AT_FDCWD, path, &old) : 0;

	if (ret == 0)
		ret = marker_add(run, MARKER_CONFIG, existed, 0, str_text(&old));
	return ret == 0 && existed ? SYS_RETRY(sys_fsync(run->sys, run->mark_fd)) : ret;
}

int host_write_file(struct run *run, const struct step *step, struct err *err)
{
	const char *text = step_str(run->plan, step, 1);
	struct stat st;
	int ret = sys_fstatat(run->sys, AT_FDCWD, path_of(run, step), &st, 0);
	bool existed = ret == 0;

	if (ret < 0 && ret != -ENOENT)
		return ret;
	ret = run->mark_fd < 0 ? 0 : keep_old(run, path_of(run, step), existed);
	if (ret < 0)
		return plan_err(err, run->plan, step, ret, "what it was before");
	ret = io_replace_file(run->sys, AT_FDCWD, path_of(run, step), text, strlen(text),
			      (mode_t)step->num[0]);
	if (ret < 0 || existed)
		return ret;
	/* Whatever the umask is. */
	return sys_fchmodat(run->sys, AT_FDCWD, path_of(run, step), (mode_t)step->num[0]);
}

int host_prepend(struct run *run, const struct step *step, struct err *err)
{
	_cleanup_str_ struct str text = { 0 };
	int ret;

	str_add(&text, step_str(run->plan, step, 1));
	ret = io_read_all(run->sys, AT_FDCWD, path_of(run, step), &text);
	if (ret < 0)
		return plan_err(err, run->plan, step, ret, "reading it");
	return io_replace_file(run->sys, AT_FDCWD, path_of(run, step), text.s, text.len, 0640);
}

int host_check(struct run *run, const struct step *step, struct err *err)
{
	return run->request && run->request->check ? run->request->check(run->request->data, err)
						   : 0;
}

/* --- removing --- */

/* The marker: from here on the container is complete. Has another file its name, it is not the container that we made. */
int host_remove_file(struct run *run, const struct step *step, struct err *err)
{
	int same = run->mark_fd < 0 ? 1 : io_is_same(run->sys, AT_FDCWD, path_of(run, step), run->mark_fd);

	if (same == 0)
		return err_set(err, -ESTALE, "container %s was removed while it was being created",
			       plan_str(run->plan, run->plan->name));
	return same < 0 ? same : sys_unlinkat(run->sys, AT_FDCWD, path_of(run, step), 0);
}

int host_remove_tree(struct run *run, const struct step *step, struct err *err)
{
	return io_remove_tree(run->sys, AT_FDCWD, path_of(run, step));
}

int host_expect_none(struct run *run, const struct step *step, struct err *err)
{
	_cleanup_str_ struct str names = { 0 };
	size_t count = 0;
	int ret = io_list_dir(run->sys, AT_FDCWD, path_of(run, step), &names, &count);

	if (ret == -ENOENT || ret == -ENOTDIR)
		return 0;
	if (ret == 0 && count > 0)
		return err_set(err, -EBUSY, "the container has %s", step_str(run->plan, step, 1));
	return ret;
}
