/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc.prlimit.* and lxc.proc.* of the container, for the attached process too; as the supervisor
 * tells them. */
#include "core/attach/context.h"
#include "core/limits/limits.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

/* value: "SOFT" or "SOFT:HARD", as the getter writes it. */
static int set_limit(const struct attach_context *c, pid_t pid, const char *name, char *value)
{
	struct rlimit limit;
	int number = limits_number(name);
	int ret = number < 0 ? number : limits_parse(value, &limit);

	return ret < 0 ? ret : sys_prlimit(c->sys, pid, number, &limit, NULL);
}

/* T's own directory of /proc; T waits for us, its number is its own. */
static int set_proc(const struct attach_context *c, pid_t pid, const char *name, char *value)
{
	_cleanup_fd_ struct fd proc = { 0 }, file = { 0 };
	char path[PATH_MAX];
	ssize_t n;
	int ret;

	(void)snprintf(path, sizeof(path), "/proc/%d", pid);
	ret = io_open(c->sys, AT_FDCWD, path, O_PATH | O_DIRECTORY, 0, 0);
	if (ret < 0)
		return ret;
	proc = fd_of(c->sys, ret);
	(void)snprintf(path, sizeof(path), "%s", name);
	for (char *dot = path; (dot = strchr(dot, '.'));)
		*dot = '/';
	ret = io_open(c->sys, proc.n, path, O_WRONLY | O_NOCTTY, 0, IO_BENEATH);
	if (ret < 0)
		return ret;
	file = fd_of(c->sys, ret);
	n = SYS_RETRY(sys_write(c->sys, file.n, value, strlen(value)));
	return n < 0 ? (int)n : 0;
}

typedef int (*apply_fn)(const struct attach_context *c, pid_t pid, const char *name, char *value);

/* Each line "PREFIX.NAME = VALUE". */
static int apply_all(const struct attach_context *c, pid_t pid, const char *key, apply_fn apply,
		     struct err *err)
{
	_cleanup_str_ struct str text = { 0 };
	char *rest, *line;
	size_t key_len = strlen(key);

	int ret = attach_ask_item(c, key, &text);

	if (ret < 0)
		return err_sys(err, ret, "ask %s for %s", c->args->name, key);
	if (!text.s)
		return 0;
	rest = text.s;
	while ((line = str_next_word(&rest, "\n"))) {
		char *value = strstr(line, " = ");

		if (!value || !str_starts(line, key) || line[key_len] != '.')
			continue;
		*value = '\0';
		value += strlen(" = ");
		ret = apply(c, pid, line + key_len + 1, value);
		if (ret < 0)
			return err_sys(err, ret, "apply %s = %s to the attached process", line,
				       value);
	}
	return 0;
}

int attach_limits(const struct attach_context *c, pid_t pid, struct err *err)
{
	int ret = apply_all(c, pid, "lxc.prlimit", set_limit, err);

	return ret < 0 ? ret : apply_all(c, pid, "lxc.proc", set_proc, err);
}
