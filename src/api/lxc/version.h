/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which release of the LXC API this is. Clients decide at compile time by these which members exist. */
#ifndef LXC_VERSION_H
#define LXC_VERSION_H

#define LXC_DEVEL 0
#define LXC_VERSION_MAJOR 3
#define LXC_VERSION_MINOR 0
#define LXC_VERSION_MICRO 0
#define LXC_VERSION_ABI "1.4.0"
#define LXC_VERSION "3.0.0"

#endif
