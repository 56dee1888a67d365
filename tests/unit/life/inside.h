/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/life/inside: a program that looks at the container that it runs in, as any program could,
 * and tells what it saw.
 */
#ifndef TESTS_LIFE_INSIDE_H
#define TESTS_LIFE_INSIDE_H

#include "core/base/str.h"
#include "sys/sys.h"

#define INSIDE_NAMESPACES 7

/* Who looks: the last report, and what the host's namespaces are called. */
struct inside {
	struct str report; /* "WHAT VALUE", a line each, always in the same order */
	unsigned looks;	   /* how often it ran */
	char host_ns[INSIDE_NAMESPACES][48];
	bool is_init; /* then it waits for signals as an init does */
};

/* Notes the names of the caller's namespaces as those of the host. */
void inside_init(struct inside *inside, struct sys *sys);
void inside_finish(struct inside *inside);
/* A main for fake_program(); data: the struct inside. Returns 0. */
int inside_main(struct sys *sys, int argc, char **argv, char **envp, void *data);

#endif
