/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fakehost: LXC, installed on a host of the model kernel: containers live whole lives in this
 * process, without root.
 *
 * The room above all others: sys/fake knows no containers, and api knows no fake. The supervisor,
 * the planner and the init of lxc-execute are programs of the model; a container's own programs are
 * files that the caller gives with fake_program().
 *
 *     struct fake *host = fakehost_create(&(struct fake_host){ 0 });
 *     struct lxc_container *c = fakehost_container(fake_sys(host), "web", NULL);
 *
 *     fake_tree(host, "d 0755 /srv/web/dev\nd 0755 /srv/web/proc\nd 0755 /srv/web/sys\n");
 *     fake_program(host, "/srv/web/sbin/init", fake_init_main, NULL);
 *     c->set_config_item(c, "lxc.net.0.type", "empty");
 *     c->set_config_item(c, "lxc.rootfs.path", "/srv/web");
 *     c->start(c, 0, NULL);
 *
 * Which directories there are is said at the library's build: /var/lib/lxc and so on.
 * Single-threaded, as the fake is.
 */
#ifndef FAKEHOST_FAKEHOST_H
#define FAKEHOST_FAKEHOST_H

#include "sys/fake/fake.h"

#include <lxc/lxccontainer.h>

/* fake_host_create(), and LXC installed there. Aborts on failure. fakehost_destroy() ends it. */
struct fake *fakehost_create(const struct fake_host *host);
/* Ends all tasks of the host and the log that its containers opened; objects of its containers are
 * to be put first. */
void fakehost_destroy(struct fake *fake); /* NULL is fine */

/*
 * Installs LXC on any host of the model: helper programs, the directory of containers, a default
 * configuration with "lxc.net.0.type = empty". What stands there already is replaced.
 */
void fakehost_install(struct fake *fake);

/*
 * The object of the public interface (lxc/lxccontainer.h), on this world: fake_sys(), or a
 * decorator over it, which then must be its top. lxcpath NULL: the default one. The environment has
 * a PATH and HOME, nothing of this process's. NULL: no memory, or the container's configuration is
 * wrong.
 */
struct lxc_container *fakehost_container(struct sys *sys, const char *name, const char *lxcpath);
/* lxc_container_put(): 1 when it was the last reference, 0 when not, -1 for NULL. */
int fakehost_container_put(struct lxc_container *c);

#endif
