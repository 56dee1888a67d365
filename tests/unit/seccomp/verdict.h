/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a flat list of rules answers to a call, by looking at the rules themselves: seccomp.md,
 * "Decision table". Says nothing of BPF.
 */
#ifndef TEST_SECCOMP_VERDICT_H
#define TEST_SECCOMP_VERDICT_H

#include "core/seccomp/seccomp.h"

#include <linux/seccomp.h>

struct verdict {
	uint32_t answer;
	uint32_t others[8]; /* of rules that match as well, where libseccomp chooses */
	unsigned other_count;
};

struct verdict verdict_of(const struct seccomp_profile *profile, const struct vec *rules,
			  const struct seccomp_data *data);
bool verdict_has(const struct verdict *verdict, uint32_t answer);

/* The number in seccomp_data of a call that is made directly or through a multiplexer; -1: there is
 * none. Sets args[0] for a multiplexer. */
int verdict_number(uint32_t arch, const char *call, uint64_t args[FILTER_ARGS]);

/* What seccomp_data says of a call on this architecture. */
uint32_t verdict_arch_word(uint32_t arch);

/* "ERRNO(1)" and the like, in buf. */
const char *verdict_words(uint32_t answer, char buf[32]);

#endif
