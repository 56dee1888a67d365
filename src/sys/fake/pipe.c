/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/pipe: pipes.
 *
 * Source: pipe(7).
 */
#include "sys/fake/task.h"

enum { PIPE_SIZE = 65536, ATOMIC_SIZE = 4096 };

struct pipe {
	unsigned readers, writers;
	size_t start, len;
	char bytes[PIPE_SIZE];
};

struct pipe_wait {
	struct pipe *pipe;
	size_t need;
};

static bool is_write_end(const struct file *file)
{
	return (file->flags & O_ACCMODE) == O_WRONLY;
}

static bool can_read(void *arg)
{
	struct pipe *pipe = arg;

	return pipe->len > 0 || pipe->writers == 0;
}

static bool can_write(void *arg)
{
	struct pipe_wait *wait = arg;

	return PIPE_SIZE - wait->pipe->len >= wait->need || wait->pipe->readers == 0;
}

static ssize_t pipe_read(struct fake *fake, struct file *file, void *buf, size_t len, off_t *pos)
{
	struct pipe *pipe = file->priv;
	int ret;

	if (len == 0)
		return 0;
	if (!can_read(pipe) && (file->flags & O_NONBLOCK))
		return -EAGAIN;
	ret = fake_block(fake, can_read, pipe, NEVER, "a pipe to be written");
	if (ret < 0)
		return ret;
	if (len > pipe->len)
		len = pipe->len;
	for (size_t i = 0; i < len; i++)
		((char *)buf)[i] = pipe->bytes[(pipe->start + i) % PIPE_SIZE];
	pipe->start = (pipe->start + len) % PIPE_SIZE;
	pipe->len -= len;
	return (ssize_t)len;
}

static ssize_t pipe_write(struct fake *fake, struct file *file, const void *buf, size_t len,
			  off_t *pos)
{
	struct pipe *pipe = file->priv;
	size_t done = 0;

	do {
		struct pipe_wait wait = { pipe, len <= ATOMIC_SIZE ? len : 1 };
		size_t n = len - done;
		int ret = 0;

		if (pipe->readers > 0 && !can_write(&wait) && (file->flags & O_NONBLOCK))
			return done ? (ssize_t)done : -EAGAIN;
		ret = fake_block(fake, can_write, &wait, NEVER, "a pipe to be read");
		if (ret < 0)
			return done ? (ssize_t)done : ret;
		if (pipe->readers == 0) {
			task_signal(fake, fake->current, SIGPIPE, fake->current);
			return -EPIPE;
		}
		if (n > PIPE_SIZE - pipe->len)
			n = PIPE_SIZE - pipe->len;
		for (size_t i = 0; i < n; i++)
			pipe->bytes[(pipe->start + pipe->len + i) % PIPE_SIZE] =
				((const char *)buf)[done + i];
		pipe->len += n;
		done += n;
	} while (done < len);
	return (ssize_t)done;
}

static uint32_t pipe_poll(struct fake *fake, struct file *file)
{
	struct pipe *pipe = file->priv;

	if (is_write_end(file))
		return (pipe->readers ? 0 : EPOLLERR) |
		       (PIPE_SIZE - pipe->len >= ATOMIC_SIZE ? EPOLLOUT : 0);
	return (pipe->writers ? 0 : EPOLLHUP) | (pipe->len ? EPOLLIN : 0);
}

static void pipe_release(struct fake *fake, struct file *file)
{
	struct pipe *pipe = file->priv;

	if (is_write_end(file))
		pipe->writers--;
	else
		pipe->readers--;
	if (pipe->readers + pipe->writers == 0)
		free(pipe);
}

static void pipe_describe(struct fake *fake, struct file *file, struct str *out)
{
	str_add(out, is_write_end(file) ? "write end" : "read end");
}

static const struct file_ops pipe_ops = {
	.kind = "pipe",
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.release = pipe_release,
	.describe = pipe_describe,
};

int fake_op_pipe2(struct sys *sys, int *fds, unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	struct task *task = fake->current;
	struct file *reader, *writer;
	struct pipe *pipe;
	int rfd, wfd;

	if (flags & ~(unsigned long)(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	pipe = calloc(1, sizeof(*pipe));
	if (!pipe)
		return -ENOMEM;
	pipe->readers = pipe->writers = 1;
	reader = file_create(fake, &pipe_ops, O_RDONLY | (int)(flags & O_NONBLOCK), pipe);
	writer = file_create(fake, &pipe_ops, O_WRONLY | (int)(flags & O_NONBLOCK), pipe);
	writer->number = reader->number; /* one inode */
	rfd = task_install(task, reader, flags & O_CLOEXEC, 0);
	wfd = task_install(task, writer, flags & O_CLOEXEC, 0);
	if (rfd >= 0 && wfd < 0)
		fake_op_close(sys, rfd);
	if (rfd < 0 || wfd < 0)
		return -EMFILE;
	fds[0] = rfd;
	fds[1] = wfd;
	return 0;
}
