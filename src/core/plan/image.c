/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The image: checked once, then read. Allocates nothing: the supervisor and the child use it as it
 * is. */
#include "core/plan/image.h"
#include "build_id.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static_assert(sizeof(struct step) % 8 == 0, "steps of a mapped plan stay aligned");
static_assert(sizeof(struct plan) % 8 == 0, "what follows the header stays aligned");
static_assert(sizeof(LXC_BUILD_ID) <= sizeof(((struct plan *)0)->build_id), "the build id fits");

const char *plan_build_id(void)
{
	return LXC_BUILD_ID;
}

static bool table_fits(size_t len, uint32_t at, uint32_t count, size_t size, size_t align)
{
	return at >= sizeof(struct plan) && at % align == 0 && at <= len &&
	       count <= (len - at) / size;
}

static bool str_fits(const struct plan *plan, uint32_t at)
{
	return at < plan->strings_size;
}

/* Are there count strings one after another at this place? */
static bool vec_fits(const struct plan *plan, uint32_t at, int64_t count)
{
	const char *strings = (const char *)plan + plan->strings_at;
	size_t pos = at;

	if (count < 0 || count >= PLAN_VEC_MAX)
		return false;
	for (int64_t i = 0; i < count; i++) {
		if (pos >= plan->strings_size)
			return false;
		pos += strlen(strings + pos) + 1; /* the last byte of strings is NUL */
	}
	return true;
}

static const char *header_fault(const struct plan *plan, size_t len)
{
	if (memcmp(plan->magic, PLAN_MAGIC, sizeof(plan->magic)) != 0)
		return "magic";
	if (plan->version != PLAN_VERSION)
		return "version";
	if (plan->size != len || len > PLAN_SIZE_MAX)
		return "size";
	if (memchr(plan->build_id, '\0', sizeof(plan->build_id)) == NULL)
		return "build id";
	if (plan->flags & ~(uint32_t)PLAN_FLAGS_ALL)
		return "flags";
	return NULL;
}

static const char *table_fault(const struct plan *plan, size_t len)
{
	const char *strings = (const char *)plan + plan->strings_at;

	if (plan->step_count > PLAN_STEPS_MAX ||
	    !table_fits(len, plan->steps_at, plan->step_count, sizeof(struct step), 8))
		return "steps";
	if (!table_fits(len, plan->origins_at, plan->origin_count, sizeof(struct plan_origin), 4) ||
	    plan->origin_count == 0)
		return "origins";
	if (!table_fits(len, plan->items_at, plan->item_count, sizeof(struct plan_item), 4))
		return "items";
	if (!table_fits(len, plan->serial_at, plan->serial_size, 1, 1))
		return "configuration";
	if (!table_fits(len, plan->strings_at, plan->strings_size, 1, 1) ||
	    plan->strings_size == 0 || strings[0] != '\0' ||
	    strings[plan->strings_size - 1] != '\0')
		return "strings";
	if (!str_fits(plan, plan->name) || !str_fits(plan, plan->lxcpath) ||
	    !str_fits(plan, plan->config_file))
		return "names";
	for (int i = 0; i < CHAPTER_COUNT; i++) {
		const struct plan_range *range = &plan->chapters[i];

		if (range->first > plan->step_count ||
		    range->count > plan->step_count - range->first)
			return "chapters";
	}
	return NULL;
}

static const char *step_fault(const struct plan *plan, const struct step *step)
{
	if (step->kind >= STEP_KIND_COUNT || step->rank >= RANK_COUNT)
		return "kind of a step";
	if (step->origin >= plan->origin_count)
		return "origin of a step";
	for (int i = 0; i < STEP_ARGS; i++) {
		int count;

		if (!str_fits(plan, step->str[i]))
			return "string of a step";
		count = step_vec_count(step->kind, i);
		if (count >= 0 && !vec_fits(plan, step->str[i], step->num[count]))
			return "vector of a step";
	}
	return NULL;
}

static const char *entry_fault(const struct plan *plan)
{
	const struct step *steps = (const void *)((const char *)plan + plan->steps_at);
	const struct plan_origin *origins = (const void *)((const char *)plan + plan->origins_at);
	const struct plan_item *items = (const void *)((const char *)plan + plan->items_at);
	const char *fault = NULL;

	for (uint32_t i = 0; i < plan->step_count && !fault; i++)
		fault = step_fault(plan, &steps[i]);
	for (uint32_t i = 0; i < plan->origin_count && !fault; i++) {
		if (!str_fits(plan, origins[i].file) || !str_fits(plan, origins[i].text))
			fault = "origins";
	}
	for (uint32_t i = 0; i < plan->item_count && !fault; i++) {
		if (!str_fits(plan, items[i].name) || !str_fits(plan, items[i].value))
			fault = "items";
		else if (i > 0 && strcmp(plan_str(plan, items[i - 1].name),
					 plan_str(plan, items[i].name)) >= 0)
			fault = "order of items";
	}
	return fault;
}

int plan_check(const void *bytes, size_t len, struct err *err)
{
	const struct plan *plan = bytes;
	const char *fault;

	if (len < sizeof(struct plan) || (uintptr_t)bytes % 8 != 0)
		return err_set(err, -EINVAL, "not a plan: too short or not aligned");
	fault = header_fault(plan, len);
	if (fault)
		return err_set(err, -EINVAL, "not a valid plan: bad %s", fault);
	if (strcmp(plan->build_id, LXC_BUILD_ID) != 0)
		return err_set(err, -ESTALE, "the plan was made by another build (%s)",
			       plan->build_id);
	fault = table_fault(plan, len);
	if (!fault)
		fault = entry_fault(plan);
	if (fault)
		return err_set(err, -EINVAL, "not a valid plan: bad %s", fault);
	return 0;
}

const char *plan_str(const struct plan *plan, uint32_t at)
{
	assert(at < plan->strings_size);
	return (const char *)plan + plan->strings_at + at;
}

const struct step *plan_step(const struct plan *plan, enum chapter chapter, uint32_t i)
{
	const struct step *steps = (const void *)((const char *)plan + plan->steps_at);

	assert(chapter < CHAPTER_COUNT);
	assert(i < plan->chapters[chapter].count);
	return &steps[plan->chapters[chapter].first + i];
}

const struct plan_origin *plan_origin(const struct plan *plan, const struct step *step)
{
	const struct plan_origin *origins = (const void *)((const char *)plan + plan->origins_at);

	assert(step->origin < plan->origin_count);
	return &origins[step->origin];
}

int plan_vec(const struct plan *plan, uint32_t at, uint32_t count, const char **out, size_t max)
{
	size_t pos = at;

	if ((size_t)count + 1 > max)
		return -E2BIG;
	for (uint32_t i = 0; i < count; i++) {
		assert(pos < plan->strings_size);
		out[i] = (const char *)plan + plan->strings_at + pos;
		pos += strlen(out[i]) + 1;
	}
	out[count] = NULL;
	return 0;
}

const char *plan_item(const struct plan *plan, const char *name)
{
	const struct plan_item *items = (const void *)((const char *)plan + plan->items_at);
	uint32_t low = 0;
	uint32_t high = plan->item_count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = strcmp(name, plan_str(plan, items[mid].name));

		if (order == 0)
			return plan_str(plan, items[mid].value);
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}
