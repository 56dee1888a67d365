/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc-info: what is known of a container. */
#include "tools/tool.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static struct info_options {
	bool state, pid, ips, stats, raw, json;
	const char *format;
	struct tool_list keys;
} opt;

#define AT(member) offsetof(struct info_options, member)
static const struct tool_option options[] = {
	{ 's', "state", NULL, TOOL_FLAG, AT(state), "show the state" },
	{ 'p', "pid", NULL, TOOL_FLAG, AT(pid), "show the pid of the first process" },
	{ 'i', "ips", NULL, TOOL_FLAG, AT(ips), "show the addresses" },
	{ 'S', "stats", NULL, TOOL_FLAG, AT(stats), "show the use of resources" },
	{ 'H', "no-humanize", NULL, TOOL_FLAG, AT(raw), "show plain values" },
	{ 'c', "config", "KEY", TOOL_LIST, AT(keys), "show a configuration item" },
	{ 0, "format", "FORMAT", TOOL_STRING, AT(format), "table or json" },
	{ 0, "json", NULL, TOOL_FLAG, AT(json), "the same as --format=json" },
	TOOL_END,
};
static const struct tool_spec spec = {
	.program = "lxc-info",
	.synopsis = "[-n] NAME [-s] [-p] [-i] [-S] [-H] [-c KEY]...",
	.about = "Shows state, first process and configuration of the container NAME.",
	.options = options,
};

static void print_line(const char *label, const char *value)
{
	printf("%-15s %s\n", label, value);
}

/* 0, or 1 when the key is unknown. */
static int print_key(const struct tool *tool, struct lxc_container *c, const char *key, bool bare)
{
	char *value _cleanup_free_ = tool_config_item(c, key);

	if (!value)
		return tool_fail(tool, "%s invalid", key);
	if (bare)
		printf("%s\n", value);
	else if (*value)
		printf("%s = %s\n", key, value);
	else
		printf("%s =\n", key);
	return 0;
}

static int print_table(const struct tool *tool, struct lxc_container *c)
{
	const int filters = opt.state + opt.pid + opt.ips + 5 * opt.stats;
	const bool all = filters == 0 && opt.keys.count == 0;
	const bool bare = opt.raw && filters == 1;
	pid_t pid = c->init_pid(c);
	int status = 0;

	if (all)
		print_line("Name:", c->name);
	if (all || opt.state)
		bare ? (void)puts(c->state(c)) : print_line("State:", c->state(c));
	if ((all || opt.pid) && pid > 0) {
		char text[16];

		(void)snprintf(text, sizeof(text), "%d", pid);
		bare ? (void)puts(text) : print_line("PID:", text);
	}
	if (opt.ips && c->is_running(c))
		status |= tool_fail(tool, "--ips is not supported yet");
	if (opt.stats && c->is_running(c))
		status |= tool_fail(tool, "--stats is not supported yet");
	for (size_t i = 0; i < opt.keys.count; i++)
		status |= print_key(tool, c, opt.keys.items[i], opt.raw && opt.keys.count == 1 && filters == 0);
	return status;
}

/* The lines of a value as an array. */
static json_t *lines_to_json(const char *value)
{
	json_t *array = json_array();

	while (*value) {
		size_t len = strcspn(value, "\n");

		json_array_append_new(array, json_stringn(value, len));
		value += len + (value[len] == '\n');
	}
	return array;
}

static int print_json(const struct tool *tool, struct lxc_container *c)
{
	json_t *object = json_object(), *config = json_object();
	pid_t pid = c->init_pid(c);
	int status = 0;

	json_object_set_new(object, "name", json_string(c->name));
	json_object_set_new(object, "state", json_string(c->state(c)));
	json_object_set_new(object, "pid", pid > 0 ? json_integer(pid) : json_null());
	for (size_t i = 0; i < opt.keys.count; i++) {
		char *value _cleanup_free_ = tool_config_item(c, opt.keys.items[i]);

		if (!value)
			status |= tool_fail(tool, "%s invalid", opt.keys.items[i]);
		else
			json_object_set_new(config, opt.keys.items[i], lines_to_json(value));
	}
	if (opt.keys.count)
		json_object_set(object, "config", config);
	json_dumpf(object, stdout, JSON_INDENT(2));
	puts("");
	json_decref(config);
	json_decref(object);
	return status;
}

int main(int argc, char **argv)
{
	_cleanup_container_ struct lxc_container *c = NULL;
	struct tool tool;
	int ret = tool_parse(&tool, &spec, argc, argv, &opt);

	if (ret >= 0)
		return ret;
	if (opt.format && strcmp(opt.format, "json") != 0 && strcmp(opt.format, "table") != 0)
		return tool_misused(&tool, "--format=%s: table or json", opt.format);
	c = tool_container(&tool);
	if (!c)
		return 1;
	if (!c->is_defined(c) && !c->is_running(c))
		return tool_fail(&tool, "%s doesn't exist", tool.name);
	if (opt.json || (opt.format && strcmp(opt.format, "json") == 0))
		return print_json(&tool, c);
	return print_table(&tool, c);
}
