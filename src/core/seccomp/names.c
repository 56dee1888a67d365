/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of calls that lie near an unknown one. */
#include "core/seccomp/parser.h"

#define SHOWN 3	    /* names in a remark */
#define FAR 3	    /* changes that make a name another one */
#define BEFORE 64   /* numbers before that of read */
#define BEHIND 1024 /* and from it on: where an architecture's numbers lie */

static bool name_add(struct parser *parser, char *name)
{
	for (size_t i = 0; i < parser->names.count; i++) {
		if (!str_eq(*vec_at(&parser->names, char *, i), name))
			continue;
		free(name);
		return true;
	}
	if (vec_add(&parser->names, &name))
		return true;
	free(name);
	return false;
}

/* The library cannot list names, but say what a number is called. */
static void names_collect(struct parser *parser)
{
	const struct seccomp_host *host = parser->profile->host;

	for (size_t i = 0; i < host->arch_count; i++) {
		int first = filter_call(host->archs[i], "read");

		for (int number = first > BEFORE ? first - BEFORE : 0; number < first + BEHIND;
		     number++) {
			char *name = filter_call_name(host->archs[i], number);

			if (name && !name_add(parser, name))
				parser->failed = true;
		}
	}
}

void names_suggest(struct parser *parser, const char *name, struct str *out)
{
	unsigned far = (unsigned)strlen(name) / 3, shown = 0;

	if (strlen(name) > STR_DISTANCE_MAX)
		return;
	if (parser->names.count == 0)
		names_collect(parser);
	far = far < 1 ? 1 : far > FAR ? FAR : far;
	for (unsigned distance = 0; distance <= far && shown == 0; distance++) {
		for (size_t i = 0; i < parser->names.count && shown < SHOWN; i++) {
			const char *known = *vec_at(&parser->names, char *, i);

			if (strlen(known) > STR_DISTANCE_MAX ||
			    str_distance(name, known) != distance)
				continue;
			str_addf(out, "%s%s", shown++ ? " or " : "; did you mean ", known);
		}
	}
	if (shown)
		str_add(out, "?");
}
