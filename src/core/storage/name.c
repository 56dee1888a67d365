/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/storage/storage.h"

#include "core/base/str.h"

#include <errno.h>

int storage_check_name(const char *name, struct err *err)
{
	if (!name || !*name)
		return err_set(err, -EINVAL, "the container name is empty");
	if (str_eq(name, ".") || str_eq(name, ".."))
		return err_set(err, -EINVAL, "\"%s\" is not a container name", name);
	if (strchr(name, '/'))
		return err_set(err, -EINVAL,
			       "\"%.100s\" is not a container name: it contains a slash", name);
	if (strlen(name) > 255)
		return err_set(err, -EINVAL,
			       "the container name \"%.20s...\" is longer than 255 bytes", name);
	for (const char *at = name; *at; at++) {
		/* A newline would begin a line of configuration. */
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return err_set(err, -EINVAL, "a container name has no control characters");
	}
	return 0;
}
