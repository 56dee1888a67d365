/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Containers on disk: what their creation and their end do. */
#include "core/plan/planner.h"

#include <errno.h>

#define DIR_MODE 0755
#define CONTAINER_MODE 0770
#define CONFIG_MODE 0640

static struct step *add(struct plan_builder *b, enum step_kind kind, uint32_t path)
{
	struct step *step = plan_add_step(b, kind);

	step->str[0] = path;
	return step;
}

static void add_mode(struct plan_builder *b, enum step_kind kind, uint32_t path, int64_t mode)
{
	add(b, kind, path)->num[0] = mode;
}

/* path: a file in the directory of the container. */
static uint32_t inside(struct plan_builder *b, const char *lxcpath, const char *name,
		       const char *file)
{
	return plan_add_strf(b, "%s/%s/%s", lxcpath, name, file);
}

static void begin(struct plan_builder *b, const char *lxcpath, const char *name, const char *rule)
{
	plan_builder_init(b);
	b->head.name = plan_add_str(b, name);
	b->head.lxcpath = plan_add_str(b, lxcpath);
	plan_begin(b, CHAPTER_BEFORE);
	plan_set_rule(b, rule);
}

static int end(struct plan_builder *b, int ret, struct plan **image_out, struct err *err)
{
	if (ret == 0)
		ret = plan_build(b, image_out);
	plan_builder_finish(b);
	if (ret < 0 && !err_is(err))
		(void)err_set(err, ret,
			      ret == -E2BIG ? "the plan is too large"
					    : "out of memory while planning");
	return ret;
}

/* --- create --- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* TEMPLATE --path=DIR --name=NAME --rootfs=ROOTFS [arguments]; status 0 is success. */
static int plan_template(struct plan_builder *b, const struct plan_create_request *request,
			 struct err *err)
{
	_cleanup_str_ struct str words = { 0 };
	uint32_t count = 4, path, argv;
	struct step *step;

	str_addf(&words, "%s%c--path=%s/%s%c--name=%s%c--rootfs=%s%c",
		 base_name(request->template_path), 0, request->lxcpath, request->name, 0,
		 request->name, 0, request->rootfs, 0);
	for (char *const *arg = request->template_args; arg && *arg; arg++, count++)
		str_add_n(&words, *arg, strlen(*arg) + 1);
	if (count >= PLAN_VEC_MAX)
		return err_set(err, -E2BIG, "template %s: too many arguments",
			       request->template_path);
	if (!str_ok(&words))
		return -ENOMEM;
	path = plan_add_str(b, request->template_path);
	argv = plan_add_vec(b, words.s, words.len);
	step = add(b, STEP_template, path);
	step->str[1] = argv;
	step->num[0] = count;
	step->num[1] = request->quiet;
	return 0;
}

/*
 * The marker comes before all that another process could take for a finished container, and goes
 * last. What the template wrote is checked while everything can still be undone.
 */
static int plan_creation(struct plan_builder *b, const struct plan_create_request *request,
			 struct err *err)
{
	const char *lxcpath = request->lxcpath, *name = request->name;
	uint32_t config = inside(b, lxcpath, name, "config");
	uint32_t partial = inside(b, lxcpath, name, "partial");
	uint32_t text = plan_add_str(b, request->config_text);
	uint32_t header = plan_add_str(b, request->header);
	uint32_t lock = plan_add_str(b, request->lock_path);
	uint32_t rootfs = plan_add_str(b, request->rootfs);
	struct step *step;
	int ret = 0;

	(void)add(b, STEP_lock, lock);
	add_mode(b, STEP_make_path, b->head.lxcpath, DIR_MODE);
	add_mode(b, STEP_make_dir, plan_add_strf(b, "%s/%s", lxcpath, name), CONTAINER_MODE);
	(void)add(b, STEP_mark, partial);
	if (request->template_path) {
		add(b, STEP_expect_new, config)->str[1] = rootfs;
		(void)add(b, STEP_unlock, lock);
		add_mode(b, STEP_make_dir, rootfs, DIR_MODE);
	}
	step = add(b, STEP_write_file, config);
	step->str[1] = text;
	step->num[0] = CONFIG_MODE;
	if (request->template_path) {
		ret = plan_template(b, request, err);
		add(b, STEP_prepend, config)->str[1] = header;
	}
	if (request->check)
		(void)plan_add_step(b, STEP_check);
	(void)add(b, STEP_remove_file, partial);
	return ret;
}

int plan_create(const struct plan_create_request *request, struct plan **image_out, struct err *err)
{
	struct plan_builder b;

	begin(&b, request->lxcpath, request->name, "create");
	return end(&b, plan_creation(&b, request, err), image_out, err);
}

int plan_recover(const char *lxcpath, const char *name, struct plan **image_out, struct err *err)
{
	struct plan_builder b;

	begin(&b, lxcpath, name, "recover");
	(void)add(&b, STEP_recover, inside(&b, lxcpath, name, "partial"));
	return end(&b, 0, image_out, err);
}

/* --- destroy --- */

/* The length without slashes at the end, which would lead through a symbolic link. */
static int without_slashes(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return (int)len;
}

/* What the configuration names goes first; whether that is a directory, and whose, is seen when it
 * is opened. */
static int plan_rootfs_end(struct planner *p)
{
	const struct config_item *item = planner_item(p, "lxc.rootfs.path");
	const char *path, *type = planner_rootfs(item, &path);

	if (!str_eq(type, "dir"))
		return planner_refuse(p, item, -EOPNOTSUPP,
				      "storage of type %s is not supported yet", type);
	/* A name without a directory to begin at is none. */
	if (!path || path[0] != '/')
		return 0;
	planner_origin(p, item, "");
	(void)add(&p->b, STEP_remove_rootfs,
		  plan_add_strf(&p->b, "%.*s", without_slashes(path), path));
	plan_set_rule(&p->b, "destroy");
	return 0;
}

static void expect_no_snapshots(struct plan_builder *b, uint32_t dir)
{
	uint32_t what = plan_add_str(b, "snapshots");

	add(b, STEP_expect_none, dir)->str[1] = what;
}

int plan_destroy(const struct plan_destroy_request *request, struct plan **image_out,
		 struct err *err)
{
	struct planner p = { .config = request->config, .err = err };
	int ret;

	begin(&p.b, request->lxcpath, request->name, "destroy");
	expect_no_snapshots(&p.b, inside(&p.b, request->lxcpath, request->name, "snaps"));
	/* Beside the lxcpath, if somebody made that directory. */
	expect_no_snapshots(&p.b,
			    plan_add_strf(&p.b, "%ssnaps/%s", request->lxcpath, request->name));
	ret = request->config ? plan_rootfs_end(&p) : 0;
	(void)add(&p.b, STEP_remove_tree,
		  plan_add_strf(&p.b, "%s/%s", request->lxcpath, request->name));
	return end(&p.b, ret, image_out, err);
}
