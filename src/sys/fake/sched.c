/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/sched: tasks as fibers, one at a time; time stands still while anybody can run.
 *
 * Without a seed they take turns, and who runs goes on until it waits. With one, each task has a
 * rank, drawn at its birth, and the highest who can run does; at the beginning of some operations
 * the task that runs draws a new rank. How many these are depends on the seed, too: some worlds
 * switch all the time, in some one task sleeps through half a life of another.
 */
#include "sys/fake/task.h"

#include <assert.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif

#ifdef HAVE_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define fiber_leave(save, low, size) __sanitizer_start_switch_fiber(save, low, size)
#define fiber_arrive(saved, low, size) __sanitizer_finish_switch_fiber(saved, low, size)
#define fiber_clean(stack, size) __asan_unpoison_memory_region(stack, size)
#define REUSE_STACKS false
#else
#define fiber_leave(save, low, size) ((void)(save), (void)(low), (void)(size))
#define fiber_arrive(saved, low, size) ((void)(saved), (void)(low), (void)(size))
#define fiber_clean(stack, size) ((void)(stack), (void)(size))
#define REUSE_STACKS true
#endif

enum { STACK_SIZE = 1 << 20, CANARY_SIZE = 4096 };
#define CANARY 0x5a
/* Time jumps this often while the test waits without a deadline: it waits for nothing but
 * somebody's clock. */
#define IDLE_MAX 100000u

/* --- guarded memory --- */

static uint64_t sum_of(const void *start, size_t len)
{
	const unsigned char *p = start;
	uint64_t sum = 14695981039346656037ull;

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ p[i]) * 1099511628211ull;
	return sum;
}

static void guards_check(struct fake *fake, struct task *ran)
{
	struct kernel *kernel = kernel_of(fake);

	if (!fake->options.mem_check)
		return;
	for (size_t i = 0; i < kernel->guards.count; i++) {
		struct guard *guard = vec_at(&kernel->guards, struct guard, i);
		uint64_t sum = sum_of(guard->start, guard->len);

		if (guard->owner != ran && guard->sum != sum)
			fake_breach(fake, "memory of %s written while %s ran\n", guard->owner->comm,
				    ran->comm);
		guard->sum = sum;
	}
}

void fake_guard_memory(struct fake *fake, const void *start, size_t len)
{
	struct guard guard = { fake->current, start, len, sum_of(start, len) };

	vec_add(&kernel_of(fake)->guards, &guard);
}

void sched_guards_drop(struct fake *fake, struct task *owner)
{
	struct vec *guards = &kernel_of(fake)->guards;

	for (size_t i = guards->count; i-- > 0;)
		if (vec_at(guards, struct guard, i)->owner == owner)
			vec_remove(guards, i);
}

/* --- fibers --- */

/* Frees what the task that was left for ever could not free under its own feet. */
static void arrive(struct fake *fake, void *sanitizer_stack)
{
	struct kernel *kernel = kernel_of(fake);
	const void *low = NULL;
	size_t size = 0;

	fiber_arrive(sanitizer_stack, &low, &size);
	if (kernel->came_from && kernel->came_from == kernel->test && size > 0) {
		ktask(kernel->test)->stack_low = low;
		ktask(kernel->test)->stack_size = size;
	}
	if (kernel->left) {
		struct task *left = steal_ptr(&kernel->left);

		sched_fiber_finish(left);
		task_put(left);
	}
}

static void fiber_main(unsigned high, unsigned low)
{
	struct task *task = (struct task *)(((uintptr_t)high << 32) | low);
	struct ktask *k = ktask(task);
	int status;

	arrive(task->fake, NULL);
	status = k->image ? image_run(task) : k->fn(k->arg);
	task_exit_self(task->fake, (status & 0xff) << 8);
}

/*
 * A life has a dozen tasks, and fresh pages would be a fifth of its time. With a sanitizer, which
 * shall see who still looks at the stack of a dead one, none is used again.
 */
static char *stack_take(struct kernel *kernel)
{
	char *stack;

	if (kernel->stacks.count > 0) {
		stack = *vec_at(&kernel->stacks, char *, kernel->stacks.count - 1);
		vec_remove(&kernel->stacks, kernel->stacks.count - 1);
		return stack;
	}
	stack = malloc(STACK_SIZE);
	if (stack)
		memset(stack, CANARY, CANARY_SIZE);
	return stack;
}

static void stack_give(struct kernel *kernel, char *stack)
{
	/* Else: deeper than STACK_SIZE. */
	assert(*stack == CANARY && memcmp(stack, stack + 1, CANARY_SIZE - 1) == 0);
	if (!REUSE_STACKS || !vec_add(&kernel->stacks, &stack))
		free(stack);
}

void sched_stacks_drop(struct fake *fake)
{
	struct vec *stacks = &kernel_of(fake)->stacks;

	for (size_t i = 0; i < stacks->count; i++)
		free(*vec_at(stacks, char *, i));
	vec_finish(stacks);
}

int sched_fiber_init(struct fake *fake, struct task *task)
{
	struct ktask *k = ktask(task);
	uintptr_t bits = (uintptr_t)task;

	k->stack = stack_take(kernel_of(fake));
	if (!k->stack)
		return -ENOMEM;
	k->stack_low = k->stack;
	k->stack_size = STACK_SIZE;
	getcontext(&k->context);
	k->context.uc_stack.ss_sp = k->stack;
	k->context.uc_stack.ss_size = STACK_SIZE;
	k->context.uc_link = NULL;
	makecontext(&k->context, (void (*)(void))(void *)fiber_main, 2, (unsigned)(bits >> 32),
		    (unsigned)bits);
	return 0;
}

void sched_fiber_finish(struct task *task)
{
	struct ktask *k = ktask(task);

	if (!k->stack)
		return;
	fiber_clean(k->stack, STACK_SIZE);
	stack_give(kernel_of(task->fake), k->stack);
	k->stack = NULL;
}

static void switch_to(struct fake *fake, struct task *next)
{
	struct kernel *kernel = kernel_of(fake);
	struct task *from = fake->current;
	struct ktask *k = ktask(from), *nk = ktask(next);
	bool for_ever = from->state == TASK_ZOMBIE || from->state == TASK_DEAD;

	next->state = TASK_RUNNABLE;
	if (next == from)
		return;
	guards_check(fake, from);
	fake->current = next;
	kernel->came_from = from;
	if (for_ever)
		kernel->left = from; /* with the reference that task_exit_self() took */
	fiber_leave(for_ever ? NULL : &k->sanitizer_stack, nk->stack_low, nk->stack_size);
	swapcontext(&k->context, &nk->context);
	arrive(fake, k->sanitizer_stack);
}

/* --- who is next --- */

static bool can_run(struct fake *fake, struct task *task)
{
	struct task *current = fake->current;
	struct wait_for *wait = &ktask(task)->wait;
	bool ready;

	if (task->frozen || task == kernel_of(fake)->init)
		return false;
	if (task->state != TASK_BLOCKED)
		return task->state == TASK_RUNNABLE;
	if (wait->deadline_ns <= fake->now_ns || signal_deliverable(task))
		return true;
	fake->current = task;
	ready = wait->ready && wait->ready(wait->arg);
	fake->current = current;
	return ready;
}

static uint64_t dice(struct fake *fake)
{
	uint64_t z = kernel_of(fake)->dice += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

void sched_seed(struct fake *fake)
{
	kernel_of(fake)->dice = fake->options.seed;
	kernel_of(fake)->yield_shift = 1 + (unsigned)(dice(fake) % 7);
}

uint64_t sched_rank(struct fake *fake)
{
	return fake->options.seed ? dice(fake) : 0;
}

/*
 * A real clone has a copy of all memory, ours shares it. A parent that made a child itself knows
 * how long its argument is used; one whose child was made by another child (attach) may end what
 * that still reads: so it is not let past the child's exec.
 */
static struct task *borrower_of(struct fake *fake, struct task *lender)
{
	for (size_t i = 0; i < fake->tasks.count; i++) {
		struct task *task = task_nth(fake, i);

		if (ktask(task)->borrows && task->parent == lender && can_run(fake, task))
			return task;
	}
	return NULL;
}

static struct task *highest(struct fake *fake)
{
	struct task *best = NULL, *borrower;

	for (size_t i = 0; i < fake->tasks.count; i++) {
		struct task *candidate = task_nth(fake, i);

		if (can_run(fake, candidate) &&
		    (!best || ktask(candidate)->rank > ktask(best)->rank))
			best = candidate;
	}
	borrower = best ? borrower_of(fake, best) : NULL;
	return borrower ? borrower : best;
}

static struct task *next_in_turn(struct fake *fake, struct task *task)
{
	size_t count = fake->tasks.count, at = 0;

	for (size_t i = 0; i < count; i++)
		if (task_nth(fake, i)->pid <= task->pid)
			at = i + 1;
	for (size_t i = 0; i < count; i++) {
		struct task *candidate = task_nth(fake, (at + i) % count);

		if (can_run(fake, candidate))
			return candidate;
	}
	return NULL;
}

static bool time_jump(struct fake *fake)
{
	struct kernel *kernel = kernel_of(fake);
	uint64_t next = timer_next(fake);

	for (size_t i = 0; i < fake->tasks.count; i++) {
		struct task *task = task_nth(fake, i);

		if (task->state == TASK_BLOCKED && !task->frozen &&
		    ktask(task)->wait.deadline_ns < next)
			next = ktask(task)->wait.deadline_ns;
	}
	if (next == NEVER)
		return false;
	if (ktask(kernel->test)->wait.deadline_ns == NEVER && ++kernel->switches_idle > IDLE_MAX)
		return false;
	if (next > fake->now_ns)
		fake->now_ns = next;
	return true;
}

static void tell_stuck(struct fake *fake)
{
	str_clear(&fake->stuck);
	for (size_t i = 0; i < fake->tasks.count; i++) {
		struct task *task = task_nth(fake, i);

		if (task->state == TASK_BLOCKED && task != kernel_of(fake)->init)
			str_addf(&fake->stuck, "%s waits for %s%s\n", task->comm,
				 ktask(task)->wait.what, task->frozen ? " (frozen)" : "");
	}
}

void sched_switch(struct fake *fake)
{
	struct kernel *kernel = kernel_of(fake);
	struct task *test = kernel->test, *next;

	vfs_freeze_tasks(fake);
	for (;;) {
		next = fake->options.seed ? highest(fake) : next_in_turn(fake, fake->current);
		if (next)
			break;
		if (ktask(test)->wait.settle) {
			next = test;
			break;
		}
		if (time_jump(fake))
			continue;
		tell_stuck(fake);
		ktask(test)->deadlocked = true;
		next = test;
		break;
	}
	switch_to(fake, next);
}

void sched_enter(struct fake *fake)
{
	struct task *task = fake->current;

	if (!fake->options.seed || dice(fake) >> (64 - kernel_of(fake)->yield_shift))
		return;
	ktask(task)->rank = dice(fake);
	sched_switch(fake);
	assert(fake->current == task);
	(void)signal_deliver(fake);
}

bool sched_must_freeze(struct fake *fake)
{
	return fake->current->freezing && fake->current != kernel_of(fake)->test;
}

static int block(struct fake *fake, const struct wait_for *wait)
{
	struct task *task = fake->current;
	struct ktask *k = ktask(task);

	assert(task->state == TASK_RUNNABLE);
	for (;;) {
		bool stays = sched_must_freeze(fake);

		if (!stays && wait->ready && wait->ready(wait->arg))
			return 0;
		if (!stays && signal_deliver(fake))
			return -EINTR;
		if (!stays && wait->deadline_ns <= fake->now_ns)
			return -ETIMEDOUT;
		k->wait = *wait;
		task->state = TASK_BLOCKED;
		if (task == kernel_of(fake)->test)
			kernel_of(fake)->switches_idle = 0;
		sched_switch(fake);
		assert(fake->current == task);
		k->wait = (struct wait_for){ .deadline_ns = NEVER };
		if (k->deadlocked) {
			k->deadlocked = false;
			return -EDEADLK;
		}
		if (wait->settle)
			return 0;
	}
}

int fake_block(struct fake *fake, bool (*ready)(void *arg), void *arg, uint64_t deadline_ns,
	       const char *what)
{
	return block(fake, &(struct wait_for){ ready, arg, deadline_ns, what, false });
}

void fake_settle(struct fake *fake)
{
	assert(fake->current == kernel_of(fake)->test); /* only the test may stand outside */
	/* A signal that the test handles interrupts, too. */
	while (block(fake, &(struct wait_for){ NULL, NULL, NEVER, "the others to settle", true }) ==
	       -EINTR)
		;
}

void fake_advance(struct fake *fake, unsigned long ms)
{
	uint64_t until = fake->now_ns + ms * NS_PER_MS;

	assert(fake->current == kernel_of(fake)->test);
	while (fake->now_ns < until)
		if (fake_block(fake, NULL, NULL, until, "time to pass") == -EDEADLK)
			break;
	fake_settle(fake);
}

const char *fake_stuck(struct fake *fake)
{
	return str_text(&fake->stuck);
}
