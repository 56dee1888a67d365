/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mount options, fstab escapes, targets beneath the root. */
#include "core/plan/planner.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mount.h>

#include <cmocka.h>

#define RO MOUNT_ATTR_RDONLY
#define STRICT (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

static void options_are_whole_words_and_the_last_one_wins(void **state)
{
	static const struct {
		const char *text;
		int64_t attr, propagation;
		int create, optional;
		bool bind, recursive, relative, dev;
		const char *data;
	} cases[] = {
		{ "", 0, 0, 0, 0, false, false, false, false, "" },
		{ "defaults", 0, 0, 0, 0, false, false, false, false, "" },
		{ "bind,ro", RO, 0, 0, 0, true, false, false, false, "" },
		{ "rbind,ro,rw", 0, 0, 0, 0, true, true, false, false, "" },
		{ "nosuid,nodev,noexec", STRICT, 0, 0, 0, false, false, false, false, "" },
		{ "nodev,dev,bind", 0, 0, 0, 0, true, false, false, true, "" },
		{ "dev,nodev", MOUNT_ATTR_NODEV, 0, 0, 0, false, false, false, false, "" },
		{ "nosuid,suid,noexec,exec", 0, 0, 0, 0, false, false, false, false, "" },
		{ "create=dir,optional", 0, 0, STEP_CREATE_DIR, STEP_OPTIONAL_ANY, false, false,
		  false, false, "" },
		{ "create=file,bind,relative", 0, 0, STEP_CREATE_FILE, 0, true, false, true, false,
		  "" },
		{ "rslave", 0, MS_SLAVE | MS_REC, 0, 0, false, false, false, false, "" },
		{ "shared,private", 0, MS_PRIVATE, 0, 0, false, false, false, false, "" },
		{ "unbindable", 0, MS_UNBINDABLE, 0, 0, false, false, false, false, "" },
		{ "runbindable", 0, MS_UNBINDABLE | MS_REC, 0, 0, false, false, false, false, "" },
		{ "noatime", MOUNT_ATTR_NOATIME, 0, 0, 0, false, false, false, false, "" },
		{ "noatime,strictatime", MOUNT_ATTR_STRICTATIME, 0, 0, 0, false, false, false,
		  false, "" },
		{ "noatime,relatime", 0, 0, 0, 0, false, false, false, false, "" },
		{ "nodiratime", MOUNT_ATTR_NODIRATIME, 0, 0, 0, false, false, false, false, "" },
		{ "size=10m,mode=755", 0, 0, 0, 0, false, false, false, false,
		  "size=10m,mode=755" },
		/* These only begin like options. */
		{ "rootcontext=x", 0, 0, 0, 0, false, false, false, false, "rootcontext=x" },
		{ "rootsomething", 0, 0, 0, 0, false, false, false, false, "rootsomething" },
		{ "devices=x", 0, 0, 0, 0, false, false, false, false, "devices=x" },
		{ "optionally", 0, 0, 0, 0, false, false, false, false, "optionally" },
		{ "mode=optional", 0, 0, 0, 0, false, false, false, false, "mode=optional" },
		{ "create=dirs", 0, 0, 0, 0, false, false, false, false, "create=dirs" },
		/* Flags of the file system itself stay in its data. */
		{ "sync,size=1k,,ro,", RO, 0, 0, 0, false, false, false, false, "sync,size=1k" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct mount_options got;
		_cleanup_str_ struct str data = { 0 };

		assert_int_equal(mount_options_parse(cases[i].text, &got), 0);
		data = got.data;
		if (got.attr != cases[i].attr || got.propagation != cases[i].propagation ||
		    got.create != cases[i].create || got.optional != cases[i].optional ||
		    got.bind != cases[i].bind || got.recursive != cases[i].recursive ||
		    got.relative != cases[i].relative || got.dev != cases[i].dev ||
		    !str_eq(str_text(&data), cases[i].data))
			fail_msg("\"%s\" is read wrongly", cases[i].text);
	}
}

static void octal_escapes_are_decoded(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "a\\040b", "a b" }, { "\\011\\012", "\t\n" }, { "\\134040", "\\040" },
		{ "a\\", "a\\" },     { "\\04", "\\04" },	{ "\\000x", "\\000x" },
		{ "\\400", "\\400" }, { "\\098", "\\098" },	{ "plain", "plain" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "%s", cases[i].in);
		mount_unescape(text);
		assert_string_equal(text, cases[i].out);
	}
}

static void a_target_never_leads_up(void **state)
{
	static const struct {
		const char *in;
		int ret;
		const char *out;
	} cases[] = {
		{ "srv/data", 0, "srv/data" },
		{ "/srv//data/", 0, "srv/data" },
		{ "./a/./b", 0, "a/b" },
		{ "..", -EINVAL, "" },
		{ "a/../b", -EINVAL, "" },
		{ "a/..", -EINVAL, "" },
		{ "..a/b..", 0, "..a/b.." },
		{ "/", 0, "." },
		{ "", 0, "." },
		{ "...", 0, "..." },
	};
	char buf[16];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int ret = path_beneath(cases[i].in, buf, sizeof(buf));

		assert_int_equal(ret, cases[i].ret);
		if (ret == 0)
			assert_string_equal(buf, cases[i].out);
	}
	assert_int_equal(path_beneath("0123456789abcdef", buf, sizeof(buf)), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_whole_words_and_the_last_one_wins),
		cmocka_unit_test(octal_escapes_are_decoded),
		cmocka_unit_test(a_target_never_leads_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
