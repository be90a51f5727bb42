/* orderd: orders, from the checkout to the last shipment. */
#include "daemons/orderd/orderd.h"
#include "daemons/orderd/sql.h"
#include "lib/http/openapi.h"

static const struct daemon orderd = {
	.name = "orderd",
	.summary = "orders, from the checkout to the last shipment",
	.routes = orderd_routes,
	.options = orderd_options,
	.workers = orderd_workers,
	.retention = orderd_retention,
	.consumers = orderd_consumers,
	.migrations = orderd_migrations,
	.openapi = &ecom_openapi,
	.statements = orderd_statements,
	.stream = "ORDERS",
	.calls_peers = true,
	.refuses_cards = true,
	.start = orderd_start,
};

int main(int argc, char **argv)
{
	return daemon_main(&orderd, argc, argv);
}
