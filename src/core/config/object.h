/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * config/object: the object behind struct config: settings in effect and stored text. Private to the room.
 */
#ifndef CONFIG_OBJECT_H
#define CONFIG_OBJECT_H

#include "core/base/vec.h"
#include "core/config/key.h"

struct config {
	struct vec items; /* of struct config_item; name and value owned */
	struct vec files; /* of char *, owned: the files that origins name */
	struct str text;
	const char *file; /* first file loaded, in files */
	const char *const *envp;
	unsigned depth;   /* files being read, each included by the one before */
};

static inline struct config_item *object_item(const struct config *config, size_t i)
{
	return vec_at(&config->items, struct config_item, i);
}

/* A copy of a file name that lives as long as the config; NULL for NULL, or out of memory. */
const char *object_file(struct config *config, const char *file);

/* Adds a checked setting, or replaces it if its type keeps one. Copies the texts. 0 or -ENOMEM. */
int object_put(struct config *config, const struct key_ref *ref, const char *value, struct config_origin origin);
/* Takes out what the target covers. */
void object_drop(struct config *config, const struct key_ref *target);

/*
 * Sets or clears a name: what a line of a file and a call of the API have in common; the stored text is not touched.
 * normal: gets the value as it was stored, "" when cleared. 0 or -errno, err filled.
 */
int object_apply(struct config *config, struct sys *sys, const char *name, const char *value,
		 struct config_origin origin, struct str *normal, struct err *err);

/* Reads a file or directory that lxc.include names. 0 or -errno, err filled. */
int object_include(struct config *config, struct sys *sys, const char *path, struct err *err);

/* --- the stored text --- */
void text_add_line(struct str *text, const char *line, size_t len);
/* Takes out all lines that set what the target covers. 0 or -ENOMEM. */
int text_drop(struct str *text, const struct key_ref *target);

/* --- lines --- */
enum line_kind { LINE_EMPTY, LINE_COMMENT, LINE_FOREIGN, LINE_SETTING, LINE_BAD };
struct line {
	enum line_kind kind;
	const char *key, *value; /* inside the line, not terminated */
	size_t key_len, value_len;
};
/* Takes a line without its end apart. LINE_BAD: begins like a setting and has no '='; key is its first word then. */
struct line line_parse(const char *text, size_t len);
/* The length of the first line of a text; *next: where the following one begins. Ends: LF, CR, CRLF. */
size_t line_end(const char *text, size_t len, size_t *next);

#endif
