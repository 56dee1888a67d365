/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Types of which each line adds something. */
#include "core/caps/caps.h"
#include "core/config/object.h"
#include "core/namespace/namespace.h"

#include <errno.h>
#include <stdio.h>

#define BLANKS " \t"

static int check_lines(const struct key_check *check, const char *value, struct str *out)
{
	str_add(out, value);
	return 0;
}

/* A name alone takes its value from the caller's environment. */
static int check_environment(const struct key_check *check, const char *value, struct str *out)
{
	size_t len = strlen(value);
	const char *const *var = check->config ? check->config->envp : NULL;

	if (strchr(value, '=')) {
		str_add(out, value);
		return 0;
	}
	for (; var && *var; var++) {
		if (strncmp(*var, value, len) == 0 && (*var)[len] == '=') {
			str_add(out, *var);
			return 0;
		}
	}
	return key_refuse(check, value, "not set in the caller's environment; write NAME=VALUE");
}

/* Calls fn for each word of value; stops at the first failure. */
static int each_word(const struct key_check *check, const char *value, struct str *out,
		     int (*fn)(const struct key_check *check, const char *word, struct str *out))
{
	char *copy _cleanup_free_ = str_dup(value);
	char *rest = copy, *word;

	if (!copy)
		return -ENOMEM;
	while ((word = str_next_word(&rest, BLANKS)) != NULL) {
		int ret = fn(check, word, out);

		if (ret < 0)
			return ret;
	}
	return 0;
}

static int add_word(const struct key_check *check, const char *word, struct str *out)
{
	str_addf(out, "%s%s", out->len ? " " : "", word);
	return 0;
}

static int check_words(const struct key_check *check, const char *value, struct str *out)
{
	return each_word(check, value, out, add_word);
}

static int add_capability(const struct key_check *check, const char *word, struct str *out)
{
	if (check->ref->key->type->none_resets && str_eq(word, "none")) {
		str_clear(out);
		return add_word(check, word, out);
	}
	if (caps_number(word) < 0)
		return key_refuse(check, word,
				  "not a capability; names are lower case without cap_");
	if (str_eq(str_text(out), "none"))
		str_clear(out);
	return add_word(check, word, out);
}

/* Both lists at once would contradict each other. */
static int check_caps(const struct key_check *check, const char *value, struct str *out)
{
	const char *other =
		check->ref->key->type == &key_cap_drop ? "lxc.cap.keep" : "lxc.cap.drop";

	if (check->config && config_item(check->config, other))
		return err_set(check->err, -EINVAL,
			       "%s: %s is set already, the two exclude each other",
			       check->ref->name, other);
	return each_word(check, value, out, add_capability);
}

/* The kinds named in a text, one bit a kind, in the order of the table. -EINVAL: *bad is none. */
static int namespace_bits(const char *text, unsigned *bits, char *bad, size_t bad_size)
{
	while (*text) {
		size_t n = strcspn(text, BLANKS);
		int i;

		(void)snprintf(bad, bad_size, "%.*s", (int)n, text);
		i = n > 0 ? namespace_find(bad, true) : 0;
		if (i < 0)
			return -EINVAL;
		if (n > 0)
			*bits |= 1u << i;
		text += n + (text[n] != '\0');
	}
	return 0;
}

static int check_namespaces(const struct key_check *check, const char *value, struct str *out)
{
	const char *other =
		str_ends(check->ref->name, "clone") ? "lxc.namespace.keep" : "lxc.namespace.clone";
	unsigned bits = 0;
	char word[32];

	if (check->config && config_item(check->config, other))
		return err_set(check->err, -EINVAL,
			       "%s: %s is set already, the two exclude each other",
			       check->ref->name, other);
	if (namespace_bits(value, &bits, word, sizeof(word)) < 0)
		return key_refuse(check, word, "not a namespace");
	for (unsigned i = 0; i < NAMESPACE_COUNT; i++) {
		if (bits & (1u << i))
			(void)add_word(check, namespace_kinds[i].name, out);
	}
	return 0;
}

static void print_namespaces(const struct config *config, const struct key_ref *ref,
			     struct str *out)
{
	const struct config_item *item = NULL;
	unsigned bits = 0;
	char word[32];

	while ((item = config_next(config, item, ref->name)) != NULL)
		(void)namespace_bits(item->value, &bits, word, sizeof(word));
	for (unsigned i = 0; i < NAMESPACE_COUNT; i++) {
		if (bits & (1u << i))
			str_addf(out, "%s\n", namespace_kinds[i].name);
	}
}

/* "u 0 100000 65536": kind, id inside, id on the host, how many. */
static int check_idmap(const struct key_check *check, const char *value, struct str *out)
{
	char *copy _cleanup_free_ = str_dup(value);
	char *rest = copy, *word;
	unsigned fields = 0;
	uint32_t n;

	if (!copy)
		return -ENOMEM;
	for (; (word = str_next_word(&rest, BLANKS)) != NULL; fields++) {
		if (fields == 0) {
			if (!str_eq(word, "u") && !str_eq(word, "g"))
				return key_refuse(check, value, "begins with neither u nor g");
			str_add(out, word);
			continue;
		}
		if (fields == 4 || str_to_u32(word, &n) < 0)
			break;
		str_addf(out, " %u", n);
	}
	if (word || fields != 4)
		return key_refuse(check, value, "write u or g, and three ids of 32 bits");
	return 0;
}

/* Numbers between commas, joined by commas. */
static int check_numbers(const struct key_check *check, const char *value, struct str *out)
{
	char *copy _cleanup_free_ = str_dup(value);
	char *rest = copy, *word;
	uint32_t n;

	if (!copy)
		return -ENOMEM;
	while ((word = str_next_word(&rest, ", \t")) != NULL) {
		if (str_to_u32(word, &n) < 0 ||
		    (check->ref->key->max > 0 && n > check->ref->key->max))
			return key_refuse(check, word, "not a number in range");
		str_addf(out, "%s%u", out->len ? "," : "", n);
	}
	return out->len ? 0 : key_refuse(check, value, "no number");
}

static void print_numbers(const struct config *config, const struct key_ref *ref, struct str *out)
{
	const struct config_item *item = NULL;
	size_t start = out->len;

	while ((item = config_next(config, item, ref->name)) != NULL)
		str_addf(out, "%s%s", out->len > start ? "," : "", item->value);
}

static int check_vlan(const struct key_check *check, const char *value, struct str *out)
{
	uint32_t n;

	if (str_eq(value, "none")) {
		str_add(out, value);
		return 0;
	}
	if (str_to_u32(value, &n) < 0 || n > check->ref->key->max)
		return key_refuse(check, value, "write none or a number up to 4095");
	str_addf(out, "%u", n);
	return 0;
}

static void print_vlan(const struct config *config, const struct key_ref *ref, struct str *out)
{
	const char *value = config_str(config, ref->name);

	str_add(out, !value ? "" : str_eq(value, "none") ? "-1" : value);
}

void key_print_lines(const struct config *config, const struct key_ref *ref, struct str *out)
{
	const struct config_item *item = NULL;

	while ((item = config_next(config, item, ref->name)) != NULL)
		str_addf(out, "%s\n", item->value);
}

void key_print_joined(const struct config *config, const struct key_ref *ref, struct str *out)
{
	const struct config_item *item = NULL;
	size_t start = out->len;

	while ((item = config_next(config, item, ref->name)) != NULL)
		str_addf(out, "%s%s", out->len > start ? "\n" : "", item->value);
}

void key_print_words(const struct config *config, const struct key_ref *ref, struct str *out)
{
	const struct config_item *item = NULL;

	while ((item = config_next(config, item, ref->name)) != NULL) {
		for (const char *at = item->value; *at;) {
			size_t n = strcspn(at, " ");

			str_add_n(out, at, n);
			str_add(out, "\n");
			at += n + (at[n] == ' ');
		}
	}
}

/* clang-format off */
const struct key_type key_lines = { .name = "list of texts", .keep = KEEP_MANY, .check = check_lines,
	.print = key_print_lines };
const struct key_type key_environment = { .name = "list of variables", .keep = KEEP_MANY, .check = check_environment,
	.print = key_print_lines };
const struct key_type key_words = { .name = "list of words", .keep = KEEP_MANY, .check = check_words,
	.print = key_print_words };
const struct key_type key_cap_drop = { .name = "list of capabilities", .keep = KEEP_MANY, .check = check_caps,
	.print = key_print_words };
const struct key_type key_cap_keep = { .name = "list of capabilities", .keep = KEEP_MANY, .none_resets = true,
	.check = check_caps, .print = key_print_words };
const struct key_type key_namespaces = { .name = "list of namespaces", .keep = KEEP_MANY, .check = check_namespaces,
	.print = print_namespaces };
const struct key_type key_idmap = { .name = "list of id ranges", .keep = KEEP_MANY, .check = check_idmap,
	.print = key_print_joined };
const struct key_type key_gids = { .name = "list of ids", .keep = KEEP_MANY, .check = check_numbers,
	.print = print_numbers };
const struct key_type key_vlan_list = { .name = "list of vlans", .keep = KEEP_MANY, .check = check_numbers,
	.print = print_numbers };
const struct key_type key_vlan = { .name = "vlan", .check = check_vlan, .print = print_vlan };
/* clang-format on */
