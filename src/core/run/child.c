/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container's first process between clone and exec: nothing but the walk over its steps. */
#include "core/run/steps.h"

#include <assert.h>
#include <errno.h>

#define CHILD_FAILED 255

static void report_failure(struct child *child, const struct step *step, int ret,
			   const struct note *note)
{
	struct handshake msg = {
		.type = HANDSHAKE_ERROR,
		.number = (int32_t)step_index(child->plan, step),
		.code = ret,
	};

	static_assert(sizeof(msg.detail) == sizeof(note->text), "a note fits into a message");
	memcpy(msg.detail, note->text, sizeof(msg.detail));
	(void)handshake_send(child->sys, child->handshake_fd, &msg, NULL, 0);
}

int child_walk(struct child *child, enum chapter chapter)
{
	for (uint32_t i = 0; i < plan_step_count(child->plan, chapter); i++) {
		const struct step *step = plan_step(child->plan, chapter, i);
		const struct step_ops *ops = step_ops_of(child->more_ops, step->kind);
		struct note note = { "" };
		int ret = ops->run_child ? ops->run_child(child, step, &note) : -EOPNOTSUPP;

		if (ret < 0) {
			report_failure(child, step, ret, &note);
			return ret;
		}
	}
	return 0;
}

int child_main(void *arg)
{
	(void)child_walk(arg, CHAPTER_CHILD);
	return CHILD_FAILED;
}
