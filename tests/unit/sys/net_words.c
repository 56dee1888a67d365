/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "net_words.h"

#include "core/base/err.h"
#include "core/base/vec.h"

#include <dirent.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <stdio.h>

static void result(struct str *out, long ret)
{
	str_add(out, ret < 0 ? err_name((int)ret) : "ok");
	str_add(out, "\n");
}

static int open_ro(struct sys *sys, const char *path, unsigned long flags)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | flags };

	return sys_openat2(sys, AT_FDCWD, path, &how);
}

/* --- places --- */

struct net_place *net_words_place(struct net_words *net, const char *name)
{
	for (size_t i = 0; i < NET_PLACES; i++)
		if (str_eq(net->places[i].name, name))
			return &net->places[i];
	return NULL;
}

/* A netlink socket belongs to the namespace that it was made in, and has the rights of its maker.
 */
static void open_socket(struct net_words *net)
{
	if (net->sock >= 0)
		sys_close(net->sys, net->sock);
	net->sock = sys_socket(net->sys, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

static int keep_place(struct net_words *net, const char *name, const char *path, pid_t pid)
{
	struct net_place *place = net_words_place(net, "");
	int fd = open_ro(net->sys, path, 0);

	if (fd < 0 || !place || strlen(name) >= sizeof(place->name))
		return fd < 0 ? fd : -ENOSPC;
	*place = (struct net_place){ .fd = fd, .pid = pid };
	memcpy(place->name, name, strlen(name));
	return 0;
}

static int do_net(struct net_words *net, char *name)
{
	int ret = sys_unshare(net->sys, CLONE_NEWNET);

	open_socket(net);
	return ret < 0 ? ret : keep_place(net, name, "/proc/self/ns/net", 0);
}

static int sleeper(void *arg)
{
	struct sys *sys = *(struct sys **)arg;

	sys_close_range(sys, 0, 99, 0); /* those of other places would keep their networks */
	sys_poll(sys, NULL, 0, -1);
	return 0;
}

static int do_child(struct net_words *net, char *name)
{
	struct sys_clone args = { .flags = CLONE_NEWNET, .exit_signal = SIGCHLD };
	struct sys *sys = net->sys;
	char path[64], c;
	int fds[2];
	pid_t pid;

	sys_pipe2(sys, fds, O_CLOEXEC);
	pid = sys_clone3(sys, &args, sleeper, &sys, sizeof(struct sys *));
	sys_close(sys, fds[1]);
	sys_read(sys, fds[0], &c, 1); /* until it has closed its own */
	sys_close(sys, fds[0]);
	if (pid < 0)
		return pid;
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	return keep_place(net, name, path, pid);
}

static int do_in(struct net_words *net, char *name)
{
	struct net_place *place = net_words_place(net, name);
	int ret = place ? sys_setns(net->sys, place->fd, CLONE_NEWNET) : -ENOENT;

	open_socket(net);
	return ret;
}

static int do_drop(struct net_words *net, char *name)
{
	struct net_place *place = net_words_place(net, name);
	siginfo_t info;

	if (!place)
		return -ENOENT;
	if (place->pid > 0) {
		sys_kill(net->sys, place->pid, SIGKILL);
		sys_waitid(net->sys, P_PID, place->pid, &info, WEXITED);
	}
	sys_close(net->sys, place->fd);
	*place = (struct net_place){ 0 };
	return 0;
}

/* --- waiting: the kernel ends namespaces and finds addresses when it has time --- */

static bool has_auto_address(struct net_words *net, const char *link)
{
	_cleanup_str_ struct str text = { 0 };
	char words[64], wanted[32];

	(void)snprintf(words, sizeof(words), "family=6 automatic");
	(void)snprintf(wanted, sizeof(wanted), "automatic dev %s ", link);
	net_words_request(net, "addr*", words, &text);
	return strstr(str_text(&text), wanted) != NULL;
}

static int wait_for(struct net_words *net, char *link, bool present, bool automatic)
{
	for (int i = 0; i < 250; i++) {
		if (automatic ? has_auto_address(net, link)
			      : (net_words_index(net, link) >= 0) == present)
			return 0;
		sys_poll(net->sys, NULL, 0, 20);
	}
	return -ETIMEDOUT;
}

static int do_gone(struct net_words *net, char *link)
{
	return wait_for(net, link, false, false);
}

static int do_comes(struct net_words *net, char *link)
{
	return wait_for(net, link, true, false);
}

static int do_auto(struct net_words *net, char *link)
{
	return wait_for(net, link, true, true);
}

/* --- users --- */

static int become(struct net_words *net, uid_t uid)
{
	int ret = sys_setresuid(net->sys, (uid_t)-1, uid, (uid_t)-1);

	open_socket(net);
	return ret;
}

static int do_nobody(struct net_words *net, char *rest)
{
	return become(net, 65534);
}

static int do_root(struct net_words *net, char *rest)
{
	return become(net, 0);
}

static int do_user(struct net_words *net, char *rest)
{
	int ret = sys_unshare(net->sys, CLONE_NEWUSER | CLONE_NEWNET);

	open_socket(net);
	return ret;
}

/* --- files --- */

static void do_read(struct net_words *net, char *path, struct str *out)
{
	char text[4096];
	int fd = open_ro(net->sys, path, 0);
	ssize_t n = fd < 0 ? fd : sys_read(net->sys, fd, text, sizeof(text));

	if (n < 0)
		result(out, n);
	else
		str_add_n(out, text, (size_t)n);
	if (fd >= 0)
		sys_close(net->sys, fd);
}

static int do_write(struct net_words *net, char *rest)
{
	char *path = str_next_word(&rest, " ");
	struct open_how how = { .flags = O_WRONLY | O_CLOEXEC };
	int fd = sys_openat2(net->sys, AT_FDCWD, path, &how);
	ssize_t n =
		fd < 0 ? fd : sys_write(net->sys, fd, rest ? rest : "", rest ? strlen(rest) : 0);

	if (fd >= 0)
		sys_close(net->sys, fd);
	return n < 0 ? (int)n : 0;
}

struct entry64 {
	uint64_t ino;
	int64_t off;
	unsigned short len;
	unsigned char type;
	char name[];
};

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void do_names(struct net_words *net, char *path, struct str *out)
{
	_cleanup_vec_ struct vec names = VEC_OF(char *);
	_Alignas(struct entry64) char buf[8192];
	int fd = open_ro(net->sys, path, O_DIRECTORY);
	ssize_t n;

	if (fd < 0) {
		result(out, fd);
		return;
	}
	n = sys_getdents64(net->sys, fd, buf, sizeof(buf)); /* few enough for one call */
	for (ssize_t at = 0; at < n;) {
		struct entry64 *entry = (struct entry64 *)(void *)(buf + at);
		char *name = entry->name;

		if (name[0] != '.')
			vec_add(&names, &name);
		at += entry->len;
	}
	if (names.count)
		qsort(names.items, names.count, sizeof(char *), compare_texts);
	for (size_t i = 0; i < names.count; i++)
		str_addf(out, "%s%s", i ? " " : "", *vec_at(&names, char *, i));
	str_add(out, "\n");
	sys_close(net->sys, fd);
}

/* --- lines --- */

static const struct {
	const char *verb;
	int (*run)(struct net_words *net, char *rest);
	void (*show)(struct net_words *net, char *rest, struct str *out);
} verbs[] = {
	{ "net", do_net, NULL },     { "child", do_child, NULL },   { "in", do_in, NULL },
	{ "drop", do_drop, NULL },   { "gone", do_gone, NULL },	    { "comes", do_comes, NULL },
	{ "auto", do_auto, NULL },   { "nobody", do_nobody, NULL }, { "root", do_root, NULL },
	{ "user", do_user, NULL },   { "write", do_write, NULL },   { "read", NULL, do_read },
	{ "names", NULL, do_names },
};

void net_words_run(struct net_words *net, const char *line, struct str *out)
{
	char *copy _cleanup_free_ = str_dup(line), *rest = copy, empty[1] = "";
	char *verb = str_next_word(&rest, " ");

	rest = rest ? rest : empty;
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (!str_eq(verbs[i].verb, verb))
			continue;
		if (verbs[i].run)
			result(out, verbs[i].run(net, rest));
		else
			verbs[i].show(net, rest, out);
		return;
	}
	if (str_eq(verb, "index")) {
		int index = net_words_index(net, rest);

		if (index < 0)
			result(out, index);
		else
			str_addf(out, "%d\n", index);
	} else if (!net_words_request(net, verb, rest, out)) {
		str_add(out, "what?\n");
	}
}

int net_words_begin(struct net_words *net, struct sys *sys)
{
	char home[] = "home";

	*net = (struct net_words){ .sys = sys, .sock = -1 };
	return do_net(net, home);
}

void net_words_end(struct net_words *net)
{
	for (size_t i = 0; i < NET_PLACES; i++)
		if (net->places[i].name[0])
			do_drop(net, net->places[i].name);
	sys_close(net->sys, net->sock);
}
