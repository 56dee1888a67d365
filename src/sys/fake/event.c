/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/event: epoll (level-triggered) and poll.
 *
 * Sources: epoll(7), poll(2). EPOLLET is treated as level: a caller that relies on the edge alone
 * is not tested by the model.
 */
#include "sys/fake/task.h"

struct watch {
	struct file *file; /* leaves the list when its last descriptor closes */
	int fd;
	struct epoll_event event;
	bool spent; /* EPOLLONESHOT */
};

struct epoll {
	struct vec watches;
	size_t turn; /* where the next look begins: nobody starves */
};

uint32_t file_poll(struct fake *fake, struct file *file)
{
	return file->ops->poll ? file->ops->poll(fake, file) : EPOLLIN | EPOLLOUT;
}

static uint32_t watch_events(struct fake *fake, const struct watch *watch)
{
	if (watch->spent)
		return 0;
	return file_poll(fake, watch->file) & (watch->event.events | EPOLLERR | EPOLLHUP);
}

static bool has_events(struct fake *fake, struct epoll *epoll)
{
	for (size_t i = 0; i < epoll->watches.count; i++)
		if (watch_events(fake, vec_at(&epoll->watches, struct watch, i)))
			return true;
	return false;
}

static uint32_t epoll_poll(struct fake *fake, struct file *file)
{
	return has_events(fake, file->priv) ? EPOLLIN : 0;
}

static void watcher_remove(struct file *file, struct epoll *epoll)
{
	for (size_t i = file->epolls ? file->epolls->count : 0; i-- > 0;)
		if (*vec_at(file->epolls, struct epoll *, i) == epoll) {
			vec_remove(file->epolls, i);
			return;
		}
}

static void epoll_release(struct fake *fake, struct file *file)
{
	struct epoll *epoll = file->priv;

	for (size_t i = 0; i < epoll->watches.count; i++)
		watcher_remove(vec_at(&epoll->watches, struct watch, i)->file, epoll);
	vec_finish(&epoll->watches);
	free(epoll);
}

static void epoll_describe(struct fake *fake, struct file *file, struct str *out)
{
	struct epoll *epoll = file->priv;

	str_add(out, "of");
	for (size_t i = 0; i < epoll->watches.count; i++)
		str_addf(out, " %s", vec_at(&epoll->watches, struct watch, i)->file->ops->kind);
}

static const struct file_ops epoll_ops = {
	.kind = "epoll", .poll = epoll_poll, .release = epoll_release, .describe = epoll_describe
};

void epoll_forget(struct file *file)
{
	for (size_t i = 0; file->epolls && i < file->epolls->count; i++) {
		struct epoll *epoll = *vec_at(file->epolls, struct epoll *, i);

		for (size_t w = epoll->watches.count; w-- > 0;)
			if (vec_at(&epoll->watches, struct watch, w)->file == file)
				vec_remove(&epoll->watches, w);
	}
	vec_finish(file->epolls);
	free(file->epolls);
	file->epolls = NULL;
}

int fake_op_epoll_create1(struct sys *sys, unsigned long flags)
{
	struct fake *fake = fake_of(sys);
	struct epoll *epoll;
	struct file *file;

	if (flags & ~(unsigned long)EPOLL_CLOEXEC)
		return -EINVAL;
	epoll = calloc(1, sizeof(*epoll));
	file = epoll ? file_create(fake, &epoll_ops, O_RDWR, epoll) : NULL;
	if (!file) {
		free(epoll);
		return -ENOMEM;
	}
	epoll->watches = VEC_OF(struct watch);
	return task_install(fake->current, file, flags & EPOLL_CLOEXEC, 0);
}

static int watch_add(struct epoll *epoll, struct file *file, int fd,
		     const struct epoll_event *event)
{
	struct watch watch = { file, fd, *event, false };

	if (!file->epolls) {
		file->epolls = calloc(1, sizeof(*file->epolls));
		if (!file->epolls)
			return -ENOMEM;
		*file->epolls = VEC_OF(struct epoll *);
	}
	if (!vec_add(&epoll->watches, &watch) || !vec_add(file->epolls, &epoll))
		return -ENOMEM;
	return 0;
}

int fake_op_epoll_ctl(struct sys *sys, int epfd, int op, int fd, struct epoll_event *event)
{
	struct file *ep, *file;
	struct epoll *epoll;
	size_t i;

	if (fd_file(sys, epfd, &ep) < 0 || fd_file_io(sys, fd, &file) < 0)
		return -EBADF;
	if (!file->ops->poll)
		return -EPERM; /* a regular file or a directory is always ready */
	if (ep->ops != &epoll_ops || ep == file)
		return -EINVAL;
	epoll = ep->priv;
	for (i = 0; i < epoll->watches.count; i++) {
		struct watch *watch = vec_at(&epoll->watches, struct watch, i);

		if (watch->file == file && watch->fd == fd)
			break;
	}
	if (op == EPOLL_CTL_ADD)
		return i < epoll->watches.count ? -EEXIST : watch_add(epoll, file, fd, event);
	if (op != EPOLL_CTL_MOD && op != EPOLL_CTL_DEL)
		return -EINVAL;
	if (i == epoll->watches.count)
		return -ENOENT;
	if (op == EPOLL_CTL_DEL) {
		watcher_remove(file, epoll);
		vec_remove(&epoll->watches, i);
		return 0;
	}
	vec_at(&epoll->watches, struct watch, i)->event = *event;
	vec_at(&epoll->watches, struct watch, i)->spent = false;
	return 0;
}

struct epoll_waiting {
	struct fake *fake;
	struct epoll *epoll;
};

static bool epoll_ready(void *arg)
{
	struct epoll_waiting *w = arg;

	return has_events(w->fake, w->epoll);
}

int fake_op_epoll_wait(struct sys *sys, int epfd, struct epoll_event *events, int maxevents,
		       int timeout_ms)
{
	struct fake *fake = fake_of(sys);
	struct epoll_waiting waiting = { .fake = fake };
	struct file *file;
	int ret = fd_file(sys, epfd, &file), found = 0;
	size_t count;

	if (ret < 0)
		return ret;
	if (file->ops != &epoll_ops || maxevents <= 0)
		return -EINVAL;
	waiting.epoll = file->priv;
	if (timeout_ms != 0)
		ret = fake_block(fake, epoll_ready, &waiting, deadline_after_ms(fake, timeout_ms),
				 "events");
	if (ret < 0)
		return ret == -ETIMEDOUT ? 0 : ret;
	count = waiting.epoll->watches.count;
	for (size_t i = 0; i < count && found < maxevents; i++) {
		struct watch *watch = vec_at(&waiting.epoll->watches, struct watch,
					     (waiting.epoll->turn + i) % count);
		uint32_t mask = watch_events(fake, watch);

		if (!mask)
			continue;
		events[found] = watch->event;
		events[found++].events = mask;
		watch->spent = watch->event.events & EPOLLONESHOT;
	}
	waiting.epoll->turn = found == maxevents ? waiting.epoll->turn + (size_t)found : 0;
	return found;
}

/* --- poll --- */

struct poll_waiting {
	struct fake *fake;
	struct pollfd *fds;
	size_t count;
};

static int poll_look(struct poll_waiting *w)
{
	int found = 0;

	for (size_t i = 0; i < w->count; i++) {
		struct pollfd *fd = &w->fds[i];
		struct file *file = fd->fd < 0 ? NULL : task_file(w->fake->current, fd->fd);

		fd->revents = 0;
		if (file)
			fd->revents = (short)(file_poll(w->fake, file) &
					      ((uint32_t)fd->events | EPOLLERR | EPOLLHUP));
		else if (fd->fd >= 0)
			fd->revents = POLLNVAL;
		found += fd->revents != 0;
	}
	return found;
}

static bool poll_ready(void *arg)
{
	return poll_look(arg) > 0;
}

int fake_op_poll(struct sys *sys, struct pollfd *fds, size_t nfds, int timeout_ms)
{
	struct fake *fake = fake_of(sys);
	struct poll_waiting waiting = { fake, fds, nfds };
	int ret = 0;

	if (nfds > fake->current->rlimits[RLIMIT_NOFILE].rlim_cur)
		return -EINVAL;
	if (timeout_ms != 0)
		ret = fake_block(fake, poll_ready, &waiting, deadline_after_ms(fake, timeout_ms),
				 "poll");
	if (ret < 0 && ret != -ETIMEDOUT)
		return ret;
	return poll_look(&waiting);
}
