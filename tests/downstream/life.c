/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "downstream.h"

#include "fakehost/fakehost.h"

static const char config[] = "lxc.rootfs.path = dir:/srv/web\n"
			     "lxc.uts.name = web\n"
			     "lxc.net.0.type = empty\n"
			     "lxc.signal.halt = SIGTERM\n";

void live_a_life(void)
{
	struct fake *host =
		fakehost_create(&(struct fake_host){ .options.cgroups = FAKE_CGROUP_UNIFIED });
	struct lxc_container *c;

	fake_tree(host, "d 0755 /srv/web/dev\nd 0755 /srv/web/proc\nd 0755 /srv/web/sys\n");
	fake_program(host, "/srv/web/sbin/init", fake_init_main, NULL);
	fake_file(host, "/var/lib/lxc/web/config", config, 0644);

	c = fakehost_container(fake_sys(host), "web", NULL);
	assert(c && c->is_defined(c));
	if (!c->start(c, 0, NULL))
		printf("# %s\n", c->error_string);
	printf("# web is %s, its init is process %d\n", c->state(c), c->init_pid(c));
	assert(c->is_running(c) && c->init_pid(c) > 0);
	assert(c->shutdown(c, 10));
	assert(!c->is_running(c));
	assert(fakehost_container_put(c) == 1);
	assert(strcmp(fake_breaches(host), "") == 0);
	fakehost_destroy(host);
}
