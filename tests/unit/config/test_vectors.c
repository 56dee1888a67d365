/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs every row of tests/vectors/config.tsv: what a setting, a file, a clearing, a list of keys or
 * a save must give. The columns and words of that file: id, key, value, result, getter text, note.
 * A key with @ names an action. In the note, setup=[a=b | c=d] comes first and get=KEY names what
 * is read afterwards. @FIX@ is the directory of include files.
 */
#include "files.h"

#include "core/config/config.h"

#include "paths.h"

#include <regex.h>

#define COLUMNS 6

/* Rows that do not pass, each with its reason. */
static const struct {
	const char *id, *reason;
} skipped[] = {
	{ NULL, NULL },
};

static const char *vectors;
static const char *const environment[] = { "VECTEST=hello", NULL };

struct row {
	char *id, *key, *value, *result, *text, *note;
};

static int hex(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* Backslash escapes and @WORDS@ become what they stand for. */
static void expand(const char *text, size_t len, struct str *out)
{
	static const struct {
		const char *mark;
		const char *text;
	} marks[] = { { "@FIX@", files_dir }, { "@LXCROOTFSMOUNT@", PATH_ROOTFS_MOUNT } };

	for (size_t i = 0; i < len; i++) {
		const char *at = text + i;
		size_t m = 0;

		while (m < ARRAY_LEN(marks) && !str_starts(at, marks[m].mark))
			m++;
		if (m < ARRAY_LEN(marks)) {
			str_add(out, marks[m].text);
			i += strlen(marks[m].mark) - 1;
		} else if (*at != '\\') {
			str_add_n(out, at, 1);
		} else if (at[1] == 'x') {
			str_add_n(out, &(char){ (char)(hex(at[2]) * 16 + hex(at[3])) }, 1);
			i += 3;
		} else {
			str_add(out, at[1] == 'n'   ? "\n"
				     : at[1] == 't' ? "\t"
				     : at[1] == 'r' ? "\r"
						    : "\\");
			i++;
		}
	}
}

static int load(struct config *config, const struct str *text)
{
	struct err err = { 0 };
	int ret;

	files_write("main.conf", str_text(text), text->len);
	ret = config_load(config, sys_linux(), files_path("main.conf"), &err);
	assert_true((ret < 0) == err_is(&err));
	return ret;
}

static int act(struct config *config, const char *key, const struct str *value)
{
	struct err err = { 0 };

	if (str_eq(key, "@load"))
		return load(config, value);
	if (str_eq(key, "@clear"))
		return config_clear_item(config, str_text(value), &err);
	return config_set(config, sys_linux(), key, str_text(value), &err);
}

/* "a=b | c=d" */
static void set_up(struct config *config, const char *text, size_t len)
{
	while (text && len > 0) {
		const char *bar = memmem(text, len, " | ", 3);
		size_t n = bar ? (size_t)(bar - text) : len;
		const char *equals = memchr(text, '=', n);
		char *key _cleanup_free_ = str_dup_n(text, (size_t)(equals - text));
		_cleanup_str_ struct str value = { 0 };

		expand(equals + 1, (size_t)(text + n - equals - 1), &value);
		(void)act(config, key, &value);
		text += bar ? n + 3 : n;
		len -= bar ? n + 3 : n;
	}
}

static void prepare(struct config *config, const struct row *row, struct str *get)
{
	const char *setup = strstr(row->note, "setup=["), *end;
	const char *named = strstr(row->note, "get=");

	if (setup) {
		setup += strlen("setup=[");
		end = strstr(setup, "];");
		if (!end)
			end = strrchr(setup, ']');
		set_up(config, setup, (size_t)(end - setup));
		named = strstr(end, "get=");
	}
	if (named)
		str_add_n(get, named + 4, strcspn(named + 4, ";"));
	else
		str_add(get, row->key);
}

static bool matches(const char *expected, const char *have)
{
	const char *pattern = str_after(expected, "REGEX:");
	regex_t regex;
	bool same;

	if (!pattern)
		return str_eq(expected, have);
	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	same = regexec(&regex, have, 0, NULL, 0) == 0;
	regfree(&regex);
	return same;
}

/* What the row gives: accepted or not, and a text. */
static bool perform(struct config *config, const struct row *row, const char *get, struct str *out)
{
	_cleanup_str_ struct str value = { 0 };
	int ret = 0;

	expand(row->value, strlen(row->value), &value);
	if (str_eq(row->key, "@keys"))
		return config_keys(config, str_text(&value), out) == 0;
	if (str_eq(row->key, "@save")) {
		ret = config_save(config, sys_linux(), files_path("saved.conf"), NULL);
		files_read(files_path("saved.conf"), out);
		return ret == 0;
	}
	if (!str_eq(row->value, "-"))
		ret = act(config, row->key, &value);
	if (get[0] != '@' && config_get(config, get, out) < 0) {
		str_add(out, "<ERR>");
		if (str_eq(row->value, "-"))
			return false;
	}
	return ret == 0;
}

static bool run_row(const struct row *row)
{
	_cleanup_config_ struct config *config = config_create();
	_cleanup_str_ struct str get = { 0 }, have = { 0 }, expected = { 0 };
	bool accepted;

	assert_non_null(config);
	config_set_environment(config, environment);
	prepare(config, row, &get);
	accepted = perform(config, row, str_text(&get), &have);
	expand(row->text, strlen(row->text), &expected);
	if (accepted == str_eq(row->result, "accept") &&
	    matches(str_text(&expected), str_text(&have)))
		return true;
	print_message("%s: %s = %s\n  expected %s \"%s\"\n  got      %s \"%s\"\n", row->id,
		      row->key, row->value, row->result, str_text(&expected),
		      accepted ? "accept" : "reject", str_text(&have));
	return false;
}

static bool is_skipped(const char *id)
{
	for (size_t i = 0; skipped[i].id; i++) {
		if (!str_eq(skipped[i].id, id))
			continue;
		print_message("%s is left out: %s\n", id, skipped[i].reason);
		return true;
	}
	return false;
}

static void every_vector_holds(void **state)
{
	_cleanup_str_ struct str text = { 0 };
	unsigned run = 0, failed = 0;
	char *line, *next;

	files_read(vectors, &text);
	next = strchr(text.s, '\n') + 1; /* the titles */
	while ((line = strsep(&next, "\n")) != NULL && *line) {
		char *column[COLUMNS] = { NULL };

		for (size_t i = 0; i < COLUMNS; i++) {
			column[i] = strsep(&line, "\t");
			if (!column[i])
				column[i] = (char[1]){ '\0' };
		}
		if (is_skipped(column[0]))
			continue;
		run++;
		failed += !run_row(&(struct row){ column[0], column[1], column[2], column[3],
						  column[4], column[5] });
	}
	print_message("%u vectors, %u failed\n", run, failed);
	assert_true(run > 800);
	assert_int_equal(failed, 0);
}

static int make_fixture(void **state)
{
	static const struct {
		const char *name, *text;
	} fixture[] = {
		{ "inc.d/a.conf", "lxc.group = a\n" },
		{ "inc.d/b.conf", "lxc.group = b\n" },
		{ "inc.d/c.txt", "lxc.group = c\n" },
		{ "inc.d/.conf", "lxc.group = dot\n" },
		{ "inc.d/.h.conf", "lxc.group = hid\n" },
		{ "bad.conf", "lxc.group = x\nlxc.bogus = 1\n" },
	};

	if (files_make(state) < 0 || mkdir(files_path("inc.d"), 0755) < 0 || chdir(files_dir) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(fixture); i++)
		files_write(fixture[i].name, fixture[i].text, strlen(fixture[i].text));
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_vector_holds) };

	if (argc != 2)
		return 2;
	vectors = argv[1];
	return cmocka_run_group_tests(tests, make_fixture, files_remove);
}
