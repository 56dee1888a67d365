/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/userns: user namespaces: who owns which capability where, and how ids translate.
 *
 * Source: user_namespaces(7).
 */
#include "sys/fake/task.h"

#include <linux/capability.h>

#define OVERFLOW_ID 65534u

struct user_ns *user_ns_create(struct fake *fake, struct user_ns *parent, uid_t owner)
{
	struct user_ns *ns;

	if (parent && parent->level >= 32)
		return NULL;
	ns = calloc(1, sizeof(*ns));
	if (!ns)
		return NULL;
	ns->refs = 1;
	ns->id = kernel_of(fake)->next_id++;
	ns->owner = owner;
	ns->parent = parent;
	if (parent) {
		parent->refs++;
		ns->level = parent->level + 1;
		ns->setgroups_denied = parent->setgroups_denied;
	} else {
		ns->uids[0] = ns->gids[0] = (struct id_extent){ 0, 0, UINT32_MAX };
		ns->uid_count = ns->gid_count = 1;
	}
	kernel_of(fake)->ns_counts[NS_USER]++;
	return ns;
}

void user_ns_put(struct fake *fake, struct user_ns *ns)
{
	if (!ns || --ns->refs > 0)
		return;
	kernel_of(fake)->ns_counts[NS_USER]--;
	user_ns_put(fake, ns->parent);
	free(ns);
}

bool task_capable(struct task *task, int cap, struct user_ns *owner)
{
	struct user_ns *ns = owner;

	if (!ns) /* the initial one */
		for (ns = task->user_ns; ns && ns->parent;)
			ns = ns->parent;
	for (; ns; ns = ns->parent) {
		if (ns == task->user_ns)
			return task->cred.effective & (1ull << cap);
		/* Its creator has all of them in it, from the namespace above. */
		if (ns->parent == task->user_ns && ns->owner == task->cred.euid)
			return true;
	}
	return false;
}

/* --- ids --- */

static bool map_down(const struct id_extent *map, size_t count, uint32_t id, uint32_t *out)
{
	for (size_t i = 0; i < count; i++)
		if (id >= map[i].inside && id - map[i].inside < map[i].count) {
			*out = map[i].outside + (id - map[i].inside);
			return true;
		}
	return false;
}

static uint32_t map_up(const struct id_extent *map, size_t count, uint32_t id)
{
	for (size_t i = 0; i < count; i++)
		if (id >= map[i].outside && id - map[i].outside < map[i].count)
			return map[i].inside + (id - map[i].outside);
	return OVERFLOW_ID;
}

uid_t uid_seen(struct task *task, uid_t uid)
{
	return task->user_ns ? map_up(task->user_ns->uids, task->user_ns->uid_count, uid)
			     : OVERFLOW_ID;
}

gid_t gid_seen(struct task *task, gid_t gid)
{
	return task->user_ns ? map_up(task->user_ns->gids, task->user_ns->gid_count, gid)
			     : OVERFLOW_ID;
}

bool uid_from(struct task *task, uid_t seen, uid_t *uid_out)
{
	return map_down(task->user_ns->uids, task->user_ns->uid_count, seen, uid_out);
}

bool gid_from(struct task *task, gid_t seen, gid_t *gid_out)
{
	return map_down(task->user_ns->gids, task->user_ns->gid_count, seen, gid_out);
}

/* --- /proc/PID/uid_map, gid_map --- */

void user_ns_map_text(struct task *target, bool gids, struct str *out)
{
	struct user_ns *ns = target->user_ns;
	size_t count = gids ? ns->gid_count : ns->uid_count;

	for (size_t i = 0; i < count; i++) {
		const struct id_extent *extent = gids ? &ns->gids[i] : &ns->uids[i];

		str_addf(out, "%10u %10u %10u\n", extent->inside, extent->outside, extent->count);
	}
}

static int parse_map(const struct user_ns *above, bool gids, char *text, struct id_extent *map,
		     size_t *count_out)
{
	const struct id_extent *outer = gids ? above->gids : above->uids;
	size_t outer_count = gids ? above->gid_count : above->uid_count, count = 0;
	char *line;

	while ((line = str_next_word(&text, "\n"))) {
		uint64_t n[3];
		uint32_t last;

		for (int i = 0; i < 3; i++) {
			char *word = str_next_word(&line, " \t");

			if (!word || str_to_decimal(word, &n[i]) < 0 || n[i] > UINT32_MAX)
				return -EINVAL;
		}
		if (count == 340 || n[2] == 0 || n[0] + n[2] > UINT32_MAX ||
		    n[1] + n[2] > UINT32_MAX)
			return -EINVAL;
		map[count] = (struct id_extent){ (uint32_t)n[0], 0, (uint32_t)n[2] };
		if (!map_down(outer, outer_count, (uint32_t)n[1], &map[count].outside) ||
		    !map_down(outer, outer_count, (uint32_t)(n[1] + n[2] - 1), &last))
			return -EPERM;
		count++;
	}
	*count_out = count;
	return count ? 0 : -EINVAL;
}

int user_ns_map_write(struct fake *fake, struct task *target, bool gids, const char *text,
		      size_t len)
{
	struct task *writer = fake->current;
	struct user_ns *ns = target->user_ns;
	struct id_extent map[340];
	size_t count = 0;
	char *copy _cleanup_free_ = NULL;
	uint32_t own = gids ? writer->cred.egid : writer->cred.euid;
	int ret;

	if (!ns->parent || (gids ? ns->gid_count : ns->uid_count))
		return -EPERM;
	if (writer->user_ns != ns && writer->user_ns != ns->parent)
		return -EPERM;
	copy = str_dup_n(text, len);
	if (!copy)
		return -ENOMEM;
	ret = parse_map(ns->parent, gids, copy, map, &count);
	if (ret < 0)
		return ret;
	if (!task_capable(writer, gids ? CAP_SETGID : CAP_SETUID, ns->parent) &&
	    !(count == 1 && map[0].count == 1 && map[0].outside == own))
		return -EPERM;
	/* Else a group that takes rights away could be left that way. */
	if (gids && !ns->setgroups_denied && !task_capable(writer, CAP_SETGID, ns->parent))
		return -EPERM;
	memcpy(gids ? ns->gids : ns->uids, map, count * sizeof(*map));
	if (gids)
		ns->gid_count = count;
	else
		ns->uid_count = count;
	return (int)len;
}
