/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tools/tool: what every lxc-* program has in common: one table of options, names, help, log, the container object.
 *
 * A tool is a table and a main; it uses the public API only. Options are parsed as getopt_long(3) does it: bundled short
 * ones, abbreviated long ones, mixed with operands unless POSIXLY_CORRECT is set.
 * Sources: the manual pages of the tools, "COMMON OPTIONS".
 */
#ifndef TOOLS_TOOL_H
#define TOOLS_TOOL_H

#include "core/base/cleanup.h"

#include <lxc/lxccontainer.h>
#include <stdbool.h>
#include <stddef.h>

enum tool_kind {
	TOOL_FLAG,    /* bool: true */
	TOOL_CLEAR,   /* bool: false */
	TOOL_STRING,  /* const char *: the last one wins */
	TOOL_INT,     /* int */
	TOOL_LONG,    /* long, also negative */
	TOOL_UINT,    /* long: an unsigned int; -1 stays "not given" */
	TOOL_LIST,    /* struct tool_list: all of them */
	TOOL_OPTIONAL, /* struct tool_optional: may be given without a value (--name or --name=VALUE) */
};

struct tool_list {
	const char **items;
	size_t count;
};
struct tool_optional {
	bool given;
	const char *value; /* NULL: none */
};

/* One option: letter (0: none), long name, its value's name (NULL: takes none), kind, where it goes, help. */
struct tool_option {
	char letter;
	const char *name;
	const char *value;
	enum tool_kind kind;
	size_t offset;
	const char *help;
};
#define TOOL_END { 0, NULL, NULL, TOOL_FLAG, 0, NULL }

enum tool_name { TOOL_NAME_NEEDED, TOOL_NAME_NONE };

struct tool_spec {
	const char *program;             /* "lxc-info" */
	const char *synopsis;            /* after the program's name */
	const char *about;               /* one paragraph */
	const struct tool_option *options; /* ends in TOOL_END */
	enum tool_name name;
	bool rcfile_has_letter;          /* -f is --rcfile */
	bool takes_operands;             /* operands after the name mean something */
};

/* What was said on the command line. */
struct tool {
	const struct tool_spec *spec;
	const char *name;
	const char *lxcpath;      /* never NULL after tool_parse */
	const char *rcfile, *logfile, *logpriority, *trace;
	bool quiet, help, usage, version, name_by_option;
	struct tool_list lxcpaths;
	char **operands;          /* after the name; ends in NULL */
	int operand_count;
};

/*
 * Parses; answers --help, --usage and --version itself. -1: go on; else the exit status. state: the tool's own struct, which
 * the offsets of its options are for.
 */
int tool_parse(struct tool *tool, const struct tool_spec *spec, int argc, char **argv, void *state);

/* "PROGRAM: NAME: TEXT" on standard error, unless quiet. Returns 1, the exit status of a failed tool. */
int tool_fail(const struct tool *tool, const char *fmt, ...) _printf_(2, 3);
/* The same, then the line that says that the command line is wrong. */
int tool_misused(const struct tool *tool, const char *fmt, ...) _printf_(2, 3);

/* Opens the log as -o, -l and -q say. 0, or 1 after a message. */
int tool_log(const struct tool *tool);

/*
 * tool_log, the container object, --rcfile, the right to control it. NULL after a message. The caller puts it.
 */
struct lxc_container *tool_container(const struct tool *tool);

static inline void tool_put(struct lxc_container **c)
{
	(void)lxc_container_put(*c);
}
#define _cleanup_container_ _cleanup_(tool_put)

/* Applies "lxc.key = value" (-s). 0, or 1 after a message. */
int tool_define(const struct tool *tool, struct lxc_container *c, const char *line);

/* A wait status as the exit status of a shell: the code, or 128 + the signal. */
int tool_status(int wait_status);

/* Replaces this program by lxc-plan --print (the dry run). Returns 1 after a message. */
int tool_dry_run(const struct tool *tool, const struct tool_optional *dry_run, const struct tool_list *defines,
		 bool execute);

/* The text of a configuration item, "" if none; free() it. NULL: unknown key. */
char *tool_config_item(struct lxc_container *c, const char *key);

#endif
