/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/anon: the one mount of things without a name. Private to the vfs half.
 */
#ifndef SYS_FAKE_ANON_H
#define SYS_FAKE_ANON_H

#include "sys/fake/vfs.h"

struct mount *anon_create(struct fake *fake); /* a reference */

#endif
