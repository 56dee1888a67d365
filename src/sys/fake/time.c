/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/time: clocks, sleeping, timers; all virtual. And randomness, which is a fixed sequence.
 *
 * Sources: clock_gettime(2), clock_nanosleep(2), timerfd_create(2), getrandom(2).
 */
#include "sys/fake/task.h"

#include <sys/random.h>
#include <sys/timerfd.h>

/* CLOCK_REALTIME at the birth of a world: 2018-03-27 12:00:00 UTC. */
#define REALTIME_OFFSET_NS (1522152000ull * NS_PER_S)

uint64_t ns_of(const struct timespec *ts)
{
	return (uint64_t)ts->tv_sec * NS_PER_S + (uint64_t)ts->tv_nsec;
}

static struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){ .tv_sec = (time_t)(ns / NS_PER_S),
				  .tv_nsec = (long)(ns % NS_PER_S) };
}

static bool is_valid(const struct timespec *ts)
{
	return ts->tv_sec >= 0 && ts->tv_nsec >= 0 && ts->tv_nsec < (long)NS_PER_S;
}

uint64_t deadline_after_ms(struct fake *fake, int ms)
{
	return ms < 0 ? NEVER : fake->now_ns + (uint64_t)ms * NS_PER_MS;
}

/* What to add to now_ns, for the clock; false: no such clock. */
static bool clock_offset(int clockid, uint64_t *offset)
{
	*offset = clockid == CLOCK_REALTIME || clockid == CLOCK_REALTIME_COARSE ? REALTIME_OFFSET_NS
										: 0;
	return *offset || clockid == CLOCK_MONOTONIC || clockid == CLOCK_BOOTTIME ||
	       clockid == CLOCK_MONOTONIC_RAW || clockid == CLOCK_MONOTONIC_COARSE;
}

int fake_op_clock_gettime(struct sys *sys, int clockid, struct timespec *ts)
{
	uint64_t offset;

	if (!clock_offset(clockid, &offset))
		return -EINVAL;
	*ts = timespec_of(fake_of(sys)->now_ns + offset);
	return 0;
}

int fake_op_clock_nanosleep(struct sys *sys, int clockid, unsigned long flags,
			    const struct timespec *ts, struct timespec *left)
{
	struct fake *fake = fake_of(sys);
	uint64_t offset, until;
	int ret;

	if (!clock_offset(clockid, &offset) || !is_valid(ts))
		return -EINVAL;
	if (flags & TIMER_ABSTIME)
		until = ns_of(ts) > offset ? ns_of(ts) - offset : 0;
	else
		until = fake->now_ns + ns_of(ts);
	ret = fake_block(fake, NULL, NULL, until, "time to pass");
	if (ret == -EINTR && left && !(flags & TIMER_ABSTIME))
		*left = timespec_of(until - fake->now_ns);
	return ret == -ETIMEDOUT ? 0 : ret;
}

/* --- timerfd --- */

struct timer {
	uint64_t offset, next_ns, interval_ns; /* next_ns NEVER: not armed */
};

static uint64_t timer_expired(struct fake *fake, const struct timer *timer)
{
	if (timer->next_ns > fake->now_ns)
		return 0;
	return timer->interval_ns ? 1 + (fake->now_ns - timer->next_ns) / timer->interval_ns : 1;
}

struct timer_wait {
	struct fake *fake;
	struct timer *timer;
};

static bool timer_ready(void *arg)
{
	struct timer_wait *wait = arg;

	return timer_expired(wait->fake, wait->timer) > 0;
}

static ssize_t timer_read(struct fake *fake, struct file *file, void *buf, size_t len, off_t *pos)
{
	struct timer *timer = file->priv;
	struct timer_wait wait = { fake, timer };
	uint64_t count;
	int ret;

	if (len < sizeof(count))
		return -EINVAL;
	if (!timer_ready(&wait)) {
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		ret = fake_block(fake, timer_ready, &wait, NEVER, "a timer");
		if (ret < 0)
			return ret;
	}
	count = timer_expired(fake, timer);
	timer->next_ns = timer->interval_ns ? timer->next_ns + count * timer->interval_ns : NEVER;
	memcpy(buf, &count, sizeof(count));
	return sizeof(count);
}

static uint32_t timer_poll(struct fake *fake, struct file *file)
{
	return timer_expired(fake, file->priv) ? EPOLLIN : 0;
}

static void timer_release(struct fake *fake, struct file *file)
{
	struct vec *timers = &kernel_of(fake)->timers;

	for (size_t i = 0; i < timers->count; i++)
		if (*vec_at(timers, struct timer *, i) == file->priv) {
			vec_remove(timers, i);
			break;
		}
	free(file->priv);
}

static void timer_describe(struct fake *fake, struct file *file, struct str *out)
{
	str_add(out, ((struct timer *)file->priv)->next_ns == NEVER ? "not armed" : "armed");
}

static const struct file_ops timer_ops = {
	.kind = "timerfd",
	.read = timer_read,
	.poll = timer_poll,
	.release = timer_release,
	.describe = timer_describe,
};

uint64_t timer_next(struct fake *fake)
{
	struct vec *timers = &kernel_of(fake)->timers;
	uint64_t next = NEVER;

	for (size_t i = 0; i < timers->count; i++) {
		uint64_t at = (*vec_at(timers, struct timer *, i))->next_ns;

		if (at > fake->now_ns && at < next)
			next = at;
	}
	return next;
}

int fake_op_timerfd_create(struct sys *sys, int clockid, unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	struct timer *timer;
	struct file *file;
	uint64_t offset;

	if (!clock_offset(clockid, &offset) ||
	    (flags & ~(unsigned long)(TFD_CLOEXEC | TFD_NONBLOCK)))
		return -EINVAL;
	timer = calloc(1, sizeof(*timer));
	file = timer ? file_create(fake, &timer_ops, O_RDWR | (int)(flags & TFD_NONBLOCK), timer)
		     : NULL;
	if (!file || !vec_add(&kernel_of(fake)->timers, &timer)) {
		free(timer);
		free(file);
		return -ENOMEM;
	}
	*timer = (struct timer){ offset, NEVER, 0 };
	return task_install(fake->current, file, flags & TFD_CLOEXEC, 0);
}

int fake_op_timerfd_settime(struct sys *sys, int fd, unsigned long flags,
			    const struct itimerspec *set, struct itimerspec *old)
{
	struct fake *fake = fake_of(sys);
	struct timer *timer;
	struct file *file;
	uint64_t value;
	int ret = fd_file(sys, fd, &file);

	if (ret < 0)
		return ret;
	if (file->ops != &timer_ops || !is_valid(&set->it_value) || !is_valid(&set->it_interval))
		return -EINVAL;
	timer = file->priv;
	if (old) {
		bool armed = timer->next_ns != NEVER && timer->next_ns > fake->now_ns;

		old->it_interval = timespec_of(timer->interval_ns);
		old->it_value = timespec_of(armed ? timer->next_ns - fake->now_ns : 0);
	}
	value = ns_of(&set->it_value);
	timer->interval_ns = ns_of(&set->it_interval);
	if (value == 0)
		timer->next_ns = NEVER;
	else if (flags & TFD_TIMER_ABSTIME)
		timer->next_ns = value > timer->offset ? value - timer->offset : 0;
	else
		timer->next_ns = fake->now_ns + value;
	return 0;
}

/* --- randomness --- */

ssize_t fake_op_getrandom(struct sys *sys, void *buf, size_t len, unsigned long flags)
{
	struct kernel *kernel = kernel_of(fake_of(sys));

	if (flags & ~(unsigned long)(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		kernel->random ^= kernel->random << 13;
		kernel->random ^= kernel->random >> 7;
		kernel->random ^= kernel->random << 17;
		((unsigned char *)buf)[i] = (unsigned char)(kernel->random >> 32);
	}
	return (ssize_t)len;
}
