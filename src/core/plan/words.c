/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps in words: the form of each kind, numbers with their names, errors with their hints.
 * Allocates nothing. */
#include "core/caps/caps.h"
#include "core/plan/image.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#define NAME_(x)      \
	{             \
#x, x \
	}
#define NAME_END        \
	{               \
		NULL, 0 \
	}

static const struct flag_name {
	const char *name;
	uint64_t bit;
} clone_names[] = {
	NAME_(CLONE_NEWUSER), NAME_(CLONE_NEWNS),  NAME_(CLONE_NEWPID),    NAME_(CLONE_NEWUTS),
	NAME_(CLONE_NEWIPC),  NAME_(CLONE_NEWNET), NAME_(CLONE_NEWCGROUP), NAME_(CLONE_NEWTIME),
	NAME_END,
}, ms_names[] = {
	NAME_(MS_RDONLY),	NAME_(MS_NOSUID),  NAME_(MS_NODEV),   NAME_(MS_NOEXEC),
	NAME_(MS_SYNCHRONOUS),	NAME_(MS_REMOUNT), NAME_(MS_BIND),    NAME_(MS_MOVE),
	NAME_(MS_UNBINDABLE),	NAME_(MS_PRIVATE), NAME_(MS_SLAVE),   NAME_(MS_SHARED),
	NAME_(MS_REC),		NAME_(MS_SILENT),  NAME_END,
}, attr_names[] = {
	NAME_(MOUNT_ATTR_RDONLY),     NAME_(MOUNT_ATTR_NOSUID),	     NAME_(MOUNT_ATTR_NODEV),
	NAME_(MOUNT_ATTR_NOEXEC),     NAME_(MOUNT_ATTR_NODIRATIME),  NAME_(MOUNT_ATTR_NOATIME),
	NAME_(MOUNT_ATTR_STRICTATIME), NAME_(MOUNT_ATTR_NOSYMFOLLOW), { "recursive", STEP_ATTR_RECURSIVE },
	{ "dev", STEP_ATTR_DEV }, NAME_END,
};

/* Not ipc_state_name: the image is read without the ipc room. Same order as enum ipc_state. */
static const char *const state_names[] = {
	"STOPPED", "STARTING", "RUNNING", "STOPPING", "ABORTING", "FREEZING", "FROZEN", "THAWED",
};
static const char *const barrier_names[] = { "", "in cgroup", "set up", "limited", "exec" };
static const char *const chapter_names[] = {
	"prologue", "before", "child", "attached", "after", "afterlife",
};
static_assert(ARRAY_LEN(chapter_names) == CHAPTER_COUNT, "each chapter has a name");

/* --- the form of each kind --- */

/* A number is written by its name in steps.def; a row with a kind wins over one without. */
static const struct number_name {
	const char *name;
	int kind; /* of step, -1: any */
	enum number_kind number;
} number_names[] = {
	{ "flags", STEP_propagation, NUMBER_MS },
	{ "flags", -1, NUMBER_CLONE },
	{ "propagation", -1, NUMBER_MS },
	{ "attr", -1, NUMBER_ATTR },
	{ "set", -1, NUMBER_ATTR },
	{ "clear", -1, NUMBER_ATTR },
	{ "mode", STEP_stdio, NUMBER_PLAIN },
	{ "mode", -1, NUMBER_OCTAL },
	{ "keep", STEP_cap_bounding, NUMBER_CAPS },
	{ "state", -1, NUMBER_STATE },
	{ "barrier", -1, NUMBER_BARRIER },
	{ "soft", -1, NUMBER_LIMIT },
	{ "hard", -1, NUMBER_LIMIT },
	{ "persona", -1, NUMBER_HEX },
};

/* Vectors: which string of which kind, and the number that counts it. */
static const struct {
	int kind, str, count;
} vectors[] = {
	{ STEP_hook, 2, 0 },	      { STEP_hook, 3, 1 },	    { STEP_cgroup_create, 1, 0 },
	{ STEP_cgroup_create, 2, 0 }, { STEP_cgroup_create, 3, 0 }, { STEP_exec, 1, 0 },
	{ STEP_exec, 2, 1 },	      { STEP_template, 1, 0 },
};

/* Argument names of steps.def as text; "_" is unused. */
#define STEP(kind, undo_rank, text, a, b, c, d, e, f, g, h) \
	{ #kind, text, { #a, #b, #c, #d }, { #e, #f, #g, #h } },
static const struct step_form forms[] = {
#include "core/plan/steps.def"
};
static_assert(ARRAY_LEN(forms) == STEP_KIND_COUNT, "each kind has its words");

const struct step_form *step_form(unsigned kind)
{
	assert(kind < STEP_KIND_COUNT);
	return &forms[kind];
}

bool step_arg_used(const char *name)
{
	return strcmp(name, "_") != 0;
}

int step_vec_count(unsigned kind, int str)
{
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		if (vectors[i].kind == (int)kind && vectors[i].str == str)
			return vectors[i].count;
	}
	return -1;
}

enum number_kind step_number_kind(unsigned kind, int num)
{
	for (size_t i = 0; i < ARRAY_LEN(number_names); i++) {
		const struct number_name *row = &number_names[i];

		if ((row->kind < 0 || row->kind == (int)kind) &&
		    strcmp(row->name, forms[kind].num_names[num]) == 0)
			return row->number;
	}
	return NUMBER_PLAIN;
}

const char *step_kind_name(enum step_kind kind)
{
	return kind < STEP_KIND_COUNT ? forms[kind].name : "unknown";
}

const char *chapter_name(enum chapter chapter)
{
	return chapter < CHAPTER_COUNT ? chapter_names[chapter] : "unknown";
}

/* --- text in a buffer --- */

struct text {
	char *s;
	size_t len, size;
};

static void put(struct text *text, const char *more)
{
	size_t n = strlen(more);

	if (n > text->size - 1 - text->len)
		n = text->size - 1 - text->len;
	memcpy(text->s + text->len, more, n);
	text->len += n;
	text->s[text->len] = '\0';
}

static void put_number(struct text *text, const char *fmt, int64_t value)
{
	char buf[32];

	if (strcmp(fmt, "0%o") == 0)
		(void)snprintf(buf, sizeof(buf), "0%llo", (unsigned long long)value);
	else if (strcmp(fmt, "0x%x") == 0)
		(void)snprintf(buf, sizeof(buf), "0x%llx", (unsigned long long)value);
	else
		(void)snprintf(buf, sizeof(buf), "%lld", (long long)value);
	put(text, buf);
}

/* Names of the bits that are set, joined by "|"; what has no name as one number. */
static void put_flags(struct text *text, const struct flag_name *names, uint64_t value)
{
	const char *between = "";

	for (; names->name; names++) {
		if (names->bit && (value & names->bit) == names->bit) {
			put(text, between);
			put(text, names->name);
			between = "|";
			value &= ~names->bit;
		}
	}
	if (value || !between[0]) {
		put(text, between);
		put_number(text, value ? "0x%x" : "%d", (int64_t)value);
	}
}

static void put_caps(struct text *text, uint64_t mask)
{
	const char *between = "";

	if (!mask)
		put(text, "none");
	for (unsigned i = 0; i < 64; i++) {
		if (!(mask & (UINT64_C(1) << i)))
			continue;
		put(text, between);
		if (caps_name(i))
			put(text, caps_name(i));
		else
			put_number(text, "%d", i);
		between = ",";
	}
}

static void put_name(struct text *text, const char *const *names, size_t count, int64_t value)
{
	if (value >= 0 && (uint64_t)value < count && names[value][0])
		put(text, names[value]);
	else
		put_number(text, "%d", value);
}

size_t step_number(enum number_kind kind, int64_t value, char *buf, size_t size)
{
	struct text text = { .s = buf, .size = size };

	assert(size > 0);
	buf[0] = '\0';
	switch (kind) {
	case NUMBER_PLAIN:
		put_number(&text, "%d", value);
		break;
	case NUMBER_OCTAL:
		put_number(&text, "0%o", value);
		break;
	case NUMBER_HEX:
		put_number(&text, "0x%x", value);
		break;
	case NUMBER_CLONE:
		put_flags(&text, clone_names, (uint64_t)value);
		break;
	case NUMBER_MS:
		put_flags(&text, ms_names, (uint64_t)value);
		break;
	case NUMBER_ATTR:
		put_flags(&text, attr_names, (uint64_t)value);
		break;
	case NUMBER_CAPS:
		put_caps(&text, (uint64_t)value);
		break;
	case NUMBER_STATE:
		put_name(&text, state_names, ARRAY_LEN(state_names), value);
		break;
	case NUMBER_BARRIER:
		put_name(&text, barrier_names, ARRAY_LEN(barrier_names), value);
		break;
	case NUMBER_LIMIT:
		if (value < 0)
			put(&text, "unlimited");
		else
			put_number(&text, "%d", value);
		break;
	}
	return text.len;
}

/* --- words --- */

/* The argument called name (n bytes). Words name only what their row has: a mistake there is ours.
 */
static void put_arg(struct text *text, const struct plan *plan, const struct step *step,
		    const char *name, size_t n)
{
	const struct step_form *form = step_form(step->kind);

	for (int i = 0; i < STEP_ARGS; i++) {
		if (strncmp(form->str_names[i], name, n) == 0 && !form->str_names[i][n]) {
			put(text, step_str(plan, step, i));
			return;
		}
		if (strncmp(form->num_names[i], name, n) == 0 && !form->num_names[i][n]) {
			char buf[512];

			(void)step_number(step_number_kind(step->kind, i), step->num[i], buf,
					  sizeof(buf));
			put(text, buf);
			return;
		}
	}
	put(text, "?");
}

size_t step_words(const struct plan *plan, const struct step *step, char *buf, size_t size)
{
	struct text text = { .s = buf, .size = size };
	const char *words = step_form(step->kind)->words;

	assert(size > 0);
	buf[0] = '\0';
	while (*words) {
		const char *open = strchr(words, '{');
		const char *close = open ? strchr(open, '}') : NULL;
		char piece[128];
		size_t n = close ? (size_t)(open - words) : strlen(words);

		assert(n < sizeof(piece));
		memcpy(piece, words, n);
		piece[n] = '\0';
		put(&text, piece);
		if (!close)
			break;
		put_arg(&text, plan, step, open + 1, (size_t)(close - open - 1));
		words = close + 1;
	}
	return text.len;
}

/* --- errors --- */

#define HINT_IF(kind, number, detail, sentence) { STEP_##kind, number, detail, sentence },
#define HINT(kind, number, sentence) HINT_IF(kind, number, "", sentence)
static const struct {
	int kind;
	int number;
	const char *detail, *sentence;
} hints[] = {
#include "core/plan/hints.def"
};

/* The place of the rootfs is another line than the rootfs: the planner notes it, when it is set. */
static const struct plan_origin *blamed_origin(const struct plan *plan, const struct step *step,
					       const char *detail)
{
	static const char key[] = "lxc.rootfs.mount ", words[] = "the mount point ";
	const struct plan_origin *origins = (const void *)((const char *)plan + plan->origins_at);

	if (step->kind != STEP_rootfs || strncmp(detail ? detail : "", words, strlen(words)) != 0)
		return step->origin ? plan_origin(plan, step) : NULL;
	for (uint32_t i = 0; i < plan->origin_count; i++)
		if (strncmp(plan_str(plan, origins[i].text), key, strlen(key)) == 0)
			return &origins[i];
	return step->origin ? plan_origin(plan, step) : NULL;
}

static void put_origin(struct err *err, const struct plan *plan, const struct plan_origin *origin)
{
	const char *file;

	if (!origin)
		return;
	file = plan_str(plan, origin->file);
	err_origin(err, file[0] ? file : NULL, origin->line, plan_str(plan, origin->text));
}

int plan_err_at(struct err *err, const char *where, const struct plan *plan,
		const struct step *step, int ret, const char *detail)
{
	char words[384];

	(void)step_words(plan, step, words, sizeof(words));
	if (detail && detail[0] && ret == -ECANCELED) /* what a script says, no errno of a call */
		(void)err_set_at(err, where, ret, "%s: %s", words, detail);
	else
		(void)err_sys_at(err, where, ret, "%s", words);
	if (err && detail && detail[0] && ret != -ECANCELED) {
		size_t len = strlen(err->what);

		(void)snprintf(err->what + len, sizeof(err->what) - len, ": %s", detail);
	}
	put_origin(err, plan, blamed_origin(plan, step, detail));
	for (size_t i = 0; i < ARRAY_LEN(hints); i++) {
		if (hints[i].kind == step->kind && hints[i].number == -ret &&
		    strncmp(detail ? detail : "", hints[i].detail, strlen(hints[i].detail)) == 0)
			err_hint(err, hints[i].sentence);
	}
	return ret;
}
