/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as a configuration file, and as a serialised configuration. What was accepted must
 * survive its own canonical form; the getters, lists and the clearing of all that was set must not
 * break. Reads no files: there is no world.
 */
#include "core/config/config.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_serial(const struct config *config)
{
	_cleanup_config_ struct config *parsed = config_create();
	_cleanup_str_ struct str a = { 0 }, b = { 0 };
	struct err err = { 0 };

	assert(config_serialise(config, &a) == 0);
	assert(config_parse_serial(parsed, a.s, a.len, &err) == 0);
	assert(config_serialise(parsed, &b) == 0);
	assert(a.len == b.len && memcmp(a.s, b.s, a.len) == 0);
}

static void read_everything(struct config *config)
{
	_cleanup_str_ struct str out = { 0 };
	const struct config_item *item = NULL;

	while ((item = config_next(config, item, "lxc.")) != NULL) {
		assert(item->value[0] != '\0');
		assert(config_get(config, item->name, &out) == 0);
		(void)config_int(config, item->name, 0);
		(void)config_keys(config, item->name, &out);
	}
	(void)config_unsupported(config);
}

static void clear_everything(struct config *config)
{
	const struct config_item *item;

	assert(config_clear_item(config, "lxc.net", NULL) == 0);
	while ((item = config_next(config, NULL, "lxc.")) != NULL) {
		char *name _cleanup_free_ = str_dup(item->name);

		assert(config_clear_item(config, name, NULL) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const environment[] = { "NAME=value", NULL };
	_cleanup_config_ struct config *config = config_create();
	_cleanup_config_ struct config *serial = config_create();
	struct err err = { 0 };
	char words[1024];
	int ret;

	config_set_environment(config, environment);
	ret = config_load_text(config, NULL, "fuzz", (const char *)data, size, &err);
	assert((ret < 0) == err_is(&err));
	(void)err_render(&err, words, sizeof(words));
	check_serial(config);
	read_everything(config);
	clear_everything(config);
	if (config_parse_serial(serial, data, size, NULL) == 0)
		check_serial(serial);
	return 0;
}
