/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tools/attach_words.h"

#include "core/base/cleanup.h"

#include <errno.h>
#include <lxc/attach_options.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/personality.h>

struct word {
	const char *name;
	int value;
};

static int find(const struct word *words, size_t count, const char *name, size_t len, bool any_case, int *value)
{
	for (size_t i = 0; i < count; i++) {
		if (strlen(words[i].name) != len)
			continue;
		if (any_case ? strncasecmp(words[i].name, name, len) : strncmp(words[i].name, name, len))
			continue;
		*value = words[i].value;
		return 0;
	}
	return -EINVAL;
}

int attach_words_elevated(const char *text, int *flags)
{
	static const struct word words[] = { { "CGROUP", LXC_ATTACH_MOVE_TO_CGROUP },
					     { "CAP", LXC_ATTACH_DROP_CAPABILITIES },
					     { "LSM", LXC_ATTACH_LSM_EXEC } };
	int bits = 0, bit = 0;

	if (!text) {
		*flags &= ~(LXC_ATTACH_MOVE_TO_CGROUP | LXC_ATTACH_DROP_CAPABILITIES | LXC_ATTACH_LSM_EXEC);
		return 0;
	}
	for (;;) {
		size_t len = strcspn(text, "|");

		if (find(words, ARRAY_LEN(words), text, len, false, &bit) < 0)
			return -EINVAL;
		bits |= bit;
		if (!text[len])
			break;
		text += len + 1;
	}
	*flags &= ~bits;
	return 0;
}

int attach_words_namespaces(const char *text, int *flags)
{
	static const struct word exact[] = { { "MOUNT", CLONE_NEWNS },	{ "PID", CLONE_NEWPID },   { "UTSNAME", CLONE_NEWUTS },
					     { "IPC", CLONE_NEWIPC },	{ "USER", CLONE_NEWUSER }, { "NETWORK", CLONE_NEWNET } };
	static const struct word kernel[] = { { "mnt", CLONE_NEWNS },	{ "pid", CLONE_NEWPID },
					      { "uts", CLONE_NEWUTS },	{ "ipc", CLONE_NEWIPC },
					      { "user", CLONE_NEWUSER }, { "net", CLONE_NEWNET },
					      { "cgroup", CLONE_NEWCGROUP } };
	int bits = 0, bit = 0;

	for (;;) {
		size_t len = strcspn(text, "|");

		if (find(exact, ARRAY_LEN(exact), text, len, false, &bit) < 0 &&
		    find(kernel, ARRAY_LEN(kernel), text, len, true, &bit) < 0)
			return -EINVAL;
		bits |= bit;
		if (!text[len])
			break;
		text += len + 1;
	}
	*flags = bits;
	return 0;
}

int attach_words_arch(const char *text, long *personality)
{
	static const struct word words[] = {
		{ "x86", PER_LINUX32 },	      { "linux32", PER_LINUX32 }, { "i386", PER_LINUX32 },   { "i486", PER_LINUX32 },
		{ "i586", PER_LINUX32 },      { "i686", PER_LINUX32 },	  { "athlon", PER_LINUX32 }, { "mips", PER_LINUX32 },
		{ "mipsel", PER_LINUX32 },    { "ppc", PER_LINUX32 },	  { "powerpc", PER_LINUX32 }, { "arm", PER_LINUX32 },
		{ "armv7l", PER_LINUX32 },    { "armhf", PER_LINUX32 },	  { "armel", PER_LINUX32 },  { "linux64", PER_LINUX },
		{ "x86_64", PER_LINUX },      { "amd64", PER_LINUX },	  { "mips64", PER_LINUX },   { "mips64el", PER_LINUX },
		{ "ppc64", PER_LINUX },	      { "ppc64le", PER_LINUX },	  { "ppc64el", PER_LINUX },  { "powerpc64", PER_LINUX },
		{ "s390x", PER_LINUX },	      { "aarch64", PER_LINUX },	  { "arm64", PER_LINUX },
	};
	int value = 0;

	if (find(words, ARRAY_LEN(words), text, strlen(text), false, &value) < 0)
		return -EINVAL;
	*personality = value;
	return 0;
}
