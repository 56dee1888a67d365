/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process's log: opened once, read by every call. Its own lock, held for copies only, never across a fork. */
#include "api/api.h"

#include "core/base/str.h"
#include "core/storage/storage.h"
#include "paths.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

static struct {
	pthread_mutex_t mutex;
	struct log log;
	bool open;   /* lxc_log_init was called */
	bool has_level; /* with a level that a person asked for */
	bool quiet;
	int trace_fd;
} process = { .mutex = PTHREAD_MUTEX_INITIALIZER, .trace_fd = -1, .log = { .fd = -1, .level = LOG_ERROR_, .prefix = "lxc" } };

struct log api_log(void)
{
	struct log copy;

	(void)pthread_mutex_lock(&process.mutex);
	copy = process.log;
	(void)pthread_mutex_unlock(&process.mutex);
	return copy;
}

bool api_log_level(enum log_level *out)
{
	bool has;

	(void)pthread_mutex_lock(&process.mutex);
	has = process.open && process.has_level;
	*out = process.log.level;
	(void)pthread_mutex_unlock(&process.mutex);
	return has;
}

int api_trace_fd(void)
{
	int fd;

	(void)pthread_mutex_lock(&process.mutex);
	fd = process.trace_fd;
	(void)pthread_mutex_unlock(&process.mutex);
	return fd;
}

void api_set_trace_fd(int fd)
{
	(void)pthread_mutex_lock(&process.mutex);
	process.trace_fd = fd;
	(void)pthread_mutex_unlock(&process.mutex);
}

static bool is_quiet(void)
{
	bool quiet;

	(void)pthread_mutex_lock(&process.mutex);
	quiet = process.quiet;
	(void)pthread_mutex_unlock(&process.mutex);
	return quiet;
}

/* Opens for appending, making parent directories; the number is above 2 so that no standard stream is mistaken for it. */
static int open_log(struct sys *sys, const char *path)
{
	char *dir _cleanup_free_ = str_dup(path);
	char *slash = dir ? strrchr(dir, '/') : NULL;
	int fd, high;

	if (slash && slash != dir) {
		*slash = '\0';
		(void)io_mkdir_all(sys, AT_FDCWD, dir, 0755);
	}
	fd = io_open(sys, AT_FDCWD, path, O_CREAT | O_WRONLY | O_APPEND | O_NOCTTY, 0640, 0);
	if (fd < 0 || fd > 2)
		return fd;
	high = sys_fcntl(sys, fd, F_DUPFD_CLOEXEC, 3);
	(void)sys_close(sys, fd);
	return high;
}

/* The default file, by the first candidate that opens; none is fine. A missing container directory is not made. */
static int open_default(struct sys *sys, const char *name, const char *lxcpath)
{
	char *system _cleanup_free_ = str_printf("%s/%s.log", PATH_LOG, name);
	char *own _cleanup_free_ = str_printf("%s/%s/%s.log", lxcpath, name, name);
	char *dir _cleanup_free_ = str_printf("%s/%s", lxcpath, name);
	struct stat st;
	int fd = -ENOENT;

	if (!system || !own || !dir)
		return -ENOMEM;
	if (sys_geteuid(sys) == 0 && str_eq(lxcpath, PATH_LXCPATH))
		fd = open_log(sys, system);
	if (fd < 0 && sys_fstatat(sys, AT_FDCWD, dir, &st, 0) == 0)
		fd = open_log(sys, own);
	if (fd < 0)
		fd = open_log(sys, system);
	return fd;
}

int api_log_init(struct sys *sys, char *const *envp, struct lxc_log *log)
{
	enum log_level level = LOG_ERROR_;
	int fd = -1;

	if (!log)
		return -EINVAL;
	if (log->level && log_level_parse(log->level, &level) < 0)
		level = LOG_NOTSET_;
	(void)pthread_mutex_lock(&process.mutex);
	if (process.open) {
		(void)pthread_mutex_unlock(&process.mutex);
		return 0;
	}
	process.quiet = log->quiet;
	process.has_level = log->level && level != LOG_NOTSET_;
	process.log.level = level == LOG_NOTSET_ ? LOG_ERROR_ : level;
	(void)snprintf(process.log.prefix, sizeof(process.log.prefix), "%s", log->prefix ? log->prefix : "lxc");
	(void)snprintf(process.log.name, sizeof(process.log.name), "%s", log->name ? log->name : "");
	if (!log->lxcpath)
		log->lxcpath = PATH_LOG;
	if (log->file && !str_eq(log->file, "none"))
		fd = open_log(sys, log->file);
	else if (!log->file && log->name)
		fd = open_default(sys, log->name, log->lxcpath);
	process.log.fd = fd < 0 ? -1 : fd;
	process.open = fd >= 0 || !log->file || str_eq(log->file, "none");
	(void)pthread_mutex_unlock(&process.mutex);
	if (fd < 0 && log->file && !str_eq(log->file, "none"))
		return -1;
	return 0;
}

void api_log_close(struct sys *sys)
{
	(void)pthread_mutex_lock(&process.mutex);
	if (process.log.fd >= 0)
		(void)sys_close(sys, process.log.fd);
	process.log = (struct log){ .fd = -1, .level = LOG_ERROR_, .prefix = "lxc" };
	process.open = false;
	process.has_level = false;
	process.quiet = false;
	(void)pthread_mutex_unlock(&process.mutex);
}

int api_log_from_config(struct container *it, struct err *err)
{
	const char *path = config_str(it->config, "lxc.log.file");
	const char *level = config_str(it->config, "lxc.log.level");
	enum log_level number = LOG_ERROR_;
	struct log now = api_log();
	int fd = -1;

	if (now.fd >= 0 || (!path && !level))
		return 0;
	if (level)
		(void)log_level_parse(level, &number);
	if (path) {
		const struct config_item *item = config_item(it->config, "lxc.log.file");

		fd = open_log(it->sys, path);
		if (fd < 0) {
			err_sys(err, fd, "open log file %s", path);
			err_origin(err, item->origin.file, item->origin.line, item->name);
			return fd;
		}
	}
	(void)pthread_mutex_lock(&process.mutex);
	process.log.fd = fd;
	process.log.level = number;
	(void)snprintf(process.log.name, sizeof(process.log.name), "%s", it->c.name);
	(void)pthread_mutex_unlock(&process.mutex);
	return 0;
}

static void print(struct sys *sys, const char *name, const char *text)
{
	struct log log = api_log();
	char line[2048];
	int len = snprintf(line, sizeof(line), "%s: %s%s%s\n", log.prefix, name ? name : "", name ? ": " : "", text);

	if (len <= 0)
		return;
	if ((size_t)len >= sizeof(line))
		len = sizeof(line) - 1;
	(void)io_write_full(sys, STDERR_FILENO, line, (size_t)len);
}

void api_say(struct sys *sys, const char *name, const char *text)
{
	if (!is_quiet())
		print(sys, name, text);
}

void api_fail_name(struct sys *sys, const char *name, const struct err *err)
{
	struct log log = api_log();
	char text[1536];

	(void)err_render(err, text, sizeof(text));
	log_err(sys, &log, "api", err);
	api_say(sys, name, text);
}

void api_keep(struct container *it, const struct err *err)
{
	char text[1536];

	(void)err_render(err, text, sizeof(text));
	free(it->c.error_string);
	it->c.error_string = str_dup(text);
}

void api_fail(struct container *it, const struct err *err)
{
	api_keep(it, err);
	api_fail_name(it->sys, it->c.name, err);
}
