/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tools/table.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static const char *const names[TABLE_COLUMN_COUNT] = {
	[TABLE_NAME] = "NAME",	       [TABLE_STATE] = "STATE",	  [TABLE_PID] = "PID",
	[TABLE_RAM] = "RAM",	       [TABLE_SWAP] = "SWAP",	  [TABLE_AUTOSTART] = "AUTOSTART",
	[TABLE_GROUPS] = "GROUPS",     [TABLE_INTERFACE] = "INTERFACE", [TABLE_IPV4] = "IPV4",
	[TABLE_IPV6] = "IPV6",	       [TABLE_UNPRIVILEGED] = "UNPRIVILEGED",
};

static int find(const char *word, size_t len)
{
	for (int i = 0; i < TABLE_COLUMN_COUNT; i++) {
		if (strlen(names[i]) == len && strncasecmp(names[i], word, len) == 0)
			return i;
	}
	return -EINVAL;
}

int table_columns(const char *text, enum table_column columns[TABLE_COLUMN_COUNT], const char **bad)
{
	int count = 0;

	if (!text)
		text = "NAME,STATE,AUTOSTART,GROUPS,IPV4,IPV6,UNPRIVILEGED";
	for (;;) {
		size_t len, trimmed;
		int column;

		text += strspn(text, " \t");
		len = trimmed = strcspn(text, ",");
		while (trimmed > 0 && (text[trimmed - 1] == ' ' || text[trimmed - 1] == '\t'))
			trimmed--;
		column = find(text, trimmed);
		if (column < 0 || count == TABLE_COLUMN_COUNT) {
			*bad = text;
			return -EINVAL;
		}
		columns[count++] = (enum table_column)column;
		if (!text[len])
			return count;
		text += len + 1;
	}
}

void table_init(struct table *table, const enum table_column *columns, size_t width)
{
	*table = (struct table){ .columns = columns, .width = width, .cells = VEC_OF(char *) };
}

int table_add(struct table *table, char *text)
{
	if (text && vec_add(&table->cells, &text))
		return 0;
	free(text);
	return -ENOMEM;
}

void table_print(const struct table *table, FILE *out)
{
	size_t widths[TABLE_COLUMN_COUNT];

	if (table->cells.count == 0)
		return;
	for (size_t j = 0; j < table->width; j++) {
		widths[j] = strlen(names[table->columns[j]]);
		for (size_t i = j; i < table->cells.count; i += table->width) {
			size_t len = strlen(*vec_at(&table->cells, char *, i));

			widths[j] = len > widths[j] ? len : widths[j];
		}
	}
	for (size_t j = 0; j < table->width; j++)
		fprintf(out, "%-*s ", (int)widths[j], names[table->columns[j]]);
	fprintf(out, "\n");
	for (size_t i = 0; i < table->cells.count; i++) {
		fprintf(out, "%-*s ", (int)widths[i % table->width], *vec_at(&table->cells, char *, i));
		if ((i + 1) % table->width == 0)
			fprintf(out, "\n");
	}
}

void table_finish(struct table *table)
{
	for (size_t i = 0; i < table->cells.count; i++)
		free(*vec_at(&table->cells, char *, i));
	vec_finish(&table->cells);
}
