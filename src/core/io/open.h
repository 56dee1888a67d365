/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* io/open: what io_open stands on where there is no openat2. Private to io. */
#ifndef IO_OPEN_H
#define IO_OPEN_H

#include "core/io/io.h"

/*
 * As io_open. With a resolve rule no symbolic link is followed (-ELOOP), also where the rule would let it: except with
 * RESOLVE_NO_XDEV alone, where one is followed that ends on the same mount. [child]
 */
int open_old(struct sys *sys, int dirfd, const char *path, uint64_t flags, mode_t mode, uint64_t resolve);

#endif
