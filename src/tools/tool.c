/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line: one table in, one struct tool out. */
#include "tools/tool.h"

#include "tools/help.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS_MAX 48

static const struct tool_option common[] = {
	{ 'n', "name", "NAME", TOOL_STRING, offsetof(struct tool, name), "name of the container" },
	{ 'h', "help", NULL, TOOL_FLAG, offsetof(struct tool, help), "show this help" },
	{ 0, "usage", NULL, TOOL_FLAG, offsetof(struct tool, usage), "show a short usage" },
	{ 0, "version", NULL, TOOL_FLAG, offsetof(struct tool, version), "show the version" },
	{ 'q', "quiet", NULL, TOOL_FLAG, offsetof(struct tool, quiet), "say nothing on standard error" },
	{ 'o', "logfile", "FILE", TOOL_STRING, offsetof(struct tool, logfile), "log to FILE; none: no log" },
	{ 'l', "logpriority", "LEVEL", TOOL_STRING, offsetof(struct tool, logpriority), "log from this level on" },
	{ 'P', "lxcpath", "PATH", TOOL_LIST, offsetof(struct tool, lxcpaths), "directory of the containers" },
	{ 0, "rcfile", "FILE", TOOL_STRING, offsetof(struct tool, rcfile), "use this configuration" },
	{ 0, "trace", "FILE", TOOL_STRING, offsetof(struct tool, trace), "write every system call to FILE" },
	TOOL_END,
};

/* getopt's table, and which row of which table stands behind each of its numbers. */
struct parser {
	struct option longs[OPTIONS_MAX + 1];
	const struct tool_option *rows[OPTIONS_MAX];
	void *bases[OPTIONS_MAX];
	char shorts[OPTIONS_MAX * 3 + 2];
	size_t count;
};

static void add_letter(struct parser *parser, const struct tool_option *row, char letter)
{
	size_t len = strlen(parser->shorts);

	parser->shorts[len++] = letter;
	if (row->value)
		parser->shorts[len++] = ':';
	if (row->kind == TOOL_OPTIONAL)
		parser->shorts[len++] = ':';
	parser->shorts[len] = '\0';
}

static void add_rows(struct parser *parser, const struct tool_option *rows, void *base, bool rcfile_has_letter)
{
	for (; rows->name && parser->count < OPTIONS_MAX; rows++) {
		int has = !rows->value ? no_argument : rows->kind == TOOL_OPTIONAL ? optional_argument : required_argument;

		parser->longs[parser->count] = (struct option){ rows->name, has, NULL, 256 + (int)parser->count };
		parser->rows[parser->count] = rows;
		parser->bases[parser->count++] = base;
		if (rows->letter)
			add_letter(parser, rows, rows->letter);
		else if (rcfile_has_letter && strcmp(rows->name, "rcfile") == 0)
			add_letter(parser, rows, 'f');
	}
}

static int find_row(const struct parser *parser, int c, bool rcfile_has_letter)
{
	if (c >= 256)
		return c - 256;
	for (size_t i = 0; i < parser->count; i++) {
		if (parser->rows[i]->letter == c)
			return (int)i;
		if (c == 'f' && rcfile_has_letter && strcmp(parser->rows[i]->name, "rcfile") == 0)
			return (int)i;
	}
	return -1;
}

static int to_long(const char *text, long min, long max, long *out)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 0);
	if (errno || end == text || *end || value < min || value > max)
		return -EINVAL;
	*out = value;
	return 0;
}

static int list_add(struct tool_list *list, const char *item)
{
	const char **items = reallocarray(list->items, list->count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	items[list->count++] = item;
	list->items = items;
	return 0;
}

static int store(const struct tool_option *row, void *base, const char *value)
{
	void *at = (char *)base + row->offset;
	long number = 0;
	int ret = 0;

	switch (row->kind) {
	case TOOL_FLAG:
	case TOOL_CLEAR:
		*(bool *)at = row->kind == TOOL_FLAG;
		return 0;
	case TOOL_STRING:
		*(const char **)at = value;
		return 0;
	case TOOL_INT:
		ret = to_long(value, INT_MIN, INT_MAX, &number);
		if (ret == 0)
			*(int *)at = (int)number;
		return ret;
	case TOOL_LONG:
	case TOOL_UINT:
		ret = to_long(value, row->kind == TOOL_UINT ? 0 : LONG_MIN,
			      row->kind == TOOL_UINT ? (long)UINT_MAX : LONG_MAX, &number);
		if (ret == 0)
			*(long *)at = number;
		return ret;
	case TOOL_LIST:
		return list_add(at, value);
	case TOOL_OPTIONAL:
		*(struct tool_optional *)at = (struct tool_optional){ .given = true, .value = value };
		return 0;
	}
	return -EINVAL;
}

/* "-?" asks for help; any other question mark is getopt's complaint. */
static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "-?") == 0)
			return true;
	}
	return false;
}

static int parse_options(struct tool *tool, struct parser *parser, int argc, char **argv)
{
	bool letter = tool->spec->rcfile_has_letter;
	int c;

	while ((c = getopt_long(argc, argv, parser->shorts, parser->longs, NULL)) != -1) {
		int i = c == '?' ? -1 : find_row(parser, c, letter);

		if (i < 0) {
			help_print(tool->spec, common);
			if (optind < argc && argv[optind][0] != '-')
				fprintf(stderr, "%s: put -- before a command that has options of its own\n",
					tool->spec->program);
			return 1;
		}
		if (store(parser->rows[i], parser->bases[i], optarg) < 0)
			return tool_misused(tool, "--%s: \"%s\" is not a number in range", parser->rows[i]->name, optarg);
		if (strcmp(parser->rows[i]->name, "name") == 0)
			tool->name_by_option = true;
	}
	return -1;
}

static int check_name(const struct tool *tool)
{
	if (!*tool->name)
		return tool_fail(tool, "the container name is empty");
	if (strchr(tool->name, '/') || strcmp(tool->name, ".") == 0 || strcmp(tool->name, "..") == 0)
		return tool_fail(tool, "\"%.100s\" is not a container name", tool->name);
	if (strlen(tool->name) > 255)
		return tool_fail(tool, "the container name is longer than 255 bytes");
	for (const char *at = tool->name; *at; at++) {
		if (iscntrl((unsigned char)*at))
			return tool_fail(tool, "a container name has no control characters");
	}
	return -1;
}

/* -n wins; else the first operand is the name. */
static int resolve_name(struct tool *tool)
{
	if (tool->spec->name == TOOL_NAME_NONE)
		return -1;
	if (!tool->name && tool->operand_count > 0) {
		tool->name = *tool->operands++;
		tool->operand_count--;
	}
	if (!tool->name) {
		if (!tool->quiet)
			fprintf(stderr, "%s: No container name specified\n", tool->spec->program);
		return 1;
	}
	if (!tool->spec->takes_operands && tool->operand_count > 0) {
		if (!tool->name_by_option)
			return tool_misused(tool, "surplus operand \"%s\"", tool->operands[0]);
		(void)tool_fail(tool, "surplus operand \"%s\" is ignored", tool->operands[0]);
	}
	return check_name(tool);
}

static int resolve_lxcpath(struct tool *tool)
{
	char *path;
	size_t len;

	if (tool->lxcpaths.count > 1) {
		fprintf(stderr, "%s: --lxcpath is accepted once only\n", tool->spec->program);
		return 1;
	}
	tool->lxcpath = tool->lxcpaths.count ? tool->lxcpaths.items[0] : lxc_get_global_config_item("lxc.lxcpath");
	if (!tool->lxcpath || !*tool->lxcpath)
		return tool_misused(tool, "there is no directory of containers");
	path = strdup(tool->lxcpath);
	if (!path)
		return tool_fail(tool, "out of memory");
	for (len = strlen(path); len > 1 && (path[len - 1] == '/' || path[len - 1] == '\n');)
		path[--len] = '\0';
	tool->lxcpath = path;
	return -1;
}

/* A closed standard stream would be taken by the first thing that we open. */
static void fill_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_NOCTTY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int tool_parse(struct tool *tool, const struct tool_spec *spec, int argc, char **argv, void *state)
{
	struct parser parser = { 0 };
	int ret;

	fill_standard_streams();
	*tool = (struct tool){ .spec = spec };
	if (asks_for_help(argc, argv))
		tool->help = true;
	add_rows(&parser, spec->options, state, spec->rcfile_has_letter);
	add_rows(&parser, common, tool, spec->rcfile_has_letter);
	ret = tool->help ? -1 : parse_options(tool, &parser, argc, argv);
	if (ret >= 0)
		return ret;
	if (tool->help || tool->usage) {
		if (tool->help)
			help_print(spec, common);
		else
			help_print_usage(spec, common);
		return 0;
	}
	if (tool->version) {
		printf("%s\n", lxc_get_version());
		return 0;
	}
	if (tool->trace && setenv("LXC_SYS_TRACE", tool->trace, 1) < 0)
		return tool_fail(tool, "out of memory");
	tool->operands = argv + optind;
	tool->operand_count = argc - optind;
	ret = resolve_lxcpath(tool);
	return ret >= 0 ? ret : resolve_name(tool);
}
