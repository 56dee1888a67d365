/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Walks the table of keys. */
#include "files.h"

#include "core/config/key.h"

#include <ctype.h>
#include <errno.h>

static const char *refused_path;

/* What release 3.0.0 lists, less the names of network keys without a number, which cannot be used.
 */
static const char *const first_keys[] = {
	"lxc.arch",
	"lxc.apparmor.profile",
	"lxc.apparmor.allow_incomplete",
	"lxc.autodev",
	"lxc.cap.drop",
	"lxc.cap.keep",
	"lxc.cgroup2",
	"lxc.cgroup.dir",
	"lxc.cgroup",
	"lxc.console.buffer.size",
	"lxc.console.logfile",
	"lxc.console.path",
	"lxc.console.rotate",
	"lxc.console.size",
	"lxc.environment",
	"lxc.ephemeral",
	"lxc.execute.cmd",
	"lxc.group",
	"lxc.hook.autodev",
	"lxc.hook.clone",
	"lxc.hook.destroy",
	"lxc.hook.mount",
	"lxc.hook.post-stop",
	"lxc.hook.pre-mount",
	"lxc.hook.pre-start",
	"lxc.hook.start",
	"lxc.hook.start-host",
	"lxc.hook.stop",
	"lxc.hook.version",
	"lxc.hook",
	"lxc.idmap",
	"lxc.include",
	"lxc.init.cmd",
	"lxc.init.gid",
	"lxc.init.uid",
	"lxc.init.cwd",
	"lxc.log.file",
	"lxc.log.level",
	"lxc.log.syslog",
	"lxc.monitor.unshare",
	"lxc.mount.auto",
	"lxc.mount.entry",
	"lxc.mount.fstab",
	"lxc.namespace.clone",
	"lxc.namespace.keep",
	"lxc.namespace.share",
	"lxc.net",
	"lxc.no_new_privs",
	"lxc.prlimit",
	"lxc.pty.max",
	"lxc.rootfs.mount",
	"lxc.rootfs.options",
	"lxc.rootfs.path",
	"lxc.seccomp.profile",
	"lxc.selinux.context",
	"lxc.signal.halt",
	"lxc.signal.reboot",
	"lxc.signal.stop",
	"lxc.start.auto",
	"lxc.start.delay",
	"lxc.start.order",
	"lxc.tty.dir",
	"lxc.tty.max",
	"lxc.uts.name",
	"lxc.sysctl",
	"lxc.proc",
};

/* A name that the row stands for: a number for N, a member for a family. */
static void name_of(const struct config_key *key, char *out, size_t size)
{
	const char *nic = str_after(key->name, "lxc.net.N");

	if (nic)
		(void)snprintf(out, size, "lxc.net.7%s", nic);
	else if (key->type == &key_share)
		(void)snprintf(out, size, "%.*snet", (int)strlen(key->name) - 1, key->name);
	else if (key_is_family(key))
		(void)snprintf(out, size, "%.*ssome.name", (int)strlen(key->name) - 1, key->name);
	else
		(void)snprintf(out, size, "%s", key->name);
}

static void keys_are_listed_in_the_order_of_release_3_0_0(void **state)
{
	_cleanup_str_ struct str keys = { 0 };
	char *rest, *key;

	assert_int_equal(config_keys(NULL, NULL, &keys), 0);
	rest = keys.s;
	for (size_t i = 0; i < ARRAY_LEN(first_keys); i++) {
		key = strsep(&rest, "\n");
		assert_string_equal(key, first_keys[i]);
	}
	while ((key = strsep(&rest, "\n")) != NULL && *key)
		assert_true(config_key_is_known(key));
}

static void later_keys_follow_by_release(void **state)
{
	const char *since = "3.0";

	for (size_t i = 0; i < config_keys_count; i++) {
		assert_true(strverscmp(config_keys_table[i].since, since) >= 0);
		since = config_keys_table[i].since;
	}
}

static void no_name_stands_twice(void **state)
{
	for (size_t i = 0; i < config_keys_count; i++) {
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(config_keys_table[i].name,
						config_keys_table[j].name);
	}
}

static void every_row_is_found_by_its_name(void **state)
{
	for (size_t i = 0; i < config_keys_count; i++) {
		struct key_ref ref;
		char name[96];

		name_of(&config_keys_table[i], name, sizeof(name));
		assert_int_equal(key_find(name, &ref), 0);
		assert_ptr_equal(ref.key, &config_keys_table[i]);
	}
}

static void every_row_says_what_for_in_a_line(void **state)
{
	for (size_t i = 0; i < config_keys_count; i++) {
		const struct config_key *key = &config_keys_table[i];

		assert_non_null(key->type);
		assert_non_null(key->help);
		assert_non_null(key->example);
		assert_true(strlen(key->help) > 10 && strlen(key->help) <= 80);
		assert_false(str_ends(key->help, "."));
		assert_false(isblank((unsigned char)key->help[0]));
	}
}

/* What a setting leaves: its items, one line each. */
static void items_of(const struct config *config, const char *name, struct str *out)
{
	const struct config_item *item = NULL;

	while ((item = config_next(config, item, name)) != NULL)
		str_addf(out, "%s\n", item->value);
}

static void every_example_parses_and_writes_back(void **state)
{
	for (size_t i = 0; i < config_keys_count; i++) {
		const struct config_key *key = &config_keys_table[i];
		_cleanup_config_ struct config *config = config_create(), *again = config_create();
		_cleanup_str_ struct str a = { 0 }, b = { 0 };
		struct err err = { 0 };
		char name[96];

		name_of(key, name, sizeof(name));
		if (config_set(config, NULL, name, key->example, &err) < 0)
			fail_msg("%s = %s: %s", name, key->example, err.what);
		if (key->type->keep == KEEP_NOTHING)
			continue;
		items_of(config, name, &a);
		assert_string_equal(str_text(&a),
				    strcat(strcpy((char[512]){ 0 }, key->example), "\n"));
		assert_int_equal(config_load_text(again, NULL, "x", config_text(config),
						  strlen(config_text(config)), &err),
				 0);
		items_of(again, name, &b);
		assert_string_equal(str_text(&a), str_text(&b));
	}
}

static void every_default_is_what_the_getter_says(void **state)
{
	_cleanup_config_ struct config *config = config_create();

	for (size_t i = 0; i < config_keys_count; i++) {
		const struct config_key *key = &config_keys_table[i];
		_cleanup_str_ struct str text = { 0 };

		if (!key->def || str_starts(key->name, "lxc.net.N"))
			continue;
		assert_int_equal(config_get(config, key->name, &text), 0);
		assert_string_equal(str_text(&text), key->def);
	}
}

/* The list of keys that start refuses may only get shorter: who builds one takes its line out. */
static void refused_keys_are_those_of_the_list(void **state)
{
	_cleanup_str_ struct str have = { 0 }, pinned = { 0 };

	for (size_t i = 0; i < config_keys_count; i++) {
		if (!config_keys_table[i].supported)
			str_addf(&have, "%s\n", config_keys_table[i].name);
	}
	files_read(refused_path, &pinned);
	if (!str_eq(str_text(&have), str_text(&pinned)))
		print_message("refused now:\n%s", str_text(&have));
	assert_string_equal(str_text(&have), str_text(&pinned));
}

static void a_refused_key_is_reported_only_when_it_asks_for_something(void **state)
{
	static const struct {
		const char *line;
		bool refused;
	} cases[] = {
		{ "lxc.uts.name = web", false },
		{ "lxc.console.rotate = 1", true },
		{ "lxc.console.rotate = 0", false }, /* as it is anyway */
		{ "lxc.rootfs.path = dir:/srv", false },
		{ "lxc.rootfs.path = /srv", false },
		{ "lxc.rootfs.path = zfs:tank/web", true },
		{ "lxc.mount.auto = proc sys:ro cgroup", false },
		{ "lxc.mount.auto = proc shmounts:/h", true },
		{ "lxc.keyring.session = 0", true },
		{ "lxc.keyring.session = 1", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_config_ struct config *config = config_create();

		assert_int_equal(config_set_line(config, NULL, cases[i].line, NULL), 0);
		if ((config_unsupported(config) != NULL) != cases[i].refused)
			fail_msg("%s", cases[i].line);
	}
}

static void a_close_name_is_suggested(void **state)
{
	static const struct {
		const char *name, *close;
		bool legacy;
	} cases[] = {
		{ "lxc.uts.nam", "lxc.uts.name", false },
		{ "lxc.mount.enrty", "lxc.mount.entry", false },
		{ "lxc.net.12.typ", "lxc.net.N.type", false },
		{ "lxc.utsname", "lxc.uts.name", true },
		{ "lxc.limit.nofile", "lxc.prlimit.NAME", true },
		{ "lxc.network.0.ipv4", "lxc.net.N.KEY", true },
		{ "lxc.kmsg", NULL, true },
		{ "lxc.nothing.like.it", NULL, false },
		{ "", NULL, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool legacy = !cases[i].legacy;
		const char *close = config_key_suggest(cases[i].name, &legacy);

		assert_int_equal(legacy, cases[i].legacy);
		assert_int_equal(close == NULL, cases[i].close == NULL);
		if (close)
			assert_string_equal(close, cases[i].close);
	}
}

static void words_of_architectures_have_a_personality(void **state)
{
	static const struct {
		const char *word;
		int ret;
		unsigned long persona;
	} cases[] = { { "x86", 0, 8 },	     { "i686", 0, 8 },	{ "armhf", 0, 8 },
		      { "x86_64", 0, 0 },    { "arm64", 0, 0 }, { "riscv64", 0, 0 },
		      { "X86", -EINVAL, 1 }, { "", -EINVAL, 1 } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		unsigned long persona = 1;

		assert_int_equal(config_arch(cases[i].word, &persona), cases[i].ret);
		assert_int_equal(persona, cases[i].persona);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_listed_in_the_order_of_release_3_0_0),
		cmocka_unit_test(later_keys_follow_by_release),
		cmocka_unit_test(no_name_stands_twice),
		cmocka_unit_test(every_row_is_found_by_its_name),
		cmocka_unit_test(every_row_says_what_for_in_a_line),
		cmocka_unit_test(every_example_parses_and_writes_back),
		cmocka_unit_test(every_default_is_what_the_getter_says),
		cmocka_unit_test(refused_keys_are_those_of_the_list),
		cmocka_unit_test(a_refused_key_is_reported_only_when_it_asks_for_something),
		cmocka_unit_test(a_close_name_is_suggested),
		cmocka_unit_test(words_of_architectures_have_a_personality),
	};

	if (argc != 2)
		return 2;
	refused_path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
