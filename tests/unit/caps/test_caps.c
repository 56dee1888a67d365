/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/caps/caps.h"

#include "core/base/cleanup.h"

#include <errno.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <sys/capability.h>

static void names_and_numbers_agree_with_the_kernel(void **state)
{
	static const struct {
		const char *name;
		int number;
	} cases[] = {
		{ "chown", CAP_CHOWN },
		{ "kill", CAP_KILL },
		{ "setpcap", CAP_SETPCAP },
		{ "net_admin", CAP_NET_ADMIN },
		{ "sys_module", CAP_SYS_MODULE },
		{ "sys_admin", CAP_SYS_ADMIN },
		{ "sys_boot", CAP_SYS_BOOT },
		{ "mknod", CAP_MKNOD },
		{ "setfcap", CAP_SETFCAP },
		{ "mac_admin", CAP_MAC_ADMIN },
		{ "syslog", CAP_SYSLOG },
		{ "audit_read", CAP_AUDIT_READ },
		{ "perfmon", CAP_PERFMON },
		{ "bpf", CAP_BPF },
		{ "checkpoint_restore", CAP_CHECKPOINT_RESTORE },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(caps_number(cases[i].name), cases[i].number);
		assert_string_equal(caps_name((unsigned)cases[i].number), cases[i].name);
	}
}

static void every_name_leads_back_to_its_number(void **state)
{
	for (unsigned i = 0; i <= CAP_LAST_CAP; i++) {
		assert_non_null(caps_name(i));
		assert_int_equal(caps_number(caps_name(i)), (int)i);
	}
	assert_null(caps_name(64));
}

static void other_words_are_refused(void **state)
{
	static const char *const bad[] = { "",	 "CHOWN", "cap_chown", "none", "64",
					   "-1", " 1",	  "1 ",	       "0x1",  "chow" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(caps_number(bad[i]), -EINVAL);
	/* Newer than our table. */
	assert_int_equal(caps_number("41"), 41);
	assert_int_equal(caps_number("63"), 63);
}

static void masks_cover_what_they_say(void **state)
{
	assert_true(caps_bit(0) == 1);
	assert_true(caps_bit(63) == UINT64_C(1) << 63);
	assert_true(caps_all(0) == 1);
	assert_true(caps_all(40) == 0x1ffffffffff);
	assert_true(caps_all(62) == UINT64_MAX >> 1);
	assert_true(caps_all(63) == UINT64_MAX);
}

/* Our table is the kernel's list; libcap's is another copy of it. */
static void names_are_those_of_libcap(void **state)
{
	(void)state;
	for (unsigned number = 0; caps_name(number); number++) {
		char *theirs = cap_to_name((cap_value_t)number);

		assert_non_null(theirs);
		assert_memory_equal(theirs, "cap_", 4);
		assert_string_equal(theirs + 4, caps_name(number));
		cap_free(theirs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_numbers_agree_with_the_kernel),
		cmocka_unit_test(names_are_those_of_libcap),
		cmocka_unit_test(every_name_leads_back_to_its_number),
		cmocka_unit_test(other_words_are_refused),
		cmocka_unit_test(masks_cover_what_they_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
