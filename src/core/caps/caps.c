/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/caps/caps.h"

#include "core/base/cleanup.h"
#include "core/base/str.h"

#include <errno.h>

static const char *const names[] = {
	"chown",	    "dac_override",   "dac_read_search", "fowner",	  "fsetid",
	"kill",		    "setgid",	      "setuid",		 "setpcap",	  "linux_immutable",
	"net_bind_service", "net_broadcast",  "net_admin",	 "net_raw",	  "ipc_lock",
	"ipc_owner",	    "sys_module",     "sys_rawio",	 "sys_chroot",	  "sys_ptrace",
	"sys_pacct",	    "sys_admin",      "sys_boot",	 "sys_nice",	  "sys_resource",
	"sys_time",	    "sys_tty_config", "mknod",		 "lease",	  "audit_write",
	"audit_control",    "setfcap",	      "mac_override",	 "mac_admin",	  "syslog",
	"wake_alarm",	    "block_suspend",  "audit_read",	 "perfmon",	  "bpf",
	"checkpoint_restore",
};

int caps_number(const char *name)
{
	uint64_t number = 0;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (str_eq(names[i], name))
			return (int)i;
	}
	if (str_to_decimal(name, &number) < 0 || number > 63)
		return -EINVAL;
	return (int)number;
}

const char *caps_name(unsigned number)
{
	return number < ARRAY_LEN(names) ? names[number] : NULL;
}
