/* Drives a fuzz target without libFuzzer: its stored inputs, and seeded mutations of them. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "tests/fuzz/fuzz.h"

#define MUTATIONS 2000
#define GROWTH    64

static uint64_t seed = 88172645463325252u;

static uint64_t next_random(void) /* xorshift: the same on every machine */
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* The target gets memory of exactly its size, so that sanitizers see a read past the end. */
static void run_exact(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static size_t mutate(uint8_t *data, size_t size)
{
	static const char interesting[] = "{}[]\",:%\\.\0\xff\x80=&;-+0123456789eE\n\r\t '";
	size_t at = size ? next_random() % size : 0;

	switch (next_random() % 4) {
	case 0:
		if (size)
			data[at] = (uint8_t)next_random();
		return size;
	case 1:
		if (size)
			data[at] = (uint8_t)interesting[next_random() % sizeof(interesting)];
		return size;
	case 2: /* remove the rest, or a byte */
		if (next_random() % 8 == 0)
			return at;
		if (size)
			memmove(data + at, data + at + 1, --size - at);
		return size;
	default: /* repeat a byte */
		memmove(data + at + 1, data + at, size - at);
		data[at] = (uint8_t)interesting[next_random() % sizeof(interesting)];
		return size + 1;
	}
}

static void run_mutations(const char *input, size_t len)
{
	uint8_t *data = xmalloc(len + GROWTH);

	for (int round = 0; round < MUTATIONS; round++) {
		size_t size = len;
		int changes = 1 + (int)(next_random() % 8);

		memcpy(data, input, len);
		for (int i = 0; i < changes && size + 1 < len + GROWTH; i++)
			size = mutate(data, size);
		run_exact(data, size);
	}
	free(data);
}

static void run_file(const char *folder, const char *name, int number)
{
	char *path scoped(scoped_free) = xasprintf("%s/%s", folder, name);
	size_t len;
	char *input scoped(scoped_free) = file_read(path, &len);

	if (input) {
		run_exact((uint8_t *)input, len);
		run_mutations(input, len);
	}
	printf("%s %d - %s\n", input ? "ok" : "not ok", number, name);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	const char *source = getenv("SRCDIR"), *name = strrchr(argv[0], '/');
	char *folder scoped(scoped_free) = NULL;
	struct dirent **entries;
	int count;

	(void)argc;
	name = strstr(name ? name : argv[0], "fuzz_");
	folder = xasprintf("%s/tests/fuzz/corpus/%s", source ? source : ".",
			   name ? name + strlen("fuzz_") : "");
	if (sodium_init() < 0)
		return 1;
	count = scandir(folder, &entries, is_visible, alphasort);
	if (count < 0) {
		printf("Bail out! %s cannot be read\n", folder);
		return 1;
	}
	printf("1..%d\n", count + 1);
	for (int i = 0; i < count; i++) {
		run_file(folder, entries[i]->d_name, i + 1);
		free(entries[i]);
	}
	free(entries);
	run_exact((const uint8_t *)"", 0);
	printf("ok %d - empty input\n", count + 1);
	return 0;
}
