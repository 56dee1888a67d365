/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * starter LIBRARY LXCPATH NAME MEGABYTES THREADS: starts a container from a program that is nothing like lxc-start: the
 * library is loaded by path at run time, the program owns memory, and its threads never stop working, each with memory and
 * with a container object of its own.
 */
#include <dlfcn.h>
#include <lxc/lxccontainer.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct lxc_container *(*create)(const char *, const char *);
static int (*put)(struct lxc_container *);
static const char *lxcpath;
static atomic_int done, strange;

/* Another container's object, made, changed, asked and given back. */
static void work_once(const char *name)
{
	struct lxc_container *other = create(name, lxcpath);
	char value[16] = "";

	if (!other || other->is_defined(other) || strcmp(other->state(other), "STOPPED") != 0 ||
	    !other->set_config_item(other, "lxc.uts.name", name) ||
	    other->get_config_item(other, "lxc.uts.name", value, sizeof(value)) < 0 || strcmp(value, name) != 0)
		atomic_store(&strange, 1);
	if (other)
		put(other);
}

static void *work(void *arg)
{
	char name[16];

	(void)snprintf(name, sizeof(name), "other%d", (int)(intptr_t)arg);
	while (!atomic_load(&done)) {
		free(malloc(4096));
		work_once(name);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	char *const command[] = { "/bin/sleep", "1000", NULL };
	struct lxc_container *container;
	pthread_t threads[64];
	size_t size;
	int count;
	void *library;
	char *memory;

	if (argc != 6)
		return 2;
	size = strtoul(argv[4], NULL, 10) << 20;
	count = atoi(argv[5]);
	memory = malloc(size + 1);
	if (!memory || count > 64)
		return 2;
	memset(memory, 1, size);
	library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		return 2;
	}
	*(void **)&create = dlsym(library, "lxc_container_new");
	*(void **)&put = dlsym(library, "lxc_container_put");
	lxcpath = argv[2];
	for (int i = 0; i < count; i++)
		pthread_create(&threads[i], NULL, work, (void *)(intptr_t)i);
	container = create(argv[3], argv[2]);
	if (!container || !container->is_defined(container))
		return 3;
	container->want_daemonize(container, true);
	if (!container->start(container, 0, command)) {
		fprintf(stderr, "%s\n", container->error_string ? container->error_string : "no reason given");
		return 1;
	}
	if (strcmp(container->state(container), "RUNNING") != 0)
		return 4;
	atomic_store(&done, 1);
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	put(container);
	free(memory);
	return atomic_load(&strange) ? 5 : 0;
}
