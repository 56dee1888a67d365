/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the command line to the container object: messages, log, rcfile, defines, the dry run. */
#include "tools/tool.h"

#include "paths.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

static void __attribute__((format(printf, 2, 0))) say(const struct tool *tool, const char *fmt, va_list args)
{
	if (tool->quiet)
		return;
	fflush(stdout);
	fprintf(stderr, "%s: ", tool->spec->program);
	if (tool->name && *tool->name)
		fprintf(stderr, "%.255s: ", tool->name);
	vfprintf(stderr, fmt, args);
	fprintf(stderr, "\n");
}

int tool_fail(const struct tool *tool, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(tool, fmt, args);
	va_end(args);
	return 1;
}

int tool_misused(const struct tool *tool, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(tool, fmt, args);
	va_end(args);
	if (!tool->quiet)
		fprintf(stderr, "%s: could not parse command line\n", tool->spec->program);
	return 1;
}

static bool is_level(const char *text)
{
	static const char *const names[] = { "TRACE", "DEBUG", "INFO",	"NOTICE", "WARN",
					     "ERROR", "CRIT",  "ALERT", "FATAL" };

	if (text[0] >= '0' && text[0] <= '8' && text[1] == '\0')
		return true;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcasecmp(text, names[i]) == 0)
			return true;
	}
	return false;
}

int tool_log(const struct tool *tool)
{
	const char *level = tool->logpriority;
	struct lxc_log log = { .name = tool->name,
			       .lxcpath = tool->lxcpath,
			       .file = tool->logfile,
			       .prefix = tool->spec->program,
			       .quiet = tool->quiet };

	if (level && !is_level(level)) {
		(void)tool_fail(tool, "\"%s\" is not a log priority; ERROR is used", level);
		level = NULL;
	}
	log.level = level;
	if (!tool->logfile && !level)
		log.file = "none";
	if (lxc_log_init(&log) < 0)
		return tool_fail(tool, "cannot open log file %s", tool->logfile);
	return 0;
}

static int load_rcfile(const struct tool *tool, struct lxc_container *c)
{
	c->clear_config(c);
	if (!c->load_config(c, tool->rcfile))
		return tool_fail(tool, "Failed to load rcfile %s", tool->rcfile);
	free(c->configfile);
	c->configfile = strdup(tool->rcfile);
	return c->configfile ? 0 : tool_fail(tool, "out of memory");
}

struct lxc_container *tool_container(const struct tool *tool)
{
	_cleanup_container_ struct lxc_container *c = NULL;

	if (tool_log(tool) != 0)
		return NULL;
	c = lxc_container_new(tool->name, tool->lxcpath);
	if (!c)
		return NULL;
	if (tool->rcfile && load_rcfile(tool, c) != 0)
		return NULL;
	if (!c->may_control(c)) {
		(void)tool_fail(tool, "insufficient privileges to control %s", tool->name);
		return NULL;
	}
	return steal_ptr(&c);
}

int tool_define(const struct tool *tool, struct lxc_container *c, const char *line)
{
	char *text _cleanup_free_ = strdup(line);
	char *key, *value, *end;

	if (!text)
		return tool_fail(tool, "out of memory");
	key = text + strspn(text, " \t");
	value = strchr(key, '=');
	if (strncmp(key, "lxc.", 4) != 0 || !value)
		return tool_fail(tool, "--define \"%s\": not of the form lxc.KEY=VALUE", line);
	for (end = value; end > key && (end[-1] == ' ' || end[-1] == '\t'); end--)
		;
	*end = '\0';
	value++;
	value += strspn(value, " \t");
	for (end = value + strlen(value); end > value && (end[-1] == ' ' || end[-1] == '\t'); end--)
		;
	*end = '\0';
	if (end - value > 1 && (*value == '"' || *value == '\'') && end[-1] == *value) {
		value++;
		end[-1] = '\0';
	}
	return c->set_config_item(c, key, value) ? 0 : 1;
}

int tool_status(int wait_status)
{
	if (WIFEXITED(wait_status))
		return WEXITSTATUS(wait_status);
	return 128 + WTERMSIG(wait_status);
}

/* Beside this program: in the build directory, or in an installation, also one that was moved; else where we belong. */
static const char *plan_path(char *buf, size_t size)
{
	static const char *const beside[] = { "/../helpers/lxc-plan", "/../libexec/lxc/lxc-plan" };
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	for (size_t i = 0; len > 0 && i < ARRAY_LEN(beside); i++) {
		char *slash;

		self[len] = '\0';
		slash = strrchr(self, '/');
		if (!slash)
			break;
		(void)snprintf(buf, size, "%.*s%s", (int)(slash - self), self, beside[i]);
		if (access(buf, X_OK) == 0)
			return buf;
	}
	return PATH_LIBEXEC "/lxc-plan";
}

int tool_dry_run(const struct tool *tool, const struct tool_optional *dry_run, const struct tool_list *defines,
		 bool execute)
{
	size_t n = 0, max = 16 + 2 * defines->count + (size_t)tool->operand_count;
	const char **argv = calloc(max, sizeof(*argv));
	char path[8192];

	if (!argv)
		return tool_fail(tool, "out of memory");
	if (dry_run->value && strcmp(dry_run->value, "json") != 0 && strcmp(dry_run->value, "text") != 0)
		return tool_misused(tool, "--dry-run=%s: text or json", dry_run->value);
	argv[n++] = tool->spec->program;
	argv[n++] = dry_run->value && strcmp(dry_run->value, "json") == 0 ? "--print=json" : "--print";
	argv[n++] = "-P";
	argv[n++] = tool->lxcpath;
	if (tool->rcfile) {
		argv[n++] = "-f";
		argv[n++] = tool->rcfile;
	}
	for (size_t i = 0; i < defines->count; i++) {
		argv[n++] = "-s";
		argv[n++] = defines->items[i];
	}
	if (execute)
		argv[n++] = "--execute";
	argv[n++] = "--";
	argv[n++] = tool->name;
	for (int i = 0; i < tool->operand_count; i++)
		argv[n++] = tool->operands[i];
	(void)execv(plan_path(path, sizeof(path)), (char *const *)argv);
	return tool_fail(tool, "cannot run %s: %s", plan_path(path, sizeof(path)), strerror(errno));
}

char *tool_config_item(struct lxc_container *c, const char *key)
{
	int len = c->get_config_item(c, key, NULL, 0);
	char *text;

	if (len < 0)
		return NULL;
	text = calloc(1, (size_t)len + 1);
	if (text && len > 0 && c->get_config_item(c, key, text, len + 1) != len) {
		free(text);
		return NULL;
	}
	return text;
}
