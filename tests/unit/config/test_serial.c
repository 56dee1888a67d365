/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Laws over random sequences of settings. LXC_SEED=NUMBER repeats a run.
 *   parse(serialise(c)) has the items of c, in their order
 *   a refused call changes nothing
 *   the stored text, loaded into an empty config, gives the same getter texts
 */
#include "files.h"

#include "core/config/key.h"

#include <errno.h>

#define ROUNDS 400
#define CALLS_MAX 60

static uint64_t seed = 20180327;

static unsigned pick(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

static const char *const odd_values[] = {
	"",	 "0",	     "1",	  "none",	"proc:rw sys", "kill none chown",
	"net",	 "user mnt", "u 0 1 2",	  "10.0.0.1",	"x",	       "SIGKILL",
	"veth",	 "macvlan",  "1024:2048", "A=b",	"debug",       "dir:/srv",
	"empty", "vlan",     "cgroup:ro", "fe80::1/64", "unlimited",   "-1"
};

/* A name of the table, with a number or a member where one belongs; sometimes the bare stem. */
static void random_name(const struct config_key *key, char *out, size_t size)
{
	static const char *const members[] = { "net", "pid", "a.b", "nofile", "memory.max" };
	const char *nic = str_after(key->name, "lxc.net.N");
	int stem = (int)strlen(key->name) - 1;

	if (nic)
		(void)snprintf(out, size, "lxc.net.%u%s", pick(3), nic);
	else if (key_is_family(key) && pick(8) == 0)
		(void)snprintf(out, size, "%.*s", stem - 1, key->name);
	else if (key_is_family(key))
		(void)snprintf(out, size, "%.*s%s", stem, key->name,
			       members[pick(ARRAY_LEN(members))]);
	else
		(void)snprintf(out, size, "%s", key->name);
}

static void all_items(const struct config *config, struct str *out)
{
	const struct config_item *item = NULL;

	while ((item = config_next(config, item, "lxc.")) != NULL)
		str_addf(out, "%s = %s (%s:%u)\n", item->name, item->value,
			 item->origin.file ? item->origin.file : "-", item->origin.line);
}

static void all_getters(const struct config *config, struct str *out)
{
	for (size_t i = 0; i < config_keys_count; i++) {
		const char *name = config_keys_table[i].name;
		char stem[96];

		(void)snprintf(stem, sizeof(stem), "%.*s",
			       (int)(strlen(name) - (key_is_family(&config_keys_table[i]) ? 2 : 0)),
			       name);
		if (str_starts(name, "lxc.net"))
			continue;
		str_addf(out, "%s: ", stem);
		(void)config_get(config, stem, out);
		str_add(out, "\n");
	}
}

/* One call of the API, or one line of a file. A refused one must leave no trace. */
static void random_call(struct config *config, unsigned line)
{
	const struct config_key *key = &config_keys_table[pick((unsigned)config_keys_count)];
	const char *value = pick(2) ? key->example : odd_values[pick(ARRAY_LEN(odd_values))];
	_cleanup_str_ struct str before = { 0 }, after = { 0 };
	char name[96];
	int ret;

	random_name(key, name, sizeof(name));
	all_items(config, &before);
	str_add(&before, config_text(config));
	if (value[0] == '\0')
		ret = config_clear_item(config, name, NULL);
	else
		ret = config_set(config, NULL, name, value, NULL);
	if (ret == 0)
		return;
	assert_int_equal(ret, -EINVAL);
	all_items(config, &after);
	str_add(&after, config_text(config));
	assert_string_equal(str_text(&before), str_text(&after));
}

static void laws_hold_in_round(void)
{
	_cleanup_config_ struct config *config = config_create(), *parsed = config_create(),
				       *loaded = config_create();
	_cleanup_str_ struct str bytes = { 0 }, a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 },
				 again = { 0 };
	static const char first[] = "lxc.uts.name = web\nlxc.hook.start = /bin/x\n";
	unsigned calls = pick(CALLS_MAX);
	struct err err = { 0 };

	assert_int_equal(config_load_text(config, NULL, "first.conf", first, strlen(first), NULL),
			 0);
	for (unsigned i = 0; i < calls; i++)
		random_call(config, i);
	assert_int_equal(config_serialise(config, &bytes), 0);
	if (config_parse_serial(parsed, bytes.s, bytes.len, &err) < 0) {
		all_items(config, &a);
		fail_msg("%s:\n%s", err.what, str_text(&a));
	}
	all_items(config, &a);
	all_items(parsed, &b);
	assert_string_equal(str_text(&a), str_text(&b));
	assert_string_equal(config_file(parsed), config_file(config));
	assert_int_equal(config_serialise(parsed, &again), 0);
	assert_int_equal(again.len, bytes.len);
	assert_memory_equal(again.s, bytes.s, bytes.len);

	if (config_load_text(loaded, NULL, "stored.conf", config_text(config),
			     strlen(config_text(config)), &err) < 0)
		fail_msg("%s:\n%s", err.what, config_text(config));
	all_getters(config, &c);
	all_getters(loaded, &d);
	assert_string_equal(str_text(&c), str_text(&d));
}

static void laws_hold_for_random_settings(void **state)
{
	print_message("LXC_SEED=%llu\n", (unsigned long long)seed);
	for (int i = 0; i < ROUNDS; i++)
		laws_hold_in_round();
}

static void a_damaged_serial_is_refused_and_leaves_nothing(void **state)
{
	_cleanup_config_ struct config *config = config_create(), *parsed = config_create();
	static const char text[] =
		"lxc.uts.name = web\nlxc.net.0.type = empty\nlxc.cap.drop = kill\n";
	_cleanup_str_ struct str bytes = { 0 };
	unsigned refused = 0;

	assert_int_equal(config_load_text(config, NULL, "f", text, strlen(text), NULL), 0);
	assert_int_equal(config_serialise(config, &bytes), 0);
	for (size_t n = 0; n < bytes.len; n++) {
		char saved = bytes.s[n];

		/* Cut between two settings it is a shorter configuration. */
		if (config_parse_serial(parsed, bytes.s, n, NULL) < 0) {
			assert_null(config_next(parsed, NULL, "lxc."));
			refused++;
		}
		bytes.s[n] = (char)(saved ^ 0x80);
		if (config_parse_serial(parsed, bytes.s, bytes.len, NULL) < 0)
			assert_null(config_next(parsed, NULL, "lxc."));
		bytes.s[n] = saved;
	}
	assert_true(refused >= bytes.len - 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(laws_hold_for_random_settings),
		cmocka_unit_test(a_damaged_serial_is_refused_and_leaves_nothing),
	};
	const char *given = getenv("LXC_SEED");

	if (given)
		seed = strtoull(given, NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
