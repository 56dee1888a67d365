/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * storage/template: what a configuration says about the program that filled the root file system. Private to storage.
 */
#ifndef STORAGE_TEMPLATE_H
#define STORAGE_TEMPLATE_H

#include "core/storage/storage.h"

/*
 * Adds the comment about the template to *out: its path, its arguments, the checksum of its file, which is read. 0 or -errno.
 */
int template_header(struct sys *sys, const struct storage_create_args *args, struct str *out, struct err *err);

#endif
