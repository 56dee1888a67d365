/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The exported names: one line each over the function that takes its world. Nothing else is exported. */
#include "api/api.h"

#include "core/ipc/ipc.h"
#include "sys/trace.h"

#include <lxc/version.h>
#include <pthread.h>
#include <unistd.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct sys *world;
static struct sys_trace trace = { .fd = -1 };

/* LXC_SYS_TRACE=FILE: every operation is written there. A file that cannot be opened is no reason to fail. */
static void choose_world(void)
{
	const char *path = getenv("LXC_SYS_TRACE");
	int fd = -1;

	world = sys_linux();
	if (!path || !*path)
		return;
	fd = io_open(world, AT_FDCWD, path, O_CREAT | O_WRONLY | O_APPEND | O_NOCTTY, 0600, 0);
	if (fd < 0)
		return;
	sys_trace_init(&trace, world, fd);
	trace.with_time = true;
	world = &trace.sys;
	api_set_trace_fd(fd);
}

struct sys *api_sys(void)
{
	(void)pthread_once(&once, choose_world);
	return world;
}

char *const *api_environ(void)
{
	return environ;
}

API_EXPORT struct lxc_container *lxc_container_new(const char *name, const char *configpath)
{
	return api_container_new_on(api_sys(), api_environ(), name, configpath);
}

API_EXPORT int lxc_container_get(struct lxc_container *c)
{
	return api_container_get(c);
}

API_EXPORT int lxc_container_put(struct lxc_container *c)
{
	return api_container_put(c);
}

API_EXPORT int lxc_get_wait_states(const char **states)
{
	for (int i = 0; states && i < IPC_STATE_COUNT; i++)
		states[i] = ipc_state_name((enum ipc_state)i);
	return IPC_STATE_COUNT;
}

API_EXPORT const char *lxc_get_global_config_item(const char *key)
{
	return api_global_item(api_sys(), api_environ(), key);
}

API_EXPORT const char *lxc_get_version(void)
{
	return LXC_VERSION;
}

API_EXPORT int list_defined_containers(const char *lxcpath, char ***names, struct lxc_container ***cret)
{
	return api_list_defined(api_sys(), api_environ(), lxcpath, names, cret);
}

API_EXPORT int list_active_containers(const char *lxcpath, char ***names, struct lxc_container ***cret)
{
	return api_list_active(api_sys(), api_environ(), lxcpath, names, cret);
}

API_EXPORT int list_all_containers(const char *lxcpath, char ***names, struct lxc_container ***cret)
{
	return api_list_all(api_sys(), api_environ(), lxcpath, names, cret);
}

API_EXPORT int lxc_log_init(struct lxc_log *log)
{
	return api_log_init(api_sys(), api_environ(), log);
}

API_EXPORT void lxc_log_close(void)
{
	api_log_close(api_sys());
}

API_EXPORT bool lxc_config_item_is_supported(const char *key)
{
	return api_key_is_supported(key);
}

API_EXPORT bool lxc_has_api_extension(const char *extension)
{
	return api_has_extension(extension);
}

API_EXPORT int lxc_attach_run_command(void *payload)
{
	return api_exec_command(api_sys(), payload);
}

API_EXPORT int lxc_attach_run_shell(void *payload)
{
	(void)payload;
	return api_exec_shell(api_sys());
}
