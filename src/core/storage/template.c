/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/storage/template.h"

#include "core/base/arena.h"
#include "core/base/str.h"
#include "core/base/vec.h"
#include "paths.h"

#include <errno.h>
#include <sha1.h>

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int build_argv(struct arena *arena, struct vec *argv, const struct storage_create_args *args,
		      const char *rootfs)
{
	char *fixed[] = {
		arena_dup(arena, base_name(args->template_path)),
		arena_printf(arena, "--path=%s/%s", args->lxcpath, args->name),
		arena_printf(arena, "--name=%s", args->name),
		arena_printf(arena, "--rootfs=%s", rootfs),
	};
	bool ok = true;

	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		ok = vec_add(argv, &fixed[i]) && ok;
	for (char *const *arg = args->template_args; arg && *arg; arg++)
		ok = vec_add(argv, arg) && ok;
	ok = vec_add(argv, NULL) && ok;
	return ok && !arena->failed ? 0 : -ENOMEM;
}

/* 0 or -EINVAL with the words; a status that somebody else took (SIGCHLD ignored) counts as success. */
static int wait_template(struct sys *sys, pid_t pid, const char *path, struct err *err)
{
	siginfo_t info = { 0 };
	int ret = SYS_RETRY(sys_waitid(sys, P_PID, pid, &info, WEXITED));

	if (ret == -ECHILD)
		return 0;
	if (ret < 0)
		return err_sys(err, ret, "wait for template %s", path);
	if (info.si_code != CLD_EXITED)
		return err_set(err, -EINVAL, "template %s was killed by signal %d", path, info.si_status);
	if (info.si_status != 0)
		return err_set(err, -EINVAL, "template %s failed with status %d", path, info.si_status);
	return 0;
}

int template_run(struct sys *sys, const struct storage_create_args *args, const char *rootfs, struct err *err)
{
	_cleanup_arena_ struct arena arena = { 0 };
	_cleanup_vec_ struct vec argv = VEC_OF(char *);
	_cleanup_fd_ struct fd null = { 0 };
	int fds[3] = { 0, 1, 2 };
	int ret = build_argv(&arena, &argv, args, rootfs);

	if (ret < 0)
		return err_sys(err, ret, "run template %s", args->template_path);
	if (args->quiet) {
		ret = io_open(sys, AT_FDCWD, "/dev/null", O_RDWR, 0, 0);
		if (ret < 0)
			return err_sys(err, ret, "open /dev/null");
		null = fd_of(sys, ret);
		fds[0] = fds[1] = fds[2] = null.n;
	}
	ret = sys_spawn(sys, &(struct sys_spawn){ .exe_fd = -1,
						  .path = args->template_path,
						  .argv = argv.items,
						  .envp = args->envp,
						  .fds = fds,
						  .fd_count = 3 });
	if (ret < 0)
		return err_sys(err, ret, "run template %s", args->template_path);
	return wait_template(sys, ret, args->template_path, err);
}

static void add_checksum(struct str *out, const struct str *template)
{
	char hex[SHA1_DIGEST_STRING_LENGTH];
	SHA1_CTX sha1;

	SHA1Init(&sha1);
	SHA1Update(&sha1, (const uint8_t *)str_text(template), template->len);
	SHA1End(&sha1, hex);
	str_addf(out, "# Template script checksum (SHA-1): %s\n", hex);
}

int template_header(struct sys *sys, const struct storage_create_args *args, const char *config_path,
		    struct err *err)
{
	_cleanup_str_ struct str text = { 0 }, template = { 0 };
	int ret = io_read_all(sys, AT_FDCWD, args->template_path, &template);

	if (ret < 0)
		return err_sys(err, ret, "read template %s", args->template_path);
	str_addf(&text, "# Template used to create this container: %s\n", args->template_path);
	str_add(&text, "# Parameters passed to the template:");
	for (char *const *arg = args->template_args; arg && *arg; arg++) {
		str_add(&text, " ");
		/* A newline would end the comment and begin a line of configuration. */
		for (const char *p = *arg; *p; p++)
			str_add_n(&text, *p == '\n' || *p == '\r' ? " " : p, 1);
	}
	str_add(&text, "\n");
	add_checksum(&text, &template);
	str_add(&text, "# For additional config options, please look at lxc.container.conf(5)\n\n"
		       "# Uncomment the following line to support nesting containers:\n"
		       "#lxc.include = " PATH_TEMPLATE_CONFIG "/nesting.conf\n"
		       "# (Be aware this has security implications)\n\n");
	ret = io_read_all(sys, AT_FDCWD, config_path, &text);
	if (ret < 0)
		return err_sys(err, ret, "read %s", config_path);
	if (!str_ok(&text))
		return err_sys(err, -ENOMEM, "write %s", config_path);
	ret = io_replace_file(sys, AT_FDCWD, config_path, text.s, text.len, 0640);
	return ret < 0 ? err_sys(err, ret, "write %s", config_path) : 0;
}
