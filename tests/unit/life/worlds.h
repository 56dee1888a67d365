/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/life/worlds: the hosts that a container must be the same on, and what a program inside sees
 * there.
 */
#ifndef TESTS_LIFE_WORLDS_H
#define TESTS_LIFE_WORLDS_H

#include "core/base/str.h"
#include "sys/fake/fake.h"

/* One bit a world. */
enum world_bit {
	HYBRID = 1 << 0,
	UNIFIED = 1 << 1,
	LEGACY = 1 << 2, /* cgroup v1 alone */
	BARE = 1 << 3,	 /* no cgroups at all */
	OLD = 1 << 4, /* Linux 4.18: no openat2, no mount API with descriptors, no clone3, no pidfds
		       */
	MIDDLE = 1 << 5, /* Linux 5.4: still no openat2 */
	RECENT = 1 << 6, /* Linux 5.10: no mount_setattr */
};
#define ON_V1 (HYBRID | LEGACY | OLD | MIDDLE | RECENT)
#define ON_V2 (HYBRID | UNIFIED | OLD | MIDDLE | RECENT)
#define EVERYWHERE (ON_V1 | ON_V2 | BARE)

struct world {
	const char *name;
	enum world_bit bit;
	struct fake_options options;
};
/* All of them; the last has no name. */
extern const struct world worlds[];

/* Who looks. */
enum viewer { INIT = 1, ATTACHED = 2, BOTH = INIT | ATTACHED };
/* All that he must see, in the form of inside_main(): more is as wrong as less. */
void world_expect(const struct world *world, enum viewer viewer, struct str *out);

#endif
