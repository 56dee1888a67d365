/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/attach/context.h"

#include <errno.h>
#include <sys/personality.h>

static const struct {
	const char *name;
	long persona;
} names[] = {
	{ "x86", PER_LINUX32 },	    { "linux32", PER_LINUX32 },	  { "i386", PER_LINUX32 },
	{ "i486", PER_LINUX32 },    { "i586", PER_LINUX32 },	  { "i686", PER_LINUX32 },
	{ "athlon", PER_LINUX32 },  { "mips", PER_LINUX32 },	  { "mipsel", PER_LINUX32 },
	{ "ppc", PER_LINUX32 },	    { "arm", PER_LINUX32 },	  { "armv7l", PER_LINUX32 },
	{ "armhf", PER_LINUX32 },   { "armel", PER_LINUX32 },	  { "powerpc", PER_LINUX32 },
	{ "x32", PER_LINUX32 },	    { "linux64", PER_LINUX },	  { "x86_64", PER_LINUX },
	{ "amd64", PER_LINUX },	    { "mips64", PER_LINUX },	  { "mips64el", PER_LINUX },
	{ "ppc64", PER_LINUX },	    { "ppc64le", PER_LINUX },	  { "ppc64el", PER_LINUX },
	{ "powerpc64", PER_LINUX }, { "s390x", PER_LINUX },	  { "aarch64", PER_LINUX },
	{ "arm64", PER_LINUX },	    { "loongarch64", PER_LINUX }, { "loong64", PER_LINUX },
	{ "riscv64", PER_LINUX },
};

long attach_personality_of(const char *arch)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq(names[i].name, arch))
			return names[i].persona;
	return -EINVAL;
}
