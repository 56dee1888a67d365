/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan as text and as JSON. */
#include "core/plan/image.h"

#include <errno.h>
#include <string.h>

/* How many columns before the origin. */
#define ORIGIN_COLUMN 64

/* A word as it can be read back: quoted when it is empty or has blanks, quotes or control
 * characters. */
static void add_word(struct str *out, const char *word)
{
	bool plain = word[0] != '\0';

	for (const char *c = word; *c && plain; c++)
		plain = (unsigned char)*c > ' ' && *c != '"' && *c != '\\' &&
			(unsigned char)*c != 0x7f && *c != '#';
	if (plain) {
		str_add(out, word);
		return;
	}
	str_add(out, "\"");
	for (const char *c = word; *c; c++) {
		if (*c == '"' || *c == '\\')
			str_addf(out, "\\%c", *c);
		else if ((unsigned char)*c < ' ' || (unsigned char)*c == 0x7f)
			str_addf(out, "\\x%02x", (unsigned char)*c);
		else
			str_add_n(out, c, 1);
	}
	str_add(out, "\"");
}

static uint32_t vec_count(const struct step *step, int str)
{
	int count = step_vec_count(step->kind, str);

	return count < 0 ? 0 : (uint32_t)step->num[count];
}

/* A zero says something for these, for others it says "not asked for". */
static bool zero_tells(const char *name, enum number_kind kind)
{
	return kind == NUMBER_STATE || kind == NUMBER_CAPS || kind == NUMBER_LIMIT ||
	       str_eq(name, "minor") || str_eq(name, "uid") || str_eq(name, "gid") ||
	       str_eq(name, "hierarchy");
}

static void add_text_args(struct str *out, const struct plan *plan, const struct step *step)
{
	const struct step_form *form = step_form(step->kind);
	char buf[1024];

	for (int i = 0; i < STEP_ARGS; i++) {
		const char *text = step_str(plan, step, i);

		if (!step_arg_used(form->str_names[i]))
			continue;
		if (step_vec_count(step->kind, i) < 0) {
			if (text[0]) {
				str_addf(out, " %s=", form->str_names[i]);
				add_word(out, text);
			}
			continue;
		}
		str_addf(out, " %s=[", form->str_names[i]);
		for (uint32_t k = 0; k < vec_count(step, i); k++, text += strlen(text) + 1) {
			str_add(out, k ? " " : "");
			add_word(out, text);
		}
		str_add(out, "]");
	}
	for (int i = 0; i < STEP_ARGS; i++) {
		enum number_kind kind = step_number_kind(step->kind, i);

		if (!step_arg_used(form->num_names[i]))
			continue;
		if (step->num[i] == 0 && !zero_tells(form->num_names[i], kind))
			continue;
		if (str_starts(form->num_names[i], "argc") ||
		    str_starts(form->num_names[i], "envc") ||
		    str_starts(form->num_names[i], "count"))
			continue;
		(void)step_number(kind, step->num[i], buf, sizeof(buf));
		str_addf(out, " %s=", form->num_names[i]);
		add_word(out, buf);
	}
}

static void add_text_origin(struct str *out, const struct plan *plan, const struct step *step,
			    size_t begin)
{
	const struct plan_origin *origin = plan_origin(plan, step);
	const char *file = plan_str(plan, origin->file);
	const char *text = plan_str(plan, origin->text);

	if (step->origin == 0)
		return;
	do
		str_add(out, " ");
	while (str_ok(out) && out->len - begin < ORIGIN_COLUMN);
	if (file[0])
		str_addf(out, " # %s:%u %s", file, origin->line, text);
	else if (strchr(text, '='))
		str_addf(out, " # %s", text);
	else
		str_addf(out, " # rule %s", text);
}

int plan_print(const struct plan *plan, struct str *out)
{
	char buf[512];

	str_addf(out, "plan %s", plan_str(plan, plan->name));
	(void)step_number(NUMBER_CLONE, (int64_t)plan->ns_flags, buf, sizeof(buf));
	str_addf(out, "\nlxcpath %s\nnamespaces %s\n", plan_str(plan, plan->lxcpath), buf);
	str_addf(out, "flags%s%s%s%s\n", plan->flags & PLAN_DAEMON ? " daemon" : " foreground",
		 plan->flags & PLAN_USE_INIT ? " use_init" : "",
		 plan->flags & PLAN_HAS_PRE_START ? " has_pre_start" : "",
		 plan->flags & PLAN_NO_BODY ? " no_body" : "");
	str_addf(out, "signals halt=%d reboot=%d stop=%d\n", plan->signal_halt, plan->signal_reboot,
		 plan->signal_stop);
	for (int chapter = 0; chapter < CHAPTER_COUNT; chapter++) {
		uint32_t count = plan_step_count(plan, (enum chapter)chapter);

		if (count)
			str_addf(out, "\n%s:\n", chapter_name((enum chapter)chapter));
		for (uint32_t i = 0; i < count; i++) {
			const struct step *step = plan_step(plan, (enum chapter)chapter, i);
			size_t begin = out->len;

			str_addf(out, "  %s", step_kind_name((enum step_kind)step->kind));
			add_text_args(out, plan, step);
			add_text_origin(out, plan, step, begin);
			str_add(out, "\n");
		}
	}
	return str_ok(out) ? 0 : -ENOMEM;
}

/* --- JSON --- */

/* Length of the UTF-8 character at text, 0: not well-formed (RFC 3629). */
static size_t utf8_length(const unsigned char *text)
{
	size_t n = text[0] < 0x80		       ? 1
		   : text[0] >= 0xc2 && text[0] < 0xe0 ? 2
		   : (text[0] & 0xf0) == 0xe0	       ? 3
						       : 4;

	if (n == 1)
		return 1;
	if (text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
	    (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;
	return n;
}

/* JSON is Unicode: bytes that are no UTF-8 become U+FFFD. */
static void json_str(struct str *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	str_add(out, "\"");
	while (*at) {
		size_t n = utf8_length(at);

		if (*at == '"' || *at == '\\')
			str_addf(out, "\\%c", *at);
		else if (*at < ' ' || *at == 0x7f)
			str_addf(out, "\\u%04x", *at);
		else if (n == 0)
			str_add(out, "\\ufffd");
		else
			str_add_n(out, at, n);
		at += n ? n : 1;
	}
	str_add(out, "\"");
}

static void json_args(struct str *out, const struct plan *plan, const struct step *step)
{
	const struct step_form *form = step_form(step->kind);
	char buf[1024];

	for (int i = 0; i < STEP_ARGS; i++) {
		const char *text = step_str(plan, step, i);

		if (!step_arg_used(form->str_names[i]))
			continue;
		str_addf(out, ", \"%s\": ", form->str_names[i]);
		if (step_vec_count(step->kind, i) < 0) {
			json_str(out, text);
			continue;
		}
		str_add(out, "[");
		for (uint32_t k = 0; k < vec_count(step, i); k++, text += strlen(text) + 1) {
			str_add(out, k ? ", " : "");
			json_str(out, text);
		}
		str_add(out, "]");
	}
	for (int i = 0; i < STEP_ARGS; i++) {
		enum number_kind kind = step_number_kind(step->kind, i);

		if (!step_arg_used(form->num_names[i]))
			continue;
		str_addf(out, ", \"%s\": %lld", form->num_names[i], (long long)step->num[i]);
		if (kind == NUMBER_PLAIN)
			continue;
		(void)step_number(kind, step->num[i], buf, sizeof(buf));
		str_addf(out, ", \"%s_text\": ", form->num_names[i]);
		json_str(out, buf);
	}
}

static void json_step(struct str *out, const struct plan *plan, const struct step *step)
{
	const struct plan_origin *origin = plan_origin(plan, step);
	char words[1024];

	str_addf(out, "{\"kind\": \"%s\", \"words\": ", step_kind_name((enum step_kind)step->kind));
	(void)step_words(plan, step, words, sizeof(words));
	json_str(out, words);
	json_args(out, plan, step);
	if (step->rank)
		str_addf(out, ", \"rank\": %u", step->rank);
	if (step->origin) {
		str_add(out, ", \"origin\": {\"file\": ");
		json_str(out, plan_str(plan, origin->file));
		str_addf(out, ", \"line\": %u, \"text\": ", origin->line);
		json_str(out, plan_str(plan, origin->text));
		str_add(out, "}");
	}
	str_add(out, "}");
}

int plan_print_json(const struct plan *plan, struct str *out)
{
	const char *between = "";

	str_add(out, "{\"name\": ");
	json_str(out, plan_str(plan, plan->name));
	str_add(out, ", \"lxcpath\": ");
	json_str(out, plan_str(plan, plan->lxcpath));
	str_addf(out, ", \"flags\": %u, \"ns_flags\": %llu, \"chapters\": {", plan->flags,
		 (unsigned long long)plan->ns_flags);
	for (int chapter = 0; chapter < CHAPTER_COUNT; chapter++) {
		uint32_t count = plan_step_count(plan, (enum chapter)chapter);

		if (!count)
			continue;
		str_addf(out, "%s\n\"%s\": [", between, chapter_name((enum chapter)chapter));
		between = ",";
		for (uint32_t i = 0; i < count; i++) {
			str_add(out, i ? ",\n  " : "\n  ");
			json_step(out, plan, plan_step(plan, (enum chapter)chapter, i));
		}
		str_add(out, "]");
	}
	str_add(out, "}}\n");
	return str_ok(out) ? 0 : -ENOMEM;
}
