/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ipc: the command socket of a running container: its name, its wire format, its client and server ends, the states and who
 * waits for them, and which containers are active.
 *
 * Wire format and rules: the LXC command protocol (native endian, LP64), compatible with lxc 3.0 to 5.0 tools.
 * The server half allocates nothing. Clients need no privilege, the server decides by the peer's credentials.
 */
#ifndef IPC_IPC_H
#define IPC_IPC_H

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/base/vec.h"
#include "core/io/io.h"
#include "sys/sys.h"

enum ipc_state {
	IPC_STOPPED, IPC_STARTING, IPC_RUNNING, IPC_STOPPING, IPC_ABORTING, IPC_FREEZING, IPC_FROZEN, IPC_THAWED,
	IPC_STATE_COUNT,
};
const char *ipc_state_name(enum ipc_state state); /* "STOPPED" */
/* "A|B" (any case of letters is refused but upper): bit set of states in *mask. 0 or -EINVAL. */
int ipc_states_parse(const char *text, unsigned *mask);

enum ipc_command {
	IPC_CONSOLE, IPC_TERMINAL_WINCH, IPC_STOP, IPC_GET_STATE, IPC_GET_INIT_PID, IPC_GET_CLONE_FLAGS, IPC_GET_CGROUP,
	IPC_GET_CONFIG_ITEM, IPC_GET_NAME, IPC_GET_LXCPATH, IPC_ADD_STATE_CLIENT, IPC_CONSOLE_LOG, IPC_SERVE_STATE_CLIENTS,
	IPC_SECCOMP_NOTIFY_ADD_LISTENER, IPC_ADD_BPF_DEVICE_CGROUP, IPC_FREEZE, IPC_UNFREEZE, IPC_GET_CGROUP2_FD,
	IPC_GET_INIT_PIDFD, IPC_GET_LIMIT_CGROUP, IPC_GET_LIMIT_CGROUP2_FD, IPC_GET_DEVPTS_FD, IPC_GET_SECCOMP_NOTIFY_FD,
	IPC_GET_CGROUP_CTX, IPC_GET_CGROUP_FD, IPC_GET_LIMIT_CGROUP_FD, IPC_GET_SYSTEMD_SCOPE,
	IPC_COMMAND_COUNT,
	IPC_PRIVATE_FIRST = 4096,  /* ours; each carries a version */
	IPC_WATCH_FAILURE = IPC_PRIVATE_FIRST, /* data: sizeof(struct err); why a life failed comes over the connection */
};

struct ipc_wire_request { uint32_t cmd; int32_t datalen; uint64_t data; };
struct ipc_wire_reply { int32_t ret; int32_t datalen; uint64_t data; };
struct ipc_wire_cgroup_fd {
	int32_t layout;      /* -1 unknown, 0 legacy, 1 hybrid, 2 unified */
	uint32_t utilities;  /* 1 devices, 2 freezer */
	int32_t type;        /* magic number of the file system */
	int32_t fd;          /* the server's number */
	char controller[64]; /* asked for; "": version 2 */
};
struct ipc_wire_state { int32_t type; char name[256]; int32_t value; };  /* 264 bytes; type 0: a state */
#define IPC_PAYLOAD_MAX 8192

/* --- name --- */
/* The abstract address of LXCPATH/NAME/command, hashed when too long. Returns the address length. lxcpath as configured. */
size_t ipc_address(const char *lxcpath, const char *name, struct sockaddr_un *addr);
uint64_t ipc_fnv1a(const void *bytes, size_t len);

/* Binds and listens: the mutual exclusion between starters. Descriptor, or -EADDRINUSE: it runs already. */
int ipc_bind(struct sys *sys, const char *lxcpath, const char *name, struct err *err);

/* --- client: one request, one reply, one connection --- */
struct ipc_reply {
	int32_t ret;
	uint64_t data;
	struct str payload;
	struct io_message fds;   /* descriptors that came with the reply: owned by the caller */
};
/*
 * 0 and *reply filled (finish it); -ECONNREFUSED: the container does not run; -ENOSYS: the other side does not know the
 * command or closed without answering; -EACCES, ... transport errors. keep_out != NULL: the connection stays open, owned by
 * the caller. timeout_ms < 0: waits for ever.
 */
int ipc_call(struct sys *sys, const char *lxcpath, const char *name, uint32_t cmd, uint64_t data, const void *payload,
	     size_t len, int timeout_ms, struct ipc_reply *reply, struct fd *keep_out);
void ipc_reply_finish(struct sys *sys, struct ipc_reply *reply);

/* Typed: value >= 0 or -errno as above. */
int ipc_get_state(struct sys *sys, const char *lxcpath, const char *name);     /* STOPPED when refused */
int ipc_get_init_pid(struct sys *sys, const char *lxcpath, const char *name);
int ipc_get_init_pidfd(struct sys *sys, const char *lxcpath, const char *name, struct fd *out);
int ipc_get_config_item(struct sys *sys, const char *lxcpath, const char *name, const char *key, struct str *out);
int ipc_get_cgroup(struct sys *sys, const char *lxcpath, const char *name, const char *controller, struct str *out);
/* The directory of its cgroup with this controller. -EINVAL, -EBADF: it has none. */
int ipc_get_cgroup_fd(struct sys *sys, const char *lxcpath, const char *name, const char *controller, struct fd *out);
int ipc_stop(struct sys *sys, const char *lxcpath, const char *name, int timeout_ms); /* waits until the socket closes */
/*
 * Waits until the container is in one of the states (bit mask). next_running: RUNNING counts only for the next life.
 * timeout_ms < 0: for ever. The state that came, -ETIMEDOUT, or -errno. A container that is gone is STOPPED; who waits for
 * its next life gets -ECONNREFUSED when nothing runs, -ECONNRESET when it ended after ready, without another life.
 * ready (may be NULL) is called once the registration stands: there the caller sends the signal that brings the state.
 */
int ipc_wait(struct sys *sys, const char *lxcpath, const char *name, unsigned mask, bool next_running, int timeout_ms,
	     int (*ready)(void *data), void *data);
/*
 * A connection that tells why a later life of the container fails; ask before the reboot. 0; -ENOSYS: that supervisor is of
 * another build or release; or -errno.
 */
int ipc_watch_failure(struct sys *sys, const char *lxcpath, const char *name, struct fd *out);
/* What it told before it ended. 0; -EPIPE: nothing; -EBADMSG, or -errno. */
int ipc_read_failure(struct sys *sys, int fd, struct err *err);
int ipc_serve_state(struct sys *sys, const char *lxcpath, const char *name, enum ipc_state state);

/*
 * Questions where "there is none" is an answer, and silence is not: a setting, the path of a cgroup, the directories of all
 * cgroups (to be closed; none: a supervisor before 4.0.7, or one without). 0, or -errno: nobody answered. (ask.c)
 */
int ipc_ask_item(struct sys *sys, const char *lxcpath, const char *name, const char *key, struct str *out);
int ipc_ask_cgroup(struct sys *sys, const char *lxcpath, const char *name, const char *controller, struct str *out);
int ipc_ask_cgroups(struct sys *sys, const char *lxcpath, const char *name, struct io_message *out);

/* --- discovery: names of active containers below lxcpath, sorted, each once (char *, malloc'ed, in a vec of char *) --- */
int ipc_list_active(struct sys *sys, const char *lxcpath, struct vec *names);

/* --- server [child]: no allocation --- */
#define IPC_CLIENTS_MAX 256
struct ipc_client {
	int fd;                    /* -1: free slot */
	bool waits;                /* a state client, or holds a terminal: not closed after the reply */
	int8_t wish[IPC_STATE_COUNT];
	int tty;                   /* terminal held by this connection, 0: none */
	bool watches;              /* for the failure of a life; stays over reboots */
};
struct ipc_server {
	struct sys *sys;
	int listen_fd;             /* -1: closed (STOPPED) */
	enum ipc_state state;
	char name[256];
	struct ipc_client clients[IPC_CLIENTS_MAX];
};
struct ipc_request {
	uint32_t cmd;
	uint64_t data;
	uint32_t len;
	char payload[IPC_PAYLOAD_MAX + 1]; /* terminated */
	struct ucred peer;
};
/* Accepts one connection into a free slot. Slot index; -EAGAIN: none waiting; -EMFILE: table full (connection dropped). */
int ipc_server_accept(struct ipc_server *server);
/* Reads one request of a ready client and checks it and its peer. 1: *request is valid; 0: answered or dropped already. */
int ipc_server_read(struct ipc_server *server, int slot, struct ipc_request *request);
/* Replies, with descriptors if any. 0 or -errno. */
int ipc_server_reply(struct ipc_server *server, int slot, int32_t ret, uint64_t data, const void *payload, size_t len,
		     const int *fds, size_t fd_count);
void ipc_server_drop(struct ipc_server *server, int slot);
/*
 * The state machine: stores the state (THAWED as RUNNING), tells every client that wished for it, once, and drops it. A wish
 * of 2 is for the RUNNING that follows a STARTING.
 * STOPPED while not rebooting: first closes the listening socket, then drops everybody (they read end of file).
 * STOPPED while rebooting: tells those who wished, keeps those with wish[RUNNING] == 2 (next RUNNING).
 */
void ipc_server_state(struct ipc_server *server, enum ipc_state state, bool rebooting);

/* Tells those who watch why a life failed, once. */
void ipc_server_failure(struct ipc_server *server, const struct err *err);

#endif
