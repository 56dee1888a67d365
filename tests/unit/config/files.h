/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A temporary directory of a test program, and small files in it. Static: one directory a program.
 */
#ifndef TESTS_CONFIG_FILES_H
#define TESTS_CONFIG_FILES_H

#include "core/base/str.h"

#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char files_dir[] = "/tmp/lxc-config-XXXXXX";
static char files_path_text[PATH_MAX];

/* Valid until the next call. */
static inline const char *files_path(const char *name)
{
	(void)snprintf(files_path_text, sizeof(files_path_text), "%s/%s", files_dir, name);
	return files_path_text;
}

static inline void files_write(const char *name, const char *text, size_t len)
{
	FILE *file = fopen(files_path(name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static inline void files_read(const char *path, struct str *out)
{
	FILE *file = fopen(path, "r");
	char buf[4096];
	size_t n;

	if (!file)
		fail_msg("cannot open %s", path);
	while ((n = fread(buf, 1, sizeof(buf), file)) > 0)
		str_add_n(out, buf, n);
	(void)fclose(file);
}

static inline int files_make(void **state)
{
	return mkdtemp(files_dir) ? 0 : -1;
}

static inline int files_unlink(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	return remove(path);
}

static inline int files_remove(void **state)
{
	return nftw(files_dir, files_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
