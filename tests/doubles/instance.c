/*
 * A daemon that stands for any service behind the gateway: it announces itself as DOUBLE_SERVICE
 * and answers with what arrived. The SKU chooses the Cache-Control of the answer.
 */
#include <stdlib.h>

#include "lib/base/str.h"
#include "lib/daemon/daemon.h"
#include "lib/http/request.h"
#include "lib/http/respond.h"

static const char *const headers[] = { "Authorization",   "Cookie",
				       "X-Ecom-Frontend", "X-Ecom-Evil",
				       "X-Forwarded-For", "X-Request-Id",
				       "traceparent",     NULL };

static const struct {
	const char *sku, *cache_control;
} cache_controls[] = {
	{ "CACHED", "max-age=60" },
	{ "PUBLIC", "public, max-age=60" },
	{ "PRIVATE", "private, max-age=60" },
	{ NULL },
};

static void echo(struct request *request)
{
	json_t *seen = json_object();

	for (const char *const *name = headers; *name; name++) {
		const char *value = request_header(request, *name);

		json_object_set_new(seen, *name, value ? json_string(value) : json_null());
	}
	respond_json(request, 200,
		     json_pack("{s:s, s:o}", "instance", request_service(request)->instance,
			       "headers", seen));
}

static void echo_product(struct request *request)
{
	const char *sku = request_param(request, "sku");

	for (size_t i = 0; cache_controls[i].sku; i++) {
		if (str_eq(cache_controls[i].sku, sku))
			respond_header(request, "Cache-Control", cache_controls[i].cache_control);
	}
	echo(request);
}

static const struct route routes[] = {
	{ GET, "/v1/products", .handler = echo, .on = SHOP | ADMIN },
	{ GET, "/v1/products/{sku}", .handler = echo_product, .on = SHOP | ADMIN },
	{ POST, "/v1/products", .handler = echo, .on = SHOP | ADMIN },
	{ GET, "/v1/me", .handler = echo, .on = SHOP | ADMIN },
	{ GET, "/v1/carts", .handler = echo, .on = SHOP | ADMIN },
	{ GET, "/v1/orders", .handler = echo, .on = SHOP | ADMIN },
	{ GET, "/v1/orders/{number}/timeline", .handler = echo, .on = SHOP | ADMIN },
	{ GET, "/v1/payments", .handler = echo, .on = ADMIN },
	{ POST, "/v1/payment-outcomes", .handler = echo, .on = INTERNAL },
	{ 0 },
};

int main(int argc, char **argv)
{
	const struct daemon daemon = {
		.name = getenv("DOUBLE_SERVICE") ? getenv("DOUBLE_SERVICE") : "catalogd",
		.summary = "a double",
		.routes = routes,
	};

	return daemon_main(&daemon, argc, argv);
}
