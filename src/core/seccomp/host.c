/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/seccomp/parser.h"

#include <ctype.h>
#include <linux/audit.h>

static const struct {
	const char *name;
	uint32_t arch;
} archs[] = {
	{ "x86", AUDIT_ARCH_I386 },
	{ "x86_64", AUDIT_ARCH_X86_64 },
	{ "x32", ARCH_X32 },
	{ "arm", AUDIT_ARCH_ARM },
	{ "arm64", AUDIT_ARCH_AARCH64 },
	{ "ppc", AUDIT_ARCH_PPC },
	{ "ppc64", AUDIT_ARCH_PPC64 },
	{ "ppc64le", AUDIT_ARCH_PPC64LE },
	{ "mips", AUDIT_ARCH_MIPS },
	{ "mips64", AUDIT_ARCH_MIPS64 },
	{ "mips64n32", AUDIT_ARCH_MIPS64N32 },
	{ "mipsel", AUDIT_ARCH_MIPSEL },
	{ "mipsel64", AUDIT_ARCH_MIPSEL64 },
	{ "mipsel64n32", AUDIT_ARCH_MIPSEL64N32 },
	{ "s390", AUDIT_ARCH_S390 },
	{ "s390x", AUDIT_ARCH_S390X },
	{ "riscv64", AUDIT_ARCH_RISCV64 },
	{ "loongarch64", AUDIT_ARCH_LOONGARCH64 },
};

#define HOST(name, ...)                                                                       \
	{                                                                                     \
		name, { __VA_ARGS__ }, sizeof((uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t) \
	}

static const struct seccomp_host hosts[] = {
	HOST("x86_64", AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, ARCH_X32),
	HOST("x86", AUDIT_ARCH_I386),
	HOST("arm64", AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM),
	HOST("arm", AUDIT_ARCH_ARM),
	HOST("ppc64le", AUDIT_ARCH_PPC64LE),
	HOST("ppc64", AUDIT_ARCH_PPC64, AUDIT_ARCH_PPC),
	HOST("ppc", AUDIT_ARCH_PPC),
	HOST("mips64", AUDIT_ARCH_MIPS64, AUDIT_ARCH_MIPS, AUDIT_ARCH_MIPS64N32),
	HOST("mips", AUDIT_ARCH_MIPS),
	HOST("mipsel64", AUDIT_ARCH_MIPSEL64, AUDIT_ARCH_MIPSEL, AUDIT_ARCH_MIPSEL64N32),
	HOST("mipsel", AUDIT_ARCH_MIPSEL),
	HOST("s390x", AUDIT_ARCH_S390X),
	HOST("s390", AUDIT_ARCH_S390),
	HOST("riscv64", AUDIT_ARCH_RISCV64),
	HOST("loongarch64", AUDIT_ARCH_LOONGARCH64),
};

/* What uname says does not tell the byte order of MIPS: it is that of this program. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define MIPS "mipsel"
#else
#define MIPS "mips"
#endif

/* uname -m -> host: the first row counts whose machine is the text, or with a '*' its beginning. */
static const struct {
	const char *machine, *host;
} machines[] = {
	{ "x86_64", "x86_64" },
	{ "i686", "x86" },
	{ "aarch64*", "arm64" },
	{ "armv7*", "arm" },
	{ "ppc64le*", "ppc64le" },
	{ "ppc64*", "ppc64" },
	{ "ppc*", "ppc" },
	{ "mips64", MIPS "64" },
	{ "mips", MIPS },
	{ "s390x", "s390x" },
	{ "s390", "s390" },
	{ "riscv64", "riscv64" },
	{ "loongarch64", "loongarch64" },
};

const struct seccomp_host *seccomp_host_at(size_t i)
{
	for (size_t at = 0; at < ARRAY_LEN(hosts); at++)
		if (call_arch_is_known(hosts[at].archs[0]) && i-- == 0)
			return &hosts[at];
	return NULL;
}

static bool is_machine(const char *pattern, const char *machine)
{
	size_t len = strlen(pattern) - 1;

	return pattern[len] == '*' ? strncmp(pattern, machine, len) == 0 : str_eq(pattern, machine);
}

const struct seccomp_host *seccomp_host_find(const char *machine)
{
	const struct seccomp_host *host;
	size_t row = 0;

	while (row < ARRAY_LEN(machines) && !is_machine(machines[row].machine, machine))
		row++;
	if (row == ARRAY_LEN(machines))
		return NULL;
	for (size_t i = 0; (host = seccomp_host_at(i)) != NULL; i++)
		if (str_eq(host->name, machines[row].host))
			return host;
	return NULL;
}

const char *seccomp_arch_name(uint32_t arch)
{
	for (size_t i = 0; i < ARRAY_LEN(archs); i++)
		if (archs[i].arch == arch)
			return archs[i].name;
	return "?";
}

/* Letters are all lower or all upper case. */
static bool is_name(const char *name, const char *text)
{
	bool lower = true, upper = true;

	if (strcasecmp(name, text) != 0)
		return false;
	for (; *text; text++) {
		lower = lower && !isupper((unsigned char)*text);
		upper = upper && !islower((unsigned char)*text);
	}
	return lower || upper;
}

uint32_t seccomp_arch_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(archs); i++)
		if (is_name(archs[i].name, name))
			return call_arch_is_known(archs[i].arch) ? archs[i].arch : 0;
	return 0;
}

bool seccomp_arch_is_32_bits(uint32_t arch)
{
	return !(arch & __AUDIT_ARCH_64BIT) || (arch & __AUDIT_ARCH_CONVENTION_MIPS64_N32);
}
