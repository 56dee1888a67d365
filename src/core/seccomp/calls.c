/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names and numbers of system calls, out of libseccomp's tables. */
#include "core/seccomp/parser.h"

#include <linux/audit.h>
#include <seccomp.h>

#define SHOWN 3 /* names that a remark suggests */
#define FAR 3	/* changes that make a name another one */

/* An architecture's numbers begin a little before that of read, and end somewhere behind. */
#define NUMBERS_BEFORE 0x3f
#define NUMBERS 640

/* --- one call --- */

/* Calls that go through socketcall and ipc have pseudo numbers (seccomp-syscalls.h), -100 or -200
 * less the number of the sub-call. Architectures without the multiplexer have them, too. */
static const struct {
	const char *name;
	int first, last;
} multiplexers[] = { { "socketcall", -101, -199 }, { "ipc", -201, -299 } };

bool call_arch_is_known(uint32_t arch)
{
	return seccomp_syscall_resolve_name_arch(arch, "read") != __NR_SCMP_ERROR;
}

static int first_number(uint32_t arch)
{
	return seccomp_syscall_resolve_name_arch(arch, "read") & ~NUMBERS_BEFORE;
}

int call_number(uint32_t arch, const char *name)
{
	int number = seccomp_syscall_resolve_name_arch(arch, name);
	uint32_t sub;

	if (number >= 0)
		return number;
	if (number == __NR_SCMP_ERROR)
		return CALL_UNKNOWN;
	return call_multiplexer(arch, name, &sub) < 0 ? CALL_ABSENT : CALL_MULTIPLEXED;
}

int call_multiplexer(uint32_t arch, const char *name, uint32_t *sub)
{
	int number = seccomp_syscall_resolve_name_arch(arch, name);

	for (size_t i = 0; i < ARRAY_LEN(multiplexers); i++) {
		if (number > multiplexers[i].first || number < multiplexers[i].last)
			continue;
		*sub = (uint32_t)(multiplexers[i].first + 1 - number);
		number = seccomp_syscall_resolve_name_arch(arch, multiplexers[i].name);
		return number < 0 ? CALL_ABSENT : number;
	}
	return CALL_ABSENT;
}

char *call_name(uint32_t arch, int number)
{
	/* Where numbers begin with an offset (x32, MIPS), the library takes those without it, too.
	 */
	return number < first_number(arch) ? NULL : seccomp_syscall_resolve_num_arch(arch, number);
}

/* --- all calls --- */

/* The library does not list names, but says what a number is called. */
bool calls_list(uint32_t arch, struct vec *calls)
{
	int first = first_number(arch);

	for (int number = first; number < first + NUMBERS; number++) {
		struct call call = { .number = number, .name = call_name(arch, number) };

		if (call.name && !vec_add(calls, &call)) {
			free(call.name);
			return false;
		}
	}
	return true;
}

void calls_finish(struct vec *calls)
{
	for (size_t i = 0; i < calls->count; i++)
		free(vec_at(calls, struct call, i)->name);
	vec_finish(calls);
}

int calls_find(const struct vec *calls, const char *name)
{
	for (size_t i = 0; i < calls->count; i++)
		if (str_eq(vec_at(calls, struct call, i)->name, name))
			return vec_at(calls, struct call, i)->number;
	return CALL_ABSENT;
}

/* How far apart two names are; SIZE_MAX beyond far. */
static size_t distance(const char *one, const char *other, size_t far)
{
	size_t a = strlen(one), b = strlen(other);

	/* Most names end here. */
	if (a > STR_DISTANCE_MAX || b > STR_DISTANCE_MAX || (a > b ? a - b : b - a) > far)
		return SIZE_MAX;
	a = str_distance(one, other);
	return a > far ? SIZE_MAX : a;
}

void calls_suggest(const struct vec *calls, const char *name, struct str *out)
{
	const char *nearest[SHOWN];
	size_t far = strlen(name) / 3, count = 0;

	far = far < 1 ? 1 : far > FAR ? FAR : far;
	for (size_t i = 0; i < calls->count; i++) {
		const char *known = vec_at(calls, struct call, i)->name;
		size_t apart = distance(name, known, far);

		if (apart < far)
			count = 0;
		if (apart > far || count == SHOWN)
			continue;
		far = apart;
		nearest[count++] = known;
	}
	for (size_t i = 0; i < count; i++)
		str_addf(out, "%s%s", i ? " or " : "; did you mean ", nearest[i]);
	if (count > 0)
		str_add(out, "?");
}
