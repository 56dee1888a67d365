/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Vectors of console-ipc.md: K57 to K60. */
#include "scratch.h"

#include <regex.h>
#include <stdio.h>

#define LINE_FORM "^[^ ]+ [^ ]+ [0-9]{14}\\.[0-9]{3} [A-Z]+ +[^ ]+ - [^ ]+:[^ ]+:[0-9]+ - "

static struct log open_log(struct scratch *s)
{
	struct log log = { .level = LOG_DEBUG_, .prefix = "lxc-start", .name = "t1" };

	log.fd = io_open(s->sys, s->dir.n, "log", O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0640, 0);
	assert_true(log.fd >= 0);
	return log;
}

/* What was logged; closes the log. free() it. */
static char *close_log(struct scratch *s, struct log *log)
{
	struct str text = { 0 };

	(void)sys_close(s->sys, log->fd);
	assert_int_equal(io_read_all(s->sys, s->dir.n, "log", &text), 0);
	return str_steal(&text);
}

static void assert_form(const char *line)
{
	regex_t form;

	assert_int_equal(regcomp(&form, LINE_FORM, REG_EXTENDED | REG_NOSUB), 0);
	assert_int_equal(regexec(&form, line, 0, NULL, 0), 0);
	regfree(&form);
}

static void a_line_has_its_form(void **state)
{
	struct scratch *s = *state;
	struct log log = open_log(s);
	char *text _cleanup_free_ = NULL;

	log_write(s->sys, &log, LOG_TRACE_, "lxc_x", "below the threshold");
	log_write(s->sys, &log, LOG_WARN_, "lxc_commands", "text %d\nsecond", 7);
	text = close_log(s, &log);
	assert_form(text);
	assert_non_null(strstr(text, " WARN     lxc_commands - "));
	assert_non_null(strstr(text, ":a_line_has_its_form:"));
	assert_true(str_starts(text, "lxc-start t1 2"));
	assert_true(str_ends(text, " - text 7 second\n"));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void a_line_without_container_has_no_name(void **state)
{
	struct scratch *s = *state;
	struct log log = open_log(s);
	char *text _cleanup_free_ = NULL;

	log.name[0] = '\0';
	log_write_at(s->sys, &log, LOG_ERROR_, "lxc_x", "../src/core/io/log.c", "f", 12, "m");
	text = close_log(s, &log);
	assert_true(str_starts(text, "lxc-start 2"));
	assert_true(str_ends(text, " ERROR    lxc_x - src/core/io/log.c:f:12 - m\n"));
}

static void time_is_computed_without_libc(void **state)
{
	static const struct {
		struct timespec ts;
		const char *text;
	} cases[] = {
		{ { 0, 0 }, "19700101000000.000" },
		{ { 951782400, 5000000 }, "20000229000000.005" },
		{ { 951868800, 0 }, "20000301000000.000" },
		{ { 946684799, 999999999 }, "19991231235959.999" },
		{ { 4107542400, 0 }, "21000301000000.000" },
		{ { 1795444525, 838000000 }, "20261123143525.838" },
		{ { -1, 0 }, "19691231235959.000" },
	};
	char buf[32];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(log_time(&cases[i].ts, buf, sizeof(buf)), 18);
		assert_string_equal(buf, cases[i].text);
	}
}

static void levels_have_names_and_numbers(void **state)
{
	static const struct {
		const char *text;
		int ret;
		enum log_level level;
	} cases[] = {
		{ "TRACE", 0, LOG_TRACE_ }, { "trace", 0, LOG_TRACE_ }, { "Warn", 0, LOG_WARN_ },
		{ "0", 0, LOG_TRACE_ },	    { "8", 0, LOG_FATAL_ },	{ "fatal", 0, LOG_FATAL_ },
		{ "9", -EINVAL, 0 },	    { "foo", -EINVAL, 0 },	{ "", -EINVAL, 0 },
		{ "notset", -EINVAL, 0 },   { "10", -EINVAL, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum log_level level = LOG_NOTSET_;

		assert_int_equal(log_level_parse(cases[i].text, &level), cases[i].ret);
		assert_int_equal(level, cases[i].ret == 0 ? cases[i].level : LOG_NOTSET_);
	}
}

static void a_long_message_gives_one_line_of_4096_bytes(void **state)
{
	struct scratch *s = *state;
	struct log log = open_log(s);
	char message[10001];
	char *text _cleanup_free_ = NULL;

	memset(message, 'm', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	log_write(s->sys, &log, LOG_ERROR_, "lxc_x", "%s", message);
	text = close_log(s, &log);
	assert_int_equal(strlen(text), 4096);
	assert_true(str_ends(text, "mm\n"));
}

static void an_error_is_one_line_with_all_it_knows(void **state)
{
	struct scratch *s = *state;
	struct log log = open_log(s);
	struct err err = { 0 };
	char *text _cleanup_free_ = NULL;

	(void)err_sys(&err, -ENOENT, "mount %s on %s", "/a", "b");
	err_origin(&err, "/cfg", 14, "lxc.mount.entry = /a b");
	err_hint(&err, "add create=dir");
	err_context(&err, "web");
	log_err(s->sys, &log, "lxc_mount", &err);
	text = close_log(s, &log);
	assert_form(text);
	assert_true(str_ends(
		text, " - web: mount /a on b failed: No such file or directory (ENOENT)   from "
		      "/cfg:14: lxc.mount.entry = /a b   hint: add create=dir\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_its_form),
		cmocka_unit_test(a_line_without_container_has_no_name),
		cmocka_unit_test(time_is_computed_without_libc),
		cmocka_unit_test(levels_have_names_and_numbers),
		cmocka_unit_test(a_long_message_gives_one_line_of_4096_bytes),
		cmocka_unit_test(an_error_is_one_line_with_all_it_knows),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
