/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/locks: flock and open-file-description locks; both belong to the open file description.
 *
 * Sources: flock(2), fcntl(2) "Open file description locks".
 */
#include "sys/fake/vfs.h"

#include <sys/file.h>

struct lock {
	struct file *owner; /* compared only; released with it */
	bool flock;
	bool exclusive;
	off_t start, end; /* end not included; INT64_MAX: to the end of the file */
};

static bool conflicts(const struct lock *held, const struct lock *wanted)
{
	return held->owner != wanted->owner && held->flock == wanted->flock &&
	       (held->exclusive || wanted->exclusive) && held->start < wanted->end &&
	       wanted->start < held->end;
}

static struct lock *conflict_of(struct inode *inode, const struct lock *wanted)
{
	for (size_t i = 0; i < inode->locks.count; i++)
		if (conflicts(vec_at(&inode->locks, struct lock, i), wanted))
			return vec_at(&inode->locks, struct lock, i);
	return NULL;
}

static void add(struct inode *inode, const struct lock *lock)
{
	if (!inode->locks.item_size)
		inode->locks = VEC_OF(struct lock);
	if (!vec_add(&inode->locks, lock))
		abort();
}

/* Takes the range away from the owner's locks; pieces on both sides stay. */
static void clear_range(struct inode *inode, const struct lock *range)
{
	for (size_t i = inode->locks.count; i-- > 0;) {
		struct lock held = *vec_at(&inode->locks, struct lock, i), piece = held;

		if (held.owner != range->owner || held.flock != range->flock ||
		    held.start >= range->end || range->start >= held.end)
			continue;
		vec_remove(&inode->locks, i);
		piece.end = range->start;
		if (held.start < range->start)
			add(inode, &piece);
		piece.start = range->end;
		piece.end = held.end;
		if (range->end < held.end)
			add(inode, &piece);
	}
}

void locks_release(struct file *file)
{
	struct inode *inode = file->path.inode;

	for (size_t i = inode ? inode->locks.count : 0; i-- > 0;)
		if (vec_at(&inode->locks, struct lock, i)->owner == file)
			vec_remove(&inode->locks, i);
}

struct wait_lock {
	struct inode *inode;
	struct lock wanted;
};

static bool lock_is_free(void *arg)
{
	struct wait_lock *wait = arg;

	return !conflict_of(wait->inode, &wait->wanted);
}

static int take(struct fake *fake, struct inode *inode, struct lock *wanted, bool wait)
{
	struct wait_lock waiting = { inode, *wanted };
	int ret;

	if (conflict_of(inode, wanted)) {
		if (!wait)
			return -EAGAIN;
		ret = fake_block(fake, lock_is_free, &waiting, UINT64_MAX,
				 wanted->flock ? "flock" : "file lock");
		if (ret < 0)
			return ret;
	}
	clear_range(inode, wanted);
	add(inode, wanted);
	return 0;
}

static int do_flock(struct fake *fake, struct file *file, int op)
{
	struct lock lock = { .owner = file,
			     .flock = true,
			     .exclusive = (op & ~LOCK_NB) == LOCK_EX,
			     .end = INT64_MAX };

	switch (op & ~LOCK_NB) {
	case LOCK_UN:
		clear_range(file->path.inode, &lock);
		return 0;
	case LOCK_SH:
	case LOCK_EX:
		return take(fake, file->path.inode, &lock, !(op & LOCK_NB));
	default:
		return -EINVAL;
	}
}

static int range_of(struct file *file, const struct flock *flock, struct lock *lock)
{
	off_t start = flock->l_start;

	if (flock->l_whence != SEEK_SET && flock->l_whence != SEEK_CUR && flock->l_whence != SEEK_END)
		return -EINVAL;
	if (flock->l_type != F_RDLCK && flock->l_type != F_WRLCK && flock->l_type != F_UNLCK)
		return -EINVAL;

	if (flock->l_whence == SEEK_CUR)
		start += file->pos;
	else if (flock->l_whence == SEEK_END)
		start += (off_t)file->path.inode->size;
	if (start < 0 || flock->l_len < 0 || flock->l_pid != 0)
		return -EINVAL;
	*lock = (struct lock){ .owner = file,
			       .exclusive = flock->l_type == F_WRLCK,
			       .start = start };
	lock->end = flock->l_len == 0 ? INT64_MAX : start + flock->l_len;
	return 0;
}

static void show_conflict(const struct lock *held, struct flock *flock)
{
	if (!held) {
		flock->l_type = F_UNLCK;
		return;
	}
	flock->l_type = held->exclusive ? F_WRLCK : F_RDLCK;
	flock->l_whence = SEEK_SET;
	flock->l_start = held->start;
	flock->l_len = held->end == INT64_MAX ? 0 : held->end - held->start;
	flock->l_pid = -1;
}

int vfs_lock(struct fake *fake, struct file *file, int cmd, struct flock *flock, int flock_op)
{
	struct inode *inode = file->path.inode;
	struct lock lock;
	int ret;

	if (!inode || (file->flags & O_PATH))
		return -EBADF;
	if (!flock)
		return do_flock(fake, file, flock_op);
	ret = range_of(file, flock, &lock);
	if (ret < 0)
		return ret;
	if (cmd == F_OFD_GETLK) {
		show_conflict(conflict_of(inode, &lock), flock);
		return 0;
	}
	if (cmd != F_OFD_SETLK && cmd != F_OFD_SETLKW)
		return -EINVAL;
	if (flock->l_type == F_UNLCK) {
		clear_range(inode, &lock);
		return 0;
	}
	if ((flock->l_type == F_RDLCK && (file->flags & O_ACCMODE) == O_WRONLY) ||
	    (flock->l_type == F_WRLCK && (file->flags & O_ACCMODE) == O_RDONLY))
		return -EBADF;
	return take(fake, inode, &lock, cmd == F_OFD_SETLKW);
}
