/* cartd: carts of guests and users. */
#include "daemons/cartd/cartd.h"
#include "daemons/cartd/sql.h"
#include "lib/daemon/daemon.h"
#include "lib/http/openapi.h"

static const struct daemon cartd = {
	.name = "cartd",
	.summary = "carts of guests and users",
	.routes = cartd_routes,
	.options = cartd_options,
	.workers = cartd_workers,
	.retention = cartd_retention,
	.consumers = cartd_consumers,
	.migrations = cartd_migrations,
	.openapi = &ecom_openapi,
	.statements = cartd_statements,
	.stream = "CARTS",
	.calls_peers = true,
	.refuses_cards = true,
	.start = cartd_start,
};

int main(int argc, char **argv)
{
	return daemon_main(&cartd, argc, argv);
}
