/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan/serial: the request of a start and its configuration as bytes, carried by the image for
 * later lives.
 *
 * Private to the room. Only lxc-plan reads it, from an image that plan_check has accepted.
 */
#ifndef PLAN_SERIAL_H
#define PLAN_SERIAL_H

#include "core/config/config.h"
#include "core/io/io.h"
#include "core/plan/plan.h"

/* Adds the bytes to *out. 0 or -errno. config_file may be NULL. */
int serial_write(const struct config *config, const struct plan_request *request,
		 const char *config_file, struct str *out);

/* A request read back; its pointers lead into the serial bytes and the tables here. */
struct serial_request {
	struct plan_request request;
	enum log_level log_level;
	char **argv, **envp; /* owned tables */
};
void serial_request_finish(struct serial_request *request);
#define _cleanup_serial_request_ _cleanup_(serial_request_finish)

/* 0; -EINVAL: malformed; -ENOMEM. The configuration is added to the empty *config. */
int serial_read(const void *bytes, size_t len, struct serial_request *out, struct config *config,
		struct err *err);

#endif
