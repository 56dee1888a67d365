/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/fake: a world from birth to end, and what a test does to it from outside.
 */
#include "sys/fake/task.h"

#include <assert.h>
#include <stdarg.h>

#define RANDOM_SEED 0x9e3779b97f4a7c15ull
#define FIRST_TEST_PID 100

/* --- birth --- */

static unsigned version_of(const char *text)
{
	unsigned version = 0, patch = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		version = version * 10 + (unsigned)(*text - '0');
	if (*text == '.')
		for (text++; *text >= '0' && *text <= '9'; text++)
			patch = patch * 10 + (unsigned)(*text - '0');
	return version * 100 + patch;
}

/* What a Debian host gives its init; the rest is unlimited. */
static const struct {
	int resource;
	struct rlimit limit;
} limits[] = {
	{ RLIMIT_NOFILE, { 1024, 1048576 } },
	{ RLIMIT_CORE, { 0, RLIM_INFINITY } },
	{ RLIMIT_STACK, { 8 << 20, RLIM_INFINITY } },
	{ RLIMIT_NPROC, { 15000, 15000 } },
	{ RLIMIT_MEMLOCK, { 8 << 20, 8 << 20 } },
	{ RLIMIT_SIGPENDING, { 15000, 15000 } },
	{ RLIMIT_MSGQUEUE, { 819200, 819200 } },
	{ RLIMIT_NICE, { 0, 0 } },
	{ RLIMIT_RTPRIO, { 0, 0 } },
};

static void set_limits(struct task *task)
{
	for (size_t i = 0; i < ARRAY_LEN(task->rlimits); i++)
		task->rlimits[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		task->rlimits[limits[i].resource] = limits[i].limit;
}

static void set_name(struct task *task, const char *name)
{
	strcpy(task->comm, name);
	strcpy(task->cmdline, name);
	task->cmdline_len = strlen(name) + 1;
}

/* pid 1: it never runs; whatever becomes its child is reaped at once. */
static int init_create(struct fake *fake)
{
	struct task *init = task_create(fake, NULL);
	struct pid_ns *pid_ns;
	int ret;

	if (!init)
		return -ENOMEM;
	ret = ns_host_init(fake, init);
	if (ret < 0)
		return ret;
	kernel_of(fake)->init = init;
	set_name(init, "init");
	set_limits(init);
	init->state = TASK_BLOCKED;
	init->cred.effective = init->cred.permitted = init->cred.bounding = ALL_CAPS;
	init->umask = 022;
	init->dumpable = true;
	pid_ns = init->pid_ns_children;
	ret = task_enlist(fake, init, pid_ns);
	init->pgid = init->sid = init->pid;
	return ret;
}

/* What only exists once there are files. */
static int init_settle(struct fake *fake, struct task *init)
{
	if (!init->mnt_ns)
		init->mnt_ns = vfs_mount_ns(fake);
	if (!init->root.inode)
		init->root = vfs_root(fake);
	if (!init->cwd.inode)
		init->cwd = vfs_root(fake);
	if (!init->cgroup_ns)
		init->cgroup_ns = vfs_cgroup_ns_create(fake, init);
	return init->cgroup_ns ? 0 : -ENOMEM;
}

/* The caller becomes pid 100. */
static int test_create(struct fake *fake)
{
	struct task *init = kernel_of(fake)->init;
	struct task *test = task_create(fake, init);
	int ret;

	if (!test)
		return -ENOMEM;
	kernel_of(fake)->test = test;
	set_name(test, "test");
	test->parent = init;
	test->exit_signal = SIGCHLD;
	init->pid_ns->next = FIRST_TEST_PID;
	ret = task_enlist(fake, test, init->pid_ns);
	if (ret < 0)
		return ret;
	test->pgid = test->sid = test->pid;
	vfs_cgroup_fork(fake, init, test);
	fake->current = test;
	return 0;
}

struct fake *fake_create(const struct fake_options *options)
{
	struct fake *fake = calloc(1, sizeof(*fake));
	struct kernel *kernel = calloc(1, sizeof(*kernel));

	if (!fake || !kernel) {
		free(fake);
		free(kernel);
		return NULL;
	}
	if (options)
		fake->options = *options;
	fake->kernel = kernel;
	fake->kernel_version = version_of(fake->options.kernel ? fake->options.kernel : "6.1");
	fake->now_ns = NS_PER_S;
	fake->tasks = VEC_OF(struct task *);
	kernel->next_id = 1;
	kernel->random = RANDOM_SEED;
	sched_seed(fake);
	kernel->guards = VEC_OF(struct guard);
	kernel->stacks = VEC_OF(char *);
	kernel->binds = VEC_OF(struct sock *);
	kernel->timers = VEC_OF(struct timer *);
	kernel->socks = VEC_OF(struct sock *);
	kernel->links = VEC_OF(struct link *);
	sys_link(&fake->sys, &fake_ops, NULL);
	if (init_create(fake) < 0)
		return NULL; /* out of memory in a test: what is lost does not matter */
	fake->current = kernel->init;
	if (vfs_create(fake) < 0 || init_settle(fake, kernel->init) < 0 || test_create(fake) < 0)
		return NULL;
	return fake;
}

/* --- end --- */

void fake_destroy(struct fake *fake)
{
	struct kernel *kernel;

	if (!fake)
		return;
	kernel = kernel_of(fake);
	assert(fake->current == kernel->test);
	while (fake->tasks.count > 0) {
		struct task *task = task_nth(fake, fake->tasks.count - 1);

		if (task == kernel->test || task == kernel->init) {
			fake->current = kernel->init;
			task->pid_ns->init = NULL;
			vfs_cgroup_exit(fake, task);
			task_strip(fake, task);
			task->state = TASK_ZOMBIE;
		} else if (task->state != TASK_ZOMBIE) {
			task_get(task);
			task_exit(fake, task, SIGKILL);
			task_put(task);
		}
		if (fake->tasks.count > 0 && task_nth(fake, fake->tasks.count - 1) == task)
			task_reap(fake, task);
	}
	sock_drain_all(fake);
	vfs_destroy(fake);
	vec_finish(&fake->tasks);
	sched_stacks_drop(fake);
	vec_finish(&kernel->guards);
	vec_finish(&kernel->binds);
	vec_finish(&kernel->timers);
	vec_finish(&kernel->socks);
	vec_finish(&kernel->links);
	str_finish(&fake->breaches);
	str_finish(&fake->stuck);
	free(kernel);
	free(fake);
}

struct sys *fake_sys(struct fake *fake)
{
	return &fake->sys;
}

/* --- breaches --- */

void fake_breach(struct fake *fake, const char *fmt, ...)
{
	char line[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	str_add(&fake->breaches, line);
	if (!str_ends(line, "\n"))
		str_add(&fake->breaches, "\n");
}

const char *fake_breaches(struct fake *fake)
{
	return str_text(&fake->breaches);
}

/* --- building and looking --- */

static void build(struct fake *fake, const char *path, mode_t mode, const char *text,
		  const struct fake_prog *prog)
{
	int ret = vfs_build(fake, path, mode, text, prog);

	assert(ret >= 0); /* the test asks for an impossible world */
}

void fake_dir(struct fake *fake, const char *path, mode_t mode)
{
	build(fake, path, S_IFDIR | mode, NULL, NULL);
}

void fake_file(struct fake *fake, const char *path, const char *text, mode_t mode)
{
	build(fake, path, S_IFREG | mode, text, NULL);
}

void fake_symlink(struct fake *fake, const char *path, const char *target)
{
	build(fake, path, S_IFLNK | 0777, target, NULL);
}

void fake_program(struct fake *fake, const char *path, fake_main main, void *data)
{
	build(fake, path, S_IFREG | 0755, NULL, &(struct fake_prog){ main, data });
}

bool fake_exists(struct fake *fake, const char *path)
{
	struct stat st;

	return fake_op_fstatat(&fake->sys, AT_FDCWD, path, &st, 0) == 0;
}

char *fake_text(struct fake *fake, const char *path)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC };
	int fd = fake_op_openat(&fake->sys, AT_FDCWD, path, how.flags, 0);
	_cleanup_str_ struct str text = { 0 };
	char buf[4096];
	ssize_t n;

	if (fd < 0)
		return NULL;
	while ((n = fake_op_read(&fake->sys, fd, buf, sizeof(buf))) > 0)
		str_add_n(&text, buf, (size_t)n);
	fake_op_close(&fake->sys, fd);
	if (!text.s)
		return str_dup("");
	return n < 0 ? NULL : str_steal(&text);
}
