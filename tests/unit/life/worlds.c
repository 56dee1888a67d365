/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life/worlds.h"

const struct world worlds[] = {
	{ "hybrid", HYBRID, { .cgroups = FAKE_CGROUP_HYBRID } },
	{ "unified", UNIFIED, { .cgroups = FAKE_CGROUP_UNIFIED } },
	{ "v1", LEGACY, { .cgroups = FAKE_CGROUP_LEGACY } },
	{ "no cgroups", BARE, { .cgroups = FAKE_CGROUP_NONE } },
	{ "Linux 4.18", OLD, { .kernel = "4.18" } },
	{ "Linux 5.4", MIDDLE, { .kernel = "5.4" } },
	{ "Linux 5.10", RECENT, { .kernel = "5.10" } },
	{ .name = NULL },
};

#define STRICT "rw,nosuid,nodev,noexec,relatime"
#define DEVPTS " rw,nosuid,noexec,relatime - devpts devpts rw,gid=5,mode=620,ptmxmode=666,max=10"
#define NONE "0000000000000000"
/* All that this kernel has, without sys_module, mac_admin, mac_override and sys_time. */
#define CAPABILITIES "000001fcfdfeffff"

/* The container is the template's (host.c), the caller the one of test_worlds.c. */
static const struct sight {
	enum viewer viewer;
	unsigned worlds;
	const char *line;
} sights[] = {
	/* A clean environment for init; what is attached has the caller's, as by default. */
	{ INIT, EVERYWHERE, "argument /sbin/init" },
	{ ATTACHED, EVERYWHERE, "argument /bin/true" },
	{ ATTACHED, EVERYWHERE, "argument word" },
	{ ATTACHED, EVERYWHERE, "variable PATH=/usr/sbin:/usr/bin:/sbin:/bin" },
	{ ATTACHED, EVERYWHERE, "variable HOME=/root" },
	{ INIT, EVERYWHERE, "variable COLOUR=blue" },
	{ BOTH, EVERYWHERE, "variable container=lxc" },
	{ INIT, EVERYWHERE, "variable container_ttys=pts/1" },
	{ ATTACHED, EVERYWHERE, "variable COLOUR=blue" },

	/* Numbers of its own pid namespace: 0 stands for what is outside. */
	{ INIT, EVERYWHERE, "pid 1" },
	{ ATTACHED, EVERYWHERE, "pid 2" },
	{ BOTH, EVERYWHERE, "parent 0" },
	{ INIT, EVERYWHERE, "group 1" },
	{ INIT, EVERYWHERE, "session 1" },
	{ ATTACHED, EVERYWHERE, "group 0" },
	{ ATTACHED, EVERYWHERE, "session 0" },
	{ BOTH, EVERYWHERE, "tty 0" },

	{ BOTH, EVERYWHERE, "Uid 0 0 0 0" },
	{ BOTH, EVERYWHERE, "Gid 0 0 0 0" },
	{ BOTH, EVERYWHERE, "Groups" },
	/* What is attached is a process of the caller, with his signals. */
	{ INIT, EVERYWHERE, "SigBlk " NONE },
	{ INIT, EVERYWHERE, "SigIgn " NONE },
	{ ATTACHED, EVERYWHERE, "SigBlk 0000000000000800" },
	{ ATTACHED, EVERYWHERE, "SigIgn 0000000000000004" },
	{ BOTH, EVERYWHERE, "SigCgt " NONE },
	{ BOTH, EVERYWHERE, "CapInh " NONE },
	{ BOTH, EVERYWHERE, "CapPrm " CAPABILITIES },
	{ BOTH, EVERYWHERE, "CapEff " CAPABILITIES },
	{ BOTH, EVERYWHERE, "CapBnd " CAPABILITIES },
	{ BOTH, EVERYWHERE, "CapAmb " NONE },
	{ BOTH, EVERYWHERE, "NoNewPrivs 0" },
	{ BOTH, EVERYWHERE, "Seccomp 0" },
	/* Init dies with its supervisor, what is attached does not die with who attached it. */
	{ INIT, EVERYWHERE, "deathsig 9" },
	{ ATTACHED, EVERYWHERE, "deathsig 0" },
	{ BOTH, EVERYWHERE, "umask 0027" },
	{ BOTH, EVERYWHERE, "hostname web" },
	{ BOTH, EVERYWHERE, "cwd /" },

	{ BOTH, EVERYWHERE, "nofile 1024 1048576" },
	{ BOTH, EVERYWHERE, "personality 00000000" },
	{ BOTH, EVERYWHERE, "oom_score_adj 0" },

	/* Init has nothing of the caller. What is attached has his descriptors, but no directory:
	   that would be a way out. */
	{ INIT, EVERYWHERE, "fd 0 /dev/pts/0" },
	{ INIT, EVERYWHERE, "fd 1 /dev/pts/0" },
	{ INIT, EVERYWHERE, "fd 2 /dev/pts/0" },
	{ ATTACHED, EVERYWHERE, "fd 0 /dev/null" },
	{ ATTACHED, EVERYWHERE, "fd 1 /dev/null" },
	{ ATTACHED, EVERYWHERE, "fd 2 /dev/null" },
	{ ATTACHED, EVERYWHERE, "fd 20 /dev/null" },

	{ BOTH, EVERYWHERE, "namespace user host's" },
	{ BOTH, EVERYWHERE, "namespace mnt own" },
	{ BOTH, EVERYWHERE, "namespace pid own" },
	{ BOTH, EVERYWHERE, "namespace uts own" },
	{ BOTH, EVERYWHERE, "namespace ipc own" },
	{ BOTH, EVERYWHERE, "namespace net own" },
	{ BOTH, EVERYWHERE, "namespace cgroup own" },
	{ BOTH, EVERYWHERE, "process 1" },
	{ ATTACHED, EVERYWHERE, "process 2" },

	/* No mount of the host. What happens there still arrives below /, and nothing goes the
	   other way. */
	{ BOTH, EVERYWHERE,
	  "mount / /var/lib/lxc/web/rootfs rw,relatime master - ext4 /dev/sda1 rw" },
	{ BOTH, EVERYWHERE, "mount /dev / rw,relatime - tmpfs none rw,size=500000,mode=755" },
	{ BOTH, EVERYWHERE, "mount /proc / " STRICT " - proc proc rw" },
	{ BOTH, EVERYWHERE, "mount /proc/sys/net /sys/net " STRICT " - proc proc rw" },
	{ BOTH, EVERYWHERE, "mount /proc/sys /sys ro,nosuid,nodev,noexec,relatime - proc proc rw" },
	{ BOTH, EVERYWHERE,
	  "mount /proc/sysrq-trigger /sysrq-trigger ro,nosuid,nodev,noexec,relatime - proc proc "
	  "rw" },
	{ BOTH, EVERYWHERE, "mount /sys / " STRICT " - sysfs sysfs rw" },
	{ BOTH, EVERYWHERE, "mount /sys / ro,nosuid,nodev,noexec,relatime - sysfs sysfs rw" },
	{ BOTH, EVERYWHERE, "mount /sys/devices/virtual/net / rw,relatime - sysfs sysfs rw" },
	{ BOTH, EVERYWHERE,
	  "mount /sys/devices/virtual/net /devices/virtual/net " STRICT " - sysfs sysfs rw" },
	{ BOTH, EVERYWHERE, "mount /dev/shm / rw,relatime - tmpfs shm rw" },
	/* With v1 an init that may mount does it itself. */
	{ BOTH, UNIFIED, "mount /sys/fs/cgroup / " STRICT " - cgroup2 cgroup2 rw,nsdelegate" },
	{ BOTH, EVERYWHERE, "mount /dev/pts /" DEVPTS },
	{ BOTH, EVERYWHERE, "mount /dev/ptmx /ptmx" DEVPTS },
	{ BOTH, EVERYWHERE, "mount /dev/console /0" DEVPTS },
	{ BOTH, EVERYWHERE, "mount /dev/tty1 /1" DEVPTS },

	{ BOTH, ON_V1, "cgroup pids:/" },
	{ BOTH, ON_V1, "cgroup freezer:/" },
	{ BOTH, ON_V1, "cgroup devices:/" },
	{ BOTH, ON_V1, "cgroup memory:/" },
	{ BOTH, ON_V1, "cgroup cpu:/" },
	{ BOTH, ON_V1, "cgroup cpuset:/" },
	{ BOTH, ON_V1, "cgroup name=systemd:/" },
	{ BOTH, ON_V2, "cgroup 0::/" },

	{ BOTH, EVERYWHERE, "name /bin d 0755 0:0" },
	{ BOTH, EVERYWHERE, "name /dev d 0755 0:0" },
	{ BOTH, EVERYWHERE, "name /etc d 0755 0:0" },
	{ BOTH, EVERYWHERE, "name /proc d 0555 0:0" },
	{ BOTH, EVERYWHERE, "name /root d 0755 0:0" },
	{ BOTH, EVERYWHERE, "name /sbin d 0755 0:0" },
	{ BOTH, EVERYWHERE, "name /sys d 0555 0:0" },
	{ BOTH, EVERYWHERE, "name /tmp d 0755 0:0" },
	{ BOTH, EVERYWHERE, "name /var d 0755 0:0" },
	{ BOTH, EVERYWHERE, "name /dev/console c 0620 0:5 136,0" },
	{ BOTH, EVERYWHERE, "name /dev/fd -> /proc/self/fd" },
	{ BOTH, EVERYWHERE, "name /dev/full c 0666 0:0 1,7" },
	{ BOTH, EVERYWHERE, "name /dev/null c 0666 0:0 1,3" },
	{ BOTH, EVERYWHERE, "name /dev/ptmx c 0666 0:0 5,2" },
	{ BOTH, EVERYWHERE, "name /dev/pts d 0755 0:0" },
	{ BOTH, EVERYWHERE, "name /dev/random c 0666 0:0 1,8" },
	{ BOTH, EVERYWHERE, "name /dev/shm d 1777 0:0" },
	{ BOTH, EVERYWHERE, "name /dev/stderr -> /proc/self/fd/2" },
	{ BOTH, EVERYWHERE, "name /dev/stdin -> /proc/self/fd/0" },
	{ BOTH, EVERYWHERE, "name /dev/stdout -> /proc/self/fd/1" },
	{ BOTH, EVERYWHERE, "name /dev/tty c 0666 0:0 5,0" },
	{ BOTH, EVERYWHERE, "name /dev/tty1 c 0620 0:5 136,1" },
	{ BOTH, EVERYWHERE, "name /dev/urandom c 0666 0:0 1,9" },
	{ BOTH, EVERYWHERE, "name /dev/zero c 0666 0:0 1,5" },
	{ BOTH, EVERYWHERE, "name /dev/pts/0 c 0620 0:5 136,0" },
	{ BOTH, EVERYWHERE, "name /dev/pts/1 c 0620 0:5 136,1" },
	{ BOTH, EVERYWHERE, "name /dev/pts/ptmx c 0666 0:0 5,2" },

	/* The top of the hierarchy that it sees is its own cgroup. */
	{ BOTH, UNIFIED, "member 1" },
	{ ATTACHED, UNIFIED, "member 2" },
};

void world_expect(const struct world *world, enum viewer viewer, struct str *out)
{
	for (size_t i = 0; i < ARRAY_LEN(sights); i++)
		if ((sights[i].viewer & viewer) && (sights[i].worlds & world->bit))
			str_addf(out, "%s\n", sights[i].line);
}
