/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "conformance.h"

#include "coverage.h"

#include "core/base/err.h"
#include "sys/fake/fake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

long note(struct str *out, const char *what, long ret)
{
	str_addf(out, "%s: %s\n", what, ret < 0 ? err_name((int)ret) : "ok");
	return ret;
}

long note_n(struct str *out, const char *what, long ret)
{
	if (ret < 0)
		return note(out, what, ret);
	str_addf(out, "%s: %ld\n", what, ret);
	return ret;
}

pid_t start(struct sys *sys, uint64_t flags, sys_child_fn fn, struct child child)
{
	struct sys_clone args = { .flags = flags, .exit_signal = SIGCHLD };

	child.sys = sys;
	return sys_clone3(sys, &args, fn, &child, sizeof(child));
}

void note_end(struct str *out, const char *what, struct sys *sys, pid_t pid)
{
	siginfo_t info = { 0 };
	int ret = sys_waitid(sys, P_PID, pid, &info, WEXITED);

	if (ret < 0)
		note(out, what, ret);
	else
		str_addf(out, "%s: %s %d\n", what,
			 info.si_code == CLD_EXITED   ? "exit"
			 : info.si_code == CLD_KILLED ? "signal"
						      : "other",
			 info.si_status);
}

int nap(struct sys *sys, int ms)
{
	return sys_poll(sys, NULL, 0, ms);
}

/* --- the two worlds --- */

static void run_script(const struct script *script, struct sys *sys, struct str *out)
{
	if (script->lines)
		run_lines(sys, out, script->lines);
	else
		script->run(sys, out);
}

static char *on_fake(const struct script *script, const struct fake_options *options)
{
	_cleanup_fake_ struct fake *fake = fake_create(options);
	_cleanup_str_ struct str out = { 0 };

	fake_program(fake, "/bin/true", fake_exit_main, NULL);
	fake_program(fake, "/bin/false", fake_exit_main, (void *)(intptr_t)1);
	run_script(script, script->filtered ? fake_sys(fake) : coverage_of(fake_sys(fake), WORLD_FAKE), &out);
	if (!str_eq(fake_stuck(fake), ""))
		str_addf(&out, "stuck: %s", fake_stuck(fake));
	str_add(&out, ".\n");
	return str_steal(&out);
}

static void linux_child(const struct script *script, int fd)
{
	_cleanup_str_ struct str out = { 0 };
	const char *text;

	fd = fcntl(fd, F_DUPFD_CLOEXEC, 100);
	close_range(0, 99, 0);
	alarm(20);
	run_script(script, script->filtered ? sys_linux() : coverage_of(sys_linux(), WORLD_LINUX), &out);
	str_add(&out, ".\n");
	for (text = str_text(&out); *text;) {
		ssize_t n = write(fd, text, strlen(text));

		if (n <= 0)
			break;
		text += n;
	}
}

static char *on_linux(const struct script *script)
{
	_cleanup_str_ struct str out = { 0 };
	char buf[1024];
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		linux_child(script, fds[1]);
		_exit(0);
	}
	close(fds[1]);
	while ((n = read(fds[0], buf, sizeof(buf))) > 0)
		str_add_n(&out, buf, (size_t)n);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status)
		str_addf(&out, "the script ended with wait status %d\n", status);
	return str_steal(&out);
}

/* cmocka cuts what it prints: line by line, and only from where it matters. */
static void tell_difference(const char *name, char *real, char *fake)
{
	char *a, *b;

	do {
		a = str_next_word(&real, "\n");
		b = str_next_word(&fake, "\n");
	} while (a && b && str_eq(a, b));
	print_error("%s differs; from there on:\n", name);
	for (; a; a = str_next_word(&real, "\n"))
		print_error("Linux: %s\n", a);
	for (; b; b = str_next_word(&fake, "\n"))
		print_error("model: %s\n", b);
}

/* The one script that is to run; NULL: all. */
static const char *only;

static void both_worlds_agree(const struct script *scripts, const struct fake_options *options)
{
	bool all = true;

	for (const struct script *script = scripts; script->name; script++) {
		if (only && !str_eq(only, script->name))
			continue;
		char *fake _cleanup_free_ = on_fake(script, options),
			   *real _cleanup_free_ = on_linux(script);

		if (str_eq(fake, real))
			continue;
		tell_difference(script->name, real, fake);
		all = false;
	}
	assert_true(all);
}

static void processes_are_alike(void **state)
{
	both_worlds_agree(process_scripts, NULL);
}

static void sockets_are_alike(void **state)
{
	both_worlds_agree(socket_scripts, NULL);
}

static void events_are_alike(void **state)
{
	both_worlds_agree(event_scripts, NULL);
}

static void namespaces_are_alike(void **state)
{
	both_worlds_agree(namespace_scripts, NULL);
}

static void proc_and_memory_are_alike(void **state)
{
	both_worlds_agree(proc_scripts, NULL);
}

/* The network of a kernel differs with its version and with what it was built from: the model is told both. */
static void networks_are_alike(void **state)
{
	_cleanup_str_ struct str lacking = { 0 };
	struct utsname uts;
	struct fake_options options = { .kernel = uts.release };

	assert_int_equal(sys_uname(sys_linux(), &uts), 0);
	assert_int_equal(lacking_link_kinds(&lacking), 0);
	options.no_link_kinds = str_text(&lacking);
	if (lacking.len)
		print_message("this kernel has no links of the kind%s: only their refusal is "
			      "compared, the rest of them is not\n",
			      options.no_link_kinds);
	both_worlds_agree(link_scripts, &options);
	both_worlds_agree(address_scripts, &options);
	both_worlds_agree(network_scripts, &options);
}

static void plain_results_are_alike(void **state)
{
	both_worlds_agree(row_scripts, NULL);
}

static void filters_are_alike(void **state)
{
	both_worlds_agree(seccomp_scripts, NULL);
}

static void files_mounts_and_cgroups_are_alike(void **state)
{
	int ret = files_compare(only);

	if (ret == -EPERM)
		skip();
	assert_int_equal(ret, 0);
}

/* Comes last: it looks back at the others. */
static void every_operation_has_succeeded_once_and_failed_in_two_ways(void **state)
{
	_cleanup_str_ struct str complaints = { 0 };

	if (only)
		skip();
	coverage_complain(&complaints);
	for (char *rest = complaints.s, *line; rest && (line = str_next_word(&rest, "\n"));)
		print_error("%s\n", line);
	assert_int_equal(complaints.len, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(processes_are_alike),
		cmocka_unit_test(sockets_are_alike),
		cmocka_unit_test(events_are_alike),
		cmocka_unit_test(namespaces_are_alike),
		cmocka_unit_test(proc_and_memory_are_alike),
		cmocka_unit_test(networks_are_alike),
		cmocka_unit_test(plain_results_are_alike),
		cmocka_unit_test(filters_are_alike),
		cmocka_unit_test(files_mounts_and_cgroups_are_alike),
		cmocka_unit_test(every_operation_has_succeeded_once_and_failed_in_two_ways),
	};

	only = argc > 1 ? argv[1] : NULL;
	coverage_begin();

	if (geteuid() != 0) {
		print_message("conformance: not run without root; run it as root\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
