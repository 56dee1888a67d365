/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/net_files: networks as files: the settings of links in /proc/sys/net (of the network of
 * who looks), and links in /sys/class/net (of the network for which sysfs was mounted).
 *
 * Source: kernel documentation, networking/ip-sysctl and ABI/testing/sysfs-class-net.
 */
#include "sys/fake/net.h"
#include "sys/fake/vfs.h"

void net_link_names(struct fake *fake, struct simple_ns *ns, struct vec *names)
{
	for (struct link *link = link_next(fake, ns, 0); link;
	     link = link_next(fake, ns, link->index))
		names_add(names, link->name);
}

/* --- settings --- */

static const struct {
	const char *name;
	enum conf_key key;
	int plain;
} settings[FAMILY_COUNT][CONF_COUNT + 1] = {
	{ { "forwarding", CONF_FORWARDING, 0 },
	  { "proxy_arp", CONF_OTHERS, 0 },
	  { "rp_filter", CONF_OTHERS + 1, 0 },
	  { "arp_ignore", CONF_OTHERS + 2, 0 },
	  { 0 } },
	{ { "forwarding", CONF_FORWARDING, 0 },
	  { "disable_ipv6", CONF_DISABLE_IPV6, 0 },
	  { "proxy_ndp", CONF_OTHERS, 0 },
	  { "accept_dad", CONF_OTHERS + 1, 1 },
	  { "autoconf", CONF_OTHERS + 2, 1 },
	  { "accept_ra", CONF_OTHERS + 3, 1 },
	  { 0 } },
};

static const char *const families[FAMILY_COUNT] = { "ipv4", "ipv6" };

/* Of IPv4 a new network has what the host has now, of IPv6 it begins anew (ip-sysctl,
 * devconf_inherit_init_net). */
void conf_init(struct fake *fake, struct net *net)
{
	struct simple_ns *host = kernel_of(fake)->host_net;

	for (size_t f = 0; f < FAMILY_COUNT; f++)
		for (size_t i = 0; settings[f][i].name; i++)
			net->all[f].values[settings[f][i].key] = settings[f][i].plain;
	memcpy(net->fresh, net->all, sizeof(net->fresh));
	if (!host)
		return;
	net->all[0] = host->net->all[0];
	net->fresh[0] = host->net->fresh[0];
}

/* What is not as in a new world. */
void conf_world(const struct conf conf[FAMILY_COUNT], const char *place, const char *name,
		struct str *out)
{
	for (size_t f = 0; f < FAMILY_COUNT; f++)
		for (size_t i = 0; settings[f][i].name; i++) {
			int value = conf[f].values[settings[f][i].key];

			if (value != settings[f][i].plain)
				str_addf(out, "setting %s%s %s %s %d\n", place, families[f], name,
					 settings[f][i].name, value);
		}
}

/* "all", "default" or a link, in the network of the current task; NULL: none of that name. */
static struct conf *conf_find(struct fake *fake, size_t family, const char *name)
{
	struct simple_ns *ns = fake->current->net_ns;
	struct link *link;

	if (str_eq(name, "all"))
		return &ns->net->all[family];
	if (str_eq(name, "default"))
		return &ns->net->fresh[family];
	link = link_by_name(fake, ns, name);
	return link ? &link->conf[family] : NULL;
}

/* Forwarding for all is forwarding for each, and for those to come. */
static void forward_all(struct fake *fake, struct simple_ns *ns, size_t family, int value)
{
	ns->net->all[family].values[CONF_FORWARDING] = value;
	ns->net->fresh[family].values[CONF_FORWARDING] = value;
	for (struct link *link = link_next(fake, ns, 0); link;
	     link = link_next(fake, ns, link->index))
		link->conf[family].values[CONF_FORWARDING] = value;
}

static void disable(struct fake *fake, struct link *link, int value)
{
	link->conf[1].values[CONF_DISABLE_IPV6] = value;
	if (value) {
		address_flush(fake, link, AF_INET6);
		route_flush(link, AF_INET6);
		proxy_flush(link, AF_INET6);
	} else if (link->flags & IFF_UP) {
		address_link_up(fake, link);
	}
}

static void disable_all(struct fake *fake, struct simple_ns *ns, int value)
{
	ns->net->fresh[1].values[CONF_DISABLE_IPV6] = value;
	for (struct link *link = link_next(fake, ns, 0); link;
	     link = link_next(fake, ns, link->index))
		disable(fake, link, value);
}

static void conf_set(struct fake *fake, size_t family, const char *name, int key, int value)
{
	struct simple_ns *ns = fake->current->net_ns;
	struct conf *conf = conf_find(fake, family, name);
	struct link *link = link_by_name(fake, ns, name);

	conf->values[key] = value;
	if (key == CONF_FORWARDING && str_eq(name, "all"))
		forward_all(fake, ns, family, value);
	if (family == 1 && key == CONF_DISABLE_IPV6 && str_eq(name, "all"))
		disable_all(fake, ns, value);
	if (family == 1 && key == CONF_DISABLE_IPV6 && link)
		disable(fake, link, value);
}

/* --- as files: number is family * CONF_COUNT + key; the directory's name is the link's --- */

static int read_number(const char *text, size_t len, int *out)
{
	char copy[24], *end;
	long value;

	snprintf(copy, sizeof(copy), "%.*s", (int)len, text);
	value = strtol(copy, &end, 0);
	*out = (int)value;
	return end == copy || !strchr(" \t\n", *end) ? -EINVAL : 0;
}

static int setting_text(struct fake *fake, struct inode *inode, struct str *out)
{
	struct conf *conf =
		conf_find(fake, (size_t)inode->number / CONF_COUNT, inode->parent->name);

	if (!conf)
		return -ENOENT;
	str_addf(out, "%d\n", conf->values[inode->number % CONF_COUNT]);
	return 0;
}

static ssize_t setting_store(struct fake *fake, struct inode *inode, const char *text, size_t len)
{
	size_t family = (size_t)inode->number / CONF_COUNT;
	int value, ret = read_number(text, len, &value);

	if (ret < 0)
		return ret;
	if (!conf_find(fake, family, inode->parent->name))
		return -ENOENT;
	conf_set(fake, family, inode->parent->name, (int)(inode->number % CONF_COUNT), value);
	return (ssize_t)len;
}

/* Who may administer the network may change its settings, as their owner. */
static void setting_getattr(struct fake *fake, struct inode *inode, struct stat *st)
{
	struct task *task = fake->current;

	if (task && task_capable(task, CAP_NET_ADMIN, task->net_ns->owner)) {
		st->st_uid = task->cred.fsuid;
		st->st_gid = task->cred.fsgid;
	} else {
		st->st_uid = st->st_gid = 0;
	}
}

static const struct inode_ops setting_ops = { .text = setting_text,
					      .store = setting_store,
					      .getattr = setting_getattr };

static int forward_text(struct fake *fake, struct inode *inode, struct str *out)
{
	str_addf(out, "%d\n", conf_find(fake, 0, "all")->values[CONF_FORWARDING]);
	return 0;
}

static ssize_t forward_store(struct fake *fake, struct inode *inode, const char *text, size_t len)
{
	int value, ret = read_number(text, len, &value);

	if (ret < 0)
		return ret;
	conf_set(fake, 0, "all", CONF_FORWARDING, value);
	return (ssize_t)len;
}

static const struct inode_ops forward_ops = { .text = forward_text,
					      .store = forward_store,
					      .getattr = setting_getattr };

/* The directory of a link: number is the family. */
static int conf_dir_lookup(struct fake *fake, struct inode *dir, const char *name,
			   struct inode **out)
{
	size_t family = (size_t)dir->number;

	for (size_t i = 0; settings[family][i].name; i++) {
		if (!str_eq(settings[family][i].name, name))
			continue;
		*out = inode_passing(dir, name, &setting_ops, S_IFREG | 0644);
		(*out)->number = (long)(family * CONF_COUNT + settings[family][i].key);
		return 0;
	}
	return -ENOENT;
}

static void conf_dir_list(struct fake *fake, struct inode *dir, struct vec *names)
{
	for (size_t i = 0; settings[dir->number][i].name; i++)
		names_add(names, settings[dir->number][i].name);
}

static const struct inode_ops conf_dir_ops = { .lookup = conf_dir_lookup, .list = conf_dir_list };

static int conf_lookup(struct fake *fake, struct inode *dir, const char *name, struct inode **out)
{
	if (!conf_find(fake, (size_t)dir->number, name))
		return -ENOENT;
	*out = inode_passing(dir, name, &conf_dir_ops, S_IFDIR | 0555);
	(*out)->number = dir->number;
	return 0;
}

static void conf_list(struct fake *fake, struct inode *dir, struct vec *names)
{
	names_add(names, "all");
	names_add(names, "default");
	net_link_names(fake, fake->current->net_ns, names);
}

static const struct inode_ops conf_ops = { .lookup = conf_lookup, .list = conf_list };

void net_fill_proc(struct inode *sys_net)
{
	for (size_t f = 0; f < FAMILY_COUNT; f++) {
		struct inode *conf = plain_dir(plain_dir(sys_net, families[f], 0555), "conf", 0555);

		conf->ops = &conf_ops;
		conf->number = (long)f;
	}
	text_file(dir_find(sys_net, families[0]), "ip_forward", &forward_ops, 0644, 0);
}
