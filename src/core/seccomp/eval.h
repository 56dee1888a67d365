/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seccomp/eval: what a filter answers to a system call: an interpreter of classic BPF over struct
 * seccomp_data.
 *
 * Pure: no allocation, no system call, nothing of ours included, so that the model kernel may use
 * it too. It loads nothing. Sources: seccomp(2); kernel
 * Documentation/userspace-api/seccomp_filter.rst and networking/filter.rst. Which instructions are
 * taken was looked up by offering all of them to a kernel.
 */
#ifndef SECCOMP_EVAL_H
#define SECCOMP_EVAL_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether the kernel takes the program: its length, each instruction, jumps that end within it, a
 * result in the end, no word of the scratch memory read that some way there has not written. 0 or
 * -EINVAL.
 */
int seccomp_check(const struct sock_filter *filter, size_t count);

/* The answer (SECCOMP_RET_*) of a program that was checked. Division by zero ends it with
 * SECCOMP_RET_KILL_THREAD. */
uint32_t seccomp_eval(const struct sock_filter *filter, const struct seccomp_data *data);

/* Of two answers the one that counts: the more restrictive; of equal actions the first. */
uint32_t seccomp_stricter(uint32_t first, uint32_t second);

#endif
