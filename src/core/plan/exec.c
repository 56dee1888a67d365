/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Chapter: the container's program, its arguments and environment (start.md 1.2 #4, 2.9, 3). */
#include "core/plan/planner.h"

#include <errno.h>
#include <stdio.h>

int argv_split(const char *text, struct str *words, uint32_t *count)
{
	*count = 0;
	for (;;) {
		char quote = '\0';

		text += strspn(text, " \t\n");
		if (!*text)
			return str_ok(words) ? 0 : -ENOMEM;
		for (; *text && (quote || !strchr(" \t\n", *text)); text++) {
			if (quote ? *text == quote : *text == '\'' || *text == '"')
				quote = quote ? '\0' : *text;
			else
				str_add_n(words, text, 1);
		}
		if (quote)
			return -EINVAL;
		str_add_n(words, "", 1);
		if (++*count >= PLAN_VEC_MAX - 16)
			return -E2BIG;
	}
}

/* A variable of the starter. */
static const char *starter_variable(const struct planner *p, const char *name)
{
	size_t len = strlen(name);

	for (char *const *at = p->request->envp; at && *at; at++) {
		if (strncmp(*at, name, len) == 0 && (*at)[len] == '=')
			return *at + len + 1;
	}
	return NULL;
}

int plan_add_environment(struct planner *p, struct str *env, uint32_t *count)
{
	const struct config_item *item = NULL;

	while ((item = config_next(p->config, item, "lxc.environment")) != NULL) {
		const char *value = "";

		if (!strchr(item->value, '=')) {
			value = starter_variable(p, item->value);
			if (!value)
				return planner_refuse(p, item, -ENOENT,
						      "the variable %s is not set in the "
						      "environment of the start",
						      item->value);
		}
		str_add(env, "=");
		str_add(env, item->value);
		if (!strchr(item->value, '='))
			str_add(env, "=");
		str_add_n(env, value, strlen(value) + 1);
		(*count)++;
	}
	return str_ok(env) ? 0 : -ENOMEM;
}

/* PATH among these entries "=NAME=VALUE"; the last one wins. "": none. */
static const char *path_of(const struct str *env, uint32_t count)
{
	const char *entry = str_text(env), *path = "";

	for (uint32_t i = 0; i < count; i++, entry += strlen(entry) + 1) {
		const char *value = str_after(entry, "=PATH=");

		if (value)
			path = value;
	}
	return path;
}

static void add_word(struct str *words, uint32_t *count, const char *word)
{
	str_add_n(words, word, strlen(word) + 1);
	(*count)++;
}

/* What comes before the program: our own init's command line. */
static void add_init_words(const struct planner *p, struct str *words, uint32_t *count)
{
	const char *level = config_str(p->config, "lxc.log.level");

	add_word(words, count, "init.lxc");
	add_word(words, count, "-n");
	add_word(words, count, p->request->name);
	if (level) {
		add_word(words, count, "-l");
		add_word(words, count, level);
	}
	add_word(words, count, "--");
}

/* The setting that names the program, NULL: the built-in one. */
static const struct config_item *program_item(const struct planner *p)
{
	const struct config_item *item = NULL;

	if (p->request->use_init)
		item = planner_item(p, "lxc.execute.cmd");
	return item ? item : planner_item(p, "lxc.init.cmd");
}

static int find_program(struct planner *p, struct str *words, uint32_t *count)
{
	const struct config_item *item = program_item(p);
	uint32_t more = 0;
	int ret;

	if (p->request->argv && p->request->argv[0]) {
		plan_set_rule(&p->b, "the program given by the caller");
		for (char *const *word = p->request->argv; *word; word++) {
			if (*count >= PLAN_VEC_MAX - 1)
				return planner_refuse(p, NULL, -E2BIG,
						      "the program has too many arguments");
			add_word(words, count, *word);
		}
		return 0;
	}
	if (!item && p->request->use_init)
		return planner_refuse(
			p, NULL, -EINVAL,
			"no program to execute: give one, or set lxc.execute.cmd or lxc.init.cmd");
	planner_origin(p, item, "init");
	if (!item) {
		add_word(words, count, "/sbin/init");
		return 0;
	}
	ret = argv_split(item->value, words, &more);
	if (ret < 0)
		return planner_refuse(p, item, ret,
				      ret == -EINVAL ? "a quote is not closed" : "too many words");
	if (!more)
		return planner_refuse(p, item, -EINVAL, "the command is empty");
	*count += more;
	return 0;
}

int plan_exec(struct planner *p)
{
	_cleanup_str_ struct str words = { 0 }, env = { 0 };
	uint32_t count = 0, env_count = 0, path, argv, env_at, search;
	struct step *step;
	int ret;

	if (p->request->use_init)
		add_init_words(p, &words, &count);
	ret = find_program(p, &words, &count);
	if (ret == 0)
		ret = plan_add_environment(p, &env, &env_count);
	if (ret < 0)
		return ret;
	search = plan_add_str(&p->b, path_of(&env, env_count));
	add_word(&env, &env_count, "=container=lxc");
	add_word(&env, &env_count, "?container_ttys");
	if (!str_ok(&words) || !str_ok(&env))
		return -ENOMEM;
	path = plan_add_str(&p->b, str_text(&words));
	argv = plan_add_vec(&p->b, words.s, words.len);
	env_at = plan_add_vec(&p->b, env.s, env.len);
	step = plan_add_step(&p->b, STEP_exec);
	step->str[0] = path;
	step->str[1] = argv;
	step->str[2] = env_at;
	step->str[3] = search;
	step->num[0] = count;
	step->num[1] = env_count;
	step->num[2] = p->request->use_init;
	step->num[3] = p->request->use_init && !p->request->daemon;
	return 0;
}
