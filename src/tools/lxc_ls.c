/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc-ls: list containers. */
#include "tools/table.h"
#include "tools/tool.h"

#include <jansson.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

static struct ls_options {
	bool line, fancy, active, running, frozen, stopped, defined, json;
	const char *columns, *groups, *filter, *format;
} opt;

#define AT(member) offsetof(struct ls_options, member)
static const struct tool_option options[] = {
	{ '1', "line", NULL, TOOL_FLAG, AT(line), "one name a line" },
	{ 'f', "fancy", NULL, TOOL_FLAG, AT(fancy), "a table" },
	{ 'F', "fancy-format", "COLUMNS", TOOL_STRING, AT(columns), "columns of the table" },
	{ 0, "active", NULL, TOOL_FLAG, AT(active), "only active containers" },
	{ 0, "running", NULL, TOOL_FLAG, AT(running), "only running containers" },
	{ 0, "frozen", NULL, TOOL_FLAG, AT(frozen), "only frozen containers" },
	{ 0, "stopped", NULL, TOOL_FLAG, AT(stopped), "only stopped containers" },
	{ 0, "defined", NULL, TOOL_FLAG, AT(defined), "only defined containers" },
	{ 'g', "groups", "LIST", TOOL_STRING, AT(groups), "only containers in all of these groups" },
	{ 0, "filter", "REGEX", TOOL_STRING, AT(filter), "only names that match" },
	{ 0, "format", "FORMAT", TOOL_STRING, AT(format), "table or json" },
	{ 0, "json", NULL, TOOL_FLAG, AT(json), "the same as --format=json" },
	TOOL_END,
};
static const struct tool_spec spec = {
	.program = "lxc-ls",
	.synopsis = "[-1|-f [-F COLUMNS]] [filters] [REGEX]",
	.about = "Lists the containers of a directory.",
	.options = options,
	.name = TOOL_NAME_NONE,
	.takes_operands = true,
};

/* Whether every group asked for is among the container's; an empty list: whether it has any. */
static bool in_groups(struct lxc_container *c)
{
	char *have _cleanup_free_ = tool_config_item(c, "lxc.group");
	char *want _cleanup_free_ = strdup(opt.groups);
	char *rest = want;

	if (!have || !want)
		return false;
	if (!*want)
		return *have != '\0';
	for (char *word = strsep(&rest, ","); word; word = strsep(&rest, ",")) {
		bool found = false;
		size_t len;

		word += strspn(word, " \t");
		len = strcspn(word, " \t");
		for (const char *line = have; *line && !found; line += strcspn(line, "\n"), line += *line == '\n')
			found = strcspn(line, "\n") == len && strncmp(line, word, len) == 0;
		if (!found)
			return false;
	}
	return true;
}

static bool is_wanted(struct lxc_container *c, const regex_t *regex)
{
	bool running;

	if (regex && regexec(regex, c->name, 0, NULL, 0) != 0)
		return false;
	if (opt.defined && !c->is_defined(c))
		return false;
	running = c->is_running(c);
	if ((opt.active || opt.running) && !running)
		return false;
	if (opt.stopped && running)
		return false;
	if (opt.frozen && !opt.active && strcmp(c->state(c), "FROZEN") != 0)
		return false;
	return !opt.groups || in_groups(c);
}

static unsigned terminal_columns(void)
{
	struct winsize size;

	for (int fd = 1; fd >= 0; fd--) {
		if (ioctl(fd == 1 ? STDOUT_FILENO : STDIN_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
			return size.ws_col;
	}
	return 0;
}

/* Names side by side on a terminal, one a line elsewhere. */
static void print_names(struct lxc_container **list, int count)
{
	unsigned columns = isatty(STDOUT_FILENO) ? terminal_columns() : 0;
	size_t width = 0, used = 0;

	for (int i = 0; i < count; i++)
		width = strlen(list[i]->name) > width ? strlen(list[i]->name) : width;
	for (int i = 0; i < count; i++) {
		if (opt.line || columns == 0) {
			printf("%s\n", list[i]->name);
			continue;
		}
		printf("%-*s", (int)width, list[i]->name);
		used += width + 1;
		if (used + width >= columns) {
			printf("\n");
			used = 0;
		} else {
			printf(" ");
		}
	}
	if (used)
		printf("\n");
}

/* One line instead of a list, "-" when there is nothing. Takes text. */
static char *joined(char *text)
{
	_cleanup_free_ char *lines = text;
	size_t len = lines ? strlen(lines) : 0;
	char *out = calloc(1, 2 * len + 2), *at = out;

	if (!out)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		if (lines[i] != '\n')
			*at++ = lines[i];
		else if (i + 1 < len)
			at = stpcpy(at, ", ");
	}
	if (at == out)
		*out = '-';
	return out;
}

static char *cell(struct lxc_container *c, enum table_column column)
{
	char *text = NULL;
	pid_t pid;

	switch (column) {
	case TABLE_NAME:
		return strdup(c->name);
	case TABLE_STATE:
		return strdup(c->state(c));
	case TABLE_PID:
		pid = c->init_pid(c);
		return pid > 0 && asprintf(&text, "%d", pid) > 0 ? text : strdup("-");
	case TABLE_AUTOSTART: {
		char *value _cleanup_free_ = tool_config_item(c, "lxc.start.auto");

		return strdup(value && strcmp(value, "1") == 0 ? "1" : "0");
	}
	case TABLE_GROUPS:
		return joined(tool_config_item(c, "lxc.group"));
	case TABLE_UNPRIVILEGED: {
		char *value _cleanup_free_ = tool_config_item(c, "lxc.idmap");

		return strdup(value && *value ? "true" : "false");
	}
	default: /* addresses and use of resources: nothing is known yet */
		return strdup("-");
	}
}

static int print_table(const struct tool *tool, struct lxc_container **list, int count)
{
	enum table_column columns[TABLE_COLUMN_COUNT];
	struct table table = { 0 };
	const char *bad = NULL;
	int width = table_columns(opt.columns, columns, &bad);
	int ret = 0;

	if (width < 0)
		return tool_fail(tool, "Invalid key: %s", bad);
	table_init(&table, columns, (size_t)width);
	for (int i = 0; i < count && ret == 0; i++) {
		for (int j = 0; j < width && ret == 0; j++)
			ret = table_add(&table, cell(list[i], columns[j]));
	}
	if (ret == 0)
		table_print(&table, stdout);
	table_finish(&table);
	return ret == 0 ? 0 : tool_fail(tool, "out of memory");
}

static int print_json(struct lxc_container **list, int count)
{
	json_t *array = json_array();

	for (int i = 0; i < count; i++) {
		struct lxc_container *c = list[i];
		char *automatic _cleanup_free_ = tool_config_item(c, "lxc.start.auto");
		char *groups _cleanup_free_ = tool_config_item(c, "lxc.group");
		char *idmap _cleanup_free_ = tool_config_item(c, "lxc.idmap");
		json_t *object = json_object(), *names = json_array();
		pid_t pid = c->init_pid(c);

		for (char *rest = groups, *word = strsep(&rest, "\n"); word; word = strsep(&rest, "\n")) {
			if (*word)
				json_array_append_new(names, json_string(word));
		}
		json_object_set_new(object, "name", json_string(c->name));
		json_object_set_new(object, "state", json_string(c->state(c)));
		json_object_set_new(object, "pid", pid > 0 ? json_integer(pid) : json_null());
		json_object_set_new(object, "autostart", json_boolean(automatic && strcmp(automatic, "1") == 0));
		json_object_set_new(object, "groups", names);
		json_object_set_new(object, "unprivileged", json_boolean(idmap && *idmap));
		json_object_set_new(object, "defined", json_boolean(c->is_defined(c)));
		json_array_append_new(array, object);
	}
	json_dumpf(array, stdout, JSON_INDENT(2));
	puts("");
	json_decref(array);
	return 0;
}

static int show(const struct tool *tool, struct lxc_container **list, int count)
{
	if (opt.json || (opt.format && strcmp(opt.format, "json") == 0))
		return print_json(list, count);
	if (opt.fancy || opt.columns || opt.format)
		return print_table(tool, list, count);
	print_names(list, count);
	return 0;
}

int main(int argc, char **argv)
{
	struct lxc_container **list = NULL;
	struct tool tool;
	regex_t regex;
	bool has_regex = false;
	int count, kept = 0, ret = tool_parse(&tool, &spec, argc, argv, &opt);

	if (ret >= 0)
		return ret;
	if (opt.format && strcmp(opt.format, "json") != 0 && strcmp(opt.format, "table") != 0)
		return tool_misused(&tool, "--format=%s: table or json", opt.format);
	if (!opt.filter && tool.operand_count == 1)
		opt.filter = tool.operands[0];
	if (opt.filter) {
		if (regcomp(&regex, opt.filter, REG_NOSUB | REG_EXTENDED) != 0)
			return tool_fail(&tool, "failed to compile the regex '%s'", opt.filter);
		has_regex = true;
	}
	if (tool_log(&tool) != 0)
		return 1;
	count = list_all_containers(tool.lxcpath, NULL, &list);
	for (int i = 0; i < count; i++) {
		if (is_wanted(list[i], has_regex ? &regex : NULL))
			list[kept++] = list[i];
		else
			(void)lxc_container_put(list[i]);
	}
	ret = show(&tool, list, kept);
	for (int i = 0; i < kept; i++)
		(void)lxc_container_put(list[i]);
	free(list);
	if (has_regex)
		regfree(&regex);
	return ret;
}
