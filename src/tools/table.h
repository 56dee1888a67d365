/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tools/table: the table of lxc-ls: columns by name, cells row by row, each column as wide as its widest cell. */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

#include "core/base/vec.h"

#include <stdio.h>

enum table_column {
	TABLE_NAME,
	TABLE_STATE,
	TABLE_PID,
	TABLE_RAM,
	TABLE_SWAP,
	TABLE_AUTOSTART,
	TABLE_GROUPS,
	TABLE_INTERFACE,
	TABLE_IPV4,
	TABLE_IPV6,
	TABLE_UNPRIVILEGED,
	TABLE_COLUMN_COUNT,
};

struct table {
	const enum table_column *columns;
	size_t width;     /* columns */
	struct vec cells; /* char *, owned */
};

/* "NAME, STATE" in any case (NULL: the default columns): their count, or -EINVAL with *bad the unknown word (static buffer
   of the text itself). */
int table_columns(const char *text, enum table_column columns[TABLE_COLUMN_COUNT], const char **bad);
void table_init(struct table *table, const enum table_column *columns, size_t width);
/* Takes text. 0 or -ENOMEM. */
int table_add(struct table *table, char *text);
/* Header and rows; nothing for a table without rows. */
void table_print(const struct table *table, FILE *out);
void table_finish(struct table *table);

#endif
