/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tests/life/scenarios: the operations that the sweep disturbs, and what may be true when one of them fails.
 */
#ifndef TESTS_LIFE_SCENARIOS_H
#define TESTS_LIFE_SCENARIOS_H

#include "life/host.h"

/* OTHERWISE: the operation was done, but the program in the container ended with another status. */
enum outcome { FAILED, OTHERWISE, DONE };

struct scenario {
	const char *name;
	enum fake_cgroups cgroups;
	struct lxc_container *(*set_up)(struct host *host);
	enum outcome (*run)(struct host *host, struct lxc_container *c);
	bool ends;  /* the operation ends things: having been done is allowed also when it reports failure */
	bool stops; /* having ended the container altogether is allowed when it reports failure */
	bool again; /* it cannot be undone: after a failure the same operation completes it */
	const char *kernel; /* its version; NULL: the model's own */
	const char *state;  /* of the container when it was done; NULL: nobody looks */
};

/* Ends with a row without a name. */
extern const struct scenario scenarios[];

#endif
