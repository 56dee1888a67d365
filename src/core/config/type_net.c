/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Types of lxc.net.N.*. */
#include "core/config/object.h"
#include "core/io/io.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#define HWADDR_SECOND_DIGIT 1
#define IFNAME_MAX 15

static const char *const nic_types[] = { "veth",  "macvlan", "vlan",   "phys",
					 "empty", "none",    "ipvlan", NULL };

const char *key_nic_type_of(const struct config *config, int64_t nic)
{
	char name[64];
	const char *type;

	(void)snprintf(name, sizeof(name), "lxc.net.%lld.type", (long long)nic);
	type = config_str(config, name);
	return type && !str_eq(type, NIC_TYPE_INVALID) ? type : NULL;
}

bool key_nic_exists(const struct config *config, int64_t nic)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "lxc.net.%lld.", (long long)nic);
	return config_next(config, NULL, name) != NULL;
}

static int check_nothing(const struct key_check *check, const char *value, struct str *out)
{
	return key_refuse(check, value, "must not have a value");
}

/* The number in "lxc.net.7.link". */
static uint32_t nic_number(const char *name)
{
	uint32_t n = 0;

	for (name += strlen("lxc.net."); *name >= '0' && *name <= '9'; name++)
		n = n * 10 + (uint32_t)(*name - '0');
	return n;
}

/* The smallest number of a device that is not below from; -1: none. */
static int64_t next_nic(const struct config *config, int64_t from)
{
	const struct config_item *item = NULL;
	int64_t least = -1;

	while ((item = config_next(config, item, "lxc.net.")) != NULL) {
		int64_t n = nic_number(item->name);

		if (n >= from && (least < 0 || n < least))
			least = n;
	}
	return least;
}

/* The types of all devices by number. */
static void print_net(const struct config *config, const struct key_ref *ref, struct str *out)
{
	for (int64_t nic = -1; (nic = next_nic(config, nic + 1)) >= 0;) {
		char name[64];
		const char *type;

		(void)snprintf(name, sizeof(name), "lxc.net.%lld.type", (long long)nic);
		type = config_str(config, name);
		str_addf(out, "%s\n", type ? type : "empty");
	}
}

static int check_nic_type(const struct key_check *check, const char *value, struct str *out)
{
	/* Comes only from a serialised configuration. */
	bool known = !check->config && str_eq(value, NIC_TYPE_INVALID);

	for (const char *const *type = nic_types; *type && !known; type++)
		known = str_eq(*type, value);
	if (!known)
		return key_refuse(check, value, "not a type of network device");
	str_add(out, value);
	return 0;
}

static int check_nic_flags(const struct key_check *check, const char *value, struct str *out)
{
	/* Any text means up, in every release. */
	str_add(out, "up");
	return 0;
}

/* "eth+" of a physical device: the last interface of the host whose name begins like that; none is
 * fine. */
static int find_interface(const struct key_check *check, const char *value, struct str *out)
{
	_cleanup_str_ struct str names = { 0 };
	const char *at, *found = NULL;
	size_t count = 0, len = strlen(value) - 1;

	if (check->sys)
		(void)io_list_dir(check->sys, AT_FDCWD, "/sys/class/net", &names, &count);
	at = str_text(&names);
	for (size_t i = 0; i < count; i++, at += strlen(at) + 1) {
		if (strncmp(at, value, len) == 0)
			found = at;
	}
	str_add(out, found ? found : "");
	return 0;
}

static int check_nic_link(const struct key_check *check, const char *value, struct str *out)
{
	const char *type = check->config ? key_nic_type_of(check->config, check->ref->nic) : NULL;

	if (strlen(value) > IFNAME_MAX)
		return key_refuse(check, value, "longer than 15 bytes");
	if (type && str_eq(type, "phys") && str_ends(value, "+"))
		return find_interface(check, value, out);
	str_add(out, value);
	return 0;
}

/* Each x becomes a random digit; the second one an even one: a unicast address. */
static int check_hwaddr(const struct key_check *check, const char *value, struct str *out)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char random[64] = { 0 };
	ssize_t n;

	if (!strpbrk(value, "xX")) {
		str_add(out, value);
		return 0;
	}
	if (!check->sys || strlen(value) > sizeof(random))
		return key_refuse(check, value, "not a template of a hardware address");
	n = SYS_RETRY(sys_getrandom(check->sys, random, sizeof(random), 0));
	if (n < (ssize_t)sizeof(random))
		return err_sys(check->err, n < 0 ? (int)n : -EIO, "read random digits for %s",
			       check->ref->name);
	for (size_t i = 0; value[i]; i++) {
		unsigned digit = random[i] & (i == HWADDR_SECOND_DIGIT ? 0xe : 0xf);

		str_add_n(out, value[i] == 'x' || value[i] == 'X' ? &digits[digit] : &value[i], 1);
	}
	return 0;
}

/*
 * "ADDRESS[/PREFIX]" of value up to len, canonical, to out; without a prefix *prefix keeps what it
 * has (< 0: none is written). 0 or -EINVAL.
 */
static int add_address(int family, const char *value, size_t len, int *prefix, struct str *out)
{
	unsigned char addr[16];
	char text[INET6_ADDRSTRLEN + 8], *slash;
	uint32_t n = 0;

	if (len >= sizeof(text))
		return -EINVAL;
	memcpy(text, value, len);
	text[len] = '\0';
	slash = strchr(text, '/');
	if (slash)
		*slash = '\0';
	if (inet_pton(family, text, addr) != 1)
		return -EINVAL;
	if (slash && (str_to_u32(slash + 1, &n) < 0 || n > (family == AF_INET ? 32 : 128)))
		return -EINVAL;
	if (slash)
		*prefix = (int)n;
	else if (family == AF_INET && *prefix == 0)
		*prefix = addr[0] < 128 ? 8 : addr[0] < 192 ? 16 : addr[0] < 224 ? 24 : 0;
	if (!inet_ntop(family, addr, text, sizeof(text)))
		return -EINVAL;
	str_add(out, text);
	if (*prefix >= 0)
		str_addf(out, "/%d", *prefix);
	return 0;
}

/* "A.B.C.D[/P] [BROADCAST]"; without P the class of the address decides. */
static int check_ipv4(const struct key_check *check, const char *value, struct str *out)
{
	const char *blank = strchr(value, ' ');
	size_t len = blank ? (size_t)(blank - value) : strlen(value);
	int prefix = 0, none = -1;
	int ret = add_address(AF_INET, value, len, &prefix, out);

	if (ret == 0 && blank) {
		str_add(out, " ");
		ret = strchr(blank, '/')
			      ? -EINVAL
			      : add_address(AF_INET, blank + 1, strlen(blank + 1), &none, out);
	}
	return ret < 0 ? key_refuse(check, value,
				    "write A.B.C.D/PREFIX, then maybe one blank and the broadcast "
				    "address")
		       : 0;
}

/* The broadcast address is not shown. */
static void print_ipv4(const struct config *config, const struct key_ref *ref, struct str *out)
{
	const struct config_item *item = NULL;
	size_t start = out->len;

	while ((item = config_next(config, item, ref->name)) != NULL) {
		str_add(out, out->len > start ? "\n" : "");
		str_add_n(out, item->value, strcspn(item->value, " "));
	}
}

static int check_ipv6(const struct key_check *check, const char *value, struct str *out)
{
	int prefix = 64;

	if (add_address(AF_INET6, value, strlen(value), &prefix, out) < 0)
		return key_refuse(check, value, "not an IPv6 address with a prefix up to 128");
	return 0;
}

static int check_gateway(const struct key_check *check, int family, const char *value,
			 struct str *out)
{
	int none = -1;

	if (str_eq(value, "auto") || str_eq(value, "dev")) {
		str_add(out, value);
		return 0;
	}
	if (strchr(value, '/') || add_address(family, value, strlen(value), &none, out) < 0)
		return key_refuse(check, value, "neither an address nor auto nor dev");
	return 0;
}

static int check_ipv4_gateway(const struct key_check *check, const char *value, struct str *out)
{
	return check_gateway(check, AF_INET, value, out);
}

static int check_ipv6_gateway(const struct key_check *check, const char *value, struct str *out)
{
	return check_gateway(check, AF_INET6, value, out);
}

static int check_route(const struct key_check *check, int family, const char *value,
		       struct str *out)
{
	int prefix = -1;

	if (!strchr(value, '/') || add_address(family, value, strlen(value), &prefix, out) < 0)
		return key_refuse(check, value, "write ADDRESS/PREFIX");
	return 0;
}

static int check_route4(const struct key_check *check, const char *value, struct str *out)
{
	return check_route(check, AF_INET, value, out);
}

static int check_route6(const struct key_check *check, const char *value, struct str *out)
{
	return check_route(check, AF_INET6, value, out);
}

/* clang-format off */
const struct key_type key_net = { .name = "clears all devices", .keep = KEEP_NOTHING, .check = check_nothing,
	.print = print_net };
const struct key_type key_nic = { .name = "clears the device", .keep = KEEP_NOTHING, .check = check_nothing };
const struct key_type key_nic_type = { .name = "device type", .check = check_nic_type, .print = key_print_value };
const struct key_type key_nic_flags = { .name = "up", .check = check_nic_flags, .print = key_print_value };
const struct key_type key_nic_link = { .name = "interface", .check = check_nic_link, .print = key_print_value };
const struct key_type key_hwaddr = { .name = "hardware address", .check = check_hwaddr, .print = key_print_value };
const struct key_type key_ipv4 = { .name = "list of addresses", .keep = KEEP_MANY, .check = check_ipv4, .print = print_ipv4 };
const struct key_type key_ipv6 = { .name = "list of addresses", .keep = KEEP_MANY, .check = check_ipv6,
	.print = key_print_joined };
const struct key_type key_ipv4_gateway = { .name = "address", .check = check_ipv4_gateway, .print = key_print_value };
const struct key_type key_ipv6_gateway = { .name = "address", .check = check_ipv6_gateway, .print = key_print_value };
const struct key_type key_route4 = { .name = "list of routes", .keep = KEEP_MANY, .check = check_route4,
	.print = key_print_joined };
const struct key_type key_route6 = { .name = "list of routes", .keep = KEEP_MANY, .check = check_route6,
	.print = key_print_joined };
/* clang-format on */
