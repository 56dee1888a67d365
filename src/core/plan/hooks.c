/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chapter: hooks: their arguments and environment (start.md 5.2). */
#include "core/io/io.h"
#include "core/namespace/namespace.h"
#include "core/plan/planner.h"

#include <errno.h>
#include <stdio.h>

/* What a kind of hook gets beside the common variables. */
enum {
	HOOK_PID = 1,	  /* LXC_PID */
	HOOK_TARGET = 2,  /* LXC_TARGET */
	HOOK_NS = 4,	  /* LXC_*_NS */
	HOOK_CHILD = 8,	  /* lxc.environment */
	HOOK_TTYS = 16,	  /* container_ttys */
	HOOK_LOGGED = 32, /* a failure is only logged */
};

static const struct {
	const char *type;
	unsigned gets;
} hook_types[] = {
	{ "pre-start", 0 },
	{ "pre-mount", HOOK_CHILD },
	{ "mount", HOOK_CHILD },
	{ "autodev", HOOK_CHILD },
	{ "start-host", HOOK_PID },
	{ "start", HOOK_CHILD | HOOK_TTYS },
	{ "stop", HOOK_PID | HOOK_TARGET | HOOK_NS | HOOK_LOGGED },
	{ "post-stop", HOOK_PID | HOOK_TARGET },
};

static const char *const inherited_inside[] = { "*PATH", "*HOME", "*TERM" };

struct env {
	struct str text;
	uint32_t count;
};

static void add_entry(struct env *env, const char *entry)
{
	str_add_n(&env->text, entry, strlen(entry) + 1);
	env->count++;
}

static void add_var(struct env *env, const char *name, const char *value)
{
	if (!value)
		return;
	str_add(&env->text, "=");
	str_add(&env->text, name);
	str_add(&env->text, "=");
	str_add_n(&env->text, value, strlen(value) + 1);
	env->count++;
}

/* Filled by the executor, or left out. */
static void add_hole(struct env *env, const char *name)
{
	str_add(&env->text, "?");
	str_add_n(&env->text, name, strlen(name) + 1);
	env->count++;
}

static void add_common(const struct planner *p, const char *type, struct env *env)
{
	bool version = config_int(p->config, "lxc.hook.version", 0) == 1;

	add_var(env, "LXC_NAME", p->request->name);
	add_var(env, "LXC_CONFIG_FILE", p->config_file);
	add_var(env, "LXC_ROOTFS_MOUNT", p->rootfs_mount);
	add_var(env, "LXC_ROOTFS_PATH", p->rootfs);
	add_var(env, "LXC_CONSOLE", config_str(p->config, "lxc.console.path"));
	add_var(env, "LXC_CONSOLE_LOGPATH", config_str(p->config, "lxc.console.logfile"));
	if (p->facts->namespaces & CLONE_NEWCGROUP)
		add_var(env, "LXC_CGNS_AWARE", "1");
	add_var(env, "LXC_LOG_LEVEL", log_level_name(planner_log_level(p)));
	add_var(env, "LXC_HOOK_VERSION", version ? "1" : "0");
	if (version) {
		add_var(env, "LXC_HOOK_TYPE", type);
		add_var(env, "LXC_HOOK_SECTION", "lxc");
	}
}

static int make_env(struct planner *p, const char *type, unsigned gets, struct env *env)
{
	int ret = 0;

	/* Inside the container's namespaces the caller's secrets have no business. */
	for (size_t i = 0; i < ARRAY_LEN(inherited_inside) && (gets & HOOK_CHILD); i++)
		add_entry(env, inherited_inside[i]);
	if (!(gets & HOOK_CHILD))
		add_entry(env, "*");
	add_common(p, type, env);
	if (gets & HOOK_PID)
		add_entry(env, "?LXC_PID");
	if (gets & HOOK_TARGET)
		add_entry(env, "?LXC_TARGET");
	for (size_t i = 0; (gets & HOOK_NS) && i < NAMESPACE_COUNT; i++) {
		if (p->namespaces & namespace_kinds[i].flag)
			add_hole(env, namespace_kinds[i].variable);
	}
	if (gets & HOOK_CHILD)
		ret = plan_add_environment(p, &env->text, &env->count);
	if (gets & HOOK_TTYS)
		add_entry(env, "?container_ttys");
	return ret;
}

static void add_hook(struct planner *p, const struct config_item *item, const char *type,
		     unsigned gets, const struct env *env, enum rank rank)
{
	const char *const words[] = { p->request->name, "lxc", type };
	bool version = config_int(p->config, "lxc.hook.version", 0) == 1;
	uint32_t script, type_at, argv, env_at;
	struct step *step;

	planner_origin(p, item, "");
	script = plan_add_str(&p->b, item->value);
	type_at = plan_add_str(&p->b, type);
	argv = version ? 0 : plan_add_strv(&p->b, words, ARRAY_LEN(words));
	env_at = plan_add_vec(&p->b, env->text.s, env->text.len);
	step = plan_add_step(&p->b, STEP_hook);
	step->rank = (uint16_t)rank;
	step->str[0] = script;
	step->str[1] = type_at;
	step->str[2] = argv;
	step->str[3] = env_at;
	step->num[0] = version ? 0 : ARRAY_LEN(words);
	step->num[1] = env->count;
	step->num[2] = (gets & HOOK_LOGGED) != 0;
}

int plan_hooks(struct planner *p, const char *type, enum rank rank)
{
	_cleanup_str_ struct str text = { 0 };
	struct env env = { 0 };
	const struct config_item *item = NULL;
	unsigned gets = 0;
	char key[64];
	int ret;

	(void)snprintf(key, sizeof(key), "lxc.hook.%s", type);
	if (!config_next(p->config, NULL, key))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(hook_types); i++) {
		if (str_eq(hook_types[i].type, type))
			gets = hook_types[i].gets;
	}
	ret = make_env(p, type, gets, &env);
	text = env.text; /* released here */
	if (ret == 0 && !str_ok(&text))
		ret = -ENOMEM;
	while (ret == 0 && (item = config_next(p->config, item, key)) != NULL)
		add_hook(p, item, type, gets, &env, rank);
	return ret;
}
