/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Layout: NUL-ended fields "2", name, lxcpath, config file, flags, terminals, 1 + log level (0: as
 * configured), argc, argv..., envc, env...; then the configuration. Of the environment only what planning reads goes along: HOME, and
 * what lxc.environment copies by name.
 */
#include "core/plan/serial.h"
#include "core/plan/planner.h"

#include <errno.h>
#include <stdlib.h>

#define SERIAL_FORM "2"
enum { SERIAL_DAEMON = 1, SERIAL_USE_INIT = 2 };

static void add_field(struct str *out, const char *text)
{
	str_add_n(out, text, strlen(text) + 1);
}

static void add_number(struct str *out, unsigned number)
{
	str_addf(out, "%u", number);
	str_add_n(out, "", 1);
}

static bool is_needed(const struct config *config, const char *variable)
{
	const struct config_item *item = NULL;
	size_t len = strcspn(variable, "=");

	if (str_starts(variable, "HOME="))
		return true;
	while ((item = config_next(config, item, "lxc.environment")) != NULL) {
		if (strlen(item->value) == len && memcmp(item->value, variable, len) == 0)
			return true;
	}
	return false;
}

int serial_write(const struct config *config, const struct plan_request *request,
		 const char *config_file, struct str *out)
{
	_cleanup_str_ struct str env = { 0 };
	unsigned argc = 0, envc = 0;

	add_field(out, SERIAL_FORM);
	add_field(out, request->name);
	add_field(out, request->lxcpath);
	add_field(out, config_file ? config_file : "");
	add_number(out, (request->daemon ? SERIAL_DAEMON : 0U) |
				(request->use_init ? SERIAL_USE_INIT : 0U));
	add_number(out, request->stdio_ttys);
	add_number(out, request->log_level ? 1U + (unsigned)*request->log_level : 0U);
	while (request->argv && request->argv[argc])
		argc++;
	add_number(out, argc);
	for (unsigned i = 0; i < argc; i++)
		add_field(out, request->argv[i]);
	for (char *const *at = request->envp; at && *at; at++) {
		if (is_needed(config, *at)) {
			add_field(&env, *at);
			envc++;
		}
	}
	add_number(out, envc);
	str_add_n(out, str_text(&env), env.len);
	if (!str_ok(out) || !str_ok(&env))
		return -ENOMEM;
	return config_serialise(config, out);
}

void serial_request_finish(struct serial_request *request)
{
	free(request->argv);
	free(request->envp);
}

/* What is left to read. */
struct reader {
	const char *at;
	size_t left;
	bool failed;
};

static const char *field(struct reader *r)
{
	const char *text = r->at;
	const char *end = r->left ? memchr(r->at, '\0', r->left) : NULL;

	if (!end) {
		r->failed = true;
		return "";
	}
	r->left -= (size_t)(end - r->at) + 1;
	r->at = end + 1;
	return text;
}

static uint32_t number(struct reader *r, uint32_t max)
{
	uint32_t value = 0;

	if (str_to_u32(field(r), &value) < 0 || value > max) {
		r->failed = true;
		return 0;
	}
	return value;
}

static char **vector(struct reader *r)
{
	uint32_t count = number(r, 65536);
	char **vec = calloc((size_t)count + 1, sizeof(*vec));

	for (uint32_t i = 0; vec && i < count; i++)
		vec[i] = (char *)(uintptr_t)field(r); /* read only, whatever argv's type says */
	return vec;
}

int serial_read(const void *bytes, size_t len, struct serial_request *out, struct config *config,
		struct err *err)
{
	struct reader r = { .at = bytes, .left = len };
	uint32_t flags, level;

	*out = (struct serial_request){ 0 };
	if (!str_eq(field(&r), SERIAL_FORM))
		return err_set(err, -EINVAL, "the plan carries no configuration that can be read");
	out->request.name = field(&r);
	out->request.lxcpath = field(&r);
	out->request.config_file = field(&r);
	flags = number(&r, UINT32_MAX);
	out->request.daemon = flags & SERIAL_DAEMON;
	out->request.use_init = flags & SERIAL_USE_INIT;
	out->request.stdio_ttys = number(&r, UINT32_MAX);
	level = number(&r, LOG_NOTSET_);
	if (level > 0) {
		out->log_level = (enum log_level)(level - 1);
		out->request.log_level = &out->log_level;
	}
	out->argv = vector(&r);
	out->envp = vector(&r);
	if (!out->argv || !out->envp)
		return err_set(err, -ENOMEM, "out of memory while planning");
	if (r.failed)
		return err_set(err, -EINVAL, "the plan carries no configuration that can be read");
	if (!out->request.config_file[0])
		out->request.config_file = NULL;
	out->request.argv = out->argv[0] ? out->argv : NULL;
	out->request.envp = out->envp;
	return config_parse_serial(config, r.at, r.left, err);
}

int plan_again(struct sys *sys, const struct plan *earlier, struct plan **image_out,
	       struct err *err)
{
	_cleanup_serial_request_ struct serial_request again = { 0 };
	_cleanup_config_ struct config *config = config_create();
	int ret;

	if (!config)
		return err_set(err, -ENOMEM, "out of memory while planning");
	ret = serial_read((const char *)earlier + earlier->serial_at, earlier->serial_size, &again,
			  config, err);
	if (ret < 0)
		return ret;
	again.request.reboot = true;
	return plan_life(sys, config, &again.request, image_out, err);
}
