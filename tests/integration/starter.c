/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * starter LIBRARY LXCPATH NAME MEGABYTES THREADS: starts a container from a program that is nothing like lxc-start: the
 * library is loaded by path at run time, the program owns memory and runs threads that never stop working.
 */
#include <dlfcn.h>
#include <lxc/lxccontainer.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_int done;

static void *work(void *arg)
{
	(void)arg;
	while (!atomic_load(&done))
		free(malloc(4096));
	return NULL;
}

int main(int argc, char **argv)
{
	struct lxc_container *(*create)(const char *, const char *);
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
	for (int i = 0; i < count; i++)
		pthread_create(&threads[i], NULL, work, NULL);
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
	free(memory);
	return 0;
}
