/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sys/fake/net_sysfs: links as directories of /sys/class/net, of the network for which sysfs was
 * mounted.
 *
 * Source: kernel documentation, ABI/testing/sysfs-class-net and sysfs-class-net-statistics.
 */
#include "sys/fake/net.h"
#include "sys/fake/vfs.h"

#include <linux/if_arp.h>

/* --- what is in a link's directory --- */

static void index_text(const struct link *link, struct str *out)
{
	str_addf(out, "%d\n", link->index);
}

static void other_text(const struct link *link, struct str *out)
{
	const struct link *other = link->lower ? link->lower : link->peer ? link->peer : link;

	index_text(other, out);
}

static void mtu_text(const struct link *link, struct str *out)
{
	str_addf(out, "%u\n", link->mtu);
}

static void type_text(const struct link *link, struct str *out)
{
	str_addf(out, "%d\n", link->flags & IFF_LOOPBACK ? ARPHRD_LOOPBACK : ARPHRD_ETHER);
}

static void mac_text(const struct link *link, struct str *out)
{
	for (size_t i = 0; i < sizeof(link->mac); i++)
		str_addf(out, "%s%02x", i ? ":" : "", link->mac[i]);
	str_add(out, "\n");
}

static void zero_text(const struct link *link, struct str *out)
{
	str_add(out, "0\n");
}

static bool is_any(const struct link *link)
{
	return true;
}

static bool is_bridge(const struct link *link)
{
	return link_is(link, "bridge");
}

static bool is_port(const struct link *link)
{
	return link->master;
}

static const struct {
	const char *name;
	bool (*applies)(const struct link *link);
} dirs[] = {
	{ "", is_any },	       { "statistics", is_any }, { "bridge", is_bridge },
	{ "brif", is_bridge }, { "brport", is_port },
};

static const struct {
	const char *dir, *name;
	void (*text)(const struct link *link, struct str *out);
} files[] = {
	{ "", "ifindex", index_text },
	{ "", "iflink", other_text },
	{ "", "mtu", mtu_text },
	{ "", "type", type_text },
	{ "", "address", mac_text },
	{ "statistics", "rx_bytes", zero_text },
	{ "statistics", "tx_bytes", zero_text },
	{ "bridge", "vlan_filtering", zero_text },
};

/* --- as inodes: the number of a directory is its row in dirs, of a file its row in files --- */

static const struct inode_ops links_ops, port_ops;

/* Whose directory this is, or is within; NULL: it has gone. */
static struct link *link_of(struct fake *fake, struct inode *inode)
{
	while (inode->parent && inode->parent->ops != &links_ops)
		inode = inode->parent;
	return link_by_name(fake, inode->sb->priv, inode->name);
}

static int file_text(struct fake *fake, struct inode *inode, struct str *out)
{
	struct link *link = link_of(fake, inode);

	if (!link)
		return -ENOENT;
	files[inode->number].text(link, out);
	return 0;
}

static const struct inode_ops file_ops_of_links = { .text = file_text };

static bool is_port_of(struct fake *fake, const char *name, const struct link *bridge)
{
	struct link *port = link_by_name(fake, bridge->net, name);

	return port && port->master == bridge;
}

static int link_lookup(struct fake *fake, struct inode *dir, const char *name, struct inode **out);
static void link_list(struct fake *fake, struct inode *dir, struct vec *names);
static const struct inode_ops link_ops = { .lookup = link_lookup, .list = link_list };

static int link_lookup(struct fake *fake, struct inode *dir, const char *name, struct inode **out)
{
	struct link *link = link_of(fake, dir);

	for (size_t i = 1; link && !dir->number && i < ARRAY_LEN(dirs); i++) {
		if (!str_eq(dirs[i].name, name) || !dirs[i].applies(link))
			continue;
		*out = inode_passing(dir, name, &link_ops, S_IFDIR | 0755);
		(*out)->number = (long)i;
		return 0;
	}
	for (size_t i = 0; link && i < ARRAY_LEN(files); i++) {
		if (!str_eq(files[i].dir, dirs[dir->number].name) || !str_eq(files[i].name, name))
			continue;
		*out = inode_passing(dir, name, &file_ops_of_links, S_IFREG | 0444);
		(*out)->number = (long)i;
		return 0;
	}
	if (!link || !str_eq(dirs[dir->number].name, "brif") || !is_port_of(fake, name, link))
		return -ENOENT;
	*out = inode_passing(dir, name, &port_ops, S_IFDIR | 0755);
	return 0;
}

static void link_list(struct fake *fake, struct inode *dir, struct vec *names)
{
	struct link *link = link_of(fake, dir);

	for (size_t i = 1; link && !dir->number && i < ARRAY_LEN(dirs); i++)
		if (dirs[i].applies(link))
			names_add(names, dirs[i].name);
	for (size_t i = 0; link && i < ARRAY_LEN(files); i++)
		if (str_eq(files[i].dir, dirs[dir->number].name))
			names_add(names, files[i].name);
	if (!link || !str_eq(dirs[dir->number].name, "brif"))
		return;
	for (size_t i = 0; i < kernel_of(fake)->links.count; i++)
		if (link_nth(fake, i)->master == link)
			names_add(names, link_nth(fake, i)->name);
}

static int links_lookup(struct fake *fake, struct inode *dir, const char *name, struct inode **out)
{
	if (!link_by_name(fake, dir->sb->priv, name))
		return -ENOENT;
	*out = inode_passing(dir, name, &link_ops, S_IFDIR | 0755);
	return 0;
}

static void links_list(struct fake *fake, struct inode *dir, struct vec *names)
{
	net_link_names(fake, dir->sb->priv, names);
}

static const struct inode_ops links_ops = { .lookup = links_lookup, .list = links_list };
static const struct inode_ops port_ops = { 0 };

void net_fill_sysfs(struct inode *class_net)
{
	class_net->ops = &links_ops;
}
