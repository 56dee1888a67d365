/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scratch.h"

#include "sys/fault.h"

static void a_short_read_is_exact_about_its_room(void **state)
{
	static const struct {
		size_t size;
		ssize_t ret;
	} cases[] = { { 6, 5 }, { 7, 5 }, { 5, -EFBIG }, { 1, -EFBIG } };
	struct scratch *s = *state;

	scratch_write(s, "five", "12345");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char buf[8] = "zzzzzzz";

		assert_int_equal(io_read_at(s->sys, s->dir.n, "five", buf, cases[i].size),
				 cases[i].ret);
		if (cases[i].ret >= 0)
			assert_string_equal(buf, "12345");
	}
	assert_int_equal(io_read_at(s->sys, s->dir.n, "none", (char[4]){ 0 }, 4), -ENOENT);
}

static void a_long_file_is_read_whole(void **state)
{
	struct scratch *s = *state;
	_cleanup_str_ struct str text = { 0 }, back = { 0 };

	for (int i = 0; i < 20000; i++)
		str_addf(&text, "%d\n", i);
	scratch_write(s, "long", str_text(&text));
	assert_int_equal(io_read_all(s->sys, s->dir.n, "long", &back), 0);
	assert_int_equal(back.len, text.len);
	assert_string_equal(str_text(&back), str_text(&text));
	str_clear(&back);
	assert_int_equal(io_read_all(s->sys, AT_FDCWD, "/proc/self/status", &back), 0);
	assert_non_null(strstr(str_text(&back), "Name:"));
}

static void writing_changes_existing_files_only(void **state)
{
	struct scratch *s = *state;
	char buf[8];

	scratch_write(s, "w", "abcd");
	assert_int_equal(io_write_at(s->sys, s->dir.n, "w", "XY"), 0);
	assert_int_equal(io_read_at(s->sys, s->dir.n, "w", buf, sizeof(buf)), 4);
	assert_string_equal(buf, "XYcd");
	assert_int_equal(io_write_at(s->sys, s->dir.n, "none", "x"), -ENOENT);
}

static void a_replaced_file_keeps_its_mode(void **state)
{
	struct scratch *s = *state;
	struct stat st;
	char buf[8];

	assert_int_equal(io_replace_file(s->sys, s->dir.n, "r", "one", 3, 0640), 0);
	assert_int_equal(sys_fchmodat(s->sys, s->dir.n, "r", 0604), 0);
	assert_int_equal(io_replace_file(s->sys, s->dir.n, "r", "two", 3, 0640), 0);
	assert_int_equal(io_read_at(s->sys, s->dir.n, "r", buf, sizeof(buf)), 3);
	assert_string_equal(buf, "two");
	assert_int_equal(sys_fstatat(s->sys, s->dir.n, "r", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
}

static void a_failed_replacement_leaves_the_old_file_and_no_other(void **state)
{
	struct scratch *s = *state;
	struct sys_fault fault;
	char *names, buf[8];
	unsigned points = 0;

	assert_int_equal(io_mkdir_all(s->sys, s->dir.n, "d", 0700), 0);
	scratch_write(s, "d/f", "old");
	/* From the second call on: to the first, "is there an old file?", ENOENT is an answer. */
	for (unsigned long n = 2;; n++) {
		int ret;

		sys_fault_init(&fault, s->sys);
		fault.fail_at = n;
		ret = io_replace_file(&fault.sys, s->dir.n, "d/f", "new", 3, 0600);
		if (!fault.given) {
			assert_int_equal(ret, 0);
			break;
		}
		points++;
		assert_int_equal(ret, -fault.given);
		assert_int_equal(io_read_at(s->sys, s->dir.n, "d/f", buf, sizeof(buf)), 3);
		assert_string_equal(buf, "old");
		names = scratch_names(s, "d");
		assert_string_equal(names, "f");
		free(names);
	}
	assert_true(points >= 5);
}

static void a_sealed_memfd_cannot_change(void **state)
{
	struct scratch *s = *state;
	int fd = io_memfd_sealed(s->sys, "plan", "bytes", 5, false);
	char buf[8] = "";

	assert_true(fd >= 0);
	assert_int_equal(sys_fcntl(s->sys, fd, F_GETFD, 0), FD_CLOEXEC);
	assert_int_equal(sys_read(s->sys, fd, buf, sizeof(buf)), 5);
	assert_string_equal(buf, "bytes");
	assert_int_equal(sys_pwrite(s->sys, fd, "x", 1, 0), -EPERM);
	assert_int_equal(sys_ftruncate(s->sys, fd, 1), -EPERM);
	assert_int_equal(sys_fcntl(s->sys, fd, F_ADD_SEALS, F_SEAL_SHRINK), -EPERM);
	(void)sys_close(s->sys, fd);
}

static void a_program_in_a_sealed_memfd_runs(void **state)
{
	struct scratch *s = *state;
	_cleanup_str_ struct str program = { 0 };
	char *argv[] = { (char *)(uintptr_t) "true", NULL };
	struct sys_spawn spawn = { .argv = argv, .envp = argv + 1 };
	siginfo_t info = { 0 };

	assert_int_equal(io_read_all(s->sys, AT_FDCWD, "/bin/true", &program), 0);
	spawn.exe_fd = io_memfd_sealed(s->sys, "true", program.s, program.len, true);
	assert_true(spawn.exe_fd >= 0);
	assert_true(sys_spawn(s->sys, &spawn) > 0);
	assert_int_equal(SYS_RETRY(sys_waitid(s->sys, P_ALL, 0, &info, WEXITED)), 0);
	assert_int_equal(info.si_status, 0);
	(void)sys_close(s->sys, spawn.exe_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_short_read_is_exact_about_its_room),
		cmocka_unit_test(a_long_file_is_read_whole),
		cmocka_unit_test(writing_changes_existing_files_only),
		cmocka_unit_test(a_replaced_file_keeps_its_mode),
		cmocka_unit_test(a_failed_replacement_leaves_the_old_file_and_no_other),
		cmocka_unit_test(a_sealed_memfd_cannot_change),
		cmocka_unit_test(a_program_in_a_sealed_memfd_runs),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
