/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fakehost/fakehost.h"

#include "api/carry.h"
#include "core/plan/plan.h"
#include "core/run/run.h"
#include "paths.h"

#include <assert.h>

typedef int (*helper_main)(struct sys *sys, int argc, char **argv, char **envp);

static const struct helper {
	const char *path, *bytes;
	helper_main main;
} helpers[] = {
#define HELPER(path, main)                          \
	{                                           \
		path, FAKE_PROGRAM_TEXT(path), main \
	}
	[CARRIED_SUPERVISOR] = HELPER(PATH_LIBEXEC "/lxc-supervisor", supervisor_main),
	[CARRIED_PLANNER] = HELPER(PATH_LIBEXEC "/lxc-plan", planner_main),
	[CARRIED_INIT] = HELPER(PATH_SBIN "/init.lxc", init_main),
};

/* The library carries what the model's files hold: any file with these bytes is that program. */
const char *carried_bytes(enum carried which, size_t *len)
{
	*len = strlen(helpers[which].bytes);
	return helpers[which].bytes;
}

static int run_helper(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	const struct helper *helper = data;

	return helper->main(sys, argc, argv, envp);
}

void fakehost_install(struct fake *fake)
{
	fake_dir(fake, PATH_ROOTFS_MOUNT, 0755);
	fake_dir(fake, PATH_LXCPATH, 0755);
	fake_file(fake, PATH_DEFAULT_CONFIG, "lxc.net.0.type = empty\n", 0644);
	for (size_t i = 0; i < ARRAY_LEN(helpers); i++)
		fake_program(fake, helpers[i].path, run_helper, (void *)(uintptr_t)&helpers[i]);
}

struct fake *fakehost_create(const struct fake_host *host)
{
	struct fake *fake = fake_host_create(host);

	assert(fake);
	fakehost_install(fake);
	return fake;
}

void fakehost_destroy(struct fake *fake)
{
	if (fake)
		api_log_close(fake_sys(fake));
	fake_destroy(fake);
}

struct lxc_container *fakehost_container(struct sys *sys, const char *name, const char *lxcpath)
{
	static char *const envp[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
				      (char *)"HOME=/root", NULL };

	/* Not the system configuration's: the API asks it once a thread, and a thread may have
	 * several hosts. */
	return api_container_new_on(sys, envp, name, lxcpath ? lxcpath : PATH_LXCPATH);
}

int fakehost_container_put(struct lxc_container *c)
{
	return api_container_put(c);
}
