/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls on credentials, of the calling thread alone: libc's set*id would signal all threads of the
 * process, and take locks that a forked child may find taken.
 */
#include "sys/linux/call.h"

#include <linux/capability.h>

uid_t linux_getuid(struct sys *sys)
{
	return getuid();
}

uid_t linux_geteuid(struct sys *sys)
{
	return geteuid();
}

gid_t linux_getgid(struct sys *sys)
{
	return getgid();
}

gid_t linux_getegid(struct sys *sys)
{
	return getegid();
}

int linux_setresuid(struct sys *sys, uid_t ruid, uid_t euid, uid_t suid)
{
	return LINUX_INT(syscall(SYS_setresuid, ruid, euid, suid));
}

int linux_setresgid(struct sys *sys, gid_t rgid, gid_t egid, gid_t sgid)
{
	return LINUX_INT(syscall(SYS_setresgid, rgid, egid, sgid));
}

int linux_setgroups(struct sys *sys, size_t count, const gid_t *list)
{
	return LINUX_INT(syscall(SYS_setgroups, count, list));
}

static uint64_t join(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

int linux_capget(struct sys *sys, struct sys_caps *caps)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct set[_LINUX_CAPABILITY_U32S_3] = { 0 };
	int ret = LINUX_INT(syscall(SYS_capget, &header, set));

	if (ret < 0)
		return ret;
	caps->effective = join(set[0].effective, set[1].effective);
	caps->permitted = join(set[0].permitted, set[1].permitted);
	caps->inheritable = join(set[0].inheritable, set[1].inheritable);
	return 0;
}

int linux_capset(struct sys *sys, const struct sys_caps *caps)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct set[_LINUX_CAPABILITY_U32S_3] = {
		{
			.effective = (uint32_t)caps->effective,
			.permitted = (uint32_t)caps->permitted,
			.inheritable = (uint32_t)caps->inheritable,
		},
		{
			.effective = (uint32_t)(caps->effective >> 32),
			.permitted = (uint32_t)(caps->permitted >> 32),
			.inheritable = (uint32_t)(caps->inheritable >> 32),
		},
	};

	return LINUX_INT(syscall(SYS_capset, &header, set));
}
