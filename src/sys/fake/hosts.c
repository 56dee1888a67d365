/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/hosts: ready-made hosts, and how one is made from a few lines.
 *
 * Made by operations, as the world's init would: what a host has here, a program could have made.
 */
#include "sys/fake/task.h"

#include <assert.h>
#include <fcntl.h>

#define USER "alice"
#define USER_ID 1000
#define SUBIDS USER ":100000:65536\n"
#define V1_CGROUP "/user/" USER "/0"
#define SLICE "/user.slice/user-1000.slice"
#define DELEGATED SLICE "/user@1000.service"

/* --- files --- */

static mode_t take_mode(char **rest)
{
	return (mode_t)strtoul(str_next_word(rest, " "), NULL, 8);
}

/* The rest of a line is a text with its newline; nothing: an empty file. */
static void add_file(struct fake *fake, char *rest)
{
	mode_t mode = take_mode(&rest);
	char *path = str_next_word(&rest, " ");
	char *text = rest && *rest ? str_printf("%s\n", rest) : str_dup("");

	fake_file(fake, path, text, mode);
	free(text);
}

static void add_link(struct fake *fake, char *rest)
{
	const char *path = str_next_word(&rest, " ");

	fake_symlink(fake, path, rest);
}

void fake_tree(struct fake *fake, const char *lines)
{
	char *copy = str_dup(lines), *rest = copy, *line;

	while ((line = str_next_word(&rest, "\n"))) {
		const char *kind = str_next_word(&line, " ");
		mode_t mode = str_eq(kind, "d") ? take_mode(&line) : 0;

		if (!*kind)
			continue;
		assert(line && strchr("dfl", *kind) && !kind[1]);
		if (*kind == 'd')
			fake_dir(fake, line, mode);
		else if (*kind == 'f')
			add_file(fake, line);
		else
			add_link(fake, line);
	}
	free(copy);
}

/* --- the user --- */

static void must(int ret)
{
	assert(ret >= 0); /* else: the host cannot be built of itself */
}

static void own(struct fake *fake, const char *path)
{
	must(fake_op_fchownat(&fake->sys, AT_FDCWD, path, USER_ID, USER_ID, 0));
}

static void write_to(struct fake *fake, const char *dir, const char *name, const char *text)
{
	char *path = str_printf("%s/%s", dir, name);
	int fd = fake_op_openat(&fake->sys, AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);

	must(fd);
	must((int)fake_op_write(&fake->sys, fd, text, strlen(text)));
	must(fake_op_close(&fake->sys, fd));
	free(path);
}

/* Makes all directories of a cgroup, with what init hands down in v2. */
static char *make_cgroup(struct fake *fake, const char *mount, const char *cgroup, bool v2)
{
	char *path = str_printf("%s%s", mount, cgroup);

	for (char *slash = path + strlen(mount); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (slash != path + strlen(mount))
			(void)fake_op_mkdirat(&fake->sys, AT_FDCWD, path, 0755);
		if (v2)
			write_to(fake, path, "cgroup.subtree_control", "+memory +pids");
		*slash = '/';
	}
	(void)fake_op_mkdirat(&fake->sys, AT_FDCWD, path, 0755);
	return path;
}

static void own_file(struct fake *fake, const char *dir, const char *name)
{
	char *path = str_printf("%s/%s", dir, name);

	own(fake, path);
	free(path);
}

/* What systemd gives a user's manager, and pam_cgfs a session in the hierarchies of v1. */
static void enter_cgroup(struct fake *fake, const char *mount, bool v2, bool delegated)
{
	bool has_controllers = v2 && fake->options.cgroups == FAKE_CGROUP_UNIFIED;
	const char *cgroup = !delegated ? SLICE "/session-1.scope" : v2 ? DELEGATED : V1_CGROUP;
	char *path = make_cgroup(fake, mount, cgroup, has_controllers);

	if (delegated) {
		own(fake, path);
		own_file(fake, path, "cgroup.procs");
	}
	if (delegated && v2)
		own_file(fake, path, "cgroup.subtree_control");
	write_to(fake, path, "cgroup.procs", "0");
	free(path);
}

static void enter_cgroups(struct fake *fake, bool delegated)
{
	static const char *const v1[] = { "systemd", "cpuset",	"cpu", "memory",
					  "devices", "freezer", "pids" };
	enum fake_cgroups layout = fake->options.cgroups;

	if (layout == FAKE_CGROUP_UNIFIED)
		enter_cgroup(fake, "/sys/fs/cgroup", true, delegated);
	if (layout == FAKE_CGROUP_HYBRID)
		enter_cgroup(fake, "/sys/fs/cgroup/unified", true, delegated);
	for (size_t i = 0;
	     layout != FAKE_CGROUP_UNIFIED && layout != FAKE_CGROUP_NONE && i < ARRAY_LEN(v1);
	     i++) {
		char *mount;

		/* Of the others a session without delegation has none of its own. */
		if (i > 0 && !delegated)
			break;
		mount = str_printf("/sys/fs/cgroup/%s", v1[i]);
		if (str_eq(v1[i], "cpuset"))
			write_to(fake, mount, "cgroup.clone_children", "1");
		enter_cgroup(fake, mount, false, delegated);
		free(mount);
	}
}

/* As login(1) and its PAM modules leave a session. */
static void log_in(struct fake *fake, const struct fake_host *host)
{
	struct sys *sys = &fake->sys;
	const gid_t group = USER_ID;

	fake_tree(fake, "d 0755 /home/" USER "\n"
			"d 0755 /run/user\n"
			"d 0700 /run/user/1000\n");
	fake_file(fake, "/etc/passwd",
		  "root:x:0:0:root:/root:/bin/sh\n" USER ":x:1000:1000::/home/" USER ":/bin/sh\n",
		  0644);
	fake_file(fake, "/etc/group", "root:x:0:\n" USER ":x:1000:\n", 0644);
	own(fake, "/home/" USER);
	own(fake, "/run/user/1000");
	enter_cgroups(fake, host->delegated);
	must(fake_op_chdir(sys, "/home/" USER));
	must(fake_op_setgroups(sys, 1, &group));
	must(fake_op_setresgid(sys, USER_ID, USER_ID, USER_ID));
	must(fake_op_setresuid(sys, USER_ID, USER_ID, USER_ID));
	/* Its shell was executed since. */
	cred_exec(fake->current);
	fake->current->dumpable = true;
}

/* --- hosts --- */

struct fake *fake_host_create(const struct fake_host *host)
{
	struct fake *fake = fake_create(&host->options);

	assert(fake);
	for (int fd = 0; fd <= 2; fd++)
		must(fake_op_openat(&fake->sys, AT_FDCWD, "/dev/null", O_RDWR, 0));
	if (host->subids)
		fake_file(fake, "/etc/subuid", host->subids, 0644);
	if (host->subids)
		fake_file(fake, "/etc/subgid", host->subids, 0644);
	if (host->tree)
		fake_tree(fake, host->tree);
	if (host->plain_user)
		log_in(fake, host);
	return fake;
}

struct fake *fake_host_debian12_hybrid(void)
{
	return fake_host_create(&(struct fake_host){ .options.cgroups = FAKE_CGROUP_HYBRID });
}

struct fake *fake_host_debian12_unified(void)
{
	return fake_host_create(&(struct fake_host){ .options.cgroups = FAKE_CGROUP_UNIFIED });
}

struct fake *fake_host_v1(void)
{
	return fake_host_create(&(struct fake_host){ .options.cgroups = FAKE_CGROUP_LEGACY });
}

struct fake *fake_host_old(const char *kernel)
{
	return fake_host_create(&(struct fake_host){ .options.kernel = kernel });
}

struct fake *fake_host_user(enum fake_cgroups cgroups, bool delegated, bool subids)
{
	return fake_host_create(&(struct fake_host){ .options.cgroups = cgroups,
						     .plain_user = true,
						     .delegated = delegated,
						     .subids = subids ? SUBIDS : NULL });
}
