/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tools/help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static char letter_of(const struct tool_spec *spec, const struct tool_option *row)
{
	if (!row->letter && spec->rcfile_has_letter && strcmp(row->name, "rcfile") == 0)
		return 'f';
	return row->letter;
}

static void print_rows(const struct tool_spec *spec, const struct tool_option *rows)
{
	for (; rows->name; rows++) {
		char letter = letter_of(spec, rows);
		char left[64];

		(void)snprintf(left, sizeof(left), "%s%s--%s%s%s%s", letter ? (char[]){ '-', letter, '\0' } : "",
			       letter ? ", " : "", rows->name, rows->kind == TOOL_OPTIONAL ? "[" : "",
			       rows->value ? (char[]){ '=', '\0' } : "", rows->value ? rows->value : "");
		if (rows->kind == TOOL_OPTIONAL)
			(void)strncat(left, "]", sizeof(left) - strlen(left) - 1);
		fprintf(stderr, "  %-28s %s\n", left, rows->help);
	}
}

void help_print(const struct tool_spec *spec, const struct tool_option *common)
{
	fprintf(stderr, "Usage: %s %s\n\n%s\n\nOptions :\n", spec->program, spec->synopsis, spec->about);
	print_rows(spec, spec->options);
	fprintf(stderr, "\nCommon options :\n");
	print_rows(spec, common);
	fprintf(stderr,
		"\nA value that a long option needs is needed by its letter too.\nSee the %s man page for more.\n\n",
		spec->program);
}

static void print_usage_rows(const struct tool_spec *spec, const struct tool_option *rows, int *count)
{
	for (; rows->name; rows++) {
		char letter = letter_of(spec, rows);
		char value[40] = "";
		size_t i = 0;

		for (; rows->value && rows->name[i] && i < sizeof(value) - 1; i++)
			value[i] = (char)toupper((unsigned char)rows->name[i]);
		fprintf(stderr, "[");
		if (letter)
			fprintf(stderr, "-%c|", letter);
		fprintf(stderr, "--%s", rows->name);
		if (rows->value)
			fprintf(stderr, rows->kind == TOOL_OPTIONAL ? "[=%s]" : "=%s", value);
		fprintf(stderr, "] ");
		if (++*count % 4 == 0)
			fprintf(stderr, "\n\t");
	}
}

void help_print_usage(const struct tool_spec *spec, const struct tool_option *common)
{
	int count = 0;

	fprintf(stderr, "Usage: %s ", spec->program);
	print_usage_rows(spec, spec->options, &count);
	print_usage_rows(spec, common, &count);
	fprintf(stderr, "\n");
}
