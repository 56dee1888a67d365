/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lxc-plan: the short-lived planner, and the dry run. */
#include "core/io/io.h"
#include "core/plan/planner.h"
#include "paths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char usage[] = "Usage: lxc-plan --print[=json] [-P PATH] [-f FILE] [-s KEY=VALUE]... "
			    "[-F] [--execute] NAME [-- PROGRAM...]\n"
			    "       lxc-plan --life   (for the supervisor: a plan on descriptor 3, "
			    "the next one to descriptor 4)\n"
			    "\n"
			    "Prints what starting the container would do. Changes nothing.\n"
			    "  -P, --lxcpath=PATH    directory of the containers\n"
			    "  -f, --rcfile=FILE     configuration instead of PATH/NAME/config\n"
			    "  -s, --define=KEY=VAL  one more setting\n"
			    "  -F, --foreground      as lxc-start -F\n"
			    "      --execute         as lxc-execute\n";

/* --- the planner of later lives --- */

static void write_failure(struct sys *sys, const struct err *err)
{
	struct plan_failure failure = { .magic = PLAN_ERR_MAGIC, .err = *err };

	(void)io_write_full(sys, PLANNER_FD_OUT, &failure, sizeof(failure));
}

/* Started by the supervisor: a plan to read, and memory of its own that is empty yet to write to. */
static int check_fds(struct sys *sys, struct err *err)
{
	int seals = sys_fcntl(sys, PLANNER_FD_OUT, F_GET_SEALS, 0);
	struct stat st = { 0 };

	if (!io_is_sealed(sys, PLANNER_FD_IN))
		return err_set(err, -EBADF, "not started by liblxc: descriptor %d holds no plan",
			       PLANNER_FD_IN);
	/* Files of a tmpfs have seals too, of which F_SEAL_SEAL is always set. */
	if (seals < 0 || (seals & F_SEAL_SEAL) ||
	    sys_fstatat(sys, PLANNER_FD_OUT, "", &st, AT_EMPTY_PATH) < 0 || st.st_size != 0)
		return err_set(err, -EBADF, "not started by liblxc: descriptor %d takes no plan",
			       PLANNER_FD_OUT);
	return 0;
}

static int plan_next(struct sys *sys, struct err *err)
{
	_cleanup_str_ struct str in = { 0 };
	_cleanup_free_ struct plan *image = NULL;
	/* The place in the file is shared with earlier readers. */
	int ret = (int)sys_lseek(sys, PLANNER_FD_IN, 0, SEEK_SET);

	if (ret == 0)
		ret = io_read_fd(sys, PLANNER_FD_IN, &in);
	if (ret < 0)
		return err_sys(err, ret, "read the earlier plan");
	ret = plan_check(in.s, in.len, err);
	if (ret == 0)
		ret = plan_again(sys, (const struct plan *)(const void *)in.s, &image, err);
	if (ret < 0)
		return ret;
	ret = io_write_full(sys, PLANNER_FD_OUT, image, image->size);
	return ret < 0 ? err_sys(err, ret, "write the plan") : 0;
}

/* --- the dry run --- */

struct options {
	const char *lxcpath, *file, *name;
	const char *defines[64];
	unsigned define_count;
	bool print, json, life, help, execute, foreground;
	char **program;
};

/* The value of "-P PATH", "-PPATH", "--lxcpath PATH" or "--lxcpath=PATH"; NULL: it is another
 * option, or lacks its value. */
static const char *option_value(char **argv, int *i, const char *brief, const char *full)
{
	const char *rest = str_after(argv[*i], full);

	if (rest && rest[0] == '=')
		return rest + 1;
	if (!rest || rest[0])
		rest = str_after(argv[*i], brief);
	if (!rest)
		return NULL;
	return rest[0] ? rest : argv[*i + 1] ? argv[++*i] : NULL;
}

static int read_option(struct options *o, char **argv, int *i)
{
	const char *arg = argv[*i], *value;

	if (str_eq(arg, "--print") || str_eq(arg, "--print=text"))
		o->print = true;
	else if (str_eq(arg, "--print=json"))
		o->print = o->json = true;
	else if (str_eq(arg, "--life"))
		o->life = true;
	else if (str_eq(arg, "--execute"))
		o->execute = true;
	else if (str_eq(arg, "-F") || str_eq(arg, "--foreground"))
		o->foreground = true;
	else if (str_eq(arg, "-h") || str_eq(arg, "--help"))
		o->help = true;
	else if ((value = option_value(argv, i, "-P", "--lxcpath")) != NULL)
		o->lxcpath = value;
	else if ((value = option_value(argv, i, "-f", "--rcfile")) != NULL)
		o->file = value;
	else if ((value = option_value(argv, i, "-n", "--name")) != NULL)
		o->name = value;
	else if ((value = option_value(argv, i, "-s", "--define")) != NULL &&
		 o->define_count < ARRAY_LEN(o->defines))
		o->defines[o->define_count++] = value;
	else
		return -EINVAL;
	return 0;
}

/* What stands behind "--", or behind the name: "[NAME] [--] PROGRAM...". */
static void read_rest(struct options *o, char **words)
{
	if (!o->name && words[0])
		o->name = *words++;
	if (words[0] && str_eq(words[0], "--"))
		words++;
	o->program = words;
}

static int read_options(struct options *o, int argc, char **argv, struct err *err)
{
	for (int i = 1; i < argc; i++) {
		if (str_eq(argv[i], "--")) {
			read_rest(o, argv + i + 1);
			break;
		}
		if (argv[i][0] != '-' && !o->name) {
			o->name = argv[i];
			continue;
		}
		if (argv[i][0] != '-') { /* options end where the program begins */
			read_rest(o, argv + i);
			break;
		}
		if (read_option(o, argv, &i) < 0)
			return err_set(err, -EINVAL, "unknown option, or its value is missing: %s",
				       argv[i]);
	}
	if (!o->life && !o->help && (!o->print || !o->name))
		return err_set(err, -EINVAL, "missing --print or the name of the container");
	return 0;
}

static int load(struct sys *sys, const struct options *o, const char *lxcpath,
		struct config *config, struct err *err)
{
	_cleanup_free_ char *own = str_printf("%s/%s/config", lxcpath, o->name);
	int ret;

	if (!own)
		return err_set(err, -ENOMEM, "out of memory");
	ret = config_load(config, sys, o->file ? o->file : own, err);
	for (unsigned i = 0; i < o->define_count && ret == 0; i++)
		ret = config_set_line(config, sys, o->defines[i], err);
	return ret;
}

static int dry_run(struct sys *sys, const struct options *o, char **envp, struct str *out,
		   struct err *err)
{
	_cleanup_config_ struct config *config = config_create();
	_cleanup_free_ struct plan *image = NULL;
	_cleanup_free_ char *configured = NULL;
	struct plan_request request = {
		.name = o->name,
		.daemon = !o->foreground && !o->execute,
		.use_init = o->execute,
		.argv = o->program,
		.stdio_ttys = 7,
		.reboot = true, /* with its body, whatever the pre-start hooks will change */
		.envp = envp,
	};
	int ret = 0;

	if (!config)
		return err_set(err, -ENOMEM, "out of memory");
	if (!o->lxcpath)
		ret = config_system_item(sys, (const char *const *)envp, "lxc.lxcpath",
					 &configured);
	if (ret < 0)
		return err_set(err, ret, "lxc.lxcpath cannot be read from lxc.conf");
	request.lxcpath = o->lxcpath ? o->lxcpath : configured ? configured : PATH_LXCPATH;
	ret = load(sys, o, request.lxcpath, config, err);
	if (ret == 0)
		ret = plan_life(sys, config, &request, &image, err);
	if (ret < 0)
		return ret;
	return o->json ? plan_print_json(image, out) : plan_print(image, out);
}

/* As the tool that was asked says it: "lxc-start: web: ...". */
static void say(struct sys *sys, const char *program, const char *name, const struct err *err)
{
	char text[1400], line[1800];
	const char *slash = program ? strrchr(program, '/') : NULL;
	int len;

	(void)err_render(err, text, sizeof(text));
	len = snprintf(line, sizeof(line), "%.64s: %.255s%s%s\n",
		       slash ? slash + 1 : program ? program : "lxc-plan", name ? name : "",
		       name ? ": " : "", text);
	(void)io_write_full(sys, STDERR_FILENO, line, (size_t)len);
}

int planner_main(struct sys *sys, int argc, char **argv, char **envp)
{
	_cleanup_str_ struct str out = { 0 };
	struct options o = { 0 };
	struct err err = { 0 };
	int ret = read_options(&o, argc, argv, &err);

	if (ret == 0 && o.life) {
		ret = check_fds(sys, &err);
		if (ret < 0) {
			say(sys, argc > 0 ? argv[0] : NULL, NULL, &err);
			return 1;
		}
		ret = plan_next(sys, &err);
		if (ret < 0)
			write_failure(sys, &err);
		return ret < 0;
	}
	if (ret == 0 && o.help)
		str_add(&out, usage);
	else if (ret == 0)
		ret = dry_run(sys, &o, envp, &out, &err);
	if (ret == 0)
		ret = io_write_full(sys, STDOUT_FILENO, str_text(&out), out.len);
	if (ret < 0)
		say(sys, argc > 0 ? argv[0] : NULL, o.name, &err);
	return ret < 0;
}
