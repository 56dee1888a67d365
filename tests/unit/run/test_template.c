/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a template shares with its caller, whatever the caller is like, and how its end is told. */
#include "creation.h"

#include <sys/mount.h>
#include <sys/sysmacros.h>

static int killed_main(struct sys *sys, int argc, char **argv, char **env, void *data)
{
	(void)sys_kill(sys, sys_getpid(sys), SIGKILL);
	return 0;
}

static void a_failed_template_is_told_in_words(void **state)
{
	static const struct {
		const char *path;
		int ret;
		const char *what, *hint;
	} cases[] = {
		{ "/bin/three", -EINVAL, "template /bin/three failed with status 3", "" },
		{ "/bin/killed", -EINVAL, "template /bin/killed was killed by signal 9", "" },
		{ "/bin/missing", -ENOENT,
		  "run template /bin/missing failed: No such file or directory (ENOENT)",
		  "check that the template exists, and the interpreter in its first line" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_fake_ struct fake *fake = host();
		struct plan_create_request request = web();
		struct err err = { 0 };

		fake_program(fake, "/bin/three", fake_exit_main, (void *)(intptr_t)3);
		fake_program(fake, "/bin/killed", killed_main, NULL);
		request.template_path = cases[i].path;
		assert_int_equal(create(fake, request, 0, &err), cases[i].ret);
		assert_string_equal(err.what, cases[i].what);
		assert_string_equal(err.hint, cases[i].hint);
		assert_false(fake_exists(fake, "/c/web"));
	}
}

/* --- templates that look around: 0: all is well --- */

static int umask_main(struct sys *sys, int argc, char **argv, char **env, void *data)
{
	return sys_umask(sys, 0) == 022 ? 0 : 1;
}

static int streams_main(struct sys *sys, int argc, char **argv, char **env, void *data)
{
	struct stat st;

	for (int fd = 0; fd < 3; fd++)
		if (sys_fstatat(sys, fd, "", &st, AT_EMPTY_PATH) < 0 || st.st_rdev != makedev(1, 3))
			return 1 + fd;
	return sys_fcntl(sys, 3, F_GETFD, 0) == -EBADF ? 0 : 4;
}

static int mounts_main(struct sys *sys, int argc, char **argv, char **env, void *data)
{
	return sys_mount(sys, "tmpfs", "/c/web/rootfs", "tmpfs", 0, NULL) < 0 ? 1 : 3;
}

/* --- callers of all kinds --- */

static void deaf(struct sys *sys)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	assert_int_equal(sys_sigaction(sys, SIGCHLD, &ignore, NULL), 0);
}

static void tight(struct sys *sys)
{
	(void)sys_umask(sys, 0777);
}

/* The files that it opens next get low numbers, the marker's among them. */
static void closed(struct sys *sys)
{
	for (int fd = 0; fd < 3; fd++)
		assert_int_equal(sys_close(sys, fd), 0);
}

static const struct {
	const char *name;
	void (*caller)(struct sys *sys);
	fake_main template;
	int status;
} cases[] = {
	{ "a caller that ignores its children, a template that fails", deaf, fake_exit_main, 3 },
	{ "a caller that ignores its children", deaf, umask_main, 0 },
	{ "a umask", tight, umask_main, 0 },
	{ "closed streams", closed, streams_main, 0 },
	{ "mounts", NULL, mounts_main, 3 },
};

static void a_template_depends_on_no_caller(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_fake_ struct fake *fake = host();
		struct plan_create_request request = web();
		_cleanup_free_ char *before = NULL, *after = NULL;
		struct err err = { 0 };

		fake_program(fake, "/bin/look", cases[i].template,
			     (void *)(intptr_t)cases[i].status);
		request.template_path = "/bin/look";
		request.quiet = false;
		if (cases[i].caller)
			cases[i].caller(fake_sys(fake));
		before = world_of(fake);
		if (create(fake, request, 0, &err) != (cases[i].status ? -EINVAL : 0) ||
		    (cases[i].status && !str_ends(err.what, "failed with status 3")))
			fail_msg("%s: %s", cases[i].name, err.what);
		after = world_of(fake);
		if (cases[i].status && !str_eq(before, after))
			fail_msg("%s: left behind", cases[i].name);
	}
}

static void a_caller_stays_as_it_is(void **state)
{
	_cleanup_fake_ struct fake *fake = host();
	struct sys *sys = fake_sys(fake);
	struct sigaction chld = { 0 };
	sigset_t usr1, mask;

	deaf(sys);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	(void)sys_sigprocmask(sys, SIG_SETMASK, &usr1, NULL);
	(void)sys_umask(sys, 0123);
	assert_int_equal(create(fake, web(), 0, NULL), 0);
	(void)sys_sigprocmask(sys, SIG_SETMASK, NULL, &mask);
	(void)sys_sigaction(sys, SIGCHLD, NULL, &chld);
	assert_true(chld.sa_handler == SIG_IGN);
	assert_true(sigismember(&mask, SIGUSR1) && !sigismember(&mask, SIGTERM));
	assert_int_equal(sys_umask(sys, 0), 0123);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failed_template_is_told_in_words),
		cmocka_unit_test(a_template_depends_on_no_caller),
		cmocka_unit_test(a_caller_stays_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
