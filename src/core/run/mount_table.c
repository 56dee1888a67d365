/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc.mount.fstab: read when its turn comes, since a hook may have written it (start.md 2.7). */
#include "core/run/steps.h"

#include <errno.h>
int child_mount_table(struct child *child, const struct step *step, struct note *note)
{
	return -EOPNOTSUPP;
}
