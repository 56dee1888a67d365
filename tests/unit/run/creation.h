/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The creation of a container "web" by its plan, on a model kernel with a template that does
 * nothing. Included once a test program.
 */
#ifndef TEST_RUN_CREATION_H
#define TEST_RUN_CREATION_H

#include "core/run/life.h"
#include "sys/fake/fake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static char *const envp[] = { NULL };

static inline struct fake *host(void)
{
	struct fake *fake = fake_create(&(struct fake_options){ .kernel = NULL });

	assert_non_null(fake);
	fake_dir(fake, "/c", 0755);
	/* Locks stay. */
	fake_file(fake, "/tmp/.web", "", 0600);
	fake_program(fake, "/bin/fill", fake_exit_main, NULL);
	for (int fd = 0; fd < 3; fd++)
		assert_true(io_open(fake_sys(fake), AT_FDCWD, "/dev/null", O_RDWR, 0, 0) >= 0);
	return fake;
}

static inline struct plan_create_request web(void)
{
	return (struct plan_create_request){ .name = "web",
					     .lxcpath = "/c",
					     .lock_path = "/tmp/.web",
					     .config_text = "a = b\n",
					     .template_path = "/bin/fill",
					     .rootfs = "/c/web/rootfs",
					     .header = "# header\n",
					     .quiet = true,
					     .check = true };
}

static inline struct plan *creation_of(struct plan_create_request request)
{
	struct plan *image = NULL;
	struct err err = { 0 };

	if (plan_create(&request, &image, &err) < 0)
		fail_msg("%s", err.what);
	return image;
}

/* The answer of the step check. */
static inline int answer(void *data, struct err *err)
{
	int ret = (int)(intptr_t)data;

	return ret < 0 ? err_set(err, ret, "refused") : 0;
}

static inline int run_plan(struct fake *fake, const struct plan *plan, int ret, struct err *err)
{
	struct request_args args = { .envp = envp, .check = answer, .data = (void *)(intptr_t)ret };

	return run_request(fake_sys(fake), plan, &args, err);
}

static inline int create(struct fake *fake, struct plan_create_request request, int ret,
			 struct err *err)
{
	_cleanup_free_ struct plan *plan = creation_of(request);

	return run_plan(fake, plan, ret, err);
}

static inline void assert_file(struct fake *fake, const char *path, const char *expected)
{
	_cleanup_free_ char *text = fake_text(fake, path);

	assert_non_null(text);
	assert_string_equal(text, expected);
}

static inline char *world_of(struct fake *fake)
{
	struct str world = { 0 };

	fake_world(fake, &world);
	assert_true(str_ok(&world));
	return str_steal(&world);
}

#endif
