/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/io/io.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#define LINE_SIZE 4096
#define DAY_SECONDS 86400

static const char *const level_names[] = {
	[LOG_TRACE_] = "TRACE",	  [LOG_DEBUG_] = "DEBUG", [LOG_INFO_] = "INFO",
	[LOG_NOTICE_] = "NOTICE", [LOG_WARN_] = "WARN",	  [LOG_ERROR_] = "ERROR",
	[LOG_CRIT_] = "CRIT",	  [LOG_ALERT_] = "ALERT", [LOG_FATAL_] = "FATAL",
	[LOG_NOTSET_] = "NOTSET",
};

const char *log_level_name(enum log_level level)
{
	assert(level <= LOG_NOTSET_);
	return level_names[level];
}

int log_level_parse(const char *text, enum log_level *out)
{
	for (unsigned i = 0; i < LOG_NOTSET_; i++) {
		bool is_number = text[0] == (char)('0' + i) && text[1] == '\0';

		if (is_number || strcasecmp(text, level_names[i]) == 0) {
			*out = (enum log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

/*
 * Gregorian date from days since 1970, counted in years that begin in March, so that the leap day
 * is the last of a year. libc's gmtime may take the time zone's lock, which a forked child can find
 * taken.
 */
size_t log_time(const struct timespec *ts, char *buf, size_t size)
{
	int64_t days = ts->tv_sec / DAY_SECONDS;
	int64_t seconds = ts->tv_sec % DAY_SECONDS;
	int64_t shifted, era, day_of_era, year_of_era, day_of_year, month, day, year;

	if (seconds < 0) {
		seconds += DAY_SECONDS;
		days--;
	}
	shifted = days + 719468; /* from 0000-03-01 */
	era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
	day_of_era = shifted - era * 146097;
	year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month = (5 * day_of_year + 2) / 153; /* 0: March */
	day = day_of_year - (153 * month + 2) / 5 + 1;
	month = month < 10 ? month + 3 : month - 9;
	year = year_of_era + era * 400 + (month <= 2);
	return (size_t)snprintf(buf, size, "%04d%02d%02d%02d%02d%02d.%03d", (int)year, (int)month,
				(int)day, (int)(seconds / 3600), (int)(seconds / 60 % 60),
				(int)(seconds % 60), (int)(ts->tv_nsec / 1000000));
}

/* From the root of the sources on: where it was built is nobody's business. */
static const char *source_path(const char *file)
{
	const char *src = strstr(file, "src/");

	return src ? src : file;
}

/* Whoever chose a name in a message must not be able to write a line of his own. */
static void one_line(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = text[i] == '\n' || text[i] == '\t' ? ' ' : '?';
}

/* place: "FILE:FUNC:LINE". */
static void _printf_(6, 0)
	write_line(struct sys *sys, const struct log *log, enum log_level level,
		   const char *category, const char *place, const char *fmt, va_list args)
{
	char text[LINE_SIZE];
	char stamp[32] = "";
	struct timespec now = { 0 };
	size_t len;
	int n;

	(void)sys_clock_gettime(sys, CLOCK_REALTIME, &now);
	(void)log_time(&now, stamp, sizeof(stamp));
	n = snprintf(text, sizeof(text), "%s%s%s %s %-8s %s - %s - ",
		     log->prefix[0] ? log->prefix : "lxc", log->name[0] ? " " : "", log->name,
		     stamp, log_level_name(level), category, place);
	if (n < 0)
		return;
	len = (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
	n = vsnprintf(text + len, sizeof(text) - len, fmt, args);
	if (n < 0)
		return;
	len = (size_t)n < sizeof(text) - len ? len + (size_t)n : sizeof(text) - 1;
	one_line(text, len);
	text[len++] = '\n';
	(void)SYS_RETRY(sys_write(sys, log->fd, text, len)); /* there is nowhere to complain */
}

static bool is_wanted(const struct log *log, enum log_level level)
{
	return log && log->fd >= 0 && level >= log->level;
}

void log_write_at(struct sys *sys, const struct log *log, enum log_level level,
		  const char *category, const char *file, const char *func, int line,
		  const char *fmt, ...)
{
	char place[256];
	va_list args;

	if (!is_wanted(log, level))
		return;
	(void)snprintf(place, sizeof(place), "%s:%s:%d", source_path(file), func, line);
	va_start(args, fmt);
	write_line(sys, log, level, category, place, fmt, args);
	va_end(args);
}

static void _printf_(5, 6) write_err(struct sys *sys, const struct log *log, const char *category,
				     const char *place, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_line(sys, log, LOG_ERROR_, category, place, fmt, args);
	va_end(args);
}

void log_err(struct sys *sys, const struct log *log, const char *category, const struct err *err)
{
	const char *colon = strrchr(err->where, ':');
	char text[sizeof(struct err)];
	char place[sizeof(err->where) + 8];

	if (!err_is(err) || !is_wanted(log, LOG_ERROR_))
		return;
	/* An error knows file and line, not the function: "-" keeps the form of a line. */
	if (colon)
		(void)snprintf(place, sizeof(place), "%.*s:-%s", (int)(colon - err->where),
			       err->where, colon);
	else
		(void)snprintf(place, sizeof(place), "-:-:0");
	(void)err_render(err, text, sizeof(text));
	write_err(sys, log, category, source_path(place), "%s", text);
}
