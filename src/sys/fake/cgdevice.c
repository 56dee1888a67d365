/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/cgdevice: the devices controller of cgroup v1; and who is asked about a device.
 *
 * Source: kernel Documentation/admin-guide/cgroup-v1/devices.rst.
 */
#include "sys/fake/cgroup.h"

#include <ctype.h>

void device_rules_inherit(struct cgroup *cg)
{
	cg->device_allow = cg->parent->device_allow;
	for (size_t i = 0; i < cg->parent->device_rules.count; i++)
		if (!vec_add(&cg->device_rules,
			     vec_at(&cg->parent->device_rules, struct device_rule, i)))
			abort();
}

static void number_text(long number, struct str *out)
{
	if (number < 0)
		str_add(out, "*");
	else
		str_addf(out, "%ld", number);
}

void device_rules_text(struct cgroup *cg, struct str *out)
{
	if (cg->device_allow) {
		str_add(out, "a *:* rwm\n");
		return;
	}
	for (size_t i = 0; i < cg->device_rules.count; i++) {
		struct device_rule *rule = vec_at(&cg->device_rules, struct device_rule, i);

		str_addf(out, "%c ", rule->type);
		number_text(rule->major, out);
		str_add(out, ":");
		number_text(rule->minor, out);
		str_addf(out, " %s%s%s\n", rule->access & 4 ? "r" : "", rule->access & 2 ? "w" : "",
			 rule->access & 1 ? "m" : "");
	}
}

static bool parse_number(const char **text, long *out)
{
	char *end;

	if (**text == '*') {
		(*text)++;
		*out = -1;
		return true;
	}
	if (!isdigit((unsigned char)**text))
		return false;
	*out = strtol(*text, &end, 10);
	*text = end;
	return true;
}

/* "c 1:3 rwm", "a". */
static int parse(const char *text, struct device_rule *rule)
{
	*rule = (struct device_rule){ .type = *text, .major = -1, .minor = -1, .access = 7 };
	if (*text == 'a')
		return 0;
	if (*text != 'b' && *text != 'c')
		return -EINVAL;
	text++;
	if (*text++ != ' ' || !parse_number(&text, &rule->major) || *text++ != ':' ||
	    !parse_number(&text, &rule->minor) || *text++ != ' ')
		return -EINVAL;
	rule->access = 0;
	for (; *text && *text != '\n'; text++) {
		if (!strchr("rwm", *text))
			return -EINVAL;
		rule->access |= *text == 'r' ? 4 : *text == 'w' ? 2 : 1;
	}
	return rule->access ? 0 : -EINVAL;
}

static bool covers(const struct device_rule *rule, char type, long dev_major, long dev_minor)
{
	return (rule->type == 'a' || rule->type == type) &&
	       (rule->major < 0 || rule->major == dev_major) &&
	       (rule->minor < 0 || rule->minor == dev_minor);
}

static bool allows(struct cgroup *cg, char type, long dev_major, long dev_minor, unsigned access)
{
	for (size_t i = 0; i < cg->device_rules.count; i++) {
		struct device_rule *rule = vec_at(&cg->device_rules, struct device_rule, i);

		if (!covers(rule, type, dev_major, dev_minor))
			continue;
		if (cg->device_allow ? (rule->access & access) != 0 : (access & ~rule->access) == 0)
			return !cg->device_allow;
	}
	return cg->device_allow;
}

static void change(struct cgroup *cg, const struct device_rule *change, bool add)
{
	for (size_t i = 0; i < cg->device_rules.count; i++) {
		struct device_rule *rule = vec_at(&cg->device_rules, struct device_rule, i);

		if (rule->type != change->type || rule->major != change->major ||
		    rule->minor != change->minor)
			continue;
		rule->access = add ? rule->access | change->access : rule->access & ~change->access;
		if (!rule->access)
			vec_remove(&cg->device_rules, i);
		return;
	}
	if (add && !vec_add(&cg->device_rules, change))
		abort();
}

/* Less for a cgroup is less for all below. */
static void deny_below(struct cgroup *cg, const struct device_rule *rule)
{
	for (size_t i = 0; i < cgroup_child_count(cg); i++) {
		struct cgroup *child = cgroup_child(cg, i);

		change(child, rule, child->device_allow);
		deny_below(child, rule);
	}
}

int device_rule_write(struct cgroup *cg, const char *text, bool allow)
{
	struct device_rule rule;
	int ret = parse(text, &rule);

	if (ret < 0)
		return ret;
	if (!task_capable(fake_of(&cg->dir->sb->fake->sys)->current, CAP_SYS_ADMIN, NULL))
		return -EPERM;
	if (rule.type == 'a') {
		if (cgroup_child_count(cg) > 0)
			return -EINVAL;
		if (allow && cg->parent && !cg->parent->device_allow)
			return -EPERM;
		cg->device_allow = allow;
		cg->device_rules.count = 0;
		return 0;
	}
	if (allow && cg->parent &&
	    !allows(cg->parent, rule.type, rule.major, rule.minor, rule.access))
		return -EPERM;
	change(cg, &rule, allow != cg->device_allow);
	if (!allow)
		deny_below(cg, &rule);
	return 0;
}

/* By both: where v1 has the controller, programs of v2 may still forbid. */
bool cgroup_allows_device(struct task *task, mode_t type, dev_t dev, unsigned access)
{
	for (size_t i = 0; task && i < task->fake->vfs->hierarchies.count; i++) {
		struct cgroup *cg = task->cgroups[i];

		if (cg && hierarchy_has(cg->hierarchy, "devices") &&
		    !allows(cg, type == S_IFBLK ? 'b' : 'c', major(dev), minor(dev), access))
			return false;
		if (cg && cg->hierarchy->v2 && !bpf_allows_device(cg, type, dev, access))
			return false;
	}
	return true;
}
