/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "downstream.h"

#include "core/config/config.h"
#include "core/plan/plan.h"
#include "sys/fake/fake.h"

void print_a_plan(void)
{
	static const char text[] = "lxc.uts.name = web\n"
				   "lxc.rootfs.path = dir:/srv/web\n"
				   "lxc.net.0.type = empty\n"
				   "lxc.mount.entry = /srv/data srv none bind,create=dir 0 0\n";
	_cleanup_fake_ struct fake *host = fake_host_debian12_unified();
	_cleanup_config_ struct config *config = config_create();
	struct plan_request request = { .name = "web", .lxcpath = "/var/lib/lxc", .daemon = true };
	struct plan *plan _cleanup_free_ = NULL;
	_cleanup_str_ struct str out = { 0 };
	struct err err = { 0 };
	const char *bind;

	assert(host && config);
	fake_tree(host, "d 0755 /srv/web/srv\nd 0755 /srv/data\n");
	assert(config_load_text(config, NULL, "web.conf", text, strlen(text), &err) == 0);
	assert(plan_life(fake_sys(host), config, &request, &plan, &err) == 0);
	assert(plan_print(plan, &out) == 0);
	bind = strstr(str_text(&out), "/srv/data");
	assert(bind);
	while (bind > out.s && bind[-1] != '\n')
		bind--;
	printf("# %.*s\n", (int)strcspn(bind, "\n"), bind);
	assert(strstr(bind, "web.conf:4"));
}
