/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A table of lines for a network (net_words.h) and what each must say, for the model kernel.
 */
#ifndef TESTS_UNIT_SYS_NET_ROWS_H
#define TESTS_UNIT_SYS_NET_ROWS_H

#include "fake_test.h"
#include "net_words.h"

struct net_row {
	const char *line, *result; /* NULL line: the end */
};

static inline void net_say(struct net_words *net, const char *line, const char *result)
{
	_cleanup_str_ struct str out = { 0 };

	net_words_run(net, line, &out);
	if (out.len && out.s[out.len - 1] == '\n')
		out.s[--out.len] = '\0';
	if (!str_eq(str_text(&out), result))
		fail_msg("%s: %s, expected %s", line, str_text(&out), result);
}

static inline void net_check(struct fake *fake, const struct net_row *rows)
{
	struct net_words net;

	assert_int_equal(net_words_begin(&net, fake_sys(fake)), 0);
	for (; rows->line; rows++)
		net_say(&net, rows->line, rows->result);
	net_words_end(&net);
}

#endif
