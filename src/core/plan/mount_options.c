/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of a mount: flags, propagation, what is LXC's own, and what the file system is to
 * read. */
#include "core/plan/planner.h"

#include <errno.h>
#include <sys/mount.h>

#define ATIME_BITS MOUNT_ATTR__ATIME

enum option_kind {
	OPTION_ATTR,	    /* value: bits, cleared out of mask first */
	OPTION_PROPAGATION, /* value: MS_* */
	OPTION_CREATE,
	OPTION_OPTIONAL,
	OPTION_BIND, /* value: recursive */
	OPTION_MOVE,
	OPTION_RELATIVE,
	OPTION_NOTHING,
	OPTION_SUPER, /* a flag of the file system, given in its data; a bind has none */
};

/* start.md 2.7, config.md 5.3: whole words only. */
static const struct option {
	const char *name;
	enum option_kind kind;
	uint64_t value, mask;
} options[] = {
	{ "ro", OPTION_ATTR, MOUNT_ATTR_RDONLY, MOUNT_ATTR_RDONLY },
	{ "rw", OPTION_ATTR, 0, MOUNT_ATTR_RDONLY },
	{ "nosuid", OPTION_ATTR, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NOSUID },
	{ "suid", OPTION_ATTR, 0, MOUNT_ATTR_NOSUID },
	{ "nodev", OPTION_ATTR, MOUNT_ATTR_NODEV, MOUNT_ATTR_NODEV },
	{ "dev", OPTION_ATTR, 0, MOUNT_ATTR_NODEV },
	{ "noexec", OPTION_ATTR, MOUNT_ATTR_NOEXEC, MOUNT_ATTR_NOEXEC },
	{ "exec", OPTION_ATTR, 0, MOUNT_ATTR_NOEXEC },
	{ "nosymfollow", OPTION_ATTR, MOUNT_ATTR_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW },
	{ "noatime", OPTION_ATTR, MOUNT_ATTR_NOATIME, ATIME_BITS },
	{ "atime", OPTION_ATTR, 0, MOUNT_ATTR_NOATIME },
	{ "strictatime", OPTION_ATTR, MOUNT_ATTR_STRICTATIME, ATIME_BITS },
	{ "nostrictatime", OPTION_ATTR, 0, MOUNT_ATTR_STRICTATIME },
	{ "relatime", OPTION_ATTR, 0, ATIME_BITS },
	{ "norelatime", OPTION_NOTHING, 0, 0 },
	{ "nodiratime", OPTION_ATTR, MOUNT_ATTR_NODIRATIME, MOUNT_ATTR_NODIRATIME },
	{ "diratime", OPTION_ATTR, 0, MOUNT_ATTR_NODIRATIME },
	{ "private", OPTION_PROPAGATION, MS_PRIVATE, 0 },
	{ "rprivate", OPTION_PROPAGATION, MS_PRIVATE | MS_REC, 0 },
	{ "shared", OPTION_PROPAGATION, MS_SHARED, 0 },
	{ "rshared", OPTION_PROPAGATION, MS_SHARED | MS_REC, 0 },
	{ "slave", OPTION_PROPAGATION, MS_SLAVE, 0 },
	{ "rslave", OPTION_PROPAGATION, MS_SLAVE | MS_REC, 0 },
	{ "unbindable", OPTION_PROPAGATION, MS_UNBINDABLE, 0 },
	{ "runbindable", OPTION_PROPAGATION, MS_UNBINDABLE | MS_REC, 0 },
	{ "create=dir", OPTION_CREATE, STEP_CREATE_DIR, 0 },
	{ "create=file", OPTION_CREATE, STEP_CREATE_FILE, 0 },
	{ "optional", OPTION_OPTIONAL, 0, 0 },
	{ "bind", OPTION_BIND, false, 0 },
	{ "rbind", OPTION_BIND, true, 0 },
	{ "move", OPTION_MOVE, 0, 0 },
	{ "relative", OPTION_RELATIVE, 0, 0 },
	{ "defaults", OPTION_NOTHING, 0, 0 },
	{ "remount", OPTION_NOTHING, 0, 0 }, /* the second pass is what mount_setattr does anyway */
	{ "sync", OPTION_SUPER, 0, 0 },
	{ "async", OPTION_SUPER, 0, 0 },
	{ "dirsync", OPTION_SUPER, 0, 0 },
	{ "lazytime", OPTION_SUPER, 0, 0 },
	{ "mand", OPTION_SUPER, 0, 0 },
	{ "nomand", OPTION_SUPER, 0, 0 },
};

void mount_unescape(char *field)
{
	char *out = field;

	for (const char *in = field; *in; out++) {
		bool octal = in[0] == '\\' && in[1] >= '0' && in[1] <= '3' && in[2] >= '0' &&
			     in[2] <= '7' && in[3] >= '0' && in[3] <= '7';

		if (octal && (in[1] != '0' || in[2] != '0' || in[3] != '0')) {
			*out = (char)((in[1] - '0') * 64 + (in[2] - '0') * 8 + (in[3] - '0'));
			in += 4;
		} else {
			*out = *in++;
		}
	}
	*out = '\0';
}

static void add_data(struct mount_options *out, const char *word, size_t len)
{
	if (out->data.len)
		str_add(&out->data, ",");
	str_add_n(&out->data, word, len);
}

static void apply(struct mount_options *out, const struct option *option)
{
	switch (option->kind) {
	case OPTION_ATTR:
		out->attr = (int64_t)(((uint64_t)out->attr & ~option->mask) | option->value);
		if (option->mask == MOUNT_ATTR_NODEV)
			out->dev = !option->value;
		break;
	case OPTION_PROPAGATION:
		out->propagation = (int64_t)option->value;
		break;
	case OPTION_CREATE:
		out->create = (int)option->value;
		break;
	case OPTION_OPTIONAL:
		out->optional = STEP_OPTIONAL_ANY;
		break;
	case OPTION_BIND:
		out->bind = true;
		out->recursive = option->value;
		break;
	case OPTION_MOVE:
		out->move = true;
		break;
	case OPTION_RELATIVE:
		out->relative = true;
		break;
	case OPTION_NOTHING:
	case OPTION_SUPER:
		break;
	}
}

int mount_options_parse(const char *text, struct mount_options *out)
{
	*out = (struct mount_options){ 0 };
	while (*text) {
		size_t len = strcspn(text, ",");
		const struct option *found = NULL;

		for (size_t i = 0; i < ARRAY_LEN(options) && !found; i++) {
			if (strlen(options[i].name) == len &&
			    memcmp(options[i].name, text, len) == 0)
				found = &options[i];
		}
		if (found)
			apply(out, found);
		if (len && (!found || found->kind == OPTION_SUPER))
			add_data(out, text, len);
		text += len + (text[len] == ',');
	}
	return str_ok(&out->data) ? 0 : -ENOMEM;
}
