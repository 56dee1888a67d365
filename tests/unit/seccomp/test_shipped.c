/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The profiles that are installed, from the directory in argv, for every host that is known. */
#include "verdict.h"

#include "core/base/str.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define EPERM_ANSWER (SECCOMP_RET_ERRNO | EPERM)

static const char *directory;

static void read_text(const char *name, struct str *out)
{
	_cleanup_str_ struct str path = { 0 };
	char buf[4096];
	size_t n;
	FILE *file;

	str_addf(&path, "%s/%s", directory, name);
	file = fopen(str_text(&path), "r");
	assert_non_null(file);
	while ((n = fread(buf, 1, sizeof(buf), file)) > 0)
		str_add_n(out, buf, n);
	(void)fclose(file);
}

/* Nothing at all may be said about a profile of our own. */
static void load(const char *name, const struct seccomp_host *host, struct seccomp_profile *profile,
		 struct vec *program)
{
	_cleanup_seccomp_remarks_ struct seccomp_remarks remarks = { 0 };
	_cleanup_str_ struct str text = { 0 };
	struct err err = { 0 };

	read_text(name, &text);
	if (seccomp_parse(profile, host, name, str_text(&text), text.len, &remarks, &err) < 0)
		fail_msg("%s on %s: %s", name, host->name, err.what);
	if (remarks.list.count > 0)
		fail_msg("%s:%u on %s: %s", name, seccomp_remark_at(&remarks, 0)->line, host->name,
			 seccomp_remark_at(&remarks, 0)->words);
	if (seccomp_compile(profile, program, &err) < 0)
		fail_msg("%s on %s: %s", name, host->name, err.what);
}

static void shipped_profiles_compile_everywhere(void **state)
{
	const struct seccomp_host *host;
	unsigned profiles = 0;
	struct dirent *entry;
	DIR *dir = opendir(directory);

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (!str_ends(entry->d_name, ".seccomp"))
			continue;
		profiles++;
		for (size_t i = 0; (host = seccomp_host_at(i)) != NULL; i++) {
			_cleanup_seccomp_profile_ struct seccomp_profile profile;
			struct vec program _cleanup_vec_ = { 0 };

			load(entry->d_name, host, &profile, &program);
			assert_true(program.count > 0);
		}
	}
	(void)closedir(dir);
	assert_true(profiles > 0);
}

/* What common.seccomp promises, by call and second argument. */
static const struct {
	const char *call;
	uint64_t flags;
	uint32_t answer;
} common[] = {
	{ "kexec_load", 0, EPERM_ANSWER },
	{ "open_by_handle_at", 0, EPERM_ANSWER },
	{ "init_module", 0, EPERM_ANSWER },
	{ "finit_module", 0, EPERM_ANSWER },
	{ "delete_module", 0, EPERM_ANSWER },
	{ "umount2", 0, SECCOMP_RET_ALLOW },
	{ "umount2", 2, SECCOMP_RET_ALLOW },
	{ "umount2", 1, SECCOMP_RET_ERRNO | EACCES },
	{ "umount2", 3, SECCOMP_RET_ERRNO | EACCES },
	{ "read", 1, SECCOMP_RET_ALLOW },
	{ "mount", 0, SECCOMP_RET_ALLOW },
	{ "clone", 0, SECCOMP_RET_ALLOW },
};

static void the_common_profile_keeps_its_promises_everywhere(void **state)
{
	const struct seccomp_host *host;

	(void)state;
	for (size_t i = 0; (host = seccomp_host_at(i)) != NULL; i++) {
		_cleanup_seccomp_profile_ struct seccomp_profile profile;
		struct vec program _cleanup_vec_ = { 0 };

		load("common.seccomp", host, &profile, &program);
		for (size_t at = 0; at < host->arch_count * ARRAY_LEN(common); at++) {
			uint32_t arch = host->archs[at / ARRAY_LEN(common)];
			size_t row = at % ARRAY_LEN(common);
			uint64_t args[SECCOMP_ARGS] = { 0 };
			struct seccomp_data data = { .arch = verdict_arch_word(arch) };
			char words[32];

			data.nr = verdict_number(arch, common[row].call, args);
			assert_true(data.nr >= 0);
			data.args[1] = common[row].flags;
			if (verdict_of_program(&program, &data) != common[row].answer)
				fail_msg("%s on %s of %s: %s", common[row].call,
					 seccomp_arch_name(arch), host->name,
					 verdict_words(verdict_of_program(&program, &data), words));
		}
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_profiles_compile_everywhere),
		cmocka_unit_test(the_common_profile_keeps_its_promises_everywhere),
	};

	if (argc != 2)
		return 2;
	directory = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
