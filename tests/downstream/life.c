/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The example of README.md, with its promise checked. */
#include "downstream.h"

#include <fakehost/fakehost.h>

void live_a_life(void)
{
	struct fake *host =
		fakehost_create(&(struct fake_host){ .options.cgroups = FAKE_CGROUP_UNIFIED });
	struct lxc_container *c = fakehost_container(fake_sys(host), "web", NULL);

	assert(c);
	fake_tree(host, "d 0755 /srv/web/dev\nd 0755 /srv/web/proc\nd 0755 /srv/web/sys\n");
	fake_program(host, "/srv/web/sbin/init", fake_init_main, NULL);
	assert(c->set_config_item(c, "lxc.net.0.type", "empty"));
	assert(c->set_config_item(c, "lxc.rootfs.path", "/srv/web"));
	if (!c->start(c, 0, NULL))
		printf("# %s\n", c->error_string);
	printf("# web is %s, its init is process %d\n", c->state(c), c->init_pid(c));
	assert(strcmp(c->state(c), "RUNNING") == 0 && c->init_pid(c) > 0);

	assert(c->stop(c));
	assert(!c->is_running(c));
	assert(fakehost_container_put(c) == 1);
	assert(strcmp(fake_breaches(host), "") == 0);
	fakehost_destroy(host);
}
