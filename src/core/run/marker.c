/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The marker of an unfinished creation, LXCPATH/NAME/partial: locked as long as somebody works on
 * the container, and the record of what this creation made. Whoever comes after a failure, or after
 * a creator that was killed, takes back that and no more.
 *
 * A record is "WORD A B LENGTH\nBYTES\n", and of these there are:
 *   kept 0 0 DIR              the container's directory was there before
 *   directory DEV INO PATH    made
 *   directory 0 0 PATH        about to be made
 *   config 1 0 TEXT           what the configuration was before
 *   config 0 0                there was none
 * It is written before that is done of which it tells; only DEV and INO are known no sooner. The
 * first one is about the container's directory.
 */
#include "core/run/steps.h"

#include "core/base/vec.h"

#include <errno.h>
#include <inttypes.h>

static const char *const words[] = {
	[MARKER_KEPT] = "kept",
	[MARKER_DIRECTORY] = "directory",
	[MARKER_CONFIG] = "config",
};

struct record {
	unsigned kind;
	uint64_t a, b;
	char *bytes; /* terminated */
	size_t len;
};

int marker_add(struct run *run, enum marker_kind kind, uint64_t a, uint64_t b, const char *bytes)
{
	_cleanup_str_ struct str text = { 0 };

	if (run->mark_fd < 0)
		return 0;
	str_addf(&text, "%s %" PRIu64 " %" PRIu64 " %zu\n%s\n", words[kind], a, b, strlen(bytes),
		 bytes);
	return str_ok(&text) ? io_write_full(run->sys, run->mark_fd, text.s, text.len) : -ENOMEM;
}

int marker_add_made(struct run *run, const char *path)
{
	struct stat st;
	int ret = sys_fstatat(run->sys, AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW);

	return ret < 0 ? ret : marker_add(run, MARKER_DIRECTORY, st.st_dev, st.st_ino, path);
}

/* --- reading --- */

static bool parse_head(char *line, struct record *record)
{
	const char *kind = str_next_word(&line, " "), *a = str_next_word(&line, " ");
	const char *b = str_next_word(&line, " "), *len = str_next_word(&line, " ");
	uint64_t number;

	if (!len || *line || str_to_decimal(a, &record->a) < 0 ||
	    str_to_decimal(b, &record->b) < 0 || str_to_decimal(len, &number) < 0)
		return false;
	record->len = (size_t)number;
	for (record->kind = 0; record->kind < ARRAY_LEN(words); record->kind++)
		if (str_eq(words[record->kind], kind))
			return true;
	return false;
}

/* Moves *at on. False: the rest is no record; its writer was killed before he did what it tells of.
 */
static bool parse_record(char **at, char *end, struct record *record)
{
	char *newline = memchr(*at, '\n', (size_t)(end - *at));

	if (!newline)
		return false;
	*newline = '\0';
	record->bytes = newline + 1;
	if (!parse_head(*at, record) || record->len >= (size_t)(end - record->bytes) ||
	    record->bytes[record->len] != '\n')
		return false;
	record->bytes[record->len] = '\0';
	*at = record->bytes + record->len + 1;
	return strlen(record->bytes) == record->len;
}

static int read_records(struct sys *sys, int fd, struct str *text, struct vec *records)
{
	struct record record;
	off_t start = sys_lseek(sys, fd, 0, SEEK_SET);
	int ret = start < 0 ? (int)start : io_read_fd(sys, fd, text);
	char *at = text->s;

	while (ret == 0 && at && parse_record(&at, text->s + text->len, &record))
		ret = vec_add(records, &record) ? 0 : -ENOMEM;
	return ret;
}

/* --- taking back --- */

/* Somebody may have been faster, or uses what is there now. */
static int gone_or_used(int ret)
{
	return ret == -ENOENT || ret == -ENOTDIR || ret == -ENOTEMPTY ? 0 : ret;
}

/* A directory with all that is in it, if it is the one that was made. */
static int remove_made(struct sys *sys, const char *path, const struct record *record)
{
	_cleanup_fd_ struct fd dir = { 0 };
	struct stat st;
	int ret = io_open(sys, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK, 0,
			  0);

	if (ret == -ELOOP)
		return 0;
	if (ret < 0)
		return gone_or_used(ret);
	dir = fd_of(sys, ret);
	ret = sys_fstatat(sys, dir.n, "", &st, AT_EMPTY_PATH);
	if (ret < 0 || st.st_dev != record->a || st.st_ino != record->b)
		return ret;
	ret = io_empty_dir(sys, dir.n);
	return ret < 0 ? ret : gone_or_used(sys_unlinkat(sys, AT_FDCWD, path, AT_REMOVEDIR));
}

static int restore_config(struct sys *sys, const char *dir, const struct record *record)
{
	char *path _cleanup_free_ = str_printf("%s/config", dir);

	if (!path)
		return -ENOMEM;
	if (!record->a)
		return gone_or_used(sys_unlinkat(sys, AT_FDCWD, path, 0));
	return io_replace_file(sys, AT_FDCWD, path, record->bytes, record->len, 0640);
}

/* is_last: what it tells of may not have come about. */
static int take_back(struct sys *sys, const char *dir, const struct record *record, bool is_last)
{
	if (record->kind == MARKER_CONFIG)
		return restore_config(sys, dir, record);
	if (record->kind != MARKER_DIRECTORY)
		return 0;
	if (record->a || record->b)
		return remove_made(sys, record->bytes, record);
	return is_last ? gone_or_used(sys_unlinkat(sys, AT_FDCWD, record->bytes, AT_REMOVEDIR)) : 0;
}

/* The marker goes last, with its directory if that was made, too: killed before, the next one goes
 * on. */
static int take_back_dir(struct sys *sys, const char *path, const char *dir,
			 const struct record *first)
{
	int ret = first && first->kind == MARKER_DIRECTORY ? remove_made(sys, dir, first) : 0;

	if (ret == 0)
		ret = gone_or_used(sys_unlinkat(sys, AT_FDCWD, path, 0));
	/* Killed before its first word: then the directory is empty if it was made. */
	if (ret == 0 && !first)
		ret = gone_or_used(sys_unlinkat(sys, AT_FDCWD, dir, AT_REMOVEDIR));
	return ret;
}

static char *dir_of(const char *path)
{
	return str_dup_n(path, (size_t)(strrchr(path, '/') - path));
}

int marker_revert(struct sys *sys, const char *path, int fd)
{
	char *dir _cleanup_free_ = dir_of(path);
	_cleanup_str_ struct str text = { 0 };
	_cleanup_vec_ struct vec records = VEC_OF(struct record);
	int ret = dir ? io_is_same(sys, AT_FDCWD, path, fd) : -ENOMEM;

	if (ret <= 0)
		return ret;
	ret = read_records(sys, fd, &text, &records);
	for (size_t i = records.count; ret == 0 && i-- > 1;)
		ret = take_back(sys, dir, vec_at(&records, struct record, i),
				i == records.count - 1);
	if (ret < 0)
		return ret;
	return take_back_dir(sys, path, dir,
			     records.count > 0 ? vec_at(&records, struct record, 0) : NULL);
}

/* --- the step of whoever comes after a killed creator --- */

/* Whoever may write to the marker says what is removed: nobody but us. */
static int recover(struct run *run, const char *path, struct err *err)
{
	char *dir _cleanup_free_ = dir_of(path);
	struct stat st;
	int ret = dir ? sys_fstatat(run->sys, run->mark_fd, "", &st, AT_EMPTY_PATH) : -ENOMEM;

	if (ret < 0)
		return ret;
	if (!S_ISREG(st.st_mode) || st.st_uid != sys_geteuid(run->sys) || st.st_nlink != 1)
		return err_set(err, -EPERM, "%s is another user's", path);
	if ((st.st_mode & 07777) == MARKER_MODE)
		return marker_revert(run->sys, path, run->mark_fd);
	/* LXC's own is empty and of another mode. What its creation made stands below the
	 * directory. */
	if (st.st_size == 0)
		return io_remove_tree(run->sys, AT_FDCWD, dir);
	return err_set(err, -EPERM, "%s is of no creation that is known here", path);
}

int host_recover(struct run *run, const struct step *step, struct err *err)
{
	const char *path = step_str(run->plan, step, 0);
	int ret = io_open(run->sys, AT_FDCWD, path, O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0, 0);

	if (ret < 0)
		return ret;
	run->mark_fd = ret;
	ret = io_lock(run->sys, run->mark_fd, false);
	return ret < 0 ? ret : recover(run, path, err);
}
