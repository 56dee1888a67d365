/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chapter: capabilities, no_new_privs. */
#include "core/caps/caps.h"
#include "core/plan/planner.h"

#include <errno.h>
#include <linux/capability.h>

/* The capabilities that the words of all lines of a key name. "none" empties what stood before. */
static int read_mask(struct planner *p, const char *key, uint64_t *out, bool *any)
{
	const struct config_item *item = NULL;

	*out = 0;
	*any = false;
	while ((item = config_next(p->config, item, key)) != NULL) {
		for (const char *at = item->value; *at;) {
			size_t n = strcspn(at, " \t\n");
			char word[64];
			int number;

			if (n >= sizeof(word))
				return planner_refuse(p, item, -EINVAL,
						      "Invalid capability specified");
			memcpy(word, at, n);
			word[n] = '\0';
			at += n + strspn(at + n, " \t\n");
			*any = true;
			if (str_eq(word, "none")) {
				*out = 0;
				continue;
			}
			number = n ? caps_number(word) : 0;
			if (number < 0)
				return planner_refuse(p, item, -EINVAL, "unknown capability %s",
						      word);
			if (n && number <= 63)
				*out |= caps_bit((unsigned)number);
		}
	}
	return 0;
}

int plan_capabilities(struct planner *p)
{
	uint64_t all = caps_all(p->facts->last_cap);
	uint64_t keep, drop;
	bool has_keep, has_drop;
	int ret = read_mask(p, "lxc.cap.keep", &keep, &has_keep);

	if (ret == 0)
		ret = read_mask(p, "lxc.cap.drop", &drop, &has_drop);
	if (ret < 0)
		return ret;
	if (has_keep && has_drop)
		return planner_refuse(p, planner_item(p, "lxc.cap.drop"), -EINVAL,
				      "Keeping and dropping capabilities are mutually exclusive");
	p->capabilities = all & (has_keep ? keep : ~drop);
	/* reboot(2) outside a pid namespace of its own would be the host's. */
	if (!(p->namespaces & CLONE_NEWPID))
		p->capabilities &= ~caps_bit(CAP_SYS_BOOT);
	return 0;
}

void plan_security(struct planner *p)
{
	const struct config_item *item = planner_item(p, "lxc.cap.keep");

	planner_origin(p, item ? item : planner_item(p, "lxc.cap.drop"),
		       "no inheritable capabilities");
	plan_add_step(&p->b, STEP_cap_bounding)->num[0] = (int64_t)p->capabilities;
	item = planner_item(p, "lxc.no_new_privs");
	if (!item || !config_int(p->config, "lxc.no_new_privs", 0))
		return;
	planner_origin(p, item, "");
	(void)plan_add_step(&p->b, STEP_no_new_privs);
}
