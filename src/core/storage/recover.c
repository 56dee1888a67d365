/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an abandoned creation left, taken back by whoever comes next. */
#include "core/plan/plan.h"
#include "core/run/run.h"
#include "core/storage/storage.h"

enum storage_partial storage_recover(struct sys *sys, const char *lxcpath, const char *name,
				     struct err *err)
{
	enum storage_partial state = storage_partial_state(sys, lxcpath, name);
	struct plan *image _cleanup_free_ = NULL;

	if (state != STORAGE_ABANDONED)
		return state;
	if (plan_recover(lxcpath, name, &image, err) < 0 ||
	    run_request(sys, image, &(struct request_args){ .envp = NULL }, err) < 0)
		return STORAGE_ABANDONED;
	return STORAGE_RECOVERED;
}

enum storage_partial storage_clean(struct sys *sys, const char *run_dir, const char *lxcpath,
				   const char *name, struct err *err)
{
	enum storage_partial state = storage_partial_state(sys, lxcpath, name);
	_cleanup_fd_ struct fd lock = { 0 };

	if (state != STORAGE_ABANDONED)
		return state;
	/* A marker is free for a moment after its birth: but that moment is under the lock. */
	if (storage_lock(sys, run_dir, lxcpath, name, &lock, err) < 0)
		return state;
	return storage_recover(sys, lxcpath, name, err);
}
