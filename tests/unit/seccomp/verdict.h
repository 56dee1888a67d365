/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a profile answers to a call, by looking at its lines themselves: seccomp.md, "Decision
 * table". Knows nothing of programs and of the flat list; asks libseccomp for names on its own.
 */
#ifndef TEST_SECCOMP_VERDICT_H
#define TEST_SECCOMP_VERDICT_H

#include "core/seccomp/seccomp.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

/* SECCOMP_RET_*. */
uint32_t verdict_of(const struct seccomp_profile *profile, const struct seccomp_data *data);

/* The number in seccomp_data of a call that is made directly or through a multiplexer; -1: there is
 * none. Sets args[0] for a multiplexer. */
int verdict_number(uint32_t arch, const char *call, uint64_t args[SECCOMP_ARGS]);

/* What seccomp_data says of a call on this architecture. */
uint32_t verdict_arch_word(uint32_t arch);

/* What the program answers. Fails the test when a kernel would not take it. */
uint32_t verdict_of_program(const struct vec *program, const struct seccomp_data *data);

/* "ERRNO(1)" and the like, in buf. */
const char *verdict_words(uint32_t answer, char buf[32]);

#endif
