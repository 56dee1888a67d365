/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * control: what is asked of a running container from outside: end, reboot, freeze, thaw, a state.
 *
 * Signals go to the first process by pidfd, so that a recycled pid is never hit. Needs to be root or the supervisor's user.
 * Sources: lxc-stop(1), lxc-wait(1); the command protocol (ipc).
 */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "core/base/err.h"
#include "sys/sys.h"

/* A container by its address: lxcpath as configured, name. */
struct control {
	struct sys *sys;
	const char *lxcpath;
	const char *name;
};

/* Whether the supervisor answers us: true also when nobody runs. */
bool control_may(const struct control *control);

/*
 * Asks for a clean end. signo 0: SIGRTMIN+3 when init blocks that signal (systemd), else SIGPWR. timeout_s < 0: waits for
 * ever; 0: does not wait. 0 (also when it was not running), -ETIMEDOUT, -EACCES, or -errno.
 */
int control_shutdown(const struct control *control, int signo, int timeout_s, struct err *err);

/*
 * Asks for a reboot. signo 0: SIGINT. next: waits timeout_s for the next RUNNING (0: does not wait).
 * 0; -ECONNREFUSED: not running; -ETIMEDOUT; or -errno.
 */
int control_reboot(const struct control *control, int signo, bool next, int timeout_s, struct err *err);

/*
 * Freezes all processes, and returns when they stand still: without limit, since a process in the kernel may keep it waiting.
 * Announces FREEZING and FROZEN; what is frozen already stays so. On failure it goes on as before.
 * 0; -ECONNREFUSED: not running; -EINVAL, -EBADF: no freezer; -ECANCELED: thawed by another meanwhile; or -errno.
 */
int control_freeze(const struct control *control, struct err *err);
/* Thaws them, also after a freeze that was interrupted, and announces THAWED. 0; -EBUSY: it stays frozen; or as above. */
int control_unfreeze(const struct control *control, struct err *err);

/* Waits for one of the states (mask of 1 << enum ipc_state). timeout_s < 0: for ever; 0: only looks. 0 or -ETIMEDOUT, -EACCES. */
int control_wait(const struct control *control, unsigned mask, int timeout_s);

#endif
