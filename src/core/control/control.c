/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/control/control.h"

#include "core/base/str.h"
#include "core/io/io.h"
#include "core/ipc/ipc.h"

#include <errno.h>
#include <stdio.h>

bool control_may(const struct control *control)
{
	int ret = ipc_get_init_pid(control->sys, control->lxcpath, control->name);

	return ret != -EACCES && ret != -EPERM;
}

/*
 * By number, which its supervisor keeps from being used again: other releases have no descriptor of the first process to hand
 * out, nor has ours on a kernel before Linux 5.2.
 */
static int signal_by_number(const struct control *control, int signo)
{
	_cleanup_fd_ struct fd init = { 0 };
	int pid = ipc_get_init_pid(control->sys, control->lxcpath, control->name), ret;

	if (pid < 0)
		return pid;
	if (pid <= 1) /* whoever says so: that would be other processes */
		return -ESRCH;
	ret = sys_pidfd_open(control->sys, pid, 0);
	if (ret == -ENOSYS)
		return sys_kill(control->sys, pid, signo);
	if (ret < 0)
		return ret;
	init = fd_of(control->sys, ret);
	return sys_pidfd_send_signal(control->sys, init.n, signo, 0);
}

struct sender {
	const struct control *control;
	int signo;
};

static int send_signal(void *data)
{
	const struct sender *sender = data;
	const struct control *control = sender->control;
	_cleanup_fd_ struct fd init = { 0 };
	int ret = ipc_get_init_pidfd(control->sys, control->lxcpath, control->name, &init);

	if (ret == -ENOSYS || ret == -EBADF || ret == -EINVAL)
		return signal_by_number(control, sender->signo);
	return ret < 0 ? ret : sys_pidfd_send_signal(control->sys, init.n, sender->signo, 0);
}

/* SIGRTMIN+3, as every Linux libc numbers real-time signals: the kernel's two first ones are libc's own. */
#define HALT_OF_SYSTEMD (34 + 3)

/* Whether init blocks that signal, as systemd does. */
static bool init_blocks_halt(const struct control *control)
{
	char path[64], text[4096];
	const char *line;
	uint64_t blocked = 0;
	int pid = ipc_get_init_pid(control->sys, control->lxcpath, control->name);

	if (pid <= 0)
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (io_read_at(control->sys, AT_FDCWD, path, text, sizeof(text)) < 0)
		return false;
	line = strstr(text, "\nSigBlk:");
	if (!line || str_to_mask(line + 8, &blocked) < 0)
		return false;
	return blocked >> (HALT_OF_SYSTEMD - 1) & 1U;
}

static int to_ms(int timeout_s)
{
	if (timeout_s < 0)
		return -1;
	return timeout_s > INT32_MAX / 1000 ? INT32_MAX : timeout_s * 1000;
}

int control_shutdown(const struct control *control, int signo, int timeout_s, struct err *err)
{
	struct sender sender = { .control = control, .signo = signo };
	int ret;

	if (signo == 0)
		sender.signo = init_blocks_halt(control) ? HALT_OF_SYSTEMD : SIGPWR;
	if (timeout_s == 0)
		ret = send_signal(&sender);
	else
		ret = ipc_wait(control->sys, control->lxcpath, control->name, 1U << IPC_STOPPED, false,
			       to_ms(timeout_s), send_signal, &sender);
	if (ret >= 0 || ret == -ECONNREFUSED)
		return 0;
	if (ret == -ETIMEDOUT)
		return err_set(err, ret, "the container did not stop within %d seconds", timeout_s);
	return err_sys(err, ret, "send signal %d to the container's init", sender.signo);
}

/* With the cause, if it was told. */
static int stopped_instead(const struct control *control, const struct fd *failure, struct err *err)
{
	const char *what = "the container stopped instead of rebooting";

	if (!fd_is_open(failure) || ipc_read_failure(control->sys, failure->n, err) < 0)
		return err_set(err, -ECONNRESET, "%s", what);
	err_context(err, "%s", what);
	return -ECONNRESET;
}

int control_reboot(const struct control *control, int signo, bool next, int timeout_s, struct err *err)
{
	struct sender sender = { .control = control, .signo = signo ? signo : SIGINT };
	_cleanup_fd_ struct fd failure = { 0 };
	int ret;

	/* Before the signal; who cannot tell the cause may reboot all the same. */
	if (next && timeout_s != 0)
		(void)ipc_watch_failure(control->sys, control->lxcpath, control->name, &failure);
	if (!next || timeout_s == 0)
		ret = send_signal(&sender);
	else
		ret = ipc_wait(control->sys, control->lxcpath, control->name, 1U << IPC_RUNNING, true,
			       to_ms(timeout_s), send_signal, &sender);
	if (ret >= 0)
		return 0;
	if (ret == -ECONNREFUSED)
		return err_set(err, ret, "the container is not running");
	if (ret == -ECONNRESET)
		return stopped_instead(control, &failure, err);
	if (ret == -ETIMEDOUT)
		return err_set(err, ret, "the container did not reboot within %d seconds", timeout_s);
	return err_sys(err, ret, "send signal %d to the container's init", sender.signo);
}

int control_wait(const struct control *control, unsigned mask, int timeout_s)
{
	int ret = ipc_wait(control->sys, control->lxcpath, control->name, mask, false, to_ms(timeout_s), NULL, NULL);

	return ret < 0 ? ret : 0;
}
