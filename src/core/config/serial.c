/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The canonical form: a magic line, the first file, then each setting as four numbers and three
 * texts. Numbers are of this machine: both ends are the same build.
 */
#include "core/config/object.h"

#include <errno.h>

#define MAGIC "lxc-config 1\n"
#define NO_FILE UINT32_MAX

struct record {
	uint32_t name_len, value_len;
	uint32_t file_len; /* NO_FILE: none */
	uint32_t line;
};

static void add_record(struct str *out, const char *name, const char *value, const char *file,
		       unsigned line)
{
	struct record record = {
		.name_len = (uint32_t)strlen(name),
		.value_len = (uint32_t)strlen(value),
		.file_len = file ? (uint32_t)strlen(file) : NO_FILE,
		.line = line,
	};

	str_add_n(out, &record, sizeof(record));
	str_add(out, name);
	str_add(out, value);
	str_add(out, file ? file : "");
}

int config_serialise(const struct config *config, struct str *out)
{
	str_add(out, MAGIC);
	add_record(out, "", "", config->file, 0);
	for (size_t i = 0; i < config->items.count; i++) {
		const struct config_item *item = object_item(config, i);

		add_record(out, item->name, item->value, item->origin.file, item->origin.line);
	}
	return str_ok(out) ? 0 : -ENOMEM;
}

/* What is left to read. */
struct input {
	const char *at;
	size_t left;
};

/* A text of n bytes, malloc'ed; NULL: too short, or holds a NUL. */
static char *take_text(struct input *in, uint32_t n)
{
	char *text;

	if (n > in->left || memchr(in->at, '\0', n))
		return NULL;
	text = str_dup_n(in->at, n);
	in->at += n;
	in->left -= n;
	return text;
}

/* The value must be in its normal form already: what a check changes was not written by
 * config_serialise(). */
static int put_checked(struct config *config, const char *name, const char *value,
		       struct config_origin origin)
{
	_cleanup_str_ struct str normal = { 0 };
	struct key_ref ref;
	struct key_check check = { .ref = &ref };
	int ret = 0;

	if (key_find(name, &ref) < 0 || !str_eq(ref.name, name) ||
	    ref.key->type->keep == KEEP_NOTHING || ref.bare || value[0] == '\0')
		return -EINVAL;
	if (key_is_family(ref.key) && *key_tail(&ref) == '\0')
		return -EINVAL;
	if (ref.key->type->check)
		ret = ref.key->type->check(&check, value, &normal);
	else
		str_add(&normal, value);
	if (ret < 0 || !str_ok(&normal))
		return ret < 0 ? ret : -ENOMEM;
	if (!str_eq(str_text(&normal), value))
		return -EINVAL;
	if (ref.key->type->keep == KEEP_ONE && config_item(config, name))
		return -EINVAL;
	return object_put(config, &ref, value, origin);
}

static int take_record(struct config *config, struct input *in, bool is_first)
{
	char *name _cleanup_free_ = NULL;
	char *value _cleanup_free_ = NULL;
	char *file _cleanup_free_ = NULL;
	struct record record;

	if (in->left < sizeof(record))
		return -EINVAL;
	memcpy(&record, in->at, sizeof(record));
	in->at += sizeof(record);
	in->left -= sizeof(record);
	name = take_text(in, record.name_len);
	value = name ? take_text(in, record.value_len) : NULL;
	if (record.file_len != NO_FILE && value)
		file = take_text(in, record.file_len);
	if (!value || (record.file_len != NO_FILE && !file))
		return -EINVAL;
	if (is_first) {
		config->file = object_file(config, file);
		return file && !config->file ? -ENOMEM : 0;
	}
	return put_checked(config, name, value,
			   (struct config_origin){ .file = file, .line = record.line });
}

int config_parse_serial(struct config *config, const void *bytes, size_t len, struct err *err)
{
	struct input in = { .at = bytes, .left = len };
	int ret;

	config_clear(config);
	if (len < strlen(MAGIC) || memcmp(bytes, MAGIC, strlen(MAGIC)) != 0)
		return err_set(err, -EINVAL, "not a serialised configuration of this version");
	in.at += strlen(MAGIC);
	in.left -= strlen(MAGIC);
	ret = take_record(config, &in, true);
	while (ret == 0 && in.left > 0)
		ret = take_record(config, &in, false);
	if (ret < 0) {
		config_clear(config);
		return err_set(err, ret, "serialised configuration is damaged");
	}
	return 0;
}
