/* Configuration files. */
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/mem.h"
#include "lib/base/options.h"
#include "tests/fuzz/fuzz.h"

static const struct option rows[] = {
	{ "name", OPTION_STRING },      { "port", OPTION_INT, "0", 0, 65535 },
	{ "on", OPTION_BOOL, "false" }, { "timeout", OPTION_DURATION, "1s", 1, 60000 },
	{ "origins", OPTION_LIST },     { 0 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct option *const tables[] = { rows, NULL };
	static char path[] = "/tmp/ecom-fuzz-XXXXXX";
	static int fd = -1;
	struct options *options;
	char *error = NULL;

	if (fd < 0) {
		fd = mkstemp(path);
		if (fd < 0)
			abort();
		unlink(path);
	}
	if (ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	{
		char *name scoped(scoped_free) = xasprintf("/proc/self/fd/%d", fd);

		options = options_load("testd", tables, name, &error);
	}
	if (!options && !error)
		abort();
	options_free(options);
	free(error);
	return 0;
}
