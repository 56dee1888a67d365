/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/seccomp/parser.h"

#include <errno.h>

static int by_arg(const void *a, const void *b)
{
	const struct filter_test *one = a, *other = b;

	return one->arg < other->arg ? -1 : one->arg > other->arg;
}

/* The form in which equal rules are equal. */
static struct filter_rule normalised(const struct seccomp_rule *rule, uint32_t arch, size_t origin)
{
	struct filter_rule filter = rule->filter;

	filter.arch = arch;
	filter.origin = (uint32_t)origin;
	qsort(filter.tests, filter.test_count, sizeof(filter.tests[0]), by_arg);
	for (uint32_t i = 0; arch_is_32_bits(arch) && i < filter.test_count; i++) {
		filter.tests[i].value &= UINT32_MAX;
		filter.tests[i].mask &= UINT32_MAX;
	}
	return filter;
}

int seccomp_flatten(const struct seccomp_profile *profile, struct vec *rules)
{
	const struct seccomp_host *host = profile->host;

	for (size_t i = 0; i < profile->rules.count; i++) {
		const struct seccomp_rule *rule =
			vec_at(&profile->rules, const struct seccomp_rule, i);

		for (size_t at = 0; at < host->arch_count; at++) {
			struct filter_rule filter = normalised(rule, host->archs[at], i);

			if (rule->filter.arch && rule->filter.arch != filter.arch)
				continue;
			if (rule_reach(&filter, filter.arch) >= 0 && !vec_add(rules, &filter))
				return -ENOMEM;
		}
	}
	return 0;
}

/* What parsing has not foreseen: rules of a multiplexer and of a call that goes through it, say. */
static int refuse(const struct seccomp_profile *profile, const struct filter_rule *filter, int ret,
		  struct seccomp_remarks *remarks, struct err *err)
{
	const struct seccomp_rule *rule =
		vec_at(&profile->rules, const struct seccomp_rule, filter->origin);
	struct seccomp_remark remark = { SECCOMP_ERROR, arena_dup(&remarks->texts, profile->file),
					 rule->line, rule->column, NULL };
	const char *words = ret == -EEXIST ? "this contradicts an earlier line"
					   : "libseccomp refuses this rule";

	if (!remark.file)
		return err_sys(err, -ENOMEM, "compile %s", profile->file);
	remark_add(remarks, &remark, "%s on %s (%s)", words, seccomp_arch_name(filter->arch),
		   err_name(ret));
	ret = err_set(err, -EINVAL, "%s on %s (%s)", words, seccomp_arch_name(filter->arch),
		      err_name(ret));
	err_origin(err, profile->file, rule->line, filter->call ? filter->call : "");
	return ret;
}

int seccomp_compile(const struct seccomp_profile *profile, struct vec *program,
		    struct seccomp_remarks *remarks, struct err *err)
{
	struct vec rules _cleanup_vec_ = VEC_OF(struct filter_rule);
	size_t refused = SIZE_MAX;
	int ret = seccomp_flatten(profile, &rules);

	if (ret == 0)
		ret = filter_build(profile->host->archs, profile->host->arch_count,
				   profile->fallback, rules.items, rules.count, program, &refused);
	if (ret == 0)
		return 0;
	if (refused != SIZE_MAX)
		return refuse(profile, vec_at(&rules, struct filter_rule, refused), ret, remarks,
			      err);
	if (ret == -E2BIG)
		return err_set(err, ret, "%s makes a filter that is too large for a kernel",
			       profile->file);
	return err_sys(err, ret, "compile %s", profile->file);
}
