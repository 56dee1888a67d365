/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The two ready-made functions for attach(). They run in the attached process, whose root is the container's: nothing here
 * may load code from it (no name service).
 */
#include "api/api.h"

#include <errno.h>
#include <unistd.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* 127: not found; 126: found, but it cannot be executed. */
static int exec_status(int ret)
{
	if (ret == -ENOENT || ret == -ENOTDIR)
		return 127;
	return ret == -EACCES || ret == -ENOEXEC || ret == -EISDIR || ret == -EPERM ? 126 : -1;
}

static int exec_path(struct sys *sys, const char *path, char *const *argv)
{
	return sys_execveat(sys, AT_FDCWD, path, argv, environ, 0);
}

static const char *search_path(void)
{
	for (char *const *at = environ; at && *at; at++) {
		if (str_starts(*at, "PATH="))
			return *at + strlen("PATH=");
	}
	return DEFAULT_PATH;
}

/* Looks the program up in PATH, as execvp does. */
static int exec_search(struct sys *sys, const char *program, char *const *argv)
{
	int ret, best = -ENOENT;

	if (strchr(program, '/'))
		return exec_path(sys, program, argv);
	for (const char *at = search_path(); *at;) {
		size_t n = strcspn(at, ":");
		char *path _cleanup_free_ = str_printf("%.*s%s%s", (int)n, at, n ? "/" : "", program);

		ret = path ? exec_path(sys, path, argv) : -ENOMEM;
		if (ret != -ENOENT && ret != -ENOTDIR)
			best = ret;
		at += n + (at[n] == ':');
	}
	return best;
}

int api_exec_command(struct sys *sys, const lxc_attach_command_t *command)
{
	return exec_status(exec_search(sys, command->program, command->argv));
}

/* The shell of our uid in the container's own /etc/passwd: name:password:uid:gid:gecos:dir:shell. NULL: none. */
static char *find_shell(struct sys *sys)
{
	_cleanup_str_ struct str passwd = { 0 };
	char *rest, *line;

	if (io_read_all(sys, AT_FDCWD, "/etc/passwd", &passwd) < 0 || passwd.len == 0)
		return NULL;
	rest = passwd.s;
	while ((line = strsep(&rest, "\r\n")) != NULL) {
		char *fields[7];
		uint64_t uid;
		int n = 0;

		while (n < 7 && line)
			fields[n++] = strsep(&line, ":");
		if (n == 7 && !line && str_to_decimal(fields[2], &uid) == 0 && uid == sys_getuid(sys) && fields[6][0] == '/')
			return str_dup(fields[6]);
	}
	return NULL;
}

int api_exec_shell(struct sys *sys)
{
	char *shell _cleanup_free_ = find_shell(sys);
	char *const own[] = { shell, NULL };
	char *const plain[] = { (char *)"/bin/sh", NULL };

	if (shell)
		(void)exec_path(sys, shell, own);
	(void)exec_path(sys, "/bin/sh", plain);
	return -1;
}
