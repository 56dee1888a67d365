/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * storage/template: the program that fills a new root file system. Private to storage.
 *
 * Protocol: TEMPLATE --path=DIR --name=NAME --rootfs=ROOTFS [user arguments]; status 0 is success.
 */
#ifndef STORAGE_TEMPLATE_H
#define STORAGE_TEMPLATE_H

#include "core/storage/storage.h"

/* Runs it and waits. 0; -EINVAL: it failed (err has the status); or -errno. */
int template_run(struct sys *sys, const struct storage_create_args *args, const char *rootfs, struct err *err);

/* Puts the comment about the template before the text of the configuration file, atomically. 0 or -errno. */
int template_header(struct sys *sys, const struct storage_create_args *args, const char *config_path,
		    struct err *err);

#endif
