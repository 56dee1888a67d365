/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/config/object.h"
#include "core/io/io.h"

#include <errno.h>
#include <limits.h>

#define DEPTH_MAX 64
#define INCLUDE_SUFFIX ".conf"
#define FILE_BYTES_MAX INT32_MAX

/* Where the reader stands. */
struct reader {
	struct config *config;
	struct sys *sys;
	const char *file; /* in config->files */
	bool stored;	  /* its lines become stored text: not those of included files */
	unsigned line;
};

/* The line itself is to blame, or one in a file that it includes. */
static void blame(const struct reader *r, const char *text, size_t len, struct err *err)
{
	char *copy _cleanup_free_ = NULL;

	if (!err)
		return;
	if (err->text[0]) {
		err_context(err, "included from %s:%u", r->file, r->line);
		return;
	}
	copy = str_dup_n(text, len);
	err_origin(err, r->file, r->line, copy ? copy + strspn(copy, " \t") : "?");
}

/* Puts the digits that were drawn into the stored line; both texts have the same length. */
static void store_hwaddr(struct config *config, size_t at, const char *name,
			 const struct str *normal)
{
	struct key_ref ref;

	if (normal->len > 0 && key_find(name, &ref) == 0 && ref.key->type == &key_hwaddr &&
	    str_ok(&config->text))
		memcpy(config->text.s + at, normal->s, normal->len);
}

static int read_line(struct reader *r, const char *text, size_t len, struct err *err)
{
	struct config_origin origin = { .file = r->file, .line = r->line };
	_cleanup_str_ struct str normal = { 0 };
	struct line line = line_parse(text, len);
	size_t start = r->config->text.len;
	char *name _cleanup_free_ = NULL;
	char *value _cleanup_free_ = NULL;
	int ret;

	if (r->stored)
		text_add_line(&r->config->text, text, len);
	if (line.kind == LINE_BAD)
		return err_set(err, -EINVAL, "no '=' behind %.*s", (int)line.key_len, line.key);
	if (line.kind != LINE_SETTING)
		return 0;
	name = str_dup_n(line.key, line.key_len);
	value = str_dup_n(line.value, line.value_len);
	if (!name || !value || !str_ok(&r->config->text))
		return err_set(err, -ENOMEM, "out of memory");
	ret = object_apply(r->config, r->sys, name, value, origin, &normal, err);
	if (ret == 0 && r->stored)
		store_hwaddr(r->config, start + (size_t)(line.value - text), name, &normal);
	return ret;
}

/* The kernel's and our strings end at a NUL: a file with one would mean something else to each
 * reader. */
static int refuse_nul(struct reader *r, const char *text, const char *nul, struct err *err)
{
	size_t next;

	for (r->line = 1; text <= nul; r->line++, text += next) {
		size_t n = line_end(text, (size_t)(nul - text) + 1, &next);

		if (text + n > nul || next == n)
			break;
	}
	(void)err_set(err, -EINVAL, "a NUL byte in the line");
	blame(r, text, (size_t)(nul - text), err);
	return -EINVAL;
}

static int read_text(struct reader *r, const char *text, size_t len, struct err *err)
{
	const char *nul = memchr(text, '\0', len);
	size_t next;
	int ret = 0;

	if (nul)
		return refuse_nul(r, text, nul, err);
	for (r->line = 1; len > 0 && ret == 0; r->line++, text += next, len -= next) {
		size_t n = line_end(text, len, &next);

		ret = read_line(r, text, n, err);
		if (ret < 0)
			blame(r, text, n, err);
	}
	return ret;
}

int config_load_text(struct config *config, struct sys *sys, const char *name, const char *text,
		     size_t len, struct err *err)
{
	struct reader r = {
		.config = config, .sys = sys, .file = object_file(config, name), .stored = true
	};

	if (!r.file)
		return err_set(err, -ENOMEM, "out of memory");
	if (!config->file)
		config->file = r.file;
	return read_text(&r, text, len, err);
}

static int load_file(struct config *config, struct sys *sys, const char *path, bool stored,
		     struct err *err)
{
	struct reader r = { .config = config, .sys = sys, .stored = stored };
	_cleanup_str_ struct str text = { 0 };
	int ret;

	if (config->depth >= DEPTH_MAX)
		return err_set(err, -ELOOP,
			       "files include each other more than %d deep; the last is %s",
			       DEPTH_MAX, path);
	ret = io_read_all(sys, AT_FDCWD, path, &text);
	if (ret == 0 && text.len > FILE_BYTES_MAX)
		ret = -EFBIG;
	if (ret < 0)
		return err_sys(err, ret, "read configuration %s", path);
	r.file = object_file(config, path);
	if (!r.file)
		return err_set(err, -ENOMEM, "out of memory");
	if (!config->file)
		config->file = r.file;
	config->depth++;
	ret = read_text(&r, str_text(&text), text.len, err);
	config->depth--;
	return ret;
}

int config_load(struct config *config, struct sys *sys, const char *path, struct err *err)
{
	return load_file(config, sys, path, true, err);
}

/* Every NAME.conf of a directory by byte order of the names; hidden ones too, ".conf" alone not. */
static int include_dir(struct config *config, struct sys *sys, const char *path, struct err *err)
{
	_cleanup_str_ struct str names = { 0 };
	const char *name;
	size_t count = 0;
	int ret = io_list_dir(sys, AT_FDCWD, path, &names, &count);

	if (ret < 0)
		return err_sys(err, ret, "list directory %s", path);
	name = str_text(&names);
	for (size_t i = 0; i < count && ret == 0; i++, name += strlen(name) + 1) {
		char *file _cleanup_free_ = NULL;

		if (strlen(name) <= strlen(INCLUDE_SUFFIX) || !str_ends(name, INCLUDE_SUFFIX))
			continue;
		file = str_printf("%s/%s", path, name);
		if (!file)
			return err_set(err, -ENOMEM, "out of memory");
		if (strlen(file) >= PATH_MAX)
			return err_set(err, -ENAMETOOLONG, "path of included file %s is too long",
				       name);
		ret = load_file(config, sys, file, false, err);
	}
	return ret;
}

int object_include(struct config *config, struct sys *sys, const char *path, struct err *err)
{
	struct stat st;
	int ret;

	if (!sys)
		return err_set(err, -EINVAL, "lxc.include: no files can be read here");
	if (strlen(path) >= PATH_MAX)
		return err_set(err, -ENAMETOOLONG, "lxc.include: path is too long");
	ret = sys_fstatat(sys, AT_FDCWD, path, &st, 0);
	/* A drop-in directory, named with its slash, need not be there. */
	if (ret == -ENOENT && str_ends(path, "/"))
		return 0;
	if (ret < 0)
		return err_sys(err, ret, "read configuration %s", path);
	return S_ISDIR(st.st_mode) ? include_dir(config, sys, path, err)
				   : load_file(config, sys, path, false, err);
}

const char *config_text(const struct config *config)
{
	return str_text(&config->text);
}

const char *config_file(const struct config *config)
{
	return config->file;
}

int config_save(const struct config *config, struct sys *sys, const char *path, struct err *err)
{
	int ret = io_replace_file(sys, AT_FDCWD, path, str_text(&config->text), config->text.len,
				  0640);

	return ret < 0 ? err_sys(err, ret, "write configuration %s", path) : 0;
}
