/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "life/host.h"

#include "core/base/vec.h"
#include "fakehost/fakehost.h"
#include "paths.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const char *option(int argc, char **argv, const char *prefix)
{
	for (int i = 1; i < argc; i++) {
		const char *value = str_after(argv[i], prefix);

		if (value)
			return value;
	}
	return "";
}

static int copy_file(struct sys *sys, const char *from, const char *to)
{
	char bytes[256];
	ssize_t len;
	int fd = io_open(sys, AT_FDCWD, from, O_RDONLY, 0, 0);

	if (fd < 0)
		return fd;
	len = sys_read(sys, fd, bytes, sizeof(bytes));
	(void)sys_close(sys, fd);
	if (len < 0)
		return (int)len;
	fd = io_open(sys, AT_FDCWD, to, O_WRONLY | O_CREAT, 0755, 0);
	if (fd < 0)
		return fd;
	len = io_write_full(sys, fd, bytes, (size_t)len);
	(void)sys_close(sys, fd);
	return (int)len;
}

static int append(struct sys *sys, const char *path, const char *text)
{
	int ret, fd = io_open(sys, AT_FDCWD, path, O_WRONLY | O_APPEND, 0, 0);

	if (fd < 0)
		return fd;
	ret = io_write_full(sys, fd, text, strlen(text));
	(void)sys_close(sys, fd);
	return ret;
}

/* What lxc-busybox does, as far as a start sees it. */
static int run_template(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	static const char *const dirs[] = { "bin", "sbin", "dev", "proc", "sys", "tmp", "etc", "root", "var" };
	static const struct {
		const char *from, *to;
	} programs[] = { { "/usr/lib/test/init", "sbin/init" }, { "/usr/lib/test/true", "bin/true" },
			 { "/usr/lib/test/seven", "bin/seven" } };
	const char *rootfs = option(argc, argv, "--rootfs="), *dir = option(argc, argv, "--path=");
	char path[512];

	(void)envp;
	(void)data;
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", rootfs, dirs[i]);
		if (sys_mkdirat(sys, AT_FDCWD, path, 0755) < 0)
			return 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", rootfs, programs[i].to);
		if (copy_file(sys, programs[i].from, path) < 0)
			return 1;
	}
	(void)snprintf(path, sizeof(path), "%s/config", dir);
	return append(sys, path,
		      "lxc.signal.halt = SIGUSR1\nlxc.signal.reboot = SIGINT\nlxc.uts.name = web\n"
		      "lxc.autodev = 1\nlxc.tty.max = 1\nlxc.pty.max = 8\n"
		      "lxc.cap.drop = sys_module mac_admin mac_override sys_time\n"
		      "lxc.mount.auto = cgroup:mixed proc:mixed sys:mixed\n"
		      "lxc.mount.entry = shm dev/shm tmpfs defaults,create=dir 0 0\n") < 0;
}

/* Programs that are not ours see the kernel without the decorators: their calls are not ours to answer for. */
static int run_foreign(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	const struct host_foreign *foreign = data;

	(void)sys;
	return foreign->main(fake_sys(foreign->fake), argc, argv, envp, foreign->data);
}

static void add_foreign(struct host *host, size_t index, const char *path, fake_main main, void *data)
{
	host->foreign[index] = (struct host_foreign){ main, host->fake, data };
	fake_program(host->fake, path, run_foreign, &host->foreign[index]);
}

static void add_programs(struct host *host)
{
	add_foreign(host, 0, "/usr/lib/test/init", fake_init_main, NULL);
	add_foreign(host, 1, "/usr/lib/test/true", fake_exit_main, NULL);
	add_foreign(host, 2, "/usr/lib/test/seven", fake_exit_main, (void *)(intptr_t)7);
	add_foreign(host, 3, HOST_TEMPLATE, run_template, NULL);
}

void host_finish(struct host *host)
{
	host->fault.paused = true;
	api_log_close(host->sys);
	fake_destroy(host->fake);
}

void host_log(struct host *host)
{
	struct lxc_log log = { .file = HOST_LOG, .level = "WARN" };

	assert_int_equal(api_log_init(host->sys, NULL, &log), 0);
}

struct lxc_container *host_container(struct host *host, const char *name)
{
	static char *const envp[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", (char *)"HOME=/root", NULL };
	struct lxc_container *c = api_container_new_on(host->sys, envp, name, HOST_LXCPATH);

	assert_non_null(c);
	return c;
}

struct lxc_container *host_created(struct host *host, const char *name)
{
	struct lxc_container *c = host_container(host, name);

	if (!c->load_config(c, PATH_DEFAULT_CONFIG) || !c->create(c, HOST_TEMPLATE, NULL, NULL, 0, NULL))
		fail_msg("create: %s", c->error_string ? c->error_string : "?");
	return c;
}

struct lxc_container *host_running(struct host *host, const char *name)
{
	struct lxc_container *c = host_created(host, name);

	if (!c->start(c, 0, NULL))
		fail_msg("start: %s %s", c->error_string ? c->error_string : "?", fake_stuck(host->fake));
	return c;
}

/* The directory that all containers' cgroups share is made by the first start and stays, on purpose. */
static void warm_up(struct host *host)
{
	char *world _cleanup_free_ = NULL;
	struct lxc_container *c = host_running(host, "web");

	assert_true(c->stop(c));
	assert_true(c->destroy(c));
	api_container_put(c);
	world = host_world(host);
	/* What stayed here would be in every world that is compared later, and so be seen by none. */
	if (strstr(world, "lxc/web"))
		fail_msg("left behind: %.80s", strstr(world, "lxc/web"));
}

void host_init(struct host *host, enum fake_cgroups cgroups)
{
	host_init_kernel(host, cgroups, NULL);
}

void host_init_kernel(struct host *host, enum fake_cgroups cgroups, const char *kernel)
{
	host_init_options(host, &(struct fake_options){ .cgroups = cgroups, .kernel = kernel });
}

static void init_cold(struct host *host, const struct fake_host *world)
{
	*host = (struct host){ .fake = fakehost_create(world) };
	add_programs(host);
	sys_fault_init(&host->fault, fake_sys(host->fake));
	host->fault.paused = true;
	host->sys = &host->fault.sys;
}

void host_init_options(struct host *host, const struct fake_options *options)
{
	init_cold(host, &(struct fake_host){ .options = *options });
	warm_up(host);
}

void host_init_user(struct host *host, enum fake_cgroups cgroups, bool delegated, const char *subids)
{
	init_cold(host, &(struct fake_host){ .options.cgroups = cgroups,
					     .plain_user = true,
					     .delegated = delegated,
					     .subids = subids });
}

/* Which number a descriptor has depends on what was open at that moment: taken out of "fd of web: 10 path /x". */
static void add_without_number(struct str *out, const char *line, size_t len)
{
	const char *name_end = str_starts(line, "fd of ") ? memmem(line, len, ": ", 2) : NULL;
	size_t head = name_end ? (size_t)(name_end - line) + 2 : 0;
	size_t digits = name_end ? strspn(line + head, "0123456789 ") : 0;

	str_addf(out, "%.*s%.*s\n", (int)head, line, (int)(len - head - digits), line + head + digits);
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char *host_world(struct host *host)
{
	struct str text _cleanup_str_ = { 0 }, plain _cleanup_str_ = { 0 }, sorted = { 0 };
	_cleanup_vec_ struct vec lines = VEC_OF(char *);
	char *rest;

	fake_settle(host->fake);
	fake_world(host->fake, &text);
	for (const char *line = str_text(&text); *line;) {
		size_t len = strcspn(line, "\n");

		if (!memmem(line, len, "host.log", strlen("host.log")))
			add_without_number(&plain, line, len);
		line += len + (line[len] == '\n');
	}
	rest = plain.s;
	for (char *line; rest && (line = str_next_word(&rest, "\n"));)
		vec_add(&lines, &line);
	qsort(lines.items, lines.count, sizeof(char *), compare_lines);
	for (size_t i = 0; i < lines.count; i++)
		str_addf(&sorted, "%s\n", *vec_at(&lines, char *, i));
	return str_steal(&sorted);
}

char *host_difference(const char *expected, const char *now)
{
	while (*expected || *now) {
		size_t a = strcspn(expected, "\n"), b = strcspn(now, "\n");

		if (a != b || memcmp(expected, now, a) != 0)
			return str_printf("expected \"%.*s\", found \"%.*s\"", (int)a, expected, (int)b, now);
		expected += a + (expected[a] == '\n');
		now += b + (now[b] == '\n');
	}
	return NULL;
}

void host_assert_world(struct host *host, const char *expected, const char *what)
{
	char *now _cleanup_free_ = host_world(host);
	char *difference = host_difference(expected, now);

	if (difference)
		fail_msg("%s: %s", what, difference);
	if (*fake_breaches(host->fake))
		fail_msg("%s: %s", what, fake_breaches(host->fake));
}
