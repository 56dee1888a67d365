/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A directory of a test's own on the real kernel, as any user: made by scratch_setup, removed by
 * scratch_teardown.
 */
#ifndef TESTS_IO_SCRATCH_H
#define TESTS_IO_SCRATCH_H

#include "core/io/io.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct scratch {
	struct sys *sys;
	struct fd dir;
	char path[32];
};

static inline int scratch_setup(void **state)
{
	struct scratch *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->sys = sys_linux();
	strcpy(s->path, "/tmp/io-test-XXXXXX");
	assert_non_null(mkdtemp(s->path));
	s->dir = fd_of(s->sys, io_open(s->sys, AT_FDCWD, s->path, O_PATH | O_DIRECTORY, 0, 0));
	assert_true(fd_is_open(&s->dir));
	*state = s;
	return 0;
}

static inline int scratch_teardown(void **state)
{
	struct scratch *s = *state;
	int ret = io_remove_tree(s->sys, AT_FDCWD, s->path);

	fd_finish(&s->dir);
	free(s);
	return ret;
}

/* Names in the scratch directory, joined by blanks; free() it. */
static inline char *scratch_names(struct scratch *s, const char *path)
{
	_cleanup_str_ struct str names = { 0 };
	size_t count = 0;

	assert_int_equal(io_list_dir(s->sys, s->dir.n, path, &names, &count), 0);
	for (size_t i = 0; i + 1 < names.len; i++)
		if (names.s[i] == '\0')
			names.s[i] = ' ';
	return str_dup(str_text(&names));
}

static inline void scratch_write(struct scratch *s, const char *path, const char *text)
{
	int fd = io_open(s->sys, s->dir.n, path, O_WRONLY | O_CREAT | O_TRUNC, 0644, 0);

	assert_true(fd >= 0);
	assert_int_equal(io_write_full(s->sys, fd, text, strlen(text)), 0);
	assert_int_equal(sys_close(s->sys, fd), 0);
}

#endif
