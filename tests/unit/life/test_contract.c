/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the public header promises of an object, without a running container; on the model kernel. */
#include "life/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state)
{
	static struct host host;

	host_init(&host, FAKE_CGROUP_HYBRID);
	*state = &host;
	return 0;
}

static int tear_down(void **state)
{
	host_finish(*state);
	return 0;
}

static void a_new_object_stands_for_a_container_that_need_not_exist(void **state)
{
	struct lxc_container *c = host_container(*state, "zz");

	assert_int_equal(c->numthreads, 1);
	assert_true(c->daemonize);
	assert_null(c->lxc_conf);
	assert_null(c->pidfile);
	assert_null(c->error_string);
	assert_int_equal(c->error_num, 0);
	assert_string_equal(c->configfile, HOST_LXCPATH "/zz/config");
	assert_false(c->is_defined(c));
	assert_string_equal(c->state(c), "STOPPED");
	assert_false(c->is_running(c));
	assert_true(c->init_pid(c) < 0);
	assert_true(c->may_control(c));
	api_container_put(c);
}

static void slashes_behind_the_lxcpath_are_dropped(void **state)
{
	struct host *host = *state;
	char *const envp[] = { NULL };
	struct lxc_container *c = api_container_new_on(host->sys, envp, "x", HOST_LXCPATH "///");

	assert_non_null(c);
	assert_string_equal(c->config_path, HOST_LXCPATH);
	assert_string_equal(c->configfile, HOST_LXCPATH "/x/config");
	api_container_put(c);
	assert_null(api_container_new_on(host->sys, envp, NULL, HOST_LXCPATH));
}

static void references_are_counted(void **state)
{
	struct lxc_container *c = host_container(*state, "zz");

	assert_int_equal(api_container_get(c), 1);
	assert_int_equal(c->numthreads, 2);
	assert_int_equal(api_container_put(c), 0);
	assert_int_equal(api_container_put(c), 1);
	assert_int_equal(api_container_get(NULL), 0);
	assert_int_equal(api_container_put(NULL), -1);
}

static void every_member_is_set(void **state)
{
	struct lxc_container *c = host_container(*state, "zz");

#define IS_SET(name) assert_non_null(c->name);
	API_METHODS(IS_SET)
	api_container_put(c);
}

static void every_method_fails_without_an_object(void **state)
{
	struct lxc_container *c = host_container(*state, "zz");
	struct lxc_snapshot *snapshots;
	pid_t pid;
	int tty = -1, fd;

	assert_false(c->is_defined(NULL) || c->is_running(NULL) || c->freeze(NULL) || c->unfreeze(NULL));
	assert_null(c->state(NULL));
	assert_true(c->init_pid(NULL) < 0 && c->init_pidfd(NULL) == -EBADF && c->devpts_fd(NULL) == -EBADF);
	assert_false(c->load_config(NULL, NULL) || c->save_config(NULL, NULL) || c->start(NULL, 0, NULL));
	assert_false(c->startl(NULL, 0, NULL) || c->stop(NULL) || c->want_daemonize(NULL, true));
	assert_false(c->want_close_all_fds(NULL, true) || c->wait(NULL, "STOPPED", 0) || c->destroy(NULL));
	assert_null(c->config_file_name(NULL));
	assert_false(c->set_config_item(NULL, "lxc.uts.name", "x") || c->clear_config_item(NULL, "lxc.uts.name"));
	assert_false(c->create(NULL, "t", NULL, NULL, 0, NULL) || c->createl(NULL, "t", NULL, NULL, 0, NULL));
	assert_false(c->rename(NULL, "x") || c->reboot(NULL) || c->reboot2(NULL, 0) || c->shutdown(NULL, 0));
	c->clear_config(NULL);
	assert_true(c->get_config_item(NULL, "lxc.uts.name", NULL, 0) < 0 && c->get_keys(NULL, "lxc.net", NULL, 0) < 0);
	assert_null(c->get_running_config_item(NULL, "lxc.uts.name"));
	assert_null(c->get_interfaces(NULL));
	assert_null(c->get_ips(NULL, NULL, NULL, 0));
	assert_true(c->get_cgroup_item(NULL, "x.y", NULL, 0) < 0);
	assert_false(c->set_cgroup_item(NULL, "x.y", "1"));
	assert_null(c->get_config_path(NULL));
	assert_false(c->set_config_path(NULL, "/x"));
	assert_null(c->clone(NULL, NULL, NULL, 0, NULL, NULL, 0, NULL));
	assert_true(c->console_getfd(NULL, &tty, &fd) < 0 && c->console(NULL, 0, 0, 1, 2, 1) < 0);
	assert_true(c->attach(NULL, NULL, NULL, NULL, &pid) < 0);
	assert_true(c->attach_run_wait(NULL, NULL, "x", NULL) < 0);
	assert_true(c->attach_run_waitl(NULL, NULL, "x", "x", NULL) < 0);
	assert_true(c->snapshot(NULL, NULL) < 0 && c->snapshot_list(NULL, &snapshots) < 0);
	assert_false(c->snapshot_restore(NULL, "a", "b") || c->snapshot_destroy(NULL, "a") || c->may_control(NULL));
	assert_false(c->add_device_node(NULL, "a", "b") || c->remove_device_node(NULL, "a", "b"));
	assert_false(c->attach_interface(NULL, "a", "b") || c->detach_interface(NULL, "a", "b"));
	assert_false(c->checkpoint(NULL, NULL, false, false) || c->restore(NULL, NULL, false));
	assert_false(c->destroy_with_snapshots(NULL) || c->snapshot_destroy_all(NULL) || c->set_timeout(NULL, 1));
	assert_true(c->migrate(NULL, 0, NULL, 0) != 0 && c->console_log(NULL, NULL) == -EINVAL);
	assert_true(c->mount(NULL, NULL, NULL, NULL, 0, NULL, NULL) < 0 && c->umount(NULL, NULL, 0, NULL) < 0);
	assert_true(c->seccomp_notify_fd(NULL) < 0 && c->seccomp_notify_fd_active(NULL) < 0);
	api_container_put(c);
}

static void what_is_stopped_is_stopped(void **state)
{
	struct lxc_container *c = host_container(*state, "zz");

	assert_true(c->stop(c));
	assert_true(c->shutdown(c, 0));
	assert_true(c->shutdown(c, 3));
	assert_false(c->reboot(c));
	assert_true(c->reboot2(c, 0));
	assert_true(c->wait(c, "STOPPED", 0));
	assert_true(c->wait(c, "RUNNING|STOPPED", 0));
	assert_false(c->wait(c, "RUNNING", 0));
	assert_false(c->wait(c, "BOGUS", 5));
	assert_false(c->wait(c, "stopped", 0));
	assert_false(c->wait(c, "", 1));
	assert_false(c->wait(c, NULL, 1));
	assert_false(c->destroy(c));
	assert_false(c->want_daemonize(c, true));
	assert_false(c->want_close_all_fds(c, true));
	assert_false(c->start(c, 0, NULL));
	assert_int_equal(c->error_num, 1);
	assert_non_null(strstr(c->error_string, "zz"));
	api_container_put(c);
}

static void settings_are_set_read_and_refused(void **state)
{
	struct lxc_container *c = host_container(*state, "zz");
	char buf[64];

	assert_true(c->get_config_item(c, "lxc.uts.name", buf, sizeof(buf)) < 0);
	assert_true(c->set_config_item(c, "lxc.uts.name", "foo"));
	assert_int_equal(c->get_config_item(c, "lxc.uts.name", buf, sizeof(buf)), 3);
	assert_string_equal(buf, "foo");
	memset(buf, 'z', sizeof(buf));
	assert_int_equal(c->get_config_item(c, "lxc.uts.name", buf, 3), 3);
	assert_int_equal(buf[0], 'z');
	assert_true(c->set_config_item(c, "lxc.cap.drop", "sys_module sys_time"));
	assert_int_equal(c->get_config_item(c, "lxc.cap.drop", buf, 5), 20);
	assert_string_equal(buf, "sys_");
	assert_false(c->set_config_item(c, "lxc.bogus", "1"));
	assert_false(c->set_config_item(c, "lxc.tty.max", "abc"));
	assert_false(c->set_config_item(c, "lxc.start.auto", "2"));
	assert_false(c->set_config_item(c, NULL, "1"));
	assert_true(c->get_config_item(c, NULL, NULL, 0) < 0);
	assert_true(c->get_config_item(c, "lxc.bogus", NULL, 0) < 0);
	assert_true(c->set_config_item(c, "lxc.uts.name", ""));
	assert_int_equal(c->get_config_item(c, "lxc.uts.name", NULL, 0), 0);
	assert_true(c->get_keys(NULL, NULL, NULL, 0) > 0);
	assert_int_equal(c->get_keys(NULL, NULL, buf, sizeof(buf)), c->get_keys(NULL, NULL, NULL, 0));
	assert_memory_equal(buf, "lxc.arch\n", 9);
	assert_false(c->is_defined(c));
	api_container_put(c);
}

static void a_saved_configuration_defines_a_container(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_container(host, "saved");
	struct stat st;

	assert_true(c->save_config(c, NULL));
	assert_true(c->is_defined(c));
	assert_int_equal(sys_fstatat(host->sys, AT_FDCWD, HOST_LXCPATH "/saved/config", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(sys_fstatat(host->sys, AT_FDCWD, HOST_LXCPATH "/saved", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0770);
	assert_false(c->save_config(c, "/nonexistent/d/x"));
	assert_true(c->destroy(c));
	assert_false(c->is_defined(c));
	assert_false(c->destroy(c));
	api_container_put(c);
}

static void a_bad_configuration_gives_no_object(void **state)
{
	struct host *host = *state;
	char *const envp[] = { NULL };

	fake_dir(host->fake, HOST_LXCPATH "/bad", 0770);
	fake_file(host->fake, HOST_LXCPATH "/bad/config", "lxc.bogus = 1\n", 0640);
	assert_null(api_container_new_on(host->sys, envp, "bad", HOST_LXCPATH));
}

static void names_that_leave_the_lxcpath_are_refused(void **state)
{
	static const char *const names[] = { "", ".", "..", "a/b", "../x", "a\nb" };
	struct host *host = *state;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct lxc_container *c = host_container(host, names[i]);
		char *before _cleanup_free_ = host_world(host);

		assert_true(c->set_config_item(c, "lxc.uts.name", "x"));
		assert_false(c->create(c, HOST_TEMPLATE, NULL, NULL, 0, NULL));
		assert_false(c->start(c, 0, NULL));
		assert_false(c->save_config(c, NULL));
		assert_false(c->destroy(c));
		host_assert_world(host, before, names[i]);
		api_container_put(c);
	}
}

static void a_failed_creation_removes_what_it_made_and_nothing_else(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_container(host, "web"), *again;
	char *before _cleanup_free_ = host_world(host);
	char *created _cleanup_free_ = NULL;

	fake_program(host->fake, "/usr/lib/test/false", fake_exit_main, (void *)(intptr_t)1);
	free(before);
	before = host_world(host);
	assert_false(c->create(c, "nosuch", NULL, NULL, 0, NULL));
	assert_false(c->create(c, "/usr/lib/test/false", NULL, NULL, 0, NULL));
	host_assert_world(host, before, "after failed creations");
	api_container_put(c);
	c = host_created(host, "web");
	created = host_world(host);
	again = host_container(host, "web");
	assert_false(again->create(again, HOST_TEMPLATE, NULL, NULL, 0, NULL));
	assert_false(again->create(again, "nosuch", NULL, NULL, 0, NULL));
	host_assert_world(host, created, "after creating what exists");
	api_container_put(again);
	api_container_put(c);
}

/* Whatever the arguments hold, they stay within the comment. */
static void a_configuration_says_what_template_made_it(void **state)
{
	static char dash[] = "-x", two_lines[] = "a\nlxc.bogus = 1\rb";
	char *argv[] = { dash, two_lines, NULL };
	struct host *host = *state;
	struct lxc_container *c = host_container(host, "web");
	char *text _cleanup_free_ = NULL;

	assert_true(c->load_config(c, "/etc/lxc/default.conf") && c->create(c, HOST_TEMPLATE, NULL, NULL, 0, argv));
	text = fake_text(host->fake, HOST_LXCPATH "/web/config");
	assert_true(str_starts(text, "# Template used to create this container: " HOST_TEMPLATE "\n"
				     "# Parameters passed to the template: -x a lxc.bogus = 1 b\n"
				     "# Template script checksum (SHA-1): "));
	assert_non_null(strstr(text, "\nlxc.rootfs.path = dir:" HOST_LXCPATH "/web/rootfs\n"));
	assert_non_null(strstr(text, "\nlxc.uts.name = web\n"));
	assert_string_equal(config_str(container_of(c)->config, "lxc.uts.name"), "web");
	api_container_put(c);
}

/* What a snapshot stands on is all there still. */
static void a_container_with_snapshots_is_not_destroyed_and_not_touched(void **state)
{
	static const char *const places[] = { HOST_LXCPATH "/web/snaps/snap0",
					      HOST_LXCPATH "snaps/web/snap0" };
	struct host *host = *state;
	struct lxc_container *c = host_created(host, "web");

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		char *before _cleanup_free_ = NULL,
			     *tree _cleanup_free_ = str_printf("d 0755 %s\n", places[i]);

		fake_tree(host->fake, tree);
		before = host_world(host);
		assert_false(c->destroy(c));
		assert_non_null(strstr(c->error_string, "the container has snapshots"));
		host_assert_world(host, before, "after destroying what has snapshots");
		assert_int_equal(sys_unlinkat(host->sys, AT_FDCWD, places[i], AT_REMOVEDIR), 0);
	}
	assert_true(c->destroy(c));
	api_container_put(c);
}

static bool create_plainly(struct lxc_container *c)
{
	return c->create(c, NULL, NULL, NULL, 0, NULL);
}

static bool create_fully(struct lxc_container *c)
{
	return c->create(c, HOST_TEMPLATE, NULL, NULL, 0, NULL);
}

/* A template that tries something with its container: 0 when it is told that this cannot be. */
static int meddling_template(struct sys *sys, int argc, char **argv, char **envp, void *data)
{
	bool (*meddle)(struct lxc_container * c) = *(bool (**)(struct lxc_container *))data;
	struct lxc_container *c = api_container_new_on(sys, envp, "web", HOST_LXCPATH);
	int status = meddle(c)							      ? 1
		     : strcmp(c->error_string, "container web is being created") == 0 ? 0
										      : 2;

	(void)argc;
	(void)argv;
	api_container_put(c);
	return status;
}

static void what_is_being_created_is_left_alone(void **state)
{
	bool (*meddlers[])(struct lxc_container *) = { api_destroy, create_plainly, create_fully };
	struct host *host = *state;

	for (size_t i = 0; i < ARRAY_LEN(meddlers); i++) {
		struct lxc_container *c = host_container(host, "web");

		fake_program(host->fake, "/usr/lib/test/meddle", meddling_template, &meddlers[i]);
		assert_true(c->create(c, "/usr/lib/test/meddle", NULL, NULL, 0, NULL));
		assert_true(c->is_defined(c));
		assert_true(c->destroy(c));
		api_container_put(c);
	}
}

static void what_another_object_has_created_meanwhile_is_left_alone(void **state)
{
	struct host *host = *state;
	struct lxc_container *late = host_container(host, "web"), *c;
	char *created _cleanup_free_ = NULL;

	assert_true(late->load_config(late, "/etc/lxc/default.conf"));
	c = host_created(host, "web");
	created = host_world(host);
	assert_false(late->create(late, HOST_TEMPLATE, NULL, NULL, 0, NULL));
	assert_non_null(strstr(late->error_string, "already exists"));
	host_assert_world(host, created, "after creating what another has created");
	api_container_put(late);
	api_container_put(c);
}

static void an_abandoned_creation_is_cleaned_by_the_next_object(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_created(host, "web");

	api_container_put(c);
	/* As LXC itself leaves it. */
	fake_file(host->fake, HOST_LXCPATH "/web/partial", "", 0755);
	c = host_container(host, "web");
	assert_null(c->lxc_conf);
	assert_false(fake_exists(host->fake, HOST_LXCPATH "/web"));
	api_container_put(c);
}

/* Defined without a template: what was written, and what the object holds, outlive a template that fails. */
static void a_failed_creation_leaves_the_definition_before_it(void **state)
{
	struct host *host = *state;
	struct lxc_container *c = host_container(host, "web");
	char *before _cleanup_free_ = NULL;

	fake_program(host->fake, "/usr/lib/test/false", fake_exit_main, (void *)(intptr_t)1);
	assert_true(c->load_config(c, "/etc/lxc/default.conf") && c->create(c, NULL, NULL, NULL, 0, NULL));
	before = host_world(host);
	assert_false(c->create(c, "/usr/lib/test/false", NULL, NULL, 0, NULL));
	host_assert_world(host, before, "after a failed creation");
	assert_true(c->get_config_item(c, "lxc.rootfs.path", NULL, 0) <= 0);
	assert_true(c->create(c, HOST_TEMPLATE, NULL, NULL, 0, NULL));
	api_container_put(c);
}

/* It had been defined before: it is again, without what that creation had made of it. */
static void an_abandoned_creation_leaves_the_definition_before_it(void **state)
{
	struct host *host = *state;
	struct lxc_container *c;

	fake_tree(host->fake, "d 0770 " HOST_LXCPATH "/web\nf 0600 /srv/mine/file x\n"
			      "f 0640 " HOST_LXCPATH "/web/config lxc.rootfs.path = dir:/srv/mine\n");
	fake_file(host->fake, HOST_LXCPATH "/web/partial", "kept 0 0 0\n\nconfig 1 0 18\nlxc.uts.name = old\n\n", 0600);
	c = host_container(host, "web");
	assert_true(c->is_defined(c));
	assert_null(config_str(container_of(c)->config, "lxc.rootfs.path"));
	assert_string_equal(config_str(container_of(c)->config, "lxc.uts.name"), "old");
	assert_false(fake_exists(host->fake, HOST_LXCPATH "/web/partial"));
	assert_true(fake_exists(host->fake, "/srv/mine/file"));
	api_container_put(c);
}

static void lists_are_sorted_and_skip_what_cannot_be_loaded(void **state)
{
	struct host *host = *state;
	char *const envp[] = { NULL };
	struct lxc_container **objects;
	char **names;

	api_container_put(host_created(host, "b"));
	api_container_put(host_created(host, "a"));
	fake_dir(host->fake, HOST_LXCPATH "/bad", 0770);
	fake_file(host->fake, HOST_LXCPATH "/bad/config", "lxc.bogus = 1\n", 0640);
	assert_int_equal(api_list_defined(host->sys, envp, HOST_LXCPATH "/", &names, &objects), 2);
	assert_string_equal(names[0], "a");
	assert_string_equal(objects[1]->name, "b");
	for (int i = 0; i < 2; i++) {
		free(names[i]);
		api_container_put(objects[i]);
	}
	free(names);
	free(objects);
	assert_int_equal(api_list_defined(host->sys, envp, "/nonexistent", &names, NULL), -1);
	assert_int_equal(api_list_active(host->sys, envp, HOST_LXCPATH, NULL, NULL), 0);
}

static void keys_and_extensions_are_known_by_name(void **state)
{
	static const struct {
		const char *key;
		bool known;
	} keys[] = {
		{ "lxc.net.0.type", true }, { "lxc.net.[i].type", true }, { "lxc.net", true }, { "lxc.net.0", true },
		{ "lxc.cgroup.memory.limit_in_bytes", true }, { "lxc.prlimit.nofile", true }, { "lxc.tty.max", true },
		{ "lxc.rootfs", false }, { "lxc.utsname", false }, { "lxc.bogus", false }, { "", false },
		{ "lxc.tty.max.foo", false }, { "lxc.apparmor.profileX", false }, { NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (api_key_is_supported(keys[i].key) != keys[i].known)
			fail_msg("%s", keys[i].key);
	}
	assert_true(api_has_extension(NULL));
	assert_false(api_has_extension(""));
	assert_true(api_has_extension("reboot2"));
	assert_false(api_has_extension("bogus"));
}

#define CONTRACT(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTRACT(a_new_object_stands_for_a_container_that_need_not_exist),
		CONTRACT(slashes_behind_the_lxcpath_are_dropped),
		CONTRACT(references_are_counted),
		CONTRACT(every_member_is_set),
		CONTRACT(every_method_fails_without_an_object),
		CONTRACT(what_is_stopped_is_stopped),
		CONTRACT(settings_are_set_read_and_refused),
		CONTRACT(a_saved_configuration_defines_a_container),
		CONTRACT(a_bad_configuration_gives_no_object),
		CONTRACT(names_that_leave_the_lxcpath_are_refused),
		CONTRACT(a_failed_creation_removes_what_it_made_and_nothing_else),
		CONTRACT(a_configuration_says_what_template_made_it),
		CONTRACT(a_container_with_snapshots_is_not_destroyed_and_not_touched),
		CONTRACT(what_is_being_created_is_left_alone),
		CONTRACT(what_another_object_has_created_meanwhile_is_left_alone),
		CONTRACT(an_abandoned_creation_is_cleaned_by_the_next_object),
		CONTRACT(a_failed_creation_leaves_the_definition_before_it),
		CONTRACT(an_abandoned_creation_leaves_the_definition_before_it),
		CONTRACT(lists_are_sorted_and_skip_what_cannot_be_loaded),
		CONTRACT(keys_and_extensions_are_known_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
