/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * plan/build: makes an image, piece by piece.
 *
 * Owns its memory until plan_build hands the image over. Equal texts are stored once. Out of memory
 * is sticky: adding goes on into nowhere, plan_build tells. The same calls in the same order give
 * the same bytes.
 */
#ifndef PLAN_BUILD_H
#define PLAN_BUILD_H

#include "core/base/vec.h"
#include "core/plan/plan.h"

struct plan_builder {
	struct plan head; /* flags, name, lxcpath, ns_flags, ... are set directly */
	struct vec steps, origins, items;
	struct vec texts; /* what is in strings already */
	struct str strings, serial;
	struct step scratch;  /* taken when memory is out */
	uint32_t origin;      /* of the steps that come */
	enum chapter chapter; /* CHAPTER_COUNT: none */
	bool failed;
};

void plan_builder_init(struct plan_builder *b);
void plan_builder_finish(struct plan_builder *b);
#define _cleanup_plan_builder_ _cleanup_(plan_builder_finish)

/* Offset of a text; NULL and "" give 0. */
uint32_t plan_add_str(struct plan_builder *b, const char *text);
uint32_t plan_add_strf(struct plan_builder *b, const char *fmt, ...) _printf_(2, 3);
/* Offset of a vector: strings one after another, each with its NUL (len counts them all). 0 for
 * none. */
uint32_t plan_add_vec(struct plan_builder *b, const char *strings, size_t len);
/* The same from pointers. */
uint32_t plan_add_strv(struct plan_builder *b, const char *const *strv, size_t count);

/* Who asks for the steps that come. file NULL: a built-in rule (text: its name) or, with a text
 * "key = value", the API. */
void plan_set_origin(struct plan_builder *b, const char *file, uint32_t line, const char *text);
static inline void plan_set_rule(struct plan_builder *b, const char *rule)
{
	plan_set_origin(b, NULL, 0, rule);
}

/* Steps go to this chapter from now on; each chapter is begun once. */
void plan_begin(struct plan_builder *b, enum chapter chapter);
/* A new step of the chapter, zeroed but kind and origin. Never NULL; valid until the next one is
 * added. */
struct step *plan_add_step(struct plan_builder *b, enum step_kind kind);
void plan_add_item(struct plan_builder *b, const char *name, const char *value);

/* The image, malloc'ed, accepted by plan_check. 0, -ENOMEM, -E2BIG: too large. The builder is still
 * to be finished. */
int plan_build(struct plan_builder *b, struct plan **image_out);

#endif
