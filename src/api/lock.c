/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/api.h"

#include <assert.h>
#include <pthread.h>

struct lxc_lock {
	pthread_mutex_t mutex;
};

struct lxc_lock *api_lock_create(void)
{
	struct lxc_lock *lock = calloc(1, sizeof(*lock));

	if (!lock)
		return NULL;
	if (pthread_mutex_init(&lock->mutex, NULL) != 0) {
		free(lock);
		return NULL;
	}
	return lock;
}

void api_lock_destroy(struct lxc_lock *lock)
{
	if (!lock)
		return;
	(void)pthread_mutex_destroy(&lock->mutex);
	free(lock);
}

void api_lock(struct lxc_container *c)
{
	int ret = pthread_mutex_lock(&c->privlock->mutex);

	assert(ret == 0);
	(void)ret;
}

void api_unlock(struct lxc_container *c)
{
	int ret = pthread_mutex_unlock(&c->privlock->mutex);

	assert(ret == 0);
	(void)ret;
}
