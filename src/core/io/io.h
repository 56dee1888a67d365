/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * io: descriptors with an owner, whole files, whole messages, names resolved beneath a directory.
 *
 * Thin over sys: retries interrupted calls, finishes short ones, keeps descriptors close-on-exec. Everything needs just the
 * privilege of the calls it makes. Functions marked [child] allocate nothing and are safe between clone and exec.
 */
#ifndef IO_IO_H
#define IO_IO_H

#include "core/base/cleanup.h"
#include "core/base/err.h"
#include "core/base/str.h"
#include "sys/sys.h"

/* An owned descriptor carries its world. sys == NULL: none. */
struct fd {
	struct sys *sys;
	int n;
};

#define _cleanup_fd_ _cleanup_(fd_finish)

void fd_finish(struct fd *fd); /* [child] closes once; none is fine */
struct fd fd_of(struct sys *sys, int n); /* [child] takes ownership of n; n < 0: none */
static inline bool fd_is_open(const struct fd *fd)
{
	return fd->sys != NULL;
}
/* [child] The number, -1 when none. */
static inline int fd_n(const struct fd *fd)
{
	return fd->sys ? fd->n : -1;
}
static inline struct fd steal_fd(struct fd *fd)
{
	struct fd taken = *fd;

	*fd = (struct fd){ 0 };
	return taken;
}

/*
 * [child] openat2 with O_CLOEXEC added. resolve: RESOLVE_*; before Linux 5.6 a walk keeps them, which then knows no symbolic
 * link at all (-ELOOP, also with RESOLVE_IN_ROOT; not with RESOLVE_NO_XDEV alone), and no ".." beneath. Returns the descriptor or -errno.
 */
int io_open(struct sys *sys, int dirfd, const char *path, uint64_t flags, mode_t mode, uint64_t resolve);

/* How names inside a container are resolved: no step out, no symlink at all, no magic link. */
#define IO_BENEATH (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)

/*
 * [child] Does the name still stand for the open file? An inode is not given away again while it is open. 1; 0: another file has
 * the name, or none; or -errno.
 */
int io_is_same(struct sys *sys, int dirfd, const char *path, int fd);

/* [child] Reads at most size - 1 bytes from the start of a file and terminates them. Length or -errno (-EFBIG: longer). */
ssize_t io_read_at(struct sys *sys, int dirfd, const char *path, char *buf, size_t size);

/* Reads a whole file, of any length, also from procfs. 0 or -errno. The text is added to *out. */
int io_read_all(struct sys *sys, int dirfd, const char *path, struct str *out);
int io_read_fd(struct sys *sys, int fd, struct str *out);

/* [child] Writes text to an existing file with one write(2), as procfs, sysfs and cgroupfs want it. 0 or -errno. */
int io_write_at(struct sys *sys, int dirfd, const char *path, const char *text);

/* [child] All bytes or -errno. */
int io_write_full(struct sys *sys, int fd, const void *bytes, size_t len);
/* [child] len bytes: 0; -EPIPE: the other side closed before; or -errno. */
int io_read_full(struct sys *sys, int fd, void *bytes, size_t len);

/* [child] visit for each open descriptor of this process, which it may close. 0; what visit said when below 0; -errno: no /proc. */
int io_each_fd(struct sys *sys, int (*visit)(struct sys *sys, int fd, void *data), void *data);

/*
 * [child] The write lock of an open file, held as long as any descriptor of it is open: by open file description, or flock
 * where the kernel knows none (before Linux 3.15). 0; -EAGAIN: not wait, and somebody else has it; or -errno.
 */
int io_lock(struct sys *sys, int fd, bool wait);
/* A lock file, made (0600) if it is missing and locked, after a wait if need be. No symbolic link is followed to it. Closing the
 * descriptor gives the lock back. Descriptor or -errno. */
int io_lock_path(struct sys *sys, const char *path);

/* Makes path and its parents (mode for all that are made). Existing directories are fine. 0 or -errno. */
int io_mkdir_all(struct sys *sys, int dirfd, const char *path, mode_t mode);

/*
 * Replaces a file as a whole: temporary file beside it, fsync, rename. Keeps owner and mode of an existing file, else uses
 * mode. On failure the old file stands untouched and no temporary file is left. 0 or -errno.
 */
int io_replace_file(struct sys *sys, int dirfd, const char *path, const void *bytes, size_t len, mode_t mode);

/* Removes a directory tree without leaving its file system and without following symlinks. 0 or -errno (first failure). */
int io_remove_tree(struct sys *sys, int dirfd, const char *path);
/* The same for all that is in an open directory, which stays. */
int io_empty_dir(struct sys *sys, int dir_fd);

/* Names in a directory, sorted by byte value, without "." and "..", one after another, each terminated; *count of them. */
int io_list_dir(struct sys *sys, int dirfd, const char *path, struct str *names, size_t *count);

/* [child] Sends one message with descriptors (at most IO_FDS_MAX) and, if wanted, our credentials. MSG_NOSIGNAL. len or -errno. */
#define IO_FDS_MAX 16
ssize_t io_send(struct sys *sys, int sock, const void *bytes, size_t len, const int *fds, size_t fd_count, bool creds);

struct io_message {
	ssize_t len;               /* bytes received; 0: end of stream */
	int fds[IO_FDS_MAX];       /* owned by the receiver, close-on-exec */
	size_t fd_count;
	bool has_creds;
	struct ucred creds;
};
/* [child] Receives one message. flags: MSG_DONTWAIT, ... Returns len or -errno. Surplus descriptors are closed. */
ssize_t io_receive(struct sys *sys, int sock, void *bytes, size_t size, struct io_message *msg, int flags);
/* [child] Closes what a message brought. */
void io_message_close(struct sys *sys, struct io_message *msg);

/* A sealed, read-only memfd with these bytes (F_SEAL_SEAL|SHRINK|GROW|WRITE). exec: may be executed. Descriptor or -errno. */
int io_memfd_sealed(struct sys *sys, const char *name, const void *bytes, size_t len, bool exec);
/* Is it a memfd whose contents nobody can change any more? */
bool io_is_sealed(struct sys *sys, int fd);

/*
 * The log file of a process. Threshold and names are plain data; a line is one write(2) of at most 4096 bytes, formatted on
 * the stack without libc's time functions, so that it may be used after fork. [child]
 */
enum log_level {
	LOG_TRACE_, LOG_DEBUG_, LOG_INFO_, LOG_NOTICE_, LOG_WARN_, LOG_ERROR_, LOG_CRIT_, LOG_ALERT_, LOG_FATAL_, LOG_NOTSET_,
};
struct log {
	int fd;                 /* not owned; -1: no file */
	enum log_level level;   /* lines below it are dropped */
	char prefix[32];        /* "lxc-start" */
	char name[256];         /* container; may be "" */
};
void log_write_at(struct sys *sys, const struct log *log, enum log_level level, const char *category,
		  const char *file, const char *func, int line, const char *fmt, ...) _printf_(8, 9);
#define log_write(sys, log, level, category, ...) \
	log_write_at(sys, log, level, category, __FILE__, __func__, __LINE__, __VA_ARGS__)
/* The whole chain of an error: message, context, origin, hint, source location; at LOG_ERROR_. */
void log_err(struct sys *sys, const struct log *log, const char *category, const struct err *err);
/* "YYYYMMDDHHMMSS.mmm", UTC, as it stands in a line. The length. [child] */
size_t log_time(const struct timespec *ts, char *buf, size_t size);
/* Case-insensitive name or number 0..8. 0 or -EINVAL. */
int log_level_parse(const char *text, enum log_level *out);
const char *log_level_name(enum log_level level);

#endif
