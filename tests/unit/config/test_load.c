/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files, includes, origins, and what a bad line says. */
#include "files.h"

#include "core/config/config.h"

#include <errno.h>

static int load_text(struct config *config, const char *text, struct err *err)
{
	return config_load_text(config, NULL, "web.conf", text, strlen(text), err);
}

static void a_bad_line_says_where_and_why(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *what, *shown;
	} cases[] = {
		{ "lxc.utsnam = a\n", 1, "unknown key lxc.utsnam; did you mean lxc.uts.name?",
		  "lxc.utsnam = a" },
		{ "\n# c\n\tlxc.utsname = a\n", 3, "lxc.utsname was renamed; write lxc.uts.name",
		  "lxc.utsname = a" },
		{ "lxc.kmsg = 0\n", 1, "lxc.kmsg was removed; delete the line", "lxc.kmsg = 0" },
		{ "a\r\nb\rlxc.group\r\n", 3, "no '=' behind lxc.group", "lxc.group" },
		{ "lxc.start.delay = 5m\n", 1, "lxc.start.delay = \"5m\": not a number",
		  "lxc.start.delay = 5m" },
		{ "lxc.start.delay = 4294967296\n", 1,
		  "lxc.start.delay = \"4294967296\": too large", "lxc.start.delay = 4294967296" },
		{ "lxc.log.syslog = user\n", 1,
		  "lxc.log.syslog = \"user\": not one of daemon, local0, local1, local2, local3, "
		  "local4, local5, "
		  "local6, local7",
		  "lxc.log.syslog = user" },
		{ "lxc.cgroup = 1\n", 1, "lxc.cgroup: no name behind it; write lxc.cgroup.NAME",
		  "lxc.cgroup = 1" },
		{ "lxc.sysctl.a b = 1\n", 1, "lxc.sysctl.a b: blanks or '=' in the name",
		  "lxc.sysctl.a b = 1" },
		{ "lxc.cap.drop = kill\nlxc.cap.keep = chown\n", 2,
		  "lxc.cap.keep: lxc.cap.drop is set already, the two exclude each other",
		  "lxc.cap.keep = chown" },
		{ "lxc.net.0.type = veth\nlxc.net.0.vlan.id = 1\n", 2,
		  "lxc.net.0.vlan.id: only for devices of type vlan, this one is of type veth",
		  "lxc.net.0.vlan.id = 1" },
		{ "lxc.net.3.link =\n", 1, "lxc.net.3.link: no such network device",
		  "lxc.net.3.link =" },
		{ "lxc.hook = /x\n", 1, "lxc.hook = \"/x\": must not have a value",
		  "lxc.hook = /x" },
		{ "lxc.environment = PATH\n", 1,
		  "lxc.environment = \"PATH\": not set in the caller's environment; write "
		  "NAME=VALUE",
		  "lxc.environment = PATH" },
		{ "lxc.include = /x\n", 1, "lxc.include: no files can be read here",
		  "lxc.include = /x" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_config_ struct config *config = config_create();
		struct err err = { 0 };

		assert_int_equal(load_text(config, cases[i].text, &err), -EINVAL);
		assert_string_equal(err.what, cases[i].what);
		assert_string_equal(err.file, "web.conf");
		assert_int_equal(err.line, cases[i].line);
		assert_string_equal(err.text, cases[i].shown);
	}
}

static void a_nul_byte_refuses_the_whole_file(void **state)
{
	static const char text[] = "lxc.group = a\nlxc.uts.name = a\0b\n";
	_cleanup_config_ struct config *config = config_create();
	struct err err = { 0 };

	assert_int_equal(config_load_text(config, NULL, "f", text, sizeof(text) - 1, &err),
			 -EINVAL);
	assert_int_equal(err.line, 2);
	assert_string_equal(err.what, "a NUL byte in the line");
	assert_string_equal(err.text, "lxc.uts.name = a");
	assert_null(config_next(config, NULL, "lxc."));
	assert_string_equal(config_text(config), "");
	assert_int_equal(config_load_text(config, NULL, "f", "\0", 1, &err), -EINVAL);
	assert_int_equal(config_load_text(config, NULL, "f", "\n\0", 2, &err), -EINVAL);
	assert_int_equal(err.line, 2);
}

static void a_missing_file_is_named_with_the_line_that_wants_it(void **state)
{
	_cleanup_config_ struct config *config = config_create();
	struct err err = { 0 };

	assert_int_equal(config_load(config, sys_linux(), files_path("none"), &err), -ENOENT);
	assert_non_null(strstr(err.what, "none failed: No such file or directory (ENOENT)"));
	assert_string_equal(err.file, "");
	files_write("a.conf", "\nlxc.include = /none/x.conf\n", 28);
	assert_int_equal(config_load(config, sys_linux(), files_path("a.conf"), &err), -ENOENT);
	assert_string_equal(
		err.what,
		"read configuration /none/x.conf failed: No such file or directory (ENOENT)");
	assert_string_equal(err.file, files_path("a.conf"));
	assert_int_equal(err.line, 2);
	assert_int_equal(config_load(config, sys_linux(), files_dir, &err), -EISDIR);
}

static void an_error_in_an_included_file_tells_the_chain(void **state)
{
	_cleanup_config_ struct config *config = config_create();
	char *text _cleanup_free_ = str_printf("lxc.include = %s/inner.conf\n", files_dir);
	char *chain _cleanup_free_ = str_printf("included from %s/outer.conf:1", files_dir);
	struct err err = { 0 };

	files_write("outer.conf", text, strlen(text));
	files_write("inner.conf", "\n\nlxc.group\n", 12);
	assert_int_equal(config_load(config, sys_linux(), files_path("outer.conf"), &err), -EINVAL);
	assert_string_equal(err.file, files_path("inner.conf"));
	assert_int_equal(err.line, 3);
	assert_string_equal(err.context, chain);
}

static void a_file_that_includes_itself_ends_in_an_error(void **state)
{
	_cleanup_config_ struct config *config = config_create();
	char *text _cleanup_free_ =
		str_printf("lxc.group = a\nlxc.include = %s/loop.conf\n", files_dir);
	_cleanup_str_ struct str groups = { 0 };
	struct err err = { 0 };

	files_write("loop.conf", text, strlen(text));
	assert_int_equal(config_load(config, sys_linux(), files_path("loop.conf"), &err), -ELOOP);
	assert_non_null(strstr(err.what, "include each other more than 64 deep"));
	assert_int_equal(config_get(config, "lxc.group", &groups), 0);
	assert_int_equal(groups.len, 2 * 64);
	/* The object is as good as before. */
	files_write("good.conf", "lxc.uts.name = b\n", 17);
	assert_int_equal(config_load(config, sys_linux(), files_path("good.conf"), &err), 0);
	assert_string_equal(config_str(config, "lxc.uts.name"), "b");
}

static void settings_know_where_they_come_from(void **state)
{
	_cleanup_config_ struct config *config = config_create();
	const struct config_item *item;

	assert_int_equal(load_text(config, "\nlxc.uts.name = a\n", NULL), 0);
	item = config_item(config, "lxc.uts.name");
	assert_string_equal(item->origin.file, "web.conf");
	assert_int_equal(item->origin.line, 2);
	assert_int_equal(config_set_line(config, NULL, "lxc.uts.name = \"b c\"", NULL), 0);
	item = config_item(config, "lxc.uts.name");
	assert_string_equal(item->value, "b c");
	assert_null(item->origin.file);
	assert_int_equal(item->origin.line, 0);
	assert_string_equal(config_text(config), "\nlxc.uts.name = a\nlxc.uts.name = b c\n");
	assert_string_equal(config_file(config), "web.conf");
	assert_int_equal(config_set_line(config, NULL, "foo=bar", NULL), 0);
	assert_int_equal(config_set_line(config, NULL, "lxc.group", NULL), -EINVAL);
}

static void settings_are_walked_in_the_order_in_which_they_were_set(void **state)
{
	_cleanup_config_ struct config *config = config_create();
	_cleanup_str_ struct str seen = { 0 };
	const struct config_item *item = NULL;

	assert_int_equal(load_text(config,
				   "lxc.hook.stop = /1\nlxc.hook.start = /2\nlxc.uts.name = "
				   "x\nlxc.hook.stop = /3\n",
				   NULL),
			 0);
	while ((item = config_next(config, item, "lxc.hook.")) != NULL)
		str_addf(&seen, "%s=%s ", item->name, item->value);
	while ((item = config_next(config, item, "lxc.hook.stop")) != NULL)
		str_addf(&seen, "%s ", item->value);
	assert_string_equal(str_text(&seen),
			    "lxc.hook.stop=/1 lxc.hook.start=/2 lxc.hook.stop=/3 /1 /3 ");
	assert_null(config_next(config, NULL, "lxc.hook"));
}

static void numbers_are_read_as_numbers(void **state)
{
	static const struct {
		const char *line, *name;
		int64_t value;
	} cases[] = {
		{ "lxc.start.order = -5", "lxc.start.order", -5 },
		{ "lxc.signal.halt = SIGRTMIN+3", "lxc.signal.halt", 37 },
		{ "lxc.log.level = debug", "lxc.log.level", 1 },
		{ "lxc.autodev = 0", "lxc.autodev", 0 },
		{ "lxc.autodev =", "lxc.autodev", 0 },
		{ "lxc.tty.max = 4294967295", "lxc.tty.max", 4294967295 },
		{ "lxc.console.size = 9223372036854775807", "lxc.console.size", INT64_MAX },
		{ "lxc.uts.name = 5", "lxc.uts.name", 77 }, /* a text */
		{ "lxc.group = a", "lxc.autodev", 77 },	    /* unset */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_config_ struct config *config = config_create();

		assert_int_equal(config_set_line(config, NULL, "lxc.group = a", NULL), 0);
		assert_int_equal(load_text(config, cases[i].line, NULL), 0);
		assert_int_equal(config_int(config, cases[i].name, 77), cases[i].value);
	}
}

static void a_value_of_two_lines_is_refused(void **state)
{
	_cleanup_config_ struct config *config = config_create();
	struct err err = { 0 };

	assert_int_equal(config_set(config, NULL, "lxc.group", "a\nlxc.uts.name = b", &err),
			 -EINVAL);
	assert_string_equal(err.what, "lxc.group: the value has more than one line");
	assert_string_equal(config_text(config), "");
}

static void random_digits_of_an_address_are_the_saved_ones(void **state)
{
	static const char text[] =
		"lxc.net.0.hwaddr =  \"00:16:3e:xx:xx:xx\"\n# lxc.net.0.hwaddr = xx\n";
	_cleanup_config_ struct config *config = config_create();
	const char *drawn;
	char *expected _cleanup_free_ = NULL;

	assert_int_equal(config_load_text(config, sys_linux(), "f", text, strlen(text), NULL), 0);
	drawn = config_str(config, "lxc.net.0.hwaddr");
	expected = str_printf("lxc.net.0.hwaddr =  \"%s\"\n# lxc.net.0.hwaddr = xx\n", drawn);
	assert_string_equal(config_text(config), expected);
	assert_int_equal(config_set(config, sys_linux(), "lxc.net.1.hwaddr", "0x:xx", NULL), 0);
	assert_non_null(strstr(config_text(config), config_str(config, "lxc.net.1.hwaddr")));
	/* Without a world there is no chance. */
	assert_int_equal(config_set(config, NULL, "lxc.net.2.hwaddr", "0x:xx", NULL), -EINVAL);
}

static void an_emptied_config_is_as_new(void **state)
{
	_cleanup_config_ struct config *config = config_create();

	assert_int_equal(load_text(config, "lxc.uts.name = a\nfoo\n", NULL), 0);
	config_clear(config);
	assert_null(config_next(config, NULL, "lxc."));
	assert_string_equal(config_text(config), "");
	assert_null(config_file(config));
	config_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bad_line_says_where_and_why),
		cmocka_unit_test(a_nul_byte_refuses_the_whole_file),
		cmocka_unit_test(a_missing_file_is_named_with_the_line_that_wants_it),
		cmocka_unit_test(an_error_in_an_included_file_tells_the_chain),
		cmocka_unit_test(a_file_that_includes_itself_ends_in_an_error),
		cmocka_unit_test(settings_know_where_they_come_from),
		cmocka_unit_test(settings_are_walked_in_the_order_in_which_they_were_set),
		cmocka_unit_test(numbers_are_read_as_numbers),
		cmocka_unit_test(a_value_of_two_lines_is_refused),
		cmocka_unit_test(random_digits_of_an_address_are_the_saved_ones),
		cmocka_unit_test(an_emptied_config_is_as_new),
	};

	return cmocka_run_group_tests(tests, files_make, files_remove);
}
