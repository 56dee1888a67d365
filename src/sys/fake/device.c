/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/device: what device nodes open: null, zero, full, random, urandom, tty, console, ptmx
 * and pty slaves.
 *
 * Numbers: kernel Documentation/admin-guide/devices.txt.
 */
#include "sys/fake/vfs.h"

uint64_t vfs_random(struct vfs *vfs)
{
	vfs->random ^= vfs->random << 13;
	vfs->random ^= vfs->random >> 7;
	vfs->random ^= vfs->random << 17;
	return vfs->random;
}

static ssize_t end_read(struct fake *fake, struct file *file, void *buf, size_t len, off_t *pos)
{
	return (file->flags & O_ACCMODE) == O_WRONLY ? -EBADF : 0;
}

static ssize_t zero_read(struct fake *fake, struct file *file, void *buf, size_t len, off_t *pos)
{
	if ((file->flags & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	memset(buf, 0, len);
	return (ssize_t)len;
}

static ssize_t random_read(struct fake *fake, struct file *file, void *buf, size_t len, off_t *pos)
{
	if ((file->flags & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	for (size_t i = 0; i < len; i++)
		((unsigned char *)buf)[i] = (unsigned char)(vfs_random(fake->vfs) >> 24);
	return (ssize_t)len;
}

static ssize_t sink_write(struct fake *fake, struct file *file, const void *buf, size_t len,
			  off_t *pos)
{
	return (file->flags & O_ACCMODE) == O_RDONLY ? -EBADF : (ssize_t)len;
}

static ssize_t full_write(struct fake *fake, struct file *file, const void *buf, size_t len,
			  off_t *pos)
{
	return (file->flags & O_ACCMODE) == O_RDONLY ? -EBADF : -ENOSPC;
}

static int device_ioctl(struct fake *fake, struct file *file, unsigned long request, void *arg)
{
	return -ENOTTY;
}

static void device_release(struct fake *fake, struct file *file)
{
	locks_release(file);
}

static void device_describe(struct fake *fake, struct file *file, struct str *out)
{
	path_text(&file->path, NULL, out);
}

#define DEVICE(read_fn, write_fn)                                                            \
	{                                                                                    \
		.kind = "device", .read = read_fn, .write = write_fn, .ioctl = device_ioctl, \
		.release = device_release, .describe = device_describe                       \
	}

static const struct {
	unsigned major, minor;
	struct file_ops ops;
} devices[] = {
	{ 1, 3, DEVICE(end_read, sink_write) },	   /* null */
	{ 1, 5, DEVICE(zero_read, sink_write) },   /* zero */
	{ 1, 7, DEVICE(zero_read, full_write) },   /* full */
	{ 1, 8, DEVICE(random_read, sink_write) }, /* random */
	{ 1, 9, DEVICE(random_read, sink_write) }, /* urandom */
	{ 5, 1, DEVICE(end_read, sink_write) },	   /* console: nobody types at the machine */
	{ 1, 11, DEVICE(end_read, sink_write) },   /* kmsg */
	{ 10, 200, DEVICE(end_read, sink_write) }, /* net/tun */
	{ 10, 229, DEVICE(end_read, sink_write) }, /* fuse */
};

int device_open(struct fake *fake, struct path *path, int flags, struct file **file_out)
{
	static const unsigned access_of[] = { 4, 2, 6, 6 };
	struct inode *inode = path->inode;
	unsigned dev_major = major(inode->rdev), dev_minor = minor(inode->rdev);

	if (!cgroup_allows_device(fake->current, inode->mode & S_IFMT, inode->rdev,
				  access_of[flags & O_ACCMODE]))
		return -EPERM;
	if (!S_ISCHR(inode->mode))
		return -ENXIO;
	if (dev_major == 5 && dev_minor == 0)
		return tty_open_current(fake, path, flags, file_out);
	if (dev_major == 5 && dev_minor == 2)
		return ptmx_open(fake, path, flags, file_out);
	if (dev_major >= 136 && dev_major < 144)
		return tty_open_slave(fake, inode, path, flags, file_out);
	for (size_t i = 0; i < ARRAY_LEN(devices); i++) {
		if (devices[i].major != dev_major || devices[i].minor != dev_minor)
			continue;
		*file_out = file_at(fake, &devices[i].ops, flags, NULL, path);
		return 0;
	}
	return -ENXIO;
}
