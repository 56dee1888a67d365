/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/exec: a program file replaces what a task runs; the new image owns copies of its
 * arguments and environment.
 */
#include "sys/fake/task.h"

struct image {
	struct fake_prog prog;
	int argc;
	char **argv, **envp;
};

static void strv_destroy(char **strv)
{
	for (size_t i = 0; strv && strv[i]; i++)
		free(strv[i]);
	free(strv);
}

/* first, second: put before the rest, NULL: none. */
static char **strv_copy(const char *first, const char *second, char *const *rest)
{
	size_t n = 0, count = 0;
	char **copy;

	while (rest && rest[count])
		count++;
	copy = calloc(count + 3, sizeof(*copy));
	if (!copy)
		return NULL;
	if (first)
		copy[n++] = str_dup(first);
	if (second)
		copy[n++] = str_dup(second);
	for (size_t i = 0; i < count; i++)
		copy[n++] = str_dup(rest[i]);
	for (size_t i = 0; i < n; i++) {
		if (copy[i])
			continue;
		for (; n-- > 0;)
			free(copy[n]);
		free(copy);
		return NULL;
	}
	return copy;
}

struct image *image_create(const struct fake_prog *prog, const char *interpreter, const char *path,
			   char *const *argv, char *const *envp)
{
	struct image *image = calloc(1, sizeof(*image));

	if (!image)
		return NULL;
	image->prog = *prog;
	if (interpreter)
		image->argv = strv_copy(interpreter, path, argv && argv[0] ? argv + 1 : NULL);
	else
		image->argv = strv_copy(NULL, NULL, argv);
	image->envp = strv_copy(NULL, NULL, envp);
	if (!image->argv || !image->envp) {
		image_destroy(image);
		return NULL;
	}
	while (image->argv[image->argc])
		image->argc++;
	return image;
}

void image_destroy(struct image *image)
{
	if (!image)
		return;
	strv_destroy(image->argv);
	strv_destroy(image->envp);
	free(image);
}

int image_run(struct task *task)
{
	struct image *image = ktask(task)->image;

	return image->prog.main(task->fake->sys.top, image->argc, image->argv, image->envp,
				image->prog.data);
}

static size_t join(char *out, size_t size, char *const *strv)
{
	size_t len = 0;

	for (; *strv; strv++) {
		size_t n = strlen(*strv) + 1;

		if (len + n > size)
			n = size - len;
		memcpy(out + len, *strv, n);
		len += n;
	}
	return len;
}

void exec_become(struct fake *fake, struct task *task, struct image *image, struct path *exe,
		 const char *path)
{
	struct ktask *k = ktask(task);
	const char *name = path && *path ? path : image->argc > 0 ? image->argv[0] : "";
	const char *slash = strrchr(name, '/');

	fd_table_close(fake, task, true);
	task_unmap_all(fake, task);
	signal_exec(k);
	cred_exec(task);
	sched_guards_drop(fake, task);
	snprintf(task->comm, sizeof(task->comm), "%.15s", slash ? slash + 1 : name);
	task->cmdline_len = join(task->cmdline, sizeof(task->cmdline), image->argv);
	task->environ_len = join(task->environ_text, sizeof(task->environ_text), image->envp);
	task->dumpable = true;
	path_put(&task->exe);
	task->exe = *exe;
	*exe = (struct path){ 0 };
	image_destroy(k->image);
	k->borrows = false;
	k->image = image;
}

int fake_op_execveat(struct sys *sys, int dirfd, const char *path, char *const *argv,
		     char *const *envp, unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	struct task *task = fake->current;
	const struct fake_prog *prog = NULL;
	const char *interpreter = NULL;
	struct path found = { 0 };
	struct image *image;
	int ret;

	ret = vfs_exec(fake, dirfd, path, flags, &found, &prog, &interpreter);
	if (ret < 0)
		return ret;
	if (task == kernel_of(fake)->test) {
		path_put(&found);
		fake_breach(fake, "the test task itself was to exec %s\n", path);
		return -EPERM;
	}
	image = image_create(prog, interpreter, path, argv, envp);
	if (!image) {
		path_put(&found);
		return -ENOMEM;
	}
	exec_become(fake, task, image, &found, path);
	task_exit_self(fake, (image_run(task) & 0xff) << 8);
}
