/*
 * describe: what the build derives from the route tables, on stdout.
 *
 *	describe shop      the OpenAPI document of a frontend: shop, admin or internal
 *	describe openapi   C source with all of them
 *	describe gateway   C source with the table of the gateway
 *	describe routes    tab-separated rows for the tests: service, method, path, frontends, scope,
 *			   token, body, .if_match, key, ok
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/http/health.h"
#include "lib/http/openapi.h"
#include "tools/services.h"

#define TABLES_MAX  32
#define PREFIX_SIZE 64

static const struct {
	unsigned int bit;
	const char *name;
} frontends[] = {
	{ SHOP, "shop" },     { ADMIN, "admin" }, { INTERNAL, "internal" },
	{ DIRECT, "direct" }, { LOCAL, "local" },
};

static void print_c_string(const char *text)
{
	fputs("\t\"", stdout);
	for (size_t i = 0; text[i]; i++) {
		if (i && i % 80 == 0)
			fputs("\"\n\t\"", stdout);
		if (text[i] == '"' || text[i] == '\\')
			putchar('\\');
		putchar(text[i]);
	}
	fputs("\"", stdout);
}

/* The document over all services. New reference. */
static json_t *document_make(unsigned int frontend)
{
	const struct route *tables[TABLES_MAX] = { NULL };
	size_t count = 0;

	for (const struct service_routes *s = services; s->name && count < TABLES_MAX - 2; s++)
		tables[count++] = s->routes;
	tables[count] = health_routes;
	return openapi_document(tables, (enum frontend)frontend, PACKAGE_VERSION);
}

static int describe_document(unsigned int frontend)
{
	json_t *document scoped(scoped_json) = document_make(frontend);
	char *text scoped(scoped_free) = json_text(document);

	puts(text);
	return 0;
}

static int describe_openapi(void)
{
	puts("/* Made by tools/describe. Do not edit. */\n#include \"lib/http/openapi.h\"\n\n"
	     "const struct openapi_documents ecom_openapi = {");
	for (size_t i = 0; frontends[i].bit <= INTERNAL; i++) {
		json_t *document scoped(scoped_json) = document_make(frontends[i].bit);
		char *text scoped(scoped_free) = json_text(document);

		printf("\t.%s =\n", frontends[i].name);
		print_c_string(text);
		puts(",");
	}
	puts("};");
	return 0;
}

/* "/v1/me/addresses/{id}" belongs to "/v1/me". */
static void prefix_of(const char *path, char prefix[PREFIX_SIZE])
{
	size_t len = 1 + strcspn(path + 1, "/");

	if (path[len])
		len += 1 + strcspn(path + len + 1, "/");
	snprintf(prefix, PREFIX_SIZE, "%.*s", (int)len, path);
}

struct prefix {
	unsigned int frontend;
	char text[PREFIX_SIZE];
	const char *service;
	bool cacheable;
};

struct prefixes {
	struct prefix rows[512];
	size_t count;
};

/* False when two services want the same prefix. */
static bool prefix_add(struct prefixes *all, const char *service, unsigned int frontend,
		       const struct route *route)
{
	char text[PREFIX_SIZE];

	prefix_of(route->path, text);
	for (size_t i = 0; i < all->count; i++) {
		struct prefix *row = &all->rows[i];

		if (row->frontend != frontend || !str_eq(row->text, text))
			continue;
		row->cacheable |= route->cache > 0;
		if (str_eq(row->service, service))
			return true;
		fprintf(stderr, "%s and %s both want %s\n", row->service, service, text);
		return false;
	}
	if (all->count == array_size(all->rows)) {
		fputs("too many prefixes\n", stderr);
		return false;
	}
	all->rows[all->count] = (struct prefix){ .frontend = frontend,
						 .service = service,
						 .cacheable = route->cache > 0 };
	memcpy(all->rows[all->count++].text, text, sizeof(text));
	return true;
}

static bool prefixes_collect(struct prefixes *all)
{
	for (const struct service_routes *s = services; s->name; s++) {
		for (const struct route *route = s->routes; route->path; route++) {
			for (unsigned int bit = SHOP; bit <= INTERNAL; bit <<= 1) {
				if ((route->on & bit) && !prefix_add(all, s->name, bit, route))
					return false;
			}
		}
	}
	return true;
}

/* Every daemon serves the merged OpenAPI documents; the gateway asks these. */
static bool prefixes_add_openapi(struct prefixes *all)
{
	static const struct route document = { GET, "/openapi.json", .cache = 60 };

	return prefix_add(all, "catalogd", SHOP, &document) &&
	       prefix_add(all, "userd", ADMIN, &document) &&
	       prefix_add(all, "userd", INTERNAL, &document);
}

static int describe_gateway(void)
{
	static struct prefixes all;

	if (!prefixes_collect(&all) || !prefixes_add_openapi(&all))
		return 1;
	puts("/* Made by tools/describe. Do not edit. */\n#include "
	     "\"lib/http/gateway_routes.h\"\n\n"
	     "const struct gateway_route gateway_routes[] = {");
	for (size_t i = 0; i < all.count; i++)
		printf("\t{ %u, \"%s\", \"%s\", %s },\n", all.rows[i].frontend, all.rows[i].text,
		       all.rows[i].service, all.rows[i].cacheable ? "true" : "false");
	puts("\t{ 0 },\n};");
	return 0;
}

static void route_print(const char *service, const struct route *route)
{
	bool any = false;

	printf("%s\t%s\t%s\t", service, method_name(route->method), route->path);
	for (size_t i = 0; i < array_size(frontends); i++) {
		if (!(route->on & frontends[i].bit))
			continue;
		printf("%s%s", any ? "," : "", frontends[i].name);
		any = true;
	}
	printf("\t%s\t%s\t%s\t%s\t%s\t%d\n", route->scope ? route->scope : "-",
	       route->scope || route->token ? "token" : "-",
	       route->ndjson ? "ndjson"
	       : route->raw  ? "raw"
	       : route->body ? "json"
			     : "-",
	       route->if_match ? "if-match" : "-", route->key == KEY_REQUIRED ? "key" : "-",
	       route->ok ? route->ok : 200);
}

static int describe_routes(void)
{
	for (const struct service_routes *s = services; s->name; s++) {
		for (const struct route *route = s->routes; route->path; route++)
			route_print(s->name, route);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} outputs[] = {
		{ "openapi", describe_openapi },
		{ "gateway", describe_gateway },
		{ "routes", describe_routes },
	};

	for (size_t i = 0; argc == 2 && i < array_size(outputs); i++) {
		if (str_eq(argv[1], outputs[i].name))
			return outputs[i].run();
	}
	for (size_t i = 0; argc == 2 && frontends[i].bit <= INTERNAL; i++) {
		if (str_eq(argv[1], frontends[i].name))
			return describe_document(frontends[i].bit);
	}
	fputs("usage: describe shop|admin|internal|openapi|gateway|routes\n", stderr);
	return 2;
}
