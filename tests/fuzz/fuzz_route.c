/* Paths against a route table. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/http/request.h"
#include "tests/fuzz/fuzz.h"

static void nothing(struct request *request)
{
	(void)request;
}

static const struct route routes[] = {
	{ GET, "/v1/products", .handler = nothing, .on = SHOP },
	{ POST, "/v1/products", .handler = nothing, .on = ADMIN },
	{ GET, "/v1/products/{sku}", .handler = nothing, .on = SHOP },
	{ DELETE, "/v1/me/addresses/{id}/{part}", .handler = nothing, .on = SHOP },
	{ 0 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct route *const tables[] = { routes, NULL };
	static struct route_table *table;
	char *path scoped(scoped_free) = xstrndup((const char *)data,
						  strnlen((const char *)data, size));
	struct route_match match;
	char *error;

	if (!table)
		table = route_table_make(tables, &error);
	for (enum method method = GET; method < METHODS; method++) {
		if (!route_find(table, SHOP, method, path, &match) || !strchr(path + 3, '{'))
			continue;
		if (match.params[0] < path ||
		    match.params[0] + match.lengths[0] > path + strlen(path))
			if (match.params[0])
				abort();
	}
	return 0;
}
