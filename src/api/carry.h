/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * api/carry: the bytes of the helper programs inside the library. Private to api; fakehost brings its own carried_bytes().
 */
#ifndef API_CARRY_H
#define API_CARRY_H

#include "api/api.h"

/* The program's file as it was built; static. */
const char *carried_bytes(enum carried which, size_t *len);

#endif
