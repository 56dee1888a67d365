/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tools/help: --help and --usage, made from the tables of options. Both go to standard error, as every release has it. */
#ifndef TOOLS_HELP_H
#define TOOLS_HELP_H

#include "tools/tool.h"

void help_print(const struct tool_spec *spec, const struct tool_option *common);
void help_print_usage(const struct tool_spec *spec, const struct tool_option *common);

#endif
