/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc.mount.auto: words in groups; the last word of a group counts. */
#include "core/config/object.h"

#include <errno.h>

#define SHMOUNTS "shmounts:"
#define SHMOUNTS_TARGET "/dev/.lxc-mounts"

enum auto_group { GROUP_PROC, GROUP_SYS, GROUP_CGROUP, GROUP_SHMOUNTS, GROUP_COUNT };

/* What a word becomes; as NULL: itself. */
static const struct auto_word {
	const char *word, *as;
	enum auto_group group;
} auto_words[] = {
	{ "proc", "proc:mixed", GROUP_PROC },
	{ "proc:mixed", NULL, GROUP_PROC },
	{ "proc:rw", NULL, GROUP_PROC },
	{ "sys", "sys:mixed", GROUP_SYS },
	{ "sys:mixed", NULL, GROUP_SYS },
	{ "sys:ro", NULL, GROUP_SYS },
	{ "sys:rw", NULL, GROUP_SYS },
	{ "cgroup", NULL, GROUP_CGROUP },
	{ "cgroup:mixed", NULL, GROUP_CGROUP },
	{ "cgroup:ro", NULL, GROUP_CGROUP },
	{ "cgroup:rw", NULL, GROUP_CGROUP },
	{ "cgroup:force", NULL, GROUP_CGROUP },
	{ "cgroup:mixed:force", NULL, GROUP_CGROUP },
	{ "cgroup:ro:force", NULL, GROUP_CGROUP },
	{ "cgroup:rw:force", NULL, GROUP_CGROUP },
	{ "cgroup-full", NULL, GROUP_CGROUP },
	{ "cgroup-full:mixed", NULL, GROUP_CGROUP },
	{ "cgroup-full:ro", NULL, GROUP_CGROUP },
	{ "cgroup-full:rw", NULL, GROUP_CGROUP },
	{ "cgroup-full:force", NULL, GROUP_CGROUP },
	{ "cgroup-full:mixed:force", NULL, GROUP_CGROUP },
	{ "cgroup-full:ro:force", NULL, GROUP_CGROUP },
	{ "cgroup-full:rw:force", NULL, GROUP_CGROUP },
	{ "cgroup2", NULL, GROUP_CGROUP },
	{ "cgroup2:force", "cgroup2", GROUP_CGROUP },
	{ "cgroup2:ro", NULL, GROUP_CGROUP },
	{ "cgroup2:ro:force", "cgroup2:ro", GROUP_CGROUP },
};

static const struct auto_word *find_word(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(auto_words); i++) {
		if (str_eq(auto_words[i].word, word))
			return &auto_words[i];
	}
	return NULL;
}

/* "shmounts:/host[:/container]" with its second part written out. */
static int add_shmounts(const char *word, struct str *out)
{
	const char *host = word + strlen(SHMOUNTS);
	const char *colon = strchr(host, ':');

	if (host[0] == '\0' || host[0] == ':')
		return -EINVAL;
	if (colon && colon[1] == '\0')
		return -EINVAL;
	str_addf(out, "%s%s", word, colon ? "" : ":" SHMOUNTS_TARGET);
	return 0;
}

static int check_auto_mounts(const struct key_check *check, const char *value, struct str *out)
{
	char *copy _cleanup_free_ = str_dup(value);
	char *rest = copy, *word;

	if (!copy)
		return -ENOMEM;
	while ((word = str_next_word(&rest, " \t")) != NULL) {
		const struct auto_word *known = find_word(word);

		str_add(out, out->len ? " " : "");
		if (known)
			str_add(out, known->as ? known->as : known->word);
		else if (!str_starts(word, SHMOUNTS) || add_shmounts(word, out) < 0)
			return key_refuse(check, word, "not a file system to mount automatically");
	}
	return 0;
}

static enum auto_group group_of(const char *word)
{
	const struct auto_word *known = find_word(word);

	return known ? known->group : GROUP_SHMOUNTS;
}

static void print_auto_mounts(const struct config *config, const struct key_ref *ref,
			      struct str *out)
{
	_cleanup_str_ struct str all = { 0 };
	const struct config_item *item = NULL;
	const char *last[GROUP_COUNT] = { NULL };
	size_t start = out->len;
	char *rest, *word;

	while ((item = config_next(config, item, ref->name)) != NULL)
		str_addf(&all, "%s ", item->value);
	rest = all.s;
	while (rest && (word = str_next_word(&rest, " ")) != NULL)
		last[group_of(word)] = word;
	for (size_t i = 0; i < GROUP_COUNT; i++) {
		if (last[i])
			str_addf(out, "%s%s", out->len > start ? " " : "", last[i]);
	}
	out->failed |= all.failed;
}

/* Later words that no step carries out yet. */
static bool auto_mounts_are_built(const char *value)
{
	return !strstr(value, SHMOUNTS) && !strstr(value, "cgroup2");
}

const struct key_type key_auto_mounts = {
	.name = "list of automatic mounts",
	.keep = KEEP_MANY,
	.check = check_auto_mounts,
	.print = print_auto_mounts,
	.is_built = auto_mounts_are_built,
};
