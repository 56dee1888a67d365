/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "downstream.h"

int main(void)
{
	static const struct {
		const char *name;
		void (*part)(void);
	} parts[] = {
		{ "another project parses a configuration", parse_a_configuration },
		{ "another project compiles a profile of system calls", filter_system_calls },
		{ "another project keeps the last bytes of a console", keep_the_last_bytes },
		{ "another project finds out the layout of cgroups on a model host",
		  look_at_cgroups },
		{ "another project prints a plan", print_a_plan },
		{ "another project starts a container on a model host", live_a_life },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		parts[i].part();
		printf("ok - %s\n", parts[i].name);
		fflush(stdout);
	}
	return 0;
}
