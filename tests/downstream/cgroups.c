/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "downstream.h"

#include "core/cgroup/cgroup.h"
#include "sys/fake/fake.h"

static void look(struct fake *host, enum cgroup_kind kind, const char *controller,
		 const char *mount)
{
	struct cgroup_layout layout;
	int i;

	assert(cgroup_layout_read(fake_sys(host), false, NULL, &layout, NULL) == 0);
	assert(layout.kind == kind);
	i = cgroup_layout_find(&layout, controller);
	assert(i >= 0);
	printf("# %s: %s\n", controller ? controller : "v2", layout.hierarchies[i].mount);
	assert(strcmp(layout.hierarchies[i].mount, mount) == 0);
	fake_destroy(host);
}

void look_at_cgroups(void)
{
	look(fake_host_debian12_unified(), CGROUP_UNIFIED, NULL, "/sys/fs/cgroup");
	look(fake_host_debian12_hybrid(), CGROUP_HYBRID, "memory", "/sys/fs/cgroup/memory");
	look(fake_host_v1(), CGROUP_LEGACY, "devices", "/sys/fs/cgroup/devices");
}
