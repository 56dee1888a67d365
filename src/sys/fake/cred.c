/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/cred: ids, groups, capabilities, and what prctl changes of a task.
 *
 * Sources: credentials(7), capabilities(7), prctl(2).
 */
#include "sys/fake/task.h"

#include <linux/capability.h>
#include <linux/prctl.h>

#define LAST_CAP 40

bool task_in_group(struct task *task, gid_t gid)
{
	if (task->cred.fsgid == gid || task->cred.egid == gid)
		return true;
	for (size_t i = 0; i < task->cred.group_count; i++)
		if (task->cred.groups[i] == gid)
			return true;
	return false;
}

/* --- ids --- */

uid_t fake_op_getuid(struct sys *sys)
{
	return uid_seen(fake_of(sys)->current, fake_of(sys)->current->cred.ruid);
}

uid_t fake_op_geteuid(struct sys *sys)
{
	return uid_seen(fake_of(sys)->current, fake_of(sys)->current->cred.euid);
}

gid_t fake_op_getgid(struct sys *sys)
{
	return gid_seen(fake_of(sys)->current, fake_of(sys)->current->cred.rgid);
}

gid_t fake_op_getegid(struct sys *sys)
{
	return gid_seen(fake_of(sys)->current, fake_of(sys)->current->cred.egid);
}

/* Capabilities that go when the last (or the effective) id that is root goes. */
static void drop_root_caps(struct task *task, const struct cred *old)
{
	struct cred *cred = &task->cred;
	uid_t root = 0;
	bool was, is;

	uid_from(task, 0, &root);
	was = old->ruid == root || old->euid == root || old->suid == root;
	is = cred->ruid == root || cred->euid == root || cred->suid == root;
	if (was && !is) {
		cred->ambient = 0;
		if (!ktask(task)->keep_caps)
			cred->permitted = cred->effective = 0;
	}
	if (old->euid == root && cred->euid != root)
		cred->effective = 0;
	if (old->euid != root && cred->euid == root)
		cred->effective = cred->permitted;
}

static bool is_own_uid(const struct cred *cred, uid_t uid)
{
	return uid == cred->ruid || uid == cred->euid || uid == cred->suid;
}

static bool is_own_gid(const struct cred *cred, gid_t gid)
{
	return gid == cred->rgid || gid == cred->egid || gid == cred->sgid;
}

int fake_op_setresuid(struct sys *sys, uid_t ruid, uid_t euid, uid_t suid)
{
	struct task *task = fake_of(sys)->current;
	struct cred old = task->cred, *cred = &task->cred;
	bool capable = task_capable(task, CAP_SETUID, task->user_ns);
	uid_t wanted[3] = { ruid, euid, suid }, host[3] = { old.ruid, old.euid, old.suid };

	for (int i = 0; i < 3; i++) {
		if (wanted[i] == (uid_t)-1)
			continue;
		if (!uid_from(task, wanted[i], &host[i]))
			return -EINVAL;
		if (!capable && !is_own_uid(&old, host[i]))
			return -EPERM;
	}
	cred->ruid = host[0];
	cred->euid = cred->fsuid = host[1];
	cred->suid = host[2];
	if (old.euid != cred->euid) {
		task->dumpable = false;
		task->pdeathsig = 0;
	}
	drop_root_caps(task, &old);
	return 0;
}

int fake_op_setresgid(struct sys *sys, gid_t rgid, gid_t egid, gid_t sgid)
{
	struct task *task = fake_of(sys)->current;
	struct cred *cred = &task->cred;
	bool capable = task_capable(task, CAP_SETGID, task->user_ns);
	gid_t wanted[3] = { rgid, egid, sgid }, host[3] = { cred->rgid, cred->egid, cred->sgid };

	for (int i = 0; i < 3; i++) {
		if (wanted[i] == (gid_t)-1)
			continue;
		if (!gid_from(task, wanted[i], &host[i]))
			return -EINVAL;
		if (!capable && !is_own_gid(cred, host[i]))
			return -EPERM;
	}
	if (cred->egid != host[1]) {
		task->dumpable = false;
		task->pdeathsig = 0;
	}
	cred->rgid = host[0];
	cred->egid = cred->fsgid = host[1];
	cred->sgid = host[2];
	return 0;
}

int fake_op_setgroups(struct sys *sys, size_t count, const gid_t *list)
{
	struct task *task = fake_of(sys)->current;
	gid_t host[ARRAY_LEN(task->cred.groups)];

	if (!task_capable(task, CAP_SETGID, task->user_ns) || task->user_ns->gid_count == 0 ||
	    task->user_ns->setgroups_denied)
		return -EPERM;
	if (count > ARRAY_LEN(host))
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (!gid_from(task, list[i], &host[i]))
			return -EINVAL;
	memcpy(task->cred.groups, host, count * sizeof(*host));
	task->cred.group_count = count;
	return 0;
}

/* --- capabilities --- */

int fake_op_capget(struct sys *sys, struct sys_caps *caps)
{
	const struct cred *cred = &fake_of(sys)->current->cred;

	*caps = (struct sys_caps){ cred->effective, cred->permitted, cred->inheritable };
	return 0;
}

int fake_op_capset(struct sys *sys, const struct sys_caps *caps)
{
	struct task *task = fake_of(sys)->current;
	struct cred *cred = &task->cred;
	uint64_t grow =
		task_capable(task, CAP_SETPCAP, task->user_ns) ? cred->bounding : cred->permitted;

	if ((caps->permitted & ~cred->permitted) || (caps->effective & ~caps->permitted))
		return -EPERM;
	if ((caps->inheritable & ~(cred->inheritable | grow)) ||
	    (caps->inheritable & ~(cred->inheritable | cred->bounding)))
		return -EPERM;
	cred->effective = caps->effective;
	cred->permitted = caps->permitted;
	cred->inheritable = caps->inheritable;
	cred->ambient &= cred->permitted & cred->inheritable;
	return 0;
}

/* What exec of a file without capabilities and set-id bits does. */
void cred_exec(struct task *task)
{
	struct cred *cred = &task->cred;
	uid_t root = 0;

	uid_from(task, 0, &root);
	if (cred->euid == root || cred->ruid == root) {
		cred->permitted = cred->inheritable | cred->bounding;
		cred->effective = cred->euid == root ? cred->permitted : 0;
	} else {
		cred->permitted = cred->effective = cred->ambient;
	}
	cred->suid = cred->fsuid = cred->euid;
	cred->sgid = cred->fsgid = cred->egid;
	ktask(task)->keep_caps = false;
}

static int ambient(struct cred *cred, unsigned long what, unsigned long cap)
{
	uint64_t bit = cap <= LAST_CAP ? 1ull << cap : 0;

	if (what == PR_CAP_AMBIENT_CLEAR_ALL) {
		cred->ambient = 0;
		return 0;
	}
	if (!bit)
		return -EINVAL;
	if (what == PR_CAP_AMBIENT_IS_SET)
		return (cred->ambient & bit) != 0;
	if (what == PR_CAP_AMBIENT_LOWER)
		cred->ambient &= ~bit;
	else if (what != PR_CAP_AMBIENT_RAISE)
		return -EINVAL;
	else if (!(cred->permitted & cred->inheritable & bit))
		return -EPERM;
	else
		cred->ambient |= bit;
	return 0;
}

static int bounding_drop(struct task *task, unsigned long cap)
{
	if (!task_capable(task, CAP_SETPCAP, task->user_ns))
		return -EPERM;
	if (cap > LAST_CAP)
		return -EINVAL;
	task->cred.bounding &= ~(1ull << cap);
	return 0;
}

int fake_op_prctl(struct sys *sys, int option, unsigned long a2, unsigned long a3, unsigned long a4,
		  unsigned long a5)
{
	struct task *task = fake_of(sys)->current;

	switch (option) {
	case PR_SET_PDEATHSIG:
		if (a2 >= SIGNALS)
			return -EINVAL;
		task->pdeathsig = (int)a2;
		return 0;
	case PR_GET_PDEATHSIG:
		*(int *)a2 = task->pdeathsig;
		return 0;
	case PR_GET_DUMPABLE:
		return task->dumpable;
	case PR_SET_DUMPABLE:
		if (a2 > 1)
			return -EINVAL;
		task->dumpable = a2;
		return 0;
	case PR_CAPBSET_READ:
		return a2 > LAST_CAP ? -EINVAL : (int)(task->cred.bounding >> a2 & 1);
	case PR_CAPBSET_DROP:
		return bounding_drop(task, a2);
	case PR_SET_NO_NEW_PRIVS:
		if (a2 != 1 || a3 || a4 || a5)
			return -EINVAL;
		task->cred.no_new_privs = true;
		return 0;
	case PR_GET_NO_NEW_PRIVS:
		return task->cred.no_new_privs;
	case PR_GET_SECCOMP:
		return ktask(task)->filters ? 2 : 0;
	case PR_CAP_AMBIENT:
		return ambient(&task->cred, a2, a3);
	case PR_SET_KEEPCAPS:
		ktask(task)->keep_caps = a2;
		return 0;
	case PR_SET_NAME:
		snprintf(task->comm, sizeof(task->comm), "%.15s", (const char *)a2);
		return 0;
	case PR_GET_NAME:
		memcpy((char *)a2, task->comm, sizeof(task->comm));
		return 0;
	case PR_SET_MM: /* only changes what /proc shows as the command line */
		return task_capable(task, CAP_SYS_RESOURCE, NULL) ? 0 : -EPERM;
	default:
		return -EINVAL;
	}
}
