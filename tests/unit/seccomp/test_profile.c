/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is said about profiles, and at which place; which hosts there are. Answers: test_vectors.c.
 */
#include "core/base/str.h"
#include "core/seccomp/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define DENY "2\ndenylist\n"

/* One profile a row: its text, for which host, all that is said about it. */
static const struct {
	const char *name, *host, *text, *said;
} profiles[] = {
	{ "nothing to say", "x86_64", DENY "mknod errno 1\n", "" },
	{ "empty", "x86_64", "",
	  "1:1 error: a profile begins with the version of its format, 1 or 2\n" },
	{ "version in the third line", "x86_64", "\n\n  3 denylist\n",
	  "3:3 error: a profile begins with the version of its format, 1 or 2\n" },
	{ "no policy", "x86_64", "2\n\n",
	  "3:1 error: the policy is missing: allowlist or denylist\n" },
	{ "unknown policy", "x86_64", "2\ngreylist\n",
	  "2:1 error: the policy is allowlist or denylist, not \"greylist\"\n" },
	{ "denylist in format 1", "x86_64", "1\ndenylist\n0\n",
	  "2:1 error: the policy of format 1 is allowlist\n" },
	{ "debug", "x86_64", "2\ndenylist debug\n", "2:1 error: debug: there is no such policy\n" },
	{ "wrong policy action, and more", "x86_64", "2\ndenylist log\nmknod frob\n",
	  "2:10 error: unknown action \"log\"; there are kill, allow, trap, errno N and notify\n"
	  "3:7 error: unknown action \"frob\"; there are kill, allow, trap, errno N and notify\n" },
	{ "notify for all", "x86_64", "2\ndenylist notify # c\n",
	  "2:10 error: notify cannot be the policy's action: each process would wait for ever\n" },
	{ "words behind the policy", "x86_64", "2\ndenylist kill 1\n",
	  "2:15 warning: what stands behind the policy's action does not count\n" },
	{ "versions as sscanf() reads them", "x86_64", "+02denylist\nmknod\n", "" },
	{ "version 22", "x86_64", "22\ndenylist\n",
	  "1:1 error: a profile begins with the version of its format, 1 or 2\n" },
	{ "a NUL byte", "x86_64", DENY "mkn\1od\n", "3:4 error: a NUL byte: this is no text\n" },

	{ "unknown call", "x86_64", DENY "  mknood errno 1\n",
	  "3:3 warning: unknown call \"mknood\": the line has no effect; did you mean mknod?\n" },
	{ "unknown call with several neighbours", "x86_64", DENY "setxid\n",
	  "3:1 warning: unknown call \"setxid\": the line has no effect; did you mean setuid or "
	  "setgid or setsid?\n" },
	{ "unknown call without neighbours", "x86_64", DENY "no_such_call errno 1\n",
	  "3:1 warning: unknown call \"no_such_call\": the line has no effect\n" },
	{ "neighbour on a second architecture", "x86_64", DENY "umount3\nbdflus\n",
	  "3:1 warning: unknown call \"umount3\": the line has no effect; did you mean umount2?\n"
	  "4:1 warning: unknown call \"bdflus\": the line has no effect; did you mean bdflush?\n" },
	{ "a number", "x86_64", DENY "165\n",
	  "3:1 warning: unknown call \"165\": the line has no effect; numbers are for format 1\n" },
	{ "a terminal's control bytes", "x86_64", DENY "a\33[31m errno 1\n",
	  "3:3 error: an action is expected before the arguments\n" },
	{ "a control byte in a name", "x86_64", DENY "zz\33zz\n",
	  "3:1 warning: unknown call \"zz?zz\": the line has no effect\n" },
	{ "absent on one architecture", "x86_64", DENY "newfstatat\n",
	  "3:1 warning: newfstatat does not exist on x86: not filtered there\n" },
	{ "absent on two architectures", "x86_64", DENY "umount\n",
	  "3:1 warning: umount does not exist on x86_64 and x32: not filtered there\n" },
	{ "absent where it is asked for", "x86_64", DENY "[x86]\nnewfstatat\n",
	  "4:1 warning: newfstatat does not exist on x86: the line has no effect\n" },
	{ "absent, with the policy's action", "x86_64", DENY "[x86]\nnewfstatat allow\n",
	  "4:1 warning: newfstatat does not exist on x86: the line has no effect\n" },

	{ "the policy's action", "x86_64", DENY "mknod  allow\n",
	  "3:8 error: allow is the policy's action already\n" },
	{ "the policy's action, unsaid", "x86_64", "2\ndenylist kill\nmknod\n",
	  "3:1 error: kill is the policy's action already\n" },
	{ "the policy's action, of umount", "x86_64", "2\ndenylist errno 13\nreject_force_umount\n",
	  "3:1 error: errno 13 is the policy's action already\n" },
	{ "errno without number", "x86_64", DENY "mknod errno\n",
	  "3:12 error: errno wants a number\n" },
	{ "errno by name", "x86_64", DENY "mknod errno EPERM\n",
	  "3:13 error: errno \"EPERM\": not a decimal number\n" },
	{ "errno too large", "x86_64", DENY "mknod errno 4095\nmknod errno 99999999999999999999\n",
	  "3:13 error: errno 4095: 4094 is the largest\n"
	  "4:13 error: errno 99999999999999999999: 4094 is the largest\n" },
	{ "errno and number together", "x86_64", DENY "mknod errno13\nmkdir errno13[0,1,==]\n",
	  "" },
	{ "what follows reject_force_umount", "x86_64", DENY "reject_force_umount errno 1\n",
	  "3:21 warning: what stands behind reject_force_umount has no effect\n" },

	{ "arguments without action", "x86_64", DENY "mknod [0,1,==]\nmkdir[0,1,==]\n",
	  "3:7 error: an action is expected before the arguments\n"
	  "4:6 error: an action is expected before the arguments\n" },
	{ "index", "x86_64", DENY "mknod errno 1 [6,1,==]\n",
	  "3:16 error: index 6: arguments are numbered from 0 to 5\n" },
	{ "index is no number", "x86_64", DENY "mknod errno 1 [a,1,==]\n",
	  "3:16 error: index \"a\": not a number from 0 up\n" },
	{ "value", "x86_64",
	  DENY "mknod errno 1 [0,-1,==]\nmkdir errno 1 [0,18446744073709551616,==]\n",
	  "3:18 error: value \"-1\": not a number from 0 up\n"
	  "4:18 error: value 18446744073709551616: above 64 bits\n" },
	{ "operator", "x86_64", DENY "mknod errno 1 [0,1,=]\n",
	  "3:20 error: unknown operator \"=\"; there are ==, !=, <, <=, >=, >, &= and SCMP_CMP_EQ, "
	  "...\n" },
	{ "fields", "x86_64", DENY "mknod errno 1 [0,1]\nmknod errno 1 [0,1,==,1,1]\n",
	  "3:16 error: [0,1]: expected index,value,operator or index,value,&=,mask\n"
	  "4:16 error: [0,1,==,1,1]: expected index,value,operator or index,value,&=,mask\n" },
	{ "no end", "x86_64", DENY "mknod errno 1 [0,1,==\n", "3:15 error: no ] ends this\n" },
	{ "words behind", "x86_64", DENY "mknod errno 1 [0,1,==] kill\nmknod errno 1 2 [0,1,==]\n",
	  "3:24 error: only [index,value,operator] may stand here\n"
	  "4:15 error: only [index,value,operator] may stand here\n" },
	{ "words behind an action", "x86_64", DENY "mknod errno 1 2\n",
	  "3:15 warning: what stands behind the action does not count\n" },
	{ "one argument twice", "x86_64", DENY "mknod errno 1 [0,1,>=][0,5,<=]\n",
	  "3:24 error: argument 0 is tested twice; a rule tests each once\n" },
	{ "mask without &=", "x86_64", DENY "mknod errno 1 [0,1,==,7]\n",
	  "3:16 warning: the mask counts with &= only\n" },
	{ "no mask", "x86_64", DENY "mknod errno 1 [0,1,&=]\n",
	  "3:16 warning: the mask is 0: this is always true\n" },
	{ "value outside the mask", "x86_64", DENY "mknod errno 1 [0,3,&=,1]\n",
	  "3:16 warning: bits of the value outside the mask do not count\n" },
	{ "always and never", "x86_64", DENY "mknod errno 1 [0,0,>=]\nmkdir errno 1 [0,0,<]\n",
	  "3:16 warning: this is always true\n"
	  "4:16 warning: this is never true\n" },
	{ "above 32 bits", "x86_64", DENY "mknod errno 1 [0,0x100000000,==]\n",
	  "3:15 warning: a value is above 32 bits: on x86 and x32 its lower half counts alone\n" },
	{ "above 32 bits where there are 64", "x86_64",
	  DENY "[x86_64]\nmknod errno 1 [0,0x100000000,==]\n", "" },
	{ "arguments behind a multiplexer", "x86_64", DENY "socket errno 97 [0,40,==]\n",
	  "3:17 warning: arguments of socket cannot be tested on x86, where it goes through a "
	  "multiplexer: not filtered "
	  "there\n" },
	{ "arguments behind a multiplexer, wanted there", "x86_64",
	  DENY "[x86]\nsocket errno 97 [0,40,==]\n",
	  "4:17 error: arguments of socket cannot be tested on x86: it goes through a "
	  "multiplexer\n" },
	{ "arguments behind a native multiplexer", "x86", DENY "socket errno 97 [0,40,==]\n",
	  "3:17 error: arguments of socket cannot be tested on x86: it goes through a "
	  "multiplexer\n" },
	{ "the same without a multiplexer", "arm64", DENY "socket errno 97 [0,40,==]\n", "" },

	{ "the same twice", "x86_64", DENY "mknod errno 1\nmknod errno 2\n",
	  "4:1 warning: this never counts: each such call is answered by line 3 (errno 1)\n" },
	{ "the same twice through a multiplexer", "x86_64", DENY "accept errno 1\naccept errno 2\n",
	  "4:1 warning: this never counts: each such call is answered by line 3 (errno 1)\n" },
	{ "hidden by a line below", "x86_64", DENY "mknod errno 1 [0,1,==]\nmknod errno 2\n",
	  "3:1 warning: this never counts: each such call is answered by line 4 (errno 2)\n" },
	{ "hidden on another architecture", "x86_64",
	  DENY "[x86]\nmknod errno 1\n[x86_64]\nmknod errno 2\n", "" },
	{ "repeated", "x86_64",
	  DENY "mknod errno 1 [0,1,==][1,2,==]\nmknod errno 1 [1,2,==][0,1,==]\n",
	  "4:1 warning: this repeats line 3 (errno 1)\n" },
	{ "contradiction", "x86_64", DENY "mknod errno 1 [0,1,==]\nmknod errno 2 [0,1,==]\n",
	  "4:1 error: this contradicts the answer to the same calls in line 3 (errno 1)\n" },
	{ "contradiction under a mask", "x86_64",
	  DENY "mknod errno 1 [0,1,&=,1]\nmknod errno 2 [0,3,&=,1]\n",
	  "4:1 error: this contradicts the answer to the same calls in line 3 (errno 1)\n"
	  "4:16 warning: bits of the value outside the mask do not count\n" },
	{ "contradiction on 32 bits", "x86_64",
	  DENY "[x86]\nmknod errno 1 [0,1,==]\n[all]\nmknod errno 2 [0,0x100000001,==]\n",
	  "6:1 error: this contradicts the answer to the same calls in line 4 (errno 1)\n"
	  "6:15 warning: a value is above 32 bits: on x86 and x32 its lower half counts alone\n" },
	{ "contradiction, hidden before", "x86_64",
	  DENY "mknod\nmknod errno 1 [0,1,==]\nmknod errno 2 [0,1,==]\n",
	  "4:1 warning: this never counts: each such call is answered by line 3 (kill)\n"
	  "5:1 warning: this never counts: each such call is answered by line 3 (kill)\n" },
	{ "contradiction with a multiplexer", "x86",
	  DENY "socketcall errno 1 [0,1,==]\nsocket errno 2\n",
	  "4:1 error: this contradicts the answer to the same calls in line 3 (errno 1)\n" },
	{ "overlap", "x86_64", DENY "mknod errno 1 [0,5,<]\nmknod errno 2 [0,4,>=]\n",
	  "4:1 warning: some of these calls are answered before by line 3 (errno 1)\n" },
	{ "no overlap", "x86_64", DENY "mknod errno 1 [0,5,<]\nmknod errno 2 [0,5,>=]\n", "" },
	{ "no overlap, other arguments", "x86_64",
	  DENY "mknod errno 1 [0,1,==][1,1,==]\nmknod errno 2 [1,2,==][2,7,!=]\n", "" },
	{ "overlap, same action", "x86_64", DENY "mknod errno 1 [0,5,<]\nmknod errno 1 [0,4,>=]\n",
	  "" },
	{ "no overlap of masks", "x86_64",
	  DENY "clone errno 1 [0,1,&=,3]\nclone errno 2 [0,2,&=,2]\n", "" },
	{ "overlap of masks", "x86_64", DENY "clone errno 1 [0,1,&=,1]\nclone errno 2 [0,2,&=,2]\n",
	  "4:1 warning: some of these calls are answered before by line 3 (errno 1)\n" },
	{ "a mask within bounds", "x86_64",
	  DENY "clone errno 1 [0,4,&=,6]\nclone errno 2 [0,4,<]\n", "" },
	{ "a mask just within bounds", "x86_64",
	  DENY "clone errno 1 [0,4,&=,6]\nclone errno 2 [0,4,<=]\n",
	  "4:1 warning: some of these calls are answered before by line 3 (errno 1)\n" },
	{ "holes", "x86_64", DENY "clone errno 1 [0,3,!=]\nclone errno 2 [0,3,==]\n", "" },

	{ "unknown section", "x86_64", DENY "[sparc]\nfrob frob\n",
	  "3:1 error: unsupported architecture [sparc]\n" },
	{ "sections that look nearly right", "x86_64", DENY "[Arm64]\n[x86 ]\n[x86\n[]\n[all]x\n",
	  "3:1 error: unsupported architecture [Arm64]\n"
	  "4:1 error: unsupported architecture [x86 ]\n"
	  "5:1 error: unsupported architecture [x86\n"
	  "6:1 error: unsupported architecture []\n"
	  "7:1 error: unsupported architecture [all]x\n" },
	{ "blanks and comments around sections", "x86_64",
	  DENY "\t[x86] # c\nmknod\n [ALL]\r\nmkdir\n", "" },
	{ "foreign sections are not read", "x86_64", DENY "[ARM]\nfrob frob\n[mips64n32]\n[0\n",
	  "6:1 error: unsupported architecture [0\n" },
	{ "but on their host they are", "arm64", DENY "[arm]\nfrob frob\n[x86_64]\nfrob frob\n",
	  "4:6 error: unknown action \"frob\"; there are kill, allow, trap, errno N and notify\n" },

	{ "format 1", "x86_64", "1\nallowlist\n0\n  1 # not a comment\n60\n", "" },
	{ "format 1, odd lines", "x86_64", "1\nallowlist\n0x10\n9999\n\n-1\n4294967296\n",
	  "3:2 warning: only the number before this counts\n"
	  "4:1 warning: x86_64 has no call 9999 that is known\n"
	  "5:1 error: a line of format 1 begins with the number of a system call\n"
	  "6:1 error: a line of format 1 begins with the number of a system call\n"
	  "7:1 error: a line of format 1 begins with the number of a system call\n" },
	{ "format 1, twice", "x86_64", "1\nallowlist\n0\n0\n",
	  "4:1 warning: this never counts: each such call is answered by line 3 (allow)\n" },
};

static const struct seccomp_host *host_named(const char *name)
{
	const struct seccomp_host *host;

	for (size_t i = 0; (host = seccomp_host_at(i)) != NULL; i++)
		if (str_eq(host->name, name))
			return host;
	fail_msg("no host %s", name);
	return NULL;
}

/* Sorted as they come; the place first, so that a row reads like a compiler's output. */
static void write_remarks(const struct seccomp_remarks *remarks, struct str *out)
{
	for (size_t i = 0; i < remarks->list.count; i++) {
		const struct seccomp_remark *remark = seccomp_remark_at(remarks, i);

		assert_string_equal(remark->file, "test");
		str_addf(out, "%u:%u %s: %s\n", remark->line, remark->column,
			 remark->severity == SECCOMP_ERROR ? "error" : "warning", remark->words);
	}
}

static bool check_profile(size_t row)
{
	_cleanup_seccomp_profile_ struct seccomp_profile profile;
	_cleanup_seccomp_remarks_ struct seccomp_remarks remarks = { 0 };
	_cleanup_str_ struct str said = { 0 }, text = { 0 };
	struct err err = { 0 };
	bool is_refused = strstr(profiles[row].said, " error: ");
	int ret;

	str_add(&text, profiles[row].text);
	for (char *c = text.s; c && (c = strchr(c, '\1')) != NULL;)
		*c = '\0'; /* a string cannot hold it */
	ret = seccomp_parse(&profile, host_named(profiles[row].host), "test", str_text(&text),
			    text.len, &remarks, &err);
	write_remarks(&remarks, &said);
	if (str_eq(str_text(&said), profiles[row].said) && ret == (is_refused ? -EINVAL : 0) &&
	    err_is(&err) == is_refused && (profile.host == NULL) == is_refused)
		return true;
	print_message("%s: %d\n expected:\n%s got:\n%s", profiles[row].name, ret,
		      profiles[row].said, str_text(&said));
	return false;
}

static void all_is_said_at_its_place(void **state)
{
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(profiles); i++)
		failed += !check_profile(i);
	assert_int_equal(failed, 0);
}

static void the_first_error_names_its_line(void **state)
{
	static const char text[] = DENY "mknod errno 1\n  mkdir  frob # c\r\nmkdir frob\n";
	_cleanup_seccomp_profile_ struct seccomp_profile profile;
	_cleanup_seccomp_remarks_ struct seccomp_remarks remarks = { 0 };
	struct err err = { 0 };
	char words[1024];

	(void)state;
	assert_int_equal(seccomp_parse(&profile, host_named("x86_64"), "web.seccomp", text,
				       strlen(text), &remarks, &err),
			 -EINVAL);
	(void)err_render(&err, words, sizeof(words));
	assert_string_equal(
		words, "unknown action \"frob\"; there are kill, allow, trap, errno N and notify\n"
		       "  from web.seccomp:4: mkdir  frob # c");
	assert_int_equal(remarks.errors, 2);
}

static void remarks_of_several_profiles_add_up(void **state)
{
	_cleanup_seccomp_profile_ struct seccomp_profile first = { 0 }, second = { 0 };
	_cleanup_seccomp_remarks_ struct seccomp_remarks remarks = { 0 };
	const struct seccomp_host *host = host_named("x86_64");

	(void)state;
	assert_int_equal(seccomp_parse(&first, host, "a", "3", 1, &remarks, NULL), -EINVAL);
	/* The errors of the first are not the second's. */
	assert_int_equal(seccomp_parse(&second, host, "b", DENY "165\n", strlen(DENY "165\n"),
				       &remarks, NULL),
			 0);
	assert_int_equal(remarks.list.count, 2);
	assert_string_equal(seccomp_remark_at(&remarks, 0)->file, "a");
	assert_string_equal(seccomp_remark_at(&remarks, 1)->file, "b");
	assert_int_equal(remarks.errors, 1);
}

static void rules_are_as_written(void **state)
{
	static const char text[] =
		DENY "mknod\n[x86]\n mkdir errno 2 [5, 0x10,&=,0x11] [0,7,SCMP_CMP_LT]\nfrob\n";
	_cleanup_seccomp_profile_ struct seccomp_profile profile;
	_cleanup_seccomp_remarks_ struct seccomp_remarks remarks = { 0 };
	const struct seccomp_rule *rule;

	(void)state;
	assert_int_equal(seccomp_parse(&profile, host_named("x86_64"), "p", text, strlen(text),
				       &remarks, NULL),
			 0);
	assert_int_equal(profile.version, 2);
	assert_true(profile.fallback == SECCOMP_RET_ALLOW);
	assert_int_equal(profile.rules.count, 2);
	assert_int_equal(profile.flat.count, 4);
	rule = vec_at(&profile.rules, const struct seccomp_rule, 0);
	assert_string_equal(rule->call, "mknod");
	assert_true(rule->arch == 0 && rule->action == SECCOMP_RET_KILL_THREAD &&
		    rule->test_count == 0);
	rule = vec_at(&profile.rules, const struct seccomp_rule, 1);
	assert_true(rule->arch == AUDIT_ARCH_I386 && rule->action == (SECCOMP_RET_ERRNO | 2));
	assert_true(rule->line == 5 && rule->column == 2 && rule->test_count == 2);
	assert_true(rule->tests[0].arg == 5 && rule->tests[0].op == SECCOMP_MASKED_EQ);
	assert_true(rule->tests[0].value == 0x10 && rule->tests[0].mask == 0x11);
	assert_true(rule->tests[1].arg == 0 && rule->tests[1].op == SECCOMP_LT &&
		    rule->tests[1].value == 7);
	assert_false(seccomp_wants_listener(&profile));
}

static void notify_wants_a_listener(void **state)
{
	static const char text[] = DENY "mknod notify\n";
	_cleanup_seccomp_profile_ struct seccomp_profile profile;
	_cleanup_seccomp_remarks_ struct seccomp_remarks remarks = { 0 };

	(void)state;
	assert_int_equal(seccomp_parse(&profile, host_named("x86_64"), "p", text, strlen(text),
				       &remarks, NULL),
			 0);
	assert_true(seccomp_wants_listener(&profile));
}

static void long_lines_are_read(void **state)
{
	_cleanup_seccomp_profile_ struct seccomp_profile profile;
	_cleanup_seccomp_remarks_ struct seccomp_remarks remarks = { 0 };
	_cleanup_str_ struct str text = { 0 };

	(void)state;
	str_addf(&text, DENY "#%*s\n%2000s errno 1%2000s[0,1,==]\n", 2000, "mknod", "mknod", " ");
	assert_int_equal(seccomp_parse(&profile, host_named("x86_64"), "p", text.s, text.len,
				       &remarks, NULL),
			 0);
	assert_int_equal(profile.rules.count, 1);
	assert_int_equal(vec_at(&profile.rules, struct seccomp_rule, 0)->test_count, 1);
}

/* --- hosts --- */

static const struct {
	const char *machine, *host;
	size_t arch_count;
} machines[] = {
	{ "x86_64", "x86_64", 3 },    { "i686", "x86", 1 },   { "aarch64", "arm64", 2 },
	{ "aarch64_be", "arm64", 2 }, { "armv7l", "arm", 1 }, { "ppc64le", "ppc64le", 1 },
	{ "ppc64", "ppc64", 2 },      { "ppc", "ppc", 1 },    { "s390x", "s390x", 1 },
	{ "riscv64", "riscv64", 1 },  { "x86_64x", NULL, 0 }, { "", NULL, 0 },
	{ "i786", NULL, 0 },
};

static void machines_are_known_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(machines); i++) {
		const struct seccomp_host *host = seccomp_host_find(machines[i].machine);

		if ((host == NULL) != (machines[i].host == NULL) ||
		    (host && (!str_eq(host->name, machines[i].host) ||
			      host->arch_count != machines[i].arch_count)))
			fail_msg("%s: %s", machines[i].machine, host ? host->name : "none");
	}
}

static void hosts_are_whole(void **state)
{
	const struct seccomp_host *host;
	size_t i = 0;

	(void)state;
	for (; (host = seccomp_host_at(i)) != NULL; i++) {
		assert_string_equal(seccomp_arch_name(host->archs[0]), host->name);
		for (size_t a = 0; a < host->arch_count; a++) {
			assert_true(seccomp_arch_find(seccomp_arch_name(host->archs[a])) ==
				    host->archs[a]);
			for (size_t b = 0; b < a; b++)
				assert_true(host->archs[a] != host->archs[b]);
		}
		assert_ptr_equal(seccomp_host_at(i), host);
	}
	assert_true(i >= 14);
	assert_string_equal(seccomp_arch_name(12345), "?");
	assert_true(seccomp_arch_find("X32") != 0 && seccomp_arch_find("x32") != 0);
	assert_true(seccomp_arch_find("") == 0 && seccomp_arch_find("Mips") == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_said_at_its_place),
		cmocka_unit_test(the_first_error_names_its_line),
		cmocka_unit_test(remarks_of_several_profiles_add_up),
		cmocka_unit_test(rules_are_as_written),
		cmocka_unit_test(notify_wants_a_listener),
		cmocka_unit_test(long_lines_are_read),
		cmocka_unit_test(machines_are_known_by_name),
		cmocka_unit_test(hosts_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
