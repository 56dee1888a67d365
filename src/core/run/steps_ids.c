/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps that give privilege away; each is verified, since a kernel module may lie about success
 * (start.md 8.4). */
#include "core/run/steps.h"

#include <errno.h>
#include <sys/prctl.h>

#define CAP_COUNT_MAX 64
#define CAP_SETGID_BIT 6

static int clear_inheritable(struct sys *sys)
{
	struct sys_caps caps;
	int ret = sys_capget(sys, &caps);

	if (ret == 0 && caps.inheritable) {
		caps.inheritable = 0;
		ret = sys_capset(sys, &caps);
	}
	if (ret < 0)
		return ret;
	/* Unknown before Linux 4.3, where there is nothing to clear. */
	ret = sys_prctl(sys, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return ret == -EINVAL ? 0 : ret;
}

/*
 * A capability that is not there need not be dropped; unknown is one only when both calls say so,
 * and then all higher ones are too. 1: unknown; 0; -errno.
 */
static int drop_one(struct sys *sys, unsigned cap)
{
	int dropped = sys_prctl(sys, PR_CAPBSET_DROP, cap, 0, 0, 0), has;

	if (dropped == 0)
		return 0;
	has = sys_prctl(sys, PR_CAPBSET_READ, cap, 0, 0, 0);
	if (has == -EINVAL && dropped == -EINVAL)
		return 1;
	return has == 0 ? 0 : dropped;
}

int bounding_keep(struct sys *sys, uint64_t keep)
{
	for (unsigned cap = 0; cap < CAP_COUNT_MAX; cap++) {
		int ret = keep & UINT64_C(1) << cap ? 0 : drop_one(sys, cap);

		if (ret != 0)
			return ret < 0 ? ret : 0;
	}
	return 0;
}

int child_cap_bounding(struct child *child, const struct step *step, struct note *note)
{
	int ret = bounding_keep(child->sys, (uint64_t)step->num[0]);

	return ret < 0 ? ret : clear_inheritable(child->sys);
}

int child_no_new_privs(struct child *child, const struct step *step, struct note *note)
{
	return sys_prctl(child->sys, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int drop_groups(struct sys *sys)
{
	struct sys_caps caps;
	int ret = sys_capget(sys, &caps);

	if (ret < 0 || !(caps.effective & 1U << CAP_SETGID_BIT))
		return ret < 0 ? ret : 0;
	return sys_setgroups(sys, 0, NULL);
}

int child_ids(struct child *child, const struct step *step, struct note *note)
{
	struct sys *sys = child->sys;
	uid_t uid = (uid_t)step->num[0];
	gid_t gid = (gid_t)step->num[1];
	int ret = clear_inheritable(sys);

	/* Groups, then the group, then the user: each needs what the next one gives away. */
	if (ret == 0 && step->num[2])
		ret = drop_groups(sys);
	if (ret == 0 && step->num[1] >= 0)
		ret = sys_setresgid(sys, gid, gid, gid);
	if (ret == 0 && step->num[0] >= 0)
		ret = sys_setresuid(sys, uid, uid, uid);
	if (ret < 0)
		return ret;
	if ((step->num[1] >= 0 && (sys_getgid(sys) != gid || sys_getegid(sys) != gid)) ||
	    (step->num[0] >= 0 && (sys_getuid(sys) != uid || sys_geteuid(sys) != uid)))
		return note_set(note, -EPERM, "the kernel kept the old ids");
	/* The change of ids gave it back: until exec nobody inside may look into us. */
	ret = sys_prctl(sys, PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* And it cleared this. */
	if (ret == 0 && step->num[3])
		ret = sys_prctl(sys, PR_SET_PDEATHSIG, (unsigned long)step->num[3], 0, 0, 0);
	return ret;
}
