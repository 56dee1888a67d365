/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/storage/template.h"

#include "core/base/str.h"
#include "paths.h"

#include <errno.h>
#include <sha1.h>

static void add_checksum(struct str *out, const struct str *template)
{
	char hex[SHA1_DIGEST_STRING_LENGTH];
	SHA1_CTX sha1;

	SHA1Init(&sha1);
	SHA1Update(&sha1, (const uint8_t *)str_text(template), template->len);
	SHA1End(&sha1, hex);
	str_addf(out, "# Template script checksum (SHA-1): %s\n", hex);
}

int template_header(struct sys *sys, const struct storage_create_args *args, struct str *out,
		    struct err *err)
{
	_cleanup_str_ struct str template = { 0 };
	int ret = io_read_all(sys, AT_FDCWD, args->template_path, &template);

	if (ret < 0)
		return err_sys(err, ret, "read template %s", args->template_path);
	str_addf(out, "# Template used to create this container: %s\n", args->template_path);
	str_add(out, "# Parameters passed to the template:");
	for (char *const *arg = args->template_args; arg && *arg; arg++) {
		str_add(out, " ");
		/* A newline would end the comment and begin a line of configuration. */
		for (const char *p = *arg; *p; p++)
			str_add_n(out, *p == '\n' || *p == '\r' ? " " : p, 1);
	}
	str_add(out, "\n");
	add_checksum(out, &template);
	str_add(out, "# For additional config options, please look at lxc.container.conf(5)\n\n"
		     "# Uncomment the following line to support nesting containers:\n"
		     "#lxc.include = " PATH_TEMPLATE_CONFIG "/nesting.conf\n"
		     "# (Be aware this has security implications)\n\n");
	return str_ok(out) ? 0 : err_sys(err, -ENOMEM, "describe template %s", args->template_path);
}
