/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "downstream.h"

#include "core/config/config.h"

#include <errno.h>

void parse_a_configuration(void)
{
	static const char good[] = "lxc.uts.name = web\n"
				   "lxc.console.buffer.size = auto\n";
	static const char bad[] = "\nlxc.utsname = web\n";
	_cleanup_config_ struct config *config = config_create();
	_cleanup_str_ struct str value = { 0 };
	struct err err = { 0 };
	char text[1024];

	assert(config);
	assert(config_load_text(config, NULL, "web.conf", good, strlen(good), &err) == 0);
	assert(config_get(config, "lxc.uts.name", &value) == 0);
	assert(str_eq(str_text(&value), "web"));
	assert(config_int(config, "lxc.console.buffer.size", 0) == 131072);

	assert(config_load_text(config, NULL, "web.conf", bad, strlen(bad), &err) == -EINVAL);
	assert(err.line == 2);
	err_render(&err, text, sizeof(text));
	printf("# %.*s\n", (int)strcspn(text, "\n"), text);
}
