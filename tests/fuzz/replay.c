/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives every file of the directories in argv to a fuzz target: the corpus as a test. At least one
 * file must be there. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *dir, const char *name)
{
	char path[4096];
	struct stat st;
	uint8_t *data;
	size_t size;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	file = fopen(path, "rb");
	data = malloc((size_t)st.st_size + 1);
	if (!file || !data)
		exit(2);
	/* Exactly as long as the file: a sanitizer sees the byte behind it. */
	data = realloc(data, st.st_size ? (size_t)st.st_size : 1);
	size = fread(data, 1, (size_t)st.st_size, file);
	(void)fclose(file);
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}

int main(int argc, char **argv)
{
	unsigned files = 0;

	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);
		struct dirent *entry;

		if (!dir)
			return 2;
		while ((entry = readdir(dir)) != NULL)
			files += replay(argv[i], entry->d_name) > 0;
		(void)closedir(dir);
	}
	(void)printf("%u files replayed\n", files);
	return files > 0 ? 0 : 1;
}
