/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Typical configurations and their plans, side by side in golden/; and what cannot be planned. */
#include "core/io/io.h"
#include "core/plan/serial.h"
#include "plan_test.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_golden_plan(const char *file, const struct plan *image)
{
	_cleanup_str_ struct str out = { 0 };

	assert_int_equal(plan_print(image, &out), 0);
	assert_golden(file, str_text(&out));
}

/* What lxc.mount.fstab names: golden/NAME.fstab, if there is one. */
static void add_fstab(const char *name, struct host_facts *facts)
{
	char path[128];
	int ret;

	(void)snprintf(path, sizeof(path), "golden/%s.fstab", name);
	ret = io_read_all(sys_linux(), AT_FDCWD, path, &facts->fstab);
	assert_true(ret == 0 || ret == -ENOENT);
}

/* life/test_typical.c lives each of these lives. */
static void typical_configurations_have_their_golden_plans(void **state)
{
	char *program[] = { WORD("sh"), WORD("-c"), WORD("exit 7"), NULL };
	const struct {
		const char *config, *golden;
		struct plan_request request;
		bool unified;
	} cases[] = {
		{ "busybox", "busybox.plan", { .daemon = true }, false },
		{ "minimal", "minimal.plan", { .daemon = true }, false },
		{ "minimal", "minimal-foreground.plan", { .stdio_ttys = 7 }, true },
		{ "execute",
		  "execute.plan",
		  { .use_init = true, .argv = program, .stdio_ttys = 4 },
		  false },
		{ "hooks", "hooks.plan", { .daemon = true, .reboot = true }, false },
		{ "limits", "limits.plan", { .daemon = true }, false },
		{ "limits", "limits-unified.plan", { .daemon = true }, true },
		{ "files", "files.plan", { .daemon = true }, false },
		{ "hardened", "hardened.plan", { .daemon = true }, false },
		{ "hardened", "hardened-unified.plan", { .daemon = true }, true },
		{ "terminals", "terminals.plan", { .daemon = true }, false },
		{ "terminals", "terminals-unified.plan", { .daemon = true }, true },
		{ "database", "database.plan", { .daemon = true }, false },
		{ "database", "database-unified.plan", { .daemon = true }, true },
		{ "agent", "agent.plan", { .daemon = true }, false },
		{ "nested", "nested.plan", { .daemon = true }, false },
		{ "nested", "nested-unified.plan", { .daemon = true }, true },
		{ "job", "job.plan", { .use_init = true, .daemon = true }, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_facts_ struct host_facts facts =
			cases[i].unified ? host_unified() : host_hybrid();
		_cleanup_free_ struct plan *image = NULL;

		add_fstab(cases[i].config, &facts);
		image = plan_of(cases[i].config, cases[i].request, &facts);
		assert_golden_plan(cases[i].golden, image);
	}
}

/* The afterlife and nothing else, with the rank of each act. */
static void the_afterlife_acts_in_its_fixed_order(void **state)
{
	struct host_facts facts = host_hybrid();
	_cleanup_free_ struct plan *image =
		plan_of("hooks", (struct plan_request){ .daemon = true }, &facts);
	_cleanup_str_ struct str out = { 0 };
	unsigned rank = 0;

	for (uint32_t i = 0; i < plan_step_count(image, CHAPTER_AFTERLIFE); i++) {
		const struct step *step = plan_step(image, CHAPTER_AFTERLIFE, i);
		char words[256];

		(void)step_words(image, step, words, sizeof(words));
		str_addf(&out, "%u %s\n", step->rank, words);
		assert_true(step->rank >= rank);
		rank = step->rank;
	}
	assert_golden("afterlife.txt", str_text(&out));
}

static void with_a_pre_start_hook_the_body_is_planned_later(void **state)
{
	struct host_facts facts = host_hybrid();
	_cleanup_free_ struct plan *first =
		plan_of("hooks", (struct plan_request){ .daemon = true }, &facts);
	_cleanup_free_ struct plan *later =
		plan_of("hooks", (struct plan_request){ .daemon = true, .reboot = true }, &facts);

	assert_int_equal(first->flags, PLAN_HAS_PRE_START | PLAN_DAEMON | PLAN_NO_BODY);
	assert_int_equal(plan_step_count(first, CHAPTER_PROLOGUE), 2);
	assert_int_equal(plan_step_count(first, CHAPTER_CHILD), 0);
	assert_int_equal(plan_step_count(first, CHAPTER_AFTERLIFE), 5);
	assert_int_equal(later->flags, PLAN_HAS_PRE_START | PLAN_DAEMON);
	assert_int_not_equal(plan_step_count(later, CHAPTER_CHILD), 0);
}

static void same_configuration_and_facts_give_the_same_image(void **state)
{
	struct host_facts facts = host_hybrid();
	_cleanup_free_ struct plan *one =
		plan_of("busybox", (struct plan_request){ .daemon = true }, &facts);
	_cleanup_free_ struct plan *two =
		plan_of("busybox", (struct plan_request){ .daemon = true }, &facts);

	assert_int_equal(one->size, two->size);
	assert_memory_equal(one, two, one->size);
}

/* Planning again from the serial part alone gives every step again. */
static void the_image_is_enough_for_the_next_life(void **state)
{
	char *env[] = { WORD("HOME=/root"), WORD("SECRET=x"), NULL };
	char *program[] = { WORD("/bin/sh"), WORD(""), NULL };
	const enum log_level level = LOG_TRACE_;
	struct host_facts facts = host_hybrid();
	struct plan_request request = {
		.use_init = true,
		.argv = program,
		.stdio_ttys = 5,
		.envp = env,
		.reboot = true,
		.log_level = &level,
	};
	_cleanup_free_ struct plan *image = plan_of("execute", request, &facts);
	_cleanup_serial_request_ struct serial_request again = { 0 };
	_cleanup_config_ struct config *config = config_create();
	_cleanup_free_ struct plan *second = NULL;
	_cleanup_str_ struct str first_text = { 0 }, second_text = { 0 };
	struct err err = { 0 };

	assert_int_equal(serial_read((const char *)image + image->serial_at, image->serial_size,
				     &again, config, &err),
			 0);
	assert_int_equal(image->log_level, LOG_TRACE_);
	assert_int_equal(*again.request.log_level, LOG_TRACE_);
	assert_string_equal(again.request.argv[0], "/bin/sh");
	assert_string_equal(again.request.argv[1], "");
	assert_null(again.request.argv[2]);
	assert_string_equal(again.request.envp[0], "HOME=/root");
	assert_null(again.request.envp[1]);
	again.request.reboot = true;
	assert_int_equal(plan_with_facts(config, &again.request, &facts, &second, &err), 0);
	assert_int_equal(plan_print(image, &first_text), 0);
	assert_int_equal(plan_print(second, &second_text), 0);
	assert_string_equal(str_text(&first_text), str_text(&second_text));
}

static void a_malformed_serial_part_is_refused(void **state)
{
	struct host_facts facts = host_hybrid();
	_cleanup_free_ struct plan *image =
		plan_of("minimal", (struct plan_request){ .daemon = true }, &facts);

	for (size_t len = 0; len < 24; len++) {
		_cleanup_serial_request_ struct serial_request again = { 0 };
		_cleanup_config_ struct config *config = config_create();
		struct err err = { 0 };

		assert_int_equal(serial_read((const char *)image + image->serial_at, len, &again,
					     config, &err),
				 -EINVAL);
	}
}

static void what_cannot_be_planned_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *line, *what;
	} cases[] = {
		{ "lxc.mount.entry = /a ../b none bind 0 0",
		  "the target ../b leads out of the container" },
		{ "lxc.mount.entry = ../a b none bind,relative 0 0",
		  "the source ../a leads out of the container" },
		{ "lxc.mount.entry = garbage", "a mount entry has SOURCE TARGET TYPE OPTIONS" },
		{ "lxc.prlimit.foo = 1", "Unknown resource foo" },
		{ "lxc.cgroup.nosuch.x = 1",
		  "the host has no cgroup hierarchy with controller nosuch" },
		{ "lxc.init.cmd = /bin/sh 'x", "a quote is not closed" },
		{ "lxc.environment = NOT_SET_ANYWHERE", NULL },
		{ "lxc.rootfs.options = ro,create=dir", NULL },
		{ "lxc.rootfs.path = relative/path",
		  "the path of the root file system is not absolute" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_config_ struct config *config = config_create();
		struct plan_request request = { .name = "x", .lxcpath = "/c", .daemon = true };
		struct host_facts facts = host_hybrid();
		struct plan *image = NULL;
		struct err err = { 0 };
		int ret = config_load(config, sys_linux(), "golden/minimal.config", &err);

		assert_int_equal(ret, 0);
		if (config_set_line(config, sys_linux(), cases[i].line, &err) < 0)
			continue; /* refused when set: better still */
		ret = plan_with_facts(config, &request, &facts, &image, &err);
		if (ret >= 0 || !err_is(&err) ||
		    (cases[i].what && !str_eq(err.what, cases[i].what)))
			fail_msg("%s: %d %s", cases[i].line, ret, err.what);
		assert_string_equal(err.text, cases[i].line);
		assert_null(image);
	}
}

/* What a few lines make of a plan. lines: one after another, each ended by a newline. */
static char *text_of_lines(const char *lines, bool daemon, bool use_init)
{
	char *program[] = { WORD("prog"), NULL };
	_cleanup_config_ struct config *config = config_create();
	_cleanup_free_ char *copy = str_dup(lines);
	_cleanup_free_ struct plan *image = NULL;
	struct plan_request request = {
		.name = "x",
		.lxcpath = "/c",
		.daemon = daemon,
		.use_init = use_init,
		.argv = use_init ? program : NULL,
		.stdio_ttys = 5,
		.reboot = true,
	};
	struct host_facts facts = host_hybrid();
	struct str out = { 0 };
	struct err err = { 0 };
	char *rest = copy;

	for (char *line; (line = str_next_word(&rest, "\n")) != NULL;) {
		if (config_set_line(config, sys_linux(), line, &err) < 0)
			fail_msg("%s: %s", line, err.what);
	}
	if (plan_with_facts(config, &request, &facts, &image, &err) < 0)
		fail_msg("%s: %s", lines, err.what);
	assert_int_equal(plan_print(image, &out), 0);
	return str_steal(&out);
}

#define ROOT "lxc.rootfs.path = /r\n"

enum { DAEMON = 1, EXECUTE = 2 };
static const struct {
	const char *lines;
	int mode;
	const char *has, *lacks;
} settings[] = {
	/* hooks: version 1 has no words but variables */
	{ ROOT "lxc.hook.version = 1\nlxc.hook.stop = /h\n", DAEMON,
	  "hook script=/h type=stop argv=[] env=[* =LXC_NAME=x", "argv=[x lxc stop]" },
	{ ROOT "lxc.hook.version = 1\nlxc.hook.mount = /h\n", DAEMON,
	  "=LXC_HOOK_VERSION=1 =LXC_HOOK_TYPE=mount =LXC_HOOK_SECTION=lxc", NULL },
	{ ROOT "lxc.hook.mount = /h\n", DAEMON, "=LXC_HOOK_VERSION=0", "LXC_HOOK_TYPE" },
	{ ROOT "lxc.autodev = 0\nlxc.hook.autodev = /h\n", DAEMON, NULL, "type=autodev" },
	{ ROOT "lxc.log.level = DEBUG\nlxc.hook.stop = /h\n", DAEMON, "LXC_LOG_LEVEL=DEBUG", NULL },
	/* devices */
	{ ROOT "lxc.autodev = 0\n", DAEMON, "content=/proc/self/fd optional=1", "  mknod " },
	{ ROOT "lxc.tty.max = 2\n", DAEMON, "max=3 data_plain=", "keep=1" },
	{ ROOT "lxc.tty.max = 2\nlxc.pty.max = 10\nlxc.tty.dir = lxc\n", DAEMON,
	  "tty dir=lxc number=2 bind=1", "console_host" },
	{ ROOT "lxc.tty.max = 1\n", EXECUTE, "  tty number=1 ", "bind=1" },
	{ ROOT "lxc.tty.max = 1\n", DAEMON, "receive_fds ttys=1 console=1", NULL },
	/* console and standard descriptors */
	{ ROOT "lxc.console.path = none\n", DAEMON, "stdio mode=7", "console " },
	{ ROOT "lxc.console.path = none\n", 0, "  stdio uid=0", "console_host" },
	{ ROOT "lxc.console.path = none\nlxc.pty.max = 1\n", DAEMON, "devpts", "receive_fds" },
	{ ROOT, EXECUTE, "stdio mode=5", NULL },
	{ ROOT, EXECUTE, "pass_fds=1", NULL },
	{ ROOT, DAEMON | EXECUTE, "use_init=1", "pass_fds" },
	{ ROOT "lxc.console.logfile = /l\n", DAEMON, "console_host logfile=/l", NULL },
	{ ROOT "lxc.console.logfile = /l\nlxc.pty.max = 1\n", DAEMON, "receive_fds logfile=/l",
	  NULL },
	/* namespaces */
	{ ROOT "lxc.namespace.clone = mnt pid ipc uts net\n", DAEMON,
	  "\nnamespaces CLONE_NEWNS|CLONE_NEWPID|", "CLONE_NEWCGROUP" },
	{ ROOT "lxc.namespace.keep = uts\nlxc.uts.name = y\n", DAEMON, NULL, "hostname" },
	{ ROOT "lxc.namespace.keep = pid\n", DAEMON, NULL, "sys_boot" },
	{ ROOT "lxc.net.0.type = none\n", DAEMON, NULL, "CLONE_NEWNET" },
	{ ROOT "lxc.net.0.type = empty\n", DAEMON, "CLONE_NEWNET", "link_up" },
	{ ROOT "lxc.net.0.type = empty\nlxc.net.0.flags = up\n", DAEMON, "link_up link=lo", NULL },
	/* capabilities */
	{ ROOT "lxc.cap.keep = none\n", DAEMON, "keep=none", NULL },
	{ ROOT "lxc.cap.drop = 21 mknod\n", DAEMON, "sys_pacct,sys_boot,", "sys_admin" },
	/* mounts */
	{ ROOT "lxc.mount.auto = cgroup:mixed\n", DAEMON, NULL, "sys/fs/cgroup/memory fstype" },
	{ ROOT "lxc.mount.auto = cgroup\nlxc.cap.drop = sys_admin\n", DAEMON,
	  "target=sys/fs/cgroup/memory fstype=cgroup data=memory", NULL },
	{ ROOT "lxc.mount.auto = proc:mixed sys:ro\nlxc.mount.auto = proc:rw\n", DAEMON,
	  "target=proc fstype=proc", "proc/tty" },
	{ ROOT "lxc.mount.entry = /mnt /mnt none bind 0 0\n", DAEMON, NULL, "mount_bind" },
	{ ROOT "lxc.mount.entry = tmpfs /rr/x tmpfs ro 0 0\n", DAEMON, NULL, "target=x" },
	{ ROOT "lxc.mount.entry = opt /r/mnt none rbind,relative,dev 0 0\n", DAEMON,
	  "mount_bind source=opt target=mnt attr=recursive|dev", NULL },
	{ ROOT "lxc.mount.entry = /a mnt none bind,rslave,optional 0 0\n", DAEMON,
	  "propagation=MS_SLAVE|MS_REC optional=1", NULL },
	{ ROOT "lxc.rootfs.options = ro\n", DAEMON, "attr=MOUNT_ATTR_RDONLY recursive=1", NULL },
	/* the host's root */
	{ "lxc.init.cmd = /bin/x\n", DAEMON, "mount_fs source=proc target=proc", "pivot" },
	{ "lxc.mount.entry = /a /b none bind 0 0\n", DAEMON, "mount_bind source=/a target=b",
	  "  mknod " },
};

static void settings_become_steps(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		_cleanup_free_ char *text = text_of_lines(
			settings[i].lines, settings[i].mode & DAEMON, settings[i].mode & EXECUTE);

		if (settings[i].has && !strstr(text, settings[i].has))
			fail_msg("%s lacks \"%s\":\n%s", settings[i].lines, settings[i].has, text);
		if (settings[i].lacks && strstr(text, settings[i].lacks))
			fail_msg("%s has \"%s\":\n%s", settings[i].lines, settings[i].lacks, text);
	}
}

static void lines_of_the_fstab_file_are_origins_of_their_own(void **state)
{
	_cleanup_config_ struct config *config = config_create();
	struct plan_request request = { .name = "x", .lxcpath = "/c", .daemon = true };
	_cleanup_facts_ struct host_facts facts = host_hybrid();
	_cleanup_free_ struct plan *image = NULL;
	_cleanup_str_ struct str out = { 0 };
	struct err err = { 0 };

	assert_int_equal(config_set_line(config, sys_linux(), "lxc.rootfs.path = /r", &err), 0);
	assert_int_equal(
		config_set_line(config, sys_linux(), "lxc.mount.fstab = /etc/fstab.x", &err), 0);
	str_add(&facts.fstab,
		"# comment\n\n/a\\040b /r/mnt none bind 0 0\nignored /elsewhere none bind\n"
		"tmpfs /c/x/rootfs/tmp tmpfs size=1m");
	assert_int_equal(plan_with_facts(config, &request, &facts, &image, &err), 0);
	assert_int_equal(plan_print(image, &out), 0);
	assert_non_null(strstr(out.s, "mount_bind source=\"/a b\" target=mnt"));
	assert_non_null(strstr(out.s, "# /etc/fstab.x:3 "));
	assert_null(strstr(out.s, "elsewhere"));
	assert_non_null(
		strstr(out.s, "mount_fs source=tmpfs target=tmp fstype=tmpfs data=size=1m"));
}

static void a_variable_named_alone_is_copied_from_the_starter(void **state)
{
	char *env[] = { WORD("OTHER=no"), WORD("HOSTVAR=hh"), NULL };
	_cleanup_config_ struct config *config = config_create();
	struct plan_request request = { .name = "x", .lxcpath = "/c", .daemon = true, .envp = env };
	struct host_facts facts = host_hybrid();
	_cleanup_free_ struct plan *image = NULL;
	_cleanup_str_ struct str out = { 0 };
	struct err err = { 0 };

	assert_int_equal(config_set_line(config, sys_linux(), "lxc.rootfs.path = /r", &err), 0);
	assert_int_equal(config_set_line(config, sys_linux(), "lxc.environment = A=b", &err), 0);
	if (config_set_line(config, sys_linux(), "lxc.environment = HOSTVAR", &err) < 0)
		return; /* the configuration resolves it itself */
	assert_int_equal(plan_with_facts(config, &request, &facts, &image, &err), 0);
	assert_int_equal(plan_print(image, &out), 0);
	assert_non_null(strstr(out.s, "env=[=A=b =HOSTVAR=hh =container=lxc ?container_ttys]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(typical_configurations_have_their_golden_plans),
		cmocka_unit_test(the_afterlife_acts_in_its_fixed_order),
		cmocka_unit_test(with_a_pre_start_hook_the_body_is_planned_later),
		cmocka_unit_test(same_configuration_and_facts_give_the_same_image),
		cmocka_unit_test(the_image_is_enough_for_the_next_life),
		cmocka_unit_test(a_malformed_serial_part_is_refused),
		cmocka_unit_test(what_cannot_be_planned_is_refused_with_its_line),
		cmocka_unit_test(settings_become_steps),
		cmocka_unit_test(lines_of_the_fstab_file_are_origins_of_their_own),
		cmocka_unit_test(a_variable_named_alone_is_copied_from_the_starter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
