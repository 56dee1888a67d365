/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Types whose value is a number, or a name for one. */
#include "core/config/object.h"
#include "core/io/io.h"

#include <ctype.h>
#include <errno.h>
#include <strings.h>

#define PAGE_BYTES 4096
#define SIZE_AUTO 131072
#define SIZE_CHARS_MAX 22
#define SIZE_LARGEST "9223372036854775808"
/* Of the kernel, less the two that libc keeps for itself. */
#define SIGNAL_RT_MIN 34
#define SIGNAL_MAX 64
#define TMPFS_SIZE_DEFAULT "500000"

static int check_bool(const struct key_check *check, const char *value, struct str *out)
{
	uint32_t n;

	if (str_to_u32(value, &n) < 0 || n > 1)
		return key_refuse(check, value, "write 0 or 1");
	str_add(out, n ? "1" : "0");
	return 0;
}

static int check_u32(const struct key_check *check, const char *value, struct str *out)
{
	const struct config_key *key = check->ref->key;
	uint32_t n;
	int ret = str_to_u32(value, &n);

	if (ret < 0)
		return key_refuse(check, value, ret == -ERANGE ? "too large" : "not a number");
	if (n < key->min || (key->max > 0 && n > key->max))
		return err_set(check->err, -EINVAL, "%s = \"%s\": not between %u and %u",
			       check->ref->name, value, key->min, key->max);
	str_addf(out, "%u", n);
	return 0;
}

static int check_i32(const struct key_check *check, const char *value, struct str *out)
{
	int32_t n;
	int ret = str_to_i32(value, &n);

	if (ret < 0)
		return key_refuse(check, value, ret == -ERANGE ? "too large" : "not a number");
	str_addf(out, "%d", n);
	return 0;
}

static int check_id(const struct key_check *check, const char *value, struct str *out)
{
	uint32_t n;

	if (str_to_u32(value, &n) < 0)
		return key_refuse(check, value, "not a numeric id");
	if (n == UINT32_MAX)
		return key_refuse(check, value, "stands for no id in the kernel");
	str_addf(out, "%u", n);
	return 0;
}

/* The number at the start of *text, decimal, octal or hexadecimal; *text moves behind it. */
static int leading_number(const char **text, int64_t *out)
{
	const char *at = *text, *digits;
	char number[SIZE_CHARS_MAX + 1];
	uint64_t n;

	while (isspace((unsigned char)*at))
		at++;
	if (*at == '+')
		at++;
	digits = at;
	at += at[0] == '0' && (at[1] | 0x20) == 'x' ? 2 + strspn(at + 2, "0123456789abcdefABCDEF")
						    : strspn(at, "0123456789");
	memcpy(number, digits, (size_t)(at - digits));
	number[at - digits] = '\0';
	if (str_to_u64(number, &n) < 0 || n > INT64_MAX)
		return -EINVAL;
	*out = (int64_t)n;
	*text = at;
	return 0;
}

/* kB, MB, GB in any case; a single letter means nothing: as in every release, 10K are ten bytes. */
static int unit_bits(const char *suffix, unsigned *bits)
{
	static const char *const units[] = { "kb", "mb", "gb" };

	*bits = 0;
	if (isalpha((unsigned char)suffix[0]) && suffix[1] == '\0')
		return 0;
	for (unsigned i = 0; i < ARRAY_LEN(units); i++) {
		if (strcasecmp(units[i], suffix) == 0) {
			*bits = 10 * (i + 1);
			return 0;
		}
	}
	return -EINVAL;
}

/* A ring buffer's size: at least a page, a power of two. */
static int check_size(const struct key_check *check, const char *value, struct str *out)
{
	const char *at = value;
	int64_t n = SIZE_AUTO;
	uint64_t size = PAGE_BYTES;
	unsigned bits = 0;

	/* What the largest number was rounded up to is too large to be read, yet it comes back in a
	 * serialised form. */
	if (!check->config && str_eq(value, SIZE_LARGEST)) {
		str_add(out, value);
		return 0;
	}
	if (!str_eq(value, "auto")) {
		if (strlen(value) > SIZE_CHARS_MAX || leading_number(&at, &n) < 0)
			return key_refuse(check, value, "not a size");
		if (*at && unit_bits(at + strspn(at, " \t"), &bits) < 0)
			return key_refuse(check, value, "not a size; the units are kB, MB, GB");
		if (n > INT64_MAX >> bits)
			return key_refuse(check, value, "too large");
		n <<= bits;
	}
	while (size < (uint64_t)n)
		size <<= 1;
	str_addf(out, "%llu", (unsigned long long)size);
	return 0;
}

/* "SIGPWR", "sigint", "SIGRTMIN+3"; the number, or -EINVAL. */
static int signal_by_name(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} aliases[] = { { "IOT", SIGABRT }, { "CLD", SIGCHLD }, { "IO", SIGPOLL } };
	uint64_t n = 0;

	if (strncasecmp(name, "sig", 3) != 0)
		return -EINVAL;
	name += 3;
	if (strncasecmp(name, "rtmin+", 6) == 0 && str_to_decimal(name + 6, &n) == 0 &&
	    n <= SIGNAL_MAX - SIGNAL_RT_MIN)
		return SIGNAL_RT_MIN + (int)n;
	if (strncasecmp(name, "rtmax-", 6) == 0 && str_to_decimal(name + 6, &n) == 0 &&
	    n <= SIGNAL_MAX - SIGNAL_RT_MIN)
		return SIGNAL_MAX - (int)n;
	for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
		if (strcasecmp(aliases[i].name, name) == 0)
			return aliases[i].number;
	}
	for (int number = 1; number < 32; number++) {
		if (strcasecmp(sigabbrev_np(number), name) == 0)
			return number;
	}
	return -EINVAL;
}

static int check_signal(const struct key_check *check, const char *value, struct str *out)
{
	uint32_t n = 0;
	int number;

	if (isdigit((unsigned char)value[0])) {
		if (str_to_u32(value, &n) < 0 || n > SIGNAL_MAX)
			return key_refuse(check, value, "not a signal number (0 to 64)");
		number = (int)n;
	} else {
		number = signal_by_name(value);
		if (number < 0)
			return key_refuse(check, value, "not a signal; write SIGPWR or SIGRTMIN+3");
	}
	str_addf(out, "%d", number);
	return 0;
}

static int check_log_level(const struct key_check *check, const char *value, struct str *out)
{
	enum log_level level;

	if (log_level_parse(value, &level) < 0 || level >= LOG_NOTSET_)
		return key_refuse(check, value, "not a log level");
	str_add(out, log_level_name(level));
	return 0;
}

/* Never an error, by the manual: what is no number is the default. */
static int check_tmpfs_size(const struct key_check *check, const char *value, struct str *out)
{
	int32_t n;

	if (str_to_i32(value, &n) < 0 || n < 0)
		str_add(out, TMPFS_SIZE_DEFAULT);
	else
		str_addf(out, "%d", n);
	return 0;
}

static const struct {
	const char *unit;
	int64_t factor;
	bool seconds;
} time_units[] = {
	{ "h", 3600, true },	  { "m", 60, true },	 { "s", 1, true },
	{ "ms", 1000000, false }, { "us", 1000, false }, { "ns", 1, false },
};

/* Normalised to seconds ("18000s") or nanoseconds ("5ns"). */
static int check_time_offset(const struct key_check *check, const char *value, struct str *out)
{
	const char *at = value + (value[0] == '-' || value[0] == '+');
	size_t digits = strspn(at, "0123456789");
	char *number _cleanup_free_ = str_dup_n(at, digits);
	uint64_t n = 0;

	if (!number)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_LEN(time_units); i++) {
		if (!str_eq(time_units[i].unit, at + digits))
			continue;
		if (str_to_decimal(number, &n) < 0 ||
		    n > (uint64_t)(INT64_MAX / time_units[i].factor))
			return key_refuse(check, value, "not a number of the unit, or too large");
		str_addf(out, "%s%lld%s", value[0] == '-' && n ? "-" : "",
			 (long long)n * time_units[i].factor, time_units[i].seconds ? "s" : "ns");
		return 0;
	}
	return key_refuse(check, value, "a number directly followed by h, m, s, ms, us or ns");
}

static void print_time(const struct config *config, const struct key_ref *ref, struct str *out,
		       const char *blank, const char *end)
{
	const char *value = config_str(config, ref->name);
	size_t n;

	if (!value || str_eq(value, "0s"))
		value = "0ns";
	n = strspn(value, "-0123456789");
	str_add_n(out, value, n);
	str_addf(out, "%s%s%s", blank, value + n, end);
}

static void print_time_boot(const struct config *config, const struct key_ref *ref, struct str *out)
{
	print_time(config, ref, out, " ", "\n");
}

static void print_time_monotonic(const struct config *config, const struct key_ref *ref,
				 struct str *out)
{
	print_time(config, ref, out, "", "");
}

/* clang-format off */
const struct key_type key_bool = { .name = "0 or 1", .is_number = true, .check = check_bool, .print = key_print_value };
const struct key_type key_u32 = { .name = "number", .is_number = true, .check = check_u32, .print = key_print_value };
const struct key_type key_i32 = { .name = "signed number", .is_number = true, .check = check_i32, .print = key_print_value };
const struct key_type key_id = { .name = "id", .is_number = true, .check = check_id, .print = key_print_value };
const struct key_type key_size = { .name = "size", .is_number = true, .check = check_size, .print = key_print_value };
const struct key_type key_signal = { .name = "signal", .is_number = true, .check = check_signal, .print = key_print_value };
const struct key_type key_log_level = { .name = "log level", .is_number = true, .check = check_log_level,
	.print = key_print_value };
const struct key_type key_tmpfs_size = { .name = "bytes", .is_number = true, .check = check_tmpfs_size,
	.print = key_print_value };
const struct key_type key_time_boot = { .name = "time offset", .check = check_time_offset, .print = print_time_boot };
const struct key_type key_time_monotonic = { .name = "time offset", .check = check_time_offset,
	.print = print_time_monotonic };
/* clang-format on */
