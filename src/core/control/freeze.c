/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Freezing a running container and thawing it (cgroups.md 9). We write into its cgroup ourselves,
 * by the supervisor's descriptor, so that the kernel asks whether we may, and wait ourselves, so
 * that the supervisor never does; it is told what to announce.
 */
#include "core/control/control.h"
#include "core/io/io.h"
#include "core/ipc/ipc.h"

#include <errno.h>
#include <linux/magic.h>

/* Who thaws goes on at once, unless something else keeps it. */
#define THAW_PATIENCE_MS 2000

/* A freezer of the kernel: what to write, and where it says that it is so; words by "frozen". */
struct freezer {
	unsigned long magic;
	const char *file, *words[2];
	const char *state_file, *states[2];
	int pause_ms; /* between two looks; less when the kernel tells */
};
static const struct freezer freezers[] = {
	{ CGROUP_SUPER_MAGIC,
	  "freezer.state",
	  { "THAWED", "FROZEN" },
	  "freezer.state",
	  { "THAWED", "FROZEN" },
	  10 },
	{ CGROUP2_SUPER_MAGIC,
	  "cgroup.freeze",
	  { "0", "1" },
	  "cgroup.events",
	  { "frozen 0", "frozen 1" },
	  1000 },
};

struct freezing {
	const struct control *control;
	const struct freezer *freezer;
	struct fd dir, state;
};

static void freezing_finish(struct freezing *f)
{
	fd_finish(&f->state);
	fd_finish(&f->dir);
}
#define _cleanup_freezing_ _cleanup_(freezing_finish)

static const char *name_of(bool frozen)
{
	return frozen ? "freeze" : "thaw";
}

/* A question that was not answered. */
static int unanswered(const struct control *control, const char *what, int ret, struct err *err)
{
	if (ret == -ENOSYS)
		return err_set(err, ret, "the supervisor of %s ended, or does not know its %s",
			       control->name, what);
	return err_sys(err, ret, "ask %s for its %s", control->name, what);
}

/* The state, when the container is one that can be frozen and thawed. */
static int look_at_state(const struct control *control, struct err *err)
{
	int state = ipc_get_state(control->sys, control->lxcpath, control->name);

	if (state < 0)
		return unanswered(control, "state", state, err);
	if (state == IPC_STOPPED)
		return err_set(err, -ECONNREFUSED, "the container is not running");
	if (state != IPC_RUNNING && state != IPC_FREEZING && state != IPC_FROZEN)
		return err_set(err, -EBUSY, "the container is %s",
			       ipc_state_name((enum ipc_state)state));
	return state;
}

static int open_dir(struct freezing *f, struct err *err)
{
	const struct control *control = f->control;
	struct statfs fs;
	int ret = ipc_get_cgroup_fd(control->sys, control->lxcpath, control->name, "freezer",
				    &f->dir);

	if (ret == -EINVAL || ret == -EBADF)
		return err_set(err, ret, "the container has no cgroup with a freezer");
	if (ret < 0)
		return unanswered(control, "cgroup", ret, err);
	ret = sys_fstatfs(control->sys, f->dir.n, &fs);
	if (ret < 0)
		return err_sys(err, ret, "look at the container's cgroup");
	for (size_t i = 0; i < ARRAY_LEN(freezers); i++)
		if (freezers[i].magic == (unsigned long)fs.f_type)
			f->freezer = &freezers[i];
	return f->freezer ? 0
			  : err_set(err, -EINVAL, "%s gave something else than its cgroup",
				    control->name);
}

static int open_freezer(struct freezing *f, struct err *err)
{
	int ret = open_dir(f, err);

	if (ret < 0)
		return ret;
	ret = io_open(f->control->sys, f->dir.n, f->freezer->state_file, O_RDONLY, 0, 0);
	if (ret < 0)
		return err_sys(err, ret, "open %s of the container's cgroup",
			       f->freezer->state_file);
	f->state = fd_of(f->control->sys, ret);
	return 0;
}

/* 1: all stand still (or all go on), 0: not yet, or -errno. */
static int has_reached(const struct freezing *f, bool frozen)
{
	char text[128];
	ssize_t len = SYS_RETRY(sys_pread(f->control->sys, f->state.n, text, sizeof(text) - 1, 0));

	if (len < 0)
		return (int)len;
	text[len] = '\0';
	return strstr(text, f->freezer->states[frozen]) != NULL;
}

/* Somebody asked for the contrary after us: then we would wait for ever. */
static bool is_contradicted(const struct freezing *f)
{
	char text[16];

	return io_read_at(f->control->sys, f->dir.n, f->freezer->file, text, sizeof(text)) > 0 &&
	       str_starts(text, f->freezer->words[false]);
}

static int wait_until(const struct freezing *f, bool frozen, struct err *err)
{
	struct pollfd news = { .fd = f->state.n, .events = POLLPRI };
	int waited_ms = 0, ret;

	while ((ret = has_reached(f, frozen)) == 0) {
		if (frozen && is_contradicted(f))
			return err_set(err, -ECANCELED, "somebody thawed the container meanwhile");
		if (!frozen && waited_ms >= THAW_PATIENCE_MS)
			return err_set(err, -EBUSY,
				       "the container stays frozen: a cgroup above its own is, or "
				       "somebody froze it again");
		ret = sys_poll(f->control->sys, &news, 1, f->freezer->pause_ms);
		if (ret < 0 && ret != -EINTR)
			break;
		if (ret == 0)
			waited_ms += f->freezer->pause_ms;
	}
	if (ret == -ENODEV)
		return err_set(err, ret, "the container ended meanwhile");
	return ret < 0 ? err_sys(err, ret, "wait for the container to %s", name_of(frozen)) : 0;
}

static int set(const struct freezing *f, bool frozen, struct err *err)
{
	const struct freezer *freezer = f->freezer;
	int ret = io_write_at(f->control->sys, f->dir.n, freezer->file, freezer->words[frozen]);

	if (ret < 0) {
		(void)err_sys(err, ret, "write %s to %s of the container's cgroup",
			      freezer->words[frozen], freezer->file);
		err_hint(err, ret == -ENOENT && str_eq(freezer->file, "cgroup.freeze")
				      ? "this needs Linux 5.2, where the container's cgroup has no "
					"freezer of version 1"
				      : NULL);
		return ret;
	}
	return wait_until(f, frozen, err);
}

static int announce(const struct freezing *f, enum ipc_state state, struct err *err)
{
	const struct control *control = f->control;
	int ret = ipc_serve_state(control->sys, control->lxcpath, control->name, state);

	return ret < 0 ? err_sys(err, ret, "tell the supervisor of %s that it is %s", control->name,
				 ipc_state_name(state))
		       : 0;
}

static int thaw(const struct freezing *f, enum ipc_state then, struct err *err)
{
	int ret = set(f, false, err);

	return ret == 0 ? announce(f, then, err) : ret;
}

/* A container that could not be frozen goes on; what fails once is done once more. */
static void take_back(const struct freezing *f, struct err *err)
{
	if (!f->freezer)
		return;
	if (thaw(f, IPC_RUNNING, NULL) < 0 && thaw(f, IPC_RUNNING, NULL) < 0)
		err_context(err, "part of the container is frozen; lxc-unfreeze thaws it");
}

int control_freeze(const struct control *control, struct err *err)
{
	_cleanup_freezing_ struct freezing f = { .control = control };
	int state = look_at_state(control, err), ret;

	if (state < 0)
		return state;
	ret = open_freezer(&f, err);
	if (ret < 0)
		return ret;
	if (state == IPC_RUNNING)
		ret = announce(&f, IPC_FREEZING, err);
	if (ret == 0)
		ret = set(&f, true, err);
	if (ret == 0 && state != IPC_FROZEN)
		ret = announce(&f, IPC_FROZEN, err);
	if (ret < 0 && state != IPC_FROZEN)
		take_back(&f, err);
	return ret;
}

int control_unfreeze(const struct control *control, struct err *err)
{
	_cleanup_freezing_ struct freezing f = { .control = control };
	int state = look_at_state(control, err), ret;

	if (state < 0)
		return state;
	ret = open_freezer(&f, err);
	if (ret == 0)
		ret = set(&f, false, err);
	if (ret == 0 && state != IPC_RUNNING)
		ret = announce(&f, IPC_THAWED, err);
	return ret;
}
