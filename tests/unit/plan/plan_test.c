/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define ALL_NAMESPACES                                                                             \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | \
	 CLONE_NEWCGROUP)

struct host_facts host_hybrid(void)
{
	return (struct host_facts){
		.cgroup_pattern = "lxc/%n",
		.namespaces = ALL_NAMESPACES,
		.last_cap = 40,
		.cgroups = {
			.kind = CGROUP_HYBRID,
			.count = 4,
			.hierarchies = {
				{ false, "/sys/fs/cgroup/memory", "/", "memory" },
				{ false, "/sys/fs/cgroup/cpuset", "/", "cpuset" },
				{ false, "/sys/fs/cgroup/devices", "/user.slice", "devices" },
				{ true, "/sys/fs/cgroup/unified", "/user.slice", "" },
			},
		},
	};
}

struct host_facts host_unified(void)
{
	return (struct host_facts){
		.cgroup_pattern = "lxc/%n",
		.namespaces = ALL_NAMESPACES,
		.last_cap = 40,
		.cgroups = {
			.kind = CGROUP_UNIFIED,
			.count = 1,
			.hierarchies = { { true, "/sys/fs/cgroup", "/", "cpu,memory,pids" } },
		},
	};
}

struct plan *plan_of(const char *name, struct plan_request request, const struct host_facts *facts)
{
	_cleanup_config_ struct config *config = config_create();
	struct plan *image = NULL;
	struct err err = { 0 };
	char path[128];

	if (!request.lxcpath)
		request.lxcpath = "/var/lib/lxc";
	if (!request.name)
		request.name = name;
	(void)snprintf(path, sizeof(path), "golden/%s.config", name);
	if (config_load(config, sys_linux(), path, &err) < 0 ||
	    plan_with_facts(config, &request, facts, &image, &err) < 0)
		fail_msg("%s: %s", path, err.what);
	assert_int_equal(plan_check(image, image->size, &err), 0);
	return image;
}

static size_t read_text(const char *path, char *buf, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t len = file ? fread(buf, 1, size - 1, file) : 0;

	buf[len] = '\0';
	if (file)
		(void)fclose(file);
	return len;
}

void assert_golden(const char *file, const char *text)
{
	static char expected[65536];
	char path[128];

	(void)snprintf(path, sizeof(path), "golden/%s", file);
	if (getenv("UPDATE_GOLDEN")) {
		FILE *out = fopen(path, "w");

		assert_non_null(out);
		assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
		assert_int_equal(fclose(out), 0);
		return;
	}
	(void)read_text(path, expected, sizeof(expected));
	assert_string_equal(text, expected);
}
