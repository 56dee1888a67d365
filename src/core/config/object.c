/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/config/object.h"

#include <errno.h>
#include <stdio.h>

struct config *config_create(void)
{
	struct config *config = calloc(1, sizeof(*config));

	if (!config)
		return NULL;
	config->items = VEC_OF(struct config_item);
	config->files = VEC_OF(char *);
	return config;
}

static void free_item(struct config_item *item)
{
	free((char *)item->name);
	free((char *)item->value);
}

void config_clear(struct config *config)
{
	for (size_t i = 0; i < config->items.count; i++)
		free_item(object_item(config, i));
	for (size_t i = 0; i < config->files.count; i++)
		free(*vec_at(&config->files, char *, i));
	config->items.count = 0;
	config->files.count = 0;
	config->file = NULL;
	str_clear(&config->text);
}

void config_destroy(struct config *config)
{
	if (!config)
		return;
	config_clear(config);
	vec_finish(&config->items);
	vec_finish(&config->files);
	str_finish(&config->text);
	free(config);
}

void config_set_environment(struct config *config, const char *const *envp)
{
	config->envp = envp;
}

const char *object_file(struct config *config, const char *file)
{
	char *copy;

	if (!file)
		return NULL;
	for (size_t i = 0; i < config->files.count; i++) {
		if (str_eq(*vec_at(&config->files, char *, i), file))
			return *vec_at(&config->files, char *, i);
	}
	copy = str_dup(file);
	if (copy && !vec_add(&config->files, &copy)) {
		free(copy);
		return NULL;
	}
	return copy;
}

int object_put(struct config *config, const struct key_ref *ref, const char *value,
	       struct config_origin origin)
{
	char *name _cleanup_free_ = str_dup(ref->name);
	char *text _cleanup_free_ = str_dup(value);
	struct config_item item = {
		.key = ref->key, .name = name, .value = text, .origin = origin
	};

	item.origin.file = object_file(config, origin.file);
	if (!name || !text || (origin.file && !item.origin.file))
		return -ENOMEM;
	for (size_t i = 0; ref->key->type->keep == KEEP_ONE && i < config->items.count; i++) {
		struct config_item *old = object_item(config, i);

		if (old->key != ref->key || !str_eq(old->name, name))
			continue;
		free_item(old);
		*old = item;
		(void)steal_ptr(&name);
		(void)steal_ptr(&text);
		return 0;
	}
	if (!vec_add(&config->items, &item))
		return -ENOMEM;
	(void)steal_ptr(&name);
	(void)steal_ptr(&text);
	return 0;
}

void object_drop(struct config *config, const struct key_ref *target)
{
	size_t kept = 0;

	for (size_t i = 0; i < config->items.count; i++) {
		struct config_item *item = object_item(config, i);
		struct key_ref ref;

		if (key_find(item->name, &ref) == 0 && key_covers(target, &ref))
			free_item(item);
		else
			*object_item(config, kept++) = *item;
	}
	config->items.count = kept;
}

static int out_of_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory");
}

/* The name of a family's member reaches files and must come back from a line of text. */
static int check_name(const struct key_ref *ref, struct err *err)
{
	const char *tail;

	if (!key_is_family(ref->key))
		return 0;
	tail = key_tail(ref);
	if (*tail == '\0')
		return err_set(err, -EINVAL, "%s: no name behind it; write %.*sNAME", ref->name,
			       (int)strlen(ref->key->name) - 1, ref->key->name);
	for (; *tail; tail++) {
		if ((unsigned char)*tail <= ' ' || *tail == '=')
			return err_set(err, -EINVAL, "%s: blanks or '=' in the name", ref->name);
	}
	return 0;
}

/* A key for one kind of network device is no use for another; before the kind is known it may come.
 */
static int check_nic(const struct config *config, const struct key_ref *ref, struct err *err)
{
	const char *want = ref->key->nic_type;
	const char *have = want ? key_nic_type_of(config, ref->nic) : NULL;

	if (!have || str_eq(have, want))
		return 0;
	return err_set(err, -EINVAL, "%s: only for devices of type %s, this one is of type %s",
		       ref->name, want, have);
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	while (*text) {
		size_t n = strcspn(text, " \t");

		if (n == len && memcmp(text, word, n) == 0)
			return true;
		text += n + (text[n] != '\0');
	}
	return false;
}

/* "none" empties what stands before it; and what follows "none" takes its place. */
static void reset_list(struct config *config, const struct key_ref *ref, const char *value)
{
	const char *last = config_str(config, ref->name);

	if (!ref->key->type->none_resets)
		return;
	if (has_word(value, "none") || (last && str_eq(last, "none")))
		object_drop(config, ref);
}

static int set(struct config *config, const struct key_check *check, const char *value,
	       struct config_origin origin, struct str *normal)
{
	const struct key_ref *ref = check->ref;
	const struct key_type *type = ref->key->type;
	int ret = check_name(ref, check->err);

	if (ret == 0)
		ret = check_nic(config, ref, check->err);
	if (ret < 0)
		return ret;
	if (type->check)
		ret = type->check(check, value, normal);
	else
		str_add(normal, value);
	if (ret < 0)
		return ret == -ENOMEM ? out_of_memory(check->err) : ret;
	if (!str_ok(normal))
		return out_of_memory(check->err);
	reset_list(config, ref, value);
	if (normal->len == 0) {
		/* Blanks only, or a pattern without a match: nothing to keep. */
		if (type->keep == KEEP_ONE)
			object_drop(config, ref);
		return 0;
	}
	return object_put(config, ref, str_text(normal), origin) < 0 ? out_of_memory(check->err)
								     : 0;
}

/* A device stays when its last sub-key goes: as one of type empty, which it was. */
static int clear_nic_key(struct config *config, const struct key_ref *ref,
			 struct config_origin origin, struct err *err)
{
	struct key_ref type;
	char name[64];

	if (!key_nic_exists(config, ref->nic))
		return err_set(err, -EINVAL, "%s: no such network device", ref->name);
	(void)snprintf(name, sizeof(name), "lxc.net.%lld.type", (long long)ref->nic);
	(void)key_find(name, &type);
	if (ref->key->type == &key_nic_type)
		return object_put(config, ref, NIC_TYPE_INVALID, origin) < 0 ? out_of_memory(err)
									     : 0;
	object_drop(config, ref);
	if (!key_nic_exists(config, ref->nic) && object_put(config, &type, "empty", origin) < 0)
		return out_of_memory(err);
	return 0;
}

static int clear(struct config *config, const struct key_ref *ref, const char *empty,
		 struct config_origin origin, struct err *err)
{
	if (ref->nic >= 0 && ref->key->type != &key_nic)
		return clear_nic_key(config, ref, origin, err);
	if (empty)
		return object_put(config, ref, empty, origin) < 0 ? out_of_memory(err) : 0;
	object_drop(config, ref);
	return 0;
}

int object_apply(struct config *config, struct sys *sys, const char *name, const char *value,
		 struct config_origin origin, struct str *normal, struct err *err)
{
	struct key_ref ref;
	struct key_check check = { .config = config, .sys = sys, .ref = &ref, .err = err };

	if (key_find(name, &ref) < 0)
		return key_unknown(name, err);
	if (value[0] == '\0')
		return clear(config, &ref, ref.key->empty, origin, err);
	if (ref.key->type == &key_include) {
		str_add(normal, value);
		return object_include(config, sys, value, err);
	}
	return set(config, &check, value, origin, normal);
}

int config_clear_item(struct config *config, const char *name, struct err *err)
{
	struct key_ref ref;
	int ret;

	if (key_find(name, &ref) < 0)
		return key_unknown(name, err);
	ret = clear(config, &ref, NULL, (struct config_origin){ 0 }, err);
	if (ret == 0 && text_drop(&config->text, &ref) < 0)
		ret = out_of_memory(err);
	return ret;
}

/* The stored text is lines: a value with a line end would say something else when it is loaded. */
static int check_line(const char *name, const char *value, struct err *err)
{
	if (!strpbrk(value, "\n\r"))
		return 0;
	return err_set(err, -EINVAL, "%s: the value has more than one line", name);
}

int config_set(struct config *config, struct sys *sys, const char *name, const char *value,
	       struct err *err)
{
	_cleanup_str_ struct str normal = { 0 };
	struct key_ref ref;
	int ret;

	if (!value)
		value = "";
	ret = check_line(name, value, err);
	if (ret == 0)
		ret = object_apply(config, sys, name, value, (struct config_origin){ 0 }, &normal,
				   err);
	if (ret < 0)
		return ret;
	(void)key_find(name, &ref);
	if (value[0] == '\0') {
		ret = text_drop(&config->text, &ref);
	} else {
		/* The digits drawn for a hardware address are those that are saved. */
		if (ref.key->type == &key_hwaddr)
			value = str_text(&normal);
		str_addf(&config->text, "%s = %s\n", name, value);
		ret = str_ok(&config->text) ? 0 : -ENOMEM;
	}
	return ret < 0 ? out_of_memory(err) : 0;
}

int config_set_line(struct config *config, struct sys *sys, const char *text, struct err *err)
{
	struct line line = line_parse(text, strlen(text));
	char *name _cleanup_free_ = NULL;
	char *value _cleanup_free_ = NULL;

	if (line.kind == LINE_BAD)
		return err_set(err, -EINVAL, "no '=' in \"%s\"; write KEY = VALUE", text);
	if (line.kind != LINE_SETTING)
		return 0;
	name = str_dup_n(line.key, line.key_len);
	value = str_dup_n(line.value, line.value_len);
	if (!name || !value)
		return out_of_memory(err);
	return config_set(config, sys, name, value, err);
}
