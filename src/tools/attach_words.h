/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tools/attach_words: the words of lxc-attach's options as the numbers of the API. Each returns 0 or -EINVAL. */
#ifndef TOOLS_ATTACH_WORDS_H
#define TOOLS_ATTACH_WORDS_H

/* "CGROUP|CAP|LSM" (NULL: all): takes those bits out of *flags. */
int attach_words_elevated(const char *text, int *flags);
/* "MOUNT|PID|...": CLONE_NEW* bits. */
int attach_words_namespaces(const char *text, int *flags);
/* An architecture as a personality. */
int attach_words_arch(const char *text, long *personality);

#endif
